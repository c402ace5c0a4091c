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
	schemas.Work                 // durations once it is closed
	pausedSince  schemas.Instant // snoozed or on hold since, 0 otherwise
	snoozed      bool            // … until the customer writes
	paused       stretches       // … before
	active       stretches
	aiSince      schemas.Instant // since an AI serves it
	afterSince   schemas.Instant // work after the contact lasts since then, 0 otherwise
	afterHold    int             // index of that hold
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

// lasted tells how long they are together, by the clocks of a team.
func (l stretches) lasted(c *company, team string) (sum schemas.Lasted) {
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

// finishWork takes the episode's close. All holds have ended. Business time is that of the team that it was closed with.
func (f *fold) finishWork(ep *episode, c *company) {
	if ep.pausedSince != 0 {
		ep.paused.add(ep.pausedSince, ep.closedAt)
		ep.pausedSince = 0
	}
	ep.Open, ep.Handle, ep.ActiveHandle = c.clocks.Lasted(ep.team, ep.openedAt, ep.closedAt), f.handleTime(c), ep.active.lasted(c, ep.team)
	ep.OpenActive = ep.Open.Less(ep.paused.lasted(c, ep.team))
	if ep.HasAIHandle = !ep.Handled && ep.aiSince != 0; ep.HasAIHandle {
		ep.AIHandle = c.clocks.Lasted(ep.team, ep.aiSince, ep.closedAt)
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
		after := c.clocks.Lasted(ep.team, from, at)
		ep.AfterContact, ep.Handle = ep.AfterContact.Add(after), ep.Handle.Add(after)
	}
	ep.afterSince = 0
}
