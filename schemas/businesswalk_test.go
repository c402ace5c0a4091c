package schemas

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawnClock is a clock that a test makes up, with zones and hours that change at full minutes.
type drawnClock struct {
	zones     []ZonePeriod
	locations []*time.Location
	hours     []drawnHours
	from      []Instant // of the hours
}

// isOpen reads the clock on the wall: no arithmetic with days, weeks or offsets.
func (d drawnClock) isOpen(at Instant) bool {
	zone, hours := 0, 0
	for zone+1 < len(d.zones) && d.zones[zone+1].From <= at {
		zone++
	}
	for hours+1 < len(d.hours) && d.from[hours+1] <= at {
		hours++
	}
	local := at.Time().In(d.locations[zone])
	open, isHoliday := d.hours[hours].holidays[local.Format(time.DateOnly)]
	if !isHoliday {
		open = d.hours[hours].week[local.Weekday()]
	}
	ofDay := local.Hour()*60 + local.Minute()
	return slices.ContainsFunc(open, func(pair [2]int) bool { return pair[0] <= ofDay && ofDay < pair[1] })
}

func (d drawnClock) String() string {
	text := fmt.Sprint(d.zones)
	for i, hours := range d.hours {
		text += fmt.Sprintf(", from %s %q", d.from[i], hours.text())
	}
	return text
}

// drawClock makes up a clock around an instant, mostly with a jump of the clock.
func drawClock(t *rapid.T, name string, around, span Instant) (drawnClock, *BusinessClock) {
	at := func() Instant {
		return around + Instant(rapid.Int64Range(0, int64(span/minute)).Draw(t, "change"))*minute
	}
	d := drawnClock{zones: []ZonePeriod{{Zone: name}}, from: []Instant{0}}
	for range rapid.IntRange(0, 2).Draw(t, "changes of zone") {
		d.zones = append(d.zones, ZonePeriod{From: at(), Zone: rapid.SampledFrom(businessZones).Draw(t, "zone")})
	}
	for range rapid.IntRange(0, 2).Draw(t, "changes of hours") {
		d.from = append(d.from, at())
	}
	slices.Sort(d.from[1:])
	slices.SortFunc(d.zones[1:], func(a, b ZonePeriod) int { return int(a.From - b.From) })
	d.from = slices.Compact(d.from)
	d.zones = slices.CompactFunc(d.zones, func(a, b ZonePeriod) bool { return a.From == b.From })

	var dates []string
	for day := around - oneDay; day <= around+span+oneDay; day += oneDay {
		dates = append(dates, day.Time().Format(time.DateOnly))
	}
	var hours []HoursPeriod
	for _, from := range d.from {
		drawn := drawHours(t, dates)
		d.hours = append(d.hours, drawn)
		hours = append(hours, HoursPeriod{From: from, Hours: businessHours(t, drawn.text())})
	}
	for _, zone := range d.zones {
		location, err := LoadZone(zone.Zone)
		if err != nil {
			t.Fatal(err)
		}
		d.locations = append(d.locations, location)
	}
	c, err := NewBusinessClock(d.zones, hours)
	if err != nil {
		t.Fatal(err)
	}
	return d, c
}

var businessZones = []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo",
	"Asia/Kolkata", "Asia/Kathmandu", "Pacific/Apia", "Pacific/Chatham", "Antarctica/Casey", "Antarctica/Troll", "Africa/Casablanca",
	"America/St_Johns", "Pacific/Kiritimati", "Etc/GMT+12"}

// Business time is what a walk minute by minute finds: in our time clocks jump at full minutes only.
func TestBusinessTimeAgainstWalk(t *testing.T) {
	const span = 10 * oneDay
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(businessZones).Draw(t, "zone")
		location, err := LoadZone(name)
		if err != nil {
			t.Fatal(err)
		}
		around := date(t, "2010-01-01").midnight() + Instant(rapid.IntRange(0, 30*365*24).Draw(t, "hour"))*oneHour
		if rapid.IntRange(0, 3).Draw(t, "jump") > 0 {
			if _, end := around.Time().In(location).ZoneBounds(); !end.IsZero() {
				around = InstantOf(end) - Instant(rapid.IntRange(0, 5*24).Draw(t, "before"))*oneHour
			}
		}
		drawn, c := drawClock(t, name, around, span)

		passed := make([]Instant, 1, span/minute+1) // business time from around on, by minute
		open := make([]bool, 0, span/minute)
		for at := around; at < around+span; at += minute {
			open = append(open, drawn.isOpen(at))
			last := passed[len(passed)-1]
			if open[len(open)-1] {
				last += minute
			}
			passed = append(passed, last)
		}
		until := func(at Instant) Instant { // business time from around on
			i := (at - around) / minute
			if i < Instant(len(open)) && open[i] {
				return passed[i] + (at-around)%minute
			}
			return passed[i]
		}
		for range 20 {
			from := around + Instant(rapid.Int64Range(0, int64(span)).Draw(t, "from"))
			to := around + Instant(rapid.Int64Range(0, int64(span)).Draw(t, "to"))
			if got, want := c.Between(from, to), int64(until(to)-until(from)); got != want {
				t.Fatalf("%v: Between(%s, %s) = %d, want %d", drawn, from, to, got, want)
			}
			from, to = min(from, to), max(from, to)
			millis := until(to) - until(from)
			want, rest := from, millis
			for rest > 0 {
				end := around + ((want-around)/minute+1)*minute
				if passing := until(end) - until(want); passing < rest {
					want, rest = end, rest-passing
					continue
				}
				want, rest = want+rest, 0
			}
			if got := c.Add(from, int64(millis)); got != want {
				t.Fatalf("%v: Add(%s, %d) = %s, want %s", drawn, from, millis, got, want)
			}
		}
	})
}

// What holds over years and decades, where a walk would take too long. A new clock gives the same as one that remembers.
func TestBusinessTimeLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := date(t, "1995-01-01").midnight()
		span := rapid.SampledFrom([]Instant{2 * oneDay, 400 * oneDay, 20000 * oneDay}).Draw(t, "span")
		drawn, c := drawClock(t, rapid.SampledFrom(businessZones).Draw(t, "zone"), start, 300*oneDay)
		for range 5 {
			draw := func(name string) Instant { return start + Instant(rapid.Int64Range(0, int64(span)).Draw(t, name)) }
			from, middle, to := draw("from"), draw("middle"), draw("to")
			whole := c.Between(from, to)
			if parts := c.Between(from, middle) + c.Between(middle, to); parts != whole {
				t.Fatalf("%v: %s to %s is %d, over %s %d", drawn, from, to, whole, middle, parts)
			}
			if wall := int64(to - from); max(whole, -whole) > max(wall, -wall) || whole != 0 && (whole < 0) != (wall < 0) {
				t.Fatalf("%v: %s to %s is %d of %d", drawn, from, to, whole, wall)
			}
			fresh := &BusinessClock{clock: c.clock, hours: c.hours}
			if again := fresh.Between(from, to); again != whole {
				t.Fatalf("%v: %s to %s is %d, then %d", drawn, from, to, again, whole)
			}
			millis := rapid.Int64Range(1, int64(span)).Draw(t, "millis")
			end := c.Add(from, millis)
			if end == latest { // an hour a week does not make decades before the year 9999
				if all := c.Between(from, end); all > millis {
					t.Fatalf("%v: Add(%s, %d) = %s, which is %d later", drawn, from, millis, end, all)
				}
			} else if c.Between(from, end) != millis || c.Between(from, end-1) != millis-1 {
				t.Fatalf("%v: Add(%s, %d) = %s, which is %d later", drawn, from, millis, end, c.Between(from, end))
			}
			if whole > 0 && (c.Add(from, whole) > to || c.Between(c.Add(from, whole), to) != 0) {
				t.Fatalf("%v: Add(%s, %d) = %s, not %s", drawn, from, whole, c.Add(from, whole), to)
			}
		}
	})
}
