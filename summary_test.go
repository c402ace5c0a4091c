package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/pipeline"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
)

var summaryNow = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// floor makes the status of companies: each has as many active conversations as its number says.
func floor(active map[string]int) *pipeline.Status {
	gauges := schemas.Gauges{}
	for company, n := range active {
		set := func(metric string, value float64, scopes ...string) {
			key := schemas.SampleKey{Metric: metric}
			key.Labels[0] = company
			copy(key.Labels[4:], scopes)
			gauges[key] = value
		}
		set(schemas.MetricActiveToday, float64(n))
		set(schemas.MetricWaitingFirstResponse, 2, schemas.ScopeToday)
		set(schemas.MetricAssignedToday, float64(n-3))
		set(schemas.MetricUnassignedToday, 3)
		set(schemas.MetricOpenToday, 4)
		set(schemas.MetricClosedToday, float64(n-4))
		set(schemas.MetricWaitingReply, 5, "any")
		set(schemas.MetricWaitingOldest, float64(summaryNow.Add(-95*time.Second).Unix()), "any")
	}
	return &pipeline.Status{Partitions: 1, CaughtUp: 1, StoreUp: true, AsOf: schemas.InstantOf(summaryNow), Gauges: gauges}
}

func TestSummary(t *testing.T) {
	f := func(width int, want ...string) {
		t.Helper()
		lines := summaryLines(floor(map[string]int{"acme": 120, "globex": 7}), summaryNow, size{width, 24})
		if diff := cmp.Diff(want, lines[2:]); diff != "" {
			t.Errorf("width %d (-want +got):\n%s", width, diff)
		}
	}
	f(120,
		"company  active  unanswered  assigned  unassigned  open  closed  waiting  longest  online  offline",
		"acme        120           2       117           3     4     116        5    1m35s       0        0",
		"globex        7           2         4           3     4       3        5    1m35s       0        0")
	f(80,
		"company  active  unanswered  unassigned  open  closed  waiting  longest  online",
		"acme        120           2           3     4     116        5    1m35s       0",
		"globex        7           2           3     4       3        5    1m35s       0")
	f(40,
		"company  active  unanswered  waiting",
		"acme        120           2        5",
		"globex        7           2        5")
	f(12, "company  a…", "acme      …", "globex    …")
}

// Whatever the names and the size of the screen, no line is broken and the summary leaves room above it.
func TestSummaryFitsTheScreen(t *testing.T) {
	companies := map[string]int{"\x1b[2Jred\x07": 1, "tab\tnew\nline": 2, "\u202eevil": 3, strings.Repeat("株式会社", 20): 4, strings.Repeat("e\u0301", 90): 5, "": 6, "👩‍👩‍👧": 7}
	for i := range 40 {
		companies[fmt.Sprintf("company-%02d", i)] = 100 + i
	}
	status := floor(companies)
	for width := 1; width <= 200; width++ {
		for _, height := range []int{1, 2, 5, 6, 7, 24, 40, 60} {
			lines := summaryLines(status, summaryNow, size{width, height})
			if len(lines) > max(2, height-roomAbove) {
				t.Fatalf("%d x %d: %d lines", width, height, len(lines))
			}
			for _, line := range lines {
				if cells(line) > max(width-1, 0) || strings.ContainsAny(line, "\x1b\x07\t\n\u202e\u200d") {
					t.Fatalf("%d x %d: line %q of %d cells", width, height, line, cells(line))
				}
			}
		}
	}
}

// The busiest companies are shown in order of their names, the others are summed up.
func TestSummaryOfManyCompanies(t *testing.T) {
	lines := summaryLines(floor(map[string]int{"a": 10, "b": 40, "c": 20, "d": 30, "e": 5}), summaryNow, size{60, roomAbove + 6})
	want := []string{
		"company       active  unanswered  open  waiting  longest",
		"b                 40           2     4        5    1m35s",
		"d                 30           2     4        5    1m35s",
		"… and 3 more      35           6    12       15    1m35s",
	}
	if diff := cmp.Diff(want, lines[2:]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSummaryTitle(t *testing.T) {
	f := func(change func(*pipeline.Status), want string) {
		t.Helper()
		status := floor(nil)
		change(status)
		if got := summaryTitle(status); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f(func(*pipeline.Status) {}, "today, as of "+summaryNow.Local().Format("15:04:05"))
	f(func(s *pipeline.Status) { s.AsOf = 0 }, "today: no events yet")
	f(func(s *pipeline.Status) { s.StoreUp = false }, "today (ClickHouse does not take rows right now; these numbers go on)")
	f(func(s *pipeline.Status) { s.CaughtUp, s.Records, s.Lag = 0, 10, 5 }, "reading the log: 10 records, 5 to go; numbers appear when all is read")
}

func TestDuration(t *testing.T) {
	f := func(d time.Duration, want string) {
		t.Helper()
		if got := duration(d); got != want {
			t.Errorf("%s: got %s, want %s", d, got, want)
		}
	}
	f(-time.Second, "-")
	f(0, "-")
	f(1500*time.Millisecond, "1s")
	f(59*time.Minute+59*time.Second, "59m59s")
	f(time.Hour, "1h00m")
	f(75*time.Hour+5*time.Minute, "75h05m")
}

func TestCut(t *testing.T) {
	f := func(text string, most int, want string) {
		t.Helper()
		if got := cut(text, most); got != want {
			t.Errorf("%q to %d: got %q, want %q", text, most, got, want)
		}
	}
	f("acme", 4, "acme")
	f("acme", 3, "ac…")
	f("acme", 1, "…")
	f("acme", 0, "")
	f("株式会社", 8, "株式会社")
	f("株式会社", 7, "株式会…")
	f("株式会社", 6, "株式…")
	f("e\u0301e\u0301", 2, "e\u0301e\u0301")
}
