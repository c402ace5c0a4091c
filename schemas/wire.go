package schemas

import "strings"

// wireEvent is the JSON form of an event: one flat object whose names are the promise to producers. The JSON Schemas in events/
// say the same; a test holds the two together.
type wireEvent struct {
	SchemaVersion *int   `json:"schema_version,omitempty"`
	Type          string `json:"type"`
	EventID       string `json:"event_id"`
	Company       string `json:"company"`
	OccurredAt    string `json:"occurred_at"`
	Seq           int64  `json:"seq,omitempty"`

	ConversationID string `json:"conversation_id,omitempty"`
	AgentID        string `json:"agent_id,omitempty"`
	TeamID         string `json:"team_id,omitempty"`
	Channel        string `json:"channel,omitempty"`

	MessageID  string `json:"message_id,omitempty"`
	Direction  string `json:"direction,omitempty"`
	AuthorKind string `json:"author_kind,omitempty"`
	CustomerID string `json:"customer_id,omitempty"`
	Visibility string `json:"visibility,omitempty"`
	Kind       string `json:"kind,omitempty"`
	Delivery   string `json:"delivery,omitempty"`
	Origin     string `json:"origin,omitempty"`
	Text       string `json:"text,omitempty"`
	TextLength *int64 `json:"text_length,omitempty"`

	Status    string `json:"status,omitempty"`
	OwnerID   string `json:"owner_id,omitempty"`
	OwnerKind string `json:"owner_kind,omitempty"`
	Queue     string `json:"queue,omitempty"`
	Tag       string `json:"tag,omitempty"`
	Reason    string `json:"reason,omitempty"`

	Action   string `json:"action,omitempty"`
	Presence string `json:"presence,omitempty"`
	Label    string `json:"label,omitempty"`
	DeviceID string `json:"device_id,omitempty"`

	Entry   string   `json:"entry,omitempty"`
	Name    string   `json:"name,omitempty"`
	TeamIDs []string `json:"team_ids,omitempty"`
	Role    string   `json:"role,omitempty"`
	HiredOn string   `json:"hired_on,omitempty"`
	Removed bool     `json:"removed,omitempty"`

	StartsAt string `json:"starts_at,omitempty"`
	*Facts          // nil unless one of its names is there

	times *wireTimes // nil in the JSON form
}

// wireTimes is what the Protobuf form has for occurred_at and starts_at: milliseconds since 1970-01-01T00:00:00Z.
type wireTimes struct {
	occurredAt *int64
	startsAt   int64 // 0 if it is not told, which no plan begins at
}

// tellsOccurred tells whether there is an occurred_at.
func (w *wireEvent) tellsOccurred() bool {
	return w.OccurredAt != "" || w.times != nil && w.times.occurredAt != nil
}

// occurredAt checks and reads occurred_at in whichever form it is. An envelope's time is a text in both.
func (w *wireEvent) occurredAt(errs *fieldErrors) Instant {
	switch {
	case w.times == nil || w.OccurredAt != "":
		return errs.instant("occurred_at", w.OccurredAt)
	case w.times.occurredAt == nil:
		errs.add("occurred_at", "is missing; must be milliseconds since 1970-01-01T00:00:00Z")
		return 0
	default:
		return errs.millis("occurred_at", *w.times.occurredAt)
	}
}

// startsAt is when a plan begins. occurred_at is held to its limits when the record is admitted; a plan's own time has nothing else to
// hold it than the years 2000 to 2199, as they are written, in Protobuf in UTC.
func (w *wireEvent) startsAt(errs *fieldErrors) Instant {
	at, text, before := Instant(0), w.StartsAt, len(*errs)
	switch {
	case w.times == nil:
		at = errs.instant("starts_at", text)
	case w.times.startsAt == 0:
		errs.add("starts_at", "is missing; must be milliseconds since 1970-01-01T00:00:00Z")
	default:
		at = errs.millis("starts_at", w.times.startsAt)
		text = at.String()
	}
	if len(*errs) == before && !strings.HasPrefix(text, "20") && !strings.HasPrefix(text, "21") {
		errs.add("starts_at", "must be in the years 2000 to 2199")
	}
	return at
}

// event copies the fields as they stand; complete checks them and fills in defaults.
func (w *wireEvent) event() Event {
	e := Event{
		SchemaVersion: SchemaVersion, Type: w.Type, ID: w.EventID, Company: w.Company, Sequence: w.Seq,
		Conversation: w.ConversationID, Agent: w.AgentID, Team: w.TeamID, Channel: w.Channel,
		MessageID: w.MessageID, Direction: w.Direction, AuthorKind: w.AuthorKind, Customer: w.CustomerID,
		Visibility: w.Visibility, Kind: w.Kind, Delivery: w.Delivery, Origin: w.Origin, Text: w.Text,
		Status: w.Status, Owner: w.OwnerID, OwnerKind: w.OwnerKind, Queue: w.Queue, Tag: w.Tag, Reason: w.Reason,
		Action: w.Action, Presence: w.Presence, Label: w.Label, Device: w.DeviceID,
		Entry: w.Entry, Name: w.Name, Teams: w.TeamIDs, Role: w.Role, HiredOn: w.HiredOn, Removed: w.Removed,
		Facts: w.Facts,
	}
	if w.SchemaVersion != nil {
		e.SchemaVersion = *w.SchemaVersion
	}
	if w.TextLength != nil {
		e.TextLength = *w.TextLength
	}
	return e
}
