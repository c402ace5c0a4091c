package aggregator

import (
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

// agent is what is known of one: presence by device, and the directory's word. Both come under one Kafka key.
type agent struct {
	company *company
	id      string
	seen    seen
	newest  schemas.Instant // when the latest of its events occurred, kept or not
	devices []device
	entries []entry

	capacities []capacity
	dirty      bool // its state is not in a cut yet
}

// team is the directory's word on one.
type team struct {
	company *company
	id      string
	seen    seen
	newest  schemas.Instant // likewise
	entries []entry
	dirty   bool
}

func (s *State) applyAgent(e *schemas.Event) Outcome {
	a := s.agents[e.KeyID]
	if a == nil {
		a = &agent{company: s.company(e.Company), id: e.Agent}
		s.agents[e.KeyID] = a
	}
	if a.seen.has(e.Offset) {
		return Outcome{}
	}
	if s.advance(&a.newest, e.OccurredAt) {
		s.pruneAgent(e.KeyID, a)
	}
	a.seen.advance(e)
	s.changed(e.KeyID, &a.dirty)
	switch {
	case e.Type == schemas.TypeDirectory:
		return s.applyEntry(&a.entries, e, s.cutoff(a.newest))
	case e.Action == schemas.ActionCapacity:
		return s.applyCapacity(&a.capacities, e, s.cutoff(a.newest))
	case e.OccurredAt < s.cutoff(a.newest):
		return Outcome{Outdated: true}
	case e.Action == schemas.ActionHeartbeat:
		return s.applyHeartbeat(e.KeyID, a.device(e.Device), e.OccurredAt)
	default:
		return s.applyPresence(e.KeyID, a.device(e.Device), e, s.cutoff(a.newest))
	}
}

func (s *State) applyTeam(e *schemas.Event) Outcome {
	t := s.teams[e.KeyID]
	if t == nil {
		t = &team{company: s.company(e.Company), id: e.Team}
		s.teams[e.KeyID] = t
	}
	if t.seen.has(e.Offset) {
		return Outcome{}
	}
	if s.advance(&t.newest, e.OccurredAt) {
		t.entries = sinceCutoff(t.entries, s.cutoff(t.newest))
	}
	t.seen.advance(e)
	s.changed(e.KeyID, &t.dirty)
	return s.applyEntry(&t.entries, e, s.cutoff(t.newest))
}

// capacity is how many conversations an agent may hold at a time, as an event told it.
type capacity struct {
	event
	slots int64
}

// applyCapacity takes how many conversations an agent may hold; the last one in order is what holds.
func (s *State) applyCapacity(capacities *[]capacity, e *schemas.Event, cutoff schemas.Instant) Outcome {
	added := capacity{event: newEvent(e)}
	if e.Facts != nil && e.Facts.Slots != nil {
		added.slots = *e.Facts.Slots
	}
	if old := *capacities; e.OccurredAt < cutoff && len(old) > 0 && added.before(&old[0].event) && old[0].at < cutoff {
		return Outcome{Outdated: true}
	}
	p := addSince(capacities, added, cutoff)
	*capacities = sinceCutoff(*capacities, cutoff)
	s.touch(RowKey{key: e.KeyID, table: tableDirectory})
	return p.outcome()
}

// device is the one with an id, new or not.
func (a *agent) device(id string) *device {
	if d := a.find(id); d != nil {
		return d
	}
	a.devices = append(a.devices, device{id: id})
	return &a.devices[len(a.devices)-1]
}

// find is the device with an id, nil if there is none.
func (a *agent) find(id string) *device {
	if at := slices.IndexFunc(a.devices, func(d device) bool { return d.id == id }); at >= 0 {
		return &a.devices[at]
	}
	return nil
}
