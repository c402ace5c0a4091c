package aggregator

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

// cache is what makes the state a write-back cache of the table: what of it is not there yet, and what of the table is not here.
//
// An event of a conversation that is not in memory waits, with its offset, until the stored state is brought (Restore); then the
// waiting events are folded over it in order of their offsets. Nothing that was folded without the stored state ever yields a row.
type cache struct {
	complete     bool // the table has no conversation of which nothing is in memory, so that an unknown one is new
	pending      map[schemas.KeyID]*waitingEvents
	pendingBytes int
	dirty        []schemas.KeyID // whose state is in no cut yet
	cuts, acked  uint32          // cuts that were taken, and the last one that the table has
	unpacked     []schemas.KeyID // conversations whose events are unpacked
	packedBytes  int
	forgetAt     schemas.Instant // when what is past is looked for again
}

func newCache() cache {
	return cache{complete: true, pending: map[schemas.KeyID]*waitingEvents{}}
}

// waitingEvents are the events of a conversation that is not in memory, in order of their offsets.
type waitingEvents struct {
	events      []schemas.Event
	provisional *conversation   // of them alone, for gauges; nil: what is hot of the conversation is known
	pause       schemas.Instant // after the last answer that could not be used; 0: there was none
	againAt     schemas.Instant // when it may be asked for again
}

// Pauses before a conversation is asked for again whose stored state could not be used: each twice as long as the one before.
const (
	minPause = 1000
	maxPause = 60_000
)

// eventBytes is about what an event that waits costs.
const eventBytes = 1024

// isMissing tells a conversation whose events have to be looked up.
func (s *State) isMissing(key schemas.KeyID, c *conversation) bool {
	if c == nil {
		return !s.cache.complete
	}
	return !c.hasEvents()
}

func (c *conversation) hasEvents() bool { return c.work != nil || c.packed != "" }

// wait keeps an event until its conversation was looked up. Where nothing is known of it, or only a life that is over, it counts in
// gauges as if it were new, so that new customers are seen while ClickHouse is away.
func (s *State) wait(e *schemas.Event) {
	p := s.cache.pending[e.KeyID]
	if p == nil {
		p = &waitingEvents{}
		if c := s.conversations[e.KeyID]; c == nil || c.seen.isOver(e.AppendedAt) {
			p.provisional = &conversation{work: &unpacked{company: s.company(e.Company), id: e.Conversation, provisional: true}}
		}
		s.cache.pending[e.KeyID] = p
	}
	p.events = append(p.events, *e)
	s.cache.pendingBytes += eventBytes
	if c := p.provisional; c != nil {
		s.take(e.KeyID, c, newEvent(e))
		c.hot = s.heat(c)
	}
}

// Missing names up to limit conversations whose stored state is needed, those first that have waited longest. One whose state could
// not be used is left out until its pause is over.
func (s *State) Missing(limit int, now schemas.Instant) []schemas.KeyID {
	var keys []schemas.KeyID
	for key, p := range s.cache.pending {
		if now >= p.againAt {
			keys = append(keys, key)
		}
	}
	first := func(key schemas.KeyID) int64 { return s.cache.pending[key].events[0].Offset }
	slices.SortFunc(keys, func(a, b schemas.KeyID) int { return cmp.Compare(first(a), first(b)) })
	return keys[:min(limit, len(keys))]
}

// Unreadable is how many conversations wait although their stored state was found: it could not be used.
func (s *State) Unreadable() int {
	n := 0
	for _, p := range s.cache.pending {
		if p.pause > 0 {
			n++
		}
	}
	return n
}

// PendingBytes is about how much memory the events take that wait for a stored state.
func (s *State) PendingBytes() int { return s.cache.pendingBytes }

// Provisional is how many conversations count in gauges as new although it is not known yet whether they are.
func (s *State) Provisional() int {
	n := 0
	for _, p := range s.cache.pending {
		if p.provisional != nil {
			n++
		}
	}
	return n
}

// Next is the offset from which a state that is cut now has to be continued, where the log was read up to next: the first one that
// still waits, if any does.
func (s *State) Next(next int64) int64 {
	for _, p := range s.cache.pending {
		next = min(next, p.events[0].Offset)
	}
	return next
}

// NeedsWhole tells of which rows a start at an instant needs all: of agents and teams, and of conversations that are ahead of that day.
// Of the other conversations it needs what is hot.
func (s *State) NeedsWhole(row *schemas.StateRow, now schemas.Instant) bool {
	switch row.Kind {
	case schemas.StateAgent, schemas.StateTeam:
		return true
	case schemas.StateConversation:
		h, ok := decodeHot(row.Hot) // Load tells of one that cannot be read
		return ok && h.isAhead(s.company(row.Company).clocks.Calendar.Day(now), now)
	default:
		return false
	}
}

// Load takes in what the table has of a partition before the first event: first what is hot of the conversations, then the rows that
// are needed whole.
func (s *State) Load(rows []schemas.StateRow) error {
	for i := range rows {
		row := &rows[i]
		s.cache.complete = false
		switch row.Kind {
		case schemas.StateConversation:
			if err := s.loadConversation(row); err != nil {
				return err
			}
		case schemas.StateAgent, schemas.StateTeam:
			if err := s.restoreEntry(row); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *State) loadConversation(row *schemas.StateRow) (err error) {
	c := &conversation{}
	if len(row.Rest) == 0 {
		err = s.restoreHot(c, row)
	} else {
		c, err = s.restored(row.Key, row, nil)
	}
	if err != nil {
		return err
	}
	s.conversations[row.Key] = c
	return nil
}

// Restore brings the stored state of conversations that were asked for; those without a row have none. The events that waited are
// folded over it in order of their offsets, and each outcome is handed to merged. Where a state cannot be used, the events wait on; the
// error names the first such conversation.
func (s *State) Restore(asked []schemas.KeyID, rows []schemas.StateRow, now schemas.Instant, merged func(*schemas.Event, Outcome)) error {
	stored := make(map[schemas.KeyID]*schemas.StateRow, len(rows))
	for i := range rows {
		stored[rows[i].Key] = &rows[i]
	}
	var failed error
	more := 0
	for _, key := range asked {
		p := s.cache.pending[key]
		if p == nil {
			continue
		}
		c, err := s.restored(key, stored[key], &p.events[0])
		if err != nil {
			p.pause = min(max(2*p.pause, minPause), maxPause)
			p.againAt = now + p.pause
			if failed == nil {
				failed = err
			} else {
				more++
			}
			continue
		}
		s.conversations[key] = c
		delete(s.cache.pending, key)
		s.cache.pendingBytes -= len(p.events) * eventBytes
		for i := range p.events {
			s.touched, s.observed = s.touched[:0], s.observed[:0]
			merged(&p.events[i], s.told(s.applyConversation(c, &p.events[i])))
		}
	}
	if more > 0 {
		failed = fmt.Errorf("%w; and %d more like it", failed, more)
	}
	return failed
}

// restored makes a conversation of its stored row; without one it is new.
func (s *State) restored(key schemas.KeyID, row *schemas.StateRow, first *schemas.Event) (*conversation, error) {
	c := s.conversations[key]
	if row == nil && (c == nil || c.seen.isOver(first.AppendedAt)) {
		return &conversation{}, nil // new, or over for so long that its row was deleted
	}
	if row == nil || c != nil && row.Version < s.meta(c.seen, true).Version {
		return nil, fmt.Errorf("restore conversation with key %x: the table state has an older version of it than it had before; was a row deleted, or a backup restored?", key)
	}
	fresh := &conversation{} // what cannot be read leaves nothing behind
	if err := s.restoreHot(fresh, row); err != nil {
		return nil, err
	}
	if err := s.restoreEvents(key, fresh, row); err != nil {
		return nil, err
	}
	return fresh, nil
}

// changed notes that a key's state is to be written.
func (s *State) changed(key schemas.KeyID, dirty *bool) {
	if !*dirty {
		*dirty = true
		s.cache.dirty = append(s.cache.dirty, key)
	}
}

// Cut gives the state rows that are due, and the number of the cut for Acknowledge.
func (s *State) Cut(partition int32) (rows []schemas.StateRow, cut uint32) {
	s.cache.cuts++
	rows = make([]schemas.StateRow, 0, len(s.cache.dirty)+1)
	for _, key := range s.cache.dirty {
		row := s.stateRow(key)
		row.Key, row.Partition = key, partition
		rows = append(rows, row)
	}
	s.cache.dirty = s.cache.dirty[:0]
	return rows, s.cache.cuts
}

// Acknowledge notes that the table has the rows of a cut, and so those of all cuts before it. What it has need not be kept unpacked, nor
// at all what is past now, and beyond limit bytes no events.
func (s *State) Acknowledge(cut uint32, limit int, now schemas.Instant) {
	s.cache.acked = cut
	kept := s.cache.unpacked[:0]
	for _, key := range s.cache.unpacked {
		if c := s.conversations[key]; c != nil && c.work != nil {
			if s.isStored(c) && c.packed != "" {
				s.settleOutgoing(key, c.work)
				c.work = nil
				continue
			}
			kept = append(kept, key)
		}
	}
	s.cache.unpacked = kept
	s.forgetPast(now)
	if s.cache.packedBytes > limit {
		s.evict(limit-limit/8, now)
	}
}

// isStored tells a conversation of which the table has all that is in memory.
func (s *State) isStored(c *conversation) bool { return !c.dirty && c.cut <= s.cache.acked }

func (s *State) setPacked(c *conversation, packed string) {
	s.cache.packedBytes += len(packed) - len(c.packed)
	c.packed = packed
}

// unpack makes the events of a conversation that is in memory ready for work.
func (s *State) unpack(key schemas.KeyID, c *conversation) {
	if c.work != nil {
		return
	}
	c.work = &unpacked{company: c.hot.place.of}
	s.cache.unpacked = append(s.cache.unpacked, key)
	if err := decodeEvents(c, []byte(c.packed)); err != nil {
		panic("BUG: events that were packed here cannot be unpacked: " + err.Error())
	}
	c.work.refold()
}
