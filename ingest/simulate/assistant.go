package simulate

import (
	"math"

	"github.com/floorwatch/floorwatch/schemas"
)

// intent is what customers want of the AI agent.
type intent struct {
	name     string
	weight   float64
	fallback float64 // how often there is no answer
	articles []string
}

var intents = [...]intent{
	{"order_status", 0.26, 0.08, []string{"kb-101", "kb-102"}},
	{"return_item", 0.17, 0.15, []string{"kb-210", "kb-211"}},
	{"invoice_copy", 0.14, 0.12, []string{"kb-300"}},
	{"reset_password", 0.14, 0.06, []string{"kb-400", "kb-401"}},
	{"opening_hours", 0.08, 0.03, []string{"kb-500"}},
	{"cancel_contract", 0.09, 0.35, []string{"kb-610"}},
	{"damaged_item", 0.07, 0.4, []string{"kb-710", "kb-212"}},
	{"price_question", 0.05, 0.3, []string{"kb-800"}},
}

var intentWeights = func() (weights []float64) {
	for _, intent := range intents {
		weights = append(weights, intent.weight)
	}
	return weights
}()

// flow is the name of the dialogue that the AI agent follows.
const flow = "front-door"

// turn is where the AI agent stands with a customer.
type turn struct {
	intent  int
	latency schemas.Instant // of the answer to come
	unsure  int             // answers in a row that were none
	paused  bool            // a person told the flow to stop
}

// assistantTakes makes the AI agent the owner.
func (c *conversation) assistantTakes() {
	e := c.status(schemas.StatusAssigned)
	e.Owner, e.OwnerKind = assistant, schemas.OwnerAI
	c.owner, c.ai, c.turn = nobody, true, turn{intent: c.dice.pick(intentWeights), paused: c.turn.paused}
	c.resume()
	c.think()
}

// resume lets the flow answer again, if a person had told it to stop.
func (c *conversation) resume() {
	if c.turn.paused {
		c.status(schemas.StatusAIFlowResumed).Facts = &schemas.Facts{AITurn: schemas.AITurn{Flow: flow}}
		c.turn.paused = false
	}
}

// think is the time that the AI agent takes for an answer.
func (c *conversation) think() {
	c.turn.latency = c.dice.around(1800, 0.5)
	c.then((*conversation).assist, c.turn.latency)
}

// assist is the AI agent's turn.
func (c *conversation) assist(*stage) {
	wanted := &intents[c.turn.intent]
	if c.dice.chance(wanted.fallback * float64(1+c.turn.unsure)) {
		c.turn.unsure++
		c.reply(true)
		c.mood -= 0.2
		switch c.dice.pick([]float64{0.5 / float64(c.turn.unsure), 0.35, 0.15}) {
		case 0:
			c.again()
		case 1:
			c.handOff("not understood")
		default:
			c.silence()
		}
		return
	}
	c.turn.unsure = 0
	c.reply(false)
	switch c.dice.pick([]float64{0.45, 0.16, 0.3, 0.09}) {
	case 0:
		c.again()
	case 1:
		c.handOff([...]string{"asked for a person", "refund", "complaint"}[c.dice.IntN(3)])
	case 2:
		c.then((*conversation).satisfied, c.dice.around(4*minute, 0.8))
	default:
		c.silence()
	}
}

// reply is a message of the AI agent with what it made of the customer's turn.
func (c *conversation) reply(fallback bool) {
	wanted := &intents[c.turn.intent]
	told := &struct {
		facts      schemas.Facts
		confidence float64
		latency    int64
	}{confidence: 0.75 + 0.25*c.dice.Float64(), latency: int64(c.turn.latency)}
	a := &told.facts.AITurn
	*a = schemas.AITurn{Intent: wanted.name, Confidence: &told.confidence, Fallback: fallback, LatencyMillis: &told.latency, Flow: flow}
	if fallback {
		told.confidence = 0.15 + 0.4*c.dice.Float64()
		if a.Search = schemas.SearchFailed; c.dice.chance(0.3) {
			a.Search = schemas.SearchFound // but it does not help
		}
	} else if c.dice.chance(0.8) {
		a.Search, a.Articles = schemas.SearchFound, wanted.articles[:1+c.dice.IntN(len(wanted.articles))]
	}
	told.confidence = math.Round(100*told.confidence) / 100
	switch unsafe := c.dice.Float64(); {
	case unsafe < 0.0005:
		a.Unsafe, a.UnsafeCategory = schemas.UnsafeSent, "promise"
	case unsafe < 0.006:
		a.Unsafe, a.UnsafeCategory = schemas.UnsafeBlocked, "personal data"
	}
	e := c.message(schemas.AuthorAI)
	e.Agent, e.Facts = assistant, &told.facts
}

// again is a customer who has another question for the AI agent, or the same in other words.
func (c *conversation) again() {
	c.pass(c.dice.around(35*second, 1))
	c.ask()
	if c.turn.unsure == 0 && c.dice.chance(0.3) {
		c.turn.intent = c.dice.pick(intentWeights)
	}
	c.think()
}

// handOff is an AI agent that wants a person.
func (c *conversation) handOff(reason string) {
	c.pass(c.dice.between(0, 2*second))
	if c.turn.paused = c.dice.chance(0.4); c.turn.paused {
		c.status(schemas.StatusAIFlowPaused).Facts = &schemas.Facts{AITurn: schemas.AITurn{Flow: flow}}
	}
	e := c.status(schemas.StatusHandedOff)
	e.Queue, e.Team, e.Reason = teams[c.team].name, teams[c.team].name, reason
	c.ai = false
	c.enqueue()
}

// silence is a customer who says no more to the AI agent.
func (c *conversation) silence() {
	if c.dice.chance(0.25) {
		c.then((*conversation).walkAway, c.dice.around(minute, 1))
		return
	}
	c.then((*conversation).giveUpOn, c.dice.between(20*minute, hour))
}

func (c *conversation) satisfied(stage *stage) { c.close(schemas.CloseAIResolved, stage) }

func (c *conversation) walkAway(stage *stage) { c.close(schemas.CloseCustomerLeft, stage) }
