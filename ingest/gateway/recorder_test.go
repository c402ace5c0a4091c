package gateway

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/ingest/producer"
	"github.com/floorwatch/floorwatch/mask"
	"github.com/floorwatch/floorwatch/schemas"
)

// traffic is what came and went on a bench.
type traffic struct {
	*bench
	answered map[string]bool  // "/v1/events 207"
	reasons  map[string]bool  // "422 invalid_field", and of events "rejected invalid_field"
	bodies   map[string][]any // by status
}

func newTraffic(t *testing.T) *traffic {
	b := newBench(t, func(c *Config) {
		c.Sources["history"] = SourceConfig{Company: "acme", Backfill: true, APIKeyFiles: []string{(&bench{t: t}).secret(historyKey)}}
		chatwoot := c.Sources["acme-chatwoot"]
		chatwoot.Account = "3"
		c.Sources["acme-chatwoot"] = chatwoot
	})
	return &traffic{bench: b, answered: map[string]bool{}, reasons: map[string]bool{}, bodies: map[string][]any{}}
}

const historyKey = "key-of-history-0123456789abc"

// post sends a request, holds both sides against the document and notes what was answered.
func (f *traffic) post(path, body string, status int, reason string, headers ...string) {
	f.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	got := f.request(r, status, reason)
	single := status == 200 && len(got.Events) == 1 || status == 422 && reason == schemas.ReasonInvalidField
	if strings.HasPrefix(path, "/v1/webhooks/") || r.Header.Get("Content-Encoding") != "" || !(status == 200 || single) {
		return
	}
	contentType := "application/json"
	if told := r.Header.Get("Content-Type"); told != "" {
		contentType = told
	}
	if err := contractOf(f.t).checkBody(path, contentType, []byte(body)); (err == nil) != (status == 200) {
		f.t.Errorf("the gateway answers %d to %s; the document says: %v", status, body, err)
	}
}

func (f *traffic) request(r *http.Request, status int, reason string) reply {
	f.t.Helper()
	got := f.answer(r)
	f.want(r.Method+" "+r.URL.Path, got, status, reason)
	f.answered[template(r.URL.Path)+" "+strconv.Itoa(status)] = true
	if reason != "" {
		f.reasons[strconv.Itoa(status)+" "+reason] = true
	}
	for _, v := range got.Events {
		if v.Reason != "" {
			f.reasons["rejected "+v.Reason] = true
		}
	}
	var value any
	if err := json.Unmarshal([]byte(got.text), &value); err != nil {
		f.t.Fatal(err)
	}
	f.bodies[strconv.Itoa(status)] = append(f.bodies[strconv.Itoa(status)], value)
	return got
}

// picky is a log that cannot write one kind of event.
type picky struct{ Log }

func (l picky) Encode(e *schemas.Event, backfill bool) (producer.Record, error) {
	if e.Status == "tagged" {
		return producer.Record{}, &schemas.Reject{Reason: schemas.ReasonTooLarge, Detail: "too large"}
	}
	return l.Log.Encode(e, backfill)
}

// lost has no keys for pseudonyms.
type lost struct{}

func (l lost) ProtectContact(e *schemas.Event, now time.Time) (mask.Counts, error) {
	return l.Protect(e, now)
}

func (lost) Protect(*schemas.Event, time.Time) (mask.Counts, error) { return nil, errors.New("no key") }

// chatwootSigned gives the headers of a webhook of Chatwoot.
func chatwootSigned(t *testing.T, body string, at time.Time) []string {
	v, _ := vectorOf(t, "chatwoot")
	mac := hmac.New(sha256.New, []byte(v.Secret))
	fmt.Fprintf(mac, "%d.%s", at.Unix(), body)
	return []string{"X-Chatwoot-Timestamp", fmt.Sprint(at.Unix()), "X-Chatwoot-Signature", fmt.Sprintf("sha256=%x", mac.Sum(nil))}
}
