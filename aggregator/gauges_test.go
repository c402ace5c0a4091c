package aggregator

import (
	"fmt"
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
)

// Past the cap agents are counted and have no series of their own; the same ones keep theirs.
func TestAgentSeriesAreCapped(t *testing.T) {
	settings := DefaultSettings()
	settings.AgentSeries = 3
	state := New(settings)
	offset := int64(0)
	apply := func(e schemas.Event) {
		e.ID, e.Company, e.OccurredAt = fmt.Sprint("e", offset), testCompany, schemas.Instant(1_700_000_000_000+offset)
		e.Place(offset, e.OccurredAt)
		state.Apply(&e)
		offset++
	}
	for i := range 5 {
		agent := fmt.Sprint("a", i)
		apply(schemas.Event{Type: schemas.TypeAgent, Agent: agent, Action: schemas.ActionStatusChanged, Presence: schemas.PresenceBusy})
		apply(schemas.Event{Type: schemas.TypeMessage, Conversation: "c", MessageID: fmt.Sprint("m", i), AuthorKind: schemas.AuthorHuman, Agent: agent,
			Visibility: schemas.VisibilityPublic, Kind: schemas.KindText})
	}
	counts := map[string]float64{}
	series := map[string]bool{}
	gauges := state.Gauges(1_700_000_000_000 + schemas.Instant(offset))
	AddOutgoing(gauges, state.LastOutgoing())
	CapAgents(gauges, settings)
	for key, value := range gauges {
		counts[key.Metric] += value
		if key.Metric == schemas.MetricAgentState || key.Metric == schemas.MetricAgentLastOutgoing {
			series[key.Metric+" "+key.Labels[1]] = true
		}
	}
	if counts[schemas.MetricAgents] != 5 || counts[schemas.MetricAgentState] != 3 || counts[schemas.MetricAgentsOverflow] != 2 {
		t.Errorf("counts: %v, want 5 agents, 3 with series, 2 over", counts)
	}
	for _, want := range []string{"agent_state a0", "agent_state a2", "agent_last_outgoing_timestamp_seconds a0", "agent_last_outgoing_timestamp_seconds a2"} {
		if !series[want] {
			t.Errorf("no series %s; there are %v", want, series)
		}
	}
	if len(series) != 6 {
		t.Errorf("%d series, want 6: %v", len(series), series)
	}
}
