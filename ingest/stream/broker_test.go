package stream

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// broker is an in-process Kafka with the topics of the default configuration.
type broker struct {
	t       *testing.T
	cluster *kfake.Cluster
	client  *kgo.Client
	cfg     Config
}

func newBroker(t *testing.T, partitions int32, topicConfigs map[string]*string) *broker {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.GroupMinSessionTimeout(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	b := &broker{t: t, cluster: cluster, client: client, cfg: DefaultConfig()}
	b.cfg.Brokers, b.cfg.SessionTimeout = cluster.ListenAddrs(), 6*time.Second
	if topicConfigs != nil {
		b.createTopic(b.cfg.Topic, partitions, topicConfigs)
	}
	b.createTopic(b.cfg.RejectsTopic, 1, nil)
	return b
}

func (b *broker) createTopic(name string, partitions int32, configs map[string]*string) {
	b.t.Helper()
	if _, err := kadm.NewClient(b.client).CreateTopic(b.t.Context(), partitions, 1, configs, name); err != nil {
		b.t.Fatal(err)
	}
}

func appendTime() map[string]*string {
	kind := "LogAppendTime"
	return map[string]*string{"message.timestamp.type": &kind}
}

func (b *broker) produce(records ...*kgo.Record) {
	b.t.Helper()
	for _, record := range records {
		record.Topic = b.cfg.Topic
	}
	if err := b.client.ProduceSync(b.t.Context(), records...).FirstErr(); err != nil {
		b.t.Fatal(err)
	}
}

// cut takes the records below an offset away, as retention does.
func (b *broker) cut(partition int32, offset int64) {
	b.t.Helper()
	offsets := kadm.Offsets{}
	offsets.AddOffset(b.cfg.Topic, partition, offset, -1)
	if _, err := kadm.NewClient(b.client).DeleteRecords(b.t.Context(), offsets); err != nil {
		b.t.Fatal(err)
	}
}

func (b *broker) open() *Stream {
	b.t.Helper()
	s, err := Open(b.t.Context(), b.cfg, zerolog.Nop())
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(s.Close)
	return s
}

// as opens a stream as an instance of this name.
func (b *broker) as(instance string) *Stream {
	b.t.Helper()
	cfg := b.cfg
	cfg.InstanceID = instance
	s, err := Open(b.t.Context(), cfg, zerolog.Nop())
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// patience bounds every wait of a test.
const patience = 30 * time.Second

// assigned polls until n partitions are held.
func assigned(t *testing.T, s *Stream, n int) []schemas.Assignment {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var all []schemas.Assignment
	for len(all) < n {
		polled, err := s.Poll(ctx)
		if err != nil {
			t.Fatalf("poll with %d of %d partitions: %v", len(all), n, err)
		}
		all = append(all, polled.Assigned...)
	}
	return all
}

// poll takes batches until n records were seen, and joins them by partition. Whatever is assigned is read from the beginning.
func poll(t *testing.T, s *Stream, n int) map[int32]schemas.Batch {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out := map[int32]schemas.Batch{}
	for seen := 0; seen < n; {
		polled, err := s.Poll(ctx)
		if err != nil {
			t.Fatalf("poll after %d of %d records: %v", seen, n, err)
		}
		for _, a := range polled.Assigned {
			if _, err := s.Start(ctx, a, schemas.Position{}, false); err != nil {
				t.Fatal(err)
			}
		}
		for _, batch := range polled.Batches {
			joined := out[batch.Partition]
			joined.Partition, joined.Next, joined.End = batch.Partition, batch.Next, batch.End
			joined.Events = append(joined.Events, batch.Events...)
			joined.Rejects = append(joined.Rejects, batch.Rejects...)
			out[batch.Partition] = joined
			seen += len(batch.Events) + len(batch.Rejects)
		}
	}
	return out
}

// turn is a good record: a customer's message of the instant.
func turn(id string, at time.Time) *kgo.Record {
	value := fmt.Sprintf(`{"schema_version":1,"type":"message","event_id":%q,"company":"acme","conversation_id":"c1","message_id":%q,"direction":"in","author_kind":"customer","occurred_at":%q}`,
		id, id, at.UTC().Format(time.RFC3339Nano))
	return &kgo.Record{Key: []byte("c/acme/c1"), Value: []byte(value), Timestamp: at}
}
