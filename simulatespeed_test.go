//go:build embedded

package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/deploy/embedded"
	"github.com/floorwatch/floorwatch/ingest/simulate"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
)

// BenchmarkSimulate writes two working days of the made-up floor to a file, and to a topic of the in-process broker, as "floorwatch simulate"
// does without waiting. One operation is all of it; the processor time is the whole process's, with the broker's own work.
func BenchmarkSimulate(b *testing.B) {
	floor, err := simulate.New(simulate.DefaultConfig())
	if err != nil {
		b.Fatal(err)
	}
	from := schemas.InstantOf(time.Date(2025, 11, 18, 0, 0, 0, 0, time.UTC)) // a Tuesday
	until, events := from+2*24*3600*1000, 0
	for range floor.Events(from, until) {
		events++
	}
	measure := func(b *testing.B, write func() error) {
		before := cpuTime(b)
		for b.Loop() {
			if err := write(); err != nil {
				b.Fatal(err)
			}
		}
		used := cpuTime(b) - before
		b.ReportMetric(float64(events*b.N)/used.Seconds(), "events/cpu-s")
		b.ReportMetric(float64(used.Nanoseconds())/float64(events*b.N), "cpu-ns/event")
		b.ReportMetric(float64(events*b.N)/b.Elapsed().Seconds(), "events/s")
	}
	b.Run("file", func(b *testing.B) {
		file, err := os.Create(filepath.Join(b.TempDir(), "events"))
		if err != nil {
			b.Fatal(err)
		}
		defer file.Close()
		measure(b, func() error {
			if _, err := file.Seek(0, io.SeekStart); err != nil {
				return err
			}
			return simulateToOutput(b.Context(), floor, from, until, pace{}, streams{out: file, err: io.Discard})
		})
	})
	b.Run("topic", func(b *testing.B) {
		cfg := defaultConfig()
		broker, err := embedded.OpenBroker(embedded.BrokerConfig{Listen: "127.0.0.1:0", DataDir: b.TempDir(), Partitions: 12, Topics: []string{cfg.Kafka.Topic}, Logger: zerolog.Nop()})
		if err != nil {
			b.Fatal(err)
		}
		defer broker.Close()
		cfg.Kafka.Brokers = broker.Addresses()
		measure(b, func() error {
			return simulateToKafka(b.Context(), cfg, floor, from, until, pace{}, streams{out: io.Discard, err: io.Discard})
		})
	})
}
