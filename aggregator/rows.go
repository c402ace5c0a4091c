package aggregator

import (
	"github.com/floorwatch/floorwatch/schemas"
)

// DueRows is how many rows are to be written.
func (s *State) DueRows() int { return len(s.due) + s.parted.Len() }

// Rows gives, once, each row that was touched since the last call as it stands now, whole; a row that no longer exists comes as a
// tombstone. Calendar rows of days that appear for the first time come with them.
func (s *State) Rows() schemas.Rows {
	rows := s.parted
	s.parted = schemas.Rows{}
	for key := range s.due {
		s.row(&rows, key)
	}
	clear(s.due)
	return rows
}

func (s *State) row(rows *schemas.Rows, key RowKey) {
	switch key.table {
	case tableEpisodes:
		row := s.episodeRow(key)
		rows.Episodes = append(rows.Episodes, row)
		if !row.Deleted {
			c := s.conversations[key.key].work.company
			rows.Calendar = s.calendarRow(rows.Calendar, c, row.OpenedDay)
			if !row.Open {
				rows.Calendar = s.calendarRow(rows.Calendar, c, row.ClosedDay)
			}
			for i := range row.Transfers {
				rows.Calendar = s.calendarRow(rows.Calendar, c, row.Transfers[i].Day)
			}
			for i := range row.Escalations {
				rows.Calendar = s.calendarRow(rows.Calendar, c, row.Escalations[i].Day)
			}
		}
	case tableConversationDays:
		row := s.conversationDayRow(key)
		rows.ConversationDays = append(rows.ConversationDays, row)
		rows.Calendar = s.calendarRow(rows.Calendar, s.conversations[key.key].work.company, row.Day)
	case tableConversationAgents:
		rows.ConversationAgents = append(rows.ConversationAgents, s.conversationAgentRow(key))
	case tableReplies:
		rows.Replies = append(rows.Replies, s.replyRow(key))
	case tableHolds:
		row := s.holdRow(key)
		rows.Holds = append(rows.Holds, row)
		if row.EndedAt != 0 {
			rows.Calendar = s.calendarRow(rows.Calendar, s.conversations[key.key].work.company, row.EndedDay)
		}
	case tableAgentSpans:
		rows.AgentSpans = append(rows.AgentSpans, s.agentSpanRow(key))
	case tableDirectory:
		rows.Directory = append(rows.Directory, s.directoryRow(key))
	}
}

func (s *State) episodeRow(key RowKey) schemas.EpisodeRow {
	c := s.conversations[key.key]
	f := &c.work.fold
	row := schemas.EpisodeRow{Company: c.work.company.name, Conversation: c.work.id, Life: c.work.life, Number: uint32(key.number)}
	ep := nth(f.episodes, key.number)
	row.Meta = s.meta(c.seen, ep != nil)
	if ep == nil {
		return row
	}
	row.Kind, row.Trigger, row.Open = ep.kind, ep.trigger, ep.closedAt == 0
	row.OpenedAt, row.OpenedDay, row.ClosedAt, row.ClosedDay, row.CloseReason = ep.openedAt, ep.openedDay, ep.closedAt, ep.closedDay, ep.reason
	row.Customer, row.Messages, row.LastMessageAt = ep.customer, ep.messages, ep.lastMessageAt
	row.Dimensions = ep.dimensions.row(ep.channel, ep.channels)
	row.FirstTurnAt, row.FirstTurnDay = ep.firstTurnAt, ep.firstTurnDay
	row.FirstResponse, row.HumanFirstResponse = ep.firstResponse, ep.humanFirstResponse
	row.HumanFromStart = ep.humanFromStart
	row.AcceptedAt, row.AgentFirstResponse = ep.acceptedAt, ep.agentFirstResponse
	row.HandedOffAt, row.WaitingSince, row.WaitingHumanSince = ep.handedOffAt, ep.waitingSince, ep.waitingHumanSince
	row.Answered, row.AnsweredByHuman = ep.answered, ep.answeredByHuman
	row.AutoReplied, row.ClosedUnanswered = ep.autoReplied, ep.closedUnanswered
	row.Work, row.PingPongs = ep.Work, ep.pingPongs
	for i := range ep.transfers {
		row.Transfers = append(row.Transfers, ep.transfers[i].Transfer)
	}
	for i := range ep.escalations {
		row.Escalations = append(row.Escalations, ep.escalations[i].Escalation)
	}
	return row
}

// nth is the thing of a number, counted from 1; nil if there are not so many.
func nth[T any](list []T, number int64) *T {
	if number > int64(len(list)) {
		return nil
	}
	return &list[number-1]
}

func (s *State) replyRow(key RowKey) schemas.ReplyRow {
	c := s.conversations[key.key]
	f := &c.work.fold
	row := schemas.ReplyRow{Company: c.work.company.name, Conversation: c.work.id, Life: c.work.life, Number: uint32(key.number)}
	r := nth(f.replies, key.number)
	row.Meta = s.meta(c.seen, r != nil)
	if r == nil {
		return row
	}
	row.Episode, row.Kind, row.WaitsFor, row.Stage, row.WaitingSince = uint32(r.episode), f.episodes[r.episode-1].kind, r.waitsFor, r.stage, r.since
	row.Response, row.Hour, row.Channels, row.Tags, row.Priority = r.Response, r.hour, r.channels, r.tags, r.priority
	return row
}

func (s *State) holdRow(key RowKey) schemas.HoldRow {
	c := s.conversations[key.key]
	f := &c.work.fold
	row := schemas.HoldRow{Company: c.work.company.name, Conversation: c.work.id, Life: c.work.life, Number: uint32(key.number)}
	h := nth(f.holds, key.number)
	row.Meta = s.meta(c.seen, h != nil)
	if h == nil {
		return row
	}
	row.Episode, row.Agent, row.Kind = uint32(h.episode), h.agent, h.kind
	row.Began, row.StartedAt, row.StartedDay = h.began, h.from, h.fromDay
	row.Ended, row.EndedAt, row.EndedDay, row.Lasted = h.ended, h.to, h.toDay, h.lasted
	row.AcceptedAt, row.FirstReplyAt, row.FirstReply, row.FirstReplyDay = h.acceptedAt, h.firstReplyAt, h.firstReply, h.replyDay
	row.Team, row.Queue, row.Channel, row.Priority = h.team, h.queue, f.episodes[h.episode-1].channel, h.priority
	return row
}

func (s *State) conversationDayRow(key RowKey) schemas.ConversationDayRow {
	c := s.conversations[key.key]
	row := schemas.ConversationDayRow{Company: c.work.company.name, Conversation: c.work.id, Day: schemas.Date(key.number)}
	d := c.work.fold.dayOn(row.Day)
	row.Meta = s.meta(c.seen, d != nil)
	if d == nil {
		return row
	}
	row.Episode, row.Open, row.Customer = uint32(d.episode), d.open, d.customer
	row.Dimensions = d.dimensions.row(d.channel, d.channels)
	row.WaitingFirstResponse, row.AutoReplied = d.waiting, d.autoReplied
	row.InitiatedAt, row.InitiatedHour, row.InitiatedChannel, row.Trigger = d.initiatedAt, d.initiatedHour, d.initiatedOn, d.trigger
	row.FirstMessageAt, row.LastMessageAt, row.Messages = d.firstMessageAt, d.lastMessageAt, d.messages
	return row
}

func (f *fold) dayOn(date schemas.Date) *day {
	for i := len(f.days) - 1; i >= 0; i-- {
		if f.days[i].day.Date == date {
			return &f.days[i]
		}
	}
	return nil
}

func (s *State) conversationAgentRow(key RowKey) schemas.ConversationAgentRow {
	c := s.conversations[key.key]
	row := schemas.ConversationAgentRow{Company: c.work.company.name, Agent: key.name, Conversation: c.work.id, Life: c.work.life}
	if p := c.work.fold.part(key.name); p != nil {
		row.LastOutgoingAt, row.Messages = p.lastAt, p.messages
	}
	row.Meta = s.meta(c.seen, row.Messages > 0)
	return row
}

func (s *State) agentSpanRow(key RowKey) schemas.AgentSpanRow {
	a := s.agents[key.key]
	row := schemas.AgentSpanRow{Company: a.company.name, Agent: a.id, Device: key.name, StartedAt: schemas.Instant(key.number)}
	row.Meta = s.meta(a.seen, false)
	d := a.find(key.name)
	if d == nil {
		return row
	}
	for i := len(d.spans) - 1; i >= 0; i-- {
		if p := d.spans[i]; p.from == row.StartedAt {
			row.Deleted, row.Presence, row.Label = false, p.presence, p.label
			row.EndedAt, row.LastHeartbeatAt, row.LeaseUntil = p.to, p.lastBeat, p.leaseUntil
		}
	}
	return row
}

func (s *State) directoryRow(key RowKey) schemas.DirectoryRow {
	if a := s.agents[key.key]; a != nil {
		e, n := current(a.entries), len(a.capacities)
		row := e.row(s.meta(a.seen, e != nil || n > 0), a.company.name, schemas.EntryAgent, a.id)
		if n > 0 {
			slots := a.capacities[n-1].slots
			row.Slots = &slots
		}
		return row
	}
	t := s.teams[key.key]
	e := current(t.entries)
	return e.row(s.meta(t.seen, e != nil), t.company.name, schemas.EntryTeam, t.id)
}
