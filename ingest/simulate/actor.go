package simulate

import (
	"cmp"
	"container/heap"

	"github.com/floorwatch/floorwatch/schemas"
)

// Kinds of actors, in the order in which they come at one instant: those that bring in others come first.
const (
	dayKind = iota
	arrivalsKind
	agentKind
	dispatcherKind
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
	pending []schemas.Event // made; those from given on are not yet given out
	given   int
	over    bool // nothing comes after what is pending
	place   int  // in the heap
}

// next is the instant before which the actor has no event.
func (a *actor) next() schemas.Instant {
	if a.given < len(a.pending) {
		return a.pending[a.given].OccurredAt
	}
	return a.wake
}

// stage is the heap of the actors, the one with the earliest event on top. Ties are decided by what an actor is, never by when it
// came in, so that the order of events does not depend on where the simulation was started.
type stage struct {
	actors []*actor
	free   [][]schemas.Event // for the pending events of whoever plays next
}

func (s *stage) Len() int { return len(s.actors) }

func (s *stage) Swap(i, j int) {
	s.actors[i], s.actors[j] = s.actors[j], s.actors[i]
	s.actors[i].place, s.actors[j].place = i, j
}

func (s *stage) Less(i, j int) bool {
	a, b := s.actors[i], s.actors[j]
	if first, second := a.next(), b.next(); first != second {
		return first < second
	}
	return cmp.Or(a.kind-b.kind, a.company-b.company, cmp.Compare(a.id, b.id)) < 0
}

// Push and Pop are for container/heap.
func (s *stage) Push(x any) {
	a := x.(*actor)
	a.place = len(s.actors)
	s.actors = append(s.actors, a)
}

func (s *stage) Pop() any {
	last := len(s.actors) - 1
	a := s.actors[last]
	s.actors[last] = nil
	s.actors = s.actors[:last]
	return a
}

// bring puts an actor on the stage.
func (s *stage) bring(a *actor) { heap.Push(s, a) }

// rouse lets an actor play at another time than it wanted to, later than now.
func (s *stage) rouse(a *actor, at schemas.Instant) {
	a.wake = at
	heap.Fix(s, a.place)
}

// step takes one event of the earliest actor, or lets it play.
func (s *stage) step() (event schemas.Event, ok bool) {
	first := s.actors[0]
	if ok = first.given < len(first.pending); ok {
		event = first.pending[first.given]
		first.given++
	} else if !first.over {
		s.lend(first)
		first.over = !first.role.play(first, s)
	}
	// Whoever came in or was roused comes after the one that did it.
	if s.actors[0] != first {
		panic("BUG: an actor came in before the one that brought it")
	}
	if first.given == len(first.pending) {
		s.takeBack(first)
		if first.over {
			heap.Pop(s)
			return event, ok
		}
	}
	heap.Fix(s, 0)
	return event, ok
}

// lend gives an actor that is to play room for its events.
func (s *stage) lend(a *actor) {
	if last := len(s.free) - 1; last >= 0 {
		a.pending, s.free = s.free[last], s.free[:last]
	}
}

func (s *stage) takeBack(a *actor) {
	if a.pending != nil {
		s.free = append(s.free, a.pending[:0])
		a.pending, a.given = nil, 0
	}
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
