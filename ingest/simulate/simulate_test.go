package simulate

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/floorwatch/floorwatch/schemas"
)

// tuesday is the beginning of an ordinary working day in Berlin.
var tuesday = schemas.InstantOf(time.Date(2025, 11, 17, 23, 0, 0, 0, time.UTC))

const day = 24 * hour

func simulation(t testing.TB, config Config) *Simulation {
	t.Helper()
	s, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// encoded joins events to lines.
func encoded(t interface{ Fatal(...any) }, events iter.Seq[schemas.Event]) []byte {
	var all []byte
	for event := range events {
		line, err := schemas.EncodeEvent(&event)
		if err != nil {
			t.Fatal(err)
		}
		all = append(append(all, line...), '\n')
	}
	return all
}

func sum(bytes []byte) string {
	hash := sha256.Sum256(bytes)
	return hex.EncodeToString(hash[:8])
}

func TestRepeatable(t *testing.T) {
	config := DefaultConfig()
	first := simulation(t, config)
	bytes := encoded(t, first.Events(tuesday, tuesday+day))
	if again := encoded(t, first.Events(tuesday, tuesday+day)); sum(again) != sum(bytes) {
		t.Error("the same simulation differs the second time")
	}
	if other := encoded(t, simulation(t, config).Events(tuesday, tuesday+day)); sum(other) != sum(bytes) {
		t.Error("another simulation of the same configuration differs")
	}
	config.Seed++
	if other := encoded(t, simulation(t, config).Events(tuesday, tuesday+day)); sum(other) == sum(bytes) {
		t.Error("another seed makes no difference")
	}
	if next := encoded(t, first.Events(tuesday+7*day, tuesday+8*day)); len(next) == len(bytes) {
		t.Error("two Tuesdays have the same length")
	}
}

// However the time is cut, the parts joined are the whole.
func TestSplit(t *testing.T) {
	config := DefaultConfig()
	config.Rate, config.HeartbeatShare = 20, 0.3
	config.Companies = []Company{
		{Name: "acme", Zone: "Europe/Berlin", Agents: 3, Offers: true},
		{Name: "globex", Zone: "America/New_York", Agents: 4, WholeSeconds: true},
	}
	around := []schemas.Instant{tuesday, schemas.InstantOf(time.Date(2025, 10, 26, 0, 0, 0, 0, time.UTC)),
		schemas.InstantOf(time.Date(2025, 3, 30, 0, 0, 0, 0, time.UTC)), schemas.InstantOf(time.Date(2025, 11, 2, 5, 0, 0, 0, time.UTC))}
	used := simulation(t, config)
	rapid.Check(t, func(r *rapid.T) {
		from := rapid.SampledFrom(around).Draw(r, "around") + schemas.Instant(rapid.Int64Range(-30*int64(hour), 30*int64(hour)).Draw(r, "from"))
		length := rapid.Int64Range(0, 8*int64(hour)).Draw(r, "length")
		until := from + schemas.Instant(length)
		cut := from + schemas.Instant(rapid.Int64Range(0, length).Draw(r, "cut"))
		whole := encoded(r, simulation(t, config).Events(from, until))
		if rapid.Bool().Draw(r, "at event") { // exactly on one of several events of an instant
			var instants []schemas.Instant
			for event := range used.Events(from, until) {
				instants = append(instants, event.OccurredAt)
			}
			if len(instants) > 0 {
				cut = rapid.SampledFrom(instants).Draw(r, "instant")
			}
		}
		parts := append(encoded(r, used.Events(from, cut)), encoded(r, used.Events(cut, until))...)
		if string(parts) != string(whole) {
			r.Fatalf("cut at %v: %d bytes in parts, %d in whole", cut, len(parts), len(whole))
		}
	})
}

// A floor that is started anew goes on as the one that was never stopped, and no conversation is older than it looks back for.
func TestRestart(t *testing.T) {
	s := simulation(t, DefaultConfig())
	begins := map[string]schemas.Instant{}
	var oldest schemas.Instant
	var going []schemas.Event
	for event := range s.Events(tuesday-3*day, tuesday+8*hour) {
		if event.OccurredAt >= tuesday {
			going = append(going, event)
		}
		if event.Conversation != "" {
			if begins[event.Conversation] == 0 {
				begins[event.Conversation] = event.OccurredAt
			}
			oldest = max(oldest, event.OccurredAt-begins[event.Conversation])
		}
	}
	bytes := encoded(t, simulation(t, DefaultConfig()).Events(tuesday, tuesday+8*hour))
	if want := encoded(t, slices.Values(going)); sum(bytes) != sum(want) {
		t.Errorf("%d bytes after a restart, %d without", len(bytes), len(want))
	}
	if oldest >= longest || oldest < longest*8/10 {
		t.Errorf("the longest conversation lasts %d h, want nearly %d", oldest/hour, longest/hour)
	}
}

// Stopping early is no obstacle, and what was given out is the beginning.
func TestStop(t *testing.T) {
	s := simulation(t, DefaultConfig())
	count, last := 0, schemas.Instant(0)
	for event := range s.Events(tuesday+10*hour, math.MaxInt64) {
		if count++; count == 1000 {
			last = event.OccurredAt
			break
		}
	}
	if count != 1000 || last > tuesday+12*hour {
		t.Errorf("%d events until %v", count, last)
	}
	for event := range s.Events(tuesday, tuesday) {
		t.Fatalf("an event in no time: %+v", event)
	}
	for event := range s.Events(latest, math.MaxInt64) {
		t.Fatalf("an event after the end: %+v", event)
	}
	first := schemas.Instant(0)
	for event := range s.Events(math.MinInt64, math.MaxInt64) {
		first = event.OccurredAt
		break
	}
	if first < schemas.EarliestInstant || first > schemas.EarliestInstant+day {
		t.Errorf("the first event of all is of %v", first)
	}
}

// Every event of two days is one that the aggregator reads as it was made, in order, with an id of its own.
func TestEventsAreValid(t *testing.T) {
	s := simulation(t, DefaultConfig())
	type line struct {
		at       schemas.Instant
		sequence int64
		begin    schemas.Instant
	}
	ids, messages, lines := map[string]bool{}, map[string]bool{}, map[string]line{}
	last := tuesday - 1
	for event := range s.Events(tuesday, tuesday+2*day) {
		value, err := schemas.EncodeEvent(&event)
		if err != nil {
			t.Fatal(err)
		}
		got, err := schemas.DecodeEvent(value)
		if err != nil {
			t.Fatalf("%s: %v", value, err)
		}
		if got.ContentHash = 0; !reflect.DeepEqual(got, event) {
			t.Fatalf("%s reads differently (-made +read):\n%s", value, diff.Diff(event, got))
		}
		if err := got.Admit([]byte(got.Key()), event.OccurredAt, false, time.Hour); err != nil {
			t.Fatalf("%s: %v", value, err)
		}
		if event.OccurredAt < last || event.OccurredAt >= tuesday+2*day {
			t.Fatalf("%s is out of order", value)
		}
		last = event.OccurredAt
		if ids[event.ID] {
			t.Fatalf("%s: its id is there twice", value)
		}
		ids[event.ID] = true
		if event.Type == schemas.TypeMessage {
			if id := event.Conversation + " " + event.MessageID; messages[id] {
				t.Fatalf("%s: its message id is there twice", value)
			} else {
				messages[id] = true
			}
		}
		if id := event.Conversation; id != "" {
			before, ok := lines[id]
			if !ok {
				before.begin = event.OccurredAt
			} else if cmp.Or(cmp.Compare(before.at, event.OccurredAt), cmp.Compare(before.sequence, event.Sequence)) >= 0 {
				t.Fatalf("%s: its instant and seq do not put it behind the one before", value)
			}
			if event.OccurredAt-before.begin >= longest {
				t.Fatalf("%s: the conversation lasts too long", value)
			}
			lines[id] = line{event.OccurredAt, event.Sequence, before.begin}
		}
		if event.Company == "globex" && event.OccurredAt%second != 0 {
			t.Fatalf("%s: not a whole second", value)
		}
	}
}

// Each thing that a floor knows occurs in an ordinary day.
func TestFeatures(t *testing.T) {
	s := simulation(t, DefaultConfig())
	counts := map[string]int{}
	last := map[string]schemas.Event{}
	for event := range s.Events(tuesday, tuesday+day) {
		counts["events"]++
		counts["company "+event.Company]++
		counts["type "+event.Type]++
		for _, feature := range []string{"channel " + event.Channel, "status " + event.Status, "author " + event.AuthorKind,
			"visibility " + event.Visibility, "kind " + event.Kind, "origin " + event.Origin, "delivery " + event.Status + " " + event.Delivery,
			"owner " + event.OwnerKind, "presence " + event.Presence + " " + event.Label, "action " + event.Action, "device " + event.Device} {
			counts[feature]++
		}
		switch {
		case event.Status == schemas.StatusClosed:
			counts["close "+event.Reason]++
		case event.Status == schemas.StatusTransferred && event.Owner == "":
			counts["transfer to a team"]++
		case event.Status == schemas.StatusAssigned && event.Owner == "":
			counts["assigned to a team"]++
		}
		if event.Type == schemas.TypeMessage {
			before, ok := last[event.Conversation]
			if ok && before.AuthorKind == schemas.AuthorCampaign && event.AuthorKind == schemas.AuthorCustomer {
				counts["broadcast reply"]++
			}
			last[event.Conversation] = event
		}
		if facts := event.Facts; facts != nil {
			counts["sentiment of "+facts.SentimentModel]++
			counts["rating "+facts.Rating]++
			counts["priority "+facts.Priority]++
			counts["tier "+facts.Tier]++
			counts["search "+facts.Search]++
			counts["unsafe "+facts.Unsafe]++
			for name, told := range map[string]bool{"fallback": facts.Fallback, "articles": facts.Articles != nil, "keywords": facts.Keywords != nil,
				"quick reply": facts.QuickReply, "latency": facts.LatencyMillis != nil, "structured": facts.Structured, "slots": facts.Slots != nil} {
				if told {
					counts[name]++
				}
			}
		}
		if event.Sequence > 0 && event.Conversation != "" {
			counts["tie in "+event.Company]++
		}
	}
	floors := map[string]int{
		"events": 20000, "company acme": 5000, "company globex": 5000, "type message": 5000, "type status": 4000, "type agent": 5000, "type directory": 56,
		"status opened": 500, "status assigned": 500, "status unassigned": 20, "status transferred": 50, "status queued": 500, "status dequeued": 400,
		"status handed_off": 50, "status reopened": 20, "status tagged": 100, "status untagged": 10, "status delivery_updated": 100,
		"author human": 1000, "author supervisor": 3, "author ai": 200, "author automation": 100, "author campaign": 30, "author system": 50,
		"visibility note": 20, "visibility whisper": 5, "kind file": 50, "kind reaction": 20, "kind edit": 10, "kind delete": 3, "kind survey": 50,
		"origin native_app": 20, "delivery delivery_updated failed": 20, "delivery delivery_updated delivered": 50, "delivery delivery_updated read": 20,
		"owner ai": 100, "owner human": 500, "transfer to a team": 10, "assigned to a team": 10, "broadcast reply": 8,
		"close resolved": 300, "close customer_left": 10, "close timeout": 20, "close spam": 3, "close merged": 3, "close ai_resolved": 50,
		"presence available ": 50, "presence busy ": 10, "presence away ": 10, "presence custom lunch": 5, "presence custom training": 1, "presence offline ": 10,
		"status offered": 300, "status accepted": 300, "status declined": 20, "status joined": 1, "status left": 1, "status whispered": 2,
		"status supervision_started": 10, "status supervision_ended": 10, "status supervision_intervened": 1, "status escalated": 10, "status on_hold": 20, "status off_hold": 20,
		"status snoozed": 10, "status unsnoozed": 10, "status wrap_up_started": 300, "status wrap_up_ended": 300, "status noted": 50,
		"status priority_changed": 20, "status rated": 100, "status ai_flow_paused": 20, "status ai_flow_resumed": 10,
		"sentiment of " + sentimentModel: 3000, "rating csat": 50, "rating nps": 5, "rating thumbs": 20, "priority high": 5, "tier 2": 10, "tier vip": 5,
		"search found": 200, "search failed": 20, "unsafe blocked": 1, "fallback": 40, "articles": 200, "keywords": 50, "quick reply": 200,
		"latency": 300, "structured": 30, "slots": 20, "action typing": 3000, "action capacity": 20,
		"action heartbeat": 3000, "device phone": 100, "tie in acme": 500, "tie in globex": 1000,
	}
	for _, channel := range channels {
		floors["channel "+channel] = 100
	}
	for feature, floor := range floors {
		if counts[feature] < floor {
			t.Errorf("%s: %d, want at least %d", feature, counts[feature], floor)
		}
	}
}

// Only who is at work is given conversations.
func TestOwnersAreAtWork(t *testing.T) {
	presence := map[string]string{}
	assigned := 0
	for event := range simulation(t, DefaultConfig()).Events(tuesday-6*hour, tuesday+2*day) {
		agent := event.Company + event.Agent
		if event.Action == schemas.ActionStatusChanged {
			presence[agent] = event.Presence
		}
		if event.OwnerKind != schemas.OwnerHuman || event.OccurredAt < tuesday+10*hour {
			continue
		}
		assigned++
		if now := presence[event.Company+event.Owner]; now != schemas.PresenceAvailable && now != schemas.PresenceBusy {
			t.Errorf("%v: %s is given %s and is %q", event.OccurredAt, event.Owner, event.Conversation, now)
		}
	}
	if assigned < 1000 {
		t.Errorf("only %d assignments", assigned)
	}
}

func TestDirectory(t *testing.T) {
	s := simulation(t, DefaultConfig())
	at := tuesday + 12*hour
	ids := map[string]schemas.Event{}
	names := map[string]bool{}
	for event := range s.Events(s.DayStart(at), at) {
		if event.Type == schemas.TypeDirectory && event.Entry != schemas.EntryCustomer {
			ids[event.ID] = event
		}
	}
	if len(ids) != 2*len(teams)+26+20+2 {
		t.Errorf("%d entries", len(ids))
	}
	for _, event := range s.Directory(at) {
		if made, ok := ids[event.ID]; !ok || !reflect.DeepEqual(made, event) {
			t.Errorf("the entry %s is not among the events", event.ID)
		}
	}
	for n := range MaxAgents {
		names[personName(n)] = true
	}
	if len(names) != MaxAgents {
		t.Errorf("%d names for %d agents", len(names), MaxAgents)
	}
}

func TestValidate(t *testing.T) {
	_, err := New(Config{
		Rate: math.NaN(), AIShare: -1, CampaignShare: 2, HeartbeatShare: math.Inf(1),
		Companies: []Company{{Zone: "Europe/Berln"}, {Name: "a b", Zone: "UTC", Agents: 1}, {Name: "a b", Zone: "UTC", Agents: MaxAgents + 1}},
	})
	for _, want := range []string{"rate", "ai_share", "campaign_share", "heartbeat_share", "companies[0].name: is missing",
		`did you mean "Europe/Berlin"`, "companies[0].agents", "companies[1].name", "companies[2].name: \"a b\" is there twice", "companies[2].agents"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not tell %q: %v", want, err)
		}
	}
	for _, config := range []Config{{}, {Rate: MaxRate + 1}} {
		if config.Validate() == nil {
			t.Errorf("%+v passes", config)
		}
	}
}

// benchmarkRates calls run with floors of two sizes, the larger with agents to match.
func benchmarkRates(b *testing.B, run func(*testing.B, *Simulation)) {
	for _, rate := range []int{120, 5000} {
		b.Run(fmt.Sprintf("rate=%d", rate), func(b *testing.B) {
			config := DefaultConfig()
			config.Rate = float64(rate)
			for i := range config.Companies {
				config.Companies[i].Agents *= max(1, rate/250)
			}
			b.ReportAllocs()
			run(b, simulation(b, config))
		})
	}
}

// One operation is one event of a floor in progress.
func BenchmarkEvents(b *testing.B) {
	benchmarkRates(b, func(b *testing.B, s *Simulation) {
		left := b.N
		for range s.Events(tuesday+10*hour, math.MaxInt64) {
			if left == b.N {
				b.ResetTimer()
			}
			if left--; left == 0 {
				b.StopTimer()
				runtime.GC()
				var memory runtime.MemStats
				runtime.ReadMemStats(&memory) // with the conversations in progress
				b.ReportMetric(float64(memory.HeapAlloc)/1e6, "heap-MB")
				break
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	})
}

// One operation is one event of a week, made and written as a line.
func BenchmarkLines(b *testing.B) {
	benchmarkRates(b, func(b *testing.B, s *Simulation) {
		left, bytes := b.N, 0
		var line []byte
		var err error
		for event := range s.Events(tuesday, math.MaxInt64) {
			if left == b.N {
				b.ResetTimer()
			}
			if line, err = schemas.AppendEvent(line[:0], &event); err != nil {
				b.Fatal(err)
			}
			if bytes, left = bytes+len(line)+1, left-1; left == 0 {
				break
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		b.ReportMetric(float64(bytes)/float64(b.N), "bytes/event")
	})
}

// One operation is a start at noon: finding the conversations in progress.
func BenchmarkStart(b *testing.B) {
	benchmarkRates(b, func(b *testing.B, s *Simulation) {
		for b.Loop() {
			for range s.Events(tuesday+12*hour, math.MaxInt64) {
				break
			}
		}
	})
}
