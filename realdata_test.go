//go:build embedded

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
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

// expected is what the separate calculation gave for one day.
type expected struct {
	Day              string             `json:"day"`
	Zone             string             `json:"zone"`
	Active           int                `json:"active_today"`
	Initiated        int                `json:"initiated"`
	InitiatedPerHour map[string]int     `json:"initiated_per_hour"`
	FirstByReplyDay  distribution       `json:"frt_any_by_reply_day"`
	FirstByStartDay  distribution       `json:"frt_any_by_start_day_final"`
	Open             distribution       `json:"handle_open"`
	States           map[string]int     `json:"states_active"`
	LastOutgoing     map[string]string  `json:"last_out"`
	FirstEach        map[string]float64 `json:"frt_each"`
}

type distribution struct {
	N    int      `json:"n"`
	Mean *float64 `json:"mean"`
	Min  *float64 `json:"min"`
	P50  *float64 `json:"p50"`
	P90  *float64 `json:"p90"`
	P95  *float64 `json:"p95"`
	Max  *float64 `json:"max"`
}

func realDays(t *testing.T, name string) []expected {
	t.Helper()
	text, err := os.ReadFile(datatest.Path(t, name+".expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Companies map[string][]expected `json:"companies"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Companies["*"]
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

// compareDays compares every key that must equal, day by day. Of the others: waiting_day and waiting_life are per conversation where
// floorwatch counts per episode; transfers, hold times, concurrency and escalations belong to families that are not there yet.
func compareDays(t *testing.T, p *process, days []expected) {
	t.Helper()
	for _, want := range days {
		got := p.day(want)
		if diff := cmp.Diff(want, got, cmp.Comparer(equalThousandths)); diff != "" {
			t.Errorf("%s (-expected +floorwatch):\n%s", want.Day, diff)
		}
	}
	if n := p.number("SELECT uniqExact(company_day) FROM conversation_days FINAL WHERE " + ofLog); n > len(days) {
		t.Errorf("there are rows of %d days, want at most %d", n, len(days))
	}
}

// compareLastOutgoing compares each agent's last message of all days with the agents panel.
func compareLastOutgoing(t *testing.T, p *process, days []expected) {
	t.Helper()
	want, got := map[string]string{}, map[string]string{}
	for _, day := range days { // in order: a later day's message is the last
		for agent, at := range day.LastOutgoing {
			want[agent] = at
		}
	}
	for _, row := range p.query("SELECT agent_id, toUnixTimestamp64Milli(assumeNotNull(last_outgoing_at)) AS at FROM agents_live WHERE " + ofLog) {
		got[row["agent_id"].(string)] = schemas.Instant(row["at"].(float64)).Time().Format("2006-01-02T15:04:05-07:00")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("last outgoing messages (-expected +floorwatch):\n%s", diff)
	}
}

// equalThousandths compares at the precision to which the separate calculation wrote its numbers.
func equalThousandths(a, b float64) bool { return math.Abs(a-b) < 0.00051 }

// day asks for the numbers of one day by SQL, in the shape of what is expected.
func (p *process) day(want expected) expected {
	where := fmt.Sprintf(" WHERE company_day = '%s'", want.Day)
	got := expected{Day: want.Day, Zone: want.Zone, InitiatedPerHour: map[string]int{}, States: map[string]int{}}
	tiles := p.query("SELECT sum(active) AS active, sum(assigned) AS assigned, sum(unassigned) AS unassigned, sum(open) AS open, sum(closed) AS closed FROM live_tiles" + where)[0]
	got.Active = int(tiles["active"].(float64))
	for _, state := range []string{"assigned", "unassigned", "open", "closed"} {
		got.States[state] = int(tiles[state].(float64))
	}
	location, err := schemas.LoadZone(want.Zone)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, row := range p.query("SELECT toUnixTimestamp64Milli(hour_start) AS start, sum(initiated) AS initiated FROM initiated_per_hour" + where + " GROUP BY hour_start") {
		start := schemas.Instant(row["start"].(float64)).Time().In(location)
		got.InitiatedPerHour[start.Format("2006-01-02T15:04-07:00")] = int(row["initiated"].(float64))
		got.Initiated += int(row["initiated"].(float64))
	}
	got.FirstByReplyDay = p.distribution("SELECT arrayJoin(first_response_seconds) AS x FROM first_response_daily" + where + " AND kind = 'new'")
	got.FirstByStartDay = p.distribution("SELECT first_response_ms / 1000 AS x FROM episodes FINAL WHERE kind = 'new' AND isNotNull(first_response_ms) AND first_turn_day = '" + want.Day + "'")
	got.Open = p.distribution("SELECT dateDiff('millisecond', opened_at, assumeNotNull(closed_at)) / 1000 AS x FROM episodes FINAL WHERE closed_day = '" + want.Day + "'")
	if want.LastOutgoing != nil {
		got.LastOutgoing = map[string]string{}
		for _, row := range p.query("SELECT agent_id, toUnixTimestamp64Milli(max(occurred_at)) AS at FROM events FINAL WHERE author_kind = 'human' AND occurred_at < (SELECT max(to_utc) FROM days" + where + ") AND occurred_at >= (SELECT min(from_utc) FROM days" + where + ") GROUP BY agent_id") {
			got.LastOutgoing[row["agent_id"].(string)] = schemas.Instant(row["at"].(float64)).Time().Format("2006-01-02T15:04:05-07:00")
		}
	}
	if want.FirstEach != nil {
		got.FirstEach = map[string]float64{}
		for _, row := range p.query("SELECT conversation_id, first_response_ms / 1000 AS x FROM episodes FINAL WHERE kind = 'new' AND first_response_day = '" + want.Day + "'") {
			got.FirstEach[row["conversation_id"].(string)] = row["x"].(float64)
		}
	}
	return got
}

// distribution describes the values of a query's column x, quantiles by nearest rank.
func (p *process) distribution(query string) distribution {
	row := p.query(`SELECT count() AS n, if(n = 0, NULL, sum(x) / n) AS mean, arraySort(groupArray(x)) AS sorted FROM (` + query + `)`)[0]
	out := distribution{N: int(row["n"].(float64))}
	if out.N == 0 {
		return out
	}
	mean := row["mean"].(float64)
	out.Mean = &mean
	sorted := row["sorted"].([]any)
	rank := func(q float64) *float64 {
		x := sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)].(float64)
		return &x
	}
	out.Min, out.P50, out.P90, out.P95, out.Max = rank(0), rank(.5), rank(.9), rank(.95), rank(1)
	return out
}
