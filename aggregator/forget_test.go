package aggregator

import (
	"fmt"
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
)

const minute = 60_000

// said is an event of a conversation, taken by the log at an instant: a customer's message, or a status if one is given.
func said(offset int64, conversation, status string, occurred, appended schemas.Instant) *schemas.Event {
	e := turn(offset, occurred)
	e.Conversation = conversation
	if status != "" {
		e.Type, e.Status, e.MessageID, e.AuthorKind, e.Visibility, e.Kind = schemas.TypeStatus, status, "", "", "", ""
	}
	e.Place(offset, appended)
	return e
}

// kept is the rows of the table state.
type kept struct {
	t    *testing.T
	rows map[schemas.KeyID]schemas.StateRow
}

// take has the table take what is due, at an instant.
func (b *kept) take(state *State, memory int, now schemas.Instant) {
	state.Rows()
	rows, cut := state.Cut(0)
	for _, row := range rows {
		b.rows[row.Key] = row
	}
	state.Acknowledge(cut, memory, now)
}

// look brings a state all that it misses.
func (b *kept) look(state *State) {
	b.t.Helper()
	for asked := state.Missing(100, firstTurn); len(asked) > 0; asked = state.Missing(100, firstTurn) {
		var rows []schemas.StateRow
		for _, key := range asked {
			if row, ok := b.rows[key]; ok {
				rows = append(rows, row)
			}
		}
		if err := state.Restore(asked, rows, firstTurn, func(*schemas.Event, Outcome) {}); err != nil {
			b.t.Fatal(err)
		}
	}
}

// start makes a state of what a start at an instant reads.
func (b *kept) start(now schemas.Instant) *State {
	b.t.Helper()
	state := New(randomSettings())
	var rows []schemas.StateRow
	for _, row := range b.rows {
		rows = append(rows, state.loadable(row, now)...)
	}
	if err := state.Load(rows); err != nil {
		b.t.Fatal(err)
	}
	return state
}

// sum is a gauge over all its labels.
func sum(gauges schemas.Gauges, metric string) (total float64) {
	for key, value := range gauges {
		if key.Metric == metric {
			total += value
		}
	}
	return total
}

// A log of a hundred days that is read again years later: what is in memory is that of two days and what is open, not that of all.
func TestReadingALogAgainForgetsAsItGoes(t *testing.T) {
	state, stored := New(DefaultSettings()), &kept{t, map[schemas.KeyID]schemas.StateRow{}}
	offset, most := int64(0), 0
	for n := range 1000 {
		at := firstTurn + schemas.Instant(n)*144*minute // ten a day
		for i, status := range []string{"", schemas.StatusClosed} {
			state.Apply(said(offset, fmt.Sprint("c", n), status, at+schemas.Instant(i), at+schemas.Instant(i)))
			offset++
		}
		stored.look(state)
		stored.take(state, 1<<20, firstTurn+1000*24*hour)
		most = max(most, len(state.conversations))
	}
	if most < 20 || most > 22 {
		t.Errorf("%d conversations in memory at most, want those of two days and about an hour", most)
	}
	if len(stored.rows) != 1000 {
		t.Errorf("%d states are stored, want all 1000", len(stored.rows))
	}
}

// A closed conversation is forgotten two days after its last event, by the clock and by the log's time, when the table has it.
func TestWhatIsPastIsForgotten(t *testing.T) {
	const two = schemas.Instant(48 * hour)
	f := func(what string, log, clock schemas.Instant, status string, want bool) {
		t.Helper()
		state, stored := New(DefaultSettings()), &kept{t, map[schemas.KeyID]schemas.StateRow{}}
		state.Apply(turn(3, firstTurn))
		state.Apply(said(4, "c1", status, firstTurn, firstTurn))
		stored.take(state, 1<<20, firstTurn)
		state.Apply(said(5, "c2", "", firstTurn+log, firstTurn+log))
		before := state.Gauges(firstTurn + clock)
		stored.take(state, 1<<20, firstTurn+clock)
		if _, kept := state.conversations[turn(3, firstTurn).KeyID]; kept == want {
			t.Errorf("%s: forgotten is %t, want %t", what, !kept, want)
		}
		if diff := cmp.Diff(before, state.Gauges(firstTurn+clock)); diff != "" {
			t.Errorf("%s: gauges changed (-before +after):\n%s", what, diff)
		}
	}
	f("both are there", two, two, schemas.StatusClosed, true)
	f("the log is not", two-1, two, schemas.StatusClosed, false)
	f("the clock is not", two, two-1, schemas.StatusClosed, false)
	f("the log is read again a year later", hour, 365*24*hour, schemas.StatusClosed, false)
	f("the broker's clock was a year ahead", 365*24*hour, hour, schemas.StatusClosed, false)
	f("it is open", two, two, schemas.StatusTagged, false)
	f("it is open and was silent for 90 days", Expiry, Expiry, schemas.StatusTagged, false)
	f("it is open and was silent for longer", Expiry+1, Expiry+1, schemas.StatusTagged, true)
	f("likewise, by the log alone", Expiry+1, Expiry, schemas.StatusTagged, false)
	f("likewise, by the clock alone", Expiry, Expiry+1, schemas.StatusTagged, false)
}

// What the table does not have, and what an event waits for, is not forgotten however long past it is.
func TestOnlyWhatIsStoredAndAtRestIsForgotten(t *testing.T) {
	const later = firstTurn + Expiry + 1
	state := New(DefaultSettings())
	state.Apply(turn(3, firstTurn))
	_, cut := state.Cut(0)
	state.Apply(said(4, "c2", "", later, later))
	state.Acknowledge(cut-1, 1<<20, later)
	if len(state.conversations) != 2 {
		t.Error("a conversation was forgotten although its cut is not acknowledged")
	}

	state = New(DefaultSettings())
	state.Apply(turn(3, firstTurn))
	_, cut = state.Cut(0)
	again := *turn(3, firstTurn)
	again.Place(4, firstTurn)
	state.Apply(&again)
	state.Apply(said(5, "c2", "", later, later))
	state.Acknowledge(cut, 1<<20, later)
	if len(state.conversations) != 2 {
		t.Error("a conversation was forgotten although it has taken a record since its cut")
	}

	state, _ = waiting(t, later)
	_, cut = state.Cut(0)
	state.Acknowledge(cut, 0, later)
	if len(state.conversations) != 1 {
		t.Error("a conversation was forgotten although an event of it waits")
	}
}

// What is past is looked for once an hour, not at each cut.
func TestForgettingIsRare(t *testing.T) {
	const later = firstTurn + 10*24*hour
	state, stored := New(DefaultSettings()), &kept{t, map[schemas.KeyID]schemas.StateRow{}}
	state.Apply(said(1, "c2", "", later, later))
	stored.take(state, 1<<20, later)
	forgotten := func(after schemas.Instant) bool {
		state.Apply(said(int64(after)+2, "c2", "", later+after, later+after))
		stored.take(state, 1<<20, later+after)
		return state.conversations[turn(3, 0).KeyID] == nil
	}
	state.cache.complete = true
	state.Apply(turn(2, firstTurn))
	state.Apply(said(3, "c1", schemas.StatusClosed, firstTurn, later))
	if forgotten(hour-1) || !forgotten(hour) {
		t.Error("what is past was not forgotten an hour after it was looked for, and not before")
	}
}

// An open conversation that was silent for 90 days is over: nobody waits in it any more, before the next start as after it. When its
// customer comes back, that is a new one, also while it cannot be looked up.
func TestSilentConversationLeavesTheGauges(t *testing.T) {
	before, stored := New(randomSettings()), &kept{t, map[schemas.KeyID]schemas.StateRow{}}
	before.Apply(turn(3, firstTurn))
	stored.take(before, 0, firstTurn)
	for _, state := range []*State{before, stored.start(firstTurn + hour)} {
		f := func(silence schemas.Instant, waits, today float64) {
			t.Helper()
			gauges := state.Gauges(firstTurn + silence)
			if got := sum(gauges, schemas.MetricWaitingReply); got != waits {
				t.Errorf("after %d ms %v waits are open, want %v", silence, got, waits)
			}
			if got := sum(gauges, schemas.MetricActiveToday); got != today {
				t.Errorf("after %d ms %v conversations are active, want %v", silence, got, today)
			}
		}
		f(0, 2, 1)
		f(Expiry, 2, 0)
		f(Expiry+1, 0, 0)
		if outcome := state.Apply(turn(9, firstTurn+Expiry+1)); !outcome.Pending {
			t.Errorf("%+v, want pending", outcome)
		}
		f(Expiry+1, 2, 1)
		if got := state.Provisional(); got != 1 {
			t.Errorf("%d provisional conversations, want 1", got)
		}
		stored.look(state)
		f(Expiry+1, 2, 1)
	}
}

// … by the clock of now: one broker's clock that once was a year ahead takes no conversation out of the gauges.
func TestSilenceIsCountedByTheClockOfNow(t *testing.T) {
	state := New(DefaultSettings())
	state.Apply(turn(3, firstTurn))
	state.Apply(said(4, "c2", "", firstTurn, firstTurn+365*24*hour))
	if got := sum(state.Gauges(firstTurn+hour), schemas.MetricWaitingReply); got != 4 {
		t.Errorf("%v waits are open, want 4", got)
	}
}

// aheadOfMidnight has the table take a conversation that has events on both sides of a midnight, the later one by a producer whose clock
// is five minutes ahead, and others beside it. It gives what is in memory then, and that midnight.
func aheadOfMidnight(t *testing.T, memory int) (*State, *kept, schemas.Instant) {
	t.Helper()
	state, stored := New(randomSettings()), &kept{t, map[schemas.KeyID]schemas.StateRow{}}
	midnight := state.company(testCompany).clocks.Calendar.Day(firstTurn).To
	events := []struct {
		conversation, status string
		at                   schemas.Instant
	}{
		{"both", "", -20}, {"both", schemas.StatusAssigned, -19}, {"both", "", 2}, {"both", schemas.StatusClosed, 3},
		{"moved", "", -15}, {"moved", schemas.StatusTransferred, 1},
		{"before", "", -10}, {"before", schemas.StatusClosed, -1},
		{"after", "", 1},
	}
	for i, e := range events {
		event := said(int64(i), e.conversation, e.status, midnight+e.at*minute, min(midnight+e.at*minute, midnight-2*minute))
		event.Owner, event.OwnerKind, event.Team = "", "", ""
		if e.status == schemas.StatusAssigned || e.status == schemas.StatusTransferred {
			event.Owner, event.OwnerKind, event.Team = "a1", schemas.OwnerHuman, fmt.Sprint("t", i)
		}
		state.Apply(event)
	}
	stored.take(state, memory, midnight-2*minute)
	return state, stored, midnight
}

// The tiles do not change by a restart while clocks of producers are ahead of midnight.
func TestTilesComeBackAroundMidnight(t *testing.T) {
	state, stored, midnight := aheadOfMidnight(t, 1<<20)
	seen := map[float64]int{}
	for restart := midnight - 10*minute; restart <= midnight+10*minute; restart += minute {
		again := stored.start(restart)
		for now := restart; now <= midnight+10*minute; now += minute {
			want := state.Gauges(now)
			if diff := cmp.Diff(want, again.Gauges(now)); diff != "" {
				t.Errorf("started at midnight %+d min, gauges of %+d min differ (-before +after the restart):\n%s", (restart-midnight)/minute, (now-midnight)/minute, diff)
			}
			seen[sum(want, schemas.MetricActiveToday)]++
		}
	}
	if seen[3] == 0 || seen[2] == 0 || len(seen) != 2 {
		t.Errorf("conversations of the day, and how often they were so many: %v, want three before midnight and two after it", seen)
	}
}

// A start reads all of those conversations only that are ahead of midnight, and by no more than a clock can be ahead.
func TestStartNeedsFewRowsWhole(t *testing.T) {
	state, stored, midnight := aheadOfMidnight(t, 1<<20)
	f := func(minutes schemas.Instant, want int) {
		t.Helper()
		n := 0
		for _, row := range stored.rows {
			if state.NeedsWhole(&row, midnight+minutes*minute) {
				n++
			}
		}
		if n != want {
			t.Errorf("%d rows are needed whole at midnight %+d min, want %d", n, minutes, want)
		}
	}
	f(-57, 3)
	f(-58, 2)
	f(-60, 0)
	f(-24*60, 0)
	f(-1, 3)
	f(0, 0)
	f(1, 0)
}

// However little may be kept, gauges stay what they are: the events of conversations that are ahead of midnight are kept.
func TestEvictionKeepsWhatIsAhead(t *testing.T) {
	all, _, midnight := aheadOfMidnight(t, 1<<20)
	little, _, _ := aheadOfMidnight(t, 0)
	for minutes := schemas.Instant(-2); minutes <= 5; minutes++ {
		if diff := cmp.Diff(all.Gauges(midnight+minutes*minute), little.Gauges(midnight+minutes*minute)); diff != "" {
			t.Errorf("gauges of midnight %+d min differ (-kept +evicted):\n%s", minutes, diff)
		}
	}
	_, cut := little.Cut(0)
	little.Acknowledge(cut, 0, midnight+5*minute)
	if little.cache.packedBytes != 0 {
		t.Errorf("%d bytes are kept after midnight although nothing may be", little.cache.packedBytes)
	}
}

// BenchmarkAcknowledge acknowledges a cut of nothing with a million conversations in memory, and each time an hour later, so that all
// are looked at.
func BenchmarkAcknowledge(b *testing.B) {
	state := New(DefaultSettings())
	at := state.tally(place{company: testCompany})
	for n := range 1_000_000 {
		key := schemas.KeyIDOf(fmt.Sprint("c/", testCompany, "/", n))
		state.conversations[key] = &conversation{seen: seen{int64(n) + 1, firstTurn}, hot: hot{place: at, lastAt: firstTurn, flags: flagOpen}}
	}
	state.appended = firstTurn
	state.Acknowledge(0, 1, firstTurn)
	b.Run("between", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			state.Acknowledge(0, 1, firstTurn)
		}
	})
	b.Run("hourly", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			state.cache.forgetAt = 0
			state.Acknowledge(0, 1, firstTurn)
		}
	})
	b.Run("gauges", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			state.Gauges(firstTurn)
		}
	})
}
