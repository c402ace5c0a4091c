package schemas

import (
	"fmt"
	"slices"
	"time"
)

// Instant is a point in time: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
type Instant int64

// Date is a calendar date without a zone: days since 1970-01-01, proleptic Gregorian.
// It is a map key and the value of a ClickHouse Date32 column (of a Date column from 1970 to 2149).
type Date int32

// Day is a company's day: the instants From <= at < To. From is the first instant whose local date is Date, To the first
// one whose local date is later. It need not begin at 00:00 and lasts 24 hours, or 23 or 25, 23.5 or 24.5 in Lord Howe,
// from 21 to 27 in the Antarctic.
type Day struct {
	Date     Date
	From, To Instant
}

// Hour is one bar of a day's hourly chart, see [Hours]: the instants Start <= at < End. Start alone identifies it.
type Hour struct {
	Start, End Instant
	Offset     time.Duration // local time minus UTC, the same in the whole bar
	Label      string        // "14", unique within the day
}

const (
	oneSecond Instant = 1000
	oneHour           = 3600 * oneSecond
	oneDay            = 24 * oneHour // a UTC day; a company's day has no fixed length

	// TZif data may hold offsets from -24:59:59 to +25:59:59 (RFC 9636, 3.2).
	largestOffset = 26 * oneHour

	// 0000-01-01 and 9999-12-31 in UTC, the ends of what DayOf tells apart.
	earliest Instant = -62167219200000
	latest   Instant = 253402300799999
)

// InstantOf rounds t down to the millisecond. It is undefined for times more than 292 million years from 1970.
func InstantOf(t time.Time) Instant { return Instant(t.UnixMilli()) }

// Time returns the instant in UTC.
func (at Instant) Time() time.Time { return time.UnixMilli(int64(at)).UTC() }

// String returns the instant as in "2026-11-22T07:50:00.000Z".
func (at Instant) String() string { return at.Time().Format("2006-01-02T15:04:05.000Z") }

// ParseDate reads a date written exactly as in "2026-11-22".
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, fmt.Errorf("parse date %.40q: not a date of the form 2006-01-02", text)
	}
	return Date(InstantOf(t) / oneDay), nil
}

// Time returns the date's midnight in UTC. A company's day begins elsewhere: see [DayOn].
func (d Date) Time() time.Time { return d.midnight().Time() }

// String returns the date as in "2026-11-22".
func (d Date) String() string { return d.Time().Format(time.DateOnly) }

// AddDays returns the date n days later, or earlier when n is negative.
func (d Date) AddDays(n int) Date { return d + Date(n) }

func (d Date) midnight() Instant { return Instant(d) * oneDay }

// Contains tells whether the instant belongs to the day.
func (d Day) Contains(at Instant) bool { return d.From <= at && at < d.To }

// Length returns how long the day lasts.
func (d Day) Length() time.Duration { return time.Duration(d.To-d.From) * time.Millisecond }

// DayOf returns the day that holds the instant.
//
// Its Date is the local date, except where clocks go back over midnight after it has struck (last in 2010, St. John's):
// a day that has begun is not interrupted, so the repeated end of the day before belongs to it.
// Instants outside the years 0 to 9999 UTC get the first or the last day of that range, which does not hold them.
func DayOf(location *time.Location, at Instant) Day {
	at = max(earliest, min(at, latest))
	date := Date(floorTo(at+offsetAt(location, at), oneDay) / oneDay)
	from, to := firstInstant(location, date.midnight()), firstInstant(location, date.midnight()+oneDay)
	for to <= at {
		date++
		from, to = to, firstInstant(location, date.midnight()+oneDay)
	}
	return Day{Date: date, From: from, To: to}
}

// DayOn returns the day of a date. It returns false when the zone skipped the date, as Pacific/Apia did 2011-12-30.
func DayOn(location *time.Location, date Date) (Day, bool) {
	from, to := firstInstant(location, date.midnight()), firstInstant(location, date.midnight()+oneDay)
	if from >= to {
		return Day{}, false
	}
	return Day{Date: date, From: from, To: to}, true
}

// NextDay returns the day that begins when the given one ends; its date is a later one, not always by one.
func NextDay(location *time.Location, today Day) Day { return DayOf(location, today.To) }

// Hours returns the bars of a day in order of time. They cover it without gap or overlap.
//
// A bar ends where the local clock reaches a full hour and where the zone's offset changes, so it has one local hour
// and one offset. Most days have 24 bars. When clocks go forward an hour, one is missing; when they go back, one label
// comes twice. A change that is not of whole hours leaves a shorter bar: in Lord Howe, clocks going forward at 02:00 to
// 02:30 leave a "02" of half an hour, going back at 02:00 to 01:30 adds a second "01" of half an hour.
//
// The label is the local hour, "00" to "23". Where it would come twice in the day, each carries its offset: "02 +02:00",
// then "02 +01:00". An hour of another date, see [DayOf], carries that too: "2010-11-06 23 -03:30".
func Hours(location *time.Location, today Day) []Hour {
	hours := make([]Hour, 0, 25)
	for at := today.From; at < today.To; {
		offset, until := steadyOffset(location, at, today.To)
		for at < until {
			end := min(until, floorTo(at+offset, oneHour)+oneHour-offset)
			hours = append(hours, Hour{Start: at, End: end, Offset: time.Duration(offset) * time.Millisecond})
			at = end
		}
	}
	labelHours(today.Date, hours)
	return hours
}

// HourOf returns the bar of the day that holds the instant; an instant outside it, the nearest.
func HourOf(location *time.Location, today Day, at Instant) Hour {
	return hourOf(Hours(location, today), at)
}

func hourOf(hours []Hour, at Instant) Hour {
	if len(hours) == 0 {
		return Hour{}
	}
	i, _ := slices.BinarySearchFunc(hours, at, func(h Hour, at Instant) int {
		if h.End <= at {
			return -1
		}
		return 1
	})
	return hours[min(i, len(hours)-1)]
}

func labelHours(date Date, hours []Hour) {
	const names = "000102030405060708091011121314151617181920212223"
	local := func(h Hour) (Date, int) {
		at := h.Start + Instant(h.Offset/time.Millisecond)
		midnight := floorTo(at, oneDay)
		return Date(midnight / oneDay), int((at - midnight) / oneHour)
	}
	var bars [24]int
	for _, h := range hours {
		_, number := local(h)
		bars[number]++
	}
	for i, h := range hours {
		own, number := local(h)
		label := names[2*number : 2*number+2]
		if own != date {
			label = own.String() + " " + label
		}
		if bars[number] > 1 {
			label += " " + offsetText(h.Offset)
		}
		hours[i].Label = label
	}
}

func offsetText(offset time.Duration) string {
	sign := '+'
	if offset < 0 {
		sign, offset = '-', -offset
	}
	seconds := int(offset / time.Second)
	text := fmt.Sprintf("%c%02d:%02d", sign, seconds/3600, seconds/60%60)
	if seconds%60 != 0 { // local mean time, before about 1900
		text += fmt.Sprintf(":%02d", seconds%60)
	}
	return text
}

// firstInstant returns the first instant whose local time is at or after midnight of a date. Local midnight may not
// exist, or exist twice, so it goes through the stretches of constant offset around it.
func firstInstant(location *time.Location, midnight Instant) Instant {
	at, limit := midnight-largestOffset, midnight+largestOffset
	for {
		offset, until := steadyOffset(location, at, limit)
		if first := max(at, midnight-offset); first < until || until == limit {
			return first
		}
		at = until
	}
}

// steadyOffset returns the offset in force at an instant and the first later one, at most limit, with another offset.
func steadyOffset(location *time.Location, at, limit Instant) (offset, until Instant) {
	offset, until = offsetAt(location, at), at
	for until < limit && offsetAt(location, until) == offset {
		_, bound := until.Time().In(location).ZoneBounds()
		if bound.IsZero() {
			return offset, limit
		}
		if next := InstantOf(bound); next > until {
			until = next
		} else {
			// After the last listed change Go cuts the bounds at a year's 365 days, which on 31 December of a leap
			// year is before the instant asked for (time.tzset, Go 1.26); the year's end is what it means.
			until = floorTo(until, oneDay) + oneDay
		}
	}
	return offset, min(until, limit)
}

func offsetAt(location *time.Location, at Instant) Instant {
	_, seconds := at.Time().In(location).Zone()
	return Instant(seconds) * oneSecond
}

// floorTo rounds down to a multiple of the unit, below 1970 too.
func floorTo(at, unit Instant) Instant {
	rest := at % unit
	if rest < 0 {
		rest += unit
	}
	return at - rest
}

// Calendar finds the days and hours of one zone and keeps the last few days, since events come in about the order of
// time. It is not safe for concurrent use.
type Calendar struct {
	zone     string
	location *time.Location
	recent   [8]calendarDay // more than the days of the horizon for late events
	current  int            // index of the day asked for last
	oldest   int            // index of the day to give up next
}

type calendarDay struct {
	day   Day
	hours []Hour // nil until asked for
}

// NewCalendar returns the calendar of an IANA zone; the errors are those of [LoadZone].
func NewCalendar(zone string) (*Calendar, error) {
	location, err := LoadZone(zone)
	if err != nil {
		return nil, err
	}
	return &Calendar{zone: zone, location: location}, nil
}

// Zone returns the name of the calendar's zone.
func (c *Calendar) Zone() string { return c.zone }

// Location returns the calendar's zone, from the embedded data.
func (c *Calendar) Location() *time.Location { return c.location }

// Day returns the day that holds the instant, as [DayOf].
func (c *Calendar) Day(at Instant) Day { return c.find(at).day }

// On returns the day of a date, as [DayOn].
func (c *Calendar) On(date Date) (Day, bool) { return DayOn(c.location, date) }

// Next returns the day after the given one, as [NextDay].
func (c *Calendar) Next(today Day) Day { return c.Day(today.To) }

// Hour returns the bar that holds the instant, as [HourOf].
func (c *Calendar) Hour(at Instant) Hour { return hourOf(c.hours(at), at) }

// Hours returns the bars of the day that holds the instant, as [Hours]. The caller may keep and change the slice.
func (c *Calendar) Hours(at Instant) []Hour { return slices.Clone(c.hours(at)) }

func (c *Calendar) hours(at Instant) []Hour {
	found := c.find(at)
	if found.hours == nil {
		found.hours = Hours(c.location, found.day)
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
	c.recent[c.current] = calendarDay{day: DayOf(c.location, at)}
	return &c.recent[c.current]
}
