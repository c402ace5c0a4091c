package prometheus

import (
	"slices"
	"testing"
	"time"
)

// trial is one alert and the worlds in which it must fire and must not.
type trial struct {
	alert   string
	labels  string        // of the one alert that fires, beside service, scope, severity and mutes
	after   time.Duration // that the condition takes to be true and to last as long as it must
	ends    time.Duration // that it may take to end, if longer than usual
	above   series        // what it fires at
	below   series        // what is just not enough
	summary string
	link    string // behind the address of Grafana
	own     bool   // it is about the pipeline itself: a bad picture does not silence it
}

const (
	billing = `company="acme",team="billing",channel="web",queue="q1"`
	lasting = 16 * time.Minute
)

// fine is a floor on which everything is well: one instance with all partitions, agents there, events coming.
var fine = series{
	`floorwatch_partitions{job="floorwatch",instance="a"}`:                                                               "12",
	`floorwatch_partitions_caught_up{job="floorwatch",instance="a"}`:                                                     "12",
	`floorwatch_watermark_timestamp_seconds{job="floorwatch",instance="a"}`:                                              "0+15x600",
	`floorwatch_lag_records{job="floorwatch",instance="a",partition="0"}`:                                                "0",
	`floorwatch_clickhouse_up{job="floorwatch",instance="a"}`:                                                            "1",
	`floorwatch_rollups_due{job="floorwatch",instance="a"}`:                                                              "0",
	`floorwatch_conversations_unreadable{job="floorwatch",instance="a"}`:                                                 "0",
	`floorwatch_flush_failures_total{job="floorwatch",instance="a"}`:                                                     "0",
	`floorwatch_events_total{job="floorwatch",instance="a",type="message"}`:                                              "0+30x600",
	`floorwatch_agents{job="floorwatch",instance="a",company="acme",state="available"}`:                                  "2",
	`floorwatch_agents{job="floorwatch",instance="a",company="acme",state="offline"}`:                                    "3",
	`floorwatch_agent_state{job="floorwatch",instance="a",company="acme",agent="ann",state="available"}`:                 "1",
	`floorwatch_agent_state{job="floorwatch",instance="a",company="acme",agent="ben",state="busy"}`:                      "1",
	`floorwatch_agent_conversations{job="floorwatch",instance="a",company="acme",agent="ben"}`:                           "1",
	`floorwatch_conversations_waiting_reply{job="floorwatch",instance="a",` + billing + `,for="any",stage="first"}`:      "1",
	`floorwatch_waiting_oldest_timestamp_seconds{job="floorwatch",instance="a",` + billing + `,for="any",stage="first"}`: "-10+15x600",
	`floorwatch_conversations_backlog{job="floorwatch",instance="a",` + billing + `,owner_kind=""}`:                      "1",
	`floorwatch_conversations_backlog{job="floorwatch",instance="a",` + billing + `,owner_kind="human"}`:                 "400",
	`prometheus_rule_evaluation_failures_total{job="prometheus",instance="p"}`:                                           "0",
	`up{job="floorwatch",instance="a"}`:                                                                                  "1",
	`up{job="floorwatch-gateway",instance="g"}`:                                                                          "1",
}

// run holds an alert to its four worlds: it fires, stays silent just below, ends when all is well again, and does not rise
// while the picture is partial or doubled.
func (trial trial) run(t *testing.T) {
	t.Helper()
	steps := evaluate(t, ruleFiles, trial.alert, phase{lasting, fine.with(trial.above)}, phase{max(lasting, trial.ends), fine})
	first := slices.IndexFunc(steps, func(active []alert) bool { return len(firing(active, trial.alert)) > 0 })
	if first < 0 {
		t.Fatalf("never fires; pending or firing after %s: %v", lasting, steps[int(lasting/step)-1])
	}
	if at := time.Duration(first) * step; at < trial.after || at > trial.after+2*step {
		t.Errorf("fires after %s, want %s", at, trial.after)
	}
	found := firing(steps[int(lasting/step)-1], trial.alert)
	if len(found) != 1 {
		t.Fatalf("%d of it fire at last, want 1: %v", len(found), found)
	}
	if got := ownLabels(found[0]); got != trial.labels {
		t.Errorf("labels are %s, want %s", got, trial.labels)
	}
	if got := found[0].annotations.Get("dashboard_url"); got != grafana+trial.link {
		t.Errorf("the link is\n%s, want\n%s", got, grafana+trial.link)
	}
	at := firing(steps[first], trial.alert)[0]
	if got := at.annotations.Get("summary"); got != trial.summary {
		t.Errorf("the summary is\n%s, want\n%s", got, trial.summary)
	}
	if last := steps[len(steps)-1]; len(named(last, trial.alert)) > 0 {
		t.Errorf("does not end: %v", last)
	}
	for i, active := range evaluate(t, ruleFiles, trial.alert, phase{lasting, fine.with(trial.below)}) {
		if found := firing(active, trial.alert); len(found) > 0 {
			t.Fatalf("%s just below: %v", time.Duration(i)*step, found)
		}
	}
	if trial.own {
		return
	}
	for _, caughtUp := range []string{"11", "13"} {
		bad := series{`floorwatch_partitions_caught_up{job="floorwatch",instance="a"}`: caughtUp}
		for i, active := range evaluate(t, ruleFiles, trial.alert, phase{lasting, fine.with(trial.above).with(bad)}) {
			if found := named(active, trial.alert); len(found) > 0 {
				t.Fatalf("%s with %s of 12 partitions caught up: %v", time.Duration(i)*step, caughtUp, found)
			}
		}
	}
}

func named(active []alert, name string) []alert {
	return slices.DeleteFunc(slices.Clone(active), func(a alert) bool { return a.name != name })
}

func firing(active []alert, name string) []alert {
	return slices.DeleteFunc(named(active, name), func(a alert) bool { return !a.firing })
}

// ownLabels are those that tell alerts of one rule apart.
func ownLabels(a alert) string {
	return a.labels.MatchLabels(false, "alertname", "service", "scope", "severity", "mutes").String()
}

// A floor on which everything is well has one alert, the one that always fires.
func TestAllIsWell(t *testing.T) {
	for i, active := range evaluate(t, ruleFiles, "", phase{2 * lasting, fine}) {
		if len(active) != 1 || active[0].name != "Watchdog" || !active[0].firing {
			t.Fatalf("after %s: %v", time.Duration(i)*step, active)
		}
	}
}
