package schemas

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/floorwatch/floorwatch/schemas/datatest"
)

func TestHostileJSON(t *testing.T) {
	seen := map[string]int{}
	for name, content := range datatest.JSONTestSuite(t) {
		kind := name[:1]
		seen[kind]++
		reason := rejectOf(t, name, content)
		if reason == "" {
			t.Errorf("%s is taken for an event", name)
		}
		if kind == "y" && (reason == ReasonNotJSON || reason == ReasonNotUTF8) {
			t.Errorf("%s is JSON, but refused as %s", name, reason)
		}
		// In a field that nobody knows, good JSON does no harm and bad JSON does.
		inside := rejectOf(t, name, aMessage.before(`"x_later":`+string(content)))
		switch {
		case kind == "n" && inside == "":
			t.Errorf("%s inside an event is taken", name)
		case kind == "y" && strings.Contains(name, "duplicated_key"):
			if inside != ReasonDuplicateName {
				t.Errorf("%s inside an event: %q, want %s", name, inside, ReasonDuplicateName)
			}
		case kind == "y" && inside != "":
			t.Errorf("%s inside an event is refused as %s", name, inside)
		}
	}
	if seen["y"] != 95 || seen["n"] != 188 || seen["i"] != 35 {
		t.Errorf("files: %v, want 95 y, 188 n and 35 i", seen)
	}
}

// rejectOf returns the reason why a value is no event, "" if it is one, and checks that an event comes back as it was, and that
// CloudEvents around it change nothing.
func rejectOf(t *testing.T, name string, value []byte) string {
	t.Helper()
	sameInAllForms(t, value)
	event, err := DecodeEvent(value)
	if err == nil {
		roundTrip(t, event)
		return ""
	}
	var reject *Reject
	if !errors.As(err, &reject) || !slices.Contains(Reasons, reject.Reason) {
		t.Errorf("%s: %v, want a reject with one of Reasons", name, err)
		return "?"
	}
	return reject.Reason
}

// The big list of naughty strings: each as a whole record, and as each field of each example.
func TestHostileStrings(t *testing.T) {
	naughty := datatest.NaughtyStrings(t)
	if len(naughty) != 515 {
		t.Errorf("%d naughty strings, want 515", len(naughty))
	}
	for _, text := range naughty {
		if rejectOf(t, text, []byte(text)) == "" {
			t.Errorf("%q is taken for an event", text)
		}
	}
	for _, text := range naughty {
		naughtyAttributes(t, text)
	}
	taken := 0
	for _, eventType := range EventTypes {
		schema := schemasOf(t)[eventType]
		for name := range schema.Properties {
			example := exampleWith(schema, name)
			for _, text := range naughty {
				if naughtyField(t, example, name, text) {
					taken++
				}
			}
		}
		for _, text := range naughty {
			if reason := rejectOf(t, text, schema.Examples[0].with("x_later", text).with("x "+text, 1).bytes()); reason != "" {
				t.Errorf("%q as a value and a name that nobody knows: %s", text, reason)
			}
		}
	}
	if taken < 10*len(naughty) { // there are more than ten fields for free text
		t.Errorf("only %d naughty strings are taken", taken)
	}
}

// exampleWith returns an example that has the field, the first one if none has.
func exampleWith(schema *eventSchema, name string) object {
	i := slices.IndexFunc(schema.Examples, func(example object) bool { return example[name] != nil })
	return schema.Examples[max(i, 0)]
}

// naughtyField tells whether the text is taken as the field's value and kept to the byte. If it is refused, it is because of
// that field.
func naughtyField(t *testing.T, example object, name, text string) bool {
	t.Helper()
	value := example.with(name, text).bytes()
	event, err := DecodeEvent(value)
	if err != nil {
		var reject *Reject
		ours := errors.As(err, &reject) && (reject.Reason == ReasonInvalidField && strings.Contains(reject.Detail, name) ||
			name == "type" && reject.Reason == ReasonUnknownType || name == "schema_version" && reject.Reason == ReasonUnknownVersion)
		if !ours {
			t.Errorf("%s = %q: %v, want a problem of that field", name, text, err)
		}
		return false
	}
	roundTrip(t, event)
	encoded, err := EncodeEvent(&event)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(encoded, &members); err != nil {
		t.Fatal(err)
	}
	kept, ok := members[name]
	if ok && kept != text && text != "" {
		t.Errorf("%s = %q became %q", name, text, kept)
	}
	return ok && text != ""
}

// naughtyAttributes sends the text as each attribute of an envelope: there is an event, or one reason why not.
func naughtyAttributes(t *testing.T, text string) {
	t.Helper()
	value := aMessage.without("event_id").bytes()
	for name := range envelopeNames.exact {
		for form, r := range formsOf(anEnvelope.with(name, text), value) {
			event, err := r.decode()
			reason := reasonOf(err)
			if err != nil && reason != ReasonInvalidEnvelope && reason != ReasonInvalidField && !(name == "data" && reason == ReasonDuplicateName) {
				t.Errorf("%s: %s = %q: %v", form, name, text, err)
			}
			if err == nil && name == "id" && event.ID != text {
				t.Errorf("%s: the id %q became %q", form, text, event.ID)
			}
		}
	}
}
