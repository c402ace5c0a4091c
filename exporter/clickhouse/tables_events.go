package clickhouse

import "github.com/floorwatch/floorwatch/schemas"

var eventColumns = append([]column[schemas.EventRow]{
	value("company", func(r *schemas.EventRow) string { return r.Company }),
	value("conversation_id", func(r *schemas.EventRow) string { return r.Conversation }),
	value("agent_id", func(r *schemas.EventRow) string { return r.Agent }),
	value("team_id", func(r *schemas.EventRow) string { return r.Team }),
	value("event_id", func(r *schemas.EventRow) string { return r.ID }),
	value("kafka_key", func(r *schemas.EventRow) string { return r.Key() }),
	value("scope", func(r *schemas.EventRow) string { return r.Scope() }),
	value("type", func(r *schemas.EventRow) string { return r.Type }),
	instant("occurred_at", func(r *schemas.EventRow) schemas.Instant { return r.OccurredAt }),
	value("sequence", func(r *schemas.EventRow) int64 { return r.Sequence }),
	value("channel", func(r *schemas.EventRow) string { return r.Channel }),
	value("message_id", func(r *schemas.EventRow) string { return r.MessageID }),
	value("direction", func(r *schemas.EventRow) string { return r.Direction }),
	value("author_kind", func(r *schemas.EventRow) string { return r.AuthorKind }),
	value("customer_id", func(r *schemas.EventRow) string { return r.Customer }),
	value("visibility", func(r *schemas.EventRow) string { return r.Visibility }),
	value("kind", func(r *schemas.EventRow) string { return r.Kind }),
	value("delivery", func(r *schemas.EventRow) string { return r.Delivery }),
	value("origin", func(r *schemas.EventRow) string { return r.Origin }),
	value("text", func(r *schemas.EventRow) string { return r.Text }),
	value("text_length", func(r *schemas.EventRow) uint64 { return uint64(r.TextLength) }),
	value("status", func(r *schemas.EventRow) string { return r.Status }),
	value("owner_id", func(r *schemas.EventRow) string { return r.Owner }),
	value("owner_kind", func(r *schemas.EventRow) string { return r.OwnerKind }),
	value("queue", func(r *schemas.EventRow) string { return r.Queue }),
	value("tag", func(r *schemas.EventRow) string { return r.Tag }),
	value("reason", func(r *schemas.EventRow) string { return r.Reason }),
	value("action", func(r *schemas.EventRow) string { return r.Action }),
	value("presence", func(r *schemas.EventRow) string { return r.Presence }),
	value("label", func(r *schemas.EventRow) string { return r.Label }),
	value("device_id", func(r *schemas.EventRow) string { return r.Device }),
	value("entry", func(r *schemas.EventRow) string { return r.Entry }),
	value("name", func(r *schemas.EventRow) string { return r.Name }),
	list("team_ids", func(r *schemas.EventRow) []string { return r.Teams }),
	value("role", func(r *schemas.EventRow) string { return r.Role }),
	value("hired_on", func(r *schemas.EventRow) *string { return optionalText(r.HiredOn) }),
	value("removed", func(r *schemas.EventRow) bool { return r.Removed }),
	list("keywords", func(r *schemas.EventRow) []string { return facts(r).Keywords }),
	value("sentiment", func(r *schemas.EventRow) *float64 { return facts(r).Sentiment }),
	value("sentiment_model", func(r *schemas.EventRow) string { return facts(r).SentimentModel }),
	value("quick_reply", func(r *schemas.EventRow) bool { return facts(r).QuickReply }),
	value("ai_intent", func(r *schemas.EventRow) string { return facts(r).Intent }),
	value("ai_confidence", func(r *schemas.EventRow) *float64 { return facts(r).Confidence }),
	value("ai_fallback", func(r *schemas.EventRow) bool { return facts(r).Fallback }),
	value("ai_unsafe", func(r *schemas.EventRow) string { return facts(r).Unsafe }),
	value("ai_unsafe_category", func(r *schemas.EventRow) string { return facts(r).UnsafeCategory }),
	list("ai_articles", func(r *schemas.EventRow) []string { return facts(r).Articles }),
	value("ai_search", func(r *schemas.EventRow) string { return facts(r).Search }),
	value("ai_latency_ms", func(r *schemas.EventRow) *int64 { return facts(r).LatencyMillis }),
	value("ai_flow", func(r *schemas.EventRow) string { return facts(r).Flow }),
	value("priority", func(r *schemas.EventRow) string { return facts(r).Priority }),
	value("tier", func(r *schemas.EventRow) string { return facts(r).Tier }),
	value("structured", func(r *schemas.EventRow) bool { return facts(r).Structured }),
	value("rating", func(r *schemas.EventRow) string { return facts(r).Rating }),
	value("score", func(r *schemas.EventRow) *float64 { return facts(r).Score }),
	value("dimension", func(r *schemas.EventRow) string { return facts(r).Dimension }),
	value("rater_id", func(r *schemas.EventRow) string { return facts(r).Rater }),
	value("rater_kind", func(r *schemas.EventRow) string { return facts(r).RaterKind }),
	value("slots", func(r *schemas.EventRow) *int64 { return facts(r).Slots }),
	optionalInstant("starts_at", func(r *schemas.EventRow) schemas.Instant { return facts(r).StartsAt }),
	value("minutes", func(r *schemas.EventRow) *int64 { return facts(r).Minutes }),
	value("agents_planned", func(r *schemas.EventRow) *int64 { return facts(r).AgentsPlanned }),
	value("visitors", func(r *schemas.EventRow) *int64 { return facts(r).Visitors }),
	value("backfill", func(r *schemas.EventRow) bool { return r.Backfill }),
}, meta(func(r *schemas.EventRow) *schemas.Meta { return &r.Meta })...)

var noFacts schemas.Facts

// facts are those of an event, empty ones if it has none.
func facts(r *schemas.EventRow) *schemas.Facts {
	if r.Facts == nil {
		return &noFacts
	}
	return r.Facts
}
