package schemas

import (
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	aCustomer  = object{"type": "directory", "event_id": "e1", "company": "acme", "occurred_at": "2026-11-22T09:30:00Z", "entry": "customer", "customer_id": "k1"}
	aPlan      = object{"type": "schedule", "event_id": "e1", "company": "acme", "occurred_at": "2026-11-22T09:30:00Z", "starts_at": "2026-11-23T09:00:00+01:00", "minutes": 30, "agents_planned": 12}
	aCount     = object{"type": "company", "event_id": "e1", "company": "acme", "occurred_at": "2026-11-22T09:30:00Z", "action": "visitors", "visitors": 7}
	aRelease   = object{"type": "company", "event_id": "e1", "company": "acme", "occurred_at": "2026-11-22T09:30:00Z", "action": "annotation", "label": "4.2"}
	aRating    = aStatus.with("status", "rated").with("rating", "csat").with("score", 5)
	aJudgement = aStatus.with("status", "qa_scored").with("dimension", "tone").with("score", 87.5).with("rater_id", "a2")
)

func some[T any](value T) *T { return &value }

// everything has a good value for each field that an event may have but need not.
var everything = object{"keywords": []string{"w1"}, "sentiment": -0.5, "sentiment_model": "m", "quick_reply": true, "ai_intent": "i", "ai_confidence": 0.5, "ai_fallback": true,
	"ai_unsafe": "sent", "ai_unsafe_category": "u", "ai_articles": []string{"kb"}, "ai_search": "found", "ai_latency_ms": 5, "ai_flow": "f", "priority": "high", "tier": "vip",
	"structured": true, "rating": "nps", "score": 3, "dimension": "d", "rater_id": "r", "rater_kind": "ai", "slots": 3, "starts_at": "2026-11-22T09:30:00Z", "minutes": 5,
	"agents_planned": 3, "visitors": 4, "agent_id": "a1", "text_length": 9, "message_id": "m1", "reason": "why", "team_id": "t1", "queue": "q1", "channel": "web",
	"conversation_id": "c1", "customer_id": "k1", "device_id": "d1", "label": "l", "name": "n", "removed": true}

// over lays the members over those of the object.
func (o object) over(base object) object {
	all := maps.Clone(base)
	maps.Copy(all, o)
	return all
}

// Each kind keeps the fields that it uses and empties all others.
func TestDecodeKeepsWhatAKindUses(t *testing.T) {
	f := func(o object, want Event) {
		t.Helper()
		want.SchemaVersion, want.ID, want.Company, want.OccurredAt, want.Type = 1, "e1", "acme", 1795339800000, o["type"].(string)
		got, err := DecodeEvent(o.over(everything).bytes())
		if diff := cmp.Diff(want, got, ignoreHash); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got)\n%s", o.bytes(), err, diff)
			return
		}
		roundTrip(t, got)
	}
	f(aMessage, Event{Conversation: "c1", MessageID: "m1", Direction: "in", AuthorKind: "customer", Agent: "a1", Customer: "k1", Visibility: "public", Kind: "text",
		Delivery: "sent", Origin: "product", Channel: "web", TextLength: 9, Facts: &Facts{Keywords: []string{"w1"}, Sentiment: some(-0.5), SentimentModel: "m",
			QuickReply: true, AITurn: AITurn{Intent: "i", Confidence: some(0.5), Fallback: true, Unsafe: "sent", UnsafeCategory: "u", Articles: []string{"kb"},
				Search: "found", LatencyMillis: some(int64(5)), Flow: "f"}}})
	status := func(status string, want Event) {
		t.Helper()
		want.Status, want.Conversation, want.Channel = status, "c1", "web"
		f(aStatus.with("status", status), want)
	}
	for _, old := range []string{StatusOpened, StatusReopened, StatusUnassigned, StatusDequeued} {
		status(old, Event{})
	}
	for _, plain := range []string{StatusOffered, StatusAccepted, StatusJoined, StatusLeft, StatusTookOver, StatusWhispered, StatusSupervisionStarted, StatusSupervisionEnded,
		StatusSupervisionIntervened, StatusSnoozed, StatusUnsnoozed, StatusOnHold, StatusOffHold, StatusWrapUpStarted, StatusWrapUpEnded, StatusBookmarked,
		StatusUnbookmarked, StatusErased} {
		status(plain, Event{Agent: "a1"})
	}
	status(StatusDeclined, Event{Agent: "a1", Reason: "why"})
	status(StatusPriorityChanged, Event{Agent: "a1", Facts: &Facts{Priority: "high"}})
	status(StatusNoted, Event{Agent: "a1", TextLength: 9, Facts: &Facts{Structured: true}})
	status(StatusRated, Event{Agent: "a1", MessageID: "m1", Facts: &Facts{Rating: "nps", Score: some(3.0)}})
	status(StatusQAScored, Event{Agent: "a1", MessageID: "m1", Facts: &Facts{Dimension: "d", Score: some(3.0), Rater: "r", RaterKind: "ai"}})
	status(StatusTierChanged, Event{Agent: "a1", Facts: &Facts{Tier: "vip"}})
	status(StatusEscalated, Event{Agent: "a1", Team: "t1", Queue: "q1", Reason: "why", Facts: &Facts{Tier: "vip"}})
	status(StatusAIFlowPaused, Event{Agent: "a1", Facts: &Facts{AITurn: AITurn{Flow: "f"}}})
	status(StatusAIFlowResumed, Event{Agent: "a1", Facts: &Facts{AITurn: AITurn{Flow: "f"}}})

	f(anAgent, Event{Agent: "a1", Action: "status_changed", Presence: "busy", Device: "d1"})
	f(anAgent.with("action", "capacity"), Event{Agent: "a1", Action: "capacity", Device: "d1", Facts: &Facts{Slots: some(int64(3))}})
	f(anAgent.with("action", "typing"), Event{Agent: "a1", Action: "typing", Device: "d1", Conversation: "c1"})
	f(aCustomer, Event{Entry: "customer", Customer: "k1", Removed: true, Facts: &Facts{Tier: "vip"}})
	f(aTeam, Event{Entry: "team", Team: "t1", Name: "n", Removed: true})
	f(aPlan, Event{Team: "t1", Queue: "q1", Facts: &Facts{StartsAt: 1795420800000, Minutes: some(int64(30)), AgentsPlanned: some(int64(12))}})
	f(aCount, Event{Action: "visitors", Channel: "web", Facts: &Facts{Visitors: some(int64(7))}})
	f(aRelease, Event{Action: "annotation", Label: "4.2"})
}

// Facts that tell nothing are none, so that an event without them is small and equal facts are equal events.
func TestNoFacts(t *testing.T) {
	f := func(o object) {
		t.Helper()
		if event, err := DecodeEvent(o.bytes()); err != nil || event.Facts != nil {
			t.Errorf("%s: %+v, %v, want no facts", o.bytes(), event.Facts, err)
		}
	}
	f(aMessage)
	f(aMessage.with("quick_reply", false).with("keywords", []string{}).with("sentiment", nil).with("ai_intent", "").with("ai_unsafe", nil))
	f(aMessage.with("sentiment_model", "m").with("ai_unsafe_category", "u")) // they say nothing alone
	f(aMessage.with("slots", 3).with("tier", "vip"))
	f(aStatus.with("tier", "vip"))
	f(aStatus.with("status", "ai_flow_paused"))
	f(aCustomer)
}

func TestFactsAreRefused(t *testing.T) {
	f := func(o object, name string, value any, problem string) {
		t.Helper()
		if problem == "" {
			wantReject(t, o.with(name, value).bytes(), "", "")
			return
		}
		wantReject(t, o.with(name, value).bytes(), ReasonInvalidField, name+": "+problem)
	}
	name := func(o object, field string, needed bool) {
		t.Helper()
		f(o, field, strings.Repeat("é", MaxIDBytes/2), "")
		f(o, field, strings.Repeat("é", MaxIDBytes/2)+"x", "has 129 bytes, at most 128")
		f(o, field, "a\x00", "has a control character")
		f(o, field, 5, "is a JSON number, must be a string")
		for _, none := range []any{"", nil} {
			f(o, field, none, map[bool]string{true: "is missing"}[needed])
		}
	}
	number := func(o object, field string, low, high any, needed bool) {
		t.Helper()
		f(o, field, low, "")
		f(o, field, high, "")
		f(o, field, as(fmt.Sprint(high, "1")), "must be ")
		f(o, field, as("-0.0000001"), map[bool]string{true: "must be "}[low == 0])
		f(o, field, as("1e999"), "is a JSON number, must be one that a double holds")
		f(o, field, as("-1e999"), "is a JSON number, must be one that a double holds")
		f(o, field, "1", "is a JSON string, must be a number")
		f(o, field, as(`"NaN"`), "is a JSON string, must be a number")
		f(o, field, nil, map[bool]string{true: "is missing; must be a number"}[needed])
	}
	whole := func(o object, field string, low, high int64, needed bool) {
		t.Helper()
		f(o, field, low, "")
		f(o, field, high, "")
		f(o, field, low-1, fmt.Sprintf("must be a whole number from %d to %d", low, high))
		f(o, field, high+1, fmt.Sprintf("must be a whole number from %d to %d", low, high))
		f(o, field, 1.5, "is a JSON number, must be a whole number")
		f(o, field, as("1e1"), "is a JSON number, must be a whole number")
		f(o, field, "1", "is a JSON string, must be a whole number")
		f(o, field, nil, map[bool]string{true: "is missing"}[needed])
	}
	for _, field := range []string{"ai_intent", "ai_flow"} {
		name(aMessage, field, false)
	}
	name(aMessage.with("sentiment", 0), "sentiment_model", true)
	name(aMessage.with("ai_unsafe", "blocked"), "ai_unsafe_category", true)
	number(aMessage.with("sentiment_model", "m"), "sentiment", -1, 1, false)
	number(aMessage, "ai_confidence", 0, 1, false)
	whole(aMessage, "ai_latency_ms", 0, maxWhole, false)
	for _, field := range []string{"quick_reply", "ai_fallback"} {
		f(aMessage, field, 1, "is a JSON number, must be true or false")
		f(aMessage, field, "", "is a JSON string, must be true or false")
	}
	f(aMessage.with("ai_unsafe_category", "u"), "ai_unsafe", "maybe", "must be one of blocked, sent")
	f(aMessage, "ai_search", "x", "must be one of found, failed")
	for _, field := range []string{"keywords", "ai_articles"} {
		f(aMessage, field, "w", "is a JSON string, must be a list of strings")
		wantReject(t, aMessage.with(field, []any{"w", ""}).bytes(), ReasonInvalidField, field+"[1]: is missing")
		wantReject(t, aMessage.with(field, []any{"a\n"}).bytes(), ReasonInvalidField, field+"[0]: has a control character")
		wantReject(t, aMessage.with(field, []any{1}).bytes(), ReasonInvalidField, "is a JSON number, must be a string")
	}
	for _, status := range []string{StatusOffered, StatusAccepted, StatusDeclined, StatusJoined, StatusLeft, StatusTookOver, StatusWhispered, StatusSupervisionStarted,
		StatusSupervisionEnded, StatusSupervisionIntervened, StatusWrapUpStarted, StatusWrapUpEnded} {
		name(aStatus.with("status", status).with("agent_id", "a1"), "agent_id", true)
	}
	for _, status := range []string{StatusSnoozed, StatusBookmarked, StatusErased, StatusNoted} {
		name(aStatus.with("status", status), "agent_id", false)
	}
	f(aStatus.with("status", "opened"), "agent_id", "a\x00", "") // the statuses of before do not use it
	f(aStatus.with("status", "declined").with("agent_id", "a1"), "reason", strings.Repeat("x", MaxStringBytes+1), "has 257 bytes, at most 256")
	f(aStatus.with("status", "priority_changed"), "priority", "P1", "must be one of low, normal, high, urgent")
	f(aStatus.with("status", "priority_changed"), "priority", nil, "is missing; must be one of ")
	f(aStatus.with("status", "noted"), "text", strings.Repeat("x", MaxTextBytes+1), "has 8193 bytes, at most 8192")
	whole(aStatus.with("status", "noted"), "text_length", 0, maxWhole, false)
	for rating, scale := range map[string][2]int{"csat": {1, 5}, "nps": {0, 10}, "thumbs": {0, 1}} {
		o, problem := aRating.with("rating", rating), fmt.Sprintf("must be a whole number from %d to %d for %s", scale[0], scale[1], rating)
		for score := -2; score < 13; score++ {
			f(o, "score", score, map[bool]string{true: problem}[score < scale[0] || score > scale[1]])
		}
		f(o, "score", 0.5, problem)
		f(o, "score", nil, problem)
		f(o, "score", as("1.0"), "")
	}
	f(aRating, "rating", "stars", "must be one of csat, nps, thumbs")
	name(aRating, "message_id", false)
	number(aJudgement, "score", 0, 100, true)
	name(aJudgement, "dimension", true)
	name(aJudgement, "rater_id", true)
	f(aJudgement, "rater_kind", "cat", "must be one of human, ai")
	name(aStatus.with("status", "tier_changed"), "tier", true)
	name(aStatus.with("status", "escalated").with("tier", "2"), "tier", true)
	for _, field := range []string{"team_id", "queue"} {
		name(aStatus.with("status", "escalated").with("tier", "2"), field, false)
		name(aPlan, field, false)
	}
	whole(anAgent.with("action", "capacity"), "slots", 0, MaxSlots, true)
	name(anAgent.with("action", "typing"), "conversation_id", true)
	name(aCustomer, "customer_id", true)
	name(aCustomer, "tier", false)
	whole(aPlan, "minutes", 1, MaxPlanMinutes, true)
	whole(aPlan, "agents_planned", 0, MaxAgentsPlanned, true)
	for _, at := range append(badTimes, "") {
		f(aPlan, "starts_at", at, "must be an RFC 3339 time")
	}
	f(aPlan, "starts_at", "2000-01-01T00:00:00Z", "")
	f(aPlan, "starts_at", "2199-12-31T23:59:59.999-12:00", "")
	for _, at := range []string{"1999-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"} {
		f(aPlan, "starts_at", at, "must be in the years 2000 to 2199")
	}
	whole(aCount, "visitors", 0, maxWhole, true)
	f(aCount, "channel", "fax", "must be one of web, ")
	f(aCount, "action", "heartbeat", "must be one of visitors, annotation")
	f(anAgent, "action", "visitors", "must be one of status_changed, heartbeat, capacity, typing")
	f(aRelease, "label", strings.Repeat("x", MaxStringBytes+1), "has 257 bytes, at most 256")
	f(aRelease, "label", "", "is missing; tell what happened")
	f(aRelease, "label", "a\nb", "has a control character")
}

// What the fold of today reads, and no more: a new kind is not taken for an old one.
func TestFolds(t *testing.T) {
	folded := map[string]bool{}
	eachExample(t, func(t *testing.T, eventType string, example object) {
		event, err := DecodeEvent(example.bytes())
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(eventType+" "+event.Status+event.Action+event.Entry, " ")
		if was, ok := folded[name]; ok && was != event.Folds() {
			t.Errorf("%s: some fold, some do not", name)
		}
		folded[name] = event.Folds()
	})
	want := map[string]bool{"message": true, "agent status_changed": true, "agent heartbeat": true, "agent capacity": true, "directory agent": true, "directory team": true}
	for _, status := range []string{"opened", "assigned", "unassigned", "transferred", "queued", "dequeued", "handed_off", "closed", "reopened", "tagged", "untagged", "delivery_updated",
		"accepted", "joined", "left", "took_over", "supervision_intervened", "supervision_ended", "escalated", "snoozed", "unsnoozed", "on_hold", "off_hold",
		"wrap_up_started", "wrap_up_ended", "priority_changed"} {
		want["status "+status] = true
	}
	for name, folds := range folded {
		if folds != want[name] {
			t.Errorf("%s: folds is %t", name, folds)
		}
	}
	if len(folded) != 1+len(Statuses)+len(Actions)+len(Entries)+len(FloorActions)+1 {
		t.Errorf("%d kinds: %v", len(folded), folded)
	}
}

// An event is copied at each step of its way: rare facts stay behind their pointer.
func TestEventIsSmall(t *testing.T) {
	if size := reflect.TypeFor[Event]().Size(); size > 600 {
		t.Errorf("an Event has %d bytes", size)
	}
}
