package aggregator

import (
	"fmt"

	"github.com/floorwatch/floorwatch/schemas"
)

const offsetMask = 1<<48 - 1

// stateRow makes the state row of a key that is due.
func (s *State) stateRow(key schemas.KeyID) schemas.StateRow {
	if c := s.conversations[key]; c != nil {
		c.dirty, c.cut = false, s.cache.cuts
		form := encodeEvents(c)
		s.setPacked(c, string(form))
		f := &c.work.fold
		return schemas.StateRow{
			Meta: s.meta(c.seen, true), Kind: schemas.StateConversation, Company: c.work.company.name, Team: c.hot.place.team, Owner: f.owner,
			Channel: c.hot.place.channel, Queue: c.hot.place.queue, Open: c.hot.is(flagOpen), Priority: f.priority, Hot: c.hot.encode(), Rest: form,
		}
	}
	if a := s.agents[key]; a != nil {
		a.dirty = false
		return schemas.StateRow{Meta: s.meta(a.seen, true), Kind: schemas.StateAgent, Company: a.company.name, Hot: make([]byte, schemas.HotBytes), Rest: encodeAgent(a)}
	}
	t := s.teams[key]
	t.dirty = false
	return schemas.StateRow{Meta: s.meta(t.seen, true), Kind: schemas.StateTeam, Company: t.company.name, Hot: make([]byte, schemas.HotBytes), Rest: encodeTeam(t)}
}

// restoreHot takes over what gauges need of a conversation.
func (s *State) restoreHot(c *conversation, row *schemas.StateRow) error {
	h, ok := decodeHot(row.Hot)
	if !ok {
		return fmt.Errorf("restore conversation with key %x of company %q: its fixed part is not one of this program; was it written by a newer one?", row.Key, row.Company)
	}
	c.seen, c.hot = seenOf(row), h
	c.hot.place = s.tally(place{row.Company, row.Team, row.Channel, row.Queue})
	if h.is(flagHeld) {
		c.hot.owner = s.owner(AgentName{Company: row.Company, Agent: row.Owner})
	}
	return nil
}

func seenOf(row *schemas.StateRow) seen {
	return seen{next: int64(row.Version&offsetMask) + 1, appended: row.AppendedAt}
}

// restoreEvents takes over a conversation's events.
func (s *State) restoreEvents(key schemas.KeyID, c *conversation, row *schemas.StateRow) error {
	c.work = &unpacked{company: s.company(row.Company)}
	if err := decodeEvents(c, row.Rest); err != nil {
		return fmt.Errorf("restore conversation with key %x of company %q: %w", row.Key, row.Company, err)
	}
	c.work.refold()
	s.cache.unpacked = append(s.cache.unpacked, key)
	s.setPacked(c, string(row.Rest))
	return nil
}

// restoreEntry takes over an agent or a team.
func (s *State) restoreEntry(row *schemas.StateRow) error {
	var err error
	if row.Kind == schemas.StateAgent {
		a := &agent{company: s.company(row.Company), seen: seenOf(row)}
		err = decodeAgent(a, row.Rest)
		for i := range a.devices {
			a.devices[i].fill(-1, s.lease())
		}
		s.agents[row.Key] = a
	} else {
		t := &team{company: s.company(row.Company), seen: seenOf(row)}
		err = decodeTeam(t, row.Rest)
		s.teams[row.Key] = t
	}
	if err != nil {
		return fmt.Errorf("restore %s with key %x of company %q: %w", row.Kind, row.Key, row.Company, err)
	}
	return nil
}
