package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Commit notes in Kafka how far partitions are: the offset behind the last record, by partition. Nothing reads it but displays of the
// lag, so an error, such as in the midst of a rearrangement of the group, needs no more than the next commit.
func (s *Stream) Commit(ctx context.Context, offsets map[int32]int64) error {
	if len(offsets) == 0 {
		return nil
	}
	// The client's own way to commit would change what it knows of partitions that have gone meanwhile.
	request := kmsg.NewPtrOffsetCommitRequest()
	request.Group = s.cfg.Group
	request.MemberID, request.Generation = s.client.GroupMetadata()
	if s.cfg.InstanceID != "" {
		request.InstanceID = &s.cfg.InstanceID
	}
	topic := kmsg.NewOffsetCommitRequestTopic()
	topic.Topic, topic.TopicID = s.cfg.Topic, s.topicID
	for partition, next := range offsets {
		p := kmsg.NewOffsetCommitRequestTopicPartition()
		p.Partition, p.Offset = partition, next
		topic.Partitions = append(topic.Partitions, p)
	}
	request.Topics = append(request.Topics, topic)
	response, err := request.RequestWith(ctx, s.client)
	if err != nil {
		return fmt.Errorf("commit offsets of group %s: %w", s.cfg.Group, err)
	}
	for _, topic := range response.Topics {
		for _, p := range topic.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				return fmt.Errorf("commit offset of group %s, partition %d: %w", s.cfg.Group, p.Partition, err)
			}
		}
	}
	return nil
}

// Headers of a record in the topic of rejects, beside those that it had.
const (
	reasonHeader    = "floorwatch-reason"
	detailHeader    = "floorwatch-detail"
	topicHeader     = "floorwatch-topic"
	partitionHeader = "floorwatch-partition"
	offsetHeader    = "floorwatch-offset"
)

// Forward writes rejects to the topic of rejects, key, value and headers as they were, with why and where in headers of their own.
// Without an error all replicas in sync have them; after one, some may be there, so that a second try writes them twice. One that is
// too large for that topic is left out with a warning, since it would hold up the others for ever. It does nothing if no such topic is
// configured. The stream must have been opened with KeepRejects.
func (s *Stream) Forward(ctx context.Context, rejects []schemas.RejectRow) error {
	if s.cfg.RejectsTopic == "" || len(rejects) == 0 {
		return nil
	}
	records := make([]*kgo.Record, len(rejects))
	for i := range rejects {
		records[i] = s.forwarded(&rejects[i])
	}
	for _, result := range s.client.ProduceSync(ctx, records...) { // in the order of the answers
		err := result.Err
		if errors.Is(err, kerr.MessageTooLarge) { // perhaps only together with others
			err = s.client.ProduceSync(ctx, result.Record).FirstErr()
		}
		if errors.Is(err, kerr.MessageTooLarge) {
			at := &rejects[slices.Index(records, result.Record)]
			s.logger.Warn().Int32("partition", at.Partition).Int64("offset", at.Offset).Uint32("bytes", at.Bytes).
				Msg("a reject is too large for the topic of rejects and left out there; raise its max.message.bytes")
			continue
		}
		if err != nil {
			return fmt.Errorf("forward %d rejects to topic %s: %w", len(rejects), s.cfg.RejectsTopic, err)
		}
	}
	return nil
}

func (s *Stream) forwarded(reject *schemas.RejectRow) *kgo.Record {
	if reject.Record == nil {
		panic("BUG: a reject is to be forwarded, but the stream was opened without KeepRejects")
	}
	record := &kgo.Record{Topic: s.cfg.RejectsTopic, Key: reject.Record.Key, Value: reject.Record.Value}
	add := func(name string, value []byte) {
		record.Headers = append(record.Headers, kgo.RecordHeader{Key: name, Value: value})
	}
	for _, header := range reject.Record.Headers {
		add(header.Name, header.Value)
	}
	add(reasonHeader, []byte(reject.Reason))
	add(detailHeader, []byte(reject.Detail))
	add(topicHeader, []byte(reject.Topic))
	add(partitionHeader, []byte(strconv.Itoa(int(reject.Partition))))
	add(offsetHeader, []byte(strconv.FormatInt(reject.Offset, 10)))
	return record
}
