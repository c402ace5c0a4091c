package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
)

// tape is a log of one partition that keeps what it has, so that it can be read again.
type tape struct {
	sync.Mutex
	partition int32
	events    []schemas.Event
}

func (t *tape) append(e schemas.Event) {
	t.Lock()
	defer t.Unlock()
	e.AppendedAt = schemas.InstantOf(time.Now())
	e.Place(int64(len(t.events)), e.AppendedAt)
	t.events = append(t.events, e)
}

// tapeLog reads a tape for one run of a pipeline.
type tapeLog struct {
	*tape
	assigned, started bool
	next              int
}

func (l *tapeLog) assignment() schemas.Assignment {
	return schemas.Assignment{Partition: l.partition, Number: 1}
}

func (l *tapeLog) Topic() ([16]byte, int32) { return [16]byte{1}, 2 }

func (l *tapeLog) Poll(ctx context.Context) (schemas.Polled, error) {
	for ; ; time.Sleep(500 * time.Millisecond) {
		polled := l.poll()
		if len(polled.Assigned)+len(polled.Batches) > 0 || ctx.Err() != nil {
			return polled, ctx.Err()
		}
	}
}

func (l *tapeLog) Watch(ctx context.Context) (schemas.Polled, error) {
	<-ctx.Done()
	return schemas.Polled{}, ctx.Err()
}

func (l *tapeLog) poll() (polled schemas.Polled) {
	l.Lock()
	defer l.Unlock()
	end := len(l.events)
	switch {
	case !l.assigned:
		l.assigned, polled.Assigned = true, []schemas.Assignment{l.assignment()}
	case l.started && l.next < end:
		polled.Batches = []schemas.Batch{{Assignment: l.assignment(), Events: slices.Clone(l.events[l.next:]), Next: int64(end), End: int64(end)}}
		l.next = end
	}
	return polled
}

func (l *tapeLog) Start(_ context.Context, _ schemas.Assignment, from schemas.Position, _ bool) (int64, error) {
	l.Lock()
	defer l.Unlock()
	l.started, l.next = true, int(from.Next)
	return int64(len(l.events)), nil
}

func (l *tapeLog) Commit(context.Context, map[int32]int64) error { return nil }

// member is an instance with a clock of its own that may be cut off from the store, and that is started again when it ends.
type member struct {
	*floorStory
	tape  *tape
	skew  time.Duration // of its clock
	cut   bool
	blind bool    // of the settings only
	ended []error // why, each time
}

// floorStory is a floor of two instances, each with a partition, and what they share.
type floorStory struct {
	sync.Mutex
	t        *testing.T
	random   *rand.Rand
	model    *model
	versions []schemas.SettingsVersion
	members  [2]*member
	talked   int
}

func (m *member) clock() time.Time { return time.Now().Add(m.skew) }

func (m *member) cutOff(store, settings bool) {
	m.Lock()
	defer m.Unlock()
	m.cut, m.blind = store, settings
}

func (m *member) reach() error {
	m.Lock()
	defer m.Unlock()
	if m.cut {
		return errors.New("connection refused")
	}
	return nil
}

func (m *member) settings() ([]schemas.SettingsVersion, error) {
	if err := m.reach(); err != nil {
		return nil, err
	}
	m.Lock()
	defer m.Unlock()
	if m.blind {
		return nil, errors.New("timeout")
	}
	return slices.Clone(m.versions), nil
}

// memberStore is the store as a member reaches it.
type memberStore struct {
	*model
	member *member
}

func (s memberStore) Write(ctx context.Context, rows *schemas.Rows) error {
	if err := s.member.reach(); err != nil {
		return err
	}
	return s.model.Write(ctx, rows)
}

func (s memberStore) WriteState(ctx context.Context, rows []schemas.StateRow) error {
	if err := s.member.reach(); err != nil {
		return err
	}
	return s.model.WriteState(ctx, rows)
}

func (s memberStore) LoadState(ctx context.Context, partition int32, generation uint16, since, openSince schemas.Instant) ([]schemas.StateRow, error) {
	if err := s.member.reach(); err != nil {
		return nil, err
	}
	return s.model.LoadState(ctx, partition, generation, since, openSince)
}

func (s memberStore) FindState(ctx context.Context, keys map[int32][]schemas.KeyID) ([]schemas.StateRow, error) {
	if err := s.member.reach(); err != nil {
		return nil, err
	}
	return s.model.FindState(ctx, keys)
}

// live runs the member until the context is done, as a process that is started again whenever it ends.
func (m *member) live(ctx context.Context) {
	cfg := DefaultConfig()
	cfg.FlushInterval, cfg.PublishInterval = 2*time.Second, 10*time.Second
	for ; ctx.Err() == nil; time.Sleep(time.Second) {
		settings := storySettings()
		var err error
		if settings.Versions, err = m.settings(); err != nil {
			continue
		}
		p := New(cfg, settings, Parts{Log: &tapeLog{tape: m.tape}, Store: memberStore{m.model, m}, Meter: newFakeMeter(), Clock: m.clock, Logger: zerolog.Nop()})
		running, stop := context.WithCancel(ctx)
		followed := make(chan struct{})
		go func() {
			defer close(followed)
			m.follow(running, p)
		}()
		if err := p.Run(running); err != nil {
			m.ended = append(m.ended, err)
		}
		stop()
		<-followed
	}
}

// follow tells a pipeline the settings as the service does.
func (m *member) follow(ctx context.Context, p *Pipeline) {
	for ctx.Err() == nil {
		wait, readAt := time.Minute, m.clock()
		if versions, err := m.settings(); err == nil {
			p.SetVersions(ctx, versions, readAt)
		} else {
			wait = 5 * time.Second
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}

func storySettings() aggregator.Settings { return aggregator.DefaultSettings() }

func newFloorStory(t *testing.T, seed uint64, zone string) *floorStory {
	s := &floorStory{t: t, random: rand.New(rand.NewPCG(seed, 23)), model: newModel()}
	recorded := schemas.InstantOf(time.Now()) - 24*3600*1000
	s.versions = []schemas.SettingsVersion{{Zone: "UTC", RecordedAt: recorded}, {Company: "acme", Zone: zone, RecordedAt: recorded}}
	for i := range s.members {
		skew := time.Duration(s.random.IntN(2*180)-180) * time.Second
		s.members[i] = &member{floorStory: s, tape: &tape{partition: int32(i)}, skew: skew}
	}
	return s
}

// record plans and records a zone by the clock of a member; others can read it up to a minute later.
func (s *floorStory) record(by *member, company, zone string) {
	known := map[string]bool{}
	s.model.with(func() {
		for _, stored := range s.model.tables["calendar"] {
			known[stored.row.(schemas.CalendarRow).Company] = true
		}
	})
	s.Lock()
	stored := slices.Clone(s.versions)
	s.Unlock()
	planned, err := schemas.PlanSettings(stored, map[string]schemas.CompanySettings{company: {Zone: zone}}, schemas.CompanySettings{Zone: "UTC"}, known, schemas.InstantOf(by.clock()))
	if err != nil || len(planned) == 0 {
		s.t.Errorf("planned %v, %v", planned, err)
	}
	time.AfterFunc(time.Duration(s.random.IntN(60))*time.Second, func() {
		s.Lock()
		defer s.Unlock()
		s.versions = append(s.versions, planned...)
	})
}

// talk appends events until an instant. Producers' clocks are up to five minutes ahead.
func (s *floorStory) talk(until time.Time) {
	for time.Now().Before(until) {
		time.Sleep(min(time.Duration(1+s.random.IntN(20))*time.Second, time.Until(until)))
		s.say("acme")
	}
}

func (s *floorStory) say(company string) {
	s.talked++
	m := s.members[s.random.IntN(2)]
	c := s.random.IntN(5)
	if s.random.IntN(20) == 0 {
		c = s.talked // a new one
	}
	e := message(fmt.Sprint("m", s.talked), fmt.Sprint(company, "-", m.tape.partition, "-", c), time.Now())
	e.Company = company
	e.OccurredAt += schemas.Instant(s.random.IntN(7*60)-2*60) * 1000
	e.OccurredAt = min(e.OccurredAt, schemas.InstantOf(time.Now().Add(schemas.FutureTolerance)))
	m.tape.append(e)
}

// end stops the members and compares the tables with a fold that has known all settings from the start.
func (s *floorStory) end(stop context.CancelFunc, lives *sync.WaitGroup) string {
	time.Sleep(2 * time.Minute) // until all is read and written
	stop()
	lives.Wait()
	settings := storySettings()
	settings.Versions = s.versions
	want := newModel()
	for _, m := range s.members {
		if n := len(m.ended); n > 0 && !strings.HasPrefix(m.ended[n-1].Error(), "take over settings: ") {
			return fmt.Sprint("a member ended: ", m.ended[n-1])
		}
		fold := aggregator.New(settings)
		for i := range m.tape.events {
			fold.Apply(&m.tape.events[i])
		}
		rows := fold.Rows()
		if err := want.Write(context.Background(), &rows); err != nil {
			return err.Error()
		}
	}
	if len(s.model.ties) > 0 {
		return "two rows of one version differ: " + s.model.ties[0]
	}
	if diff := cmp.Diff(want.view(), s.model.view()); diff != "" {
		return "tables differ (-one fold +two instances):\n" + diff
	}
	return s.compareCalendar()
}

// compareCalendar compares the calendar with the zones that were recorded.
func (s *floorStory) compareCalendar() string {
	for key, stored := range s.model.tables["calendar"] {
		row := stored.row.(schemas.CalendarRow)
		periods, _ := schemas.PeriodsOf(s.versions, row.Company)
		clocks, err := schemas.NewClocks(periods)
		if err != nil {
			return err.Error()
		}
		if day, exists := clocks.Calendar.On(row.Day.Date); exists == row.Deleted || exists && day != row.Day {
			return fmt.Sprintf("calendar %s is %v, deleted: %t; want %v, %t", key, row.Day, row.Deleted, day, !exists)
		}
	}
	return ""
}

// begin lets the members live.
func (s *floorStory) begin() (stop context.CancelFunc, lives *sync.WaitGroup) {
	ctx, stop := context.WithCancel(context.Background())
	lives = &sync.WaitGroup{}
	for _, m := range s.members {
		lives.Go(func() { m.live(ctx) })
	}
	return stop, lives
}

// stories is how many are played of each kind.
const stories = 30 // the 25th notices a lead without slack

// One instance records that a company has another zone from its next midnight on, mostly as late as that is possible, while the other is cut
// off from the store, or from the settings in it only, from before or after that until before or behind the midnight. Clocks differ, and recording takes its time.
func TestZoneChangesWhileCutOff(t *testing.T) {
	ended := 0
	for seed := range uint64(stories) {
		synctest.Test(t, func(t *testing.T) {
			before, after := "Europe/Berlin", "Pacific/Pago_Pago"
			if seed%2 == 1 {
				before, after = "Pacific/Pago_Pago", "Pacific/Kiritimati"
			}
			s := newFloorStory(t, seed, before)
			recorder, other := s.members[0], s.members[1]
			calendar, err := schemas.NewCalendar(before)
			if err != nil {
				t.Fatal(err)
			}
			midnight := calendar.Day(schemas.InstantOf(time.Now().Add(26 * time.Hour))).From.Time()
			minutes := func(least, most int) time.Duration {
				return time.Duration(least*60+s.random.IntN((most-least)*60)) * time.Second
			}
			time.Sleep(time.Until(midnight.Add(-2 * time.Hour)))
			stop, lives := s.begin()
			record := midnight.Add(-time.Duration(schemas.SettingsLead)*time.Millisecond - recorder.skew)
			if seed%4 > 1 {
				record = record.Add(-minutes(0, 20))
			}
			cut := record.Add(minutes(-14, 2))
			if seed%3 == 0 {
				cut = record.Add(minutes(0, 1)) // while others cannot read it yet
			}
			time.AfterFunc(time.Until(record), func() { s.record(recorder, "acme", after) })
			time.AfterFunc(time.Until(cut), func() { other.cutOff(seed%5 < 3, true) })
			time.AfterFunc(time.Until(midnight.Add(minutes(-10, 40))), func() { other.cutOff(false, false) })
			s.talk(midnight.Add(time.Hour))
			if problem := s.end(stop, lives); problem != "" {
				t.Errorf("seed %d: %s", seed, problem)
			}
			if len(recorder.ended) > 0 {
				t.Errorf("seed %d: who was not cut off ended: %v", seed, recorder.ended)
			}
			ended += len(other.ended)
		})
	}
	if ended < stories/4 || ended > stories {
		t.Errorf("in %d stories an instance started again %d times: that is no test, or too often", stories, ended)
	}
}

// A company comes while an instance is cut off from the store, and another one records its first zone, which holds from the beginning.
func TestFirstZoneWhileCutOff(t *testing.T) {
	for seed := range uint64(stories) {
		synctest.Test(t, func(t *testing.T) {
			s := newFloorStory(t, seed, "UTC")
			time.Sleep(20 * time.Hour) // to be far enough from a midnight
			stop, lives := s.begin()
			s.talk(time.Now().Add(5 * time.Minute))
			other := s.members[1]
			other.cutOff(true, true)
			s.talk(time.Now().Add(time.Duration(s.random.IntN(20)) * time.Minute))
			for i := range 5 {
				e := message(fmt.Sprint("g", i), fmt.Sprint("globex-", i%2), time.Now())
				e.Company = "globex"
				other.tape.append(e)
				s.talk(time.Now().Add(time.Minute))
			}
			s.record(s.members[0], "globex", "Pacific/Kiritimati")
			s.talk(time.Now().Add(time.Duration(6+s.random.IntN(20)) * time.Minute)) // it is away for longer than it may write
			other.cutOff(false, false)
			s.talk(time.Now().Add(5 * time.Minute))
			if problem := s.end(stop, lives); problem != "" {
				t.Errorf("seed %d: %s", seed, problem)
			}
		})
	}
}

// Rows wait while the settings were not read for too long, gauges do not; and an end says what it could not write.
func TestRowsWaitForSettings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, DefaultConfig(), 0)
		versions := []schemas.SettingsVersion{{Zone: w.p.settings.Zones["acme"]}}
		patience := time.Duration(schemas.SettingsPatience) * time.Millisecond
		check := func(what string, days int, active float64, up bool) {
			t.Helper()
			time.Sleep(2 * time.Second)
			synctest.Wait()
			if n, got, is := w.store.count("conversation_days"), w.meter.value(schemas.MetricActiveToday), w.p.Status().StoreUp; n != days || got != active || is != up {
				t.Errorf("%s: %d rows, %v active, up %t; want %d, %v, %t", what, n, got, is, days, active, up)
			}
		}
		w.p.SetVersions(t.Context(), versions, time.Now().Add(-patience).Add(time.Minute))
		w.send(message("m1", "c1", time.Now()))
		check("known", 1, 1, true)
		time.Sleep(time.Minute)
		w.send(message("m2", "c2", time.Now()))
		check("not known any more", 1, 2, false)
		w.p.SetVersions(t.Context(), versions, time.Now())
		check("known again", 2, 2, true)
		time.Sleep(patience)
		w.send(message("m3", "c3", time.Now()))
		check("not known again", 2, 3, false)
		if err := w.stop(); err == nil || !strings.HasPrefix(err.Error(), "stop: the last 2 rows were not written, since settings could not be read from ClickHouse for longer than 10m0s") {
			t.Errorf("stopped: %v", err)
		}
		if n := w.store.count("conversation_days"); n != 2 {
			t.Errorf("after the stop there are %d days, want 2", n)
		}
	})
}
