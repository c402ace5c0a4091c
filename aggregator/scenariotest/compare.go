package scenariotest

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
)

// Compare compares what is expected at a step with the fields that there are; nil if there is no such row. Gauges that are not there are 0.
// It gives how many values it compared.
func (s *Story) Compare(t testing.TB, step *Step, fields map[string]string) int {
	t.Helper()
	e := step.Expect
	if e.Absent || fields == nil {
		if e.Absent != (fields == nil) {
			t.Errorf("%s / %s: %s: it is there: %t, want %t: %v", s.File, s.Title, step.Where, fields != nil, !e.Absent, fields)
		}
		return 1
	}
	for _, field := range e.Fields {
		got, known := fields[field.Name]
		if got == "" {
			got = "-"
		}
		if !known && e.Kind == "now" {
			got, known = "0", true
		}
		if !known {
			t.Errorf("%s / %s: %s: no field %q; there are %v", s.File, s.Title, step.Where, field.Name, fields)
		} else if got != field.Want {
			t.Errorf("%s / %s: %s: %s is %s, want %s", s.File, s.Title, step.Where, field.Name, got, field.Want)
		}
	}
	return len(e.Fields)
}

// Clock writes an instant as local HH:MM:SS, with milliseconds if there are any; "-" for none.
func (s *Story) Clock(at schemas.Instant) string {
	if at == 0 {
		return "-"
	}
	return strings.TrimSuffix(at.Time().In(s.Location).Format("15:04:05.000"), ".000")
}

// Moment writes an instant as local date and time of day.
func (s *Story) Moment(at schemas.Instant) string {
	return strings.TrimSuffix(at.Time().In(s.Location).Format("2006-01-02/15:04:05"), ":00")
}

// Spread describes durations: n, sum, mean, max, quantiles by nearest rank as p50, how many lie in A..B (B left out; ".." without B: from A
// on), and how many an upper edge of a histogram holds, as le3600. The fields that it gives are those that are expected.
func Spread(durations []float64, expected []Field) map[string]string {
	fields := map[string]string{}
	slices.Sort(durations)
	n, sum := len(durations), 0.0
	for _, d := range durations {
		sum += d
	}
	within := func(from, to float64) string {
		count := 0
		for _, d := range durations {
			if d >= from && d < to {
				count++
			}
		}
		return strconv.Itoa(count)
	}
	for _, field := range expected {
		name := field.Name
		from, to, isRange := strings.Cut(name, "..")
		switch {
		case name == "n":
			fields[name] = strconv.Itoa(n)
		case isRange:
			fields[name] = within(number(from, 0), number(to, math.Inf(1)))
		case strings.HasPrefix(name, "le"):
			fields[name] = within(0, math.Nextafter(number(name[2:], 0), math.Inf(1)))
		case n == 0:
			fields[name] = "-"
		case name == "sum":
			fields[name] = Number(sum)
		case name == "mean":
			fields[name] = Number(sum / float64(n))
		case name == "max":
			fields[name] = Number(durations[n-1])
		case name[0] == 'p':
			fields[name] = Number(durations[max(0, int(math.Ceil(number(name[1:], 0)/100*float64(n)))-1)])
		}
	}
	return fields
}

func number(text string, otherwise float64) float64 {
	if value, err := strconv.ParseFloat(text, 64); err == nil {
		return value
	}
	return otherwise
}

// Number writes a number as short as it can be.
func Number(value float64) string { return strconv.FormatFloat(value, 'f', -1, 64) }
