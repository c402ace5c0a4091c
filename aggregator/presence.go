package aggregator

import (
	"cmp"
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

// device is one place where an agent is logged in: its presence changes in order, and its heartbeats (docs/rules.md R16).
//
// A presence with heartbeats holds by a lease: when none came for the lease's length, the agent is offline from the last one on,
// and the presence comes back with the next. A change of presence is a sign of life like a heartbeat. A presence without
// heartbeats ends only by an event. A device whose heartbeats come before any change counts as available.
type device struct {
	id      string
	changes []change
	beats   []run // ordered, more than a lease apart
	spans   []span
	floor   schemas.Instant // where spans begin; those before are final, and in their table only (0: there are none)
}

// change is a presence that was set.
type change struct {
	event
	presence, label string
}

// run is heartbeats of which each came within a lease of the one before. Runs are a union: order and repetition do not matter.
type run struct{ from, to schemas.Instant }

// span is an interval of one presence.
type span struct {
	from, to        schemas.Instant // to is 0 while it goes on
	presence, label string
	lastBeat        schemas.Instant // of a span that goes on by a lease
	leaseUntil      schemas.Instant
}

func (s *State) lease() schemas.Instant {
	return schemas.Instant(s.settings.HeartbeatLease.Milliseconds())
}

// applyPresence sets a presence. Spans differ at most from the change before it on.
func (s *State) applyPresence(key schemas.KeyID, d *device, e *schemas.Event, cutoff schemas.Instant) Outcome {
	p := addSince(&d.changes, change{event: newEvent(e), presence: e.Presence, label: e.Label}, cutoff)
	if p.at >= 0 {
		s.respan(key, d, p.from-1)
	}
	return p.outcome()
}

// applyHeartbeat extends or joins the runs that the heartbeat is within a lease of.
func (s *State) applyHeartbeat(key schemas.KeyID, d *device, at schemas.Instant) Outcome {
	lease := s.lease()
	from, _ := slices.BinarySearchFunc(d.beats, at-lease, func(r run, t schemas.Instant) int { return cmp.Compare(r.to, t) })
	to, joined := from, run{at, at}
	for to < len(d.beats) && d.beats[to].from <= at+lease {
		joined = run{min(joined.from, d.beats[to].from), max(joined.to, d.beats[to].to)}
		to++
	}
	if to == from+1 && joined == d.beats[from] {
		return Outcome{Accepted: true} // within a run: no span changes
	}
	changed := joined.from
	if to == from+1 && d.beats[from].from == joined.from {
		changed = d.beats[from].to // only longer at its end
	}
	d.beats = slices.Replace(d.beats, from, to, joined)
	s.respan(key, d, d.changeAt(changed))
	return Outcome{Accepted: true}
}

// changeAt is the index of the change that holds at an instant, -1 before the first.
func (d *device) changeAt(at schemas.Instant) int {
	next, _ := slices.BinarySearchFunc(d.changes, at+1, func(c change, t schemas.Instant) int { return cmp.Compare(c.at, t) })
	return next - 1
}

// respan computes the spans anew from a change on (-1: from the beginning) and reports those that came, went or changed.
func (s *State) respan(key schemas.KeyID, d *device, from int) {
	keep := 0
	if from >= 0 {
		start := d.changes[from].at
		keep, _ = slices.BinarySearchFunc(d.spans, start, func(p span, t schemas.Instant) int { return cmp.Compare(p.from, t) })
	}
	old := slices.Clone(d.spans[keep:])
	d.spans = d.spans[:keep]
	d.fill(from, s.lease())
	s.touchSpans(key, d, old, d.spans[keep:])
}

// fill adds the spans from a change on (-1: from the beginning), but none from before the floor.
func (d *device) fill(from int, lease schemas.Instant) {
	if from < 0 && len(d.beats) > 0 {
		end := schemas.Instant(0)
		if len(d.changes) > 0 {
			end = d.changes[0].at
		}
		if first := max(d.beats[0].from, d.floor); end == 0 || first < end {
			d.hold(first, end, schemas.PresenceAvailable, "", lease)
		}
	}
	for i := max(from, 0); i < len(d.changes); i++ {
		end := schemas.Instant(0)
		if i+1 < len(d.changes) {
			end = d.changes[i+1].at
		}
		d.hold(max(d.changes[i].at, d.floor), end, d.changes[i].presence, d.changes[i].label, lease)
	}
}

// hold adds the spans of a presence that was set at start and changed at end (0: not yet).
func (d *device) hold(start, end schemas.Instant, presence, label string, lease schemas.Instant) {
	alive, leased := run{start, start}, false
	if presence != schemas.PresenceOffline {
		near, _ := slices.BinarySearchFunc(d.beats, start-lease, func(r run, t schemas.Instant) int { return cmp.Compare(r.to, t) })
		for _, r := range d.beats[near:] {
			if end != 0 && r.from >= end {
				break
			}
			leased = true
			next := run{max(r.from, start), max(r.to, start)}
			if next.from > alive.to+lease {
				d.add(span{from: alive.from, to: alive.to, presence: presence, label: label})
				d.add(span{from: alive.to, to: next.from, presence: schemas.PresenceOffline})
				alive.from = next.from
			}
			alive.to = next.to
		}
	}
	switch {
	case !leased, end != 0 && end <= alive.to+lease:
		d.add(span{from: alive.from, to: end, presence: presence, label: label})
	case end != 0:
		d.add(span{from: alive.from, to: alive.to, presence: presence, label: label})
		d.add(span{from: alive.to, to: end, presence: schemas.PresenceOffline})
	default:
		d.add(span{from: alive.from, presence: presence, label: label, lastBeat: alive.to, leaseUntil: alive.to + lease})
	}
}

// add leaves out spans of no length.
func (d *device) add(p span) {
	if p.to == 0 || p.from < p.to {
		d.spans = append(d.spans, p)
	}
}

func spanKey(key schemas.KeyID, d *device, p *span) RowKey {
	return RowKey{key: key, table: tableAgentSpans, number: int64(p.from), name: d.id}
}

func (s *State) touchSpans(key schemas.KeyID, d *device, before, after []span) {
	touch := func(p span) { s.touch(spanKey(key, d, &p)) }
	for len(before) > 0 || len(after) > 0 {
		switch {
		case len(after) == 0 || len(before) > 0 && before[0].from < after[0].from:
			touch(before[0])
			before = before[1:]
		case len(before) == 0 || after[0].from < before[0].from:
			touch(after[0])
			after = after[1:]
		default:
			if before[0] != after[0] {
				touch(after[0])
			}
			before, after = before[1:], after[1:]
		}
	}
}

// presenceAt is the device's presence at an instant that is not before its last event.
func (d *device) presenceAt(now schemas.Instant) string {
	for i := len(d.spans) - 1; i >= 0; i-- {
		if p := d.spans[i]; p.from <= now {
			if (p.to != 0 && p.to <= now) || (p.leaseUntil != 0 && p.leaseUntil <= now) {
				return schemas.PresenceOffline
			}
			return p.presence
		}
	}
	return schemas.PresenceOffline
}

// presenceAt is the agent's presence: that of the most available device.
func (a *agent) presenceAt(now schemas.Instant) string {
	best := len(schemas.Presences) - 1
	for i := range a.devices {
		best = min(best, slices.Index(schemas.Presences, a.devices[i].presenceAt(now)))
	}
	return schemas.Presences[best]
}
