//go:build embedded

package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/floorwatch/floorwatch/schemas/datatest"
	"github.com/twmb/franz-go/pkg/kgo"
)

// hostileRecords are values that are no events: every JSON file that must be refused, and every naughty string.
func hostileRecords(t *testing.T) [][]byte {
	t.Helper()
	var values [][]byte
	suite := datatest.JSONTestSuite(t)
	for _, name := range slices.Sorted(maps.Keys(suite)) {
		if strings.HasPrefix(name, "n_") {
			values = append(values, suite[name])
		}
	}
	for _, value := range datatest.NaughtyStrings(t) {
		values = append(values, []byte(value))
	}
	return values
}

// Hostile records through Kafka into the running service: one reject each with its reason, and the good events between them, among
// them ones whose every name is a naughty string, are all there.
func TestHostileRecords(t *testing.T) {
	values := hostileRecords(t)
	if len(values) < 188+515 {
		t.Fatalf("only %d hostile values", len(values))
	}
	p := newProcess(t, "log: {level: error}\n")
	p.start()
	client, err := kgo.NewClient(kgo.SeedBrokers(p.kafka), kgo.DefaultProduceTopic("floorwatch.events.v1"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var records []*kgo.Record
	good := map[string]bool{}
	now := time.Now()
	for i, value := range values {
		records = append(records, &kgo.Record{Key: []byte("c/acme/c1"), Value: value})
		event := schemas.Event{
			SchemaVersion: 1, Type: schemas.TypeMessage, ID: fmt.Sprint("good-", i), Company: "acme", Conversation: fmt.Sprint("c", i), MessageID: "m",
			OccurredAt: schemas.InstantOf(now), Direction: schemas.DirectionIn, AuthorKind: schemas.AuthorCustomer,
		}
		if named := string(value); named != "" && len(named) <= schemas.MaxIDBytes {
			event.Conversation, event.Customer = named, named
		}
		encoded, err := schemas.EncodeEvent(&event)
		if err != nil {
			t.Fatal(err)
		}
		if decoded, err := schemas.DecodeEvent(encoded); err == nil { // some strings are no names: control characters, broken UTF-8
			records = append(records, &kgo.Record{Key: []byte(decoded.Key()), Value: encoded})
			good[event.ID] = true
		}
	}
	if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	p.settled(len(good), len(values))
	for _, row := range p.query("SELECT event_id, count() AS n FROM events FINAL GROUP BY event_id") {
		if !good[row["event_id"].(string)] || row["n"].(float64) != 1 {
			t.Errorf("event %v is there %v times", row["event_id"], row["n"])
		}
	}
	if n := p.number("SELECT count() FROM (SELECT partition, offset FROM rejects GROUP BY partition, offset HAVING uniqExact(reason) != 1 OR any(detail) = '')"); n != 0 {
		t.Errorf("%d records are rejected for no reason or more than one", n)
	}
	if active, conversations := p.number("SELECT sum(active) FROM live_tiles WHERE is_today"), p.number("SELECT uniqExact(conversation_id) FROM events FINAL"); active != conversations {
		t.Errorf("%d conversations are active, want %d", active, conversations)
	}
	if got := int(p.gauge("floorwatch_rejects_total")); got != len(values) {
		t.Errorf("rejects_total is %d, want %d", got, len(values))
	}
	if got := int(p.gauge("floorwatch_conversations_active_today")); got != p.number("SELECT sum(active) FROM live_tiles WHERE is_today") {
		t.Errorf("Prometheus says %d active", got)
	}
}
