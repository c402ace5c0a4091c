package schemas

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/bufbuild/protocompile"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
	"pgregory.net/rapid"
)

// event.proto, the decoder and the encoder must say the same, and the same as the JSON form. The second implementation is Google's
// library, which reads and writes by event.proto alone.

type fatal interface {
	Helper()
	Fatal(...any)
}

// compileProto gives the messages of a file; the error is the compiler's.
func compileProto(text string) (protoreflect.FileDescriptor, error) {
	compiler := protocompile.Compiler{SourceInfoMode: protocompile.SourceInfoStandard, Resolver: &protocompile.SourceResolver{Accessor: protocompile.SourceAccessorFromMap(map[string]string{"event.proto": text})}}
	files, err := compiler.Compile(context.Background(), "event.proto")
	if err != nil {
		return nil, err
	}
	return files[0], nil
}

var loadMessage = sync.OnceValue(func() protoreflect.MessageDescriptor {
	file, err := compileProto(EventProto())
	if err != nil {
		panic(err)
	}
	return file.Messages().ByName("Event")
})

// membersOf gives the fields of a message as the members that they are in JSON.
func membersOf(message *dynamicpb.Message) object {
	members := object{}
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		name := string(field.Name())
		switch {
		case field.IsList():
			var list []any
			for i := range value.List().Len() {
				list = append(list, value.List().Get(i).String())
			}
			members[name] = list
		case name == "occurred_at" || name == "starts_at":
			members[name] = Instant(value.Int()).Time().Format(timeFormat)
		case field.Kind() == protoreflect.Int64Kind:
			members[name] = json.Number(strconv.FormatInt(value.Int(), 10))
		default:
			members[name] = value.Interface()
		}
		return true
	})
	return members
}

// messageOf is the inverse, for members whose types are right; the result is not marshalled.
func messageOf(t fatal, members object) *dynamicpb.Message {
	t.Helper()
	message := dynamicpb.NewMessage(loadMessage())
	for name, value := range members {
		field := message.Descriptor().Fields().ByName(protoreflect.Name(name))
		switch value := value.(type) {
		case []any:
			list := message.Mutable(field).List()
			for _, item := range value {
				list.Append(protoreflect.ValueOf(item))
			}
		case string:
			if name == "occurred_at" || name == "starts_at" {
				at, err := time.Parse(time.RFC3339Nano, value)
				if err != nil {
					t.Fatal(err)
				}
				message.Set(field, protoreflect.ValueOfInt64(at.UnixMilli()))
				continue
			}
			message.Set(field, protoreflect.ValueOfString(value))
		case float64:
			if field.Kind() == protoreflect.Int64Kind {
				message.Set(field, protoreflect.ValueOfInt64(int64(value)))
				continue
			}
			message.Set(field, protoreflect.ValueOfFloat64(value))
		default:
			message.Set(field, protoreflect.ValueOf(value))
		}
	}
	return message
}

func marshal(t fatal, message proto.Message) []byte {
	t.Helper()
	value, err := proto.MarshalOptions{Deterministic: true}.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// Each field of the JSON form is in event.proto and in the decoder's table under its name, with its type, and knows whether it is there
// exactly if it does so in JSON; and the other way round.
func TestProtobufHasTheFieldsOfJSON(t *testing.T) {
	want := map[string]string{}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[wireEvent]()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous || name == "" || name == "-" {
			continue
		}
		kind := strings.TrimPrefix(field.Type.String(), "*")
		want[name] = map[string]string{"int": "int64", "float64": "double", "[]string": "repeated string"}[kind]
		if want[name] == "" {
			want[name] = kind
		}
		if field.Type.Kind() == reflect.Pointer {
			want[name] = "optional " + want[name]
		}
	}
	want["occurred_at"], want["starts_at"] = "optional int64", "int64" // texts in JSON
	got, table := map[string]string{}, map[string]string{}
	fields := loadMessage().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		got[string(field.Name())] = labelOf(field) + field.Kind().String()
		comment := loadMessage().ParentFile().SourceLocations().ByDescriptor(field).LeadingComments
		if !strings.HasPrefix(comment, " ") || !strings.HasSuffix(comment, ".\n") {
			t.Errorf("%s has no comment that is a sentence: %q", field.Name(), comment)
		}
		if int(field.Number()) >= len(protobufFields) || protobufFields[field.Number()].name != string(field.Name()) {
			t.Errorf("the decoder does not read field %d as %s", field.Number(), field.Name())
		}
	}
	for _, field := range protobufFields {
		if field.target != nil {
			table[field.name] = typeOf(t, field)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("JSON (-), event.proto (+):\n%s", diff)
	}
	if diff := cmp.Diff(want, table); diff != "" {
		t.Errorf("JSON (-), the decoder's table (+):\n%s", diff)
	}
}

// labelOf is what stands before a field's type in the file.
func labelOf(field protoreflect.FieldDescriptor) string {
	switch {
	case field.IsList():
		return "repeated "
	case field.HasPresence():
		return "optional "
	default:
		return ""
	}
}

func typeOf(t *testing.T, field protobufField) string {
	t.Helper()
	kinds := map[string]string{"*string": "string", "**string": "optional string", "*bool": "bool", "*int64": "int64", "**int64": "optional int64",
		"**int": "optional int64", "**float64": "optional double", "*[]string": "repeated string"}
	kind, ok := kinds[reflect.TypeOf(field.target(&wireEvent{times: &wireTimes{}})).String()]
	if !ok {
		t.Errorf("%s: no Protobuf type is known", field.name)
	}
	return kind
}

// Google's library reads what is written here, finds in it what the JSON form says, and writes the same bytes.
func TestEncodeEventProtobuf(t *testing.T) {
	seen := map[string]bool{}
	rapid.Check(t, func(t *rapid.T) {
		var e Event
		fill(t, reflect.ValueOf(&e).Elem())
		if rapid.Bool().Draw(t, "message") {
			e.Type = TypeMessage
		}
		if broken, err := EncodeEventProtobuf(&e); mend(reflect.ValueOf(&e).Elem()) && (broken != nil || err == nil || !strings.HasSuffix(err.Error(), ": is not valid UTF-8")) {
			t.Fatalf("%q, %v of an event that is not in UTF-8", broken, err)
		}
		value, err := AppendEventProtobuf([]byte("before"), &e)
		if err != nil || !bytes.HasPrefix(value, []byte("before")) {
			t.Fatalf("%q, %v", value, err)
		}
		value = value[len("before"):]
		message := dynamicpb.NewMessage(loadMessage())
		if err := proto.Unmarshal(value, message); err != nil || len(message.GetUnknown()) > 0 {
			t.Fatalf("%v, unknown: %q", err, message.GetUnknown())
		}
		text, err := EncodeEvent(&e)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(jsonMembers(t, text), membersOf(message)); diff != "" {
			t.Fatalf("JSON (-), Protobuf (+):\n%s", diff)
		}
		if again := marshal(t, message); !bytes.Equal(again, value) {
			t.Fatalf("\n%x\n%x by Google's library", value, again)
		}
		for name := range membersOf(message) {
			seen[name] = true
		}
	})
	for _, name := range jsonNames(wireEvent{}) {
		if !seen[name] && name != "text" {
			t.Errorf("no event had %s", name)
		}
	}
}

// mend makes every text of a value valid UTF-8, and tells whether one was not.
func mend(v reflect.Value) (mended bool) {
	switch v.Kind() {
	case reflect.String:
		mended = !utf8.ValidString(v.String())
		v.SetString(strings.ToValidUTF8(v.String(), "?"))
	case reflect.Pointer:
		return !v.IsNil() && mend(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			mended = mend(v.Field(i)) || mended
		}
	case reflect.Slice:
		for i := range v.Len() {
			mended = mend(v.Index(i)) || mended
		}
	}
	return mended
}

// jsonMembers reads an object; those texts that are always written are left out where they are empty.
func jsonMembers(t fatal, text []byte) object {
	t.Helper()
	var members object
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&members); err != nil {
		t.Fatal(err)
	}
	for name, value := range members {
		number, isNumber := value.(json.Number)
		switch {
		case value == "":
			delete(members, name)
		case isNumber && fractions[name]:
			double, err := number.Float64()
			if err != nil {
				t.Fatal(err)
			}
			members[name] = double
		}
	}
	return members
}

func TestEncodeEventProtobufWithoutNumber(t *testing.T) {
	for _, score := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		value, err := EncodeEventProtobuf(&Event{Type: TypeStatus, Facts: &Facts{Score: &score}})
		if value != nil || err == nil || err.Error() != "encode event: score: is no number" {
			t.Errorf("%v gives %x, %v", score, value, err)
		}
	}
}

// sameFromBoth checks that an event in JSON and the same as Google's library writes it get the same verdict, and are the same event.
func sameFromBoth(t interface {
	fatal
	Fatalf(string, ...any)
}, members object, value []byte) {
	t.Helper()
	fromJSON, jsonErr := DecodeEvent(members.bytes())
	fromProtobuf, protobufErr := DecodeEventProtobuf(value)
	if reasonOf(jsonErr) != reasonOf(protobufErr) || (jsonErr == nil) != (protobufErr == nil) {
		t.Fatalf("%s\nJSON: %v\nProtobuf: %v", members.bytes(), jsonErr, protobufErr)
	}
	if jsonErr != nil && !strings.Contains(jsonErr.Error(), "_at: ") && jsonErr.Error() != protobufErr.Error() {
		t.Fatalf("%s\nJSON: %v\nProtobuf: %v", members.bytes(), jsonErr, protobufErr)
	}
	if diff := cmp.Diff(fromJSON, fromProtobuf, ignoreHash); diff != "" {
		t.Fatalf("%s\nJSON (-), Protobuf (+):\n%s", members.bytes(), diff)
	}
	if want := Hash(value); protobufErr == nil && fromProtobuf.ContentHash != want {
		t.Fatalf("the hash is %x, not that of the bytes, %x", fromProtobuf.ContentHash, want)
	}
}

func TestExamplesInProtobuf(t *testing.T) {
	eachExample(t, func(t *testing.T, _ string, example object) {
		sameFromBoth(t, example, marshal(t, messageOf(t, example)))
		for name := range example {
			without := example.without(name)
			sameFromBoth(t, without, marshal(t, messageOf(t, without)))
		}
		event, err := DecodeEvent(example.bytes())
		if err != nil {
			t.Fatal(err)
		}
		sameInProtobuf(t, event)
	})
}

// sameInProtobuf checks that an event comes back from the Protobuf form as it was.
func sameInProtobuf(t interface {
	Helper()
	Fatalf(string, ...any)
}, event Event) {
	t.Helper()
	value, err := EncodeEventProtobuf(&event)
	if err != nil {
		t.Fatalf("%+v: %v", event, err)
	}
	back, err := DecodeEventProtobuf(value)
	if diff := cmp.Diff(event, back, ignoreHash); diff != "" || err != nil {
		t.Fatalf("%v (-sent +got)\n%s", err, diff)
	}
}

// oddOf are values that a field of a type may have in both forms.
func oddOf(field protoreflect.FieldDescriptor) []any {
	var odd []any
	if field.IsList() {
		return []any{[]any{}, []any{""}, []any{"a"}, []any{"a", "b"}, []any{"a\n"}, slices.Repeat([]any{"t"}, MaxTeams+1), []any{strings.Repeat("x", MaxIDBytes+1)}}
	}
	if field.Name() == "occurred_at" || field.Name() == "starts_at" {
		return []any{"1970-01-01T00:00:00.000Z", "1969-12-31T23:59:59.999Z", "0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "1999-12-31T23:59:59.999Z",
			"2000-01-01T00:00:00.000Z", "2199-12-31T23:59:59.999Z", "2200-01-01T00:00:00.000Z", "2026-11-22T09:30:00.250Z"}
	}
	for _, value := range slices.Concat(oddValues(), oddWords(), asAny(Statuses), []any{math.Copysign(0, -1), 0.1, 1e21}) {
		switch number := value.(type) {
		case string:
			if field.Kind() == protoreflect.StringKind {
				odd = append(odd, number)
			}
		case bool:
			if field.Kind() == protoreflect.BoolKind {
				odd = append(odd, number)
			}
		case int:
			if field.Kind() == protoreflect.Int64Kind {
				odd = append(odd, int64(number))
			}
		case int64:
			if field.Kind() == protoreflect.Int64Kind {
				odd = append(odd, number)
			}
		case float64:
			if field.Kind() == protoreflect.DoubleKind {
				odd = append(odd, number)
			}
		}
	}
	return odd
}

// The two forms agree on events with odd values, in whatever order Protobuf has the fields.
func TestProtobufAndJSONAgree(t *testing.T) {
	loaded, fields := schemasOf(t), loadMessage().Fields()
	rapid.Check(t, func(t *rapid.T) {
		schema := loaded[rapid.SampledFrom(EventTypes).Draw(t, "type")]
		event := maps.Clone(rapid.SampledFrom(schema.Examples).Draw(t, "example"))
		for range rapid.IntRange(0, 4).Draw(t, "changes") {
			field := fields.Get(rapid.IntRange(0, fields.Len()-1).Draw(t, "field"))
			name := string(field.Name())
			if rapid.Bool().Draw(t, "drop") {
				delete(event, name)
			} else {
				event[name] = rapid.SampledFrom(oddOf(field)).Draw(t, "value")
			}
		}
		var parts [][]byte
		for _, name := range slices.Sorted(maps.Keys(event)) {
			parts = append(parts, marshal(t, messageOf(t, object{name: event[name]})))
		}
		sameFromBoth(t, event, bytes.Join(rapid.Permutation(parts).Draw(t, "order"), nil))
	})
}

// The bytes of an event, once and for all: what is in the log stays readable.
func TestProtobufBytes(t *testing.T) {
	score := 0.5
	f := func(e Event, want string) {
		t.Helper()
		value, err := EncodeEventProtobuf(&e)
		if got := hex.EncodeToString(value); got != strings.ReplaceAll(want, " ", "") || err != nil {
			t.Errorf("%s, %v", got, err)
		}
	}
	f(Event{SchemaVersion: 1, Type: "message", ID: "e1", Company: "acme", OccurredAt: 1795339800250, Sequence: 300, Conversation: "c1", MessageID: "m1", Direction: "in",
		AuthorKind: "customer", TextLength: 27, Facts: &Facts{Keywords: []string{"k1", "ü"}, QuickReply: true}},
		"0801 12076d657373616765 1a026531 220461636d65 28ba9ddd94a034 32026331 42026d31 4a02696e 5208637573746f6d6572 681b 78ac02 d202026b31 d20202c3bc e80201")
	f(Event{SchemaVersion: 1, Type: "status", OccurredAt: -1, Status: "qa_scored", Facts: &Facts{Score: &score, RaterKind: "ai"}},
		"0801 1206737461747573 28ffffffffffffffffff01 720971615f73636f726564 d903000000000000e03f f203026169")
}
