package simulate

import "github.com/floorwatch/floorwatch/schemas"

// answer is the owner's turn.
func (c *conversation) answer() {
	if c.owner == nobody || !c.company.present(c.owner, c.now) {
		c.giveUp()
		return
	}
	if c.dice.chance(0.035) && c.transfer() {
		return
	}
	c.confer()
	c.speak()
	if c.dice.chance(0.3) {
		c.pass(c.dice.around(8*second, 0.8))
		c.speak()
	}
	if c.messages >= c.target {
		c.then((*conversation).end, c.dice.around(2*minute, 1))
		return
	}
	c.then((*conversation).listen, c.dice.around(45*second, 1.2))
}

// speak is one message of the owner, with what can happen to it.
func (c *conversation) speak() {
	e := c.fromOwner()
	switch c.dice.pick([]float64{0.03, 0.05, 0.03, 0.02, 0.03, 0.84}) {
	case 0:
		e.Delivery = schemas.DeliveryAccepted
		c.fail(e.MessageID)
	case 1:
		e.Kind, e.TextLength = schemas.KindFile, 0
	case 2:
		e.Origin = schemas.OriginNativeApp // written on the channel's own app
	case 3:
		e.AuthorKind, e.Agent = schemas.AuthorSupervisor, c.company.agents[c.team%len(c.company.agents)].id
	case 4:
		c.change()
	default:
		if c.dice.chance(0.15) {
			e.Delivery = schemas.DeliveryAccepted
			c.deliver(e.MessageID)
		}
	}
}

// deliver tells that a message arrived, and perhaps that it was read.
func (c *conversation) deliver(message string) {
	c.pass(c.dice.around(2*second, 0.8))
	c.delivery(message, schemas.DeliveryDelivered)
	if c.dice.chance(0.5) {
		c.pass(c.dice.around(8*second, 0.8))
		c.delivery(message, schemas.DeliveryRead)
	}
}

// fail tells that a message did not arrive; mostly it is sent again.
func (c *conversation) fail(message string) {
	c.pass(c.dice.around(12*second, 0.8))
	c.delivery(message, schemas.DeliveryFailed)
	c.messages--
	if c.dice.chance(0.85) {
		c.pass(c.dice.around(40*second, 0.8))
		c.fromOwner()
	}
}

func (c *conversation) delivery(message, state string) {
	e := c.status(schemas.StatusDeliveryUpdated)
	e.MessageID, e.Delivery = message, state
}

// change is an owner who corrects or takes back the last message.
func (c *conversation) change() {
	c.pass(c.dice.around(15*second, 0.8))
	e := c.aside(schemas.AuthorHuman)
	e.Agent, e.Kind = c.company.agents[c.owner].id, schemas.KindEdit
	if c.dice.chance(0.25) {
		e.Kind, e.TextLength = schemas.KindDelete, 0
	}
}

// confer is what agents write to each other: notes and a supervisor's whispers.
func (c *conversation) confer() {
	if c.dice.chance(0.05) {
		e := c.aside(schemas.AuthorHuman)
		e.Agent, e.Visibility = c.company.agents[c.owner].id, schemas.VisibilityNote
		c.pass(c.dice.around(10*second, 0.6))
	}
	if c.dice.chance(0.02) {
		e := c.aside(schemas.AuthorSupervisor)
		e.Agent, e.Visibility = c.company.agents[c.team%len(c.company.agents)].id, schemas.VisibilityWhisper
		c.pass(c.dice.around(10*second, 0.6))
	}
}

// listen is the customer's turn while an agent owns the conversation.
func (c *conversation) listen() {
	if c.dice.chance(0.04) {
		e := c.aside(schemas.AuthorCustomer)
		e.Direction, e.Customer, e.Kind, e.TextLength = schemas.DirectionIn, c.customer, schemas.KindReaction, 1
		c.pass(c.dice.around(20*second, 1))
	}
	if c.dice.chance(0.025) { // gone
		if c.dice.chance(0.8) {
			c.then((*conversation).timeOut, c.dice.between(20*minute, 3*hour))
		}
		return
	}
	c.ask()
	c.then((*conversation).answer, c.dice.around(55*second, 1.25))
}

// transfer gives the conversation to another agent or another team; it reports whether it did.
func (c *conversation) transfer() bool {
	if c.dice.chance(0.4) {
		c.team = (c.team + 1 + c.dice.IntN(len(teams)-1)) % len(teams)
		e := c.status(schemas.StatusTransferred)
		e.Team, e.Queue = teams[c.team].name, teams[c.team].name
		c.owner = nobody
		c.then((*conversation).pickUp, c.dice.around(2*minute, 1))
		return true
	}
	agent, ok := c.colleague()
	if ok {
		c.assign(schemas.StatusTransferred, agent)
		c.then((*conversation).answer, c.dice.around(70*second, 1.1))
	}
	return ok
}

// giveUp passes on the conversation of an agent who is not there.
func (c *conversation) giveUp() {
	if agent, ok := c.colleague(); ok && c.owner != nobody {
		c.assign(schemas.StatusTransferred, agent)
		c.then((*conversation).answer, c.dice.around(70*second, 1.1))
		return
	}
	c.status(schemas.StatusUnassigned)
	c.owner = nobody
	c.enqueue()
}
