package prometheus

import (
	"context"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/timestamp"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/tsdb"
)

const (
	step    = 15 * time.Second // between two scrapes, and between two evaluations
	grafana = "http://grafana.example"
)

// ruleFiles are the files of rules, in the order in which they are evaluated here. Prometheus keeps no order among groups.
var ruleFiles = []string{"rules/thresholds.yml", "rules/recorded.yml", "rules/floor.yml", "rules/pipeline.yml"}

// series are scraped values by series. A value is one number that stays, or a list in Prometheus's notation with a value for each
// step, after which the series is gone.
type series map[string]string

// with gives the series with others, which take the place of all of the same metric.
func (s series) with(others series) series {
	out := maps.Clone(s)
	for name := range others {
		maps.DeleteFunc(out, func(other, _ string) bool { return metricOf(other) == metricOf(name) })
	}
	maps.Copy(out, others)
	return out
}

func metricOf(name string) string {
	metric, _, _ := strings.Cut(name, "{")
	return metric
}

// phase is a time in which the same series are scraped.
type phase struct {
	lasts  time.Duration
	series series
}

// alert is one that was active at a step.
type alert struct {
	name        string
	firing      bool // else pending
	labels      labels.Labels
	annotations labels.Labels
}

// evaluate lets Prometheus's engine evaluate an alert, with the recorded rules that it needs, over the phases, and gives what was
// active at each step. Without a name it evaluates all alerts.
func evaluate(t *testing.T, files []string, name string, phases ...phase) [][]alert {
	t.Helper()
	options := tsdb.DefaultOptions()
	options.MinBlockDuration = (30 * 24 * time.Hour).Milliseconds() // all of it stays in memory
	options.MaxBlockDuration = options.MinBlockDuration
	storage, err := tsdb.Open(t.TempDir(), promslog.NewNopLogger(), nil, options, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := storage.Close(); err != nil {
			t.Error(err)
		}
	})
	engine := promql.NewEngine(promql.EngineOpts{Timeout: time.Minute, MaxSamples: 1e7, LookbackDelta: 5 * time.Minute})
	manager := &rules.ManagerOptions{
		QueryFunc: rules.EngineQueryFunc(engine, storage), Context: t.Context(), Appendable: storage, Queryable: storage,
		NotifyFunc: func(context.Context, string, ...*rules.Alert) {},
	}
	group := rules.NewGroup(rules.GroupOptions{Interval: step, Rules: neededBy(name, load(t, manager, files)), Opts: manager})
	var steps [][]alert
	var before []string
	now := timestamp.Time(0)
	for _, p := range phases {
		for range int(p.lasts / step) {
			before = scrape(t, storage, p.series, before, len(steps), now)
			group.Eval(t.Context(), now)
			steps = append(steps, active(t, group))
			now = now.Add(step)
		}
	}
	return steps
}

// load reads the rules in the order of the files.
func load(t *testing.T, options *rules.ManagerOptions, files []string) []rules.Rule {
	t.Helper()
	groups, errs := rules.NewManager(options).LoadGroups(step, labels.FromStrings("grafana", grafana), "", nil, false, files...)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	var loaded []rules.Rule
	for _, file := range files {
		for _, group := range groups {
			if group.File() == file {
				loaded = append(loaded, group.Rules()...)
			}
		}
	}
	return loaded
}

// neededBy leaves out what an alert does not need, because evaluating all rules takes long.
func neededBy(name string, loaded []rules.Rule) []rules.Rule {
	if name == "" {
		return loaded
	}
	var kept []rules.Rule
	var text strings.Builder // of all that is kept
	for _, rule := range slices.Backward(loaded) {
		_, isAlert := rule.(*rules.AlertingRule)
		if isAlert && rule.Name() != name || !isAlert && !strings.Contains(text.String(), family(rule.Name())) {
			continue
		}
		kept = append(kept, rule)
		text.WriteString(rule.String())
	}
	slices.Reverse(kept)
	return kept
}

// family is the name of a rule, or of all thresholds together, since one alert counts them.
func family(name string) string {
	if strings.HasPrefix(name, "floorwatch:threshold:") {
		return "floorwatch:threshold:"
	}
	return name
}

// scrape stores the values of a step, and gives the series that have one. A series that is there no more gets the mark with which
// Prometheus ends it.
func scrape(t *testing.T, storage *tsdb.DB, of series, before []string, index int, now time.Time) []string {
	t.Helper()
	appender := storage.Appender(t.Context())
	add := func(name string, v float64) {
		metric, _, err := read.ParseSeriesDesc(name + " 0")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := appender.Append(0, metric, timestamp.FromTime(now), v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	var there []string
	for name, text := range of {
		_, values, err := read.ParseSeriesDesc(name + " " + text)
		if err != nil {
			t.Fatalf("%s %s: %v", name, text, err)
		}
		at := index
		if len(values) == 1 {
			at = 0
		}
		if at < len(values) && !values[at].Omitted {
			add(name, values[at].Value)
			there = append(there, name)
		}
	}
	for _, name := range before {
		if !slices.Contains(there, name) {
			add(name, math.Float64frombits(value.StaleNaN))
		}
	}
	if err := appender.Commit(); err != nil {
		t.Fatal(err)
	}
	return there
}

var read = parser.NewParser(parser.Options{})

// active gives the alerts of the step that was evaluated.
func active(t *testing.T, group *rules.Group) []alert {
	t.Helper()
	for _, rule := range group.Rules() {
		if err := rule.LastError(); err != nil {
			t.Fatalf("%s: %v", rule.Name(), err)
		}
	}
	var found []alert
	for _, rule := range group.AlertingRules() {
		for _, a := range rule.ActiveAlerts() {
			found = append(found, alert{rule.Name(), a.State == rules.StateFiring, a.Labels, a.Annotations})
		}
	}
	return found
}
