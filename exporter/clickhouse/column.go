package clickhouse

import (
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/floorwatch/floorwatch/schemas"
)

// column is one column of a table's insert: its name and how the rows' values are appended to it, as one slice.
type column[R any] struct {
	name     string
	appendTo func(target driver.BatchColumn, rows []R) error
	isEmpty  func(*R) bool // the row's value is what the table puts where none is given; nil: never
}

func names[R any](columns []column[R]) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c.name
	}
	return out
}

// value makes a column of any type that the client takes as a slice. Go's zero value is also the table's default.
func value[R any, V comparable](name string, get func(*R) V) column[R] {
	c := values(name, get)
	c.isEmpty = func(r *R) bool {
		var zero V
		return get(r) == zero
	}
	return c
}

// values makes a column of lists or bytes.
func values[R, V any](name string, get func(*R) V) column[R] {
	return column[R]{name: name, appendTo: func(target driver.BatchColumn, rows []R) error {
		values := make([]V, len(rows))
		for i := range rows {
			values[i] = get(&rows[i])
		}
		return target.Append(values)
	}}
}

func (c *column[R]) isEmptyIn(rows []R) bool {
	for i := range rows {
		if !c.isEmpty(&rows[i]) {
			return false
		}
	}
	return true
}

// filled leaves out the columns that no row has a value for: the table fills them in, which is cheaper. Few events tell
// most of what an event may tell, so about half of the table events is empty in an insert.
func filled[R any](columns []column[R], types []clickhouse.ColumnNameAndType, rows []R) ([]column[R], []clickhouse.ColumnNameAndType) {
	var some []column[R]
	var theirs []clickhouse.ColumnNameAndType
	for i, c := range columns {
		if c.isEmpty == nil || !c.isEmptyIn(rows) {
			some, theirs = append(some, c), append(theirs, types[i])
		}
	}
	return some, theirs
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
	c := values(name, func(r *R) []string {
		if values := get(r); values != nil {
			return values
		}
		return []string{}
	})
	c.isEmpty = func(r *R) bool { return len(get(r)) == 0 }
	return c
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
