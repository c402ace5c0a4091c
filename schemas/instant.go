package schemas

import (
	"fmt"
	"time"
)

// Instant is a point in time: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
type Instant int64

// Date is a calendar date without a zone: days since 1970-01-01, proleptic Gregorian.
// It is a map key and the value of a ClickHouse Date32 column (of a Date column from 1970 to 2149).
type Date int32

const (
	oneSecond Instant = 1000
	oneHour           = 3600 * oneSecond
	oneDay            = 24 * oneHour // a UTC day; a company's day has no fixed length

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

// floorTo rounds down to a multiple of the unit, below 1970 too.
func floorTo(at, unit Instant) Instant {
	rest := at % unit
	if rest < 0 {
		rest += unit
	}
	return at - rest
}
