package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/ingest/gateway"
	"github.com/floorwatch/floorwatch/schemas"
)

// What chat platforms send, from their webhooks to the numbers: each story is told by fixtures of one conversation, delivered twice and in
// any order, and gives the same episodes each time.
func TestVendorStories(t *testing.T) {
	f := func(vendor, story string, want ...string) {
		t.Helper()
		var events []schemas.Event
		for name := range strings.FieldsSeq(story) {
			events = append(events, webhook(t, vendor, name)...)
		}
		random := rand.New(rand.NewPCG(6, 4))
		for range 20 {
			log := append(slices.Clone(events), events...)
			random.Shuffle(len(log), func(i, j int) { log[i], log[j] = log[j], log[i] })
			if got := episodes(t, log); !slices.Equal(got, want) {
				t.Fatalf("%s: %s\n got %q\nwant %q", vendor, story, got, want)
			}
		}
	}
	f("chatwoot", "conversation_created message_customer message_greeting assigned message_note message_human priority labels status_resolved update_rated",
		"new web owner=7 team= priority=high tags=late frt=64.75 human human=64.75 closed=resolved")
	f("chatwoot", "conversation_created message_customer message_human update_delivered update_failed status_resolved",
		"new web owner= team= priority= tags= frt=none human=none closed=resolved unanswered")
	f("chatwoot", "conversation_created message_customer assigned_bot message_agent_bot status_handed_off assigned_with_team message_human status_resolved status_reopened",
		"new web owner=7 team=5 priority= tags= frt=1.25 ai human=44.5 closed=resolved", "reopened  owner=7 team=5 priority= tags= frt=none human=none open")
	f("chatwoot", "conversation_created message_customer message_agent_bot status_resolved_by_bot",
		"new web owner= team= priority= tags= frt=1.25 ai human=none closed=ai_resolved")
	f("zendesk", "created comment_customer assigned comment_note comment_agent priority tags status_solved",
		"new web owner=235324 team=98738 priority=urgent tags=enterprise,late,refund frt=600 human human=600 closed=resolved")
	f("zendesk", "message_customer message_trigger message_answer_bot offered accepted message_agent",
		"new other owner=235324 team= priority= tags= frt=1.746 ai human=none open")
	f("intercom", "created_by_user workflow_replied fin_replied handed_off_by_fin assigned user_replied admin_replied closed rated",
		"new web owner=814860 team=2304 priority= tags= frt=2 ai human=44 closed=resolved")
	f("respondio", "opened message_received message_sent_by_workflow message_sent_by_user closed",
		"new whatsapp owner= team= priority= tags= frt=65 human human=65 closed=resolved")
}

// webhook gives the events of a fixture.
func webhook(t *testing.T, vendor, name string) []schemas.Event {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("ingest", "gateway", "testdata", vendor, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	received := schemas.InstantOf(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC))
	translation, err := gateway.AdapterNamed(vendor).Translate(gateway.Source{Company: "acme"}, body, received)
	if err != nil {
		t.Fatal(err)
	}
	var events []schemas.Event
	for i := range translation.Events {
		encoded, err := schemas.EncodeEvent(&translation.Events[i])
		if err != nil {
			t.Fatal(err)
		}
		event, err := schemas.DecodeEvent(encoded)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, event)
	}
	return events
}

// episodes folds a log of one conversation and writes its episodes down.
func episodes(t *testing.T, log []schemas.Event) []string {
	t.Helper()
	state := aggregator.New(aggregator.DefaultSettings())
	appended := schemas.InstantOf(time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC))
	for i := range log {
		log[i].Place(int64(i), appended)
		if state.Apply(&log[i]).Conflict {
			t.Errorf("two bodies of %s", log[i].ID)
		}
	}
	rows := state.Rows().Episodes
	slices.SortFunc(rows, func(a, b schemas.EpisodeRow) int { return int(a.Number) - int(b.Number) })
	var told []string
	for i := range rows {
		if !rows[i].Deleted {
			told = append(told, episode(&rows[i]))
		}
	}
	return told
}

func episode(e *schemas.EpisodeRow) string {
	text := fmt.Sprintf("%s %s owner=%s team=%s priority=%s tags=%s frt=%s human=%s", e.Kind, e.Channel, e.Owner, e.Team, e.Priority, strings.Join(e.Tags, ","),
		response(e.FirstResponse, true), response(e.HumanFirstResponse, false))
	if e.Open {
		return text + " open"
	}
	text += " closed=" + e.CloseReason
	if e.ClosedUnanswered {
		text += " unanswered"
	}
	return text
}

// response writes down a response time, and whose it was if asked for.
func response(r schemas.Response, whose bool) string {
	switch {
	case r.At == 0:
		return "none"
	case whose:
		return fmt.Sprintf("%g %s", r.Seconds(), r.Kind)
	default:
		return fmt.Sprintf("%g", r.Seconds())
	}
}
