package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
)

// askedStore counts the look-ups of one conversation.
type askedStore struct {
	*model
	key  schemas.KeyID
	asks atomic.Int64
}

func (s *askedStore) FindState(ctx context.Context, keys map[int32][]schemas.KeyID) ([]schemas.StateRow, error) {
	for _, key := range keys[0] {
		if key == s.key {
			s.asks.Add(1)
		}
	}
	return s.model.FindState(ctx, keys)
}

// again starts another pipeline where one was stopped, over what it has stored.
func (w *world) again(store Store, logger zerolog.Logger) *world {
	next := &world{t: w.t, log: newFakeLog(w.next), store: w.store, meter: newFakeMeter(), done: make(chan error, 1), next: w.next}
	next.p = New(DefaultConfig(), w.p.settings, Parts{Log: next.log, Store: store, Meter: next.meter, Clock: time.Now, Logger: logger})
	ctx, cancel := context.WithCancel(w.t.Context())
	next.cancel = cancel
	go func() { next.done <- next.p.Run(ctx) }()
	synctest.Wait()
	return next
}

// change changes a stored state.
func (m *model) change(key schemas.KeyID, change func(*schemas.StateRow)) {
	m.with(func() {
		stored := m.tables["state"][keyOfState(0, key)]
		row := stored.row.(schemas.StateRow)
		change(&row)
		stored.row = row
		m.tables["state"][keyOfState(0, key)] = stored
	})
}

// position is where a restart of the fold, or of the archive, would read on.
func (m *model) position(t *testing.T, kind string) (next int64) {
	m.with(func() {
		for _, stored := range m.tables["state"] {
			if row := stored.row.(schemas.StateRow); row.Kind == kind {
				position, err := schemas.PositionOf(&row)
				if err != nil {
					t.Error(err)
				}
				next = position.Next
			}
		}
	})
	return next
}

// A conversation whose stored state cannot be used waits alone, told by a gauge and a line that names it; when its row is mended its
// events are folded, and the position moves on.
func TestUnreadableStateHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := newWorld(t, DefaultConfig(), 0)
		before.send(message("m1", "c1", time.Now()), message("m2", "c2", time.Now()))
		if err := before.stop(); err != nil {
			t.Fatal(err)
		}
		store := &askedStore{model: before.store, key: schemas.KeyIDOf("c/acme/c1")}
		var whole []byte
		store.change(store.key, func(row *schemas.StateRow) { row.Rest, whole = []byte{99}, row.Rest })
		var lines strings.Builder
		w := before.again(store, zerolog.New(&lines))
		w.send(message("m3", "c1", time.Now()))
		time.Sleep(15 * time.Minute)
		for i := range 20 {
			time.Sleep(3 * time.Second)
			conversation := fmt.Sprint("c", 2+i)
			written := w.meter.total(schemas.MetricRowsWritten)
			w.send(message("of "+conversation, conversation, time.Now()))
			time.Sleep(time.Second)
			if w.meter.total(schemas.MetricRowsWritten) == written {
				t.Errorf("a second after its event %s has no rows", conversation)
			}
		}
		if unreadable := w.meter.value(schemas.MetricUnreadable); unreadable != 1 {
			t.Errorf("%v conversations are told as unreadable, want 1", unreadable)
		}
		if at := store.position(t, schemas.StatePosition); at != 2 {
			t.Errorf("the position is %d, want 2, that of the event that waits", at)
		}
		if asks := store.asks.Load(); asks < 15 || asks > 26 {
			t.Errorf("asked for it %d times in 16 minutes, want about once a minute", asks)
		}
		store.change(store.key, func(row *schemas.StateRow) { row.Rest = whole })
		time.Sleep(75 * time.Second)
		if unreadable, at := w.meter.value(schemas.MetricUnreadable), store.position(t, schemas.StatePosition); unreadable != 0 || at != 23 {
			t.Errorf("mended: %v unreadable, the position is %d; want none and 23", unreadable, at)
		}
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		if text := lines.String(); !strings.Contains(text, "restore conversation with key") || !strings.Contains(text, "mend its row in the table state") {
			t.Errorf("the log does not tell what to do:\n%.500s", text)
		}
	})
}

// loadedStore counts the loads of states.
type loadedStore struct {
	*model
	loads atomic.Int64
}

func (s *loadedStore) LoadState(ctx context.Context, partition int32, generation uint16, since, openSince schemas.Instant) ([]schemas.StateRow, error) {
	s.loads.Add(1)
	return s.model.LoadState(ctx, partition, generation, since, openSince)
}

// The state of a partition that went is not asked for any more.
func TestLoadEndsWithThePartition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := newWorld(t, DefaultConfig(), 0)
		if err := before.stop(); err != nil {
			t.Fatal(err)
		}
		store := &loadedStore{model: before.store}
		store.set(errors.New("connection refused"))
		w := before.again(store, zerolog.Nop())
		time.Sleep(time.Minute)
		w.log.polls <- schemas.Polled{Revoked: []schemas.Assignment{assignment}}
		synctest.Wait()
		loads := store.loads.Load()
		time.Sleep(time.Minute)
		if now := store.loads.Load(); loads == 0 || now != loads {
			t.Errorf("asked %d times while it had the partition, %d times afterwards; want none then", loads, now-loads)
		}
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
}

// A store that does not answer is asked less and less often, for all conversations at once.
func TestLookupsWaitForTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := newWorld(t, DefaultConfig(), 0)
		before.send(message("m1", "c1", time.Now()))
		if err := before.stop(); err != nil {
			t.Fatal(err)
		}
		store := &askedStore{model: before.store, key: schemas.KeyIDOf("c/acme/c1")}
		w := before.again(store, zerolog.Nop())
		w.store.set(errors.New("connection refused"))
		w.send(message("m2", "c1", time.Now()))
		time.Sleep(5 * time.Minute)
		if asks, unreadable := store.asks.Load(), w.meter.value(schemas.MetricUnreadable); asks > 40 || unreadable != 0 {
			t.Errorf("asked %d times in 5 minutes, %v unreadable; want at most 40 times, and none", asks, unreadable)
		}
		w.store.set(nil)
		time.Sleep(maxBackoff + 2*time.Second)
		if n := w.store.count("conversation_days"); n != 1 || w.meter.value(schemas.MetricPendingBytes) != 0 {
			t.Errorf("%d days, %v bytes wait when the store is back", n, w.meter.value(schemas.MetricPendingBytes))
		}
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
}
