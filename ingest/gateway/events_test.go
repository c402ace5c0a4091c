package gateway

import (
	"strings"
	"testing"
)

// One event, an array and lines are taken, in any of the three with the company of the credential.
func TestEventsAreTaken(t *testing.T) {
	b := newBench(t, nil)
	f := func(what, body string, ids []string, headers ...string) {
		t.Helper()
		before := len(b.log.records)
		got := b.withKey(body, headers...)
		b.want(what, got, 200, "")
		events := b.log.events(t)[before:]
		if len(events) != len(ids) || got.Accepted != len(ids) || len(got.Events) != len(ids) {
			t.Fatalf("%s: %d events, want %d: %s", what, len(events), len(ids), got.text)
		}
		for i, id := range ids {
			if events[i].ID != id || events[i].Company != "acme" || got.Events[i].EventID != id || got.Events[i].Status != statusAccepted {
				t.Errorf("%s: event %d is %+v, verdict %+v", what, i, events[i], got.Events[i])
			}
		}
	}
	f("one", message("e1"), []string{"e1"})
	f("one, told as JSON", message("e2"), []string{"e2"}, "Content-Type", "application/json; charset=UTF-8")
	f("an array", "[\n"+message("e3")+" , "+message("e4")+"]\n", []string{"e3", "e4"})
	f("lines", message("e5")+"\n\r\n"+message("e6")+"\r\n", []string{"e5", "e6"}, "Content-Type", "application/x-ndjson")
	f("gzip", gzipped(message("e7")), []string{"e7"}, "Content-Encoding", "gzip")
	f("zstd", zstded("["+message("e8")+"]"), []string{"e8"}, "Content-Encoding", "zstd")
	f("a CloudEvent, binary", strings.Replace(message("e9"), `"event_id":"e9",`, "", 1), []string{"e9 ü"},
		"Ce-Specversion", "1.0", "ce-id", "e9%20%C3%BC", "CE-SOURCE", "/desk", "ce-type", "floorwatch.message", "Content-Type", "application/json")
	envelope := `{"specversion":"1.0","id":"e10","source":"/desk","type":"floorwatch.message","data":` + message("e10") + `}`
	f("a CloudEvent, structured", envelope, []string{"e10"}, "Content-Type", "application/cloudevents+json")
	f("CloudEvents, batched", "["+envelope+","+strings.ReplaceAll(envelope, "e10", "e11")+"]", []string{"e10", "e11"}, "Content-Type", "application/cloudevents-batch+json")
	f("the company named", strings.Replace(message("e12"), "{", `{"company":"acme",`, 1), []string{"e12"})
	b.counted("gateway_events desk", 13)
}

// Of a batch each event has its verdict, and the good ones are taken.
func TestVerdicts(t *testing.T) {
	b := newBench(t, nil)
	late := strings.Replace(message("late"), "2026-11-22", "2026-11-12", 1)
	wrong := strings.Replace(message("wrong"), `"in"`, `"sideways"`, 1)
	other := strings.Replace(message("other"), "{", `{"company":"globex",`, 1)
	array := strings.Join([]string{message("e1"), wrong, "17", late, other, message("e2"), strings.Replace(message("e3"), "e3", "e3\xff", 1)}, ",")
	f := func(body string, pointers []string, lines []int, headers ...string) {
		t.Helper()
		b.log.records = nil
		got := b.withKey(body, headers...)
		b.want("some", got, 207, "")
		if got.Accepted != 2 || got.Rejected != 5 || len(b.log.records) != 2 {
			t.Errorf("%s", got.text)
		}
		for i, reason := range []string{"", "invalid_field", "not_an_object", "occurred_too_early", ReasonWrongCompany, "", "not_utf8"} {
			v := got.Events[i]
			if v.Reason != reason || (reason == "") != (v.Status == statusAccepted) || v.Pointer != pointers[i] || v.Line != lines[i] || (reason == "") != (v.Detail == "") {
				t.Errorf("verdict %d: %+v, want %q at %q, line %d", i, v, reason, pointers[i], lines[i])
			}
		}
	}
	f("["+array+"]", []string{"/0", "/1/direction", "/2", "/3/occurred_at", "/4/company", "/5", "/6"}, make([]int, 7))
	f(strings.Join([]string{message("e1"), wrong, "17", late, other, message("e2"), "\n{\"text\":\"\xff\"}"}, "\n"),
		[]string{"", "/direction", "", "/occurred_at", "/company", "", ""}, []int{1, 2, 3, 4, 5, 6, 8}, "Content-Type", "application/jsonl")
	b.counted("gateway_rejects desk wrong_company", 2)
	b.counted("gateway_events desk", 4)
}

// A request none of whose events can be used is refused; one event gives its own reason.
func TestNothingUsable(t *testing.T) {
	b := newBench(t, nil)
	f := func(what, body string, status int, reason string, headers ...string) {
		t.Helper()
		got := b.withKey(body, headers...)
		b.want(what, got, status, reason)
	}
	f("nothing", "", 400, "empty")
	f("white space", " \n", 400, "not_json")
	f("no JSON", "{", 400, "not_json")
	f("text", "hello", 400, "not_json")
	f("a number", "17", 400, "not_an_object")
	f("deep", strings.Repeat("[", 100000), 400, "not_json")
	f("an empty array", "[]", 400, "empty")
	f("an array without end", "["+message("e1"), 400, "not_json")
	f("two arrays", "[]["+message("e1")+"]", 400, "not_json")
	f("text behind an array", "["+message("e1")+"]x", 400, "not_json")
	f("no lines", "\n\n", 400, "empty", "Content-Type", "application/jsonl")
	f("only wrong ones", "[17, 18]", 422, ReasonEventsRefused)
	f("another company", strings.Replace(message("e1"), "{", `{"company":"globex",`, 1), 403, ReasonWrongCompany)
	f("a field missing", strings.Replace(message("e1"), `"message_id"`, `"message"`, 1), 422, "invalid_field")
	f("a duplicate name", strings.Replace(message("e1"), "{", `{"company":"globex","company":"acme",`, 1), 422, "duplicate_name")
	f("a company by another case", strings.Replace(message("e1"), "{", `{"Company":"globex",`, 1), 422, "ambiguous_name")
	f("a content type", "<a/>", 415, ReasonBadContentType, "Content-Type", "application/xml")
	f("two content types", message("e1"), 415, ReasonBadContentType, "Content-Type", "application/json", "Content-Type", "text/plain")
	f("another charset", message("e1"), 415, ReasonBadContentType, "Content-Type", "application/json; charset=latin1")
	f("an encoding", "x", 415, ReasonBadEncoding, "Content-Encoding", "br")
	f("no gzip", "x", 400, ReasonBadEncoding, "Content-Encoding", "gzip")
	f("half of a gzip", gzipped(message("e1"))[:40], 400, ReasonBadEncoding, "Content-Encoding", "gzip")
	f("no zstd", "x", 400, ReasonBadEncoding, "Content-Encoding", "zstd")
	f("backfill without the right", message("e1"), 403, ReasonBackfillRefused, "Floorwatch-Backfill", "true")
	if len(b.log.records) > 0 {
		t.Errorf("the log has %v", b.log.events(t))
	}
}
