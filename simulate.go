package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/floorwatch/floorwatch/ingest/simulate"
	"github.com/floorwatch/floorwatch/schemas"
)

// simulateFloor sends the events of a made-up floor. The same seed and rate give the same events for the same time.
func simulateFloor(ctx context.Context, arguments []string, s streams) error {
	flags := newFlags("simulate", "[flags]", "Sends the events of a made-up floor. The same seed, rate and time give the same events.")
	configPath := flags.String("config", "", "configuration `file` (YAML)")
	seed := flags.Uint64("seed", 0, "`number` that decides what happens (default: simulate.seed)")
	rate := flags.Float64("rate", 0, "`number` of conversations begun per hour (default: simulate.rate)")
	speed := flags.Float64("speed", 0, "`times` as fast as real time; 0: without waiting, the default with --until (without it: 1)")
	now := schemas.InstantOf(time.Now())
	from, until := now, endOfTime
	flags.Func("from", "first `time`, such as 2026-11-22T09:00:00Z (default: now)", instantFlag(&from))
	flags.Func("until", "`time` to end before (default: until stopped)", instantFlag(&until))
	today := flags.Bool("today", false, "begin with the beginning of today; what is past comes at once")
	to := flags.String("to", "kafka", "`where` the events go: kafka (default) or stdout, a JSON line each")
	if err := flags.parse(arguments, s, 0); err != nil {
		return err
	}
	switch {
	case *to != "kafka" && *to != "stdout":
		return flags.refuse(s, "--to is %q, must be kafka or stdout", *to)
	case !(*speed >= 0):
		return flags.refuse(s, "--speed is %v, must not be negative", *speed)
	case *today && flags.given("from"):
		return flags.refuse(s, "--today and --from both say where to begin; give one")
	case from >= until:
		return flags.refuse(s, "--until must be later than --from, which is %s", from.Time().Format(time.RFC3339))
	}
	cfg, err := loadConfig(*configPath, os.Environ())
	if err != nil {
		return err
	}
	if flags.given("seed") {
		cfg.Simulate.Seed = *seed
	}
	if flags.given("rate") {
		cfg.Simulate.Rate = *rate
	}
	floor, err := simulate.New(cfg.Simulate)
	if err != nil {
		return err
	}
	p := pace{start: from, speed: *speed}
	if *today {
		from = floor.DayStart(now) // the directory stands there; the pace begins now
	}
	if p.speed == 0 && until == endOfTime {
		p.speed = 1
	}
	if *to == "stdout" {
		return simulateToOutput(ctx, floor, from, until, p, s)
	}
	return simulateToKafka(ctx, cfg, floor, from, until, p, s)
}

func instantFlag(into *schemas.Instant) func(string) error {
	return func(text string) error {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return errors.New("must be a time such as 2026-11-22T09:00:00Z or 2026-11-22T10:00:00+01:00")
		}
		*into = schemas.InstantOf(at)
		return nil
	}
}

func simulateToOutput(ctx context.Context, floor *simulate.Simulation, from, until schemas.Instant, p pace, s streams) error {
	out := bufio.NewWriterSize(s.out, 64<<10)
	var line []byte
	write := func(e *schemas.Event) (err error) {
		if line, err = schemas.AppendEvent(line[:0], e); err != nil {
			return err
		}
		if _, err := out.Write(append(line, '\n')); err != nil {
			return fmt.Errorf("write event: %w", err)
		}
		if p.speed > 0 {
			return out.Flush() // whoever watches sees it now
		}
		return nil
	}
	if err := ignoreDone(ctx, play(ctx, floor.Events(from, until), p, write)); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	return nil
}

func simulateToKafka(ctx context.Context, cfg Config, floor *simulate.Simulation, from, until schemas.Instant, p pace, s streams) error {
	progress := newProgress(s.err, "events", -1)
	sink, err := openProducer(ctx, cfg, progress)
	if err != nil {
		return ignoreDone(ctx, err)
	}
	defer sink.Close()
	oldest := schemas.InstantOf(time.Now().Add(-cfg.Kafka.Horizon))
	sent := int64(0)
	err = play(ctx, floor.Events(from, until), p, func(e *schemas.Event) error {
		if err := sink.Send(ctx, e, e.OccurredAt < oldest); err != nil {
			return err
		}
		sent++
		progress.set(sent)
		return nil
	})
	flushing, cancel := context.WithTimeout(context.Background(), cfg.Producer.DeliveryTimeout)
	defer cancel()
	err = errors.Join(ignoreDone(ctx, err), sink.Flush(flushing))
	progress.clear()
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s sent to topic %s\n", plural(sent, "event"), cfg.Kafka.Topic)
	return nil
}
