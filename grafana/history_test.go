//go:build embedded

package grafana

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
)

// A company of which there are 40 days: rollups of some, facts of yesterday, 2026-10-24, and nothing of today.
const harbour = "harbour"

const (
	rolledUp  = 7 // the run that counts
	abandoned = 6 // rows of it are there, too
)

// counted is a row of the rollups with what it lasted in seconds, a tenth of it within business hours.
func counted(now time.Time, day, hour int, metric string, seconds ...int) row {
	at, date := harbourDay(now, day)
	r := row{"company": harbour, "company_day": date, "run": rolledUp, "metric": metric, "hour_start": at.Add(time.Duration(hour) * time.Hour).Format(time.DateTime), "team": "support", "owner": "ada", "owner_kind": "human",
		"channel": "web", "priority": "normal", "count": len(seconds)}
	sum, longest, bins := 0, 0, map[string]int{}
	for _, s := range seconds {
		sum, longest = sum+s, max(longest, s)
		bins[fmt.Sprint(schemas.GridBin(int64(1000*s)))]++
	}
	return r.with(row{"sum_ms": 1000 * sum, "business_ms": 100 * sum, "max_ms": 1000 * longest, "bins": bins})
}

// times is a row of what has no duration.
func times(now time.Time, day, hour int, metric string, count int) row {
	return counted(now, day, hour, metric).with(row{"count": count})
}

// harbourDay is the start and the date of a day, so many before today.
func harbourDay(now time.Time, before int) (time.Time, string) {
	return now.Add(-10*time.Hour - 30*time.Minute - time.Duration(before)*24*time.Hour), time.Date(2026, 10, 25-before, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

func historyRows(now time.Time) map[string][]row {
	const monday, tuesday, september = 6, 5, 35 // 2026-10-19, 2026-10-20, 2026-09-20
	rows := map[string][]row{}
	labels := make([]string, 24)
	for before := range 40 {
		from, date := harbourDay(now, before)
		starts := make([]string, 24)
		for i := range starts {
			starts[i], labels[i] = from.Add(time.Duration(i)*time.Hour).Format(time.DateTime), fmt.Sprintf("%02d", i)
		}
		rows["calendar"] = append(rows["calendar"], row{"company": harbour, "zone": "Asia/Kolkata", "company_day": date, "from_utc": starts[0], "to_utc": from.Add(24 * time.Hour).Format(time.DateTime), "hour_starts": starts, "hour_labels": slices.Clone(labels), "version": 1})
		if before > 1 {
			rows["rollup_days"] = append(rows["rollup_days"], row{"company": harbour, "company_day": date, "run": rolledUp})
		}
	}
	nobody := row{"team": "", "owner": "", "owner_kind": "", "priority": "urgent"}
	rows["rollups"] = []row{
		times(now, tuesday, 9, "conversations_active", 10), times(now, tuesday, 9, "conversations_active", 4).with(nobody),
		times(now, monday, 9, "conversations_initiated", 4), times(now, tuesday, 9, "conversations_initiated", 6), times(now, tuesday, 10, "conversations_initiated", 2).with(row{"channel": "sms"}), times(now, september, 9, "conversations_initiated", 1),
		times(now, tuesday, 9, "conversations_initiated", 900).with(row{"run": abandoned}),
		counted(now, tuesday, 10, "first_response_seconds", 10, 20, 30, 40, 100), counted(now, tuesday, 11, "first_response_seconds", 2).with(row{"owner": "bot", "owner_kind": "ai"}),
		counted(now, tuesday, 10, "human_first_response_seconds", 10, 30), counted(now, tuesday, 10, "agent_first_response_seconds", 5), counted(now, tuesday, 10, "human_first_response_from_start_seconds", 40, 50, 60),
		counted(now, tuesday, 10, "reply_seconds", 10, 20, 30, 40, 50).with(row{"kind": "next"}), counted(now, tuesday, 10, "human_reply_seconds", 90), counted(now, monday, 10, "human_reply_seconds", 30),
		times(now, tuesday, 12, "closes", 8), times(now, tuesday, 12, "closes_unanswered", 2),
		times(now, tuesday, 12, "handled_closes", 5), times(now, tuesday, 12, "handled_closes", 2).with(row{"kind": "transferred"}), times(now, tuesday, 12, "handled_closes", 1).with(row{"kind": "both"}),
		counted(now, tuesday, 12, "open_seconds", 300, 500), counted(now, tuesday, 12, "open_active_seconds", 50, 30),
		counted(now, tuesday, 12, "handle_seconds", 10, 20, 30, 40, 50), counted(now, tuesday, 12, "active_handle_seconds", 5, 15), counted(now, tuesday, 12, "after_contact_seconds", 20, 40), counted(now, tuesday, 12, "ai_handle_seconds", 5),
		counted(now, tuesday, 12, "hold_seconds", 10, 40).with(row{"kind": "owner"}), counted(now, tuesday, 12, "hold_seconds", 5).with(row{"kind": "joined"}), counted(now, tuesday, 12, "hold_seconds", 6).with(row{"kind": "after_contact"}), counted(now, tuesday, 12, "hold_seconds", 9).with(row{"kind": "unowned"}),
		counted(now, tuesday, 10, "accept_to_reply_seconds", 12), times(now, tuesday, 12, "transfers", 3).with(row{"kind": "agent"}), times(now, tuesday, 12, "escalations", 1).with(row{"kind": "tier"}),
		times(now, tuesday, 9, "counted_messages", 20).with(row{"kind": "customer"}), times(now, tuesday, 9, "counted_messages", 15).with(row{"kind": "human"}), times(now, tuesday, 9, "counted_messages", 5).with(row{"kind": "ai"}), times(now, tuesday, 9, "counted_messages", 2).with(row{"kind": "automation"}),
	}
	at, date := harbourDay(now, 1)
	at = at.Add(9*time.Hour + time.Minute)
	rows["conversation_days"] = []row{{"company": harbour, "company_day": date, "conversation_id": "y1", "episode_no": 1, "state": "open", "team": "support", "owner": "ada", "owner_kind": "human", "channel": "web", "channels": []string{"web"}, "initiated_channel": "web",
		"first_message_at": at.Format(time.DateTime), "last_message_at": at.Format(time.DateTime), "initiated_at": at.Format(time.DateTime), "initiated_hour": at.Add(-time.Minute).Format(time.DateTime), "trigger": "customer", "customer_messages": 1, "version": 1}}
	from, _ := harbourDay(now, tuesday)
	said := func(id, delivery string) row {
		return row{"company": harbour, "conversation_id": "t1", "kafka_key": "c/harbour/t1", "event_id": id, "message_id": id, "type": "message", "visibility": "public", "kind": "text",
			"occurred_at": from.Add(time.Hour).Format(time.DateTime), "direction": "out", "author_kind": "human", "channel": "web", "delivery": delivery, "version": 1}
	}
	rows["events"] = []row{said("t1-1", "sent"), said("t1-2", "failed"), said("t1-3", "sent"), said("t1-4", "sent"), said("t1-5", "").with(row{"direction": "in", "author_kind": "customer"})}
	rows["directory"] = []row{{"company": harbour, "entry": "team", "id": "support", "name": "Support", "version": 1}, {"company": harbour, "entry": "agent", "id": "ada", "name": "Ada", "team_ids": []string{"support"}, "version": 1}}
	return rows
}

// near by the grid: what a bin stands for.
func grid(seconds int) float64 { return schemas.GridSeconds(schemas.GridBin(int64(1000 * seconds))) }

// Each panel shows what is known by hand; key is the row that is looked at, by its first column, or none where there is one row.
func TestHistory(t *testing.T) {
	board := history(t)
	business, week, year := selection{"clock": {"business"}}, selection{"step": {"week"}}, selection{"period": {"365"}}
	ada, nothing := selection{"owner": {"ada"}, "team": {"support"}, "channel": {"web"}, "priority": {"normal"}}, selection{"team": {"nowhere"}}
	tests := []struct {
		panel, key string
		chosen     selection
		want       row
	}{
		{"Conversations", "", nil, row{"initiated": 13.0, "active_a_day": 15.0 / 28}},
		{"Conversations", "", year, row{"initiated": 14.0, "active_a_day": 15.0 / 39}},
		{"Conversations", "", selection{"period": {"2026-09"}}, row{"initiated": 1.0, "active_a_day": 0.0}},
		{"Conversations", "", selection{"period": {"7"}, "channel": {"sms"}}, row{"initiated": 2.0, "active_a_day": 0.0}},
		{"Conversations", "", selection{"team": {"(none)"}, "owner": {"(none)"}, "priority": {"urgent"}}, row{"initiated": 0.0, "active_a_day": 4.0 / 28}},
		{"Conversations", "", nothing, row{"initiated": 0.0, "active_a_day": 0.0}},
		{"First response", "", nil, row{"mean": 202.0 / 6, "p50": grid(20), "p90": grid(100), "replies": 6.0}},
		{"First response", "", ada, row{"mean": 40.0, "p50": grid(30), "p90": grid(100), "replies": 5.0}},
		{"First response", "", business, row{"mean": 20.2 / 6, "p50": nil, "p90": nil}},
		{"First response", "", selection{"owner": {"bot"}}, row{"mean": 2.0, "p50": nil, "p90": nil, "replies": 1.0}},
		{"First response", "", nothing, row{"mean": nil, "p50": nil, "p90": nil, "replies": 0.0}},
		{"Replies", "", nil, row{"mean": 30.0, "p50": grid(30), "p90": grid(50), "replies": 5.0}},
		{"Human replies", "", nil, row{"mean": 60.0, "p50": nil, "replies": 2.0}},
		{"Handle time", "", nil, row{"mean": 30.0, "p50": grid(30), "active": 10.0, "handled": 5.0}},
		{"Handle time", "", business, row{"mean": 3.0, "p50": nil, "active": 1.0}},
		{"Closed", "", nil, row{"closed": 8.0, "unanswered": 0.25, "transferred": 0.375, "escalated": 0.125}},
		{"Closed", "", nothing, row{"closed": 0.0, "unanswered": nil, "transferred": nil, "escalated": nil}},
		{"Conversations by day", "2026-10-20", nil, row{"active": 14.0, "initiated": 8.0}},
		{"Conversations by day", "2026-10-22", nil, row{"active": 0.0, "initiated": 0.0}},
		{"Conversations by day", "2026-10-24", nil, row{"active": 1.0, "initiated": 1.0}}, // from the facts
		{"Conversations by day", "2026-10-19", week, row{"active": 15.0, "initiated": 13.0}},
		{"Conversations by day", "2026-09", selection{"step": {"month"}, "period": {"91"}}, row{"initiated": 1.0}},
		{"Messages by day", "2026-10-20", nil, row{"customer": 20.0, "human": 15.0, "ai": 5.0, "automation": 2.0}},
		{"First response by day", "2026-10-20", nil, row{"mean": 202.0 / 6, "p50": grid(20), "p90": grid(100)}},
		{"First response by day", "2026-10-19", nil, row{"mean": nil, "p50": nil, "p90": nil}},
		{"Replies by day", "2026-10-20", nil, row{"mean": 30.0, "p50": grid(30), "p90": grid(50)}},
		{"Replies by day", "2026-10-19", week.with(business), row{"mean": 3.0, "p50": nil}},
		{"Human replies by day", "2026-10-19", nil, row{"mean": 30.0}},
		{"Human replies by day", "2026-10-19", week, row{"mean": 60.0}},
		{"Closed by day", "2026-10-20", nil, row{"answered": 6.0, "unanswered": 2.0}},
		{"Time open by day", "2026-10-20", business, row{"open": 40.0, "open_active": 4.0}},
		{"Handle time by day", "2026-10-20", nil, row{"mean": 30.0, "p50": grid(30), "p90": grid(50), "active": 10.0}},
		{"After contact and by AI, by day", "2026-10-20", nil, row{"after_contact": 30.0, "ai": 5.0}},
		{"Time held by day", "2026-10-20", nil, row{"as_owner": 50.0, "as_joined": 5.0, "as_unowned": 9.0, "after_contact": 6.0}},
		{"Time held by day", "2026-10-20", business, row{"as_owner": 5.0, "as_joined": 0.5, "as_unowned": 0.9}},
		{"Transfer and escalation ratio by day", "2026-10-20", nil, row{"transferred": 0.375, "escalated": 0.125}},
		{"Transfer and escalation ratio by day", "2026-10-21", nil, row{"transferred": nil, "escalated": nil}},
		{"Transfers and escalations by day", "2026-10-20", nil, row{"transferred_away": 3.0, "escalated_on": 1.0}},
		{"Conversations initiated, by hour and weekday", "09", nil, row{"mon": 1.0, "tue": 1.5, "sat": 0.25, "sun": 0.0, "all_days": 11.0 / 28}},
		{"Conversations initiated, by hour and weekday", "10", selection{"period": {"7"}}, row{"tue": 2.0, "mon": 0.0}},
		{"First response, by hour and weekday", "10", nil, row{"tue": 40.0, "mon": nil, "all_days": 40.0}},
		{"By team", "Support", nil, row{"initiated": 13.0, "response_mean": 202.0 / 6, "response_p90": grid(100), "closed": 8.0, "handle_mean": 30.0, "transferred": 0.375, "escalated": 0.125}},
		{"By agent", "Ada", nil, row{"replies": 5.0, "reply_mean": 30.0, "reply_p90": grid(50), "from_accept": 12.0, "held": 70.0, "handled": 8.0, "handle_mean": 30.0}},
		{"First response by a person, by day", "2026-10-20", nil, row{"from_hand_off": 20.0, "from_accept": 5.0, "from_start": 50.0}},
		{"First response by a person, by day", "2026-10-20", business, row{"from_hand_off": 2.0, "from_accept": 0.5, "from_start": 5.0}},
		{"First response by a person, by day", "2026-10-19", nil, row{"from_hand_off": nil, "from_accept": nil, "from_start": nil}},
		{"Failed messages by day", "2026-10-20", nil, row{"failed": 1.0, "failed_share": 0.25}},
		{"Failed messages by day", "2026-10-20", selection{"channel": {"sms"}}, row{"failed": 0.0, "failed_share": nil}},
	}
	compared := map[string]bool{}
	for _, test := range tests {
		compared[test.panel] = true
		found := show(t, board, test.panel, selection{"company": {harbour}}.with(test.chosen))
		column := map[string]string{"By team": "team_name", "By agent": "agent", "Conversations initiated, by hour and weekday": "hour", "First response, by hour and weekday": "hour"}[test.panel]
		if column == "" {
			column = "day"
		}
		at := slices.IndexFunc(found, func(r map[string]any) bool { return test.key == "" || r[column] == test.key })
		if at < 0 || test.key == "" && len(found) != 1 {
			t.Errorf("%s with %v: no row %q among %v", test.panel, test.chosen, test.key, found)
			continue
		}
		near(t, fmt.Sprintf("%s %s with %v", test.panel, test.key, test.chosen), found[at], test.want)
	}
	for i := range board.Panels {
		if title := board.Panels[i].Title; !compared[title] {
			t.Errorf("no number of %q is compared", title)
		}
	}
}

// A chart has a bar for each day that has ended, whether there was anything, and none of today.
func TestHistoryBars(t *testing.T) {
	board := history(t)
	for _, test := range []struct {
		chosen      selection
		bars        int
		first, last string
	}{
		{nil, 28, "2026-09-27", "2026-10-24"},
		{selection{"period": {"7"}}, 7, "2026-10-18", "2026-10-24"},
		{selection{"period": {"365"}}, 39, "2026-09-16", "2026-10-24"},
		{selection{"period": {"2026-09"}}, 15, "2026-09-16", "2026-09-30"},
		{selection{"period": {"2026-10"}, "step": {"week"}}, 4, "2026-09-28", "2026-10-19"},
		{selection{"period": {"365"}, "step": {"month"}}, 2, "2026-09", "2026-10"},
		{selection{"team": {"nowhere"}}, 28, "2026-09-27", "2026-10-24"},
	} {
		for i := range board.Panels {
			p := &board.Panels[i]
			if p.Type != "barchart" || test.chosen != nil && p.Title != "Closed by day" && p.Title != "Failed messages by day" {
				continue
			}
			found := show(t, board, p.Title, selection{"company": {harbour}}.with(test.chosen))
			if len(found) != test.bars || found[0]["day"] != test.first || found[len(found)-1]["day"] != test.last {
				t.Errorf("%s with %v: %d bars, want %d from %s to %s: %v", p.Title, test.chosen, len(found), test.bars, test.first, test.last, found)
			}
		}
	}
	for _, period := range []string{"", "x", "2026-13", "0", "-1", "99999999"} {
		if found := show(t, board, "Conversations by day", selection{"company": {harbour}, "period": {period}}); len(found) > 0 {
			t.Errorf("period %q: %v", period, found)
		}
	}
}

func TestHistoryVariables(t *testing.T) {
	board := history(t)
	of := selection{"company": {harbour}}
	for name, want := range map[string][][2]string{
		"company": {{"acme", "acme"}, {harbour, harbour}, {twin, twin}},
		"period":  {{"7", "last 7 days"}, {"28", "last 28 days"}, {"91", "last 91 days"}, {"182", "last 182 days"}, {"365", "last 365 days"}, {"2026-10", "2026-10"}, {"2026-09", "2026-09"}},
		"team":    {{"support", "Support"}, {"(none)", "No team"}},
		"owner":   {{"ada", "Ada"}, {"(none)", "Nobody"}},
	} {
		if diff := cmp.Diff(want, options(t, board, name, of)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := options(t, board, "team", nil); !slices.Contains(got, [2]string{"closed-down", "closed-down"}) {
		t.Errorf("teams that are no more cannot be chosen: %v", got)
	}
}
