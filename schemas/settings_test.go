package schemas

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestEffectiveFrom(t *testing.T) {
	f := func(now, zone, want string) {
		t.Helper()
		got, err := EffectiveFrom(instant(t, now), zone)
		if err != nil || got != instant(t, want) {
			t.Errorf("EffectiveFrom(%s, %s) = %s, %v, want %s", now, zone, got, err, want)
		}
	}
	f("2026-03-01T12:00:00Z", "UTC", "2026-03-02T00:00:00Z")
	f("2026-03-01T23:39:59.999Z", "UTC", "2026-03-02T00:00:00Z")
	f("2026-03-01T23:40:00Z", "UTC", "2026-03-02T00:00:00Z") // exactly 20 minutes ahead
	f("2026-03-01T23:40:00.001Z", "UTC", "2026-03-03T00:00:00Z")
	f("2026-03-02T00:00:00Z", "UTC", "2026-03-03T00:00:00Z")
	f("2026-09-06T03:00:00Z", "America/Santiago", "2026-09-06T04:00:00Z") // the day begins at 01:00
	f("2026-09-06T03:41:00Z", "America/Santiago", "2026-09-07T03:00:00Z")
	if at, err := EffectiveFrom(0, "Mars/Base"); at != 0 || err == nil || !strings.HasPrefix(err.Error(), `load zone "Mars/Base": `) {
		t.Errorf("EffectiveFrom = %s, %v", at, err)
	}
}

// versions reads lines "company from zone [recorded]"; "-" is the company "".
func versions(t testing.TB, lines ...string) []SettingsVersion {
	t.Helper()
	var read []SettingsVersion
	for _, line := range lines {
		parts := append(strings.Fields(line), "1970-01-01T00:00Z")
		v := SettingsVersion{Company: strings.Trim(parts[0], "-"), Zone: parts[2]}
		v.EffectiveFrom, v.RecordedAt = instant(t, strings.Replace(parts[1], "Z", ":00Z", 1)), instant(t, strings.Replace(parts[3], "Z", ":00Z", 1))
		read = append(read, v)
	}
	return read
}

func versionLines(read []SettingsVersion) []string {
	var lines []string
	for _, v := range read {
		company := v.Company
		if company == "" {
			company = "-"
		}
		lines = append(lines, fmt.Sprintf("%s %s %s", company, v.EffectiveFrom.Time().Format(dayForm), v.Zone))
	}
	return lines
}

const fromTheBeginning = "1970-01-01T00:00Z"

func TestPlanSettings(t *testing.T) {
	now := instant(t, "2026-03-01T12:00:00Z")
	none := map[string]string{}
	nobody := map[string]bool{}
	f := func(name string, stored []string, zones map[string]string, defaultZone string, known map[string]bool, want ...string) {
		t.Helper()
		before := versions(t, stored...)
		add, err := PlanSettings(before, zones, defaultZone, known, now)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, versionLines(add)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		for _, v := range add {
			if v.RecordedAt != now {
				t.Errorf("%s: recorded at %s", name, v.RecordedAt)
			}
		}
		if again, err := PlanSettings(append(add, before...), zones, defaultZone, known, now+oneDay); again != nil || err != nil {
			t.Errorf("%s: planned again: %v, %v", name, versionLines(again), err)
		}
	}
	f("first start", nil, map[string]string{"acme": "Asia/Tokyo", "beta": "UTC"}, "Europe/Berlin", nobody,
		"- "+fromTheBeginning+" Europe/Berlin", "acme "+fromTheBeginning+" Asia/Tokyo", "beta "+fromTheBeginning+" UTC")
	f("first start with tables of before", nil, map[string]string{"acme": "Asia/Tokyo"}, "Europe/Berlin", map[string]bool{"acme": true, "beta": true},
		"- "+fromTheBeginning+" Europe/Berlin", "acme "+fromTheBeginning+" Asia/Tokyo")
	f("nothing changed", []string{"- " + fromTheBeginning + " UTC", "acme " + fromTheBeginning + " Asia/Tokyo"}, map[string]string{"acme": "Asia/Tokyo"}, "UTC", map[string]bool{"acme": true})
	f("another default", []string{"- " + fromTheBeginning + " UTC"}, none, "Europe/Berlin", map[string]bool{"acme": true}, "- 2026-03-02T00:00Z Europe/Berlin")
	f("another zone", []string{"- " + fromTheBeginning + " UTC", "acme " + fromTheBeginning + " Asia/Tokyo"}, map[string]string{"acme": "Europe/Berlin"}, "UTC", nobody,
		"acme 2026-03-01T15:00Z Europe/Berlin")
	f("the zone before the last one", []string{"- " + fromTheBeginning + " UTC", "acme " + fromTheBeginning + " Asia/Tokyo", "acme 2026-02-01T15:00Z UTC"},
		map[string]string{"acme": "Asia/Tokyo"}, "UTC", nobody, "acme 2026-03-02T00:00Z Asia/Tokyo")
	f("midnight is now", []string{"- " + fromTheBeginning + " Etc/GMT+12"}, none, "UTC", nobody, "- 2026-03-02T12:00Z UTC")
	f("one is pending, and wanted", []string{"- " + fromTheBeginning + " UTC", "- 2026-03-02T00:00Z Asia/Tokyo"}, none, "Asia/Tokyo", nobody)
	f("one is pending, and taken back", []string{"- " + fromTheBeginning + " UTC", "- 2026-03-02T00:00Z Asia/Tokyo"}, none, "UTC", nobody,
		"- 2026-03-02T15:00Z UTC")
	f("one is pending, and the day goes on", []string{"- " + fromTheBeginning + " UTC", "- 2026-03-02T00:00Z America/New_York"}, none, "Asia/Tokyo", nobody,
		"- 2026-03-02T05:00Z Asia/Tokyo")
	f("one is pending for long", []string{"- " + fromTheBeginning + " UTC", "- 2027-03-02T00:00Z Asia/Tokyo"}, none, "UTC", nobody,
		"- 2027-03-02T15:00Z UTC")
	// 2026-03-02 has 50 hours: a midnight of the new zone within it is none of the company's.
	f("one is pending, and the day has two midnights", []string{"- " + fromTheBeginning + " Pacific/Kiritimati", "- 2026-03-02T10:00Z Etc/GMT+12"}, none, "UTC", nobody,
		"- 2026-03-03T12:00Z UTC")

	f("named no more", []string{"- " + fromTheBeginning + " UTC", "acme " + fromTheBeginning + " Asia/Tokyo"}, none, "UTC", nobody)
	f("named no more, default zone", []string{"- " + fromTheBeginning + " UTC", "acme " + fromTheBeginning + " UTC"}, none, "UTC", nobody)
	f("named no more, another default", []string{"- " + fromTheBeginning + " UTC", "acme " + fromTheBeginning + " Asia/Tokyo", "acme 2026-02-01T15:00Z UTC"}, none, "Europe/Berlin", nobody,
		"- 2026-03-02T00:00Z Europe/Berlin")

	defaults := []string{"- " + fromTheBeginning + " UTC", "- 2026-02-01T00:00Z Europe/Berlin"}
	acme := map[string]bool{"acme": true}
	f("newly named, not known", defaults, map[string]string{"acme": "Asia/Tokyo"}, "Europe/Berlin", map[string]bool{"beta": true}, "acme "+fromTheBeginning+" Asia/Tokyo")
	f("newly named, known", defaults, map[string]string{"acme": "Asia/Tokyo"}, "Europe/Berlin", acme,
		"acme "+fromTheBeginning+" UTC", "acme 2026-02-01T00:00Z Europe/Berlin", "acme 2026-03-01T23:00Z Asia/Tokyo")
	f("newly named, known, with the zone it has", defaults, map[string]string{"acme": "Europe/Berlin"}, "Europe/Berlin", acme,
		"acme "+fromTheBeginning+" UTC", "acme 2026-02-01T00:00Z Europe/Berlin")
	f("newly named, known, and the default changes too", defaults, map[string]string{"acme": "Europe/Berlin"}, "UTC", acme,
		"- 2026-03-01T23:00Z UTC", "acme "+fromTheBeginning+" UTC", "acme 2026-02-01T00:00Z Europe/Berlin")
	f("newly named, known, the default's change is pending", append(slices.Clone(defaults), "- 2026-03-01T12:20Z Asia/Tokyo"), map[string]string{"acme": "Europe/Berlin"}, "Asia/Tokyo", acme,
		"acme "+fromTheBeginning+" UTC", "acme 2026-02-01T00:00Z Europe/Berlin")
	f("newly named, known, the default's change is near", append(slices.Clone(defaults), "- 2026-03-01T12:19Z Asia/Tokyo"), map[string]string{"acme": "Europe/Berlin"}, "Asia/Tokyo", acme,
		"acme "+fromTheBeginning+" UTC", "acme 2026-02-01T00:00Z Europe/Berlin", "acme 2026-03-01T12:19Z Asia/Tokyo", "acme 2026-03-01T15:00Z Europe/Berlin")
}

func TestPlanSettingsErrors(t *testing.T) {
	f := func(stored []string, zones map[string]string, defaultZone, want string) {
		t.Helper()
		if add, err := PlanSettings(versions(t, stored...), zones, defaultZone, nil, 0); add != nil || err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("PlanSettings = %v, %v, want %s", add, err, want)
		}
	}
	f(nil, nil, "", `plan settings of all other companies: load zone "": `)
	f(nil, map[string]string{"acme": "Mars/Base"}, "UTC", `plan settings of company "acme": load zone "Mars/Base": `)
	f([]string{"acme " + fromTheBeginning + " Mars/Base"}, map[string]string{"acme": "UTC"}, "UTC", `plan settings of company "acme": load zone "Mars/Base": `)
}

// Whatever the configuration does from day to day, days that had begun keep their beginning, dates rise, and changes are announced.
func TestPlansKeepThePast(t *testing.T) {
	zones := []string{"UTC", "Pacific/Kiritimati", "Etc/GMT+12", "Europe/Berlin", "America/Santiago", "Australia/Lord_Howe"}
	rapid.Check(t, func(t *rapid.T) {
		now := date(t, "2026-03-01").midnight()
		var stored []SettingsVersion
		known := map[string]bool{}
		for range rapid.IntRange(2, 12).Draw(t, "steps") {
			now += Instant(rapid.Int64Range(1, int64(2*oneDay)).Draw(t, "later"))
			if zones, _ := ZonesOf(stored, "acme"); zones != nil && rapid.Bool().Draw(t, "near midnight") {
				now = max(now, mustCalendar(t, zones).Day(now).To-Instant(rapid.Int64Range(0, int64(SettingsLead)).Draw(t, "before")))
			}
			configured := map[string]string{}
			if rapid.Bool().Draw(t, "named") {
				configured["acme"] = rapid.SampledFrom(zones).Draw(t, "zone")
			}
			before := slices.Clone(stored)
			add, err := PlanSettings(stored, configured, rapid.SampledFrom(zones).Draw(t, "default"), known, now)
			if err != nil {
				t.Fatal(err)
			}
			if len(before) > 0 && known["acme"] {
				checkPast(t, before, append(slices.Clone(before), add...), now+SettingsLead-1)
			}
			stored = rapid.Permutation(append(stored, add...)).Draw(t, "stored")
			known["acme"] = true
		}
	})
}

func checkPast(t *rapid.T, before, after []SettingsVersion, until Instant) {
	oldZones, oldest := ZonesOf(before, "acme")
	newZones, newest := ZonesOf(after, "acme")
	old, now := mustCalendar(t, oldZones), mustCalendar(t, newZones)
	for at := until - 5*oneDay; at <= until; at += oneHour {
		if old.Day(at).From != now.Day(at).From || old.Day(at).Date != now.Day(at).Date || old.Zone(at) != now.Zone(at) {
			t.Fatalf("the day of %s was %v and is %v\nbefore %v\nafter %v", at, old.Day(at), now.Day(at), before, after)
		}
	}
	if from, differ := DifferFrom(oldZones, newZones); differ && from <= until {
		t.Fatalf("the zones differ from %s on, before %s\nbefore %v\nafter %v", from, until, before, after)
	}
	if newest < oldest || newest == oldest && !slices.Equal(oldZones, newZones) {
		t.Fatalf("recorded at %s, before at %s\nbefore %v\nafter %v", newest, oldest, before, after)
	}
	if SettingsHash(before, until) != SettingsHash(after, until) {
		t.Fatalf("the hash up to %s is another one\nbefore %v\nafter %v", until, before, after)
	}
}

func TestZonesOf(t *testing.T) {
	stored := versions(t, "acme 2026-03-02T00:00Z Asia/Tokyo 2026-03-01T00:02Z", "- "+fromTheBeginning+" UTC", "acme "+fromTheBeginning+" Europe/Berlin",
		"acme 2026-03-02T00:00Z Asia/Seoul 2026-03-01T00:01Z")
	want := []ZonePeriod{{Zone: "Europe/Berlin"}, {From: instant(t, "2026-03-02T00:00:00Z"), Zone: "Asia/Seoul"}} // recorded first
	f := func(name string, got []ZonePeriod, recordedAt Instant, want []ZonePeriod, wantAt Instant) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" || recordedAt != wantAt {
			t.Errorf("%s recorded at %s, want %s (-want +got):\n%s", name, recordedAt, wantAt, diff)
		}
	}
	zones, at := ZonesOf(stored, "acme")
	f("acme", zones, at, want, instant(t, "2026-03-01T00:01:00Z"))
	zones, at = ZonesOf(stored, "beta")
	f("beta", zones, at, []ZonePeriod{{Zone: "UTC"}}, 0)
	zones, at = ZonesOf(nil, "acme")
	f("none", zones, at, nil, 0)
}

func TestDifferFrom(t *testing.T) {
	f := func(a, b []ZonePeriod, want Instant, wantDiffer bool) {
		t.Helper()
		for range 2 {
			if from, differ := DifferFrom(a, b); from != want || differ != wantDiffer {
				t.Errorf("%v and %v differ: %t, from %d on; want %t, %d", a, b, differ, from, wantDiffer, want)
			}
			a, b = b, a
		}
	}
	one, two := []ZonePeriod{{Zone: "UTC"}}, []ZonePeriod{{Zone: "UTC"}, {From: 5, Zone: "Asia/Tokyo"}}
	f(one, one, 0, false)
	f(two, two, 0, false)
	f(two, []ZonePeriod{{From: 3, Zone: "UTC"}, two[1]}, 0, false) // the first one's is not read
	f(nil, one, math.MinInt64, true)
	f(one, []ZonePeriod{{Zone: "Asia/Tokyo"}}, math.MinInt64, true)
	f(one, two, 5, true)
	f(two, []ZonePeriod{{Zone: "UTC"}, {From: 5, Zone: "Asia/Seoul"}}, 5, true)
	f(two, []ZonePeriod{{Zone: "UTC"}, {From: 3, Zone: "Asia/Tokyo"}}, 3, true)
	f(two, append(slices.Clone(two), ZonePeriod{From: 9, Zone: "UTC"}), 9, true)
}

func TestSettingsHash(t *testing.T) {
	stored := []string{"- " + fromTheBeginning + " UTC", "acme " + fromTheBeginning + " Asia/Tokyo", "acme 2026-03-02T00:00Z Europe/Berlin"}
	march := instant(t, "2026-03-02T00:00:00Z")
	hash := SettingsHash(versions(t, stored...), march, "a", "b")
	same := func(name string, got uint64) {
		t.Helper()
		if got != hash {
			t.Errorf("%s: another hash", name)
		}
	}
	other := func(name string, got uint64) {
		t.Helper()
		if got == hash {
			t.Errorf("%s: the same hash", name)
		}
	}
	of := func(lines ...string) uint64 { t.Helper(); return SettingsHash(versions(t, lines...), march, "a", "b") }
	and := func(more ...string) uint64 { t.Helper(); return of(append(slices.Clone(stored), more...)...) }
	same("another order", of(stored[2], stored[0], stored[1]))
	same("recorded at another time", of(stored[0]+" 2026-01-01T00:00Z", stored[1]+" 2026-01-02T00:00Z", stored[2]))
	same("recorded twice", and(stored[2]+" 2026-01-01T00:00Z"))
	same("later versions", and("acme 2026-03-02T00:01Z UTC", "- 2026-03-03T00:00Z Asia/Tokyo"))
	same("a copy of the default's", and("beta "+fromTheBeginning+" UTC", "beta 2026-03-03T00:00Z Asia/Tokyo"))
	other("up to an instant before", SettingsHash(versions(t, stored...), march-1, "a", "b"))
	other("one more in force", and("acme 2026-03-01T00:00Z UTC"))
	other("one more company", and("beta "+fromTheBeginning+" Asia/Tokyo"))
	other("a company that is first named for later", and("beta 2027-01-01T00:00Z Asia/Tokyo")) // its first version holds from the beginning
	other("another company", of(stored[0], strings.Replace(stored[1], "acme", "beta", 1), stored[2]))
	other("another zone", of(stored[0], stored[1], "acme 2026-03-02T00:00Z Europe/Paris"))
	other("another instant", of(stored[0], stored[1], "acme 2026-03-01T00:00Z Europe/Berlin"))
	other("no default", of(stored[1], stored[2]))
	plain := versions(t, stored...)
	other("another setting", SettingsHash(plain, march, "a", "c"))
	other("settings in another order", SettingsHash(plain, march, "b", "a"))
	other("settings joined", SettingsHash(plain, march, "ab"))
	other("no settings", SettingsHash(plain, march))
	other("no versions", SettingsHash(nil, march, "a", "b"))
	if SettingsHash(plain, math.MaxInt64) != SettingsHash(plain, march) {
		t.Error("at the end of time: another hash")
	}
	// Stored in positions: another value would make each installation rebuild.
	if want := uint64(0x6c25dfb6488a5e86); hash != want {
		t.Errorf("hash %#x, want %#x", hash, want)
	}
}

// A company that comes into the configuration after a position was written does not make the position one of other settings.
func TestSettingsHashLeavesOutWhatCameLater(t *testing.T) {
	at := InstantOf(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
	versions := []SettingsVersion{{Zone: "UTC", RecordedAt: at - 24*oneHour}}
	before := SettingsHash(versions, at)
	later := append(slices.Clone(versions), SettingsVersion{Company: "globex", Zone: "Asia/Tokyo", RecordedAt: at - SettingsLead + 1})
	if SettingsHash(later, at) != before {
		t.Error("a company that was recorded within the lead counts")
	}
	later[1].RecordedAt--
	if SettingsHash(later, at) == before {
		t.Error("a company that was recorded before it does not count")
	}
}
