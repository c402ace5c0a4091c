package schemas

import "time"

// Day is a company's day: the instants From <= at < To. From is the first instant whose local date is Date, To the first
// one whose local date is later. It need not begin at 00:00 and lasts 24 hours, or 23 or 25, 23.5 or 24.5 in Lord Howe,
// from 21 to 27 in the Antarctic; where a company goes over to another zone from minutes to about 50, see [Calendar].
type Day struct {
	Date     Date
	From, To Instant
}

// Contains tells whether the instant belongs to the day.
func (d Day) Contains(at Instant) bool { return d.From <= at && at < d.To }

// Length returns how long the day lasts.
func (d Day) Length() time.Duration { return time.Duration(d.To-d.From) * time.Millisecond }

// DayOf returns the day that holds the instant.
//
// Its Date is the local date, except where clocks go back over midnight after it has struck (last in 2010, St. John's):
// a day that has begun is not interrupted, so the repeated end of the day before belongs to it.
// Instants outside the years 0 to 9999 UTC get the first or the last day of that range, which does not hold them.
func DayOf(location *time.Location, at Instant) Day { return clock{{location: location}}.day(at) }

// DayOn returns the day of a date. It returns false when the zone skipped the date, as Pacific/Apia did 2011-12-30.
func DayOn(location *time.Location, date Date) (Day, bool) {
	return clock{{location: location}}.dayOn(date)
}

// NextDay returns the day that begins when the given one ends; its date is a later one, not always by one.
func NextDay(location *time.Location, today Day) Day { return DayOf(location, today.To) }
