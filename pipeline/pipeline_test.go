package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
)

// fakeLog is a log of one partition that the test writes.
type fakeLog struct {
	end     int64 // at the start
	polls   chan schemas.Polled
	changes chan schemas.Polled // without records
	polled  atomic.Int64
	broken  error
	start   func(schemas.Position, bool) error // nil: it takes any
	commits chan map[int32]int64
}

// assignment is what the log gives before anything else.
var assignment = schemas.Assignment{Partition: 0, Number: 1}

func newFakeLog(end int64) *fakeLog {
	return &fakeLog{end: end, polls: make(chan schemas.Polled), changes: make(chan schemas.Polled), commits: make(chan map[int32]int64, 1000)}
}

func (l *fakeLog) Topic() ([16]byte, int32) { return [16]byte{1}, 1 }

func (l *fakeLog) Poll(ctx context.Context) (schemas.Polled, error) {
	if l.polled.Add(1) == 1 {
		return schemas.Polled{Assigned: []schemas.Assignment{assignment}}, nil
	}
	select {
	case news, open := <-l.polls:
		if !open {
			return schemas.Polled{}, l.broken
		}
		return news, nil
	case news := <-l.changes:
		return news, nil
	case <-ctx.Done():
		return schemas.Polled{}, ctx.Err()
	}
}

func (l *fakeLog) Watch(ctx context.Context) (schemas.Polled, error) {
	select {
	case news := <-l.changes:
		return news, nil
	case <-ctx.Done():
		return schemas.Polled{}, ctx.Err()
	}
}

func (l *fakeLog) Start(_ context.Context, _ schemas.Assignment, from schemas.Position, known bool) (int64, error) {
	if l.start != nil {
		return l.end, l.start(from, known)
	}
	return l.end, nil
}

func (l *fakeLog) Commit(ctx context.Context, offsets map[int32]int64) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	select {
	case l.commits <- offsets:
	default: // nobody looks at so many
	}
	return nil
}

// fakeMeter keeps what it is told.
type fakeMeter struct {
	sync.Mutex
	gauges   schemas.Gauges
	observed map[string]int
	counted  map[string]float64
}

func newFakeMeter() *fakeMeter {
	return &fakeMeter{observed: map[string]int{}, counted: map[string]float64{}}
}
func (m *fakeMeter) Publish(gauges schemas.Gauges) {
	m.Lock()
	defer m.Unlock()
	m.gauges = gauges
}

func (m *fakeMeter) Observe(sample schemas.Observation) {
	m.Lock()
	defer m.Unlock()
	m.observed[sample.Metric]++
}

func (m *fakeMeter) Count(metric string, n float64, labels ...string) {
	m.Lock()
	defer m.Unlock()
	m.counted[strings.TrimSuffix(metric+" "+strings.Join(labels, " "), " ")] += n
}

// value sums a gauge over its labels.
func (m *fakeMeter) value(metric string) float64 {
	m.Lock()
	defer m.Unlock()
	sum := 0.0
	for key, value := range m.gauges {
		if key.Metric == metric {
			sum += value
		}
	}
	return sum
}

// samples is how many a histogram was given, total what a counter is at.
func (m *fakeMeter) samples(metric string) int {
	m.Lock()
	defer m.Unlock()
	return m.observed[metric]
}

func (m *fakeMeter) total(counter string) float64 {
	m.Lock()
	defer m.Unlock()
	return m.counted[counter]
}

// world is a pipeline in virtual time with everything around it made up.
type world struct {
	t      *testing.T
	log    *fakeLog
	store  *model
	meter  *fakeMeter
	p      *Pipeline
	next   int64
	cancel context.CancelFunc
	done   chan error
}

func newWorld(t *testing.T, cfg Config, end int64) *world { return newWorldWith(t, cfg, end, nil) }

// newWorldWith is one that makes rollups.
func newWorldWith(t *testing.T, cfg Config, end int64, rollups RollupStore) *world {
	w := &world{t: t, log: newFakeLog(end), store: newModel(), meter: newFakeMeter(), done: make(chan error, 1)}
	settings := aggregator.DefaultSettings()
	settings.Zones = map[string]string{"acme": "Atlantic/Azores"}
	w.p = New(cfg, settings, Parts{Log: w.log, Store: w.store, Rollups: rollups, Meter: w.meter, Clock: time.Now, Logger: zerolog.Nop()})
	ctx, cancel := context.WithCancel(t.Context())
	w.cancel = cancel
	go func() { w.done <- w.p.Run(ctx) }()
	synctest.Wait() // until the partition is there and read
	return w
}

// message makes a customer's message of now.
func message(id, conversation string, appended time.Time) schemas.Event {
	return schemas.Event{
		SchemaVersion: 1, Type: schemas.TypeMessage, ID: id, Company: "acme", Conversation: conversation, MessageID: id,
		OccurredAt: schemas.InstantOf(appended), AppendedAt: schemas.InstantOf(appended), Direction: schemas.DirectionIn,
		AuthorKind: schemas.AuthorCustomer, Visibility: schemas.VisibilityPublic, Kind: schemas.KindText, Delivery: schemas.DeliverySent,
	}
}

func (w *world) batch(events ...schemas.Event) schemas.Batch {
	for i := range events {
		events[i].Place(w.next, events[i].AppendedAt)
		w.next++
	}
	return schemas.Batch{Assignment: assignment, Events: events, Next: w.next, End: w.next}
}

// send appends events to the log and waits until the pipeline took them and has published.
func (w *world) send(events ...schemas.Event) {
	w.log.polls <- schemas.Polled{Batches: []schemas.Batch{w.batch(events...)}}
	time.Sleep(300 * time.Millisecond)
	synctest.Wait()
}

// stop ends the pipeline and gives its error.
func (w *world) stop() error {
	w.cancel()
	return <-w.done
}

func TestRowsAndGaugesOfAnEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, DefaultConfig(), 0)
		reply := message("m2", "c1", time.Now().Add(time.Second))
		reply.Direction, reply.AuthorKind, reply.Agent = schemas.DirectionOut, schemas.AuthorHuman, "a1"
		w.send(message("m1", "c1", time.Now()), reply)
		if got := w.meter.value(schemas.MetricActiveToday); got != 1 {
			t.Errorf("active today is %v within 300 ms, want 1", got)
		}
		time.Sleep(700 * time.Millisecond)
		synctest.Wait()
		if n := w.store.count("conversation_days"); n != 1 {
			t.Errorf("after 1 s the store has %d days, want 1", n)
		}
		if w.meter.samples(schemas.MetricFirstResponse) != 1 {
			t.Error("the first response was not observed once")
		}
		if w.meter.samples(schemas.MetricEndToEndLatency) != 4 {
			t.Error("the latency of two events at two sinks was not observed")
		}
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestRejectsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, DefaultConfig(), 0)
		batch := w.batch(message("m1", "c1", time.Now()))
		batch.Rejects = []schemas.RejectRow{{Offset: 1, Reason: schemas.ReasonNotJSON, AppendedAt: schemas.InstantOf(time.Now())}}
		batch.Next, batch.End = 2, 2
		w.log.polls <- schemas.Polled{Batches: []schemas.Batch{batch}}
		time.Sleep(300 * time.Millisecond)
		synctest.Wait()
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		if n := w.meter.total("rejects not_json"); n != 1 {
			t.Errorf("%v rejects counted, want 1", n)
		}
	})
}

// A duplicate changes nothing, so it has no latency either; what it waited for must not be told with the next event's.
func TestDuplicatesHaveNoLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, DefaultConfig(), 0)
		event := message("m1", "c1", time.Now())
		w.send(event)
		for range 20 {
			w.send(event)
			time.Sleep(10 * time.Second)
		}
		w.send(message("m2", "c1", time.Now()))
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		if got := w.meter.samples(schemas.MetricEndToEndLatency); got < 3 || got > 4 {
			t.Errorf("%d latencies, want those of two events", got)
		}
		if got := w.meter.total(schemas.MetricDuplicates); got != 20 {
			t.Errorf("%v duplicates, want 20", got)
		}
	})
}

// Until the end that the log had at the start is reached, no floor numbers are shown and no old sample is counted.
func TestNothingIsShownBeforeCaughtUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, DefaultConfig(), 2)
		reply := message("m2", "c1", time.Now())
		reply.Direction, reply.AuthorKind, reply.Agent, reply.Sequence = schemas.DirectionOut, schemas.AuthorHuman, "a1", 1
		w.send(message("m1", "c1", time.Now()))
		if got := w.meter.value(schemas.MetricActiveToday); got != 0 || w.p.Status().Ready() {
			t.Errorf("with one of two records read, active is %v and ready is %t", got, w.p.Status().Ready())
		}
		w.send(reply)
		if got := w.meter.value(schemas.MetricActiveToday); got != 1 || !w.p.Status().Ready() {
			t.Errorf("with all records read, active is %v and ready is %t", got, w.p.Status().Ready())
		}
		if n := w.meter.samples(schemas.MetricFirstResponse); n != 0 {
			t.Errorf("%d samples of the catch-up were counted", n)
		}
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
}

// An instance without partitions is ready once the group has told it that it has none, not before, and no longer when it fell out.
func TestReadyWithoutPartitions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, DefaultConfig(), 0)
		f := func(news schemas.Polled, want bool) {
			t.Helper()
			w.log.polls <- news
			time.Sleep(time.Second)
			if ready := w.p.Status().Ready(); ready != want {
				t.Errorf("told %+v, ready is %t", news, ready)
			}
		}
		f(schemas.Polled{Revoked: []schemas.Assignment{assignment}}, false)
		f(schemas.Polled{Member: true}, true)
		f(schemas.Polled{}, false)
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestRecordsAppendedLongAgoAreNoSamples(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, DefaultConfig(), 0)
		question, reply := message("m1", "c1", time.Now().Add(-time.Hour)), message("m2", "c1", time.Now().Add(-50*time.Minute))
		reply.Direction, reply.AuthorKind, reply.Agent = schemas.DirectionOut, schemas.AuthorHuman, "a1"
		w.send(question, reply)
		if n := w.meter.samples(schemas.MetricFirstResponse) + w.meter.samples(schemas.MetricEndToEndLatency); n != 0 {
			t.Errorf("%d samples of old records were counted", n)
		}
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
}

// A store that is down for minutes, or that takes rows and loses the answer, changes nothing in the end.
func TestStoreFailuresLeaveTheSameRows(t *testing.T) {
	rows := func(t *testing.T, disturb func(*model, int)) map[string]any {
		var out map[string]any
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, DefaultConfig(), 0)
			for i := range 40 {
				disturb(w.store, i)
				w.send(message(fmt.Sprint("m", i), fmt.Sprint("c", i%3), time.Now()))
				if got := w.meter.value(schemas.MetricActiveToday); got == 0 {
					t.Fatal("the gauges went away with the store")
				}
				time.Sleep(5 * time.Second)
			}
			w.store.fault = nil
			w.store.set(nil)
			if err := w.stop(); err != nil {
				t.Error(err)
			}
			out = w.store.view()
			if len(w.store.ties) > 0 {
				t.Error(w.store.ties[0])
			}
		})
		return out
	}
	want := rows(t, func(*model, int) {})
	if len(want) != 6 {
		t.Fatalf("%d rows, want an episode and a day of 3 conversations each", len(want))
	}
	got := rows(t, func(s *model, i int) {
		s.set(nil)
		if i > 5 && i < 30 {
			s.set(errors.New("connection refused"))
		}
		if i > 30 {
			s.with(func() { s.fault = func(string) fault { return isAmbiguous } })
		}
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows differ (-undisturbed +disturbed):\n%s", diff)
	}
}

// When rows pile up, reading pauses; the numbers of what was read stay up.
func TestReadingPausesAtTheCap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := DefaultConfig()
		cfg.PendingRows = 1000
		w := newWorld(t, cfg, 0)
		w.store.set(errors.New("connection refused"))
		feeding, stopFeeding := context.WithCancel(t.Context())
		go func() {
			for i := 0; feeding.Err() == nil; i++ {
				select {
				case w.log.polls <- schemas.Polled{Batches: []schemas.Batch{w.batch(message(fmt.Sprint("m", i), fmt.Sprint("c", i), time.Now()))}}:
				case <-feeding.Done():
				}
			}
		}()
		time.Sleep(time.Minute)
		status := w.p.Status()
		polls := w.log.polled.Load()
		time.Sleep(time.Minute)
		if w.log.polled.Load() != polls {
			t.Errorf("the log was read on: %d polls, then %d", polls, w.log.polled.Load())
		}
		if pending := w.meter.value(schemas.MetricPendingRows); pending < 1000 || pending > 1100 {
			t.Errorf("%v rows are pending, want about 1000", pending)
		}
		if later := w.p.Status(); later.At <= status.At || later.StoreUp || w.meter.value(schemas.MetricActiveToday) == 0 {
			t.Errorf("status does not go on: %+v", later)
		}
		w.store.set(nil)
		time.Sleep(maxBackoff + time.Second)
		stopFeeding()
		if w.log.polled.Load() == polls {
			t.Error("the log was not read on when the store was back")
		}
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestStopTellsWhatCouldNotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, DefaultConfig(), 0)
		w.store.set(errors.New("connection refused"))
		w.send(message("m1", "c1", time.Now()))
		began := time.Now()
		err := w.stop()
		if err == nil || !strings.Contains(err.Error(), "the next start writes them") {
			t.Errorf("stop: %v", err)
		}
		if waited := time.Since(began); waited != DefaultConfig().ShutdownTimeout {
			t.Errorf("stopping took %s, want %s", waited, DefaultConfig().ShutdownTimeout)
		}
		time.Sleep(time.Second) // the write in hand ends
	})
}

func TestBrokenLogEndsTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, DefaultConfig(), 0)
		w.log.broken = errors.New("topic was deleted")
		close(w.log.polls)
		if err := <-w.done; err == nil || err.Error() != "read log: topic was deleted" {
			t.Errorf("run: %v", err)
		}
		w.cancel()
	})
}

// Midnight comes without any event (in the Azores an hour after the virtual clock begins): today's numbers go to zero, and the calendar reaches a week ahead.
func TestMidnightInVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, DefaultConfig(), 0)
		location, err := schemas.LoadZone("Atlantic/Azores")
		if err != nil {
			t.Fatal(err)
		}
		today := schemas.DayOf(location, schemas.InstantOf(time.Now()))
		time.Sleep(time.Until(today.To.Time().Add(-10 * time.Second)))
		w.send(message("m1", "c1", time.Now()))
		if got := w.meter.value(schemas.MetricActiveToday); got != 1 {
			t.Errorf("before midnight active is %v, want 1", got)
		}
		time.Sleep(time.Until(today.To.Time().Add(time.Second)))
		synctest.Wait()
		if got := w.meter.value(schemas.MetricActiveToday); got != 0 {
			t.Errorf("a second after midnight active is %v, want 0", got)
		}
		if got := w.meter.value(schemas.MetricWaitingReply); got != 2 {
			t.Errorf("a second after midnight %v waits are open, want 2 (for anybody, for a person)", got)
		}
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		for ahead := range 9 {
			if _, ok := w.store.tables["calendar"]["acme/"+today.Date.AddDays(ahead).String()]; !ok {
				t.Errorf("the calendar has no row of %s", today.Date.AddDays(ahead))
			}
		}
	})
}

// The state of a conversation that has been over for a week is deleted, by the log's time; when its customer comes back after all, the
// conversation begins anew.
func TestOldStatesAreDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := DefaultConfig() // of slow days, so that a hundred of them are quick
		cfg.FlushInterval, cfg.StateInterval, cfg.PublishInterval = time.Hour, time.Hour, 6*time.Hour
		w := newWorld(t, cfg, 0)
		w.send(message("m1", "c1", time.Now()))
		for range 99 {
			time.Sleep(24 * time.Hour)
			w.send(message(fmt.Sprint("other", w.next), "c2", time.Now()))
			time.Sleep(2 * time.Hour)
		}
		states := 0
		for _, stored := range w.store.tables["state"] {
			if stored.row.(schemas.StateRow).Kind == schemas.StateConversation {
				states++
			}
		}
		if states != 1 || len(w.store.forgotten) < 80 {
			t.Errorf("%d states of conversations are left after %d deletions, want that of the other one", states, len(w.store.forgotten))
		}
		w.send(message("m2", "c1", time.Now()))
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		if n := w.store.count("episodes"); n != 3 {
			t.Errorf("%d episodes, want that of each life of c1 and that of c2", n)
		}
	})
}

// The one ordering rule: while rows are not acknowledged no state is written, and then the state of nothing newer than those rows.
func TestStateIsWrittenBehindItsRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, DefaultConfig(), 0)
		w.send(message("m1", "c1", time.Now()))
		time.Sleep(11 * time.Second)
		landed := func() (days, states int) {
			w.store.with(func() { days, states = w.store.landings["conversation_days"], w.store.landings["state"] })
			return days, states
		}
		if days, states := landed(); days != 1 || states != 1 {
			t.Fatalf("%d inserts of days and %d of states after 11 s, want one each", days, states)
		}
		w.store.with(func() {
			w.store.fault = func(table string) fault {
				if table == "conversation_days" {
					return isLost
				}
				return works
			}
		})
		w.send(message("m2", "c1", time.Now()))
		time.Sleep(time.Minute)
		if _, states := landed(); states != 1 {
			t.Errorf("the state was written %d times although its rows are not", states-1)
		}
		w.store.with(func() { w.store.fault = nil })
		time.Sleep(25 * time.Second)
		if days, states := landed(); days != 2 || states != 2 {
			t.Errorf("%d inserts of days and %d of states when the store is back, want 2 each", days, states)
		}
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		if offsets := <-w.log.commits; offsets[0] != 1 {
			t.Errorf("first committed %v, want the offset behind the first record", offsets)
		}
	})
}

// A start waits for ClickHouse and does not begin empty: what is stored is there when it has come.
func TestStartWaitsForTheState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := newWorld(t, DefaultConfig(), 0)
		before.send(message("m1", "c1", time.Now()))
		if err := before.stop(); err != nil {
			t.Fatal(err)
		}
		before.store.set(errors.New("connection refused"))
		w := &world{t: t, log: newFakeLog(1), store: before.store, meter: newFakeMeter(), done: make(chan error, 1), next: before.next}
		var from schemas.Position
		w.log.start = func(position schemas.Position, known bool) error {
			from = position
			return nil
		}
		w.p = New(DefaultConfig(), before.p.settings, Parts{Log: w.log, Store: w.store, Meter: w.meter, Clock: time.Now, Logger: zerolog.Nop()})
		ctx, cancel := context.WithCancel(t.Context())
		w.cancel = cancel
		go func() { w.done <- w.p.Run(ctx) }()
		time.Sleep(5 * time.Minute)
		if w.p.Status().Ready() || w.meter.value(schemas.MetricActiveToday) != 0 {
			t.Error("it is ready without ClickHouse")
		}
		w.store.set(nil)
		time.Sleep(15 * time.Second)
		if got := w.meter.value(schemas.MetricActiveToday); got != 1 || from.Next != 1 {
			t.Errorf("active is %v from offset %d on, want the one conversation that is stored, from 1 on", got, from.Next)
		}
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
}

// An agent's last message that was taken back after a restart: the table is asked again, when it has been told, and has the one before.
func TestLastMessageIsReadAgainWhenTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := newWorld(t, DefaultConfig(), 0)
		reply := func(id, conversation string) schemas.Event {
			e := message(id, conversation, time.Now())
			e.Direction, e.AuthorKind, e.Agent = schemas.DirectionOut, schemas.AuthorHuman, "a1"
			return e
		}
		first := time.Now()
		before.send(reply("m1", "c1"))
		before.send(reply("m2", "c2"))
		if err := before.stop(); err != nil {
			t.Fatal(err)
		}
		w := &world{t: t, log: newFakeLog(2), store: before.store, meter: newFakeMeter(), done: make(chan error, 1), next: before.next}
		w.p = New(DefaultConfig(), before.p.settings, Parts{Log: w.log, Store: w.store, Meter: w.meter, Clock: time.Now, Logger: zerolog.Nop()})
		ctx, cancel := context.WithCancel(t.Context())
		w.cancel = cancel
		go func() { w.done <- w.p.Run(ctx) }()
		time.Sleep(time.Second)
		last := func() float64 { return w.meter.value(schemas.MetricAgentLastOutgoing) }
		if got := last(); got <= float64(first.UnixMilli())/1000 {
			t.Errorf("after the restart the last message is at %v, want that of the second", got)
		}
		failed := message("f", "c2", time.Now())
		failed.Type, failed.Status, failed.MessageID, failed.Delivery = schemas.TypeStatus, schemas.StatusDeliveryUpdated, "m2", schemas.DeliveryFailed
		w.send(failed)
		time.Sleep(2 * time.Second)
		if got := last(); got != float64(first.UnixMilli())/1000 {
			t.Errorf("when it was taken back the last message is at %v, want %v, that of the first", got, float64(first.UnixMilli())/1000)
		}
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
}
