//go:build embedded

package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/exporter/clickhouse"
	"github.com/floorwatch/floorwatch/ingest/stream"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
)

// restartConversations is how many open conversations the measured restart finds.
const restartConversations = 1_000_000

// BenchmarkRestart is a start that finds a million open conversations in the table state: from opening the connections until all numbers
// are shown.
func BenchmarkRestart(b *testing.B) {
	cfg := startServers(b)
	storeConversations(b, cfg)
	for b.Loop() {
		svc, stop := startService(b, cfg, false)
		for status := svc.pipeline.Load().Status(); status.CaughtUp < int(cfg.Embedded.Partitions); status = svc.pipeline.Load().Status() {
			time.Sleep(10 * time.Millisecond)
		}
		if n := total(svc.pipeline.Load().Status().Gauges, schemas.MetricWaitingReply); n != 2*restartConversations { // for anybody, for a person
			b.Fatalf("%v waits are shown, want those of %d conversations", n, restartConversations)
		}
		stop()
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/restart")
}

func total(gauges schemas.Gauges, metric string) (sum float64) {
	for key, value := range gauges {
		if key.Metric == metric {
			sum += value
		}
	}
	return sum
}

// storeConversations fills the table state as a service would have done, with positions at the log's beginning.
func storeConversations(b *testing.B, cfg Config) {
	b.Helper()
	store, err := clickhouse.Open(b.Context(), cfg.ClickHouse, time.Now())
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	svc := &service{cfg: cfg, store: store, logger: zerolog.Nop()}
	floor, err := svc.recordSettings(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	log, err := stream.Open(b.Context(), cfg.Kafka, zerolog.Nop())
	if err != nil {
		b.Fatal(err)
	}
	topic, partitions := log.Topic()
	log.Close()
	now := schemas.InstantOf(time.Now())
	const step = 25_000
	for first := 0; first < restartConversations; first += step {
		partition := int32(first / step % int(partitions))
		state := aggregator.New(floor)
		for n := first; n < first+step; n++ {
			e := schemas.Event{
				SchemaVersion: 1, Type: schemas.TypeMessage, ID: fmt.Sprint("e", n), MessageID: fmt.Sprint("e", n), Company: "acme", Conversation: fmt.Sprint("c", n), Channel: "web",
				OccurredAt: now - schemas.Instant(n%3_600_000), AuthorKind: schemas.AuthorCustomer, Direction: schemas.DirectionIn, Customer: fmt.Sprint("k", n),
				Visibility: schemas.VisibilityPublic, Kind: schemas.KindText, Delivery: schemas.DeliverySent,
			}
			e.Place(0, e.OccurredAt)
			state.Apply(&e)
		}
		rows, _ := state.Cut(partition)
		position := schemas.Position{Partition: partition, Generation: floor.Generation, LeaderEpoch: -1, TopicID: topic, Partitions: partitions, Settings: floor.Hash(now), SettingsAt: now}
		if err := store.WriteState(context.Background(), append(rows, position.Row(schemas.StatePosition, now))); err != nil {
			b.Fatal(err)
		}
	}
}
