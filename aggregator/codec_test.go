package aggregator

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write testdata/state anew")

// ofFolds compares all that a conversation is made of.
var ofFolds = cmp.AllowUnexported(unpacked{}, event{}, fold{}, dimensions{}, episode{}, waits{}, work{}, stretch{}, transfer{}, escalation{}, day{}, part{}, reply{}, hold{})

// What was packed is unpacked as it was, and packed again gives the same bytes.
func TestEventsComeBack(t *testing.T) {
	checkMany(t, 500, func(t *rapid.T) {
		state := New(randomSettings())
		for _, e := range logOf(t) {
			state.Apply(&e)
		}
		rows, _ := state.Cut(7)
		again := New(randomSettings())
		for i := range rows {
			row := &rows[i]
			if row.Kind != schemas.StateConversation {
				if err := again.restoreEntry(row); err != nil {
					t.Fatal(err)
				}
				continue
			}
			c := &conversation{}
			if err := again.restoreHot(c, row); err != nil {
				t.Fatal(err)
			}
			if err := again.restoreEvents(row.Key, c, row); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(encodeEvents(c), row.Rest) {
				t.Fatal("a conversation packs to other bytes the second time")
			}
			want, got := state.conversations[row.Key], c
			if diff := cmp.Diff(want.work.fold, got.work.fold, ofFolds); diff != "" {
				t.Fatalf("the fold differs (-before +after):\n%s", diff)
			}
			if want.hot.flags != again.heat(c).flags || want.hot.flags != c.hot.flags || want.hot.place.place != c.hot.place.place {
				t.Fatalf("what is hot differs: %+v, %+v", want.hot, c.hot)
			}
		}
		for key, a := range state.agents {
			if !bytes.Equal(encodeAgent(a), encodeAgent(again.agents[key])) || a.presenceAt(1<<60) != again.agents[key].presenceAt(1<<60) {
				t.Fatalf("agent %s differs", a.id)
			}
		}
	})
}

// Damaged bytes are refused; nothing is made of them.
func FuzzDecodeState(f *testing.F) {
	files, err := filepath.Glob("testdata/state/*")
	if err != nil || len(files) == 0 {
		f.Fatalf("no stored states: %v", err)
	}
	for _, file := range files {
		form, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(form)
	}
	f.Fuzz(func(_ *testing.T, form []byte) {
		_ = decodeEvents(&conversation{work: &unpacked{}}, form)
		_ = decodeAgent(&agent{}, form)
		_ = decodeTeam(&team{}, form)
	})
}

func TestDamagedStatesAreRefused(t *testing.T) {
	form, err := os.ReadFile("testdata/state/conversation.v1")
	if err != nil {
		t.Fatal(err)
	}
	f := func(form []byte, want string) {
		t.Helper()
		err := decodeEvents(&conversation{work: &unpacked{}}, form)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want it to say %q", err, want)
		}
	}
	f(nil, "damaged")
	f(form[:len(form)-1], "ends too early")
	f(append(bytes.Clone(form), 0), "behind its end")
	f(append([]byte{99}, form[1:]...), "version 99")
}

// States that programs before this one have stored are read as they were meant. A file of a new version of the form is added with
// -update; those of older ones are never changed.
func TestStoredStatesOfAllVersions(t *testing.T) {
	checkStored(t, 1, storedStory())
	checkStored(t, 2, append(storedStory(), laterStory()...))
	checkStored(t, 3, slices.Concat(storedStory(), laterStory(), workStory()))
}

// checkStored holds the files of a version against the states of the story that they were made of.
func checkStored(t *testing.T, version int, story []schemas.Event) {
	state := New(randomSettings())
	for i, e := range story {
		e.Place(int64(i), e.OccurredAt)
		state.Apply(&e)
	}
	rows, _ := state.Cut(0)
	for _, row := range rows {
		file := filepath.Join("testdata", "state", fmt.Sprint(row.Kind, ".v", version))
		if *update && version == codecVersion {
			if err := os.WriteFile(file, row.Rest, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		stored, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		again, old := New(randomSettings()), row
		old.Rest = stored
		if row.Kind == schemas.StateConversation {
			c, ignored := &conversation{}, cmpopts.IgnoreFields(unpacked{}, "company")
			if version < 3 { // closes gave no sample
				ignored = cmp.Options{ignored, cmpopts.IgnoreFields(event{}, "sampled")}
			}
			if err := again.restoreEvents(row.Key, c, &old); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(state.conversations[row.Key].work, c.work, ofFolds, ignored); diff != "" {
				t.Errorf("%s is read otherwise (-meant +read):\n%s", file, diff)
			}
			continue
		}
		if err := again.restoreEntry(&old); err != nil {
			t.Fatal(err)
		}
		if now := again.stateRow(row.Key); !bytes.Equal(now.Rest, row.Rest) {
			t.Errorf("%s is read otherwise", file)
		}
	}
}

// A state that a program before this one has stored is gone on with as if this one had been there from the beginning: rows are the same,
// and once the cutoff has moved, states are too.
func TestOldStatesAreContinued(t *testing.T) {
	settings := randomSettings()
	story, later := storedStory(), laterStory()
	straight, continued := New(settings), New(settings)
	want, got := newTable(), newTable()
	for i := range story {
		story[i].Place(int64(i), story[i].OccurredAt)
		straight.Apply(&story[i])
	}
	rows := straight.Rows()
	want.add(rows)
	got.add(rows)
	cut, _ := straight.Cut(0)
	for _, row := range cut {
		if row.Kind == schemas.StateConversation {
			continue
		}
		old, err := os.ReadFile(filepath.Join("testdata", "state", row.Kind+".v1"))
		if err != nil {
			t.Fatal(err)
		}
		row.Rest = old
		if err := continued.restoreEntry(&row); err != nil {
			t.Fatal(err)
		}
	}
	for i := range later {
		later[i].Place(int64(len(story)+i), later[i].OccurredAt)
		a, b := straight.Apply(&later[i]), continued.Apply(&later[i])
		if diff := cmp.Diff(a, b, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("event %d does something else (-straight +continued):\n%s", i, diff)
		}
		want.add(straight.Rows())
		got.add(continued.Rows())
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(tables{})); diff != "" {
		t.Errorf("rows differ (-straight +continued):\n%s", diff)
	}
	for key, a := range straight.agents {
		if !bytes.Equal(encodeAgent(a), encodeAgent(continued.agents[key])) {
			t.Errorf("agent %s is stored otherwise", a.id)
		}
	}
	for key, team := range straight.teams {
		if !bytes.Equal(encodeTeam(team), encodeTeam(continued.teams[key])) {
			t.Errorf("team %s is stored otherwise", team.id)
		}
	}
}

// Nothing can have occurred after the newest event: such a state is refused.
func TestNewestEventIsTheNewest(t *testing.T) {
	at := event{at: 1_760_000_000_000}
	f := func(what string, newest schemas.Instant, a *agent, ok bool) {
		t.Helper()
		a.newest = newest
		if err := decodeAgent(&agent{}, encodeAgent(a)); (err == nil) != ok {
			t.Errorf("%s: %v", what, err)
		}
	}
	entries := &agent{entries: []entry{{event: at}}}
	f("an entry", at.at, entries, true)
	f("an entry after it", at.at-1, entries, false)
	f("a change after it", at.at-1, &agent{devices: []device{{changes: []change{{event: at, presence: schemas.PresenceBusy}}}}}, false)
	f("a heartbeat after it", at.at-1, &agent{devices: []device{{beats: []run{{1, at.at}}}}}, false)
	f("a floor after it", at.at-1, &agent{devices: []device{{floor: at.at}}}, false)
	if err := decodeTeam(&team{}, encodeTeam(&team{entries: entries.entries})); err == nil {
		t.Error("a team whose entry is after its newest event is taken")
	}
}

// laterStory is what comes days after the story, so that of the agent and the team a part is final: a second device; a change whose
// other body, of an earlier time, leaves nothing of the newest moment; backfills that are outdated, before and after.
func laterStory() []schemas.Event {
	const first = schemas.Instant(1_760_000_000_000 + 5*24*3600*1000)
	events := []schemas.Event{
		{ID: "l0", Type: schemas.TypeAgent, Agent: "a1", Device: "d1", Action: schemas.ActionHeartbeat, OccurredAt: first - 10*24*3600*1000},
		{ID: "l1", Type: schemas.TypeAgent, Agent: "a1", Device: "d2", Action: schemas.ActionStatusChanged, Presence: schemas.PresenceBusy, OccurredAt: first},
		{ID: "l2", Type: schemas.TypeAgent, Agent: "a1", Device: "d2", Action: schemas.ActionHeartbeat, OccurredAt: first + 60_000},
		{ID: "l3", Type: schemas.TypeAgent, Agent: "a1", Device: "d1", Action: schemas.ActionStatusChanged, Presence: schemas.PresenceAway, OccurredAt: first + 5*3600*1000, ContentHash: 9 << 40},
		{ID: "l3", Type: schemas.TypeAgent, Agent: "a1", Device: "d1", Action: schemas.ActionStatusChanged, Presence: schemas.PresenceAvailable, OccurredAt: first + 90_000, ContentHash: 8 << 40},
		{ID: "l4", Type: schemas.TypeAgent, Agent: "a1", Device: "d1", Action: schemas.ActionHeartbeat, OccurredAt: 1_760_000_000_000},
		{ID: "l5", Type: schemas.TypeDirectory, Entry: schemas.EntryTeam, Team: "t1", Name: "Team one", OccurredAt: first},
		{ID: "l6", Type: schemas.TypeDirectory, Entry: schemas.EntryAgent, Agent: "a1", Name: "Ada L.", OccurredAt: first + 120_000},
	}
	for i := range events {
		events[i].Company = testCompany
		events[i].ContentHash = max(events[i].ContentHash, 1<<40)
	}
	return events
}

// workStory is what became of the conversation behind the others: what version 3 knows.
func workStory() []schemas.Event {
	const first = schemas.Instant(1_760_000_000_000 + 6*24*3600*1000)
	var events []schemas.Event
	add := func(status string, e schemas.Event) {
		e.Type, e.Status, e.Conversation, e.Company = schemas.TypeStatus, status, "c1", testCompany
		e.ID, e.OccurredAt, e.ContentHash = "w"+string(rune('a'+len(events))), first+schemas.Instant(60_000*len(events)), 1<<41
		events = append(events, e)
	}
	add(schemas.StatusReopened, schemas.Event{})
	add(schemas.StatusPriorityChanged, schemas.Event{Facts: &schemas.Facts{Priority: schemas.PriorityUrgent}})
	add(schemas.StatusAccepted, schemas.Event{Agent: "a1"})
	add(schemas.StatusEscalated, schemas.Event{Facts: &schemas.Facts{Tier: "2"}})
	add(schemas.StatusJoined, schemas.Event{Agent: "s1"})
	add(schemas.StatusOnHold, schemas.Event{})
	add(schemas.StatusOffHold, schemas.Event{})
	add(schemas.StatusLeft, schemas.Event{Agent: "s1"})
	add(schemas.StatusTransferred, schemas.Event{Owner: "a2", OwnerKind: schemas.OwnerHuman})
	add(schemas.StatusTookOver, schemas.Event{Agent: "s1"})
	add(schemas.StatusSnoozed, schemas.Event{})
	add(schemas.StatusUnsnoozed, schemas.Event{})
	add(schemas.StatusWrapUpStarted, schemas.Event{Agent: "s1"})
	add(schemas.StatusClosed, schemas.Event{Reason: schemas.CloseResolved})
	add(schemas.StatusWrapUpEnded, schemas.Event{Agent: "s1"})
	return events
}

// storedStory has everything that a state can hold, but for what was dropped of an agent.
func storedStory() []schemas.Event {
	var events []schemas.Event
	add := func(e schemas.Event) {
		e.ID, e.Company, e.OccurredAt = "e"+string(rune('a'+len(events))), testCompany, schemas.Instant(1_760_000_000_000+60_000*len(events))
		e.ContentHash = uint64(len(events)) + 1<<60
		events = append(events, e)
	}
	message := func(author, agent, id string, delivery string) {
		add(schemas.Event{Type: schemas.TypeMessage, Conversation: "c1", MessageID: id, AuthorKind: author, Agent: agent, Customer: "k1", Channel: "web",
			Visibility: schemas.VisibilityPublic, Kind: schemas.KindText, Delivery: delivery, Sequence: 3})
	}
	status := func(e schemas.Event) {
		e.Type, e.Conversation = schemas.TypeStatus, "c1"
		add(e)
	}
	message(schemas.AuthorCustomer, "", "ea", schemas.DeliverySent)
	status(schemas.Event{Status: schemas.StatusAssigned, Owner: "bot", OwnerKind: schemas.OwnerAI, Team: "t1", Queue: "q1"})
	message(schemas.AuthorAI, "bot", "m2", schemas.DeliverySent)
	status(schemas.Event{Status: schemas.StatusHandedOff, Queue: "q2", Reason: "asked for a person"})
	message(schemas.AuthorHuman, "a1", "m3", schemas.DeliverySent)
	status(schemas.Event{Status: schemas.StatusDeliveryUpdated, MessageID: "m3", Delivery: schemas.DeliveryFailed})
	message(schemas.AuthorHuman, "a2", "m4", schemas.DeliverySent)
	status(schemas.Event{Status: schemas.StatusTagged, Tag: "vip"})
	status(schemas.Event{Status: schemas.StatusClosed, Reason: schemas.CloseResolved})
	add(schemas.Event{Type: schemas.TypeDirectory, Entry: schemas.EntryAgent, Agent: "a1", Name: "Ada", Teams: []string{"t1", "t2"}, Role: "agent", HiredOn: "2020-02-29"})
	add(schemas.Event{Type: schemas.TypeAgent, Agent: "a1", Device: "d1", Action: schemas.ActionStatusChanged, Presence: schemas.PresenceCustom, Label: "lunch"})
	add(schemas.Event{Type: schemas.TypeAgent, Agent: "a1", Device: "d1", Action: schemas.ActionHeartbeat})
	add(schemas.Event{Type: schemas.TypeDirectory, Entry: schemas.EntryTeam, Team: "t1", Name: "Team 1", Removed: true})
	return events
}
