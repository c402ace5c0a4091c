package stream

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/floorwatch/floorwatch/ingest/producer"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Stream is a member of the consumer group of the topic. One goroutine polls; the other methods may be called from any.
type Stream struct {
	cfg         Config
	client      *kgo.Client
	stop        context.CancelFunc // ends all that the client does
	logger      zerolog.Logger
	assignments *assignments
	topicID     [16]byte
	partitions  int32
	partitioner kgo.TopicPartitioner // that of Java clients: murmur2 of the key
}

const (
	// fetchWait is how long a broker waits for records. It answers what is asked on a connection in turn, so it is also how long a
	// partition that is started waits behind those that have nothing new.
	fetchWait     = 250 * time.Millisecond
	maxFetchBytes = 16 << 20        // bounds what a poll holds in memory, compressed and after
	leavePatience = 3 * time.Second // how long Close waits for the group
)

// Open connects, checks the topics and joins the group. Kafka must be reachable.
func Open(ctx context.Context, cfg Config, logger zerolog.Logger) (*Stream, error) {
	s := &Stream{cfg: cfg, logger: logger, assignments: newAssignments(), partitioner: kgo.StickyKeyPartitioner(nil).ForTopic(cfg.Topic)}
	running, stop := context.WithCancel(context.Background())
	s.stop = stop
	options := append(append(cfg.options(), s.callbacks()...), kgo.WithContext(running))
	client, err := producer.Connect(ctx, cfg.Brokers, cfg.ConnectTimeout, options, s.check)
	if err != nil {
		stop()
		return nil, err
	}
	s.client = client
	client.AddConsumeTopics(cfg.Topic) // now that all is well it joins
	return s, nil
}

func (c Config) options() []kgo.Opt {
	options := []kgo.Opt{
		kgo.ConsumerGroup(c.Group),
		kgo.Balancers(kgo.CooperativeStickyBalancer()),
		kgo.BlockRebalanceOnPoll(), // until AllowRebalance no partition goes, so Poll can tell under which assignment records came
		kgo.DisableAutoCommit(),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), // what a producer took back was never said
		kgo.KeepControlRecords(),                     // so that the end of the log is seen even if a transaction's end is the last thing there
		kgo.FetchMaxWait(fetchWait),
		kgo.FetchMaxBytes(maxFetchBytes),
		kgo.FetchMaxPartitionBytes(maxFetchBytes / 4),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.AllowIdempotentProduceCancellation(), // Forward ends with its context
		kgo.DisableClientMetrics(),
	}
	if c.InstanceID != "" {
		options = append(options, kgo.InstanceID(c.InstanceID))
	}
	if c.Dialer != nil {
		options = append(options, kgo.Dialer(c.Dialer))
	} else {
		options = append(options, kgo.DialTimeout(c.SessionTimeout/5))
	}
	return append(options, c.patience()...)
}

// patience bounds how long the client tries before it gives its partitions up, so that it has done so when the group gives them to
// another. After the last heartbeat that succeeded: the next one 1/15 of the session timeout later, tries for up to 1/2 or, while
// the group is being rearranged, 1/5; the last of them connects for up to 1/5 and waits for an answer up to 1/5, a rearrangement
// 1/3 longer. Together that is less than 1.
func (c Config) patience() []kgo.Opt {
	const join, heartbeat, sync = 11, 12, 14 // Kafka's numbers of the requests
	return []kgo.Opt{
		kgo.SessionTimeout(c.SessionTimeout),
		kgo.RebalanceTimeout(c.SessionTimeout / 3),
		kgo.HeartbeatInterval(c.SessionTimeout / 15),
		kgo.RequestTimeoutOverhead(c.SessionTimeout / 5),
		kgo.RetryTimeoutFn(func(request int16) time.Duration {
			switch request {
			case heartbeat:
				return c.SessionTimeout / 2
			case join, sync:
				return c.SessionTimeout / 5
			default:
				return c.SessionTimeout * 2 / 3
			}
		}),
	}
}

// check looks at the topics and notes what this one is like.
func (s *Stream) check(ctx context.Context, client *kgo.Client) error {
	topic, err := producer.FindTopic(ctx, client, s.cfg.Brokers, s.cfg.Topic, " --config message.timestamp.type=LogAppendTime")
	if err != nil {
		return err
	}
	s.topicID, s.partitions = topic.ID, int32(len(topic.Partitions))
	if s.cfg.RejectsTopic != "" {
		if _, err := producer.FindTopic(ctx, client, s.cfg.Brokers, s.cfg.RejectsTopic, ""); err != nil {
			return fmt.Errorf("%w; or set kafka.rejects_topic to \"\"", err)
		}
	}
	return s.checkTimestamps(ctx, kadm.NewClient(client))
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

// Topic tells which topic it was when the stream was opened, by the id that Kafka gave it, and how many partitions it has.
func (s *Stream) Topic() (id [16]byte, partitions int32) { return s.topicID, s.partitions }

// Close ends the connections. An instance without a name leaves the group, so that others take over at once; one with a name stays a
// member until the session timeout, so that it can come back to its partitions.
func (s *Stream) Close() {
	leaving, cancel := context.WithTimeout(context.Background(), leavePatience)
	defer cancel()
	s.client.AllowRebalance()
	if err := s.client.LeaveGroupContext(leaving); err != nil {
		s.logger.Warn().Err(err).Str("group", s.cfg.Group).Msg("could not leave the group; its partitions come to others after the session timeout")
	}
	s.stop()
	s.client.Close()
	s.client.AllowRebalance() // closing polls once more, and a goroutine of the client would wait for that poll's end for ever
}
