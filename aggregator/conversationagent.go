package aggregator

import (
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

// part is an agent's part in a conversation: public messages by that person (docs/metrics.md).
type part struct {
	agent    string
	lastAt   schemas.Instant
	messages uint32
}

// isPersonal tells a message that counts as an agent's own outgoing one. Notes, whispers, campaigns, automation and what an AI sent
// do not.
func (e *event) isPersonal() bool { return e.message && e.counted && e.isHuman() && e.agent != "" }

func (f *fold) stepPart(e *event) {
	if !e.isPersonal() {
		return
	}
	p := f.part(e.agent)
	if p == nil {
		f.parts = append(f.parts, part{agent: e.agent})
		p = &f.parts[len(f.parts)-1]
	}
	p.lastAt, p.messages = e.at, p.messages+1
}

// part is an agent's part, nil if there is none.
func (f *fold) part(agent string) *part {
	if at := slices.IndexFunc(f.parts, func(p part) bool { return p.agent == agent }); at >= 0 {
		return &f.parts[at]
	}
	return nil
}

// AgentName names an agent across conversations.
type AgentName = schemas.AgentName

// outgoing is an agent's last message, as far as this state has seen it.
type outgoing struct {
	at     schemas.Instant
	recent map[schemas.KeyID]schemas.Instant // the last one in each conversation that is unpacked; the table has the others
}

// updateOutgoing takes a conversation into account for an agent's last message.
func (s *State) updateOutgoing(key schemas.KeyID, c *conversation, agent string) {
	p := c.work.fold.part(agent)
	if p == nil {
		return
	}
	name := AgentName{Company: c.work.company.name, Agent: agent}
	last := s.outgoing[name]
	if last == nil {
		last = &outgoing{recent: map[schemas.KeyID]schemas.Instant{}}
		s.outgoing[name] = last
	}
	last.at, last.recent[key] = max(last.at, p.lastAt), p.lastAt
}

// doubtOutgoing looks for agents whose last message in a conversation was taken back. What is not written yet is in memory; what is
// has to be asked for again.
func (s *State) doubtOutgoing(key schemas.KeyID, w *unpacked, before []part) {
	if w.provisional {
		return
	}
	for _, old := range before {
		if p := w.fold.part(old.agent); p != nil && p.lastAt >= old.lastAt {
			continue
		}
		name := AgentName{Company: w.company.name, Agent: old.agent}
		s.doubted = append(s.doubted, name)
		last := s.outgoing[name]
		if last == nil {
			continue
		}
		delete(last.recent, key) // afterFold notes what is left
		if last.at != old.lastAt {
			continue
		}
		last.at = 0
		for _, at := range last.recent {
			last.at = max(last.at, at)
		}
	}
}

// settleOutgoing leaves a conversation's part in agents' last messages to the table.
func (s *State) settleOutgoing(key schemas.KeyID, w *unpacked) {
	for _, p := range w.fold.parts {
		if last := s.outgoing[AgentName{Company: w.company.name, Agent: p.agent}]; last != nil {
			delete(last.recent, key)
		}
	}
}

// LastOutgoing is each agent's last message, as far as this state has seen it; the table conversation_agents knows all.
func (s *State) LastOutgoing() map[AgentName]schemas.Instant {
	all := make(map[AgentName]schemas.Instant, len(s.outgoing))
	for name, last := range s.outgoing {
		if last.at != 0 {
			all[name] = last.at
		}
	}
	return all
}

// Doubted tells, once, of which agents the last message may have been taken back: what was known of them no longer counts, and the
// table is to be asked when it has all rows.
func (s *State) Doubted() []AgentName {
	doubted := s.doubted
	s.doubted = nil
	return doubted
}
