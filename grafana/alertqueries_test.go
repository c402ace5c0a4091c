//go:build embedded

package grafana

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
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
	const tier = `{"company": "acme", "conversation_id": %q, "event_id": %q, "status": "tier_changed", "tier": %q, "occurred_at": %q}` + "\n"
	var events strings.Builder
	for _, id := range []string{"c1", "c4", "c5", "c7"} { // c1 waits for nobody, c7 is mail
		fmt.Fprintf(&events, tier, id, "vip-"+id, "vip", "2026-01-01 00:00:00.000")
	}
	fmt.Fprintf(&events, tier, "c5", "gold-c5", "gold", "2026-01-02 00:00:00.000")                                                                                     // no more
	events.WriteString(`{"company": "acme", "customer_id": "u8", "event_id": "vip-u8", "entry": "customer", "tier": "vip", "occurred_at": "2026-01-01 00:00:00.000"}`) // of c8
	if _, err := ask("floor", "INSERT INTO events SETTINGS input_format_defaults_for_omitted_fields = 1 FORMAT JSONEachRow\n"+events.String()); err != nil {
		t.Fatal(err)
	}
	rows, err := ask("floor", statement)
	slices.SortFunc(rows, func(a, b map[string]any) int {
		return strings.Compare(fmt.Sprint(a["conversation"]), fmt.Sprint(b["conversation"]))
	})
	if err != nil || len(rows) != 2 || rows[1]["conversation"] != "c8" || rows[0]["conversation"] != "c4" || rows[0]["company"] != "acme" || rows[0]["team"] != hardTeam {
		t.Fatalf("%v, %v", rows, err)
	}
	if seconds, ok := rows[0]["seconds"].(float64); !ok || seconds < 600 || seconds > 601+time.Since(engine.prepared).Seconds() {
		t.Errorf("seconds %v", rows[0]["seconds"])
	}
	// The bot replies, and the customer writes to it again: the person is waited for as before, and it is the same wait.
	since, err := time.Parse("2006-01-02 15:04:05 UTC", fmt.Sprint(rows[1]["since"]))
	if waited := time.Since(since); err != nil || waited < 30*time.Minute || waited > time.Hour {
		t.Errorf("since %v, %v", since, err)
	}
	again, err := ask("floor", strings.Replace(statement, "FROM open_episodes", "FROM (SELECT * REPLACE (toNullable(now64(3)) AS waiting_since) FROM open_episodes)", 1))
	if !slices.ContainsFunc(again, func(row map[string]any) bool { return row["conversation"] == "c8" && row["since"] == rows[1]["since"] }) {
		t.Errorf("want c8 since %v, got %v, %v", since, again, err)
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
	if err != nil || len(files) < 21 {
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
