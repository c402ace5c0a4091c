package stream

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Poll waits until something happens: partitions are revoked or assigned, the group begins or ceases to count on this instance, or there
// are records of started partitions. A batch carries the
// assignment under which it was read. The error of ctx comes alone, never with records taken in; any other error is one that trying
// again does not mend.
func (s *Stream) Poll(ctx context.Context) (schemas.Polled, error) {
	for {
		waiting, wake := context.WithCancel(ctx)
		polled, news, err := s.pollOnce(waiting, wake)
		wake()
		if err == nil && !news {
			err = ctx.Err()
			if err == nil {
				continue
			}
		}
		return polled, err
	}
}

// Watch waits until partitions are revoked or assigned, and takes no records, so that an instance that takes none for a while still gives
// up what it loses. Its errors are those of Poll that need no record.
func (s *Stream) Watch(ctx context.Context) (schemas.Polled, error) {
	for {
		waiting, wake := context.WithCancel(ctx)
		polled, news := s.assignments.take(wake)
		if news {
			wake()
			return polled, s.checkGrown(polled.Assigned)
		}
		<-waiting.Done()
		wake()
		if err := ctx.Err(); err != nil {
			return schemas.Polled{}, err
		}
	}
}

// pollOnce gives what happened; no news if waiting ends or nothing of use came.
func (s *Stream) pollOnce(waiting context.Context, wake context.CancelFunc) (polled schemas.Polled, news bool, err error) {
	polled, news = s.assignments.take(wake)
	if news {
		return polled, true, s.checkGrown(polled.Assigned)
	}
	fetches := s.client.PollRecords(waiting, s.cfg.MaxRecords)
	started := s.assignments.started() // no partition goes before rebalances are allowed
	s.client.AllowRebalance()
	if err := s.fetchErrors(fetches); err != nil {
		return schemas.Polled{}, false, err
	}
	polled.Batches = s.decodeAll(fetches, started)
	return polled, len(polled.Batches) > 0, nil
}

// checkGrown refuses a topic that got more partitions: keys go elsewhere now, so two partitions would feed the rows of one conversation.
func (s *Stream) checkGrown(assigned []schemas.Assignment) error {
	for _, a := range assigned {
		if a.Partition >= s.partitions {
			return fmt.Errorf("poll topic %s: it has more partitions than the %d of the start; a topic with another number of partitions needs a new topic and a new clickhouse.database", s.cfg.Topic, s.partitions)
		}
	}
	return nil
}

// fetchErrors logs what mends itself and returns what does not.
func (s *Stream) fetchErrors(fetches kgo.Fetches) error {
	for _, fetch := range fetches.Errors() {
		var session *kgo.ErrGroupSession
		var loss *kgo.ErrDataLoss
		switch {
		case errors.Is(fetch.Err, kgo.ErrClientClosed):
			return fmt.Errorf("poll topic %s: %w", s.cfg.Topic, fetch.Err)
		case errors.As(fetch.Err, &session):
			if err := s.sessionError(session.Err); err != nil {
				return err
			}
		case errors.Is(fetch.Err, context.Canceled), errors.Is(fetch.Err, context.DeadlineExceeded):
		case errors.As(fetch.Err, &loss):
			return fmt.Errorf("poll topic %s, partition %d: the log has lost records: it was read up to offset %d and now ends at %d; none are skipped, so start again to see what the tables have of it",
				fetch.Topic, fetch.Partition, loss.ConsumedTo, loss.ResetTo)
		case errors.Is(fetch.Err, kerr.OffsetOutOfRange):
			return fmt.Errorf("poll topic %s, partition %d: the log no longer has the next record; retention took it before it was read, or the log was cut; none are skipped, so start again to see what is missing: %w",
				fetch.Topic, fetch.Partition, fetch.Err)
		case kerr.IsRetriable(fetch.Err):
			s.logger.Warn().Err(fetch.Err).Int32("partition", fetch.Partition).Msg("fetch failed, trying again")
		default:
			return fmt.Errorf("poll topic %s, partition %d: %w", fetch.Topic, fetch.Partition, fetch.Err)
		}
	}
	return nil
}

// sessionError logs what ended this instance's membership, unless it would at each try.
func (s *Stream) sessionError(err error) error {
	var code *kerr.Error
	switch {
	case errors.Is(err, kerr.FencedInstanceID):
		return fmt.Errorf("stay in group %s: another process has joined it as instance %q; give each its own kafka.instance_id, or end one of them", s.cfg.Group, s.cfg.InstanceID)
	case errors.Is(err, kerr.UnknownMemberID), errors.Is(err, kerr.IllegalGeneration), errors.Is(err, kerr.RebalanceInProgress):
	case errors.As(err, &code) && !code.Retriable:
		return fmt.Errorf("join group %s: %w", s.cfg.Group, err)
	}
	s.logger.Warn().Err(err).Str("group", s.cfg.Group).Msg("fell out of the group, joining again")
	return nil
}

// decodeAll makes batches of what was fetched, each partition in a goroutine of its own: nothing takes more time here.
func (s *Stream) decodeAll(fetches kgo.Fetches, started map[int32]schemas.Assignment) []schemas.Batch {
	var fetched []kgo.FetchTopicPartition
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		if len(p.Records) > 0 {
			fetched = append(fetched, p)
		}
	})
	batches := make([]schemas.Batch, len(fetched))
	var decoding sync.WaitGroup
	for i, p := range fetched {
		assignment, ok := started[p.Partition]
		if !ok {
			panic(fmt.Sprintf("BUG: records of partition %d came before it was started", p.Partition))
		}
		decoding.Go(func() { batches[i] = s.batch(assignment, p) })
	}
	decoding.Wait()
	return batches
}

func (s *Stream) batch(assignment schemas.Assignment, p kgo.FetchTopicPartition) schemas.Batch {
	batch := schemas.Batch{Assignment: assignment, End: p.HighWatermark, Events: make([]schemas.Event, 0, len(p.Records))}
	for _, record := range p.Records {
		batch.Next, batch.LeaderEpoch = record.Offset+1, record.LeaderEpoch
		if record.Attrs.IsControl() {
			continue // the end of a transaction, no record of a producer
		}
		event, err := s.read(record)
		if err != nil {
			batch.Rejects = append(batch.Rejects, s.reject(record, err))
			continue
		}
		batch.Events = append(batch.Events, event)
	}
	return batch
}
