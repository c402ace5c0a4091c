#!/bin/sh
# Fetches the ClickHouse engine as a library (npm package @chdb/lib-linux-x64-gnu, Apache-2.0) into a cache directory.
#
#   fetch.sh [--verify] [directory]
#
# The directory is .cache/engine/VERSION under the repository's root unless named. The checksums of the package and of
# the library are in engine.sha256 beside this script. When the library is there and whole, nothing is done; its
# checksum is computed again only with --verify, otherwise its size and its recorded checksum are compared.
set -eu

version=26.7.3-stable.1
here=$(cd "$(dirname "$0")" && pwd)
checksums=$here/engine.sha256

fail() {
	echo "fetch engine: $1" >&2
	exit 1
}

verify=no
directory=
for argument in "$@"; do
	case $argument in
	--verify) verify=yes ;;
	-*) fail "unknown option $argument; use fetch.sh [--verify] [directory]" ;;
	*) directory=$argument ;;
	esac
done
[ -n "$directory" ] || directory=$(cd "$here/../.." && pwd)/.cache/engine/$version

platform=$(uname -s)-$(uname -m)
case $platform in
Linux-x86_64) package=@chdb/lib-linux-x64-gnu ;;
*) fail "there is no engine package for $platform; use a Linux x86_64 machine, or docker compose with a ClickHouse server" ;;
esac
archive=chdb-lib-linux-x64-gnu-$version.tgz

# expected NAME FIELD: the checksum (field 1) or size (field 3) of a file
expected() {
	awk -v name="$1" -v field="$2" '$2 == name { print $field }' "$checksums"
}

sum() {
	sha256sum "$1" | cut -d' ' -f1
}

size() {
	wc -c <"$1" | tr -d ' '
}

command -v sha256sum >/dev/null 2>&1 || fail "sha256sum is not installed; install coreutils"
want=$(expected libchdb.so 1)
[ -n "$want" ] && [ -n "$(expected "$archive" 1)" ] || fail "$checksums does not name libchdb.so and $archive; restore it from git"

library=$directory/libchdb.so
if [ -f "$library" ] && [ "$(size "$library")" = "$(expected libchdb.so 3)" ]; then
	if [ "$verify" = no ] && [ "$(cat "$library.sha256" 2>/dev/null)" = "$want" ]; then
		exit 0
	fi
	if [ "$(sum "$library")" = "$want" ]; then
		echo "$want" >"$library.sha256"
		exit 0
	fi
fi
[ ! -e "$library" ] || echo "fetch engine: $library is damaged or of another version; fetching it anew" >&2

command -v npm >/dev/null 2>&1 || fail "npm is not installed; install Node.js with npm, or copy libchdb.so to $library"
mkdir -p "$directory" 2>/dev/null || fail "cannot make $directory; name a directory that this user may write"
work=$(mktemp -d "$directory/fetch.XXXXXX" 2>/dev/null) || fail "cannot write into $directory; name a directory that this user may write"
trap 'rm -rf "$work"; rmdir "$directory" 2>/dev/null || true' EXIT
trap 'exit 1' HUP INT TERM

echo "fetch engine: downloading $package $version (178 MB)" >&2
if ! (cd "$work" && npm pack --loglevel=error "$package@$version" >npm.out 2>npm.err); then
	reason=$(sed -n 's/^npm [a-zA-Z!]* code /code /p' "$work/npm.err" | head -n 1)
	fail "npm cannot download $package $version (${reason:-see npm's log}); check the network and npm's registry setting, then run it again"
fi
[ -f "$work/$archive" ] || fail "npm did not write $archive; update npm and run it again"
[ "$(sum "$work/$archive")" = "$(expected "$archive" 1)" ] || fail "the downloaded $archive has another checksum than engine.sha256 says; do not use it, run it again or ask your registry's keeper"
tar -xzmf "$work/$archive" -C "$work" package/libchdb.so 2>/dev/null || fail "cannot unpack $archive into $directory; about 800 MB of free disk are needed"
[ "$(sum "$work/package/libchdb.so")" = "$want" ] || fail "libchdb.so in $archive has another checksum than engine.sha256 says; do not use it"
chmod 755 "$work/package/libchdb.so"
mv -f "$work/package/libchdb.so" "$library"
echo "$want" >"$library.sha256"
echo "fetch engine: $library" >&2
