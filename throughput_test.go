//go:build embedded

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/deploy/embedded/enginetest"
	"github.com/floorwatch/floorwatch/ingest/producer"
	"github.com/floorwatch/floorwatch/ingest/simulate"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
)

// BenchmarkKafkaToClickHouse is everything in one process: a topic with the events of made-up days is read by the pipeline and by the
// archive, and the time counts until ClickHouse has acknowledged all rows, states and events.
func BenchmarkKafkaToClickHouse(b *testing.B) {
	cfg := startServers(b)
	cfg.addSimulatedZones()
	events, distinct := produceDays(b, cfg, 3)
	round := 0
	for _, archived := range []bool{false, true} {
		name := map[bool]string{false: "numbers", true: "numbers and archive"}[archived]
		b.Run(name, func(b *testing.B) {
			before := cpuTime(b)
			for b.Loop() {
				round++
				cfg.ClickHouse.Database, cfg.Kafka.Group = fmt.Sprint("round", round), fmt.Sprint("round", round)
				readAll(b, cfg, distinct, archived)
			}
			b.ReportMetric(float64(events*b.N)/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(events*b.N), "µs/event")
			b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(events*b.N), "cpu-µs/event")
		})
	}
}

// startServers starts Kafka and the engine for a benchmark, and gives the configuration of a service that uses them.
func startServers(b *testing.B) Config {
	b.Helper()
	if reason, err := enginetest.Missing(); reason != "" || err != nil {
		b.Skip(reason)
	}
	cfg := defaultConfig()
	cfg.Embedded.DataDir, cfg.Embedded.Library = filepath.Join(b.TempDir(), "data"), enginetest.Library()
	cfg.Embedded.KafkaListen, cfg.Embedded.ClickHouseListen, cfg.HTTP.Listen = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	cfg.Log.Level = "error"
	servers, err := startEmbedded(&cfg, zerolog.Nop())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := servers.Close(); err != nil {
			b.Error(err)
		}
	})
	return cfg
}

// cpuTime is what the process has used of the processors so far. Unlike the time that has passed it depends little on what else runs.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// produceDays sends the events of a few busy days.
func produceDays(b *testing.B, cfg Config, days int) (sent, distinct int) {
	b.Helper()
	busy := cfg.Simulate
	busy.Rate, busy.Companies = 360, slices.Clone(busy.Companies)
	for i := range busy.Companies {
		busy.Companies[i].Agents *= 3 // as many as the rate needs
	}
	floor, err := simulate.New(busy)
	if err != nil {
		b.Fatal(err)
	}
	sink, err := producer.Open(b.Context(), cfg.producer(), zerolog.Nop())
	if err != nil {
		b.Fatal(err)
	}
	defer sink.Close()
	seen := map[string]bool{} // producers send some events twice
	from := schemas.InstantOf(time.Date(2025, 11, 17, 0, 0, 0, 0, time.UTC))
	for event := range floor.Events(from, from+schemas.Instant(days)*24*3600*1000) {
		if err := sink.Send(b.Context(), &event, true); err != nil {
			b.Fatal(err)
		}
		sent++
		seen[event.Key()+" "+event.Scope()+" "+event.ID] = true
	}
	if err := sink.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	return sent, len(seen)
}

// startService starts the service beside servers that are there; what it returns stops it.
func startService(b *testing.B, cfg Config, archived bool) (*service, func()) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	svc := &service{cfg: cfg, console: newConsole(io.Discard), logger: zerolog.New(os.Stderr).Level(zerolog.ErrorLevel), exporter: newExporter()}
	if err := svc.open(ctx, false); err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		if archived {
			ended <- svc.run(ctx, false)
		} else {
			go func() { _ = svc.followSettings(ctx) }() // its only end is the context's
			ended <- svc.pipeline.Load().Run(ctx)
		}
	}()
	return svc, func() {
		cancel()
		if err := <-ended; err != nil {
			b.Fatal(err)
		}
		if err := svc.close(); err != nil {
			b.Fatal(err)
		}
	}
}

// readAll runs a service without anything stored until all is stored.
func readAll(b *testing.B, cfg Config, events int, archived bool) {
	b.Helper()
	svc, stop := startService(b, cfg, archived)
	defer stop()
	for {
		time.Sleep(50 * time.Millisecond)
		status := svc.pipeline.Load().Status()
		if status.CaughtUp < status.Partitions || status.Lag > 0 || status.Gauges[schemas.Sample(schemas.MetricPendingRows)] > 0 {
			continue
		}
		// Counting distinct rows is work for the engine, counting all of them is none.
		if !archived || countRows(b, cfg, "events") >= events && countRows(b, cfg, "events FINAL") >= events {
			return
		}
	}
}

// countRows asks how many rows a table has.
func countRows(b *testing.B, cfg Config, table string) (n int) {
	b.Helper()
	answer, err := http.Get("http://" + cfg.ClickHouse.Addresses[0] + "/?query=" + url.QueryEscape("SELECT count() FROM "+cfg.ClickHouse.Database+"."+table))
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := fmt.Fscan(answer.Body, &n); err != nil {
		b.Fatal(err)
	}
	return n
}
