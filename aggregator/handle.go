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
	pausedSince schemas.Instant // snoozed or on hold since, 0 otherwise
	snoozed     bool            // … until the customer writes
	paused      stretches       // … before
	active      stretches
	aiSince     schemas.Instant // since an AI serves it
	afterSince  schemas.Instant // work after the contact lasts since then, 0 otherwise
	afterHold   int             // index of that hold
	took        schemas.Work    // once it is closed
}

// stretch is a time; stretches are some in order.
type (
	stretch   struct{ from, to schemas.Instant }
	stretches []stretch
)

// add adds one that is behind all others, or goes on with the last.
func (l *stretches) add(from, to schemas.Instant) {
	if n := len(*l); n > 0 && (*l)[n-1].to == from {
		(*l)[n-1].to = to
		return
	}
	*l = append(*l, stretch{from, to})
}

// last tells how long they are together, by the clocks of a team.
func (l stretches) last(c *company, team string) (sum schemas.Lasted) {
	for _, s := range l {
		sum = sum.Add(c.clocks.Lasted(team, s.from, s.to))
	}
	return sum
}

// gap takes the time from one message of the episode to the next.
func (w *work) gap(e *event, before schemas.Instant) {
	if e.author == schemas.AuthorAI && w.aiSince == 0 {
		w.aiSince = e.at
	}
	longest := schemas.Instant(businessGap)
	if e.author == schemas.AuthorCustomer {
		longest = customerGap
	}
	if before != 0 && e.at-before < longest {
		w.active.add(before, e.at)
	}
}

// finish takes the episode's close. All holds have ended. Business time is that of the team that it was closed with.
func (w *work) finish(ep *episode, c *company) {
	if w.pausedSince != 0 {
		w.paused.add(w.pausedSince, ep.closedAt)
		w.pausedSince = 0
	}
	w.took.Open, w.took.ActiveHandle = c.clocks.Lasted(ep.team, ep.openedAt, ep.closedAt), w.active.last(c, ep.team)
	w.took.OpenActive = w.took.Open.Less(w.paused.last(c, ep.team))
	if w.took.HasAIHandle = !w.handled && w.aiSince != 0; w.took.HasAIHandle {
		w.took.AIHandle = c.clocks.Lasted(ep.team, w.aiSince, ep.closedAt)
	}
}

// row gives what is known: durations once the episode is closed, since what grows with time is no fact yet.
func (w *work) row() schemas.Work {
	row := w.took
	row.Handled = w.handled
	return row
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
		after := c.clocks.Lasted(ep.team, from, at)
		ep.took.AfterContact, ep.took.Handle = ep.took.AfterContact.Add(after), ep.took.Handle.Add(after)
	}
	ep.afterSince = 0
}
