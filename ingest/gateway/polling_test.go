package gateway

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// A source that is polled: what comes of it is in the log as that of its webhooks, of its company and with its prefix, also when Kafka
// was away at first. Polling ends with the gateway.
func TestSourceIsPolled(t *testing.T) {
	desk := newStandIn()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { desk.answer(time.Now(), w, r) }))
	t.Cleanup(api.Close)
	b := newBench(t, nil)
	source := b.config.Sources["acme-chatwoot"]
	source.Prefix, source.Account = "cw-", "3"
	source.Poll = PollConfig{URL: api.URL, TokenFile: b.secret("first-token")}
	b = newBench(t, func(c *Config) { c.Sources["acme-chatwoot"] = source })
	b.log.fails = context.DeadlineExceeded
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	b.clock = time.Now
	go func() { ended <- b.gateway.Serve(ctx, listener) }()
	b.until("it is told that polled events wait", func() bool { return b.meter.count("gateway_polls acme-chatwoot not_sent") > 0 })
	b.log.mutex.Lock()
	b.log.fails = nil
	b.log.mutex.Unlock()
	b.until("presence and directory are in the log", func() bool { return b.log.size() >= 7 })
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, e := range b.log.events(t) {
		if e.Company != "acme" {
			t.Errorf("of company %q", e.Company)
		}
		seen[e.Type+" "+e.Agent+e.Presence] = true
	}
	for _, want := range []string{schemas.TypeAgent + " cw-7available", schemas.TypeAgent + " cw-8busy", schemas.TypeDirectory + " cw-7"} {
		if !seen[want] {
			t.Errorf("no %s among %v", want, seen)
		}
	}
	if b.meter.count("gateway_events acme-chatwoot") < 7 || b.meter.count("gateway_polls acme-chatwoot ok") < 3 {
		t.Errorf("counted %v", b.meter.counts)
	}
}

func (b *bench) until(what string, condition func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatalf("waited in vain until %s", what)
		}
	}
}

func (m *meter) count(key string) float64 {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.counts[key]
}

func (l *log) size() int {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return len(l.records)
}
