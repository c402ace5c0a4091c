//go:build embedded

package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startupPatience is how long a start that fails may take.
const startupPatience = 20 * time.Second

// fails runs the service and expects that it ends with exit code 1 and one sentence on the standard error that has these words.
func (p *process) fails(what string, environment, arguments []string, words ...string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startupPatience)
	defer cancel()
	command := p.run(append([]string{"run"}, arguments...)...)
	command = exec.CommandContext(ctx, command.Path, command.Args[1:]...)
	command.Env = append(p.environment(), environment...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	told := stderr.String()
	if code := command.ProcessState.ExitCode(); code != 1 {
		p.t.Errorf("%s: exit code %d (%v)\n%s", what, code, err, told)
	}
	if stdout.Len() > 0 {
		p.t.Errorf("%s: printed %q", what, &stdout)
	}
	_, sentence, found := strings.Cut("\n"+told, "\nfloorwatch: ") // the engine's own words may stand before it
	if !found || strings.Count(sentence, "\n") != 1 || strings.Contains(told, "goroutine ") {
		p.t.Errorf("%s: told %q", what, told)
	}
	for _, word := range words {
		if !strings.Contains(sentence, word) {
			p.t.Errorf("%s: %q does not say %q", what, sentence, word)
		}
	}
}

var embeddedRun = []string{"--embedded"}

func TestStartPortInUse(t *testing.T) {
	p := newProcess(t, "")
	f := func(address, setting string) {
		t.Helper()
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		p.fails(setting, nil, embeddedRun, "listen on "+address, "already in use", setting)
	}
	f(p.kafka, "embedded.kafka_listen")
	f(p.clickhouse, "embedded.clickhouse_listen")
	f(p.http, "http.listen")
}

func TestStartWithoutEngine(t *testing.T) {
	p := newProcess(t, "")
	f := func(library, word string) {
		t.Helper()
		p.fails(library, []string{"FLOORWATCH_EMBEDDED_LIBRARY=" + library}, embeddedRun, library, word, "make engine")
	}
	f(filepath.Join(p.dir, "none.so"), "does not exist")
	text := filepath.Join(p.dir, "text.so")
	if err := os.WriteFile(text, []byte("not a library"), 0o600); err != nil {
		t.Fatal(err)
	}
	f(text, "not a library for this machine")
}

func TestStartOnBrokenDirectory(t *testing.T) {
	f := func(what, path, word string, environment ...string) {
		t.Helper()
		p := newProcess(t, "")
		file := filepath.Join(p.dir, "data", path)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("garbage"), 0o600); err != nil {
			t.Fatal(err)
		}
		p.fails(what, environment, embeddedRun, "data", word)
	}
	f("kafka's directory is a file", "kafka", "not a directory")
	f("ClickHouse's directory is a file", "clickhouse", "not a directory")
	f("kafka's directory is damaged", "kafka/meta.json", "restore the directory from a copy")
	f("ClickHouse's directory is damaged", "clickhouse/metadata/floorwatch.sql", "restore the directory from a copy")
	f("nobody may write there", "other", "name a directory", "FLOORWATCH_EMBEDDED_DATA_DIR=/proc/data") // root may write elsewhere
}

// A company's days are counted in one zone: with another one the rows of the old days would stay, and two days would be today.
func TestStartWithAnotherZone(t *testing.T) {
	p := newProcess(t, "log: {level: warn}\nfloor: {zones: {acme: Pacific/Kiritimati}}\n")
	p.start()
	p.until("the calendar has rows", func() (bool, string) {
		n := p.number("SELECT count() FROM calendar FINAL")
		return n >= 8, strconv.Itoa(n)
	})
	p.signal(syscall.SIGTERM)
	p.fails("another zone", []string{"FLOORWATCH_FLOOR_ZONES={acme: Pacific/Pago_Pago}"}, embeddedRun,
		"Pacific/Kiritimati", "Pacific/Pago_Pago", "floor.zones", "a new clickhouse.database")
	p.start()
}

// A directory that is named relative to where the program starts is found there.
func TestStartOnRelativeDirectory(t *testing.T) {
	p := newProcess(t, "")
	launched := p.launch(p.dir, "run", "--embedded", "--data-dir", "here")
	launched.waitFor("Ctrl-C stops.")
	launched.stop(syscall.SIGINT, 0)
	if _, err := os.Stat(filepath.Join(p.dir, "here", "clickhouse", "metadata", "floorwatch.sql")); err != nil {
		t.Error(err)
	}
}

func TestStartWithoutServers(t *testing.T) {
	p := newProcess(t, "")
	p.fails("no ClickHouse", []string{"FLOORWATCH_CLICKHOUSE_ADDRESSES=127.0.0.1:1"}, nil, "connect to ClickHouse at 127.0.0.1:1", "connection refused")
	p.fails("no native ClickHouse", []string{"FLOORWATCH_CLICKHOUSE_ADDRESSES=127.0.0.1:1", "FLOORWATCH_CLICKHOUSE_PROTOCOL=native"}, nil,
		"connect to ClickHouse at 127.0.0.1:1", "connection refused")
	p.start()
	p.fails("second instance", []string{
		"FLOORWATCH_EMBEDDED_KAFKA_LISTEN=127.0.0.1:0", "FLOORWATCH_EMBEDDED_CLICKHOUSE_LISTEN=127.0.0.1:0", "FLOORWATCH_HTTP_LISTEN=127.0.0.1:0",
	}, embeddedRun, "in use by process")
	beside := []string{"FLOORWATCH_CLICKHOUSE_ADDRESSES=" + p.clickhouse, "FLOORWATCH_HTTP_LISTEN=127.0.0.1:0"}
	p.fails("no Kafka", append(beside, "FLOORWATCH_KAFKA_BROKERS=127.0.0.1:1"), nil, "connect to Kafka at", "127.0.0.1:1", "connection refused")
	p.fails("no topic", append(beside, "FLOORWATCH_KAFKA_TOPIC=other"), nil, "topic other", "--create --topic other")
	p.signal(syscall.SIGTERM)
}

func TestStartOfPlainBuild(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	if out, err := exec.Command("go", "build", "-o", plain, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	command := exec.Command(plain, "run", "--embedded")
	command.Env = append(os.Environ(), "FLOORWATCH_HTTP_LISTEN=127.0.0.1:0")
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	_ = command.Run()
	want := "floorwatch: start embedded servers: this program was built without them; use make run, or build with: go build -tags embedded\n"
	if code := command.ProcessState.ExitCode(); code != 1 || stdout.Len() > 0 || stderr.String() != want {
		t.Errorf("exit code %d, printed %q, told %q", code, &stdout, &stderr)
	}
}

// launched is a program whose output can be read while it runs.
type launched struct {
	t              *testing.T
	command        *exec.Cmd
	stdout, stderr string // files
}

func (p *process) launch(folder string, arguments ...string) *launched {
	p.t.Helper()
	l := &launched{t: p.t, command: p.run(arguments...), stdout: filepath.Join(p.t.TempDir(), "out"), stderr: filepath.Join(p.t.TempDir(), "err")}
	out, outErr := os.Create(l.stdout)
	told, toldErr := os.Create(l.stderr)
	if err := errors.Join(outErr, toldErr); err != nil {
		p.t.Fatal(err)
	}
	defer out.Close()
	defer told.Close()
	l.command.Dir, l.command.Stdout, l.command.Stderr = folder, out, told
	if err := l.command.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = l.command.Process.Kill() })
	return l
}

func (l *launched) read(path string) string {
	l.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		l.t.Fatal(err)
	}
	return string(text)
}

func (l *launched) waitFor(text string) {
	l.t.Helper()
	for deadline := time.Now().Add(startupPatience); !strings.Contains(l.read(l.stdout), text); {
		if time.Now().After(deadline) {
			l.t.Fatalf("waited in vain for %q\n%s%s", text, l.read(l.stdout), l.read(l.stderr))
		}
		time.Sleep(10 * time.Millisecond) // between two looks, not instead of one
	}
}

// stop signals and expects an exit code.
func (l *launched) stop(signal syscall.Signal, want int) {
	l.t.Helper()
	_ = l.command.Process.Signal(signal)
	ended := make(chan error, 1)
	go func() { ended <- l.command.Wait() }()
	select {
	case <-ended:
	case <-time.After(startupPatience):
		l.t.Fatalf("%s did not end the program", signal)
	}
	if code := l.command.ProcessState.ExitCode(); code != want {
		l.t.Errorf("%s: exit code %d, want %d\n%s", signal, code, want, l.read(l.stderr))
	}
}

// What was sent before the signal is in the rows after it.
func TestStopWritesAllRows(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		p := newProcess(t, "pipeline: {flush_interval: 1h}\n")
		p.start()
		produced := p.run("produce", "-")
		produced.Stdin = strings.NewReader(eventLine(t, "1") + eventLine(t, "2"))
		if out, err := produced.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		p.until("the events are read", func() (bool, string) {
			return p.gauge("floorwatch_pending_rows") > 0 && p.gauge("floorwatch_lag_records") == 0, "they are not"
		})
		_ = p.command.Process.Signal(signal)
		if err := <-p.exited; err != nil || !strings.Contains(p.output.String(), "stopped, all rows are written") {
			t.Errorf("%s: %v\n%s", signal, err, p.output)
		}
		p.command = nil
		p.start()
		if got := p.number("SELECT count() FROM events FINAL"); got != 2 {
			t.Errorf("%s: %d events are stored, want 2", signal, got)
		}
		p.signal(syscall.SIGTERM)
	}
}

// Whenever the signal comes, the program ends cleanly.
func TestStopWhileStarting(t *testing.T) {
	p := newProcess(t, "")
	for _, after := range []time.Duration{30, 60, 120, 200, 300} {
		l := p.launch(p.dir, "run", "--embedded")
		<-time.After(after * time.Millisecond) // where it then is does not matter
		l.stop(syscall.SIGINT, 0)
		for line := range strings.Lines(l.read(l.stderr)) {
			if !strings.Contains(line, "all rows are written") {
				t.Errorf("after %d ms: told %q", after, line)
			}
		}
	}
}

// The second Ctrl-C does not wait for ClickHouse.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	p := newProcess(t, "")
	broken := newProcess(t, "")
	p.start()
	broken.kafka = p.kafka
	t.Setenv("FLOORWATCH_CLICKHOUSE_ADDRESSES", p.clickhouse)
	t.Setenv("FLOORWATCH_PIPELINE_SHUTDOWN_TIMEOUT", "10m")
	t.Setenv("FLOORWATCH_PIPELINE_FLUSH_INTERVAL", "1h")
	l := broken.launch(broken.dir, "run", "--simulate")
	l.waitFor("Ctrl-C stops.")
	p.signal(syscall.SIGTERM) // Kafka and ClickHouse are gone: the last rows have nowhere to go
	_ = l.command.Process.Signal(syscall.SIGINT)
	p.until("it tries to write", func() (bool, string) {
		told := l.read(l.stderr)
		return strings.Contains(told, "rows not written"), told
	})
	ended := make(chan error, 1)
	go func() { ended <- l.command.Wait() }()
	p.until("another Ctrl-C ended it", func() (bool, string) {
		_ = l.command.Process.Signal(syscall.SIGINT) // again and again: two at the same instant are one
		select {
		case <-ended:
			return true, ""
		default:
			return false, l.read(l.stderr)
		}
	})
	if status := l.command.ProcessState; status.ExitCode() != -1 {
		t.Errorf("ended with %s, not by the signal", status)
	}
}

// The queries of the banner work as they stand there.
func TestBannerQueries(t *testing.T) {
	p := newProcess(t, "")
	l := p.launch(p.dir, "run", "--embedded", "--simulate")
	l.waitFor("Ctrl-C stops.")
	p.until("there are rows", func() (bool, string) { return p.number("SELECT count() FROM waiting_now") > 0, "none" })
	queries := 0
	for line := range strings.Lines(l.read(l.stdout)) {
		if !strings.HasPrefix(line, "curl ") {
			continue
		}
		queries++
		out, err := exec.Command("sh", "-c", strings.TrimSpace(line)).Output()
		if err != nil || !strings.Contains(string(out), "company") || strings.Contains(string(out), "Exception") {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
	}
	if queries != len(sampleQueries) {
		t.Errorf("%d queries in\n%s", queries, l.read(l.stdout))
	}
	l.stop(syscall.SIGINT, 0)
	if told := l.read(l.stderr); strings.Contains(told+l.read(l.stdout), "\x1b") {
		t.Errorf("control sequences without a terminal:\n%s", told)
	}
}

// Whoever reads only the beginning sees no error.
func TestSimulateIntoClosedPipe(t *testing.T) {
	p := newProcess(t, "")
	command := p.run("simulate")
	command = exec.Command("sh", "-c", command.Path+" simulate --to stdout --from 2026-11-20T00:00:00Z --until 2026-11-21T00:00:00Z | head -n 1")
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil || strings.Count(stdout.String(), "\n") != 1 || stderr.Len() > 0 {
		t.Errorf("%v: %q, told %q", err, &stdout, &stderr)
	}
}
