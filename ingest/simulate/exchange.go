package simulate

import "github.com/floorwatch/floorwatch/schemas"

// answer is the owner's turn.
func (c *conversation) answer(stage *stage) {
	if !c.company.present(c.owner, c.now) {
		c.absent(stage)
		return
	}
	if c.dice.chance(0.1) && c.detour() {
		return
	}
	c.confer()
	c.speak()
	c.replied, c.asked, c.patience = true, false, never
	if c.dice.chance(0.3) {
		c.pass(c.dice.around(8*second, 0.8))
		c.speak()
	}
	if c.messages >= c.target {
		c.thenOwner((*conversation).end, c.dice.around(2*minute, 1))
		return
	}
	c.thenOwner((*conversation).listen, c.dice.around(45*second, 1.2))
}

// detour is an owner who does something else than answer; it reports whether that happened.
func (c *conversation) detour() bool {
	escalations := 0.06
	if c.annoyed() {
		escalations = 0.3
	}
	switch c.dice.pick([]float64{0.2, escalations, 0.2, 0.12, 0.42}) {
	case 0:
		return c.transfer()
	case 1:
		return c.escalate()
	case 2:
		c.byAgent(schemas.StatusOnHold, c.owner)
		c.thenOwner((*conversation).offHold, c.dice.around(2*minute, 1))
		return true
	case 3:
		return c.replied && c.snooze()
	default:
		return false
	}
}

// offHold is an owner who has asked around and comes back.
func (c *conversation) offHold(stage *stage) {
	c.byAgent(schemas.StatusOffHold, c.owner)
	c.answer(stage)
}

// snooze puts the conversation aside until something has happened elsewhere. It takes no slot so long.
func (c *conversation) snooze() bool {
	c.drop()
	c.byAgent(schemas.StatusSnoozed, c.owner)
	c.then((*conversation).wakeUp, c.dice.around(3*hour, 1))
	return true
}

func (c *conversation) wakeUp(stage *stage) {
	c.status(schemas.StatusUnsnoozed)
	if !c.cohort.free(c.owner, c.now) {
		c.release()
		return
	}
	c.take(c.owner)
	c.ends = c.company.postOf(c.owner, c.now).ends
	c.answer(stage)
}

// speak is one message of the owner, with what can happen to it.
func (c *conversation) speak() {
	c.write(c.owner)
	e := c.fromPerson(c.owner)
	if c.dice.chance(0.1) {
		e.Facts = &schemas.Facts{QuickReply: true}
	}
	switch c.dice.pick([]float64{0.03, 0.05, 0.03, 0.01, 0.03, 0.85}) {
	case 0:
		e.Delivery = schemas.DeliveryAccepted
		c.fail(e.MessageID)
	case 1:
		e.Kind, e.TextLength = schemas.KindFile, 0
	case 2:
		e.Origin = schemas.OriginNativeApp // written on the channel's own app
	case 3:
		e.Delivery = schemas.DeliveryFailed // refused at once
		c.retry()
	case 4:
		c.change()
	default:
		if c.dice.chance(0.15) {
			e.Delivery = schemas.DeliveryAccepted
			c.deliver(e.MessageID)
		}
	}
}

// write is an agent who types.
func (c *conversation) write(agent int) {
	if c.dice.chance(0.6) {
		e := c.event(schemas.TypeAgent)
		e.Agent, e.Device, e.Action = c.company.agents[agent].id, c.company.agents[agent].devices[0], schemas.ActionTyping
	}
	c.pass(c.dice.around(9*second, 0.7))
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

// confer is what an owner writes to colleagues.
func (c *conversation) confer() {
	if c.dice.chance(0.05) {
		e := c.aside(schemas.AuthorHuman)
		e.Agent, e.Visibility = c.company.agents[c.owner].id, schemas.VisibilityNote
		c.pass(c.dice.around(10*second, 0.6))
	}
}

// listen is the customer's turn while an agent owns the conversation.
func (c *conversation) listen(stage *stage) {
	if c.watch() {
		return
	}
	if c.dice.chance(0.04) {
		e := c.aside(schemas.AuthorCustomer)
		e.Direction, e.Customer, e.Kind, e.TextLength = schemas.DirectionIn, c.customer, schemas.KindReaction, 1
		c.pass(c.dice.around(20*second, 1))
	}
	if c.dice.chance(0.025) { // gone
		c.thenOwner((*conversation).remind, c.dice.between(6*minute, 20*minute))
		return
	}
	c.ask()
	c.thenOwner((*conversation).answer, c.labour(55*second, 1.25))
}
