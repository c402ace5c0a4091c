package schemas

import (
	"math"
	"time"
)

// TZif data may hold offsets from -24:59:59 to +25:59:59 (RFC 9636, 3.2).
const largestOffset = 26 * oneHour

// clock is the local clock of a company: its zones in order of time, mostly one.
type clock []zonePeriod

// zonePeriod is a zone in force until that of the next period is.
type zonePeriod struct {
	from     Instant // of the first one in a clock: never read
	location *time.Location
}

// inForce returns the zone in force at an instant and the first later instant that may have another.
func (c clock) inForce(at Instant) (location *time.Location, until Instant) {
	until = math.MaxInt64
	for i := len(c) - 1; i > 0; i-- {
		if c[i].from <= at {
			return c[i].location, until
		}
		until = c[i].from
	}
	return c[0].location, until
}

// day returns the day that holds the instant, see [Calendar.Day].
func (c clock) day(at Instant) Day {
	at = max(earliest, min(at, latest))
	location, _ := c.inForce(at)
	date := Date(floorTo(at+offsetAt(location, at), oneDay) / oneDay)
	from, to := c.firstInstant(date.midnight()), c.firstInstant(date.midnight()+oneDay)
	for to <= at {
		date++
		from, to = to, c.firstInstant(date.midnight()+oneDay)
	}
	return Day{Date: date, From: from, To: to}
}

// dayOn returns the day of a date, and false when there is none.
func (c clock) dayOn(date Date) (Day, bool) {
	from, to := c.firstInstant(date.midnight()), c.firstInstant(date.midnight()+oneDay)
	if from >= to {
		return Day{}, false
	}
	return Day{Date: date, From: from, To: to}, true
}

// firstInstant returns the first instant whose local time is at or after midnight of a date. Local midnight may not
// exist, or exist more than once, so it goes through the stretches of constant offset around it.
func (c clock) firstInstant(midnight Instant) Instant {
	at, limit := midnight-largestOffset, midnight+largestOffset
	for {
		offset, until := c.steadyOffset(at, limit)
		if first := max(at, midnight-offset); first < until || until == limit {
			return first
		}
		at = until
	}
}

// steadyOffset returns the offset in force at an instant and the first later one, at most limit, with another offset.
func (c clock) steadyOffset(at, limit Instant) (offset, until Instant) {
	location, end := c.inForce(at)
	offset, until = steadyOffset(location, at, min(limit, end))
	for until == end && until < limit { // the next zone may have the same offset
		location, end = c.inForce(until)
		other, next := steadyOffset(location, until, min(limit, end))
		if other != offset {
			break
		}
		until = next
	}
	return offset, until
}

// steadyOffset is that of one zone.
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
