package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// anEnvelope is the attributes of a CloudEvent as small as it may be, around the smallest events.
var anEnvelope = object{"specversion": "1.0", "id": "e1", "source": "/chat", "type": "com.example.chat"}

// record is a value of the log with its headers.
type record struct {
	value   []byte
	headers []RecordHeader
}

func (r record) decode() (Event, error) { return DecodeRecord(r.value, r.headers) }

func header(name, value string) RecordHeader { return RecordHeader{name, []byte(value)} }

// inHeaders sends a value in binary mode.
func inHeaders(attributes object, value []byte) record {
	r := record{value, []RecordHeader{header("traceparent", "00-1"), header(ContentTypeHeader, "application/json")}}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		text, _ := attributes[name].(string)
		r.headers = append(r.headers, header("ce_"+name, text))
	}
	return r
}

// inEnvelope sends a value in structured mode, just as it is.
func inEnvelope(attributes object, value []byte) record {
	text := attributes.bytes()
	return record{slices.Concat(text[:len(text)-1], []byte(`,"data":`), value, []byte("}")),
		[]RecordHeader{header("traceparent", "00-1"), header(ContentTypeHeader, StructuredContentType)}}
}

// formsOf sends a value in each form of CloudEvents.
func formsOf(attributes object, value []byte) map[string]record {
	return map[string]record{"binary": inHeaders(attributes, value), "structured": inEnvelope(attributes, value)}
}

// sameInAllForms checks that a CloudEvent says what its data says when it comes bare.
func sameInAllForms(t interface {
	Helper()
	Errorf(string, ...any)
}, value []byte) {
	t.Helper()
	bare, err := DecodeEvent(value)
	attributes := anEnvelope
	if err == nil {
		attributes = anEnvelope.with("id", bare.ID)
	}
	for form, r := range formsOf(attributes, value) {
		event, formErr := r.decode()
		reason, bareReason := reasonOf(formErr), reasonOf(err)
		switch {
		case formErr == nil && lacksEnvelope(err):
			// the envelope has what it lacks
		case formErr != nil && (reason == "" || !cmp.Equal(event, Event{})):
			t.Errorf("%s: %.300q: %v and %v, want a reject or an event", form, value, event, formErr)
		case form == "binary" && isFramed(value):
			// a record that begins so is taken for Protobuf
		case form == "structured" && (reason == ReasonTooLarge || reason == ReasonTooDeep):
			// the envelope has bytes, and is a level
		case form == "structured" && err != nil:
			if formErr == nil && !json.Valid(value) {
				continue // what is no JSON alone may be some when it is put into other JSON
			}
			if formErr == nil {
				t.Errorf("%s: %.300q is taken; bare it is refused: %v", form, value, err)
			}
		case reason != bareReason:
			t.Errorf("%s: %.300q: %v, bare: %v", form, value, formErr, err)
		default:
			if len(bytes.TrimSpace(value)) < len(value) {
				event.ContentHash = bare.ContentHash // white space around the data belongs to the envelope
			}
			if diff := cmp.Diff(bare, event); diff != "" {
				t.Errorf("%s: %.300q: (-bare +form)\n%s", form, value, diff)
			}
		}
	}
}

// lacksEnvelope tells that an event was refused for what an envelope could have given it.
func lacksEnvelope(err error) bool {
	var reject *Reject
	return errors.As(err, &reject) && slices.Contains([]string{"event_id: is missing", "occurred_at: is missing", "type: is missing"}, reject.Detail)
}

func TestEachEventInAllForms(t *testing.T) {
	eachExample(t, func(t *testing.T, _ string, example object) { sameInAllForms(t, example.bytes()) })
}

// wantRecord checks the reason and the detail; a reason of "" means that there is an event.
func wantRecord(t *testing.T, what string, r record, reason, detail string) {
	t.Helper()
	_, err := r.decode()
	if reasonOf(err) != reason || err != nil && (reason == "" || !strings.Contains(err.Error(), detail)) {
		t.Errorf("%s: %.300q %q: %v, want %q with %q", what, r.value, r.headers, err, reason, detail)
	}
}

// Wrong types, absurd times and oversized values are refused in each form, for the same reason.
func TestFormsRefuseAlike(t *testing.T) {
	f := func(o object, reason, detail string) {
		t.Helper()
		wantRecord(t, "bare", record{value: o.bytes()}, reason, detail)
		for form, r := range formsOf(anEnvelope, o.bytes()) {
			wantRecord(t, form, r, reason, detail)
		}
	}
	f(aMessage, "", "")
	f(aMessage.with("seq", "1"), ReasonInvalidField, "seq: is a JSON string")
	f(aMessage.with("event_id", 5), ReasonInvalidField, "event_id: is a JSON number")
	f(aMessage.with("occurred_at", 5), ReasonInvalidField, "occurred_at: is a JSON number")
	f(aMessage.with("sentiment", "good"), ReasonInvalidField, "sentiment: is a JSON string")
	f(aMessage.with("keywords", "k"), ReasonInvalidField, "keywords: is a JSON string")
	f(aMessage.with("company", []any{}), ReasonInvalidField, "company: is a JSON array")
	f(aMessage.with("schema_version", 2), ReasonUnknownVersion, "must be 1")
	f(aMessage.with("type", "visitor"), ReasonUnknownType, "must be one of")
	for _, at := range badTimes {
		f(aMessage.with("occurred_at", at), ReasonInvalidField, "occurred_at: must be an RFC 3339 time")
	}
	f(aMessage.with("event_id", strings.Repeat("x", MaxIDBytes+1)), ReasonInvalidField, "event_id: has 129 bytes")
	f(aMessage.with("text", strings.Repeat("x", MaxTextBytes+1)), ReasonInvalidField, "text: has 8193 bytes")
	f(aMessage.with("x_later", strings.Repeat("x", MaxEventBytes)), ReasonTooLarge, "at most 65536")
	f(aMessage.with("x_later", as(strings.Repeat("[", MaxDepth)+strings.Repeat("]", MaxDepth))), ReasonTooDeep, "16 levels")
	f(aMessage.with("x_later", as(`{"a":1,"a":2}`)), ReasonDuplicateName, "twice")
	f(aMessage.with("Seq", 1), ReasonAmbiguousName, `"seq"`)
	f(aMessage.with("x_later", as(`"\ud800"`)), ReasonNotUTF8, "surrogate")
}

// The attributes themselves, as headers and as members.
func TestEnvelopeIsRefused(t *testing.T) {
	f := func(attributes object, reason, detail string) {
		t.Helper()
		for form, r := range formsOf(attributes, aMessage.bytes()) {
			wantRecord(t, form, r, reason, detail)
		}
	}
	bad := func(name string, value any, detail string) {
		t.Helper()
		f(anEnvelope.with(name, value), ReasonInvalidEnvelope, "invalid_envelope: "+name+": "+detail)
	}
	f(anEnvelope, "", "")
	f(anEnvelope.with("subject", "s").with("dataschema", "urn:s").with("myextension", "x").with("time", "2026-11-22T10:30:00+01:00"), "", "")
	for _, version := range []string{"", "0.3", "1", "1.0 ", "1.1", "2.0"} {
		bad("specversion", version, "must be 1.0")
	}
	for name, missing := range map[string]string{"specversion": "must be 1.0", "id": "is missing", "source": "is missing", "type": "is missing"} {
		bad(name, "", missing)
		f(anEnvelope.without(name), ReasonInvalidEnvelope, name+": "+missing)
	}
	bad("id", strings.Repeat("x", MaxIDBytes+1), "has 129 bytes, at most 128")
	bad("id", "a\x00b", "has a control character")
	for _, name := range []string{"source", "type", "subject", "dataschema"} {
		f(anEnvelope.with(name, strings.Repeat("x", MaxStringBytes)), "", "")
		bad(name, strings.Repeat("x", MaxStringBytes+1), "has 257 bytes, at most 256")
		bad(name, "a\nb", "has a control character")
	}
	for _, at := range badTimes {
		bad("time", at, "must be an RFC 3339 time")
	}
	wantRecord(t, "all at once", inEnvelope(object{"type": "a\nb", "data_base64": "e30="}, aMessage.bytes()), ReasonInvalidEnvelope,
		"data_base64: is not read; put the event into data, as a JSON object; specversion: must be 1.0; id: is missing; source: is missing; type: has a control character")
}

func TestStructuredIsStrict(t *testing.T) {
	f := func(value, reason, detail string) {
		t.Helper()
		wantRecord(t, "structured", record{[]byte(value), []RecordHeader{header(ContentTypeHeader, StructuredContentType)}}, reason, detail)
	}
	good := string(inEnvelope(anEnvelope, aMessage.bytes()).value)
	with := func(member string) string { return "{" + member + "," + good[1:] }
	f(good, "", "")
	f(" \n"+good+"\n", "", "")
	f(with(`"data_base64":null,"time":null,"subject":null,"x":{"y":[1]}`), "", "")
	f(string(anEnvelope.with("data", aMessage).with("datacontenttype", "Application/JSON; charset=utf-8").bytes()), "", "")
	for _, kind := range []string{"application/xml", "text/json", "application/cloudevents+json", ";"} {
		f(with(`"datacontenttype":"`+kind+`"`), ReasonInvalidEnvelope, "datacontenttype: must be application/json")
	}
	f("", ReasonEmpty, "")
	f("x", ReasonNotJSON, "")
	f(good+good, ReasonNotJSON, "behind")
	f("["+good+"]", ReasonNotObject, "")
	f(with(`"id":"e1"`), ReasonDuplicateName, `"id"`)
	f(with(`"data":{}`), ReasonDuplicateName, `"data"`)
	f(with(`"x":1,"x":2`), ReasonDuplicateName, "twice")
	f(with(`"ID":"e2"`), ReasonAmbiguousName, `"id"`)
	f(with(`"Data":{}`), ReasonAmbiguousName, `"data"`)
	f(with(`"ſource":"x"`), ReasonAmbiguousName, `"source"`)
	f(with(`"seq":1,"Event_ID":2`), "", "") // names of the event are none of the envelope's
	f(strings.Replace(good, "/chat", "\xff", 1), ReasonNotUTF8, "")
	f(strings.Replace(good, "/chat", `\ud800`, 1), ReasonNotUTF8, "")
	f(strings.Replace(good, `"1.0"`, `1.0`, 1), ReasonInvalidEnvelope, "specversion: is a JSON number, must be a string")
	f(strings.Replace(good, `"/chat"`, `{}`, 1), ReasonInvalidEnvelope, "source: is a JSON object, must be a string")
	f(with(`"data_base64":"e30="`), ReasonInvalidEnvelope, "data_base64: is not read")
	f(with(`"data_base64":{}`), ReasonInvalidEnvelope, "data_base64: is not read")
	for _, data := range []string{"null", "1", `"{}"`, "[]", "true", `""`} {
		f(string(anEnvelope.with("data", as(data)).bytes()), ReasonInvalidEnvelope, "data: must be the event, a JSON object")
	}
	f(string(anEnvelope.bytes()), ReasonInvalidEnvelope, "data: must be the event, a JSON object")
	f(string(anEnvelope.with("data", object{}).bytes()), ReasonUnknownType, "")
	f(string(aMessage.bytes()), ReasonInvalidEnvelope, "specversion: must be 1.0") // a bare event that calls itself an envelope
}

// The headers alone decide on the form.
func TestFormsByHeaders(t *testing.T) {
	f := func(value []byte, reason, detail string, headers ...RecordHeader) {
		t.Helper()
		wantRecord(t, "headers", record{value, headers}, reason, detail)
	}
	bare, envelope := aMessage.bytes(), inEnvelope(anEnvelope, aMessage.bytes()).value
	attributes := []RecordHeader{header("ce_specversion", "1.0"), header("ce_id", "e1"), header("ce_source", "s"), header("ce_type", "t")}
	and := func(more ...RecordHeader) []RecordHeader { return append(slices.Clone(attributes), more...) }

	f(bare, "", "")
	f(bare, "", "", header("content-type", "text/plain"), header("Content-Type", "text/plain"), header("content-type", "\xff"), header("CE-id", "7"), header("", ""))
	f(envelope, ReasonUnknownType, "") // an envelope without the header is a bare event, and a poor one
	f(bare, "", "", attributes...)
	f(bare, "", "", and(header("content-type", "application/json"))...)
	f(bare, "", "", and(header("content-type", " Application/JSON ; charset=utf-8"))...)
	f(bare, "", "", and(header("ce_datacontenttype", "application/json"))...)
	f(bare, "", "", and(header("ce_myextension", "\xff"), header("ce_myextension", "2"), header("ce_", ""), header("ce_data_base64", "x"))...)
	f(nil, ReasonEmpty, "", attributes...)
	f([]byte("[]"), ReasonNotObject, "", attributes...)
	f([]byte("x"), ReasonNotJSON, "", header("ce_id", "")) // the first reason that holds
	f(bare, ReasonInvalidEnvelope, "datacontenttype: must be application/json", and(header("content-type", "application/avro"))...)
	f(bare, ReasonInvalidEnvelope, "datacontenttype: stands twice", and(header("content-type", "application/json"), header("content-type", "application/json"))...)
	f(bare, ReasonInvalidEnvelope, "datacontenttype: stands twice", and(header("content-type", "application/json"), header("ce_datacontenttype", "application/json"))...)
	f(bare, ReasonInvalidEnvelope, "id: stands twice", and(header("ce_id", "e1"))...)
	f(bare, ReasonInvalidEnvelope, "in lower case", and(header("Content-Type", "application/json"))...)
	f(bare, ReasonInvalidEnvelope, "in lower case", and(header("ce_Time", ""))...)
	f(bare, ReasonInvalidEnvelope, "specversion: must be 1.0", header("CE_ID", "e1"))
	f(bare, ReasonInvalidEnvelope, "specversion: must be 1.0", attributes[1:]...)
	f(bare, ReasonInvalidEnvelope, "subject: is not valid UTF-8", and(header("ce_subject", "\xff"))...)

	f(envelope, "", "", header("content-type", StructuredContentType))
	f(envelope, "", "", header("content-type", "Application/CloudEvents+JSON; charset=UTF-8"))
	f(envelope, "", "", header("content-type", StructuredContentType), header("ce_id", "another"), header("CE_TYPE", "\xff")) // repeated attributes are not read
	const only = "of CloudEvents formats only " + StructuredContentType
	for _, kind := range []string{"application/cloudevents", "application/cloudevents+avro", "application/cloudevents-batch+json", "application/cloudevents+protobuf"} {
		f(envelope, ReasonInvalidEnvelope, only, header("content-type", kind))
	}
	f(envelope, ReasonInvalidEnvelope, only, header("Content-Type", StructuredContentType))
	f(envelope, ReasonInvalidEnvelope, only, header("content-type", StructuredContentType), header("content-type", StructuredContentType))
	f(envelope, ReasonInvalidEnvelope, only, header("content-type", "application/json"), header("content-type", StructuredContentType))
}

// What the event leaves out the envelope tells; what both tell must be the same.
func TestEnvelopeFillsTheEvent(t *testing.T) {
	at := anEnvelope.with("time", "2026-11-22T09:30:00.25Z").with("type", "floorwatch.message")
	f := func(attributes, data object, want, reason string) {
		t.Helper()
		for form, r := range formsOf(attributes, data.bytes()) {
			event, err := r.decode()
			if err != nil {
				wantRecord(t, form, r, reason, want)
			} else if got := event.ID + " " + event.Type + " " + event.OccurredAt.String(); got != want {
				t.Errorf("%s: %s is %s, want %s", form, r.value, got, want)
			}
		}
	}
	const half, quarter = "e1 message 2026-11-22T09:30:00.000Z", "e1 message 2026-11-22T09:30:00.250Z"
	f(at, aMessage.without("event_id").without("occurred_at").without("type"), quarter, "")
	f(at, aMessage.with("event_id", "").with("occurred_at", nil).with("type", nil), quarter, "")
	f(at.without("time"), aMessage, half, "")
	f(at.with("type", "floorwatch.status"), aMessage.with("occurred_at", "2026-11-22T10:30:00.2509+01:00"), quarter, "") // the same millisecond; its own type
	f(at, aMessage, "occurred_at: is not the time of the CloudEvent", ReasonInvalidField)
	f(at, aMessage.with("occurred_at", "2026-11-22T09:30:00.251Z"), "occurred_at: is not the time of the CloudEvent", ReasonInvalidField)
	f(at, aMessage.with("occurred_at", "now"), "invalid_field: occurred_at: must be an RFC 3339 time such as 2026-11-22T09:30:00.250Z", ReasonInvalidField)
	f(anEnvelope.with("id", "e2"), aMessage, "event_id: is not the id of the CloudEvent", ReasonInvalidField)
	f(anEnvelope.with("id", "E1"), aMessage, "event_id: is not the id of the CloudEvent", ReasonInvalidField)
	f(anEnvelope, aMessage.without("occurred_at"), "occurred_at: must be an RFC 3339 time", ReasonInvalidField)
	for _, kind := range []string{"message", "floorwatch.visitor", "floorwatch.", "Floorwatch.message", "floorwatch.Message", "x.floorwatch.message"} {
		f(at.with("type", kind), aMessage.without("type"), "type: must be one of", ReasonUnknownType)
	}
	f(anEnvelope.with("id", "e2").with("time", "2026-11-22T09:30:01Z"), aMessage.with("seq", -1),
		"invalid_field: event_id: is not the id of the CloudEvent; leave one of them to the other; occurred_at: is not the time of the CloudEvent; leave the time out, or send the same; seq: ", ReasonInvalidField)
}

// Equal hashes are equal events: whatever was taken from the envelope is in the hash, and nothing else of it.
func TestEnvelopeAndHash(t *testing.T) {
	hash := func(r record) uint64 {
		t.Helper()
		event, err := r.decode()
		if err != nil {
			t.Fatalf("%s: %v", r.value, err)
		}
		return event.ContentHash
	}
	at := anEnvelope.with("time", "2026-11-22T09:30:00Z").with("type", "floorwatch.message")
	poor := aMessage.without("event_id").without("occurred_at").without("type")
	for _, data := range []object{aMessage, poor} {
		if hash(inHeaders(at, data.bytes())) != hash(inEnvelope(at, data.bytes())) {
			t.Errorf("%s: the hashes of the two modes differ", data.bytes())
		}
	}
	if value := aMessage.bytes(); hash(inHeaders(at, value)) != hash(record{value: value}) || hash(inHeaders(at.with("source", "/other"), value)) != hash(record{value: value}) {
		t.Error("an event that is whole has another hash in an envelope")
	}
	seen := map[uint64]bool{}
	for _, attributes := range []object{at, at.with("id", "e2"), at.with("time", "2026-11-22T09:30:01Z")} {
		seen[hash(inHeaders(attributes, poor.bytes()))] = true
		seen[hash(inHeaders(attributes, poor.with("event_id", attributes["id"]).bytes()))] = true
	}
	withType := poor.with("agent_id", "a1").with("action", "heartbeat").with("entry", "agent")
	for _, kind := range []string{"message", "agent", "directory"} {
		seen[hash(inEnvelope(at.with("type", "floorwatch."+kind), withType.bytes()))] = true
	}
	if len(seen) != 6+3 {
		t.Errorf("%d hashes of 9 events", len(seen))
	}
}

// No more than the value of a record does an attribute get into a detail.
func TestEnvelopeDetailKeepsSilent(t *testing.T) {
	const canary = "zq7canary"
	f := func(r record) {
		t.Helper()
		if _, err := r.decode(); err != nil && strings.Contains(strings.ToLower(err.Error()), canary) {
			t.Errorf("%q: %v", r.headers, err)
		}
	}
	for name := range envelopeNames.exact {
		for _, value := range []string{canary, canary + "\x00", strings.Repeat(canary, 100)} {
			for _, r := range formsOf(anEnvelope.with(name, value), aMessage.without("type").bytes()) {
				f(r)
			}
			f(record{aMessage.bytes(), []RecordHeader{header("ce_"+canary, value), header("ce_"+strings.ToUpper(canary), value), header("ce_"+name, "\xff"+value)}})
		}
		f(inEnvelope(anEnvelope.with(name, object{canary: canary}).with(strings.ToUpper(canary), 1), aMessage.bytes()))
	}
	f(record{aMessage.bytes(), []RecordHeader{header(ContentTypeHeader, "application/cloudevents+"+canary)}})
}

// FuzzDecodeRecord: whatever the headers and the bytes are, there is an event that can be written and read again, or a reason why not; and
// a good event is the same in all forms.
func FuzzDecodeRecord(f *testing.F) {
	for _, eventType := range EventTypes {
		value := schemasOf(f)[eventType].Examples[0].bytes()
		id, _ := schemasOf(f)[eventType].Examples[0]["event_id"].(string)
		f.Add(value, "", "", "", "", "", "")
		f.Add(value, "application/json", "1.0", id, "/chat", "floorwatch."+eventType, "")
		f.Add(inEnvelope(anEnvelope.with("id", id), value).value, StructuredContentType, "", "", "", "", "")
	}
	f.Add(aMessage.without("event_id").bytes(), "", "", "", "", "", "")
	f.Add(aMessage.without("type").without("event_id").without("occurred_at").bytes(), "application/json", "1.0", "e\xff", "s", "floorwatch.message", "2026-11-22T09:30:00Z")
	f.Add([]byte(`{"specversion":"1.0","ID":"e","data":{"type":"\ud800"},"data_base64":""}`), "Application/cloudevents+json;x", "", "", "", "", "")
	f.Fuzz(func(t *testing.T, value []byte, contentType, version, id, source, kind, at string) {
		r := record{value: value}
		for _, h := range []RecordHeader{header("content-type", contentType), header("ce_specversion", version), header("ce_id", id),
			header("ce_source", source), header("ce_type", kind), header("ce_time", at)} {
			if len(h.Value) > 0 {
				r.headers = append(r.headers, h)
			}
		}
		event, err := r.decode()
		if err != nil {
			var reject *Reject
			if !errors.As(err, &reject) || !slices.Contains(Reasons, reject.Reason) || reject.Detail == "" || !utf8.ValidString(reject.Detail) || !cmp.Equal(event, Event{}) {
				t.Fatalf("%q %q: %v, want a reject", value, r.headers, err)
			}
		} else {
			roundTrip(t, event)
		}
		sameInAllForms(t, value)
	})
}
