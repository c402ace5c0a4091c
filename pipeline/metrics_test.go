package pipeline

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/exporter/prometheus"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/expfmt"
	"github.com/rs/zerolog"
)

var update = flag.Bool("update", false, "write testdata/metrics.txt")

// story is an hour on a small floor in which every family of the dictionary gets a value. Each line is a second apart.
func story(tell func(change func(*schemas.Event))) {
	message := func(conversation, author, agent, channel string) func(*schemas.Event) {
		return func(e *schemas.Event) {
			e.Type, e.Conversation, e.AuthorKind, e.Agent, e.Channel = schemas.TypeMessage, conversation, author, agent, channel
			e.Direction, e.Visibility, e.Kind, e.Delivery = schemas.DirectionOut, schemas.VisibilityPublic, schemas.KindText, schemas.DeliverySent
			if author == schemas.AuthorCustomer {
				e.Direction = schemas.DirectionIn
			}
		}
	}
	status := func(conversation, status string, more func(*schemas.Event)) func(*schemas.Event) {
		return func(e *schemas.Event) {
			e.Type, e.Conversation, e.Status = schemas.TypeStatus, conversation, status
			more(e)
		}
	}
	nothing := func(*schemas.Event) {}
	owner := func(id, kind string) func(*schemas.Event) {
		return func(e *schemas.Event) { e.Owner, e.OwnerKind = id, kind }
	}
	presence := func(agent, presence string) func(*schemas.Event) {
		return func(e *schemas.Event) {
			e.Type, e.Agent, e.Action, e.Presence = schemas.TypeAgent, agent, schemas.ActionStatusChanged, presence
		}
	}
	tell(presence("a1", schemas.PresenceAvailable))
	tell(presence("a2", schemas.PresenceOffline))
	// answered by a person after 2 s, in a team and a queue, closed
	tell(message("answered", schemas.AuthorCustomer, "", "web"))
	tell(status("answered", schemas.StatusAssigned, func(e *schemas.Event) {
		e.Owner, e.OwnerKind, e.Team, e.Queue = "a1", schemas.OwnerHuman, "billing", "invoices"
	}))
	tell(message("answered", schemas.AuthorHuman, "a1", "web"))
	tell(status("answered", schemas.StatusClosed, func(e *schemas.Event) { e.Reason = schemas.CloseResolved }))
	// an AI answers after 2 s and hands off; a person is waited for
	tell(message("handed off", schemas.AuthorCustomer, "", "whatsapp"))
	tell(status("handed off", schemas.StatusAssigned, owner("bot", schemas.OwnerAI)))
	tell(message("handed off", schemas.AuthorAI, "bot", "whatsapp"))
	tell(status("handed off", schemas.StatusHandedOff, func(e *schemas.Event) { e.Queue = "humans" }))
	// an AI owns it, and the customer waits for a next reply
	tell(message("with the AI", schemas.AuthorCustomer, "", "app"))
	tell(status("with the AI", schemas.StatusAssigned, owner("bot", schemas.OwnerAI)))
	tell(message("with the AI", schemas.AuthorAI, "bot", "app"))
	tell(message("with the AI", schemas.AuthorCustomer, "", "app"))
	// the answer to a broadcast, unanswered; and one that was closed unanswered
	tell(message("broadcast", schemas.AuthorCampaign, "", "sms"))
	tell(message("broadcast", schemas.AuthorCustomer, "", "sms"))
	tell(message("left", schemas.AuthorCustomer, "", "web"))
	tell(status("left", schemas.StatusClosed, func(e *schemas.Event) { e.Reason = schemas.CloseTimeout }))
	// another agent writes first; then something from two hours ago
	tell(message("outbound", schemas.AuthorHuman, "a2", "email"))
	tell(status("answered", schemas.StatusTagged, func(e *schemas.Event) { e.Tag, e.OccurredAt = "late", e.OccurredAt-2*3600*1000 }))
	tell(status("answered", schemas.StatusDequeued, nothing))
	tell(status("answered", schemas.StatusClosed, func(e *schemas.Event) { e.Reason = schemas.CloseResolved })) // a second time
	// an agent who may hold three gives one away, which then goes to another tier, and what is sent does not arrive
	tell(func(e *schemas.Event) {
		slots := int64(3)
		e.Type, e.Action, e.Agent, e.Facts = schemas.TypeAgent, schemas.ActionCapacity, "a1", &schemas.Facts{Slots: &slots}
	})
	tell(message("given away", schemas.AuthorCustomer, "", "web"))
	tell(status("given away", schemas.StatusAssigned, owner("a1", schemas.OwnerHuman)))
	tell(status("given away", schemas.StatusTransferred, owner("a2", schemas.OwnerHuman)))
	tell(status("given away", schemas.StatusEscalated, nothing))
	tell(func(e *schemas.Event) {
		message("given away", schemas.AuthorHuman, "a2", "web")(e)
		e.Delivery = schemas.DeliveryFailed
	})
}

// The whole story as Prometheus reads it: every family, label and value. A family of the dictionary that nobody makes is missing here,
// and so the test fails. Bucket lines are left out; the sums tell units and values.
func TestStoryInPrometheus(t *testing.T) {
	var lines []string
	synctest.Test(t, func(t *testing.T) {
		settings := aggregator.DefaultSettings()
		settings.AgentSeries, settings.Horizon = 1, 72*time.Hour
		exporter, store := prometheus.New(prometheus.Build{Version: "v", GoVersion: "go", ZoneVersion: "z"}), newModel()
		known := schemas.Position{Generation: settings.Generation, Partitions: 1, TopicID: [16]byte{1}, LeaderEpoch: -1, Settings: settings.Hash(0)}
		if err := store.WriteState(t.Context(), []schemas.StateRow{known.Row(schemas.StatePosition, 0)}); err != nil { // so that conversations are looked up
			t.Fatal(err)
		}
		w := &world{t: t, log: newFakeLog(0)}
		p := New(DefaultConfig(), settings, Parts{Log: w.log, Store: store, Rollups: &fakeRollups{due: 1}, Meter: exporter, Clock: time.Now, Logger: zerolog.Nop()})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- p.Run(ctx) }()
		time.Sleep(rollupInterval + 7*time.Millisecond) // a day is rolled up; and so that nothing of the story falls on a tick

		var events []schemas.Event
		story(func(change func(*schemas.Event)) {
			now := schemas.InstantOf(time.Now())
			e := schemas.Event{ID: string(rune('a' + len(events))), Company: "acme", OccurredAt: now, AppendedAt: now, ContentHash: 1 << 40, MessageID: string(rune('a' + len(events)))}
			change(&e)
			events = append(events, e)
			w.log.polls <- schemas.Polled{Batches: []schemas.Batch{w.batch(e)}}
			time.Sleep(time.Second)
		})
		full := make([]schemas.Event, 4097) // one more than a conversation takes
		for i := range full {
			full[i] = message(fmt.Sprint("full", i), "full", time.Now())
			full[i].Visibility = schemas.VisibilityNote
		}
		w.log.polls <- schemas.Polled{Batches: []schemas.Batch{w.batch(full...)}}
		time.Sleep(time.Second)
		outdated := events[0] // a presence that was told five days late
		outdated.ID, outdated.OccurredAt, outdated.Backfill = "outdated", outdated.OccurredAt-5*24*3600*1000, true
		w.log.polls <- schemas.Polled{Batches: []schemas.Batch{w.batch(outdated)}}
		store.set(errors.New("connection refused"))
		w.log.polls <- schemas.Polled{Batches: []schemas.Batch{w.batch(message("unknown", "unknown", time.Now()))}} // it cannot be looked up
		conflict := events[2]
		conflict.ContentHash = 2 << 40 // another body under a known id
		w.log.polls <- schemas.Polled{Batches: []schemas.Batch{w.batch(events[2], conflict, events[0])}}
		w.log.polls <- schemas.Polled{Batches: []schemas.Batch{w.batch(newMessage(events[2], "z"))}}
		reject := w.batch()
		reject.Rejects = []schemas.RejectRow{{Reason: schemas.ReasonNotJSON, AppendedAt: schemas.InstantOf(time.Now())}}
		reject.End = w.next + 7 // the log goes on
		w.log.polls <- schemas.Polled{Batches: []schemas.Batch{reject}}
		rejecting := newRejecting(t, exporter, errTopic, zerolog.Nop())
		rejecting.log.polls <- rejecting.batch(1)
		time.Sleep(900 * time.Millisecond) // a write fails and that is published
		synctest.Wait()
		lines = exposition(t, exporter)
		store.set(nil)
		rejecting.log.set(nil)
		if err := rejecting.stop(); err != nil {
			t.Error(err)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	compareGolden(t, lines)
	missing := map[string]bool{}
	for _, m := range schemas.Metrics {
		if m.Kind != schemas.KindColumn && !strings.HasPrefix(m.Key, "gateway_") { // those are shown in ingest/gateway
			missing[m.PrometheusName()] = true
		}
	}
	for _, line := range lines {
		name, _, _ := strings.Cut(strings.NewReplacer("_count{", "{", "_sum{", "{", "_count ", " ", "_sum ", " ").Replace(line), "{")
		name, _, _ = strings.Cut(name, " ")
		delete(missing, name)
	}
	if len(missing) > 0 {
		t.Errorf("the dictionary has families that the story does not show: %v", slices.Sorted(maps.Keys(missing)))
	}
}

// newMessage is another message of the same conversation, now.
func newMessage(of schemas.Event, id string) schemas.Event {
	of.ID, of.MessageID = id, id
	of.OccurredAt = schemas.InstantOf(time.Now())
	of.AppendedAt = of.OccurredAt
	return of
}

// exposition is what Prometheus reads of the project's own families, without comments, buckets and the sums of the pipeline's own
// durations.
func exposition(t *testing.T, exporter *prometheus.Exporter) []string {
	families, err := exporter.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	encoder := expfmt.NewEncoder(&text, expfmt.NewFormat(expfmt.TypeTextPlain))
	for _, family := range families {
		if err := encoder.Encode(family); err != nil {
			t.Fatal(err)
		}
	}
	var lines []string
	for line := range strings.Lines(text.String()) {
		ours := strings.HasPrefix(line, "floorwatch_") && !strings.Contains(line, "_bucket{")
		if ours && !strings.Contains(line, "latency_seconds_sum{") && !strings.Contains(line, "flush_seconds_sum") {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	return lines
}

func compareGolden(t *testing.T, lines []string) {
	const path = "testdata/metrics.txt"
	if *update {
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(strings.TrimSpace(string(golden)), "\n"), lines); diff != "" {
		t.Errorf("%s differs (-golden +got); look at each line before you write it with -update:\n%s", path, diff)
	}
}
