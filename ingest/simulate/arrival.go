package simulate

import "github.com/floorwatch/floorwatch/schemas"

// begin decides who speaks first.
func (c *conversation) begin() {
	switch {
	case c.dice.chance(c.company.config.CampaignShare):
		c.broadcast()
	case c.dice.chance(0.05):
		c.outreach()
	default:
		c.arrive()
	}
}

// broadcast is a message to many customers; some answer.
func (c *conversation) broadcast() {
	c.channel = []string{"whatsapp", "sms", "email"}[c.dice.IntN(3)]
	c.aside(schemas.AuthorCampaign).Customer = c.customer
	if c.dice.chance(0.3) {
		c.then((*conversation).arrive, c.dice.around(20*minute, 1.3))
	}
}

// outreach is an agent who writes first.
func (c *conversation) outreach() {
	agent, ok := c.colleague()
	if !ok {
		c.arrive()
		return
	}
	c.status(schemas.StatusOpened)
	c.assign(schemas.StatusAssigned, agent)
	c.pass(c.dice.around(20*second, 0.8))
	c.speak()
	if c.dice.chance(0.7) {
		c.then((*conversation).listen, c.dice.around(10*minute, 1.2))
	} else if c.dice.chance(0.6) {
		c.then((*conversation).timeOut, c.dice.between(2*hour, 24*hour))
	}
}

// arrive is a customer who writes first. Some producers do not tell that a conversation was opened.
func (c *conversation) arrive() {
	if c.dice.chance(0.85) {
		c.status(schemas.StatusOpened)
	}
	c.ask()
	c.then((*conversation).greet, c.dice.between(300, 3*second))
}

// ask is a customer's turn: one to three messages.
func (c *conversation) ask() {
	for more := true; more; more = c.dice.chance(0.25) {
		e := c.fromCustomer()
		if c.dice.chance(0.08) {
			e.Kind, e.TextLength = schemas.KindFile, 0
		}
		if c.dice.chance(0.25) {
			c.pass(c.dice.around(6*second, 0.8))
		}
	}
}

// greet is what programs do before any person: greetings, the after-hours reply, the AI agent, spam.
func (c *conversation) greet() {
	if c.dice.chance(0.015) {
		c.pass(c.dice.around(5*minute, 1))
		c.status(schemas.StatusTagged).Tag = "spam"
		c.status(schemas.StatusClosed).Reason = schemas.CloseSpam
		return
	}
	_, staffed := c.colleague()
	if !staffed || c.dice.chance(0.35) {
		c.aside(schemas.AuthorAutomation)
		c.pass(c.dice.between(0, 2*second))
	}
	if c.dice.chance(c.company.config.AIShare) {
		e := c.status(schemas.StatusAssigned)
		e.Owner, e.OwnerKind = assistant, schemas.OwnerAI
		c.ai = true
		c.then((*conversation).assist, c.dice.around(3*second, 0.6))
		return
	}
	c.enqueue()
}

// assist is the AI agent's turn.
func (c *conversation) assist() {
	c.message(schemas.AuthorAI).Agent = assistant
	switch c.dice.pick([]float64{0.45, 0.25, 0.22, 0.08}) {
	case 0: // another question
		c.pass(c.dice.around(35*second, 1))
		c.ask()
		c.then((*conversation).assist, c.dice.around(3*second, 0.6))
	case 1: // a person is needed
		c.pass(c.dice.between(0, 2*second))
		e := c.status(schemas.StatusHandedOff)
		e.Queue, e.Team = teams[c.team].name, teams[c.team].name
		e.Reason = []string{"asked for a person", "not understood", "refund", "complaint"}[c.dice.IntN(4)]
		c.ai = false
		c.enqueue()
	case 2: // done
		c.pass(c.dice.around(4*minute, 0.8))
		c.close(schemas.CloseAIResolved)
	default: // the customer says no more
		if c.dice.chance(0.7) {
			c.then((*conversation).timeOut, c.dice.between(20*minute, 60*minute))
		}
	}
}

// enqueue puts the conversation where a person finds it, and decides whether one does.
func (c *conversation) enqueue() {
	c.status(schemas.StatusQueued).Queue = teams[c.team].name
	c.queued = true
	switch c.dice.pick([]float64{0.025, 0.06, 0.06, 0.855}) {
	case 0: // nobody ever answers
		if c.dice.chance(0.5) {
			c.then((*conversation).ask, c.dice.around(15*minute, 1))
		}
	case 1: // the customer does not wait
		c.then((*conversation).leave, c.dice.around(4*minute, 0.9))
	case 2: // given to a team first
		c.pass(c.dice.around(20*second, 0.8))
		c.status(schemas.StatusAssigned).Team = teams[c.team].name
		c.then((*conversation).pickUp, c.dice.around(90*second, 1))
	default:
		c.then((*conversation).pickUp, c.dice.around(35*second, 1.2))
	}
}

// leave is a customer who gives up in the queue.
func (c *conversation) leave() {
	c.status(schemas.StatusDequeued)
	if c.dice.chance(0.7) {
		c.status(schemas.StatusClosed).Reason = schemas.CloseCustomerLeft
	}
}

// pickUp is an agent who takes the conversation, or the wait for the next shift.
func (c *conversation) pickUp() {
	agent, ok := c.colleague()
	if !ok {
		c.then((*conversation).pickUp, c.company.opening(c.now)-c.now+c.dice.around(8*minute, 1))
		return
	}
	if c.queued {
		c.status(schemas.StatusDequeued)
	}
	c.assign(schemas.StatusAssigned, agent)
	c.then((*conversation).answer, c.dice.around(50*second, 1.25))
}
