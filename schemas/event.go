package schemas

// SchemaVersion is the version of the event format that this program writes, and the newest that it reads.
const SchemaVersion = 1

// Event is one thing that happened: a message, a conversation's status, an agent's presence or a directory entry. Fields that the
// type does not use are empty.
type Event struct {
	SchemaVersion int     // version of the format it was written in
	Type          string  // one of EventTypes
	ID            string  // event_id: the producer's, the same over all retries
	Company       string  // whose floor it belongs to
	OccurredAt    Instant // when it happened, by the producer's clock
	Sequence      int64   // seq: the producer's order among events of one instant, 0 if it has none

	Conversation string // conversation_id: message, status, typing
	Agent        string // agent_id: author of a message, who did a status, or whom an agent or directory event is about
	Team         string // team_id: the new team of a status, or the team that a directory or schedule event is about
	Channel      string // one of Channels, "" if not told

	MessageID  string // message_id: message, delivery_updated
	Direction  string
	AuthorKind string
	Customer   string // customer_id: opaque, never a name; message, directory
	Visibility string
	Kind       string
	Delivery   string // message, delivery_updated
	Origin     string
	Text       string // message, noted; masked where this program wrote it, as its producer left it elsewhere
	TextLength int64  // length of the text in characters, before it was masked: message, noted

	Status    string
	Owner     string // owner_id: assigned, transferred
	OwnerKind string
	Queue     string // queued, handed_off, assigned, transferred, escalated; schedule
	Tag       string // tagged, untagged
	Reason    string // closed: one of CloseReasons; handed_off, declined, escalated: free

	Action   string // agent: one of Actions; company: one of FloorActions
	Presence string
	Label    string // the name of a custom presence, the text of an annotation
	Device   string // device_id: an agent may be on several

	Entry   string   // directory: one of Entries
	Name    string   // display name
	Teams   []string // team_ids of an agent
	Role    string
	HiredOn string // YYYY-MM-DD, "" if not told
	Removed bool   // the entry is no longer part of the floor

	Facts *Facts // what few events tell; nil if this one does not

	KeyID       KeyID   // of its Kafka key
	Offset      int64   // where it stands in its partition of the log
	AppendedAt  Instant // when the log took it (Kafka's timestamp); 0 before that
	Backfill    bool    // written with the right to be older than the horizon
	Live        bool    // counters take it: it was news when it was read, not part of a catch-up
	ContentHash uint64  // of its bytes: decides between two bodies of one event id
}

// Place notes where the log has the event and when it took it.
func (e *Event) Place(offset int64, appended Instant) {
	e.KeyID, e.Offset, e.AppendedAt = KeyIDOf(e.Key()), offset, appended
}

// Folds tells whether the aggregator reads the event. The others are checked and kept in the table events all the same: the numbers
// that they are for come later.
func (e *Event) Folds() bool {
	switch e.Type {
	case TypeMessage:
		return true
	case TypeStatus:
		return foldedStatuses[e.Status]
	case TypeAgent:
		return e.Action == ActionStatusChanged || e.Action == ActionHeartbeat || e.Action == ActionCapacity
	case TypeDirectory:
		return e.Entry != EntryCustomer
	default:
		return false
	}
}

var foldedStatuses = map[string]bool{
	StatusOpened: true, StatusAssigned: true, StatusUnassigned: true, StatusTransferred: true, StatusQueued: true, StatusDequeued: true,
	StatusHandedOff: true, StatusAccepted: true, StatusJoined: true, StatusLeft: true, StatusTookOver: true, StatusSupervisionIntervened: true,
	StatusSupervisionEnded: true, StatusEscalated: true, StatusSnoozed: true, StatusUnsnoozed: true, StatusOnHold: true, StatusOffHold: true,
	StatusWrapUpStarted: true, StatusWrapUpEnded: true, StatusPriorityChanged: true, StatusClosed: true, StatusReopened: true, StatusTagged: true, StatusUntagged: true, StatusDeliveryUpdated: true,
}
