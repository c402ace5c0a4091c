//go:build embedded

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/deploy/embedded"
	"github.com/floorwatch/floorwatch/ingest/gateway"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kfake"
)

const (
	batchEvents  = 100 // of a request
	batches      = 300 // different ones, sent again and again
	benchClients = 16  // that send one after another
	openLoopTime = 3 * time.Second
)

// BenchmarkGateway sends batches of 100 messages over HTTP to a gateway that masks them and hashes their customers, and waits until its
// broker has acknowledged them; clients, gateway and broker are in this process. First as fast as it goes, then at half of that rate, on
// a fixed schedule that does not wait for answers, so that a latency counts from when a request was due. The broker keeps its log in
// memory; that of "run --embedded", which syncs each batch to the disk, is as fast as the disk.
func BenchmarkGateway(b *testing.B) {
	for name, open := range map[string]func(*testing.B) []string{"memory": memoryBroker, "disk": diskBroker} {
		b.Run("broker="+name, func(b *testing.B) { benchmarkGateway(b, open(b)) })
	}
}

func benchmarkGateway(b *testing.B, brokers []string) {
	address := benchGateway(b, brokers)
	bodies := benchBodies(b)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1000}}
	sendAll(b, client, address, bodies) // opens connections
	reached := 20_000.0                 // if only latencies are asked for
	b.Run("throughput", func(b *testing.B) {
		b.ReportAllocs()
		before := cpuTime(b)
		for b.Loop() {
			sendAll(b, client, address, bodies)
		}
		events := float64(b.N * batches * batchEvents)
		reached = events / b.Elapsed().Seconds()
		b.ReportMetric(reached, "events/s")
		b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/events, "cpu-µs/event")
	})
	for _, rate := range []float64{10_000, reached / 2} {
		b.Run(map[bool]string{true: "latency at 10000", false: "latency at half"}[rate == 10_000], func(b *testing.B) {
			var all []time.Duration
			before := cpuTime(b)
			for b.Loop() {
				all = append(all, openLoop(b, client, address, bodies, rate)...)
			}
			slices.Sort(all)
			b.ReportMetric(rate, "events/s")
			b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(len(all)*batchEvents), "cpu-µs/event")
			for percent, unit := range map[int]string{50: "p50-ms", 99: "p99-ms"} {
				b.ReportMetric(float64(all[len(all)*percent/100].Microseconds())/1000, unit)
			}
		})
	}
}

func memoryBroker(b *testing.B) []string {
	b.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(4, "floorwatch.events.v1"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(cluster.Close)
	return cluster.ListenAddrs()
}

func diskBroker(b *testing.B) []string {
	b.Helper()
	broker, err := embedded.OpenBroker(embedded.BrokerConfig{Listen: "127.0.0.1:0", DataDir: filepath.Join(b.TempDir(), "kafka"), Partitions: 4, Topics: []string{"floorwatch.events.v1"}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = broker.Close() })
	return broker.Addresses()
}

// benchGateway starts a gateway and gives the address for events.
func benchGateway(b *testing.B, brokers []string) string {
	b.Helper()
	key := filepath.Join(b.TempDir(), "key")
	if err := os.WriteFile(key, []byte(canaryKey), 0o600); err != nil {
		b.Fatal(err)
	}
	cfg := defaultConfig()
	cfg.Kafka.Brokers, cfg.Masking.KeysDir, cfg.Gateway.Listen = brokers, b.TempDir(), "127.0.0.1:0"
	cfg.Gateway.Limits.EventsPerSecond, cfg.Gateway.Limits.EventsAtOnce = 1e6, 1e6
	cfg.Gateway.Sources = map[string]gateway.SourceConfig{"desk": {Company: "acme", APIKeyFiles: []string{key}}}
	door, err := openDoor(b.Context(), cfg, newExporter(), zerolog.Nop())
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- door.gateway.Serve(ctx, door.listener) }()
	b.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			b.Error(err)
		}
		door.close()
	})
	return "http://" + door.listener.Addr().String() + "/v1/events"
}

// benchBodies are requests of messages of 100 to 200 characters; one of five has personal data in it.
func benchBodies(b *testing.B) [][]byte {
	b.Helper()
	random, personal := rand.New(rand.NewPCG(1, 2)), newCanaries(1)
	phrases := []string{"Hello, I am still waiting for my parcel.", "Order 123456789 of 2024-05-01 over €129.90 has not arrived.", "Können Sie mir bitte sagen, wo es bleibt?",
		"The app says that it was delivered on Tuesday, but nobody was here.", "¿Pueden ayudarme con mi pedido, por favor?", "I have tried it three times now.", "Thanks a lot!",
		"Где мой заказ? Он должен был прийти вчера.", "It is the blue one in size 42, see order #88120-7."}
	bodies := make([][]byte, batches)
	for i := range bodies {
		var events []string
		for j := range batchEvents {
			text := phrases[random.IntN(len(phrases))]
			if j%5 == 0 {
				text += " It is " + personal.next()
			}
			for len([]rune(text)) < 100 {
				text += " " + phrases[random.IntN(len(phrases))]
			}
			events = append(events, personal.event(fmt.Sprint(i, "-", j), "text", string([]rune(text)[:min(200, len([]rune(text)))]), "conversation_id", fmt.Sprint("c", random.IntN(2000)), "channel", "web"))
		}
		bodies[i] = []byte("[" + strings.Join(events, ",") + "]")
	}
	return bodies
}

// sendAll sends every body once, by several clients.
func sendAll(b *testing.B, client *http.Client, address string, bodies [][]byte) {
	b.Helper()
	var group sync.WaitGroup
	work := make(chan []byte)
	for range benchClients {
		group.Go(func() {
			for body := range work {
				sendBatch(b, client, address, body)
			}
		})
	}
	for _, body := range bodies {
		work <- body
	}
	close(work)
	group.Wait()
}

// openLoop sends so many events a second for a while, and tells how long after it was due each request was answered.
func openLoop(b *testing.B, client *http.Client, address string, bodies [][]byte, rate float64) []time.Duration {
	b.Helper()
	between := time.Duration(float64(time.Second) * batchEvents / rate)
	latencies := make([]time.Duration, openLoopTime/between)
	var group sync.WaitGroup
	began := time.Now()
	for i := range latencies {
		due := began.Add(time.Duration(i) * between)
		time.Sleep(time.Until(due))
		group.Go(func() {
			sendBatch(b, client, address, bodies[i%len(bodies)])
			latencies[i] = time.Since(due)
		})
	}
	group.Wait()
	runtime.GC() // what was left of this is no matter of the next
	return latencies
}

// sendBatch sends a request, and again as long as it is told to come again.
func sendBatch(b *testing.B, client *http.Client, address string, body []byte) {
	request, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		b.Error(err)
		return
	}
	request.Header.Set("Authorization", "Bearer "+canaryKey)
	response, err := client.Do(request)
	if err != nil {
		b.Error(err)
		return
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	switch {
	case err == nil && response.StatusCode == http.StatusServiceUnavailable: // the processors were elsewhere, and too much came together
		time.Sleep(time.Second)
		sendBatch(b, client, address, body)
	case err != nil || response.StatusCode != http.StatusOK:
		b.Errorf("%s %v %.300s", response.Status, err, text)
	}
}
