package schemas

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// calendarOf reads "zone", "zone from instant", … The calendar is a new one, so nothing is remembered.
func calendarOf(t testing.TB, zones ...string) *Calendar {
	t.Helper()
	periods := make([]ZonePeriod, 0, len(zones))
	for _, text := range zones {
		zone, from, ok := strings.Cut(text, " from ")
		period := ZonePeriod{Zone: zone}
		if ok {
			period.From = instant(t, from)
		}
		periods = append(periods, period)
	}
	calendar, err := NewVersionedCalendar(periods)
	if err != nil {
		t.Fatal(err)
	}
	return calendar
}

const dayForm = "2006-01-02T15:04Z"

// Each change of zone is at the old zone's midnight, as planned, where nothing else is said.
func TestDaysAroundAChangeOfZone(t *testing.T) {
	// f compares the days from the one that holds an instant on, each as "date from to length, bars".
	f := func(name string, zones []string, at string, want ...string) {
		t.Helper()
		calendar := calendarOf(t, zones...)
		today := calendar.Day(instant(t, at))
		var got []string
		for range want {
			got = append(got, fmt.Sprintf("%s %s %s %s, %d bars", today.Date, today.From.Time().Format(dayForm), today.To.Time().Format(dayForm),
				strings.TrimSuffix(today.Length().String(), "0s"), len(calendar.Hours(today.From))))
			today = calendar.Next(today)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	f("ahead: the next day is cut", []string{"UTC", "Pacific/Kiritimati from 2026-03-02T00:00:00Z"}, "2026-03-01T12:00:00Z",
		"2026-03-01 2026-03-01T00:00Z 2026-03-02T00:00Z 24h0m, 24 bars",
		"2026-03-02 2026-03-02T00:00Z 2026-03-02T10:00Z 10h0m, 10 bars",
		"2026-03-03 2026-03-02T10:00Z 2026-03-03T10:00Z 24h0m, 24 bars")
	f("as far ahead as zones go: a date is skipped", []string{"Etc/GMT+12", "Pacific/Kiritimati from 2026-03-02T12:00:00Z"}, "2026-03-02T00:00:00Z",
		"2026-03-01 2026-03-01T12:00Z 2026-03-02T12:00Z 24h0m, 24 bars",
		"2026-03-03 2026-03-02T12:00Z 2026-03-03T10:00Z 22h0m, 22 bars",
		"2026-03-04 2026-03-03T10:00Z 2026-03-04T10:00Z 24h0m, 24 bars")
	f("as far behind: the day goes on", []string{"Pacific/Kiritimati", "Etc/GMT+12 from 2026-03-01T10:00:00Z"}, "2026-03-01T00:00:00Z",
		"2026-03-01 2026-02-28T10:00Z 2026-03-02T12:00Z 50h0m, 50 bars",
		"2026-03-02 2026-03-02T12:00Z 2026-03-03T12:00Z 24h0m, 24 bars")
	f("behind", []string{"Europe/Berlin", "America/New_York from 2026-03-01T23:00:00Z"}, "2026-03-02T04:59:59Z",
		"2026-03-01 2026-02-28T23:00Z 2026-03-02T05:00Z 30h0m, 30 bars",
		"2026-03-02 2026-03-02T05:00Z 2026-03-03T05:00Z 24h0m, 24 bars")
	f("the same offset", []string{"Europe/Berlin", "Europe/Paris from 2026-03-01T23:00:00Z"}, "2026-03-01T12:00:00Z",
		"2026-03-01 2026-02-28T23:00Z 2026-03-01T23:00Z 24h0m, 24 bars",
		"2026-03-02 2026-03-01T23:00Z 2026-03-02T23:00Z 24h0m, 24 bars")
	// Santiago's 2026-09-06 begins at 01:00.
	f("from an odd midnight", []string{"America/Santiago", "America/Montevideo from 2026-09-06T04:00:00Z"}, "2026-09-06T03:00:00Z",
		"2026-09-05 2026-09-05T04:00Z 2026-09-06T04:00Z 24h0m, 24 bars",
		"2026-09-06 2026-09-06T04:00Z 2026-09-07T03:00Z 23h0m, 23 bars")
	f("to an odd midnight", []string{"UTC", "America/Santiago from 2026-09-06T00:00:00Z"}, "2026-09-06T03:00:00Z",
		"2026-09-05 2026-09-05T00:00Z 2026-09-06T04:00Z 28h0m, 28 bars",
		"2026-09-06 2026-09-06T04:00Z 2026-09-07T03:00Z 23h0m, 23 bars")
	f("by a quarter of an hour", []string{"Asia/Kathmandu", "Asia/Kolkata from 2026-03-01T18:15:00Z"}, "2026-03-01T12:00:00Z",
		"2026-03-01 2026-02-28T18:15Z 2026-03-01T18:30Z 24h15m, 25 bars",
		"2026-03-02 2026-03-01T18:30Z 2026-03-02T18:30Z 24h0m, 24 bars")

	f("in the afternoon, the date changes", []string{"Europe/Berlin", "Asia/Tokyo from 2026-03-01T17:00:00Z"}, "2026-03-01T12:00:00Z",
		"2026-03-01 2026-02-28T23:00Z 2026-03-01T17:00Z 18h0m, 18 bars",
		"2026-03-02 2026-03-01T17:00Z 2026-03-02T15:00Z 22h0m, 22 bars")
	f("at noon, the date stays", []string{"Europe/Berlin", "America/New_York from 2026-03-01T11:20:00Z"}, "2026-03-01T12:00:00Z",
		"2026-03-01 2026-02-28T23:00Z 2026-03-02T05:00Z 30h0m, 31 bars",
		"2026-03-02 2026-03-02T05:00Z 2026-03-03T05:00Z 24h0m, 24 bars")
	f("a day of ten minutes", []string{"Etc/GMT+12", "Pacific/Kiritimati from 2026-03-02T09:50:00Z"}, "2026-03-02T09:00:00Z",
		"2026-03-01 2026-03-01T12:00Z 2026-03-02T09:50Z 21h50m, 22 bars",
		"2026-03-02 2026-03-02T09:50Z 2026-03-02T10:00Z 10m, 1 bars",
		"2026-03-03 2026-03-02T10:00Z 2026-03-03T10:00Z 24h0m, 24 bars")
	f("there and back within the day", []string{"Europe/Berlin", "Asia/Tokyo from 2026-03-01T17:00:00Z", "Europe/Berlin from 2026-03-01T18:00:00Z"}, "2026-03-01T12:00:00Z",
		"2026-03-01 2026-02-28T23:00Z 2026-03-01T17:00Z 18h0m, 18 bars",
		"2026-03-02 2026-03-01T17:00Z 2026-03-02T23:00Z 30h0m, 30 bars",
		"2026-03-03 2026-03-02T23:00Z 2026-03-03T23:00Z 24h0m, 24 bars")
	f("a zone of one minute, before its date changes", []string{"UTC", "Etc/GMT+12 from 2026-03-02T00:00:00Z", "Asia/Tokyo from 2026-03-02T00:01:00Z"}, "2026-03-01T12:00:00Z",
		"2026-03-01 2026-03-01T00:00Z 2026-03-02T00:01Z 24h1m, 25 bars",
		"2026-03-02 2026-03-02T00:01Z 2026-03-02T15:00Z 14h59m, 15 bars")
	f("the first instant is not read", []string{"UTC from 2030-01-01T00:00:00Z", "Asia/Tokyo from 2026-03-02T00:00:00Z"}, "2026-03-01T12:00:00Z",
		"2026-03-01 2026-03-01T00:00Z 2026-03-02T00:00Z 24h0m, 24 bars",
		"2026-03-02 2026-03-02T00:00Z 2026-03-02T15:00Z 15h0m, 15 bars")
}

func TestDatesThatAChangeOfZoneSkips(t *testing.T) {
	calendar := calendarOf(t, "Etc/GMT+12", "Pacific/Kiritimati from 2026-03-02T12:00:00Z")
	if got, ok := calendar.On(date(t, "2026-03-02")); ok || got != (Day{}) {
		t.Errorf("On = %v %v, want none", got, ok)
	}
	if got, ok := calendar.On(date(t, "2026-03-03")); !ok || got != calendar.Day(instant(t, "2026-03-02T12:00:00Z")) {
		t.Errorf("On = %v %v", got, ok)
	}
}

func TestZoneInForce(t *testing.T) {
	calendar := calendarOf(t, "Europe/Berlin", "America/New_York from 2026-03-01T23:00:00Z", "UTC from 2026-03-02T05:00:00Z")
	f := func(at, want string) {
		t.Helper()
		if got := calendar.Zone(instant(t, at)); got != want || calendar.Location(instant(t, at)).String() != want {
			t.Errorf("Zone(%s) = %s, want %s", at, got, want)
		}
	}
	f("0001-01-01T00:00:00Z", "Europe/Berlin")
	f("2026-03-01T22:59:59.999Z", "Europe/Berlin")
	f("2026-03-01T23:00:00Z", "America/New_York")
	f("2026-03-02T04:59:59.999Z", "America/New_York")
	f("2026-03-02T05:00:00Z", "UTC")
	f("9999-01-01T00:00:00Z", "UTC")
}

func TestHoursAroundAChangeOfZone(t *testing.T) {
	// f compares some bars of the day that holds an instant, each as "start in UTC, minutes, label".
	f := func(calendar *Calendar, at string, from int, want ...string) {
		t.Helper()
		var got []string
		hours := calendar.Hours(instant(t, at))
		for _, h := range hours[min(from, len(hours)):min(from+len(want), len(hours))] {
			got = append(got, h.Start.Time().Format("15:04:05")+" "+time.Duration((h.End-h.Start)*1e6).String()+" "+h.Label)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", at, diff)
		}
	}
	berlinToNewYork := calendarOf(t, "Europe/Berlin", "America/New_York from 2026-03-01T23:00:00Z")
	f(berlinToNewYork, "2026-03-01T12:00:00Z", 16, "15:00:00 1h0m0s 16", "16:00:00 1h0m0s 17", "17:00:00 1h0m0s 18 +01:00")
	f(berlinToNewYork, "2026-03-01T12:00:00Z", 23, "22:00:00 1h0m0s 23 +01:00", "23:00:00 1h0m0s 18 -05:00", "00:00:00 1h0m0s 19 -05:00")
	f(berlinToNewYork, "2026-03-02T05:00:00Z", 0, "05:00:00 1h0m0s 00", "06:00:00 1h0m0s 01")

	f(calendarOf(t, "UTC", "Asia/Kolkata from 2026-03-02T00:00:00Z"), "2026-03-02T00:00:00Z", 0, "00:00:00 30m0s 05", "00:30:00 1h0m0s 06")

	fiftyHours := calendarOf(t, "Pacific/Kiritimati", "Etc/GMT+12 from 2026-03-01T10:00:00Z")
	f(fiftyHours, "2026-03-01T10:00:00Z", 22, "08:00:00 1h0m0s 22 +14:00", "09:00:00 1h0m0s 23 +14:00",
		"10:00:00 1h0m0s 2026-02-28 22 -12:00", "11:00:00 1h0m0s 2026-02-28 23 -12:00", "12:00:00 1h0m0s 00 -12:00")
	f(fiftyHours, "2026-03-01T10:00:00Z", 48, "10:00:00 1h0m0s 22 -12:00", "11:00:00 1h0m0s 23 -12:00")

	// Zones with one offset do not cut a bar.
	f(calendarOf(t, "Europe/Berlin", "Europe/Paris from 2026-03-01T10:20:00Z"), "2026-03-01T12:00:00Z", 11, "10:00:00 1h0m0s 11", "11:00:00 1h0m0s 12")
	f(calendarOf(t, "Europe/Berlin", "Europe/Paris from 2026-03-01T10:20:00Z", "Europe/Rome from 2026-03-01T10:40:00Z", "Africa/Tunis from 2026-03-01T11:00:00Z"),
		"2026-03-01T12:00:00Z", 11, "10:00:00 1h0m0s 11", "11:00:00 1h0m0s 12")
	f(calendarOf(t, "Europe/Berlin", "UTC from 2026-03-01T10:20:00Z", "Europe/Berlin from 2026-03-01T10:40:00.500Z", "UTC from 2026-03-01T10:50:00Z"),
		"2026-03-01T12:00:00Z", 10, "09:00:00 1h0m0s 10 +01:00", "10:00:00 20m0s 11 +01:00", "10:20:00 20m0.5s 10 +00:00", "10:40:00 9m59.5s 11:40:00.5 +01:00",
		"10:50:00 10m0s 10:50:00 +00:00", "11:00:00 1h0m0s 11 +00:00")
}

func TestVersionedCalendarErrors(t *testing.T) {
	f := func(want string, zones ...ZonePeriod) {
		t.Helper()
		if calendar, err := NewVersionedCalendar(zones); calendar != nil || err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("NewVersionedCalendar = %v, %v, want %s", calendar, err, want)
		}
	}
	f("make calendar: no zone")
	f(`load zone "Mars/Base": `, ZonePeriod{Zone: "UTC"}, ZonePeriod{From: 1, Zone: "Mars/Base"})
	f(`make calendar: zone "Asia/Tokyo" is in force from 1970-01-01T00:00:00.005Z and so cannot come after "Europe/Berlin" from 1970-01-01T00:00:00.005Z`,
		ZonePeriod{Zone: "UTC"}, ZonePeriod{From: 5, Zone: "Europe/Berlin"}, ZonePeriod{From: 5, Zone: "Asia/Tokyo"})
	f("make calendar: ", ZonePeriod{Zone: "UTC"}, ZonePeriod{From: 5, Zone: "Europe/Berlin"}, ZonePeriod{From: 4, Zone: "Asia/Tokyo"})
}

// Random zones change at random minutes; the calendar is compared with a walk minute by minute.
func TestDaysAroundRandomChangesOfZone(t *testing.T) {
	zones := Zones()
	start := date(t, "2020-01-01").midnight()
	rapid.Check(t, func(t *rapid.T) {
		at := start + Instant(rapid.IntRange(0, 10*365*24).Draw(t, "hour"))*oneHour
		first := at
		periods := []ZonePeriod{{Zone: rapid.SampledFrom(zones).Draw(t, "zone")}}
		for range rapid.IntRange(1, 5).Draw(t, "changes") {
			// Mostly close together, and often at the calendar's own midnight, as planned ones are.
			at += Instant(rapid.SampledFrom([]int{1, 10, 60, 600, 3000}).Draw(t, "about")+rapid.IntRange(0, 600).Draw(t, "minutes")) * minute
			if rapid.Bool().Draw(t, "midnight") {
				at = mustCalendar(t, periods).Day(at).To
			}
			periods = append(periods, ZonePeriod{From: at, Zone: rapid.SampledFrom(zones).Draw(t, "zone")})
		}
		checkAgainstWalk(t, periods, first-3*oneDay, at+4*oneDay)
	})
}

func mustCalendar(t interface{ Fatal(...any) }, periods []ZonePeriod) *Calendar {
	calendar, err := NewVersionedCalendar(periods)
	if err != nil {
		t.Fatal(err)
	}
	return calendar
}

// walked is a day as a clock on the wall has it, with bars as "local hour, offset" by their first minute.
type walked struct {
	Day
	bars []Hour
}

// walk notes when the date of the local clock is later than ever before, and when its hour, offset or date is another one. It reads the
// clock each minute: in our time zones change at full minutes only.
func walk(t *rapid.T, periods []ZonePeriod, from, to Instant) []walked {
	locations := make([]*time.Location, len(periods))
	for i, period := range periods {
		location, err := LoadZone(period.Zone)
		if err != nil {
			t.Fatal(err)
		}
		locations[i] = location
	}
	var days []walked
	hour, offset, current := Instant(-1), Instant(-1), 0
	for at := from; at < to; at += minute {
		for current+1 < len(periods) && periods[current+1].From <= at {
			current++
		}
		nowOffset := offsetIn(locations[current], at)
		nowHour := (at + nowOffset) / oneHour // hours of all dates since 1970
		newDay := len(days) == 0 || Date(nowHour/24) > days[len(days)-1].Date
		if newDay {
			days = append(days, walked{Day: Day{Date: Date(nowHour / 24), From: at}})
		}
		today := &days[len(days)-1]
		today.To = at + minute
		if newDay || nowHour != hour || nowOffset != offset {
			today.bars = append(today.bars, Hour{Start: at, Offset: time.Duration(nowOffset) * time.Millisecond})
		}
		today.bars[len(today.bars)-1].End = at + minute
		hour, offset = nowHour, nowOffset
	}
	return days
}

func checkAgainstWalk(t *rapid.T, periods []ZonePeriod, from, to Instant) {
	calendar := mustCalendar(t, periods)
	days := walk(t, periods, from, to)
	days = days[1 : len(days)-1] // the ends are cut
	today := calendar.Day(days[0].From)
	for i, want := range days {
		if today != want.Day {
			t.Fatalf("%v: the day is %v, want %v", periods, today, want.Day)
		}
		if got, ok := calendar.On(today.Date); !ok || got != today {
			t.Fatalf("%v: On(%s) = %v %v, want %v", periods, today.Date, got, ok, today)
		}
		within := today.From + Instant(rapid.Int64Range(0, int64(today.To-today.From-1)).Draw(t, "within"))
		for _, at := range []Instant{today.From, within, today.To - 1} {
			if got := calendar.clock.day(at); got != today { // without what it remembers
				t.Fatalf("%v: Day(%s) = %v, want %v", periods, at, got, today)
			}
			if h := calendar.Hour(at); at < h.Start || at >= h.End {
				t.Fatalf("%v: Hour(%s) = %v", periods, at, h)
			}
		}
		labels := map[string]bool{}
		hours := calendar.Hours(today.From)
		for i := range hours {
			labels[hours[i].Label] = true
			hours[i].Label = ""
		}
		if !slices.Equal(hours, want.bars) || len(labels) != len(hours) {
			t.Fatalf("%v: %d labels, bars (-want +got)\n%s", periods, len(labels), cmp.Diff(want.bars, hours))
		}
		next := calendar.Next(today)
		for skipped := today.Date + 1; skipped < next.Date && i+1 < len(days); skipped++ {
			if got, ok := calendar.On(skipped); ok {
				t.Fatalf("%v: On(%s) = %v between %v and %v", periods, skipped, got, today, next)
			}
		}
		today = next
	}
}
