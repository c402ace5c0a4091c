package aggregator

import (
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

// observed is the replies of a conversation that were given to a histogram, by their event ids.
type observed struct{ any, human []uint64 }

// observe gives each first response to its histogram once, whatever later events do to it: ClickHouse is the ledger.
func (s *State) observe(c *conversation, ep *episode) {
	s.sample(c, ep, schemas.MetricFirstResponse, ep.firstResponse, ep.firstReply, &c.observed.any)
	s.sample(c, ep, schemas.MetricHumanFirstResponse, ep.humanFirstResponse, ep.firstHumanReply, &c.observed.human)
}

func (s *State) sample(c *conversation, ep *episode, metric string, r schemas.FirstResponse, reply uint64, done *[]uint64) {
	if r.At == 0 || slices.Contains(*done, reply) {
		return
	}
	*done = append(*done, reply)
	labels := []string{c.company.name, r.Team, r.Channel, r.Kind, ep.kind}
	s.observed = append(s.observed, schemas.Observation{Metric: metric, Labels: labels, Value: float64(r.Millis) / 1000})
}
