package pipeline

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
)

// Who watches the group's lag sees what the last write before the end brought.
func TestStopCommits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, DefaultConfig(), 0)
		w.send(message("m1", "c1", time.Now()))
		if err := w.stop(); err != nil {
			t.Fatal(err)
		}
		select {
		case offsets := <-w.log.commits:
			if offsets[0] != 1 {
				t.Errorf("committed %v, the partition is at 1", offsets)
			}
		default:
			t.Error("nothing was committed")
		}
	})
}

// An archive that stops says so if it could not write all that it has read, and nothing if it could.
func TestArchiveStopTellsWhatCouldNotBeWritten(t *testing.T) {
	f := func(refused error, want string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			cfg, store, log := DefaultConfig(), newModel(), &forwardingLog{fakeLog: newFakeLog(1)}
			cfg.FlushInterval = cfg.StateInterval // it stops before it writes
			archive := NewArchive(cfg, 1, ArchiveParts{Log: log, Store: store, Meter: newFakeMeter(), Clock: time.Now, Logger: zerolog.Nop()})
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- archive.Run(ctx) }()
			synctest.Wait()
			log.polls <- schemas.Polled{Batches: []schemas.Batch{{Assignment: assignment, Next: 1, End: 1, Rejects: []schemas.RejectRow{{Topic: "t"}}}}}
			synctest.Wait()
			store.with(func() { store.refused = refused })
			stop()
			err := <-done
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("told %v, want %q", err, want)
			}
		})
	}
	f(nil, "")
	f(errInsert, "the last 1 events and rejects were not archived within 10s")
}
