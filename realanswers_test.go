//go:build embedded

package main

import (
	"math"
	"slices"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// closedConversations are the conversations that were closed on a day, in whichever episode, and whether they ever were transferred. The
// separate calculation counts them; handle_time_daily counts episodes.
const closedConversations = `SELECT DISTINCT closed_day AS company_day, company, conversation_id,
	(company, conversation_id) IN (SELECT company, conversation_id FROM transfers) AS transferred FROM episodes FINAL WHERE closed_day IS NOT NULL`

// firstHolds are the seconds from the first hold of an episode to its close; an owner of before who was taken away at once is none.
const firstHolds = `SELECT e.closed_day AS company_day, groupArray(dateDiff('millisecond', h.first_at, e.closed_at) / 1000) AS value FROM episodes AS e FINAL
	INNER JOIN (SELECT company, conversation_id, episode_no, min(started_at) AS first_at FROM holds FINAL WHERE held_ms > 0 GROUP BY ALL) AS h
	USING (company, conversation_id, episode_no) WHERE e.closed_day IS NOT NULL GROUP BY company_day`

// agentsLoad is what each agent held on a day, and at its end.
const agentsLoad = `SELECT company_day, agent_id AS name, map('peak', toFloat64(c.concurrency_max), 'busy_s', c.busy_seconds, 'mean_busy', c.held_seconds / c.busy_seconds,
		'mean_day', c.held_seconds / dateDiff('second', d.from_utc, d.to_utc), 'at_asof', toFloat64(ifNull(h.held, 0))) AS value
	FROM concurrency AS c
	INNER JOIN days AS d USING (company, company_day)
	LEFT JOIN
	(
		SELECT h.company AS company, d.company_day AS company_day, h.agent_id AS agent_id, count() AS held FROM holds AS h FINAL INNER JOIN days AS d ON d.company = h.company
		WHERE h.kind IN ('owner', 'joined') AND h.started_at < d.to_utc AND (h.ended_at IS NULL OR h.ended_at >= d.to_utc) GROUP BY ALL
	) AS h USING (company, company_day, agent_id)`

// agentsMessages is when each agent wrote last on a day.
const agentsMessages = `SELECT d.company_day AS company_day, m.agent_id AS name, formatDateTime(max(m.sent_at), '%Y-%m-%dT%H:%i:%S+00:00') AS value
	FROM messages AS m INNER JOIN days AS d ON d.company = m.company
	WHERE m.sent_at >= d.from_utc AND m.sent_at < d.to_utc AND m.author_kind = 'human' AND NOT m.is_failed GROUP BY company_day, name`

// conversationMessages are the conversations of a day with their messages up to its end, of the whole life or with ofThatDay of the day.
const (
	conversationMessages = `SELECT c.company_day AS company_day, c.company AS company, c.conversation_id AS conversation_id, min(m.sent_at) AS first_at, max(m.sent_at) AS last_at,
		countIf(m.author_kind = 'customer') AS turns, countIf(m.author_kind = 'human') AS answers
	FROM conversation_days AS c FINAL INNER JOIN days AS d ON d.company = c.company AND d.company_day = c.company_day
	INNER JOIN messages AS m ON m.company = c.company AND m.conversation_id = c.conversation_id
	WHERE m.sent_at < d.to_utc %s GROUP BY company_day, company, conversation_id`
	ofThatDay = "AND m.sent_at >= d.from_utc"
)

// unanswered are the conversations in which nobody wrote to the customer. The tile counts by episodes, so that it has more.
const unanswered = "SELECT company_day, %s AS value FROM (" + conversationMessages + ") WHERE turns > 0 AND answers = 0 GROUP BY company_day"

// answer makes of a query's rows of one day what is expected of that day.
type answer func(rows []map[string]any, zone *time.Location) any

// single is one value, nothing without any.
func single(rows []map[string]any, _ *time.Location) any {
	for _, row := range rows {
		return row["value"]
	}
	return nil
}

// count is one number, 0 without any.
func count(rows []map[string]any, _ *time.Location) any {
	for _, row := range rows {
		return row["value"]
	}
	return 0.0
}

// list is one list, empty without any.
func list(rows []map[string]any, _ *time.Location) any {
	for _, row := range rows {
		return row["value"]
	}
	return []any{}
}

// named is a value for each name.
func named(rows []map[string]any, _ *time.Location) any {
	out := map[string]any{}
	for _, row := range rows {
		out[row["name"].(string)] = row["value"]
	}
	return out
}

// hours is a value for each hour, named by local time and offset.
func hours(rows []map[string]any, zone *time.Location) any {
	out := map[string]any{}
	for _, row := range rows {
		out[schemas.Instant(row["name"].(float64)).Time().In(zone).Format("2006-01-02T15:04-07:00")] = row["value"]
	}
	return out
}

// spread describes a list, quantiles by nearest rank.
func spread(rows []map[string]any, _ *time.Location) any {
	var list []float64
	sum := 0.0
	for _, row := range rows {
		for _, value := range row["value"].([]any) {
			list = append(list, value.(float64))
			sum += value.(float64)
		}
	}
	n := len(list)
	if n == 0 {
		return map[string]any{"n": 0.0}
	}
	slices.Sort(list)
	rank := func(q float64) float64 { return list[max(0, int(math.Ceil(q*float64(n)))-1)] }
	return map[string]any{"n": float64(n), "mean": sum / float64(n), "min": rank(0), "p50": rank(.5), "p90": rank(.9), "p95": rank(.95), "max": rank(1)}
}
