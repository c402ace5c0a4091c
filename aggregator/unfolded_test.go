package aggregator

import (
	"encoding/json"
	"io/fs"
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
)

// Kinds that no number reads yet are accepted and change nothing: no row, no sample, no agent or conversation that was not there.
func TestKindsThatNothingReads(t *testing.T) {
	unfolded, offset := 0, int64(0)
	for _, eventType := range schemas.EventTypes {
		text, err := fs.ReadFile(schemas.EventSchemas(), eventType+".schema.json")
		if err != nil {
			t.Fatal(err)
		}
		var schema struct{ Examples []json.RawMessage }
		if err := json.Unmarshal(text, &schema); err != nil {
			t.Fatal(err)
		}
		for _, example := range schema.Examples {
			event, err := schemas.DecodeEvent(example)
			if err != nil {
				t.Fatal(err)
			}
			if event.Folds() {
				continue
			}
			state := New(DefaultSettings())
			before := state.Gauges(event.OccurredAt)
			event.Place(offset, event.OccurredAt)
			outcome := state.Apply(&event)
			if !outcome.Accepted || outcome.Touched || len(outcome.Observations) > 0 || outcome.Duplicate || outcome.Ignored {
				t.Errorf("%s: %+v, want accepted and nothing else", example, outcome)
			}
			if rows, _ := state.Cut(0); len(rows) > 0 {
				t.Errorf("%s: %d states are due, want none", example, len(rows))
			}
			if diff := cmp.Diff(before, state.Gauges(event.OccurredAt)); diff != "" {
				t.Errorf("%s: gauges (-before +after)\n%s", example, diff)
			}
			unfolded++
			offset++
		}
	}
	if unfolded < len(schemas.Statuses)/2 {
		t.Errorf("only %d such examples", unfolded)
	}
}
