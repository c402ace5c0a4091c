package schemas

import (
	"archive/zip"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestZonesAreTheRelease(t *testing.T) {
	if got := ZoneVersion(); got != "2026f" {
		t.Errorf("ZoneVersion() = %q", got)
	}
	zones := Zones()
	if len(zones) != 598 {
		t.Errorf("%d zones, want 598: did update-zones.sh run with another release?", len(zones))
	}
	if !slices.IsSorted(zones) || len(slices.Compact(slices.Clone(zones))) != len(zones) {
		t.Error("zones are not sorted or not unique")
	}
	for _, zone := range zones {
		if zone == "Local" || strings.HasPrefix(zone, "/") || strings.Contains(zone, "..") || strings.Contains(zone, "__init__") {
			t.Errorf("odd zone %q", zone)
		}
	}
}

// The archive is made the same from the same wheel: in order, one fixed time, no compression (whose bytes depend on zlib).
func TestZoneArchiveIsReproducible(t *testing.T) {
	previous := ""
	for _, file := range zoneFiles() {
		if file.Name <= previous || file.Method != zip.Store || file.ModifiedTime != 0 || file.ModifiedDate != 1<<5|1 || len(file.Extra) > 0 {
			t.Errorf("entry %q: not in order, compressed or dated", file.Name)
		}
		previous = file.Name
	}
}

// What LoadZone returns is read from the embedded data, whatever zone files the machine or Go has.
func TestLoadZoneUsesTheEmbeddedData(t *testing.T) {
	for _, file := range zoneFiles() {
		content, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(content)
		if err != nil {
			t.Fatal(err)
		}
		want, err := time.LoadLocationFromTZData(file.Name, data)
		if err != nil {
			t.Fatal(err)
		}
		got, err := LoadZone(file.Name)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s is not the embedded one", file.Name)
		}
	}

	// 2026 brought news that Go's and Debian's files of 2025 do not have.
	f := func(zone, at, want string) {
		t.Helper()
		if got := instant(t, at).Time().In(location(t, zone)).Format(time.RFC3339); got != want {
			t.Errorf("%s at %s: %s, want %s", zone, at, got, want)
		}
	}
	f("America/Vancouver", "2026-12-01T20:00:00Z", "2026-12-01T13:00:00-07:00")
	f("America/Edmonton", "2026-12-01T20:00:00Z", "2026-12-01T14:00:00-06:00")
	f("Africa/Casablanca", "2026-12-01T20:00:00Z", "2026-12-01T20:00:00Z")
}

// Nothing in these files can reach the machine's zones or clock.
func TestNoSystemZonesNoClock(t *testing.T) {
	banned := []string{"LoadLocation", "Local", "Now", "Since", "Until", "Date", "After", "Tick", "NewTimer", "NewTicker", "Sleep"}
	for _, name := range []string{"zones.go", "calendar.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			selector, ok := node.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if of, ok := selector.X.(*ast.Ident); ok && of.Name == "time" && slices.Contains(banned, selector.Sel.Name) {
				t.Errorf("%s uses time.%s", name, selector.Sel.Name)
			}
			return true
		})
	}
}

func TestLoadZoneErrors(t *testing.T) {
	f := func(name, want string) {
		t.Helper()
		location, err := LoadZone(name)
		if err == nil || err.Error() != want || location != nil {
			t.Errorf("LoadZone(%q) = %v\nerror %v\nwant  %s", name, location, err, want)
		}
	}
	f("", `load zone "": no name; give an IANA name such as "Europe/Berlin"`)
	f("Local", `load zone "Local": the machine's own zone is nobody's; give an IANA name such as "Europe/Berlin"`)
	f("Mars/Base", `load zone "Mars/Base": unknown zone; give an IANA name such as "Europe/Berlin"`)
	f("europe/berlin", `load zone "europe/berlin": unknown zone; did you mean "Europe/Berlin"?`)
	f("EUROPE/BERLIN", `load zone "EUROPE/BERLIN": unknown zone; did you mean "Europe/Berlin"?`)
	f("Europe/Berlin ", `load zone "Europe/Berlin ": unknown zone; did you mean "Europe/Berlin"?`)
	f("Europe/Brelin", `load zone "Europe/Brelin": unknown zone; did you mean "Europe/Berlin"?`)
	f("Berlin", `load zone "Berlin": unknown zone; did you mean "Europe/Berlin"?`)
	f("America/New York", `load zone "America/New York": unknown zone; did you mean "America/New_York"?`)
	f("Sao Paulo", `load zone "Sao Paulo": unknown zone; did you mean "America/Sao_Paulo"?`)
	f("America/Port_au_Prince", `load zone "America/Port_au_Prince": unknown zone; did you mean "America/Port-au-Prince"?`)
	f("utc", `load zone "utc": unknown zone; did you mean "UTC"?`)

	// An abbreviation or an offset is no zone, and what looks like it means something else.
	f("CEST", `load zone "CEST": unknown zone; give an IANA name such as "Europe/Berlin"`)
	f("PST", `load zone "PST": unknown zone; give an IANA name such as "Europe/Berlin"`)
	f("GMT+2", `load zone "GMT+2": unknown zone; give an IANA name such as "Europe/Berlin", not an offset`)
	f("+02:00", `load zone "+02:00": unknown zone; give an IANA name such as "Europe/Berlin", not an offset`)

	f("../Europe/Berlin", `load zone "../Europe/Berlin": unknown zone; did you mean "Europe/Berlin"?`)
	f("Europe/../Europe/Berlin", `load zone "Europe/../Europe/Berlin": unknown zone; give an IANA name such as "Europe/Berlin"`)
	f("/etc/localtime", `load zone "/etc/localtime": unknown zone; give an IANA name such as "Europe/Berlin"`)
	f("Europe", `load zone "Europe": unknown zone; give an IANA name such as "Europe/Berlin"`)
	f("Europe/", `load zone "Europe/": unknown zone; give an IANA name such as "Europe/Berlin"`)
	f("Europe/Berlin\x00", `load zone "Europe/Berlin\x00": unknown zone; did you mean "Europe/Berlin"?`)
	f(strings.Repeat("x", 1000), `load zone "`+strings.Repeat("x", 64)+`": unknown zone; give an IANA name such as "Europe/Berlin"`)
}

func TestEditDistance(t *testing.T) {
	f := func(a, b string, want int) {
		t.Helper()
		if got := EditDistance(a, b); got != want {
			t.Errorf("EditDistance(%q, %q) = %d, want %d", a, b, got, want)
		}
	}
	f("", "", 0)
	f("", "abc", 3)
	f("abc", "", 3)
	f("kitten", "sitting", 3)
	f("berlin", "brelin", 2)
	f("paris", "paris", 0)
}

func FuzzLoadZone(f *testing.F) {
	for _, name := range []string{"Europe/Berlin", "", "Local", "../etc/passwd", "GMT+2", "europe/berlin", "a\xffb"} {
		f.Add(name)
	}
	zones := Zones()
	f.Fuzz(func(t *testing.T, name string) {
		location, err := LoadZone(name)
		_, known := slices.BinarySearch(zones, name)
		switch {
		case (err == nil) != known:
			t.Fatalf("LoadZone(%q): known %v, error %v", name, known, err)
		case err == nil && location.String() != name:
			t.Fatalf("LoadZone(%q) is called %q", name, location)
		case err != nil && (!strings.HasPrefix(err.Error(), "load zone ") || len(err.Error()) > 700 || !utf8.ValidString(err.Error())):
			t.Fatalf("error %q", err)
		}
	})
}
