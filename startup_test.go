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

// A log that is not the one that was read ends the service, once it has looked: its offsets name other records.
func TestStartOnOtherTopic(t *testing.T) {
	p := newProcess(t, "log: {level: warn}\n")
	p.start()
	p.produce(eventLine(t, "1"))
	p.settled(1, 0)
	p.signal(syscall.SIGTERM)
	if err := os.RemoveAll(filepath.Join(p.dir, "data", "kafka")); err != nil {
		t.Fatal(err)
	}
	l := p.launch(p.dir, "run", "--embedded")
	l.endsWith("resume topic floorwatch.events.v1", "another topic of this name", "a new clickhouse.database")
}

// Two processes of one host have one name in the group. The first ends and says so; it does not fight for its partitions.
func TestStartTwiceOnOneHost(t *testing.T) {
	p := newProcess(t, "log: {level: warn}\nkafka: {group: servers}\n")
	p.start()
	p.extra = []string{"FLOORWATCH_CLICKHOUSE_ADDRESSES=" + p.clickhouse, "FLOORWATCH_HTTP_LISTEN=127.0.0.1:0", "FLOORWATCH_CLICKHOUSE_DATABASE=second"}
	first := p.launch(p.dir, "run")
	first.waitFor("Ctrl-C stops.")
	second := p.launch(p.dir, "run")
	second.waitFor("Ctrl-C stops.")
	first.endsWith("another process has joined", "kafka.instance_id")
	second.stop(syscall.SIGTERM, 0)
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
	nobody := []string{"FLOORWATCH_CLICKHOUSE_ADDRESSES=127.0.0.1:1", "FLOORWATCH_CLICKHOUSE_CONNECT_TIMEOUT=1s"}
	p.fails("no ClickHouse", nobody, nil, "connect to ClickHouse at 127.0.0.1:1", "connection refused")
	p.fails("no native ClickHouse", append(nobody, "FLOORWATCH_CLICKHOUSE_PROTOCOL=native"), nil, "connect to ClickHouse at 127.0.0.1:1", "connection refused")
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

// endsWith waits until the program ends by itself with exit code 1 and a last sentence that has these words.
func (l *launched) endsWith(words ...string) {
	l.t.Helper()
	l.stop(0, 1)
	lines := strings.Split(strings.TrimSpace(l.read(l.stderr)), "\n")
	for _, word := range append(words, "floorwatch: ") {
		if last := lines[len(lines)-1]; !strings.Contains(last, word) {
			l.t.Errorf("%q does not say %q", last, word)
		}
	}
}

// stop signals and expects an exit code.
func (l *launched) stop(signal syscall.Signal, want int) {
	l.t.Helper()
	l.end(signal)
	if code := l.command.ProcessState.ExitCode(); code != want {
		l.t.Errorf("%s: exit code %d, want %d\n%s", signal, code, want, l.read(l.stderr))
	}
}

// end signals and waits until the program has ended.
func (l *launched) end(signal syscall.Signal) {
	l.t.Helper()
	_ = l.command.Process.Signal(signal)
	ended := make(chan error, 1)
	go func() { ended <- l.command.Wait() }()
	select {
	case <-ended:
	case <-time.After(startupPatience):
		l.t.Fatalf("%s did not end the program", signal)
	}
}

// The queries of the banner work as they stand there.
func TestBannerQueries(t *testing.T) {
	p := newProcess(t, "")
	l := p.launch(p.dir, "run", "--embedded", "--simulate")
	l.waitFor("Ctrl-C stops.")
	p.until("there are rows", func() (bool, string) {
		return p.number("SELECT count() FROM waiting_now") > 0 && p.number("SELECT count() FROM live_tiles WHERE is_today") > 0, "none"
	})
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
