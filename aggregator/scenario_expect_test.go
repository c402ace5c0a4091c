package aggregator

import (
	"fmt"
	"maps"
	"sort"
	"strconv"
	"strings"

	"github.com/floorwatch/floorwatch/schemas"
)

// expect reads
//
//	episode [c:]N FIELD=VALUE …      day DATE[/c] FIELD=VALUE …      agent NAME FIELD=VALUE …
//	span AGENT[/DEVICE] TIME FIELD=VALUE …                           now TIME GAUGE=VALUE …
//	no episode [c:]N      no day DATE[/c]      no agent NAME         result FIELD=VALUE …
//
// and compares the named fields.
func (s *scenario) expect(words []string, where string) {
	if words[0] == "no" {
		if fields := s.find(words[1], words[2:]); fields != nil {
			s.t.Errorf("%s: it is there: %v", where, fields)
		}
		return
	}
	skip := 2
	if words[0] == "span" {
		skip = 3
	} else if words[0] == "result" {
		skip = 1
	}
	fields := s.find(words[0], words[1:skip])
	if fields == nil {
		s.t.Errorf("%s: there is none; there are %v", where, s.keys(words[0]))
		return
	}
	for _, word := range words[skip:] {
		name, want, _ := strings.Cut(word, "=")
		got, known := fields[name]
		if !known && words[0] == "now" {
			got, known = "0", true
		}
		if !known {
			s.t.Fatalf("%s: no field %q; there are %v", where, name, fields)
		}
		if got != want {
			s.t.Errorf("%s: %s is %s, want %s", where, name, got, want)
		}
	}
}

func (s *scenario) keys(kind string) []string {
	var out []string
	view := s.rows.view()
	switch kind {
	case "episode":
		for key := range view.episodes {
			out = append(out, key)
		}
	case "day":
		for key := range view.days {
			out = append(out, key)
		}
	case "span":
		for key := range view.spans {
			out = append(out, key)
		}
	}
	sort.Strings(out)
	return out
}

// find gives the fields of a row or of the gauges as text, nil if there is no such row.
func (s *scenario) find(kind string, words []string) map[string]string {
	view := s.rows.view()
	switch kind {
	case "episode":
		conversation, number, found := strings.Cut(words[0], ":")
		if !found {
			conversation, number = "c1", words[0]
		}
		if row, ok := view.episodes[conversation+"/"+number]; ok {
			return s.episode(row)
		}
	case "reply", "hold":
		conversation, number, found := strings.Cut(words[0], ":")
		if !found {
			conversation, number = "c1", words[0]
		}
		if row, ok := view.replies[conversation+"/"+number]; ok && kind == "reply" {
			return s.reply(row)
		}
		if row, ok := view.holds[conversation+"/"+number]; ok && kind == "hold" {
			return s.hold(row)
		}
	case "day":
		date, conversation, found := strings.Cut(words[0], "/")
		if !found {
			conversation = "c1"
		}
		if row, ok := view.days[conversation+"/"+date]; ok {
			return s.conversationDay(row)
		}
	case "agent":
		if at := s.state.LastOutgoing()[AgentName{Company: testCompany, Agent: words[0]}]; at != 0 {
			return map[string]string{"last_outgoing_at": s.clock(at)}
		}
	case "span":
		agent, device, _ := strings.Cut(words[0], "/")
		if row, ok := view.spans[fmt.Sprint(agent, "/", device, "/", s.instant(words[1]))]; ok {
			return map[string]string{"presence": row.Presence, "ended_at": s.clock(row.EndedAt),
				"hours": strconv.FormatFloat((seconds(row.EndedAt)-seconds(row.StartedAt))/3600, 'f', -1, 64), "last_heartbeat_at": s.clock(row.LastHeartbeatAt), "lease_until": s.clock(row.LeaseUntil)}
		}
	case "now":
		return s.gauges(s.instant(words[0]))
	case "result":
		return s.result()
	}
	return nil
}

// clock writes an instant as local HH:MM:SS, with milliseconds if there are any; "-" for none.
func (s *scenario) clock(at schemas.Instant) string {
	if at == 0 {
		return "-"
	}
	return strings.TrimSuffix(at.Time().In(s.location).Format("15:04:05.000"), ".000")
}

func duration(millis int64, at schemas.Instant) string {
	if at == 0 {
		return "-"
	}
	return strconv.FormatFloat(float64(millis)/1000, 'f', -1, 64)
}

func (s *scenario) episode(r schemas.EpisodeRow) map[string]string {
	state := "closed"
	if r.Open {
		state = "open"
	}
	fromStart, fromStartBusiness := "-", "-"
	if r.HasHumanFromStart {
		fromStart, fromStartBusiness = duration(r.HumanFromStart.Millis, 1), duration(r.HumanFromStart.BusinessMillis, 1)
	}
	fields := map[string]string{
		"customer": or(r.Customer), "kind": r.Kind, "trigger": r.Trigger, "state": state, "opened_at": s.clock(r.OpenedAt), "closed_at": s.clock(r.ClosedAt),
		"opened_day": r.OpenedDay.String(), "closed_day": r.ClosedDay.String(), "reason": r.CloseReason,
		"first_response": duration(r.FirstResponse.Millis, r.FirstResponse.At), "first_responder": or(r.FirstResponse.Responder),
		"first_responder_kind": or(r.FirstResponse.Kind), "first_response_day": r.FirstResponse.Day.String(), "first_response_team": or(r.FirstResponse.Team),
		"human_first_response": duration(r.HumanFirstResponse.Millis, r.HumanFirstResponse.At), "human_from_start": fromStart,
		"waiting_since": s.clock(r.WaitingSince), "waiting_human_since": s.clock(r.WaitingHumanSince),
		"owner": or(r.Owner), "team": or(r.Team), "queue": or(r.Queue), "channel": r.Channel, "channels": strings.Join(r.Channels, ","),
		"tags": or(strings.Join(r.Tags, ",")), "closed_unanswered": strconv.FormatBool(r.ClosedUnanswered), "auto_replied": strconv.FormatBool(r.AutoReplied),
		"answered": strconv.FormatBool(r.Answered), "answered_by_human": strconv.FormatBool(r.AnsweredByHuman),
		"priority": or(r.Priority), "accepted_at": s.clock(r.AcceptedAt), "agent_first_response": duration(r.AgentFirstResponse.Millis, r.AgentFirstResponse.At),
		"first_response_business":       duration(r.FirstResponse.BusinessMillis, r.FirstResponse.At),
		"human_first_response_business": duration(r.HumanFirstResponse.BusinessMillis, r.HumanFirstResponse.At), "human_from_start_business": fromStartBusiness,
		"agent_first_response_business": duration(r.AgentFirstResponse.BusinessMillis, r.AgentFirstResponse.At),
	}
	maps.Copy(fields, workFields(r))
	return fields
}

// workFields are what an episode took; durations of an open one are not known.
func workFields(r schemas.EpisodeRow) map[string]string {
	w := r.Work
	fields := map[string]string{"handled": strconv.FormatBool(w.Handled), "ping_pongs": strconv.Itoa(int(r.PingPongs)), "transfers": strconv.Itoa(len(r.Transfers)),
		"escalations": strconv.Itoa(len(r.Escalations))}
	for name, lasted := range map[string]schemas.Lasted{"open": w.Open, "open_active": w.OpenActive, "handle": w.Handle, "active_handle": w.ActiveHandle,
		"after_contact": w.AfterContact, "ai_handle": w.AIHandle} {
		fields[name+"_seconds"], fields[name+"_business_seconds"] = duration(lasted.Millis, r.ClosedAt), duration(lasted.BusinessMillis, r.ClosedAt)
	}
	for i, t := range r.Transfers {
		fields[fmt.Sprint("transfer_", i+1)] = fmt.Sprint(t.Kind, ":", or(t.FromAgent+t.FromTeam), ">", or(t.ToAgent), ":", t.Reason)
	}
	for i, e := range r.Escalations {
		fields[fmt.Sprint("escalation_", i+1)] = fmt.Sprint(e.Kind, ":", or(e.Agent))
	}
	return fields
}

// reply gives the fields of an answered wait.
func (s *scenario) reply(r schemas.ReplyRow) map[string]string {
	return map[string]string{
		"seconds": duration(r.Millis, r.At), "business_seconds": duration(r.BusinessMillis, r.At), "for": r.WaitsFor, "stage": r.Stage, "responder": or(r.Responder),
		"kind": r.Kind, "responder_kind": r.Response.Kind, "day": r.Day.String(), "waiting_since": s.clock(r.WaitingSince), "at": s.clock(r.At), "episode": fmt.Sprint(r.Episode),
	}
}

// hold gives the fields of an interval in which a person holds a conversation.
func (s *scenario) hold(r schemas.HoldRow) map[string]string {
	return map[string]string{
		"agent": r.Agent, "kind": r.Kind, "began": r.Began, "started_at": s.clock(r.StartedAt), "ended": or(r.Ended), "ended_at": s.clock(r.EndedAt),
		"seconds": duration(r.Millis, r.EndedAt), "business_seconds": duration(r.BusinessMillis, r.EndedAt), "accept_to_reply": duration(r.FirstReply.Millis, r.FirstReplyAt),
		"accept_to_reply_business": duration(r.FirstReply.BusinessMillis, r.FirstReplyAt), "episode": fmt.Sprint(r.Episode),
		"team": or(r.Team), "queue": or(r.Queue), "channel": r.Channel,
	}
}

func or(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func (s *scenario) conversationDay(r schemas.ConversationDayRow) map[string]string {
	state := "closed"
	if r.Open {
		state = "open"
	}
	return map[string]string{
		"state": state, "owner": or(r.Owner), "team": or(r.Team), "queue": or(r.Queue), "waiting": strconv.FormatBool(r.WaitingFirstResponse),
		"initiated_at": s.clock(r.InitiatedAt), "initiated_hour": s.clock(r.InitiatedHour), "initiated_hour_utc": or(utc(r.InitiatedHour)), "trigger": or(r.Trigger),
		"initiated_on": or(r.InitiatedChannel), "channels": strings.Join(r.Channels, ","), "tags": or(strings.Join(r.Tags, ",")), "episode": strconv.Itoa(int(r.Episode)),
	}
}

func utc(at schemas.Instant) string {
	if at == 0 {
		return ""
	}
	return at.Time().Format("15:04Z")
}

// gauges sums each gauge over its labels, under short names.
func (s *scenario) gauges(now schemas.Instant) map[string]string {
	sums := map[string]float64{}
	for key, value := range s.state.Gauges(now) {
		l := key.Labels
		switch key.Metric {
		case schemas.MetricWaitingFirstResponse:
			sums["waiting_"+l[4]] += value
			sums["waiting_"+l[4]+"_"+l[5]] += value
		case schemas.MetricWaitingReply:
			sums["waits_"+l[4]] += value
			sums["waits_"+l[4]+"_"+l[5]] += value
		case schemas.MetricWaitingOldest:
			sums["age_"+l[4]] = seconds(now) - value
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

// result gives what the whole story adds up to: samples of the first response, and events that were duplicates.
func (s *scenario) result() map[string]string {
	view := s.rows.view()
	count, sum := 0, int64(0)
	for _, row := range view.episodes {
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
		"days": strconv.Itoa(len(view.days)), "episodes": strconv.Itoa(len(view.episodes)),
	}
}
