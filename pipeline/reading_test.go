package pipeline

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// At the cap, with ClickHouse away, partitions still go and come; records wait.
func TestPartitionsGoAndComeAtTheCap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := DefaultConfig()
		cfg.PendingRows = 1000
		w := newWorld(t, cfg, 0)
		w.store.set(errors.New("connection refused"))
		var events []schemas.Event
		for i := range 1000 {
			events = append(events, message(fmt.Sprint("m", i), fmt.Sprint("c", i), time.Now()))
		}
		w.send(events...) // 2,000 rows
		w.log.polls <- schemas.Polled{Batches: []schemas.Batch{w.batch(message("one more", "c1", time.Now()))}}
		select {
		case w.log.polls <- schemas.Polled{}:
			t.Error("records are taken at the cap")
		case <-time.After(time.Minute):
		}
		for number := range int64(3) {
			w.log.changes <- schemas.Polled{Revoked: []schemas.Assignment{{Partition: 0, Number: 1 + number}}}
			time.Sleep(time.Second)
			if owned := w.p.Status().Owned; owned != 0 {
				t.Errorf("a second after its revocation %d partitions are told", owned)
			}
			w.log.changes <- schemas.Polled{Assigned: []schemas.Assignment{{Partition: 0, Number: 2 + number}}}
			time.Sleep(time.Second)
			if owned := w.p.Status().Owned; owned != 1 {
				t.Errorf("a second after its assignment %d partitions are told", owned)
			}
		}
		polls := w.log.polled.Load()
		w.store.set(nil)
		time.Sleep(maxBackoff + time.Second)
		if w.log.polled.Load() == polls {
			t.Error("the log is not read on when the store is back")
		}
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
}
