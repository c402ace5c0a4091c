package pipeline

import (
	"strconv"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// Status is how the pipeline is doing. It is never changed after it was handed out.
type Status struct {
	AsOf       schemas.Instant // when the log took the newest event that is in the numbers
	Partitions int
	CaughtUp   int   // partitions whose numbers are shown
	Lag        int64 // records that are not in the numbers yet
	Records    int64 // records that were read
	StoreUp    bool
	At         schemas.Instant // when this was published
	Gauges     schemas.Gauges  // of the floor and of the pipeline
}

// Ready tells whether all numbers are there and the store takes rows.
func (s *Status) Ready() bool { return s.CaughtUp == s.Partitions && s.Partitions > 0 && s.StoreUp }

// Status gives the latest state. It may be called from anywhere.
func (p *Pipeline) Status() *Status { return p.status.Load() }

// publish makes the gauges of now. A partition that still reads what it missed shows no floor numbers: half a day is a wrong day.
func (p *Pipeline) publish() {
	clock := p.parts.Clock()
	status := &Status{AsOf: p.watermark, Partitions: len(p.partitions), StoreUp: p.flush.up, At: schemas.InstantOf(clock), Gauges: schemas.Gauges{}}
	for number, part := range p.partitions {
		lag := max(part.end-part.next, 0)
		status.Lag += lag
		status.Records += part.records
		status.Gauges[schemas.Sample(schemas.MetricLag, strconv.Itoa(int(number)))] = float64(lag)
		if !part.caughtUp {
			continue
		}
		status.CaughtUp++
		for key, value := range part.state.Gauges(status.At) {
			status.Gauges.Add(key, value)
		}
	}
	if p.load == 0 && status.CaughtUp == status.Partitions {
		p.load = max(clock.Sub(p.started), time.Millisecond)
	}
	if p.load != 0 {
		status.Gauges[schemas.Sample(schemas.MetricLoad)] = p.load.Seconds()
	}
	up := 0.0
	if p.flush.up {
		up = 1
	}
	status.Gauges[schemas.Sample(schemas.MetricStoreUp)] = up
	status.Gauges[schemas.Sample(schemas.MetricPendingRows)] = float64(p.waiting())
	status.Gauges[schemas.Sample(schemas.MetricPartitionsOwned)] = float64(len(p.partitions))
	status.Gauges[schemas.Sample(schemas.MetricPartitions)] = float64(len(p.partitions))
	status.Gauges[schemas.Sample(schemas.MetricPartitionsCaughtUp)] = float64(status.CaughtUp)
	if p.watermark != 0 {
		status.Gauges[schemas.Sample(schemas.MetricWatermark)] = float64(p.watermark) / 1000
	}
	p.status.Store(status)
	p.parts.Meter.Publish(status.Gauges)
	p.observeLatency("prometheus", p.unseen, clock)
	p.unseen = p.unseen[:0]
}
