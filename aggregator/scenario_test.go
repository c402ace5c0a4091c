package aggregator

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/floorwatch/floorwatch/aggregator/scenariotest"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
)

// A scenario (testdata/*.day) is a day on the floor in plain lines; testdata/README.md explains them. Each is told three times: in
// order, where every expectation is checked at its place; and reversed and shuffled with every event twice, where the rows at the end
// must be the same.
func TestScenarios(t *testing.T) {
	for _, story := range scenariotest.Read(t, "testdata") {
		t.Run(story.File+"/"+story.Title, func(t *testing.T) { newScenario(t, story).tell() })
	}
}

const testCompany = scenariotest.Company

// onlyInSQL are the kinds of expectations that the fold does not answer: what joins conversations of an agent, and what counts messages, is
// a view.
var onlyInSQL = []string{"concurrency", "messages"}

// scenario is one story: its events in the order told, and the state that they have led to so far.
type scenario struct {
	scenariotest.Story
	t        *testing.T
	settings Settings
	state    *State
	rows     *tables
	events   []schemas.Event
}

func newScenario(t *testing.T, story scenariotest.Story) *scenario {
	settings := DefaultSettings()
	settings.Versions = story.Versions
	return &scenario{Story: story, t: t, settings: settings, state: New(settings), rows: newTable()}
}

// tell plays the story and then the same events in other orders.
func (s *scenario) tell() {
	for i := range s.Steps {
		if step := &s.Steps[i]; step.Event != nil {
			s.apply(*step.Event)
		} else if !slices.Contains(onlyInSQL, step.Expect.Kind) {
			s.Compare(s.t, step, s.find(step.Expect))
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{"reversed", "shuffled"} {
		order := append(append([]schemas.Event{}, s.events...), s.events...)
		if name == "reversed" {
			for i := range s.events {
				order[i] = s.events[len(s.events)-1-i]
			}
		} else {
			random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		}
		if diff := cmp.Diff(s.rows.view(), foldAll(s.settings, order, 1+random.IntN(5)).view(), cmp.AllowUnexported(tables{})); diff != "" {
			s.t.Errorf("%s with every event twice, the rows differ (-told +%s):\n%s", name, name, diff)
		}
	}
}

// foldAll folds the events at offsets 0, 1, …, and writes rows after every few of them.
func foldAll(settings Settings, events []schemas.Event, every int) *tables {
	state, rows := New(settings), newTable()
	for i := range events {
		events[i].Place(int64(i), events[i].AppendedAt)
		state.Apply(&events[i])
		if i%every == 0 {
			rows.add(state.Rows())
		}
	}
	rows.add(state.Rows())
	return rows
}

// apply folds an event as the log has it.
func (s *scenario) apply(e schemas.Event) {
	value, err := schemas.EncodeEvent(&e)
	if err != nil {
		s.t.Fatal(err)
	}
	decoded, err := schemas.DecodeEvent(value)
	if err != nil {
		s.t.Fatalf("%s: %v", value, err)
	}
	appended := decoded.OccurredAt
	if n := len(s.events); n > 0 {
		appended = max(appended, s.events[n-1].AppendedAt) // told late
	}
	decoded.Place(int64(len(s.events)), appended)
	s.state.Apply(&decoded)
	s.events = append(s.events, decoded)
	s.rows.add(s.state.Rows())
}
