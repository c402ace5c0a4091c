package schemas

import _ "embed"

// The Protobuf form of an event is read and written by hand, as the JSON form is written: what this package needs of the wire format is
// three wire types and the order of nothing, and generated code would neither be as strict (it takes a field that stands twice) nor fit
// a package of the standard library only. A test reads and writes with Google's library what is written and read here.

//go:embed events/event.proto
var eventProto string

// EventProto is the text of event.proto, the schema of the Protobuf form.
func EventProto() string { return eventProto }

// protobufField is a field of event.proto: its name, and where it is kept: a *string, **string, *bool, *int64, **int64, **int,
// **float64 or *[]string, which is all that is needed to know its Protobuf type.
type protobufField struct {
	name   string
	target func(w *wireEvent) any
}

// protobufFields are the fields by number. The encoder has the same numbers.
var protobufFields = [...]protobufField{
	1:  {"schema_version", func(w *wireEvent) any { return &w.SchemaVersion }},
	2:  {"type", func(w *wireEvent) any { return &w.Type }},
	3:  {"event_id", func(w *wireEvent) any { return &w.EventID }},
	4:  {"company", func(w *wireEvent) any { return &w.Company }},
	5:  {"occurred_at", func(w *wireEvent) any { return &w.times.occurredAt }},
	6:  {"conversation_id", func(w *wireEvent) any { return &w.ConversationID }},
	7:  {"agent_id", func(w *wireEvent) any { return &w.AgentID }},
	8:  {"message_id", func(w *wireEvent) any { return &w.MessageID }},
	9:  {"direction", func(w *wireEvent) any { return &w.Direction }},
	10: {"author_kind", func(w *wireEvent) any { return &w.AuthorKind }},
	11: {"customer_id", func(w *wireEvent) any { return &w.CustomerID }},
	12: {"channel", func(w *wireEvent) any { return &w.Channel }},
	13: {"text_length", func(w *wireEvent) any { return &w.TextLength }},
	14: {"status", func(w *wireEvent) any { return &w.Status }},
	15: {"seq", func(w *wireEvent) any { return &w.Seq }},
	16: {"visibility", func(w *wireEvent) any { return &w.Visibility }},
	17: {"kind", func(w *wireEvent) any { return &w.Kind }},
	18: {"delivery", func(w *wireEvent) any { return &w.Delivery }},
	19: {"origin", func(w *wireEvent) any { return &w.Origin }},
	20: {"text", func(w *wireEvent) any { return &w.Text }},
	21: {"team_id", func(w *wireEvent) any { return &w.TeamID }},
	22: {"owner_id", func(w *wireEvent) any { return &w.OwnerID }},
	23: {"owner_kind", func(w *wireEvent) any { return &w.OwnerKind }},
	24: {"queue", func(w *wireEvent) any { return &w.Queue }},
	25: {"tag", func(w *wireEvent) any { return &w.Tag }},
	26: {"reason", func(w *wireEvent) any { return &w.Reason }},
	27: {"action", func(w *wireEvent) any { return &w.Action }},
	28: {"presence", func(w *wireEvent) any { return &w.Presence }},
	29: {"label", func(w *wireEvent) any { return &w.Label }},
	30: {"device_id", func(w *wireEvent) any { return &w.DeviceID }},
	31: {"entry", func(w *wireEvent) any { return &w.Entry }},
	32: {"name", func(w *wireEvent) any { return &w.Name }},
	33: {"team_ids", func(w *wireEvent) any { return &w.TeamIDs }},
	34: {"role", func(w *wireEvent) any { return &w.Role }},
	35: {"hired_on", func(w *wireEvent) any { return &w.HiredOn }},
	36: {"removed", func(w *wireEvent) any { return &w.Removed }},
	37: {"starts_at", func(w *wireEvent) any { return &w.times.startsAt }},
	38: {"minutes", func(w *wireEvent) any { return &w.facts().Minutes }},
	39: {"agents_planned", func(w *wireEvent) any { return &w.facts().AgentsPlanned }},
	40: {"slots", func(w *wireEvent) any { return &w.facts().Slots }},
	41: {"visitors", func(w *wireEvent) any { return &w.facts().Visitors }},
	42: {"keywords", func(w *wireEvent) any { return &w.facts().Keywords }},
	43: {"sentiment", func(w *wireEvent) any { return &w.facts().Sentiment }},
	44: {"sentiment_model", func(w *wireEvent) any { return &w.facts().SentimentModel }},
	45: {"quick_reply", func(w *wireEvent) any { return &w.facts().QuickReply }},
	46: {"ai_intent", func(w *wireEvent) any { return &w.facts().Intent }},
	47: {"ai_confidence", func(w *wireEvent) any { return &w.facts().Confidence }},
	48: {"ai_fallback", func(w *wireEvent) any { return &w.facts().Fallback }},
	49: {"ai_unsafe", func(w *wireEvent) any { return &w.facts().Unsafe }},
	50: {"ai_unsafe_category", func(w *wireEvent) any { return &w.facts().UnsafeCategory }},
	51: {"ai_articles", func(w *wireEvent) any { return &w.facts().Articles }},
	52: {"ai_search", func(w *wireEvent) any { return &w.facts().Search }},
	53: {"ai_latency_ms", func(w *wireEvent) any { return &w.facts().LatencyMillis }},
	54: {"ai_flow", func(w *wireEvent) any { return &w.facts().Flow }},
	55: {"priority", func(w *wireEvent) any { return &w.facts().Priority }},
	56: {"tier", func(w *wireEvent) any { return &w.facts().Tier }},
	57: {"structured", func(w *wireEvent) any { return &w.facts().Structured }},
	58: {"rating", func(w *wireEvent) any { return &w.facts().Rating }},
	59: {"score", func(w *wireEvent) any { return &w.facts().Score }},
	60: {"dimension", func(w *wireEvent) any { return &w.facts().Dimension }},
	61: {"rater_id", func(w *wireEvent) any { return &w.facts().Rater }},
	62: {"rater_kind", func(w *wireEvent) any { return &w.facts().RaterKind }},
}

// facts makes room for what few events tell, as encoding/json does.
func (w *wireEvent) facts() *Facts {
	if w.Facts == nil {
		w.Facts = &Facts{}
	}
	return w.Facts
}
