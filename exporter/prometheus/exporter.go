package prometheus

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// latencyBuckets are the upper edges, in seconds, of the pipeline's own histograms.
var latencyBuckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 1.5, 2.5, 5, 10, 30, 60}

// Exporter holds the families. Its methods may be called from anywhere.
type Exporter struct {
	registry   *prometheus.Registry
	counters   map[string]*prometheus.CounterVec
	histograms map[string]*prometheus.HistogramVec
	gauges     gauges
}

// New makes the families of the whole dictionary.
func New(build Build) *Exporter {
	e := &Exporter{
		registry: prometheus.NewPedanticRegistry(), counters: map[string]*prometheus.CounterVec{},
		histograms: map[string]*prometheus.HistogramVec{}, gauges: gauges{build: build, descriptions: map[string]*prometheus.Desc{}},
	}
	for i := range schemas.Metrics {
		e.add(&schemas.Metrics[i])
	}
	e.registry.MustRegister(&e.gauges, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return e
}

// Build is what build_info tells.
type Build struct{ Version, GoVersion, ZoneVersion string }

// Native histograms have the grid of the rollups (docs/rules.md R14), schema 5: each bucket is 2^(1/32) times as wide as the one before, so
// that its middle is at most 1.1 % away from what is in it. From 0.1 s to 3 days there are 683 buckets; those without a sample cost nothing.
const (
	gridFactor  = 1.022 // the finest grid below this factor is taken
	gridBuckets = 700
)

func (e *Exporter) add(m *schemas.Metric) {
	name := m.PrometheusName()
	switch m.Kind {
	case schemas.KindCounter:
		e.counters[m.Key] = prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: m.Means}, m.Labels)
		e.registry.MustRegister(e.counters[m.Key])
		for _, values := range startingValues(m) { // shown as 0 from the start, so that the first one is an increase
			e.counters[m.Key].WithLabelValues(values...)
		}
	case schemas.KindHistogram:
		buckets := schemas.ResponseBuckets
		if m.Surface == schemas.SurfacePipeline {
			buckets = latencyBuckets
		}
		e.histograms[m.Key] = prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: name, Help: m.Means, Buckets: buckets,
			NativeHistogramBucketFactor: gridFactor, NativeHistogramMaxBucketNumber: gridBuckets, NativeHistogramMinResetDuration: time.Hour,
		}, m.Labels)
		e.registry.MustRegister(e.histograms[m.Key])
	case schemas.KindGauge:
		e.gauges.descriptions[m.Key] = prometheus.NewDesc(name, m.Means, m.Labels, nil)
	}
}

// startingValues are the label values of a counter that are known before anything is counted.
func startingValues(m *schemas.Metric) [][]string {
	var known []string
	switch m.Key {
	case schemas.MetricRejects:
		known = schemas.Reasons
	case schemas.MetricEvents:
		known = schemas.EventTypes
	case schemas.MetricLateEvents:
		known = schemas.LagBuckets
	default:
		if len(m.Labels) == 0 {
			return [][]string{{}}
		}
	}
	var values [][]string
	for _, value := range known {
		values = append(values, []string{value})
	}
	return values
}

// Count adds to a counter of the dictionary.
func (e *Exporter) Count(metric string, n float64, labels ...string) {
	counter, ok := e.counters[metric]
	if !ok {
		panic("BUG: no counter " + metric + " in the dictionary")
	}
	counter.WithLabelValues(labels...).Add(n)
}

// Observe gives a histogram of the dictionary a sample.
func (e *Exporter) Observe(sample schemas.Observation) {
	histogram, ok := e.histograms[sample.Metric]
	if !ok {
		panic("BUG: no histogram " + sample.Metric + " in the dictionary")
	}
	histogram.WithLabelValues(sample.Labels...).Observe(sample.Value)
}

// Publish replaces all gauges. The map must not be changed afterwards.
func (e *Exporter) Publish(values schemas.Gauges) { e.gauges.values.Store(&values) }

// Handler serves the families in the formats that Prometheus asks for.
func (e *Exporter) Handler() http.Handler {
	return promhttp.HandlerFor(e.registry, promhttp.HandlerOpts{EnableOpenMetrics: true, Registry: e.registry})
}

// Gatherer gives the families to tests.
func (e *Exporter) Gatherer() prometheus.Gatherer { return e.registry }

// gauges shows the values that were published last: a picture of one moment.
type gauges struct {
	build        Build
	descriptions map[string]*prometheus.Desc
	values       atomic.Pointer[schemas.Gauges]
}

// Describe tells every gauge of the dictionary, whether it has values or not.
func (g *gauges) Describe(descriptions chan<- *prometheus.Desc) {
	for _, description := range g.descriptions {
		descriptions <- description
	}
}

// Collect gives the values.
func (g *gauges) Collect(metrics chan<- prometheus.Metric) {
	metrics <- prometheus.MustNewConstMetric(g.descriptions[schemas.MetricBuildInfo], prometheus.GaugeValue, 1,
		g.build.Version, g.build.GoVersion, g.build.ZoneVersion)
	values := g.values.Load()
	if values == nil {
		return
	}
	for key, value := range *values {
		m := schemas.FindMetric(key.Metric)
		metric, err := prometheus.NewConstMetric(g.descriptions[key.Metric], prometheus.GaugeValue, value, key.Labels[:len(m.Labels)]...)
		if err != nil {
			metric = prometheus.NewInvalidMetric(g.descriptions[key.Metric], fmt.Errorf("show %s: %w", key.Metric, err))
		}
		metrics <- metric
	}
}
