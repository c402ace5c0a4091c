//go:build embedded

package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// doorConfig has one source, and writes often.
const doorConfig = `
pipeline: {flush_interval: 50ms, state_interval: 200ms}
gateway:
  wait_timeout: 1s
  limits: {events_per_second: 1000000, events_at_once: 1000000}
  sources: {desk: {company: acme, api_key_files: [%s]}}
log: {level: error}
`

// The moments at which the process dies while clients send to it.
var doorDeaths = []struct {
	at    string
	after time.Duration
}{
	{at: "deliver:3"}, {at: "before-deliver:4"}, {at: "deliver:1"}, {at: "events:2"}, {after: 900 * time.Millisecond}, {at: "before-deliver:1"}, {at: "state:1"},
	{at: "deliver:20"}, {at: "conversation_days:2"}, {after: 300 * time.Millisecond}, {at: "before-state:2"}, {at: "commit:1"}, {at: "before-deliver:15"}, {after: 1500 * time.Millisecond},
}

// door prepares a process with a gateway.
func (p *process) door() {
	p.t.Helper()
	key := filepath.Join(p.dir, "key")
	if err := os.WriteFile(key, []byte(canaryKey), 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.config = fmt.Sprintf(doorConfig, key)
}

// inTopic tells which events the topic has.
func (p *process) inTopic() map[string]bool {
	p.t.Helper()
	ids := map[string]bool{}
	for _, r := range p.records("floorwatch.events.v1") {
		e, err := schemas.DecodeEvent(r.Value)
		if err != nil {
			p.t.Errorf("the topic has %s: %v", r.Value, err)
		}
		ids[e.ID] = true
	}
	return ids
}

// keptWord checks that the topic has what was acknowledged, and nothing that was refused.
func (p *process) keptWord(all *told) (ids map[string]bool) {
	p.t.Helper()
	ids = p.inTopic()
	for id := range all.accepted {
		if !ids[id] {
			p.t.Errorf("%s was acknowledged and is not in the topic", id)
		}
	}
	for id := range all.refused {
		if ids[id] {
			p.t.Errorf("%s was refused and is in the topic", id)
		}
	}
	if len(all.accepted) < 100 || len(all.refused) < 20 {
		p.t.Errorf("only %d events were acknowledged and %d refused", len(all.accepted), len(all.refused))
	}
	p.t.Logf("%d acknowledged, %d refused, %d in the topic, %d answers with 503", len(all.accepted), len(all.refused), len(ids), all.unavailable)
	return ids
}

// Kafka, ClickHouse and the gateway die together again and again while clients send, between any two steps of an answer, too. What was
// acknowledged is in the log, and in ClickHouse once; nothing of what was refused is.
func TestGatewayKilledAgainAndAgain(t *testing.T) {
	p := newProcess(t, "")
	p.door()
	p.binary = mortal
	all, stop := senders(t, p.gateway, 3)
	for _, death := range doorDeaths {
		p.extra = nil
		if death.at != "" {
			p.extra = []string{"FLOORWATCH_FAILPOINT=" + death.at}
		}
		p.begin()
		if death.at == "" {
			p.ready()
			time.Sleep(death.after)
			_ = p.command.Process.Kill()
		}
		select {
		case err := <-p.exited:
			if ended, ok := err.(*exec.ExitError); !ok || ended.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Fatalf("at %s the service ended by itself: %v\n%s", death.at, err, p.output)
			}
			p.command = nil
		case <-time.After(time.Minute):
			t.Fatalf("the service did not come to %s", death.at)
		}
	}
	p.extra = nil
	p.start()
	stop()
	ids := p.keptWord(all)
	p.settled(len(ids), 0)
	if n := p.number("SELECT count() FROM (SELECT company, conversation_id, event_id FROM events FINAL GROUP BY ALL HAVING count() > 1)"); n > 0 {
		t.Errorf("%d events are there more than once", n)
	}
	stored := map[string]bool{}
	for _, row := range p.query("SELECT event_id FROM events FINAL") {
		stored[row["event_id"].(string)] = true
	}
	for id := range ids {
		if !stored[id] {
			t.Errorf("%s is in the topic and not in ClickHouse", id)
		}
	}
}

// A gateway of its own loses Kafka twice: once it is stopped and answers nothing, once it is killed. Senders are told to come again, nothing
// that was acknowledged is lost, and it goes on by itself.
func TestGatewayWithoutKafka(t *testing.T) {
	kafka := newProcess(t, "")
	kafka.door()
	kafka.start()
	g := newProcess(t, "")
	g.door()
	g.kafka = kafka.kafka
	g.beginGateway()
	g.ready()
	all, stop := senders(t, g.gateway, 3)
	count := func() (accepted, unavailable int) {
		all.mutex.Lock()
		defer all.mutex.Unlock()
		return len(all.accepted), all.unavailable
	}
	more := func(what string) {
		t.Helper()
		before, _ := count()
		g.until("events are taken "+what, func() (bool, string) { now, _ := count(); return now > before+50, fmt.Sprint(now - before) })
	}
	away := func(what string) {
		t.Helper()
		_, before := count()
		g.until("senders are told that Kafka is "+what, func() (bool, string) { _, now := count(); return now > before+10, fmt.Sprint(now - before) })
		g.answers("/healthz/ready", http.StatusServiceUnavailable, "Kafka")
		g.answers("/healthz/live", http.StatusOK, "alive")
	}
	more("at first")
	if err := kafka.command.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	away("stopped")
	if err := kafka.command.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	more("after it was stopped")
	kafka.signal(syscall.SIGKILL)
	away("dead")
	kafka.start()
	more("after it was dead")
	g.ready()
	stop()
	kafka.keptWord(all)
	if all.silent > 0 { // of clients that wait ten times as long as wait_timeout
		t.Errorf("%d requests were not answered", all.silent)
	}
	g.signal(syscall.SIGTERM)
}

// beginGateway starts "floorwatch gateway".
func (p *process) beginGateway() {
	p.t.Helper()
	config := filepath.Join(p.dir, "floorwatch.yml")
	if err := os.WriteFile(config, []byte(p.config), 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.output, p.exited = &bytes.Buffer{}, make(chan error, 1)
	p.command = p.run("gateway", "--config", config)
	p.command.Stdout, p.command.Stderr = p.output, p.output
	if err := p.command.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func(c *exec.Cmd, exited chan error) { exited <- c.Wait() }(p.command, p.exited)
}
