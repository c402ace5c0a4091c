package aggregator

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/floorwatch/floorwatch/aggregator/scenariotest"
	"github.com/floorwatch/floorwatch/schemas"
)

// find gives the fields of what is expected as text, nil if there is no such row.
func (s *scenario) find(e *scenariotest.Expectation) map[string]string {
	view := s.rows.view()
	switch e.Kind {
	case "episode":
		return fields(view.episodes, fmt.Sprint(e.Conversation, "/", e.Number), s.episode)
	case "reply":
		return fields(view.replies, fmt.Sprint(e.Conversation, "/", e.Number), s.reply)
	case "hold":
		return fields(view.holds, fmt.Sprint(e.Conversation, "/", e.Number), s.hold)
	case "day":
		return fields(view.days, fmt.Sprint(e.Conversation, "/", e.Day), s.conversationDay)
	case "span":
		return fields(view.spans, fmt.Sprint(e.Agent, "/", e.Device, "/", e.At), s.span)
	case "agent":
		if at := s.state.LastOutgoing()[AgentName{Company: testCompany, Agent: e.Agent}]; at != 0 {
			return map[string]string{"last_outgoing_at": s.Clock(at)}
		}
	case "now":
		return s.gauges(e.At, e.Channel)
	case "result":
		return s.result()
	case "spread":
		return scenariotest.Spread(s.durations(e), e.Fields)
	case "deadline":
		clock := s.clocks().Business
		return map[string]string{"at": s.Moment(clock.Add(e.At, e.Minutes*60_000))}
	case "calendar":
		return s.calendar(e.Day)
	}
	return nil
}

func fields[R any](rows map[string]R, key string, describe func(R) map[string]string) map[string]string {
	if row, ok := rows[key]; ok {
		return describe(row)
	}
	return nil
}

func (s *scenario) span(r schemas.AgentSpanRow) map[string]string {
	return map[string]string{
		"presence": r.Presence, "ended_at": s.Clock(r.EndedAt), "hours": scenariotest.Number((seconds(r.EndedAt) - seconds(r.StartedAt)) / 3600),
		"last_heartbeat_at": s.Clock(r.LastHeartbeatAt), "lease_until": s.Clock(r.LeaseUntil),
	}
}

// clocks are the company's.
func (s *scenario) clocks() schemas.Clocks {
	periods, _ := schemas.PeriodsOf(s.settings.Versions, testCompany)
	clocks, err := schemas.NewClocks(periods)
	if err != nil {
		s.t.Fatal(err)
	}
	return clocks
}

// calendar gives the fields of a day: where it begins and ends, and its bars.
func (s *scenario) calendar(date schemas.Date) map[string]string {
	calendar := s.clocks().Calendar
	day, ok := calendar.On(date)
	if !ok {
		return nil
	}
	bars := map[string]int{}
	hours := calendar.Hours(day.From)
	for _, hour := range hours {
		bars[hour.Label[:2]]++
	}
	fields := map[string]string{"bars": strconv.Itoa(len(hours)), "from": day.From.Time().Format("2006-01-02/15:04Z"), "to": day.To.Time().Format("2006-01-02/15:04Z")}
	for label := range 4 {
		fields[fmt.Sprintf("at_%02d", label)] = strconv.Itoa(bars[fmt.Sprintf("%02d", label)])
	}
	return fields
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
	if r.HumanFromStart.At != 0 {
		fromStart, fromStartBusiness = duration(r.HumanFromStart.Millis, 1), duration(r.HumanFromStart.BusinessMillis, 1)
	}
	fields := map[string]string{
		"customer": or(r.Customer), "kind": r.Kind, "trigger": r.Trigger, "state": state, "opened_at": s.Clock(r.OpenedAt), "closed_at": s.Clock(r.ClosedAt),
		"opened_day": r.OpenedDay.String(), "closed_day": r.ClosedDay.String(), "reason": r.CloseReason,
		"first_response": duration(r.FirstResponse.Millis, r.FirstResponse.At), "first_responder": or(r.FirstResponse.Responder),
		"first_responder_kind": or(r.FirstResponse.Kind), "first_response_day": r.FirstResponse.Day.String(), "first_response_team": or(r.FirstResponse.Team),
		"human_first_response": duration(r.HumanFirstResponse.Millis, r.HumanFirstResponse.At), "human_from_start": fromStart,
		"waiting_since": s.Clock(r.WaitingSince), "waiting_human_since": s.Clock(r.WaitingHumanSince),
		"owner": or(r.Owner), "team": or(r.Team), "queue": or(r.Queue), "channel": r.Channel, "channels": strings.Join(r.Channels, ","),
		"tags": or(strings.Join(r.Tags, ",")), "closed_unanswered": strconv.FormatBool(r.ClosedUnanswered), "auto_replied": strconv.FormatBool(r.AutoReplied),
		"answered": strconv.FormatBool(r.Answered), "answered_by_human": strconv.FormatBool(r.AnsweredByHuman),
		"priority": or(r.Priority), "accepted_at": s.Clock(r.AcceptedAt), "agent_first_response": duration(r.AgentFirstResponse.Millis, r.AgentFirstResponse.At),
		"first_response_business":       duration(r.FirstResponse.BusinessMillis, r.FirstResponse.At),
		"human_first_response_business": duration(r.HumanFirstResponse.BusinessMillis, r.HumanFirstResponse.At), "human_from_start_business": fromStartBusiness,
		"agent_first_response_business": duration(r.AgentFirstResponse.BusinessMillis, r.AgentFirstResponse.At),
	}
	maps.Copy(fields, workFields(r))
	return fields
}

// workFields are what an episode took. Durations of an open one are not known, nor those of people who had no part in it.
func workFields(r schemas.EpisodeRow) map[string]string {
	w := r.Work
	fields := map[string]string{"handled": strconv.FormatBool(w.Handled), "ping_pongs": strconv.Itoa(int(r.PingPongs)), "transfers": strconv.Itoa(len(r.Transfers)),
		"escalations": strconv.Itoa(len(r.Escalations))}
	for name, lasted := range map[string]schemas.Lasted{"open": w.Open, "open_active": w.OpenActive, "handle": w.Handle, "active_handle": w.ActiveHandle,
		"after_contact": w.AfterContact, "ai_handle": w.AIHandle} {
		at := r.ClosedAt
		switch name {
		case "handle", "active_handle", "after_contact":
			if !w.Handled {
				at = 0
			}
		case "ai_handle":
			if w.Handled {
				at = 0
			}
		}
		fields[name+"_seconds"], fields[name+"_business_seconds"] = duration(lasted.Millis, at), duration(lasted.BusinessMillis, at)
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
		"kind": r.Kind, "responder_kind": r.Response.Kind, "day": r.Day.String(), "waiting_since": s.Clock(r.WaitingSince), "at": s.Clock(r.At), "episode": fmt.Sprint(r.Episode),
	}
}

// hold gives the fields of an interval in which a person holds a conversation.
func (s *scenario) hold(r schemas.HoldRow) map[string]string {
	return map[string]string{
		"agent": r.Agent, "kind": r.Kind, "began": r.Began, "started_at": s.Clock(r.StartedAt), "ended": or(r.Ended), "ended_at": s.Clock(r.EndedAt),
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
		"initiated_at": s.Clock(r.InitiatedAt), "initiated_hour": s.Clock(r.InitiatedHour), "initiated_hour_utc": or(utc(r.InitiatedHour)), "trigger": or(r.Trigger),
		"initiated_on": or(r.InitiatedChannel), "channels": strings.Join(r.Channels, ","), "tags": or(strings.Join(r.Tags, ",")), "episode": strconv.Itoa(int(r.Episode)),
	}
}

func utc(at schemas.Instant) string {
	if at == 0 {
		return ""
	}
	return at.Time().Format("15:04Z")
}
