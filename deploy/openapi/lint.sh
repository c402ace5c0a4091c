#!/bin/sh
# Lints the OpenAPI document of the gateway with Redocly CLI (npm package @redocly/cli, MIT, without dependencies), which is fetched once into
# .cache by its pinned version and checksum. Where node or npm is missing it says so and does nothing; where CI is set that is a failure.
set -eu

version=2.77.0
checksum=407a02e97db09453466dad4862078ffd9645bfca41f312612b599a5269602bad
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
directory=$root/.cache/redocly/$version

fail() {
	echo "lint openapi: $1" >&2
	exit 1
}

for program in node npm sha256sum; do
	command -v "$program" >/dev/null 2>&1 && continue
	[ -z "${CI:-}" ] || fail "$program is not installed"
	echo "lint openapi: skipped, since $program is not installed" >&2
	exit 0
done

if [ ! -f "$directory/package/bin/cli.js" ]; then
	mkdir -p "$directory"
	work=$(mktemp -d "$directory/fetch.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	trap 'exit 1' HUP INT TERM
	archive=$work/redocly-cli-$version.tgz
	if ! (cd "$work" && npm pack --loglevel=error "@redocly/cli@$version" >npm.out 2>npm.err); then
		reason=$(sed -n 's/^npm [a-zA-Z!]* code /code /p' "$work/npm.err" | head -n 1)
		[ -z "${CI:-}" ] || fail "npm cannot download @redocly/cli $version (${reason:-see npm's log})"
		echo "lint openapi: skipped, since npm cannot download @redocly/cli $version (${reason:-see npm's log})" >&2
		exit 0
	fi
	[ "$(sha256sum "$archive" | cut -d' ' -f1)" = "$checksum" ] || fail "the downloaded @redocly/cli $version has another checksum than lint.sh says; do not use it"
	tar -xzmf "$archive" -C "$work"
	[ -e "$directory/package" ] || mv "$work/package" "$directory/package"
fi

out=$(REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true node "$directory/package/bin/cli.js" lint \
	--config "$here/redocly.yaml" "$root/ingest/gateway/openapi.json" 2>&1) || {
	echo "$out" >&2
	fail "ingest/gateway/openapi.json breaks the rules above; mend openapi.yaml and make it anew: go test ./ingest/gateway -run TestDocument -update"
}
