package schemas

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// event.proto.lock lists every field that event.proto has ever had, in order of the numbers, which leave no gap. It only grows: this
// test compares the two, so that no number or name is ever given a second time and none changes what it means.

const lockFile = "events/event.proto.lock"

// lockHead are the lines before the first field.
const lockHead = `# Every field that event.proto has ever had. Lines are added by "go test ./schemas -run ProtobufLock -update", and never changed or
# taken out: a field that goes stays here, and event.proto reserves its number and its name.
floorwatch.v1.Event proto3
`

// lockedField is a line of the listing.
type lockedField struct {
	number   protoreflect.FieldNumber
	name     protoreflect.Name
	declared string // label and type, such as "repeated string"
}

func (l lockedField) String() string { return fmt.Sprintf("%d %s %s", l.number, l.name, l.declared) }

// readLock takes the listing apart; its lines must be as they are written here.
func readLock(text string) ([]lockedField, error) {
	lines, ok := strings.CutPrefix(text, lockHead)
	if !ok {
		return nil, fmt.Errorf("%s: its head is not the one that the test writes; lines are never changed", lockFile)
	}
	var fields []lockedField
	for line := range strings.Lines(lines) {
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 3)
		if len(parts) < 3 || parts[0] != strconv.Itoa(len(fields)+1) {
			return nil, fmt.Errorf("%s: field %d should come where %q stands; lines are never changed or taken out", lockFile, len(fields)+1, strings.TrimSpace(line))
		}
		fields = append(fields, lockedField{protoreflect.FieldNumber(len(fields) + 1), protoreflect.Name(parts[1]), parts[2]})
	}
	return fields, nil
}

// incompatible tells what of a file breaks the promise that the listing is, and which fields the listing lacks.
func incompatible(file protoreflect.FileDescriptor, locked []lockedField) (problems []string, added []lockedField) {
	problem := func(format string, arguments ...any) { problems = append(problems, fmt.Sprintf(format, arguments...)) }
	message := file.Messages().ByName("Event")
	if message == nil || message.FullName() != "floorwatch.v1.Event" || file.Syntax() != protoreflect.Proto3 {
		problem("the file must stay proto3, and hold the message floorwatch.v1.Event")
		return problems, nil
	}
	if file.Messages().Len()+file.Enums().Len()+file.Extensions().Len()+message.Messages().Len()+message.Enums().Len() > 1 {
		problem("the file holds more than the message Event: no reader knows that yet")
	}
	next := protoreflect.FieldNumber(len(locked) + 1)
	for _, was := range locked {
		now := message.Fields().ByNumber(was.number)
		switch {
		case now == nil && (!message.ReservedRanges().Has(was.number) || !message.ReservedNames().Has(was.name)):
			problem("field %d, %s, is gone: write \"reserved %d;\" and \"reserved \"%s\";\" in its place", was.number, was.name, was.number, was.name)
		case now != nil && now.Name() != was.name:
			problem("field %d is called %s, and was %s: reserve %d and %q, and give %s the next number, %d", was.number, now.Name(), was.name, was.number, was.name, now.Name(), next)
		case now != nil && declared(now) != was.declared:
			problem("field %d, %s, is declared as %q, and was as %q: leave it, and add a field of another name with the next number, %d", was.number, was.name, declared(now), was.declared, next)
		}
	}
	for i := range message.Fields().Len() {
		now := lockedField{message.Fields().Get(i).Number(), message.Fields().Get(i).Name(), declared(message.Fields().Get(i))}
		if int(now.number) > len(locked) {
			added = append(added, now)
		}
		for _, was := range locked {
			if was.name == now.name && was.number != now.number {
				problem("%s has the number %d, and had %d: give it back its number, or choose another name", now.name, now.number, was.number)
			}
		}
	}
	slices.SortFunc(added, func(a, b lockedField) int { return int(a.number - b.number) })
	for i, field := range added {
		if want := next + protoreflect.FieldNumber(i); field.number != want {
			problem("the new field %s has the number %d: new fields take the next one, %d", field.name, field.number, want)
			break
		}
	}
	return problems, added
}

// declared is label and type as the file has them. A oneof would be a promise of another kind.
func declared(field protoreflect.FieldDescriptor) string {
	text := labelOf(field) + field.Kind().String()
	if field.IsMap() {
		text = "map"
	}
	if of := field.ContainingOneof(); of != nil && !of.IsSynthetic() {
		text = "oneof " + text
	}
	return text
}

func TestProtobufLock(t *testing.T) {
	text, err := os.ReadFile(lockFile)
	if err != nil {
		t.Fatal(err)
	}
	locked, err := readLock(string(text))
	if err != nil {
		t.Fatal(err)
	}
	file, err := compileProto(EventProto())
	if err != nil {
		t.Fatal(err)
	}
	problems, added := incompatible(file, locked)
	for _, problem := range problems {
		t.Errorf("event.proto: %s", problem)
	}
	if len(problems) > 0 || len(added) == 0 {
		return
	}
	if !*update {
		t.Fatalf("event.proto: %v is new; add it to the listing: go test ./schemas -run ProtobufLock -update", added)
	}
	for _, field := range added {
		text = append(text, field.String()+"\n"...)
	}
	if err := os.WriteFile(lockFile, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// Each way to break the promise, on a small file.
func TestProtobufLockNotices(t *testing.T) {
	locked, err := readLock(lockHead + "1 id string\n2 count optional int64\n3 names repeated string\n4 flag bool\n")
	if err != nil {
		t.Fatal(err)
	}
	const id, count, names, flag = "string id = 1; ", "optional int64 count = 2; ", "repeated string names = 3; ", "bool flag = 4; "
	const head = `syntax = "proto3"; package floorwatch.v1; `
	f := func(what, text, want string) {
		t.Helper()
		file, err := compileProto(text)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		problems, _ := incompatible(file, locked)
		if got := strings.Join(problems, "\n"); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", what, got, want)
		}
	}
	event := func(what, fields, want string) {
		t.Helper()
		f(what, head+"message Event { "+fields+"}", want)
	}
	event("the same", id+count+names+flag, "")
	event("another order", flag+names+count+id, "")
	event("a new field", id+count+names+flag+"double more = 5;", "")
	event("two new fields", id+count+names+flag+"double even = 6; double more = 5;", "")
	event("a field taken out as it should be", id+names+flag+`reserved 2; reserved "count"; `, "")
	event("a range of them", id+flag+`reserved 2 to 3; reserved "count", "names"; `, "")
	event("a field that is gone", id+names+flag, `field 2, count, is gone: write "reserved 2;" and "reserved "count";" in its place`)
	event("only the number reserved", id+names+flag+"reserved 2; ", `field 2, count, is gone: write "reserved 2;" and "reserved "count";" in its place`)
	event("only the name reserved", id+names+flag+`reserved "count"; `, `field 2, count, is gone: write "reserved 2;" and "reserved "count";" in its place`)
	event("the last field gone", id+count+names, `field 4, flag, is gone: write "reserved 4;" and "reserved "flag";" in its place`)
	event("a number given again", id+"optional int64 total = 2; "+names+flag, `field 2 is called total, and was count: reserve 2 and "count", and give total the next number, 5`)
	event("another type", id+"optional int32 count = 2; "+names+flag, `field 2, count, is declared as "optional int32", and was as "optional int64": leave it, and add a field of another name with the next number, 5`)
	event("no presence", id+"int64 count = 2; "+names+flag, `field 2, count, is declared as "int64", and was as "optional int64": leave it, and add a field of another name with the next number, 5`)
	event("no list", id+count+"string names = 3; "+flag, `field 3, names, is declared as "string", and was as "repeated string": leave it, and add a field of another name with the next number, 5`)
	event("in a oneof", "oneof which { string id = 1; } "+count+names+flag, `field 1, id, is declared as "oneof optional string", and was as "string": leave it, and add a field of another name with the next number, 5`)
	event("bytes for a text", "bytes id = 1; "+count+names+flag, `field 1, id, is declared as "bytes", and was as "string": leave it, and add a field of another name with the next number, 5`)
	event("another number", id+"optional int64 count = 5; "+names+flag+"reserved 2; ", `field 2, count, is gone: write "reserved 2;" and "reserved "count";" in its place`+"\n"+
		"count has the number 5, and had 2: give it back its number, or choose another name")
	event("two numbers changed", id+"optional int64 names = 2; repeated string count = 3; "+flag,
		"field 2 is called names, and was count: reserve 2 and \"count\", and give names the next number, 5\nfield 3 is called count, and was names: reserve 3 and \"names\", and give count the next number, 5\n"+
			"names has the number 2, and had 3: give it back its number, or choose another name\ncount has the number 3, and had 2: give it back its number, or choose another name")
	event("a number left out", id+count+names+flag+"double more = 6;", "the new field more has the number 6: new fields take the next one, 5")
	event("a message in it", id+count+names+flag+"message Inner {} ", "the file holds more than the message Event: no reader knows that yet")
	f("another package", `syntax = "proto3"; package floorwatch.v2; message Event { `+id+"}", "the file must stay proto3, and hold the message floorwatch.v1.Event")
	f("another name", head+"message Happening { "+id+"}", "the file must stay proto3, and hold the message floorwatch.v1.Event")
	f("another syntax", `syntax = "proto2"; package floorwatch.v1; message Event { optional string id = 1; }`, "the file must stay proto3, and hold the message floorwatch.v1.Event")
	f("an enumeration beside it", head+"message Event { "+id+count+names+flag+"} enum Kind { NONE = 0; }", "the file holds more than the message Event: no reader knows that yet")
}

func TestProtobufLockIsStrict(t *testing.T) {
	f := func(what, text, want string) {
		t.Helper()
		if _, err := readLock(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", what, err, want)
		}
	}
	f("a line taken out", lockHead+"1 id string\n3 names repeated string\n", `field 2 should come where "3 names repeated string" stands`)
	f("a line twice", lockHead+"1 id string\n1 id string\n", `field 2 should come where "1 id string" stands`)
	f("another order", lockHead+"2 count int64\n1 id string\n", "field 1 should come where")
	f("half a line", lockHead+"1 id\n", "field 1 should come where")
	f("another head", "floorwatch.v2.Event proto3\n1 id string\n", "its head is not the one that the test writes")
}
