package main

import (
	"fmt"
	"net/http"
	"time"
)

// handler serves the numbers and the health. It is there before ClickHouse and Kafka are.
func (svc *service) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", svc.exporter.Handler())
	mux.HandleFunc("GET /healthz/live", func(w http.ResponseWriter, _ *http.Request) {
		if p := svc.pipeline.Load(); p != nil {
			status := p.Status()
			if age := time.Since(status.At.Time()); status.At != 0 && age > 30*time.Second {
				http.Error(w, fmt.Sprintf("stuck: nothing was published for %s", age.Round(time.Second)), http.StatusServiceUnavailable)
				return
			}
		}
		fmt.Fprintln(w, "alive")
	})
	mux.HandleFunc("GET /healthz/ready", func(w http.ResponseWriter, _ *http.Request) {
		p := svc.pipeline.Load()
		if p == nil {
			http.Error(w, "starting: waiting for ClickHouse or Kafka", http.StatusServiceUnavailable)
			return
		}
		status := p.Status()
		if !status.Ready() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		fmt.Fprintf(w, "partitions caught up: %d of %d that are ours, of %d; records to read: %d; ClickHouse takes rows: %t\n",
			status.CaughtUp, status.Owned, status.Partitions, status.Lag, status.StoreUp)
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "floorwatch "+buildVersion()+"\n\n/metrics\n/healthz/live\n/healthz/ready")
	})
	return mux
}
