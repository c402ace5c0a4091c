package schemas

// Kinds of a metric.
const (
	KindGauge     = "gauge"
	KindCounter   = "counter"
	KindHistogram = "histogram"
	KindColumn    = "column" // in ClickHouse only
)

// Surfaces of a metric: the floor that operations heads watch, or the pipeline that on-call staff keep running.
const (
	SurfaceFloor    = "floor"
	SurfacePipeline = "pipeline"
)

// Merges: how the values of several partitions make one.
const (
	MergeSum = "sum"
	MergeMin = "min"
	MergeMax = "max"
)

// Metric is one row of the dictionary: the only place where a number that a user sees is defined. Prometheus, tables, docs and
// boards follow it or are checked against it.
type Metric struct {
	Key     string   // stem of every name, unit last: first_response_seconds
	Kind    string   // KindGauge, KindCounter, KindHistogram or KindColumn
	Unit    string   // seconds, timestamp_seconds, records, rows, bytes, or "" for things that are counted
	Surface string   // SurfaceFloor or SurfacePipeline
	Labels  []string // Prometheus labels, in the order in which values are given
	Merge   string   // of a gauge
	Columns []string // "view.column" or "table.column" in ClickHouse that holds the same number
	Means   string   // one sentence: the definition
	Notes   string   // what is left out, and the edges
	Source  string   // rule of docs/rules.md that it rests on most, "" for the pipeline's own
}

// PrometheusName is the metric's public name there, "" if it has none.
func (m *Metric) PrometheusName() string {
	if m.Kind == KindColumn {
		return ""
	}
	name := "floorwatch_" + m.Key
	if m.Kind == KindCounter {
		name += "_total"
	}
	return name
}

// ResponseBuckets are the upper edges, in seconds, of histograms of response times (metric definitions, R14).
var ResponseBuckets = []float64{5, 10, 15, 20, 25, 30, 45, 60, 90, 120, 180, 240, 300, 600, 900, 1800, 3600, 14400, 28800, 86400}

// LagBuckets are the values of the label lag_bucket: how late an event was at most.
var LagBuckets = []string{"1h", "24h", "72h", "more"}

var metricsByKey = byKey(Metrics)

func byKey(metrics []Metric) map[string]*Metric {
	index := make(map[string]*Metric, len(metrics))
	for i := range metrics {
		index[metrics[i].Key] = &metrics[i]
	}
	return index
}

// FindMetric gives the dictionary's row of a key. It panics on a key that is not there: a number without a definition is a bug.
func FindMetric(key string) *Metric {
	if m := metricsByKey[key]; m != nil {
		return m
	}
	panic("BUG: no metric " + key + " in the dictionary")
}

// MaxLabels is the largest number of labels of any metric.
const MaxLabels = 8

// SampleKey identifies a gauge's value: the metric and its label values in the dictionary's order.
type SampleKey struct {
	Metric string
	Labels [MaxLabels]string
}

// Sample makes the key of a gauge's value.
func Sample(metric string, labels ...string) SampleKey {
	key := SampleKey{Metric: metric}
	copy(key.Labels[:], labels)
	return key
}

// Gauges are the values of gauges at one instant.
type Gauges map[SampleKey]float64

// Add counts value into a sample, by the merge that the dictionary has for the metric.
func (g Gauges) Add(key SampleKey, value float64) {
	old, ok := g[key]
	if !ok {
		g[key] = value
		return
	}
	switch FindMetric(key.Metric).Merge {
	case MergeSum:
		g[key] = old + value
	case MergeMin:
		g[key] = min(old, value)
	case MergeMax:
		g[key] = max(old, value)
	}
}
