//go:build embedded

package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// killConfig cuts often, so that there is much to break off, and keeps little in memory, so that much is read again.
const killConfig = `
floor: {default_zone: %s, zones: {acme: Europe/Berlin, globex: America/New_York}}
pipeline: {flush_interval: 50ms, state_interval: 200ms, memory_bytes: 100000}
producer: {delivery_timeout: 60s, max_buffered: 100000}
log: {level: error}
`

// batchConfig writes everything at once when it stops.
const batchConfig = `
floor: {default_zone: %s, zones: {acme: Europe/Berlin, globex: America/New_York}}
pipeline: {flush_interval: 1h, state_interval: 1h, shutdown_timeout: 1m}
clickhouse: {database: batch}
kafka: {group: batch, rejects_topic: ""}
log: {level: error}
`

// The moments at which the process dies: at a failpoint (what is after a colon counts), or, without a name, this long after its start.
var deaths = []struct {
	at    string
	after time.Duration
}{
	{at: "conversation_days:3"}, {at: "state:2"}, {at: "events:5"}, {at: "before-state:2"}, {at: "commit:1"}, {after: 1500 * time.Millisecond},
	{at: "episodes:2"}, {at: "rejects:3"}, {at: "conversation_agents:4"}, {at: "agent_spans:2"}, {at: "before-events:3"}, {at: "before-episodes:3"},
	{after: 700 * time.Millisecond}, {at: "state:1"}, {after: 300 * time.Millisecond},
}

// A support chat and a simulated day while Kafka, ClickHouse and the service die together again and again, between the inserts of one
// flush, too: all rows and states are those that an undisturbed service makes of the same log in one go, and the numbers are those of
// the separate calculation.
func TestKilledAgainAndAgain(t *testing.T) {
	lines, days := realLog(t, "chat-a"), realDays(t, "chat-a")
	p := newProcess(t, fmt.Sprintf(killConfig, days[0].Zone))
	p.binary = mortal
	lines = disorder(append(lines, p.simulatedDay()...))
	p.start()
	f := p.feed(lines)
	f.send(200)
	p.until("some are stored", func() (bool, string) { return p.number("SELECT count() FROM events") > 100, "none" })
	p.signal(syscall.SIGKILL)
	for _, death := range deaths {
		p.dies(f, death.at, death.after)
	}
	p.start()
	f.end()
	p.written(len(lines))
	compareDays(t, p, days)
	compareLastOutgoing(t, p, days)
	p.signal(syscall.SIGTERM)
	p.batch(fmt.Sprintf(batchConfig, days[0].Zone))
	p.start()
	compareWithBatch(t, p)
	compareForwarded(t, p)
}

// Only the build for this test can be told to kill itself; the other does not know the variable.
func TestNoFailpointsInProduction(t *testing.T) {
	p := newProcess(t, "")
	p.fails("failpoint", []string{"FLOORWATCH_FAILPOINT=definitions:1"}, embeddedRun, "FLOORWATCH_FAILPOINT: is no key of the configuration")
	for _, want := range []bool{false, true} {
		path, err := map[bool]func() (string, error){false: binary, true: mortal}[want]()
		if err != nil {
			t.Fatal(err)
		}
		program, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Contains(program, []byte("FLOORWATCH_FAILPOINT")); got != want {
			t.Errorf("%s knows of failpoints: %t, want %t", path, got, want)
		}
	}
}

// simulatedDay is a day of the made-up floor in the past, with few heartbeats, which are most of its lines. Its companies are acme and globex.
func (p *process) simulatedDay() []string {
	p.t.Helper()
	command := p.run("simulate", "--to", "stdout", "--from", "2025-11-03T00:00:00Z", "--until", "2025-11-04T00:00:00Z", "--rate", "45")
	command.Env = append(command.Env, "FLOORWATCH_SIMULATE_HEARTBEAT_SHARE=0.2")
	out, err := command.Output()
	if err != nil {
		p.t.Fatal(err)
	}
	return slices.Collect(strings.Lines(string(out)))
}

// disorder has events come late, so that rows are taken back: each is moved by up to some hundred places, always the same.
func disorder(lines []string) []string {
	chance := rand.New(rand.NewPCG(1, 2))
	out := make([]string, 0, len(lines))
	for len(lines) > 0 {
		piece := lines[:min(600, len(lines))]
		lines = lines[len(piece):]
		chance.Shuffle(len(piece), func(i, j int) { piece[i], piece[j] = piece[j], piece[i] })
		out = append(out, piece...)
	}
	return out
}

// feeder sends lines with "produce", bit by bit, and now and then a record that is no event.
type feeder struct {
	t       *testing.T
	command *exec.Cmd
	input   io.WriteCloser
	told    strings.Builder
	broken  *kgo.Client
	lines   []string
	sent    int
}

func (p *process) feed(lines []string) *feeder {
	p.t.Helper()
	f := &feeder{t: p.t, command: p.run("produce", "--backfill", "-"), lines: lines}
	f.command.Env = append(f.command.Env, "FLOORWATCH_PRODUCER_DELIVERY_TIMEOUT=60s", "FLOORWATCH_PRODUCER_MAX_BUFFERED=100000")
	f.command.Stdout, f.command.Stderr = &f.told, &f.told
	var err error
	if f.input, err = f.command.StdinPipe(); err != nil {
		p.t.Fatal(err)
	}
	if err := f.command.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = f.command.Process.Kill() })
	if f.broken, err = kgo.NewClient(kgo.SeedBrokers(p.kafka), kgo.DefaultProduceTopic("floorwatch.events.v1")); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(f.broken.Close)
	return f
}

// send sends the next lines.
func (f *feeder) send(n int) {
	f.t.Helper()
	n = min(n, len(f.lines))
	if _, err := io.WriteString(f.input, strings.Join(f.lines[:n], "")); err != nil {
		f.t.Fatalf("%v: %s", err, &f.told)
	}
	f.lines, f.sent = f.lines[n:], f.sent+n
	f.broken.Produce(f.t.Context(), &kgo.Record{Key: []byte("c/acme/c1"), Value: fmt.Append(nil, "broken ", f.sent)}, nil)
}

// end sends the rest and waits until Kafka has all.
func (f *feeder) end() {
	f.t.Helper()
	f.t.Logf("%d of %d lines were sent before the last start", f.sent, f.sent+len(f.lines))
	f.send(len(f.lines))
	if err := f.input.Close(); err != nil {
		f.t.Fatal(err)
	}
	if err := f.command.Wait(); err != nil {
		f.t.Fatalf("produce: %v\n%s", err, &f.told)
	}
	if err := f.broken.Flush(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
}

// dies starts the service and sends events until it is dead.
func (p *process) dies(f *feeder, at string, after time.Duration) {
	p.t.Helper()
	p.extra = nil
	if at != "" {
		p.extra = []string{"FLOORWATCH_FAILPOINT=" + at}
	}
	p.begin()
	began := time.Now()
	for {
		select {
		case err := <-p.exited:
			p.extra, p.command = nil, nil
			if ended, ok := err.(*exec.ExitError); !ok || ended.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				p.t.Fatalf("at %s the service ended by itself: %v\n%s", at, err, p.output)
			}
			p.t.Logf("killed at %q after %s, %d lines sent", at, time.Since(began).Round(time.Millisecond), f.sent)
			return
		case <-time.After(20 * time.Millisecond):
		}
		f.send(20)
		if at == "" && time.Since(began) > after {
			_ = p.command.Process.Kill()
		}
		if time.Since(began) > 30*time.Second || len(f.lines) == 0 {
			p.t.Fatalf("the service did not come to %s; %d lines are left\n%s", at, len(f.lines), p.output)
		}
	}
}
