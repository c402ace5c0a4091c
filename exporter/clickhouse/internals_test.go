//go:build embedded

package clickhouse

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
)

// The queries of docs/internals.md run on the tables as they are.
func TestQueriesOfInternals(t *testing.T) {
	text, err := os.ReadFile("../../docs/internals.md")
	if err != nil {
		t.Fatal(err)
	}
	store := open(t)
	position := schemas.Position{Generation: 1, Next: 8, LeaderEpoch: -1, Partitions: 1}
	if err := store.WriteState(t.Context(), []schemas.StateRow{position.Row(schemas.StatePosition, 1), position.Row(schemas.StateArchive, 1)}); err != nil {
		t.Fatal(err)
	}
	for _, team := range []string{"support", "billing"} { // a tie of unequal rows, with columns that are null
		store.exec(t, "INSERT INTO episodes (company, conversation_id, life, episode_no, team, version) VALUES ('acme', '42', 1, 1, '"+team+"', 5)")
	}
	queries := regexp.MustCompile("(?s)```sql\n(.*?)\n```").FindAllStringSubmatch(string(text), -1)
	if len(queries) < 8 {
		t.Errorf("%d queries; are they found?", len(queries))
	}
	for _, query := range queries {
		rows, err := store.conn.Query(t.Context(), query[1])
		if err != nil {
			t.Errorf("%v\n%s", err, query[1])
			continue
		}
		n := 0
		for rows.Next() {
			n++
		}
		if strings.Contains(query[1], "uniqExact") && n != 1 {
			t.Errorf("%d rows, want the tie:\n%s", n, query[1])
		}
		if err := rows.Err(); err != nil {
			t.Errorf("%v\n%s", err, query[1])
		}
		rows.Close()
	}
}

// The queries for analysts in README.md run on the views as they are.
func TestQueriesOfReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	store := open(t)
	queries := regexp.MustCompile("(?s)```\n(SELECT .*?)\n```").FindAllStringSubmatch(string(text), -1)
	if len(queries) < 4 {
		t.Errorf("%d queries; are they found?", len(queries))
	}
	for _, query := range queries {
		store.exec(t, strings.ReplaceAll(query[1], "floorwatch.", ""))
	}
}
