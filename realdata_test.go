//go:build embedded

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/floorwatch/floorwatch/schemas/datatest"
	"github.com/google/go-cmp/cmp"
)

// neutral is an event line of ../shared/data; its README describes the fields.
type neutral struct {
	EventID      string    `json:"event_id"`
	Type         string    `json:"type"`
	Company      string    `json:"company"`
	Conversation string    `json:"conversation"`
	At           time.Time `json:"at"`
	Channel      string    `json:"channel"`
	Seq          int64     `json:"seq"`
	Direction    string    `json:"direction"`
	SenderType   string    `json:"sender_type"`
	Customer     string    `json:"customer"`
	Agent        string    `json:"agent"`
	Team         string    `json:"team"`
	Kind         string    `json:"kind"`
	Delivery     string    `json:"delivery"`
	Status       string    `json:"status"`
}

// events maps a neutral line to the project's form. There, every status names the new owner, and none means nobody; floorwatch keeps
// the owner of a conversation that comes back, so that such a line becomes two events.
func (n neutral) events() []schemas.Event {
	event := n.event()
	if n.Status != schemas.StatusReopened || n.Agent != "" {
		return []schemas.Event{event}
	}
	unassigned := event
	unassigned.ID, unassigned.Status = event.ID+"-unassigned", schemas.StatusUnassigned
	return []schemas.Event{event, unassigned}
}

func (n neutral) event() schemas.Event {
	e := schemas.Event{
		SchemaVersion: 1, ID: n.EventID, Company: n.Company, Conversation: n.Conversation, OccurredAt: schemas.InstantOf(n.At),
		Sequence: n.Seq, Channel: map[string]string{"chat": "web", "twitter": "x"}[n.Channel],
	}
	if n.Type == "message" {
		e.Type, e.MessageID, e.Direction, e.Customer = schemas.TypeMessage, n.EventID, n.Direction, n.Customer
		e.AuthorKind = map[string]string{"customer": schemas.AuthorCustomer, "agent": schemas.AuthorHuman, "bot": schemas.AuthorAI, "system": schemas.AuthorSystem}[n.SenderType]
		e.Agent, e.Delivery, e.Kind = n.Agent, n.Delivery, schemas.KindText
		return e
	}
	e.Type, e.Status, e.Owner, e.Team = schemas.TypeStatus, n.Status, n.Agent, n.Team
	return e
}

// realLog reads a log and gives it as event lines.
func realLog(t *testing.T, name string) []string {
	t.Helper()
	var lines []string
	for text := range bytes.Lines(datatest.Unzipped(t, name+".jsonl.gz")) {
		var line neutral
		if err := json.Unmarshal(text, &line); err != nil {
			t.Fatal(err)
		}
		for _, event := range line.events() {
			value, err := schemas.EncodeEvent(&event)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, string(value)+"\n")
		}
	}
	return lines
}

// A support chat on IRC through Kafka into ClickHouse and back by SQL, with the whole process killed in mid-stream while the producer
// goes on: the numbers are those of the separate calculation, also after another kill and after a clean stop.
func TestRealChatSurvivesKill(t *testing.T) {
	p, lines, days := produceWithKill(t, "chat-a")
	check := func(t *testing.T) {
		p.settled(len(lines), 0)
		compareDays(t, p, days)
		compareLastOutgoing(t, p, days)
		// Per episode, where the separate calculation counts per conversation and has 12: four closed conversations came back.
		if got := p.number("SELECT sum(waiting_first_response) FROM live_tiles WHERE company_day = '2019-09-05'"); got != 16 {
			t.Errorf("%d conversations wait for a first response, want 16", got)
		}
	}
	check(t)
	t.Run("after a second kill", func(t *testing.T) {
		p.signal(syscall.SIGKILL)
		p.start()
		check(t)
	})
	t.Run("after a clean stop", func(t *testing.T) {
		command, output := p.command, p.output
		p.signal(syscall.SIGTERM)
		if !command.ProcessState.Success() {
			t.Fatalf("SIGTERM: %s\n%s", command.ProcessState, output)
		}
		p.start()
		check(t)
	})
}

// Care conversations of several companies on a social network, two years, in the zone of New York, with a kill in mid-stream.
func TestRealSocialSurvivesKill(t *testing.T) {
	p, lines, days := produceWithKill(t, "social")
	p.settled(len(lines), 0)
	compareDays(t, p, days)
}

// produceWithKill sends a real log line by line and kills the service in the middle of it.
func produceWithKill(t *testing.T, name string) (*process, []string, []expected) {
	t.Helper()
	lines, days := realLog(t, name), realDays(t, name)
	p := newProcess(t, "floor: {default_zone: "+days[0].Zone+"}\nlog: {level: warn}\nproducer: {delivery_timeout: 60s}\n")
	p.start()
	producing := p.run("produce", "--backfill", "-")
	input, err := producing.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var told strings.Builder
	producing.Stderr, producing.Stdout = &told, &told
	if err := producing.Start(); err != nil {
		t.Fatal(err)
	}
	send := func(lines []string) {
		if _, err := io.WriteString(input, strings.Join(lines, "")); err != nil {
			t.Fatalf("%v: %s", err, &told)
		}
	}
	half := len(lines) / 2
	send(lines[:half])
	p.until("some events are in ClickHouse", func() (bool, string) {
		got := p.number("SELECT count() FROM events")
		return got > 100, fmt.Sprint(got)
	})
	p.signal(syscall.SIGKILL)
	send(lines[half : half+200]) // nobody is there to take them
	p.start()
	send(lines[half+200:])
	if err := input.Close(); err != nil {
		t.Fatal(err)
	}
	if err := producing.Wait(); err != nil {
		t.Fatalf("produce: %v\n%s", err, &told)
	}
	return p, lines, days
}

// ofLog leaves out the companies of the simulator, which may be beside.
const ofLog = "company NOT IN ('acme', 'globex')"

// compareLastOutgoing compares each agent's last message of all days with the agents panel.
func compareLastOutgoing(t *testing.T, p *process, days []expected) {
	t.Helper()
	want, got := map[string]string{}, map[string]string{}
	for _, day := range days { // in order: a later day's message is the last
		for agent, at := range day.values["last_out"].(map[string]any) {
			want[agent] = at.(string)
		}
	}
	for _, row := range p.query("SELECT agent_id, toUnixTimestamp64Milli(assumeNotNull(last_outgoing_at)) AS at FROM agents_live WHERE " + ofLog) {
		got[row["agent_id"].(string)] = schemas.Instant(row["at"].(float64)).Time().Format("2006-01-02T15:04:05-07:00")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("last outgoing messages (-expected +floorwatch):\n%s", diff)
	}
}
