//go:build embedded

package main

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A copy of a real log in which a third of the events come twice or more, with the same or other bytes, under the same or another id,
// and all of them as late as is allowed or before their time: the numbers are those of the log as it was, and so is every fact.
func TestRealLogsInDisorder(t *testing.T) {
	for _, name := range []string{"chat-a", "social"} {
		t.Run(name, func(t *testing.T) {
			lines, days := realLog(t, name), realDays(t, name)
			serve := func() *process {
				p := newProcess(t, "floor: {default_zone: "+days[0].Zone+"}\nlog: {level: warn}\n")
				p.start()
				return p
			}
			records, events := messUp(t, lines)
			t.Logf("%d records of %d events, %d in the log as it was", len(records), events, len(lines))
			// Of 12 events two come twice more and one once more; of 12 messages one comes under another id.
			if again := len(records) - events; again < len(lines)/3 || again > len(lines)/2 || events <= len(lines) {
				t.Errorf("%d records of %d events, %d in the log as it was: that is not the disorder of which this test is", len(records), events, len(lines))
			}
			p := serve()
			if err := p.client(kgo.DefaultProduceTopic("floorwatch.events.v1")).ProduceSync(t.Context(), records...).FirstErr(); err != nil {
				t.Fatal(err)
			}
			p.settled(events, 0)
			compareDays(t, p, days)
			got := p.facts()
			p.signal(syscall.SIGTERM)

			p = serve()
			p.produce(lines...)
			p.settled(len(lines), 0)
			if diff := cmp.Diff(p.facts(), got); diff != "" {
				t.Errorf("facts (-as it was +in disorder):\n%s", diff)
			}
		})
	}
}

// facts are all rows that a log leads to, without what tells from which records.
func (p *process) facts() map[string][]map[string]any {
	p.t.Helper()
	facts := map[string][]map[string]any{"messages": p.query("SELECT * FROM messages ORDER BY company, conversation_id, message_id")}
	for _, table := range []string{"episodes", "conversation_days", "conversation_agents", "replies", "holds"} {
		facts[table] = p.query("SELECT * EXCEPT '^(life|version|appended_at|stored_at)$' FROM " + table + " FINAL ORDER BY ALL")
		if len(facts[table]) == 0 {
			p.t.Errorf("there are no %s", table)
		}
	}
	return facts
}

// messUp gives a log's records in the order in which Kafka took them, with the times at which it did, and how many events they tell of.
func messUp(t *testing.T, lines []string) (records []*kgo.Record, events int) {
	t.Helper()
	chance := rand.New(rand.NewPCG(3, 4))
	take := func(e *schemas.Event, line []byte) {
		at := e.OccurredAt.Time().Add(delay(chance))
		records = append(records, &kgo.Record{Key: []byte(e.Key()), Value: line, Timestamp: at})
	}
	for _, line := range lines {
		value := bytes.TrimSpace([]byte(line))
		e, err := schemas.DecodeEvent(value)
		if err != nil {
			t.Fatal(err)
		}
		events++
		take(&e, value)
		switch chance.IntN(12) {
		case 0, 1: // told again, by a producer that got no answer
			take(&e, value)
			take(&e, value)
		case 2: // with other bytes that say the same
			take(&e, append(value[:len(value)-1:len(value)-1], `,"attempt":2}`...))
		case 3: // the same message, seen by another part of the platform a little later
			if e.Type != schemas.TypeMessage {
				break
			}
			again := e
			again.ID, again.OccurredAt = e.ID+"-again", e.OccurredAt+schemas.Instant(chance.IntN(60_000))
			value, err := schemas.EncodeEvent(&again)
			if err != nil {
				t.Fatal(err)
			}
			events++
			take(&again, value)
		}
	}
	chance.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
	slices.SortStableFunc(records, func(a, b *kgo.Record) int { return a.Timestamp.Compare(b.Timestamp) })
	return records, events
}

// delay is how long after it happened Kafka takes an event: mostly soon, at most the horizon, at least so much before its time as clocks
// may be ahead.
func delay(chance *rand.Rand) time.Duration {
	const horizon = 72 * time.Hour
	switch chance.IntN(8) {
	case 0:
		return time.Duration(chance.Int64N(int64(horizon/time.Millisecond))) * time.Millisecond
	case 1:
		return horizon
	case 2:
		return -schemas.FutureTolerance
	case 3, 4:
		return time.Duration(chance.IntN(3600)) * time.Second
	}
	return time.Duration(chance.IntN(2000)) * time.Millisecond
}
