package aggregator

import "github.com/floorwatch/floorwatch/schemas"

// Bits of conversation.observed.
const (
	observedAny uint8 = 1 << iota
	observedHuman
)

// observe gives each first response to its histogram once, whatever later events do to it: ClickHouse is the ledger.
func (s *State) observe(c *conversation) {
	for len(c.observed) < len(c.fold.episodes) {
		c.observed = append(c.observed, 0)
	}
	for i := range c.fold.episodes {
		ep := &c.fold.episodes[i]
		c.observed[i] |= s.sample(c, ep, schemas.MetricFirstResponse, ep.firstResponse, c.observed[i]&observedAny != 0, observedAny)
		c.observed[i] |= s.sample(c, ep, schemas.MetricHumanFirstResponse, ep.humanFirstResponse, c.observed[i]&observedHuman != 0, observedHuman)
	}
}

func (s *State) sample(c *conversation, ep *episode, metric string, r schemas.FirstResponse, done bool, bit uint8) uint8 {
	if r.At == 0 || done {
		return 0
	}
	labels := []string{c.company.name, r.Team, r.Channel, r.Kind, ep.kind}
	s.observed = append(s.observed, schemas.Observation{Metric: metric, Labels: labels, Value: float64(r.Millis) / 1000})
	return bit
}
