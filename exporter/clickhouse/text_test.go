//go:build embedded

package clickhouse

import (
	"fmt"
	"strings"
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
)

// No column has what a direct producer did not mask.
func TestTextsOfDirectProducers(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Addresses, cfg.Database, cfg.Policies = []string{address}, "test_texts_of_direct_producers", somePolicies(t)
	store := openConfig(t, cfg)
	rows := unmasked()
	for i := range rows.Events {
		rows.Events[i].ID, rows.Events[i].Version, rows.Events[i].OccurredAt = fmt.Sprint("e", i), 1, moment("2026-03-02T09:00:00Z")
	}
	if err := store.Write(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	want := []string{"e0|card [card]|24|||", "e1||24|||", "e2||24|||", "e3|[hash:abcdefghijklmnopabcdefghijklmnop]|24|||", "e4||0|[card]||", "e5||0||[card]|", "e6||0|||[card] [contract]"}
	if diff := cmp.Diff(want, store.strings(t, "SELECT concat(event_id, '|', text, '|', toString(text_length), '|', tag, '|', reason, '|', label) FROM events FINAL ORDER BY event_id")); diff != "" {
		t.Error(diff)
	}
	for _, table := range []string{"events", "rejects"} {
		for _, row := range store.strings(t, "SELECT formatRow('JSONEachRow', *) FROM "+table) {
			if strings.Contains(row, "1111") {
				t.Errorf("%s: %s", table, row)
			}
		}
	}
}

// What docs/masking.md says: texts may end before their events do.
func TestTextsWithLifetime(t *testing.T) {
	store := open(t)
	rows := &schemas.Rows{}
	for i, at := range []string{"2020-03-02T09:00:00Z", "2090-03-02T09:00:00Z"} {
		rows.Events = append(rows.Events, schemas.EventRow{Meta: schemas.Meta{Version: 1}, Event: schemas.Event{Type: "message", ID: fmt.Sprint("e", i), Company: "acme", OccurredAt: moment(at), Text: "hello", TextLength: 5}})
	}
	if err := store.Write(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	store.exec(t, "ALTER TABLE events MODIFY COLUMN text TTL toDateTime(occurred_at, 'UTC') + INTERVAL 1 YEAR")
	store.exec(t, "OPTIMIZE TABLE events FINAL")
	if diff := cmp.Diff([]string{"e0||5", "e1|hello|5"}, store.strings(t, "SELECT concat(event_id, '|', text, '|', toString(text_length)) FROM events FINAL ORDER BY event_id")); diff != "" {
		t.Error(diff)
	}
	if err := store.Write(t.Context(), rows); err != nil { // still taken
		t.Fatal(err)
	}
	again := openConfig(t, store.cfg) // and a start finds nothing wrong
	if got := again.strings(t, "SELECT toString(count()) FROM events FINAL"); got[0] != "2" {
		t.Errorf("%s rows", got[0])
	}
}
