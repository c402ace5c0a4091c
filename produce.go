package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/floorwatch/floorwatch/ingest/producer"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
)

// produce sends event lines to Kafka. Lines that are no events are told with their numbers; the others are sent all the same.
func produce(ctx context.Context, arguments []string, s streams) error {
	flags := newFlags("produce", "[--config FILE] [--backfill] [--hash-customers] FILE|-",
		"Sends event lines (one JSON event each; -: from the standard input) to Kafka. Lines that are no events are told and left out.")
	configPath := flags.String("config", "", "configuration `file` (YAML)")
	backfill := flags.Bool("backfill", false, "send events older than kafka.horizon, too")
	hashed := flags.Bool("hash-customers", false, "hash ids of customers as masking.customers says (default: only those that are personal data)")
	if err := flags.parse(arguments, s, 1); err != nil {
		return err
	}
	cfg, err := loadConfig(*configPath, os.Environ())
	if err != nil {
		return err
	}
	privacy, err := producer.NewPrivacy(cfg.Masking)
	if err != nil {
		return fmt.Errorf("prepare masking: %w", err)
	}
	input, size, err := openLines(ctx, flags.Arg(0), s)
	if err != nil {
		return err
	}
	defer input.Close()
	progress := newProgress(s.err, "bytes", size)
	sink, err := openProducer(ctx, cfg, progress)
	if err != nil {
		return orStopped(ctx, err)
	}
	defer sink.Close()
	summary, err := sink.Lines(ctx, input, producer.LinesOptions{
		Now:     func() schemas.Instant { return schemas.InstantOf(time.Now()) },
		Horizon: cfg.Kafka.Horizon, Backfill: *backfill, Privacy: privacy, HashCustomers: *hashed,
		Refused: func(r producer.Refusal) {
			fmt.Fprintf(progress, "line %d refused: %s: %s\n", r.Line, r.Reason, r.Detail)
		},
	}, func(p producer.Progress) { progress.set(p.Bytes) })
	progress.clear()
	fmt.Fprintf(s.out, "%s: %d accepted, %d refused\n", plural(summary.Lines, "line"), summary.Accepted, summary.Refused)
	if err != nil {
		return orStopped(ctx, err)
	}
	if summary.Refused > 0 {
		return errSilent
	}
	return nil
}

// orStopped words an error that only says that the work was stopped.
func orStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errors.New("send event lines: stopped before the end of the input")
	}
	return err
}

// openLines opens a file of lines, or the standard input for "-", whose size is not known (-1).
func openLines(ctx context.Context, path string, s streams) (io.ReadCloser, int64, error) {
	if path == "-" {
		return untilDone(ctx, s.in), -1, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("read event lines: %w", err)
	}
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, 0, errors.Join(fmt.Errorf("read event lines: %w", err), file.Close())
	case info.IsDir():
		return nil, 0, errors.Join(fmt.Errorf("read event lines: %s is a directory; name a file", path), file.Close())
	case !info.Mode().IsRegular():
		return file, -1, nil
	}
	return file, info.Size(), nil
}

// untilDone ends a read that waits for input when the context is done.
func untilDone(ctx context.Context, in io.Reader) io.ReadCloser {
	reader, writer := io.Pipe()
	context.AfterFunc(ctx, func() { writer.CloseWithError(ctx.Err()) })
	go func() {
		_, err := io.Copy(writer, in)
		writer.CloseWithError(err)
	}()
	return reader
}

// openProducer connects to Kafka. What the client tells before it is connected is in the error, what it tells later goes to out.
func openProducer(ctx context.Context, cfg Config, out io.Writer) (*producer.Producer, error) {
	var connected atomic.Bool
	quiet := zerolog.HookFunc(func(e *zerolog.Event, _ zerolog.Level, _ string) {
		if !connected.Load() {
			e.Discard()
		}
	})
	console := zerolog.ConsoleWriter{Out: out, TimeFormat: "15:04:05", NoColor: true}
	sink, err := producer.Open(ctx, cfg.producer(), zerolog.New(maskedLines{console}).With().Timestamp().Logger().Hook(quiet))
	connected.Store(err == nil)
	return sink, err
}

func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
