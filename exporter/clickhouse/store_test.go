//go:build embedded

package clickhouse

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/deploy/embedded/enginetest"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
)

// address is the engine's; every test has a database of its own.
var address string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	reason, err := enginetest.Missing()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if reason != "" {
		fmt.Fprintln(os.Stderr, "skipping: "+reason)
		return 0
	}
	dir, err := os.MkdirTemp("", "engine")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	url, stop, err := enginetest.Start(dir, enginetest.Library())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	address = strings.TrimPrefix(url, "http://")
	code := m.Run()
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func open(t testing.TB) *Store {
	t.Helper()
	cfg := DefaultConfig()
	cfg.Addresses, cfg.Database = []string{address}, "test_"+strings.ToLower(strings.NewReplacer("/", "_", "#", "_").Replace(t.Name()))
	return openConfig(t, cfg)
}

func openConfig(t testing.TB, cfg Config) *Store {
	t.Helper()
	store, err := Open(t.Context(), cfg, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func (s *Store) exec(t testing.TB, statement string) {
	t.Helper()
	if err := s.conn.Exec(context.Background(), statement); err != nil {
		t.Fatal(err)
	}
}

// strings gives the first column of a query.
func (s *Store) strings(t testing.TB, query string, arguments ...any) []string {
	t.Helper()
	rows, err := s.conn.Query(context.Background(), query, arguments...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			t.Fatal(err)
		}
		out = append(out, value)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// The columns that are written are the columns that the tables have, both ways; only stored_at is the table's own.
func TestInsertColumnsAreTheTables(t *testing.T) {
	store := open(t)
	for table, columns := range insertColumns() {
		got := store.strings(t, "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = ? AND name != 'stored_at' ORDER BY name", table)
		if diff := cmp.Diff(slices.Sorted(slices.Values(columns)), got); diff != "" {
			t.Errorf("table %s (-written +table):\n%s", table, diff)
		}
	}
}

// Whoever looks at a table or view sees what it and each of its columns means.
func TestEverythingIsCommented(t *testing.T) {
	store := open(t)
	for _, name := range store.strings(t, "SELECT concat(table, '.', name) FROM system.columns WHERE database = currentDatabase() AND comment = ''") {
		t.Errorf("column %s has no comment", name)
	}
	for _, name := range store.strings(t, "SELECT name FROM system.tables WHERE database = currentDatabase() AND comment = ''") {
		t.Errorf("table %s has no comment", name)
	}
	if n := len(store.strings(t, "SELECT name FROM system.tables WHERE database = currentDatabase()")); n < 16 {
		t.Errorf("there are %d tables and views, want at least 16", n)
	}
}

// The dictionary names columns; they are there, and every number of a live view is in the dictionary.
func TestDictionaryColumns(t *testing.T) {
	store := open(t)
	there := map[string]bool{}
	for _, name := range store.strings(t, "SELECT concat(table, '.', name) FROM system.columns WHERE database = currentDatabase()") {
		there[name] = true
	}
	named := map[string]bool{}
	for _, m := range schemas.Metrics {
		for _, column := range m.Columns {
			named[column] = true
			if !there[column] {
				t.Errorf("metric %s names %s, which is not there", m.Key, column)
			}
		}
	}
	for _, column := range store.strings(t, `SELECT concat(table, '.', name) FROM system.columns WHERE database = currentDatabase()
		AND table IN ('live_tiles', 'initiated_per_hour', 'first_response_daily', 'waiting_now', 'conversations_live', 'agents_live',
			'replies_daily', 'accept_to_reply_daily', 'handle_time_daily', 'concurrency', 'messages_daily')
		AND (match(type, 'U?Int|Float|Decimal')) AND name NOT IN ('is_today', 'is_online', 'is_answered', 'auto_replied', 'episode_no')`) {
		if !named[column] && !strings.HasSuffix(column, "_sum") {
			t.Errorf("%s is a number without a definition", column)
		}
	}
	keys := store.strings(t, "SELECT metric FROM definitions FINAL ORDER BY metric")
	var want []string
	for _, m := range schemas.Metrics {
		want = append(want, m.Key)
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), keys); diff != "" {
		t.Errorf("table definitions (-dictionary +table):\n%s", diff)
	}
}

// Each view has what boards filter by, under the same names and types.
func TestViewsHaveTheirFilters(t *testing.T) {
	store := open(t)
	types := map[string]string{}
	for _, line := range store.strings(t, "SELECT concat(table, '.', name, ' ', type) FROM system.columns WHERE database = currentDatabase()") {
		name, kind, _ := strings.Cut(line, " ")
		types[name] = kind
	}
	shared := map[string]string{"company": "LowCardinality(String)", "company_day": "Date32", "is_today": "UInt8"}
	filters := map[string]string{"team": "LowCardinality(String)", "owner": "String", "queue": "LowCardinality(String)", "channel": "LowCardinality(String)",
		"channels": "Array(LowCardinality(String))", "tags": "Array(LowCardinality(String))"}
	byPriority := maps.Clone(filters)
	byPriority["priority"] = "LowCardinality(String)"
	for view, more := range map[string]map[string]string{
		"live_tiles": filters, "initiated_per_hour": filters, "waiting_now": filters, "conversations_live": filters, "first_response_daily": byPriority,
		"replies_daily": byPriority, "transfers": byPriority, "escalations": byPriority, "handle_time_daily": byPriority,
		"accept_to_reply_daily": {"team": "LowCardinality(String)", "owner": "String", "queue": "LowCardinality(String)", "channel": "LowCardinality(String)", "priority": "LowCardinality(String)"},
		"agents_live":           {"teams": "Array(LowCardinality(String))", "agent_id": "String"},
		"concurrency":           {"teams": "Array(LowCardinality(String))", "agent_id": "String"},
		"messages_daily":        {"channel": "LowCardinality(String)", "direction": "LowCardinality(String)", "author_kind": "LowCardinality(String)"},
	} {
		for _, columns := range []map[string]string{shared, more} {
			for column, want := range columns {
				if got := types[view+"."+column]; got != want {
					t.Errorf("%s.%s is %q, want %q", view, column, got, want)
				}
			}
		}
	}
	for _, m := range schemas.Metrics { // what is counted is a UInt64, what is measured a Float64 or an instant
		for _, column := range m.Columns {
			if kind := types[column]; strings.HasPrefix(column, "live_tiles.") && kind != "UInt64" || strings.HasSuffix(column, "_seconds") && !strings.Contains(kind, "Float64") {
				t.Errorf("%s is %s", column, kind)
			}
		}
	}
}

// Acknowledged rows survive the loss of power: these are settings of each table, not of the server.
func TestTablesSyncToDisk(t *testing.T) {
	store := open(t)
	for _, name := range store.strings(t, `SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'
		AND NOT (create_table_query LIKE '%fsync_after_insert = 1%' AND create_table_query LIKE '%fsync_part_directory = 1%' AND create_table_query LIKE '%min_compressed_bytes_to_fsync_after_merge = 1%')`) {
		t.Errorf("table %s does not sync", name)
	}
}

func moment(text string) schemas.Instant {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return schemas.InstantOf(at)
}

// day is a row of a conversation with everything set.
func day(version uint64, owner string) schemas.ConversationDayRow {
	date, _ := schemas.ParseDate("2026-03-02")
	return schemas.ConversationDayRow{
		Meta: schemas.Meta{Version: version, AppendedAt: moment("2026-03-02T09:00:02Z")}, Company: "acme", Day: date, Conversation: "c'1\n", Episode: 2, Open: true,
		Customer: "k", Dimensions: schemas.Dimensions{Team: "t", Owner: owner, OwnerKind: "human", Queue: "q", Channel: "web", Channels: []string{"web", "x"}, Tags: []string{"a'b", "日本"}},
		WaitingFirstResponse: true, InitiatedAt: moment("2026-03-02T09:00:00.123Z"), InitiatedHour: moment("2026-03-02T09:00:00Z"), Trigger: "customer",
		FirstMessageAt: moment("2026-03-02T09:00:00.123Z"), LastMessageAt: moment("2026-03-02T09:00:01.456Z"), Messages: schemas.Counts{Customer: 1, Human: 2, AI: 3, Automation: 4},
	}
}

// everyFact has a value in each field, 0 where that is not the same as none.
func everyFact(at schemas.Instant) *schemas.Facts {
	sentiment, confidence, score := -0.25, 0.5, 0.0
	latency, slots, minutes, planned, visitors := int64(0), int64(3), int64(30), int64(12), int64(7)
	return &schemas.Facts{
		Keywords: []string{"k1", "k2"}, Sentiment: &sentiment, SentimentModel: "model", QuickReply: true,
		AITurn: schemas.AITurn{Intent: "intent", Confidence: &confidence, Fallback: true, Unsafe: "blocked", UnsafeCategory: "category", Articles: []string{"kb1"},
			Search: "failed", LatencyMillis: &latency, Flow: "flow"},
		Priority: "high", Tier: "vip", Structured: true, Rating: "nps", Score: &score, Dimension: "tone", Rater: "a2", RaterKind: "ai",
		Slots: &slots, StartsAt: at + 1, Minutes: &minutes, AgentsPlanned: &planned, Visitors: &visitors,
	}
}

// A row of each table, with and without what may be absent, is read back as it was written.
// lasts is a duration that lasts longer within business hours, which no real one does.
func lasts(millis int64) schemas.Lasted {
	return schemas.Lasted{Millis: millis, BusinessMillis: 2 * millis}
}

func TestRowsOfEveryTable(t *testing.T) {
	store := open(t)
	date, _ := schemas.ParseDate("2026-03-02")
	at := moment("2026-03-02T09:00:00.001Z")
	meta := schemas.Meta{Version: 7, AppendedAt: at}
	response := schemas.Response{At: at, Day: date, Responder: "a1", Kind: "human", Team: "t", Queue: "q"}
	location, _ := schemas.LoadZone("Europe/Berlin")
	today := schemas.DayOf(location, at)
	rows := &schemas.Rows{
		Events: []schemas.EventRow{
			{Meta: meta, Event: schemas.Event{Type: "directory", ID: "e1", Company: "acme", OccurredAt: at, Teams: []string{"t"}, HiredOn: "2020-02-29", Agent: "a1"}},
			{Meta: meta, Event: schemas.Event{Type: "message", ID: "e2", Company: "acme", OccurredAt: at, Conversation: "c1", TextLength: 8192, Backfill: true}},
			{Meta: meta, Event: schemas.Event{Type: "message", ID: "e3", Company: "acme", OccurredAt: at, Conversation: "c1", Facts: everyFact(at)}}},
		Episodes: []schemas.EpisodeRow{
			{Meta: meta, Company: "acme", Conversation: "c1", Number: 1, Kind: "new", OpenedAt: at, OpenedDay: date, ClosedAt: at, ClosedDay: date, FirstTurnAt: at,
				FirstTurnDay: date, FirstResponse: response, HumanFirstResponse: response, HumanFromStart: response, HandedOffAt: at, AcceptedAt: at, AgentFirstResponse: response,
				Work: schemas.Work{Handled: true, Open: lasts(9), OpenActive: lasts(8), Handle: lasts(7), ActiveHandle: lasts(6), AfterContact: lasts(5), HasAIHandle: true, AIHandle: lasts(4)}, PingPongs: 1,
				Transfers:   []schemas.Transfer{{At: at, Day: date, Kind: "agent", Reason: "reassigned", FromAgent: "a1", ToAgent: "a2", FromTeam: "t1", ToTeam: "t2", FromQueue: "q1", ToQueue: "q2"}},
				Escalations: []schemas.Escalation{{At: at, Day: date, Kind: "tier", Agent: "s1", Tier: "2", Owner: "a2", Team: "t2"}, {At: at, Day: date, Kind: "join"}}},
			{Meta: meta, Company: "acme", Conversation: "c1", Number: 2, Kind: "reopened", Open: true, OpenedAt: at, OpenedDay: date, WaitingSince: at, WaitingHumanSince: at}},
		ConversationDays:   []schemas.ConversationDayRow{day(7, "a1")},
		ConversationAgents: []schemas.ConversationAgentRow{{Meta: meta, Company: "acme", Agent: "a1", Conversation: "c1", LastOutgoingAt: at, Messages: 3}},
		Replies: []schemas.ReplyRow{{Meta: meta, Company: "acme", Conversation: "c1", Number: 1, Episode: 2, Kind: "new", WaitsFor: "any", Stage: "next", WaitingSince: at,
			Response: schemas.Response{At: at + 5, Lasted: lasts(5), Day: date, Responder: "a1", Kind: "human", Team: "t", Queue: "q", Channel: "web"}, Hour: at, Channels: []string{"web"}, Tags: []string{"x"}, Priority: "high"}},
		Holds: []schemas.HoldRow{{Meta: meta, Company: "acme", Conversation: "c1", Number: 1, Episode: 1, Agent: "a1", Kind: "owner", Began: "accepted", StartedAt: at, StartedDay: date, Ended: "closed", EndedAt: at + 9,
			EndedDay: date, Lasted: lasts(9), AcceptedAt: at, FirstReplyAt: at + 1, FirstReply: lasts(1), FirstReplyDay: date, Team: "t", Queue: "q", Channel: "web", Priority: "low"},
			{Meta: meta, Company: "acme", Conversation: "c1", Number: 2, Episode: 1, Agent: "a2", Kind: "joined", StartedAt: at, StartedDay: date}},
		AgentSpans: []schemas.AgentSpanRow{{Meta: meta, Company: "acme", Agent: "a1", StartedAt: at, Presence: "busy", EndedAt: at + 1},
			{Meta: meta, Company: "acme", Agent: "a1", Device: "d", StartedAt: at, Presence: "busy", LastHeartbeatAt: at, LeaseUntil: at + 120_000}},
		Directory: []schemas.DirectoryRow{{Meta: meta, Company: "acme", Entry: "agent", ID: "a1", Name: "Ada", Teams: []string{"t", "u"}, HiredOn: "1999-12-31"},
			{Meta: meta, Company: "acme", Entry: "team", ID: "t", Name: "Team"}},
		Rejects:  []schemas.RejectRow{{Topic: "x", Partition: 3, Offset: 9, AppendedAt: at, Reason: "not_json", Detail: "not JSON at byte 1", Bytes: 4, Version: 9}},
		Calendar: []schemas.CalendarRow{{Company: "acme", Zone: "Europe/Berlin", Day: today, Hours: schemas.Hours(location, today), ZoneVersion: "2026f", Version: 1}},
	}
	factColumns := "keywords, sentiment, sentiment_model, quick_reply, ai_intent, ai_confidence, ai_fallback, ai_unsafe, ai_unsafe_category, ai_articles, ai_search, ai_latency_ms, ai_flow, " +
		"priority, tier, structured, rating, score, dimension, rater_id, rater_kind, slots, starts_at, minutes, agents_planned, visitors"
	for range 2 { // written twice, there once
		if err := store.Write(t.Context(), rows); err != nil {
			t.Fatal(err)
		}
	}
	for query, want := range map[string]string{
		"SELECT toString((company, agent_id, event_id, occurred_at, team_ids, hired_on, backfill)) FROM events FINAL WHERE event_id = 'e1'": "('acme','a1','e1','2026-03-02 09:00:00.001',['t'],'2020-02-29',false)",
		"SELECT toString((conversation_id, text_length, hired_on, backfill, is_deleted)) FROM events FINAL WHERE event_id = 'e2'":           "('c1',8192,NULL,true,0)",
		"SELECT toString((" + factColumns + ")) FROM events FINAL WHERE event_id = 'e3'": "(['k1','k2'],-0.25,'model',true,'intent',0.5,true,'blocked','category',['kb1'],'failed',0,'flow'," +
			"'high','vip',true,'nps',0,'tone','a2','ai',3,'2026-03-02 09:00:00.002',30,12,7)",
		"SELECT toString((" + factColumns + ")) FROM events FINAL WHERE event_id = 'e2'":                                                                                                                                                     "([],NULL,'',false,'',NULL,false,'','',[],'',NULL,'','','',false,'',NULL,'','','',NULL,NULL,NULL,NULL,NULL)",
		"SELECT toString((state, closed_at, closed_day, first_response_ms, human_first_response_ms, human_first_response_from_start_ms, waiting_since)) FROM episodes FINAL WHERE episode_no = 1":                                            "('closed','2026-03-02 09:00:00.001','2026-03-02',0,0,0,NULL)",
		"SELECT toString((state, closed_at, closed_day, first_response_ms, first_response_day, waiting_since)) FROM episodes FINAL WHERE episode_no = 2":                                                                                     "('open',NULL,NULL,NULL,NULL,'2026-03-02 09:00:00.001')",
		"SELECT toString((conversation_id, channels, tags, initiated_at, customer_messages, automation_messages, state)) FROM conversation_days FINAL":                                                                                       `('c\'1\n',['web','x'],['a\'b','日本'],'2026-03-02 09:00:00.123',1,4,'open')`,
		"SELECT toString((open_ms, open_active_ms, handle_ms, active_handle_ms, after_contact_ms, ai_handle_ms, handle_business_ms, ping_pongs, is_handled, accepted_at, agent_first_response_ms)) FROM episodes FINAL WHERE episode_no = 1": "(9,8,7,6,5,4,14,1,true,'2026-03-02 09:00:00.001',0)",
		"SELECT toString((agent_first_response_day, agent_first_responder, agent_first_response_team, agent_first_response_queue)) FROM episodes FINAL WHERE episode_no = 1":                                                                 "('2026-03-02','a1','t','q')",
		"SELECT toString((open_ms, handle_ms, ai_handle_ms, agent_first_response_ms, transfers.at, escalations.kind)) FROM episodes FINAL WHERE episode_no = 2":                                                                              "(NULL,NULL,NULL,NULL,[],[])",
		"SELECT toString((t.at, t.company_day, t.kind, t.reason, t.from_agent, t.to_agent, t.from_team, t.to_team, t.from_queue, t.to_queue)) FROM episodes FINAL ARRAY JOIN transfers AS t":                                                 "('2026-03-02 09:00:00.001','2026-03-02','agent','reassigned','a1','a2','t1','t2','q1','q2')",
		"SELECT toString(groupArray((e.kind, e.agent_id, e.tier, e.owner, e.team))) FROM episodes FINAL ARRAY JOIN escalations AS e":                                                                                                         "[('tier','s1','2','a2','t2'),('join','','','','')]",
		"SELECT toString((episode_no, waits_for, stage, reply_ms, reply_business_ms, company_day, responder, channels, tags, priority)) FROM replies FINAL":                                                                                  "(2,'any','next',5,10,'2026-03-02','a1',['web'],['x'],'high')",
		"SELECT toString(groupArray((agent_id, kind, began, ended, ended_at, ended_day, held_ms, held_business_ms, accept_to_reply_ms, priority))) FROM (SELECT * FROM holds FINAL ORDER BY hold_no)":                                        "[('a1','owner','accepted','closed','2026-03-02 09:00:00.010','2026-03-02',9,18,1,'low'),('a2','joined','','',NULL,NULL,NULL,NULL,NULL,'')]",
		"SELECT toString((agent_id, last_outgoing_at, messages)) FROM conversation_agents FINAL":                                                                                                                                             "('a1','2026-03-02 09:00:00.001',3)",
		"SELECT toString(groupArray((device_id, ended_at, lease_until))) FROM (SELECT * FROM agent_spans FINAL ORDER BY device_id)":                                                                                                          "[('','2026-03-02 09:00:00.002',NULL),('d',NULL,'2026-03-02 09:02:00.001')]",
		"SELECT toString(groupArray((entry, name, team_ids, hired_on))) FROM (SELECT * FROM directory FINAL ORDER BY entry)":                                                                                                                 "[('agent','Ada',['t','u'],'1999-12-31'),('team','Team',[],NULL)]",
		"SELECT toString((topic, partition, offset, reason, bytes)) FROM rejects FINAL":                                                                                                                                                      "('x',3,9,'not_json',4)",
		"SELECT toString((company_day, from_utc, to_utc, length(hour_starts), hour_starts[1], hour_labels[24])) FROM calendar FINAL":                                                                                                         "('2026-03-02','2026-03-01 23:00:00.000','2026-03-02 23:00:00.000',24,'2026-03-01 23:00:00.000','23')",
	} {
		if got := store.strings(t, query); len(got) != 1 || got[0] != want {
			t.Errorf("%s\n got %q\nwant %q", query, got, want)
		}
	}
}

// The higher version wins whatever the order of the inserts; a tombstone hides a row until a newer one comes.
func TestVersionsAndTombstones(t *testing.T) {
	store := open(t)
	tombstone := schemas.ConversationDayRow{Meta: schemas.Meta{Version: 9, Deleted: true}, Company: "acme", Day: day(0, "").Day, Conversation: day(0, "").Conversation}
	for _, step := range []struct {
		row  schemas.ConversationDayRow
		want []string
	}{
		{day(5, "a5"), []string{"a5"}}, {day(3, "a3"), []string{"a5"}}, {day(8, "a8"), []string{"a8"}}, {tombstone, nil}, {day(7, "a7"), nil}, {day(10, "a10"), []string{"a10"}},
	} {
		if err := store.Write(t.Context(), &schemas.Rows{ConversationDays: []schemas.ConversationDayRow{step.row}}); err != nil {
			t.Fatal(err)
		}
		got := store.strings(t, "SELECT owner FROM live_tiles")
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("after version %d (-want +got):\n%s", step.row.Version, diff)
		}
	}
}

// Two bodies of one event id are one row, whatever they say of agent or team: the one with the smaller content hash, and of equal ones
// the first in the log.
func TestConflictingEventsAreOneRow(t *testing.T) {
	store := open(t)
	event := func(hash uint64, offset int64, agent, team string) schemas.EventRow {
		return schemas.EventRow{Meta: schemas.Meta{Version: schemas.EventVersion(hash<<32, offset)}, Event: schemas.Event{
			Type: schemas.TypeMessage, ID: "e1", Company: "acme", Conversation: "c1", OccurredAt: 1, Agent: agent, Team: team}}
	}
	presence := func(device, action string) schemas.EventRow {
		return schemas.EventRow{Meta: schemas.Meta{Version: 1}, Event: schemas.Event{Type: schemas.TypeAgent, ID: "e1", Company: "acme", Agent: "a1", Action: action, Device: device, OccurredAt: 1}}
	}
	store.put(t, schemas.Rows{Events: []schemas.EventRow{event(5, 1, "a5", "t5"), event(3, 3, "later", ""), event(3, 2, "a3", ""), event(3, 4, "later", ""), event(9, 5, "a9", "t9"),
		presence("", schemas.ActionHeartbeat), presence("d", schemas.ActionHeartbeat), presence("d", schemas.ActionStatusChanged)}})
	got := store.strings(t, "SELECT concat(kafka_key, ' ', scope, ' ', agent_id) FROM events FINAL ORDER BY kafka_key, scope")
	if diff := cmp.Diff([]string{"a/acme/a1 heartbeat/ a1", "a/acme/a1 heartbeat/d a1", "a/acme/a1 status_changed/d a1", "c/acme/c1  a3"}, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// A column that no row of an insert has a value for is not sent, and what is stored is the same: rows come together or apart.
func TestEmptyColumnsAreNotSent(t *testing.T) {
	store := open(t)
	bare := schemas.EventRow{Meta: schemas.Meta{Version: 1, AppendedAt: 1}, Event: schemas.Event{
		Type: schemas.TypeStatus, Status: schemas.StatusOpened, ID: "e1", Company: "acme", Conversation: "c1", OccurredAt: 1}}
	full := bare
	full.ID, full.Facts, full.Channel, full.Teams, full.HiredOn, full.Removed = "e2", everyFact(1), "web", []string{"t1"}, "2020-01-31", true
	if sent, _ := filled(eventColumns, store.types["events"], []schemas.EventRow{bare}); len(sent) > len(eventColumns)/4 {
		t.Errorf("%d of %d columns are sent of an event that tells nothing", len(sent), len(eventColumns))
	}
	query := "SELECT formatRow('JSONEachRow', * EXCEPT stored_at) FROM events ORDER BY event_id"
	store.put(t, schemas.Rows{Events: []schemas.EventRow{bare, full}})
	together := store.strings(t, query)
	store.exec(t, "TRUNCATE TABLE events")
	store.put(t, schemas.Rows{Events: []schemas.EventRow{bare}})
	store.put(t, schemas.Rows{Events: []schemas.EventRow{full}})
	if diff := cmp.Diff(store.strings(t, query), together); diff != "" || len(together) != 2 {
		t.Errorf("rows that came together (-apart +together):\n%s", diff)
	}
}

// One batch of old days touches many partitions at once; none of it may be refused.
func TestBatchOverManyMonths(t *testing.T) {
	store := open(t)
	var rows schemas.Rows
	first, _ := schemas.ParseDate("2000-01-01")
	for month := range 320 {
		row := day(1, "a1")
		row.Day = first.AddDays(30 * month)
		rows.ConversationDays = append(rows.ConversationDays, row)
	}
	if err := store.Write(t.Context(), &rows); err != nil {
		t.Fatal(err)
	}
	if got := store.strings(t, "SELECT toString(count()) FROM conversation_days FINAL"); got[0] != "320" {
		t.Errorf("%s rows, want 320", got[0])
	}
}
