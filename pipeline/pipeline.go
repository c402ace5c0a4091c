package pipeline

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
)

// Parts are what a pipeline joins.
type Parts struct {
	Log    Log
	Store  Store
	Meter  Meter
	Clock  Clock
	Logger zerolog.Logger
}

// Pipeline is the one loop that owns all state. Reading and writing happen beside it and talk to it over channels.
type Pipeline struct {
	cfg        Config
	parts      Parts
	rejected   zerolog.Logger // a few lines a second; the table rejects has all
	partitions map[int32]*partition
	pending    pending
	flush      flush
	status     atomic.Pointer[Status]
	unseen     []schemas.Instant // when the log took the live events that are not published yet
	watermark  schemas.Instant
	started    time.Time
	load       time.Duration // from the start until all partitions had caught up, 0 before
}

// partition is the fold of one partition of the log and how far it is.
type partition struct {
	state    *aggregator.State
	touched  aggregator.Touched
	next     int64 // offset behind the last record folded
	end      int64 // of the log, as far as known
	goal     int64 // end of the log at the start: from here on its numbers are shown
	records  int64 // that were read
	caughtUp bool
}

// New makes a pipeline. The configuration and settings must be valid.
func New(cfg Config, settings aggregator.Settings, parts Parts) *Pipeline {
	p := &Pipeline{cfg: cfg, parts: parts, partitions: map[int32]*partition{}}
	p.rejected = parts.Logger.Sample(&zerolog.BurstSampler{Burst: 5, Period: time.Second})
	p.flush.up = true
	for number, end := range parts.Log.Ends() {
		p.partitions[number] = &partition{
			state: aggregator.New(settings), touched: aggregator.Touched{}, end: end, goal: end, caughtUp: end == 0,
		}
	}
	p.status.Store(&Status{Partitions: len(p.partitions)})
	return p
}

// Run folds until the context is done, then writes what is left. It returns nil after that, or the reason why it cannot go on.
func (p *Pipeline) Run(ctx context.Context) error {
	reading, stop := context.WithCancel(ctx)
	defer stop()
	polled, broken := make(chan []schemas.Batch), make(chan error, 1)
	go func() { broken <- poll(reading, p.parts.Log, polled) }()
	flushes, publishes := time.NewTicker(p.cfg.FlushInterval), time.NewTicker(p.cfg.PublishInterval)
	defer flushes.Stop()
	defer publishes.Stop()
	p.flush.done, p.started = make(chan error, 1), p.parts.Clock()
	for {
		input := polled
		if p.waiting() >= p.cfg.PendingRows {
			input = nil // the log is the spill: it waits, memory does not grow
		}
		select {
		case batches := <-input:
			for i := range batches {
				p.fold(&batches[i])
			}
		case <-flushes.C:
			p.startFlush()
		case err := <-p.flush.done:
			p.endFlush(err)
		case <-publishes.C:
			p.publish()
		case err := <-broken:
			if ctx.Err() != nil {
				return p.drain()
			}
			return fmt.Errorf("read log: %w", err)
		case <-ctx.Done():
			return p.drain()
		}
	}
}

// poll hands over what the log gives until the context is done or the log is broken.
func poll(ctx context.Context, log Log, polled chan<- []schemas.Batch) error {
	for {
		batches, err := log.Poll(ctx)
		if err != nil {
			return err
		}
		select {
		case polled <- batches:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// fold takes in one batch.
func (p *Pipeline) fold(batch *schemas.Batch) {
	part := p.partitions[batch.Partition]
	if part == nil {
		panic(fmt.Sprintf("BUG: the log gave partition %d, which is not among its ends", batch.Partition))
	}
	now := schemas.InstantOf(p.parts.Clock())
	for i := range batch.Events {
		p.apply(part, &batch.Events[i], now)
	}
	for _, reject := range batch.Rejects {
		if part.live(reject.AppendedAt, now) {
			p.parts.Meter.Count(schemas.MetricRejects, 1, reject.Reason)
		}
		p.rejected.Warn().Int32("partition", reject.Partition).Int64("offset", reject.Offset).
			Str("reason", reject.Reason).Str("detail", reject.Detail).Msg("record rejected")
	}
	p.pending.rows.Rejects = append(p.pending.rows.Rejects, batch.Rejects...)
	part.records += int64(len(batch.Events) + len(batch.Rejects))
	part.next, part.end = batch.Next, max(batch.End, batch.Next)
	part.caughtUp = part.caughtUp || part.next >= part.goal
}

func (p *Pipeline) apply(part *partition, e *schemas.Event, now schemas.Instant) {
	outcome := part.state.Apply(e, e.Offset)
	before := len(part.touched)
	part.touched.Add(outcome.Touched)
	p.pending.touched += len(part.touched) - before
	live := part.live(e.AppendedAt, now)
	if outcome.Accepted {
		p.pending.rows.Events = append(p.pending.rows.Events, schemas.EventRow{
			Meta: schemas.Meta{Version: ^e.ContentHash, AppendedAt: e.AppendedAt}, Event: *e,
		})
	}
	if live {
		p.count(e, &outcome)
	}
	p.watermark = max(p.watermark, e.AppendedAt)
}

// live tells whether a record counts as news: not one of the catch-up at the start, and not one that waited long in the log.
func (part *partition) live(appended, now schemas.Instant) bool {
	return part.caughtUp && now-appended <= liveMillis
}

// count keeps counters and histograms. They take live events only, so that a start does not count the log again.
func (p *Pipeline) count(e *schemas.Event, outcome *aggregator.Outcome) {
	if outcome.Accepted {
		p.parts.Meter.Count(schemas.MetricEvents, 1, e.Type)
		if lag := e.AppendedAt - e.OccurredAt; lag > liveMillis {
			p.parts.Meter.Count(schemas.MetricLateEvents, 1, lagBucket(lag))
		}
	}
	if outcome.Duplicate {
		p.parts.Meter.Count(schemas.MetricDuplicates, 1)
	}
	if outcome.Conflict {
		p.parts.Meter.Count(schemas.MetricEventConflicts, 1)
	}
	if outcome.Ignored {
		p.parts.Meter.Count(schemas.MetricIgnoredStatuses, 1)
	}
	for _, sample := range outcome.Observations {
		p.parts.Meter.Observe(sample)
	}
	if len(outcome.Touched) > 0 {
		p.unseen = append(p.unseen, e.AppendedAt)
		p.pending.appended = append(p.pending.appended, e.AppendedAt)
	}
}

// liveMillis is how long after being appended an event still counts as live.
const liveMillis = 5 * 60 * 1000

func lagBucket(lag schemas.Instant) string {
	for i, hours := range []schemas.Instant{1, 24, 72} {
		if lag <= hours*3600*1000 {
			return schemas.LagBuckets[i]
		}
	}
	return schemas.LagBuckets[3]
}
