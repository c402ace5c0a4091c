package schemas

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// ZonePeriod is an IANA zone that a company has from an instant on, until the next one.
type ZonePeriod struct {
	From Instant // of a company's first zone: not read, it holds from the beginning
	Zone string
}

// Calendar finds the days and hours of a company and keeps the last few days, since events come in about the order of
// time. It is not safe for concurrent use.
//
// Its days are one after the other without gap or overlap, and each date comes once or never, also where the company
// goes over to another zone: the date of an instant is the latest that the company's clock has shown up to it, each
// instant read in the zone in force. So a day that has begun is not interrupted, and no date comes back. Where the new
// zone is on a later date, that day begins with the change, and dates between do not exist: a midnight from UTC-12 to
// UTC+14 skips a date, and the next has 22 hours. Where the new zone is not further, the day that ends with the change
// goes on until the new zone's next date: at a midnight from UTC+14 to UTC-12 it gets 50 hours.
type Calendar struct {
	clock   clock
	recent  [8]calendarDay // more than the days of the horizon for late events
	current int            // index of the day asked for last
	oldest  int            // index of the day to give up next
}

type calendarDay struct {
	day   Day
	hours []Hour // nil until asked for
}

// NewCalendar returns the calendar of an IANA zone; the errors are those of [LoadZone].
func NewCalendar(zone string) (*Calendar, error) {
	return NewVersionedCalendar([]ZonePeriod{{Zone: zone}})
}

// NewVersionedCalendar returns the calendar of a company that has one zone after the other, in order of time; the first
// one holds from the beginning. The errors are those of [LoadZone], and that zones are missing or not in order.
func NewVersionedCalendar(zones []ZonePeriod) (*Calendar, error) {
	if len(zones) == 0 {
		return nil, errors.New("make calendar: no zone")
	}
	c := &Calendar{}
	for i, period := range zones {
		if i > 1 && period.From <= zones[i-1].From {
			return nil, fmt.Errorf("make calendar: zone %q is in force from %s and so cannot come after %q from %s",
				period.Zone, period.From, zones[i-1].Zone, zones[i-1].From)
		}
		location, err := LoadZone(period.Zone)
		if err != nil {
			return nil, err
		}
		c.clock = append(c.clock, zonePeriod{from: period.From, location: location})
	}
	return c, nil
}

// Zone returns the name of the zone in force at an instant.
func (c *Calendar) Zone(at Instant) string { return c.Location(at).String() }

// Location returns the zone in force at an instant, from the embedded data.
func (c *Calendar) Location(at Instant) *time.Location {
	location, _ := c.clock.inForce(at)
	return location
}

// Day returns the day that holds the instant; instants outside the years 0 to 9999 get the nearest, as with [DayOf].
func (c *Calendar) Day(at Instant) Day { return c.find(at).day }

// On returns the day of a date. It returns false for a date that a zone or a change of zone skipped.
func (c *Calendar) On(date Date) (Day, bool) { return c.clock.dayOn(date) }

// Next returns the day after the given one; its date is a later one, not always by one.
func (c *Calendar) Next(today Day) Day { return c.Day(today.To) }

// Hour returns the bar that holds the instant, as [HourOf].
func (c *Calendar) Hour(at Instant) Hour { return hourOf(c.hours(at), at) }

// Hours returns the bars of the day that holds the instant, as [Hours]. The caller may keep and change the slice.
func (c *Calendar) Hours(at Instant) []Hour { return slices.Clone(c.hours(at)) }

func (c *Calendar) hours(at Instant) []Hour {
	found := c.find(at)
	if found.hours == nil {
		found.hours = c.clock.hours(found.day)
	}
	return found.hours
}

func (c *Calendar) find(at Instant) *calendarDay {
	at = max(earliest, min(at, latest))
	if found := &c.recent[c.current]; found.day.Contains(at) {
		return found
	}
	for i := range c.recent {
		if c.recent[i].day.Contains(at) {
			c.current = i
			return &c.recent[i]
		}
	}
	c.current = c.oldest
	c.oldest = (c.oldest + 1) % len(c.recent)
	c.recent[c.current] = calendarDay{day: c.clock.day(at)}
	return &c.recent[c.current]
}
