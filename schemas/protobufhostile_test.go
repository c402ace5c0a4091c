package schemas

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/sr"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"
)

// protobufOf is an event of JSON members, as Google's library writes it, with more bytes behind it.
func protobufOf(t fatal, members object, more ...byte) []byte {
	t.Helper()
	return append(marshal(t, messageOf(t, members)), more...)
}

// field is one field as it stands in the bytes.
func field(number int, kind wireKind, content ...byte) []byte {
	return append(binary.AppendUvarint(nil, uint64(number)<<3|uint64(kind)), content...)
}

func double(value float64) []byte {
	return binary.LittleEndian.AppendUint64(nil, math.Float64bits(value))
}

func TestProtobufIsStrict(t *testing.T) {
	f := func(what string, value []byte, reason, detail string) {
		t.Helper()
		_, err := DecodeEventProtobuf(value)
		if reasonOf(err) != reason || err != nil && (reason == "" || !strings.Contains(err.Error(), detail)) {
			t.Errorf("%s: %.100x: %v, want %q with %q", what, value, err, reason, detail)
		}
	}
	with := func(what string, more []byte, reason, detail string) {
		t.Helper()
		f(what, protobufOf(t, aMessage, more...), reason, detail)
		f(what+" first", append(bytes.Clone(more), protobufOf(t, aMessage)...), reason, "")
	}
	f("an event", protobufOf(t, aMessage), "", "")
	f("no bytes", nil, ReasonEmpty, "")
	f("the largest", protobufOf(t, aMessage, large(MaxEventBytes-len(protobufOf(t, aMessage)))...), "", "")
	f("too large", protobufOf(t, aMessage, large(MaxEventBytes+1-len(protobufOf(t, aMessage)))...), ReasonTooLarge, "65537 bytes; an event has at most 65536")
	f("JSON", aMessage.bytes(), ReasonNotProtobuf, "not Protobuf at byte 1 of")
	f("zeros", make([]byte, 100), ReasonNotProtobuf, "no field has such a number")

	ten := bytes.Repeat([]byte{0x80}, 9)
	with("a varint of ten bytes", field(15, varintKind, append(ten, 0)...), "", "")
	with("a varint of 65 bits", field(15, varintKind, append(ten, 2)...), ReasonNotProtobuf, "a varint has more than 64 bits")
	with("a varint of eleven bytes", field(15, varintKind, append(ten, 0x80, 0)...), ReasonNotProtobuf, "more than 64 bits")
	with("a tag of eleven bytes", append(ten, 0x80, 0, 0), ReasonNotProtobuf, "more than 64 bits")
	with("a length of eleven bytes", field(900, lengthKind, append(ten, 0x80, 0)...), ReasonNotProtobuf, "more than 64 bits")
	with("field 0", []byte{0, 0}, ReasonNotProtobuf, "no field has such a number")
	with("the largest field", field(maxFieldNumber, varintKind, 0), "", "")
	with("a field beyond the largest", field(maxFieldNumber+1, varintKind, 0), ReasonNotProtobuf, "no field has such a number")
	with("a group", slices.Concat(field(900, groupKind), field(900, endKind)), ReasonNotProtobuf, "groups are not read")
	with("groups in groups", append(bytes.Repeat(field(900, groupKind), 10_000), bytes.Repeat(field(900, endKind), 10_000)...), ReasonNotProtobuf, "groups are not read")
	with("the end of a group", field(900, endKind), ReasonNotProtobuf, "groups are not read")
	with("wire type 6", field(900, 6), ReasonNotProtobuf, "no such wire type")
	with("wire type 7", field(900, 7), ReasonNotProtobuf, "no such wire type")
	for _, kind := range []wireKind{varintKind, fixed64Kind, lengthKind, fixed32Kind} {
		f("a field without a value", protobufOf(t, aMessage, field(900, kind)...), ReasonNotProtobuf, "not Protobuf at byte ")
		f("a field that is cut off", protobufOf(t, aMessage, field(900, kind, 0x81)...), ReasonNotProtobuf, "not Protobuf at byte ")
	}
	f("a length over the end", protobufOf(t, aMessage, field(900, lengthKind, 5, 'a', 'b')...), ReasonNotProtobuf, "reaches beyond the end")
	with("a length of 2^63", field(900, lengthKind, append(ten, 1)...), ReasonNotProtobuf, "reaches beyond the end")
	with("unknown fields", slices.Concat(field(900, varintKind, 1), field(900, lengthKind, 2, 0xff, 0xfe), field(900, fixed32Kind, 1, 2, 3, 4), field(63, fixed64Kind, double(1)...)), "", "")

	with("a field twice", slices.Concat(field(15, varintKind, 1), field(15, varintKind, 1)), ReasonDuplicateName, `"seq"`)
	with("a text twice", field(4, lengthKind, 4, 'a', 'c', 'm', 'e'), ReasonDuplicateName, `"company"`)
	with("an empty text twice", slices.Concat(field(25, lengthKind, 0), field(25, lengthKind, 0)), ReasonDuplicateName, `"tag"`)
	with("a list of two", slices.Concat(field(42, lengthKind, 1, 'a'), field(15, varintKind, 1), field(42, lengthKind, 1, 'b')), "", "")
	with("no UTF-8", field(25, lengthKind, 1, 0xff), ReasonNotUTF8, "tag: is not valid UTF-8")
	with("half of a surrogate pair", field(20, lengthKind, 3, 0xed, 0xa0, 0xbd), ReasonNotUTF8, "text: ")
	with("no UTF-8 in a list", field(42, lengthKind, 1, 0xff), ReasonNotUTF8, "keywords: ")

	with("a text as a varint", field(25, varintKind, 1), ReasonInvalidField, "tag: is a Protobuf varint, must be a string")
	with("a list as 32 bits", field(33, fixed32Kind, 1, 2, 3, 4), ReasonInvalidField, "team_ids: is 32 bits in Protobuf, must be a string")
	with("a number as a text", field(15, lengthKind, 1, '1'), ReasonInvalidField, "seq: is bytes in Protobuf, must be a whole number, a varint")
	with("a number as 64 bits", field(40, fixed64Kind, double(1)...), ReasonInvalidField, "slots: is 64 bits in Protobuf, must be a whole number")
	with("a double as a varint", field(59, varintKind, 1), ReasonInvalidField, "score: is a Protobuf varint, must be a double that is a number")
	with("no number", field(59, fixed64Kind, double(math.NaN())...), ReasonInvalidField, "score: is 64 bits in Protobuf, must be a double that is a number")
	with("infinity", field(43, fixed64Kind, double(math.Inf(-1))...), ReasonInvalidField, "sentiment: is 64 bits in Protobuf, must be a double that is a number")
	with("a flag of 2", field(36, varintKind, 2), ReasonInvalidField, "removed: is a Protobuf varint, must be true or false")
	with("a time as a text", field(37, lengthKind, 1, '1'), ReasonInvalidField, "starts_at: is bytes in Protobuf, must be a whole number")
	with("what comes first is told", slices.Concat(field(25, lengthKind, 1, 0xff), field(15, varintKind, 1), field(15, varintKind, 1), field(0, varintKind)), ReasonNotProtobuf, "")

	f("another version", protobufOf(t, aMessage.with("schema_version", 2.0), field(25, varintKind, 1)...), ReasonUnknownVersion, "must be 1")
	f("another type", protobufOf(t, aMessage.with("type", "visitor"), field(25, varintKind, 1)...), ReasonUnknownType, "must be one of")
	f("no time", protobufOf(t, aMessage.without("occurred_at")), ReasonInvalidField, "occurred_at: is missing; must be milliseconds since 1970")
	f("the year 0", protobufOf(t, aMessage.with("occurred_at", "0000-12-31T23:59:59.999Z")), ReasonInvalidField, "occurred_at: must be milliseconds since 1970")
	f("the year 10000", slices.Concat(protobufOf(t, aMessage.without("occurred_at")), field(5, varintKind, binary.AppendUvarint(nil, uint64(latest)+1)...)), ReasonInvalidField, "occurred_at: must be milliseconds since 1970-01-01T00:00:00Z, in the years 1 to 9999")
	f("the end of times", slices.Concat(protobufOf(t, aMessage.without("occurred_at")), field(5, varintKind, append(ten, 1)...)), ReasonInvalidField, "occurred_at: must be milliseconds")
}

// large is a field that nobody knows, of n bytes, of which the tag takes 2 and the length 3.
func large(n int) []byte {
	return append(binary.AppendUvarint(field(900, lengthKind), uint64(n-5)), make([]byte, n-5)...)
}

// A value that is cut off anywhere, or in which any one bit is another, is refused or is an event that Google's library can read.
func TestProtobufCutAndFlipped(t *testing.T) {
	eachExample(t, func(t *testing.T, _ string, example object) {
		value := protobufOf(t, example)
		for n := range value {
			noWorse(t, value[:n])
			for bit := range 8 {
				flipped := bytes.Clone(value)
				flipped[n] ^= 1 << bit
				noWorse(t, flipped)
			}
		}
	})
}

// noWorse checks that the decoder is never laxer than Google's library, and gives an event or a reason.
func noWorse(t interface {
	Helper()
	Fatalf(string, ...any)
}, value []byte) {
	t.Helper()
	event, err := DecodeEventProtobuf(value)
	if err != nil {
		var reject *Reject
		if !errors.As(err, &reject) || !slices.Contains(Reasons, reject.Reason) || reject.Detail == "" || !utf8.ValidString(reject.Detail) || !cmp.Equal(event, Event{}) {
			t.Fatalf("%x: %+v, %v, want a reject", value, event, err)
		}
		return
	}
	sameInProtobuf(t, event)
	message := dynamicpb.NewMessage(loadMessage())
	if err := proto.Unmarshal(value, message); err != nil {
		t.Fatalf("%x is an event, but Google's library cannot read it: %v", value, err)
	}
	text := membersOf(message).bytes()
	fromJSON, err := DecodeEvent(text)
	if event.ContentHash, fromJSON.ContentHash = 0, 0; err != nil || !cmp.Equal(event, fromJSON) {
		t.Fatalf("%x is an event, but %s is another: %v\n%s", value, text, err, cmp.Diff(event, fromJSON))
	}
}

// FuzzDecodeEventProtobuf: whatever the bytes are, there is an event that Google's library reads, too, and that is one in JSON, or a reason.
func FuzzDecodeEventProtobuf(f *testing.F) {
	for _, eventType := range EventTypes {
		for _, example := range schemasOf(f)[eventType].Examples {
			f.Add(protobufOf(f, example))
		}
	}
	f.Add(AppendFrame(nil, 7))
	f.Fuzz(func(t *testing.T, value []byte) {
		noWorse(t, value)
		if _, err := DecodeRecord(value, []RecordHeader{header(ContentTypeHeader, ProtobufContentType)}); err != nil && reasonOf(err) == "" {
			t.Fatalf("%x: %v, want a reject", value, err)
		}
	})
}

// Records in Protobuf: by their content type, framed by a schema registry, as CloudEvents.
func TestProtobufRecords(t *testing.T) {
	plain, frames := protobufOf(t, aMessage), new(sr.ConfluentHeader)
	bare, err := DecodeEventProtobuf(plain)
	if err != nil {
		t.Fatal(err)
	}
	framed := func(index ...int) []byte {
		t.Helper()
		frame, err := frames.AppendEncode(nil, 0x01020304, index)
		if err != nil {
			t.Fatal(err)
		}
		return append(frame, plain...)
	}
	same := func(what string, value []byte, headers ...RecordHeader) {
		t.Helper()
		event, err := DecodeRecord(value, headers)
		if diff := cmp.Diff(bare, event); diff != "" || err != nil {
			t.Errorf("%s: %v (-bare +got)\n%s", what, err, diff)
		}
	}
	if got := append(AppendFrame(nil, 0x01020304), plain...); !bytes.Equal(got, framed(0)) {
		t.Errorf("the frame is %x, want %x", got[:6], framed(0)[:6])
	}
	for _, kind := range []string{"application/protobuf", "application/x-protobuf", "application/vnd.google.protobuf", "Application/Protobuf; proto=floorwatch.v1.Event"} {
		same(kind, plain, header("content-type", kind))
		same(kind+" in another case", plain, header("Content-Type", kind))
		same(kind+" framed", framed(0), header("content-type", kind))
	}
	same("framed", framed(0))
	same("framed, a message within a message", framed(2, 1, 300))
	same("framed, whatever the header says", framed(0), header("content-type", "application/octet-stream"))

	attributes := []RecordHeader{header("ce_specversion", "1.0"), header("ce_id", bare.ID), header("ce_source", "/chat"), header("ce_type", "floorwatch.message")}
	for _, kind := range []string{"application/protobuf", "application/x-protobuf", "application/vnd.google.protobuf", "application/protobuf;v=1"} {
		same("CloudEvent of "+kind, plain, append(slices.Clone(attributes), header("content-type", kind))...)
	}
	same("CloudEvent framed", framed(0), attributes...)
	same("CloudEvent framed as JSON", framed(0), append(slices.Clone(attributes), header("content-type", "application/json"))...)
	same("CloudEvent with the same time", plain, append(slices.Clone(attributes), header("content-type", ProtobufContentType), header("ce_time", bare.OccurredAt.String()))...)
}

func TestProtobufRecordsRefused(t *testing.T) {
	plain := protobufOf(t, aMessage)
	announced := header("content-type", ProtobufContentType)
	f := func(what string, value []byte, reason, detail string, headers ...RecordHeader) {
		t.Helper()
		wantRecord(t, what, record{value, headers}, reason, detail)
	}
	f("announced, but JSON", aMessage.bytes(), ReasonNotProtobuf, "not Protobuf at byte 1", announced)
	f("announced, but empty", nil, ReasonEmpty, "", announced)
	f("an empty frame", AppendFrame(nil, 1), ReasonEmpty, "", announced)
	f("not announced", plain, ReasonNotUTF8, "")
	f("neither", []byte("<event/>"), ReasonNotJSON, "this is no JSON object")
	for n := 1; n <= frameBytes; n++ {
		f("a frame that is cut off", AppendFrame(nil, 1)[:n], ReasonNotProtobuf, "schema registry's frame")
	}
	for _, path := range [][]byte{{1}, {2}, {2, 1}, {0x22}, {'{', '}'}, {0x80}, bytes.Repeat([]byte{0x80}, 11), bytes.Repeat([]byte{0xfe}, 11)} {
		f("a path that is none", append(make([]byte, frameBytes), path...), ReasonNotProtobuf, "no path to a message follows")
	}
	attributes := []RecordHeader{header("ce_specversion", "1.0"), header("ce_id", "e1"), header("ce_source", "/chat"), header("ce_type", "floorwatch.message")}
	cloud := func(what string, reason, detail string, value []byte, more ...RecordHeader) {
		t.Helper()
		f(what, value, reason, detail, append(slices.Clone(attributes), more...)...)
	}
	without := func(names ...string) []byte {
		rest := aMessage
		for _, name := range names {
			rest = rest.without(name)
		}
		return protobufOf(t, rest)
	}
	clock := header("ce_time", "2026-11-22T09:30:00.250Z")
	cloud("what the envelope has", "", "", without("event_id", "occurred_at", "type"), announced, clock)
	cloud("no time in either", ReasonInvalidField, "occurred_at: is missing", without("occurred_at"), announced)
	cloud("another time", ReasonInvalidField, "occurred_at: is not the time of the CloudEvent", plain, announced, header("ce_time", "2001-01-01T00:00:00Z"))
	cloud("a time of 1970 is one", ReasonInvalidField, "occurred_at: is not the time of the CloudEvent", protobufOf(t, aMessage.with("occurred_at", "1970-01-01T00:00:00Z")), announced, clock)
	cloud("another id", ReasonInvalidField, "event_id: is not the id of the CloudEvent", protobufOf(t, aMessage.with("event_id", "e2")), announced)
	cloud("a wrong case", ReasonInvalidEnvelope, "lower case", plain, header("Content-Type", ProtobufContentType))
	cloud("another type", ReasonInvalidEnvelope, "datacontenttype: must be application/json or left out; in headers it may be application/protobuf", append(AppendFrame(nil, 1), plain...), header("content-type", "text/plain"))
	cloud("two types", ReasonInvalidEnvelope, "stands twice", plain, announced, header("content-type", "application/json"))
	f("of the formats only JSON", plain, ReasonInvalidEnvelope, "of CloudEvents formats only", header("content-type", "application/cloudevents+protobuf"))
	structured := inEnvelope(anEnvelope.with("datacontenttype", ProtobufContentType), aMessage.bytes())
	f("Protobuf within JSON", structured.value, ReasonInvalidEnvelope, "datacontenttype: must be application/json", structured.headers...)
}

// What was taken from the envelope is part of the content, as in JSON.
func TestProtobufEnvelopeHash(t *testing.T) {
	hash := func(id string) uint64 {
		event, err := DecodeRecord(protobufOf(t, aMessage.without("event_id")), []RecordHeader{header("content-type", ProtobufContentType),
			header("ce_specversion", "1.0"), header("ce_id", id), header("ce_source", "/chat"), header("ce_type", "x")})
		if err != nil {
			t.Fatal(err)
		}
		return event.ContentHash
	}
	if first, again := hash("e1"), hash("e1"); first != again || first == hash("e2") {
		t.Error("the hash does not tell ids of the envelope apart")
	}
}
