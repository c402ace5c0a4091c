package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

// The JSON Schemas in events/ and the decoder must say the same. These tests hold them together both ways.

// object is a JSON object of which the test changes members.
type object map[string]any

func (o object) with(name string, value any) object {
	changed := maps.Clone(o)
	changed[name] = value
	return changed
}

func (o object) without(name string) object {
	changed := maps.Clone(o)
	delete(changed, name)
	return changed
}

func (o object) bytes() []byte {
	value, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return value
}

// eventSchema is one of the files, as a validator and as the document that it is.
type eventSchema struct {
	Properties map[string]struct {
		Description string
		Default     any
	}
	Required []string
	Title    string
	Examples []object

	document any
	compiled *jsonschema.Schema
}

var loadSchemas = sync.OnceValues(func() (map[string]*eventSchema, error) {
	loaded := map[string]*eventSchema{}
	for _, eventType := range EventTypes {
		name := eventType + ".schema.json"
		value, err := fs.ReadFile(EventSchemas(), name)
		if err != nil {
			return nil, err
		}
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(value))
		if err != nil {
			return nil, err
		}
		schema := &eventSchema{document: document}
		if err := json.Unmarshal(value, schema); err != nil {
			return nil, err
		}
		compiler := jsonschema.NewCompiler()
		compiler.AssertFormat()
		if err := compiler.AddResource(name, document); err != nil {
			return nil, err
		}
		if schema.compiled, err = compiler.Compile(name); err != nil {
			return nil, err
		}
		loaded[eventType] = schema
	}
	return loaded, nil
})

func schemasOf(t interface {
	Helper()
	Fatal(...any)
}) map[string]*eventSchema {
	t.Helper()
	loaded, err := loadSchemas()
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// fractions are the fields that are no whole numbers.
var fractions = map[string]bool{"sentiment": true, "ai_confidence": true, "score": true}

// schemaError tells why the schema of the value's type does not take it, nil if it does. Each schema demands its own type, so of no
// type no schema takes a value.
func schemaError(t interface {
	Helper()
	Fatal(...any)
}, value []byte) error {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(value))
	if err != nil {
		return err
	}
	members, _ := document.(map[string]any)
	for name := range fractions { // the decoder reads them as doubles
		if number, ok := members[name].(json.Number); ok {
			if members[name], err = number.Float64(); err != nil {
				return err
			}
		}
	}
	eventType, _ := members["type"].(string)
	if schema, ok := schemasOf(t)[eventType]; ok {
		return schema.compiled.Validate(document)
	}
	for _, schema := range schemasOf(t) {
		if schema.compiled.Validate(document) == nil {
			return nil
		}
	}
	return errors.New("no schema has this type")
}

func decodes(value []byte) bool {
	_, err := DecodeEvent(value)
	return err == nil
}

func sameVerdict(t *rapid.T, value []byte) {
	t.Helper()
	_, decoder := DecodeEvent(value)
	schema := schemaError(t, value)
	if (decoder == nil) != (schema == nil) {
		t.Fatalf("%s\ndecoder: %v\nschema: %v", value, decoder, schema)
	}
}

// eachExample calls f for each example of each type.
func eachExample(t *testing.T, f func(t *testing.T, eventType string, example object)) {
	for _, eventType := range EventTypes {
		for i, example := range schemasOf(t)[eventType].Examples {
			t.Run(eventType+"/"+strconv.Itoa(i), func(t *testing.T) { f(t, eventType, example) })
		}
	}
}

func TestExamplesAreEvents(t *testing.T) {
	seen := map[string]bool{}
	eachExample(t, func(t *testing.T, eventType string, example object) {
		value := example.bytes()
		event, err := DecodeEvent(value)
		if err != nil {
			t.Fatalf("decode: %v", err)
		}
		if event.Type != eventType {
			t.Errorf("the type is %s", event.Type)
		}
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(value))
		if err != nil {
			t.Fatal(err)
		}
		if err := schemasOf(t)[eventType].compiled.Validate(document); err != nil {
			t.Errorf("validate: %v", err)
		}
		values := []string{event.AuthorKind, event.Status, event.Action, event.Presence, event.Entry, event.Visibility, event.Delivery}
		if event.Facts != nil {
			values = append(values, event.Facts.Rating, event.Facts.Search, event.Facts.Unsafe)
		}
		for _, value := range values {
			seen[eventType+" "+value] = true
		}
		if event.Removed {
			seen[eventType+" "+event.Entry+" removed"] = true
		}
	})
	want := func(eventType string, values []string) {
		t.Helper()
		for _, value := range values {
			if !seen[eventType+" "+value] {
				t.Errorf("no example of a %s event has %q", eventType, value)
			}
		}
	}
	want(TypeMessage, AuthorKinds)
	want(TypeMessage, Visibilities)
	want(TypeMessage, []string{DeliveryFailed})
	want(TypeStatus, Statuses)
	want(TypeStatus, []string{DeliveryFailed})
	want(TypeAgent, Actions)
	want(TypeAgent, Presences)
	want(TypeCompany, FloorActions)
	want(TypeDirectory, slices.Concat(Entries, []string{"agent removed", "team removed", "customer removed"}))
	want(TypeStatus, Ratings)
	want(TypeMessage, slices.Concat(Searches, []string{UnsafeBlocked}))
}

func TestExampleIDsDiffer(t *testing.T) {
	seen := map[string]bool{}
	eachExample(t, func(t *testing.T, _ string, example object) {
		id, _ := example["event_id"].(string)
		if seen[id] {
			t.Errorf("the event_id %s stands in two examples", id)
		}
		seen[id] = true
	})
}

// A field is used by a type if some example of the type changes or becomes invalid when the field has an unusual value.
func usedFields(t *testing.T, eventType string) []string {
	t.Helper()
	unusual := []any{"\x01", -1, true, []string{""}}
	used := func(name string) bool {
		for _, example := range schemasOf(t)[eventType].Examples {
			before, err := DecodeEvent(example.bytes())
			if err != nil {
				t.Fatal(err)
			}
			for _, value := range unusual {
				after, err := DecodeEvent(example.with(name, value).bytes())
				if isWrongType(err) {
					continue // that is told of fields that the type does not use, too
				}
				if err != nil || !cmp.Equal(before, after, ignoreHash) {
					return true
				}
			}
		}
		return false
	}
	var names []string
	for _, name := range jsonNames(wireEvent{}) {
		if used(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func isWrongType(err error) bool {
	var reject *Reject
	return errors.As(err, &reject) && strings.Contains(reject.Detail, ": is a JSON ")
}

var ignoreHash = cmpopts.IgnoreFields(Event{}, "ContentHash")

func TestSchemaPropertiesAreTheFieldsUsed(t *testing.T) {
	for eventType, schema := range schemasOf(t) {
		got := slices.Sorted(maps.Keys(schema.Properties))
		if diff := cmp.Diff(usedFields(t, eventType), got); diff != "" {
			t.Errorf("%s: fields that the decoder uses (-), properties of the schema (+):\n%s", eventType, diff)
		}
		if schema.Title == "" {
			t.Errorf("%s: no title", eventType)
		}
		for name, property := range schema.Properties {
			if property.Description == "" {
				t.Errorf("%s: %s has no description", eventType, name)
			}
		}
	}
}

func TestSchemaRequiresWhatTheDecoderDemands(t *testing.T) {
	needed := map[string]map[string]int{} // type, field: how many examples need it
	eachExample(t, func(t *testing.T, eventType string, example object) {
		if needed[eventType] == nil {
			needed[eventType] = map[string]int{}
		}
		for name := range example {
			value := example.without(name).bytes()
			_, decoder := DecodeEvent(value)
			schema := schemaError(t, value)
			if (decoder == nil) != (schema == nil) {
				t.Errorf("without %s: decoder: %v; schema: %v", name, decoder, schema)
			}
			if decoder != nil {
				needed[eventType][name]++
			}
		}
	})
	for eventType, schema := range schemasOf(t) {
		var always []string
		for name, examples := range needed[eventType] {
			if examples == len(schema.Examples) {
				always = append(always, name)
			}
		}
		slices.Sort(always)
		if diff := cmp.Diff(always, slices.Sorted(slices.Values(schema.Required))); diff != "" {
			t.Errorf("%s: fields that no example can do without (-), required (+):\n%s", eventType, diff)
		}
	}
}

func TestSchemaEnumsAreTheGoLists(t *testing.T) {
	lists := map[string][]string{
		"direction": Directions, "author_kind": AuthorKinds, "visibility": Visibilities, "kind": Kinds, "delivery": Deliveries,
		"origin": Origins, "channel": Channels, "status": Statuses, "owner_kind": OwnerKinds, "reason": CloseReasons,
		"agent.action": Actions, "company.action": FloorActions, "presence": Presences, "entry": Entries, "type": EventTypes,
		"ai_unsafe": UnsafeStages, "ai_search": Searches, "priority": Priorities, "rating": Ratings, "rater_kind": OwnerKinds,
	}
	found := map[string]bool{"type": true}
	for eventType, schema := range schemasOf(t) {
		walkEnums(schema.document, "", func(name string, enum []any) {
			if name == "action" {
				name = eventType + "." + name
			}
			list, ok := lists[name]
			if !ok {
				return
			}
			found[name] = true
			var got []string
			for _, value := range enum {
				if text, _ := value.(string); text != "" {
					got = append(got, text)
				}
			}
			if diff := cmp.Diff(list, got); diff != "" {
				t.Errorf("%s: %s: the Go list (-), the schema (+):\n%s", eventType, name, diff)
			}
		})
	}
	for name := range lists {
		if !found[name] {
			t.Errorf("no schema lists the values of %s", name)
		}
	}
}

// walkEnums calls f for each enum of a property, except those of conditions and examples.
func walkEnums(node any, property string, f func(property string, enum []any)) {
	switch node := node.(type) {
	case []any:
		for _, child := range node {
			walkEnums(child, "", f)
		}
	case map[string]any:
		if enum, ok := node["enum"].([]any); ok {
			f(property, enum)
		}
		for key, child := range node {
			switch properties, ok := child.(map[string]any); {
			case key == "if" || key == "examples":
			case key == "properties" && ok:
				for name, child := range properties {
					walkEnums(child, name, f)
				}
			default:
				walkEnums(child, "", f)
			}
		}
	}
}

func TestSchemaDefaultsAreTheDecoders(t *testing.T) {
	eachExample(t, func(t *testing.T, eventType string, example object) {
		for name, property := range schemasOf(t)[eventType].Properties {
			if property.Default == nil {
				continue
			}
			absent := example.without(name)
			if name == "text_length" {
				absent = absent.without("text")
			}
			want, err := DecodeEvent(absent.with(name, property.Default).bytes())
			if err != nil {
				continue // such as an outgoing message of a kind that needs more
			}
			for _, same := range []object{absent, absent.with(name, nil)} {
				got, err := DecodeEvent(same.bytes())
				if diff := cmp.Diff(want, got, ignoreHash); err != nil || diff != "" {
					t.Errorf("%s with its default (-), without it (+): %v\n%s", name, err, diff)
				}
			}
		}
	})
}

// A field whose length is limited takes its limit and not one more, by the schema and by the decoder.
func TestSchemaLengthsAreTheDecoders(t *testing.T) {
	limits := map[string]int{"text": MaxTextBytes, "reason": MaxStringBytes, "label": MaxStringBytes, "name": MaxStringBytes, "role": MaxStringBytes,
		"event_id": MaxIDBytes, "company": MaxIDBytes, "conversation_id": MaxIDBytes, "message_id": MaxIDBytes, "agent_id": MaxIDBytes,
		"customer_id": MaxIDBytes, "owner_id": MaxIDBytes, "team_id": MaxIDBytes, "queue": MaxIDBytes, "tag": MaxIDBytes, "device_id": MaxIDBytes,
		"sentiment_model": MaxIDBytes, "ai_intent": MaxIDBytes, "ai_unsafe_category": MaxIDBytes, "ai_flow": MaxIDBytes, "tier": MaxIDBytes,
		"dimension": MaxIDBytes, "rater_id": MaxIDBytes}
	lists := map[string]int{"team_ids": MaxTeams, "keywords": MaxItems, "ai_articles": MaxItems}
	tried := map[string]bool{}
	eachExample(t, func(t *testing.T, eventType string, example object) {
		for name := range example {
			limit, ok := limits[name]
			if !ok || name == "reason" && example["status"] == StatusClosed {
				continue
			}
			tried[name] = true
			fits, over := example.with(name, strings.Repeat("x", limit)).bytes(), example.with(name, strings.Repeat("x", limit+1)).bytes()
			if _, err := DecodeEvent(fits); err != nil || schemaError(t, fits) != nil {
				t.Errorf("%s of %d bytes is refused: %v, %v", name, limit, err, schemaError(t, fits))
			}
			if _, err := DecodeEvent(over); err == nil || schemaError(t, over) == nil {
				t.Errorf("%s of %d bytes is taken: %v, %v", name, limit+1, err, schemaError(t, over))
			}
		}
		for list, limit := range lists {
			if example[list] == nil {
				continue
			}
			for n, want := range map[int]bool{limit: true, limit + 1: false} {
				value := example.with(list, slices.Repeat([]string{"x"}, n)).bytes()
				if decodes(value) != want || (schemaError(t, value) == nil) != want {
					t.Errorf("%d %s: taken should be %t", n, list, want)
				}
			}
			tried[list] = true
		}
	})
	for _, name := range slices.Concat(slices.Collect(maps.Keys(limits)), slices.Collect(maps.Keys(lists))) {
		if !tried[name] {
			t.Errorf("no example has %s", name)
		}
	}
}

// oddValues are values that a schema can judge: no multi-byte characters near a limit, no numbers such as 1.0 and 1e2.
func oddValues() []any {
	values := []any{nil, "", "x", "Message", "x_unknown", "a\x00b", "tab\there", "\x7f", -1, 0, 1, 2, 5, 6, 10, 11, 100, 101, 1441, 10_001, 100_001, 1.5, 0.3, -0.5, -1.01, int64(1)<<53 - 1, int64(1) << 53,
		json.Number("9223372036854775808"), true, false, object{}, object{"a": 1}, []any{}, []any{""}, []any{nil}, []any{"a"}, []any{1}, []any{[]any{}},
		strings.Repeat("x", MaxIDBytes+1), strings.Repeat("x", MaxStringBytes+1), strings.Repeat("x", MaxTextBytes+1),
		slices.Repeat([]any{"t"}, MaxTeams+1), []any{"a", strings.Repeat("x", MaxIDBytes+1)}}
	return append(values, goodTimes[0], goodDates[0])
}

// oddWords are words of the lists, of which a field knows those of its own list.
func oddWords() []any {
	var values []any
	for _, list := range [][]string{EventTypes, Directions, AuthorKinds, Visibilities, Kinds, Deliveries, Origins, Channels[:3], Statuses[:3], OwnerKinds,
		CloseReasons, Actions, FloorActions, Presences, Entries, UnsafeStages, Searches, Priorities, Ratings} {
		for _, value := range list {
			values = append(values, value)
		}
		values = append(values, strings.ToUpper(list[0]))
	}
	return values
}

// oddNumbers are ways to write a number that a field with a fraction takes like any other, and some that it does not.
func oddNumbers() []any {
	return []any{as("1e0"), as("10.0e-1"), as("-0.0"), as("1e-400"), as("1.0000001"), as("1e999"), as("-1e999"), as("0.30000000000000004"), as("1e2")}
}

func oddTimes() []any {
	return asAny(slices.Concat(goodTimes, badTimes, farTimes, goodDates, badDates))
}

func asAny(texts []string) []any {
	var values []any
	for _, text := range texts {
		values = append(values, text)
	}
	return values
}

func TestSchemaAndDecoderAgreeOnEachOddValue(t *testing.T) {
	eachExample(t, func(t *testing.T, eventType string, example object) {
		for name := range schemasOf(t)[eventType].Properties {
			values := oddValues()
			if _, ok := example[name]; ok {
				values = append(values, oddWords()...)
			}
			if name == "occurred_at" || name == "hired_on" || name == "starts_at" {
				values = append(values, oddTimes()...)
			}
			if fractions[name] {
				values = append(values, oddNumbers()...)
			}
			if name == "status" {
				values = append(values, asAny(Statuses)...)
			}
			for _, odd := range values {
				value := example.with(name, odd).bytes()
				_, decoder := DecodeEvent(value)
				if schema := schemaError(t, value); (decoder == nil) != (schema == nil) {
					t.Errorf("%.200s\ndecoder: %v\nschema: %v", value, decoder, schema)
				}
			}
		}
	})
}

func TestSchemaAndDecoderAgree(t *testing.T) {
	odd, loaded := slices.Concat(oddValues(), oddWords(), oddTimes(), asAny(Statuses)), schemasOf(t)
	rapid.Check(t, func(t *rapid.T) {
		schema := loaded[rapid.SampledFrom(EventTypes).Draw(t, "type")]
		event := maps.Clone(rapid.SampledFrom(schema.Examples).Draw(t, "example"))
		names := append(slices.Sorted(maps.Keys(schema.Properties)), "x_later")
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			name := rapid.SampledFrom(names).Draw(t, "name")
			if rapid.Bool().Draw(t, "drop") {
				delete(event, name)
			} else {
				event[name] = rapid.SampledFrom(odd).Draw(t, "value")
			}
		}
		sameVerdict(t, event.bytes())
	})
}

// Times that differ from good ones by a few characters.
func TestSchemaAndDecoderAgreeOnTimes(t *testing.T) {
	example := schemasOf(t)[TypeDirectory].Examples[0]
	check := func(field string, samples []string) func(*rapid.T) {
		return func(t *rapid.T) {
			text := []byte(rapid.SampledFrom(samples).Draw(t, "time"))
			for range rapid.IntRange(1, 3).Draw(t, "changes") {
				if len(text) == 0 {
					break
				}
				at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
				switch rapid.IntRange(0, 2).Draw(t, "change") {
				case 0:
					text = slices.Delete(text, at, at+1)
				case 1:
					text[at] = rapid.SampledFrom([]byte("0123456789-+:.,TZtz ")).Draw(t, "replace")
				default:
					text = slices.Insert(text, at, rapid.SampledFrom([]byte("0123456789-+:.,TZtz ")).Draw(t, "insert"))
				}
			}
			if at := string(text); strings.HasPrefix(at, "0001-01-01") || strings.HasPrefix(at, "9999-12-31") {
				t.Skip("whether it is in the years 1 to 9999 in UTC is more than a schema can say")
			}
			sameVerdict(t, example.with(field, string(text)).bytes())
		}
	}
	t.Run("occurred_at", rapid.MakeCheck(check("occurred_at", goodTimes)))
	example = schemasOf(t)[TypeSchedule].Examples[0]
	t.Run("starts_at", rapid.MakeCheck(check("starts_at", append(goodTimes, farTimes...))))
	example = schemasOf(t)[TypeDirectory].Examples[0]
	t.Run("hired_on", rapid.MakeCheck(check("hired_on", goodDates)))
}

// What a schema cannot say, and the decoder refuses all the same. README.md has the same list.
func TestSchemaCannotSay(t *testing.T) {
	f := func(what, value, reason string) {
		t.Helper()
		if err := schemaError(t, []byte(value)); err != nil {
			t.Errorf("%s: a schema can say it after all: %v", what, err)
		}
		wantReject(t, []byte(value), reason, "")
	}
	message := schemasOf(t)[TypeMessage].Examples[0]
	heartbeat := schemasOf(t)[TypeAgent].Examples[1]
	raw := func(o object, member string) string {
		return strings.TrimSuffix(string(o.bytes()), "}") + "," + member + "}"
	}
	f("a member twice", raw(message, `"seq":1,"seq":1`), ReasonDuplicateName)
	f("a name in the wrong case", raw(message, `"Seq":1`), ReasonAmbiguousName)
	f("bytes instead of characters", string(message.with("message_id", strings.Repeat("é", MaxIDBytes/2+1)).bytes()), ReasonInvalidField)
	f("bytes that are not UTF-8", raw(message, "\"x_later\":\"\xff\""), ReasonNotUTF8)
	f("half of a surrogate pair", raw(message, `"x_later":"\ud83d"`), ReasonNotUTF8)
	f("depth", raw(message, `"x_later":`+strings.Repeat("[", MaxDepth)+strings.Repeat("]", MaxDepth)), ReasonTooDeep)
	f("size", string(message.with("x_later", strings.Repeat("x", MaxEventBytes)).bytes()), ReasonTooLarge)
	f("a whole number with a fraction", raw(message, `"seq":1.0`), ReasonInvalidField)
	f("a whole number with an exponent", raw(message, `"seq":1e2`), ReasonInvalidField)
	f("years in UTC", string(message.with("occurred_at", "9999-12-31T23:59:59-01:00").bytes()), ReasonInvalidField)
	f("a field of other types with a value of the wrong JSON type", raw(heartbeat, `"text":5`), ReasonInvalidField)
}

func TestReadmeRejectReasons(t *testing.T) {
	var got []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z0-9_]+)` \\|").FindAllStringSubmatch(section(t, "## Reject reasons"), -1) {
		got = append(got, row[1])
	}
	if diff := cmp.Diff(Reasons, got); diff != "" {
		t.Errorf("schemas.Reasons (-), the README's table (+):\n%s", diff)
	}
}

// The README's examples are events, and the keys beside them are theirs.
func TestReadmeExamples(t *testing.T) {
	examples := regexp.MustCompile("(?s)key `([^`]+)`:\n\n```json\n(.*?)```").FindAllStringSubmatch(readme(t), -1)
	if all := strings.Count(readme(t), "```json"); len(examples) != all || all == 0 {
		t.Errorf("%d examples with a key of %d", len(examples), all)
	}
	types := map[string]bool{}
	for _, example := range examples {
		event, err := DecodeEvent([]byte(example[2]))
		if err != nil {
			t.Errorf("%s: %v", example[2], err)
			continue
		}
		if err := schemaError(t, []byte(example[2])); err != nil {
			t.Errorf("%s: %v", example[2], err)
		}
		if event.Key() != example[1] {
			t.Errorf("%s: the key is %s, not %s", example[2], event.Key(), example[1])
		}
		types[event.Type] = true
	}
	for _, eventType := range EventTypes {
		if !types[eventType] {
			t.Errorf("no example of type %s", eventType)
		}
	}
}

func TestReadmeCloudEvent(t *testing.T) {
	_, example, ok := strings.Cut(section(t, "## CloudEvents"), "In structured mode:\n\n```\n")
	example, _, closed := strings.Cut(example, "```")
	if !ok || !closed {
		t.Fatal("no example of structured mode")
	}
	event, err := DecodeRecord([]byte(example), []RecordHeader{{ContentTypeHeader, []byte(StructuredContentType)}})
	if err != nil || event.ID != "evt-m1" || event.Type != TypeMessage || event.OccurredAt.String() != "2026-11-22T09:30:00.250Z" {
		t.Errorf("%+v, %v", event, err)
	}
	for name := range envelopeNames.exact {
		if !strings.Contains(section(t, "## CloudEvents"), "`"+name+"`") {
			t.Errorf("the README does not say what becomes of %s", name)
		}
	}
}

// The README names each kind.
func TestReadmeNamesTheKinds(t *testing.T) {
	for _, list := range [][]string{Statuses, Ratings, Priorities, Searches, UnsafeStages} {
		for _, value := range list {
			if !strings.Contains(readme(t), "`"+value+"`") {
				t.Errorf("the README does not name %s", value)
			}
		}
	}
	for _, action := range slices.Concat(Actions, FloorActions) {
		if !strings.Contains(readme(t), `"action": "`+action+`"`) {
			t.Errorf("the README does not name the action %s", action)
		}
	}
}

func TestReadmeLimits(t *testing.T) {
	table := section(t, "## Limits")
	for _, row := range []string{
		"| a whole event | " + strconv.Itoa(MaxEventBytes) + " bytes |",
		"| ids, `queue`, `tag`, `tier`, `dimension`, `sentiment_model`, `ai_intent`, `ai_flow`, `ai_unsafe_category` | " + strconv.Itoa(MaxIDBytes) + " bytes |",
		"| `name`, `role`, `label`, `reason` | " + strconv.Itoa(MaxStringBytes) + " bytes |",
		"| `text` | " + strconv.Itoa(MaxTextBytes) + " bytes |",
		"| `team_ids` | " + strconv.Itoa(MaxTeams) + " |",
		"| `keywords`, `ai_articles` | " + strconv.Itoa(MaxItems) + " |",
		"| `slots` | " + strconv.Itoa(MaxSlots) + " |",
		"| `minutes` | " + strconv.Itoa(MaxPlanMinutes) + " |",
		"| `agents_planned` | " + strconv.Itoa(MaxAgentsPlanned) + " |",
		"| nesting | " + strconv.Itoa(MaxDepth) + " levels |",
		"`occurred_at` after the record's timestamp | " + strconv.Itoa(int(FutureTolerance.Minutes())) + " minutes |",
		"`occurred_at` of a backfill | " + EarliestInstant.Time().Format("2006-01-02") + " or later |",
	} {
		if !strings.Contains(table, row) {
			t.Errorf("the table has no row %q", row)
		}
	}
	if !strings.Contains(readme(t), BackfillHeader) {
		t.Errorf("the README does not name the header %s", BackfillHeader)
	}
}

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("events/README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// section is the README from a heading to the next one.
func section(t *testing.T, heading string) string {
	t.Helper()
	_, text, ok := strings.Cut(readme(t), "\n"+heading+"\n")
	if !ok {
		t.Fatalf("the README has no heading %q", heading)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	return text
}
