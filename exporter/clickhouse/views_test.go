//go:build embedded

package clickhouse

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
)

// write puts rows into the tables.
func (s *Store) put(t *testing.T, rows schemas.Rows) {
	t.Helper()
	if err := s.Write(t.Context(), &rows); err != nil {
		t.Fatal(err)
	}
}

// calendarRows are a company's days from a date on.
func calendarRows(t *testing.T, company, zone, from string, days int) []schemas.CalendarRow {
	t.Helper()
	calendar, err := schemas.NewCalendar(zone)
	if err != nil {
		t.Fatal(err)
	}
	date, err := schemas.ParseDate(from)
	if err != nil {
		t.Fatal(err)
	}
	var rows []schemas.CalendarRow
	for day, _ := calendar.On(date); len(rows) < days; day = calendar.Next(day) {
		rows = append(rows, schemas.CalendarRow{Company: company, Zone: zone, Day: day, Hours: calendar.Hours(day.From), Version: 1})
	}
	return rows
}

// answered is an episode with a first response of so many seconds on a day.
func answered(conversation string, seconds float64, day string) schemas.EpisodeRow {
	date, _ := schemas.ParseDate(day)
	at := schemas.InstantOf(date.Time()) + 12*3600*1000
	return schemas.EpisodeRow{
		Meta: schemas.Meta{Version: 1}, Company: "acme", Conversation: conversation, Number: 1, Kind: "new", OpenedAt: at, OpenedDay: date, FirstTurnAt: at, FirstTurnDay: date,
		FirstResponse: schemas.Response{At: at + schemas.Instant(seconds*1000), Lasted: schemas.Lasted{Millis: int64(seconds * 1000)}, Day: date, Responder: "a1", Kind: "human"},
	}
}

// firstResponses describes a day as a board does.
const firstResponses = `SELECT toString((sum(first_response_count),
	if(sum(first_response_count) = 0, NULL, sum(first_response_seconds_sum) / sum(first_response_count)),
	arraySort(groupArrayArray(first_response_seconds)) AS s, if(empty(s), NULL, s[toUInt32(ceil(0.5 * length(s)))])))
	FROM first_response_daily WHERE company_day = '%s'`

// V24, V31 and V32: means by day, the median by nearest rank, nothing where nobody answered.
func TestFirstResponseDaily(t *testing.T) {
	store := open(t)
	store.put(t, schemas.Rows{Episodes: []schemas.EpisodeRow{
		answered("c1", 80, "2026-03-02"), answered("c2", 100, "2026-03-02"), answered("c3", 93, "2026-02-23"),
		answered("d1", 31, "2026-03-05"), answered("d2", 671, "2026-03-05"), answered("d3", 3665, "2026-03-05"), answered("d4", 90000, "2026-03-05"),
		{Meta: schemas.Meta{Version: 1}, Company: "acme", Conversation: "e1", Number: 1, Open: true, OpenedAt: 1},
	}})
	f := func(day, want string) {
		t.Helper()
		if got := store.strings(t, fmt.Sprintf(firstResponses, day)); got[0] != want {
			t.Errorf("%s: %s, want %s", day, got[0], want)
		}
	}
	f("2026-03-02", "(2,90,[80,100],80)")
	f("2026-02-23", "(1,93,[93],93)")
	f("2026-03-05", "(4,23591.75,[31,671,3665,90000],671)")
	f("2026-02-24", "(0,NULL,[],NULL)")
}

// V53 and V54: 25 and 23 bars, none for an hour that is not there, two for one that comes twice.
func TestInitiatedPerHour(t *testing.T) {
	store := open(t)
	autumn, _ := schemas.ParseDate("2025-10-26")
	initiated := func(conversation, at, hour string) schemas.ConversationDayRow {
		row := day(1, "a1")
		row.Day, row.Conversation, row.InitiatedAt, row.InitiatedHour = autumn, conversation, moment(at), moment(hour)
		return row
	}
	store.put(t, schemas.Rows{
		Calendar: append(calendarRows(t, "acme", "Europe/Berlin", "2025-10-26", 1), calendarRows(t, "acme", "Europe/Berlin", "2025-03-30", 1)...),
		ConversationDays: []schemas.ConversationDayRow{
			initiated("c1", "2025-10-26T00:30:00Z", "2025-10-26T00:00:00Z"), initiated("c2", "2025-10-26T01:30:00Z", "2025-10-26T01:00:00Z"), initiated("c3", "2025-10-26T01:40:00Z", "2025-10-26T01:00:00Z"),
		},
	})
	f := func(day string, wantBars int, wantSome string) {
		t.Helper()
		bars := store.strings(t, "SELECT concat(hour_label, '=', toString(sum(initiated))) FROM initiated_per_hour WHERE company_day = '"+day+"' GROUP BY hour_start, hour_label ORDER BY hour_start")
		if len(bars) != wantBars {
			t.Errorf("%s has %d bars, want %d: %v", day, len(bars), wantBars, bars)
		}
		var some []string
		for _, bar := range bars {
			if strings.HasPrefix(bar, "02") {
				some = append(some, bar)
			}
		}
		if got := strings.Join(some, " "); got != wantSome {
			t.Errorf("%s: two o'clock is %q, want %q", day, got, wantSome)
		}
	}
	f("2025-10-26", 25, "02 +02:00=1 02 +01:00=2")
	f("2025-03-30", 23, "")
}

// Today is the calendar's, for each company its own.
func TestIsToday(t *testing.T) {
	store := open(t)
	var rows schemas.Rows
	now := schemas.InstantOf(time.Now())
	for _, zone := range []string{"Pacific/Kiritimati", "Pacific/Pago_Pago"} { // 25 hours apart: never the same date
		location, err := schemas.LoadZone(zone)
		if err != nil {
			t.Fatal(err)
		}
		today := schemas.DayOf(location, now)
		rows.Calendar = append(rows.Calendar, calendarRows(t, zone, zone, today.Date.AddDays(-1).String(), 3)...)
		for ahead := -1; ahead <= 1; ahead++ {
			row := day(1, "a1")
			row.Company, row.Day = zone, today.Date.AddDays(ahead)
			rows.ConversationDays = append(rows.ConversationDays, row)
		}
	}
	store.put(t, rows)
	got := store.strings(t, "SELECT concat(company, ' ', toString(sum(active))) FROM live_tiles WHERE is_today GROUP BY company ORDER BY company")
	if diff := cmp.Diff([]string{"Pacific/Kiritimati 1", "Pacific/Pago_Pago 1"}, got); diff != "" {
		t.Errorf("today (-want +got):\n%s", diff)
	}
	if days := store.strings(t, "SELECT toString(uniqExact(company_day)) FROM live_tiles WHERE is_today"); days[0] != "2" {
		t.Errorf("%s dates are today, want 2", days[0])
	}
	if all := store.strings(t, "SELECT toString(sum(active)) FROM live_tiles"); all[0] != "6" {
		t.Errorf("%s rows over all days, want 6", all[0])
	}
}

// An agent's lease, devices, directory, last message and conversations come together in one row.
func TestAgentsLive(t *testing.T) {
	store := open(t)
	now := schemas.InstantOf(time.Now())
	minute := schemas.Instant(60_000)
	meta := schemas.Meta{Version: 1}
	span := func(agent, device, presence string, from, to, lease schemas.Instant) schemas.AgentSpanRow {
		row := schemas.AgentSpanRow{Meta: meta, Company: "acme", Agent: agent, Device: device, StartedAt: from, Presence: presence, EndedAt: to, LeaseUntil: lease}
		if lease != 0 {
			row.LastHeartbeatAt = lease - 2*minute
		}
		return row
	}
	store.put(t, schemas.Rows{
		AgentSpans: []schemas.AgentSpanRow{
			span("leased", "", "available", now-10*minute, 0, now+minute), span("lapsed", "", "available", now-10*minute, 0, now-minute),
			span("eventonly", "", "busy", now-100*minute, 0, 0), span("gone", "", "busy", now-100*minute, now-50*minute, 0), span("gone", "", "offline", now-50*minute, 0, 0),
			span("two", "desk", "offline", now-minute, 0, 0), span("two", "phone", "away", now-5*minute, 0, 0), span("removed online", "", "away", now-minute, 0, 0),
		},
		Directory: []schemas.DirectoryRow{
			{Meta: meta, Company: "acme", Entry: "agent", ID: "leased", Name: "Ada", Teams: []string{"billing", "sales"}},
			{Meta: meta, Company: "acme", Entry: "agent", ID: "never seen", Name: "Bea"}, {Meta: meta, Company: "acme", Entry: "agent", ID: "assistant", Role: "ai"},
			{Meta: meta, Company: "acme", Entry: "agent", ID: "removed", Removed: true}, {Meta: meta, Company: "acme", Entry: "agent", ID: "removed online", Removed: true},
		},
		ConversationAgents: []schemas.ConversationAgentRow{
			{Meta: meta, Company: "acme", Agent: "leased", Conversation: "c1", LastOutgoingAt: moment("2026-03-02T09:00:00Z"), Messages: 1},
			{Meta: meta, Company: "acme", Agent: "leased", Conversation: "c2", LastOutgoingAt: moment("2026-03-02T08:00:00Z"), Messages: 1},
			{Meta: meta, Company: "acme", Agent: "writer", Conversation: "c2", LastOutgoingAt: moment("2026-03-02T08:00:00Z"), Messages: 1}},
		Episodes: []schemas.EpisodeRow{
			{Meta: meta, Company: "acme", Conversation: "c1", Number: 1, Open: true, OpenedAt: 1, Dimensions: schemas.Dimensions{Owner: "leased", OwnerKind: "human"}},
			{Meta: meta, Company: "acme", Conversation: "c2", Number: 1, OpenedAt: 1, ClosedAt: 2, Dimensions: schemas.Dimensions{Owner: "leased", OwnerKind: "human"}}},
	})
	got := store.strings(t, "SELECT concat(agent_id, ' ', presence, ' ', toString(is_online), ' ', toString(open_conversations)) FROM agents_live ORDER BY agent_id")
	want := []string{"eventonly busy 1 0", "gone offline 0 0", "lapsed offline 0 0", "leased available 1 1", "never seen offline 0 0", "removed online away 1 0", "two away 1 0", "writer unknown 0 0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("agents (-want +got):\n%s", diff)
	}
	details := store.strings(t, "SELECT toString((name, teams, last_outgoing_at, dateDiff('minute', presence_since, now64(3)) BETWEEN 9 AND 11)) FROM agents_live WHERE agent_id = 'leased'")
	if want := "('Ada',['billing','sales'],'2026-03-02 09:00:00.000',1)"; details[0] != want {
		t.Errorf("leased: %s, want %s", details[0], want)
	}
	if since := store.strings(t, "SELECT toString(dateDiff('minute', presence_since, now64(3)) BETWEEN 2 AND 4) FROM agents_live WHERE agent_id = 'lapsed'"); since[0] != "1" {
		t.Error("a lapsed agent is offline since its last heartbeat, three minutes ago")
	}
}

// Waits and open conversations are of any day; the team is the owner's where the conversation has none.
func TestWaitingNowAndConversationsLive(t *testing.T) {
	store := open(t)
	now := schemas.InstantOf(time.Now())
	open := func(conversation, team, owner string, since, human schemas.Instant, answered bool) schemas.EpisodeRow {
		return schemas.EpisodeRow{
			Meta: schemas.Meta{Version: 1}, Company: "acme", Conversation: conversation, Number: 1, Kind: "new", Open: true, OpenedAt: now - 90_000, LastMessageAt: now - 60_000,
			Dimensions: schemas.Dimensions{Team: team, Owner: owner, OwnerKind: "human"}, WaitingSince: since, WaitingHumanSince: human, Answered: answered, Messages: schemas.Counts{Customer: 2, AI: 1},
		}
	}
	closed := open("closed", "", "", now, now, false)
	closed.Open = false
	location, _ := schemas.LoadZone("UTC")
	yesterday := schemas.DayOf(location, now).Date.AddDays(-1)
	store.put(t, schemas.Rows{
		Calendar:  calendarRows(t, "acme", "UTC", yesterday.String(), 3),
		Directory: []schemas.DirectoryRow{{Meta: schemas.Meta{Version: 1}, Company: "acme", Entry: "agent", ID: "a1", Name: "Ada", Teams: []string{"billing"}}},
		Episodes: []schemas.EpisodeRow{open("first", "", "a1", now-60_000, now-60_000, false), open("next", "sales", "a1", now-30_000, now-30_000, true),
			open("ai", "", "", 0, now-20_000, true), open("served", "", "", 0, 0, true), closed},
	})
	got := store.strings(t, "SELECT concat(conversation_id, ' ', waits_for, ' ', stage, ' ', team, ' ', toString(round(waiting_seconds, -1)), ' ', toString(is_today OR company_day = toDate32(now()) - 1)) FROM waiting_now ORDER BY conversation_id, waits_for")
	want := []string{"ai human first  20 1", "first any first billing 60 1", "first human first billing 60 1", "next any next sales 30 1", "next human first sales 30 1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
	live := store.strings(t, "SELECT concat(conversation_id, ' ', owner_name, ' ', toString(messages)) FROM conversations_live ORDER BY conversation_id")
	if diff := cmp.Diff([]string{"ai  3", "first Ada 3", "next Ada 3", "served  3"}, live); diff != "" {
		t.Errorf("open conversations (-want +got):\n%s", diff)
	}
}

// A filter on is_today reaches the sort key: a board reads the rows of today, however many days there are.
func TestTodayPrunes(t *testing.T) {
	store := open(t)
	store.put(t, schemas.Rows{Calendar: calendarRows(t, "acme", "UTC", "2026-01-01", 300), ConversationDays: []schemas.ConversationDayRow{day(1, "a1")}})
	plan := strings.Join(store.strings(t, "EXPLAIN indexes = 1 SELECT sum(active) FROM live_tiles WHERE is_today AND company = 'acme'"), "\n")
	_, table, _ := strings.Cut(plan, ".conversation_days)")
	_, keys, _ := strings.Cut(table, "PrimaryKey")
	if keys, _, _ = strings.Cut(keys, "Parts:"); !strings.Contains(keys, "company_day) in ") {
		t.Errorf("the plan does not use the company day:\n%s", plan)
	}
}
