package aggregator

import (
	"strconv"
	"strings"

	"github.com/floorwatch/floorwatch/aggregator/scenariotest"
	"github.com/floorwatch/floorwatch/schemas"
)

// durations are those of a spread, in seconds.
func (s *scenario) durations(e *scenariotest.Expectation) (list []float64) {
	add := func(day schemas.Date, channel string, at schemas.Instant, millis int64) {
		if at != 0 && (e.Day == 0 || e.Day == day) && (e.Channel == "" || e.Channel == channel) {
			list = append(list, float64(millis)/1000)
		}
	}
	view := s.rows.view()
	for _, r := range view.episodes {
		switch e.Spread {
		case "first_response":
			add(r.FirstResponse.Day, r.Channel, r.FirstResponse.At, r.FirstResponse.Millis)
		case "first_response_business":
			add(r.FirstResponse.Day, r.Channel, r.FirstResponse.At, r.FirstResponse.BusinessMillis)
		case "open":
			add(r.ClosedDay, r.Channel, r.ClosedAt, r.Work.Open.Millis)
		case "handle":
			if r.Work.Handled {
				add(r.ClosedDay, r.Channel, r.ClosedAt, r.Work.Handle.Millis)
			}
		}
	}
	for _, r := range view.holds {
		if e.Spread == "accept_to_reply" {
			add(r.FirstReplyDay, r.Channel, r.FirstReplyAt, r.FirstReply.Millis)
		}
	}
	for _, r := range view.replies {
		if e.Spread == "reply" && r.WaitsFor == "any" {
			add(r.Day, r.Channel, r.At, r.Millis)
		}
	}
	return list
}

// gauges sums each gauge over its labels, under short names. If a channel is asked for, conversations count if it is theirs; agents have none.
func (s *scenario) gauges(now schemas.Instant, channel string) map[string]string {
	sums := map[string]float64{}
	for key, value := range s.state.Gauges(now) {
		l := key.Labels
		if channel != "" && !strings.HasPrefix(key.Metric, "agent") && l[2] != channel {
			continue
		}
		switch key.Metric {
		case schemas.MetricWaitingFirstResponse:
			sums["waiting_"+l[4]] += value
			sums["waiting_"+l[4]+"_"+l[5]] += value
		case schemas.MetricWaitingReply:
			sums["waits_"+l[4]] += value
			sums["waits_"+l[4]+"_"+l[5]] += value
		case schemas.MetricWaitingOldest:
			sums["age_"+l[4]] = max(sums["age_"+l[4]], seconds(now)-value)
		case schemas.MetricInitiatedToday:
			sums["initiated"] += value
			sums["initiated_"+l[2]] += value
		case schemas.MetricBacklog:
			sums["backlog"] += value
			sums["backlog_"+or(l[4])] += value
		case schemas.MetricAgentConversations:
			sums["held_"+l[1]] += value
		case schemas.MetricAgentCapacity:
			sums["capacity_"+l[1]] += value
		case schemas.MetricAgents:
			sums["agents_"+l[1]] += value
			if l[1] != schemas.PresenceOffline {
				sums["agents_online"] += value
			}
		default:
			sums[strings.TrimSuffix(strings.TrimPrefix(key.Metric, "conversations_"), "_today")] += value
		}
	}
	out := map[string]string{}
	for name, value := range sums {
		out[name] = strconv.FormatFloat(value, 'f', -1, 64)
	}
	return out
}

// result gives what the whole story adds up to: samples of the first response, shares of the closed episodes that people handled, and
// events that were duplicates.
func (s *scenario) result() map[string]string {
	view := s.rows.view()
	count, sum := 0, int64(0)
	var handled, transferred, escalated float64
	for _, row := range view.episodes {
		if !row.Open && row.Work.Handled {
			handled++
			transferred += float64(min(1, len(row.Transfers)))
			escalated += float64(min(1, len(row.Escalations)))
		}
		if row.FirstResponse.At != 0 {
			count, sum = count+1, sum+row.FirstResponse.Millis
		}
	}
	state, duplicates := New(s.settings), 0
	for i := range s.events {
		s.events[i].Place(int64(i), s.events[i].AppendedAt)
		if state.Apply(&s.events[i]).Duplicate {
			duplicates++
		}
	}
	return map[string]string{
		"first_responses": strconv.Itoa(count), "first_response_sum": duration(sum, 1), "duplicates": strconv.Itoa(duplicates),
		"transfer_ratio": scenariotest.Number(transferred / handled), "escalation_ratio": scenariotest.Number(escalated / handled),
		"days": strconv.Itoa(len(view.days)), "episodes": strconv.Itoa(len(view.episodes)),
	}
}
