package simulate

import (
	"strconv"

	"github.com/floorwatch/floorwatch/schemas"
)

const heartbeat = 30 * second

// presence is one agent's program during one shift: the changes, and between them heartbeats, on all the agent's devices.
type presence struct {
	company *company
	agent   int
	prefix  string // of event ids
	until   schemas.Instant

	changes []change        // still to come
	slots   []allowance     // still to come
	beat    schemas.Instant // of the next heartbeat
	stamp   stamp
	events  int
}

func newPresence(c *company, agent int, today schemas.Day, s shift) *presence {
	return &presence{
		company: c, agent: agent, prefix: c.Name + "-" + c.agents[agent].id + "-" + today.Date.String() + "-",
		until: s.to, changes: s.changes, slots: s.slots, beat: s.from + heartbeat,
	}
}

func (p *presence) play(self *actor, _ *stage) bool {
	at, agent := self.wake, &p.company.agents[p.agent]
	switch {
	case len(p.changes) > 0 && p.changes[0].at == at:
		for _, device := range agent.devices {
			e := p.event(self, at, device)
			e.Action, e.Presence, e.Label = schemas.ActionStatusChanged, p.changes[0].presence, p.changes[0].label
		}
		p.changes = p.changes[1:]
	case len(p.slots) > 0 && p.slots[0].at == at:
		slots := int64(p.slots[0].number)
		e := p.event(self, at, agent.devices[0])
		e.Action, e.Facts = schemas.ActionCapacity, &schemas.Facts{Slots: &slots}
		p.slots = p.slots[1:]
	default:
		for _, device := range agent.devices {
			p.event(self, at, device).Action = schemas.ActionHeartbeat
		}
		p.beat = at + heartbeat
	}
	return p.sleep(self)
}

// sleep sets wake to what comes next; it returns false if nothing does.
func (p *presence) sleep(self *actor) bool {
	self.wake = p.until + 1
	if len(p.changes) > 0 {
		self.wake = p.changes[0].at
	}
	if len(p.slots) > 0 {
		self.wake = min(self.wake, p.slots[0].at)
	}
	if p.company.agents[p.agent].beats && p.beat < p.until {
		self.wake = min(self.wake, p.beat)
	}
	return self.wake <= p.until
}

func (p *presence) event(self *actor, at schemas.Instant, device string) *schemas.Event {
	p.events++
	self.pending = append(self.pending, schemas.Event{
		SchemaVersion: schemas.SchemaVersion, Type: schemas.TypeAgent, ID: p.prefix + strconv.Itoa(p.events),
		Company: p.company.Name, OccurredAt: at, Sequence: p.stamp.at(at), Agent: p.company.agents[p.agent].id, Device: device,
	})
	return &self.pending[len(self.pending)-1]
}
