package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
)

// forwardingLog is a fakeLog with a topic of rejects.
type forwardingLog struct {
	*fakeLog
	lock    sync.Mutex
	refused error         // nil: the topic takes all
	takes   time.Duration // to answer
	taken   map[int64]int // how often, by offset
}

func (l *forwardingLog) Forward(ctx context.Context, rejects []schemas.RejectRow) error {
	l.lock.Lock()
	refused, takes := l.refused, l.takes
	l.lock.Unlock()
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		return ctx.Err()
	}
	l.lock.Lock()
	defer l.lock.Unlock()
	if refused == nil && l.taken == nil {
		l.taken = map[int64]int{}
	}
	for i := range rejects {
		if refused == nil {
			l.taken[rejects[i].Offset]++
		}
	}
	return refused
}

func (l *forwardingLog) set(refused error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.refused = refused
}

// rejecting is an archive that reads rejects.
type rejecting struct {
	t      *testing.T
	log    *forwardingLog
	store  *model
	next   int64
	cancel context.CancelFunc
	done   chan error
}

var errTopic = errors.New("unknown topic")

func newRejecting(t *testing.T, meter Meter, refused error, logger zerolog.Logger) *rejecting {
	r := &rejecting{t: t, log: &forwardingLog{fakeLog: newFakeLog(0), refused: refused}, store: newModel(), done: make(chan error, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	r.cancel = cancel
	a := NewArchive(DefaultConfig(), 1, ArchiveParts{Log: r.log, Store: r.store, Meter: meter, Clock: time.Now, Logger: logger})
	go func() { r.done <- a.Run(ctx) }()
	synctest.Wait()
	return r
}

// batch is an event and then so many rejects.
func (r *rejecting) batch(rejects int) schemas.Polled {
	event := message(fmt.Sprint("m", r.next), "c1", time.Now())
	event.Place(r.next, event.AppendedAt)
	batch := schemas.Batch{Assignment: assignment, Events: []schemas.Event{event}}
	for i := range rejects {
		batch.Rejects = append(batch.Rejects, schemas.RejectRow{Topic: "t", Offset: r.next + 1 + int64(i), Bytes: 100})
	}
	r.next += int64(rejects) + 1
	batch.Next, batch.End = r.next, r.next
	return schemas.Polled{Batches: []schemas.Batch{batch}}
}

// send appends them to the log and waits until they are written.
func (r *rejecting) send(rejects int) {
	r.log.polls <- r.batch(rejects)
	time.Sleep(time.Second)
	synctest.Wait()
}

func (r *rejecting) stop() error {
	r.cancel()
	return <-r.done
}

// compare tells what is wrong with rows and position.
func (r *rejecting) compare(when string, events, rejects int, position int64) {
	r.t.Helper()
	gotEvents, gotRejects, at := r.store.count("events"), r.store.count("rejects"), r.store.position(r.t, schemas.StateArchive)
	if gotEvents != events || gotRejects != rejects || at != position {
		r.t.Errorf("%s: %d events and %d rejects are archived, position %d; want %d, %d and %d", when, gotEvents, gotRejects, at, events, rejects, position)
	}
}

// A topic of rejects that takes nothing, or does not answer, holds up no row; the position waits in front of the first reject.
func TestArchiveGoesOnWithoutTheTopicOfRejects(t *testing.T) {
	f := func(name string, refused error, takes time.Duration) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				meter := newFakeMeter()
				r := newRejecting(t, meter, nil, zerolog.Nop())
				r.send(0)
				r.log.lock.Lock()
				r.log.refused, r.log.takes = refused, takes
				r.log.lock.Unlock()
				for range 60 {
					r.send(1)
				}
				r.compare("for a minute the topic took nothing", 61, 60, 2)
				if failures := meter.total(schemas.MetricForwardFailures); (failures > 3) != (refused != nil) {
					t.Errorf("%v failures were counted", failures)
				}
				r.log.set(nil)
				time.Sleep(max(takes, maxBackoff) + 12*time.Second)
				r.compare("the topic is back", 61, 60, r.next)
				if len(r.log.taken) != 60 {
					t.Errorf("%d rejects are in the topic, want 60", len(r.log.taken))
				}
				if err := r.stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
	f("refuses", errTopic, 0)
	f("does not answer", nil, time.Minute)
}

// When too many rejects wait for their topic, the archive waits and says why.
func TestArchiveWaitsAtTheCapOfRejects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines strings.Builder
		r := newRejecting(t, newFakeMeter(), errTopic, zerolog.New(&lines))
		go func() {
			for range 30 {
				r.log.polls <- r.batch(999)
			}
		}()
		time.Sleep(time.Minute)
		synctest.Wait()
		batches := 11 // those beyond the cap, and the one that was under way then, if there was one
		if r.store.count("events") == 12 {
			batches++
		}
		r.compare("at the cap", batches, batches*999, 1)
		if n := strings.Count(lines.String(), "events are not archived until"); n != 1 {
			t.Errorf("the log tells %d times why, want once:\n%.500s", n, lines.String())
		}
		r.log.set(nil)
		time.Sleep(maxBackoff + time.Second)
		if n := r.store.count("rejects"); n != 30*999 {
			t.Errorf("%d rejects are archived when the topic is back, want all", n)
		}
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

// At the end what waits is forwarded if that is possible in time. If not, the position stays in front of it.
func TestArchiveStopForwards(t *testing.T) {
	f := func(after time.Duration, wantError string, position int64) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			r := newRejecting(t, newFakeMeter(), errTopic, zerolog.Nop())
			r.send(2)
			time.AfterFunc(after, func() { r.log.set(nil) })
			err := r.stop()
			if (err == nil) != (wantError == "") || err != nil && !strings.Contains(err.Error(), wantError) {
				t.Errorf("stop: %v, want %q", err, wantError)
			}
			r.compare(fmt.Sprint("the topic is back after ", after), 1, 2, position)
			time.Sleep(time.Minute)
		})
	}
	f(5*time.Second, "", 3)
	f(30*time.Second, "the last 2 rejects were not forwarded within 10s", 1)
}

// What waits of a partition that went is not sent any more, and holds back no position.
func TestRejectsOfALostPartitionAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRejecting(t, newFakeMeter(), errTopic, zerolog.Nop())
		r.send(2)
		r.log.polls <- schemas.Polled{Revoked: []schemas.Assignment{assignment}}
		synctest.Wait()
		r.log.set(nil)
		if err := r.stop(); err != nil {
			t.Error(err)
		}
		if len(r.log.taken) > 0 {
			t.Errorf("%v were forwarded", r.log.taken)
		}
	})
}
