package aggregator

import (
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

// agent is what is known of one: presence by device, and the directory's word. Both come under one Kafka key.
type agent struct {
	key     string
	company *company
	id      string
	seen    seen
	devices []device
	entries []entry
}

// team is the directory's word on one.
type team struct {
	key     string
	company *company
	id      string
	seen    seen
	entries []entry
}

func (s *State) applyAgent(e *schemas.Event, offset int64) Outcome {
	key := e.Key()
	a := s.agents[key]
	if a == nil {
		a = &agent{key: key, company: s.company(e.Company), id: e.Agent}
		s.agents[key] = a
	}
	if !a.seen.advance(offset, e.AppendedAt) {
		return Outcome{}
	}
	if e.Type == schemas.TypeDirectory {
		s.touch(RowKey{key: key, table: tableDirectory})
		return addEntry(&a.entries, e)
	}
	d := a.device(e.Device)
	if e.Action == schemas.ActionHeartbeat {
		return s.applyHeartbeat(a, d, e.OccurredAt)
	}
	return s.applyPresence(a, d, e)
}

func (s *State) applyTeam(e *schemas.Event, offset int64) Outcome {
	key := e.Key()
	t := s.teams[key]
	if t == nil {
		t = &team{key: key, company: s.company(e.Company), id: e.Team}
		s.teams[key] = t
	}
	if !t.seen.advance(offset, e.AppendedAt) {
		return Outcome{}
	}
	s.touch(RowKey{key: key, table: tableDirectory})
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
