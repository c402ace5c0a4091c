package simulate

import "github.com/floorwatch/floorwatch/schemas"

// enqueue puts the conversation where a person finds it.
func (c *conversation) enqueue() { c.then((*conversation).queue, 0) }

// queue decides how the conversation waits: whether a person is looked for at once, and how long the customer has patience.
func (c *conversation) queue(*stage) {
	c.drop()
	c.status(schemas.StatusQueued).Queue = teams[c.team].name
	c.queued, c.since, c.declined, c.patience = true, c.now, nobody, never
	if c.dice.chance(0.05) || c.mood < -0.5 && c.dice.chance(0.3) {
		c.rank()
	}
	if c.channel < live && !c.replied {
		switch c.dice.pick([]float64{0.012, 0.4, 0.588}) {
		case 0: // wrong door
			c.patience = c.now + c.dice.between(second, 6*second)
		case 1:
			c.patience = c.now + c.dice.around(9*minute, 1.1)
		default: // the page stays open in the background
		}
	}
	look := c.dice.around(5*second, 0.8)
	switch {
	case c.channel >= live && !c.replied && c.dice.chance(0.25): // no screen blinks: somebody comes to it later
		look = c.dice.around(50*minute, 0.9)
	case c.dice.chance(0.06): // given to a team first
		c.status(schemas.StatusAssigned).Team = teams[c.team].name
		look = c.dice.around(45*second, 1)
	}
	c.thenPatient((*conversation).line, look)
}

// rank tells that the conversation matters more than others, or less.
func (c *conversation) rank() {
	priority := [...]string{schemas.PriorityHigh, schemas.PriorityUrgent, schemas.PriorityLow, schemas.PriorityNormal}[c.dice.pick([]float64{0.5, 0.15, 0.2, 0.15})]
	c.status(schemas.StatusPriorityChanged).Facts = &schemas.Facts{Priority: priority}
}

// thenPatient is then for a customer who waits and may give up before.
func (c *conversation) thenPatient(act func(*conversation, *stage), after schemas.Instant) {
	if c.now+after >= c.patience {
		c.then((*conversation).leave, max(0, c.patience-c.now))
		return
	}
	c.then(act, after)
}

// line looks for somebody who is free, or waits in line.
func (c *conversation) line(stage *stage) {
	c.drop()
	if len(c.cohort.lines[c.team].places) == 0 {
		if agent, ok := c.cohort.pick(c, c.now); ok {
			c.take(agent)
			c.meet(stage)
			return
		}
	}
	if len(c.cohort.lines[c.team].places) >= c.company.longestLine() { // as the customer is told
		c.then((*conversation).leave, c.dice.between(5*second, 2*minute))
		return
	}
	c.cohort.wait(c, stage)
	// Whoever waits beyond that is tidied up.
	c.then((*conversation).leave, min(c.patience, c.limit)-c.now)
}

// leave is a customer who gives up before any answer.
func (c *conversation) leave(stage *stage) {
	c.waiting = false
	if c.queued {
		c.status(schemas.StatusDequeued)
	}
	c.patience = never
	if c.dice.chance(0.8) {
		c.close(schemas.CloseCustomerLeft, stage)
		return
	}
	if c.owner != nobody {
		c.thenOwner((*conversation).giveUpOn, c.dice.between(5*minute, 30*minute))
		return
	}
	c.drop()
	c.then((*conversation).giveUpOn, c.dice.between(20*minute, 2*hour)) // the product notices it later
}

// meet is an agent with a free slot who gets the conversation. Where the company works that way, it is offered first.
func (c *conversation) meet(stage *stage) {
	if !c.company.present(c.slot, c.now) {
		c.line(stage)
		return
	}
	if !c.company.Offers {
		c.begun(stage)
		return
	}
	c.byAgent(schemas.StatusOffered, c.slot)
	switch c.dice.pick([]float64{0.88, 0.06, 0.06}) {
	case 0:
		c.thenPatient((*conversation).accept, c.dice.around(6*second, 0.7))
	case 1:
		c.thenPatient((*conversation).decline, c.dice.around(9*second, 0.6))
	default:
		c.thenPatient((*conversation).miss, 30*second)
	}
}

func (c *conversation) accept(stage *stage) {
	if !c.company.present(c.slot, c.now) {
		c.miss(stage)
		return
	}
	c.byAgent(schemas.StatusAccepted, c.slot)
	c.begun(stage)
}

// miss is an offer that nobody took.
func (c *conversation) miss(*stage) { c.refuse("timeout") }

func (c *conversation) decline(*stage) {
	c.refuse([...]string{"busy", "wrong skill", "break"}[c.dice.IntN(3)])
}

func (c *conversation) refuse(reason string) {
	c.byAgent(schemas.StatusDeclined, c.slot).Reason = reason
	c.declined = c.slot
	c.drop()
	c.thenPatient((*conversation).line, second)
}

// begun is an agent who owns the conversation from now on.
func (c *conversation) begun(*stage) {
	if c.queued {
		c.status(schemas.StatusDequeued)
	}
	c.declined = nobody
	c.assign(schemas.StatusAssigned, c.slot)
	if c.replied {
		c.thenOwner((*conversation).answer, c.labour(80*second, 1.2))
		return
	}
	work := c.labour(firstLook, firstSpread)
	if c.now+work >= c.patience {
		c.thenPatient((*conversation).leave, work)
		return
	}
	c.thenOwner((*conversation).answer, work)
}

// Work times are log-normal.
const (
	firstLook   = 28 * second
	firstSpread = 1.55
)
