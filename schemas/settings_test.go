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

// companySettings reads "zone", "zone | hours" or "zone | hours | hours of teams".
func companySettings(text string) CompanySettings {
	parts := append(strings.Split(text, " | "), "", "")
	return CompanySettings{Zone: parts[0], Hours: parts[1], TeamHours: parts[2]}
}

// versions reads lines "company from zone [recorded] [| hours [| hours of teams]]"; "-" is the company "".
func versions(t testing.TB, lines ...string) []SettingsVersion {
	t.Helper()
	var read []SettingsVersion
	for _, line := range lines {
		settings := companySettings(line)
		parts := append(strings.Fields(settings.Zone), "1970-01-01T00:00Z")
		v := SettingsVersion{Company: strings.Trim(parts[0], "-"), Zone: parts[2], Hours: settings.Hours, TeamHours: settings.TeamHours}
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
		line := fmt.Sprintf("%s %s %s", company, v.EffectiveFrom.Time().Format(dayForm), v.Zone)
		if v.Hours+v.TeamHours != "" {
			line += " | " + v.Hours
		}
		if v.TeamHours != "" {
			line += " | " + v.TeamHours
		}
		lines = append(lines, line)
	}
	return lines
}

// plan is PlanSettings with settings as companySettings reads them.
func plan(stored []SettingsVersion, named map[string]string, common string, known map[string]bool, now Instant) ([]SettingsVersion, error) {
	read := map[string]CompanySettings{}
	for company, text := range named {
		read[company] = companySettings(text)
	}
	return PlanSettings(stored, read, companySettings(common), known, now)
}

const fromTheBeginning = "1970-01-01T00:00Z"

func TestPlanSettings(t *testing.T) {
	now := instant(t, "2026-03-01T12:00:00Z")
	none := map[string]string{}
	nobody := map[string]bool{}
	f := func(name string, stored []string, zones map[string]string, defaultZone string, known map[string]bool, want ...string) {
		t.Helper()
		before := versions(t, stored...)
		add, err := plan(before, zones, defaultZone, known, now)
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
		if again, err := plan(append(add, before...), zones, defaultZone, known, now+oneDay); again != nil || err != nil {
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

	// Hours go with the zone: a version has both.
	const week, longer = " | Mon-Fri 09:00-17:00; 2026-12-25", " | Mon-Sat 08:00-20:00"
	f("first start with hours", nil, map[string]string{"acme": "Asia/Tokyo" + week}, "UTC"+longer, nobody,
		"- "+fromTheBeginning+" UTC"+longer, "acme "+fromTheBeginning+" Asia/Tokyo"+week)
	f("the same hours", []string{"- " + fromTheBeginning + " UTC" + longer, "acme " + fromTheBeginning + " Asia/Tokyo" + week}, map[string]string{"acme": "Asia/Tokyo" + week}, "UTC"+longer, acme)
	f("other hours", []string{"- " + fromTheBeginning + " UTC", "acme " + fromTheBeginning + " Asia/Tokyo" + week}, map[string]string{"acme": "Asia/Tokyo" + longer}, "UTC", acme,
		"acme 2026-03-01T15:00Z Asia/Tokyo"+longer)
	f("no hours any more", []string{"- " + fromTheBeginning + " UTC" + week}, none, "UTC", acme, "- 2026-03-02T00:00Z UTC")
	f("other hours and another zone", []string{"- " + fromTheBeginning + " UTC", "acme " + fromTheBeginning + " Asia/Tokyo" + week}, map[string]string{"acme": "Europe/Berlin" + longer}, "UTC", acme,
		"acme 2026-03-01T15:00Z Europe/Berlin"+longer)
	f("hours while a zone is pending", []string{"- " + fromTheBeginning + " UTC", "- 2026-03-02T00:00Z Asia/Tokyo"}, none, "Asia/Tokyo"+week, nobody, "- 2026-03-02T15:00Z Asia/Tokyo"+week)
	f("newly named for hours, known", []string{"- " + fromTheBeginning + " UTC" + longer, "- 2026-02-01T00:00Z Europe/Berlin" + longer}, map[string]string{"acme": "Europe/Berlin" + week},
		"Europe/Berlin"+longer, acme, "acme "+fromTheBeginning+" UTC"+longer, "acme 2026-02-01T00:00Z Europe/Berlin"+longer, "acme 2026-03-01T23:00Z Europe/Berlin"+week)
	const teams, more = ` | {"support":"Sat 09:00-12:00"}`, ` | {"billing":"","support":"Sat 09:00-12:00"}`
	f("hours of a team", []string{"- " + fromTheBeginning + " UTC", "acme " + fromTheBeginning + " Asia/Tokyo" + week}, map[string]string{"acme": "Asia/Tokyo" + week + teams}, "UTC", acme,
		"acme 2026-03-01T15:00Z Asia/Tokyo"+week+teams)
	f("hours of another team", []string{"- " + fromTheBeginning + " UTC", "acme " + fromTheBeginning + " UTC | " + teams}, map[string]string{"acme": "UTC | " + more}, "UTC", acme,
		"acme 2026-03-02T00:00Z UTC | "+more)
	f("the same hours of a team", []string{"- " + fromTheBeginning + " UTC", "acme " + fromTheBeginning + " UTC" + week + teams}, map[string]string{"acme": "UTC" + week + teams}, "UTC", acme)
	f("newly named, known, all had hours of teams", []string{"- " + fromTheBeginning + " UTC" + week + teams}, map[string]string{"acme": "UTC" + week}, "UTC"+week+teams, acme,
		"acme "+fromTheBeginning+" UTC"+week+teams, "acme 2026-03-02T00:00Z UTC"+week)
	f("named no more, with hours", []string{"- " + fromTheBeginning + " UTC", "acme " + fromTheBeginning + " UTC" + week}, none, "UTC", acme)
}

func TestPlanSettingsErrors(t *testing.T) {
	f := func(stored []string, zones map[string]string, defaultZone, want string) {
		t.Helper()
		if add, err := plan(versions(t, stored...), zones, defaultZone, nil, 0); add != nil || err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("PlanSettings = %v, %v, want %s", add, err, want)
		}
	}
	f(nil, nil, "", `plan settings of all other companies: load zone "": `)
	f(nil, map[string]string{"acme": "Mars/Base"}, "UTC", `plan settings of company "acme": load zone "Mars/Base": `)
	f(nil, nil, "UTC | daily", `plan settings of all other companies: parse business hours: week: `)
	f(nil, map[string]string{"acme": "UTC | Mon-Fri"}, "UTC", `plan settings of company "acme": parse business hours: week: `)
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
			if periods, _ := PeriodsOf(stored, "acme"); periods != nil && rapid.Bool().Draw(t, "near midnight") {
				now = max(now, mustCalendar(t, zonesOf(periods)).Day(now).To-Instant(rapid.Int64Range(0, int64(SettingsLead)).Draw(t, "before")))
			}
			draw := func() string {
				return rapid.SampledFrom(zones).Draw(t, "zone") + rapid.SampledFrom([]string{" | ", " | ", " | Mon-Sun 08:00-20:00; 2026-03-03", " | Mon-Fri 09:00-17:00"}).Draw(t, "hours") +
					rapid.SampledFrom([]string{"", "", ` | {"support":"Mon-Sun 01:00-02:00"}`}).Draw(t, "hours of teams")
			}
			configured := map[string]string{}
			if rapid.Bool().Draw(t, "named") {
				configured["acme"] = draw()
			}
			before := slices.Clone(stored)
			add, err := plan(stored, configured, draw(), known, now)
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
	oldPeriods, oldest := PeriodsOf(before, "acme")
	newPeriods, newest := PeriodsOf(after, "acme")
	old, oldClock := mustClocks(t, oldPeriods)
	now, newClock := mustClocks(t, newPeriods)
	for at := until - 5*oneDay; at <= until; at += oneHour {
		if old.Day(at).From != now.Day(at).From || old.Day(at).Date != now.Day(at).Date || old.Zone(at) != now.Zone(at) {
			t.Fatalf("the day of %s was %v and is %v\nbefore %v\nafter %v", at, old.Day(at), now.Day(at), before, after)
		}
		if was, is := oldClock(at, until), newClock(at, until); was != is {
			t.Fatalf("from %s to %s business time was %d and is %d\nbefore %v\nafter %v", at, until, was, is, before, after)
		}
	}
	if from, differ := DifferFrom(oldPeriods, newPeriods); differ && from <= until {
		t.Fatalf("the settings differ from %s on, before %s\nbefore %v\nafter %v", from, until, before, after)
	}
	if newest < oldest || newest == oldest && !slices.Equal(oldPeriods, newPeriods) {
		t.Fatalf("recorded at %s, before at %s\nbefore %v\nafter %v", newest, oldest, before, after)
	}
	if SettingsHash(before, until) != SettingsHash(after, until) {
		t.Fatalf("the hash up to %s is another one\nbefore %v\nafter %v", until, before, after)
	}
}

// mustClocks gives the calendar and how business time is counted.
func mustClocks(t *rapid.T, periods []SettingsPeriod) (*Calendar, func(from, to Instant) int64) {
	clocks, err := NewClocks(periods)
	if err != nil {
		t.Fatal(err)
	}
	return clocks.Calendar, func(from, to Instant) int64 { return clocks.Lasted("support", from, to).BusinessMillis }
}

func TestPeriodsOf(t *testing.T) {
	stored := versions(t, "acme 2026-03-02T00:00Z Asia/Tokyo 2026-03-01T00:02Z", "- "+fromTheBeginning+" UTC | Mon-Fri 09:00-17:00", "acme "+fromTheBeginning+" Europe/Berlin",
		"acme 2026-03-02T00:00Z Asia/Seoul 2026-03-01T00:01Z | Sat 09:00-12:00")
	f := func(company string, wantAt Instant, want ...SettingsPeriod) {
		t.Helper()
		got, recordedAt := PeriodsOf(stored, company)
		if diff := cmp.Diff(want, got); diff != "" || recordedAt != wantAt {
			t.Errorf("%s recorded at %s, want %s (-want +got):\n%s", company, recordedAt, wantAt, diff)
		}
	}
	f("acme", instant(t, "2026-03-01T00:01:00Z"), SettingsPeriod{0, companySettings("Europe/Berlin")},
		SettingsPeriod{instant(t, "2026-03-02T00:00:00Z"), companySettings("Asia/Seoul | Sat 09:00-12:00")}) // recorded first
	f("beta", 0, SettingsPeriod{0, companySettings("UTC | Mon-Fri 09:00-17:00")})
	stored = nil
	f("acme", 0)
}

func TestDifferFrom(t *testing.T) {
	f := func(a, b []SettingsPeriod, want Instant, wantDiffer bool) {
		t.Helper()
		for range 2 {
			if from, differ := DifferFrom(a, b); from != want || differ != wantDiffer {
				t.Errorf("%v and %v differ: %t, from %d on; want %t, %d", a, b, differ, from, wantDiffer, want)
			}
			a, b = b, a
		}
	}
	of := func(from Instant, text string) SettingsPeriod { return SettingsPeriod{from, companySettings(text)} }
	one, two := []SettingsPeriod{of(0, "UTC")}, []SettingsPeriod{of(0, "UTC"), of(5, "Asia/Tokyo")}
	f(one, one, 0, false)
	f(two, two, 0, false)
	f(two, []SettingsPeriod{of(3, "UTC"), two[1]}, 0, false) // the first one's is not read
	f(nil, one, math.MinInt64, true)
	f(one, []SettingsPeriod{of(0, "Asia/Tokyo")}, math.MinInt64, true)
	f(one, []SettingsPeriod{of(0, "UTC | Mon 09:00-17:00")}, math.MinInt64, true)
	f(one, two, 5, true)
	f(two, []SettingsPeriod{of(0, "UTC"), of(5, "Asia/Seoul")}, 5, true)
	f(two, []SettingsPeriod{of(0, "UTC"), of(5, "Asia/Tokyo | Mon 09:00-17:00")}, 5, true)
	f(two, []SettingsPeriod{of(0, "UTC"), of(3, "Asia/Tokyo")}, 3, true)
	f(two, append(slices.Clone(two), of(9, "UTC")), 9, true)
	f(two, append(slices.Clone(two), of(9, "Asia/Tokyo | Mon 09:00-17:00")), 9, true)
}

func TestNewClocks(t *testing.T) {
	of := func(from, text string) SettingsPeriod {
		return SettingsPeriod{instant(t, from+"T00:00:00Z"), companySettings(text)}
	}
	f := func(name string, wantMillis Instant, periods ...SettingsPeriod) {
		t.Helper()
		clocks, err := NewClocks(periods)
		if err != nil {
			t.Fatal(err)
		}
		from, to := instant(t, "2026-03-02T00:00:00Z"), instant(t, "2026-03-03T12:00:00Z")
		if got, want := clocks.Lasted("support", from, to), (Lasted{int64(to - from), int64(wantMillis)}); got != want {
			t.Errorf("%s: lasted %v, want %v", name, got, want)
		}
		if zone := clocks.Calendar.Zone(instant(t, "2026-03-03T12:00:00Z")); zone != periods[len(periods)-1].Zone {
			t.Errorf("%s: in %s", name, zone)
		}
	}
	const nine, ten = "UTC | Mon-Fri 09:00-10:00", "UTC | Mon-Fri 09:00-11:00"
	f("one", 2*oneHour, of("1970-01-01", nine))
	f("other hours", 3*oneHour, of("1970-01-01", nine), of("2026-03-03", ten))
	f("hours from a day on", oneDay+2*oneHour, of("1970-01-01", "UTC"), of("2026-03-03", ten))
	f("no hours from a day on", 13*oneHour, of("1970-01-01", nine), of("2026-03-03", "UTC"))
	f("the same hours in another zone", oneHour, of("1970-01-01", nine), of("2026-03-03", "Pacific/Kiritimati | Mon-Fri 09:00-10:00"))
	f("hours of before, after others", 3*oneHour, of("1970-01-01", nine), of("2026-03-02", ten), of("2026-03-03", nine))
	f("without hours", 36*oneHour, of("1970-01-01", "UTC"), of("2026-03-03", "Asia/Tokyo"))
	inTeams := func(from, text, hours string) SettingsPeriod {
		p := of(from, text)
		p.TeamHours = hours
		return p
	}
	const support = `{"support":"Mon-Sun 00:00-04:00"}`
	f("of a team", 8*oneHour, inTeams("1970-01-01", nine, support))
	f("of a team, none of the company", 8*oneHour, inTeams("1970-01-01", "UTC", support))
	f("of a team from a day on", 5*oneHour, of("1970-01-01", nine), inTeams("2026-03-03", nine, support))
	f("of a team no more", 5*oneHour, inTeams("1970-01-01", nine, support), of("2026-03-03", nine))
	f("a team without", 36*oneHour, inTeams("1970-01-01", nine, `{"support":""}`))
	f("of another team", 2*oneHour, inTeams("1970-01-01", nine, `{"billing":"Mon-Sun 00:00-04:00"}`))
	for hours, want := range map[string]string{"Mon": "parse business hours of teams: ", `{"support":"daily"}`: `team "support": parse business hours`} {
		if _, err := NewClocks([]SettingsPeriod{inTeams("1970-01-01", "UTC", hours)}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", hours, err)
		}
	}
	for text, want := range map[string]string{"Mars/Base": "load zone", "UTC | daily": "parse business hours"} {
		if clocks, err := NewClocks([]SettingsPeriod{of("1970-01-01", text)}); clocks.Calendar != nil || err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, %v", text, clocks, err)
		}
	}
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
	other("hours", of(stored[0], stored[1]+" | Mon 09:00-17:00", stored[2]))
	other("hours of a version that is not in force any more, and of the one that is", of(stored[0], stored[1], stored[2]+" | Mon 09:00-17:00"))
	other("a copy of the default's with hours", and("beta "+fromTheBeginning+" UTC | Mon 09:00-17:00"))
	other("hours of a team", of(stored[0], stored[1]+` |  | {"support":"Mon 09:00-17:00"}`, stored[2]))
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
