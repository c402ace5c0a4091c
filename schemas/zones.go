package schemas

import (
	"archive/zip"
	_ "embed" // for the zone data
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// The zone data is a part of the program: two machines with other system files must agree on where a day begins.
// update-zones.sh makes both files.
var (
	//go:embed zoneinfo.zip
	zoneArchive string
	//go:embed zoneinfo.version
	zoneVersion string
)

// ZoneVersion returns the release of the IANA time zone database in use, such as "2026f".
func ZoneVersion() string { return strings.TrimSpace(zoneVersion) }

// Zones returns the names LoadZone accepts, sorted.
func Zones() []string {
	files := zoneFiles()
	names := make([]string, 0, len(files))
	for _, file := range files {
		names = append(names, file.Name)
	}
	slices.Sort(names)
	return names
}

// LoadZone returns the zone of an IANA name such as "Europe/Berlin" from the data in the program; files and environment
// of the machine play no part. The name must match to the letter; an error tells what is wrong and the nearest name.
// It reads the data anew each time, in about a quarter of a millisecond: callers keep the location.
func LoadZone(name string) (*time.Location, error) {
	location, err := loadZone(name)
	if err != nil {
		return nil, fmt.Errorf("load zone %.64q: %w", name, err)
	}
	return location, nil
}

func loadZone(name string) (*time.Location, error) {
	switch name {
	case "":
		return nil, errors.New(`no name; give an IANA name such as "Europe/Berlin"`)
	case "Local":
		return nil, errors.New(`the machine's own zone is nobody's; give an IANA name such as "Europe/Berlin"`)
	}
	files := zoneFiles()
	// Names are only compared, never used as paths, so "../" and the like are names that do not exist.
	i := slices.IndexFunc(files, func(file *zip.File) bool { return file.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("unknown zone; %s", zoneHint(name))
	}
	content, err := files[i].Open()
	if err != nil {
		return nil, err
	}
	defer content.Close()
	data, err := io.ReadAll(content)
	if err != nil {
		return nil, err
	}
	return time.LoadLocationFromTZData(name, data)
}

func zoneFiles() []*zip.File {
	archive, err := zip.NewReader(strings.NewReader(zoneArchive), int64(len(zoneArchive)))
	if err != nil {
		panic("BUG: the embedded zoneinfo.zip cannot be read: " + err.Error())
	}
	return archive.File
}

// zoneHint says what to write instead of an unknown name.
func zoneHint(name string) string {
	// "GMT+2" looks like "Etc/GMT+2", which is two hours behind UTC: offer no name for an offset.
	if strings.ContainsAny(name, "0123456789") {
		return `give an IANA name such as "Europe/Berlin", not an offset`
	}
	if nearest := nearestZone(name); nearest != "" {
		return fmt.Sprintf("did you mean %q?", nearest)
	}
	return `give an IANA name such as "Europe/Berlin"`
}

// nearestZone returns the zone whose name, or whose part behind the last slash, is a few letters from the given one;
// "" if there is none. Case, and whether words are joined by space, hyphen or underscore, do not count.
func nearestZone(name string) string {
	if len(name) > 64 {
		return ""
	}
	plain := strings.NewReplacer(" ", "_", "-", "_")
	name = plain.Replace(strings.ToLower(name))
	nearest, least := "", len(name)/5+1 // a fifth of the letters: "CEST" is not "CET"
	zones := Zones()
	for _, wanted := range []func(string) string{wholeName, lastPart} { // "utc" is "UTC" rather than "Etc/UTC"
		for _, zone := range zones {
			written := plain.Replace(strings.ToLower(wanted(zone)))
			if distance := EditDistance(name, written); distance < least {
				nearest, least = zone, distance
			}
		}
	}
	return nearest
}

func wholeName(zone string) string { return zone }

func lastPart(zone string) string { return zone[strings.LastIndexByte(zone, '/')+1:] }

// EditDistance counts the bytes to insert, remove or replace to make one text of the other.
func EditDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
