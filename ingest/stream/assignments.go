package stream

import (
	"context"
	"maps"
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/twmb/franz-go/pkg/kgo"
)

// held is a partition that this instance has been given.
type held struct {
	schemas.Assignment
	placed  chan struct{} // closed when the client is about to take the partition over, so that it can be sought
	gone    chan struct{} // closed when the partition is revoked or lost
	started bool
}

// assignments is what the group has given to this instance, and what of it Poll has still to tell. The client's callbacks write it.
type assignments struct {
	lock     chan struct{} // holds one while somebody is at the rest. A channel, because seeking under it waits for the client.
	held     map[int32]*held
	last     int64 // number given
	revoked  []schemas.Assignment
	assigned []schemas.Assignment
	member   bool               // the group has told what is this instance's, if only that it is nothing
	told     bool               // … as Poll has told it
	wake     context.CancelFunc // ends the wait for records; nil while nobody waits
}

func newAssignments() *assignments {
	return &assignments{lock: make(chan struct{}, 1), held: map[int32]*held{}}
}

// enter gives the lock; what it returns lets go of it.
func (a *assignments) enter() (leave func()) {
	a.lock <- struct{}{}
	return func() { <-a.lock }
}

// add notes partitions that came.
func (a *assignments) add(partitions []int32) {
	defer a.enter()()
	for _, partition := range partitions {
		a.drop(partition) // it has not been told if it was lost without a word
		a.last++
		h := &held{Assignment: schemas.Assignment{Partition: partition, Number: a.last}, placed: make(chan struct{}), gone: make(chan struct{})}
		a.held[partition] = h
		a.assigned = append(a.assigned, h.Assignment)
	}
	a.member = true
	a.rouse()
}

// lose notes that the group no longer counts on this instance.
func (a *assignments) lose() {
	defer a.enter()()
	a.member = false
	a.rouse()
}

// remove notes partitions that went.
func (a *assignments) remove(partitions []int32) {
	defer a.enter()()
	for _, partition := range partitions {
		a.drop(partition)
	}
	a.rouse()
}

// drop forgets a partition. If Poll has not yet told that it came, it will tell neither.
func (a *assignments) drop(partition int32) {
	h := a.held[partition]
	if h == nil {
		return
	}
	delete(a.held, partition)
	close(h.gone)
	if i := slices.Index(a.assigned, h.Assignment); i >= 0 {
		a.assigned = slices.Delete(a.assigned, i, i+1)
		return
	}
	a.revoked = append(a.revoked, h.Assignment)
}

func (a *assignments) rouse() {
	if a.wake != nil && a.isNews() {
		a.wake()
	}
}

// isNews tells whether there is something that has not been told yet.
func (a *assignments) isNews() bool { return len(a.revoked)+len(a.assigned) > 0 || a.member != a.told }

// take gives what has not been told yet. If that is nothing, wake is called as soon as there is something.
func (a *assignments) take(wake context.CancelFunc) (polled schemas.Polled, news bool) {
	defer a.enter()()
	news = a.isNews()
	polled = schemas.Polled{Member: a.member, Revoked: a.revoked, Assigned: a.assigned}
	a.revoked, a.assigned, a.told, a.wake = nil, nil, a.member, wake
	return polled, news
}

// place notes partitions that the client is about to take over.
func (a *assignments) place(partitions []int32) {
	defer a.enter()()
	for _, partition := range partitions {
		h := a.held[partition]
		if h == nil {
			continue
		}
		select {
		case <-h.placed:
		default:
			close(h.placed)
		}
	}
}

// find gives what is held under an assignment, nil if it is no longer.
func (a *assignments) find(assignment schemas.Assignment) *held {
	defer a.enter()()
	if h := a.held[assignment.Partition]; h != nil && h.Assignment == assignment {
		return h
	}
	return nil
}

// started gives the assignments under which records come in now.
func (a *assignments) started() map[int32]schemas.Assignment {
	defer a.enter()()
	started := make(map[int32]schemas.Assignment, len(a.held))
	for partition, h := range a.held {
		if h.started {
			started[partition] = h.Assignment
		}
	}
	return started
}

// callbacks are the options by which the client tells what the group decides. None of them waits for anything but the lock.
func (s *Stream) callbacks() []kgo.Opt {
	lost := func(_ context.Context, client *kgo.Client, partitions map[string][]int32) {
		client.PauseFetchPartitions(partitions)
		s.assignments.remove(partitions[s.cfg.Topic])
	}
	return []kgo.Opt{
		kgo.OnPartitionsAssigned(func(_ context.Context, client *kgo.Client, partitions map[string][]int32) {
			client.PauseFetchPartitions(partitions) // until they are started
			s.assignments.add(partitions[s.cfg.Topic])
		}),
		kgo.OnPartitionsRevoked(lost),
		kgo.OnPartitionsLost(func(ctx context.Context, client *kgo.Client, partitions map[string][]int32) {
			lost(ctx, client, partitions)
			s.assignments.lose()
		}),
		// Whatever was committed, paused partitions stand at the beginning; Start seeks.
		kgo.AdjustFetchOffsetsFn(func(_ context.Context, offsets map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
			for _, partitions := range offsets {
				for partition := range partitions {
					partitions[partition] = kgo.NewOffset().At(0)
				}
			}
			s.assignments.place(slices.Collect(maps.Keys(offsets[s.cfg.Topic])))
			return offsets, nil
		}),
	}
}
