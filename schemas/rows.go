package schemas

// Rows is what one flush writes: whole rows that replace older ones with the same key. A row whose Deleted is set carries only its
// key: the thing that it told of no longer exists.
type Rows struct {
	Events             []EventRow
	Episodes           []EpisodeRow
	ConversationDays   []ConversationDayRow
	ConversationAgents []ConversationAgentRow
	Replies            []ReplyRow
	Holds              []HoldRow
	AgentSpans         []AgentSpanRow
	Directory          []DirectoryRow
	Rejects            []RejectRow
	Calendar           []CalendarRow
}

// Append adds the rows of more.
func (r *Rows) Append(more Rows) {
	r.Events = append(r.Events, more.Events...)
	r.Episodes = append(r.Episodes, more.Episodes...)
	r.ConversationDays = append(r.ConversationDays, more.ConversationDays...)
	r.ConversationAgents = append(r.ConversationAgents, more.ConversationAgents...)
	r.Replies = append(r.Replies, more.Replies...)
	r.Holds = append(r.Holds, more.Holds...)
	r.AgentSpans = append(r.AgentSpans, more.AgentSpans...)
	r.Directory = append(r.Directory, more.Directory...)
	r.Rejects = append(r.Rejects, more.Rejects...)
	r.Calendar = append(r.Calendar, more.Calendar...)
}

// Len is the number of rows over all tables.
func (r *Rows) Len() int {
	return len(r.Events) + len(r.Episodes) + len(r.ConversationDays) + len(r.ConversationAgents) + len(r.Replies) + len(r.Holds) +
		len(r.AgentSpans) + len(r.Directory) + len(r.Rejects) + len(r.Calendar)
}

// Meta is what every versioned row carries.
type Meta struct {
	Version    uint64  // higher replaces lower; equal versions are equal rows
	Deleted    bool    // a tombstone
	AppendedAt Instant // when the log took the newest record of the row's key
}

// MakeVersion joins a generation with the offset of the newest record that the writer has seen of a row's key. Rows of a later
// generation replace those of earlier ones, whatever their offsets.
func MakeVersion(generation uint16, offset int64) uint64 {
	return uint64(generation)<<48 | uint64(offset)
}

// EventRow is an accepted event. Its version is that of [EventVersion].
type EventRow struct {
	Meta
	Event
}

// ContentBytes is how many of the first bytes of a content hash decide between two bodies of one event id.
const ContentBytes = 5

// offsetBits are those of an event row's version that the content hash leaves.
const offsetBits = 64 - 8*ContentBytes

// EventVersion is the version of an event's row: the complement of the content hash, then that of the offset. So of two bodies with
// one event id the one with the smaller hash stays, as in the fold, and of one body that came more than once the first record.
// Offsets that are apart by a multiple of 16,777,216 count as equal.
func EventVersion(content uint64, offset int64) uint64 {
	return ^content>>offsetBits<<offsetBits | ^uint64(offset)&(1<<offsetBits-1)
}

// Dimensions are what boards filter by, as they were when the row's fact was true.
type Dimensions struct {
	Team      string
	Owner     string // "" while nobody owns the conversation
	OwnerKind string // human or ai; "" without an owner
	Queue     string
	Priority  string
	Channel   string   // the first counted one of the episode
	Channels  []string // all of them, sorted
	Tags      []string // sorted
}

// Counts are counted messages by their author.
type Counts struct {
	Customer   uint32
	Human      uint32 // human and supervisor
	AI         uint32
	Automation uint32
}

// Response is an answer that a clock waited for.
type Response struct {
	At        Instant // of the reply; 0 if there was none
	Lasted            // from the clock's start to the reply
	Day       Date    // company day of the reply
	Responder string  // agent id of the author, "" if the producer did not tell
	Kind      string  // human or ai
	Team      string  // dimensions at the moment of the reply
	Queue     string
	Channel   string
}

// Lasted is a duration by both clocks.
type Lasted struct {
	Millis         int64 // of the wall clock
	BusinessMillis int64 // within business hours; the same where a company has none
}

// Seconds gives the duration by the wall clock, in seconds.
func (l Lasted) Seconds() float64 { return float64(l.Millis) / 1000 }

// Add gives the sum of two durations.
func (l Lasted) Add(more Lasted) Lasted {
	return Lasted{l.Millis + more.Millis, l.BusinessMillis + more.BusinessMillis}
}

// Less gives what is left of a duration without a part of it.
func (l Lasted) Less(part Lasted) Lasted {
	return Lasted{l.Millis - part.Millis, l.BusinessMillis - part.BusinessMillis}
}

// EpisodeRow is the way of a conversation from being opened to being closed.
type EpisodeRow struct {
	Meta
	Company       string
	Conversation  string
	Life          int64  // offset of the first record of this life of the conversation
	Number        uint32 // 1, 2, … within that life
	Kind          string // new or reopened
	Trigger       string // customer, broadcast_reply or business: what began it
	Open          bool
	OpenedAt      Instant
	OpenedDay     Date
	ClosedAt      Instant // 0 while open
	ClosedDay     Date
	CloseReason   string
	Customer      string
	Dimensions    // now while open, at the close afterwards
	Messages      Counts
	LastMessageAt Instant
	FirstTurnAt   Instant // first customer turn, 0 if none
	FirstTurnDay  Date
	FirstResponse Response
	// HumanFirstResponse starts at the hand-off if an AI served before, else at the first customer turn.
	HumanFirstResponse Response
	HumanFromStart     Response // from the first customer turn to the first human reply, whoever served between
	AcceptedAt         Instant  // first accept by a person, else first assignment to one; 0 if neither
	AgentFirstResponse Response // first human reply behind it, from there on
	HandedOffAt        Instant
	WaitingSince       Instant // first unanswered customer turn; 0 if nobody waits
	WaitingHumanSince  Instant // the same for an answer by a person
	Answered           bool    // there is a business reply: a wait is now for a next reply, not for the first
	AnsweredByHuman    bool
	AutoReplied        bool // automation wrote after a customer turn
	ClosedUnanswered   bool
	Work               Work
	Transfers          []Transfer
	PingPongs          uint32 // transfers that gave the conversation back to who had given it away
	Escalations        []Escalation
}

// ConversationDayRow is a conversation that had a counted message on a company day, as it stood after the last event before the
// day's end.
type ConversationDayRow struct {
	Meta
	Company              string
	Day                  Date
	Conversation         string
	Episode              uint32
	Open                 bool
	Customer             string
	Dimensions                   // Channels are those of the day
	WaitingFirstResponse bool    // the episode has a customer turn and no business reply, open or closed
	AutoReplied          bool    // automation wrote after a customer turn
	InitiatedAt          Instant // the customer began the conversation on this day; 0 otherwise
	InitiatedHour        Instant // start of that local hour
	InitiatedChannel     string  // of that message
	Trigger              string  // of an initiated conversation: customer or broadcast_reply
	FirstMessageAt       Instant
	LastMessageAt        Instant
	Messages             Counts
}

// ConversationAgentRow is an agent's part in a conversation.
type ConversationAgentRow struct {
	Meta
	Company        string
	Agent          string
	Conversation   string
	Life           int64   // as in EpisodeRow
	LastOutgoingAt Instant // last public message by this person that did not fail
	Messages       uint32
}

// AgentSpanRow is an interval in which an agent's presence stayed the same.
type AgentSpanRow struct {
	Meta
	Company         string
	Agent           string
	Device          string // "" if the producer does not tell devices apart
	StartedAt       Instant
	Presence        string
	Label           string  // of a custom presence
	EndedAt         Instant // 0 while it goes on
	LastHeartbeatAt Instant // 0 if its source sends none
	LeaseUntil      Instant // from here on the agent is offline unless a heartbeat comes; 0 without heartbeats
}

// AgentName names an agent of a company.
type AgentName struct{ Company, Agent string }

// DirectoryRow is an agent or a team.
type DirectoryRow struct {
	Meta
	Company string
	Entry   string // agent or team
	ID      string
	Name    string
	Teams   []string
	Role    string
	HiredOn string // YYYY-MM-DD or ""
	Removed bool
	Slots   *int64 // conversations that an agent may hold at a time, nil if never told
}

// RejectRow is a record that could not be used. It keeps where the record stands, never what it says.
type RejectRow struct {
	Topic      string
	Partition  int32
	Offset     int64
	AppendedAt Instant
	Reason     string
	Detail     string
	Bytes      uint32
	Version    uint64  // generation and offset
	Record     *Record // as it was read, for the topic of rejects; in no column
}

// Record is a record of the log as it was read.
type Record struct {
	Key, Value []byte
	Headers    []RecordHeader
}

// RecordHeader is one header of a record.
type RecordHeader struct {
	Name  string
	Value []byte
}

// CalendarRow is a company day.
type CalendarRow struct {
	Company     string
	Zone        string // in force when the day begins
	Day         Day
	Hours       []Hour
	ZoneVersion string
	Version     uint64 // of the zone data and the company's zones: newer ones replace older
	Deleted     bool   // the company has no such day: it changed its zone
}
