package pipeline

import (
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/ingest/simulate"
	"github.com/floorwatch/floorwatch/schemas"
)

// day is the events of a made-up company day in the form in which they come: about 75,000, of 1,900 conversations and 46 agents.
func day(b *testing.B) (values [][]byte, events []schemas.Event) {
	b.Helper()
	floor, err := simulate.New(simulate.DefaultConfig())
	if err != nil {
		b.Fatal(err)
	}
	from := schemas.InstantOf(time.Date(2025, 11, 17, 23, 0, 0, 0, time.UTC))
	for event := range floor.Events(from, from+24*3600*1000) {
		value, err := schemas.EncodeEvent(&event)
		if err != nil {
			b.Fatal(err)
		}
		event.ContentHash = uint64(len(values))
		event.Place(int64(len(values)), event.OccurredAt)
		values, events = append(values, value), append(events, event)
	}
	return values, events
}

// perEvent reports a benchmark whose every round takes all events, per event.
func perEvent(b *testing.B, events int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*events), "ns/event")
	b.ReportMetric(0, "ns/op")
}

// eventsPerFlush is about what a busy partition takes in between two flushes.
const eventsPerFlush = 1000

// BenchmarkDecode reads the events from their JSON.
func BenchmarkDecode(b *testing.B) {
	values, _ := day(b)
	b.ReportAllocs()
	for b.Loop() {
		for _, value := range values {
			if _, err := schemas.DecodeEvent(value); err != nil {
				b.Fatal(err)
			}
		}
	}
	perEvent(b, len(values))
}

// BenchmarkFold folds the decoded events of the day into an empty state.
func BenchmarkFold(b *testing.B) { benchmarkFold(b, aggregator.DefaultSettings()) }

// BenchmarkFoldWithHours does so for companies with business hours.
func BenchmarkFoldWithHours(b *testing.B) {
	settings := aggregator.DefaultSettings()
	settings.DefaultHours = aggregator.Hours{Week: "Mon-Fri 09:00-12:00 13:00-17:00, Sat 10:00-14:00", Holidays: []string{"2026-12-25"}}
	benchmarkFold(b, settings)
}

func benchmarkFold(b *testing.B, settings aggregator.Settings) {
	_, events := day(b)
	b.ReportAllocs()
	for b.Loop() {
		state := aggregator.New(settings)
		for i := range events {
			state.Apply(&events[i])
		}
	}
	perEvent(b, len(events))
}

// BenchmarkFoldAndRows folds them and makes the rows that are due, every thousand events.
func BenchmarkFoldAndRows(b *testing.B) {
	_, events := day(b)
	b.ReportAllocs()
	rows := 0
	for b.Loop() {
		state := aggregator.New(aggregator.DefaultSettings())
		rows = 0
		for i := range events {
			state.Apply(&events[i])
			if i%eventsPerFlush == 0 || i == len(events)-1 {
				made := state.Rows()
				rows += made.Len()
			}
		}
	}
	perEvent(b, len(events))
	b.ReportMetric(float64(rows)/float64(len(events)), "rows/event")
}

// BenchmarkGauges makes the gauges of a moment at the end of the day.
func BenchmarkGauges(b *testing.B) {
	_, events := day(b)
	state := aggregator.New(aggregator.DefaultSettings())
	for i := range events {
		state.Apply(&events[i])
	}
	b.ReportAllocs()
	for b.Loop() {
		state.Gauges(events[len(events)-1].OccurredAt)
	}
}
