package schemas

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// Names and values of the headers that make a record a CloudEvent, or Protobuf.
const (
	ContentTypeHeader     = "content-type"
	CloudEventHeader      = "ce_" // before the name of each attribute, in binary mode
	StructuredContentType = "application/cloudevents+json"
	ProtobufContentType   = "application/protobuf"
)

// CloudEventType comes before the type of an event in the recommended type of a CloudEvent: floorwatch.message.
const CloudEventType = "floorwatch."

// protobufTypes are the content types of Protobuf; the first is the registered one, the others are in use.
var protobufTypes = []string{ProtobufContentType, "application/x-protobuf", "application/vnd.google.protobuf"}

// DecodeRecord reads the event of a record of the log in one of three forms. The headers decide which, never the value:
//
//   - bare: the value is the event as DecodeEvent reads it, and no header tells otherwise;
//   - CloudEvents 1.0, binary mode: attributes are headers such as ce_id, the value is the event;
//   - CloudEvents 1.0, structured mode: the header content-type is application/cloudevents+json, the value is the envelope, and
//     its data is the event. Headers ce_… may repeat the attributes; they are not read.
//
// In the first two the event is Protobuf, as DecodeEventProtobuf reads it, if content-type says so or the value begins with the frame
// of a schema registry, whose first byte is 0; no event begins so in either form. The frame is no part of the event.
//
// In a CloudEvent the event may leave out event_id, occurred_at and type: they are the envelope's id and time, and what follows
// "floorwatch." in its type. An event_id or occurred_at that contradicts the envelope is refused. The content hash is that of the
// bytes of the event, and of what was taken from the envelope. The error is a *Reject.
func DecodeRecord(value []byte, headers []RecordHeader) (Event, error) {
	return DecodeRecordOf("", value, headers)
}

// DecodeRecordOf is DecodeRecord for records of a producer that is known to be of a company: an event that does not name its company
// is of this one. One that names another is not refused here.
func DecodeRecordOf(company string, value []byte, headers []RecordHeader) (Event, error) {
	binary, structured, protobuf := formOf(headers)
	if structured {
		return decodeStructured(value, headers, company)
	}
	var outer *envelope
	if binary {
		outer = attributesOf(headers)
	}
	if !protobuf && !isFramed(value) {
		return decode(value, outer, company)
	}
	if outer != nil {
		outer.protobuf = true
	}
	message, err := unframe(value)
	if err != nil {
		return Event{}, err
	}
	return decodeProtobuf(message, outer, company)
}

// formOf tells what the headers say of the form, in whatever case their names are written: a wrong case of CloudEvents is refused later.
func formOf(headers []RecordHeader) (binary, structured, protobuf bool) {
	for i := range headers {
		binary = binary || hasPrefixFold(headers[i].Name, CloudEventHeader)
		if strings.EqualFold(headers[i].Name, ContentTypeHeader) {
			kind := mediaType(string(headers[i].Value))
			structured = structured || strings.HasPrefix(kind, "application/cloudevents") // in any format
			protobuf = protobuf || slices.Contains(protobufTypes, kind)
		}
	}
	return binary, structured, protobuf
}

func hasPrefixFold(text, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}

// mediaType is a content type without its parameters, in lower case.
func mediaType(contentType string) string {
	kind, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

// envelope is what a CloudEvent has around its data. Attributes of extensions are not read.
type envelope struct {
	SpecVersion     string          `json:"specversion"`
	ID              string          `json:"id"`
	Source          string          `json:"source"`
	Type            string          `json:"type"`
	Time            string          `json:"time"`
	Subject         string          `json:"subject"`
	DataContentType string          `json:"datacontenttype"`
	DataSchema      string          `json:"dataschema"`
	Data            json.RawMessage `json:"data"`
	DataBase64      json.RawMessage `json:"data_base64"`

	protobuf bool        // the data is Protobuf, in binary mode only
	problems fieldErrors // found before the attributes are looked at
}

var envelopeNames = namesOf(envelope{})

// attribute is where an attribute is kept, nil if the name is none that this program reads.
func (o *envelope) attribute(name string) *string {
	switch name {
	case "specversion":
		return &o.SpecVersion
	case "id":
		return &o.ID
	case "source":
		return &o.Source
	case "type":
		return &o.Type
	case "time":
		return &o.Time
	case "subject":
		return &o.Subject
	case "datacontenttype":
		return &o.DataContentType
	case "dataschema":
		return &o.DataSchema
	default:
		return nil
	}
}

// attributesOf reads the headers of binary mode.
func attributesOf(headers []RecordHeader) *envelope {
	var o envelope
	seen := map[string]bool{}
	for i := range headers {
		name := headers[i].Name
		switch {
		case name == ContentTypeHeader:
			name = "datacontenttype"
		case strings.EqualFold(name, ContentTypeHeader), hasPrefixFold(name, CloudEventHeader) && strings.ToLower(name) != name:
			o.problems.add("headers", "write content-type and names that begin with ce_ in lower case")
			continue
		case strings.HasPrefix(name, CloudEventHeader):
			name = name[len(CloudEventHeader):]
		default:
			continue
		}
		target := o.attribute(name)
		if target == nil {
			continue
		}
		if seen[name] {
			o.problems.add(name, "stands twice in the headers")
		}
		if !utf8.Valid(headers[i].Value) {
			o.problems.add(name, "is not valid UTF-8")
		}
		*target, seen[name] = string(headers[i].Value), true
	}
	return &o
}

// decodeStructured reads an envelope and the event in it. The envelope is as strict as an event: one object, each name once.
func decodeStructured(value []byte, headers []RecordHeader, company string) (Event, error) {
	var o envelope
	types := 0
	for i := range headers {
		if !strings.EqualFold(headers[i].Name, ContentTypeHeader) {
			continue
		}
		types++
		if headers[i].Name != ContentTypeHeader || mediaType(string(headers[i].Value)) != StructuredContentType || types > 1 {
			return Event{}, &Reject{ReasonInvalidEnvelope, "content-type: of CloudEvents formats only " + StructuredContentType +
				" is read, one event per record, in one header of that name in lower case"}
		}
	}
	if err := checkObject(value, envelopeNames); err != nil {
		return Event{}, err
	}
	kind, err := unmarshal(value, &o)
	if err != nil {
		return Event{}, err
	}
	if kind != nil {
		o.problems = append(o.problems, wrongType(kind))
	}
	if isTold(o.DataBase64) {
		o.problems.add("data_base64", "is not read; put the event into data, as a JSON object")
	} else if !isTold(o.Data) || o.Data[0] != '{' {
		o.problems.add("data", "must be the event, a JSON object")
	}
	if err := o.check(); err != nil {
		return Event{}, err
	}
	return decode(o.Data, &o, company)
}

// isTold tells whether a member is there; null is as good as not.
func isTold(member json.RawMessage) bool { return len(member) > 0 && string(member) != "null" }

// check looks at the attributes. What is wrong is told all at once.
func (o *envelope) check() error {
	errs := o.problems
	if o.SpecVersion != "1.0" {
		errs.add("specversion", "must be 1.0")
	}
	errs.id("id", o.ID)
	if errs.text("source", o.Source); o.Source == "" {
		errs.add("source", "is missing")
	}
	if errs.text("type", o.Type); o.Type == "" {
		errs.add("type", "is missing; the recommended one is "+CloudEventType+" and the type of the event")
	}
	errs.text("subject", o.Subject)
	errs.text("dataschema", o.DataSchema)
	if o.Time != "" {
		errs.instant("time", o.Time)
	}
	if errs.text("datacontenttype", o.DataContentType); !o.readsType(mediaType(o.DataContentType)) {
		errs.add("datacontenttype", "must be application/json or left out; in headers it may be "+ProtobufContentType)
	}
	if len(errs) == 0 {
		return nil
	}
	return &Reject{ReasonInvalidEnvelope, strings.Join(errs, "; ")}
}

// readsType tells whether data of a media type can be read. A frame tells of itself that it is Protobuf, whatever the type.
func (o *envelope) readsType(kind string) bool {
	return o.DataContentType == "" || kind == "application/json" || o.protobuf && slices.Contains(protobufTypes, kind)
}

// fill gives the event what it leaves out, and tells where the two contradict each other. The hash of the event's content is to be
// that of the second result: the event's bytes, and whatever was taken from the envelope.
func (o *envelope) fill(wire *wireEvent, data []byte) (clashes fieldErrors, hashed []byte) {
	hashed = data
	take := func(name string, field *string, value string) {
		*field = value
		hashed = append(hashed[:len(hashed):len(hashed)], "\x00"+name+"\x00"+value...) // no JSON has a NUL, no Protobuf a field 0
	}
	if wire.EventID == "" {
		take("event_id", &wire.EventID, o.ID)
	} else if wire.EventID != o.ID {
		clashes.add("event_id", "is not the id of the CloudEvent; leave one of them to the other")
	}
	if !wire.tellsOccurred() && o.Time != "" {
		take("occurred_at", &wire.OccurredAt, o.Time)
	} else if o.Time != "" {
		var wrong fieldErrors // told by complete
		if at := wire.occurredAt(&wrong); len(wrong) == 0 && at != wrong.instant("time", o.Time) {
			clashes.add("occurred_at", "is not the time of the CloudEvent; leave the time out, or send the same")
		}
	}
	if kind, ours := strings.CutPrefix(o.Type, CloudEventType); ours && wire.Type == "" {
		take("type", &wire.Type, kind)
	}
	return clashes, hashed
}
