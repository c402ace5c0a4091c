#!/bin/sh
# Gets Prometheus and Alertmanager for the test of this folder out of Debian's packages into .cache/debian. It needs no root: nothing
# is installed. Where there is no apt it does nothing, and the test is skipped, or fails where CI is set.
set -eu
directory="$(cd "$(dirname "$0")/../.." && pwd)/.cache/debian"
[ -x "$directory/usr/bin/prometheus" ] && [ -x "$directory/usr/bin/prometheus-alertmanager" ] && exit 0
command -v prometheus >/dev/null && command -v prometheus-alertmanager >/dev/null && exit 0
command -v apt-get >/dev/null && command -v dpkg >/dev/null || { echo "no apt here: the test of deploy/alertmanager will not run"; exit 0; }
mkdir -p "$directory/apt/lists/partial" "$directory/apt/cache/archives/partial"
cd "$directory/apt"
apt() { apt-get -q -o Dir::State::Lists="$directory/apt/lists" -o Dir::Cache="$directory/apt/cache" "$@"; }
apt update && apt download prometheus prometheus-alertmanager
for package in *.deb; do dpkg -x "$package" "$directory"; done
rm -rf "$directory/apt"
