package schemas

import (
	"cmp"
	"fmt"
	"math"
	"unicode/utf8"
)

// DecodeEventProtobuf reads one event from its Protobuf form, the message floorwatch.v1.Event of event.proto. The rules are those of
// DecodeEvent, and so is the strictness: no field twice but in a list, each of its own wire type, strings in valid UTF-8; fields of
// numbers that are not known are skipped, so that a newer producer can be read. The error is a *Reject.
func DecodeEventProtobuf(value []byte) (Event, error) { return decodeProtobuf(value, nil, "") }

// decodeProtobuf reads an event; what it leaves out the envelope tells, if there is one. A company that it does not name is this one.
func decodeProtobuf(value []byte, outer *envelope, company string) (Event, error) {
	switch {
	case len(value) == 0:
		return Event{}, &Reject{ReasonEmpty, "the record has no message; send one event"}
	case len(value) > MaxEventBytes:
		return Event{}, tooLarge(value)
	}
	read := protobufEvent{wire: wireEvent{times: &wireTimes{}}}
	if err := read.fields(value); err != nil {
		return Event{}, err
	}
	read.wire.Company = cmp.Or(read.wire.Company, company)
	return read.wire.judge(read.problem, value, outer)
}

// protobufEvent is an event as far as its fields were read.
type protobufEvent struct {
	wire    wireEvent
	seen    [len(protobufFields)]bool
	problem string // the first field of a wrong type
}

// fields reads them all. That the bytes are Protobuf at all comes first, then UTF-8, then whether a field stands twice.
func (p *protobufEvent) fields(value []byte) error {
	r := protobufReader{rest: value, size: len(value)}
	var notUTF8, twice string
	for len(r.rest) > 0 {
		v, err := r.next()
		if err != nil {
			return err
		}
		if v.number >= len(protobufFields) || protobufFields[v.number].target == nil {
			continue
		}
		field := &protobufFields[v.number]
		target := field.target(&p.wire)
		_, list := target.(*[]string)
		if p.seen[v.number] && !list && twice == "" {
			twice = field.name
		}
		p.seen[v.number] = true
		if must := set(target, v); must != "" && p.problem == "" {
			p.problem = fmt.Sprintf("%s: is %s, must be %s", field.name, v.kind, must)
		}
		if isText(target) && v.kind == lengthKind && notUTF8 == "" && !utf8.Valid(v.bytes) {
			notUTF8 = field.name
		}
	}
	switch {
	case notUTF8 != "":
		return &Reject{ReasonNotUTF8, notUTF8 + ": is not valid UTF-8; encode strings as UTF-8"}
	case twice != "":
		return &Reject{ReasonDuplicateName, fmt.Sprintf("the message has the same field twice: %q", twice)}
	}
	return nil
}

func isText(target any) bool {
	switch target.(type) {
	case *string, **string, *[]string:
		return true
	default:
		return false
	}
}

// set keeps a value where it belongs, or tells what it would have to be.
func set(target any, v protobufValue) (must string) {
	switch target := target.(type) {
	case *string, **string, *[]string:
		return setText(target, v)
	case *bool:
		if v.kind != varintKind || v.bits > 1 {
			return "true or false, a varint of 1 or 0"
		}
		*target = v.bits == 1
	case **float64:
		number := math.Float64frombits(v.bits)
		if v.kind != fixed64Kind || math.IsNaN(number) || math.IsInf(number, 0) {
			return "a double that is a number"
		}
		*target = &number
	default:
		if v.kind != varintKind {
			return "a whole number, a varint"
		}
		setWhole(target, int64(v.bits))
	}
	return ""
}

func setText(target any, v protobufValue) (must string) {
	if v.kind != lengthKind {
		return "a string"
	}
	switch target := target.(type) {
	case *string:
		*target = string(v.bytes)
	case **string:
		text := string(v.bytes)
		*target = &text
	case *[]string:
		*target = append(*target, string(v.bytes))
	}
	return ""
}

func setWhole(target any, number int64) {
	switch target := target.(type) {
	case *int64:
		*target = number
	case **int64:
		*target = &number
	case **int:
		whole := int(number)
		*target = &whole
	default:
		panic(fmt.Sprintf("BUG: no Protobuf type for a %T", target))
	}
}
