//go:build embedded

package grafana

import (
	"testing"
)

// The panels of work: what they show of the floor, with filters, with the switches, and of nothing.
func TestWork(t *testing.T) {
	board := liveFloor(t)
	business, human, next := selection{"clock": {"business"}}, selection{"reply_by": {"human"}}, selection{"turn": {"next"}}
	nothing := selection{"team": {"nowhere"}, "owner": {"nobody"}, "channel": {"voice"}}
	for _, test := range []struct {
		panel  string
		chosen selection
		want   row
	}{
		{"First response from accept today", nil, row{"replies": 1.0, "mean": 40.0, "p50": nil}},
		{"First response from accept today", business, row{"mean": 4.0}},
		{"First response from accept today", nothing, row{"replies": 0.0, "mean": nil, "p50": nil, "p90": nil}},
		{"Replies today", nil, row{"replies": 3.0, "mean": 30.0, "p50": nil}},
		{"Replies today", selection{"team": {"support"}}, row{"replies": 2.0, "mean": 15.0}},
		{"Replies today", human, row{"replies": 1.0, "mean": 90.0}},
		{"Replies today", next, row{"replies": 2.0, "mean": 40.0}},
		{"Replies today", business, row{"replies": 3.0, "mean": 3.0}},
		{"Replies today", nothing, row{"replies": 0.0, "mean": nil, "p50": nil, "p90": nil}},
		{"Handle time today", nil, row{"handled": 4.0, "mean": 87.5, "active": 43.75, "p50": nil}},
		{"Handle time today", business, row{"handled": 4.0, "mean": 8.75, "active": 4.375}},
		{"Handle time today", nothing, row{"handled": 0.0, "mean": nil, "active": nil, "p50": nil}},
		{"Transfers and escalations today", nil, row{"transferred": 0.25, "escalated": 0.0, "transfer_count": 1.0, "escalation_count": 0.0}},
		{"Transfers and escalations today", nothing, row{"transferred": nil, "escalated": nil, "transfer_count": 0.0, "escalation_count": 0.0}},
		{"Concurrency today", nil, row{"at_present": 1.0, "average": 1.25, "most": 2.0}},
		{"Concurrency today", selection{"owner": {"bob"}}, row{"at_present": nil, "average": 1.0, "most": 1.0}},
		{"Concurrency today", nothing, row{"at_present": nil, "average": nil, "most": 0.0}},
		{"Messages today", nil, row{"received": 1.0, "sent": 3.0, "failed": 1.0, "failed_share": 1.0 / 3}},
		{"Messages today", selection{"channel": {"web"}}, row{"received": 1.0, "sent": 2.0, "failed": 0.0, "failed_share": 0.0}},
		{"Messages today", nothing, row{"received": 0.0, "sent": 0.0, "failed": 0.0, "failed_share": nil}},
		{"Concurrency today, by agent", nil, row{"agent": "Ada", "now_held": 1.0, "average": 4.0 / 3, "most": 2.0, "held_today": 2.0, "busy_today": 10800.0}},
		{"Replies today, by agent", nil, row{"agent": "Ada", "replies": 2.0, "mean": 15.0, "longest": 20.0, "from_accept": nil}},
		{"Replies today, by agent", business, row{"agent": "Ada", "mean": 1.5, "longest": 2.0}},
		{"Replies today, by agent", selection{"owner": {"bob"}}, row{"agent": "Bob", "replies": 1.0, "mean": 60.0, "from_accept": 30.0}},
		{"Closed today, by reason", nil, row{"reason": "resolved", "closes": 4.0, "mean": 350.0}},
	} {
		near(t, test.panel, show(t, board, test.panel, test.chosen)[0], test.want)
	}
}
