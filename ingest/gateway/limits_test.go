package gateway

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/ingest/producer"
	"github.com/klauspost/compress/zstd"
)

func gzipped(text string) string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return out.String()
}

func zstded(text string) string {
	w, _ := zstd.NewWriter(nil)
	return string(w.EncodeAll([]byte(text), nil))
}

// Bodies that are too large are refused, also those that only become so.
func TestBodyLimits(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Limits.BodyBytes, c.Limits.UnpackedBytes, c.Limits.Events = 2<<10, 4<<10, 3 })
	f := func(what, body, reason string, headers ...string) {
		t.Helper()
		b.want(what, b.withKey(body, headers...), http.StatusRequestEntityTooLarge, reason)
	}
	f("a large body", strings.Repeat(" ", 2<<10+1), ReasonBodyTooLarge)
	f("a gzip bomb", gzipped(strings.Repeat(" ", 500<<10)), ReasonBodyTooLarge, "Content-Encoding", "gzip")
	f("a zstd bomb", zstded(strings.Repeat(" ", 8<<20)), ReasonBodyTooLarge, "Content-Encoding", "zstd")
	f("a long array", "["+strings.Repeat("1,", 3)+"1]", ReasonTooManyEvents)
	f("many lines", strings.Repeat("1\n", 4), ReasonTooManyEvents, "Content-Type", "application/jsonl")
	r := httptest.NewRequest(http.MethodPost, "/v1/events", http.NoBody)
	r.Header.Set("Authorization", "Bearer "+aKey)
	r.ContentLength = 1 << 40
	b.want("a body that says that it is large", b.answer(r), http.StatusRequestEntityTooLarge, ReasonBodyTooLarge)
	r = httptest.NewRequest(http.MethodPost, "/v1/events", strings.NewReader(strings.Repeat(" ", 2<<10+1)))
	r.Header.Set("Authorization", "Bearer "+aKey)
	r.ContentLength = -1
	b.want("a large body that does not say so", b.answer(r), http.StatusRequestEntityTooLarge, ReasonBodyTooLarge)
	if len(b.log.records) > 0 {
		t.Error("the log has events")
	}
}

// never is a body that must not be read.
type never struct{ t *testing.T }

func (n never) Read([]byte) (int, error) {
	n.t.Error("the body was read")
	return 0, io.EOF
}

// Bodies take memory only together, as sent and unpacked, and only of those who at least name a source or have a key.
func TestMemoryOfBodies(t *testing.T) {
	b := newBench(t, func(c *Config) {
		c.Limits.BodyBytes, c.Limits.UnpackedBytes, c.Limits.MemoryBytes = 64<<10, 256<<10, 640<<10
	})
	for path, headers := range map[string][]string{
		"/v1/events": {"Authorization", "Bearer " + aKey + "x"}, "/v1/events/nobody": {"webhook-id", "1"}, "/v1/events/acme-chatwoot": {"webhook-id", "1"},
		"/v1/webhooks/nobody": {"X-Hub-Signature", "1"}, "/v1/webhooks/desk": {"webhook-id", "1"}, "/v1/events/desk": {"X", "1"},
	} {
		r := httptest.NewRequest(http.MethodPost, path, never{t})
		r.Header.Set(headers[0], headers[1])
		if got := b.answer(r); got.status != http.StatusUnauthorized {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	large := gzipped("[" + message("e1") + strings.Repeat(" ", 200<<10) + "]")
	b.want("a large one", b.withKey(large, "Content-Encoding", "gzip"), 200, "")
	b.want("no room for what comes of it", b.held(500<<10, func() reply { return b.withKey(large, "Content-Encoding", "gzip") }), 503, ReasonBusy)
	b.want("room for a small one", b.held(500<<10, func() reply { return b.withKey(message("e1")) }), 200, "")
	b.want("no room for a body", b.held(640<<10, func() reply { return b.withKey(message("e1")) }), 503, ReasonBusy)
	if held := b.gateway.held.Load(); held != 0 {
		t.Errorf("%d bytes are held by nobody", held)
	}
}

// held does something while other bodies hold so many bytes.
func (b *bench) held(bytes int64, do func() reply) reply {
	b.gateway.held.Add(bytes)
	defer b.gateway.held.Add(-bytes)
	return do()
}

// A source that sends too much is told when to come again; others are not touched.
func TestRate(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Limits.EventsPerSecond, c.Limits.EventsAtOnce = 2, 4 })
	two := "[" + message("e1") + "," + message("e2") + "]"
	b.want("first", b.withKey(two), 200, "")
	b.want("second", b.withKey(two), 200, "")
	third := b.withKey(two)
	b.want("third", third, http.StatusTooManyRequests, ReasonRateLimited)
	if got := third.header.Get("Retry-After"); got != "1" {
		t.Errorf("come again after %q", got)
	}
	b.want("another source", b.send("/v1/events", message("e1"), "Authorization", "Bearer "+globexKey), 200, "")
	b.now = b.now.Add(time.Second)
	b.want("a second later", b.withKey(two), 200, "")
	many := "[" + strings.Repeat(message("e1")+",", 9) + message("e2") + "]"
	b.now = b.now.Add(2 * time.Second)
	b.want("more than ever at once", b.withKey(many), 200, "") // it would never be taken otherwise, and the rest is owed
	b.now = b.now.Add(3 * time.Second)
	after := b.withKey(message("e1"))
	b.want("three seconds after it", after, http.StatusTooManyRequests, ReasonRateLimited)
	if got := after.header.Get("Retry-After"); got != "1" {
		t.Errorf("come again after %q", got)
	}
	b.now = b.now.Add(time.Second)
	b.want("four seconds after it", b.withKey(message("e1")), 200, "")
	b.counted("gateway_refusals desk rate_limited", 2)
}

// A request that is refused for what is in it costs its source as much as an event.
func TestRateOfRefused(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Limits.EventsPerSecond, c.Limits.EventsAtOnce = 1, 3 })
	b.want("no array", b.withKey("[1"), 400, "not_json")
	b.want("no gzip", b.withKey("{}", "Content-Encoding", "gzip"), 400, ReasonBadEncoding)
	b.want("no type", b.withKey("{}", "Content-Type", "text/plain"), 415, ReasonBadContentType)
	b.want("an array", b.withKey("[1"), 400, "not_json")
	b.want("the fifth", b.withKey("[1"), http.StatusTooManyRequests, ReasonRateLimited)
}

// More requests at once than there may be are told to come again.
func TestBusy(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Limits.Requests = 1 })
	b.gateway.room <- struct{}{}
	got := b.withKey(message("e1"))
	b.want("one too many", got, http.StatusServiceUnavailable, ReasonBusy)
	if got.header.Get("Retry-After") != "1" {
		t.Error("no Retry-After")
	}
	<-b.gateway.room
	b.want("with room", b.withKey(message("e1")), 200, "")
}

// Nothing is answered with 2xx that Kafka did not take; while it is away, only one request a second waits for it.
func TestKafkaAway(t *testing.T) {
	b := newBench(t, func(c *Config) { c.WaitTimeout = 100 * time.Millisecond })
	b.log.fails = errors.New("no broker answers")
	got := b.withKey(message("e1"))
	b.want("away", got, http.StatusServiceUnavailable, ReasonKafkaAway)
	if got.header.Get("Retry-After") != "1" || !b.gateway.Away() {
		t.Errorf("Retry-After is %q, away is %t", got.header.Get("Retry-After"), b.gateway.Away())
	}
	b.log.fails = nil
	b.want("within the second", b.withKey(message("e1")), http.StatusServiceUnavailable, ReasonKafkaAway)
	if len(b.log.records) > 0 {
		t.Error("a request was tried within the second")
	}
	b.now = b.now.Add(time.Second)
	b.want("a second later", b.withKey(message("e1")), 200, "")
	b.want("at once after that", b.withKey(message("e1")), 200, "")
	if b.gateway.Away() {
		t.Error("still away")
	}
	b.log.fails = producer.ErrBusy
	b.want("no room", b.withKey(message("e1")), http.StatusServiceUnavailable, ReasonKafkaAway)
	if b.gateway.Away() {
		t.Error("no room is no outage")
	}
	b.log.fails, b.log.waits = nil, true
	b.want("no answer", b.withKey(message("e1")), http.StatusServiceUnavailable, ReasonKafkaAway)
	b.now = b.now.Add(time.Second)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(gone, http.MethodPost, "/v1/events", strings.NewReader(message("e1")))
	r.Header.Set("Authorization", "Bearer "+aKey)
	b.want("the sender has gone", b.answer(r), http.StatusServiceUnavailable, ReasonKafkaAway)
}

// A fault is answered and takes nothing down; neither answer nor log tells what was sent.
func TestFault(t *testing.T) {
	b := newBench(t, nil)
	b.gateway.log = nil
	got := b.withKey(message("secret-canary"))
	b.want("a fault", got, http.StatusInternalServerError, ReasonInternal)
	if all := got.text + b.logged.String(); strings.Contains(all, "canary") || !strings.Contains(all, "fault of floorwatch") {
		t.Errorf("told: %s", all)
	}
}

// A new secret needs no restart; files that cannot be read keep what was.
func TestSecretsAreReadAgain(t *testing.T) {
	b := newBench(t, nil)
	path := b.config.Sources[desk].APIKeyFiles[0]
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("another-key-of-acme-0123456789")
	b.want("within ten seconds", b.withKey(message("e1")), 200, "")
	b.now = b.now.Add(secretsAge)
	b.want("the old one", b.withKey(message("e1")), 401, ReasonUnknownKey)
	b.want("the new one", b.send("/v1/events", message("e1"), "Authorization", "bearer another-key-of-acme-0123456789"), 200, "")
	write(globexKey)
	b.now = b.now.Add(secretsAge)
	for range 20 {
		b.want("the key of another company, too", b.send("/v1/events", message("e1"), "Authorization", "Bearer "+globexKey), 401, ReasonUnknownKey)
	}
	write("another-key-of-acme-0123456789")
	b.now = b.now.Add(secretsAge)
	b.want("a key of its own again", b.send("/v1/events", message("e1"), "Authorization", "Bearer another-key-of-acme-0123456789"), 200, "")
	b.want("and the other company", b.send("/v1/events", message("e1"), "Authorization", "Bearer "+globexKey), 200, "")
	write("short")
	b.now = b.now.Add(secretsAge)
	b.want("a file that is wrong", b.send("/v1/events", message("e1"), "Authorization", "bearer another-key-of-acme-0123456789"), 200, "")
	told := map[string]string{}
	logs := func(what, words string, lines int) {
		t.Helper()
		b.logged.Reset()
		b.gateway.tellSecrets(told)
		got := b.logged.String()
		if strings.Count(got, "\n") != lines || !strings.Contains(got, words) || strings.Contains(got, "another-key") {
			t.Errorf("%s: logged %q, want %d lines with %q", what, got, lines, words)
		}
	}
	logs("a file that is wrong", path+": it has 5 bytes", 1)
	logs("still", "", 0)
	write("another-key-of-acme-0123456789")
	b.now = b.now.Add(secretsAge)
	logs("mended", "secrets are read again", 1)
	logs("still mended", "", 0)
}
