package stream

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Stream reads all partitions of the topic from their beginning.
type Stream struct {
	cfg         Config
	client      *kgo.Client
	logger      zerolog.Logger
	ends        map[int32]int64
	partitioner kgo.TopicPartitioner // that of Java clients: murmur2 of the key
}

// maxFetchBytes bounds what a poll holds in memory, compressed and after.
const maxFetchBytes = 16 << 20

// Open connects, checks the topic and notes how far each partition reaches now. The broker must be reachable.
func Open(ctx context.Context, cfg Config, logger zerolog.Logger) (*Stream, error) {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(cfg.Brokers...),
		kgo.ClientID("floorwatch"),
		kgo.ConsumeTopics(cfg.Topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), // what a producer took back was never said
		kgo.KeepControlRecords(),                     // so that the end of the log is seen even if a transaction's end is the last thing there
		kgo.FetchMaxBytes(maxFetchBytes),
		kgo.FetchMaxPartitionBytes(maxFetchBytes/4),
		kgo.DisableClientMetrics(),
	)
	if err != nil {
		return nil, fmt.Errorf("connect to Kafka: %w", err)
	}
	s := &Stream{cfg: cfg, client: client, logger: logger, partitioner: kgo.StickyKeyPartitioner(nil).ForTopic(cfg.Topic)}
	connecting, cancel := context.WithTimeout(ctx, cfg.ConnectTimeout)
	defer cancel()
	stop := context.AfterFunc(connecting, client.Close) // the client's first words to a broker heed no context
	err = s.check(connecting)
	if !stop() && err == nil {
		err = connecting.Err()
	}
	if err != nil {
		client.Close()
		if ctx.Err() == nil && connecting.Err() != nil {
			return nil, fmt.Errorf("connect to Kafka at %s: no answer within %s; is it running, and is this its address?", strings.Join(cfg.Brokers, ", "), cfg.ConnectTimeout)
		}
		return nil, err
	}
	return s, nil
}

// Close ends the connections.
func (s *Stream) Close() { s.client.Close() }

// Ends gives, for each partition, the offset behind its last record when the stream was opened, 0 if there was none.
func (s *Stream) Ends() map[int32]int64 { return s.ends }

func (s *Stream) check(ctx context.Context) error {
	admin := kadm.NewClient(s.client)
	starts, ends, err := listOffsets(ctx, admin, s.cfg.Topic)
	if errors.Is(err, kerr.UnknownTopicOrPartition) {
		return fmt.Errorf("read topic %s: it does not exist; create it with: kafka-topics.sh --bootstrap-server %s --create --topic %s --partitions 12 --config message.timestamp.type=LogAppendTime",
			s.cfg.Topic, s.cfg.Brokers[0], s.cfg.Topic)
	}
	if err != nil {
		var number syscall.Errno
		if errors.As(err, &number) {
			err = number // the client says at length how it came to it
		}
		return fmt.Errorf("connect to Kafka at %s: %w; is it running, and is this its address?", strings.Join(s.cfg.Brokers, ", "), err)
	}
	s.ends = map[int32]int64{}
	for _, end := range ends[s.cfg.Topic] {
		s.ends[end.Partition] = end.Offset
		start, ok := starts.Lookup(s.cfg.Topic, end.Partition)
		if ok && start.Offset > 0 && !s.cfg.AcceptTruncated {
			return fmt.Errorf("read topic %s: partition %d begins at offset %d, what was before is gone by retention, and rows made from the rest would be others than those that are stored; "+
				"keep the topic whole (retention.ms=-1), or set kafka.accept_truncated and a new clickhouse.database", s.cfg.Topic, end.Partition, start.Offset)
		}
		if ok && start.Offset >= end.Offset {
			s.ends[end.Partition] = 0 // nothing is left of it
		}
	}
	return s.checkTimestamps(ctx, admin)
}

// listOffsets gives the first offset of each partition, and the one behind its last record that is not in an open transaction.
func listOffsets(ctx context.Context, admin *kadm.Client, topic string) (starts, ends kadm.ListedOffsets, err error) {
	if starts, err = admin.ListStartOffsets(ctx, topic); err == nil {
		err = starts.Error()
	}
	if err != nil {
		return nil, nil, err
	}
	if ends, err = admin.ListCommittedOffsets(ctx, topic); err == nil {
		err = ends.Error()
	}
	return starts, ends, err
}

// checkTimestamps refuses a topic whose producers can date records as they like: whether an event is late is decided by the time
// at which the log took it.
func (s *Stream) checkTimestamps(ctx context.Context, admin *kadm.Client) error {
	resources, err := admin.DescribeTopicConfigs(ctx, s.cfg.Topic)
	if err != nil {
		return fmt.Errorf("read configuration of topic %s: %w", s.cfg.Topic, err)
	}
	for _, resource := range resources {
		for _, entry := range resource.Configs {
			if entry.Key == "message.timestamp.type" && entry.Value != nil && *entry.Value == "LogAppendTime" {
				return nil
			}
			if entry.Key == "message.timestamp.after.max.ms" && entry.Value != nil {
				if ahead, err := strconv.ParseInt(*entry.Value, 10, 64); err == nil && ahead <= time.Hour.Milliseconds() {
					return nil
				}
			}
		}
	}
	return fmt.Errorf("check topic %s: its producers may date records freely; set it with: kafka-configs.sh --bootstrap-server %s --alter --entity-type topics --entity-name %s --add-config message.timestamp.type=LogAppendTime",
		s.cfg.Topic, s.cfg.Brokers[0], s.cfg.Topic)
}

// Poll waits for the next records and gives them by partition. It ends with the context's error when that is done.
func (s *Stream) Poll(ctx context.Context) ([]schemas.Batch, error) {
	fetches := s.client.PollRecords(ctx, s.cfg.MaxRecords)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := s.fetchErrors(fetches); err != nil {
		return nil, err
	}
	var batches []schemas.Batch
	grown := false
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		if len(p.Records) > 0 {
			batches = append(batches, s.batch(p))
		}
		grown = grown || int(p.Partition) >= len(s.ends)
	})
	if grown { // keys go elsewhere now, so two partitions would feed the rows of one conversation
		return nil, fmt.Errorf("poll topic %s: it has more partitions than the %d of the start; a topic with another number of partitions needs a new topic and a new clickhouse.database", s.cfg.Topic, len(s.ends))
	}
	return batches, nil
}

// fetchErrors logs what mends itself and returns what does not.
func (s *Stream) fetchErrors(fetches kgo.Fetches) error {
	for _, fetch := range fetches.Errors() {
		switch {
		case errors.Is(fetch.Err, kgo.ErrClientClosed):
			return fmt.Errorf("poll topic %s: %w", fetch.Topic, fetch.Err)
		case kerr.IsRetriable(fetch.Err):
			s.logger.Warn().Err(fetch.Err).Int32("partition", fetch.Partition).Msg("fetch failed, trying again")
		default:
			return fmt.Errorf("poll topic %s, partition %d: %w", fetch.Topic, fetch.Partition, fetch.Err)
		}
	}
	return nil
}

func (s *Stream) batch(p kgo.FetchTopicPartition) schemas.Batch {
	batch := schemas.Batch{Assignment: schemas.Assignment{Partition: p.Partition}, End: p.HighWatermark, Events: make([]schemas.Event, 0, len(p.Records))}
	for _, record := range p.Records {
		batch.Next = record.Offset + 1
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
