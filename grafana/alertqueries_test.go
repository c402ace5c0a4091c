//go:build embedded

package grafana

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// The query of the alert gives a row for a VIP who waits, none for others, with one number and texts beside it.
func TestAlertQuery(t *testing.T) {
	needFloor(t)
	read, err := readAlerts(alertsText(t))
	if err != nil {
		t.Fatal(err)
	}
	statement := read.Groups[0].Rules[0].Data[0].Model.RawSQL
	if rows, err := ask("floor", statement); err != nil || len(rows) != 0 {
		t.Fatalf("before anybody is a VIP: %v, %v", rows, err)
	}
	waiting, err := ask("floor", "SELECT company, conversation_id FROM open_episodes WHERE isNotNull(waiting_since) AND company = 'acme' LIMIT 1")
	if err != nil || len(waiting) != 1 {
		t.Fatalf("nobody waits: %v, %v", waiting, err)
	}
	event := fmt.Sprintf(`{"company": "acme", "conversation_id": %q, "event_id": "vip-1", "status": "tier_changed", "tier": "vip", "occurred_at": "2026-01-01 00:00:00.000"}`, waiting[0]["conversation_id"])
	if _, err := ask("floor", "INSERT INTO events SETTINGS input_format_defaults_for_omitted_fields = 1 FORMAT JSONEachRow\n"+event); err != nil {
		t.Fatal(err)
	}
	rows, err := ask("floor", statement)
	if err != nil || len(rows) != 1 || rows[0]["conversation"] != waiting[0]["conversation_id"] {
		t.Fatalf("%v, %v", rows, err)
	}
	numbers := 0
	for _, value := range rows[0] {
		if _, ok := value.(float64); ok {
			numbers++
		}
	}
	if numbers != 1 {
		t.Errorf("%d columns are numbers, want 1: %v", numbers, rows[0])
	}
}

// What runbooks ask can be pasted.
func TestRunbookQueries(t *testing.T) {
	needFloor(t)
	files, err := filepath.Glob("../docs/runbooks/*.md")
	if err != nil || len(files) < 17 {
		t.Fatalf("%d runbooks, %v", len(files), err)
	}
	asked := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
			asked++
			if _, err := ask("floor", block[1]); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
	if asked < 12 {
		t.Errorf("%d queries; are they found?", asked)
	}
}
