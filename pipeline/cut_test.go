package pipeline

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// states gives what the table has of conversations, agents and teams, and the offset of the position, -1 without one.
func (m *model) states(t *testing.T) (rows []schemas.StateRow, next int64) {
	next = -1
	m.with(func() {
		for _, stored := range m.tables["state"] {
			row := stored.row.(schemas.StateRow)
			if row.Kind != schemas.StatePosition && row.Kind != schemas.StateArchive {
				rows = append(rows, row)
				continue
			}
			position, err := schemas.PositionOf(&row)
			if err != nil {
				t.Error(err)
			}
			next = position.Next
		}
	})
	return rows, next
}

// landed tells how many inserts into a table there were.
func (m *model) landed(table string) (n int) {
	m.with(func() { n = m.landings[table] })
	return n
}

// status is one of a conversation.
func status(id, conversation, status string, at time.Time) schemas.Event {
	e := message(id, conversation, at)
	e.Type, e.Status, e.MessageID, e.AuthorKind, e.Direction = schemas.TypeStatus, status, "", "", ""
	return e
}

// blindStore answers no look-up while it is blind.
type blindStore struct {
	*model
	blind atomic.Bool
}

func (s *blindStore) FindState(ctx context.Context, keys map[int32][]schemas.KeyID) ([]schemas.StateRow, error) {
	if s.blind.Load() {
		return nil, errInsert
	}
	return s.model.FindState(ctx, keys)
}

// The position does not pass an event that waits for the stored state of its conversation, though states behind it are written; once it
// need not wait the position moves on.
func TestPositionWaitsForLookups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := newWorld(t, DefaultConfig(), 0)
		before.send(message("m1", "c1", time.Now()))
		before.ended()
		store := &blindStore{model: before.store}
		w := resume(t, before.p.settings, newFakeLog(1), before.store, store, before.next)
		store.blind.Store(true)
		presence := message("p1", "", time.Now())
		presence.Type, presence.Agent, presence.Action, presence.Presence = schemas.TypeAgent, "a1", schemas.ActionStatusChanged, schemas.PresenceAway
		w.send(message("m2", "c1", time.Now()), presence)
		time.Sleep(30 * time.Second)
		if rows, next := store.states(t); len(rows) != 2 || next != 1 {
			t.Errorf("%d states and the position %d, want those of c1 and a1, and 1, since the event at 1 waits", len(rows), next)
		}
		store.blind.Store(false)
		time.Sleep(30 * time.Second)
		if _, next := store.states(t); next != 3 {
			t.Errorf("the position is %d when nothing waits, want 3", next)
		}
		w.ended()
	})
}

// The position moves on over records that change no state.
func TestPositionPassesRejects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, DefaultConfig(), 0)
		w.log.polls <- schemas.Polled{Batches: []schemas.Batch{{Assignment: assignment, Next: 1, End: 1, Rejects: []schemas.RejectRow{{}}}}}
		time.Sleep(15 * time.Second)
		if _, next := w.store.states(t); next != 1 {
			t.Errorf("the position is %d, want 1, behind the reject", next)
		}
		w.ended()
	})
}

// States of a cut that failed are written again: their conversations are not due any more.
func TestCutThatFailedIsWrittenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, DefaultConfig(), 0)
		w.store.with(func() {
			w.store.fault = func(table string) fault { return map[bool]fault{true: isLost}[table == "state"] }
		})
		w.send(message("m1", "c1", time.Now()))
		time.Sleep(11 * time.Second)
		if rows, _ := w.store.states(t); len(rows) != 0 {
			t.Fatalf("%d states although inserts are lost", len(rows))
		}
		w.store.with(func() { w.store.fault = nil })
		time.Sleep(15 * time.Second)
		if rows, next := w.store.states(t); len(rows) != 1 || next != 1 {
			t.Errorf("%d states and the position %d, want 1 each", len(rows), next)
		}
		w.ended()
	})
}

// While the last cut is not in the table, what it holds stays in memory, or a look-up would bring the state before it.
func TestWhatIsNotWrittenIsNotForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, DefaultConfig(), 0)
		start := time.Now().Add(-60 * time.Hour)
		tag := func(name string) schemas.Event {
			e := status(name, "c1", schemas.StatusTagged, start)
			e.Tag, e.AppendedAt = name, schemas.InstantOf(time.Now())
			return e
		}
		w.send(message("m1", "c1", start), status("s1", "c1", schemas.StatusClosed, start))
		time.Sleep(15 * time.Second) // it is stored, and forgotten
		w.send(tag("a"))
		w.store.with(func() { w.store.fault = func(string) fault { return isLost } })
		time.Sleep(15 * time.Second) // the cut is in hand
		w.send(tag("b"))
		w.store.with(func() { w.store.fault = nil })
		w.ended()
		for _, stored := range w.store.tables["conversation_days"] {
			if row := stored.row.(schemas.ConversationDayRow); !slices.Equal(row.Tags, []string{"a", "b"}) {
				t.Errorf("tags %v, want both", row.Tags)
			}
		}
	})
}

// What the table has goes out of memory beyond the limit, and is looked up when it is needed again.
func TestLimitOfMemoryIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := DefaultConfig()
		cfg.MemoryBytes = 0
		w := newWorld(t, cfg, 0)
		w.send(message("m1", "c1", time.Now()))
		time.Sleep(11 * time.Second)
		w.send(message("m2", "c1", time.Now()))
		if n := w.meter.samples(schemas.MetricLookup); n != 1 {
			t.Errorf("%d look-ups, want one", n)
		}
		w.ended()
	})
}
