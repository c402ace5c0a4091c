package pipeline

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// A start knows how much there is to read, from the position on, and shows nothing before it was told.
func TestLagOfAStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := newWorld(t, DefaultConfig(), 0)
		before.send(message("m1", "c1", time.Now()), message("m2", "c1", time.Now()))
		before.ended()
		log := newFakeLog(5)
		log.start = func(schemas.Position, bool) error {
			time.Sleep(10 * time.Second)
			return nil
		}
		w := resume(t, before.p.settings, log, before.store, before.store, before.next)
		w.send(message("m3", "c1", time.Now()))
		if status := w.p.Status(); status.CaughtUp != 0 {
			t.Error("it has caught up although the log's end is not known")
		}
		time.Sleep(15 * time.Second)
		if status := w.p.Status(); status.Lag != 2 || status.CaughtUp != 0 {
			t.Errorf("%d records to read, %d partitions caught up; want 2 and none", status.Lag, status.CaughtUp)
		}
		w.ended()
	})
}

// A rebuild that was interrupted goes on from its own position, and never builds on states of the generation before.
func TestRebuildThatWasInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, other := message("m1", "c1", time.Now()), message("m2", "c2", time.Now())
		before := newWorld(t, DefaultConfig(), 0)
		before.send(first, other)
		before.ended()
		settings := before.p.settings
		settings.Generation++
		rebuild := resume(t, settings, newFakeLog(2), before.store, before.store, 0)
		rebuild.send(first)
		rebuild.ended()
		rebuild = resume(t, settings, newFakeLog(2), before.store, before.store, 1)
		rebuild.send(other)
		rebuild.ended()
		for name, stored := range before.store.tables["episodes"] {
			if generation := stored.version >> 48; generation != uint64(settings.Generation) {
				t.Errorf("episode %s is still of generation %d", name, generation)
			}
		}
	})
}
