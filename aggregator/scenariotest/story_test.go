package scenariotest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseRefuses(t *testing.T) {
	f := func(body, want string) {
		t.Helper()
		if _, err := parse(body, 2); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want an error with %q", body, err, want)
		}
	}
	f("0 customer", "the story expects nothing")
	f("0 custumer\nnow 1 active=1", "line 2: 0 custumer: not understood")
	f("9:99 customer\nnow 1 active=1", `no time: "9:99"`)
	f("0 customer\nnow 1 active", "line 3: now 1 active")
	f("0 customer\nepisode 1", "a row has values, and none has none")
	f("0 customer\nno episode 1 state=open", "a row has values, and none has none")
	f("0 customer\nno luck", `not understood: "luck"`)
	f("zone Europe/Atlantis\nnow 1 active=1", "Europe/Atlantis")
	f("hours Mon 25:00-26:00\nnow 1 active=1", "25:00")
}

func TestSpread(t *testing.T) {
	f := func(durations []float64, fields string, want map[string]string) {
		t.Helper()
		var expected []Field
		for _, name := range strings.Fields(fields) {
			expected = append(expected, Field{Name: name})
		}
		if diff := cmp.Diff(want, Spread(durations, expected)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", durations, diff)
		}
	}
	f([]float64{31, 90000, 671, 3665}, "n sum mean p50 p90 max", map[string]string{"n": "4", "sum": "94367", "mean": "23591.75", "p50": "671", "p90": "90000", "max": "90000"})
	f([]float64{3599, 3600}, "..3600 3600.. 0..14400 le3600 le3599.5", map[string]string{"..3600": "1", "3600..": "1", "0..14400": "2", "le3600": "2", "le3599.5": "1"})
	f(nil, "n mean p50 max 0..1", map[string]string{"n": "0", "mean": "-", "p50": "-", "max": "-", "0..1": "0"})
}
