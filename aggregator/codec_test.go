package aggregator

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write testdata/state anew")

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
			if diff := cmp.Diff(want.work.fold, got.work.fold, cmp.AllowUnexported(fold{}, dimensions{}, episode{}, waits{}, day{}, part{})); diff != "" {
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
	state := New(randomSettings())
	for i, e := range storedStory() {
		e.Place(int64(i), e.OccurredAt)
		state.Apply(&e)
	}
	rows, _ := state.Cut(0)
	for _, row := range rows {
		file := filepath.Join("testdata", "state", row.Kind+".v1")
		if *update {
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
			c := &conversation{}
			if err := again.restoreEvents(row.Key, c, &old); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(state.conversations[row.Key].work, c.work, cmp.AllowUnexported(unpacked{}, event{}, fold{}, dimensions{}, episode{}, waits{}, day{}, part{}), cmpopts.IgnoreFields(unpacked{}, "company")); diff != "" {
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

// storedStory has everything that a state can hold.
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
