package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/ingest/producer"
	"github.com/floorwatch/floorwatch/mask"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
)

// now is when the tests' requests come.
var now = time.Date(2026, 11, 22, 9, 31, 0, 0, time.UTC)

const (
	aKey       = "key-of-acme-0123456789abcdef"
	globexKey  = "key-of-globex-0123456789abcd"
	aSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	oldSecret  = "the-old-secret-of-acme"
	desk       = "desk" // acme's own desk, with a key and a secret
	globexDesk = "globex-desk"
)

// log is a log in memory that can be away.
type log struct {
	producer.Producer // encodes

	mutex   sync.Mutex
	records []producer.Record
	fails   error
	waits   bool // until the context ends
}

func (l *log) Deliver(ctx context.Context, records []producer.Record) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.waits {
		<-ctx.Done()
		return ctx.Err()
	}
	if l.fails == nil {
		l.records = append(l.records, records...)
	}
	return l.fails
}

// events are those that the log has.
func (l *log) events(t *testing.T) []schemas.Event {
	t.Helper()
	var events []schemas.Event
	for _, r := range l.records {
		e, err := schemas.DecodeEvent(r.Value())
		if err != nil {
			t.Fatal(err)
		}
		if string(r.Key()) != e.Key() {
			t.Errorf("the key is %s, want %s", r.Key(), e.Key())
		}
		events = append(events, e)
	}
	return events
}

// openly protects nothing: what masking does is tested where it is.
type openly struct{}

func (openly) Protect(*schemas.Event, time.Time) (mask.Counts, error) { return nil, nil }

func (openly) ProtectContact(e *schemas.Event, _ time.Time) (mask.Counts, error) {
	e.Conversation = "pseudonym"
	return nil, nil
}

// meter counts.
type meter struct {
	mutex  sync.Mutex
	counts map[string]float64
}

func (m *meter) Count(metric string, n float64, labels ...string) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.counts[strings.Join(append([]string{metric}, labels...), " ")] += n
}

func (m *meter) Observe(sample schemas.Observation) { m.Count(sample.Metric, 1, sample.Labels...) }

// bench is a gateway on a test's bench.
type bench struct {
	t       *testing.T
	gateway *Gateway
	log     *log
	meter   *meter
	now     time.Time
	clock   func() time.Time // tells now
	logged  strings.Builder
	config  Config
}

// newBench makes a gateway that knows acme's and globex's desks and an account of each vendor.
func newBench(t *testing.T, change func(*Config)) *bench {
	t.Helper()
	b := &bench{t: t, log: &log{}, meter: &meter{counts: map[string]float64{}}, now: now, config: DefaultConfig()}
	b.config.Sources = map[string]SourceConfig{
		desk:       {Company: "acme", SecretFiles: []string{b.secret(aSecret), b.secret(oldSecret)}, APIKeyFiles: []string{b.secret(aKey)}},
		globexDesk: {Company: "globex", APIKeyFiles: []string{b.secret(globexKey)}},
	}
	for _, adapter := range Adapters {
		v, _ := vectorOf(t, adapter.Name)
		b.config.Sources["acme-"+adapter.Name] = SourceConfig{Company: "acme", Kind: adapter.Name, SecretFiles: []string{b.secret(v.Secret)}}
	}
	if change != nil {
		change(&b.config)
	}
	if err := b.config.Validate(); err != nil {
		t.Fatal(err)
	}
	b.clock = func() time.Time { return b.now }
	var err error
	b.gateway, err = New(b.config, Parts{
		Log: b.log, Privacy: openly{}, Meter: b.meter, Clock: func() time.Time { return b.clock() }, Horizon: 72 * time.Hour, Logger: zerolog.New(&b.logged),
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// secret writes a file with a secret.
func (b *bench) secret(content string) string {
	b.t.Helper()
	file, err := os.CreateTemp(b.t.TempDir(), "secret")
	if err != nil {
		b.t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString(content + "\n"); err != nil {
		b.t.Fatal(err)
	}
	return filepath.Clean(file.Name())
}

// reply is an answer as a client reads it.
type reply struct {
	status int
	header http.Header
	text   string
	Type   string
	Title  string
	Status int
	Reason string
	Detail string
	verdicts
}

// send sends a request; headers are pairs.
func (b *bench) send(path, body string, headers ...string) reply {
	b.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return b.answer(r)
}

func (b *bench) answer(r *http.Request) reply {
	b.t.Helper()
	w := httptest.NewRecorder()
	b.gateway.ServeHTTP(w, r)
	got := reply{status: w.Code, header: w.Header(), text: w.Body.String()}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		b.t.Fatalf("the answer is not JSON: %v: %s", err, w.Body)
	}
	if problem := strings.HasPrefix(w.Header().Get("Content-Type"), "application/problem+json"); problem != (w.Code >= 300) || problem && (got.Status != w.Code || got.Title == "" || got.Detail == "") {
		b.t.Errorf("the answer is %d %s %s", w.Code, w.Header(), w.Body)
	}
	if err := contractOf(b.t).checkAnswer(r, got.status, got.header, w.Body.Bytes()); err != nil {
		b.t.Errorf("%v: %s", err, got.text)
	}
	return got
}

// withKey sends events with acme's API key.
func (b *bench) withKey(body string, headers ...string) reply {
	b.t.Helper()
	return b.send("/v1/events", body, append([]string{"Authorization", "Bearer " + aKey}, headers...)...)
}

// message is a customer's message of these ids, a minute ago.
func message(id string) string {
	return fmt.Sprintf(`{"schema_version":1,"type":"message","event_id":%q,"occurred_at":"2026-11-22T09:30:00Z","conversation_id":"c1","message_id":%q,`+
		`"direction":"in","author_kind":"customer","customer_id":"u1","text_length":5}`, id, "m-"+id)
}

// want checks a reply in short: the status and, of a refusal, the reason.
func (b *bench) want(what string, got reply, status int, reason string) {
	b.t.Helper()
	if got.status != status || got.Reason != reason {
		b.t.Errorf("%s: %d %q, want %d %q: %s", what, got.status, got.Reason, status, reason, got.text)
	}
}

func (b *bench) counted(key string, want float64) {
	b.t.Helper()
	if got := b.meter.counts[key]; got != want {
		b.t.Errorf("%s is %v, want %v; counted: %v", key, got, want, b.meter.counts)
	}
}
