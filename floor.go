package main

import (
	"context"
	"fmt"
	"time"

	"github.com/floorwatch/floorwatch/ingest/producer"
	"github.com/floorwatch/floorwatch/ingest/simulate"
	"github.com/floorwatch/floorwatch/schemas"
)

// overlap is how much of a made-up floor is sent again after a restart: what Kafka had not acknowledged in order may be missing.
// Events that come twice are known by their ids.
const overlap = schemas.Instant(time.Hour / time.Millisecond)

// addSimulatedZones gives the made-up companies their zones, unless the configuration does.
func (c *Config) addSimulatedZones() {
	zones := map[string]string{}
	for _, company := range c.Simulate.Companies {
		zones[company.Name] = company.Zone
	}
	for company, zone := range c.Floor.Zones {
		zones[company] = zone
	}
	c.Floor.Zones = zones
}

// simulate sends the events of a made-up floor until the context is done. That it was stopped is no error.
func (svc *service) simulate(ctx context.Context) error { return ignoreDone(ctx, svc.sendFloor(ctx)) }

// sendFloor sends those of today so far at once, then each when its time comes.
func (svc *service) sendFloor(ctx context.Context) error {
	floor, err := simulate.New(svc.cfg.Simulate)
	if err != nil {
		return err
	}
	sink, err := producer.Open(ctx, svc.cfg.producer(), svc.logger)
	if err != nil {
		return err
	}
	defer sink.Close()
	now := schemas.InstantOf(time.Now())
	from := floor.DayStart(now)
	names := make([]string, len(svc.cfg.Simulate.Companies))
	for i, company := range svc.cfg.Simulate.Companies {
		names[i] = company.Name
	}
	var newest schemas.Instant
	err = svc.askClickHouse(ctx, forever, func() (err error) {
		newest, err = svc.store.NewestEvent(ctx, names)
		return err
	})
	if err != nil {
		return err
	}
	from = max(from, newest-overlap)
	for _, event := range floor.Directory(now) {
		if err := send(ctx, sink, &event); err != nil {
			return err
		}
	}
	return play(ctx, floor.Events(from, endOfTime), pace{start: now, speed: 1}, func(e *schemas.Event) error { return send(ctx, sink, e) })
}

// forever is for waits that only the end of the service ends: it goes on without ClickHouse, so the floor does.
const forever = time.Duration(1<<63 - 1)

// endOfTime is later than any event.
const endOfTime = schemas.Instant(1<<62 - 1)

// ignoreDone drops the error that only says that the work was stopped.
func ignoreDone(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func send(ctx context.Context, sink *producer.Producer, event *schemas.Event) error {
	return sink.Send(ctx, event, false)
}

// pace maps the floor's time to real time: at the real start the floor is at start, and it runs speed times as fast. Speed 0 does not
// wait at all.
type pace struct {
	start schemas.Instant
	speed float64
}

// play hands over each event when its time has come. Events before the pace's start come at once.
func play(ctx context.Context, events func(func(schemas.Event) bool), p pace, handle func(*schemas.Event) error) error {
	began := time.Now()
	var failure error
	events(func(event schemas.Event) bool {
		if p.speed > 0 {
			due := time.Duration(float64(event.OccurredAt-p.start) / p.speed * float64(time.Millisecond))
			if wait := due - time.Since(began); wait > 0 {
				select {
				case <-time.After(wait):
				case <-ctx.Done():
				}
			}
		}
		if failure = ctx.Err(); failure == nil {
			failure = handle(&event)
		}
		return failure == nil
	})
	if failure != nil {
		return fmt.Errorf("simulate floor: %w", failure)
	}
	return nil
}
