package pipeline

import (
	"strconv"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/schemas"
)

// Status is how the pipeline is doing. It is never changed after it was handed out.
type Status struct {
	AsOf       schemas.Instant // when the log took the newest event that is in the numbers
	Partitions int             // of the topic
	Owned      int             // that are this instance's
	Member     bool            // the group has told which these are, if only that there is none
	CaughtUp   int             // … whose numbers are shown
	Lag        int64           // records that are not in the numbers yet
	Records    int64           // records that were read
	StoreUp    bool
	At         schemas.Instant // when this was published
	Gauges     schemas.Gauges  // of the floor and of the pipeline
}

// Ready tells whether all numbers of this instance's partitions are there and the store takes rows. One that has no partition, because
// there are more instances than partitions, is ready to take over.
func (s *Status) Ready() bool { return s.CaughtUp == s.Owned && (s.Owned > 0 || s.Member) && s.StoreUp }

// Status gives the latest state. It may be called from anywhere.
func (p *Pipeline) Status() *Status { return p.status.Load() }

// publish makes the gauges of now. It takes at most a tenth of the loop's time.
func (p *Pipeline) publish() {
	clock := p.parts.Clock()
	if clock.Sub(p.published) < p.pause {
		return
	}
	status := &Status{
		AsOf: p.watermark, Partitions: int(p.total), Owned: len(p.partitions), Member: p.member, StoreUp: p.flush.up && p.knowsSettings(clock),
		At: schemas.InstantOf(clock), Gauges: schemas.Gauges{},
	}
	for number, part := range p.partitions {
		p.publishPartition(status, number, part)
	}
	if p.load == 0 && status.CaughtUp == status.Owned && status.Owned > 0 {
		p.load = max(clock.Sub(p.began), time.Millisecond)
	}
	first := p.partitions[0]
	p.rollups.ours.Store(first != nil && first.caughtUp)
	aggregator.AddOutgoing(status.Gauges, p.lastOutgoing())
	aggregator.CapAgents(status.Gauges, p.settings)
	p.addOwn(status)
	p.status.Store(status)
	p.parts.Meter.Publish(status.Gauges)
	observeLatency(p.parts.Meter, "prometheus", p.unseen, clock)
	p.unseen = p.unseen[:0]
	p.published = p.parts.Clock()
	p.pause = 9 * p.published.Sub(clock)
}

// publishPartition adds a partition's numbers. One that still reads what it missed shows none of the floor: half a day is a wrong day.
func (p *Pipeline) publishPartition(status *Status, number int32, part *partition) {
	lag := max(part.end-part.next, 0)
	status.Lag += lag
	status.Records += part.records
	status.Gauges[schemas.Sample(schemas.MetricLag, strconv.Itoa(int(number)))] = float64(lag)
	if part.state == nil {
		return
	}
	status.Gauges.Add(schemas.Sample(schemas.MetricPendingBytes), float64(part.state.PendingBytes()))
	status.Gauges.Add(schemas.Sample(schemas.MetricUnreadable), float64(part.state.Unreadable()))
	if !part.caughtUp {
		return
	}
	status.CaughtUp++
	status.Gauges.Add(schemas.Sample(schemas.MetricProvisional), float64(part.state.Provisional()))
	for key, value := range part.state.Gauges(status.At) {
		status.Gauges.Add(key, value)
	}
}

// addOwn adds the pipeline's own gauges.
func (p *Pipeline) addOwn(status *Status) {
	set := func(metric string, value float64) { status.Gauges[schemas.Sample(metric)] = value }
	if p.load != 0 {
		set(schemas.MetricLoad, p.load.Seconds())
	}
	if dirty := p.rollups.dirty.Load(); dirty >= 0 {
		set(schemas.MetricRollupsDue, float64(dirty))
	}
	set(schemas.MetricStoreUp, 0)
	if status.StoreUp {
		set(schemas.MetricStoreUp, 1)
	}
	set(schemas.MetricPendingRows, float64(p.waiting()))
	set(schemas.MetricPartitionsOwned, float64(status.Owned))
	set(schemas.MetricPartitions, float64(p.total))
	set(schemas.MetricPartitionsCaughtUp, float64(status.CaughtUp))
	if p.watermark != 0 {
		set(schemas.MetricWatermark, float64(p.watermark)/1000)
	}
}
