package simulate

import "github.com/floorwatch/floorwatch/schemas"

// cohort is the conversations that begin in one day of a company, and what they take of the agents' slots. Conversations of different
// cohorts never meet: an agent keeps a slot free for those of earlier days. So what becomes of a conversation depends on those that
// began on the same day alone, and a simulation may start with any day.
type cohort struct {
	company *company
	day     schemas.Day
	taken   []int  // slots, by agent
	keeps   []bool // by agent: has put a conversation aside and forgotten it
	lines   [len(teams)]line
}

// line is the conversations that wait for somebody of a team, in the order in which they came.
type line struct {
	places     []place
	dispatched bool // a dispatcher looks after it
}

// place is a conversation in a line; it has left when its ticket is another one.
type place struct {
	conversation *conversation
	ticket       int
}

func newCohort(c *company, today schemas.Day) *cohort {
	return &cohort{company: c, day: today, taken: make([]int, len(c.agents)), keeps: make([]bool, len(c.agents))}
}

// room tells whether an agent has a free slot for the cohort.
func (g *cohort) room(agent int, p *post, at schemas.Instant) bool {
	limit := p.slots - 1
	switch today := g.day.Contains(at); {
	case p.night:
		limit = p.slots / 2 // the shift lies in both days
	case !today:
		limit = 1
	}
	return g.taken[agent] < limit
}

// free tells whether an agent is there and has room.
func (g *cohort) free(agent int, at schemas.Instant) bool {
	p := &g.company.rosterAt(at).posts[agent]
	return p.takes && g.room(agent, p, at)
}

// overflow is how long a conversation waits for its team before it goes to another one.
const overflow = 2 * minute

// pick finds an agent for a conversation: one of its team, or of another one if nobody of it is there or the wait has been long.
func (g *cohort) pick(c *conversation, at schemas.Instant) (agent int, ok bool) {
	if at-c.since > overflow {
		c.declined = nobody
	}
	agent, staffed := g.best(c, at, g.company.members[c.team])
	if agent == nobody && (!staffed || at-c.since > overflow) {
		agent, _ = g.best(c, at, nil)
	}
	return agent, agent != nobody
}

// best gives the agent with most room among those named, nil meaning all; whoever is trained for the channel and not busy comes first.
// It also tells whether any of them takes conversations.
func (g *cohort) best(c *conversation, at schemas.Instant, agents []int) (found int, staffed bool) {
	posts := g.company.rosterAt(at).posts
	count := len(agents)
	if agents == nil {
		count = len(posts)
	}
	found = nobody
	if count == 0 {
		return found, false
	}
	lowest, begin := 0.0, c.dice.IntN(count)
	for i := range count {
		agent := (begin + i) % count
		if agents != nil {
			agent = agents[agent]
		}
		p := &posts[agent]
		if !p.takes || agent == c.owner || agent == c.declined {
			continue
		}
		staffed = true
		if !g.room(agent, p, at) {
			continue
		}
		load := float64(g.taken[agent]) / float64(p.slots)
		if !g.company.agents[agent].trained.has(c.channel) {
			load += 0.4
		}
		if p.busy {
			load += 0.2
		}
		if found == nobody || load < lowest {
			found, lowest = agent, load
		}
	}
	return found, staffed
}

// take gives the conversation a slot of an agent. Slots change hands at the beginning of acts only: then the whole floor stands at one
// instant, and nobody gets more than there are.
func (c *conversation) take(agent int) {
	c.drop()
	c.cohort.taken[agent]++
	c.slot = agent
}

// drop gives the slot back.
func (c *conversation) drop() {
	if c.now != c.self.wake {
		panic("BUG: a slot changes hands in the middle of an act")
	}
	if c.slot != nobody {
		c.cohort.taken[c.slot]--
		c.slot = nobody
	}
}

// longestLine is how many may wait in a line. More would never have their turn, and would only take memory.
func (c *company) longestLine() int { return 10 * len(c.agents) }

// wait puts the conversation into its team's line.
func (g *cohort) wait(c *conversation, stage *stage) {
	l := &g.lines[c.team]
	c.ticket++
	c.waiting = true
	l.places = append(l.places, place{c, c.ticket})
	if !l.dispatched {
		l.dispatched = true
		stage.bring(&actor{kind: dispatcherKind, company: g.company.index, id: g.day.Date.String() + teams[c.team].name,
			wake: g.company.clock(c.now + shortPause), role: &dispatcher{cohort: g, team: c.team, pause: shortPause}})
	}
}

// first gives the conversation that has waited longest, nil if none waits.
func (l *line) first() *conversation {
	for len(l.places) > 0 {
		if c := l.places[0].conversation; c.waiting && c.ticket == l.places[0].ticket {
			return c
		}
		l.leave()
	}
	return nil
}

func (l *line) leave() {
	l.places[0] = place{}
	l.places = l.places[1:]
}

// dispatcher looks again and again whether somebody is free for those who wait in a line.
type dispatcher struct {
	cohort *cohort
	team   int
	pause  schemas.Instant
}

const (
	shortPause = 5 * second
	longPause  = minute
)

func (d *dispatcher) play(self *actor, stage *stage) bool {
	g, now := d.cohort, self.wake
	l := &g.lines[d.team]
	d.pause = min(longPause, d.pause*3/2)
	for {
		c := l.first()
		if c == nil {
			l.dispatched = false
			return false
		}
		if now+second >= c.limit { // it is tidied up by then
			l.leave()
			continue
		}
		agent, ok := g.pick(c, now)
		if !ok {
			break
		}
		l.leave()
		g.taken[agent]++
		c.waiting, c.slot, c.act = false, agent, (*conversation).meet
		stage.rouse(c.self, g.company.clock(now+second))
		d.pause = shortPause
	}
	pause := d.pause
	if g.company.rosterAt(now).staffed == 0 {
		pause = max(pause, g.company.opening(now)-now)
	}
	self.wake = g.company.clock(now + pause)
	return true
}
