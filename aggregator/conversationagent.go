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
	at := slices.IndexFunc(f.parts, func(p part) bool { return p.agent == e.agent })
	if at < 0 {
		f.parts = append(f.parts, part{agent: e.agent})
		at = len(f.parts) - 1
	}
	f.parts[at].lastAt, f.parts[at].messages = e.at, f.parts[at].messages+1
}

// agentName names an agent across conversations.
type agentName struct{ company, agent string }

// outgoing is an agent's last message over all conversations of the partition.
type outgoing struct {
	at            schemas.Instant
	from          *conversation
	conversations map[*conversation]struct{} // that the agent wrote in
}

// noteOutgoing moves an agent's last message forward.
func (s *State) noteOutgoing(c *conversation, p *part) {
	name := agentName{c.company.name, p.agent}
	last := s.outgoing[name]
	if last == nil {
		last = &outgoing{conversations: map[*conversation]struct{}{}}
		s.outgoing[name] = last
	}
	last.conversations[c] = struct{}{}
	if p.lastAt >= last.at {
		last.at, last.from = p.lastAt, c
	}
}

// dropOutgoing looks for another last message where this conversation held it and no longer does: the message turned out to have
// failed.
func (s *State) dropOutgoing(c *conversation) {
	for _, key := range s.touched {
		if key.table != tableConversationAgents {
			continue
		}
		name := agentName{c.company.name, key.name}
		last := s.outgoing[name]
		if last == nil || last.from != c || c.fold.lastOutgoing(name.agent) == last.at {
			continue
		}
		last.at, last.from = 0, nil
		for other := range last.conversations {
			if at := other.fold.lastOutgoing(name.agent); at == 0 {
				delete(last.conversations, other)
			} else if at > last.at {
				last.at, last.from = at, other
			}
		}
		if last.from == nil {
			delete(s.outgoing, name)
		}
	}
}

func (f *fold) lastOutgoing(agent string) schemas.Instant {
	for i := range f.parts {
		if f.parts[i].agent == agent {
			return f.parts[i].lastAt
		}
	}
	return 0
}
