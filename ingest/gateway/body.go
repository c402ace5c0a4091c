package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/floorwatch/floorwatch/schemas"
)

// MaxBodyBytes is the size of a webhook's body. Vendors send whole conversations with it.
const MaxBodyBytes = 1 << 20

// object is a JSON object of a vendor. Names are looked up exactly as written. A member that is missing, null or of another type than
// is asked for reads as empty: vendors change between 42 and "42", and a field that nobody needs must not cost the event.
type object map[string]any

// parse reads a body: one JSON object, valid UTF-8, nothing behind it. The error is a *schemas.Reject.
func parse(body []byte) (object, error) {
	switch {
	case len(body) == 0:
		return nil, &schemas.Reject{Reason: schemas.ReasonEmpty, Detail: "the request has no body"}
	case len(body) > MaxBodyBytes:
		return nil, &schemas.Reject{Reason: schemas.ReasonTooLarge, Detail: fmt.Sprintf("%d bytes; a webhook has at most %d", len(body), MaxBodyBytes)}
	case !utf8.Valid(body):
		return nil, &schemas.Reject{Reason: schemas.ReasonNotUTF8, Detail: "the bytes are not valid UTF-8"}
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber() // an id has more digits than a double
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, &schemas.Reject{Reason: schemas.ReasonNotJSON, Detail: "the body is not JSON"}
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, &schemas.Reject{Reason: schemas.ReasonNotJSON, Detail: "there is something behind the JSON object"}
	}
	members, ok := value.(map[string]any)
	if !ok {
		return nil, &schemas.Reject{Reason: schemas.ReasonNotObject, Detail: "a webhook is one JSON object"}
	}
	return members, nil
}

// at is the member at the end of the path, nil if there is none.
func (o object) at(path ...string) any {
	var value any = map[string]any(o)
	for _, name := range path {
		members, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = members[name]
	}
	return value
}

// in is the object at the end of the path, an empty one if there is none.
func (o object) in(path ...string) object {
	members, _ := o.at(path...).(map[string]any)
	return members
}

// text is a string, or a number as it is written.
func (o object) text(path ...string) string { return textOf(o.at(path...)) }

func textOf(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	default:
		return ""
	}
}

func (o object) flag(path ...string) bool { value, _ := o.at(path...).(bool); return value }

// objects are the objects of a list.
func (o object) objects(path ...string) []object {
	var objects []object
	values, _ := o.at(path...).([]any)
	for _, value := range values {
		if members, ok := value.(map[string]any); ok {
			objects = append(objects, members)
		}
	}
	return objects
}

// texts are the strings of a list, or those of one string that has them between commas.
func textsOf(value any) []string {
	var texts []string
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			texts = append(texts, textOf(item))
		}
	case string:
		for item := range strings.SplitSeq(value, ",") {
			texts = append(texts, strings.TrimSpace(item))
		}
	}
	return texts
}

// layouts of times as vendors write them.
var layouts = []string{time.RFC3339Nano, "2006-01-02 15:04:05 UTC", "2006-01-02 15:04:05.999999999 UTC"}

const (
	firstMillisecond = 1e11                // from here on a number counts milliseconds: as seconds it is the year 5138, as milliseconds 1973
	afterLast        = 253_000_000_000_000 // before the year 10000, in milliseconds
)

// instantOf reads a time: an instant of ours, a text with zone, or seconds or milliseconds since 1970. A time before 2000 means that there is none.
func instantOf(value any) (schemas.Instant, bool) {
	if at, ok := value.(schemas.Instant); ok {
		return at, true
	}
	text := textOf(value)
	for _, layout := range layouts {
		if at, err := time.Parse(layout, text); err == nil {
			return schemas.InstantOf(at), schemas.InstantOf(at) >= schemas.EarliestInstant && schemas.InstantOf(at) < afterLast
		}
	}
	number, err := json.Number(text).Float64()
	if number < firstMillisecond {
		number = math.Floor(number*1000 + 0.001) // a fraction of a second comes a little too small
	}
	if err != nil || !(number >= float64(schemas.EarliestInstant) && number < afterLast) {
		return 0, false
	}
	return schemas.Instant(number), true
}
