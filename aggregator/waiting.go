package aggregator

import "github.com/floorwatch/floorwatch/schemas"

// waits are an episode's open waits and first responses (docs/rules.md R5).
//
// A wait starts at the first unanswered customer turn; later turns do not move it. The wait for anybody ends at a reply by a person
// or an AI. The wait for a person starts at the first turn too, but an AI's reply takes it away until the hand-off. Closing ends
// waits without a sample.
type waits struct {
	firstTurnAt        schemas.Instant // 0 if none
	firstTurnDay       schemas.Date
	businessFirst      bool // the company had replied before the customer's first turn: no first response
	answered           bool // there is a reply by a person or an AI
	answeredByHuman    bool
	servedByAI         bool
	handedOffAt        schemas.Instant
	waitingSince       schemas.Instant
	waitingHumanSince  schemas.Instant
	autoReplied        bool
	closedUnanswered   bool
	firstResponse      schemas.Response
	humanFirstResponse schemas.Response
	humanFromStart     schemas.Response
	acceptedAt         schemas.Instant // first accept by a person, else first assignment to one
	assignedOnly       bool            // … it is an assignment
	acceptedAnswered   bool            // a person replied behind it
	agentFirstResponse schemas.Response
	firstReply         uint64 // event ids of the replies that ended them
	firstHumanReply    uint64
	firstAgentReply    uint64
}

// accept notes that a person accepted the episode, or got it assigned. An accept behind the reply comes too late to be waited from.
func (w *waits) accept(at schemas.Instant, accepted bool) {
	if w.acceptedAt == 0 || accepted && w.assignedOnly && !w.acceptedAnswered {
		w.acceptedAt, w.assignedOnly = at, !accepted
	}
}

// isReply tells a business reply: a counted message by a person or an AI. Automation and campaigns never are.
func (e *event) isReply() bool {
	return e.counted && (e.author == schemas.AuthorAI || e.isHuman())
}

func (e *event) isHuman() bool {
	return e.author == schemas.AuthorHuman || e.author == schemas.AuthorSupervisor
}

func (w *waits) message(e *event, f *fold, c *company) {
	switch {
	case e.author == schemas.AuthorCustomer:
		w.turn(e, c)
	case e.isReply():
		w.reply(e, f, c)
	default: // automation answers nobody
		w.autoReplied = w.autoReplied || w.firstTurnAt != 0
	}
}

func (w *waits) turn(e *event, c *company) {
	if w.firstTurnAt == 0 {
		w.firstTurnAt, w.firstTurnDay, w.businessFirst = e.at, c.clocks.Calendar.Day(e.at).Date, w.answered
	}
	if w.waitingSince == 0 {
		w.waitingSince = e.at
	}
	if w.waitingHumanSince == 0 && (!w.servedByAI || w.handedOffAt != 0) {
		w.waitingHumanSince = e.at
	}
}

// customerBegan tells an episode in which nobody answered before the customer's first turn.
func (w *waits) customerBegan() bool { return w.firstTurnAt != 0 && !w.businessFirst }

func (w *waits) reply(e *event, f *fold, c *company) {
	ep, eligible := f.openEpisode(), w.customerBegan()
	f.endWait(waitsForAny, w.waitingSince, w.answered, e, c)
	if eligible && w.firstResponse.At == 0 {
		w.firstResponse, w.firstReply = ep.response(e, w.firstTurnAt, c), e.id
	}
	w.waitingSince, w.answered = 0, true
	if !e.isHuman() {
		w.servedByAI = true
		if w.handedOffAt == 0 {
			w.waitingHumanSince = 0
		}
		return
	}
	if since := w.humanClock(); eligible && !w.answeredByHuman && since != 0 {
		w.humanFirstResponse, w.firstHumanReply = ep.response(e, since, c), e.id
	}
	if eligible && !w.answeredByHuman {
		w.humanFromStart = ep.response(e, w.firstTurnAt, c)
	}
	if eligible && w.acceptedAt != 0 && w.agentFirstResponse.At == 0 {
		w.agentFirstResponse, w.firstAgentReply = ep.response(e, max(w.acceptedAt, w.firstTurnAt), c), e.id
	}
	w.acceptedAnswered = w.acceptedAnswered || w.acceptedAt != 0
	f.endWait(waitsForHuman, w.waitingHumanSince, w.answeredByHuman, e, c)
	f.replyOf(e, c)
	w.waitingHumanSince, w.answeredByHuman = 0, true
}

// humanClock is when the customer began to wait for a person: at the hand-off if an AI served before, else at the first turn. It is
// 0 if an AI served and nobody asked for a person.
func (w *waits) humanClock() schemas.Instant {
	if w.servedByAI {
		return w.waitingHumanSince
	}
	return w.firstTurnAt
}

func (w *waits) handOff(at schemas.Instant) {
	if w.handedOffAt == 0 {
		w.handedOffAt = at
	}
	if w.waitingHumanSince == 0 && w.firstTurnAt != 0 && w.servedByAI {
		w.waitingHumanSince = at
	}
}

func (w *waits) endWaits() {
	w.closedUnanswered = w.waitingSince != 0
	w.waitingSince, w.waitingHumanSince = 0, 0
}

// response is a first response that began at since and ends with e.
func (ep *episode) response(e *event, since schemas.Instant, c *company) schemas.Response {
	kind := schemas.OwnerAI
	if e.isHuman() {
		kind = schemas.OwnerHuman
	}
	return schemas.Response{
		At: e.at, Lasted: c.clocks.Lasted(ep.team, since, e.at), Day: c.clocks.Calendar.Day(e.at).Date, Responder: e.agent, Kind: kind,
		Team: ep.team, Queue: ep.queue, Channel: ep.channel,
	}
}
