package aggregator

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
)

// turn is a customer's message of conversation c1, taken by the log at an instant.
func turn(offset int64, appended schemas.Instant) *schemas.Event {
	e := &schemas.Event{
		Type: schemas.TypeMessage, ID: fmt.Sprint("e", offset), MessageID: fmt.Sprint("e", offset), Company: testCompany, Conversation: "c1",
		OccurredAt: appended, AuthorKind: schemas.AuthorCustomer, Visibility: schemas.VisibilityPublic, Kind: schemas.KindText, ContentHash: uint64(offset) << 40,
	}
	e.Place(offset, appended)
	return e
}

const firstTurn = schemas.Instant(1_760_000_000_000)

// A conversation is over when the log has had nothing of it for 90 days; what comes then has rows of its own.
func TestSilenceEndsALife(t *testing.T) {
	f := func(silence schemas.Instant, want string) {
		t.Helper()
		state := New(DefaultSettings())
		state.Apply(turn(3, firstTurn))
		state.Rows()
		state.Apply(turn(9, firstTurn+silence))
		var got []string
		for _, row := range state.Rows().Episodes {
			got = append(got, fmt.Sprintf("life %d: episode %d, %d messages", row.Life, row.Number, row.Messages.Customer))
		}
		if text := strings.Join(got, "; "); text != want {
			t.Errorf("after %d ms: %s, want %s", silence, text, want)
		}
	}
	f(Expiry, "life 3: episode 1, 2 messages")
	f(Expiry+1, "life 9: episode 1, 1 messages")
}

// What the first life had and was not handed out yet is handed out although the second one has begun, and stays what it was.
func TestRowsOfAnEndedLifeAreHandedOut(t *testing.T) {
	state := New(DefaultSettings())
	state.Apply(turn(3, firstTurn))
	state.Apply(turn(9, firstTurn+Expiry+1))
	lives := map[int64]uint64{}
	for _, row := range state.Rows().Episodes {
		lives[row.Life] = row.Version
	}
	want := map[int64]uint64{3: schemas.MakeVersion(1, 3), 9: schemas.MakeVersion(1, 9)}
	if fmt.Sprint(lives) != fmt.Sprint(want) {
		t.Errorf("lives with versions %v, want %v", lives, want)
	}
}

// A conversation takes its first 4,096 events; later ones only move its version on. An event that it has is a duplicate as before.
func TestConversationIsCapped(t *testing.T) {
	state := New(DefaultSettings())
	for offset := range int64(maxEvents) {
		if state.Apply(turn(offset, firstTurn+schemas.Instant(offset))).Capped {
			t.Fatalf("capped at event %d", offset+1)
		}
	}
	state.Rows()
	if outcome := state.Apply(turn(maxEvents, firstTurn)); !outcome.Capped || outcome.Accepted || outcome.Touched {
		t.Errorf("the event too many: %+v, want capped and nothing else", outcome)
	}
	again := turn(5, firstTurn+5)
	again.Place(maxEvents+1, firstTurn)
	if outcome := state.Apply(again); outcome.Capped || !outcome.Duplicate {
		t.Errorf("an event that is there: %+v, want a duplicate", outcome)
	}
	rows, _ := state.Cut(0)
	if len(rows) != 1 || rows[0].Version != schemas.MakeVersion(1, maxEvents+1) {
		t.Errorf("state rows %+v, want one of the newest offset", rows)
	}
	if c := state.conversations[rows[0].Key]; len(c.work.log) != maxEvents || !c.capped {
		t.Errorf("%d events, capped %t", len(c.work.log), c.capped)
	}
}

// waiting makes a state that knows what is hot of c1 up to offset 3, and in which an event of c1 waits for the rest.
func waiting(t *testing.T, appended schemas.Instant) (*State, schemas.StateRow) {
	t.Helper()
	before := New(DefaultSettings())
	before.Apply(turn(3, firstTurn))
	rows, _ := before.Cut(0)
	state := New(DefaultSettings())
	hot := rows[0]
	hot.Rest = nil
	if err := state.Load([]schemas.StateRow{hot}); err != nil {
		t.Fatal(err)
	}
	if outcome := state.Apply(turn(9, appended)); !outcome.Pending {
		t.Fatalf("%+v, want pending", outcome)
	}
	return state, rows[0]
}

// now is when states are asked for.
const now = firstTurn

// A table that has less of a conversation than it had is not believed: the event waits on.
func TestStateThatWentBackIsRefused(t *testing.T) {
	state, row := waiting(t, firstTurn+1)
	merged := func(*schemas.Event, Outcome) { t.Error("an event was folded over a state that is too old") }
	older := row
	older.Version--
	now := now
	for _, found := range [][]schemas.StateRow{nil, {older}} {
		if err := state.Restore(state.Missing(9, now), found, now, merged); err == nil || !strings.Contains(err.Error(), "a backup restored?") {
			t.Errorf("%d rows found: %v", len(found), err)
		}
		now += maxPause
	}
	folded := 0
	if err := state.Restore(state.Missing(9, now), []schemas.StateRow{row}, now, func(*schemas.Event, Outcome) { folded++ }); err != nil || folded != 1 || len(state.Missing(9, now)) != 0 {
		t.Errorf("%v, %d events folded", err, folded)
	}
}

// … unless the conversation is over: then its row may have been deleted.
func TestForgottenConversationBeginsAnew(t *testing.T) {
	state, _ := waiting(t, firstTurn+Expiry+1)
	if err := state.Restore(state.Missing(9, now), nil, now, func(*schemas.Event, Outcome) {}); err != nil {
		t.Fatal(err)
	}
	if rows := state.Rows().Episodes; len(rows) != 1 || rows[0].Life != 9 {
		t.Errorf("episodes %+v, want one of life 9", rows)
	}
}

// One conversation that cannot be restored does not hold up the others. It is asked for again, less and less often.
func TestOneBadStateHoldsUpNoOther(t *testing.T) {
	state, row := waiting(t, firstTurn+1)
	other := turn(10, firstTurn+2)
	other.Conversation = "c2"
	other.Place(10, firstTurn+2)
	state.Apply(other)
	row.Rest = []byte{99}
	folded := 0
	err := state.Restore(state.Missing(9, now), []schemas.StateRow{row}, now, func(e *schemas.Event, _ Outcome) { folded += len(e.Conversation) })
	if err == nil || folded != 2 || len(state.Missing(9, now)) != 0 || state.Unreadable() != 1 {
		t.Errorf("%v, folded %d, %d missing at once, %d unreadable", err, folded, len(state.Missing(9, now)), state.Unreadable())
	}
	var pauses []schemas.Instant
	for asked, at := now, now; len(pauses) < 8; at += 500 {
		if missing := state.Missing(9, at); len(missing) > 0 {
			pauses, asked = append(pauses, at-asked), at
			_ = state.Restore(missing, []schemas.StateRow{row}, at, nil)
		}
	}
	if want := []schemas.Instant{1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000}; !slices.Equal(pauses, want) {
		t.Errorf("asked again after %v ms, want %v", pauses, want)
	}
	if next := state.Next(11); next != 9 {
		t.Errorf("the position may be %d, want that of the event that waits, 9", next)
	}
}

// What the table does not have is never dropped, however little may be kept.
func TestOnlyWhatIsStoredIsEvicted(t *testing.T) {
	state := New(DefaultSettings())
	state.Apply(turn(3, firstTurn))
	_, cut := state.Cut(0)
	state.Apply(turn(4, firstTurn+1)) // after the cut
	state.Acknowledge(cut, 0, firstTurn)
	key := turn(3, firstTurn).KeyID
	if c := state.conversations[key]; c == nil || !c.hasEvents() {
		t.Fatal("a conversation went although its last event is not stored")
	}
	_, cut = state.Cut(0)
	state.Acknowledge(cut-1, 0, firstTurn)
	if c := state.conversations[key]; c == nil || !c.hasEvents() {
		t.Fatal("a conversation went although its cut is not acknowledged")
	}
	state.Acknowledge(cut, 0, firstTurn)
	if c := state.conversations[key]; c.hasEvents() {
		t.Error("a stored conversation stayed although nothing may be kept")
	}
}

// A stored state that cannot be read leaves nothing behind: the conversation stays one that is looked up.
func TestUnreadableStateLeavesNothingBehind(t *testing.T) {
	state, row := waiting(t, firstTurn+1)
	damaged := row
	damaged.Rest = row.Rest[:len(row.Rest)-1]
	if err := state.Restore(state.Missing(9, now), []schemas.StateRow{damaged}, now, func(*schemas.Event, Outcome) {}); err == nil {
		t.Fatal("a damaged state was taken")
	}
	if outcome := state.Apply(turn(10, firstTurn+2)); !outcome.Pending {
		t.Errorf("the next event: %+v, want it to wait, too", outcome)
	}
	folded := 0
	if err := state.Restore(state.Missing(9, now+maxPause), []schemas.StateRow{row}, now, func(*schemas.Event, Outcome) { folded++ }); err != nil || folded != 2 || state.Unreadable() != 0 {
		t.Errorf("%v, %d events folded, %d unreadable; want both, and none", err, folded, state.Unreadable())
	}
}

// A record that comes again changes nothing, neither what is told nor what is due; a record of its own that repeats an event makes the
// state due, of a conversation, an agent and a team alike.
func TestRecordsAreSeenOnce(t *testing.T) {
	status, name := schemas.Event{Type: schemas.TypeAgent, Action: schemas.ActionStatusChanged, Presence: schemas.PresenceAway, Agent: "a1"},
		schemas.Event{Type: schemas.TypeDirectory, Entry: schemas.EntryAgent, Agent: "a1", Name: "Ann"}
	team := schemas.Event{Type: schemas.TypeDirectory, Entry: schemas.EntryTeam, Team: "t1", Name: "Sales"}
	for _, event := range []schemas.Event{*turn(0, firstTurn), status, name, team} {
		event.ID, event.Company, event.OccurredAt = "e", testCompany, firstTurn
		state := New(DefaultSettings())
		at := func(offset int64) Outcome {
			event.Place(offset, firstTurn)
			return state.Apply(&event)
		}
		due := func() (versions []uint64) {
			rows, cut := state.Cut(0)
			for _, row := range rows {
				versions = append(versions, row.Version)
			}
			state.Rows()
			state.Acknowledge(cut, 1<<20, firstTurn)
			return versions
		}
		at(7)
		if got, want := due(), []uint64{schemas.MakeVersion(1, 7)}; !slices.Equal(got, want) {
			t.Errorf("%s %s: states of versions %v are due, want %v", event.Type, event.Entry, got, want)
		}
		if outcome := at(7); outcome.Accepted || outcome.Duplicate || outcome.Touched || len(due()) > 0 {
			t.Errorf("%s %s: a record that comes again: %+v, want nothing", event.Type, event.Entry, outcome)
		}
		if outcome := at(8); !outcome.Duplicate {
			t.Errorf("%s %s: its repetition: %+v, want a duplicate", event.Type, event.Entry, outcome)
		}
		if got, want := due(), []uint64{schemas.MakeVersion(1, 8)}; !slices.Equal(got, want) {
			t.Errorf("%s %s: after its repetition states of versions %v are due, want %v", event.Type, event.Entry, got, want)
		}
	}
}
