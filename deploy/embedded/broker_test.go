//go:build embedded

package embedded

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// produce sends one record and waits until it is acknowledged.
func produce(t *testing.T, client *kgo.Client, key, value string) error {
	t.Helper()
	return client.ProduceSync(context.Background(), &kgo.Record{Topic: "events", Key: []byte(key), Value: []byte(value)}).FirstErr()
}

func newClient(t *testing.T, address string, options ...kgo.Opt) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(address), kgo.DisableIdempotentWrite(), kgo.RecordRetries(0), kgo.RecordDeliveryTimeout(5 * time.Second)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// consume reads until it has seen as many different values.
func consume(t *testing.T, address string, count int) map[string]int {
	t.Helper()
	client := newClient(t, address, kgo.ConsumeTopics("events"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	seen := map[string]int{}
	for len(seen) < count {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			t.Fatalf("after %d of %d values: %v", len(seen), count, err)
		}
		fetches.EachRecord(func(record *kgo.Record) { seen[string(record.Value)]++ })
	}
	return seen
}

func TestBrokerKeepsRecords(t *testing.T) {
	directory := t.TempDir()
	config := BrokerConfig{Listen: "127.0.0.1:0", DataDir: directory, Partitions: 3, Topics: []string{"events", "rejects"}}
	broker, err := OpenBroker(config)
	if err != nil {
		t.Fatal(err)
	}
	address := broker.Addresses()[0]
	_, err = OpenBroker(config)
	wantSentence(t, err, "open broker data "+directory, "in use by this process already")
	producer := newClient(t, address)
	for i := range 100 {
		if err := produce(t, producer, fmt.Sprint("key ", i), fmt.Sprint("value ", i)); err != nil {
			t.Fatal(err)
		}
	}
	configs, err := kadm.NewClient(producer).DescribeTopicConfigs(context.Background(), "events")
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range configs[0].Configs {
		if each.Key == "message.timestamp.type" {
			check(t, each.Key, *each.Value, "LogAppendTime")
		}
	}
	producer.Close()
	if err := broker.Close(); err != nil {
		t.Fatal(err)
	}

	config.Topics, config.Partitions = append(config.Topics, "later"), 5
	broker, err = OpenBroker(config)
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	check(t, "values", len(consume(t, broker.Addresses()[0], 100)), 100)
	topics, err := kadm.NewClient(newClient(t, broker.Addresses()[0])).ListTopics(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	check(t, "partitions", fmt.Sprint(len(topics["events"].Partitions), len(topics["rejects"].Partitions), len(topics["later"].Partitions)), "3 3 5")
}

// TestBrokerKilled kills the process with SIGKILL while records are produced; the acknowledged ones must be there, in order.
func TestBrokerKilled(t *testing.T) {
	directory := t.TempDir()
	acknowledged := 0
	for range 3 {
		process := startChild(t, "broker", directory)
		producer := newClient(t, process.line)
		var sent atomic.Int64
		stopped := make(chan int)
		go func() {
			for number := acknowledged; ; number++ {
				if produce(t, producer, "one key", fmt.Sprint(number)) != nil {
					stopped <- number
					return
				}
				sent.Add(1)
			}
		}()
		waitFor(t, "acknowledged records", func() bool { return sent.Load() > 200 })
		process.kill()
		acknowledged = <-stopped
		producer.Close()
	}
	seen := consume(t, startChild(t, "broker", directory).line, acknowledged)
	for number := range acknowledged {
		if seen[fmt.Sprint(number)] == 0 {
			t.Errorf("record %d was acknowledged and is lost", number)
		}
	}
}

func TestBrokerDirectoryErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	broken := t.TempDir()
	for path := range map[string]bool{file: true, filepath.Join(broken, "meta.json"): true} {
		if err := os.WriteFile(path, []byte("garbage"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	_, err := OpenBroker(BrokerConfig{Listen: "127.0.0.1:0", DataDir: file})
	wantSentence(t, err, "open broker data "+file, "not a directory")
	_, err = OpenBroker(BrokerConfig{Listen: "127.0.0.1:0", DataDir: broken})
	wantSentence(t, err, "open broker data "+broken, "meta.json", "restore the directory")
	_, err = OpenBroker(BrokerConfig{Listen: "127.0.0.1:0"})
	wantSentence(t, err, "open broker data", "no directory is configured")
}
