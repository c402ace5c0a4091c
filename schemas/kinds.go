package schemas

// Event types, the value of an event's "type".
const (
	TypeMessage   = "message"   // something was written in a conversation
	TypeStatus    = "status"    // a conversation changed: opened, assigned, closed, …
	TypeAgent     = "agent"     // an agent's presence
	TypeDirectory = "directory" // names, teams and roles of agents and teams, tiers of customers
	TypeSchedule  = "schedule"  // planned staffing
	TypeCompany   = "company"   // what concerns the whole floor: visitors, a release
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

	StatusOffered               = "offered" // to an agent, who accepts or declines
	StatusAccepted              = "accepted"
	StatusDeclined              = "declined"
	StatusJoined                = "joined" // an agent serves it beside the owner
	StatusLeft                  = "left"   // the end of joined
	StatusTookOver              = "took_over"
	StatusWhispered             = "whispered"
	StatusSupervisionStarted    = "supervision_started"
	StatusSupervisionEnded      = "supervision_ended"
	StatusSupervisionIntervened = "supervision_intervened"
	StatusSnoozed               = "snoozed"
	StatusUnsnoozed             = "unsnoozed"
	StatusOnHold                = "on_hold"
	StatusOffHold               = "off_hold"
	StatusWrapUpStarted         = "wrap_up_started" // work on it after the contact
	StatusWrapUpEnded           = "wrap_up_ended"
	StatusPriorityChanged       = "priority_changed"
	StatusNoted                 = "noted" // a note was written
	StatusRated                 = "rated" // by the customer
	StatusQAScored              = "qa_scored"
	StatusTierChanged           = "tier_changed" // of the customer
	StatusEscalated             = "escalated"    // to another tier of support
	StatusBookmarked            = "bookmarked"
	StatusUnbookmarked          = "unbookmarked"
	StatusAIFlowPaused          = "ai_flow_paused"
	StatusAIFlowResumed         = "ai_flow_resumed"
	StatusErased                = "erased" // what is known of it is to go
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
	ActionCapacity      = "capacity" // how many conversations the agent may hold
	ActionTyping        = "typing"
)

// Actions of a company event.
const (
	ActionVisitors   = "visitors"   // how many browse now
	ActionAnnotation = "annotation" // something to mark on boards
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
	EntryAgent    = "agent"
	EntryTeam     = "team"
	EntryCustomer = "customer"
)

// What a guardrail did with an unsafe answer of an AI.
const (
	UnsafeBlocked = "blocked"
	UnsafeSent    = "sent"
)

// What an AI's search of the knowledge base gave.
const (
	SearchFound  = "found"
	SearchFailed = "failed"
)

// Priorities of a conversation.
const (
	PriorityLow    = "low"
	PriorityNormal = "normal"
	PriorityHigh   = "high"
	PriorityUrgent = "urgent"
)

// Ratings by a customer. Each has a scale of whole numbers.
const (
	RatingCSAT   = "csat"   // 1 to 5
	RatingNPS    = "nps"    // 0 to 10
	RatingThumbs = "thumbs" // 0 down, 1 up
)

// Enumerations in the order in which documents list them.
var (
	EventTypes   = []string{TypeMessage, TypeStatus, TypeAgent, TypeDirectory, TypeSchedule, TypeCompany}
	Directions   = []string{DirectionIn, DirectionOut}
	AuthorKinds  = []string{AuthorCustomer, AuthorHuman, AuthorSupervisor, AuthorAI, AuthorAutomation, AuthorCampaign, AuthorSystem}
	Visibilities = []string{VisibilityPublic, VisibilityNote, VisibilityWhisper}
	Kinds        = []string{KindText, KindFile, KindReaction, KindEdit, KindDelete, KindSurvey}
	Deliveries   = []string{DeliveryAccepted, DeliverySent, DeliveryDelivered, DeliveryRead, DeliveryFailed}
	Origins      = []string{OriginProduct, OriginNativeApp}
	Channels     = []string{"web", "app", "whatsapp", "sms", "messenger", "instagram", "x", "in_product", "email", "voice", "other"}
	Statuses     = []string{StatusOpened, StatusAssigned, StatusUnassigned, StatusTransferred, StatusQueued, StatusDequeued,
		StatusHandedOff, StatusClosed, StatusReopened, StatusTagged, StatusUntagged, StatusDeliveryUpdated,
		StatusOffered, StatusAccepted, StatusDeclined, StatusJoined, StatusLeft, StatusTookOver, StatusWhispered, StatusSupervisionStarted,
		StatusSupervisionEnded, StatusSupervisionIntervened, StatusSnoozed, StatusUnsnoozed, StatusOnHold, StatusOffHold, StatusWrapUpStarted,
		StatusWrapUpEnded, StatusPriorityChanged, StatusNoted, StatusRated, StatusQAScored, StatusTierChanged, StatusEscalated, StatusBookmarked,
		StatusUnbookmarked, StatusAIFlowPaused, StatusAIFlowResumed, StatusErased}
	OwnerKinds   = []string{OwnerHuman, OwnerAI}
	CloseReasons = []string{CloseResolved, CloseCustomerLeft, CloseTimeout, CloseSpam, CloseMerged, CloseAIResolved}
	Actions      = []string{ActionStatusChanged, ActionHeartbeat, ActionCapacity, ActionTyping}
	FloorActions = []string{ActionVisitors, ActionAnnotation} // of a company event
	Presences    = []string{PresenceAvailable, PresenceBusy, PresenceAway, PresenceCustom, PresenceOffline}
	Entries      = []string{EntryAgent, EntryTeam, EntryCustomer}
	UnsafeStages = []string{UnsafeBlocked, UnsafeSent}
	Searches     = []string{SearchFound, SearchFailed}
	Priorities   = []string{PriorityLow, PriorityNormal, PriorityHigh, PriorityUrgent}
	Ratings      = []string{RatingCSAT, RatingNPS, RatingThumbs}
)
