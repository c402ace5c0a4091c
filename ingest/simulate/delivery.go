package simulate

import "github.com/floorwatch/floorwatch/schemas"

// deliver tells that a message arrived, and perhaps that it was read.
func (c *conversation) deliver(message string) {
	c.pass(c.dice.around(2*second, 0.8))
	c.delivery(message, schemas.DeliveryDelivered)
	if c.dice.chance(0.5) {
		c.pass(c.dice.around(8*second, 0.8))
		c.delivery(message, schemas.DeliveryRead)
	}
}

// fail tells that a message did not arrive.
func (c *conversation) fail(message string) {
	c.pass(c.dice.around(12*second, 0.8))
	c.delivery(message, schemas.DeliveryFailed)
	c.retry()
}

// retry is an owner who mostly sends again what did not arrive.
func (c *conversation) retry() {
	c.messages--
	if c.dice.chance(0.85) {
		c.pass(c.dice.around(40*second, 0.8))
		c.fromPerson(c.owner)
	}
}

func (c *conversation) delivery(message, state string) {
	e := c.status(schemas.StatusDeliveryUpdated)
	e.MessageID, e.Delivery = message, state
}
