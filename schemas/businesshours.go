package schemas

import (
	"cmp"
	"slices"
	"strings"
)

// BusinessHours is when a company or team works, by the local clock: a week, and holidays with intervals of their own or none. It is
// made by [ParseBusinessHours] or [NewBusinessHours] and not changed any more. The zero value is no business hours: all time counts.
type BusinessHours struct {
	week     [7]workday // from Monday on
	perWeek  Instant    // working time of a week without holidays; 0: no business hours
	holidays []holiday  // in order of dates
}

// workday is one day of the week.
type workday struct {
	open   []interval
	before Instant // working time from Monday 00:00 to this day
}

// holiday is a date that is not as its day of the week.
type holiday struct {
	date  Date
	open  []interval // none: closed
	shift Instant    // what this holiday and all before it add to the working time of plain weeks, mostly negative
}

// interval is a part of a day, from <= time < to, in milliseconds after local midnight. Those of a day are in order and do not touch.
type interval struct{ from, to Instant }

// IsZero tells whether there are no business hours.
func (h BusinessHours) IsZero() bool { return h.perWeek == 0 }

// String returns the text that [ParseBusinessHours] reads, always the same for the same hours: days of the week from Monday on, equal
// neighbours together, holidays in order. It is "" for no business hours.
func (h BusinessHours) String() string {
	if h.IsZero() {
		return ""
	}
	var week, holidays []string
	for first := 0; first < len(h.week); {
		last := first
		for last+1 < len(h.week) && slices.Equal(h.week[last+1].open, h.week[first].open) {
			last++
		}
		days := weekdays[first]
		if last > first {
			days += "-" + weekdays[last]
		}
		if open := h.week[first].open; len(open) > 0 {
			week = append(week, days+intervalsText(open))
		}
		first = last + 1
	}
	for _, day := range h.holidays {
		holidays = append(holidays, day.date.String()+intervalsText(day.open))
	}
	text := strings.Join(week, ", ")
	if len(holidays) > 0 {
		text += "; " + strings.Join(holidays, ", ")
	}
	return text
}

// total adds up what elapsed reads.
func (h *BusinessHours) total() {
	for i := range h.week {
		h.week[i].before = h.perWeek
		h.perWeek += worked(h.week[i].open, oneDay)
	}
	var shift Instant
	for i := range h.holidays {
		day := &h.holidays[i]
		_, weekday := weekOf(day.date)
		shift += worked(day.open, oneDay) - worked(h.week[weekday].open, oneDay)
		day.shift = shift
	}
}

// elapsed returns the working time up to a local time, in milliseconds since some Monday; before that it is negative. A local time is
// milliseconds since 1970 on a clock that never jumps. It takes the same few steps for all times and keeps nothing.
func (h *BusinessHours) elapsed(local Instant) Instant {
	if h.perWeek == 0 {
		return local
	}
	midnight := floorTo(local, oneDay)
	date := Date(midnight / oneDay)
	week, weekday := weekOf(date)
	sum, open := week*h.perWeek+h.week[weekday].before, h.week[weekday].open
	i, isHoliday := slices.BinarySearchFunc(h.holidays, date, func(day holiday, date Date) int { return cmp.Compare(day.date, date) })
	if i > 0 {
		sum += h.holidays[i-1].shift
	}
	if isHoliday {
		open = h.holidays[i].open
	}
	return sum + worked(open, local-midnight)
}

// worked returns how much of a day's intervals is before a time of day.
func worked(open []interval, ofDay Instant) Instant {
	var sum Instant
	for _, part := range open {
		if ofDay <= part.from {
			break
		}
		sum += min(ofDay, part.to) - part.from
	}
	return sum
}

// weekOf returns the week of a date, counted from the one of 1970-01-01, a Thursday, and the day of the week from Monday on.
func weekOf(date Date) (week, weekday Instant) {
	days := Instant(date) + 3
	monday := floorTo(days, 7)
	return monday / 7, days - monday
}
