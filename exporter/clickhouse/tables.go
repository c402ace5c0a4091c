package clickhouse

import (
	"github.com/floorwatch/floorwatch/schemas"
)

// Each list is one table's columns in the order of its insert. A test holds them to the migrations, both ways.

var conversationDayColumns = append([]column[schemas.ConversationDayRow]{
	value("company", func(r *schemas.ConversationDayRow) string { return r.Company }),
	date("company_day", func(r *schemas.ConversationDayRow) schemas.Date { return r.Day }),
	value("conversation_id", func(r *schemas.ConversationDayRow) string { return r.Conversation }),
	value("episode_no", func(r *schemas.ConversationDayRow) uint32 { return r.Episode }),
	value("state", func(r *schemas.ConversationDayRow) string { return state(r.Open) }),
	value("customer_id", func(r *schemas.ConversationDayRow) string { return r.Customer }),
	value("team", func(r *schemas.ConversationDayRow) string { return r.Team }),
	value("owner", func(r *schemas.ConversationDayRow) string { return r.Owner }),
	value("owner_kind", func(r *schemas.ConversationDayRow) string { return r.OwnerKind }),
	value("queue", func(r *schemas.ConversationDayRow) string { return r.Queue }),
	value("priority", func(r *schemas.ConversationDayRow) string { return r.Priority }),
	value("channel", func(r *schemas.ConversationDayRow) string { return r.Channel }),
	list("channels", func(r *schemas.ConversationDayRow) []string { return r.Channels }),
	list("tags", func(r *schemas.ConversationDayRow) []string { return r.Tags }),
	value("waiting_first_response", func(r *schemas.ConversationDayRow) bool { return r.WaitingFirstResponse }),
	value("auto_replied", func(r *schemas.ConversationDayRow) bool { return r.AutoReplied }),
	optionalInstant("initiated_at", func(r *schemas.ConversationDayRow) schemas.Instant { return r.InitiatedAt }),
	optionalInstant("initiated_hour", func(r *schemas.ConversationDayRow) schemas.Instant { return r.InitiatedHour }),
	value("initiated_channel", func(r *schemas.ConversationDayRow) string { return r.InitiatedChannel }),
	value("trigger", func(r *schemas.ConversationDayRow) string { return r.Trigger }),
	instant("first_message_at", func(r *schemas.ConversationDayRow) schemas.Instant { return r.FirstMessageAt }),
	instant("last_message_at", func(r *schemas.ConversationDayRow) schemas.Instant { return r.LastMessageAt }),
	value("customer_messages", func(r *schemas.ConversationDayRow) uint32 { return r.Messages.Customer }),
	value("human_messages", func(r *schemas.ConversationDayRow) uint32 { return r.Messages.Human }),
	value("ai_messages", func(r *schemas.ConversationDayRow) uint32 { return r.Messages.AI }),
	value("automation_messages", func(r *schemas.ConversationDayRow) uint32 { return r.Messages.Automation }),
}, meta(func(r *schemas.ConversationDayRow) *schemas.Meta { return &r.Meta })...)

var conversationAgentColumns = append([]column[schemas.ConversationAgentRow]{
	value("company", func(r *schemas.ConversationAgentRow) string { return r.Company }),
	value("agent_id", func(r *schemas.ConversationAgentRow) string { return r.Agent }),
	value("conversation_id", func(r *schemas.ConversationAgentRow) string { return r.Conversation }),
	value("life", func(r *schemas.ConversationAgentRow) int64 { return r.Life }),
	optionalInstant("last_outgoing_at", func(r *schemas.ConversationAgentRow) schemas.Instant { return r.LastOutgoingAt }),
	value("messages", func(r *schemas.ConversationAgentRow) uint32 { return r.Messages }),
}, meta(func(r *schemas.ConversationAgentRow) *schemas.Meta { return &r.Meta })...)

var agentSpanColumns = append([]column[schemas.AgentSpanRow]{
	value("company", func(r *schemas.AgentSpanRow) string { return r.Company }),
	value("agent_id", func(r *schemas.AgentSpanRow) string { return r.Agent }),
	value("device_id", func(r *schemas.AgentSpanRow) string { return r.Device }),
	instant("started_at", func(r *schemas.AgentSpanRow) schemas.Instant { return r.StartedAt }),
	value("presence", func(r *schemas.AgentSpanRow) string { return r.Presence }),
	value("label", func(r *schemas.AgentSpanRow) string { return r.Label }),
	optionalInstant("ended_at", func(r *schemas.AgentSpanRow) schemas.Instant { return r.EndedAt }),
	optionalInstant("last_heartbeat_at", func(r *schemas.AgentSpanRow) schemas.Instant { return r.LastHeartbeatAt }),
	optionalInstant("lease_until", func(r *schemas.AgentSpanRow) schemas.Instant { return r.LeaseUntil }),
}, meta(func(r *schemas.AgentSpanRow) *schemas.Meta { return &r.Meta })...)

var directoryColumns = append([]column[schemas.DirectoryRow]{
	value("company", func(r *schemas.DirectoryRow) string { return r.Company }),
	value("entry", func(r *schemas.DirectoryRow) string { return r.Entry }),
	value("id", func(r *schemas.DirectoryRow) string { return r.ID }),
	value("name", func(r *schemas.DirectoryRow) string { return r.Name }),
	list("team_ids", func(r *schemas.DirectoryRow) []string { return r.Teams }),
	value("role", func(r *schemas.DirectoryRow) string { return r.Role }),
	value("hired_on", func(r *schemas.DirectoryRow) *string { return optionalText(r.HiredOn) }),
	value("is_removed", func(r *schemas.DirectoryRow) bool { return r.Removed }),
	value("slots", func(r *schemas.DirectoryRow) *int64 { return r.Slots }),
}, meta(func(r *schemas.DirectoryRow) *schemas.Meta { return &r.Meta })...)

var rejectColumns = []column[schemas.RejectRow]{
	value("topic", func(r *schemas.RejectRow) string { return r.Topic }),
	value("partition", func(r *schemas.RejectRow) int32 { return r.Partition }),
	value("offset", func(r *schemas.RejectRow) int64 { return r.Offset }),
	value("reason", func(r *schemas.RejectRow) string { return r.Reason }),
	value("detail", func(r *schemas.RejectRow) string { return r.Detail }),
	value("bytes", func(r *schemas.RejectRow) uint32 { return r.Bytes }),
	instant("appended_at", func(r *schemas.RejectRow) schemas.Instant { return r.AppendedAt }),
	value("version", func(r *schemas.RejectRow) uint64 { return r.Version }),
	value("is_deleted", func(*schemas.RejectRow) uint8 { return 0 }),
}

var calendarColumns = []column[schemas.CalendarRow]{
	value("company", func(r *schemas.CalendarRow) string { return r.Company }),
	date("company_day", func(r *schemas.CalendarRow) schemas.Date { return r.Day.Date }),
	value("zone", func(r *schemas.CalendarRow) string { return r.Zone }),
	instant("from_utc", func(r *schemas.CalendarRow) schemas.Instant { return r.Day.From }),
	instant("to_utc", func(r *schemas.CalendarRow) schemas.Instant { return r.Day.To }),
	values("hour_starts", func(r *schemas.CalendarRow) []int64 {
		starts := make([]int64, len(r.Hours))
		for i, hour := range r.Hours {
			starts[i] = int64(hour.Start)
		}
		return starts
	}),
	list("hour_labels", func(r *schemas.CalendarRow) []string {
		var labels []string
		for _, hour := range r.Hours {
			labels = append(labels, hour.Label)
		}
		return labels
	}),
	value("zone_version", func(r *schemas.CalendarRow) string { return r.ZoneVersion }),
	value("version", func(r *schemas.CalendarRow) uint64 { return r.Version }),
	value("is_deleted", func(r *schemas.CalendarRow) uint8 { return flag(r.Deleted) }),
}

func optionalText(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
