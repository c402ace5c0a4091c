package simulate

import "github.com/floorwatch/floorwatch/schemas"

// begin decides who speaks first.
func (c *conversation) begin(stage *stage) {
	switch {
	case c.dice.chance(c.company.config.CampaignShare):
		c.broadcast()
	case c.dice.chance(0.05):
		c.outreach(stage)
	default:
		c.arrive(stage)
	}
}

// broadcast is a message to many customers; some answer.
func (c *conversation) broadcast() {
	c.channel = len(channels) - 1 - c.dice.IntN(5) // all but the live ones
	e := c.aside(schemas.AuthorCampaign)
	e.Customer = c.customer
	switch id := e.MessageID; {
	case c.dice.chance(0.02):
		e.Delivery = schemas.DeliveryFailed // the number is not in use any more
	case c.dice.chance(0.3):
		c.then((*conversation).arrive, c.dice.around(20*minute, 1.3))
	case c.dice.chance(0.5):
		e.Delivery = schemas.DeliveryAccepted
		c.deliver(id)
	}
}

// outreach is an agent who writes first.
func (c *conversation) outreach(stage *stage) {
	agent, ok := c.cohort.pick(c, c.now)
	if !ok {
		c.arrive(stage)
		return
	}
	c.open = true
	c.take(agent)
	c.status(schemas.StatusOpened)
	c.assign(schemas.StatusAssigned, agent)
	c.pass(c.dice.around(20*second, 0.8))
	c.speak()
	c.replied, c.asked = true, false
	if c.dice.chance(0.7) {
		c.thenOwner((*conversation).listen, c.dice.around(10*minute, 1.2))
	} else {
		c.thenOwner((*conversation).giveUpOn, c.dice.between(hour, 4*hour))
	}
}

// arrive is a customer who writes first. Some producers do not tell that a conversation was opened.
func (c *conversation) arrive(*stage) {
	c.open = true
	if vip := foldText(c.customer)%50 == 0; vip && c.dice.chance(0.3) {
		e := c.event(schemas.TypeDirectory)
		e.Entry, e.Customer, e.Facts = schemas.EntryCustomer, c.customer, &schemas.Facts{Tier: "vip"}
	}
	if c.dice.chance(0.85) {
		c.status(schemas.StatusOpened)
	}
	c.ask()
	c.then((*conversation).greet, c.dice.between(300, 3*second))
}

// ask is a customer's turn: one to three messages.
func (c *conversation) ask() {
	c.asked = true
	for more := true; more; more = c.dice.chance(0.25) {
		e := c.fromCustomer()
		if c.dice.chance(0.08) {
			e.Kind, e.TextLength = schemas.KindFile, 0
		} else {
			c.feel(e)
		}
		if c.dice.chance(0.25) {
			c.pass(c.dice.around(6*second, 0.8))
		}
	}
}

// greet is what programs do before any person: greetings, the after-hours reply, the AI agent, spam.
func (c *conversation) greet(*stage) {
	if c.dice.chance(0.015) {
		c.then((*conversation).junk, c.dice.around(5*minute, 1))
		return
	}
	if c.company.rosterAt(c.now).staffed == 0 || c.dice.chance(0.35) {
		c.aside(schemas.AuthorAutomation)
		c.pass(c.dice.between(0, 2*second))
	}
	if c.dice.chance(c.company.config.AIShare) {
		c.assistantTakes()
		return
	}
	c.enqueue()
}

// junk is somebody who sees that it is spam.
func (c *conversation) junk(stage *stage) {
	c.status(schemas.StatusTagged).Tag = "spam"
	c.close(schemas.CloseSpam, stage)
}
