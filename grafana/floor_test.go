//go:build embedded

package grafana

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/deploy/embedded/enginetest"
	"github.com/floorwatch/floorwatch/schemas"
)

// The engine of this test process with a small floor in it.
var engine struct {
	url      string
	missing  string // why there is none
	prepared time.Time
}

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	reason, err := enginetest.Missing()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if engine.missing = reason; reason != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "floorwatch-boards")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	address, stop, err := enginetest.Start(dir, enginetest.Library())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	engine.url, engine.prepared = address, time.Now().UTC()
	code := 1
	if err := prepare(engine.prepared); err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = m.Run()
	}
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	return code
}

func needFloor(t testing.TB) {
	t.Helper()
	if engine.missing != "" {
		t.Skip(engine.missing)
	}
}

// ask sends a statement and gives the rows.
func ask(database, statement string) ([]map[string]any, error) {
	arguments := url.Values{"database": {database}, "default_format": {"JSONEachRow"}}
	response, err := http.Post(engine.url+"/?"+arguments.Encode(), "text/plain", strings.NewReader(statement))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask %s: %s", statement, text)
	}
	var rows []map[string]any
	for line := range bytes.Lines(text) {
		row := map[string]any{}
		if err := json.Unmarshal(line, &row); err != nil {
			return nil, fmt.Errorf("read answer %s: %w", line, err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// Names that are hard to quote.
const (
	hardTeam = `o'hara \ sons` // a quote and a backslash
	farTeam  = "équipe 😀"
	hardTag  = `it's \'done\`
	twin     = "o'brien" // a company with a day of 25 hours
)

// prepare makes the schema in a database of its own and puts the floor into it. The day of the company acme began ten hours and a
// half ago, so that the test does not depend on the time at which it runs.
func prepare(now time.Time) error {
	if _, err := ask("default", "CREATE DATABASE floor"); err != nil {
		return err
	}
	steps, err := schemas.Migrations()
	if err != nil {
		return err
	}
	for _, step := range steps {
		for _, statement := range step.Statements {
			if _, err := ask("floor", statement); err != nil {
				return err
			}
		}
	}
	all := floorRows(now)
	for table, rows := range historyRows(now) {
		all[table] = append(all[table], rows...)
	}
	for table, rows := range all {
		var text bytes.Buffer
		encoder := json.NewEncoder(&text)
		for _, row := range rows {
			if err := encoder.Encode(row); err != nil {
				return err
			}
		}
		if _, err := ask("floor", "INSERT INTO "+table+" SETTINGS input_format_defaults_for_omitted_fields = 1 FORMAT JSONEachRow\n"+text.String()); err != nil {
			return err
		}
	}
	return nil
}

type row map[string]any

// with gives the row with more in it.
func (r row) with(more row) row {
	for key, value := range more {
		r[key] = value
	}
	return r
}

func floorRows(now time.Time) map[string][]row {
	at := func(ago time.Duration) string { return now.Add(-ago).Format("2006-01-02 15:04:05.000") }
	const dayFrom = 10*time.Hour + 30*time.Minute
	day := func(company, zone, date string, from time.Duration, hours int, labels []string) row {
		starts := make([]string, hours)
		for i := range starts {
			starts[i] = at(from - time.Duration(i)*time.Hour)
		}
		return row{"company": company, "zone": zone, "company_day": date, "from_utc": at(from), "to_utc": at(from - time.Duration(hours)*time.Hour), "hour_starts": starts, "hour_labels": labels, "version": 1}
	}
	labels := make([]string, 24)
	for i := range labels {
		labels[i] = fmt.Sprintf("%02d", i)
	}
	long := append([]string{"00", "01", "02 +02:00", "02 +01:00"}, labels[3:]...)
	const today, yesterday = "2026-10-25", "2026-10-24"
	started := func(hour int) row {
		return row{"initiated_at": at(dayFrom - time.Duration(hour)*time.Hour - time.Minute), "initiated_hour": at(dayFrom - time.Duration(hour)*time.Hour), "trigger": "customer"}
	}
	conversation := func(id, team, owner, state string, channels ...string) row {
		kind := map[string]string{"": "", "bot": "ai"}[owner]
		if owner != "" && kind == "" {
			kind = "human"
		}
		return row{"company": "acme", "company_day": today, "conversation_id": id, "episode_no": 1, "state": state, "team": team, "owner": owner, "owner_kind": kind,
			"channel": channels[0], "channels": channels, "first_message_at": at(time.Hour), "last_message_at": at(time.Minute), "appended_at": at(12 * time.Second), "version": 1}
	}
	waiting := row{"waiting_first_response": true}
	episode := func(id, team, owner, channel string) row {
		return row{"company": "acme", "conversation_id": id, "episode_no": 1, "kind": "new", "state": "open", "team": team, "owner": owner, "owner_kind": "human",
			"channel": channel, "channels": []string{channel}, "opened_at": at(3 * time.Hour), "last_message_at": at(time.Minute), "customer_messages": 2, "version": 1}
	}
	answered := func(id, team, who, kind, channel string, millis int) row {
		return row{"company": "acme", "conversation_id": id, "episode_no": 1, "kind": "new", "state": "closed", "team": team, "owner": who, "channel": channel, "channels": []string{channel},
			"first_response_at": at(time.Hour), "first_response_ms": millis, "first_response_day": today, "first_responder": who, "first_responder_kind": kind, "first_response_team": team, "version": 1}
	}
	agent := func(id, name string, teams ...string) row {
		return row{"company": "acme", "entry": "agent", "id": id, "name": name, "team_ids": teams, "version": 1}
	}
	team := func(id, name string) row {
		return row{"company": "acme", "entry": "team", "id": id, "name": name, "version": 1}
	}
	closed := func(id, team, owner string, handle int) row {
		return row{"company": "acme", "conversation_id": id, "episode_no": 1, "kind": "new", "state": "closed", "team": team, "owner": owner, "channel": "web", "channels": []string{"web"}, "close_reason": "resolved",
			"closed_at": at(time.Hour), "closed_day": today, "is_handled": true, "open_ms": 4000 * handle, "open_business_ms": 400 * handle, "handle_ms": 1000 * handle, "handle_business_ms": 100 * handle,
			"active_handle_ms": 500 * handle, "active_handle_business_ms": 50 * handle, "version": 1}
	}
	replied := func(id, team, who, waitsFor, stage string, seconds int) row {
		return row{"company": "acme", "conversation_id": id, "reply_no": 1, "episode_no": 1, "kind": "new", "waits_for": waitsFor, "stage": stage, "company_day": today, "responder": who, "responder_kind": "human",
			"reply_ms": 1000 * seconds, "reply_business_ms": 100 * seconds, "team": team, "channel": "web", "channels": []string{"web"}, "version": 1}
	}
	hold := func(id, who, kind string, from, to time.Duration) row {
		r := row{"company": "acme", "conversation_id": id, "hold_no": 1, "agent_id": who, "kind": kind, "team": "support", "channel": "web", "started_at": at(from), "started_day": today, "version": 1}
		if to != 0 {
			r["ended_at"], r["ended_day"] = at(to), today
		}
		return r
	}
	said := func(id, direction, author, channel, delivery string) row {
		return row{"company": "acme", "conversation_id": "c1", "kafka_key": "c/acme/c1", "event_id": id, "message_id": id, "type": "message", "visibility": "public", "kind": "text", "occurred_at": at(time.Hour),
			"direction": direction, "author_kind": author, "channel": channel, "delivery": delivery, "version": 1}
	}
	return map[string][]row{
		"replies": {
			replied("r1", "support", "ada", "any", "first", 10), replied("r2", "support", "ada", "any", "next", 20), replied("r3", hardTeam, "bob", "any", "next", 60),
			replied("r4", "support", "ada", "human", "next", 90), replied("r5", "support", "ada", "any", "next", 600).with(row{"company_day": yesterday}),
		},
		"holds": {
			hold("c1", "ada", "owner", 3*time.Hour, 0), hold("c3", "ada", "joined", 3*time.Hour, 2*time.Hour), hold("c5", "bob", "owner", 2*time.Hour, time.Hour).with(row{"first_reply_day": today, "accept_to_reply_ms": 30_000, "accept_to_reply_business_ms": 3_000}),
		},
		"events": {
			said("m1", "in", "customer", "web", ""), said("m2", "out", "human", "web", "sent"), said("m3", "out", "ai", "sms", "failed"), said("m4", "out", "human", "web", "sent"),
			said("old", "in", "customer", "web", "").with(row{"occurred_at": at(12 * time.Hour)}),
		},
		"calendar": {
			day("acme", "Asia/Kolkata", yesterday, dayFrom+24*time.Hour, 24, labels), day("acme", "Asia/Kolkata", today, dayFrom, 24, labels),
			day(twin, "Europe/Berlin", today, dayFrom, 25, long),
		},
		"conversation_days": {
			conversation("c1", "support", "ada", "open", "web").with(row{"tags": []string{"vip"}}).with(started(0)),
			conversation("c2", "support", "ada", "closed", "whatsapp").with(waiting).with(started(10)),
			conversation("c3", "", "cleo", "open", "web", "whatsapp"), // the team of its owner counts: support
			conversation("c4", hardTeam, "", "open", "whatsapp").with(waiting).with(started(10)).with(row{"queue": "q'1", "tags": []string{hardTag, "vip"}}),
			conversation("c5", hardTeam, "bob", "open", "sms").with(started(3)).with(row{"trigger": "broadcast_reply"}),
			conversation("c6", "", "", "closed", "app").with(waiting).with(started(3)).with(row{"appended_at": at(2 * time.Hour)}),
			conversation("c8", "support", "bot", "open", "web"),
			conversation("c7", "", "eve", "open", "email").with(row{"company_day": yesterday}).with(started(-2)),
			conversation("b1", "support", "ada", "open", "web").with(started(3)).with(row{"company": twin}),
			conversation("gone", "support", "ada", "open", "web").with(row{"is_deleted": 1}),
		},
		"episodes": {
			episode("c1", "support", "ada", "web"), episode("c3", "", "cleo", "web"),
			episode("c4", hardTeam, "", "whatsapp").with(row{"waiting_since": at(600 * time.Second), "waiting_human_since": at(600 * time.Second), "owner_kind": "", "queue": "q'1", "tags": []string{hardTag, "vip"}}),
			episode("c5", hardTeam, "bob", "sms").with(row{"waiting_since": at(120 * time.Second), "waiting_human_since": at(120 * time.Second), "is_answered": true, "is_answered_by_human": true}),
			episode("c8", "support", "bot", "web").with(row{"waiting_human_since": at(1800 * time.Second), "is_answered": true, "owner_kind": "ai", "customer_id": "u8"}),
			episode("c7", "", "eve", "email").with(row{"waiting_since": at(7200 * time.Second), "waiting_human_since": at(7200 * time.Second), "last_message_at": at(12 * time.Hour)}),
			answered("f1", "support", "ada", "human", "web", 10_000), answered("f2", "support", "ada", "human", "web", 20_000), answered("f3", "support", "ada", "human", "whatsapp", 30_000),
			answered("f4", "support", "cleo", "human", "web", 40_000), answered("f5", hardTeam, "bob", "human", "sms", 100_000), answered("f6", "support", "bot", "ai", "web", 2_000).with(row{"handed_off_at": at(time.Hour),
				"human_first_response_at": at(time.Hour), "human_first_response_ms": 50_000, "human_first_response_day": today, "human_first_responder": "ada", "human_first_response_team": "support"}),
			closed("h1", "support", "ada", 100).with(row{"transfers.at": []string{at(time.Hour)}, "transfers.company_day": []string{today}, "transfers.kind": []string{"agent"}, "transfers.reason": []string{"transferred"},
				"transfers.from_agent": []string{"ada"}, "transfers.to_agent": []string{"bob"}, "transfers.from_team": []string{"support"}, "transfers.to_team": []string{"support"}, "transfers.from_queue": []string{""}, "transfers.to_queue": []string{""}}),
			closed("h2", "support", "ada", 200), closed("h3", hardTeam, "bob", 20), closed("h4", "support", "cleo", 30).with(row{"agent_first_response_at": at(time.Hour), "agent_first_response_ms": 40_000,
				"agent_first_response_business_ms": 4_000, "agent_first_response_day": today, "agent_first_responder": "cleo", "agent_first_response_team": "support"}),
			answered("f7", "support", "ada", "human", "web", 9_000_000).with(row{"first_response_day": yesterday}),
		},
		"directory": {
			team("support", "Support"), team(hardTeam, "O'Hara & Sons"), team(farTeam, ""), team("closed-down", "").with(row{"is_removed": true}),
			agent("ada", "Ada", "support"), agent("bob", "Bob", hardTeam), agent("cleo", "Cleo", "support", hardTeam), agent("dan", ""), agent("eve", "Eve", hardTeam),
			agent("old", "Old", "support").with(row{"is_removed": true}), agent("ada", "Other Ada", "support").with(row{"company": twin}),
		},
		"agent_spans": {
			{"company": "acme", "agent_id": "ada", "started_at": at(time.Hour), "presence": "available", "version": 1},
			{"company": "acme", "agent_id": "bob", "started_at": at(2 * time.Hour), "presence": "available", "ended_at": at(time.Hour), "version": 1},
			{"company": "acme", "agent_id": "cleo", "started_at": at(30 * time.Minute), "presence": "custom", "label": "Coaching", "last_heartbeat_at": at(time.Second), "lease_until": now.Add(time.Hour).Format(time.DateTime), "version": 1},
		},
		"conversation_agents": {
			{"company": "acme", "agent_id": "ada", "conversation_id": "c1", "last_outgoing_at": at(90 * time.Second), "messages": 3, "version": 1},
			{"company": "acme", "agent_id": "ada", "conversation_id": "f1", "last_outgoing_at": at(time.Hour), "messages": 1, "version": 1},
		},
	}
}
