package schemas

import (
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"
)

// complete checks the fields that the event's type needs, fills in defaults and empties fields that the type does not use. What is
// wrong is told all at once, after what is known to be wrong already.
func (e *Event) complete(wire *wireEvent, errs fieldErrors) error {
	errs.id("event_id", e.ID)
	errs.id("company", e.Company)
	errs.whole("seq", e.Sequence)
	e.OccurredAt = wire.occurredAt(&errs)
	common := Event{SchemaVersion: e.SchemaVersion, Type: e.Type, ID: e.ID, Company: e.Company, OccurredAt: e.OccurredAt, Sequence: e.Sequence}
	if e.Facts == nil {
		e.Facts = &noFacts
	}
	switch e.Type {
	case TypeMessage:
		*e = errs.message(common, e, wire)
	case TypeStatus:
		*e = errs.status(common, e, wire)
	case TypeAgent:
		*e = errs.agent(common, e)
	case TypeDirectory:
		*e = errs.directory(common, e)
	case TypeSchedule:
		*e = errs.schedule(common, e, wire)
	case TypeCompany:
		*e = errs.company(common, e)
	}
	return errs.reject()
}

func (f *fieldErrors) message(e Event, in *Event, wire *wireEvent) Event {
	e.Conversation = f.id("conversation_id", in.Conversation)
	e.MessageID = f.id("message_id", in.MessageID)
	e.Direction = f.oneOf("direction", in.Direction, "", Directions)
	e.AuthorKind = f.oneOf("author_kind", in.AuthorKind, "", AuthorKinds)
	e.Agent = f.optionalID("agent_id", in.Agent)
	e.Customer = f.optionalID("customer_id", in.Customer)
	e.Visibility = f.oneOf("visibility", in.Visibility, VisibilityPublic, Visibilities)
	e.Kind = f.oneOf("kind", in.Kind, KindText, Kinds)
	e.Delivery = f.oneOf("delivery", in.Delivery, DeliverySent, Deliveries)
	e.Origin = f.oneOf("origin", in.Origin, OriginProduct, Origins)
	e.Channel = f.optionalOneOf("channel", in.Channel, Channels)
	e.Text, e.TextLength = f.content(in, wire)
	if (e.AuthorKind == AuthorCustomer) != (e.Direction == DirectionIn) && e.AuthorKind != "" && e.Direction != "" {
		f.add("direction", "a message is \"in\" exactly when its author_kind is customer")
	}
	if (e.AuthorKind == AuthorHuman || e.AuthorKind == AuthorSupervisor) && in.Agent == "" {
		f.add("agent_id", "is missing; a message by a person of the company names its author")
	}
	if in.Facts != &noFacts {
		e.Facts = f.messageFacts(in.Facts).orNil()
	}
	return e
}

// content takes a text and its length. The producer's word for the length holds: masking makes another text of it, or none.
func (f *fieldErrors) content(in *Event, wire *wireEvent) (text string, length int64) {
	length = f.whole("text_length", in.TextLength)
	if len(in.Text) > MaxTextBytes {
		f.add("text", fmt.Sprintf("has %d bytes, at most %d", len(in.Text), MaxTextBytes))
	}
	if wire.TextLength == nil {
		length = int64(utf8.RuneCountInString(in.Text))
	}
	return in.Text, length
}

func (f *fieldErrors) messageFacts(in *Facts) Facts {
	facts := Facts{QuickReply: in.QuickReply, Keywords: f.ids("keywords", in.Keywords, MaxItems), AITurn: AITurn{
		Intent: f.optionalID("ai_intent", in.Intent), Confidence: f.number("ai_confidence", in.Confidence, 0, 1), Fallback: in.Fallback,
		Unsafe: f.optionalOneOf("ai_unsafe", in.Unsafe, UnsafeStages), Articles: f.ids("ai_articles", in.Articles, MaxItems),
		Search: f.optionalOneOf("ai_search", in.Search, Searches), LatencyMillis: f.count("ai_latency_ms", in.LatencyMillis, 0, maxWhole),
		Flow: f.optionalID("ai_flow", in.Flow),
	}}
	if facts.Sentiment = f.number("sentiment", in.Sentiment, -1, 1); in.Sentiment != nil {
		facts.SentimentModel = f.id("sentiment_model", in.SentimentModel)
	}
	if in.Unsafe != "" {
		facts.UnsafeCategory = f.id("ai_unsafe_category", in.UnsafeCategory)
	}
	return facts
}

func (f *fieldErrors) status(e Event, in *Event, wire *wireEvent) Event {
	e.Conversation = f.id("conversation_id", in.Conversation)
	e.Status = f.oneOf("status", in.Status, "", Statuses)
	e.Channel = f.optionalOneOf("channel", in.Channel, Channels)
	switch e.Status {
	case StatusAssigned, StatusTransferred:
		e.Owner = f.optionalID("owner_id", in.Owner)
		e.Team = f.optionalID("team_id", in.Team)
		e.Queue = f.optionalID("queue", in.Queue)
		if e.Owner != "" {
			e.OwnerKind = f.oneOf("owner_kind", in.OwnerKind, OwnerHuman, OwnerKinds)
		}
		if e.Owner == "" && e.Team == "" && e.Queue == "" {
			f.add("owner_id", "is missing; name the new owner_id, team_id or queue")
		}
	case StatusQueued:
		e.Queue = f.id("queue", in.Queue)
	case StatusHandedOff:
		e.Queue = f.optionalID("queue", in.Queue)
		e.Team = f.optionalID("team_id", in.Team)
		e.Reason = f.text("reason", in.Reason)
	case StatusClosed:
		e.Reason = f.oneOf("reason", in.Reason, CloseResolved, CloseReasons)
	case StatusTagged, StatusUntagged:
		e.Tag = f.id("tag", in.Tag)
	case StatusDeliveryUpdated:
		e.MessageID = f.id("message_id", in.MessageID)
		e.Delivery = f.oneOf("delivery", in.Delivery, "", Deliveries)
	case "", StatusOpened, StatusReopened, StatusUnassigned, StatusDequeued:
	default:
		f.work(&e, in, wire)
	}
	return e
}

// work takes the statuses that tell what people and AIs did with a conversation. Each may name who did it; some must.
func (f *fieldErrors) work(e *Event, in *Event, wire *wireEvent) {
	e.Agent = f.optionalID("agent_id", in.Agent)
	var facts Facts
	switch e.Status {
	case StatusOffered, StatusAccepted, StatusDeclined, StatusJoined, StatusLeft, StatusTookOver, StatusWhispered,
		StatusSupervisionStarted, StatusSupervisionEnded, StatusSupervisionIntervened, StatusWrapUpStarted, StatusWrapUpEnded:
		if in.Agent == "" {
			f.add("agent_id", "is missing; name the agent who did it, or to whom it was offered")
		}
		if e.Status == StatusDeclined {
			e.Reason = f.text("reason", in.Reason)
		}
	case StatusPriorityChanged:
		facts.Priority = f.oneOf("priority", in.Facts.Priority, "", Priorities)
	case StatusNoted:
		facts.Structured = in.Facts.Structured
		e.Text, e.TextLength = f.content(in, wire)
	case StatusRated:
		e.MessageID = f.optionalID("message_id", in.MessageID)
		facts.Rating = f.oneOf("rating", in.Facts.Rating, "", Ratings)
		facts.Score = f.rating(facts.Rating, in.Facts.Score)
	case StatusQAScored:
		e.MessageID = f.optionalID("message_id", in.MessageID)
		facts.Dimension = f.id("dimension", in.Facts.Dimension)
		facts.Score = f.neededNumber("score", in.Facts.Score, 0, 100)
		facts.Rater = f.id("rater_id", in.Facts.Rater)
		facts.RaterKind = f.oneOf("rater_kind", in.Facts.RaterKind, OwnerHuman, OwnerKinds)
	case StatusTierChanged:
		facts.Tier = f.id("tier", in.Facts.Tier)
	case StatusEscalated:
		facts.Tier = f.id("tier", in.Facts.Tier)
		e.Team = f.optionalID("team_id", in.Team)
		e.Queue = f.optionalID("queue", in.Queue)
		e.Reason = f.text("reason", in.Reason)
	case StatusAIFlowPaused, StatusAIFlowResumed:
		facts.Flow = f.optionalID("ai_flow", in.Facts.Flow)
	}
	e.Facts = facts.orNil()
}

func (f *fieldErrors) agent(e Event, in *Event) Event {
	e.Agent = f.id("agent_id", in.Agent)
	e.Device = f.optionalID("device_id", in.Device)
	e.Action = f.oneOf("action", in.Action, "", Actions)
	switch e.Action {
	case ActionStatusChanged:
		e.Presence = f.oneOf("presence", in.Presence, "", Presences)
		if e.Presence == PresenceCustom {
			e.Label = f.text("label", in.Label)
		}
	case ActionCapacity:
		e.Facts = &Facts{Slots: f.neededCount("slots", in.Facts.Slots, 0, MaxSlots)}
	case ActionTyping:
		e.Conversation = f.id("conversation_id", in.Conversation)
	}
	return e
}

func (f *fieldErrors) directory(e Event, in *Event) Event {
	e.Entry, e.Removed = f.oneOf("entry", in.Entry, "", Entries), in.Removed
	if e.Entry == EntryCustomer { // a customer has no name here, and gets none
		e.Customer = f.id("customer_id", in.Customer)
		e.Facts = Facts{Tier: f.optionalID("tier", in.Facts.Tier)}.orNil()
		return e
	}
	e.Name = f.text("name", in.Name)
	if e.Entry == EntryTeam {
		e.Team = f.id("team_id", in.Team)
		return e
	}
	e.Agent = f.id("agent_id", in.Agent)
	e.Role = f.text("role", in.Role)
	e.Teams = f.ids("team_ids", in.Teams, MaxTeams)
	if in.HiredOn != "" {
		if date, err := ParseDate(in.HiredOn); err != nil || date.Time().Year() < 1900 || date.Time().Year() > 2299 {
			f.add("hired_on", "must be a date such as 2026-11-22, from 1900 to 2299")
		}
		e.HiredOn = in.HiredOn
	}
	return e
}

func (f *fieldErrors) schedule(e Event, in *Event, wire *wireEvent) Event {
	e.Team = f.optionalID("team_id", in.Team)
	e.Queue = f.optionalID("queue", in.Queue)
	e.Facts = &Facts{
		StartsAt:      wire.startsAt(f),
		Minutes:       f.neededCount("minutes", in.Facts.Minutes, 1, MaxPlanMinutes),
		AgentsPlanned: f.neededCount("agents_planned", in.Facts.AgentsPlanned, 0, MaxAgentsPlanned),
	}
	return e
}

func (f *fieldErrors) company(e Event, in *Event) Event {
	e.Action = f.oneOf("action", in.Action, "", FloorActions)
	switch e.Action {
	case ActionVisitors:
		e.Channel = f.optionalOneOf("channel", in.Channel, Channels)
		e.Facts = &Facts{Visitors: f.neededCount("visitors", in.Facts.Visitors, 0, maxWhole)}
	case ActionAnnotation:
		if e.Label = f.text("label", in.Label); in.Label == "" {
			f.add("label", "is missing; tell what happened, such as the name of a release")
		}
	}
	return e
}

// jsonNames lists the names of a struct's JSON fields, those of embedded structs among them.
func jsonNames(v any) []string {
	var names []string
	for _, field := range reflect.VisibleFields(reflect.TypeOf(v)) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.Anonymous && name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}
