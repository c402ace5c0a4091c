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
	devices []device
	entries []entry
	dirty   bool // its state is not in a cut yet
}

// team is the directory's word on one.
type team struct {
	company *company
	id      string
	seen    seen
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
	a.seen.advance(e)
	s.changed(e.KeyID, &a.dirty)
	if e.Type == schemas.TypeDirectory {
		s.touch(RowKey{key: e.KeyID, table: tableDirectory})
		return addEntry(&a.entries, e)
	}
	if e.Action == schemas.ActionHeartbeat {
		return s.applyHeartbeat(e.KeyID, a.device(e.Device), e.OccurredAt)
	}
	return s.applyPresence(e.KeyID, a.device(e.Device), e)
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
	t.seen.advance(e)
	s.changed(e.KeyID, &t.dirty)
	s.touch(RowKey{key: e.KeyID, table: tableDirectory})
	return addEntry(&t.entries, e)
}

func (a *agent) device(id string) *device {
	at := slices.IndexFunc(a.devices, func(d device) bool { return d.id == id })
	if at < 0 {
		a.devices = append(a.devices, device{id: id})
		at = len(a.devices) - 1
	}
	return &a.devices[at]
}
