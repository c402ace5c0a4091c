package pipeline

import (
	"maps"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// lookup is the question in hand for the stored state of conversations that are not in memory. There is one at a time, for all of them.
type lookup struct {
	running bool
	started time.Time
	retryAt time.Time
	backoff time.Duration
	done    chan found
}

// found is its answer.
type found struct {
	asked map[schemas.Assignment][]schemas.KeyID
	rows  []schemas.StateRow
	err   error
}

// maxLookup is how many conversations of a partition are asked for at a time.
const maxLookup = 5000

// startLookup asks for what is missing, beside the loop.
func (p *Pipeline) startLookup() {
	now := p.parts.Clock()
	if p.lookup.running || now.Before(p.lookup.retryAt) {
		return
	}
	asked, keys := map[schemas.Assignment][]schemas.KeyID{}, map[int32][]schemas.KeyID{}
	for number, part := range p.folding() {
		if missing := part.state.Missing(maxLookup, schemas.InstantOf(now)); len(missing) > 0 {
			asked[part.assignment], keys[number] = missing, missing
		}
	}
	if len(asked) == 0 {
		return
	}
	p.lookup.running, p.lookup.started = true, now
	go func() {
		f := found{asked: asked}
		f.rows, f.err = p.parts.Store.FindState(p.background, keys)
		select {
		case p.lookup.done <- f:
		case <-p.background.Done():
		}
	}()
}

// merge folds the events that waited over what was found. Only if the store gave no answer do all wait for the next try.
func (p *Pipeline) merge(f found) {
	p.lookup.running = false
	now := p.parts.Clock()
	if f.err != nil {
		p.lookup.backoff = longer(p.lookup.backoff)
		p.lookup.retryAt = now.Add(p.lookup.backoff)
		p.parts.Logger.Error().Err(f.err).Dur("again_in", p.lookup.backoff).Msg("stored conversations not found out")
		return
	}
	p.lookup.backoff = 0
	p.restore(f, schemas.InstantOf(now))
	p.parts.Meter.Observe(schemas.Observation{Metric: schemas.MetricLookup, Value: now.Sub(p.lookup.started).Seconds()})
	p.startLookup()
}

// restore gives each partition what was found of its conversations. One that cannot be used holds up no other: its events wait on, its
// partition's position in front of them, and it is asked for again now and then, in case somebody mends it.
func (p *Pipeline) restore(f found, now schemas.Instant) {
	rows := map[int32][]schemas.StateRow{}
	for _, row := range current(f.rows, p.settings.Generation) {
		rows[row.Partition] = append(rows[row.Partition], row)
	}
	for a, asked := range f.asked {
		part := p.partitions[a.Partition]
		if part == nil || part.assignment != a {
			continue
		}
		if err := part.state.Restore(asked, rows[a.Partition], now, p.account); err != nil {
			p.parts.Logger.Error().Err(err).Int32("partition", a.Partition).
				Msg("a stored conversation cannot be used, its events wait; mend its row in the table state, or rebuild: see \"Look-ups fail\" in docs/internals.md")
		}
	}
}

// outgoing is each agent's last message. It spans conversations, so no state knows it alone: what was written is read from the table at a
// start, and again after a message was taken back.
type outgoing struct {
	settled map[schemas.AgentName]schemas.Instant
	doubted bool // a message was taken back that the table may still have
	running bool
	done    chan map[schemas.AgentName]schemas.Instant
}

func newOutgoing() outgoing {
	return outgoing{settled: map[schemas.AgentName]schemas.Instant{}, done: make(chan map[schemas.AgentName]schemas.Instant)}
}

// readOutgoing asks the table, beside the loop.
func (p *Pipeline) readOutgoing() {
	if p.outgoing.running {
		p.outgoing.doubted = true
		return
	}
	p.outgoing.running, p.outgoing.doubted = true, false
	go func() {
		last, err := p.parts.Store.LastOutgoing(p.background)
		if err != nil && p.background.Err() == nil {
			p.parts.Logger.Error().Err(err).Msg("last messages of agents not read")
		}
		select {
		case p.outgoing.done <- last:
		case <-p.background.Done():
		}
	}()
}

// settle takes the answer; without one it is asked for again after the next flush.
func (o *outgoing) settle(last map[schemas.AgentName]schemas.Instant) {
	o.running = false
	if last == nil {
		o.doubted = true
		return
	}
	o.settled = last
}

// doubt forgets what the table said of agents of whom a message was taken back since.
func (p *Pipeline) doubt() {
	for _, part := range p.folding() {
		for _, name := range part.state.Doubted() {
			delete(p.outgoing.settled, name)
			p.outgoing.doubted = true
		}
	}
}

// lastOutgoing is what is known of all partitions together.
func (p *Pipeline) lastOutgoing() map[schemas.AgentName]schemas.Instant {
	p.doubt()
	last := maps.Clone(p.outgoing.settled)
	for _, part := range p.folding() {
		for name, at := range part.state.LastOutgoing() {
			last[name] = max(last[name], at)
		}
	}
	return last
}
