//go:build embedded

package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// BrokerConfig says where the Kafka broker listens, where it keeps its log and which topics it has.
type BrokerConfig struct {
	Listen     string         // address; empty means 127.0.0.1:9092, port 0 any free one
	DataDir    string         // directory of the log; made when absent
	Partitions int            // of topics that do not exist yet; 0 means 6
	Topics     []string       // made when absent
	Logger     zerolog.Logger // gets the broker's warnings, such as a damaged log or a full disk
}

// Broker is a Kafka broker in this process, a cluster of one. Every acknowledged batch is on disk.
type Broker struct {
	cluster *kfake.Cluster
	lock    *directoryLock
}

const (
	defaultBrokerListen     = "127.0.0.1:9092"
	defaultBrokerPartitions = 6
	topicPatience           = 10 * time.Second
)

// OpenBroker starts the broker on its data directory and makes the topics that are absent. They ask for LogAppendTime;
// this broker nevertheless keeps the producers' timestamps.
func OpenBroker(config BrokerConfig) (*Broker, error) {
	if config.Listen == "" {
		config.Listen = defaultBrokerListen
	}
	if config.Partitions <= 0 {
		config.Partitions = defaultBrokerPartitions
	}
	lock, err := lockDirectory(config.DataDir)
	if err != nil {
		return nil, fmt.Errorf("open broker data %s: %w", config.DataDir, err)
	}
	listener, err := listen(config.Listen, "embedded.kafka_listen")
	if err != nil {
		_ = lock.release()
		return nil, err
	}
	cluster, err := kfake.NewCluster(
		kfake.NumBrokers(1),
		kfake.ClusterID("floorwatch"),
		kfake.DataDir(config.DataDir),
		kfake.SyncWrites(),
		kfake.DefaultNumPartitions(config.Partitions),
		kfake.ListenFn(func(string, string) (net.Listener, error) { return listener, nil }),
		kfake.WithLogger(brokerLog{config.Logger}),
	)
	if err != nil {
		_ = listener.Close()
		_ = lock.release()
		return nil, fmt.Errorf("open broker data %s: %w; restore the directory from a copy, or remove it and produce the events again", config.DataDir, err)
	}
	broker := &Broker{cluster: cluster, lock: lock}
	if err := broker.createTopics(config); err != nil {
		_ = broker.Close()
		return nil, err
	}
	return broker, nil
}

// createTopics makes the topics that are absent.
func (b *Broker) createTopics(config BrokerConfig) error {
	if len(config.Topics) == 0 {
		return nil
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Addresses()...))
	if err != nil {
		return fmt.Errorf("create topics: %w", err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), topicPatience)
	defer cancel()
	appendTime := "LogAppendTime"
	created, err := kadm.NewClient(client).CreateTopics(ctx, int32(config.Partitions), 1, map[string]*string{"message.timestamp.type": &appendTime}, config.Topics...)
	if err != nil {
		return fmt.Errorf("create topics: %w", err)
	}
	for _, topic := range created.Sorted() {
		if topic.Err != nil && !errors.Is(topic.Err, kerr.TopicAlreadyExists) {
			return fmt.Errorf("create topic %s: %w", topic.Topic, topic.Err)
		}
	}
	return nil
}

// Addresses are the addresses for clients to start from.
func (b *Broker) Addresses() []string {
	return b.cluster.ListenAddrs()
}

// Close stops the broker and lets go of its data directory.
func (b *Broker) Close() error {
	b.cluster.Close()
	if err := b.lock.release(); err != nil {
		return fmt.Errorf("close broker: %w", err)
	}
	return nil
}

// brokerLog passes the broker's errors and warnings on.
type brokerLog struct {
	logger zerolog.Logger
}

// Logf takes one line of the broker's log.
func (l brokerLog) Logf(level kfake.LogLevel, format string, arguments ...any) {
	switch level {
	case kfake.LogLevelError:
		l.logger.Error().Str("component", "broker").Msgf(format, arguments...)
	case kfake.LogLevelWarn:
		l.logger.Warn().Str("component", "broker").Msgf(format, arguments...)
	}
}
