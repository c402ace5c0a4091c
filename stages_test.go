//go:build embedded

package main

import (
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/exporter/clickhouse"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/twmb/franz-go/pkg/kgo"
)

// BenchmarkStages is what an event costs in each stage of its way, each on its own: the events of a made-up day, in the portions in which
// the service takes them when it catches up. The processor time of Kafka and of the engine, in the same process, is part of it.
func BenchmarkStages(b *testing.B) {
	cfg, values := stagesDay(b)
	events := decodeAll(b, values)
	batches, states := foldAll(events)
	store, err := clickhouse.Open(b.Context(), cfg.ClickHouse, time.Now())
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	for _, stage := range []struct {
		name string
		run  func(*testing.B)
	}{
		{"1 read from Kafka", func(b *testing.B) { readValues(b, cfg) }},
		{"2 decode", func(b *testing.B) { decodeAll(b, values) }},
		{"3 fold", func(*testing.B) { foldOnly(events) }},
		{"3 to 5 fold, make rows and states", func(*testing.B) { foldAll(events) }},
		{"6 write rows of the numbers", func(b *testing.B) {
			for i := range batches {
				if err := store.Write(b.Context(), &batches[i]); err != nil {
					b.Fatal(err)
				}
			}
		}},
		{"7 write states", func(b *testing.B) {
			for i := range states {
				if err := store.WriteState(b.Context(), states[i]); err != nil {
					b.Fatal(err)
				}
			}
		}},
		{"8 write events of the archive", func(b *testing.B) { archiveAll(b, store, events) }},
	} {
		b.Run(stage.name, func(b *testing.B) {
			b.ReportAllocs()
			before := cpuTime(b)
			for b.Loop() {
				stage.run(b)
			}
			b.ReportMetric(float64((cpuTime(b)-before).Nanoseconds())/1000/float64(len(events)*b.N), "cpu-µs/event")
			b.ReportMetric(float64(len(events)), "events")
		})
	}
}

// stagesPortion is how many events are between two writes when the service catches up.
const stagesPortion = 20_000

// stagesDay starts the servers, sends them a made-up day, and reads back the values of its records.
func stagesDay(b *testing.B) (Config, [][]byte) {
	b.Helper()
	cfg := startServers(b)
	sent, _ := produceDays(b, cfg, 1)
	values := readValues(b, cfg)
	if len(values) != sent {
		b.Fatalf("read %d records, sent %d", len(values), sent)
	}
	return cfg, values
}

// readValues reads the topic from its beginning to its end.
func readValues(b *testing.B, cfg Config) (values [][]byte) {
	b.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(cfg.Kafka.Brokers...), kgo.ConsumeTopics(cfg.Kafka.Topic))
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	ends := map[int32]bool{}
	for len(ends) < int(cfg.Embedded.Partitions) {
		fetches := client.PollFetches(b.Context())
		if err := fetches.Err(); err != nil {
			b.Fatal(err)
		}
		fetches.EachPartition(func(p kgo.FetchTopicPartition) {
			for _, record := range p.Records {
				values = append(values, record.Value)
				if record.Offset == p.HighWatermark-1 {
					ends[p.Partition] = true
				}
			}
		})
	}
	return values
}

func decodeAll(b *testing.B, values [][]byte) []schemas.Event {
	b.Helper()
	events := make([]schemas.Event, len(values))
	for i, value := range values {
		var err error
		if events[i], err = schemas.DecodeEvent(value); err != nil {
			b.Fatal(err)
		}
		events[i].Place(int64(i), events[i].OccurredAt)
	}
	return events
}

func foldOnly(events []schemas.Event) {
	state := aggregator.New(aggregator.DefaultSettings())
	for i := range events {
		state.Apply(&events[i])
	}
}

// foldAll folds events, and gives the rows and states that are due after each portion.
func foldAll(events []schemas.Event) (batches []schemas.Rows, states [][]schemas.StateRow) {
	state := aggregator.New(aggregator.DefaultSettings())
	for i := range events {
		state.Apply(&events[i])
		if (i+1)%stagesPortion == 0 || i == len(events)-1 {
			cut, number := state.Cut(0)
			batches, states = append(batches, state.Rows()), append(states, cut)
			state.Acknowledge(number, 1<<30, events[i].AppendedAt)
		}
	}
	return batches, states
}

func archiveAll(b *testing.B, store *clickhouse.Store, events []schemas.Event) {
	b.Helper()
	for len(events) > 0 {
		portion := events[:min(stagesPortion, len(events))]
		events = events[len(portion):]
		rows := schemas.Rows{Events: make([]schemas.EventRow, len(portion))}
		for i := range portion {
			e := &portion[i]
			rows.Events[i] = schemas.EventRow{Meta: schemas.Meta{Version: schemas.EventVersion(e.ContentHash, e.Offset), AppendedAt: e.AppendedAt}, Event: *e}
		}
		if err := store.Write(b.Context(), &rows); err != nil {
			b.Fatal(err)
		}
	}
}
