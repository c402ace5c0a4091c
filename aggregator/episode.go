package aggregator

import "github.com/floorwatch/floorwatch/schemas"

// Kinds and triggers of an episode.
const (
	kindNew      = "new"
	kindReopened = "reopened"

	triggerCustomer       = "customer"
	triggerBroadcastReply = "broadcast_reply"
	triggerBusiness       = "business"
)

// episode is the way of a conversation from being opened to being closed (docs/rules.md R6).
type episode struct {
	dimensions
	customer      string
	kind, trigger string
	openedAt      schemas.Instant
	openedDay     schemas.Date
	closedAt      schemas.Instant // 0 while open
	closedDay     schemas.Date
	reason        string
	channel       string   // first counted one
	channels      []string // sorted, never changed in place
	messages      schemas.Counts
	lastMessageAt schemas.Instant
	waits
	work
	transfers   []transfer
	gaveAway    string // who gave it away last
	pingPongs   uint32
	escalations []escalation
	closing     uint64 // id of the event that closed it
}

// openByMessage begins an episode at a counted message. The first one of a conversation begins when it was opened, unless a campaign
// or the system wrote before.
func (f *fold) openByMessage(e *event, c *company) {
	ep := episode{openedAt: e.at}
	if f.session == sessionOpen && !f.addressed {
		ep.openedAt = f.openedAt
	} else {
		f.ownedSince, f.accepted = 0, 0
	}
	f.begin(ep, c)
}

// openByStatus takes opened and reopened. Before the first counted message they only say since when the conversation is open.
func (f *fold) openByStatus(e *event, c *company) {
	if f.session == sessionOpen {
		f.ignored++
		return
	}
	f.closedBefore = f.closedBefore || e.status == schemas.StatusReopened && !f.addressed
	f.session, f.openedAt = sessionOpen, e.at
	f.ownedSince, f.accepted = 0, 0
	if f.entered {
		f.begin(episode{openedAt: e.at}, c)
	}
}

func (f *fold) begin(ep episode, c *company) {
	ep.kind, ep.openedDay = kindNew, c.clocks.Calendar.Day(ep.openedAt).Date
	if f.closedBefore {
		ep.kind = kindReopened
	}
	ep.dimensions = f.dimensions
	f.session = sessionOpen
	f.endAfterContact(ep.openedAt, schemas.StatusReopened, c)
	f.episodes = append(f.episodes, ep)
	f.worked, f.had, f.workers = false, f.person(), nil
	if f.accepted != 0 {
		f.workers = []string{f.owner}
	}
	since, began := max(ep.openedAt, f.ownedSince), byReopening
	switch {
	case f.accepted != 0:
		since, began = f.accepted, schemas.StatusAccepted
	case f.ownedSince != 0 || ep.kind == kindNew:
		began = schemas.StatusAssigned
	}
	f.holdAsOwner(since, began, c)
	if last := f.lastEpisode(); f.ownerKind == schemas.OwnerHuman && f.owner != "" {
		last.accept(since, f.accepted != 0)
	} else if f.ownerKind == schemas.OwnerAI {
		last.aiSince = since
	}
}

func (f *fold) close(e *event, c *company) {
	if f.session == sessionClosed {
		f.ignored++
		return
	}
	if ep := f.openEpisode(); ep != nil {
		f.endHolds(e.at, e.status, c)
		ep.closedAt, ep.closedDay, ep.reason = e.at, c.clocks.Calendar.Day(e.at).Date, e.reason
		ep.endWaits()
		f.finishWork(ep, c)
		ep.closing = e.id
	}
	f.paused = nil
	switch {
	case f.entered:
		f.closedBefore, f.addressed, f.broadcast = true, false, false
	case f.session == sessionUnknown && !f.addressed:
		f.closedBefore = true // it has a life from before the log begins
	}
	f.session = sessionClosed
}

// message takes a counted message of the open episode.
func (ep *episode) message(e *event, f *fold, c *company) {
	if ep.trigger == "" {
		ep.trigger = triggerOf(e, f.broadcast)
		f.addressed, f.broadcast = false, false
	}
	channel := f.channelOf(e)
	if ep.channel == "" {
		ep.channel = channel
		f.touchHoldsOf(len(f.episodes)) // they tell it, too
	}
	ep.channels = with(ep.channels, channel)
	ep.gap(e, ep.lastMessageAt)
	ep.lastMessageAt = e.at
	count(&ep.messages, e)
	ep.waits.message(e, f, c)
	if e.isHuman() && e.isReply() {
		ep.Handled = true
		f.workers = with(f.workers, e.agent)
	}
}

func triggerOf(e *event, broadcast bool) string {
	switch {
	case e.author != schemas.AuthorCustomer:
		return triggerBusiness
	case broadcast:
		return triggerBroadcastReply
	default:
		return triggerCustomer
	}
}

// messageAfterClose takes a message of the company in a closed conversation. It opens nothing and is no sample, but whoever it
// reaches no longer waits for a first response.
func (ep *episode) messageAfterClose(e *event) {
	ep.answered = ep.answered || e.isReply()
	ep.answeredByHuman = ep.answeredByHuman || e.isReply() && e.isHuman()
}

// channelOf gives a message's channel: its own, else the conversation's last one.
func (f *fold) channelOf(e *event) string {
	switch {
	case e.channel != "":
		return e.channel
	case f.channel != "":
		return f.channel
	default:
		return "other"
	}
}

func count(counts *schemas.Counts, e *event) {
	switch e.author {
	case schemas.AuthorCustomer:
		counts.Customer++
	case schemas.AuthorHuman, schemas.AuthorSupervisor:
		counts.Human++
	case schemas.AuthorAI:
		counts.AI++
	case schemas.AuthorAutomation:
		counts.Automation++
	}
}
