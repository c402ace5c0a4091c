package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/ingest/gateway"
	"github.com/floorwatch/floorwatch/ingest/history"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/floorwatch/floorwatch/schemas/datatest"
)

// exported is the folder of a vendor's tables that nobody here wrote.
func exported(t *testing.T, vendor string) string {
	t.Helper()
	marker := map[string]string{"zendesk": "ticket_data.csv", "intercom": "conversation_history_data.csv"}
	return filepath.Dir(datatest.Path(t, "vendors/"+vendor+"-tables/"+marker[vendor]))
}

func readExported(t *testing.T, vendor, folder string) *history.History {
	t.Helper()
	told, err := history.Read(t.Context(), vendor, os.DirFS(folder), gateway.Source{Company: "acme"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return told
}

// rowsOf reads a table a second time, by the names of its columns.
func rowsOf(t *testing.T, folder, name string) []map[string]string {
	t.Helper()
	file, err := os.Open(filepath.Join(folder, name+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, name := range records[0] {
			row[strings.TrimPrefix(name, "\uFEFF")] = record[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// countEvents counts the events that something is true of.
func countEvents(told *history.History, is func(e *schemas.Event) bool) int {
	n := 0
	for i := range told.Events {
		if is(&told.Events[i].Event) {
			n++
		}
	}
	return n
}

// Each row of each file is used or has a reason, and there are as many as the files have.
func TestExportedRowsAddUp(t *testing.T) {
	for _, vendor := range history.Vendors() {
		folder := exported(t, vendor)
		told := readExported(t, vendor, folder)
		files, err := filepath.Glob(filepath.Join(folder, "*.csv"))
		if err != nil || len(files) != len(told.Files) {
			t.Fatalf("%d files, told of %d, %v", len(files), len(told.Files), err)
		}
		unused := 0
		for _, file := range told.Files {
			rows := len(rowsOf(t, folder, strings.TrimSuffix(file.Name, ".csv")))
			sum := file.Used
			for _, count := range file.Unused {
				sum, unused = sum+count, unused+int(count)
			}
			if file.Rows != int64(rows) || file.Table != "" && sum != file.Rows || file.Table == "" && file.NotRead == "" {
				t.Errorf("%s: %+v, want %d rows", vendor, *file, rows)
			}
		}
		if unused != len(told.Unused) {
			t.Errorf("%s: %d rows told as unused, counted %d", vendor, len(told.Unused), unused)
		}
	}
}

// The numbers of Zendesk's tables, counted a second time from the tables themselves.
func TestExportedZendesk(t *testing.T) {
	folder := exported(t, "zendesk")
	told := readExported(t, "zendesk", folder)
	f := func(what string, want int, is func(e *schemas.Event) bool) {
		t.Helper()
		if got := countEvents(told, is); got != want {
			t.Errorf("%s: %d, want %d", what, got, want)
		}
	}
	staff, over, owned, history := 0, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, user := range rowsOf(t, folder, "user_data") {
		if user["role"] != "end-user" {
			staff++
		}
	}
	for _, change := range rowsOf(t, folder, "ticket_field_history_data") {
		switch {
		case change["field_name"] == "status" && change["value"] == "solved":
			over[change["ticket_id"]] = true
		case change["field_name"] == "assignee_id":
			owned[change["ticket_id"]+" "+change["value"]] = true
			history[change["ticket_id"]] = true
		}
	}
	tickets := rowsOf(t, folder, "ticket_data")
	for _, ticket := range tickets {
		if slices.Contains([]string{"solved", "closed", "deleted"}, ticket["status"]) {
			over[ticket["id"]] = true
		}
		if !history[ticket["id"]] && ticket["assignee_id"] != "" {
			owned[ticket["id"]+" "+ticket["assignee_id"]] = true
		}
	}
	chats := map[string]bool{}
	for _, chat := range rowsOf(t, folder, "ticket_chat_data") {
		chats[chat["chat_id"]] = true
	}
	in, out := 0, 0
	for _, event := range rowsOf(t, folder, "ticket_chat_event_data") {
		switch actor := event["actor_id"]; {
		case event["type"] != "ChatMessage" || !chats[event["chat_id"]]:
		case strings.HasPrefix(actor, "agent:") || strings.HasPrefix(actor, "__"):
			out++
		default: // all others are end-users
			in++
		}
	}
	f("agents", staff, func(e *schemas.Event) bool { return e.Entry == schemas.EntryAgent })
	f("teams", len(rowsOf(t, folder, "group_data")), func(e *schemas.Event) bool { return e.Entry == schemas.EntryTeam })
	f("opened", len(tickets), func(e *schemas.Event) bool { return e.Status == schemas.StatusOpened })
	f("closed", len(over), func(e *schemas.Event) bool { return e.Status == schemas.StatusClosed })
	f("owners", len(owned), func(e *schemas.Event) bool { return e.Status == schemas.StatusAssigned && e.Owner != "" })
	f("messages in", in, func(e *schemas.Event) bool { return e.Direction == schemas.DirectionIn })
	f("messages out", out, func(e *schemas.Event) bool { return e.Direction == schemas.DirectionOut })
	// By hand: 11071 goes to on-hold at 09-02, 10-01 and 10-17, and back each time; its priority is normal from the beginning, then medium,
	// which Zendesk does not know, high and urgent.
	f("on hold", 3, func(e *schemas.Event) bool { return e.Status == schemas.StatusOnHold && e.Conversation == "11071" })
	f("off hold", 3, func(e *schemas.Event) bool { return e.Status == schemas.StatusOffHold && e.Conversation == "11071" })
	f("priorities", 3, func(e *schemas.Event) bool {
		return e.Status == schemas.StatusPriorityChanged && e.Conversation == "11071"
	})
	// By hand: every comment is by one of four users who are not in the table of users, of tickets which are not in that of tickets.
	for _, file := range told.Files {
		if file.Name == "ticket_comment_data.csv" && file.Unused["unknown_author"] != 20 {
			t.Errorf("comments: %v", file.Unused)
		}
	}
}

// The numbers of Intercom's tables. By hand: two conversations have versions, which go from open to closed once each and get their owner in
// the first and third of them. Other parts are eight closes and a note.
func TestExportedIntercom(t *testing.T) {
	folder := exported(t, "intercom")
	told := readExported(t, "intercom", folder)
	counts := map[string]int{}
	for i := range told.Events {
		e := told.Events[i]
		counts[strings.TrimSpace(e.Type+" "+e.Status+e.Direction+e.Entry+" "+e.Visibility)]++
	}
	tags := map[string]bool{}
	for _, tag := range rowsOf(t, folder, "tag_data") {
		tags[tag["id"]] = true
	}
	tagged := 0
	for _, row := range rowsOf(t, folder, "conversation_tag_history_data") {
		if tags[row["tag_id"]] {
			tagged++
		}
	}
	want := map[string]int{
		"status opened": 2, "message in": 2, "status assigned": 2, "status closed": 2 + 8, "message out note": 1, "status tagged": tagged,
		"directory agent": len(rowsOf(t, folder, "admin_data")), "directory team": len(rowsOf(t, folder, "team_data")),
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// stories folds events and writes down the episodes of each conversation.
func stories(t *testing.T, events []*history.Event) map[string][]string {
	t.Helper()
	state := aggregator.New(aggregator.DefaultSettings())
	appended := schemas.InstantOf(time.Date(2026, 11, 25, 13, 0, 0, 0, time.UTC))
	for i := range events {
		encoded, err := schemas.EncodeEvent(&events[i].Event)
		if err != nil {
			t.Fatal(err)
		}
		e, err := schemas.DecodeEvent(encoded)
		if err != nil {
			t.Fatal(err)
		}
		e.Place(int64(i), appended)
		e.Backfill = true
		state.Apply(&e)
	}
	rows := state.Rows().Episodes
	slices.SortFunc(rows, func(a, b schemas.EpisodeRow) int { return int(a.Number) - int(b.Number) })
	told := map[string][]string{}
	for i := range rows {
		if row := &rows[i]; !row.Deleted {
			began := row.OpenedAt.Time().Format("2006-01-02 15:04:05")
			told[row.Conversation] = append(told[row.Conversation], fmt.Sprintf("%s %s", began, episode(row)))
		}
	}
	return told
}

// What becomes of the exported tables in the fold. Conversations without a message show nowhere.
func TestExportedStories(t *testing.T) {
	f := func(vendor string, want map[string][]string) {
		t.Helper()
		if diff := cmp.Diff(want, stories(t, readExported(t, vendor, exported(t, vendor)).Events)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", vendor, diff)
		}
	}
	const waits = "owner= team= priority= tags= frt=none human=none open"
	f("zendesk", map[string][]string{
		"45": {"2023-12-12 11:20:10 new other " + waits}, "47": {"2023-12-28 14:22:12 new other " + waits}, "48": {"2023-12-12 11:16:29 new other " + waits},
		"52": {"2023-12-28 14:20:35 new other " + waits}, "53": {"2023-12-22 10:37:20 new other " + waits},
		// Closed in 2020, and somebody writes in 2023.
		"6605": {"2023-12-08 05:07:28 new email owner=396315360434 team=360006965034 priority= tags= frt=none human=none open"},
	})
	f("intercom", map[string][]string{
		"156643300001311": {"2020-10-28 23:59:37 new web owner=4077639 team= priority= tags= frt=none human=none closed=resolved unanswered"},
		"156643300001372": {"2020-11-04 03:12:03 new web owner=4077639 team= priority= tags= frt=none human=none closed=resolved unanswered"},
	})
}

// The tables of the importer's own fixtures are stories, too. Webhooks of the same conversations, delivered as well, change nothing.
func TestImportedStories(t *testing.T) {
	f := func(vendor, webhooks string, want map[string][]string) {
		t.Helper()
		events := readExported(t, vendor, filepath.Join("ingest", "history", "testdata", vendor)).Events
		if diff := cmp.Diff(want, stories(t, events)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", vendor, diff)
		}
		for name := range strings.FieldsSeq(webhooks) {
			for _, e := range webhook(t, vendor, name) {
				events = append(events, &history.Event{Event: e})
			}
		}
		if diff := cmp.Diff(want, stories(t, events)); diff != "" {
			t.Errorf("%s with webhooks (-want +got):\n%s", vendor, diff)
		}
	}
	f("zendesk", `comment_customer comment_note comment_system assigned unassigned group_transferred priority status_hold status_off_hold status_solved
		status_reopened message_customer message_trigger message_answer_bot message_agent accepted`, map[string][]string{
		"35436": {
			"2026-11-22 09:30:00 new web owner=235325 team=98739 priority=urgent tags=enterprise,order frt=600 human human=600 closed=resolved",
			"2026-11-22 10:10:00 reopened  owner=235325 team=98739 priority=urgent tags=enterprise,order frt=none human=none open",
		},
		"35437": {"2026-11-22 09:30:00 new web owner=235324 team= priority= tags= frt=1.746 ai human=none open"},
		// Without the transcript; what the customer writes afterwards is not answered when it ends.
		"35440": {"2026-11-22 11:00:00 new web owner=235324 team= priority= tags= frt=119 human human=119 closed=resolved unanswered"},
	})
	f("intercom", `created_by_user user_replied admin_replied assigned assigned_team noted closed opened priority tagged snoozed unsnoozed`, map[string][]string{
		"215474343849634": {
			"2026-11-22 09:30:00 new web owner=814860 team=2304 priority=high tags=refund frt=65 human human=65 closed=resolved",
			"2026-11-22 10:00:00 reopened  owner=814860 team=2304 priority=high tags=refund frt=none human=none open",
		},
		"7": {"2026-11-22 10:00:00 new other owner= team= priority= tags= frt=none human=none open"},
	})
}
