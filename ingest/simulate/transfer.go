package simulate

import "github.com/floorwatch/floorwatch/schemas"

// transfer gives the conversation to another agent or another team; it reports whether it did.
func (c *conversation) transfer() bool {
	if c.dice.chance(0.4) {
		c.drop()
		c.team = (c.team + 1 + c.dice.IntN(len(teams)-1)) % len(teams)
		e := c.status(schemas.StatusTransferred)
		e.Team, e.Queue = teams[c.team].name, teams[c.team].name
		c.owner = nobody
		c.enqueue()
		return true
	}
	return c.giveTo(c.cohort.pick(c, c.now))
}

// giveTo transfers the conversation to a colleague, if there is one.
func (c *conversation) giveTo(agent int, ok bool) bool {
	if ok {
		c.take(agent)
		c.assign(schemas.StatusTransferred, agent)
		c.thenOwner((*conversation).answer, c.labour(70*second, 1.1))
	}
	return ok
}

// escalate gives the conversation to the next tier: to the team's lead, or who is in for them.
func (c *conversation) escalate() bool {
	agent, ok := c.supervisor()
	if ok = ok && c.cohort.free(agent, c.now); !ok {
		agent, ok = c.cohort.pick(c, c.now)
	}
	if !ok {
		return false
	}
	e := c.byAgent(schemas.StatusEscalated, c.owner)
	e.Team, e.Facts = teams[c.team].name, &schemas.Facts{Tier: "2"}
	e.Reason = [...]string{"complaint", "beyond my rights", "technical"}[c.dice.IntN(3)]
	return c.giveTo(agent, true)
}

// absent is an owner at a break: the customer waits, or a colleague takes over.
func (c *conversation) absent(stage *stage) {
	post := c.company.postOf(c.owner, c.now)
	if c.now >= c.ends || post.ends == 0 && c.dice.chance(0.5) { // gone home, or the browser died and somebody sees it
		c.part(stage)
		return
	}
	if back := post.back - c.now; post.ends != 0 && (back < 15*minute || c.dice.chance(0.75)) {
		c.thenOwner((*conversation).answer, max(second, back)+c.dice.around(30*second, 0.8))
		return
	}
	if post.ends == 0 {
		c.thenOwner((*conversation).answer, c.ends-c.now)
		return
	}
	if agent, ok := c.cohort.pick(c, c.now); !ok || !c.giveTo(agent, true) {
		c.release()
	}
}

// part is the end of the owner's shift: what can be ended is, the rest goes to colleagues, back into the queue, or is forgotten.
func (c *conversation) part(stage *stage) {
	if c.replied && !c.asked && c.dice.chance(0.6) {
		c.close(schemas.CloseResolved, stage)
		return
	}
	if c.dice.chance(0.02) && c.forget() {
		return
	}
	if c.dice.chance(0.6) && c.giveTo(c.cohort.pick(c, c.now)) {
		return
	}
	c.release()
}

// release takes the conversation from its owner and puts it back into the queue.
func (c *conversation) release() {
	c.drop()
	c.status(schemas.StatusUnassigned)
	c.owner = nobody
	c.enqueue()
}
