package pipeline

import (
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/schemas"
)

// forgetInterval is how often the state of conversations that are over is deleted, and forgetAfter how long after they are.
const (
	forgetInterval = 24 * time.Hour
	forgetAfter    = aggregator.Expiry + 7*24*3600*1000
)

// forget deletes what is over, beside the loop, once a day and not at once after a start. Time is the log's: a log that is read again
// from long ago keeps its states; and the clock's, since a broker's may have jumped ahead. A failure is only noted, the next day tries
// again.
func (p *Pipeline) forget() {
	now := p.parts.Clock()
	if now.Before(p.forgetAt) {
		return
	}
	first := p.forgetAt.IsZero()
	p.forgetAt = now.Add(forgetInterval)
	if first {
		return
	}
	before := map[int32]schemas.Instant{}
	for number, part := range p.partitions {
		if part.caughtUp {
			before[number] = min(part.appended, schemas.InstantOf(now)) - forgetAfter
		}
	}
	go func() {
		for number, instant := range before {
			if err := p.parts.Store.ForgetState(p.background, number, instant); err != nil && p.background.Err() == nil {
				p.parts.Logger.Warn().Err(err).Int32("partition", number).Msg("old states not deleted")
			}
		}
	}()
}
