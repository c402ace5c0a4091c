#!/bin/sh
# Debian's Prometheus and Alertmanager for the test of this folder. They are installed only where CI is set; Alertmanager wants its
# templates at their place, so unpacking the packages is not enough. Elsewhere this says what to type, and the test is skipped.
set -eu
command -v prometheus >/dev/null && command -v prometheus-alertmanager >/dev/null && exit 0
install="apt-get -o Acquire::Retries=3 install -y --no-install-recommends prometheus prometheus-alertmanager"
[ -n "${CI:-}" ] || { echo "for the test of deploy/alertmanager: sudo apt-get install prometheus prometheus-alertmanager"; exit 0; }
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 # nothing is started
apt-get -o Acquire::Retries=3 update && $install
