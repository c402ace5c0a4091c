package pipeline

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// Old states are deleted a day after a start at the earliest, a week after they are over, by the log's time, and while a log is still
// being caught up not at all.
func TestStatesAreKeptForAWeekLonger(t *testing.T) {
	f := func(end int64, want string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			cfg := DefaultConfig() // of a slow day, so that it is quick
			cfg.FlushInterval, cfg.StateInterval, cfg.PublishInterval = time.Hour, time.Hour, 6*time.Hour
			w := newWorld(t, cfg, end)
			w.send(message("m1", "c1", time.Now()))
			time.Sleep(23 * time.Hour)
			w.store.with(func() {
				if n := len(w.store.forgotten); n != 0 {
					t.Errorf("states were deleted %d times on the first day", n)
				}
			})
			time.Sleep(3 * time.Hour)
			appended := time.Now().Add(-12 * time.Hour) // the log is read again from then
			w.send(message("m2", "c1", appended))
			time.Sleep(2 * time.Hour)
			w.send(message("m3", "c1", appended))
			time.Sleep(2 * time.Hour)
			var got []time.Duration
			w.store.with(func() {
				for _, instant := range w.store.forgotten {
					got = append(got, appended.Sub(instant.Time()).Round(time.Hour))
				}
			})
			if fmt.Sprint(got) != want {
				t.Errorf("deleted what was last appended to %v before the newest record, want %s", got, want)
			}
			w.ended()
		})
	}
	f(0, "[2328h0m0s]") // 97 days
	f(100, "[]")
}
