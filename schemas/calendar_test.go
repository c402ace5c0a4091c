package schemas

import (
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func location(t testing.TB, zone string) *time.Location {
	t.Helper()
	location, err := LoadZone(zone)
	if err != nil {
		t.Fatal(err)
	}
	return location
}

func instant(t testing.TB, text string) Instant {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return InstantOf(at)
}

func date(t interface{ Fatal(...any) }, text string) Date {
	d, err := ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The oracle knows nothing of bounds and midnights: it reads the local clock step by step and notes when the date is
// later than ever before, and when the hour or the offset is another one. A step is a quarter of an hour, and a minute in
// each hour that ends with another offset than it began with. That is sound while a zone does not change and change back
// within one hour, changes only at full minutes and keeps offsets of whole quarters; it checks the last two.
type oracle struct {
	days  []Day
	hours [][]Hour // of each day, without labels

	latest       Date
	hour, offset Instant // of the step before
	location     *time.Location
}

const (
	minute  = 60 * oneSecond
	quarter = 15 * minute
)

func offsetIn(location *time.Location, at Instant) Instant {
	_, seconds := time.UnixMilli(int64(at)).In(location).Zone()
	return Instant(seconds) * 1000
}

// observe walks from one full hour to another.
func observe(t testing.TB, location *time.Location, from, to Instant) *oracle {
	t.Helper()
	seen := &oracle{latest: -1, hour: -1, location: location}
	offset := offsetIn(location, from)
	for at := from; at < to; at += oneHour {
		next := offsetIn(location, at+oneHour)
		if next == offset {
			for step := at; step < at+oneHour; step += quarter {
				seen.step(t, step, quarter, offset)
			}
			continue
		}
		for step := at; step < at+oneHour; step += minute {
			offset = offsetIn(location, step)
			if offsetIn(location, step+minute-1) != offset {
				t.Fatalf("%s changes within a minute at %s", location, step)
			}
			seen.step(t, step, minute, offset)
		}
		offset = next
	}
	return seen
}

func (seen *oracle) step(t testing.TB, at, length, offset Instant) {
	if offset%quarter != 0 {
		t.Fatalf("%s has an offset of no whole quarters at %s", seen.location, at)
	}
	localDate, localHour := Date((at+offset)/oneDay), (at+offset)/oneHour // positive after 1970
	newDay := localDate > seen.latest
	if newDay {
		if n := len(seen.days); n > 0 {
			seen.days[n-1].To = at
		}
		seen.latest = localDate
		seen.days = append(seen.days, Day{Date: localDate, From: at})
		seen.hours = append(seen.hours, make([]Hour, 0, 26))
	}
	bars := &seen.hours[len(seen.hours)-1]
	if newDay || localHour != seen.hour || offset != seen.offset {
		*bars = append(*bars, Hour{Start: at, Offset: time.Duration(offset) * time.Millisecond})
	}
	(*bars)[len(*bars)-1].End = at + length
	seen.hour, seen.offset = localHour, offset
}

// survey is what the days of all zones have in common.
type survey struct {
	sync.Mutex
	days, bars, midnightWrong int
	lengths                   map[time.Duration]int // days by length
	barCounts                 map[int]int           // days by number of bars
	shortBars                 map[string]int        // bars under an hour, by zone
	late                      map[string][]string   // days that do not begin at 00:00 local time: zones by date and time
}

func TestEveryDayOfEveryZone(t *testing.T) {
	zones := Zones()
	if testing.Short() {
		zones = []string{"Africa/Cairo", "America/Havana", "America/New_York", "America/Santiago", "Asia/Beirut", "Asia/Kathmandu",
			"Australia/Adelaide", "Australia/Lord_Howe", "Europe/Berlin", "Pacific/Apia", "Pacific/Chatham", "UTC"}
	}
	found := &survey{lengths: map[time.Duration]int{}, barCounts: map[int]int{}, shortBars: map[string]int{}, late: map[string][]string{}}
	started := time.Now()
	t.Run("zones", func(t *testing.T) {
		for _, zone := range zones {
			t.Run(zone, func(t *testing.T) {
				t.Parallel()
				checkZone(t, zone, found)
			})
		}
	})
	t.Logf("%d zones, %d days, %d bars in %s; time.Date(y,m,d,0…) is wrong on %d days", len(zones), found.days, found.bars,
		time.Since(started).Round(time.Millisecond), found.midnightWrong)
	if want := len(zones) * 4018; found.days != want {
		t.Errorf("%d days seen, want %d", found.days, want)
	}
	if testing.Short() {
		return
	}
	expect := func(what string, got, want any) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	expect("days by length", found.lengths, map[time.Duration]int{
		21 * time.Hour: 3, 27 * time.Hour: 4, // Casey, which goes between +08 and +11
		22 * time.Hour: 11, 26 * time.Hour: 12, // Troll, between +00 and +02, and once Casey
		23 * time.Hour: 2176, 25 * time.Hour: 2167,
		23*time.Hour + 30*time.Minute: 22, 24*time.Hour + 30*time.Minute: 22, // Lord Howe
		24 * time.Hour: 2398347,
	})
	// Bars and hours of a day differ where clocks change within a local hour.
	expect("days by number of bars", found.barCounts, map[int]int{22: 14, 23: 2154, 24: 2398391, 25: 2167, 26: 34, 27: 4})
	expect("bars under an hour", found.shortBars, map[string]int{
		"Antarctica/Casey":    6,                       // changes at 00:01
		"Australia/Lord_Howe": 22, "Australia/LHI": 22, // changes by half an hour
		"Pacific/Chatham": 44, "NZ-CHAT": 44, // changes at 02:45
	})
	expect("days on which time.Date(y, m, d, 0, …) is not the first instant", found.midnightWrong, 76)
	var lines []string
	for _, start := range slices.Sorted(maps.Keys(found.late)) {
		lines = append(lines, start+" "+strings.Join(slices.Sorted(slices.Values(found.late[start])), " "))
	}
	expect("days that do not begin at 00:00", lines, strings.Split(strings.TrimSpace(daysWithoutMidnight), "\n"))
}

// checkZone compares each day of a zone from 2020-01-01 to 2030-12-31 with the oracle's.
func checkZone(t *testing.T, zone string, found *survey) {
	location := location(t, zone)
	first, last := date(t, "2020-01-01"), date(t, "2030-12-31")
	want := observe(t, location, first.midnight()-2*oneDay, last.midnight()+3*oneDay)

	today := DayOf(location, first.midnight()-2*oneDay+12*oneHour)
	days, bars, midnightWrong := 0, 0, 0
	lengths, barCounts, shortBars, late := map[time.Duration]int{}, map[int]int{}, 0, []string(nil)
	for i, day := range want.days[:len(want.days)-1] {
		if day.Date < first || day.Date > last {
			continue
		}
		if today.Date < first {
			today, _ = DayOn(location, first)
		}
		if today != day {
			t.Fatalf("NextDay = %v, want %v", today, day)
		}
		if got, ok := DayOn(location, day.Date); !ok || got != day {
			t.Fatalf("DayOn(%s) = %v %v, want %v", day.Date, got, ok, day)
		}
		hours := Hours(location, day)
		checkHours(t, location, day, hours, want.hours[i])

		days++
		bars += len(hours)
		lengths[day.Length()]++
		barCounts[len(hours)]++
		for _, h := range hours {
			if h.End-h.Start != oneHour {
				shortBars++
			}
		}
		local := day.From.Time().In(location)
		if local.Hour() != 0 || local.Minute() != 0 {
			late = append(late, local.Format("2006-01-02 15:04"))
		}
		if InstantOf(time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, location)) != day.From {
			midnightWrong++
		}
		today = NextDay(location, today)
	}

	found.Lock()
	defer found.Unlock()
	found.days += days
	found.bars += bars
	found.midnightWrong += midnightWrong
	for length, n := range lengths {
		found.lengths[length] += n
	}
	for n, count := range barCounts {
		found.barCounts[n] += count
	}
	if shortBars > 0 {
		found.shortBars[zone] = shortBars
	}
	for _, start := range late {
		found.late[start] = append(found.late[start], zone)
	}
}

// checkHours compares a day's bars with the oracle's and reads their labels by another way than they were made.
func checkHours(t *testing.T, location *time.Location, day Day, got, want []Hour) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d bars, want %d", day.Date, len(got), len(want))
	}
	if got[0].Start != day.From || got[len(got)-1].End != day.To {
		t.Fatalf("%s: bars from %s to %s, want %s to %s", day.Date, got[0].Start, got[len(got)-1].End, day.From, day.To)
	}
	var repeated [24]int
	for i := range want {
		if got[i].Start != want[i].Start || got[i].End != want[i].End || got[i].Offset != want[i].Offset {
			t.Fatalf("%s: bar %d is %v, want %v", day.Date, i, got[i], want[i])
		}
		repeated[got[i].Start.Time().In(location).Hour()]++
	}
	for _, h := range got {
		number := h.Start.Time().In(location).Hour()
		if ends := (h.End - 1).Time().In(location); ends.Hour() != number {
			t.Fatalf("%s: bar %v ends in hour %d", day.Date, h, ends.Hour())
		}
		if int(h.Label[0]-'0')*10+int(h.Label[1]-'0') != number {
			t.Fatalf("%s: bar %v is labelled otherwise than hour %d", day.Date, h, number)
		}
		if rest := h.Label[2:]; rest == "" && repeated[number] == 1 {
			continue
		} else if rest != h.Start.Time().In(location).Format(" -07:00") {
			t.Fatalf("%s: bar %v, hour comes %d times", day.Date, h, repeated[number])
		}
	}
}

func TestDayOf(t *testing.T) {
	f := func(zone, at, want string) {
		t.Helper()
		if got := DayOf(location(t, zone), instant(t, at)).Date.String(); got != want {
			t.Errorf("DayOf(%s, %s) = %s, want %s", zone, at, got, want)
		}
	}
	// V29
	f("America/New_York", "2026-02-11T22:00:00Z", "2026-02-11")
	f("America/New_York", "2026-02-12T04:00:00Z", "2026-02-11")
	f("America/New_York", "2026-02-12T04:59:59.999Z", "2026-02-11")
	f("America/New_York", "2026-02-12T05:00:00Z", "2026-02-12")
	// V55
	f("America/Santiago", "2025-09-07T03:30:00Z", "2025-09-06")
	f("America/Santiago", "2025-09-07T03:59:59.999Z", "2025-09-06")
	f("America/Santiago", "2025-09-07T04:00:00Z", "2025-09-07")
	f("Africa/Cairo", "2025-04-24T21:59:59.999Z", "2025-04-24")
	f("Africa/Cairo", "2025-04-24T22:00:00Z", "2025-04-25")

	f("Pacific/Kiritimati", "2026-11-22T10:00:00Z", "2026-11-23")
	f("Pacific/Niue", "2026-11-22T10:59:59.999Z", "2026-11-21")
	f("UTC", "1969-12-31T23:59:59.999Z", "1969-12-31")
	f("Europe/Berlin", "1492-10-12T12:00:00Z", "1492-10-12")
	f("Europe/Berlin", "9999-12-31T12:00:00Z", "9999-12-31")
	// Clocks went back from 00:01 to 23:01: the day had begun.
	f("America/St_Johns", "2010-11-07T02:30:30Z", "2010-11-07")
	f("America/St_Johns", "2010-11-07T03:00:00Z", "2010-11-07")
	// Alaska had 1867-10-19 for some hours, then 18 again.
	f("America/Juneau", "1867-10-19T03:00:00Z", "1867-10-19")
}

func TestDayOn(t *testing.T) {
	f := func(zone, on, from, to string, bars int) {
		t.Helper()
		place := location(t, zone)
		got, ok := DayOn(place, date(t, on))
		want := Day{Date: date(t, on), From: instant(t, from), To: instant(t, to)}
		if !ok || got != want {
			t.Errorf("DayOn(%s, %s) = %v %v, want %v", zone, on, got, ok, want)
		}
		if got := Hours(place, want); len(got) != bars {
			t.Errorf("%s in %s has %d bars, want %d", on, zone, len(got), bars)
		}
	}
	f("Europe/Berlin", "2025-10-26", "2025-10-25T22:00:00Z", "2025-10-26T23:00:00Z", 25)       // V53
	f("Europe/Berlin", "2025-03-30", "2025-03-29T23:00:00Z", "2025-03-30T22:00:00Z", 23)       // V54
	f("Africa/Cairo", "2025-04-25", "2025-04-24T22:00:00Z", "2025-04-25T21:00:00Z", 23)        // V55
	f("America/Santiago", "2025-09-07", "2025-09-07T04:00:00Z", "2025-09-08T03:00:00Z", 23)    // V55
	f("America/Santiago", "2025-04-05", "2025-04-05T03:00:00Z", "2025-04-06T04:00:00Z", 25)    // 23 comes twice
	f("Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z", 24) // 23.5 hours
	f("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z", 25) // 24.5 hours
	f("Asia/Kathmandu", "2026-11-22", "2026-11-21T18:15:00Z", "2026-11-22T18:15:00Z", 24)      // +05:45
	f("Australia/Adelaide", "2028-12-31", "2028-12-30T13:30:00Z", "2028-12-31T13:30:00Z", 24)  // see steadyOffset
	f("America/New_York", "2028-12-31", "2028-12-31T05:00:00Z", "2029-01-01T05:00:00Z", 24)    // see steadyOffset
	f("Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", 24)        // 30 was skipped
	f("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z", 24)        //
	f("America/St_Johns", "2010-11-07", "2010-11-07T02:30:00Z", "2010-11-08T03:30:00Z", 26)    // 00:00, then back to 23:01
	f("Europe/Amsterdam", "1835-01-02", "1835-01-01T23:42:30Z", "1835-01-02T23:42:30Z", 24)    // +00:17:30
	f("America/Juneau", "1867-10-19", "1867-10-18T08:57:41Z", "1867-10-20T08:57:41Z", 49)      // the same date twice

	skipped := func(zone, on string) {
		t.Helper()
		if got, ok := DayOn(location(t, zone), date(t, on)); ok || got != (Day{}) {
			t.Errorf("DayOn(%s, %s) = %v %v, want none", zone, on, got, ok)
		}
	}
	skipped("Pacific/Apia", "2011-12-30")
	skipped("Pacific/Kwajalein", "1993-08-21")
	skipped("Asia/Manila", "1844-12-31")
	next := NextDay(location(t, "Pacific/Apia"), DayOf(location(t, "Pacific/Apia"), instant(t, "2011-12-30T00:00:00Z")))
	if got := next.Date.String(); got != "2011-12-31" {
		t.Errorf("the day after Apia's 2011-12-29 is %s", got)
	}
}

func TestHours(t *testing.T) {
	// f compares some bars of a day, each as "start in UTC, minutes, label".
	f := func(zone, on string, from int, want ...string) {
		t.Helper()
		place := location(t, zone)
		today, _ := DayOn(place, date(t, on))
		var got []string
		hours := Hours(place, today)
		for _, h := range hours[min(from, len(hours)):min(from+len(want), len(hours))] {
			got = append(got, h.Start.Time().Format("15:04:05")+" "+time.Duration((h.End-h.Start)*1e6).String()+" "+h.Label)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", zone, on, diff)
		}
	}
	f("Europe/Berlin", "2026-11-22", 0, "23:00:00 1h0m0s 00", "00:00:00 1h0m0s 01", "01:00:00 1h0m0s 02")
	f("Europe/Berlin", "2025-10-26", 1, "23:00:00 1h0m0s 01", "00:00:00 1h0m0s 02 +02:00", "01:00:00 1h0m0s 02 +01:00", "02:00:00 1h0m0s 03")
	f("Europe/Berlin", "2025-03-30", 1, "00:00:00 1h0m0s 01", "01:00:00 1h0m0s 03")
	f("Africa/Cairo", "2025-04-25", 0, "22:00:00 1h0m0s 01", "23:00:00 1h0m0s 02")
	f("America/Santiago", "2025-04-05", 22, "01:00:00 1h0m0s 22", "02:00:00 1h0m0s 23 -03:00", "03:00:00 1h0m0s 23 -04:00")
	f("Australia/Lord_Howe", "2026-10-04", 1, "14:30:00 1h0m0s 01", "15:30:00 30m0s 02", "16:00:00 1h0m0s 03")
	f("Australia/Lord_Howe", "2026-04-05", 0, "13:00:00 1h0m0s 00", "14:00:00 1h0m0s 01 +11:00", "15:00:00 30m0s 01 +10:30", "15:30:00 1h0m0s 02")
	f("Asia/Kathmandu", "2026-11-22", 0, "18:15:00 1h0m0s 00", "19:15:00 1h0m0s 01")
	f("Pacific/Chatham", "2026-09-27", 2, "13:15:00 45m0s 02", "14:00:00 15m0s 03", "14:15:00 1h0m0s 04")
	f("Pacific/Chatham", "2026-04-05", 1, "11:15:00 1h0m0s 01", "12:15:00 1h0m0s 02 +13:45", "13:15:00 45m0s 03 +13:45",
		"14:00:00 15m0s 02 +12:45", "14:15:00 1h0m0s 03 +12:45", "15:15:00 1h0m0s 04")
	f("Antarctica/Casey", "2020-10-04", 0, "16:00:00 1m0s 00", "16:01:00 59m0s 03", "17:00:00 1h0m0s 04")
	f("America/St_Johns", "2010-11-07", 0, "02:30:00 1m0s 00 -02:30", "02:31:00 59m0s 2010-11-06 23 -03:30", "03:30:00 1h0m0s 00 -03:30")
	f("America/St_Johns", "2010-11-07", 25, "02:30:00 1h0m0s 23 -03:30")
	f("Europe/Paris", "1911-03-10", 22, "21:50:39 1h0m0s 22", "22:50:39 1h0m0s 23 +00:09:21", "23:50:39 9m21s 23 +00:00")
}

// V53: two customers, half past two twice.
func TestHourOfRepeatedHour(t *testing.T) {
	f := func(at, start, label string) {
		t.Helper()
		place := location(t, "Europe/Berlin")
		got := HourOf(place, DayOf(place, instant(t, at)), instant(t, at))
		if got.Start != instant(t, start) || got.Label != label {
			t.Errorf("HourOf(%s) = %v, want %s %s", at, got, start, label)
		}
	}
	f("2025-10-26T00:30:00Z", "2025-10-26T00:00:00Z", "02 +02:00")
	f("2025-10-26T00:59:59.999Z", "2025-10-26T00:00:00Z", "02 +02:00")
	f("2025-10-26T01:00:00Z", "2025-10-26T01:00:00Z", "02 +01:00")
	f("2025-10-26T01:30:00Z", "2025-10-26T01:00:00Z", "02 +01:00")
	f("2025-10-26T22:59:59.999Z", "2025-10-26T22:00:00Z", "23")
}

// HourOf gives an instant outside the day the nearest bar, and no day no bar.
func TestHourOfOutside(t *testing.T) {
	place := location(t, "Europe/Berlin")
	today, _ := DayOn(place, date(t, "2026-11-22"))
	if got := HourOf(place, today, today.From-1).Label; got != "00" {
		t.Errorf("before the day: %s", got)
	}
	if got := HourOf(place, today, today.To).Label; got != "23" {
		t.Errorf("after the day: %s", got)
	}
	if got := HourOf(place, Day{}, today.To); got != (Hour{}) {
		t.Errorf("no day: %v", got)
	}
}

// V54: an agent online from 00:00 to 06:00 local time of a 23-hour day is online for five hours.
func TestSixLocalHoursOfShortDay(t *testing.T) {
	place := location(t, "Europe/Berlin")
	today, _ := DayOn(place, date(t, "2025-03-30"))
	length := Instant(0)
	for _, h := range Hours(place, today) {
		if h.Label == "02" {
			t.Error("there is no 02 on this day")
		}
		if h.Label < "06" {
			length += h.End - h.Start
		}
	}
	if length != 5*oneHour {
		t.Errorf("00:00 to 06:00 lasts %d ms", length)
	}
}

func TestInstantAndDate(t *testing.T) {
	f := func(nanoseconds int64, want Instant, text string) {
		t.Helper()
		got := InstantOf(time.Unix(0, nanoseconds))
		if got != want || got.String() != text || !got.Time().Equal(time.UnixMilli(int64(want))) || got.Time().Location() != time.UTC {
			t.Errorf("InstantOf(%d ns) = %d %s, want %d %s", nanoseconds, got, got, want, text)
		}
	}
	f(0, 0, "1970-01-01T00:00:00.000Z")
	f(1_999_999, 1, "1970-01-01T00:00:00.001Z")
	f(-1, -1, "1969-12-31T23:59:59.999Z") // down, not towards zero

	d := func(text string, want Date) {
		t.Helper()
		got, err := ParseDate(text)
		if err != nil || got != want || got.String() != text || got.Time().Format(time.RFC3339) != text+"T00:00:00Z" {
			t.Errorf("ParseDate(%q) = %d %s %v, want %d", text, got, got, err, want)
		}
	}
	d("1970-01-01", 0)
	d("1969-12-31", -1)
	d("2026-11-22", 20779)
	d("2149-06-06", 65535) // the last of ClickHouse's Date
	d("0000-01-01", -719528)
	if got := date(t, "2028-02-28").AddDays(2).String(); got != "2028-03-01" {
		t.Errorf("two days after 2028-02-28: %s", got)
	}

	bad := func(text, want string) {
		t.Helper()
		if _, err := ParseDate(text); err == nil || err.Error() != want {
			t.Errorf("ParseDate(%q): %v, want %s", text, err, want)
		}
	}
	bad("", `parse date "": not a date of the form 2006-01-02`)
	bad("2026-02-29", `parse date "2026-02-29": not a date of the form 2006-01-02`)
	bad("2026-2-3", `parse date "2026-2-3": not a date of the form 2006-01-02`)
	bad("22.11.2026", `parse date "22.11.2026": not a date of the form 2006-01-02`)
	bad("2026-11-22T00:00:00Z", `parse date "2026-11-22T00:00:00Z": not a date of the form 2006-01-02`)
	bad(strings.Repeat("9", 1000), `parse date "`+strings.Repeat("9", 40)+`": not a date of the form 2006-01-02`)
}

// Far from our time nothing hangs or panics, and what is outside the years 0 to 9999 gets the nearest day.
func TestFarInstants(t *testing.T) {
	for _, zone := range []string{"UTC", "America/New_York", "Pacific/Kiritimati", "Pacific/Niue", "America/Santiago", "Africa/Casablanca"} {
		calendar, err := NewCalendar(zone)
		if err != nil {
			t.Fatal(err)
		}
		f := func(at Instant, want Instant) {
			t.Helper()
			got := calendar.Day(at)
			if got != DayOf(calendar.Location(0), want) || !got.Contains(want) || got != DayOf(calendar.Location(0), at) {
				t.Errorf("%s: day of %d is %v", zone, at, got)
			}
			if h := calendar.Hour(at); h.Start < got.From || h.End > got.To || h.Start >= h.End {
				t.Errorf("%s: hour of %d is %v", zone, at, h)
			}
			calendar.Next(got)
		}
		for _, at := range []Instant{math.MinInt64, math.MinInt64 + 1, -1 << 60, earliest - 1, earliest} {
			f(at, earliest)
		}
		for _, at := range []Instant{math.MaxInt64, math.MaxInt64 - 1, 1 << 60, latest + 1, latest} {
			f(at, latest)
		}
		f(-1, -1)
		for _, d := range []Date{math.MinInt32, math.MinInt32 + 1, -1, math.MaxInt32 - 1, math.MaxInt32} {
			if got, ok := calendar.On(d); !ok || got.Date != d || got.Length() != 24*time.Hour {
				t.Errorf("%s: day on %d is %v %v", zone, d, got, ok)
			}
		}
	}
}

// A location that is not of our data, with an offset no zone may have, must not hang either.
func TestImpossibleOffset(t *testing.T) {
	for _, seconds := range []int{1 << 30, -1 << 30, 200_000, -200_000} {
		place := time.FixedZone("far", seconds)
		DayOf(place, 0)
		NextDay(place, DayOf(place, 0))
		DayOn(place, 0)
	}
}

func TestDayProperties(t *testing.T) {
	zones := Zones()
	locations := map[string]*time.Location{}
	for _, zone := range zones {
		locations[zone] = location(t, zone)
	}
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		place := locations[zone]
		from, to := earliest, latest
		if rapid.Bool().Draw(t, "near") {
			from, to = date(t, "1840-01-01").midnight(), date(t, "2100-01-01").midnight()
		}
		at := Instant(rapid.Int64Range(int64(from), int64(to)).Draw(t, "at"))

		today := DayOf(place, at)
		if !today.Contains(at) {
			t.Fatalf("%s is not in %v", at, today)
		}
		if first, last := DayOf(place, max(from, today.From)), DayOf(place, min(to, today.To-1)); first != today || last != today {
			t.Fatalf("%v begins in %v and ends in %v", today, first, last)
		}
		if local := floorTo(today.From+offsetAt(place, today.From), oneDay) / oneDay; Date(local) != today.Date {
			t.Fatalf("%v begins on %s", today, Date(local))
		}
		if again, ok := DayOn(place, today.Date); !ok || again != today {
			t.Fatalf("DayOn(%s) = %v %v, want %v", today.Date, again, ok, today)
		}
		if next := NextDay(place, today); today.To <= to && (next.From != today.To || next.Date <= today.Date) {
			t.Fatalf("%v, then %v", today, next)
		}

		labels, start := map[string]bool{}, today.From
		for _, h := range Hours(place, today) {
			if h.Start != start || h.End <= h.Start || h.End > h.Start+oneHour || labels[h.Label] {
				t.Fatalf("%v: bar %v after %s, or its label is not the only one", today, h, start)
			}
			if _, seconds := h.Start.Time().In(place).Zone(); h.Offset != time.Duration(seconds)*time.Second {
				t.Fatalf("%v: offset of bar %v", today, h)
			}
			labels[h.Label], start = true, h.End
		}
		if h := HourOf(place, today, at); start != today.To || at < h.Start || at >= h.End {
			t.Fatalf("%v: bars end at %s, that of %s is %v", today, start, at, h)
		}
	})
}

// A calendar gives what the functions give, whatever it was asked before.
func TestCalendarRemembers(t *testing.T) {
	zones := []string{"Europe/Berlin", "America/Santiago", "Pacific/Apia", "Australia/Lord_Howe", "UTC"}
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		calendar, err := NewCalendar(zone)
		if err != nil {
			t.Fatal(err)
		}
		place := calendar.Location(0)
		if calendar.Zone(0) != zone || place.String() != zone {
			t.Fatalf("calendar of %s is of %s, %s", zone, calendar.Zone(0), place)
		}
		around := date(t, "2011-12-28").midnight()
		for _, hours := range rapid.SliceOfN(rapid.IntRange(0, 24*20), 1, 60).Draw(t, "hours") {
			at := around + Instant(hours)*oneHour/2
			today := DayOf(place, at)
			if got := calendar.Day(at); got != today {
				t.Fatalf("Day(%s) = %v, want %v", at, got, today)
			}
			if got, want := calendar.Hour(at), HourOf(place, today, at); got != want {
				t.Fatalf("Hour(%s) = %v, want %v", at, got, want)
			}
			if got, want := calendar.Next(today), NextDay(place, today); got != want {
				t.Fatalf("Next(%v) = %v, want %v", today, got, want)
			}
			got := calendar.Hours(at)
			if diff := cmp.Diff(Hours(place, today), got); diff != "" {
				t.Fatal(diff)
			}
			clear(got) // must not reach the calendar's own
		}
	})
}

func TestNewCalendarErrors(t *testing.T) {
	if calendar, err := NewCalendar("Mars/Base"); err == nil || calendar != nil || !strings.HasPrefix(err.Error(), `load zone "Mars/Base": `) {
		t.Errorf("NewCalendar = %v, %v", calendar, err)
	}
}

func TestCalendarDoesNotAllocate(t *testing.T) {
	calendar, err := NewCalendar("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := instant(t, "2026-11-22T12:00:00Z")
	calendar.Hour(at)
	if n := testing.AllocsPerRun(100, func() { calendar.Day(at); calendar.Hour(at) }); n != 0 {
		t.Errorf("%v allocations for a day and hour asked for before", n)
	}
}

func FuzzParseDate(f *testing.F) {
	for _, text := range []string{"2026-11-22", "2026-02-29", "0000-01-01", "9999-12-31", "", "-001-01-01", "2026-11-22 "} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := ParseDate(text); err == nil && d.String() != text {
			t.Fatalf("ParseDate(%q) = %s", text, d)
		} else if err != nil && d != 0 {
			t.Fatalf("ParseDate(%q) = %d with error %v", text, d, err)
		}
	})
}

func BenchmarkCalendarDay(b *testing.B) {
	benchmarkCalendar(b, func(c *Calendar, at Instant) { c.Day(at) })
}
func BenchmarkCalendarHour(b *testing.B) {
	benchmarkCalendar(b, func(c *Calendar, at Instant) { c.Hour(at) })
}

func benchmarkCalendar(b *testing.B, f func(*Calendar, Instant)) {
	calendar, err := NewCalendar("Europe/Berlin")
	if err != nil {
		b.Fatal(err)
	}
	at := instant(b, "2026-11-22T12:00:00Z")
	b.ReportAllocs()
	for b.Loop() {
		f(calendar, at)
	}
}

func BenchmarkDayOf(b *testing.B) {
	place, at := location(b, "Europe/Berlin"), instant(b, "2026-11-22T12:00:00Z")
	b.ReportAllocs()
	for b.Loop() {
		DayOf(place, at)
	}
}

func BenchmarkHours(b *testing.B) {
	place := location(b, "Europe/Berlin")
	today := DayOf(place, instant(b, "2026-11-22T12:00:00Z"))
	b.ReportAllocs()
	for b.Loop() {
		Hours(place, today)
	}
}

func BenchmarkLoadZone(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		location(b, "Europe/Berlin")
	}
}

// From 2020 to 2030, tzdata 2026f.
const daysWithoutMidnight = `
2020-03-08 01:00 America/Havana Cuba
2020-03-21 01:00 Asia/Tehran Iran
2020-03-27 01:00 Asia/Amman Asia/Damascus
2020-03-28 01:00 Asia/Gaza Asia/Hebron
2020-03-29 01:00 America/Scoresbysund Asia/Beirut Atlantic/Azores
2020-09-06 01:00 America/Coyhaique America/Santiago Chile/Continental
2020-10-04 01:00 America/Asuncion
2021-03-14 01:00 America/Havana Cuba
2021-03-22 01:00 Asia/Tehran Iran
2021-03-26 01:00 Asia/Amman Asia/Damascus
2021-03-27 01:00 Asia/Gaza Asia/Hebron
2021-03-28 01:00 America/Scoresbysund Asia/Beirut Atlantic/Azores
2021-09-05 01:00 America/Coyhaique America/Santiago Chile/Continental
2021-10-03 01:00 America/Asuncion
2022-02-25 01:00 Asia/Amman
2022-03-13 01:00 America/Havana Cuba
2022-03-22 01:00 Asia/Tehran Iran
2022-03-25 01:00 Asia/Damascus
2022-03-27 01:00 America/Scoresbysund Asia/Beirut Asia/Gaza Asia/Hebron Atlantic/Azores
2022-09-11 01:00 America/Coyhaique America/Santiago Chile/Continental
2022-10-02 01:00 America/Asuncion
2023-03-12 01:00 America/Havana Cuba
2023-03-26 01:00 America/Scoresbysund Asia/Beirut Atlantic/Azores
2023-04-28 01:00 Africa/Cairo Egypt
2023-09-03 01:00 America/Coyhaique America/Santiago Chile/Continental
2023-10-01 01:00 America/Asuncion
2024-03-10 01:00 America/Havana Cuba
2024-03-31 01:00 Asia/Beirut Atlantic/Azores
2024-04-26 01:00 Africa/Cairo Egypt
2024-09-08 01:00 America/Coyhaique America/Santiago Chile/Continental
2024-10-06 01:00 America/Asuncion
2025-03-09 01:00 America/Havana Cuba
2025-03-30 01:00 Asia/Beirut Atlantic/Azores
2025-04-25 01:00 Africa/Cairo Egypt
2025-09-07 01:00 America/Santiago Chile/Continental
2026-03-08 01:00 America/Havana Cuba
2026-03-29 01:00 Asia/Beirut Atlantic/Azores
2026-04-24 01:00 Africa/Cairo Egypt
2026-09-06 01:00 America/Santiago Chile/Continental
2027-03-28 01:00 Asia/Beirut Atlantic/Azores
2027-04-30 01:00 Africa/Cairo Egypt
2027-09-05 01:00 America/Santiago Chile/Continental
2028-03-12 01:00 America/Havana Cuba
2028-03-26 01:00 Asia/Beirut Atlantic/Azores
2028-04-28 01:00 Africa/Cairo Egypt
2028-09-03 01:00 America/Santiago Chile/Continental
2029-03-11 01:00 America/Havana Cuba
2029-03-25 01:00 Asia/Beirut Atlantic/Azores
2029-04-27 01:00 Africa/Cairo Egypt
2029-09-02 01:00 America/Santiago Chile/Continental
2030-03-10 01:00 America/Havana Cuba
2030-03-31 01:00 Asia/Beirut Atlantic/Azores
2030-04-26 01:00 Africa/Cairo Egypt
2030-09-08 01:00 America/Santiago Chile/Continental
`
