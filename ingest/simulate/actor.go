package simulate

import (
	"cmp"

	"github.com/floorwatch/floorwatch/schemas"
)

// Kinds of actors, in the order in which they come at one instant: those that bring in others come first.
const (
	dayKind = iota
	arrivalsKind
	agentKind
	conversationKind
)

// role is what an actor does. play is called at the instant wake: it appends the events of the next little while to the actor, in
// order of time and none before wake, and sets wake to when it wants to be called again, not before the last of these events. It
// returns false when it will not come back.
type role interface {
	play(self *actor, stage *stage) bool
}

// actor is one line of events in order of time.
type actor struct {
	kind    int
	company int    // index in the configuration
	id      string // unique among the actors of its kind and company
	role    role

	wake    schemas.Instant
	pending []schemas.Event // made, not yet given out
	over    bool            // nothing comes after what is pending
}

// next is the instant before which the actor has no event.
func (a *actor) next() schemas.Instant {
	if len(a.pending) > 0 {
		return a.pending[0].OccurredAt
	}
	return a.wake
}

// stage is the heap of the actors, the one with the earliest event on top. Ties are decided by what an actor is, never by when it
// came in, so that the order of events does not depend on where the simulation was started.
type stage []*actor

func (s stage) Len() int      { return len(s) }
func (s stage) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s stage) Less(i, j int) bool {
	a, b := s[i], s[j]
	if a.next() != b.next() {
		return a.next() < b.next()
	}
	return cmp.Or(a.kind-b.kind, a.company-b.company, cmp.Compare(a.id, b.id)) < 0
}

// Push and Pop are for container/heap.
func (s *stage) Push(x any) { *s = append(*s, x.(*actor)) }

func (s *stage) Pop() any {
	last := len(*s) - 1
	a := (*s)[last]
	(*s)[last] = nil
	*s = (*s)[:last]
	return a
}

// stamp numbers the events of one line that carry the same instant.
type stamp struct {
	last     schemas.Instant
	sequence int64
}

// at gives the seq of an event of the line: 0 for the first of an instant.
func (s *stamp) at(now schemas.Instant) int64 {
	if now == s.last {
		s.sequence++
	} else {
		s.last, s.sequence = now, 0
	}
	return s.sequence
}
