package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
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
	batches chan []schemas.Batch
	polls   atomic.Int64
	broken  error
}

func (l *fakeLog) Ends() map[int32]int64 { return map[int32]int64{0: l.end} }

func (l *fakeLog) Poll(ctx context.Context) ([]schemas.Batch, error) {
	l.polls.Add(1)
	select {
	case batches, open := <-l.batches:
		if !open {
			return nil, l.broken
		}
		return batches, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// fakeStore keeps the newest version of each row, as the real one does. It can fail, take its time, or store and lose the answer.
type fakeStore struct {
	sync.Mutex
	days     map[string]schemas.ConversationDayRow
	calendar map[string]bool
	events   map[string]int
	rejects  int
	down     error
	lost     bool // the rows are stored, the answer is an error
}

func newFakeStore() *fakeStore {
	return &fakeStore{days: map[string]schemas.ConversationDayRow{}, calendar: map[string]bool{}, events: map[string]int{}}
}

func (s *fakeStore) Write(_ context.Context, rows *schemas.Rows) error {
	time.Sleep(20 * time.Millisecond)
	s.Lock()
	defer s.Unlock()
	if s.down != nil && !s.lost {
		return s.down
	}
	for _, row := range rows.ConversationDays {
		key := fmt.Sprint(row.Conversation, " ", row.Day)
		if s.days[key].Version <= row.Version {
			s.days[key] = row
		}
	}
	for _, row := range rows.Calendar {
		s.calendar[fmt.Sprint(row.Company, " ", row.Day.Date)] = true
	}
	for _, row := range rows.Events {
		s.events[row.ID]++
	}
	s.rejects += len(rows.Rejects)
	return s.down
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

// set makes the store fail, or work again.
func (s *fakeStore) set(down error, lost bool) {
	s.Lock()
	defer s.Unlock()
	s.down, s.lost = down, lost
}

// world is a pipeline in virtual time with everything around it made up.
type world struct {
	t      *testing.T
	log    *fakeLog
	store  *fakeStore
	meter  *fakeMeter
	p      *Pipeline
	next   int64
	cancel context.CancelFunc
	done   chan error
}

func newWorld(t *testing.T, cfg Config, end int64) *world {
	w := &world{t: t, log: &fakeLog{end: end, batches: make(chan []schemas.Batch)}, store: newFakeStore(), meter: newFakeMeter(), done: make(chan error, 1)}
	settings := aggregator.DefaultSettings()
	settings.Zones = map[string]string{"acme": "Atlantic/Azores"}
	w.p = New(cfg, settings, Parts{Log: w.log, Store: w.store, Meter: w.meter, Clock: time.Now, Logger: zerolog.Nop()})
	ctx, cancel := context.WithCancel(t.Context())
	w.cancel = cancel
	go func() { w.done <- w.p.Run(ctx) }()
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
		events[i].Offset = w.next
		w.next++
	}
	return schemas.Batch{Events: events, Next: w.next, End: w.next}
}

// send appends events to the log and waits until the pipeline took them and has published.
func (w *world) send(events ...schemas.Event) {
	w.log.batches <- []schemas.Batch{w.batch(events...)}
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
		if len(w.store.days) != 1 || w.store.events["m1"] != 1 {
			t.Errorf("after 1 s the store has %d days and %v, want one of each", len(w.store.days), w.store.events)
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

func TestRejectsAreWrittenAndCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, DefaultConfig(), 0)
		batch := w.batch(message("m1", "c1", time.Now()))
		batch.Rejects = []schemas.RejectRow{{Offset: 1, Reason: schemas.ReasonNotJSON, AppendedAt: schemas.InstantOf(time.Now())}}
		batch.Next, batch.End = 2, 2
		w.log.batches <- []schemas.Batch{batch}
		time.Sleep(300 * time.Millisecond)
		synctest.Wait()
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		if w.store.rejects != 1 || w.meter.total("rejects not_json") != 1 {
			t.Errorf("rejects stored %d, counted %v", w.store.rejects, w.meter.total("rejects not_json"))
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
	rows := func(t *testing.T, disturb func(*fakeStore, int)) map[string]schemas.ConversationDayRow {
		var out map[string]schemas.ConversationDayRow
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
			w.store.set(nil, false)
			if err := w.stop(); err != nil {
				t.Error(err)
			}
			out = maps.Clone(w.store.days)
			if len(w.store.events) != 40 {
				t.Errorf("%d events were stored, want 40", len(w.store.events))
			}
		})
		return out
	}
	want := rows(t, func(*fakeStore, int) {})
	if len(want) != 3 {
		t.Fatalf("rows of %d conversations, want 3", len(want))
	}
	got := rows(t, func(s *fakeStore, i int) {
		s.set(nil, false)
		if i > 5 && i < 30 {
			s.set(errors.New("connection refused"), false)
		}
		if i > 30 {
			s.set(errors.New("connection reset"), true)
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
		w.store.set(errors.New("connection refused"), false)
		feeding, stopFeeding := context.WithCancel(t.Context())
		go func() {
			for i := 0; feeding.Err() == nil; i++ {
				select {
				case w.log.batches <- []schemas.Batch{w.batch(message(fmt.Sprint("m", i), fmt.Sprint("c", i), time.Now()))}:
				case <-feeding.Done():
				}
			}
		}()
		time.Sleep(time.Minute)
		status := w.p.Status()
		polls := w.log.polls.Load()
		time.Sleep(time.Minute)
		if w.log.polls.Load() != polls {
			t.Errorf("the log was read on: %d polls, then %d", polls, w.log.polls.Load())
		}
		if pending := w.meter.value(schemas.MetricPendingRows); pending < 1000 || pending > 1100 {
			t.Errorf("%v rows are pending, want about 1000", pending)
		}
		if later := w.p.Status(); later.At <= status.At || later.StoreUp || w.meter.value(schemas.MetricActiveToday) == 0 {
			t.Errorf("status does not go on: %+v", later)
		}
		w.store.set(nil, false)
		time.Sleep(maxBackoff + time.Second)
		stopFeeding()
		if w.log.polls.Load() == polls {
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
		w.store.set(errors.New("connection refused"), false)
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
		close(w.log.batches)
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
			key := fmt.Sprint("acme ", today.Date.AddDays(ahead))
			if !w.store.calendar[key] {
				t.Errorf("the calendar has no row %s", key)
			}
		}
	})
}
