#!/bin/sh
# Makes zoneinfo.zip and zoneinfo.version from the PyPI package tzdata. Usage: schemas/update-zones.sh [wheel]
# Give a wheel to work without the network; its checksum is checked either way. The same wheel gives the same bytes.
#
# To update: set the two values below, run this, run `go test ./schemas`, and read what moved in the test's lists.
# Days already stored keep the bounds they were stored with, so say in the change log which zones moved.
set -eu

package=tzdata==2026.6
sha256=0a10eec6e13ef16b627fabed9a5f2ba61a62b1c67f327305f4e7e412a70b4aec

target=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ $# -gt 0 ]; then
	cp "$1" "$work/"
else
	echo "$package --hash=sha256:$sha256" >"$work/requirements.txt"
	python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
		--dest "$work" --requirement "$work/requirements.txt"
fi
echo "$sha256  $(ls "$work"/*.whl)" | sha256sum --check --quiet

python3 - "$work"/*.whl "$target" <<'PYTHON'
import pathlib, re, sys, zipfile

wheel, target = zipfile.ZipFile(sys.argv[1]), pathlib.Path(sys.argv[2])
version = re.search(r'^IANA_VERSION = "(\w+)"$', wheel.read("tzdata/__init__.py").decode(), re.M).group(1)
zones = sorted(wheel.read("tzdata/zones").decode().split())  # the list leaves out tables, leap seconds, __init__.py

with zipfile.ZipFile(target / "zoneinfo.zip", "w", zipfile.ZIP_STORED) as archive:
    for zone in zones:
        data = wheel.read("tzdata/zoneinfo/" + zone)
        assert data[:4] == b"TZif", zone
        entry = zipfile.ZipInfo(zone, (1980, 1, 1, 0, 0, 0))
        entry.create_system = 3
        entry.external_attr = 0o100644 << 16
        archive.writestr(entry, data)
(target / "zoneinfo.version").write_text(version + "\n")
print(f"{len(zones)} zones of tzdata {version}")
PYTHON
