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
)

// Open connects to Kafka and makes sure that the topic is there. The error says in one sentence what to do. What goes wrong later,
// while Kafka is tried again, is told to the logger.
func Open(ctx context.Context, config Config, logger zerolog.Logger) (*Producer, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("open producer: %w", err)
	}
	client, err := kgo.NewClient(config.options(logger)...)
	if err != nil {
		return nil, fmt.Errorf("open producer: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, config.ConnectTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, client.Close) // the client's first words to a broker heed no context
	err = config.check(ctx, client)
	if !stop() && err == nil {
		err = fmt.Errorf("connect to Kafka: %w", ctx.Err())
	}
	if err != nil {
		client.Close()
		return nil, err
	}
	return &Producer{config: config, client: client, room: make(chan struct{}, config.MaxBuffered)}, nil
}

func (c Config) options(logger zerolog.Logger) []kgo.Opt {
	return []kgo.Opt{
		kgo.SeedBrokers(c.Brokers...),
		kgo.ClientID("floorwatch"),
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

// check tells whether the brokers answer and the topic exists.
func (c Config) check(ctx context.Context, client *kgo.Client) error {
	brokers := strings.Join(c.Brokers, ", ")
	if err := client.Ping(ctx); err != nil {
		return fmt.Errorf("connect to Kafka at %s: %w; is it running, and is this its address?", brokers, c.plain(ctx, err))
	}
	topics, err := kadm.NewClient(client).ListTopics(ctx, c.Topic)
	if err == nil {
		err = topics[c.Topic].Err
	}
	if errors.Is(err, kerr.UnknownTopicOrPartition) {
		return fmt.Errorf("find topic %q: Kafka at %s has none of this name; create it: kafka-topics.sh --bootstrap-server %s "+
			"--create --topic %s --partitions 12 --config message.timestamp.type=LogAppendTime", c.Topic, brokers, c.Brokers[0], c.Topic)
	}
	if err != nil {
		return fmt.Errorf("find topic %q at %s: %w", c.Topic, brokers, c.plain(ctx, err))
	}
	return nil
}

// plain shortens what the client and the network say of an error to what a reader needs.
func (c Config) plain(ctx context.Context, err error) error {
	var operation *net.OpError
	var number syscall.Errno
	var lookup *net.DNSError
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("no answer within %v", c.ConnectTimeout)
	case ctx.Err() != nil:
		return ctx.Err()
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
