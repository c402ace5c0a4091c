package aggregator

import "github.com/floorwatch/floorwatch/schemas"

// place is the labels that gauges of conversations share.
type place struct{ company, team, channel, queue string }

// tally is what the conversations of a place add up to at an instant.
type tally struct {
	place
	of                               *company
	used                             bool
	active, open, closed, unassigned float64
	assignedToHuman, assignedToAI    float64
	initiated                        [2]float64 // by triggers
	waitingOpen, waitingClosed       float64    // for a first response, active today
	waitingAll                       float64    // likewise, open episodes of any day
	backlog                          [3]float64 // open conversations of any day, by backlogOwners
	waits                            [4]wait    // by waitKinds
}

// wait is the open waits of a kind.
type wait struct {
	count, startSum float64
	oldest          schemas.Instant
}

// backlogOwners are the kinds of owners in the order of tally.backlog.
var backlogOwners = [3]string{"", schemas.OwnerHuman, schemas.OwnerAI}

// owner is a person who owns conversations, and how many of those that are open, and neither snoozed nor on hold, at an instant.
type owner struct {
	AgentName
	conversations float64
}

// owner is that of a name; there is one each.
func (s *State) owner(name AgentName) *owner {
	o := s.owners[name]
	if o == nil {
		o = &owner{AgentName: name}
		s.owners[name] = o
	}
	return o
}

// waitKinds are the labels for and stage of waits, in the order of tally.waits.
var waitKinds = [4][2]string{{"any", "first"}, {"any", "next"}, {"human", "first"}, {"human", "next"}}

// tally is that of a place; there is one each.
func (s *State) tally(p place) *tally {
	t := s.places[p]
	if t == nil {
		t = &tally{place: p, of: s.company(p.company)}
		s.places[p] = t
	}
	return t
}

// addDay counts a conversation that is active today.
func (t *tally) addDay(h *hot) {
	t.used = true
	t.active++
	if h.is(flagDayOpen) {
		t.open++
	} else {
		t.closed++
	}
	switch {
	case h.is(flagOwnedByAI):
		t.assignedToAI++
	case h.is(flagOwned):
		t.assignedToHuman++
	default:
		t.unassigned++
	}
	switch {
	case h.is(flagDayWaiting) && h.is(flagDayOpen):
		t.waitingOpen++
	case h.is(flagDayWaiting):
		t.waitingClosed++
	}
}

func (t *tally) addInitiated(trigger uint8) {
	t.used = true
	t.initiated[trigger]++
}

// addOpen counts an open episode: as part of the backlog, for its owner, and its open waits.
func (t *tally) addOpen(h *hot) {
	t.used = true
	switch {
	case h.is(flagHeldByAI):
		t.backlog[2]++
	case h.is(flagHeld):
		t.backlog[1]++
	default:
		t.backlog[0]++
	}
	if h.is(flagHeld) && !h.is(flagPaused) {
		h.owner.conversations++
	}
	if h.is(flagTurn) && !h.is(flagAnswered) {
		t.waitingAll++
	}
	t.addWait(0, h.waitingSince, h.is(flagAnswered))
	t.addWait(2, h.waitingHumanSince, h.is(flagAnsweredByHuman))
}

func (t *tally) addWait(kind int, since schemas.Instant, answered bool) {
	if since == 0 {
		return
	}
	if answered {
		kind++
	}
	w := &t.waits[kind]
	if w.count == 0 || since < w.oldest {
		w.oldest = since
	}
	w.count, w.startSum = w.count+1, w.startSum+seconds(since)
}

// write makes the gauges of a place. What is zero is left out, but for the tiles of the place without a channel, which no conversation
// is in: they stand for the company.
func (t *tally) write(gauges schemas.Gauges) {
	p := t.place
	set := func(metric string, value float64, more ...string) {
		if value != 0 || p.channel == "" && len(more) == 0 {
			key := schemas.Sample(metric, p.company, p.team, p.channel, p.queue)
			copy(key.Labels[4:], more)
			gauges[key] = value
		}
	}
	set(schemas.MetricActiveToday, t.active)
	set(schemas.MetricOpenToday, t.open)
	set(schemas.MetricClosedToday, t.closed)
	set(schemas.MetricUnassignedToday, t.unassigned)
	set(schemas.MetricAssignedToday, t.assignedToHuman, schemas.OwnerHuman)
	set(schemas.MetricAssignedToday, t.assignedToAI, schemas.OwnerAI)
	for i, n := range t.initiated {
		set(schemas.MetricInitiatedToday, n, triggers[i])
	}
	set(schemas.MetricWaitingFirstResponse, t.waitingOpen, schemas.ScopeToday, "open")
	set(schemas.MetricWaitingFirstResponse, t.waitingClosed, schemas.ScopeToday, "closed")
	set(schemas.MetricWaitingFirstResponse, t.waitingAll, schemas.ScopeAll, "open")
	for i, n := range t.backlog {
		set(schemas.MetricBacklog, n, backlogOwners[i])
	}
	for i, w := range t.waits {
		set(schemas.MetricWaitingReply, w.count, waitKinds[i][:]...)
		set(schemas.MetricWaitingOldest, seconds(w.oldest), waitKinds[i][:]...)
		set(schemas.MetricWaitingStartSum, w.startSum, waitKinds[i][:]...)
	}
}
