package gateway

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

// Clients send at once, repeat requests and change bodies under an id, while a secret and a key are replaced by new ones and back, the clock
// goes on, and answers are forgotten: each request gets its own answer, and the log has the events of those that were accepted. Made for
// the race detector.
func TestParallelClients(t *testing.T) {
	b := newBench(t, func(c *Config) {
		c.Limits.EventsPerSecond, c.Limits.EventsAtOnce, c.Limits.RememberedAnswers, c.Limits.Requests = 1e6, 1e6, 50, 1000
	})
	b.gateway.logger = zerolog.Nop()
	var clock, reused atomic.Int64
	clock.Store(now.UnixMilli())
	b.gateway.clock = func() time.Time { return time.UnixMilli(clock.Load()) }
	send := func(path, body string, headers ...string) (int, string) {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		for i := 0; i < len(headers); i += 2 {
			r.Header.Add(headers[i], headers[i+1])
		}
		w := httptest.NewRecorder()
		b.gateway.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	const secret, newKey = "a-new-secret-of-acme", "a-new-key-of-acme-0123456789"
	var clients, others sync.WaitGroup
	done := make(chan struct{})
	others.Go(func() { rotate(b, done, secret, newKey) })
	for client := range 8 {
		clients.Go(func() {
			for i := range 150 {
				clock.Add(100) // two minutes in all, within which signatures are fresh and secrets are read anew twelve times
				id := fmt.Sprintf("e-%d-%d", client, i)
				body := message(id)
				switch i % 3 {
				case 0: // one of the two keys is known at any time
					one, text := send("/v1/events", body, "Authorization", "Bearer "+aKey)
					two, more := send("/v1/events", "["+body+",17]", "Authorization", "Bearer "+newKey)
					if one != 200 && one != 401 || two != 207 && two != 401 || !strings.Contains(text+more, id) && one+two != 802 {
						t.Errorf("%s: %d %s, %d %s", id, one, text, two, more)
					}
				case 1: // the old secret goes on
					headers := signed(oldSecret, id, body, b.gateway.clock())
					one, text := send("/v1/events/desk", body, headers...)
					two, again := send("/v1/events/desk", body, headers...)
					other := signed(oldSecret, id, body+" ", b.gateway.clock())
					three, _ := send("/v1/events/desk", body+" ", other...)
					if one != 200 || two != 200 || text != again || three != 409 && three != 200 { // 200 if the answer was forgotten meanwhile
						t.Errorf("%s: %d %s, %d %s, %d", id, one, text, two, again, three)
					}
					reused.Add(int64(three / 409))
				default:
					if status, text := send("/v1/events/desk", body, signed("none of the secrets", id, body, b.gateway.clock())...); status != 401 {
						t.Errorf("%s: %d %s", id, status, text)
					}
				}
			}
		})
	}
	clients.Wait()
	close(done)
	others.Wait()
	if accepted := b.meter.counts["gateway_events desk"]; len(b.log.records) != int(accepted) || accepted < 500 {
		t.Errorf("%v events were accepted, the log has %d", accepted, len(b.log.records))
	}
	if reused.Load() < 200 {
		t.Errorf("only %d changed bodies were refused", reused.Load())
	}
	if unknown := b.meter.counts["gateway_refusals unknown unknown_key"]; unknown < 200 {
		t.Errorf("only %v requests had the other key", unknown)
	}
	for _, e := range b.log.events(t) {
		if !strings.HasPrefix(e.ID, "e-") || e.Company != "acme" {
			t.Errorf("the log has %+v", e)
		}
	}
}

// rotate replaces the newer secret and the key again and again.
func rotate(b *bench, done <-chan struct{}, secret, newKey string) {
	desk := b.config.Sources[desk]
	for i := 0; ; i++ {
		select {
		case <-done:
			return
		default:
		}
		for path, content := range map[string][2]string{desk.SecretFiles[0]: {aSecret, secret}, desk.APIKeyFiles[0]: {aKey, newKey}} {
			made := path + ".new"
			if err := os.WriteFile(made, bytes.TrimSpace([]byte(content[i%2])), 0o600); err != nil {
				b.t.Error(err)
			}
			if err := os.Rename(made, path); err != nil {
				b.t.Error(err)
			}
		}
		b.gateway.sources.problems(b.gateway.clock())
		time.Sleep(time.Millisecond)
	}
}
