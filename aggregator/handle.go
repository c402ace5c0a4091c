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
	handle      schemas.Lasted  // by people, once it is closed
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
		Handle: w.handle.Add(w.after), ActiveHandle: w.active, AfterContact: w.after,
		HasAIHandle: !w.handled && w.aiSince != 0, AIHandle: w.ai,
	}
}

// beginAfterContact takes the begin of work after the contact. It counts from the close on: before it somebody holds the episode.
func (f *fold) beginAfterContact(e *event, c *company) {
	ep := f.lastEpisode()
	if ep == nil || e.agent == "" || ep.afterSince != 0 {
		f.ignored++
		return
	}
	ep.afterSince, ep.afterHold = e.at, len(f.holds)
	f.holds = append(f.holds, hold{
		agent: e.agent, kind: holdAfterContact, episode: len(f.episodes), began: e.status, from: e.at, fromDay: c.calendar.Day(e.at).Date,
		team: f.team, queue: f.queue, priority: f.priority,
	})
	f.changedHolds = append(f.changedHolds, ep.afterHold)
}

// endAfterContact takes its end, or that the conversation was opened again meanwhile.
func (f *fold) endAfterContact(at schemas.Instant, how string, c *company) {
	ep := f.lastEpisode()
	if ep == nil || ep.afterSince == 0 {
		return
	}
	h := &f.holds[ep.afterHold]
	h.to, h.toDay, h.ended, h.lasted = at, c.calendar.Day(at).Date, how, c.lasted(h.from, at)
	f.changedHolds = append(f.changedHolds, ep.afterHold)
	if from := max(ep.afterSince, ep.closedAt); ep.closedAt != 0 && from < at {
		ep.after = ep.after.Add(c.lasted(from, at))
	}
	ep.afterSince = 0
}
