package pipeline

import (
	"context"
	"fmt"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// pending is what waits to be written: keys of rows that are made when the flush begins, and rows that are facts of their own.
type pending struct {
	touched  int // keys over all partitions
	rows     schemas.Rows
	appended []schemas.Instant // when the log took the live events among them
}

func (p *pending) len() int { return p.touched + p.rows.Len() }

// flush is the write in hand. There is one at a time; while it lasts, or fails and waits, changes gather by key and not by event.
type flush struct {
	rows     *schemas.Rows // nil: none in hand
	appended []schemas.Instant
	started  time.Time
	running  bool
	retryAt  time.Time
	backoff  time.Duration
	up       bool
	done     chan error
}

// waiting is how many rows are not acknowledged yet.
func (p *Pipeline) waiting() int {
	if p.flush.rows == nil {
		return p.pending.len()
	}
	return p.pending.len() + p.flush.rows.Len()
}

const maxBackoff = 10 * time.Second

// startFlush writes the rows that are due, beside the loop. Rows of a flush that failed go first, as they are.
func (p *Pipeline) startFlush() {
	f := &p.flush
	now := p.parts.Clock()
	if f.running || (f.rows != nil && now.Before(f.retryAt)) {
		return
	}
	if f.rows == nil {
		rows := p.collect(schemas.InstantOf(now))
		if rows.Len() == 0 {
			return
		}
		f.rows, f.appended = &rows, p.pending.appended
		p.pending.appended = nil
	}
	f.running, f.started = true, now
	go func(rows *schemas.Rows) { f.done <- p.parts.Store.Write(context.Background(), rows) }(f.rows)
}

// collect makes the rows of all touched keys and takes the others over.
func (p *Pipeline) collect(now schemas.Instant) schemas.Rows {
	rows := p.pending.rows
	p.pending.rows, p.pending.touched = schemas.Rows{}, 0
	for _, part := range p.partitions {
		rows.Append(part.state.Rows(part.touched))
		rows.Calendar = append(rows.Calendar, part.state.Calendar(now)...)
		clear(part.touched)
	}
	return rows
}

// endFlush notes that the write in hand was acknowledged, or when to write the same rows again.
func (p *Pipeline) endFlush(err error) {
	f := &p.flush
	f.running = false
	now := p.parts.Clock()
	if err != nil {
		f.backoff = min(max(2*f.backoff, 100*time.Millisecond), maxBackoff)
		f.retryAt, f.up = now.Add(f.backoff), false
		p.parts.Meter.Count(schemas.MetricFlushFailures, 1)
		p.parts.Logger.Error().Err(err).Int("rows", f.rows.Len()).Dur("again_in", f.backoff).Msg("rows not written")
		return
	}
	p.parts.Meter.Count(schemas.MetricRowsWritten, float64(f.rows.Len()))
	p.parts.Meter.Observe(schemas.Observation{Metric: schemas.MetricFlush, Value: now.Sub(f.started).Seconds()})
	p.observeLatency("clickhouse", f.appended, now)
	f.rows, f.appended, f.backoff, f.up = nil, nil, 0, true
}

func (p *Pipeline) observeLatency(sink string, appended []schemas.Instant, now time.Time) {
	for _, at := range appended {
		p.parts.Meter.Observe(schemas.Observation{
			Metric: schemas.MetricEndToEndLatency, Labels: []string{sink}, Value: max(0, now.Sub(at.Time()).Seconds()),
		})
	}
}

// drain writes what is left when the service stops. What it cannot write comes again from the log at the next start.
func (p *Pipeline) drain() error {
	deadline := time.After(p.cfg.ShutdownTimeout)
	again := time.NewTicker(p.cfg.FlushInterval)
	defer again.Stop()
	for {
		if p.startFlush(); !p.flush.running && p.flush.rows == nil {
			return nil
		}
		select {
		case err := <-p.flush.done:
			p.endFlush(err)
		case <-again.C:
		case <-deadline:
			return fmt.Errorf("stop: ClickHouse did not take the last %d rows within %s; the next start writes them", p.waiting(), p.cfg.ShutdownTimeout)
		}
	}
}
