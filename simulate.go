package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"github.com/floorwatch/floorwatch/ingest/producer"
	"github.com/floorwatch/floorwatch/ingest/simulate"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
)

// simulateFloor sends the events of a made-up floor. The same seed and rate give the same events for the same time.
func simulateFloor(ctx context.Context, arguments []string, s streams) error {
	flags := flag.NewFlagSet("simulate", flag.ContinueOnError)
	configPath := flags.String("config", "", "configuration `file` (YAML)")
	seed := flags.Uint64("seed", 0, "`number` that decides what happens (default: simulate.seed)")
	rate := flags.Float64("rate", 0, "conversations begun an `hour` (default: simulate.rate)")
	speed := flags.Float64("speed", 0, "times as `fast` as real time; 0: as fast as possible if --until is given, else 1")
	fromText := flags.String("from", "", "first `time`, such as 2026-11-22T00:00:00Z (default: now)")
	untilText := flags.String("until", "", "`time` to end before (default: until stopped)")
	to := flags.String("to", "kafka", "where events go: `kafka or stdout`")
	if err := parse(flags, arguments, s, 0); err != nil {
		return err
	}
	cfg, err := loadConfig(*configPath, environ())
	if err != nil {
		return err
	}
	if *seed != 0 {
		cfg.Simulate.Seed = *seed
	}
	if *rate != 0 {
		cfg.Simulate.Rate = *rate
	}
	floor, err := simulate.New(cfg.Simulate)
	if err != nil {
		return err
	}
	from, until, err := interval(*fromText, *untilText)
	if err != nil {
		return err
	}
	p := pace{start: from, speed: *speed}
	if p.speed == 0 && *untilText == "" {
		p.speed = 1
	}
	switch *to {
	case "stdout":
		return simulateToOutput(ctx, floor, from, until, p, s)
	case "kafka":
		return simulateToKafka(ctx, cfg, floor, from, until, p, s)
	default:
		return fmt.Errorf("simulate floor: --to is %q, must be kafka or stdout", *to)
	}
}

func interval(fromText, untilText string) (from, until schemas.Instant, err error) {
	from, until = schemas.InstantOf(time.Now()), endOfTime
	var errs []error
	read := func(flag, text string, into *schemas.Instant) {
		if text == "" {
			return
		}
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			errs = append(errs, fmt.Errorf("simulate floor: --%s is %q, must be a time such as 2026-11-22T09:00:00Z", flag, text))
			return
		}
		*into = schemas.InstantOf(at)
	}
	read("from", fromText, &from)
	read("until", untilText, &until)
	if len(errs) == 0 && from >= until {
		errs = append(errs, errors.New("simulate floor: --until must be later than --from"))
	}
	return from, until, errors.Join(errs...)
}

func simulateToOutput(ctx context.Context, floor *simulate.Simulation, from, until schemas.Instant, p pace, s streams) error {
	out := bufio.NewWriter(s.out)
	write := func(e *schemas.Event) error {
		value, err := schemas.EncodeEvent(e)
		if err != nil {
			return err
		}
		if _, err := out.Write(append(value, '\n')); err != nil {
			return fmt.Errorf("write event: %w", err)
		}
		if p.speed > 0 {
			return out.Flush() // whoever watches sees it now
		}
		return nil
	}
	err := play(ctx, floor.Events(from, until), p, write)
	return errors.Join(ignoreDone(ctx, err), out.Flush())
}

func simulateToKafka(ctx context.Context, cfg Config, floor *simulate.Simulation, from, until schemas.Instant, p pace, s streams) error {
	sink, err := producer.Open(ctx, cfg.producer(), zerolog.New(s.err))
	if err != nil {
		return err
	}
	defer sink.Close()
	now := schemas.InstantOf(time.Now())
	horizon := schemas.Instant(cfg.Kafka.Horizon.Milliseconds())
	progress := newProgress(s.err, "events", -1)
	sent := int64(0)
	err = play(ctx, floor.Events(from, until), p, func(e *schemas.Event) error {
		value, err := schemas.EncodeEvent(e)
		if err != nil {
			return err
		}
		sent++
		progress.set(sent)
		return sink.Send(ctx, value, e, e.OccurredAt < now-horizon)
	})
	flushing, cancel := context.WithTimeout(context.Background(), cfg.Producer.DeliveryTimeout)
	defer cancel()
	err = errors.Join(ignoreDone(ctx, err), sink.Flush(flushing))
	progress.done()
	fmt.Fprintf(s.out, "%d events sent to topic %s\n", sent, cfg.Kafka.Topic)
	return err
}
