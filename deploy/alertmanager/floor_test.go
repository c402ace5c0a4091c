package alertmanager

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/exporter/prometheus"
	"github.com/floorwatch/floorwatch/schemas"
)

// floor is the service without Kafka and ClickHouse, its fold and its /metrics, and beside them what the receivers were told.
type floor struct {
	mutex    sync.Mutex
	state    *aggregator.State
	exporter *prometheus.Exporter
	events   int64
	lag      float64
	messages []message
}

// message is what Alertmanager sends to a webhook.
type message struct {
	Status, Receiver string
	Alerts           []struct {
		Status              string
		Labels, Annotations map[string]string
	}
}

func newFloor() *floor {
	return &floor{state: aggregator.New(aggregator.DefaultSettings()), exporter: prometheus.New(prometheus.Build{Version: "v", GoVersion: "go", ZoneVersion: "z"})}
}

// tell lets an event of acme happen now; it is written as producers write it, without what all have in common.
func (f *floor) tell(t *testing.T, fields string) {
	t.Helper()
	f.mutex.Lock()
	defer f.mutex.Unlock()
	now := time.Now()
	text := fmt.Sprintf(`{"schema_version": 1, "event_id": "e%d", "company": "acme", "occurred_at": %q, %s}`, f.events, now.UTC().Format(time.RFC3339Nano), fields)
	event, err := schemas.DecodeEvent([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	event.Place(f.events, schemas.InstantOf(now))
	f.state.Apply(&event)
	f.events++
}

// fallBehind makes so many records wait to be read.
func (f *floor) fallBehind(records float64) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.lag = records
}

// ServeHTTP shows the metrics of now to who asks, as the pipeline publishes them for its one partition, and takes what receivers are told.
func (f *floor) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if request.Method == http.MethodGet {
		gauges := f.state.Gauges(schemas.InstantOf(time.Now()))
		gauges[schemas.Sample(schemas.MetricPartitions)], gauges[schemas.Sample(schemas.MetricPartitionsCaughtUp)] = 1, 1
		gauges[schemas.Sample(schemas.MetricLag, "0")] = f.lag
		f.exporter.Publish(gauges)
		f.exporter.Handler().ServeHTTP(answer, request)
		return
	}
	var m message
	if err := json.NewDecoder(request.Body).Decode(&m); err != nil {
		http.Error(answer, err.Error(), http.StatusBadRequest)
		return
	}
	f.messages = append(f.messages, m)
}

// told gives the messages to a receiver.
func (f *floor) told(receiver string) []message {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	var found []message
	for _, m := range f.messages {
		if m.Receiver == receiver {
			found = append(found, m)
		}
	}
	return found
}
