package pipeline

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
)

// restarted is a new instance on the store of one that has ended, which is given it through wrap.
func (w *world) restarted(wrap func(Store) Store) *world {
	again := &world{t: w.t, log: newFakeLog(w.next), store: w.store, meter: newFakeMeter(), done: make(chan error, 1), next: w.next}
	again.p = New(DefaultConfig(), w.p.settings, Parts{Log: again.log, Store: wrap(w.store), Meter: again.meter, Clock: time.Now, Logger: zerolog.Nop()})
	ctx, cancel := context.WithCancel(w.t.Context())
	again.cancel = cancel
	go func() { again.done <- again.p.Run(ctx) }()
	synctest.Wait()
	return again
}

// asked is a store that notes what a start asks for.
type asked struct {
	*model
	since, openSince time.Duration // ago
	whole            int
}

func (s *asked) LoadState(ctx context.Context, partition int32, generation uint16, since, openSince schemas.Instant) ([]schemas.StateRow, error) {
	s.since, s.openSince = time.Since(since.Time()), time.Since(openSince.Time())
	return s.model.LoadState(ctx, partition, generation, since, openSince)
}

func (s *asked) FindState(ctx context.Context, keys map[int32][]schemas.KeyID) ([]schemas.StateRow, error) {
	s.whole += len(keys[0])
	return s.model.FindState(ctx, keys)
}

// A customer writes before midnight, and once more by a clock that is four minutes ahead. A restart in these minutes shows the same tile
// as before, from the first moment, minute by minute; it reads all of that conversation and only what is hot of the others.
func TestRestartAheadOfMidnight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := newWorld(t, DefaultConfig(), 0)
		location, err := schemas.LoadZone("Atlantic/Azores")
		if err != nil {
			t.Fatal(err)
		}
		midnight := schemas.DayOf(location, schemas.InstantOf(time.Now())).To
		time.Sleep(time.Until(midnight.Time().Add(-3 * time.Minute)))
		ahead := message("m2", "c1", time.Now())
		ahead.OccurredAt = midnight + 60*1000
		before.send(message("m1", "c1", time.Now()), ahead, message("m3", "c2", time.Now()))
		if err := before.stop(); err != nil {
			t.Fatal(err)
		}
		store := &asked{model: before.store}
		w := before.restarted(func(Store) Store { return store })
		time.Sleep(time.Second)
		for now := time.Now(); now.Before(midnight.Time().Add(5 * time.Minute)); now = time.Now() {
			want := map[bool]float64{true: 2, false: 1}[now.Before(midnight.Time())] // c1 has a message on either day
			if got := w.meter.value(schemas.MetricActiveToday); got != want {
				t.Errorf("%s from midnight %v are active, want %v", now.Sub(midnight.Time()), got, want)
			}
			time.Sleep(time.Minute)
			synctest.Wait()
		}
		if store.whole != 1 {
			t.Errorf("%d rows were read whole, want 1", store.whole)
		}
		if store.since != 48*time.Hour || store.openSince != aggregator.Expiry*time.Millisecond {
			t.Errorf("conversations were loaded of the last %s, open ones of the last %s", store.since, store.openSince)
		}
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
}

// While a long log is read for the first time, what is long past in it goes out of memory as soon as it is stored, and is looked up when
// something comes of it after all.
func TestCatchUpForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := DefaultConfig()
		cfg.FlushInterval, cfg.StateInterval, cfg.PublishInterval = time.Hour, time.Hour, time.Hour
		w := newWorld(t, cfg, 100)
		closed := message("s1", "c1", time.Now())
		closed.Type, closed.Status, closed.Sequence = schemas.TypeStatus, schemas.StatusClosed, 1
		f := func(day, lookups int, events ...schemas.Event) {
			t.Helper()
			w.send(events...)
			time.Sleep(3 * time.Hour)
			synctest.Wait()
			if got := w.meter.samples(schemas.MetricLookup); got != lookups {
				t.Errorf("on day %d there were %d look-ups, want %d", day, got, lookups)
			}
			time.Sleep(21 * time.Hour)
		}
		f(0, 0, message("m1", "c1", time.Now()), closed)
		f(1, 0, message("m2", "c2", time.Now()))
		f(2, 0, message("m3", "c2", time.Now()))
		f(3, 1, message("m4", "c1", time.Now()))
		if w.p.Status().CaughtUp != 0 {
			t.Error("it has caught up; that was to be before")
		}
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
}
