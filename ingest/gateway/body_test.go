package gateway

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	f := func(body, want string) {
		t.Helper()
		if _, err := parse([]byte(body)); reasonOf(err) != want {
			t.Errorf("%.80q: %v, want %q", body, err, want)
		}
	}
	f(`{}`, "")
	f(" {\"a\":1}\r\n", "")
	f("", schemas.ReasonEmpty)
	f("{", schemas.ReasonNotJSON)
	f("{}{}", schemas.ReasonNotJSON)
	f("{}x", schemas.ReasonNotJSON)
	f("[]", schemas.ReasonNotObject)
	f("null", schemas.ReasonNotObject)
	f("{\"a\":\"\xff\"}", schemas.ReasonNotUTF8)
	f(`{"a":`+strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000)+"}", schemas.ReasonNotJSON)
	f(`{"a":"`+strings.Repeat("x", MaxBodyBytes-8)+`"}`, "")
	f(`{"a":"`+strings.Repeat("x", MaxBodyBytes-7)+`"}`, schemas.ReasonTooLarge)
}

// Names count exactly as written, and a member of another type reads as none.
func TestObject(t *testing.T) {
	o, err := parse([]byte(`{"a":{"b":12345678901234567890,"B":"no"},"s":"x","f":true,"l":[1,{"id":2},null,{"id":"3"}],"n":null}`))
	if err != nil {
		t.Fatal(err)
	}
	f := func(got, want any) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
	f(o.text("a", "b"), "12345678901234567890")
	f(o.text("A", "b"), "")
	f(o.text("a"), "")
	f(o.text("s", "x"), "")
	f(o.text("n"), "")
	f(o.flag("f"), true)
	f(o.flag("s"), false)
	f(len(o.in("s")), 0)
	f(o.in("nowhere").text("b"), "")
	f([]string{o.objects("l")[0].text("id"), o.objects("l")[1].text("id")}, []string{"2", "3"})
	f(textsOf(o.at("l")), []string{"1", "", "", ""})
	f(textsOf("a, b"), []string{"a", "b"})
}

func TestInstantOf(t *testing.T) {
	f := func(value any, want string) {
		t.Helper()
		got := ""
		if at, ok := instantOf(value); ok {
			got = at.String()
		}
		if got != want {
			t.Errorf("%v: %q, want %q", value, got, want)
		}
	}
	f("2026-11-22T09:30:00.250Z", "2026-11-22T09:30:00.250Z")
	f("2026-11-22T10:30:00+01:00", "2026-11-22T09:30:00.000Z")
	f("2026-11-22 09:30:00 UTC", "2026-11-22T09:30:00.000Z")
	f("2025-02-11T14:32:05.254571515Z", "2025-02-11T14:32:05.254Z")
	f(json.Number("1795339800"), "2026-11-22T09:30:00.000Z")
	f("1795339800", "2026-11-22T09:30:00.000Z")
	f(json.Number("1795339800250"), "2026-11-22T09:30:00.250Z")
	f(json.Number("1795339800.123456"), "2026-11-22T09:30:00.123Z")
	f(json.Number("2197819314.239"), "2039-08-24T17:21:54.239Z") // a little less as a double
	f(json.Number("0"), "")
	f(json.Number("-1"), "")
	f(json.Number("1e300"), "")
	f("NaN", "")
	f("Inf", "")
	f("9999-12-31T23:59:59Z", "")
	f("0000-01-01T00:00:00Z", "")
	f("1999-12-31T23:59:59Z", "")
	f("yesterday", "")
	f("", "")
	f(nil, "")
	f(true, "")
	f(received, received.String())
}

func TestCut(t *testing.T) {
	f := func(text string, limit int, want string) {
		t.Helper()
		if got := cut(text, limit); got != want {
			t.Errorf("%q to %d: %q, want %q", text, limit, got, want)
		}
	}
	f("refund", 6, "refund")
	f("refund", 5, "refun")
	f("aä", 2, "a")
	f("aää", 3, "aä")
	f("a\x00b\nc\x7f", 9, "abc")
	f("😀", 3, "")
	f("😀", 1, "")
	f("abc€", 4, "abc")
}

// Ids are as short as the schema wants, and differ where their parts do, wherever the parts end.
func TestEventID(t *testing.T) {
	seen := map[string]string{}
	long := strings.Repeat("x", 200)
	for _, parts := range [][]string{{"v", "a", "b"}, {"v", "a/b"}, {"v", "ab", ""}, {"v", "", "ab"}, {"v", "a", "b", ""}, {"v", long, "a"}, {"v", long + "/a"}, {"v", long, "b"}, {"v", "a%2Fb"}, {"v", "ü\x00"}} {
		id := eventID(parts)
		if other, again := seen[id]; again || len(id) > schemas.MaxIDBytes {
			t.Errorf("%q: %q is the id of %s, too, or too long", parts, id, other)
		}
		seen[id] = fmt.Sprint(parts)
		if again := eventID(parts); again != id {
			t.Errorf("%q: %q, then %q", parts, id, again)
		}
	}
}

func TestLabel(t *testing.T) {
	f := func(eventType, want string) {
		t.Helper()
		if got := label(eventType); got != want {
			t.Errorf("%q: %q, want %q", eventType, got, want)
		}
	}
	f("conversation.admin.replied", "conversation.admin.replied")
	f("zen:event-type:ticket.x", "zen:event-type:ticket.x")
	f("with space", "other")
	f("ümlaut", "other")
	f("v2/Call-404", "v2/Call-404")
	for _, personal := range []string{"4111111111111111", "298-69-3450", "+49-171", "jo@example.test", "12345"} {
		f(personal, "other")
	}
	f(strings.Repeat("x", maxLabel+1), "other")
}

// One webhook that means very much is refused before it costs memory.
func TestTooManyEvents(t *testing.T) {
	tags := strings.TrimSuffix(strings.Repeat(`"t",`, 200_000), ",")
	body := `{"type":"zen:event-type:ticket.tags_changed","time":"2026-11-22T09:30:00Z","detail":{"id":"1"},"event":{"tags_added":[` + tags + `]}}`
	if got, err := zendesk.Translate(Source{Company: "acme"}, []byte(body), received); reasonOf(err) != schemas.ReasonTooLarge || len(got.Events) > 0 {
		t.Errorf("%d events, %v", len(got.Events), err)
	}
}

// What is missing is told with the vendor's name for it.
func TestProblems(t *testing.T) {
	f := func(adapter *Adapter, body, want string) {
		t.Helper()
		if _, err := adapter.Translate(Source{Company: "acme"}, []byte(body), received); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
	f(chatwoot, `{}`, "invalid_field: event: is missing")
	f(chatwoot, `{"event":"message_created","id":1,"conversation":{"id":2}}`, "invalid_field: message_created: created_at: is missing or no time")
	f(chatwoot, `{"event":"message_created","id":1,"message_type":"incoming","created_at":"2026-11-22T09:30:00Z"}`, "conversation_id: is missing")
	f(chatwoot, `{"event":"conversation_status_changed","id":1,"updated_at":1795339800,"status":"odd"}`, "status: is none of")
	f(zendesk, `{"type":"zen:event-type:ticket.created","detail":{"id":"1"}}`, "time: is missing or no time")
	f(intercom, `{"topic":"conversation.user.created","data":{"item":{"id":"1"}}}`, "created_at: is missing or no time")
	f(respondIO, `{"event_type":"contact.assignee.updated","contact":{"id":1}}`, "event_id: is missing")
}
