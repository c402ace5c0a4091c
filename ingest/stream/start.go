package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Start lets the records of an assigned partition come: from the position, or, if none is known, from the beginning of the log. It
// refuses a position that does not fit the log, since records between would be missing or would come twice. It ends with schemas.ErrRevoked
// if the assignment does.
//
// It returns the offset behind the last record that stands in the log now and is not in an open transaction: whoever has read up to
// there has caught up. If there is nothing to read up to it, that is 0.
func (s *Stream) Start(ctx context.Context, a schemas.Assignment, from schemas.Position, known bool) (end int64, err error) {
	h := s.assignments.find(a)
	if h == nil {
		return 0, schemas.ErrRevoked
	}
	epoch := int32(-1)
	if known {
		epoch = from.LeaderEpoch
	}
	log, err := s.look(ctx, h, epoch)
	if err != nil {
		return 0, err
	}
	if known {
		err = s.checkPosition(a.Partition, from, log)
	} else {
		err = s.checkBeginning(a.Partition, log.begin)
		from = schemas.Position{Next: log.begin, LeaderEpoch: -1}
	}
	if err != nil {
		return 0, err
	}
	if err := s.seek(ctx, h, kgo.EpochOffset{Epoch: from.LeaderEpoch, Offset: from.Next}); err != nil {
		return 0, err
	}
	if log.end <= from.Next {
		return 0, nil
	}
	return log.end, nil
}

// extent is what the log has of a partition.
type extent struct {
	begin    int64 // offset of the first record
	end      int64 // offset behind the last record that is not in an open transaction
	epochEnd int64 // offset behind the last record of the leader epoch that was asked for, -1 if not known
}

// look asks Kafka for the extent of a partition until it answers, since an outage is no reason to end.
func (s *Stream) look(ctx context.Context, h *held, epoch int32) (extent, error) {
	for {
		log, err := s.extent(ctx, h.Partition, epoch)
		var code *kerr.Error
		switch {
		case err == nil:
			return log, nil
		case ctx.Err() != nil:
			return extent{}, ctx.Err()
		case errors.As(err, &code) && !code.Retriable:
			return extent{}, fmt.Errorf("read extent of topic %s, partition %d: %w", s.cfg.Topic, h.Partition, err)
		}
		s.logger.Warn().Err(err).Int32("partition", h.Partition).Msg("Kafka does not tell what it has of a partition, asking again")
		select {
		case <-ctx.Done():
		case <-h.gone:
			return extent{}, schemas.ErrRevoked
		case <-after(time.Second):
		}
	}
}

func (s *Stream) extent(ctx context.Context, partition, epoch int32) (extent, error) {
	admin := kadm.NewClient(s.client)
	starts, err := admin.ListStartOffsets(ctx, s.cfg.Topic)
	if err != nil {
		return extent{}, err
	}
	ends, err := admin.ListCommittedOffsets(ctx, s.cfg.Topic)
	if err != nil {
		return extent{}, err
	}
	first, known := starts.Lookup(s.cfg.Topic, partition)
	last, alsoKnown := ends.Lookup(s.cfg.Topic, partition)
	if !known || !alsoKnown {
		return extent{}, errors.New("no answer for this partition")
	}
	log := extent{begin: first.Offset, end: last.Offset, epochEnd: -1}
	if err := errors.Join(first.Err, last.Err); err != nil || epoch < 0 {
		return log, err
	}
	request := kadm.OffsetForLeaderEpochRequest{}
	request.Add(s.cfg.Topic, partition, epoch)
	answers, err := admin.OffsetForLeaderEpoch(ctx, request)
	if err != nil {
		return extent{}, err
	}
	answer, known := answers[s.cfg.Topic][partition]
	if !known {
		return extent{}, errors.New("no answer for this partition's leader epochs")
	}
	log.epochEnd = answer.EndOffset
	return log, answer.Err
}

// after is done when the time has passed.
func after(wait time.Duration) <-chan struct{} {
	passed := make(chan struct{})
	time.AfterFunc(wait, func() { close(passed) })
	return passed
}

func (s *Stream) checkBeginning(partition int32, begin int64) error {
	if begin == 0 || s.cfg.AcceptTruncated {
		return nil
	}
	return fmt.Errorf("read topic %s: partition %d begins at offset %d, what was before is gone by retention, and rows made from the rest would be others than those that are stored; "+
		"keep the topic whole (retention.ms=-1), or set kafka.accept_truncated and a new clickhouse.database", s.cfg.Topic, partition, begin)
}

// checkPosition refuses a position that is not one of this log.
func (s *Stream) checkPosition(partition int32, from schemas.Position, log extent) error {
	where := fmt.Sprintf("resume topic %s, partition %d, at offset %d", s.cfg.Topic, partition, from.Next)
	const anew = "to read the topic as it is now, set a new floor.generation and a new clickhouse.database"
	switch {
	case from.TopicID != s.topicID:
		return fmt.Errorf("%s: the position is of another topic of this name; the topic was deleted and created again, so its offsets name other records; %s", where, anew)
	case from.Partitions != s.partitions:
		return fmt.Errorf("%s: the topic has %d partitions and had %d when the position was stored, so keys are in other partitions now; %s", where, s.partitions, from.Partitions, anew)
	case from.Next < log.begin:
		return fmt.Errorf("%s: the log begins at offset %d; retention took records that are not in the tables yet; %s, with kafka.accept_truncated", where, log.begin, anew)
	case from.Next > log.end:
		return fmt.Errorf("%s: the log ends at offset %d; it has lost records that are in the tables, and others will get their offsets; %s", where, log.end, anew)
	case log.epochEnd >= 0 && from.Next > log.epochEnd:
		return fmt.Errorf("%s: leader epoch %d, in which the record before was written, ends at offset %d; the log has lost records that are in the tables and has others in their place; %s",
			where, from.LeaderEpoch, log.epochEnd, anew)
	default:
		return nil
	}
}

// seek sets a partition to an offset and lets its records come, once the client has taken it over.
func (s *Stream) seek(ctx context.Context, h *held, to kgo.EpochOffset) error {
	var placed <-chan struct{} = h.placed
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-h.gone:
			return schemas.ErrRevoked
		case <-placed:
		}
		if done, err := s.trySeek(h, to); done || err != nil {
			return err
		}
		placed = after(time.Millisecond) // the client takes over right after it has said so
	}
}

// trySeek seeks unless the client has not taken the partition over.
func (s *Stream) trySeek(h *held, to kgo.EpochOffset) (done bool, err error) {
	defer s.assignments.enter()()
	if s.assignments.held[h.Partition] != h {
		return false, schemas.ErrRevoked
	}
	if h.started {
		panic(fmt.Sprintf("BUG: assignment %d of partition %d is started twice", h.Number, h.Partition))
	}
	s.client.SetOffsets(map[string]map[int32]kgo.EpochOffset{s.cfg.Topic: {h.Partition: to}})
	if at, ok := s.client.CommittedOffsets()[s.cfg.Topic][h.Partition]; !ok || at != to {
		return false, nil // it passes over partitions that it does not have
	}
	h.started = true
	s.client.ResumeFetchPartitions(map[string][]int32{s.cfg.Topic: {h.Partition}})
	return true, nil
}
