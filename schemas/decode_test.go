package schemas

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The smallest event of each kind of thing.
var (
	aMessage   = object{"type": "message", "event_id": "e1", "company": "acme", "occurred_at": "2026-11-22T09:30:00Z", "conversation_id": "c1", "message_id": "m1", "direction": "in", "author_kind": "customer"}
	aStatus    = object{"type": "status", "event_id": "e1", "company": "acme", "occurred_at": "2026-11-22T09:30:00Z", "conversation_id": "c1", "status": "opened"}
	anAgent    = object{"type": "agent", "event_id": "e1", "company": "acme", "occurred_at": "2026-11-22T09:30:00Z", "agent_id": "a1", "action": "status_changed", "presence": "busy"}
	aPerson    = object{"type": "directory", "event_id": "e1", "company": "acme", "occurred_at": "2026-11-22T09:30:00Z", "entry": "agent", "agent_id": "a1"}
	aTeam      = object{"type": "directory", "event_id": "e1", "company": "acme", "occurred_at": "2026-11-22T09:30:00Z", "entry": "team", "team_id": "t1"}
	eachObject = []object{aMessage, aStatus, anAgent, aPerson, aTeam, aCustomer, aPlan, aCount, aRelease, aRating, aJudgement}
)

// as is a value that stands in an object just as it is written.
func as(text string) json.RawMessage { return json.RawMessage(text) }

// before puts members in front of those of the object, as they are written.
func (o object) before(members string) []byte {
	return append([]byte("{"+members+","), o.bytes()[1:]...)
}

// wantReject checks the reason and that the detail has the given part; a reason of "" means that the value is an event.
func wantReject(t *testing.T, value []byte, reason, detail string) {
	t.Helper()
	event, err := DecodeEvent(value)
	if reason == "" {
		if err != nil {
			t.Errorf("%.300q: %v, want an event", value, err)
		}
		return
	}
	var reject *Reject
	if !errors.As(err, &reject) {
		t.Errorf("%.300q: %v, want %s", value, err, reason)
		return
	}
	if reject.Reason != reason || !strings.Contains(reject.Detail, detail) {
		t.Errorf("%.300q: %v, want %s with %q", value, err, reason, detail)
	}
	if reject.Detail == "" || !slices.Contains(Reasons, reject.Reason) || !cmp.Equal(event, Event{}) {
		t.Errorf("%.300q: a detail, one of Reasons and no event: %v, %v", value, err, event)
	}
}

func TestDecodeRejects(t *testing.T) {
	f := func(value, reason, detail string) {
		t.Helper()
		wantReject(t, []byte(value), reason, detail)
	}
	good := string(aMessage.bytes())
	f(good, "", "")
	f(" \t\r\n"+good+" \t\r\n", "", "")

	f("", ReasonEmpty, "one event")
	f(" ", ReasonNotJSON, "this is no JSON object")
	f(`{"a":1,"b":2x}`, ReasonNotJSON, "byte 13 of 14")
	f(`{"a":"b`, ReasonNotJSON, "byte 7 of 7")
	f("{\"a\":[1,2\n 3]}", ReasonNotJSON, "byte 12 of 14")
	f(good[:len(good)-1], ReasonNotJSON, "")
	f("\xef\xbb\xbf"+good, ReasonNotJSON, "this is no JSON object")
	f(good+"x", ReasonNotJSON, "")
	f(good+good, ReasonNotJSON, "behind")
	f(good+"\n"+good, ReasonNotJSON, "behind")
	f(good+" null", ReasonNotJSON, "behind")
	f(good+"}", ReasonNotJSON, "")
	f(good+"\x00", ReasonNotJSON, "")
	f(strings.Replace(good, `"acme"`, `'acme'`, 1), ReasonNotJSON, "")
	f(strings.Replace(good, `"acme"`, "\"a\ncme\"", 1), ReasonNotJSON, "")
	f("{type:\"message\"}", ReasonNotJSON, "")
	f(`{"type":NaN}`, ReasonNotJSON, "")
	f(`{"a":1,}`, ReasonNotJSON, "")
	for _, other := range []string{"null", "true", "1", `"x"`, "[]", "[" + good + "]"} {
		f(other, ReasonNotObject, "one JSON object")
	}

	f(strings.Replace(good, "acme", "ac\xffme", 1), ReasonNotUTF8, "UTF-8")
	f(strings.Replace(good, "acme", "ac\xed\xa0\x80me", 1), ReasonNotUTF8, "UTF-8") // a surrogate as if it were a character
	f(strings.Replace(good, "acme", "ac\xc0\x80me", 1), ReasonNotUTF8, "UTF-8")     // NUL in two bytes
	f("\xff\xfe{\x00}\x00", ReasonNotUTF8, "UTF-8")

	f(`{}`, ReasonUnknownType, "type")
	f(string(aMessage.with("type", "visitor").bytes()), ReasonUnknownType, "message, status, agent, directory")
	f(string(aMessage.with("type", "Message").bytes()), ReasonUnknownType, "")
	f(string(aMessage.with("type", nil).bytes()), ReasonUnknownType, "")
	f(string(aMessage.with("type", 5).bytes()), ReasonUnknownType, "")
	f(string(aMessage.with("schema_version", 1).bytes()), "", "")
	f(string(aMessage.with("schema_version", nil).bytes()), "", "")
	for _, version := range []any{0, 2, -1, "1", 1.5, as("1.0"), as("1e0"), as("99999999999999999999"), true} {
		f(string(aMessage.with("schema_version", version).bytes()), ReasonUnknownVersion, "must be 1")
	}
	// Of a newer version nothing else can be judged, nor of another type.
	f(string(aMessage.with("schema_version", 2).with("seq", "seven").bytes()), ReasonUnknownVersion, "")
	f(string(aMessage.with("type", "visitor").with("text", 5).bytes()), ReasonUnknownType, "")
}

func TestDecodeRejectsHalfPairs(t *testing.T) {
	f := func(text, reason string) {
		t.Helper()
		wantReject(t, aMessage.with("conversation_id", as(`"`+text+`"`)).bytes(), reason, "")
		wantReject(t, aMessage.with("x_later", as(`["`+text+`"]`)).bytes(), reason, "")
		wantReject(t, aMessage.before(`"`+text+`":1`), reason, "")
	}
	f(`\ud83d\ude00`, "")
	f(`\uD83D\uDE00`, "")
	f(`😀`, "")
	f(`\ufffd`, "") // the replacement character itself is a character
	f(`\ud7ff\ue000`, "")
	f(`\\ud800`, "") // an escaped backslash and five letters
	f(`\\\\ud800`, "")
	f(`\"\\ud800\"`, "")
	f(`\ud800`, ReasonNotUTF8)
	f(`\udc00`, ReasonNotUTF8)
	f(`\uDFFF`, ReasonNotUTF8)
	f(`\ud800x`, ReasonNotUTF8)
	f(`\ud800\n`, ReasonNotUTF8)
	f(`\ud800\u0041`, ReasonNotUTF8)
	f(`\ud800\ud800\udc00`, ReasonNotUTF8)
	f(`\udc00\ud800`, ReasonNotUTF8)
	f(`\ud83d\ude00\ude00`, ReasonNotUTF8)
	f(`\ud800\\udc00`, ReasonNotUTF8)
	f(`\\\ud800`, ReasonNotUTF8)
	for _, broken := range []string{`\`, `\u`, `\ud8`, `\ud800`, `\ud800\`, `\ud800\u`, `\ud800\udc0`, `\uzzzz`} {
		hasHalfPair([]byte(broken)) // does not panic
	}
}

func TestDecodeRejectsNames(t *testing.T) {
	f := func(member, reason, detail string) {
		t.Helper()
		wantReject(t, aMessage.before(member), reason, detail)
	}
	f(`"seq":1`, "", "")
	f(`"x_later":{"seq":1,"Seq":2}`, "", "") // names mean something only at the top
	f(`"company":"acme"`, ReasonDuplicateName, `"company"`)
	f(`"comp\u0061ny":"acme"`, ReasonDuplicateName, `"company"`)
	f(`"x":1,"x":1`, ReasonDuplicateName, "")
	f(`"":1,"":1`, ReasonDuplicateName, "")
	f(`"x":1,"X":1`, "", "") // two unknown names
	f(`"x":{"y":1,"y":2}`, ReasonDuplicateName, "")
	f(`"x":[{"y":1},{"y":2}]`, "", "")
	f(`"x":[[{"y":{"z":1}},{"y":{"z":1,"a":[],"z":2}}]]`, ReasonDuplicateName, "")
	f(`"x":{"y":{"y":{"y":1}}}`, "", "")
	f(`"x":["a","a",{"a":"a"}]`, "", "")

	f(`"Type":"status"`, ReasonAmbiguousName, `"type"`)
	f(`"TYPE":"status"`, ReasonAmbiguousName, `"type"`)
	f(`"SEQ":1`, ReasonAmbiguousName, `"seq"`)
	f(`"\u0053eq":1`, ReasonAmbiguousName, `"seq"`)
	f(`"Seq":{}`, ReasonAmbiguousName, `"seq"`)
	f(`"ſeq":1`, ReasonAmbiguousName, `"seq"`) // U+017F, an s to encoding/json
	f(`"\u017feq":1`, ReasonAmbiguousName, `"seq"`)
	f(`"meſſage_id":"m2"`, ReasonAmbiguousName, `"message_id"`)
	f("\"\u212aind\":\"file\"", ReasonAmbiguousName, `"kind"`) // KELVIN SIGN
	f("\"author_\u212aind\":\"ai\"", ReasonAmbiguousName, `"author_kind"`)
	f(`"ſtatus":"closed"`, ReasonAmbiguousName, `"status"`)
	f(`"conversationId":"c2"`, "", "") // another name, not another case
	f(`"ѕeq":1`, "", "")               // Cyrillic
	f(`"seq ":1`, "", "")
	f(`"customer_İd":1`, "", "")
	f(`"customer_ıd":1`, "", "")
}

// Whatever encoding/json takes for a known name is either that name or refused.
func TestDecodeKnowsTheNamesOfEncodingJSON(t *testing.T) {
	twins := map[rune][]rune{'s': {'S', 'ſ'}, 'k': {'K', '\u212a'}, 'i': {'I', 'İ', 'ı'}, 'e': {'E'}}
	rapid.Check(t, func(t *rapid.T) {
		known := rapid.SampledFrom(jsonNames(wireEvent{})).Draw(t, "known")
		name := strings.Map(func(r rune) rune {
			return rapid.SampledFrom(append(twins[r], r, r)).Draw(t, "letter")
		}, known)
		var direct wireEvent
		matched := json.Unmarshal(object{name: []object{{}}}.bytes(), &direct) != nil // no field takes a list of objects
		_, err := DecodeEvent(aMessage.before(`"` + name + `":null`))
		var reject *Reject
		refused := errors.As(err, &reject) && reject.Reason == ReasonAmbiguousName
		if refused != (matched && name != known) {
			t.Fatalf("%q for %q: encoding/json matches it: %t, refused as ambiguous: %t (%v)", name, known, matched, refused, err)
		}
	})
}

func TestDecodeLimitsDepthAndSize(t *testing.T) {
	f := func(value []byte, reason string) {
		t.Helper()
		wantReject(t, value, reason, "")
	}
	lists := func(n int) []byte {
		return aMessage.with("x_later", as(strings.Repeat("[", n)+strings.Repeat("]", n))).bytes()
	}
	objects := func(n int) []byte {
		return aMessage.with("x_later", as(strings.Repeat(`{"x":`, n)+"1"+strings.Repeat("}", n))).bytes()
	}
	f(lists(MaxDepth-1), "") // the event is a level too
	f(lists(MaxDepth), ReasonTooDeep)
	f(objects(MaxDepth-1), "")
	f(objects(MaxDepth), ReasonTooDeep)
	f(aMessage.before(`"x_later":`+strings.Repeat("[", 20000)+strings.Repeat("]", 20000)), ReasonTooDeep)
	f([]byte(strings.Repeat(`{"x":`, 10000)), ReasonTooDeep)
	f([]byte(strings.Repeat("[", 100000)), ReasonTooLarge)

	sized := func(n int) []byte {
		missing := n - len(aMessage.with("x_later", "").bytes())
		value := aMessage.with("x_later", strings.Repeat("x", missing)).bytes()
		if len(value) != n {
			t.Fatalf("%d bytes, want %d", len(value), n)
		}
		return value
	}
	f(sized(MaxEventBytes-1), "")
	f(sized(MaxEventBytes), "")
	f(sized(MaxEventBytes+1), ReasonTooLarge)
	f([]byte(strings.Repeat(" ", MaxEventBytes+1)), ReasonTooLarge)
	f([]byte(strings.Repeat("\xff", MaxEventBytes+1)), ReasonTooLarge)
}

func TestDecodeNumbers(t *testing.T) {
	f := func(written string, want int64, reason string) {
		t.Helper()
		for _, name := range []string{"seq", "text_length"} {
			value := aMessage.with(name, as(written)).bytes()
			event, err := DecodeEvent(value)
			if reason != "" {
				wantReject(t, value, reason, name+": ")
			} else if got := max(event.Sequence, event.TextLength); err != nil || got != want {
				t.Errorf("%s: %d, %v, want %d", value, got, err, want)
			}
		}
	}
	f("0", 0, "")
	f("-0", 0, "")
	f("7", 7, "")
	f("null", 0, "")
	f("9007199254740991", 1<<53-1, "")
	f("9007199254740992", 0, ReasonInvalidField)
	f("9223372036854775807", 0, ReasonInvalidField)
	f("9223372036854775808", 0, ReasonInvalidField)
	f("-1", 0, ReasonInvalidField)
	f("-9223372036854775809", 0, ReasonInvalidField)
	f("1e2", 0, ReasonInvalidField)
	f("1.0", 0, ReasonInvalidField)
	f("1.5", 0, ReasonInvalidField)
	f("0.0", 0, ReasonInvalidField)
	f("1e400", 0, ReasonInvalidField)
	f("1e-400", 0, ReasonInvalidField)
	f(strings.Repeat("9", 5000), 0, ReasonInvalidField)
	f(`"7"`, 0, ReasonInvalidField)
	f(`""`, 0, ReasonInvalidField)
	f("true", 0, ReasonInvalidField)
	f("[]", 0, ReasonInvalidField)
}

var (
	goodTimes = []string{"2026-11-22T09:30:00Z", "2026-11-22T09:30:00.25Z", "2026-11-22T10:30:00.250+01:00", "2026-11-22T09:30:00-00:00",
		"2026-11-22T09:30:00.123456789Z", "2026-11-22T09:30:00.1234567890123456789Z", "2024-02-29T23:59:59.999Z", "2026-11-22T09:30:00+23:59",
		"0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"}
	badTimes = []string{"2026-11-22", "2026-11-22T09:30Z", "2026-11-22T09:30:00", "2026-11-22 09:30:00Z", "2026-11-22T09:30:00 Z", "2026-11-22t09:30:00Z",
		"2026-11-22T09:30:00z", "2026-11-22T9:30:00Z", "2026-11-22T09:30:00,25Z", "2026-11-22T09:30:00.Z", "2026-11-22T09:30:60Z", "2016-12-31T23:59:60Z",
		"2026-11-22T24:00:00Z", "2026-11-22T09:60:00Z", "2026-11-22T09:30:00+24:00", "2026-11-22T09:30:00+01:60", "2026-11-22T09:30:00+0100",
		"2026-11-22T09:30:00+01", "2026-11-22T09:30:00 UTC", "2026-11-22T09:30:00+01:00[Europe/Berlin]", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z", "2026-11-00T00:00:00Z", "2026-11-31T00:00:00Z", "0000-01-01T00:00:00Z", "0000-12-31T23:59:59Z", "10000-01-01T00:00:00Z",
		"+2026-11-22T09:30:00Z", "-0001-11-22T09:30:00Z", "26-11-22T09:30:00Z", "20261122T093000Z", "1795339800", "1795339800000", " 2026-11-22T09:30:00Z",
		"2026-11-22T09:30:00Z ", "2026-11-22T09:30:00Z\n", "２０２６-11-22T09:30:00Z", "2026−11−22T09:30:00Z", "yesterday"}
	farTimes  = []string{"1970-01-01T00:00:00Z", "2000-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "2199-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "2000-01-01T00:30:00+01:00"}
	goodDates = []string{"2024-03-01", "2024-02-29", "1900-01-01", "2299-12-31"}
	badDates  = []string{"2023-02-29", "1899-12-31", "2300-01-01", "0001-01-01", "9999-12-31", "2024-3-1", "2024-03-01T00:00:00Z", "01.03.2024", "2024-00-10", "2024-13-01", "2024-03-32", "24-03-01", "10000-01-01", "2024-03-01 "}
)

func TestDecodeTimes(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		for _, example := range eachObject {
			event, err := DecodeEvent(example.with("occurred_at", text).bytes())
			if err != nil || event.OccurredAt.String() != want {
				t.Errorf("%q: %s, %v, want %s", text, event.OccurredAt, err, want)
			}
		}
	}
	f("2026-11-22T09:30:00Z", "2026-11-22T09:30:00.000Z")
	f("2026-11-22T09:30:00.2Z", "2026-11-22T09:30:00.200Z")
	f("2026-11-22T09:30:00.9999999999Z", "2026-11-22T09:30:00.999Z") // cut, not rounded: it stays in its second
	f("2026-11-22T09:30:00.0009Z", "2026-11-22T09:30:00.000Z")
	f("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z")
	f("2026-11-22T10:30:00+01:00", "2026-11-22T09:30:00.000Z")
	f("2026-11-22T00:30:00-09:00", "2026-11-22T09:30:00.000Z")
	f("2026-11-22T15:15:00+05:45", "2026-11-22T09:30:00.000Z")
	f("2026-11-22T09:30:00-00:00", "2026-11-22T09:30:00.000Z")
	f("2025-03-30T02:30:00+01:00", "2025-03-30T01:30:00.000Z") // a local time that the clocks of Berlin left out
	f("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z")
	f("0001-01-01T00:00:00-01:00", "0001-01-01T01:00:00.000Z")
	f("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z")
	for _, text := range goodTimes {
		wantReject(t, aStatus.with("occurred_at", text).bytes(), "", "")
	}
	for _, text := range append(badTimes, "", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00") {
		wantReject(t, aStatus.with("occurred_at", text).bytes(), ReasonInvalidField, "occurred_at: must be an RFC 3339 time")
	}
	wantReject(t, aStatus.without("occurred_at").bytes(), ReasonInvalidField, "occurred_at: ")
	wantReject(t, aStatus.with("occurred_at", nil).bytes(), ReasonInvalidField, "occurred_at: ")
	wantReject(t, aStatus.with("occurred_at", 1795339800000).bytes(), ReasonInvalidField, "occurred_at: is a JSON number")
}

func TestDecodeFields(t *testing.T) {
	f := func(o object, name string, value any, problem string) {
		t.Helper()
		if problem == "" {
			wantReject(t, o.with(name, value).bytes(), "", "")
			return
		}
		wantReject(t, o.with(name, value).bytes(), ReasonInvalidField, name+": "+problem)
	}
	long, fits := strings.Repeat("é", MaxIDBytes/2)+"x", strings.Repeat("é", MaxIDBytes/2)
	id := func(o object, name string) {
		t.Helper()
		f(o, name, fits, "")
		f(o, name, long, "has 129 bytes, at most 128")
		f(o, name, "a\x00b", "has a control character")
		f(o, name, "a\nb", "has a control character")
		f(o, name, "\x7f", "has a control character")
		f(o, name, 5, "is a JSON number, must be a string")
		f(o, name, true, "is a JSON bool, must be a string")
		f(o, name, []string{"x"}, "is a JSON array, must be a string")
		f(o, name, object{}, "is a JSON object, must be a string")
		f(o, name, " / %2F + ü 😀 ", "")
	}
	needed := func(o object, name string) {
		t.Helper()
		id(o, name)
		f(o, name, nil, "is missing")
		f(o, name, "", "is missing")
		wantReject(t, o.without(name).bytes(), ReasonInvalidField, name+": is missing")
	}
	optional := func(o object, name string) {
		t.Helper()
		id(o, name)
		f(o, name, nil, "")
		f(o, name, "", "")
	}
	oneOf := func(o object, name string, list []string, missing string) {
		t.Helper()
		f(o, name, nil, missing)
		f(o, name, "", missing)
		f(o, name, "x_unknown", "must be one of "+strings.Join(list, ", "))
		f(o, name, strings.ToUpper(list[0]), "must be one of ")
		f(o, name, list[0]+" ", "must be one of ")
		f(o, name, 1, "is a JSON number, must be a string")
	}
	const missing = "is missing; must be one of "
	for _, o := range eachObject {
		needed(o, "event_id")
		needed(o, "company")
	}
	for _, name := range []string{"conversation_id", "message_id"} {
		needed(aMessage, name)
	}
	oneOf(aMessage, "direction", Directions, missing)
	oneOf(aMessage, "author_kind", AuthorKinds, missing)
	oneOf(aMessage, "visibility", Visibilities, "")
	oneOf(aMessage, "kind", Kinds, "")
	oneOf(aMessage, "delivery", Deliveries, "")
	oneOf(aMessage, "origin", Origins, "")
	oneOf(aMessage, "channel", Channels, "")
	optional(aMessage, "agent_id")
	optional(aMessage, "customer_id")
	f(aMessage, "text", strings.Repeat("é", MaxTextBytes/2), "")
	f(aMessage, "text", strings.Repeat("é", MaxTextBytes/2)+"x", "has 8193 bytes, at most 8192")
	f(aMessage, "text", "a\x00\nb", "") // texts have lines
	f(aMessage, "text", 5, "is a JSON number, must be a string")
	f(aMessage, "direction", "out", "a message is \"in\" exactly when its author_kind is customer")
	out := aMessage.with("direction", "out")
	for _, author := range AuthorKinds {
		if person := author == AuthorHuman || author == AuthorSupervisor; person {
			wantReject(t, out.with("author_kind", author).bytes(), ReasonInvalidField, "agent_id: is missing")
			wantReject(t, out.with("author_kind", author).with("agent_id", "").bytes(), ReasonInvalidField, "agent_id: is missing")
			wantReject(t, out.with("author_kind", author).with("agent_id", "a1").bytes(), "", "")
		} else if author != AuthorCustomer {
			wantReject(t, out.with("author_kind", author).bytes(), "", "")
			wantReject(t, aMessage.with("author_kind", author).bytes(), ReasonInvalidField, "direction: ")
		}
	}

	needed(aStatus, "conversation_id")
	oneOf(aStatus, "status", Statuses, missing)
	oneOf(aStatus, "channel", Channels, "")
	for _, status := range []string{StatusAssigned, StatusTransferred} {
		o := aStatus.with("status", status)
		wantReject(t, o.bytes(), ReasonInvalidField, "owner_id: is missing; name the new owner_id, team_id or queue")
		wantReject(t, o.with("owner_id", "").with("queue", nil).bytes(), ReasonInvalidField, "owner_id: is missing")
		for _, name := range []string{"owner_id", "team_id", "queue"} {
			id(o, name)
			optional(o.with("owner_id", "a1").with("team_id", "t1"), name)
		}
		oneOf(o.with("owner_id", "a1"), "owner_kind", OwnerKinds, "")
		f(o.with("team_id", "t1"), "owner_kind", "nobody", "") // without an owner it says nothing
	}
	needed(aStatus.with("status", StatusQueued).with("queue", "q"), "queue")
	optional(aStatus.with("status", StatusHandedOff), "queue")
	optional(aStatus.with("status", StatusHandedOff), "team_id")
	f(aStatus.with("status", StatusHandedOff), "reason", strings.Repeat("x", MaxStringBytes), "")
	f(aStatus.with("status", StatusHandedOff), "reason", strings.Repeat("x", MaxStringBytes+1), "has 257 bytes, at most 256")
	oneOf(aStatus.with("status", StatusClosed), "reason", CloseReasons, "")
	needed(aStatus.with("status", StatusTagged), "tag")
	needed(aStatus.with("status", StatusUntagged), "tag")
	updated := aStatus.with("status", StatusDeliveryUpdated).with("delivery", "failed").with("message_id", "m1")
	needed(updated, "message_id")
	oneOf(updated, "delivery", Deliveries, missing)
	f(aStatus, "tag", long, "") // fields that a status does not use are not looked at, but for their JSON type
	f(aStatus, "tag", 5, "is a JSON number, must be a string")

	needed(anAgent, "agent_id")
	optional(anAgent, "device_id")
	oneOf(anAgent, "action", Actions, missing)
	oneOf(anAgent, "presence", Presences, missing)
	f(anAgent.with("action", "heartbeat"), "presence", "x_unknown", "")
	f(anAgent.with("presence", "custom"), "label", strings.Repeat("x", MaxStringBytes+1), "has 257 bytes, at most 256")
	f(anAgent.with("presence", "custom"), "label", nil, "")

	oneOf(aPerson, "entry", Entries, missing)
	needed(aPerson, "agent_id")
	needed(aTeam, "team_id")
	for _, name := range []string{"name", "role"} {
		f(aPerson, name, strings.Repeat("x", MaxStringBytes), "")
		f(aPerson, name, strings.Repeat("x", MaxStringBytes+1), "has 257 bytes, at most 256")
		f(aPerson, name, "a\tb", "has a control character")
		f(aPerson, name, "", "")
	}
	for _, date := range goodDates {
		f(aPerson, "hired_on", date, "")
	}
	for _, date := range badDates {
		f(aPerson, "hired_on", date, "must be a date such as 2026-11-22, from 1900 to 2299")
	}
	f(aPerson, "removed", nil, "")
	f(aPerson, "removed", "true", "is a JSON string, must be true or false")
	f(aPerson, "removed", 1, "is a JSON number, must be true or false")
	f(aPerson, "team_ids", nil, "")
	f(aPerson, "team_ids", []string{}, "")
	f(aPerson, "team_ids", "t1", "is a JSON string, must be a list of strings")
	f(aPerson, "team_ids", object{}, "is a JSON object, must be a list of strings")
	f(aPerson, "team_ids", slices.Repeat([]string{"t"}, MaxTeams), "")
	f(aPerson, "team_ids", slices.Repeat([]string{"t"}, MaxTeams+1), "has 65 items, at most 64")
	wantReject(t, aPerson.with("team_ids", []any{"t", nil}).bytes(), ReasonInvalidField, "team_ids[1]: is missing")
	wantReject(t, aPerson.with("team_ids", []any{"t", ""}).bytes(), ReasonInvalidField, "team_ids[1]: is missing")
	wantReject(t, aPerson.with("team_ids", []any{long}).bytes(), ReasonInvalidField, "team_ids[0]: has 129 bytes, at most 128")
	wantReject(t, aPerson.with("team_ids", []any{"a\x00"}).bytes(), ReasonInvalidField, "team_ids[0]: has a control character")
	wantReject(t, aPerson.with("team_ids", []any{5}).bytes(), ReasonInvalidField, "is a JSON number, must be a string")
}

// All that is wrong is told at once.
func TestDecodeTellsAllProblems(t *testing.T) {
	value := object{"type": "status", "company": "a\x00", "occurred_at": "now", "seq": -1, "status": "gone", "channel": "fax"}.bytes()
	_, err := DecodeEvent(value)
	want := "invalid_field: event_id: is missing; company: has a control character; seq: must be a whole number from 0 to 9007199254740991; " +
		"occurred_at: must be an RFC 3339 time such as 2026-11-22T09:30:00.250Z; conversation_id: is missing; status: must be one of " +
		strings.Join(Statuses, ", ") + "; channel: must be one of " + strings.Join(Channels, ", ")
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

func TestDecodeDefaults(t *testing.T) {
	f := func(o object, want Event) {
		t.Helper()
		want.SchemaVersion, want.ID, want.Company, want.OccurredAt = 1, "e1", "acme", 1795339800000
		got, err := DecodeEvent(o.bytes())
		if diff := cmp.Diff(want, got, ignoreHash); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got)\n%s", o.bytes(), err, diff)
		}
		if got.ContentHash == 0 {
			t.Errorf("%s: no content hash", o.bytes())
		}
		// Fields of other types are emptied, so that equal facts are equal events.
		full := object{}
		for _, other := range []object{{"conversation_id": "x", "agent_id": "x", "team_id": "x", "message_id": "x", "status": "opened", "tag": "x", "reason": "spam",
			"queue": "x", "owner_id": "x", "owner_kind": "ai", "label": "x", "presence": "away", "action": "heartbeat", "name": "x", "role": "x", "hired_on": "x",
			"team_ids": []string{"x"}, "removed": true, "entry": "team", "customer_id": "x", "text": "x", "text_length": 1, "device_id": "x", "visibility": "x",
			"kind": "x", "delivery": "x", "origin": "x", "direction": "in", "author_kind": "x", "x_later": "x", "channel": "web"}, o} {
			maps.Copy(full, other)
		}
		if o["type"] == "status" {
			got, err := DecodeEvent(full.bytes())
			want.Channel = "web"
			if diff := cmp.Diff(want, got, ignoreHash); o["status"] == "opened" && (err != nil || diff != "") {
				t.Errorf("%s: %v (-want +got)\n%s", full.bytes(), err, diff)
			}
		}
	}
	f(aMessage, Event{Type: "message", Conversation: "c1", MessageID: "m1", Direction: "in", AuthorKind: "customer",
		Visibility: "public", Kind: "text", Delivery: "sent", Origin: "product"})
	f(aStatus, Event{Type: "status", Conversation: "c1", Status: "opened"})
	f(aStatus.with("status", "closed"), Event{Type: "status", Conversation: "c1", Status: "closed", Reason: "resolved"})
	f(aStatus.with("status", "assigned").with("owner_id", "a1"), Event{Type: "status", Conversation: "c1", Status: "assigned", Owner: "a1", OwnerKind: "human"})
	f(aStatus.with("status", "assigned").with("team_id", "t1"), Event{Type: "status", Conversation: "c1", Status: "assigned", Team: "t1"})
	f(anAgent, Event{Type: "agent", Agent: "a1", Action: "status_changed", Presence: "busy"})
	f(anAgent.with("label", "lunch"), Event{Type: "agent", Agent: "a1", Action: "status_changed", Presence: "busy"})
	f(anAgent.with("action", "heartbeat"), Event{Type: "agent", Agent: "a1", Action: "heartbeat"})
	f(aPerson, Event{Type: "directory", Entry: "agent", Agent: "a1"})
	f(aPerson.with("team_ids", []string{}), Event{Type: "directory", Entry: "agent", Agent: "a1"})
	f(aTeam.with("role", "x").with("agent_id", "a1").with("team_ids", []string{"t2"}), Event{Type: "directory", Entry: "team", Team: "t1"})
}

func TestDecodeCountsCharacters(t *testing.T) {
	f := func(text string, want int64) {
		t.Helper()
		event, err := DecodeEvent(aMessage.with("text", text).bytes())
		if err != nil || event.TextLength != want || event.Text != text {
			t.Errorf("%q: %d, %v, want %d", text, event.TextLength, err, want)
		}
		event, err = DecodeEvent(aMessage.with("text", text).with("text_length", 999).bytes())
		if err != nil || event.TextLength != 999 || event.Text != text {
			t.Errorf("%q: %d, %v, want the 999 of its producer", text, event.TextLength, err)
		}
	}
	f("", 0)
	f("hello", 5)
	f("Grüße", 5)
	f("😀", 1)
	f("👩‍👩‍👧", 5) // three people and two joiners
	f("e\u0301", 2)
	f("a\r\nb", 4)
	f("\x00", 1)
	f("<&>", 3)
	event, err := DecodeEvent(aMessage.with("text", nil).with("text_length", 12).bytes())
	if err != nil || event.TextLength != 12 {
		t.Errorf("no text: length %d, %v, want 12", event.TextLength, err)
	}
}

func TestEncodeIsTheInverseOfDecode(t *testing.T) {
	eachExample(t, func(t *testing.T, _ string, example object) {
		event, err := DecodeEvent(example.bytes())
		if err != nil {
			t.Fatal(err)
		}
		roundTrip(t, event)
		if text, ok := example["text"].(string); ok && event.Text != text {
			t.Errorf("the text is %q, not %q", event.Text, text)
		}
		if text, ok := example["text"].(string); ok && example["text_length"] == nil && event.TextLength != int64(utf8.RuneCountInString(text)) {
			t.Errorf("the text has %d characters, not %d", utf8.RuneCountInString(text), event.TextLength)
		}
	})
}

// roundTrip checks that an event comes back as it was, and that writing it again gives the same bytes.
func roundTrip(t interface {
	Helper()
	Fatalf(string, ...any)
}, event Event) {
	t.Helper()
	value, err := EncodeEvent(&event)
	if err != nil {
		t.Fatalf("encode %+v: %v", event, err)
	}
	again, err := DecodeEvent(value)
	if err != nil {
		t.Fatalf("decode what was encoded: %s: %v", value, err)
	}
	if diff := cmp.Diff(event, again, ignoreHash); diff != "" {
		t.Fatalf("%s: (-before +after)\n%s", value, diff)
	}
	twice, err := EncodeEvent(&again)
	if err != nil || string(twice) != string(value) {
		t.Fatalf("encoded twice: %v\n%s\n%s", err, value, twice)
	}
}

func TestDecodeHashesTheBytes(t *testing.T) {
	hash := func(value []byte) uint64 {
		event, err := DecodeEvent(value)
		if err != nil {
			t.Fatal(err)
		}
		return event.ContentHash
	}
	value := aMessage.bytes()
	if hash(value) != hash(slices.Clone(value)) {
		t.Error("equal bytes have different hashes")
	}
	if hash(value) == hash(aMessage.with("x_later", 1).bytes()) {
		t.Error("different bytes have one hash")
	}
}

// A detail goes to logs, tables and topics: it must not repeat what the record says.
func TestDetailKeepsSilent(t *testing.T) {
	const canary, number = "Zq7canary", "777123987"
	secrets := []any{canary, canary + "\x00", strings.Repeat(canary, 2000), as(number), as("-" + number), as(number + ".5"), as("1e" + number),
		as(number + strings.Repeat("0", 300)), []any{canary}, []any{as(number)}, object{canary: canary}, as(`"` + canary + `\ud800"`),
		as(`{"` + canary + `":1,"` + canary + `":2}`), as(strings.Repeat(`{"`+canary+`":`, 20) + "1" + strings.Repeat("}", 20)), nil, "closed", "message", true}
	names := append(jsonNames(wireEvent{}), canary, strings.ToUpper(canary), "type "+canary)
	for _, name := range jsonNames(wireEvent{}) {
		names = append(names, strings.ToUpper(name))
	}
	silent := func(t interface{ Fatalf(string, ...any) }, value []byte) {
		_, err := DecodeEvent(value)
		if err == nil {
			return
		}
		if text := strings.ToLower(err.Error()); strings.Contains(text, strings.ToLower(canary)) || strings.Contains(text, number) {
			t.Fatalf("%.300q: the error repeats it: %v", value, err)
		}
	}
	var all []object
	for _, eventType := range EventTypes {
		for _, example := range schemasOf(t)[eventType].Examples {
			all = append(all, example)
			for _, name := range names {
				for _, secret := range secrets {
					silent(t, example.with(name, secret).bytes())
				}
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		o := maps.Clone(rapid.SampledFrom(all).Draw(t, "example"))
		for range rapid.IntRange(1, 6).Draw(t, "changes") {
			o[rapid.SampledFrom(names).Draw(t, "name")] = rapid.SampledFrom(secrets).Draw(t, "value")
		}
		value := o.bytes()
		switch rapid.IntRange(0, 5).Draw(t, "damage") {
		case 0:
			value = value[:rapid.IntRange(0, len(value)).Draw(t, "end")]
		case 1:
			value[rapid.IntRange(0, len(value)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		case 2:
			value = append(value, canary...)
		case 3:
			value = []byte(fmt.Sprintf(`{"%s":1,"%[1]s":2,"%[2]s":3,%s`, canary, rapid.SampledFrom(names).Draw(t, "twin"), value[1:]))
		}
		silent(t, value)
	})
	// encoding/json would tell the character that it did not expect.
	if _, err := DecodeEvent([]byte(`{"type":Z}`)); err == nil || err.Error() != "not_json: not JSON at byte 9 of 10" {
		t.Errorf("%v", err)
	}
}
