package schemas

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
