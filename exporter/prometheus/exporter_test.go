package prometheus

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
)

// full is an exporter in which every family of the dictionary has a value.
func full(t *testing.T) *Exporter {
	t.Helper()
	e := New(Build{"v1", "go1", "2026f"})
	gauges := schemas.Gauges{}
	for i := range schemas.Metrics {
		m := &schemas.Metrics[i]
		values := make([]string, len(m.Labels))
		for j := range values {
			values[j] = fmt.Sprint("value", j)
		}
		switch m.Kind {
		case schemas.KindCounter:
			e.Count(m.Key, 1, values...)
		case schemas.KindHistogram:
			e.Observe(schemas.Observation{Metric: m.Key, Labels: values, Value: 1})
		case schemas.KindGauge:
			if m.Key == schemas.MetricBuildInfo {
				continue
			}
			key := schemas.SampleKey{Metric: m.Key}
			copy(key.Labels[:], values)
			gauges[key] = 1
		}
	}
	e.Publish(gauges)
	return e
}

// families gathers the project's own families by name. The registry is pedantic: what it gathers must fit what was described.
func families(t *testing.T, e *Exporter) map[string]*dto.MetricFamily {
	t.Helper()
	gathered, err := e.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*dto.MetricFamily{}
	for _, family := range gathered {
		if strings.HasPrefix(family.GetName(), "floorwatch_") {
			out[family.GetName()] = family
		}
	}
	return out
}

// Prometheus shows the dictionary: the same names, kinds, labels and definitions, both ways.
func TestFamiliesAreTheDictionary(t *testing.T) {
	got := families(t, full(t))
	kinds := map[string]dto.MetricType{schemas.KindCounter: dto.MetricType_COUNTER, schemas.KindGauge: dto.MetricType_GAUGE, schemas.KindHistogram: dto.MetricType_HISTOGRAM}
	for i := range schemas.Metrics {
		m := &schemas.Metrics[i]
		if m.Kind == schemas.KindColumn {
			continue
		}
		family := got[m.PrometheusName()]
		if family == nil {
			t.Errorf("%s is in the dictionary and not in Prometheus", m.PrometheusName())
			continue
		}
		delete(got, m.PrometheusName())
		if family.GetType() != kinds[m.Kind] || family.GetHelp() != m.Means {
			t.Errorf("%s is a %v with help %q", m.PrometheusName(), family.GetType(), family.GetHelp())
		}
		var labels []string
		for _, pair := range family.GetMetric()[0].GetLabel() {
			labels = append(labels, pair.GetName())
		}
		want := slices.Sorted(slices.Values(m.Labels))
		if diff := cmp.Diff(want, labels); diff != "" {
			t.Errorf("%s: labels (-dictionary +Prometheus):\n%s", m.PrometheusName(), diff)
		}
	}
	for name := range got {
		t.Errorf("%s is in Prometheus and not in the dictionary", name)
	}
}

func TestFamiliesPassTheLinter(t *testing.T) {
	problems, err := testutil.GatherAndLint(full(t).Gatherer())
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		if strings.HasPrefix(problem.Metric, "floorwatch_") {
			t.Errorf("%s: %s", problem.Metric, problem.Text)
		}
	}
}

// V25: an upper edge belongs to its bucket.
func TestBucketEdges(t *testing.T) {
	e := New(Build{})
	labels := []string{"acme", "", "web", "human", "new"}
	for _, seconds := range []float64{3599, 3600, 86400} {
		e.Observe(schemas.Observation{Metric: schemas.MetricFirstResponse, Labels: labels, Value: seconds})
	}
	histogram := families(t, e)["floorwatch_first_response_seconds"].GetMetric()[0].GetHistogram()
	got := map[float64]uint64{}
	for _, bucket := range histogram.GetBucket() {
		got[bucket.GetUpperBound()] = bucket.GetCumulativeCount()
	}
	if got[1800] != 0 || got[3600] != 2 || got[86400] != 3 {
		t.Errorf("buckets: %v, want none up to 1800, two up to 3600, all up to 86400", got)
	}
	if schema, spans := histogram.GetSchema(), len(histogram.GetPositiveSpan()); schema != 5 || spans == 0 {
		t.Errorf("native histogram of schema %d with %d spans, want that of the rollups: 5", schema, spans)
	}
}

func TestPublishReplacesAllGauges(t *testing.T) {
	e := New(Build{})
	key := schemas.SampleKey{Metric: schemas.MetricActiveToday, Labels: [schemas.MaxLabels]string{"acme"}}
	e.Publish(schemas.Gauges{key: 7})
	if got := testutil.CollectAndCount(&e.gauges, "floorwatch_conversations_active_today"); got != 1 {
		t.Errorf("%d series, want 1", got)
	}
	e.Publish(schemas.Gauges{})
	if got := testutil.CollectAndCount(&e.gauges, "floorwatch_conversations_active_today"); got != 0 {
		t.Errorf("%d series after they went away, want 0", got)
	}
}

// A company may be called anything; the text that Prometheus reads stays whole.
func TestHostileLabelValues(t *testing.T) {
	e := New(Build{})
	for _, name := range []string{"a\"b\\c", "日本", "\u202e", "{}", "a b"} {
		e.Publish(schemas.Gauges{schemas.SampleKey{Metric: schemas.MetricActiveToday, Labels: [schemas.MaxLabels]string{name}}: 1})
		recorder := httptest.NewRecorder()
		e.Handler().ServeHTTP(recorder, httptest.NewRequest("GET", "/metrics", nil))
		if recorder.Code != 200 || !strings.Contains(recorder.Body.String(), "floorwatch_conversations_active_today{") {
			t.Errorf("company %q: status %d", name, recorder.Code)
		}
	}
}

func TestUnknownNamesAreBugs(t *testing.T) {
	for name, call := range map[string]func(*Exporter){
		"counter":   func(e *Exporter) { e.Count("no_such_thing", 1) },
		"histogram": func(e *Exporter) { e.Observe(schemas.Observation{Metric: "no_such_thing"}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if problem := fmt.Sprint(recover()); !strings.HasPrefix(problem, "BUG: ") {
					t.Errorf("recovered %s", problem)
				}
			}()
			call(New(Build{}))
		})
	}
}
