package clickhouse

import (
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

var replyColumns = slices.Concat([]column[schemas.ReplyRow]{
	value("company", func(r *schemas.ReplyRow) string { return r.Company }),
	value("conversation_id", func(r *schemas.ReplyRow) string { return r.Conversation }),
	value("life", func(r *schemas.ReplyRow) int64 { return r.Life }),
	value("reply_no", func(r *schemas.ReplyRow) uint32 { return r.Number }),
	value("episode_no", func(r *schemas.ReplyRow) uint32 { return r.Episode }),
	value("kind", func(r *schemas.ReplyRow) string { return r.Kind }),
	value("waits_for", func(r *schemas.ReplyRow) string { return r.WaitsFor }),
	value("stage", func(r *schemas.ReplyRow) string { return r.Stage }),
	instant("waiting_since", func(r *schemas.ReplyRow) schemas.Instant { return r.WaitingSince }),
	instant("replied_at", func(r *schemas.ReplyRow) schemas.Instant { return r.At }),
	date("company_day", func(r *schemas.ReplyRow) schemas.Date { return r.Day }),
	instant("hour_start", func(r *schemas.ReplyRow) schemas.Instant { return r.Hour }),
	value("responder", func(r *schemas.ReplyRow) string { return r.Responder }),
	value("responder_kind", func(r *schemas.ReplyRow) string { return r.Response.Kind }),
	value("team", func(r *schemas.ReplyRow) string { return r.Team }),
	value("queue", func(r *schemas.ReplyRow) string { return r.Queue }),
	value("priority", func(r *schemas.ReplyRow) string { return r.Priority }),
	value("channel", func(r *schemas.ReplyRow) string { return r.Channel }),
	list("channels", func(r *schemas.ReplyRow) []string { return r.Channels }),
	list("tags", func(r *schemas.ReplyRow) []string { return r.Tags }),
}, lasted("reply", func(r *schemas.ReplyRow) (schemas.Lasted, bool) { return r.Lasted, !r.Deleted }),
	meta(func(r *schemas.ReplyRow) *schemas.Meta { return &r.Meta }))

var holdColumns = slices.Concat([]column[schemas.HoldRow]{
	value("company", func(r *schemas.HoldRow) string { return r.Company }),
	value("conversation_id", func(r *schemas.HoldRow) string { return r.Conversation }),
	value("life", func(r *schemas.HoldRow) int64 { return r.Life }),
	value("hold_no", func(r *schemas.HoldRow) uint32 { return r.Number }),
	value("episode_no", func(r *schemas.HoldRow) uint32 { return r.Episode }),
	value("agent_id", func(r *schemas.HoldRow) string { return r.Agent }),
	value("kind", func(r *schemas.HoldRow) string { return r.Kind }),
	value("began", func(r *schemas.HoldRow) string { return r.Began }),
	instant("started_at", func(r *schemas.HoldRow) schemas.Instant { return r.StartedAt }),
	date("started_day", func(r *schemas.HoldRow) schemas.Date { return r.StartedDay }),
	value("ended", func(r *schemas.HoldRow) string { return r.Ended }),
	optionalInstant("ended_at", func(r *schemas.HoldRow) schemas.Instant { return r.EndedAt }),
	optionalDate("ended_day", func(r *schemas.HoldRow) (schemas.Date, schemas.Instant) { return r.EndedDay, r.EndedAt }),
	optionalInstant("accepted_at", func(r *schemas.HoldRow) schemas.Instant { return r.AcceptedAt }),
	optionalInstant("first_reply_at", func(r *schemas.HoldRow) schemas.Instant { return r.FirstReplyAt }),
	optionalDate("first_reply_day", func(r *schemas.HoldRow) (schemas.Date, schemas.Instant) { return r.FirstReplyDay, r.FirstReplyAt }),
	value("team", func(r *schemas.HoldRow) string { return r.Team }),
	value("queue", func(r *schemas.HoldRow) string { return r.Queue }),
	value("priority", func(r *schemas.HoldRow) string { return r.Priority }),
	value("channel", func(r *schemas.HoldRow) string { return r.Channel }),
},
	lasted("held", func(r *schemas.HoldRow) (schemas.Lasted, bool) { return r.Lasted, r.EndedAt != 0 }),
	lasted("accept_to_reply", func(r *schemas.HoldRow) (schemas.Lasted, bool) { return r.FirstReply, r.FirstReplyAt != 0 }),
	meta(func(r *schemas.HoldRow) *schemas.Meta { return &r.Meta }))
