package aggregator

import (
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// randomZone is a zone whose day begins at one o'clock on 2025-09-07, so that logs cross an odd midnight.
const randomZone = "America/Santiago"

func randomSettings() Settings {
	settings := DefaultSettings()
	settings.Zones = map[string]string{testCompany: randomZone}
	settings.Hours = map[string]Hours{testCompany: {Week: "Sat-Sun 09:00-13:00 14:00-22:00, Mon 00:00-18:00"}}
	settings.TeamHours = map[string]map[string]Hours{testCompany: {"t1": {Week: "Sat-Mon 11:00-12:00"}}}
	settings.Horizon = 72 * time.Hour // so that of two days nothing is ever final
	return settings
}

// randomLog draws the distinct events of a few conversations and agents over two days. Times are coarse, so that many are equal.
func randomLog(t *rapid.T) []schemas.Event {
	base, _ := schemas.ParseDate("2025-09-06")
	at := rapid.Map(rapid.IntRange(0, 300), func(n int) schemas.Instant {
		return schemas.InstantOf(base.Time()) + schemas.Instant(n)*600_000 // ten minutes
	})
	count := rapid.SampledFrom([]int{1, 3, 10, 40, 60, 80, 80}).Draw(t, "events")
	events := make([]schemas.Event, count)
	for i := range events {
		e := schemas.Event{
			SchemaVersion: 1, Company: testCompany, ID: fmt.Sprint("e", i), OccurredAt: at.Draw(t, "at"),
			Sequence: int64(rapid.IntRange(0, 2).Draw(t, "seq")), ContentHash: uint64(i+1) << 40,
		}
		e.AppendedAt = e.OccurredAt
		switch kind := rapid.IntRange(0, 19).Draw(t, "kind"); {
		case kind < 9:
			randomMessage(t, &e, i)
		case kind < 16:
			randomStatus(t, &e)
		case kind < 19:
			randomPresence(t, &e)
		default:
			e.Type, e.Entry, e.Agent = schemas.TypeDirectory, schemas.EntryAgent, pick(t, "a1", "a2")
			e.Name, e.Removed = fmt.Sprint("name", i), rapid.Bool().Draw(t, "removed")
		}
		events[i] = e
	}
	return events
}

func pick(t *rapid.T, choices ...string) string { return rapid.SampledFrom(choices).Draw(t, "pick") }

func randomMessage(t *rapid.T, e *schemas.Event, i int) {
	e.Type, e.Conversation, e.Channel = schemas.TypeMessage, pick(t, "c1", "c2"), pick(t, "", "web", "email")
	e.MessageID = fmt.Sprint("m", rapid.IntRange(max(0, i-8), i).Draw(t, "message")) // now and then one that is there already
	e.AuthorKind = pick(t, schemas.AuthorCustomer, schemas.AuthorCustomer, schemas.AuthorHuman, schemas.AuthorHuman, schemas.AuthorAI,
		schemas.AuthorAutomation, schemas.AuthorCampaign, schemas.AuthorSystem)
	e.Direction = schemas.DirectionOut
	if e.AuthorKind == schemas.AuthorCustomer {
		e.Direction, e.Customer = schemas.DirectionIn, pick(t, "", "k1", "k2")
	}
	if e.AuthorKind == schemas.AuthorHuman {
		e.Agent = pick(t, "a1", "a2")
	}
	e.Visibility = pick(t, schemas.VisibilityPublic, schemas.VisibilityPublic, schemas.VisibilityPublic, schemas.VisibilityNote)
	e.Kind = pick(t, schemas.KindText, schemas.KindText, schemas.KindText, schemas.KindFile, schemas.KindReaction)
	e.Delivery = pick(t, schemas.DeliverySent, schemas.DeliverySent, schemas.DeliverySent, schemas.DeliveryFailed)
}

// often are statuses that come more often than others, so that most logs have them.
var often = []string{schemas.StatusReopened, schemas.StatusReopened, schemas.StatusReopened, schemas.StatusHandedOff, schemas.StatusHandedOff, schemas.StatusHandedOff,
	schemas.StatusAssigned, schemas.StatusAssigned, schemas.StatusTransferred, schemas.StatusTransferred, schemas.StatusTransferred, schemas.StatusClosed, schemas.StatusClosed,
	schemas.StatusDeliveryUpdated, schemas.StatusDeliveryUpdated}

// foldedStatuses are those that the fold reads.
var foldedStatuses = slices.DeleteFunc(slices.Clone(schemas.Statuses), func(status string) bool {
	return !(&schemas.Event{Type: schemas.TypeStatus, Status: status}).Folds()
})

func randomStatus(t *rapid.T, e *schemas.Event) {
	e.Type, e.Conversation, e.Status = schemas.TypeStatus, pick(t, "c1", "c2"), pick(t, slices.Concat(foldedStatuses, often)...)
	switch e.Status {
	case schemas.StatusAssigned, schemas.StatusTransferred:
		e.Owner, e.OwnerKind, e.Team = pick(t, "", "a1", "a2"), pick(t, schemas.OwnerKinds...), pick(t, "", "t1", "t2")
	case schemas.StatusQueued, schemas.StatusHandedOff:
		e.Queue = pick(t, "q1", "q2")
	case schemas.StatusAccepted, schemas.StatusJoined, schemas.StatusLeft, schemas.StatusTookOver, schemas.StatusSupervisionIntervened,
		schemas.StatusSupervisionEnded, schemas.StatusWrapUpStarted, schemas.StatusWrapUpEnded:
		e.Agent = pick(t, "a1", "a2", "a2")
	case schemas.StatusPriorityChanged:
		e.Facts = &schemas.Facts{Priority: pick(t, schemas.PriorityHigh, schemas.PriorityLow)}
	case schemas.StatusEscalated:
		e.Facts = &schemas.Facts{Tier: pick(t, "", "2")}
	case schemas.StatusTagged, schemas.StatusUntagged:
		e.Tag = pick(t, "x", "y")
	case schemas.StatusClosed:
		e.Reason = pick(t, schemas.CloseReasons...)
	case schemas.StatusDeliveryUpdated:
		e.MessageID, e.Delivery = fmt.Sprint("m", rapid.IntRange(0, 60).Draw(t, "message")), pick(t, schemas.DeliveryFailed, schemas.DeliveryRead)
	}
}

func randomPresence(t *rapid.T, e *schemas.Event) {
	e.Type, e.Agent, e.Device = schemas.TypeAgent, pick(t, "a1", "a2"), pick(t, "", "d1")
	if e.Action = pick(t, schemas.Actions...); e.Action == schemas.ActionStatusChanged {
		e.Presence = pick(t, schemas.Presences...)
		return
	} else if e.Action == schemas.ActionCapacity {
		slots := int64(rapid.IntRange(0, 5).Draw(t, "slots"))
		e.Facts = &schemas.Facts{Slots: &slots}
		return
	}
	e.OccurredAt += schemas.Instant(rapid.IntRange(0, 5).Draw(t, "beat")) * 50_000
}

// rivals gives some events a second body under the same id, with a larger content hash: it must change nothing.
func rivals(t *rapid.T, events []schemas.Event) []schemas.Event {
	var out []schemas.Event
	for _, e := range events {
		// A heartbeat has no body beyond its time, and time is what makes it: two of one id are two signs of life.
		if e.Action != schemas.ActionHeartbeat && rapid.IntRange(0, 9).Draw(t, "rival") == 0 {
			e.ContentHash += 1000 << 40
			e.OccurredAt += 1_200_000
			e.Kind, e.Presence, e.Name = flip(e.Kind, schemas.KindText, schemas.KindReaction), flip(e.Presence, schemas.PresenceBusy, schemas.PresenceAway), e.Name+"'"
			out = append(out, e)
		}
	}
	return out
}

func flip(value, one, other string) string {
	switch value {
	case "":
		return ""
	case one:
		return other
	default:
		return one
	}
}

// The rows that readers see depend on the set of events alone: not on order, repetition, conflicting bodies or when rows are written.
func TestAnyOrderGivesTheSameRows(t *testing.T) {
	settings := randomSettings()
	rapid.Check(t, func(t *rapid.T) {
		events := randomLog(t)
		inOrder := slices.Clone(events)
		slices.SortStableFunc(inOrder, func(a, b schemas.Event) int { return int(a.OccurredAt - b.OccurredAt) })
		want := foldAll(settings, inOrder, len(inOrder)).view()

		log := append(slices.Clone(events), rivals(t, events)...)
		log = append(log, rapid.SliceOfN(rapid.SampledFrom(log), 0, 10).Draw(t, "duplicates")...)
		log = rapid.Permutation(log).Draw(t, "log")
		got := foldAll(settings, log, rapid.IntRange(1, 20).Draw(t, "every")).view()
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(tables{})); diff != "" {
			t.Fatalf("rows differ (-in order +shuffled):\n%s", diff)
		}
	})
}

// Gauges are the tiles again: what the rows of today add up to.
func TestGaugesEqualRows(t *testing.T) {
	settings := randomSettings()
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.Permutation(randomLog(t)).Draw(t, "log")
		state, rows := New(settings), newTable()
		for i := range events {
			events[i].Place(int64(i), events[i].AppendedAt)
			state.Apply(&events[i])
			rows.add(state.Rows())
		}
		last := slices.MaxFunc(events, func(a, b schemas.Event) int { return int(a.OccurredAt - b.OccurredAt) })
		now := last.OccurredAt - schemas.Instant(rapid.IntRange(0, 300_000).Draw(t, "ahead")) // clocks of producers run ahead
		today := state.company(testCompany).clocks.Calendar.Day(now).Date
		want := map[string]float64{}
		for _, row := range rows.view().days {
			if row.Day != today {
				continue
			}
			want[schemas.MetricActiveToday]++
			want[map[bool]string{true: schemas.MetricOpenToday, false: schemas.MetricClosedToday}[row.Open]]++
			want[map[bool]string{true: schemas.MetricAssignedToday, false: schemas.MetricUnassignedToday}[row.Owner != ""]]++
			if row.WaitingFirstResponse {
				want["waiting"]++
			}
			if row.InitiatedAt != 0 {
				want[schemas.MetricInitiatedToday]++
			}
		}
		for _, row := range rows.view().episodes {
			if row.WaitingSince != 0 {
				want["waits"]++
			}
		}
		got := map[string]float64{}
		for key, value := range state.Gauges(now) {
			switch key.Metric {
			case schemas.MetricActiveToday, schemas.MetricOpenToday, schemas.MetricClosedToday, schemas.MetricAssignedToday,
				schemas.MetricUnassignedToday, schemas.MetricInitiatedToday:
				got[key.Metric] += value
			case schemas.MetricWaitingFirstResponse:
				if key.Labels[4] == schemas.ScopeToday {
					got["waiting"] += value
				}
			case schemas.MetricWaitingReply:
				if key.Labels[4] == "any" {
					got["waits"] += value
				}
			}
		}
		maps.DeleteFunc(got, func(_ string, n float64) bool { return n == 0 })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("gauges differ (-rows +gauges):\n%s", diff)
		}
	})
}

// Each fact that has a sample, in any episode and order of events, gives it once.
func TestEveryFactIsObservedOnce(t *testing.T) {
	settings := randomSettings()
	beside := []string{schemas.MetricOpenSeconds, schemas.MetricHandledCloses, schemas.MetricHandle, schemas.MetricActiveHandle, // a close gives these, too
		schemas.MetricMessages, schemas.MetricFailedMessages}
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.Permutation(randomLog(t)).Draw(t, "log")
		state, given, noted := New(settings), 0, 0
		for i := range events {
			events[i].Place(int64(i), events[i].AppendedAt)
			for _, sample := range state.Apply(&events[i]).Observations {
				if !slices.Contains(beside, sample.Metric) {
					given++
				}
				if got, want := len(sample.Labels), len(schemas.FindMetric(sample.Metric).Labels); got != want {
					t.Fatalf("%s has %d labels, want %d", sample.Metric, got, want)
				}
			}
			for _, c := range state.conversations {
				for what, bit := range unobserved(c.work) {
					t.Fatalf("event %d: %s of %s is not observed (%b)", i, what, c.work.id, bit)
				}
			}
		}
		for _, c := range state.conversations {
			for i := range c.work.log {
				noted += bits.OnesCount8(c.work.log[i].sampled)
			}
		}
		if given != noted {
			t.Fatalf("%d observations of %d facts", given, noted)
		}
	})
}

// unobserved are the facts of a conversation that gave no sample.
func unobserved(w *unpacked) map[string]uint8 {
	missing := map[string]uint8{}
	need := func(what string, number int, event uint64, bit uint8, is bool) {
		if is && w.find(event).sampled&bit == 0 {
			missing[fmt.Sprint(what, " ", number+1)] = bit
		}
	}
	for n, ep := range w.fold.episodes {
		need("first response of episode", n, ep.firstReply, sampledAny, ep.firstResponse.At != 0)
		need("human first response of episode", n, ep.firstHumanReply, sampledHuman, ep.humanFirstResponse.At != 0)
		need("agent's first response of episode", n, ep.firstAgentReply, sampledAgent, ep.agentFirstResponse.At != 0)
		need("close of episode", n, ep.closing, sampledWork, ep.closedAt != 0)
		for i := range ep.transfers {
			need("transfer", i, ep.transfers[i].event, sampledWork, true)
		}
		for i := range ep.escalations {
			need("escalation", i, ep.escalations[i].event, sampledWork, true)
		}
	}
	for n, r := range w.fold.replies {
		need("reply", n, r.event, sampledReplyAny, r.waitsFor == waitsForAny)
		need("reply", n, r.event, sampledReplyHuman, r.waitsFor == waitsForHuman)
	}
	for n, h := range w.fold.holds {
		need("accept to reply of hold", n, h.replyEvent, sampledAccept, h.firstReplyAt != 0)
	}
	return missing
}

func check(t *rapid.T, written map[string]any, key string, row any) {
	if before, ok := written[key]; ok {
		if diff := cmp.Diff(before, row); diff != "" {
			t.Fatalf("%s was written with other bytes:\n%s", key, diff)
		}
	}
	written[key] = row
}
