package stream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// position is one that fits the log of the stream.
func position(s *Stream, partition int32, next int64) schemas.Position {
	id, partitions := s.Topic()
	return schemas.Position{Partition: partition, Next: next, LeaderEpoch: -1, TopicID: id, Partitions: partitions}
}

// Reading begins at the position, and the end is behind the last record, or 0 if all below it has been read.
func TestStartAtAPosition(t *testing.T) {
	b := newBroker(t, 1, appendTime())
	for i := range 5 {
		b.produce(turn(fmt.Sprint("m", i), time.Now()))
	}
	f := func(next, end int64, want ...string) {
		t.Helper()
		s := b.open()
		defer s.Close()
		from := position(s, 0, next)
		from.LeaderEpoch = 0
		got, err := s.Start(t.Context(), assigned(t, s, 1)[0], from, true)
		if err != nil || got != end {
			t.Errorf("start at %d: end %d, %v, want %d", next, got, err, end)
		}
		var ids []string
		for _, event := range poll(t, s, len(want))[0].Events {
			ids = append(ids, event.ID)
		}
		if diff := cmp.Diff(want, ids); diff != "" {
			t.Errorf("start at %d (-want +got):\n%s", next, diff)
		}
	}
	f(0, 5, "m0", "m1", "m2", "m3", "m4")
	f(3, 5, "m3", "m4")
	f(5, 0)
}

// A position that does not fit the log would leave records out or take others twice.
func TestStartRefuses(t *testing.T) {
	b := newBroker(t, 1, appendTime())
	b.produce(turn("m0", time.Now()), turn("m1", time.Now()), turn("m2", time.Now()))
	s := b.open()
	a := assigned(t, s, 1)[0]
	f := func(name string, next int64, change func(*schemas.Position), want ...string) {
		t.Helper()
		from := position(s, 0, next)
		change(&from)
		_, err := s.Start(t.Context(), a, from, true)
		for _, part := range append(want, "floor.generation", "clickhouse.database", "topic floorwatch.events.v1, partition 0") {
			if !strings.Contains(fmt.Sprint(err), part) {
				t.Errorf("%s: got %v, want %q", name, err, part)
			}
		}
	}
	as := func(*schemas.Position) {}
	f("another topic", 1, func(p *schemas.Position) { p.TopicID[3]++ }, "deleted and created again")
	f("another number of partitions", 1, func(p *schemas.Position) { p.Partitions = 2 }, "has 1 partitions and had 2")
	f("behind the end", 4, as, "at offset 4: the log ends at offset 3")
	f("of a leader whose records went", 2, func(p *schemas.Position) {
		p.LeaderEpoch = 7
		b.cluster.ControlKey(int16(kmsg.OffsetForLeaderEpoch), func(request kmsg.Request) (kmsg.Response, error, bool) {
			response := request.ResponseKind().(*kmsg.OffsetForLeaderEpochResponse)
			partition := kmsg.NewOffsetForLeaderEpochResponseTopicPartition()
			partition.LeaderEpoch, partition.EndOffset = 7, 1
			response.Topics = []kmsg.OffsetForLeaderEpochResponseTopic{{Topic: b.cfg.Topic, Partitions: []kmsg.OffsetForLeaderEpochResponseTopicPartition{partition}}}
			return response, nil, true
		})
	}, "leader epoch 7", "ends at offset 1")
	b.cut(0, 2)
	f("before the beginning", 1, as, "begins at offset 2", "kafka.accept_truncated")
	if _, err := s.Start(t.Context(), a, schemas.Position{}, false); err == nil || !strings.Contains(err.Error(), "partition 0 begins at offset 2") {
		t.Errorf("a log without its beginning: %v", err)
	}
	if end, err := s.Start(t.Context(), a, position(s, 0, 2), true); err != nil || end != 3 { // what was refused can still be started
		t.Errorf("start at 2: end %d, %v", end, err)
	}
}

// A log that lost its beginning is read if asked for. A partition whose records are all gone has nothing to catch up with.
func TestStartAfterRetention(t *testing.T) {
	b := newBroker(t, 1, appendTime())
	b.produce(turn("m0", time.Now()), turn("m1", time.Now()))
	b.cut(0, 2)
	b.cfg.AcceptTruncated = true
	s := b.open()
	if end, err := s.Start(t.Context(), assigned(t, s, 1)[0], schemas.Position{}, false); err != nil || end != 0 {
		t.Errorf("the end is %d, %v, want 0", end, err)
	}
	b.produce(turn("m2", time.Now()))
	if got := poll(t, s, 1)[0]; got.Next != 3 || got.Events[0].ID != "m2" {
		t.Errorf("next %d, %v", got.Next, got.Events)
	}
}

// Records that go while they are to be read end the work; nothing is skipped.
func TestRetentionWhileReading(t *testing.T) {
	b := newBroker(t, 1, appendTime())
	b.produce(turn("m0", time.Now()), turn("m1", time.Now()))
	s := b.open()
	a := assigned(t, s, 1)[0]
	b.cut(0, 2) // after Start has looked
	if err := s.seek(t.Context(), s.assignments.find(a), kgo.EpochOffset{Epoch: -1, Offset: 1}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		polled, err := s.Poll(ctx)
		if err == nil && len(polled.Batches) == 0 {
			continue
		}
		if !errors.Is(err, kerr.OffsetOutOfRange) || !strings.Contains(err.Error(), "no longer has the next record") {
			t.Errorf("poll: %v, %v", polled, err)
		}
		return
	}
}

// A topic that was deleted and created again is another one.
func TestRecreatedTopic(t *testing.T) {
	b := newBroker(t, 1, appendTime())
	first := b.open()
	from := position(first, 0, 0)
	first.Close()
	if _, err := kadm.NewClient(b.client).DeleteTopic(t.Context(), b.cfg.Topic); err != nil {
		t.Fatal(err)
	}
	b.createTopic(b.cfg.Topic, 1, appendTime())
	s := b.open()
	if _, err := s.Start(t.Context(), assigned(t, s, 1)[0], from, true); err == nil || !strings.Contains(err.Error(), "deleted and created again") {
		t.Errorf("start: %v", err)
	}
}

// An assignment is told before the client has taken the partition over, and a seek before that would be lost.
func TestStartWaitsForTheClient(t *testing.T) {
	b := newBroker(t, 1, appendTime())
	b.produce(turn("m0", time.Now()), turn("m1", time.Now()))
	release := make(chan struct{})
	b.cluster.ControlKey(int16(kmsg.OffsetFetch), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.SleepControl(func() { <-release })
		return nil, nil, false
	})
	s := b.open()
	a := assigned(t, s, 1)[0]
	if done, err := s.trySeek(s.assignments.find(a), kgo.EpochOffset{Epoch: -1, Offset: 1}); done || err != nil {
		t.Errorf("sought before the client has the partition: %v, %v", done, err)
	}
	impatient, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.Start(impatient, a, position(s, 0, 1), true); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("start ended before the client had the partition: %v", err)
	}
	close(release)
	if _, err := s.Start(t.Context(), a, position(s, 0, 1), true); err != nil {
		t.Fatal(err)
	}
	if got := poll(t, s, 1)[0].Events; got[0].ID != "m1" {
		t.Errorf("reading began at %s", got[0].ID)
	}
}

// A partition that goes while its state is loaded is not started, nor under the number that it gets when it comes back.
func TestStartOfALostPartition(t *testing.T) {
	b := newBroker(t, 1, appendTime())
	s := b.open()
	a := assigned(t, s, 1)[0]
	h := s.assignments.find(a)
	s.assignments.remove([]int32{0})
	s.assignments.add([]int32{0})
	if _, err := s.trySeek(h, kgo.EpochOffset{Epoch: -1, Offset: 0}); err != schemas.ErrRevoked {
		t.Errorf("seek: %v", err)
	}
	if _, err := s.Start(t.Context(), a, schemas.Position{}, false); err != schemas.ErrRevoked {
		t.Errorf("start: %v", err)
	}
	if len(s.assignments.started()) > 0 {
		t.Error("the partition is read")
	}
}

// An outage of Kafka while a partition is started is waited out.
func TestStartWaitsForKafka(t *testing.T) {
	b := newBroker(t, 1, appendTime())
	b.cfg.SessionTimeout = 3 * time.Second // a request is tried for two of them
	s := b.open()
	a := assigned(t, s, 1)[0]
	var asked atomic.Int32
	outage := time.Now().Add(b.cfg.SessionTimeout)
	b.cluster.ControlKey(int16(kmsg.ListOffsets), func(kmsg.Request) (kmsg.Response, error, bool) {
		if asked.Add(1); time.Now().After(outage) {
			return nil, nil, false
		}
		b.cluster.KeepControl()
		return nil, errors.New("cut"), true
	})
	if end, err := s.Start(t.Context(), a, position(s, 0, 0), true); err != nil || end != 0 || time.Now().Before(outage) {
		t.Errorf("start: end %d, %v, asked %d times", end, err, asked.Load())
	}
}
