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
		return applyStanding(s, &a.entries, newEntry(e), e.KeyID, s.cutoff(a.newest))
	case e.Action == schemas.ActionCapacity:
		return applyStanding(s, &a.capacities, newCapacity(e), e.KeyID, s.cutoff(a.newest))
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
	return applyStanding(s, &t.entries, newEntry(e), e.KeyID, s.cutoff(t.newest))
}

// capacity is how many conversations an agent may hold at a time, as an event told it.
type capacity struct {
	event
	slots int64
}

func newCapacity(e *schemas.Event) capacity {
	c := capacity{event: newEvent(e)}
	if e.Facts != nil && e.Facts.Slots != nil {
		c.slots = *e.Facts.Slots
	}
	return c
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
