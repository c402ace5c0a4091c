package simulate

import (
	"strconv"

	"github.com/floorwatch/floorwatch/schemas"
)

// nobody is the owner of a conversation that has none.
const nobody = -1

// never is an instant that does not come.
const never = schemas.Instant(1<<62 - 1)

// conversation tells one conversation: its act does what happens at the instant now, moves now on and names the act that follows.
type conversation struct {
	company *company
	cohort  *cohort
	dice    dice
	id      string
	limit   schemas.Instant // nothing is told from here on
	self    *actor          // who takes the events

	now   schemas.Instant
	act   func(*conversation, *stage) // nil when the story is over
	stamp stamp

	events, messages int // told so far
	target           int // messages after which it comes to an end
	visits           int // times that the customer came back
	open             bool

	channel  int // index in channels
	customer string
	team     int
	mood     float64         // the customer's, about -1 to 1
	owner    int             // index of the agent, or nobody
	ends     schemas.Instant // the owner's shift
	ai       bool            // the AI agent is the owner
	turn     turn            // of the AI agent
	replied  bool            // a person answered since the customer came
	asked    bool            // the customer wrote last

	queued   bool
	waiting  bool            // in its team's line
	ticket   int             // of its place there
	since    schemas.Instant // when it was queued last
	patience schemas.Instant // when the customer gives up, or never
	slot     int             // index of the agent one of whose slots it has, or nobody
	declined int             // index of the agent who did not want it, or nobody
	helper   int             // index of the supervisor who joined, or nobody
}

// Channels and how often customers choose them. On the first few, which are live, the customer waits before a screen; on the others
// people write when they please.
var (
	channels       = [...]string{"web", "app", "in_product", "whatsapp", "messenger", "instagram", "sms", "email"}
	channelWeights = []float64{0.34, 0.16, 0.05, 0.22, 0.08, 0.06, 0.04, 0.05}
	teamWeights    = []float64{0.45, 0.25, 0.15, 0.15}
)

// live is how many of the channels are live.
const live = 3

func newConversation(g *cohort, id string, begin schemas.Instant, d dice) *conversation {
	c := &conversation{
		company: g.company, cohort: g, dice: d, id: id, now: begin, limit: begin + longest, act: (*conversation).begin,
		// About half of the conversations end with up to 7 messages, one in ten with more than 25.
		target:  max(2, int(9*d.spread(1.12))),
		channel: d.pick(channelWeights), team: d.pick(teamWeights), mood: 0.15 + 0.3*d.NormFloat64(),
		owner: nobody, slot: nobody, declined: nobody, helper: nobody, patience: never,
		customer: "customer-" + strconv.FormatUint(d.Uint64N(uint64(g.company.rate*500)+500), 36),
	}
	c.self = &actor{kind: conversationKind, company: g.company.index, id: id, wake: begin, role: c}
	return c
}

func (c *conversation) play(self *actor, stage *stage) bool {
	act := c.act
	c.now, c.act = self.wake, nil
	act(c, stage)
	if c.now >= c.limit && c.open { // somebody tidies up before nobody looks for it any more
		c.now, c.act = max(c.limit-second, self.wake), (*conversation).tidy
		if last := len(self.pending) - 1; last >= 0 {
			c.now = max(c.now, self.pending[last].OccurredAt)
		}
	}
	self.wake = c.now
	return c.act != nil && c.now < c.limit
}

// pass lets time go by.
func (c *conversation) pass(duration schemas.Instant) {
	c.now = c.company.clock(c.now + duration)
}

// then names the act that follows and when.
func (c *conversation) then(act func(*conversation, *stage), after schemas.Instant) {
	c.pass(after)
	c.act = act
}

// thenOwner is then for what happens while an agent owns the conversation: the end of the shift comes first, if it comes before.
func (c *conversation) thenOwner(act func(*conversation, *stage), after schemas.Instant) {
	if c.now+after >= c.ends {
		c.then((*conversation).part, max(0, c.ends-c.now))
		return
	}
	c.then(act, after)
}

// event tells an event. It is lost when the conversation has come to its limit.
func (c *conversation) event(kind string) *schemas.Event {
	c.events++
	e := schemas.Event{
		SchemaVersion: schemas.SchemaVersion, Type: kind, ID: c.id + "-" + strconv.Itoa(c.events), Company: c.company.Name,
		OccurredAt: c.now, Sequence: c.stamp.at(c.now),
	}
	if kind != schemas.TypeDirectory {
		e.Conversation = c.id
	}
	if kind == schemas.TypeMessage || kind == schemas.TypeStatus {
		e.Channel = channels[c.channel]
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

// byAgent tells a status that an agent did.
func (c *conversation) byAgent(status string, agent int) *schemas.Event {
	e := c.status(status)
	e.Agent = c.company.agents[agent].id
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

// fromPerson tells a message by an agent, or by a supervisor who is not the owner.
func (c *conversation) fromPerson(agent int) *schemas.Event {
	author := schemas.AuthorHuman
	if c.company.agents[agent].lead && agent != c.owner {
		author = schemas.AuthorSupervisor
	}
	e := c.message(author)
	e.Agent = c.company.agents[agent].id
	return e
}

// assign gives the conversation to a person, who has a slot for it already.
func (c *conversation) assign(status string, agent int) {
	e := c.status(status)
	e.Owner, e.OwnerKind, e.Team = c.company.agents[agent].id, schemas.OwnerHuman, teams[c.team].name
	c.owner, c.ai, c.queued = agent, false, false
	c.ends = c.company.postOf(agent, c.now).ends
}

// labour is how long the owner needs for something.
func (c *conversation) labour(median schemas.Instant, sigma float64) schemas.Instant {
	agent := &c.company.agents[c.owner]
	pace := agent.pace
	if !agent.trained.has(c.channel) {
		pace *= 1.4
	}
	return schemas.Instant(pace * float64(c.dice.around(median, sigma)))
}
