package aggregator

import (
	"cmp"

	"github.com/floorwatch/floorwatch/schemas"
)

// session is whether a conversation is open, as its statuses and messages have it.
type session uint8

const (
	sessionUnknown session = iota // nothing told yet
	sessionOpen
	sessionClosed
)

// fold is what the events of a conversation up to some point add up to. Stepping it through the whole log in order gives the rows.
type fold struct {
	dimensions
	customer string
	channel  string // last one told

	entered      bool // a counted message came: the conversation exists for every metric
	addressed    bool // a campaign or the system wrote while it was not open
	broadcast    bool // … a campaign did
	session      session
	openedAt     schemas.Instant // of a session that has no counted message yet
	closedBefore bool

	ignored int // statuses that changed nothing, such as a second opened or closed

	had        string          // the person who owned it last in the episode and was not said to have transferred it
	workers    []string        // people who accepted or replied in the episode, sorted
	ownedSince schemas.Instant // when who owns it now got it; 0 if that was before the session that is open
	accepted   schemas.Instant // likewise, when they accepted
	worked     bool            // who owns it now accepted or replied since getting it
	writer     string          // the person who wrote last since nobody owns it

	episodes []episode
	days     []day
	parts    []part
	replies  []reply
	holds    []hold
	held     []int    // holds that last
	paused   []string // who joined and holds it again when the pause ends

	changedHolds []int // by the last step
}

// step takes the next event in order.
func (f *fold) step(e *event, c *company) {
	f.changedHolds = f.changedHolds[:0]
	owner := f.owner
	if e.channel != "" && !e.void {
		f.channel = e.channel
	}
	if e.message {
		f.message(e, c)
	} else {
		f.status(e, c)
	}
	if ep := f.openEpisode(); ep != nil {
		ep.dimensions, ep.customer = f.dimensions, f.customer
	}
	f.stepOwner(e, owner)
	f.stepDay(e, c)
}

// stepOwner keeps who had the conversation and who worked on it, for the holds and transfers of later events.
func (f *fold) stepOwner(e *event, before string) {
	if f.owner != "" || f.openEpisode() == nil {
		f.writer = ""
	}
	if f.ownerKind == schemas.OwnerHuman || e.status == schemas.StatusTransferred {
		f.had = f.person()
	}
	works := e.status == schemas.StatusAccepted || e.isReply() && e.isHuman() && !e.void
	f.worked = f.worked && f.owner == before || works && f.owner != "" && f.owner == e.agent
}

// person is who owns the conversation, "" unless it is a person.
func (f *fold) person() string {
	if f.ownerKind != schemas.OwnerHuman {
		return ""
	}
	return f.owner
}

// openEpisode is the latest episode if it is open.
func (f *fold) openEpisode() *episode {
	if n := len(f.episodes); n > 0 && f.episodes[n-1].closedAt == 0 {
		return &f.episodes[n-1]
	}
	return nil
}

// lastEpisode is the latest episode, open or closed, or nil.
func (f *fold) lastEpisode() *episode {
	if n := len(f.episodes); n > 0 {
		return &f.episodes[n-1]
	}
	return nil
}

// message takes a message. Only counted ones move anything; a campaign never makes a conversation active and answers nobody. A
// customer turn opens a conversation that is not open; a message of the company opens one only if nothing was known of it.
func (f *fold) message(e *event, c *company) {
	if e.void {
		return
	}
	if e.author == schemas.AuthorCampaign || e.author == schemas.AuthorSystem {
		closed := f.openEpisode() == nil
		f.addressed = f.addressed || closed
		f.broadcast = f.broadcast || closed && e.author == schemas.AuthorCampaign
		return
	}
	if !e.counted {
		return
	}
	if e.customer != "" {
		f.customer = e.customer
	}
	turn := e.author == schemas.AuthorCustomer
	if ep := f.openEpisode(); turn && ep != nil && ep.snoozed {
		f.resume(e.at, "", c)
	}
	if f.openEpisode() == nil && (turn || f.session != sessionClosed) {
		f.openByMessage(e, c)
	}
	f.entered = true
	if ep := f.openEpisode(); ep != nil {
		ep.message(e, f, c)
	} else if ep := f.lastEpisode(); ep != nil && !turn {
		ep.messageAfterClose(e)
	}
	f.stepPart(e)
}

// status takes a status of the conversation. A second opened or closed changes nothing.
func (f *fold) status(e *event, c *company) {
	switch e.status {
	case schemas.StatusOpened, schemas.StatusReopened:
		f.openByStatus(e, c)
	case schemas.StatusClosed:
		f.close(e, c)
	case schemas.StatusAssigned, schemas.StatusTransferred, schemas.StatusAccepted:
		f.give(e, c)
	case schemas.StatusUnassigned:
		f.owner, f.ownerKind = "", ""
		f.holdAsOwner(e.at, e.status, c)
	case schemas.StatusQueued:
		f.queue = e.queue
	case schemas.StatusDequeued:
		f.queue = ""
	case schemas.StatusHandedOff:
		f.handOff(e, c)
	case schemas.StatusPriorityChanged:
		f.priority = e.priority
	case schemas.StatusTagged:
		f.tags = with(f.tags, e.tag)
	case schemas.StatusUntagged:
		f.tags = without(f.tags, e.tag)
	default:
		f.workStatus(e, c)
	}
}

// workStatus takes what tells of the work on a conversation.
func (f *fold) workStatus(e *event, c *company) {
	switch e.status {
	case schemas.StatusSnoozed, schemas.StatusOnHold:
		f.pause(e, c)
	case schemas.StatusUnsnoozed, schemas.StatusOffHold:
		f.resume(e.at, "", c)
	case schemas.StatusJoined, schemas.StatusSupervisionIntervened:
		f.join(e, c)
	case schemas.StatusLeft, schemas.StatusSupervisionEnded:
		f.leave(e, c)
	case schemas.StatusTookOver:
		f.takeOver(e, c)
	case schemas.StatusEscalated:
		f.escalate(e, escalationTier, c)
	case schemas.StatusWrapUpStarted:
		f.beginAfterContact(e, c)
	case schemas.StatusWrapUpEnded:
		f.endAfterContact(e.at, e.status, c)
	}
}

// give takes a status that names a new owner, team or queue. Whoever accepts a conversation owns it.
func (f *fold) give(e *event, c *company) {
	before := f.placement()
	if e.status == schemas.StatusTransferred {
		f.owner, f.ownerKind = "", ""
	}
	if f.assign(e); e.status == schemas.StatusAccepted && e.agent != "" {
		f.owner, f.ownerKind = e.agent, schemas.OwnerHuman
	}
	if f.owner != before.owner {
		f.ownedSince, f.accepted = e.at, 0
	}
	f.noteTransfer(e, before, c)
	f.holdAsOwner(e.at, e.status, c)
	ep := f.openEpisode()
	if ep != nil && f.ownerKind == schemas.OwnerHuman {
		ep.accept(e.at, e.status == schemas.StatusAccepted)
	}
	if ep != nil && f.ownerKind == schemas.OwnerAI && ep.aiSince == 0 {
		ep.aiSince = e.at
	}
	if e.status == schemas.StatusAccepted {
		f.workers, f.accepted = with(f.workers, f.owner), cmp.Or(f.accepted, e.at)
		f.moveHoldToAccept(e.at, c)
	}
}

// assign sets the parts that the event names; a part that it leaves out stays as it is.
func (f *fold) assign(e *event) {
	if e.owner != "" {
		f.owner, f.ownerKind = e.owner, e.ownerKind
	}
	if e.team != "" {
		f.team = e.team
	}
	if e.queue != "" {
		f.queue = e.queue
	}
}

// handOff passes a conversation from an AI to people: an AI that owned it no longer does, and the customer waits for a person.
func (f *fold) handOff(e *event, c *company) {
	if f.ownerKind == schemas.OwnerAI {
		f.owner, f.ownerKind = "", ""
	}
	f.assign(e)
	f.holdAsOwner(e.at, e.status, c)
	if ep := f.openEpisode(); ep != nil {
		ep.handOff(e.at)
	}
}
