package aggregator

import "github.com/floorwatch/floorwatch/schemas"

// Gaps between the messages of an episode count as work if they are shorter than these, in milliseconds: customers are waited for less
// patiently than agents think.
const (
	customerGap = 4 * 60 * 1000
	businessGap = 10 * 60 * 1000
)

// work is what an episode takes, as far as it has come.
type work struct {
	handled     bool
	heldSince   schemas.Instant // while at least one person holds it, 0 otherwise
	handle      schemas.Lasted
	pausedSince schemas.Instant // snoozed or on hold since, 0 otherwise
	snoozed     bool            // … until the customer writes
	paused      schemas.Lasted
	active      schemas.Lasted
	after       schemas.Lasted // work after the contact
	afterSince  schemas.Instant
	afterHold   int             // index of that hold
	aiSince     schemas.Instant // since an AI serves it
	open, ai    schemas.Lasted  // once it is closed
}

// lasted measures an interval by both clocks (docs/rules.md R8).
func (c *company) lasted(from, to schemas.Instant) schemas.Lasted {
	wall := int64(to - from)
	if c.clock == nil {
		return schemas.Lasted{Millis: wall, BusinessMillis: wall}
	}
	return schemas.Lasted{Millis: wall, BusinessMillis: c.clock.Between(from, to)}
}

// gap takes the time from one message of the episode to the next.
func (w *work) gap(e *event, before schemas.Instant, c *company) {
	if e.author == schemas.AuthorAI && w.aiSince == 0 {
		w.aiSince = e.at
	}
	longest := schemas.Instant(businessGap)
	if e.author == schemas.AuthorCustomer {
		longest = customerGap
	}
	if before != 0 && e.at-before < longest {
		w.active = w.active.Add(c.lasted(before, e.at))
	}
}

// finish takes the episode's close. All holds have ended.
func (w *work) finish(ep *episode, c *company) {
	w.open = c.lasted(ep.openedAt, ep.closedAt)
	if w.pausedSince != 0 {
		w.paused = w.paused.Add(c.lasted(w.pausedSince, ep.closedAt))
		w.pausedSince = 0
	}
	if !w.handled && w.aiSince != 0 {
		w.ai = c.lasted(w.aiSince, ep.closedAt)
	}
}

// row gives what is known: durations once the episode is closed, since what grows with time is no fact yet.
func (w *work) row(closed bool) schemas.Work {
	if !closed {
		return schemas.Work{Handled: w.handled}
	}
	return schemas.Work{
		Handled: w.handled, Open: w.open, OpenActive: schemas.Lasted{Millis: w.open.Millis - w.paused.Millis, BusinessMillis: w.open.BusinessMillis - w.paused.BusinessMillis},
		Handle: w.handle.Add(w.after), ActiveHandle: w.active, AfterContact: w.after, AIHandle: w.ai,
	}
}

// beginAfterContact takes the begin of work after the contact. It counts from the close on: before it somebody holds the episode.
func (f *fold) beginAfterContact(e *event, c *company) {
	ep := f.lastEpisode()
	if ep == nil || e.agent == "" || ep.afterSince != 0 {
		f.ignored++
		return
	}
	ep.afterSince = e.at
	ep.afterHold = f.addHold(hold{agent: e.agent, kind: holdAfterContact, began: e.status, from: e.at}, c)
}

// endAfterContact takes its end, or that the conversation was opened again meanwhile.
func (f *fold) endAfterContact(at schemas.Instant, how string, c *company) {
	ep := f.lastEpisode()
	if ep == nil || ep.afterSince == 0 {
		return
	}
	f.finishHold(ep.afterHold, at, how, c)
	if from := max(ep.afterSince, ep.closedAt); ep.closedAt != 0 && from < at {
		ep.after = ep.after.Add(c.lasted(from, at))
	}
	ep.afterSince = 0
}
