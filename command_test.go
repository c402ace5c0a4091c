package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/twmb/franz-go/pkg/kfake"
)

// outcome is how a command ended and what it told.
type outcome struct {
	Code     int
	Out, Err string
}

// execute runs a command line in this process.
func execute(ctx context.Context, in io.Reader, arguments ...string) outcome {
	var out, err bytes.Buffer
	code := dispatch(ctx, arguments, streams{in, &out, &err})
	return outcome{code, out.String(), err.String()}
}

func TestCommandLine(t *testing.T) {
	f := func(line string, want outcome) {
		t.Helper()
		got := execute(t.Context(), nil, strings.Fields(line)...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("floorwatch %s (-want +got):\n%s", line, diff)
		}
	}
	wrong := func(name, message string) outcome {
		return outcome{Code: 2, Err: fmt.Sprintf("floorwatch %s: %s; see \"floorwatch %s --help\"\n", name, message, name)}
	}
	f("", outcome{Out: usage})
	f("help", outcome{Out: usage})
	f("--help", outcome{Out: usage})
	f("runn", outcome{Code: 2, Err: "floorwatch: there is no command \"runn\"; did you mean run?\n"})
	f("sim --seed 1", outcome{Code: 2, Err: "floorwatch: there is no command \"sim\"; did you mean simulate?\n"})
	f("destroy", outcome{Code: 2, Err: "floorwatch: there is no command \"destroy\"; \"floorwatch help\" lists them\n"})
	f("run --simulated", wrong("run", "there is no flag --simulated; did you mean --simulate?"))
	f("run --data-dir d", wrong("run", "--data-dir needs --embedded"))
	f("run now", wrong("run", `unexpected argument "now"`))
	f("version --x", wrong("version", "there is no flag --x"))
	f("produce", wrong("produce", "an argument is missing: produce [--config FILE] [--backfill] [--hash-customers] FILE|-"))
	f("produce a b", wrong("produce", `unexpected argument "b"`))
	f("simulate --to file", wrong("simulate", `--to is "file", must be kafka or stdout`))
	f("simulate --speed -1", wrong("simulate", "--speed is -1, must not be negative"))
	f("simulate --speed NaN", wrong("simulate", "--speed is NaN, must not be negative"))
	f("simulate --from noon", wrong("simulate", `invalid value "noon" for flag --from: must be a time such as 2026-11-22T09:00:00Z or 2026-11-22T10:00:00+01:00`))
	f("simulate --from 2026-11-22T09:00:00Z --until 2026-11-22T09:00:00Z", wrong("simulate", "--until must be later than --from, which is 2026-11-22T09:00:00Z"))
	f("simulate --today --from 2026-11-22T09:00:00Z", wrong("simulate", "--today and --from both say where to begin; give one"))
	f("simulate --rate 0 --to stdout", outcome{Code: 1, Err: "floorwatch: simulate floor: rate: is 0; must be above 0, at most 100000 conversations per hour\n"})
	f("check --config none.yml", outcome{Code: 1, Err: "floorwatch: read configuration none.yml: there is no such file\n"})
	f("check", outcome{Out: "the configuration is valid\n"})
	f("metrics --markdown", outcome{Out: schemas.MetricsPage()})
}

// Every command tells what it does, how it is called, and each flag with its meaning.
func TestCommandHelp(t *testing.T) {
	for _, c := range commands {
		got := execute(t.Context(), nil, c.name, "--help")
		if got.Code != 0 || got.Err != "" || !strings.Contains(got.Out, "\n  floorwatch "+c.name) {
			t.Errorf("%s --help: %+v", c.name, got)
		}
		if short := execute(t.Context(), nil, "help", c.name); short != got {
			t.Errorf("help %s: %+v", c.name, short)
		}
		if !strings.Contains(usage, "\n  "+c.name+" ") {
			t.Errorf("help does not name %s", c.name)
		}
		for line := range strings.Lines(got.Out) {
			if fields := strings.Fields(line); strings.HasPrefix(line, "  --") && len(fields) < 3 {
				t.Errorf("%s: a flag without a meaning: %s", c.name, line)
			}
		}
	}
}

func TestMetricsNamesAll(t *testing.T) {
	got := execute(t.Context(), nil, "metrics")
	for i := range schemas.Metrics {
		if name := schemas.Metrics[i].PrometheusName(); !strings.Contains(got.Out, name+" (") {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestVersion(t *testing.T) {
	got := execute(t.Context(), nil, "version")
	if got.Code != 0 || !strings.HasPrefix(got.Out, "floorwatch ") || !strings.Contains(got.Out, schemas.ZoneVersion()) {
		t.Errorf("%+v", got)
	}
}

// What is printed is a configuration file that says the same, without the password.
func TestCheckPrints(t *testing.T) {
	t.Setenv("FLOORWATCH_CLICKHOUSE_PASSWORD", "hunter2")
	t.Setenv("FLOORWATCH_FLOOR_ZONES", "{acme: Europe/Berlin}")
	t.Setenv("FLOORWATCH_FLOOR_HOURS", "{acme: {week: Mon-Fri 09:00-17:00, holidays: [2026-12-25]}, globex: {}}")
	t.Setenv("FLOORWATCH_EMBEDDED_LIBRARY", defaultConfig().Embedded.Library) // may be set for other tests
	got := execute(t.Context(), nil, "check", "--print")
	if got.Code != 0 || strings.Contains(got.Out, "hunter2") || !strings.HasSuffix(got.Out, "\n") {
		t.Fatalf("%+v", got)
	}
	cfg, err := load(t, got.Out)
	if err != nil {
		t.Fatal(err)
	}
	want := defaultConfig()
	want.ClickHouse.Password, want.Floor.Zones = "(set)", map[string]string{"acme": "Europe/Berlin"}
	want.Floor.Hours = map[string]aggregator.Hours{"acme": {Week: "Mon-Fri 09:00-17:00", Holidays: []string{"2026-12-25"}}, "globex": {}}
	if diff := cmp.Diff(want, cfg, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSimulateIsRepeatable(t *testing.T) {
	run := func(seed string) string {
		got := execute(t.Context(), nil, "simulate", "--to", "stdout", "--seed", seed, "--from", "2026-11-20T08:00:00Z", "--until", "2026-11-20T09:00:00Z")
		if got.Code != 0 || got.Err != "" {
			t.Fatalf("%+v", got)
		}
		return got.Out
	}
	first := run("7")
	if first != run("7") || first == run("8") || run("0") == run("1") {
		t.Error("the seed does not decide the events")
	}
	from, until := schemas.InstantOf(time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)), schemas.InstantOf(time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC))
	for line := range strings.Lines(first) {
		event, err := schemas.DecodeEvent([]byte(strings.TrimSpace(line)))
		if err != nil || event.OccurredAt < from || event.OccurredAt >= until {
			t.Fatalf("%v in %s", err, line)
		}
	}
}

// Today begins with the directory and goes on from there, at once.
func TestSimulateToday(t *testing.T) {
	got := execute(t.Context(), nil, "simulate", "--to", "stdout", "--today", "--until", time.Now().Add(time.Second).UTC().Format(time.RFC3339Nano))
	first, _, _ := strings.Cut(got.Out, "\n")
	event, err := schemas.DecodeEvent([]byte(first))
	if got.Code != 0 || got.Err != "" || err != nil || event.Type != schemas.TypeDirectory {
		t.Fatalf("code %d, told %q, begins with %s: %v", got.Code, got.Err, first, err)
	}
	if age := time.Since(event.OccurredAt.Time()); age < 0 || age > 50*time.Hour {
		t.Errorf("begins %s ago", age)
	}
}

// Ten minutes at 6,000 times the speed take a tenth of a second, not less.
func TestSimulateSpeed(t *testing.T) {
	began := time.Now()
	got := execute(t.Context(), nil, "simulate", "--to", "stdout", "--speed", "6000", "--from", "2026-11-20T08:00:00Z", "--until", "2026-11-20T08:10:00Z")
	if got.Code != 0 || got.Out == "" || time.Since(began) < 90*time.Millisecond {
		t.Errorf("code %d after %s: %s", got.Code, time.Since(began), got.Err)
	}
}

// fullDisk takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestSimulateTellsOnceThatItCannotWrite(t *testing.T) {
	var stderr bytes.Buffer
	line := strings.Fields("simulate --to stdout --from 2026-11-20T08:00:00Z --until 2026-11-20T09:00:00Z")
	code := dispatch(t.Context(), line, streams{nil, fullDisk{}, &stderr})
	if want := "floorwatch: simulate floor: write event: no space left on device\n"; code != 1 || stderr.String() != want {
		t.Errorf("code %d, got %q, want %q", code, stderr.String(), want)
	}
}

// kafka is a broker with the topic of the events.
func kafka(t *testing.T) {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, defaultConfig().Kafka.Topic))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	t.Setenv("FLOORWATCH_KAFKA_BROKERS", strings.Join(cluster.ListenAddrs(), ","))
}

func eventLine(t *testing.T, id string) string {
	t.Helper()
	line, err := json.Marshal(map[string]any{
		"schema_version": 1, "type": "message", "event_id": id, "company": "acme", "conversation_id": "c", "message_id": id, "direction": "in",
		"author_kind": "customer", "channel": "web", "occurred_at": time.Now().UTC().Format(time.RFC3339),
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(line) + "\n"
}

func TestProduce(t *testing.T) {
	kafka(t)
	good := eventLine(t, "1") + eventLine(t, "2")
	f := func(text string, want outcome) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "lines")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, execute(t.Context(), nil, "produce", path)); diff != "" {
			t.Errorf("%.30q (-want +got):\n%s", text, diff)
		}
		if diff := cmp.Diff(want, execute(t.Context(), strings.NewReader(text), "produce", "-")); diff != "" {
			t.Errorf("%.30q from the standard input (-want +got):\n%s", text, diff)
		}
	}
	f("", outcome{Out: "0 lines: 0 accepted, 0 refused\n"})
	f("\n\n", outcome{Out: "0 lines: 0 accepted, 0 refused\n"})
	f(good, outcome{Out: "2 lines: 2 accepted, 0 refused\n"})
	f("{}", outcome{1, "1 line: 0 accepted, 1 refused\n", "line 1 refused: unknown_type: type: must be one of message, status, agent, directory, schedule, company\n"})
	f(good+"nonsense\n"+good, outcome{1, "5 lines: 4 accepted, 1 refused\n", "line 3 refused: not_json: this is no JSON object; an event is one, from { to }, on one line in a file\n"})
	f("\x7fELF\xff\x00\n"+good, outcome{1, "3 lines: 2 accepted, 1 refused\n", "line 1 refused: not_utf8: the bytes are not valid UTF-8; encode the event as UTF-8\n"})
}

func TestProduceRefusesFiles(t *testing.T) {
	f := func(path, want string) {
		t.Helper()
		if diff := cmp.Diff(outcome{1, "", want}, execute(t.Context(), nil, "produce", path)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	directory := t.TempDir()
	f(directory, "floorwatch: read event lines: "+directory+" is a directory; name a file\n")
	f(directory+"/none", "floorwatch: read event lines: open "+directory+"/none: no such file or directory\n")
}

// A Kafka that refuses or says nothing is told in one line and soon.
func TestCommandsWithoutKafka(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	t.Setenv("FLOORWATCH_KAFKA_CONNECT_TIMEOUT", "300ms")
	for _, address := range []string{"127.0.0.1:1", silent.Addr().String()} {
		t.Setenv("FLOORWATCH_KAFKA_BROKERS", address)
		for _, line := range []string{"produce -", "simulate --until 2100-01-01T00:00:00Z"} {
			began := time.Now()
			got := execute(t.Context(), strings.NewReader(eventLine(t, "1")), strings.Fields(line)...)
			prefix := "floorwatch: connect to Kafka at " + address
			if got.Code != 1 || got.Out != "" || !strings.HasPrefix(got.Err, prefix) || strings.Count(got.Err, "\n") != 1 || time.Since(began) > 5*time.Second {
				t.Errorf("%s at %s: %+v after %s", line, address, got, time.Since(began))
			}
		}
	}
}

// Ctrl-C ends a command that waits for input or for time.
func TestCommandsStop(t *testing.T) {
	kafka(t)
	f := func(line string, want outcome) {
		t.Helper()
		ctx, stop := context.WithCancel(t.Context())
		reader, writer := io.Pipe()
		ended := make(chan outcome, 1)
		go func() { ended <- execute(ctx, reader, strings.Fields(line)...) }()
		if strings.HasPrefix(line, "produce") {
			for range 3 { // each is taken when the one before was read: it is connected and waits for more
				_, _ = io.WriteString(writer, eventLine(t, "1"))
			}
		}
		stop()
		select {
		case got := <-ended:
			got.Out = "" // how far it came is left to chance
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", line, diff)
			}
		case <-time.After(10 * time.Second):
			t.Errorf("%s goes on", line)
		}
	}
	f("produce -", outcome{Code: 1, Err: "floorwatch: send event lines: stopped before the end of the input\n"})
	f("simulate --from 2100-01-01T00:00:00Z", outcome{})
	f("simulate --to stdout --from 2100-01-01T00:00:00Z", outcome{})
}

func TestProgressLines(t *testing.T) {
	f := func(size int64, want string) {
		t.Helper()
		var out bytes.Buffer
		p := newProgress(&out, "bytes", size)
		p.set(10) // too early
		p.next = time.Time{}
		p.set(20)
		p.set(30)
		if out.String() != want {
			t.Errorf("size %d: got %q, want %q", size, out.String(), want)
		}
	}
	f(80, "20 of 80 bytes (25 %)\n")
	f(-1, "20 bytes\n")
}

// A read that waits for input ends with the context; what comes before is handed on.
func TestUntilDone(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	waiting, writer := io.Pipe()
	reader := untilDone(ctx, waiting)
	go func() { _, _ = io.WriteString(writer, "text") }()
	text := make([]byte, 4)
	if _, err := io.ReadFull(reader, text); err != nil || string(text) != "text" {
		t.Fatalf("read %q, %v", text, err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := reader.Read(text)
		ended <- err
	}()
	stop()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the read goes on")
	}
}
