package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/floorwatch/floorwatch/ingest/producer"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
)

// produce sends event lines to Kafka. Lines that are no events are told with their numbers; the others are sent all the same.
func produce(ctx context.Context, arguments []string, s streams) error {
	flags := flag.NewFlagSet("produce", flag.ContinueOnError)
	configPath := flags.String("config", "", "configuration `file` (YAML)")
	backfill := flags.Bool("backfill", false, "allow events older than kafka.horizon")
	if err := parse(flags, arguments, s, 1); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		fmt.Fprintln(s.err, "floorwatch produce: name a file of event lines, or - for the standard input")
		return errUsage
	}
	cfg, err := loadConfig(*configPath, environ())
	if err != nil {
		return err
	}
	input, size, err := openLines(flags.Arg(0), s)
	if err != nil {
		return err
	}
	defer input.Close()
	sink, err := producer.Open(ctx, cfg.producer(), zerolog.New(s.err))
	if err != nil {
		return err
	}
	defer sink.Close()
	progress := newProgress(s.err, "bytes", size)
	summary, err := sink.Lines(ctx, input, producer.LinesOptions{
		Now:     func() schemas.Instant { return schemas.InstantOf(time.Now()) },
		Horizon: cfg.Kafka.Horizon, Backfill: *backfill,
		Refused: func(r producer.Refusal) {
			progress.print(fmt.Sprintf("line %d refused: %s: %s\n", r.Line, r.Reason, r.Detail))
		},
	}, func(p producer.Progress) { progress.set(p.Bytes) })
	progress.done()
	fmt.Fprintf(s.out, "%d lines: %d accepted, %d refused\n", summary.Lines, summary.Accepted, summary.Refused)
	if err != nil {
		return err
	}
	if summary.Refused > 0 {
		return errSilent
	}
	return nil
}

// openLines opens a file of lines, or the standard input for "-", whose size is not known (-1).
func openLines(path string, s streams) (io.ReadCloser, int64, error) {
	if path == "-" {
		return io.NopCloser(s.in), -1, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("read event lines: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, fmt.Errorf("read event lines: %w", err)
	}
	if info.IsDir() {
		return nil, 0, fmt.Errorf("read event lines: %s is a directory; name a file", path)
	}
	return file, info.Size(), nil
}
