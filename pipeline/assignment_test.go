package pipeline

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
)

// Later assignments of the one partition: it went, and came again.
var second, third = schemas.Assignment{Partition: 0, Number: 2}, schemas.Assignment{Partition: 0, Number: 3}

// move takes the partition away and gives it again.
func (w *world) move(from, to schemas.Assignment) {
	w.log.polls <- schemas.Polled{Revoked: []schemas.Assignment{from}, Assigned: []schemas.Assignment{to}}
	synctest.Wait()
}

// resume starts a pipeline over what another one left in a store, which it sees as wrapped.
func resume(t *testing.T, settings aggregator.Settings, log *fakeLog, store *model, wrapped Store, next int64) *world {
	t.Helper()
	w := &world{t: t, log: log, store: store, meter: newFakeMeter(), done: make(chan error, 1), next: next}
	w.p = New(DefaultConfig(), settings, Parts{Log: log, Store: wrapped, Meter: w.meter, Clock: time.Now, Logger: zerolog.Nop()})
	ctx, cancel := context.WithCancel(t.Context())
	w.cancel = cancel
	go func() { w.done <- w.p.Run(ctx) }()
	synctest.Wait()
	return w
}

// ended stops the pipeline, which must not have ended by itself.
func (w *world) ended() {
	w.t.Helper()
	select {
	case err := <-w.done:
		w.t.Error("it ended by itself: ", err)
	default:
		if err := w.stop(); err != nil {
			w.t.Error(err)
		}
	}
}

// Records that were read before their partition went and came again come again behind the position; the earlier ones do not count.
func TestBatchOfAnEarlierAssignment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, DefaultConfig(), 0)
		early := w.batch(message("m1", "c1", time.Now()))
		w.move(assignment, second)
		w.log.polls <- schemas.Polled{Revoked: []schemas.Assignment{assignment}, Batches: []schemas.Batch{early}}
		time.Sleep(2 * time.Second)
		if status := w.p.Status(); status.Owned != 1 || status.Records != 0 || w.store.count("episodes") != 0 {
			t.Errorf("%d partitions, %d records, %d episodes, want the one partition with nothing read", status.Owned, status.Records, w.store.count("episodes"))
		}
		w.ended()
	})
}

// A state that was loaded for an earlier assignment does not replace that of the present one.
func TestStateLoadedForAnEarlierAssignment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, DefaultConfig(), 0)
		w.store.with(func() { w.store.takes = func() time.Duration { return 10 * time.Second } })
		w.move(assignment, second)
		w.store.with(func() { w.store.takes = nil })
		w.move(second, third)
		batch := w.batch(message("m1", "c1", time.Now()))
		batch.Assignment = third
		w.log.polls <- schemas.Polled{Batches: []schemas.Batch{batch}}
		time.Sleep(time.Minute)
		if got := w.meter.value(schemas.MetricActiveToday); got != 1 {
			t.Errorf("active is %v when the late state has come, want 1", got)
		}
		w.ended()
	})
}

// What Kafka said of an earlier assignment is no longer of interest, a refusal neither.
func TestStartOfAnEarlierAssignment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, DefaultConfig(), 0)
		w.log.start = func(schemas.Position, bool) error {
			time.Sleep(10 * time.Second)
			return errors.New("the topic was deleted")
		}
		w.move(assignment, second)
		w.log.start = nil
		w.move(second, third)
		time.Sleep(time.Minute)
		w.ended()
	})
}

// A cut that was written for an earlier assignment moves nothing of the present one: it may know less.
func TestCutOfAnEarlierAssignment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, DefaultConfig(), 0)
		w.send(message("m1", "c1", time.Now()))
		time.Sleep(2 * time.Second) // the rows are written
		w.store.with(func() { w.store.takes = func() time.Duration { return 30 * time.Second } })
		time.Sleep(9 * time.Second) // the state is on its way
		w.store.with(func() { w.store.takes = nil })
		w.move(assignment, second)
		time.Sleep(time.Minute)
		if landed := w.store.landed("state"); landed != 1 {
			t.Fatalf("the state was written %d times, want once", landed)
		}
		select {
		case offsets := <-w.log.commits:
			t.Errorf("committed %v, which the present assignment has not read", offsets)
		default:
		}
		w.ended()
	})
}

// lateStore answers a look-up when it is let, with what it had when it was asked.
type lateStore struct {
	*model
	let chan struct{}
}

func (s *lateStore) FindState(ctx context.Context, keys map[int32][]schemas.KeyID) ([]schemas.StateRow, error) {
	rows, err := s.model.FindState(ctx, keys)
	if len(keys[0]) > 0 {
		<-s.let
	}
	return rows, err
}

// What was found for an earlier assignment is asked for again: others may have written since.
func TestLookupOfAnEarlierAssignment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := newWorld(t, DefaultConfig(), 0)
		closed := message("s1", "c1", time.Now())
		closed.Type, closed.Status, closed.MessageID = schemas.TypeStatus, schemas.StatusClosed, ""
		before.send(message("m1", "c1", time.Now()), closed)
		before.ended()
		place := keyOfState(0, schemas.KeyIDOf(closed.Key()))
		states := before.store.tables["state"]
		row := states[place]
		delete(states, place) // it is on its way
		time.Sleep(72 * time.Hour)

		store := &lateStore{before.store, make(chan struct{})}
		w := resume(t, before.p.settings, newFakeLog(2), before.store, store, before.next)
		batch := w.batch(message("m2", "c1", time.Now()))
		w.log.polls <- schemas.Polled{Batches: []schemas.Batch{batch}}
		synctest.Wait()
		before.store.with(func() { states[place] = row })
		w.move(assignment, second)
		batch.Assignment = second
		w.log.polls <- schemas.Polled{Batches: []schemas.Batch{batch}}
		synctest.Wait()
		close(store.let)
		time.Sleep(2 * time.Second)
		w.ended()
		for _, stored := range before.store.tables["episodes"] {
			if row := stored.row.(schemas.EpisodeRow); row.Life != 0 {
				t.Errorf("the conversation began anew at offset %d although it was stored", row.Life)
			}
		}
	})
}

// Settings that were recorded meanwhile hold for a partition that is there and for one whose state is being loaded.
func TestVersionsReachEveryPartition(t *testing.T) {
	f := func(load time.Duration) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, DefaultConfig(), 0)
			w.store.with(func() { w.store.takes = func() time.Duration { return load } })
			w.move(assignment, second)
			from := schemas.InstantOf(time.Now().Add(48 * time.Hour))
			w.p.SetVersions(t.Context(), []schemas.SettingsVersion{{Company: "acme", Zone: w.p.settings.Zones["acme"]}, {Company: "acme", Zone: "Asia/Kathmandu", EffectiveFrom: from}}, time.Now())
			time.Sleep(30 * time.Second)
			batch := w.batch(message("m1", "c1", time.Now()))
			batch.Assignment = second
			w.log.polls <- schemas.Polled{Batches: []schemas.Batch{batch}}
			time.Sleep(30 * time.Second)
			w.ended()
			later := 0
			for key, stored := range w.store.tables["calendar"] {
				row := stored.row.(schemas.CalendarRow)
				if row.Day.From < from {
					continue
				}
				if later++; row.Zone != "Asia/Kathmandu" {
					t.Errorf("loading takes %s: day %s is counted in zone %s", load, key, row.Zone)
				}
			}
			if later == 0 {
				t.Errorf("loading takes %s: no day behind the change has a row", load)
			}
		})
	}
	f(0)
	f(5 * time.Second)
}
