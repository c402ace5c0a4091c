package pipeline

import (
	"context"
	"fmt"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// flush is the write in hand. There is one at a time; while it lasts, or fails and waits, changes gather by key and not by event.
//
// The one ordering rule of the whole program is here: rows of all tables → acknowledged → one insert with states and positions →
// acknowledged → commit. A cut takes states in the moment in which the rows of its flush are taken, so all rows up to the cut are in
// this flush or in earlier ones.
type flush struct {
	rows     *schemas.Rows // nil: none in hand
	cut      *cut          // nil: rows only
	appended []schemas.Instant
	doubted  bool // agents' last messages are to be read again behind it
	started  time.Time
	running  bool
	retryAt  time.Time
	backoff  time.Duration
	up       bool
	nextCut  time.Time
	done     chan error
}

// cut is the states that changed since the cut before, and the positions that they belong to.
type cut struct {
	rows       []schemas.StateRow
	partitions []cutPartition
}

type cutPartition struct {
	assignment schemas.Assignment
	number     uint32
	next       int64
}

// waiting is how many rows are not acknowledged yet.
func (p *Pipeline) waiting() int {
	n := 0
	for _, part := range p.folding() {
		n += part.state.DueRows()
	}
	if p.flush.rows != nil {
		n += p.flush.rows.Len()
	}
	return n
}

// startFlush writes the rows that are due, beside the loop, and at times, or when it is the last one, the state behind them. What failed
// goes again first, as it is. Nothing goes while the settings are not known for all that was folded.
func (p *Pipeline) startFlush(last bool) {
	f := &p.flush
	now := p.parts.Clock()
	if f.running || !p.knowsSettings(now) || (f.rows != nil && now.Before(f.retryAt)) {
		return
	}
	if f.rows == nil {
		rows := p.collect(schemas.InstantOf(now))
		if last || !now.Before(f.nextCut) {
			f.cut, f.nextCut = p.takeCut(schemas.InstantOf(now)), now.Add(p.cfg.StateInterval)
		}
		p.doubt()
		if rows.Len() == 0 && f.cut == nil {
			if p.outgoing.doubted { // the table has all rows
				p.readOutgoing()
			}
			return
		}
		f.rows, f.appended, p.pending = &rows, p.pending, nil
		f.doubted, p.outgoing.doubted = p.outgoing.doubted, false
	}
	f.running, f.started = true, now
	go func(rows *schemas.Rows, c *cut) { f.done <- p.write(rows, c) }(f.rows, f.cut)
}

func (p *Pipeline) write(rows *schemas.Rows, c *cut) error {
	ctx := context.Background() // a write that was begun is ended, also when the service stops
	if rows.Len() > 0 {
		if err := p.parts.Store.Write(ctx, rows); err != nil {
			return err
		}
	}
	if c == nil {
		return nil
	}
	return p.parts.Store.WriteState(ctx, c.rows)
}

// collect makes the rows of all touched keys.
func (p *Pipeline) collect(now schemas.Instant) schemas.Rows {
	var rows schemas.Rows
	for _, part := range p.folding() {
		rows.Append(part.state.Rows())
		rows.Calendar = append(rows.Calendar, part.state.Calendar(now)...)
	}
	return rows
}

// takeCut takes the states that are due and the positions, nil if nothing has moved.
func (p *Pipeline) takeCut(now schemas.Instant) *cut {
	c := &cut{}
	for number, part := range p.folding() {
		rows, id := part.state.Cut(number)
		next := part.state.Next(part.next)
		if len(rows) == 0 && next == part.position {
			continue
		}
		position := schemas.Position{
			Partition: number, Generation: p.settings.Generation, Next: next, LeaderEpoch: part.leaderEpoch, TopicID: p.topic,
			Partitions: p.total, Settings: p.settings.Hash(now), SettingsAt: now,
		}
		c.rows = append(append(c.rows, rows...), position.Row(schemas.StatePosition, part.appended))
		c.partitions = append(c.partitions, cutPartition{part.assignment, id, next})
	}
	if len(c.rows) == 0 {
		return nil
	}
	return c
}

// endFlush notes that the write in hand was acknowledged, or when to write the same again.
func (p *Pipeline) endFlush(err error) {
	f := &p.flush
	f.running = false
	now := p.parts.Clock()
	if err != nil {
		f.backoff = longer(f.backoff)
		f.retryAt, f.up = now.Add(f.backoff), false
		p.parts.Meter.Count(schemas.MetricFlushFailures, 1)
		p.parts.Logger.Error().Err(err).Int("rows", f.rows.Len()).Dur("again_in", f.backoff).Msg("rows not written")
		return
	}
	p.parts.Meter.Count(schemas.MetricRowsWritten, float64(f.rows.Len()))
	p.parts.Meter.Observe(schemas.Observation{Metric: schemas.MetricFlush, Value: now.Sub(f.started).Seconds()})
	observeLatency(p.parts.Meter, "clickhouse", f.appended, now)
	p.acknowledge(f.cut)
	f.rows, f.cut, f.appended, f.backoff, f.up = nil, nil, nil, 0, true
	if f.doubted {
		f.doubted = false
		p.readOutgoing()
	}
}

// acknowledge notes that the table has a cut, and tells the group how far it is.
func (p *Pipeline) acknowledge(c *cut) {
	if c == nil {
		return
	}
	offsets := map[int32]int64{}
	for _, done := range c.partitions {
		part := p.partitions[done.assignment.Partition]
		if part == nil || part.assignment != done.assignment {
			continue
		}
		part.state.Acknowledge(done.number, p.cfg.MemoryBytes/len(p.partitions), schemas.InstantOf(p.parts.Clock()))
		part.position = done.next
		offsets[done.assignment.Partition] = done.next
	}
	p.committing.Go(func() { // also while the service stops, or the group's lag would stay at what it was before the last write
		ctx, cancel := context.WithTimeout(context.WithoutCancel(p.background), commitPatience)
		defer cancel()
		commit(ctx, p.parts.Log, offsets, p.parts.Logger)
	})
	p.forget()
}

// commitPatience is how long a commit may take; the end waits for it.
const commitPatience = 3 * time.Second

func observeLatency(meter Meter, sink string, appended []schemas.Instant, now time.Time) {
	for _, at := range appended {
		meter.Observe(schemas.Observation{
			Metric: schemas.MetricEndToEndLatency, Labels: []string{sink}, Value: max(0, now.Sub(at.Time()).Seconds()),
		})
	}
}

// drain writes what is left when the service stops, the state with it. What it cannot write comes again from the log at the next start.
func (p *Pipeline) drain() error {
	deadline := time.After(p.cfg.ShutdownTimeout)
	again := time.NewTicker(p.cfg.FlushInterval)
	defer again.Stop()
	for final := false; ; {
		if !p.flush.running && p.flush.rows == nil {
			if final {
				return nil
			}
			final = true
		}
		p.startFlush(final)
		if final && !p.flush.running && p.flush.rows == nil {
			return p.leftOver()
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

// leftOver tells of rows that were not made because the settings are not known for all that is in them.
func (p *Pipeline) leftOver() error {
	if n := p.waiting(); n > 0 {
		return fmt.Errorf("stop: the last %d rows were not written, since settings could not be read from ClickHouse for longer than %s; the next start writes them",
			n, time.Duration(schemas.SettingsPatience)*time.Millisecond)
	}
	return nil
}
