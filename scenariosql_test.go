//go:build embedded

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/floorwatch/floorwatch/aggregator/scenariotest"
	"github.com/floorwatch/floorwatch/schemas"
)

// scenarioRows are the queries for rows, in the words of the scenarios. COMPANY and what else is written so stand for what is asked for.
var scenarioRows = map[string]string{
	"episode": `SELECT customer_id AS customer, kind, trigger, state, opened_at, closed_at, opened_day, closed_day, close_reason AS reason,
			first_response_ms / 1000 AS first_response, first_response_business_ms / 1000 AS first_response_business, first_responder, first_responder_kind,
			first_response_day, first_response_team, human_first_response_ms / 1000 AS human_first_response,
			human_first_response_business_ms / 1000 AS human_first_response_business, human_first_response_from_start_ms / 1000 AS human_from_start,
			human_first_response_from_start_business_ms / 1000 AS human_from_start_business, agent_first_response_ms / 1000 AS agent_first_response,
			agent_first_response_business_ms / 1000 AS agent_first_response_business, accepted_at, waiting_since, waiting_human_since, owner, team, queue, priority,
			channel, channels, tags, closed_unanswered, auto_replied, is_answered AS answered, is_answered_by_human AS answered_by_human, is_handled AS handled, ping_pongs, length(transfers.at) AS transfers,
			length(escalations.at) AS escalations, open_ms / 1000 AS open_seconds, open_business_ms / 1000 AS open_business_seconds,
			open_active_ms / 1000 AS open_active_seconds, open_active_business_ms / 1000 AS open_active_business_seconds, handle_ms / 1000 AS handle_seconds,
			handle_business_ms / 1000 AS handle_business_seconds, active_handle_ms / 1000 AS active_handle_seconds,
			active_handle_business_ms / 1000 AS active_handle_business_seconds, after_contact_ms / 1000 AS after_contact_seconds,
			after_contact_business_ms / 1000 AS after_contact_business_seconds, ai_handle_ms / 1000 AS ai_handle_seconds,
			ai_handle_business_ms / 1000 AS ai_handle_business_seconds
		FROM episodes FINAL WHERE company = 'COMPANY' AND conversation_id = 'CONVERSATION' AND episode_no = NUMBER`,
	"reply": `SELECT reply_ms / 1000 AS seconds, reply_business_ms / 1000 AS business_seconds, waits_for AS for, stage, responder, kind, responder_kind,
			company_day AS day, waiting_since, replied_at AS at, episode_no AS episode
		FROM replies FINAL WHERE company = 'COMPANY' AND conversation_id = 'CONVERSATION' AND reply_no = NUMBER`,
	"hold": `SELECT agent_id AS agent, kind, began, started_at, ended, ended_at, held_ms / 1000 AS seconds, held_business_ms / 1000 AS business_seconds,
			accept_to_reply_ms / 1000 AS accept_to_reply, accept_to_reply_business_ms / 1000 AS accept_to_reply_business, episode_no AS episode, team, queue, channel
		FROM holds FINAL WHERE company = 'COMPANY' AND conversation_id = 'CONVERSATION' AND hold_no = NUMBER`,
	"day": `SELECT state, owner, team, queue, waiting_first_response AS waiting, initiated_at, initiated_hour,
			formatDateTime(initiated_hour, '%H:%iZ') AS initiated_hour_utc, trigger, initiated_channel AS initiated_on, channels, tags, episode_no AS episode
		FROM conversation_days FINAL WHERE company = 'COMPANY' AND conversation_id = 'CONVERSATION' AND company_day = 'DAY'`,
	"span": `SELECT presence, ended_at, dateDiff('millisecond', started_at, ended_at) / 3600000 AS hours, last_heartbeat_at, lease_until
		FROM agent_spans FINAL WHERE company = 'COMPANY' AND agent_id = 'AGENT' AND device_id = 'DEVICE' AND started_at = fromUnixTimestamp64Milli(INSTANT)`,
	"agent": "SELECT last_outgoing_at FROM agents_live WHERE company = 'COMPANY' AND agent_id = 'AGENT' AND last_outgoing_at IS NOT NULL",
	"calendar": `SELECT length(hour_labels) AS bars, formatDateTime(from_utc, '%Y-%m-%d/%H:%iZ') AS from, formatDateTime(to_utc, '%Y-%m-%d/%H:%iZ') AS to,
			arrayCount(l -> startsWith(l, '00'), hour_labels) AS at_00, arrayCount(l -> startsWith(l, '01'), hour_labels) AS at_01,
			arrayCount(l -> startsWith(l, '02'), hour_labels) AS at_02, arrayCount(l -> startsWith(l, '03'), hour_labels) AS at_03
		FROM days WHERE company = 'COMPANY' AND company_day = 'DAY'`,
	"concurrency": `SELECT concurrency_max AS max, held_conversations AS conversations, busy_seconds, held_seconds, held_seconds / busy_seconds AS mean
		FROM concurrency WHERE company = 'COMPANY' AND agent_id = 'AGENT' AND company_day = 'DAY'`,
	"messages": `SELECT sumIf(messages, direction = 'in') AS received, sumIf(messages, direction = 'out') AS sent, sum(failed_messages) AS failed,
			sumIf(messages, author_kind = 'human') AS human, sumIf(messages, author_kind = 'ai') AS ai, sumIf(messages, author_kind = 'campaign') AS broadcast
		FROM messages_daily WHERE company = 'COMPANY' AND company_day = 'DAY' HAVING sum(messages) > 0`,
	"result": `SELECT sum(first_response_count) AS first_responses, sum(first_response_seconds_sum) AS first_response_sum,
			(SELECT sum(active) FROM live_tiles WHERE company = 'COMPANY') AS days, (SELECT count() FROM episodes FINAL WHERE company = 'COMPANY') AS episodes,
			(SELECT sum(transferred_count) / sum(handled_count) FROM handle_time_daily WHERE company = 'COMPANY') AS transfer_ratio,
			(SELECT sum(escalated_count) / sum(handled_count) FROM handle_time_daily WHERE company = 'COMPANY') AS escalation_ratio
		FROM first_response_daily WHERE company = 'COMPANY'`,
}

// scenarioEntries are the lists of an episode: what its transfers and escalations were.
const scenarioEntries = `SELECT concat('transfer_', toString(row_number() OVER (ORDER BY transferred_at))) AS name,
		concat(kind, ':', from_agent || from_team, '>', if(to_agent = '', '-', to_agent), ':', reason) AS value
	FROM transfers WHERE company = 'COMPANY' AND conversation_id = 'CONVERSATION' AND episode_no = NUMBER
	UNION ALL
	SELECT concat('escalation_', toString(row_number() OVER (ORDER BY escalated_at))), concat(kind, ':', if(agent_id = '', '-', agent_id))
	FROM escalations WHERE company = 'COMPANY' AND conversation_id = 'CONVERSATION' AND episode_no = NUMBER`

// scenarioSpreads are the lists of durations.
var scenarioSpreads = map[string]string{
	"first_response":          "SELECT groupArrayArray(first_response_seconds) AS list FROM first_response_daily WHERE company = 'COMPANY' AND DAYS AND CHANNELS",
	"first_response_business": "SELECT groupArrayArray(first_response_business_seconds) AS list FROM first_response_daily WHERE company = 'COMPANY' AND DAYS AND CHANNELS",
	"reply":                   "SELECT groupArrayArray(reply_seconds) AS list FROM replies_daily WHERE waits_for = 'any' AND company = 'COMPANY' AND DAYS AND CHANNELS",
	"handle":                  "SELECT groupArrayArray(handle_seconds) AS list FROM handle_time_daily WHERE company = 'COMPANY' AND DAYS AND CHANNELS",
	"accept_to_reply":         "SELECT groupArrayArray(accept_to_reply_seconds) AS list FROM accept_to_reply_daily WHERE company = 'COMPANY' AND DAYS",
	"open":                    "SELECT groupArrayArray(open_seconds) AS list FROM handle_time_daily WHERE company = 'COMPANY' AND DAYS AND CHANNELS",
}

// scenarioMoments are the numbers of a moment, asked in the database of that name if one of them is expected.
var scenarioMoments = []struct {
	gives *regexp.Regexp
	query string
}{
	{regexp.MustCompile("^(active|assigned|unassigned|open|closed|waiting_today.*)$"), `SELECT sum(t.active) AS active, sum(t.assigned) AS assigned,
			sum(t.unassigned) AS unassigned, sum(t.open) AS open, sum(t.closed) AS closed, sum(t.waiting_first_response) AS waiting_today,
			sum(t.waiting_first_response_open) AS waiting_today_open, waiting_today - waiting_today_open AS waiting_today_closed
		FROM live_tiles AS t WHERE company = 'COMPANY' AND is_today AND CHANNELS`},
	{regexp.MustCompile("^initiated"), `SELECT sum(h.initiated) AS initiated, sumIf(h.initiated, channel = 'whatsapp') AS initiated_whatsapp
		FROM initiated_per_hour AS h WHERE company = 'COMPANY' AND is_today AND CHANNELS`},
	{regexp.MustCompile("^(waits_|age_|waiting_all)"), `SELECT countIf(waits_for = 'any') AS waits_any, countIf(waits_for = 'any' AND stage = 'first') AS waits_any_first,
			countIf(waits_for = 'any' AND stage = 'next') AS waits_any_next, countIf(waits_for = 'human') AS waits_human,
			countIf(waits_for = 'human' AND stage = 'first') AS waits_human_first, maxIf(waiting_seconds, waits_for = 'any') AS age_any, waits_any_first AS waiting_all
		FROM waiting_now WHERE company = 'COMPANY' AND CHANNELS`},
	{regexp.MustCompile("^backlog"), "SELECT count() AS backlog, countIf(owner_kind = 'human') AS backlog_human, countIf(owner_kind = 'ai') AS backlog_ai, " +
		"countIf(owner = '') AS `backlog_-` FROM open_episodes WHERE company = 'COMPANY' AND CHANNELS"},
	{regexp.MustCompile("^agents_"), `SELECT countIf(presence = 'available') AS agents_available, countIf(presence = 'busy') AS agents_busy, countIf(presence = 'away') AS agents_away,
			countIf(presence = 'custom') AS agents_custom, countIf(presence = 'offline') AS agents_offline, sum(is_online) AS agents_online
		FROM agents_live WHERE company = 'COMPANY'`},
	{regexp.MustCompile("^(held|capacity)_"), "SELECT concat('held_', agent_id) AS name, toInt64(held_conversations) AS value FROM agents_live WHERE company = 'COMPANY' " +
		"UNION ALL SELECT concat('capacity_', agent_id), capacity FROM agents_live WHERE company = 'COMPANY' AND capacity IS NOT NULL"},
}

// fields asks for what is expected, in the words of the scenarios; nil if there is no such row.
func (p *process) fields(s *tale, e *scenariotest.Expectation) map[string]string {
	p.t.Helper()
	days, channels := "true", "true"
	if e.Day != 0 {
		days = "company_day = '" + e.Day.String() + "'"
	}
	if e.Channel != "" {
		channels = "has(channels, '" + e.Channel + "')"
	}
	words := strings.NewReplacer("COMPANY", s.company, "CONVERSATION", e.Conversation, "NUMBER", strconv.Itoa(e.Number), "DAYS", days, "DAY", e.Day.String(),
		"AGENT", e.Agent, "DEVICE", e.Device, "INSTANT", decimal(int64(e.At)), "CHANNELS", channels)
	switch e.Kind {
	case "now":
		p.at(e.At)
		fields := map[string]string{}
		for _, m := range scenarioMoments {
			for _, field := range e.Fields {
				if m.gives.MatchString(field.Name) {
					maps.Copy(fields, p.row(&s.Story, "moment", words.Replace(m.query)))
					break
				}
			}
		}
		return fields
	case "spread":
		var list []float64
		for _, row := range p.query(words.Replace(scenarioSpreads[e.Spread])) {
			for _, value := range row["list"].([]any) {
				list = append(list, value.(float64))
			}
		}
		return scenariotest.Spread(list, e.Fields)
	}
	fields := p.row(&s.Story, "floorwatch", words.Replace(scenarioRows[e.Kind]))
	if e.Kind == "episode" && fields != nil {
		maps.Copy(fields, p.row(&s.Story, "floorwatch", words.Replace(scenarioEntries)))
	}
	return fields
}

// row asks a query for one row, or for rows of a name and a value, and writes the values as scenarios do; nil if there is none.
func (p *process) row(s *scenariotest.Story, database, query string) map[string]string {
	p.t.Helper()
	address := "http://" + p.clickhouse + "/?" + url.Values{"database": {database}, "default_format": {"JSONCompactEachRowWithNamesAndTypes"}, "output_format_json_quote_64bit_integers": {"0"}}.Encode()
	response, err := http.Post(address, "text/plain", strings.NewReader(query))
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		p.t.Fatalf("query %s: %v %s", query, err, body)
	}
	var lines [][]any
	for scanner := bufio.NewScanner(bytes.NewReader(body)); scanner.Scan(); {
		var line []any
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			p.t.Fatalf("query %s: %v", query, err)
		}
		lines = append(lines, line)
	}
	if len(lines) < 3 {
		return nil
	}
	names, types, rows := lines[0], lines[1], lines[2:]
	fields := map[string]string{}
	if names[0] == "name" {
		for _, row := range rows {
			fields[row[0].(string)] = worded(s, row[1], types[1].(string))
		}
		return fields
	}
	if len(rows) > 1 {
		p.t.Errorf("query %s: %d rows", query, len(rows))
	}
	for i, value := range rows[0] {
		fields[names[i].(string)] = worded(s, value, types[i].(string))
	}
	return fields
}

// worded writes a value of ClickHouse as scenarios do.
func worded(s *scenariotest.Story, value any, kind string) string {
	switch v := value.(type) {
	case nil:
		return "-"
	case float64:
		return scenariotest.Number(v)
	case []any:
		var parts []string
		for _, part := range v {
			parts = append(parts, fmt.Sprint(part))
		}
		return strings.Join(parts, ",")
	case string:
		if strings.Contains(kind, "DateTime64") {
			at, err := time.Parse("2006-01-02 15:04:05.000", v)
			if err != nil {
				panic(err)
			}
			return s.Clock(schemas.InstantOf(at))
		}
	}
	return fmt.Sprint(value)
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
