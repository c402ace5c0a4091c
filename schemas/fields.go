package schemas

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// fieldErrors collects what is wrong with the fields of one event, so that all of it is told at once.
type fieldErrors []string

func (f *fieldErrors) add(field, problem string) { *f = append(*f, field+": "+problem) }

func (f fieldErrors) reject() error {
	if len(f) == 0 {
		return nil
	}
	return &Reject{ReasonInvalidField, strings.Join(f, "; ")}
}

// id checks a name that must be there: up to MaxIDBytes, without control characters.
func (f *fieldErrors) id(field, value string) string {
	if value == "" {
		f.add(field, "is missing")
		return ""
	}
	return f.optionalID(field, value)
}

func (f *fieldErrors) optionalID(field, value string) string {
	return f.bounded(field, value, MaxIDBytes)
}
func (f *fieldErrors) text(field, value string) string {
	return f.bounded(field, value, MaxStringBytes)
}

func (f *fieldErrors) bounded(field, value string, limit int) string {
	if len(value) > limit {
		f.add(field, fmt.Sprintf("has %d bytes, at most %d", len(value), limit))
	} else if strings.ContainsFunc(value, isControl) {
		f.add(field, "has a control character")
	}
	return value
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

func (f *fieldErrors) oneOf(field, value, fallback string, allowed []string) string {
	if value == "" {
		value = fallback
	}
	if !slices.Contains(allowed, value) {
		problem := "must be one of "
		if value == "" {
			problem = "is missing; must be one of "
		}
		f.add(field, problem+strings.Join(allowed, ", "))
		return ""
	}
	return value
}

func (f *fieldErrors) optionalOneOf(field, value string, allowed []string) string {
	if value == "" {
		return ""
	}
	return f.oneOf(field, value, "", allowed)
}

// maxWhole is the largest whole number below which a double holds each, as JSON producers in other languages have no more.
const maxWhole = 1<<53 - 1

// whole checks a number of 0 or more, 0 if it is not told.
func (f *fieldErrors) whole(field string, value int64) int64 {
	f.count(field, &value, 0, maxWhole)
	return value
}

// count checks a whole number that may be left out.
func (f *fieldErrors) count(field string, value *int64, low, high int64) *int64 {
	if value != nil && (*value < low || *value > high) {
		f.add(field, fmt.Sprintf("must be a whole number from %d to %d", low, high))
	}
	return value
}

func (f *fieldErrors) neededCount(field string, value *int64, low, high int64) *int64 {
	if value == nil {
		f.add(field, fmt.Sprintf("is missing; must be a whole number from %d to %d", low, high))
	}
	return f.count(field, value, low, high)
}

// number checks a number that may be left out. JSON has no NaN.
func (f *fieldErrors) number(field string, value *float64, low, high float64) *float64 {
	if value != nil && (*value < low || *value > high) {
		f.add(field, fmt.Sprintf("must be a number from %g to %g", low, high))
	}
	return value
}

func (f *fieldErrors) neededNumber(field string, value *float64, low, high float64) *float64 {
	if value == nil {
		f.add(field, fmt.Sprintf("is missing; must be a number from %g to %g", low, high))
	}
	return f.number(field, value, low, high)
}

// rating checks a score on its rating's scale; of an unknown rating nothing can be said.
func (f *fieldErrors) rating(rating string, score *float64) *float64 {
	scales := map[string][2]float64{RatingCSAT: {1, 5}, RatingNPS: {0, 10}, RatingThumbs: {0, 1}}
	scale, ok := scales[rating]
	if ok && (score == nil || *score != math.Trunc(*score) || *score < scale[0] || *score > scale[1]) {
		f.add("score", fmt.Sprintf("must be a whole number from %g to %g for %s", scale[0], scale[1], rating))
	}
	return score
}

// ids checks a list of names. An empty list is no list, so that equal facts are equal events.
func (f *fieldErrors) ids(field string, values []string, limit int) []string {
	if len(values) == 0 {
		return nil
	}
	if len(values) > limit {
		f.add(field, fmt.Sprintf("has %d items, at most %d", len(values), limit))
		return nil
	}
	for i, value := range values {
		if value == "" || len(value) > MaxIDBytes || strings.ContainsFunc(value, isControl) {
			f.id(fmt.Sprintf("%s[%d]", field, i), value)
		}
	}
	return values
}

func (f *fieldErrors) instant(field, value string) Instant {
	at, err := time.Parse(time.RFC3339Nano, value)
	if year := at.UTC().Year(); err != nil || !isStrictTime(value) || year < 1 || year > 9999 {
		f.add(field, "must be an RFC 3339 time such as 2026-11-22T09:30:00.250Z")
		return 0
	}
	return InstantOf(at)
}

// millis checks a time of the Protobuf form: the years 1 to 9999, as in JSON.
func (f *fieldErrors) millis(field string, value int64) Instant {
	at := Instant(value)
	if at < firstInstant || at > latest {
		f.add(field, "must be milliseconds since 1970-01-01T00:00:00Z, in the years 1 to 9999")
		return 0
	}
	return at
}

// firstInstant is the first of the year 1.
const firstInstant Instant = -62135596800000

// isStrictTime tells whether a time that time.Parse takes is RFC 3339 to the letter. Parse also takes an hour of one digit, a comma
// before the fraction and offsets of 24 hours or 60 minutes.
func isStrictTime(value string) bool {
	if value[len("2026-11-22T9")] == ':' || value[len("2026-11-22T09:30:00")] == ',' {
		return false
	}
	offset := value[len(value)-len("01:00"):]
	return strings.HasSuffix(value, "Z") || offset[:2] < "24" && offset[3:] < "60"
}
