package schemas

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// complete checks the fields that the event's type needs, fills in defaults and empties fields that the type does not use. What is
// wrong is told all at once.
func (e *Event) complete(wire *wireEvent) error {
	var errs fieldErrors
	errs.id("event_id", e.ID)
	errs.id("company", e.Company)
	errs.whole("seq", e.Sequence)
	e.OccurredAt = errs.instant("occurred_at", wire.OccurredAt)
	common := Event{SchemaVersion: e.SchemaVersion, Type: e.Type, ID: e.ID, Company: e.Company, OccurredAt: e.OccurredAt, Sequence: e.Sequence}
	switch e.Type {
	case TypeMessage:
		*e = errs.message(common, e, wire)
	case TypeStatus:
		*e = errs.status(common, e)
	case TypeAgent:
		*e = errs.agent(common, e)
	case TypeDirectory:
		*e = errs.directory(common, e)
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
	e.TextLength = f.whole("text_length", in.TextLength)
	if wire.Text != nil {
		if len(*wire.Text) > MaxTextBytes {
			f.add("text", fmt.Sprintf("has %d bytes, at most %d", len(*wire.Text), MaxTextBytes))
		}
		e.TextLength = int64(utf8.RuneCountInString(*wire.Text))
	}
	if (e.AuthorKind == AuthorCustomer) != (e.Direction == DirectionIn) && e.AuthorKind != "" && e.Direction != "" {
		f.add("direction", "a message is \"in\" exactly when its author_kind is customer")
	}
	if (e.AuthorKind == AuthorHuman || e.AuthorKind == AuthorSupervisor) && in.Agent == "" {
		f.add("agent_id", "is missing; a message by a person of the company names its author")
	}
	return e
}

func (f *fieldErrors) status(e Event, in *Event) Event {
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
	}
	return e
}

func (f *fieldErrors) agent(e Event, in *Event) Event {
	e.Agent = f.id("agent_id", in.Agent)
	e.Device = f.optionalID("device_id", in.Device)
	e.Action = f.oneOf("action", in.Action, "", Actions)
	if e.Action == ActionStatusChanged {
		e.Presence = f.oneOf("presence", in.Presence, "", Presences)
	}
	if e.Presence == PresenceCustom {
		e.Label = f.text("label", in.Label)
	}
	return e
}

func (f *fieldErrors) directory(e Event, in *Event) Event {
	e.Entry = f.oneOf("entry", in.Entry, "", Entries)
	e.Name, e.Removed = f.text("name", in.Name), in.Removed
	if e.Entry == EntryTeam {
		e.Team = f.id("team_id", in.Team)
		return e
	}
	e.Agent = f.id("agent_id", in.Agent)
	e.Role = f.text("role", in.Role)
	if len(in.Teams) > MaxTeams {
		f.add("team_ids", fmt.Sprintf("has %d teams, at most %d", len(in.Teams), MaxTeams))
		return e
	}
	for i, team := range in.Teams {
		f.id(fmt.Sprintf("team_ids[%d]", i), team)
	}
	if len(in.Teams) > 0 { // an empty list is no list, so that equal entries are equal rows
		e.Teams = in.Teams
	}
	if in.HiredOn != "" {
		if date, err := ParseDate(in.HiredOn); err != nil || date.Time().Year() < 1900 || date.Time().Year() > 2299 {
			f.add("hired_on", "must be a date such as 2026-11-22, from 1900 to 2299")
		}
		e.HiredOn = in.HiredOn
	}
	return e
}

// id checks a name that must be there: up to MaxIDBytes, without control characters.
func (f *fieldErrors) id(field, value string) string {
	if value == "" {
		f.add(field, "is missing")
		return ""
	}
	return f.optionalID(field, value)
}

func (f *fieldErrors) optionalID(field, value string) string {
	return f.bounded(field, value, MaxIDBytes)
}
func (f *fieldErrors) text(field, value string) string {
	return f.bounded(field, value, MaxStringBytes)
}

func (f *fieldErrors) bounded(field, value string, limit int) string {
	if len(value) > limit {
		f.add(field, fmt.Sprintf("has %d bytes, at most %d", len(value), limit))
	} else if strings.ContainsFunc(value, isControl) {
		f.add(field, "has a control character")
	}
	return value
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

func (f *fieldErrors) oneOf(field, value, fallback string, allowed []string) string {
	if value == "" {
		value = fallback
	}
	if !slices.Contains(allowed, value) {
		problem := "must be one of "
		if value == "" {
			problem = "is missing; must be one of "
		}
		f.add(field, problem+strings.Join(allowed, ", "))
		return ""
	}
	return value
}

func (f *fieldErrors) optionalOneOf(field, value string, allowed []string) string {
	if value == "" {
		return ""
	}
	return f.oneOf(field, value, "", allowed)
}

// whole checks a number of 0 or more that a double holds exactly, as JSON producers in other languages have no more.
func (f *fieldErrors) whole(field string, value int64) int64 {
	if value < 0 || value > 1<<53-1 {
		f.add(field, "must be a whole number from 0 to 9007199254740991")
	}
	return value
}

func (f *fieldErrors) instant(field, value string) Instant {
	at, err := time.Parse(time.RFC3339Nano, value)
	if year := at.UTC().Year(); err != nil || !isStrictTime(value) || year < 1 || year > 9999 {
		f.add(field, "must be an RFC 3339 time such as 2026-11-22T09:30:00.250Z")
		return 0
	}
	return InstantOf(at)
}

// isStrictTime tells whether a time that time.Parse takes is RFC 3339 to the letter. Parse also takes an hour of one digit, a comma
// before the fraction and offsets of 24 hours or 60 minutes.
func isStrictTime(value string) bool {
	if value[len("2026-11-22T9")] == ':' || value[len("2026-11-22T09:30:00")] == ',' {
		return false
	}
	offset := value[len(value)-len("01:00"):]
	return strings.HasSuffix(value, "Z") || offset[:2] < "24" && offset[3:] < "60"
}

// jsonNames lists the names of a struct's JSON fields.
func jsonNames(v any) []string {
	var names []string
	for _, field := range reflect.VisibleFields(reflect.TypeOf(v)) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}
