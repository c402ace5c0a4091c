package simulate

import "github.com/floorwatch/floorwatch/schemas"

var tags = [...]string{"delivery", "refund", "invoice", "password", "complaint", "praise", "order", "warranty"}

// end is the agent's last look at the conversation.
func (c *conversation) end(*stage) {
	if c.dice.chance(0.45) {
		tag := tags[c.dice.IntN(len(tags))]
		c.status(schemas.StatusTagged).Tag = tag
		if c.dice.chance(0.08) {
			c.pass(c.dice.around(8*second, 0.6))
			c.status(schemas.StatusUntagged).Tag = tag
		}
	}
	if c.dice.chance(0.012) {
		c.then((*conversation).putAside, 0)
		return
	}
	c.then((*conversation).resolve, 0)
}

func (c *conversation) resolve(stage *stage) {
	reason := schemas.CloseResolved
	if c.dice.chance(0.015) {
		reason = schemas.CloseMerged
	}
	c.close(reason, stage)
}

// putAside is an agent who means to close the conversation later.
func (c *conversation) putAside(stage *stage) {
	if !c.forget() {
		c.resolve(stage)
	}
}

// forget leaves the conversation with its owner beyond the end of the shift. Nobody does so with two a day: it would show.
func (c *conversation) forget() bool {
	if c.cohort.keeps[c.owner] {
		return false
	}
	c.cohort.keeps[c.owner] = true
	c.then((*conversation).remember, c.dice.around(10*hour, 1.2))
	return true
}

// remember is an owner who finds what was forgotten, when at work.
func (c *conversation) remember(stage *stage) {
	if !c.company.present(c.owner, c.now) {
		c.then((*conversation).remember, c.dice.between(hour, 5*hour))
		return
	}
	c.close(schemas.CloseResolved, stage)
}

// remind is a customer who says no more; some get a reminder.
func (c *conversation) remind(*stage) {
	if c.dice.chance(0.3) {
		c.aside(schemas.AuthorAutomation)
	}
	c.thenOwner((*conversation).giveUpOn, c.dice.between(4*minute, 15*minute))
}

// giveUpOn closes a conversation whose customer said no more.
func (c *conversation) giveUpOn(stage *stage) { c.close(schemas.CloseTimeout, stage) }

// tidy is the product that closes what is left open.
func (c *conversation) tidy(*stage) {
	c.waiting = false
	c.drop()
	c.unjoin()
	c.status(schemas.StatusClosed).Reason = schemas.CloseTimeout
	c.open = false
}

// close closes the conversation; work on it may follow.
func (c *conversation) close(reason string, stage *stage) {
	c.drop()
	c.status(schemas.StatusClosed).Reason = reason
	c.open = false
	if c.dice.chance(0.5) {
		c.resume()
	}
	if reason == schemas.CloseSpam || reason == schemas.CloseMerged {
		return
	}
	if c.owner != nobody && c.company.present(c.owner, c.now) && c.dice.chance(0.7) {
		c.byAgent(schemas.StatusWrapUpStarted, c.owner)
		c.then((*conversation).wrapUp, min(c.labour(workMedian, workSpread), max(0, c.ends-c.now)))
		return
	}
	c.after(stage)
}

// Work after the contact is log-normal: the logarithm of its seconds has the mean 4.6 and the spread 1.4.
const (
	workMedian = 100 * second
	workSpread = 1.4
)

// wrapUp is the end of the work after the contact.
func (c *conversation) wrapUp(stage *stage) {
	if c.dice.chance(0.25) {
		e := c.byAgent(schemas.StatusNoted, c.owner)
		e.TextLength = int64(min(2000, 1+180*c.dice.spread(0.7)))
		if c.dice.chance(0.7) {
			e.Facts = &schemas.Facts{Structured: true}
		}
	}
	c.byAgent(schemas.StatusWrapUpEnded, c.owner)
	c.after(stage)
}

// comeBack is a customer who writes after the end. Some producers tell that the conversation was opened again, and some leave it
// with its last owner.
func (c *conversation) comeBack(*stage) {
	c.visits++
	c.target = c.messages + 2 + c.dice.poisson(3)
	c.open, c.replied, c.patience = true, false, never
	stays := c.owner != nobody && c.cohort.free(c.owner, c.now) && c.dice.chance(0.5)
	if stays {
		c.take(c.owner)
		c.ends = c.company.postOf(c.owner, c.now).ends
	} else if c.owner != nobody || c.ai {
		c.status(schemas.StatusUnassigned)
	}
	if c.dice.chance(0.65) {
		c.status(schemas.StatusReopened)
	}
	wasAI := c.ai
	c.ask()
	switch {
	case stays:
		c.thenOwner((*conversation).answer, c.labour(3*minute, 1.2))
	case (wasAI || c.turn.paused) && c.dice.chance(0.4):
		c.assistantTakes()
	default:
		c.owner, c.ai = nobody, false
		c.enqueue()
	}
}
