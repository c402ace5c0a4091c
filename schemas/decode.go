package schemas

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits of an event. Sizes are in bytes of UTF-8.
const (
	MaxEventBytes  = 64 << 10
	MaxIDBytes     = 128
	MaxStringBytes = 256
	MaxTextBytes   = 8 << 10
	MaxDepth       = 16
	MaxTeams       = 64
	MaxItems       = 64 // of a message's keywords or articles
)

// Limits of what is planned. A number beyond them is a mistake.
const (
	MaxSlots         = 10_000
	MaxPlanMinutes   = 24 * 60
	MaxAgentsPlanned = 100_000
)

// timeFormat is how this program writes an instant; it reads any RFC 3339 time.
const timeFormat = "2006-01-02T15:04:05.000Z07:00"

// EarliestInstant is the oldest time that even a backfilled event may carry: 2000-01-01. One absurd date must not cost the tables
// a partition.
var EarliestInstant = InstantOf(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC))

// DecodeEvent reads one event from its JSON form. It is strict: one object, valid UTF-8, no half of a surrogate pair, no member
// twice, no name that differs from a known one only by case, nothing behind the value; unknown names are allowed, so that a newer
// producer can be read. The length of a text is what the producer says, else it is counted. The error is a *Reject.
func DecodeEvent(value []byte) (Event, error) {
	return decode(value, nil, "")
}

// decode reads an event; what it leaves out the envelope tells, if there is one. A company that it does not name is this one.
func decode(value []byte, outer *envelope, company string) (Event, error) {
	if err := checkObject(value, eventNames); err != nil {
		return Event{}, err
	}
	var wire wireEvent
	kind, err := unmarshal(value, &wire)
	if err != nil {
		return Event{}, err
	}
	problem := ""
	if kind != nil {
		problem = wrongType(kind)
	}
	wire.Company = cmp.Or(wire.Company, company)
	return wire.judge(problem, value, outer)
}

// judge applies the rules to fields that were read, whatever form they came in: problem is that of a field of a wrong type, content
// the bytes of the event.
func (w *wireEvent) judge(problem string, content []byte, outer *envelope) (Event, error) {
	var clashes fieldErrors
	hashed := content
	if outer != nil {
		if err := outer.check(); err != nil {
			return Event{}, err
		}
		clashes, hashed = outer.fill(w, content)
	}
	if err := w.check(problem); err != nil {
		return Event{}, err
	}
	e := w.event()
	if err := e.complete(w, clashes); err != nil {
		return Event{}, err
	}
	e.ContentHash = Hash(hashed)
	return e, nil
}

// checkObject looks for all that makes the bytes unfit to be read as one JSON object, but for its syntax.
func checkObject(value []byte, names *nameSet) error {
	switch {
	case len(value) == 0:
		return &Reject{ReasonEmpty, "there is nothing in it; send one event as JSON"}
	case len(value) > MaxEventBytes:
		return tooLarge(value)
	case bytes.HasPrefix(value, []byte("\x1f\x8b")):
		return &Reject{ReasonNotUTF8, "the bytes are gzip; unpack them, or say content-encoding: gzip over HTTP"}
	case !utf8.Valid(value):
		return &Reject{ReasonNotUTF8, "the bytes are not valid UTF-8; encode the event as UTF-8"}
	case hasHalfPair(value):
		return &Reject{ReasonNotUTF8, `a \u escape is half of a surrogate pair; do not cut strings inside a character`}
	}
	if err := names.check(value); err != nil {
		return orSyntax(err, value)
	}
	if !bytes.HasPrefix(bytes.TrimLeft(value, " \t\r\n"), []byte("{")) {
		if !json.Valid(value) {
			return &Reject{ReasonNotJSON, "this is no JSON object; an event is one, from { to }, on one line in a file"}
		}
		return &Reject{ReasonNotObject, "an event is one JSON object"}
	}
	return nil
}

func tooLarge(value []byte) *Reject {
	return &Reject{ReasonTooLarge, fmt.Sprintf("%d bytes; an event has at most %d", len(value), MaxEventBytes)}
}

// Hash is the 64 bits by which ids and bodies are compared.
func Hash(text []byte) uint64 {
	sum := sha256.Sum256(text)
	return binary.BigEndian.Uint64(sum[:8])
}

// unmarshal fills in the fields of wire. A field of a wrong type does not end it, but is handed back.
func unmarshal(value []byte, wire any) (*json.UnmarshalTypeError, error) {
	err := json.Unmarshal(value, wire)
	var kind *json.UnmarshalTypeError
	if err != nil && !errors.As(err, &kind) {
		return nil, rejectSyntax(value)
	}
	return kind, nil
}

// check tells what forbids to read the fields. Of a version or type that this program does not read nothing else can be judged, so
// that comes before a field of a wrong type.
func (w *wireEvent) check(problem string) error {
	if w.SchemaVersion != nil && *w.SchemaVersion != SchemaVersion {
		return &Reject{ReasonUnknownVersion, fmt.Sprintf("schema_version: must be %d, the version that this program reads", SchemaVersion)}
	}
	if !slices.Contains(EventTypes, w.Type) {
		return &Reject{ReasonUnknownType, "type: must be one of " + strings.Join(EventTypes, ", ")}
	}
	if problem != "" {
		return &Reject{ReasonInvalidField, problem}
	}
	return nil
}

// hasHalfPair tells whether a \u escape is half of a surrogate pair. encoding/json makes U+FFFD of it, so that two ids would
// become one.
func hasHalfPair(value []byte) bool {
	for {
		i := bytes.IndexByte(value, '\\')
		if i < 0 {
			return false
		}
		value = value[i:]
		unit, ok := escapedUnit(value)
		switch {
		case !ok: // another escape, such as \n, or no JSON
			value = value[min(2, len(value)):]
		case !utf16.IsSurrogate(unit):
			value = value[unitBytes:]
		default:
			low, _ := escapedUnit(value[unitBytes:])
			if utf16.DecodeRune(unit, low) == utf8.RuneError {
				return true
			}
			value = value[2*unitBytes:]
		}
	}
}

// unitBytes is the length of an escaped UTF-16 unit such as \u00e4.
const unitBytes = 6

// escapedUnit reads the escaped UTF-16 unit that value begins with.
func escapedUnit(value []byte) (rune, bool) {
	if len(value) < unitBytes || value[0] != '\\' || value[1] != 'u' {
		return 0, false
	}
	var unit [2]byte
	if _, err := hex.Decode(unit[:], value[2:unitBytes]); err != nil {
		return 0, false
	}
	return rune(binary.BigEndian.Uint16(unit[:])), true
}

// orSyntax says that value is no JSON where that is the reason behind err.
func orSyntax(err error, value []byte) error {
	var reject *Reject
	if errors.As(err, &reject) && reject.Reason != ReasonTooDeep && !json.Valid(value) {
		return rejectSyntax(value)
	}
	return err
}

// rejectSyntax tells where value stops being JSON.
func rejectSyntax(value []byte) error {
	offset := int64(len(value))
	var syntax *json.SyntaxError
	if errors.As(json.Unmarshal(value, &json.RawMessage{}), &syntax) {
		if strings.HasSuffix(syntax.Error(), "after top-level value") {
			return &Reject{ReasonNotJSON, "there is something behind the JSON object; send one event per record, or JSON lines as application/x-ndjson over HTTP"}
		}
		offset = syntax.Offset
	}
	return &Reject{ReasonNotJSON, fmt.Sprintf("not JSON at byte %d of %d", offset, len(value))}
}

// wrongType tells of a field's wrong type, without the record's values.
func wrongType(err *json.UnmarshalTypeError) string {
	must := jsonType(err.Type.String())
	if isNumber := firstWord(err.Value) == "number"; isNumber && err.Type.Kind() == reflect.Float64 {
		must = "one that a double holds"
	}
	// A field of an embedded struct comes with the struct's name before it.
	field := err.Field[strings.LastIndexByte(err.Field, '.')+1:]
	return fmt.Sprintf("%s: is a JSON %s, must be %s", field, firstWord(err.Value), must)
}

// firstWord cuts a number's own digits off "number 1.5".
func firstWord(text string) string { word, _, _ := strings.Cut(text, " "); return word }

// jsonType names a Go type as a producer knows it.
func jsonType(goType string) string {
	switch strings.TrimPrefix(goType, "*") {
	case "int", "int64":
		return "a whole number"
	case "float64":
		return "a number"
	case "bool":
		return "true or false"
	case "[]string":
		return "a list of strings"
	default:
		return "a string"
	}
}
