package clickhouse

import (
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

var episodeColumns = slices.Concat(episodeWaitColumns, episodeWorkColumns, meta(func(r *schemas.EpisodeRow) *schemas.Meta { return &r.Meta }))

var episodeWaitColumns = slices.Concat([]column[schemas.EpisodeRow]{
	value("company", func(r *schemas.EpisodeRow) string { return r.Company }),
	value("conversation_id", func(r *schemas.EpisodeRow) string { return r.Conversation }),
	value("life", func(r *schemas.EpisodeRow) int64 { return r.Life }),
	value("episode_no", func(r *schemas.EpisodeRow) uint32 { return r.Number }),
	value("kind", func(r *schemas.EpisodeRow) string { return r.Kind }),
	value("trigger", func(r *schemas.EpisodeRow) string { return r.Trigger }),
	value("state", func(r *schemas.EpisodeRow) string { return state(r.Open) }),
	instant("opened_at", func(r *schemas.EpisodeRow) schemas.Instant { return r.OpenedAt }),
	date("opened_day", func(r *schemas.EpisodeRow) schemas.Date { return r.OpenedDay }),
	optionalInstant("closed_at", func(r *schemas.EpisodeRow) schemas.Instant { return r.ClosedAt }),
	optionalDate("closed_day", func(r *schemas.EpisodeRow) (schemas.Date, schemas.Instant) { return r.ClosedDay, r.ClosedAt }),
	value("close_reason", func(r *schemas.EpisodeRow) string { return r.CloseReason }),
	value("customer_id", func(r *schemas.EpisodeRow) string { return r.Customer }),
	value("team", func(r *schemas.EpisodeRow) string { return r.Team }),
	value("owner", func(r *schemas.EpisodeRow) string { return r.Owner }),
	value("owner_kind", func(r *schemas.EpisodeRow) string { return r.OwnerKind }),
	value("queue", func(r *schemas.EpisodeRow) string { return r.Queue }),
	value("priority", func(r *schemas.EpisodeRow) string { return r.Priority }),
	value("channel", func(r *schemas.EpisodeRow) string { return r.Channel }),
	list("channels", func(r *schemas.EpisodeRow) []string { return r.Channels }),
	list("tags", func(r *schemas.EpisodeRow) []string { return r.Tags }),
	value("customer_messages", func(r *schemas.EpisodeRow) uint32 { return r.Messages.Customer }),
	value("human_messages", func(r *schemas.EpisodeRow) uint32 { return r.Messages.Human }),
	value("ai_messages", func(r *schemas.EpisodeRow) uint32 { return r.Messages.AI }),
	value("automation_messages", func(r *schemas.EpisodeRow) uint32 { return r.Messages.Automation }),
	optionalInstant("last_message_at", func(r *schemas.EpisodeRow) schemas.Instant { return r.LastMessageAt }),
	optionalInstant("first_turn_at", func(r *schemas.EpisodeRow) schemas.Instant { return r.FirstTurnAt }),
	optionalDate("first_turn_day", func(r *schemas.EpisodeRow) (schemas.Date, schemas.Instant) { return r.FirstTurnDay, r.FirstTurnAt }),
	value("first_responder_kind", func(r *schemas.EpisodeRow) string { return r.FirstResponse.Kind }),
	optionalInstant("handed_off_at", func(r *schemas.EpisodeRow) schemas.Instant { return r.HandedOffAt }),
	optionalInstant("waiting_since", func(r *schemas.EpisodeRow) schemas.Instant { return r.WaitingSince }),
	optionalInstant("waiting_human_since", func(r *schemas.EpisodeRow) schemas.Instant { return r.WaitingHumanSince }),
	value("is_answered", func(r *schemas.EpisodeRow) bool { return r.Answered }),
	value("is_answered_by_human", func(r *schemas.EpisodeRow) bool { return r.AnsweredByHuman }),
	value("auto_replied", func(r *schemas.EpisodeRow) bool { return r.AutoReplied }),
	value("closed_unanswered", func(r *schemas.EpisodeRow) bool { return r.ClosedUnanswered }),
},
	response("first_response", "first_responder", func(r *schemas.EpisodeRow) schemas.Response { return r.FirstResponse }),
	response("human_first_response", "human_first_responder", func(r *schemas.EpisodeRow) schemas.Response { return r.HumanFirstResponse }),
	response("human_first_response_from_start", "human_first_responder_from_start", func(r *schemas.EpisodeRow) schemas.Response { return r.HumanFromStart }),
	response("agent_first_response", "agent_first_responder", func(r *schemas.EpisodeRow) schemas.Response { return r.AgentFirstResponse }))

// response makes the columns of a first response, null where there is none.
func response(name, responder string, get func(*schemas.EpisodeRow) schemas.Response) []column[schemas.EpisodeRow] {
	return append(lasted(name, func(r *schemas.EpisodeRow) (schemas.Lasted, bool) {
		found := get(r)
		return found.Lasted, found.At != 0
	}),
		optionalInstant(name+"_at", func(r *schemas.EpisodeRow) schemas.Instant { return get(r).At }),
		optionalDate(name+"_day", func(r *schemas.EpisodeRow) (schemas.Date, schemas.Instant) {
			found := get(r)
			return found.Day, found.At
		}),
		value(responder, func(r *schemas.EpisodeRow) string { return get(r).Responder }),
		value(name+"_team", func(r *schemas.EpisodeRow) string { return get(r).Team }),
		value(name+"_queue", func(r *schemas.EpisodeRow) string { return get(r).Queue }))
}
