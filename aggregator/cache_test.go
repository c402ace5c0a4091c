package aggregator

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// checkMany checks a property on so many random inputs, more than rapid's usual hundred.
func checkMany(t *testing.T, inputs int, property func(*rapid.T)) {
	t.Helper()
	if testing.Short() {
		inputs /= 10
	}
	given := flag.Lookup("rapid.checks").Value.String()
	if err := flag.Set("rapid.checks", fmt.Sprint(max(inputs, atoi(given)))); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = flag.Set("rapid.checks", given) }()
	rapid.Check(t, property)
}

func atoi(text string) (n int) {
	fmt.Sscan(text, &n)
	return n
}

// stored is the tables as a store keeps them, and everything that was ever written to them by key and version.
type stored struct {
	t       *rapid.T
	data    *tables
	states  map[schemas.KeyID]schemas.StateRow
	next    int64 // the position
	written map[string]any
}

func newStored(t *rapid.T, written map[string]any) *stored {
	return &stored{t: t, data: newTable(), states: map[schemas.KeyID]schemas.StateRow{}, written: written}
}

func (s *stored) write(rows schemas.Rows) {
	for _, r := range rows.Episodes {
		check(s.t, s.written, fmt.Sprint("episode ", r.Conversation, r.Life, r.Number, r.Version), r)
	}
	for _, r := range rows.ConversationDays {
		check(s.t, s.written, fmt.Sprint("day ", r.Conversation, r.Day, r.Version), r)
	}
	for _, r := range rows.ConversationAgents {
		check(s.t, s.written, fmt.Sprint("part ", r.Conversation, r.Life, r.Agent, r.Version), r)
	}
	for _, r := range rows.Replies {
		check(s.t, s.written, fmt.Sprint("reply ", r.Conversation, r.Life, r.Number, r.Version), r)
	}
	for _, r := range rows.Holds {
		check(s.t, s.written, fmt.Sprint("hold ", r.Conversation, r.Life, r.Number, r.Version), r)
	}
	for _, r := range rows.AgentSpans {
		check(s.t, s.written, fmt.Sprint("span ", r.Agent, r.Device, r.StartedAt, r.Version), r)
	}
	for _, r := range rows.Directory {
		check(s.t, s.written, fmt.Sprint("entry ", r.Entry, r.ID, r.Version), r)
	}
	s.data.add(rows)
}

func (s *stored) writeStates(rows []schemas.StateRow, next int64) {
	for _, r := range rows {
		check(s.t, s.written, fmt.Sprintf("state %x %d", r.Key, r.Version), r)
		if s.states[r.Key].Version <= r.Version {
			s.states[r.Key] = r
		}
	}
	s.next = max(s.next, next)
}

// load gives what a start reads: all agents and teams; of the conversations what is hot, of those that are open and of some others.
func (s *stored) load() []schemas.StateRow {
	var rows []schemas.StateRow
	if s.next > 0 {
		rows = append(rows, (&schemas.Position{Next: s.next}).Row(schemas.StatePosition, 0))
	}
	keys := slices.SortedFunc(maps.Keys(s.states), func(a, b schemas.KeyID) int { return bytes.Compare(a[:], b[:]) })
	for _, key := range keys {
		r := s.states[key]
		if r.Kind == schemas.StateConversation {
			if !r.Open && rapid.Bool().Draw(s.t, "long ago") {
				continue
			}
			r.Rest = nil
		}
		rows = append(rows, r)
	}
	return rows
}

// instance is one that folds a log into the tables and may be stopped at any moment.
type instance struct {
	t        *rapid.T
	log      []schemas.Event
	store    *stored
	settings Settings
	state    *State
	next     int64
	inHand   *cutting
}

func (r *instance) start() {
	r.state, r.next, r.inHand = New(r.settings), r.store.next, nil
	if err := r.state.Load(r.store.load()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *instance) read() {
	if r.next < int64(len(r.log)) {
		r.state.Apply(&r.log[r.next])
		r.next++
	}
}

func (r *instance) flush() {
	r.store.write(r.state.Rows())
}

// look brings what is stored of some of the conversations that are missing.
func (r *instance) look(limit int) {
	asked := r.state.Missing(limit, 0)
	var rows []schemas.StateRow
	for _, key := range asked {
		if row, ok := r.store.states[key]; ok {
			rows = append(rows, row)
		}
	}
	err := r.state.Restore(asked, rows, 0, func(*schemas.Event, Outcome) {})
	if err != nil {
		r.t.Fatal(err)
	}
}

// cutting is a cut that the table does not have yet.
type cutting struct {
	rows   []schemas.StateRow
	number uint32
	next   int64
}

// cut takes the rows and the states that are due. The rows are written at once, the states later, or never.
func (r *instance) cut() {
	if r.inHand != nil {
		return
	}
	r.flush()
	rows, number := r.state.Cut(0)
	r.inHand = &cutting{rows, number, r.state.Next(r.next)}
}

// acknowledge writes the states of the cut in hand.
func (r *instance) acknowledge(limit int, now schemas.Instant) {
	if r.inHand == nil {
		return
	}
	r.store.writeStates(r.inHand.rows, r.inHand.next)
	r.state.Acknowledge(r.inHand.number, limit, now)
	r.inHand = nil
}

// step does one thing at random.
func (r *instance) step() {
	now := func() schemas.Instant {
		return r.log[max(0, r.next-1)].OccurredAt + schemas.Instant(rapid.IntRange(-60, 60*24*4).Draw(r.t, "now"))*60_000
	}
	switch n := rapid.IntRange(0, 99).Draw(r.t, "step"); {
	case n < 50:
		r.read()
	case n < 60:
		r.flush()
	case n < 70:
		r.look(rapid.IntRange(1, 3).Draw(r.t, "limit"))
	case n < 78:
		r.cut()
	case n < 87:
		r.acknowledge(rapid.SampledFrom([]int{0, 100, 1 << 20}).Draw(r.t, "memory"), now()) // what is past goes out of memory
	case n < 93:
		r.state.Gauges(now())
	default:
		r.start()
	}
}

func (r *instance) finish() {
	for r.next < int64(len(r.log)) || len(r.state.Missing(1, 0)) > 0 {
		r.read()
		r.look(100)
	}
	r.acknowledge(0, 0)
	r.cut()
	r.acknowledge(0, 0)
}

// logOf draws a log as it lies in a partition: late, repeated and rival events anywhere, and now and then months of silence.
func logOf(t *rapid.T) []schemas.Event {
	log := randomLog(t)
	log = append(log, rivals(t, log)...)
	log = append(log, rapid.SliceOfN(rapid.SampledFrom(log), 0, 10).Draw(t, "duplicates")...)
	log = rapid.Permutation(log).Draw(t, "log")
	silence := rapid.IntRange(0, 4*len(log)).Draw(t, "silence")
	appended := schemas.Instant(0)
	for i := range log {
		appended = max(appended, log[i].OccurredAt)
		if i == silence {
			appended += Expiry + 1
		}
		log[i].Place(int64(i), appended)
	}
	return log
}

// featuresOf tells what of the things that make folding hard a log has.
func featuresOf(log []schemas.Event) map[string]bool {
	has, ids, newest := map[string]bool{}, map[string]bool{}, schemas.Instant(0)
	for _, e := range log {
		for feature, here := range map[string]bool{
			"failure": e.Delivery == schemas.DeliveryFailed, "reopening": e.Status == schemas.StatusReopened, "transfer": e.Status == schemas.StatusTransferred,
			"late event": e.OccurredAt < newest, "duplicate": ids[e.ID], "note": e.Visibility == schemas.VisibilityNote,
			"broadcast": e.AuthorKind == schemas.AuthorCampaign, "hand-off": e.Status == schemas.StatusHandedOff,
		} {
			if here {
				has[feature] = true
			}
		}
		ids[e.ID], newest = true, max(newest, e.OccurredAt)
	}
	return has
}

// An instance that is stopped and started anew at any moment, whose memory keeps little, and that writes when it likes, leaves the
// tables as one that folds the whole log at once.
func TestRestartsLeaveTheSameTables(t *testing.T) {
	settings, logs, had := randomSettings(), 0, map[string]int{}
	defer func() {
		for _, feature := range []string{"failure", "reopening", "transfer", "late event", "duplicate", "note", "broadcast", "hand-off"} {
			if !testing.Short() && 10*had[feature] < 3*logs { // a few logs are no measure
				t.Errorf("%s is in %d of %d logs, want it in at least 30 %%", feature, had[feature], logs)
			}
		}
	}()
	checkMany(t, 2000, func(t *rapid.T) {
		log := logOf(t)
		logs++
		for feature := range featuresOf(log) {
			had[feature]++
		}
		settings.Horizon = rapid.SampledFrom([]time.Duration{72 * time.Hour, 5 * time.Minute}).Draw(t, "horizon") // with the short one some is final
		written := map[string]any{}                                                                               // by both: equal versions are equal rows
		straight := &instance{t: t, log: log, store: newStored(t, written), settings: settings}
		straight.start()
		straight.finish()

		r := &instance{t: t, log: log, store: newStored(t, written), settings: settings}
		r.start()
		for range rapid.IntRange(0, 4*len(log)).Draw(t, "steps") {
			r.step()
		}
		r.finish()
		if diff := cmp.Diff(straight.store.states, r.store.states); diff != "" {
			t.Fatalf("states differ (-straight +restarted):\n%s", diff)
		}
		if diff := cmp.Diff(straight.store.data.view(), r.store.data.view(), cmp.AllowUnexported(tables{})); diff != "" {
			t.Fatalf("tables differ (-straight +restarted):\n%s", diff)
		}
	})
}

// loadable gives what a start at an instant reads of a row: of a conversation what is hot, and all of it where that is needed.
func (s *State) loadable(row schemas.StateRow, now schemas.Instant) []schemas.StateRow {
	whole := row
	if row.Kind != schemas.StateConversation {
		return []schemas.StateRow{whole}
	}
	if row.Rest = nil; !s.NeedsWhole(&row, now) {
		return []schemas.StateRow{row}
	}
	return []schemas.StateRow{row, whole}
}

// Gauges do not depend on what is in memory: after a start they are those of before.
func TestGaugesComeBack(t *testing.T) {
	settings := randomSettings()
	checkMany(t, 500, func(t *rapid.T) {
		log := logOf(t)
		r := &instance{t: t, log: log, store: newStored(t, map[string]any{}), settings: settings}
		r.start()
		for r.next < int64(len(log)) {
			r.read()
		}
		last := slices.MaxFunc(log, func(a, b schemas.Event) int { return int(a.OccurredAt - b.OccurredAt) })
		now := last.OccurredAt + schemas.Instant(rapid.IntRange(-90, 48*60).Draw(t, "minutes later"))*60_000 // clocks of producers run ahead
		if rapid.Bool().Draw(t, "ahead of midnight") {
			now = r.state.company(testCompany).clocks.Calendar.Day(last.OccurredAt).From - 1
		}
		r.cut()
		r.acknowledge(rapid.SampledFrom([]int{0, 1 << 20}).Draw(t, "memory"), now)
		want := r.state.Gauges(now)
		again := &instance{t: t, log: log, store: r.store, settings: settings}
		again.state = New(settings)
		var rows []schemas.StateRow
		for _, row := range r.store.states {
			rows = append(rows, again.state.loadable(row, now)...)
		}
		if err := again.state.Load(rows); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, again.state.Gauges(now)); diff != "" {
			t.Fatalf("gauges differ (-before +after the start):\n%s", diff)
		}
	})
}
