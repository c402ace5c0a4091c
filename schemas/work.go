package schemas

// Work is what an episode took. Its durations are known once it is closed.
type Work struct {
	Handled      bool   // a person held it or replied
	Open         Lasted // from opened to closed
	OpenActive   Lasted // … without snoozed and on hold
	Handle       Lasted // while at least one person held it, not snoozed, and the work after the contact
	ActiveHandle Lasted // gaps between its messages, those that are not too long
	AfterContact Lasted // part of Handle
	HasAIHandle  bool   // an AI served it, and no person ever did
	AIHandle     Lasted // … the time of that
}

// Transfer is an owner, team or queue giving an episode to another.
type Transfer struct {
	At                 Instant
	Day                Date
	Kind               string // agent, team or queue
	Reason             string // transferred or reassigned
	FromAgent, ToAgent string
	FromTeam, ToTeam   string
	FromQueue, ToQueue string
}

// Escalation is a supervisor or another tier coming in.
type Escalation struct {
	At    Instant
	Day   Date
	Kind  string // join, takeover or tier
	Agent string // who came in
	Tier  string
	Owner string // at that moment
	Team  string
}

// ReplyRow is an answered wait: a message by a person or an AI that the customer waited for.
type ReplyRow struct {
	Meta
	Company      string
	Conversation string
	Life         int64  // as in EpisodeRow
	Number       uint32 // 1, 2, … within that life
	Episode      uint32
	Kind         string // of the episode
	WaitsFor     string // any or human: the clock
	Stage        string // first or next reply of the episode
	WaitingSince Instant
	Response
	Hour     Instant // start of the local hour of the reply
	Channels []string
	Tags     []string
	Priority string
}

// HoldRow is an interval in which a person holds an open episode that is neither snoozed nor on hold, or works on it after the contact.
type HoldRow struct {
	Meta
	Company       string
	Conversation  string
	Life          int64  // as in EpisodeRow
	Number        uint32 // 1, 2, … within that life
	Episode       uint32
	Agent         string
	Kind          string // owner, joined, unowned (wrote last while nobody owns it) or after_contact
	Began         string // how: assigned, accepted, transferred, took_over, joined, supervision_intervened, replied, reopened, resumed or wrap_up_started
	StartedAt     Instant
	StartedDay    Date
	Ended         string  // how; "" while it lasts
	EndedAt       Instant // 0 while it lasts
	EndedDay      Date
	Lasted                // of one that ended
	AcceptedAt    Instant // when the agent accepted, else got it; 0 of parts that resume
	FirstReplyAt  Instant // the agent's first reply in it, if AcceptedAt is known
	FirstReply    Lasted  // from AcceptedAt to it
	FirstReplyDay Date
	Team          string // dimensions when it began
	Queue         string
	Channel       string
	Priority      string
}
