package simulate

import "github.com/floorwatch/floorwatch/schemas"

var tags = [...]string{"delivery", "refund", "invoice", "password", "complaint", "praise", "order", "warranty"}

// end is the agent's last look at the conversation.
func (c *conversation) end() {
	if c.dice.chance(0.45) {
		tag := tags[c.dice.IntN(len(tags))]
		c.status(schemas.StatusTagged).Tag = tag
		if c.dice.chance(0.08) {
			c.pass(c.dice.around(8*second, 0.6))
			c.status(schemas.StatusUntagged).Tag = tag
		}
	}
	if c.dice.chance(0.04) { // forgotten: it stays open
		return
	}
	reason := schemas.CloseResolved
	if c.dice.chance(0.015) {
		reason = schemas.CloseMerged
	}
	c.close(reason)
}

// timeOut closes a conversation whose customer said no more, some after a reminder.
func (c *conversation) timeOut() {
	if c.dice.chance(0.3) {
		c.aside(schemas.AuthorAutomation)
		c.pass(c.dice.between(10*minute, 30*minute))
	}
	c.close(schemas.CloseTimeout)
}

// close closes the conversation; a survey may follow, and later the customer.
func (c *conversation) close(reason string) {
	c.status(schemas.StatusClosed).Reason = reason
	if c.dice.chance(0.2) {
		c.pass(second)
		c.aside(schemas.AuthorSystem).Kind = schemas.KindSurvey
	}
	if reason != schemas.CloseMerged && c.visits < 3 && c.dice.chance(0.1) {
		c.then((*conversation).comeBack, c.dice.around(2*hour, 1.3))
	}
}

// comeBack is a customer who writes after the end. Some producers tell that the conversation was opened again, and some leave it
// with its last owner.
func (c *conversation) comeBack() {
	c.visits++
	c.target += 2 + c.dice.poisson(3)
	if c.dice.chance(0.65) {
		c.status(schemas.StatusReopened)
	}
	c.ask()
	if c.owner != nobody && c.company.present(c.owner, c.now) && c.dice.chance(0.5) {
		c.then((*conversation).answer, c.dice.around(3*minute, 1.2))
		return
	}
	if c.owner != nobody || c.ai {
		c.status(schemas.StatusUnassigned)
	}
	c.owner, c.ai = nobody, false
	c.enqueue()
}
