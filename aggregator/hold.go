package aggregator

import (
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

// Kinds of a hold.
const (
	holdOwner        = "owner"
	holdUnowned      = "unowned" // nobody owns it, and the person wrote last
	holdJoined       = "joined"
	holdAfterContact = "after_contact"
)

// How a hold begins or ends, where it is no status of the conversation that says so.
const (
	byReply      = "replied"    // nobody owned it, and the person wrote
	byReopening  = "reopened"   // the owner of before goes on
	byPause      = "paused"     // snoozed or on hold
	byResuming   = "resumed"    // the end of that
	byReassigned = "reassigned" // another owner came
)

// hold is an interval in which a person holds an open episode that is neither snoozed nor on hold (docs/rules.md R17), or works on it
// after the contact.
type hold struct {
	agent, kind  string
	episode      int
	began, ended string
	from, to     schemas.Instant // to is 0 while it lasts
	fromDay      schemas.Date
	toDay        schemas.Date
	lasted       schemas.Lasted
	acceptedAt   schemas.Instant // when the agent accepted, else got it; 0 in a part that resumes
	firstReplyAt schemas.Instant
	firstReply   schemas.Lasted
	replyDay     schemas.Date
	replyEvent   uint64
	team, queue  string
	channel      string
	priority     string
}

// addHold adds a hold of the latest episode, and gives its index.
func (f *fold) addHold(h hold, c *company) int {
	h.episode, h.fromDay = len(f.episodes), c.clocks.Calendar.Day(h.from).Date
	h.team, h.queue, h.channel, h.priority = f.team, f.queue, f.lastEpisode().channel, f.priority
	f.holds = append(f.holds, h)
	f.changedHolds = append(f.changedHolds, len(f.holds)-1)
	return len(f.holds) - 1
}

// finishHold notes the end of a hold.
func (f *fold) finishHold(i int, at schemas.Instant, how string, c *company) {
	h := &f.holds[i]
	h.to, h.toDay, h.ended, h.lasted = at, c.clocks.Calendar.Day(at).Date, how, c.clocks.Lasted(h.team, h.from, at)
	f.changedHolds = append(f.changedHolds, i)
}

// beginHold begins a hold of the open episode. The wall clock of handling runs while at least one lasts.
func (f *fold) beginHold(h hold, c *company) {
	ep := f.openEpisode()
	if len(f.held) == 0 {
		ep.heldSince = h.from
	}
	ep.handled = true
	f.held = append(f.held, f.addHold(h, c))
}

// endHold ends a hold that lasts.
func (f *fold) endHold(i int, at schemas.Instant, how string, c *company) {
	f.finishHold(i, at, how, c)
	f.held = slices.DeleteFunc(f.held, func(held int) bool { return held == i })
	if ep := f.openEpisode(); len(f.held) == 0 {
		ep.held.add(ep.heldSince, at)
		ep.heldSince = 0
	}
}

// holding is the index of the hold of a kind that an agent ("" for any) has now, -1 if there is none.
func (f *fold) holding(kind, agent string) int {
	for _, i := range f.held {
		if h := &f.holds[i]; h.kind == kind && (agent == "" || h.agent == agent) {
			return i
		}
	}
	return -1
}

// holdAsOwner brings the owner's hold in line with who owns the conversation, at an instant; began and ended tell how.
func (f *fold) holdAsOwner(at schemas.Instant, began, ended string, c *company) {
	ep := f.openEpisode()
	if ep == nil || ep.pausedSince != 0 {
		return
	}
	owner := ""
	if f.ownerKind == schemas.OwnerHuman {
		owner = f.owner
	}
	if i := f.holding(holdOwner, ""); i >= 0 {
		if f.holds[i].agent == owner {
			return
		}
		f.endHold(i, at, ended, c)
	}
	if owner == "" {
		return
	}
	if i := f.holding(holdUnowned, ""); i >= 0 {
		f.endHold(i, at, began, c)
	}
	from := max(at, ep.openedAt)
	h := hold{agent: owner, kind: holdOwner, began: began, from: from, acceptedAt: from}
	if began == byResuming {
		h.acceptedAt = 0
	}
	f.beginHold(h, c)
}

// accept moves the begin of the owner's hold to where the agent accepted: what was before is waiting, not handling.
func (f *fold) accept(at schemas.Instant, c *company) {
	i := f.holding(holdOwner, f.owner)
	if i < 0 {
		return
	}
	h := &f.holds[i]
	if h.began == schemas.StatusAccepted || h.firstReplyAt != 0 {
		return
	}
	if ep := f.openEpisode(); len(f.held) == 1 && ep.heldSince == h.from {
		ep.heldSince = at
	}
	h.began, h.from, h.fromDay, h.acceptedAt = schemas.StatusAccepted, at, c.clocks.Calendar.Day(at).Date, at
	f.changedHolds = append(f.changedHolds, i)
}

// replyOf notes a person's reply in the holds of the open episode. Where nobody owns the conversation, whoever wrote last holds it.
func (f *fold) replyOf(e *event, c *company) {
	if e.agent == "" {
		return
	}
	if ep := f.openEpisode(); f.owner == "" && ep.pausedSince == 0 && f.holding(holdJoined, e.agent) < 0 {
		if i := f.holding(holdUnowned, ""); i >= 0 && f.holds[i].agent != e.agent {
			f.endHold(i, e.at, byReply, c)
		}
		if f.holding(holdUnowned, e.agent) < 0 {
			f.beginHold(hold{agent: e.agent, kind: holdUnowned, began: byReply, from: e.at}, c)
		}
	}
	for _, i := range f.held {
		h := &f.holds[i]
		if h.agent != e.agent || h.acceptedAt == 0 || h.firstReplyAt != 0 {
			continue
		}
		h.firstReplyAt, h.firstReply, h.replyDay, h.replyEvent = e.at, c.clocks.Lasted(h.team, h.acceptedAt, e.at), c.clocks.Calendar.Day(e.at).Date, e.id
		f.changedHolds = append(f.changedHolds, i)
	}
}

// endHolds ends all holds.
func (f *fold) endHolds(at schemas.Instant, how string, c *company) {
	for len(f.held) > 0 {
		f.endHold(f.held[0], at, how, c)
	}
}

// pause takes snoozed and on hold: nobody holds the episode until it is resumed. A customer's turn ends a snooze, too.
func (f *fold) pause(e *event, c *company) {
	ep := f.openEpisode()
	if ep == nil || ep.pausedSince != 0 {
		f.ignored++
		return
	}
	f.paused = slices.Clone(f.held)
	f.endHolds(e.at, byPause, c)
	ep.pausedSince, ep.snoozed = e.at, e.status == schemas.StatusSnoozed
}

// resume takes the end of snoozed and on hold: those who held it, and the owner of now, go on.
func (f *fold) resume(at schemas.Instant, c *company) {
	ep := f.openEpisode()
	if ep == nil || ep.pausedSince == 0 {
		return
	}
	ep.paused.add(ep.pausedSince, at)
	ep.pausedSince, ep.snoozed = 0, false
	for _, i := range f.paused {
		if h := f.holds[i]; h.kind == holdJoined || h.kind == holdUnowned && f.owner == "" {
			f.beginHold(hold{agent: h.agent, kind: h.kind, began: byResuming, from: at}, c)
		}
	}
	f.paused = nil
	f.holdAsOwner(at, byResuming, byReassigned, c)
}

// join has somebody hold the episode beside its owner; leave ends that.
func (f *fold) join(e *event, c *company) {
	if ep := f.openEpisode(); ep == nil || e.agent == "" || f.holding(holdJoined, e.agent) >= 0 {
		f.ignored++
		return
	} else if ep.pausedSince != 0 {
		f.resume(e.at, c)
	}
	f.beginHold(hold{agent: e.agent, kind: holdJoined, began: e.status, from: e.at, acceptedAt: e.at}, c)
	f.escalate(e, escalationJoin, c)
}

func (f *fold) leave(e *event, c *company) {
	if i := f.holding(holdJoined, e.agent); i >= 0 {
		f.endHold(i, e.at, e.status, c)
	}
}
