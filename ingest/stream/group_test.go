package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Instances share the partitions, a third takes part of them over, and others take over what one leaves. Each record is read once by
// those who go on where the last one stood, always under the number of the assignment that holds.
func TestInstancesShareAndTakeOver(t *testing.T) {
	const partitions = 6
	b := newBroker(t, partitions, appendTime())
	producing, stop := context.WithCancel(t.Context())
	produced := make(chan int)
	go func() {
		n := 0
		for ; producing.Err() == nil; n++ {
			record := spread(fmt.Sprint("m", n), partitions)
			record.Topic = b.cfg.Topic
			b.client.Produce(context.Background(), record, nil)
			time.Sleep(200 * time.Microsecond)
		}
		produced <- n
	}()
	st := newStore()
	first, second := run(b.as(""), st), run(b.as("named"), st)
	waitFor(t, "two instances have three partitions each", func() bool { return slices.Equal(st.shares(first, second), []int{3, 3}) })
	third := run(b.as(""), st)
	waitFor(t, "three instances have two partitions each", func() bool { return slices.Equal(st.shares(first, second, third), []int{2, 2, 2}) })
	if err := first.end(); err != context.Canceled {
		t.Errorf("the first ended with %v", err)
	}
	st.mutex.Lock()
	for partition := range first.owned { // it ended before it could tell
		delete(st.owners, partition)
	}
	st.mutex.Unlock()
	waitFor(t, "two instances have all", func() bool { return slices.Equal(st.shares(second, third), []int{3, 3}) })
	stop()
	n := <-produced
	waitFor(t, fmt.Sprintf("all %d records are read", n), func() bool { return st.read() >= n })
	_, _ = second.end(), third.end()
	seen := map[string]bool{}
	for _, ids := range st.ids {
		for _, id := range ids {
			if seen[id] {
				t.Errorf("%s is read twice", id)
			}
			seen[id] = true
		}
	}
	if len(seen) != n || len(st.problems) > 0 {
		t.Errorf("%d of %d records read; wrong: %s", len(seen), n, strings.Join(st.problems, "\n"))
	}
}

// An instance with a name has its partitions back at once when it starts again; the group waits for it meanwhile.
func TestNamedInstanceComesBack(t *testing.T) {
	b := newBroker(t, 2, appendTime())
	first := b.as("a")
	before := assigned(t, first, 2)
	if _, err := first.Start(t.Context(), before[0], schemas.Position{}, false); err != nil {
		t.Fatal(err)
	}
	first.Close()
	if _, err := first.Start(t.Context(), before[1], schemas.Position{}, false); err != schemas.ErrRevoked {
		t.Errorf("start after the end: %v", err)
	}
	began := time.Now()
	again := b.as("a")
	defer again.Close()
	assigned(t, again, 2)
	if took := time.Since(began); took > b.cfg.SessionTimeout/4 {
		t.Errorf("the partitions came back after %v", took)
	}
}

// A second process with the same name ends the first, not silently.
func TestTwoInstancesOfOneName(t *testing.T) {
	b := newBroker(t, 1, appendTime())
	first := run(b.as("same"), newStore())
	waitFor(t, "the first has the partition", func() bool { return first.store.shares(first)[0] == 1 })
	second := b.as("same")
	defer second.Close()
	assigned(t, second, 1)
	waitFor(t, "the first ends", func() bool { return len(first.ended) > 0 })
	if err := first.end(); err == nil || !strings.Contains(err.Error(), `as instance "same"; give each its own kafka.instance_id`) {
		t.Errorf("the first ended with %v", err)
	}
}

// Partitions that go and come back in the midst of reading have a new number each time; nothing read under an old one is told under a
// new one, and reading goes on exactly where it is told to.
func TestLostAndAssignedAgain(t *testing.T) {
	const partitions, records, losses = 3, 2000, 3
	b := newBroker(t, partitions, appendTime())
	b.cfg.MaxRecords = 7
	st := newStore()
	m := run(b.as(""), st)
	var left atomic.Int32
	left.Store(losses)
	b.cluster.ControlKey(int16(kmsg.Heartbeat), func(request kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		if left.Add(-1) < 0 {
			return nil, nil, false
		}
		response := request.ResponseKind().(*kmsg.HeartbeatResponse)
		response.ErrorCode = kerr.UnknownMemberID.Code
		return response, nil, true
	})
	for i := range records {
		b.produce(spread(fmt.Sprint("m", i), partitions))
		if left.Load() > 0 {
			time.Sleep(time.Millisecond)
		}
	}
	waitFor(t, "all is read", func() bool { return st.read() >= records && left.Load() < 0 })
	_ = m.end()
	if len(st.problems) > 0 || st.read() != records {
		t.Errorf("%d of %d records read; wrong: %s", st.read(), records, strings.Join(st.problems, "\n"))
	}
	for _, a := range m.owned {
		if a.Number < losses {
			t.Errorf("%v is held after %d losses", a, losses)
		}
	}
}

// Between the moment at which records are taken and that at which it is clear whose they are, no partition goes.
func TestRecordsAreToldBeforeTheLoss(t *testing.T) {
	b := newBroker(t, 1, appendTime())
	s := b.open()
	a := assigned(t, s, 1)[0]
	if _, err := s.Start(t.Context(), a, schemas.Position{}, false); err != nil {
		t.Fatal(err)
	}
	polls := make(chan schemas.Polled)
	go func() {
		for range 2 {
			polled, err := s.Poll(t.Context())
			if err != nil {
				t.Error(err)
			}
			polls <- polled
		}
	}()
	time.Sleep(50 * time.Millisecond) // it waits for records
	leave := s.assignments.enter()
	b.produce(turn("m0", time.Now()))
	waitFor(t, "the record is taken", func() bool { return s.client.UncommittedOffsets()[b.cfg.Topic][0].Offset == 1 })
	var failed atomic.Bool
	b.cluster.ControlKey(int16(kmsg.Heartbeat), func(request kmsg.Request) (kmsg.Response, error, bool) {
		failed.Store(true)
		response := request.ResponseKind().(*kmsg.HeartbeatResponse)
		response.ErrorCode = kerr.UnknownMemberID.Code
		return response, nil, true
	})
	waitFor(t, "the heartbeat fails", failed.Load)
	time.Sleep(50 * time.Millisecond)
	if paused := s.client.PauseFetchPartitions(nil); len(paused) > 0 {
		t.Errorf("%v went before it was clear whose the record is", paused)
	}
	leave()
	if polled := <-polls; len(polled.Batches) != 1 || polled.Batches[0].Assignment != a {
		t.Errorf("polled %v, want a batch of %v", polled, a)
	}
	if polled := <-polls; len(polled.Revoked) != 1 || polled.Revoked[0] != a {
		t.Errorf("polled %v, want %v revoked", polled, a)
	}
}

// An instance that takes no records still gives partitions up, and none of its records come.
func TestPartitionsGoWithoutPolls(t *testing.T) {
	b := newBroker(t, 2, appendTime())
	first := b.open()
	for _, a := range assigned(t, first, 2) {
		if _, err := first.Start(t.Context(), a, schemas.Position{}, false); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 100 {
		b.produce(spread(fmt.Sprint("m", i), 2))
	}
	second := run(b.as(""), newStore())
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	news, err := first.Watch(ctx)
	if err != nil || len(news.Revoked) != 1 || len(news.Batches) > 0 {
		t.Errorf("told %v, %v; want one partition revoked", news, err)
	}
	waitFor(t, "the other has it", func() bool { return second.store.shares(second)[0] == 1 })
	_ = second.end()
	news, err = first.Watch(ctx)
	if err != nil || len(news.Assigned) != 1 || len(news.Batches) > 0 {
		t.Errorf("told %v, %v; want one partition assigned", news, err)
	}
	cancel()
	if news, err := first.Watch(ctx); err != context.Canceled || len(news.Assigned)+len(news.Revoked) > 0 {
		t.Errorf("told %v, %v; want the end", news, err)
	}
}

// What came and went before it could be told is not told; what went and came is told in this order.
func TestChangesBetweenPolls(t *testing.T) {
	a := newAssignments()
	f := func(want schemas.Polled) {
		t.Helper()
		got, _ := a.take(nil)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("polled (-want +got):\n%s", diff)
		}
	}
	as := func(partition int32, number int64) []schemas.Assignment {
		return []schemas.Assignment{{Partition: partition, Number: number}}
	}
	a.add([]int32{4})
	a.remove([]int32{4})
	f(schemas.Polled{Member: true})
	a.add([]int32{4})
	f(schemas.Polled{Member: true, Assigned: as(4, 2)})
	a.remove([]int32{4, 5})
	a.add([]int32{4})
	f(schemas.Polled{Member: true, Revoked: as(4, 2), Assigned: as(4, 3)})
	woken := 0
	a.take(func() { woken++ })
	a.add(nil)
	if woken != 0 {
		t.Error("woken for nothing")
	}
	a.remove([]int32{4})
	a.add([]int32{4})
	if woken == 0 {
		t.Error("not woken")
	}
	if a.find(as(4, 3)[0]) != nil || a.find(as(4, 4)[0]) == nil {
		t.Error("the assignment that holds is not the last one")
	}
}

// With more instances than partitions the one too many is told that it has none, not before the group has said so; and that it is no
// longer counted on.
func TestMemberWithoutPartitions(t *testing.T) {
	b := newBroker(t, 2, appendTime())
	st := newStore()
	first, second := run(b.as("first"), st), run(b.as("second"), st)
	waitFor(t, "two instances have a partition each", func() bool { return slices.Equal(st.shares(first, second), []int{1, 1}) })
	var held, failing atomic.Bool
	held.Store(true)
	b.cluster.ControlKey(int16(kmsg.JoinGroup), func(request kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		return nil, errors.New("cut"), held.Load() && *request.(*kmsg.JoinGroupRequest).InstanceID == "third"
	})
	b.cluster.ControlKey(int16(kmsg.Heartbeat), func(request kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		if !failing.Load() || *request.(*kmsg.HeartbeatRequest).InstanceID != "third" {
			return nil, nil, false
		}
		response := request.ResponseKind().(*kmsg.HeartbeatResponse)
		response.ErrorCode = kerr.UnknownMemberID.Code
		return response, nil, true
	})
	third := b.as("third")
	defer third.Close()
	waiting, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if polled, err := third.Poll(waiting); err != context.DeadlineExceeded {
		t.Errorf("before it could join it was told %+v, %v", polled, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	held.Store(false)
	if polled, err := third.Poll(ctx); err != nil || !polled.Member || len(polled.Assigned) > 0 {
		t.Errorf("told %+v, %v; want that it has no partition", polled, err)
	}
	held.Store(true)
	failing.Store(true)
	if polled, err := third.Poll(ctx); err != nil || polled.Member {
		t.Errorf("told %+v, %v; want that it is no member", polled, err)
	}
	_, _ = first.end(), second.end()
}

// However heartbeats fail, an instance gives its partitions up before the group gives them to another, but not at the first failure.
func TestHeartbeatsFail(t *testing.T) {
	fails := map[string]func(c *kfake.Cluster) func(kmsg.Request) (kmsg.Response, error, bool){
		"refused": func(*kfake.Cluster) func(kmsg.Request) (kmsg.Response, error, bool) {
			return func(request kmsg.Request) (kmsg.Response, error, bool) {
				response := request.ResponseKind().(*kmsg.HeartbeatResponse)
				response.ErrorCode = 15 // COORDINATOR_NOT_AVAILABLE
				return response, nil, true
			}
		},
		"cut": func(*kfake.Cluster) func(kmsg.Request) (kmsg.Response, error, bool) {
			return func(kmsg.Request) (kmsg.Response, error, bool) { return nil, errors.New("cut"), true }
		},
		"silent": func(c *kfake.Cluster) func(kmsg.Request) (kmsg.Response, error, bool) {
			return func(kmsg.Request) (kmsg.Response, error, bool) {
				c.SleepControl(func() { time.Sleep(time.Minute) })
				return nil, errors.New("cut"), true
			}
		},
	}
	for name, fail := range fails {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBroker(t, 1, appendTime())
			b.cfg.SessionTimeout = 3 * time.Second
			st := newStore()
			loser := run(b.as("loser"), st)
			waitFor(t, "it has the partition", func() bool { return st.shares(loser)[0] == 1 })
			inner := fail(b.cluster)
			var failing sync.Once
			var since time.Time
			b.cluster.ControlKey(int16(kmsg.Heartbeat), func(request kmsg.Request) (kmsg.Response, error, bool) {
				b.cluster.KeepControl()
				if *request.(*kmsg.HeartbeatRequest).InstanceID != "loser" {
					return nil, nil, false
				}
				failing.Do(func() { since = time.Now() })
				return inner(request)
			})
			waitFor(t, "it has lost the partition", func() bool { return st.shares(loser)[0] == 0 })
			st.mutex.Lock()
			took := st.lost[loser].Sub(since) + b.cfg.SessionTimeout/15
			st.mutex.Unlock()
			if took > b.cfg.SessionTimeout {
				t.Errorf("the partition was given up %v after the last heartbeat", took)
			}
			if took < b.cfg.SessionTimeout/5 {
				t.Errorf("the partition was given up %v after the last heartbeat, though it might have mended", took)
			}
			if diff := cmp.Diff([]string(nil), st.problems); diff != "" {
				t.Error(diff)
			}
			_ = loser.end()
		})
	}
}
