package simulate

import (
	"strconv"

	"github.com/floorwatch/floorwatch/schemas"
)

// nobody is the owner of a conversation that has none.
const nobody = -1

// conversation tells one conversation: its act does what happens at the instant now, moves now on and names the act that follows.
type conversation struct {
	company *company
	dice    dice
	id      string
	limit   schemas.Instant // nothing is told from here on
	self    *actor          // who takes the events, during play

	now   schemas.Instant
	act   func(*conversation) // nil when the story is over
	stamp stamp

	events, messages int // told so far
	target           int // messages after which it comes to an end
	visits           int // times that the customer came back

	channel  string
	customer string
	team     int
	owner    int // index of the agent, or nobody
	ai       bool
	queued   bool
}

// Channels and how often customers choose them.
var (
	channels       = [...]string{"web", "app", "whatsapp", "messenger", "instagram", "sms", "email", "in_product"}
	channelWeights = []float64{0.34, 0.16, 0.22, 0.08, 0.06, 0.04, 0.05, 0.05}
	teamWeights    = []float64{0.45, 0.25, 0.15, 0.15}
)

func newConversation(c *company, id string, begin schemas.Instant, d dice) *conversation {
	return &conversation{
		company: c, dice: d, id: id, now: begin, limit: begin + longest, act: (*conversation).begin,
		// About half of the conversations end with up to 7 messages, one in ten with more than 25.
		target:  max(2, int(9*d.spread(1.05))),
		channel: channels[d.pick(channelWeights)], team: d.pick(teamWeights), owner: nobody,
		customer: "customer-" + strconv.FormatUint(d.Uint64N(uint64(c.rate*500)+500), 36),
	}
}

func (c *conversation) play(self *actor, _ *stage) bool {
	act := c.act
	c.self, c.act = self, nil
	act(c)
	c.self = nil
	self.wake = c.now
	return c.act != nil && c.now < c.limit
}

// pass lets time go by.
func (c *conversation) pass(duration schemas.Instant) {
	c.now = c.company.clock(c.now + duration)
}

// then names the act that follows and when.
func (c *conversation) then(act func(*conversation), after schemas.Instant) {
	c.pass(after)
	c.act = act
}

// event tells an event. It is lost when the conversation has come to its limit.
func (c *conversation) event(kind string) *schemas.Event {
	c.events++
	e := schemas.Event{
		SchemaVersion: schemas.SchemaVersion, Type: kind, ID: c.id + "-" + strconv.Itoa(c.events), Company: c.company.Name,
		OccurredAt: c.now, Sequence: c.stamp.at(c.now), Conversation: c.id, Channel: c.channel,
	}
	if c.now >= c.limit {
		return &e
	}
	c.self.pending = append(c.self.pending, e)
	return &c.self.pending[len(c.self.pending)-1]
}

func (c *conversation) status(status string) *schemas.Event {
	e := c.event(schemas.TypeStatus)
	e.Status = status
	return e
}

// message tells a public text to the customer; the caller changes what is different.
func (c *conversation) message(author string) *schemas.Event {
	c.messages++
	e := c.event(schemas.TypeMessage)
	e.MessageID = "message-" + strconv.Itoa(c.events)
	e.Direction, e.AuthorKind, e.Visibility, e.Kind = schemas.DirectionOut, author, schemas.VisibilityPublic, schemas.KindText
	e.Delivery, e.Origin = schemas.DeliverySent, schemas.OriginProduct
	e.TextLength = int64(min(4000, 1+60*c.dice.spread(0.9)))
	return e
}

// aside tells a message that is not counted among those of the conversation's length.
func (c *conversation) aside(author string) *schemas.Event {
	c.messages--
	return c.message(author)
}

func (c *conversation) fromCustomer() *schemas.Event {
	e := c.message(schemas.AuthorCustomer)
	e.Direction, e.Customer = schemas.DirectionIn, c.customer
	return e
}

func (c *conversation) fromOwner() *schemas.Event {
	e := c.message(schemas.AuthorHuman)
	e.Agent = c.company.agents[c.owner].id
	return e
}

// assign gives the conversation to a person.
func (c *conversation) assign(status string, agent int) {
	e := c.status(status)
	e.Owner, e.OwnerKind, e.Team = c.company.agents[agent].id, schemas.OwnerHuman, teams[c.team].name
	c.owner, c.ai, c.queued = agent, false, false
}

// colleague finds somebody else who takes conversations now.
func (c *conversation) colleague() (agent int, ok bool) {
	return c.company.someone(c.dice, c.team, c.now, c.owner)
}
