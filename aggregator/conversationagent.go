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

// agentName names an agent across conversations.
type agentName struct{ company, agent string }

// outgoing is an agent's last message over all conversations of the partition.
type outgoing struct {
	at            schemas.Instant
	from          *conversation
	conversations map[*conversation]struct{} // that the agent wrote in
}

// updateOutgoing brings an agent's last message up to date with a conversation. Where the conversation held it and no longer does,
// since the message turned out to have failed, the agent's other conversations are looked through.
func (s *State) updateOutgoing(c *conversation, agent string) {
	name := agentName{c.company.name, agent}
	last := s.outgoing[name]
	if last == nil {
		last = &outgoing{conversations: map[*conversation]struct{}{}}
		s.outgoing[name] = last
	}
	if p := c.fold.part(agent); p != nil {
		last.conversations[c] = struct{}{}
		if p.lastAt >= last.at {
			last.at, last.from = p.lastAt, c
			return
		}
	}
	if last.from == c || last.from == nil {
		s.searchOutgoing(name, last)
	}
}

// searchOutgoing looks for an agent's last message in each conversation that had one, and forgets the agent where none has.
func (s *State) searchOutgoing(name agentName, last *outgoing) {
	last.at, last.from = 0, nil
	for other := range last.conversations {
		if p := other.fold.part(name.agent); p == nil {
			delete(last.conversations, other)
		} else if p.lastAt > last.at {
			last.at, last.from = p.lastAt, other
		}
	}
	if last.from == nil {
		delete(s.outgoing, name)
	}
}
