package schemas

import (
	"strings"
	"testing"
)

// businessClock is one with a single zone and single hours.
func businessClock(t testing.TB, zone, hours string) *BusinessClock {
	t.Helper()
	c, err := NewBusinessClock([]ZonePeriod{{Zone: zone}}, []HoursPeriod{{Hours: businessHours(t, hours)}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const office = "Mon-Fri 09:00-17:00"

func TestBusinessTimeBetween(t *testing.T) {
	f := func(name, zone, hours, from, to string, wantSeconds float64) {
		t.Helper()
		c := businessClock(t, zone, hours)
		got := c.Between(instant(t, from), instant(t, to))
		if float64(got) != wantSeconds*1000 {
			t.Errorf("%s: %d ms, want %g s", name, got, wantSeconds)
		}
		if back := c.Between(instant(t, to), instant(t, from)); back != -got {
			t.Errorf("%s: backwards %d ms, want %d", name, back, -got)
		}
	}
	f("V06", "UTC", office, "2022-03-20T00:00:00Z", "2022-03-26T23:59:00Z", 144000)
	f("V06 wall", "UTC", "", "2022-03-20T00:00:00Z", "2022-03-26T23:59:00Z", 604740)
	f("V11", "UTC", office, "2022-03-20T12:00:00Z", "2022-03-21T14:00:00Z", 18000)
	f("V24 80 s", "UTC", office, "2022-03-21T08:58:50Z", "2022-03-21T09:00:10Z", 10)
	f("V24 100 s", "UTC", office, "2022-03-21T08:58:40Z", "2022-03-21T09:00:20Z", 20)
	f("V24 93 s", "UTC", office, "2022-03-14T16:59:30Z", "2022-03-14T17:01:03Z", 30)

	f("to the millisecond", "UTC", office, "2026-11-23T08:59:59.999Z", "2026-11-23T09:00:00.001Z", 0.001)
	f("the end is not included", "UTC", office, "2026-11-23T16:59:59.999Z", "2026-11-23T17:00:00.001Z", 0.001)
	f("24:00 is 00:00", "UTC", "Mon-Sun 00:00-24:00", "2026-11-23T12:00:00Z", "2026-11-24T12:00:00.007Z", 86400.007)
	f("before 1970", "UTC", office, "1492-10-12T12:00:00Z", "1492-10-19T12:00:00Z", 5*8*3600) // Gregorian, a Friday
	f("a year", "Europe/Berlin", office, "2025-12-31T23:00:00Z", "2026-12-31T23:00:00Z", 261*8*3600)
	f("a century", "Europe/Berlin", office, "2000-01-01T12:00:00Z", "2100-01-01T23:00:00Z", 26090*8*3600)
	f("a holiday and half a one", "UTC", office+"; 2026-12-25, 2026-12-24 09:00-12:00", "2026-12-21T00:00:00Z", "2026-12-28T00:00:00Z", (3*8+3)*3600)
	f("work on a Sunday", "UTC", office+"; 2026-12-20 10:00-11:00", "2026-12-19T00:00:00Z", "2026-12-21T00:00:00Z", 3600)

	// A gap is no time, and what comes twice counts twice.
	f("V54 in the gap", "Europe/Berlin", "Sun 02:00-03:00", "2025-03-29T00:00:00Z", "2025-03-31T00:00:00Z", 0)
	f("V54 over the gap", "Europe/Berlin", "Sun 00:00-06:00", "2025-03-29T00:00:00Z", "2025-03-31T00:00:00Z", 5*3600)
	f("V54 into the gap", "Europe/Berlin", "Sun 01:30-02:30", "2025-03-29T00:00:00Z", "2025-03-31T00:00:00Z", 1800)
	f("V53 twice", "Europe/Berlin", "Sun 02:00-03:00", "2025-10-25T00:00:00Z", "2025-10-27T00:00:00Z", 2*3600)
	f("V53 half of it twice", "Europe/Berlin", "Sun 02:30-03:30", "2025-10-25T00:00:00Z", "2025-10-27T00:00:00Z", 5400)
	f("V53 the second", "Europe/Berlin", "Sun 02:00-03:00", "2025-10-26T01:00:00Z", "2025-10-26T03:00:00Z", 3600)
	f("V55 Cairo", "Africa/Cairo", "Fri 00:00-02:00", "2025-04-24T12:00:00Z", "2025-04-25T12:00:00Z", 3600)
	f("V55 Santiago", "America/Santiago", "Sat 22:00-24:00, Sun 00:00-02:00", "2025-09-07T00:00:00Z", "2025-09-07T12:00:00Z", 3*3600)
	f("Santiago twice", "America/Santiago", "Sat 23:00-24:00", "2025-04-05T12:00:00Z", "2025-04-06T12:00:00Z", 2*3600)
	f("Lord Howe, the gap is half an hour", "Australia/Lord_Howe", "Sun 02:00-03:00", "2026-10-03T00:00:00Z", "2026-10-04T12:00:00Z", 1800)
	f("Lord Howe, half an hour twice", "Australia/Lord_Howe", "Sun 01:00-02:00", "2026-04-04T00:00:00Z", "2026-04-05T12:00:00Z", 5400)
	f("Apia without 2011-12-30", "Pacific/Apia", "Thu-Sat 09:00-17:00", "2011-12-29T00:00:00Z", "2012-01-01T00:00:00Z", 2*8*3600)
	f("St. John's, the repeated hour has the earlier date", "America/St_Johns", "Sat 00:00-24:00", "2010-11-06T02:30:00Z", "2010-11-08T00:00:00Z", 24*3600+59*60)
}

func TestAddBusinessTime(t *testing.T) {
	f := func(name, zone, hours, from string, seconds float64, want string) {
		t.Helper()
		if got := businessClock(t, zone, hours).Add(instant(t, from), int64(seconds*1000)); got != instant(t, want) {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	const tue, tueWed = "Tue 09:00-17:00", "Tue-Wed 09:00-17:00"
	f("V39 before opening", "UTC", tue, "2023-10-10T08:00:00Z", 60*60, "2023-10-10T10:00:00Z")
	f("V39 after closing", "UTC", tue, "2023-10-10T18:00:00Z", 60*60, "2023-10-17T10:00:00Z")
	f("V39 holiday", "UTC", tue+"; 2023-10-10", "2023-10-10T08:00:00Z", 60*60, "2023-10-17T10:00:00Z")
	f("V39 over the night", "UTC", tueWed, "2023-10-10T09:00:00Z", 900*60, "2023-10-11T16:00:00Z")
	f("V39 at closing", "UTC", tueWed, "2023-10-10T17:00:00Z", 30*60, "2023-10-11T09:30:00Z")
	f("V41 Kolkata", "Asia/Kolkata", tue, "2023-10-10T20:00:00Z", 60*60, "2023-10-17T04:30:00Z") // 10:00 local
	const week = "Mon-Fri 10:00-18:00, Sat 10:00-14:00"
	f("V41 the last minute", "Asia/Kolkata", week, "2025-03-22T12:31:43Z", 1439*60, "2025-03-26T12:29:00Z") // Sat 18:01:43 to Wed 17:59
	f("V41 up to closing", "Asia/Kolkata", week, "2025-03-22T12:31:43Z", 1440*60, "2025-03-26T12:30:00Z")
	f("V41 the next day", "Asia/Kolkata", week, "2025-03-22T12:31:43Z", 1450*60, "2025-03-27T04:40:00Z")
	f("V42 around the clock", "UTC", "Mon-Sun 00:00-24:00", "2026-11-21T23:30:00Z", 60*60, "2026-11-22T00:30:00Z")
	f("V42 no calendar", "UTC", "", "2026-11-21T23:30:00Z", 60*60, "2026-11-22T00:30:00Z")

	f("nothing", "UTC", tue, "2023-10-11T08:00:00Z", 0, "2023-10-11T08:00:00Z")
	f("less than nothing", "UTC", tue, "2023-10-11T08:00:00Z", -1, "2023-10-11T08:00:00Z")
	f("a millisecond", "UTC", tue, "2023-10-11T08:00:00Z", 0.001, "2023-10-17T09:00:00.001Z")
	f("from within", "UTC", tue, "2023-10-10T12:00:00.123Z", 60, "2023-10-10T12:01:00.123Z")
	f("the repeated hour", "Europe/Berlin", "Sun 02:00-03:00", "2025-10-25T00:00:00Z", 5400, "2025-10-26T01:30:00Z")
	f("the gap", "Europe/Berlin", "Sun 00:00-06:00", "2025-03-29T00:00:00Z", 2.5*3600, "2025-03-30T01:30:00Z")
	f("years", "Europe/Berlin", office, "2025-12-31T23:00:00Z", 2610*8*3600, "2036-01-02T16:00:00Z")
	f("for ever", "Europe/Berlin", "Mon 00:00-00:01", "2025-12-31T23:00:00Z", 9e15, "9999-12-31T23:59:59.999Z")
}

// An instant is read in the zone and by the hours that are in force at it.
func TestBusinessTimeAroundChanges(t *testing.T) {
	const midnight = "2026-03-01T23:00:00Z" // of Sunday to Monday in Berlin
	zones := []ZonePeriod{{Zone: "Europe/Berlin"}, {From: instant(t, midnight), Zone: "America/New_York"}}
	hours := []HoursPeriod{{From: 1 << 60, Hours: businessHours(t, office)}, // the first instant is not read
		{From: instant(t, "2026-03-03T15:00:00Z"), Hours: businessHours(t, "Mon-Sun 08:00-12:00")}, {From: instant(t, "2026-03-04T16:00:00Z")}}
	c, err := NewBusinessClock(zones, hours)
	if err != nil {
		t.Fatal(err)
	}
	f := func(name, from, to string, wantHours float64) {
		t.Helper()
		if got := c.Between(instant(t, from), instant(t, to)); float64(got) != wantHours*3600_000 {
			t.Errorf("%s: %g hours, want %g", name, float64(got)/3600_000, wantHours)
		}
	}
	f("Friday in Berlin", "2026-02-27T00:00:00Z", "2026-02-27T09:00:00Z", 1)
	f("Monday in New York", "2026-03-02T00:00:00Z", "2026-03-02T15:00:00Z", 1)
	f("new hours at 10:00: 09:00 to 12:00", "2026-03-03T06:00:00Z", "2026-03-04T06:00:00Z", 3)
	f("no hours any more", "2026-03-04T16:00:00Z", "2026-03-05T16:00:00Z", 24)
	f("all of it", "2026-02-27T00:00:00Z", "2026-03-05T16:00:00Z", 8+0+8+3+3+24)
	if got, want := c.Add(instant(t, "2026-02-27T00:00:00Z"), 19*3600_000+1), instant(t, "2026-03-04T13:00:00.001Z"); got != want {
		t.Errorf("Add = %s, want %s", got, want)
	}
}

func TestBusinessClockErrors(t *testing.T) {
	f := func(want, zone string, from ...Instant) {
		t.Helper()
		var hours []HoursPeriod
		for _, at := range from {
			hours = append(hours, HoursPeriod{From: at, Hours: businessHours(t, office)})
		}
		if c, err := NewBusinessClock([]ZonePeriod{{Zone: zone}}, hours); c != nil || err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("NewBusinessClock = %v, %v, want %s", c, err, want)
		}
	}
	f(`load zone "Mars/Base": `, "Mars/Base")
	f(`make business clock: hours "Mon-Fri 09:00-17:00" are in force from 1970-01-01T00:00:00.005Z and so cannot come after those from 1970-01-01T00:00:00.005Z`,
		"UTC", 9, 5, 5)
	f("make business clock: ", "UTC", 0, 5, 4)
}

func TestBusinessTimeAtTheEndsOfTime(t *testing.T) {
	for _, zone := range []string{"UTC", "Pacific/Kiritimati", "America/New_York"} {
		c := businessClock(t, zone, "")
		if got := c.Between(-1<<63, 1<<63-1); got != int64(latest-earliest) {
			t.Errorf("%s: %d ms", zone, got)
		}
		if got := c.Add(-1<<63, int64(latest-earliest)); got != latest {
			t.Errorf("%s: %s", zone, got)
		}
		c = businessClock(t, zone, office)
		if got, most := c.Between(-1<<63, 1<<63-1), int64(latest-earliest)*40/168+int64(oneDay); got > most || got < most-2*int64(oneDay) {
			t.Errorf("%s: %d ms, want about %d", zone, got, most)
		}
	}
}

// The clock of a calendar is the one of its zones, and hours that the caller changes later stay.
func TestBusinessClockOfCalendar(t *testing.T) {
	hours := []HoursPeriod{{Hours: businessHours(t, office)}}
	c, err := calendarOf(t, "Europe/Berlin").BusinessClock(hours)
	if err != nil {
		t.Fatal(err)
	}
	hours[0].Hours = BusinessHours{}
	want := businessClock(t, "Europe/Berlin", office)
	from, to := instant(t, "2026-03-27T00:00:00Z"), instant(t, "2026-03-31T00:00:00Z")
	if got, want := c.Between(from, to), want.Between(from, to); got != want {
		t.Errorf("%d ms, want %d", got, want)
	}
}

func BenchmarkBusinessClock(b *testing.B) {
	c := businessClock(b, "Europe/Berlin", "Mon-Fri 09:00-12:00 13:00-17:00, Sat 10:00-14:00; 2026-01-01, 2026-04-03, 2026-04-06, 2026-05-01, 2026-12-24 09:00-12:00, 2026-12-25")
	now := instant(b, "2026-11-20T12:00:00Z")
	between := func(name string, age Instant) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			c.Between(now-age, now)
			for b.Loop() {
				c.Between(now-age, now)
			}
		})
	}
	between("an hour", oneHour)
	between("two days", 2*oneDay)
	between("half a year", 180*oneDay)
	between("ten years", 3650*oneDay)
	b.Run("new", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c.recent = [8]stretch{}
			c.Between(now-oneHour, now)
		}
	})
	b.Run("add", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c.Add(now, int64(8*oneHour))
		}
	})
}
