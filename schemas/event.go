package schemas

// SchemaVersion is the version of the event format that this program writes, and the newest that it reads.
const SchemaVersion = 1

// Event types, the value of an event's "type".
const (
	TypeMessage   = "message"   // something was written in a conversation
	TypeStatus    = "status"    // a conversation changed: opened, assigned, closed, …
	TypeAgent     = "agent"     // an agent's presence
	TypeDirectory = "directory" // names, teams and roles of agents and teams
)

// Directions of a message, seen from the company.
const (
	DirectionIn  = "in"
	DirectionOut = "out"
)

// Author kinds of a message.
const (
	AuthorCustomer   = "customer"
	AuthorHuman      = "human"
	AuthorSupervisor = "supervisor"
	AuthorAI         = "ai"
	AuthorAutomation = "automation"
	AuthorCampaign   = "campaign"
	AuthorSystem     = "system"
)

// Visibilities of a message. Only public messages reach the customer.
const (
	VisibilityPublic  = "public"
	VisibilityNote    = "note"
	VisibilityWhisper = "whisper"
)

// Kinds of a message.
const (
	KindText     = "text"
	KindFile     = "file"
	KindReaction = "reaction"
	KindEdit     = "edit"
	KindDelete   = "delete"
	KindSurvey   = "survey"
)

// Delivery states of a message. A failed message counts as if it had never been sent.
const (
	DeliveryAccepted  = "accepted"
	DeliverySent      = "sent"
	DeliveryDelivered = "delivered"
	DeliveryRead      = "read"
	DeliveryFailed    = "failed"
)

// Origins of a message: the chat product, or the channel's own app beside it.
const (
	OriginProduct   = "product"
	OriginNativeApp = "native_app"
)

// Statuses of a conversation.
const (
	StatusOpened          = "opened"
	StatusAssigned        = "assigned"
	StatusUnassigned      = "unassigned"
	StatusTransferred     = "transferred"
	StatusQueued          = "queued"
	StatusDequeued        = "dequeued"
	StatusHandedOff       = "handed_off"
	StatusClosed          = "closed"
	StatusReopened        = "reopened"
	StatusTagged          = "tagged"
	StatusUntagged        = "untagged"
	StatusDeliveryUpdated = "delivery_updated"
)

// Owner kinds of a conversation.
const (
	OwnerHuman = "human"
	OwnerAI    = "ai"
)

// Reasons why a conversation was closed.
const (
	CloseResolved     = "resolved"
	CloseCustomerLeft = "customer_left"
	CloseTimeout      = "timeout"
	CloseSpam         = "spam"
	CloseMerged       = "merged"
	CloseAIResolved   = "ai_resolved"
)

// Actions of an agent event.
const (
	ActionStatusChanged = "status_changed"
	ActionHeartbeat     = "heartbeat"
)

// Presences of an agent, most available first.
const (
	PresenceAvailable = "available"
	PresenceBusy      = "busy"
	PresenceAway      = "away"
	PresenceCustom    = "custom"
	PresenceOffline   = "offline"
)

// RoleAI is the role of an agent of the directory that is no person. Such an agent is not part of the agents' numbers.
const RoleAI = "ai"

// Entries of a directory event.
const (
	EntryAgent = "agent"
	EntryTeam  = "team"
)

// Event is one thing that happened: a message, a conversation's status, an agent's presence or a directory entry. Fields that the
// type does not use are empty. The text of a message is not among them: it is dropped on reading, only its length stays.
type Event struct {
	SchemaVersion int     // version of the format it was written in
	Type          string  // TypeMessage, TypeStatus, TypeAgent or TypeDirectory
	ID            string  // event_id: the producer's, the same over all retries
	Company       string  // whose floor it belongs to
	OccurredAt    Instant // when it happened, by the producer's clock
	Sequence      int64   // seq: the producer's order among events of one instant, 0 if it has none

	Conversation string // conversation_id: message, status
	Agent        string // agent_id: author of a message, or whom an agent or directory event is about
	Team         string // team_id: the new team of a status, or the team that a directory event is about
	Channel      string // one of Channels, "" if not told

	MessageID  string // message_id: message, delivery_updated
	Direction  string
	AuthorKind string
	Customer   string // customer_id: opaque, never a name
	Visibility string
	Kind       string
	Delivery   string // message, delivery_updated
	Origin     string
	TextLength int64 // length of the text in characters

	Status    string
	Owner     string // owner_id: assigned, transferred
	OwnerKind string
	Queue     string // queued, handed_off, transferred
	Tag       string // tagged, untagged
	Reason    string // closed: one of CloseReasons; handed_off: free

	Action   string // agent: ActionStatusChanged or ActionHeartbeat
	Presence string
	Label    string // the name of a custom presence
	Device   string // device_id: an agent may be on several

	Entry   string   // directory: EntryAgent or EntryTeam
	Name    string   // display name
	Teams   []string // team_ids of an agent
	Role    string
	HiredOn string // YYYY-MM-DD, "" if not told
	Removed bool   // the entry is no longer part of the floor

	KeyID       KeyID   // of its Kafka key
	Offset      int64   // where it stands in its partition of the log
	AppendedAt  Instant // when the log took it (Kafka's timestamp); 0 before that
	Backfill    bool    // written with the right to be older than the horizon
	ContentHash uint64  // of its bytes: decides between two bodies of one event id
}

// Place notes where the log has the event and when it took it.
func (e *Event) Place(offset int64, appended Instant) {
	e.KeyID, e.Offset, e.AppendedAt = KeyIDOf(e.Key()), offset, appended
}

// Enumerations in the order in which documents list them.
var (
	EventTypes   = []string{TypeMessage, TypeStatus, TypeAgent, TypeDirectory}
	Directions   = []string{DirectionIn, DirectionOut}
	AuthorKinds  = []string{AuthorCustomer, AuthorHuman, AuthorSupervisor, AuthorAI, AuthorAutomation, AuthorCampaign, AuthorSystem}
	Visibilities = []string{VisibilityPublic, VisibilityNote, VisibilityWhisper}
	Kinds        = []string{KindText, KindFile, KindReaction, KindEdit, KindDelete, KindSurvey}
	Deliveries   = []string{DeliveryAccepted, DeliverySent, DeliveryDelivered, DeliveryRead, DeliveryFailed}
	Origins      = []string{OriginProduct, OriginNativeApp}
	Channels     = []string{"web", "app", "whatsapp", "sms", "messenger", "instagram", "x", "in_product", "email", "voice", "other"}
	Statuses     = []string{StatusOpened, StatusAssigned, StatusUnassigned, StatusTransferred, StatusQueued, StatusDequeued,
		StatusHandedOff, StatusClosed, StatusReopened, StatusTagged, StatusUntagged, StatusDeliveryUpdated}
	OwnerKinds   = []string{OwnerHuman, OwnerAI}
	CloseReasons = []string{CloseResolved, CloseCustomerLeft, CloseTimeout, CloseSpam, CloseMerged, CloseAIResolved}
	Actions      = []string{ActionStatusChanged, ActionHeartbeat}
	Presences    = []string{PresenceAvailable, PresenceBusy, PresenceAway, PresenceCustom, PresenceOffline}
	Entries      = []string{EntryAgent, EntryTeam}
)
