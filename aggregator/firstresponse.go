package aggregator

import "github.com/floorwatch/floorwatch/schemas"

// Histograms that a reply was given to: the bits of event.sampled.
const (
	sampledAny = 1 << iota
	sampledHuman
	sampledReplyAny
	sampledReplyHuman
	sampledAgent
	sampledAccept
	sampledWork
)

// observe gives each first response to its histogram once, whatever later events do to it: ClickHouse is the ledger. That it was given
// is kept with the reply.
func (s *State) observe(c *conversation, ep *episode) {
	s.sample(c, ep, schemas.MetricFirstResponse, ep.firstResponse, ep.firstReply, sampledAny)
	s.sample(c, ep, schemas.MetricHumanFirstResponse, ep.humanFirstResponse, ep.firstHumanReply, sampledHuman)
}

func (s *State) sample(c *conversation, ep *episode, metric string, r schemas.Response, reply uint64, histogram uint8) {
	if r.At == 0 {
		return
	}
	e := c.work.find(reply)
	if e.sampled&histogram != 0 {
		return
	}
	e.sampled |= histogram
	labels := []string{c.work.company.name, r.Team, r.Channel, r.Kind, ep.kind}
	s.observed = append(s.observed, schemas.Observation{Metric: metric, Labels: labels, Value: float64(r.Millis) / 1000})
}

// find is the event with an id that is known to be there.
func (w *unpacked) find(id uint64) *event {
	for i := len(w.log) - 1; i >= 0; i-- {
		if w.log[i].id == id {
			return &w.log[i]
		}
	}
	panic("BUG: the fold names an event that the conversation does not have")
}
