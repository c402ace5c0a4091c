package clickhouse

import (
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/floorwatch/floorwatch/schemas"
)

// column is one column of a table's insert: its name and how the rows' values are appended to it, as one slice.
type column[R any] struct {
	name     string
	appendTo func(target driver.BatchColumn, rows []R) error
}

func names[R any](columns []column[R]) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c.name
	}
	return out
}

// value makes a column of any type that the client takes as a slice.
func value[R, V any](name string, get func(*R) V) column[R] {
	return column[R]{name, func(target driver.BatchColumn, rows []R) error {
		values := make([]V, len(rows))
		for i := range rows {
			values[i] = get(&rows[i])
		}
		return target.Append(values)
	}}
}

// instant makes a DateTime64(3) column.
func instant[R any](name string, get func(*R) schemas.Instant) column[R] {
	return value(name, func(r *R) int64 { return int64(get(r)) })
}

// optionalInstant makes a nullable one: 0 is null.
func optionalInstant[R any](name string, get func(*R) schemas.Instant) column[R] {
	return value(name, func(r *R) *int64 {
		at := int64(get(r))
		if at == 0 {
			return nil
		}
		return &at
	})
}

// date makes a Date32 column.
func date[R any](name string, get func(*R) schemas.Date) column[R] {
	return value(name, func(r *R) time.Time { return get(r).Time() })
}

// optionalDate makes a nullable one, null unless the instant that it belongs to is there.
func optionalDate[R any](name string, get func(*R) (schemas.Date, schemas.Instant)) column[R] {
	return value(name, func(r *R) *time.Time {
		day, at := get(r)
		if at == 0 {
			return nil
		}
		midnight := day.Time()
		return &midnight
	})
}

// optionalMillis makes a nullable Int64 column, null unless there is a sample.
func optionalMillis[R any](name string, get func(*R) (int64, bool)) column[R] {
	return value(name, func(r *R) *int64 {
		millis, ok := get(r)
		if !ok {
			return nil
		}
		return &millis
	})
}

// list makes an array column; no list is an empty one.
func list[R any](name string, get func(*R) []string) column[R] {
	return value(name, func(r *R) []string {
		if values := get(r); values != nil {
			return values
		}
		return []string{}
	})
}

// meta makes the columns that every versioned row has.
func meta[R any](get func(*R) *schemas.Meta) []column[R] {
	return []column[R]{
		instant("appended_at", func(r *R) schemas.Instant { return get(r).AppendedAt }),
		value("version", func(r *R) uint64 { return get(r).Version }),
		value("is_deleted", func(r *R) uint8 { return flag(get(r).Deleted) }),
	}
}

// flag makes a number of what is told by one.
func flag(on bool) uint8 {
	if on {
		return 1
	}
	return 0
}

// state tells open and closed in words.
func state(open bool) string {
	if open {
		return "open"
	}
	return "closed"
}
