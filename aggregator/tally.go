package aggregator

import "github.com/floorwatch/floorwatch/schemas"

// place is the labels that gauges of conversations share.
type place struct{ company, team, channel, queue string }

// tally is what the conversations of a place add up to.
type tally struct {
	active, open, closed, unassigned float64
	assigned                         map[string]float64 // by owner kind
	initiated                        map[string]float64 // by trigger
	waitingOpen, waitingClosed       float64            // for a first response, active today
	waitingAll                       float64            // likewise, open episodes of any day
	waits                            [4]wait            // by waitKinds
}

// wait is the open waits of a kind.
type wait struct {
	count, startSum float64
	oldest          schemas.Instant
}

// waitKinds are the labels for and stage of waits, in the order of tally.waits.
var waitKinds = [4][2]string{{"any", "first"}, {"any", "next"}, {"human", "first"}, {"human", "next"}}

func at(floor map[place]*tally, p place) *tally {
	t := floor[p]
	if t == nil {
		t = &tally{assigned: map[string]float64{}, initiated: map[string]float64{}}
		floor[p] = t
	}
	return t
}

// addDay counts a conversation that is active today.
func (t *tally) addDay(d *day) {
	t.active++
	if d.open {
		t.open++
	} else {
		t.closed++
	}
	if d.owner == "" {
		t.unassigned++
	} else {
		t.assigned[d.ownerKind]++
	}
	switch {
	case d.waiting && d.open:
		t.waitingOpen++
	case d.waiting:
		t.waitingClosed++
	}
}

// addWaits counts the open waits of an open episode.
func (t *tally) addWaits(ep *episode) {
	if ep.firstTurnAt != 0 && !ep.answered {
		t.waitingAll++
	}
	t.addWait(0, ep.waitingSince, ep.answered)
	t.addWait(2, ep.waitingHumanSince, ep.answeredByHuman)
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
func (t *tally) write(gauges schemas.Gauges, p place) {
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
	for kind, n := range t.assigned {
		set(schemas.MetricAssignedToday, n, kind)
	}
	for trigger, n := range t.initiated {
		set(schemas.MetricInitiatedToday, n, trigger)
	}
	set(schemas.MetricWaitingFirstResponse, t.waitingOpen, schemas.ScopeToday, "open")
	set(schemas.MetricWaitingFirstResponse, t.waitingClosed, schemas.ScopeToday, "closed")
	set(schemas.MetricWaitingFirstResponse, t.waitingAll, schemas.ScopeAll, "open")
	for i, w := range t.waits {
		set(schemas.MetricWaitingReply, w.count, waitKinds[i][:]...)
		set(schemas.MetricWaitingOldest, seconds(w.oldest), waitKinds[i][:]...)
		set(schemas.MetricWaitingStartSum, w.startSum, waitKinds[i][:]...)
	}
}
