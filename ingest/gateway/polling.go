package gateway

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/floorwatch/floorwatch/schemas"
)

// openPollers makes the pollers of all sources that have one.
func (g *Gateway) openPollers() error {
	for _, name := range slices.Sorted(maps.Keys(g.sources)) {
		config := g.config.Sources[name].poll()
		if config == (PollConfig{}) {
			continue
		}
		s := g.sources[name]
		poller, err := NewPoller(name, s.adapter, s.origin, config, PollPorts{
			Send:  func(ctx context.Context, events []schemas.Event) error { return g.sendPolled(ctx, s, events) },
			Meter: pollMeter{g.meter}, Now: g.clock,
			Tell: func(problem string) { g.tellPolling(name, problem) },
		})
		if err != nil {
			return fmt.Errorf("poll source %s: %w", name, err)
		}
		g.pollers = append(g.pollers, poller)
	}
	return nil
}

// poll runs the pollers until ctx ends.
func (g *Gateway) poll(ctx context.Context) {
	var running sync.WaitGroup
	for _, poller := range g.pollers {
		running.Go(func() { _ = poller.Run(ctx) }) // its only error is that of ctx
	}
	running.Wait()
}

// sendPolled gives polled events to the log as those of a webhook. One that cannot be used is counted; the others are sent.
func (g *Gateway) sendPolled(ctx context.Context, s *source, events []schemas.Event) error {
	v := &verdicts{Events: make([]verdict, len(events))}
	parcel := g.parcel(s, false)
	for i := range events {
		parcel.add(&events[i], nil, &v.Events[i])
	}
	if parcel.failed != nil {
		return fmt.Errorf("protect polled events: %w", parcel.failed)
	}
	if len(parcel.records) > 0 {
		if problem := g.deliver(ctx, parcel.records); problem != nil {
			return fmt.Errorf("send polled events: %w", problem)
		}
	}
	v.count()
	g.tally(parcel, v.Accepted)
	return nil
}

func (g *Gateway) tellPolling(source, problem string) {
	if problem == "" {
		g.logger.Info().Str("source", source).Msg("polling goes on")
		return
	}
	g.logger.Warn().Str("source", source).Str("problem", problem).Msg("polling fails")
}

// pollMeter counts by the dictionary.
type pollMeter struct{ meter Meter }

func (m pollMeter) Polled(source, outcome string) {
	m.meter.Count(schemas.MetricGatewayPolls, 1, source, outcome)
}

func (m pollMeter) UnknownPresence(source string, seen int) {
	m.meter.Count(schemas.MetricGatewayUnknownPresences, float64(seen), source)
}
