package pipeline

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
)

// archivedLog is a fakeLog that may refuse rejects, and notes which it took and from where it was read.
type archivedLog struct {
	*fakeLog
	refuses   atomic.Bool
	forwarded atomic.Int64
	from      schemas.Position
	known     bool
}

func (l *archivedLog) Forward(_ context.Context, rejects []schemas.RejectRow) error {
	if l.refuses.Load() {
		return errInsert
	}
	l.forwarded.Add(int64(len(rejects)))
	return nil
}

func (l *archivedLog) Start(_ context.Context, _ schemas.Assignment, from schemas.Position, known bool) (int64, error) {
	l.from, l.known = from, known
	return l.end, nil
}

// archiving starts an archive that writes positions so often, and gives what ends it.
func archiving(t *testing.T, store *model, positions time.Duration) (log *archivedLog, end func()) {
	t.Helper()
	log = &archivedLog{fakeLog: newFakeLog(0)}
	cfg := DefaultConfig()
	cfg.StateInterval = positions
	archive := NewArchive(cfg, 1, ArchiveParts{Log: log, Store: store, Meter: newFakeMeter(), Clock: time.Now, Logger: zerolog.Nop()})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- archive.Run(ctx) }()
	synctest.Wait()
	return log, func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// oneOfEach is a batch of an event and a reject.
func oneOfEach(a schemas.Assignment) schemas.Batch {
	event := message("m1", "c1", time.Now())
	event.Place(0, event.AppendedAt)
	return schemas.Batch{Assignment: a, Events: []schemas.Event{event}, Rejects: []schemas.RejectRow{{Topic: "t", Offset: 1}}, Next: 2, End: 2}
}

// The archive's position passes only what the tables have and the topic of rejects, too; the next start goes on from there.
func TestArchivePositionIsBehindAllElse(t *testing.T) {
	f := func(name string, want int64, fail func(*model, *archivedLog, bool)) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			store := newModel()
			log, end := archiving(t, store, DefaultConfig().FlushInterval) // with every write
			fail(store, log, true)
			log.polls <- schemas.Polled{Batches: []schemas.Batch{oneOfEach(assignment)}}
			time.Sleep(time.Minute)
			if _, next := store.states(t); next != want {
				t.Errorf("%s: the position is %d, want %d: what is behind it is not everywhere yet", name, next, want)
			}
			fail(store, log, false)
			time.Sleep(30 * time.Second)
			if _, next := store.states(t); next != 2 || store.count("events") != 1 || store.count("rejects") != 1 || log.forwarded.Load() != 1 {
				t.Errorf("%s: the position is %d with %d events, %d rejects, %d forwarded; want 2 with one each",
					name, next, store.count("events"), store.count("rejects"), log.forwarded.Load())
			}
			end()
			log, end = archiving(t, store, time.Second)
			if !log.known || log.from.Next != 2 {
				t.Errorf("%s: the next start reads from %d, known %t, want 2", name, log.from.Next, log.known)
			}
			end()
		})
	}
	f("rejects are refused", 1, func(_ *model, log *archivedLog, on bool) { log.refuses.Store(on) })
	f("rows are lost", -1, func(store *model, _ *archivedLog, on bool) {
		store.with(func() {
			store.fault = func(table string) fault { return map[bool]fault{true: isLost}[on && table != "state"] }
		})
	})
}

// Positions are written now and then, since each is an insert, and in the end.
func TestArchivePositionsAreFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newModel()
		log, end := archiving(t, store, 10*time.Second)
		for next := range int64(58) { // a second apart
			batch := oneOfEach(assignment)
			batch.Next = next + 1
			log.polls <- schemas.Polled{Batches: []schemas.Batch{batch}}
			time.Sleep(time.Second)
		}
		if landed := store.landed("state"); landed != 5 {
			t.Errorf("%d inserts of positions in 58 s, want one in ten seconds", landed)
		}
		end()
		if _, next := store.states(t); next != 58 {
			t.Errorf("the position is %d after the end, want 58", next)
		}
	})
}

// What was read before a partition went and came again is not archived again, and does not move the position.
func TestArchiveOfAnEarlierAssignment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newModel()
		log, end := archiving(t, store, 10*time.Second)
		log.polls <- schemas.Polled{Revoked: []schemas.Assignment{assignment}, Assigned: []schemas.Assignment{second}}
		log.polls <- schemas.Polled{Revoked: []schemas.Assignment{assignment}, Batches: []schemas.Batch{oneOfEach(assignment)}}
		time.Sleep(30 * time.Second)
		if _, next := store.states(t); next != -1 || store.count("events") != 0 {
			t.Errorf("the position is %d with %d events, want none of an earlier assignment", next, store.count("events"))
		}
		log.polls <- schemas.Polled{Batches: []schemas.Batch{oneOfEach(second)}}
		time.Sleep(30 * time.Second)
		if _, next := store.states(t); next != 2 || store.count("events") != 1 {
			t.Errorf("the position is %d with %d events, want 2 with one", next, store.count("events"))
		}
		end()
	})
}

// Long texts fill the memory before many rows do: no more is read then until they are written.
func TestArchiveOfLongTexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newModel()
		log, end := archiving(t, store, 10*time.Second)
		store.with(func() { store.fault = func(string) fault { return isLost } })
		text := strings.Repeat("x", schemas.MaxTextBytes)
		const batches, each = 300, 128 // of a mebibyte
		var taken atomic.Int64
		go func() {
			for i := range batches {
				batch := schemas.Batch{Assignment: assignment, Next: int64(i+1) * each}
				for n := range int64(each) {
					event := message("m1", "c1", time.Now())
					event.ID, event.Text = fmt.Sprint(i, "-", n), text
					event.Place(int64(i)*each+n, event.AppendedAt)
					batch.Events = append(batch.Events, event)
				}
				log.polls <- schemas.Polled{Batches: []schemas.Batch{batch}}
				taken.Add(1)
			}
		}()
		time.Sleep(time.Minute)
		if n := taken.Load(); n < 2*maxTexts>>20 || n > 2*maxTexts>>20+4 {
			t.Errorf("%d MiB of texts are in memory, want %d that wait and as many in the insert in hand", n, maxTexts>>20)
		}
		store.with(func() { store.fault = nil })
		time.Sleep(time.Minute)
		if n := store.count("events"); n != batches*each {
			t.Errorf("%d events are archived, want %d", n, batches*each)
		}
		end()
	})
}
