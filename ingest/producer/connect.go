package producer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/floorwatch/floorwatch/schemas"
)

// Open connects to Kafka and makes sure that the topic is there, and that the schema registry, if there is one, has the schema. The error says in one sentence what to do. What goes wrong later,
// while Kafka is tried again, is told to the logger.
func Open(ctx context.Context, config Config, logger zerolog.Logger) (*Producer, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("open producer: %w", err)
	}
	client, err := Connect(ctx, config.Brokers, config.ConnectTimeout, config.options(logger), func(ctx context.Context, client *kgo.Client) error {
		_, err := FindTopic(ctx, client, config.Brokers, config.Topic, " --config message.timestamp.type=LogAppendTime")
		return err
	})
	if err != nil {
		return nil, err
	}
	p := &Producer{config: config, client: client, room: make(chan struct{}, config.MaxBuffered)}
	if config.Registry == "" {
		return p, nil
	}
	id, err := register(ctx, config)
	if err != nil {
		client.Close()
		return nil, err
	}
	p.frame = schemas.AppendFrame(nil, id)
	return p, nil
}

// Connect makes a client of these brokers and options, makes sure that Kafka answers, and lets check look for what has to be there.
// All of it ends when ctx does or after timeout.
func Connect(ctx context.Context, brokers []string, timeout time.Duration, options []kgo.Opt, check func(context.Context, *kgo.Client) error) (*kgo.Client, error) {
	// A broker that closes a connection at once is one that restarts.
	options = append(options, kgo.SeedBrokers(brokers...), kgo.ClientID("floorwatch"), kgo.AlwaysRetryEOF())
	client, err := kgo.NewClient(options...)
	if err != nil {
		return nil, fmt.Errorf("connect to Kafka: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	stop := context.AfterFunc(ctx, client.Close) // the client's first words to a broker heed no context
	err = client.Ping(ctx)
	if err == nil {
		err = check(ctx, client)
	} else {
		err = fmt.Errorf("connect to Kafka at %s: %w; is it running, and is this its address?", strings.Join(brokers, ", "), plain(err))
	}
	switch {
	case stop() && err == nil:
		return client, nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		err = fmt.Errorf("connect to Kafka at %s: no answer within %v; is it running, and is this its address?", strings.Join(brokers, ", "), timeout)
	case ctx.Err() != nil:
		err = fmt.Errorf("connect to Kafka: %w", ctx.Err())
	}
	client.Close()
	return nil, err
}

// FindTopic tells what a topic is like. If there is none, the error gives the command that creates it, with these flags, each after a space.
func FindTopic(ctx context.Context, client *kgo.Client, brokers []string, topic, flags string) (kadm.TopicDetail, error) {
	topics, err := kadm.NewClient(client).ListTopics(ctx, topic)
	if err == nil {
		err = topics[topic].Err
	}
	if errors.Is(err, kerr.UnknownTopicOrPartition) {
		return kadm.TopicDetail{}, fmt.Errorf("find topic %q: Kafka at %s has none of this name; create it: kafka-topics.sh --bootstrap-server %s --create --topic %s --partitions 12%s",
			topic, strings.Join(brokers, ", "), brokers[0], topic, flags)
	}
	if err != nil {
		return kadm.TopicDetail{}, fmt.Errorf("find topic %q at %s: %w", topic, strings.Join(brokers, ", "), plain(err))
	}
	return topics[topic], nil
}

func (c Config) options(logger zerolog.Logger) []kgo.Opt {
	return []kgo.Opt{
		kgo.DefaultProduceTopicAlways(),
		kgo.DefaultProduceTopic(c.Topic),
		kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), // nil is the murmur2 of Kafka's Java client
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.ProducerBatchCompression(kgo.ZstdCompression(), kgo.SnappyCompression()),
		kgo.ProducerLinger(c.Linger),
		kgo.MaxBufferedRecords(c.MaxBuffered),
		kgo.MaxBufferedBytes(maxBufferedBytes),
		kgo.DialTimeout(c.ConnectTimeout),
		kgo.MetadataMinAge(time.Second), // after a broker has gone, its heirs are looked for this often
		kgo.RecordDeliveryTimeout(c.DeliveryTimeout),
		// A broker that goes away with a batch in hand would otherwise be waited for without end. An event that was written after
		// all and is sent again has the same event_id, so it counts once.
		kgo.AllowIdempotentProduceCancellation(),
		kgo.WithLogger(clientLog{logger}),
	}
}

// plain shortens what the client and the network say of an error to what a reader needs.
func plain(err error) error {
	var operation *net.OpError
	var number syscall.Errno
	var lookup *net.DNSError
	switch {
	case errors.As(err, &number):
		return number
	case errors.As(err, &lookup):
		return lookup
	case errors.As(err, &operation):
		return operation.Err
	default:
		return err
	}
}

// clientLog tells the Kafka client's warnings to a logger.
type clientLog struct{ logger zerolog.Logger }

func (l clientLog) Level() kgo.LogLevel { return kgo.LogLevelWarn }

func (l clientLog) Log(level kgo.LogLevel, message string, fields ...any) {
	event := l.logger.Warn()
	if level == kgo.LogLevelError {
		event = l.logger.Error()
	}
	event.Fields(fields).Str("client", message).Msg("kafka client")
}
