package stream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/twmb/franz-go/pkg/kgo"
)

// member polls a stream, starts what it is given where the members' common store says, and notes what it reads there.
type member struct {
	stream *Stream
	store  *store
	cancel context.CancelFunc
	ended  chan error // holds how polling ended
	owned  map[int32]schemas.Assignment
}

// store is what members share: how far each partition is, and what is wrong.
type store struct {
	mutex    sync.Mutex
	next     map[int32]int64
	ids      map[int32][]string
	owners   map[int32]*member
	lost     map[*member]time.Time // when it had the last partition taken away
	problems []string
}

func newStore() *store {
	return &store{next: map[int32]int64{}, ids: map[int32][]string{}, owners: map[int32]*member{}, lost: map[*member]time.Time{}}
}

func run(s *Stream, st *store) *member {
	ctx, cancel := context.WithCancel(context.Background())
	m := &member{stream: s, store: st, cancel: cancel, ended: make(chan error, 1), owned: map[int32]schemas.Assignment{}}
	go func() {
		for {
			polled, err := s.Poll(ctx)
			if err != nil {
				m.ended <- err
				return
			}
			m.take(ctx, polled)
		}
	}()
	return m
}

// end ends the polling and gives how it ended.
func (m *member) end() error {
	m.cancel()
	err := <-m.ended
	m.stream.Close()
	return err
}

func (m *member) take(ctx context.Context, polled schemas.Polled) {
	m.store.mutex.Lock()
	defer m.store.mutex.Unlock()
	problem := func(format string, args ...any) {
		m.store.problems = append(m.store.problems, fmt.Sprintf(format, args...))
	}
	for _, a := range polled.Revoked {
		if m.owned[a.Partition] != a {
			problem("%v is revoked, held is %v", a, m.owned[a.Partition])
		}
		delete(m.owned, a.Partition)
		if m.store.owners[a.Partition] == m {
			delete(m.store.owners, a.Partition)
		}
		m.store.lost[m] = time.Now()
	}
	for _, a := range polled.Assigned {
		if held, ok := m.owned[a.Partition]; ok {
			problem("%v is assigned, held is %v", a, held)
		}
		if m.store.owners[a.Partition] != nil {
			problem("partition %d is another's", a.Partition)
		}
		m.owned[a.Partition] = a
		m.store.owners[a.Partition] = m
		go m.start(ctx, a)
	}
	for _, batch := range polled.Batches {
		if m.owned[batch.Partition] != batch.Assignment {
			problem("a batch of %v, held is %v", batch.Assignment, m.owned[batch.Partition])
		}
		if m.store.next[batch.Partition]+int64(len(batch.Events)) != batch.Next {
			problem("partition %d is at %d, %d events lead to %d", batch.Partition, m.store.next[batch.Partition], len(batch.Events), batch.Next)
		}
		m.store.next[batch.Partition] = batch.Next
		for _, event := range batch.Events {
			m.store.ids[batch.Partition] = append(m.store.ids[batch.Partition], event.ID)
		}
	}
}

func (m *member) start(ctx context.Context, a schemas.Assignment) {
	m.store.mutex.Lock()
	from := position(m.stream, a.Partition, m.store.next[a.Partition])
	m.store.mutex.Unlock()
	if _, err := m.stream.Start(ctx, a, from, true); err != nil && !errors.Is(err, schemas.ErrRevoked) && ctx.Err() == nil {
		m.store.mutex.Lock()
		m.store.problems = append(m.store.problems, fmt.Sprintf("start of %v: %v", a, err))
		m.store.mutex.Unlock()
	}
}

// shares gives how many partitions each member has.
func (st *store) shares(members ...*member) []int {
	st.mutex.Lock()
	defer st.mutex.Unlock()
	shares := make([]int, len(members))
	for i, m := range members {
		shares[i] = len(m.owned)
	}
	return shares
}

func (st *store) read() int {
	st.mutex.Lock()
	defer st.mutex.Unlock()
	n := 0
	for _, ids := range st.ids {
		n += len(ids)
	}
	return n
}

func waitFor(t *testing.T, what string, met func() bool) {
	t.Helper()
	for began := time.Now(); !met(); time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > patience {
			t.Fatalf("not in %v: %s", patience, what)
		}
	}
}

// spread is a good record with a key of its own, in the partition of that key.
func spread(id string, partitions int) *kgo.Record {
	record := turn(id, time.Now())
	conversation := "x" + id
	record.Value = []byte(strings.Replace(string(record.Value), `"conversation_id":"c1"`, `"conversation_id":"`+conversation+`"`, 1))
	record.Key = []byte("c/acme/" + conversation)
	record.Partition = int32(kgo.StickyKeyPartitioner(nil).ForTopic("").Partition(record, partitions))
	return record
}
