package aggregator

import (
	"cmp"
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
	byReply     = "replied"  // nobody owned it, and the person wrote
	byReopening = "reopened" // the owner of before goes on
	byPause     = "paused"   // snoozed or on hold
	byResuming  = "resumed"  // the end of that
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
	priority     string
}

// addHold adds a hold of the latest episode, and gives its index.
func (f *fold) addHold(h hold, c *company) int {
	h.episode, h.fromDay = len(f.episodes), c.clocks.Calendar.Day(h.from).Date
	h.team, h.queue, h.priority = f.team, f.queue, f.priority
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

// beginHold begins a hold of the open episode.
func (f *fold) beginHold(h hold, c *company) {
	f.openEpisode().Handled = true
	f.held = append(f.held, f.addHold(h, c))
}

// endHold ends a hold that lasts.
func (f *fold) endHold(i int, at schemas.Instant, how string, c *company) {
	f.finishHold(i, at, how, c)
	f.held = slices.DeleteFunc(f.held, func(held int) bool { return held == i })
}

// handleTime is the time in which at least one person held the latest episode, all of whose holds have ended, by the clocks of its
// team.
func (f *fold) handleTime(c *company) (handled schemas.Lasted) {
	team := f.lastEpisode().team
	var holds []hold
	for i := len(f.holds) - 1; i >= 0 && f.holds[i].episode == len(f.episodes); i-- {
		if f.holds[i].kind != holdAfterContact {
			holds = append(holds, f.holds[i])
		}
	}
	slices.SortFunc(holds, func(a, b hold) int { return cmp.Compare(a.from, b.from) })
	var until schemas.Instant
	for i := range holds {
		if from, to := max(until, holds[i].from), holds[i].to; from < to {
			handled, until = handled.Add(c.clocks.Lasted(team, from, to)), to
		}
	}
	return handled
}

// touchHoldsOf reports the holds of an episode as changed.
func (f *fold) touchHoldsOf(episode int) {
	for i := len(f.holds) - 1; i >= 0 && f.holds[i].episode == episode; i-- {
		f.changedHolds = append(f.changedHolds, i)
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

// joined are the agents who hold it beside its owner now.
func (f *fold) joined() (agents []string) {
	for _, i := range f.held {
		if h := &f.holds[i]; h.kind == holdJoined {
			agents = append(agents, h.agent)
		}
	}
	return agents
}

// holdAsOwner brings the owner's hold in line with who owns the conversation, at an instant; how tells what changed it.
func (f *fold) holdAsOwner(at schemas.Instant, how string, c *company) {
	ep := f.openEpisode()
	if ep == nil || ep.pausedSince != 0 {
		return
	}
	owner := f.person()
	if i := f.holding(holdOwner, ""); i >= 0 {
		if f.holds[i].agent == owner {
			return
		}
		f.endHold(i, at, how, c)
	}
	if i := f.holding(holdUnowned, ""); i >= 0 && f.owner != "" {
		f.endHold(i, at, how, c)
	}
	if owner == "" {
		return
	}
	from := max(at, ep.openedAt)
	h := hold{agent: owner, kind: holdOwner, began: how, from: from, acceptedAt: from}
	if how == byResuming {
		h.acceptedAt = 0
	}
	f.beginHold(h, c)
}

// moveHoldToAccept moves the begin of the owner's hold to where the agent accepted: what was before is waiting, not handling.
func (f *fold) moveHoldToAccept(at schemas.Instant, c *company) {
	i := f.holding(holdOwner, f.owner)
	if i < 0 {
		return
	}
	h := &f.holds[i]
	if h.began == schemas.StatusAccepted || f.worked {
		return
	}
	h.began, h.from, h.fromDay, h.acceptedAt = schemas.StatusAccepted, at, c.clocks.Calendar.Day(at).Date, at
	h.team, h.queue, h.priority = f.team, f.queue, f.priority
	f.changedHolds = append(f.changedHolds, i)
}

// replyOf notes a person's reply in the holds of the open episode. Where nobody owns the conversation, whoever wrote last holds it.
func (f *fold) replyOf(e *event, c *company) {
	if e.agent == "" {
		return
	}
	if f.owner == "" {
		f.writer = e.agent
		f.holdAsWriter(e.at, byReply, c)
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

// holdAsWriter brings the hold of who wrote last, while nobody owns the conversation, in line with who that is. Who joined holds it anyway.
func (f *fold) holdAsWriter(at schemas.Instant, began string, c *company) {
	if f.openEpisode().pausedSince != 0 {
		return
	}
	if i := f.holding(holdUnowned, ""); i >= 0 {
		if f.holds[i].agent == f.writer {
			return
		}
		f.endHold(i, at, byReply, c)
	}
	if f.writer != "" && f.holding(holdJoined, f.writer) < 0 {
		f.beginHold(hold{agent: f.writer, kind: holdUnowned, began: began, from: at}, c)
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
	switch {
	case ep != nil && ep.snoozed && e.status == schemas.StatusOnHold:
		ep.snoozed = false
		return
	case ep == nil || ep.pausedSince != 0:
		f.ignored++
		return
	}
	f.paused = f.joined()
	f.endHolds(e.at, byPause, c)
	ep.pausedSince, ep.snoozed = e.at, e.status == schemas.StatusSnoozed
}

// resume takes the end of snoozed and on hold: those who held it, and the owner of now, go on. Who wrote last does not if it is who joins
// ("" if nobody does).
func (f *fold) resume(at schemas.Instant, joins string, c *company) {
	if !f.endPause(at, c) {
		return
	}
	if f.writer != joins {
		f.holdAsWriter(at, byResuming, c)
	}
	f.holdAsOwner(at, byResuming, c)
}

// endPause ends what is snoozed or on hold, if it is, for those who joined.
func (f *fold) endPause(at schemas.Instant, c *company) bool {
	ep := f.openEpisode()
	if ep == nil || ep.pausedSince == 0 {
		return false
	}
	ep.paused.add(ep.pausedSince, at)
	ep.pausedSince, ep.snoozed = 0, false
	for _, agent := range f.paused {
		f.beginHold(hold{agent: agent, kind: holdJoined, began: byResuming, from: at}, c)
	}
	f.paused = nil
	return true
}

// join has somebody hold the episode beside its owner; leave ends that. Whoever joins works on it, so that a pause ends.
func (f *fold) join(e *event, c *company) {
	if f.openEpisode() == nil || e.agent == "" {
		f.ignored++
		return
	}
	f.resume(e.at, e.agent, c)
	if f.holding(holdJoined, e.agent) >= 0 {
		f.ignored++
		return
	}
	if i := f.holding(holdUnowned, e.agent); i >= 0 {
		f.endHold(i, e.at, e.status, c)
	}
	f.beginHold(hold{agent: e.agent, kind: holdJoined, began: e.status, from: e.at, acceptedAt: e.at}, c)
	f.escalate(e, escalationJoin, c)
}

func (f *fold) leave(e *event, c *company) {
	if f.endJoined(e, c) && f.writer == e.agent {
		f.writer = ""
	}
}

// endJoined ends that somebody who joined holds it, or will again behind a pause.
func (f *fold) endJoined(e *event, c *company) bool {
	paused := len(f.paused)
	f.paused = slices.DeleteFunc(f.paused, func(agent string) bool { return agent == e.agent })
	i := f.holding(holdJoined, e.agent)
	if i >= 0 {
		f.endHold(i, e.at, e.status, c)
	}
	return i >= 0 || len(f.paused) < paused
}
