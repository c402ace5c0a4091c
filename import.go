package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/floorwatch/floorwatch/ingest/gateway"
	"github.com/floorwatch/floorwatch/ingest/history"
	"github.com/floorwatch/floorwatch/ingest/producer"
	"github.com/floorwatch/floorwatch/schemas"
)

// importHistory sends what exported tables of a chat platform tell to Kafka. Rows that cannot be used are counted and told; the others are
// sent all the same.
func importHistory(ctx context.Context, arguments []string, s streams) error {
	flags := newFlags("import", "[--config FILE] --company NAME [--prefix TEXT] [--dry-run] [--unused FILE] "+strings.Join(history.Vendors(), "|")+" DIR",
		"Sends the history in a chat platform's exported tables (CSV, times in UTC) to Kafka. The same export twice changes nothing.")
	configPath := flags.String("config", "", "configuration `file` (YAML)")
	company := flags.String("company", "", "`name` of the company whose floor it is")
	prefix := flags.String("prefix", "", "`text` before all ids, the same as that of the company's webhooks")
	dryRun := flags.Bool("dry-run", false, "only tell what would be sent")
	unused := flags.String("unused", "", "write each row that is not used to this `file` (CSV): file, line, reason")
	if err := flags.parse(withoutFlags(flags, arguments), s, 2); err != nil {
		return err
	}
	if vendor := flags.Arg(0); !slices.Contains(history.Vendors(), vendor) {
		return flags.refuse(s, "there is no vendor %q; must be %s", vendor, strings.Join(history.Vendors(), " or "))
	}
	if *company == "" {
		return flags.refuse(s, "--company is missing; name the company whose floor it is")
	}
	cfg, err := loadConfig(*configPath, os.Environ())
	if err != nil {
		return err
	}
	source := gateway.Source{Company: *company, Prefix: *prefix}
	told, err := readHistory(ctx, flags.Arg(0), flags.Arg(1), source, s)
	if err != nil {
		return err
	}
	bad := tellHistory(s.out, told)
	if *dryRun {
		fmt.Fprintf(s.out, "%s, none sent (--dry-run)\n", plural(int64(len(told.Events)), "event"))
	} else if err := sendHistory(ctx, cfg, told, s); err != nil {
		return err
	}
	if *unused != "" {
		if err := writeUnused(*unused, told); err != nil {
			return err
		}
	}
	if bad || len(told.Refused) > 0 {
		return errSilent
	}
	return nil
}

// withoutFlags takes the flags out, wherever they stand among the other arguments, and sets them.
func withoutFlags(flags *flagSet, arguments []string) []string {
	var others []string
	for rest := arguments; ; rest = flags.Args()[1:] {
		if err := flags.Parse(rest); err != nil {
			return rest // parse comes upon the same and tells it
		}
		if flags.NArg() == 0 {
			return others // the flags have their values
		}
		others = append(others, flags.Arg(0))
	}
}

// readHistory reads the tables of a folder.
func readHistory(ctx context.Context, vendor, directory string, source gateway.Source, s streams) (*history.History, error) {
	info, err := os.Stat(directory)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("import %s: there is no directory %s", vendor, directory)
	case err != nil:
		return nil, fmt.Errorf("import %s: %w", vendor, err)
	case !info.IsDir():
		return nil, fmt.Errorf("import %s: %s is a file; name the directory of the tables", vendor, directory)
	}
	progress := newProgress(s.err, "bytes", tablesSize(directory))
	told, err := history.Read(ctx, vendor, os.DirFS(directory), source, progress.set)
	progress.clear()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("import %s: stopped before the end of the tables; nothing was sent", vendor)
	}
	if err != nil {
		return nil, fmt.Errorf("import %s from %s: %w", vendor, directory, err)
	}
	return told, nil
}

// tablesSize is how many bytes there are to read, -1 if that cannot be told.
func tablesSize(directory string) int64 {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return -1 // reading tells it
	}
	var size int64
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && strings.EqualFold(filepath.Ext(entry.Name()), ".csv") {
			size += info.Size()
		}
	}
	return size
}

// sendHistory sends the events as event lines are sent, with the right to be old. Those that are refused all the same are told, and noted.
func sendHistory(ctx context.Context, cfg Config, told *history.History, s streams) error {
	privacy, err := producer.NewPrivacy(cfg.Masking)
	if err != nil {
		return fmt.Errorf("prepare masking: %w", err)
	}
	progress := newProgress(s.err, "events", int64(len(told.Events)))
	sink, err := openProducer(ctx, cfg, progress)
	if err != nil {
		return orStopped(ctx, err)
	}
	defer sink.Close()
	summary, err := sink.Lines(ctx, &eventLines{events: told.Events}, producer.LinesOptions{
		Now:     func() schemas.Instant { return schemas.InstantOf(time.Now()) },
		Horizon: cfg.Kafka.Horizon, Backfill: true, Privacy: privacy, HashCustomers: true, // as the gateway does with webhooks
		Refused: func(r producer.Refusal) {
			e := told.Refuse(int(r.Line - 1))
			fmt.Fprintf(progress, "%s line %d refused: %s: %s\n", e.File, e.Line, r.Reason, r.Detail)
		},
	}, func(p producer.Progress) { progress.set(p.Lines) })
	progress.clear()
	fmt.Fprintf(s.out, "%s: %d accepted, %d refused\n", plural(int64(len(told.Events)), "event"), summary.Accepted, summary.Refused)
	return orStopped(ctx, err)
}

// eventLines reads events as event lines.
type eventLines struct {
	events []*history.Event
	line   []byte // what is left of the present one
	buffer []byte
}

func (l *eventLines) Read(to []byte) (int, error) {
	for len(l.line) == 0 {
		if len(l.events) == 0 {
			return 0, io.EOF
		}
		encoded, err := schemas.AppendEvent(l.buffer[:0], &l.events[0].Event)
		if err != nil {
			return 0, err
		}
		l.buffer = append(encoded, '\n')
		l.line, l.events = l.buffer, l.events[1:]
	}
	n := copy(to, l.line)
	l.line = l.line[n:]
	return n, nil
}
