//go:build embedded

package main

import (
	"context"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// What was sent before the signal is in the rows after it, and the groups' lag is 0.
func TestStopWritesAllRows(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		p := newProcess(t, "pipeline: {flush_interval: 1h, state_interval: 1h}\n")
		p.start()
		p.produce(eventLine(t, "1"), eventLine(t, "2"))
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
		for _, group := range []string{"floorwatch", "floorwatch.archive"} {
			committed, err := kadm.NewClient(p.client()).FetchOffsets(t.Context(), group)
			sum := int64(0)
			committed.Each(func(o kadm.OffsetResponse) { sum += o.At })
			if err != nil || sum != 2 {
				t.Errorf("%s: group %s has committed %d records, want 2; %v", signal, group, sum, err)
			}
		}
		p.signal(syscall.SIGTERM)
	}
}

// Whenever the signal comes, the program ends cleanly.
func TestStopWhileStarting(t *testing.T) {
	p := newProcess(t, "")
	for _, after := range []time.Duration{30, 60, 120, 200, 300} {
		after *= time.Millisecond
		for !p.interrupted(after) {
			after *= 2
		}
	}
}

// interrupted starts the program and interrupts it after a time; where it then is does not matter. It gives false if the program had not
// begun by then, as may be on a busy machine: then it ends by the signal, without a word.
func (p *process) interrupted(after time.Duration) bool {
	p.t.Helper()
	l := p.launch(p.dir, "run", "--embedded")
	<-time.After(after)
	l.end(syscall.SIGINT)
	told := l.read(l.stdout) + l.read(l.stderr)
	if status := l.command.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() && told == "" {
		return false
	}
	if code := l.command.ProcessState.ExitCode(); code != 0 {
		p.t.Errorf("after %s: exit code %d\n%s", after, code, told)
	}
	for line := range strings.Lines(l.read(l.stderr)) {
		if !strings.Contains(line, "all rows are written") {
			p.t.Errorf("after %s: told %q", after, line)
		}
	}
	return true
}

// Waiting for ClickHouse is starting, too.
func TestStopWhileWaiting(t *testing.T) {
	p := newProcess(t, "")
	p.extra = []string{"FLOORWATCH_CLICKHOUSE_ADDRESSES=127.0.0.1:1"}
	l := p.launch(p.dir, "run")
	p.until("it waits", func() (bool, string) {
		told := l.read(l.stderr)
		return strings.Contains(told, "waiting for ClickHouse"), told
	})
	p.answers("/healthz/live", http.StatusOK, "alive")
	p.answers("/healthz/ready", http.StatusServiceUnavailable, "starting: waiting for ClickHouse")
	l.stop(syscall.SIGTERM, 0)
}

// The made-up floor asks ClickHouse where it was. It waits for the answer, and the end does not.
func TestStopWhileFloorWaits(t *testing.T) {
	p := newProcess(t, "clickhouse: {database: other}\nkafka: {group: other}\n")
	p.start()
	way := &gate{t: t, address: freeAddress(t), target: p.clickhouse}
	svc := &service{cfg: defaultConfig()}
	svc.cfg.ClickHouse.Addresses, svc.cfg.Kafka.Brokers = []string{way.address}, []string{p.kafka}
	way.open()
	if err := svc.openStore(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer svc.store.Close()
	way.shut()
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Second)
	defer stop()
	if err := svc.simulate(ctx); err != nil || ctx.Err() == nil {
		t.Errorf("the floor ended: %v", err)
	}
	p.signal(syscall.SIGTERM)
}

// The second Ctrl-C does not wait for ClickHouse.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	p := newProcess(t, "")
	broken := newProcess(t, "")
	p.start()
	broken.kafka = p.kafka
	t.Setenv("FLOORWATCH_CLICKHOUSE_ADDRESSES", p.clickhouse)
	t.Setenv("FLOORWATCH_KAFKA_GROUP", "broken") // two of one name on one host would end each other
	t.Setenv("FLOORWATCH_PIPELINE_SHUTDOWN_TIMEOUT", "10m")
	t.Setenv("FLOORWATCH_PIPELINE_FLUSH_INTERVAL", "1h")
	t.Setenv("FLOORWATCH_PIPELINE_STATE_INTERVAL", "1h")
	l := broken.launch(broken.dir, "run", "--simulate")
	l.waitFor("Ctrl-C stops.")
	p.until("rows wait", func() (bool, string) { return broken.gauge("floorwatch_pending_rows") > 0, "none" })
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
