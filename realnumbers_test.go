//go:build embedded

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/floorwatch/floorwatch/schemas/datatest"
	"github.com/google/go-cmp/cmp"
)

// expected is what the separate calculation gave for one day.
type expected struct {
	Day, Zone string
	values    map[string]any // every key of the file
}

func realDays(t *testing.T, name string) []expected {
	t.Helper()
	text, err := os.ReadFile(datatest.Path(t, name+".expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Companies         map[string][]map[string]any `json:"companies"`
		LogEvents         int                         `json:"log_events"`
		DuplicatesDropped int                         `json:"duplicates_dropped"`
		Rules             string                      `json:"rules"`
	}
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&file); err != nil {
		t.Fatal(err)
	}
	if names := slices.Collect(maps.Keys(file.Companies)); !slices.Equal(names, []string{"*"}) {
		t.Fatalf("%s has numbers of %v, want those of all companies together only", name, names)
	}
	var days []expected
	for _, values := range file.Companies["*"] {
		days = append(days, expected{values["day"].(string), values["zone"].(string), values})
	}
	return days
}

// realKeys are the keys of the expected numbers that floorwatch gives, too: what analysts would ask for, for all days at once. The
// first lines are about the days themselves.
var realKeys = map[string]struct {
	query string
	as    answer
}{
	"from_utc": {"SELECT company_day, formatDateTime(min(from_utc), '%Y-%m-%dT%H:%i:%S+00:00') AS value FROM days GROUP BY company_day", single},
	"to_utc":   {"SELECT company_day, formatDateTime(max(to_utc), '%Y-%m-%dT%H:%i:%S+00:00') AS value FROM days GROUP BY company_day", single},
	"hours":    {"SELECT company_day, uniqExact(hour_start) AS value FROM initiated_per_hour GROUP BY company_day", count},

	"active_today": {"SELECT company_day, sum(active) AS value FROM live_tiles GROUP BY company_day", count},
	"states_active": {`SELECT company_day, arrayJoin([('assigned', sum(assigned)), ('unassigned', sum(unassigned)), ('open', sum(open)), ('closed', sum(closed))]) AS state,
		state.1 AS name, state.2 AS value FROM live_tiles GROUP BY company_day`, named},
	"initiated": {"SELECT company_day, sum(initiated) AS value FROM initiated_per_hour GROUP BY company_day", count},
	"initiated_per_hour": {`SELECT company_day, toUnixTimestamp64Milli(hour_start) AS name, sum(initiated) AS value FROM initiated_per_hour
		GROUP BY company_day, hour_start`, hours},
	"touched_today": {`SELECT d.company_day AS company_day, uniqExact(e.conversation_id) AS value FROM events AS e FINAL INNER JOIN days AS d ON d.company = e.company
		WHERE e.occurred_at >= d.from_utc AND e.occurred_at < d.to_utc GROUP BY company_day`, count},

	"frt_any_by_reply_day":   {"SELECT company_day, groupArrayArray(first_response_seconds) AS value FROM first_response_daily WHERE kind = 'new' GROUP BY company_day", spread},
	"frt_agent_by_reply_day": {"SELECT company_day, groupArrayArray(human_first_response_seconds) AS value FROM first_response_daily WHERE kind = 'new' GROUP BY company_day", spread},
	"frt_any_by_start_day_final": {`SELECT first_turn_day AS company_day, groupArray(first_response_ms / 1000) AS value FROM episodes FINAL
		WHERE kind = 'new' GROUP BY company_day`, spread},
	"frt_each": {`SELECT first_response_day AS company_day, conversation_id AS name, first_response_ms / 1000 AS value FROM episodes FINAL
		WHERE kind = 'new' AND first_response_ms IS NOT NULL`, named},

	"handle_open":            {"SELECT company_day, groupArrayArray(open_seconds) AS value FROM handle_time_daily GROUP BY company_day", spread},
	"handle_agent":           {firstHolds, spread},
	"transfers":              {"SELECT company_day, count() AS value FROM transfers GROUP BY company_day", count},
	"escalations":            {"SELECT company_day, count() AS value FROM escalations GROUP BY company_day", count},
	"closed_conversations":   {"SELECT company_day, count() AS value FROM (" + closedConversations + ") GROUP BY company_day", count},
	"closed_with_transfer":   {"SELECT company_day, countIf(transferred) AS value FROM (" + closedConversations + ") GROUP BY company_day", count},
	"transfer_rate":          {"SELECT company_day, avg(transferred) AS value FROM (" + closedConversations + ") GROUP BY company_day", single},
	"closed_with_escalation": {"SELECT company_day, sum(escalated_count) AS value FROM handle_time_daily GROUP BY company_day", count},
	"escalation_rate":        {"SELECT company_day, sum(escalated_count) / sum(closed_count) AS value FROM handle_time_daily GROUP BY company_day", single},

	"peak_concurrency": {"SELECT company_day, max(concurrency_max) AS value FROM concurrency GROUP BY company_day", count},
	"agents_with_load": {"SELECT company_day, uniqExact(company, agent_id) AS value FROM concurrency GROUP BY company_day", count},
	"agents":           {agentsLoad, named},
	"top_agents":       {agentsLoad + " ORDER BY company_day, c.concurrency_max DESC, c.busy_seconds DESC, name LIMIT 10 BY company_day", named},

	"last_out":       {agentsMessages, named},
	"agents_sending": {"SELECT company_day, uniqExact(name) AS value FROM (" + agentsMessages + ") GROUP BY company_day", count},
	"span": {"SELECT company_day, groupArray(dateDiff('millisecond', first_at, last_at) / 1000) AS value FROM (" + fmt.Sprintf(conversationMessages, "") +
		") GROUP BY company_day", spread},
	"waiting_life":      {fmt.Sprintf(unanswered, "uniqExact(conversation_id)", ""), count},
	"waiting_life_list": {fmt.Sprintf(unanswered, "arraySort(groupArray(conversation_id))", ""), list},
	"waiting_day":       {fmt.Sprintf(unanswered, "uniqExact(conversation_id)", ofThatDay), count},
	"waiting_day_list":  {fmt.Sprintf(unanswered, "arraySort(groupArray(conversation_id))", ofThatDay), list},
}

// realDifferences are the keys that floorwatch does not give, each with the reason.
var realDifferences = map[string]string{
	"day":            "names the day",
	"zone":           "is what the service is told",
	"asof_utc":       "is the end of the day, as which numbers of days that have ended are told",
	"states_touched": "counts conversations in which only a status changed, too: by the definition they are not active, and have no row of that day",
}

// compareDays compares every key of every day. One that is neither compared nor known to differ fails.
func compareDays(t *testing.T, p *process, days []expected) {
	t.Helper()
	zone, err := schemas.LoadZone(days[0].Zone)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range slices.Sorted(maps.Keys(realKeys)) {
		rows := map[string][]map[string]any{}
		for _, row := range p.query(realKeys[key].query) {
			day, _ := row["company_day"].(string)
			rows[day] = append(rows[day], row)
		}
		var wrong []string
		for _, day := range days {
			want, ok := day.values[key]
			if !ok {
				continue
			}
			if diff := cmp.Diff(want, realKeys[key].as(rows[day.Day], zone), cmp.Comparer(equalThousandths)); diff != "" {
				wrong = append(wrong, day.Day+":\n"+diff)
			}
		}
		if len(wrong) > 0 {
			t.Errorf("%s differs on %d of %d days (-expected +floorwatch), such as on %s", key, len(wrong), len(days), strings.Join(wrong[:min(2, len(wrong))], ""))
		}
	}
	for _, day := range days {
		for key := range day.values {
			_, compared := realKeys[key]
			if _, differs := realDifferences[key]; compared == differs {
				t.Fatalf("%s: the key %q must be compared, or differ for a reason", day.Day, key)
			}
		}
	}
	if n := p.number("SELECT uniqExact(company_day) FROM conversation_days FINAL WHERE " + ofLog); n > len(days) {
		t.Errorf("there are rows of %d days, want at most %d", n, len(days))
	}
}

// equalThousandths compares at the precision to which the separate calculation wrote its numbers.
func equalThousandths(a, b float64) bool { return math.Abs(a-b) < 0.00051 }
