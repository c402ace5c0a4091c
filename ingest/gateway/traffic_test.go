package gateway

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
)

// Everything that the document says is answered, and nothing else is: each status at each path, each reason of each status. The examples
// of answers are answers.
func TestTrafficIsAsDocumented(t *testing.T) {
	f := newTraffic(t)
	for _, path := range []string{"/v1/events", "/v1/events/desk"} {
		f.bothEvents(path)
	}
	f.eachReason()
	f.signedEvents()
	f.webhooks()
	f.document()
	f.troubled()
	c := contractOf(t)
	answered, reasons := map[string]bool{}, map[string]bool{}
	for path, operations := range c.at("paths").(map[string]any) {
		for _, method := range []string{"get", "post"} {
			operation, _ := operations.(map[string]any)[method].(map[string]any)
			statuses, _ := operation["responses"].(map[string]any)
			for status := range statuses {
				answered[path+" "+status] = true
				place := []string{"paths", path, method, "responses", status, "content", "application/problem+json"}
				all, _ := c.at(append(place, "schema", "allOf")...).([]any)
				if len(all) == 2 {
					for _, reason := range valueAt(all[1], []string{"properties", "reason", "enum"}).([]any) {
						reasons[status+" "+reason.(string)] = true
					}
				}
				f.examplesAre(status, c.examples(place...))
				f.examplesAre(status, c.examples("paths", path, method, "responses", status, "content", "application/json"))
			}
		}
	}
	for _, reason := range c.at("components", "schemas", "EventReason", "enum").([]any) {
		reasons["rejected "+reason.(string)] = true
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(answered)), slices.Sorted(maps.Keys(f.answered))); diff != "" {
		t.Errorf("statuses (-documented +answered):\n%s", diff)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(reasons)), slices.Sorted(maps.Keys(f.reasons))); diff != "" {
		t.Errorf("reasons (-documented +answered):\n%s", diff)
	}
}

func (f *traffic) examplesAre(status string, examples map[string]any) {
	for name, example := range examples {
		var value any
		if err := json.Unmarshal([]byte(encoded(f.t, example)), &value); err != nil {
			f.t.Fatal(err)
		}
		if !slices.ContainsFunc(f.bodies[status], func(body any) bool { return cmp.Equal(body, value) }) {
			f.t.Errorf("the example %s is no answer with %s of the gateway: %s", name, status, encoded(f.t, example))
		}
	}
}

// bothEvents are answers that a key gets at both addresses of events.
func (f *traffic) bothEvents(path string) {
	key := []string{"Authorization", "Bearer " + aKey}
	post := func(body string, status int, reason string, headers ...string) {
		f.t.Helper()
		f.post(path, body, status, reason, slices.Concat(key, headers)...)
	}
	wrong := strings.Replace(message("e2"), `"in"`, `"sideways"`, 1)
	post(message("e1"), 200, "")
	post("["+message("e1")+","+message("e2")+"]", 200, "")
	post(message("e1")+"\n"+message("e2")+"\n", 200, "", "Content-Type", "application/x-ndjson")
	post(gzipped(message("e1")), 200, "", "Content-Encoding", "gzip")
	post(zstded(message("e1")), 200, "", "Content-Encoding", "zstd")
	post(strings.Replace(message("e1"), `"event_id":"e1",`, "", 1), 200, "", "ce-specversion", "1.0", "ce-id", "e1", "ce-source", "/desk", "ce-type", "floorwatch.message")
	post("["+message("e1")+","+wrong+"]", 207, "")
	post("", 400, schemas.ReasonEmpty)
	f.post(path, message("e1"), 401, ReasonUnknownKey, "Authorization", "Bearer another-key-of-nobody-at-all")
	post(strings.Replace(message("e1"), "{", `{"company":"globex",`, 1), 403, ReasonWrongCompany)
	f.request(httptest.NewRequest(http.MethodGet, path, http.NoBody), 405, ReasonMethodNotAllowed)
	post(strings.Repeat(" ", MaxBodyBytes+1), 413, ReasonBodyTooLarge)
	post("["+strings.Repeat("1,", 1000)+"1]", 413, ReasonTooManyEvents)
	post("<a/>", 415, ReasonBadContentType, "Content-Type", "application/xml")
	post(wrong, 422, schemas.ReasonInvalidField)
	post("[17, 18]", 422, ReasonEventsRefused)
}

// eachReason has the answers that differ by what is in the body.
func (f *traffic) eachReason() {
	post := func(body string, status int, reason string, headers ...string) {
		f.t.Helper()
		f.post("/v1/events", body, status, reason, append([]string{"Authorization", "Bearer " + aKey}, headers...)...)
	}
	with := func(members string) string { return strings.Replace(message("e1"), "{", "{"+members+",", 1) }
	at := func(day string) string { return strings.Replace(message("e1"), "2026-11-22T", day, 1) }
	post(strings.Replace(message("e1"), "e1", "e1\xff", 1), 400, schemas.ReasonNotUTF8)
	post("{", 400, schemas.ReasonNotJSON)
	post("\x00\x00\x00\x00\x01\x00abc", 400, schemas.ReasonNotJSON) // as a record of the log may begin
	post("17", 400, schemas.ReasonNotObject)
	post(with(`"x":`+strings.Repeat("[", 20)+strings.Repeat("]", 20)), 400, schemas.ReasonTooDeep)
	post("x", 400, ReasonBadEncoding, "Content-Encoding", "gzip")
	broken := httptest.NewRequest(http.MethodPost, "/v1/events", io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF)))
	broken.Header.Set("Authorization", "Bearer "+aKey)
	f.request(broken, 400, ReasonBodyNotRead)
	f.post("/v1/events", message("e1"), 401, ReasonNoCredential)
	f.post("/v1/events", message("e1"), 401, ReasonUnknownSource, signed(aSecret, "m1", message("e1"), f.now)...)
	post(message("e1"), 403, ReasonBackfillRefused, backfillHeader, "true")
	post(with(`"x":"`+strings.Repeat("x", schemas.MaxEventBytes)+`"`), 413, schemas.ReasonTooLarge)
	post("x", 415, ReasonBadEncoding, "Content-Encoding", "br")
	post(with(`"type":"status"`), 422, schemas.ReasonDuplicateName)
	post(with(`"Company":"globex"`), 422, schemas.ReasonAmbiguousName)
	post(`{"specversion":"0.3","id":"e1","source":"/desk","type":"x","data":`+message("e1")+`}`, 422, schemas.ReasonInvalidEnvelope, "Content-Type", schemas.StructuredContentType)
	post(strings.Replace(message("e1"), `n":1`, `n":2`, 1), 422, schemas.ReasonUnknownVersion)
	post(strings.Replace(message("e1"), `"message"`, `"massage"`, 1), 422, schemas.ReasonUnknownType)
	post(at("2026-11-12T"), 422, schemas.ReasonOccurredTooEarly)
	post(at("2026-11-23T"), 422, schemas.ReasonOccurredInFuture)
	f.post("/v1/events", at("1999-11-22T"), 422, schemas.ReasonTimeOutOfRange, "Authorization", "Bearer "+historyKey, backfillHeader, "true")
	f.post("/v1/events", at("2020-11-22T"), 200, "", "Authorization", "Bearer "+historyKey, backfillHeader, "true")
}

// signedEvents are answers that a signature gets.
func (f *traffic) signedEvents() {
	post := func(path, secret, id, body string, at time.Time, status int, reason string) {
		f.t.Helper()
		f.post(path, body, status, reason, signed(secret, id, body, at)...)
	}
	post("/v1/events/desk", aSecret, "m1", message("e1"), f.now, 200, "")
	post("/v1/events/desk", aSecret, "m1", message("e2"), f.now, 409, ReasonIDReused)
	post("/v1/events/desk", "another secret", "m2", message("e1"), f.now, 401, ReasonWrongSignature)
	post("/v1/events/desk", aSecret, "m3", message("e1"), f.now.Add(-time.Hour), 401, ReasonStale)
	post("/v1/events/globex-desk", aSecret, "m4", message("e1"), f.now, 401, ReasonNoSecret)
	f.post("/v1/events/desk", message("e1"), 401, ReasonNotSigned, "webhook-id", "m5")
	f.post("/v1/events/No-Name", message("e1"), 404, ReasonNotFound)
}

// webhooks are answers that Chatwoot gets.
func (f *traffic) webhooks() {
	const path = "/v1/webhooks/acme-chatwoot"
	post := func(body string, status int, reason string, headers ...string) {
		f.t.Helper()
		f.post(path, body, status, reason, slices.Concat(chatwootSigned(f.t, body, f.now), headers)...)
	}
	bodies := fixtures(f.t, chatwoot)
	post(string(bodies["message_customer"]), 200, "")
	post(string(bodies["ignored_typing"]), 200, "")
	kafka := f.gateway.log
	f.gateway.log = picky{kafka}
	post(string(bodies["labels"]), 207, "")
	f.gateway.log = kafka
	post("17", 400, schemas.ReasonNotObject)
	f.post(path, "{}", 401, ReasonNotSigned)
	post(strings.Replace(string(bodies["message_customer"]), `"id": 3,`, `"id": 4,`, 1), 403, ReasonWrongAccount)
	f.post("/v1/webhooks/No-Name", "{}", 404, ReasonNotFound)
	f.request(httptest.NewRequest(http.MethodPut, path, http.NoBody), 405, ReasonMethodNotAllowed)
	post(strings.Repeat(" ", MaxBodyBytes+1), 413, ReasonBodyTooLarge)
	post("x", 415, ReasonBadEncoding, "Content-Encoding", "br")
	post("{}", 422, schemas.ReasonInvalidField)
	v, good := genuine(f.t, "zendesk")
	f.now = v.At
	sign := func(body string) []string {
		at := good.header.Get("X-Zendesk-Webhook-Signature-Timestamp")
		mac := hmac.New(sha256.New, []byte(v.Secret))
		mac.Write([]byte(at + body))
		return []string{"X-Zendesk-Webhook-Signature-Timestamp", at, "X-Zendesk-Webhook-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil))}
	}
	f.post("/v1/webhooks/acme-zendesk", string(good.body), 200, "", sign(string(good.body))...)
	f.post("/v1/webhooks/acme-zendesk", string(good.body)+" ", 409, ReasonIDReused, sign(string(good.body)+" ")...)
	f.now = now
}

// document is what those get who read it.
func (f *traffic) document() {
	got := f.request(httptest.NewRequest(http.MethodGet, documentPath, http.NoBody), 200, "")
	if got.text != string(document) {
		f.t.Error("the document is another one")
	}
	f.post(documentPath, "{}", 405, ReasonMethodNotAllowed)
}

// troubled are answers of a gateway that cannot do its work, at each address.
func (f *traffic) troubled() {
	send := map[string]func(status int, reason string){
		"/v1/events":      func(s int, r string) { f.post("/v1/events", message("e1"), s, r, "Authorization", "Bearer "+aKey) },
		"/v1/events/desk": func(s int, r string) { f.post("/v1/events/desk", message("e1"), s, r, "Authorization", "Bearer "+aKey) },
		"/v1/webhooks/acme-chatwoot": func(s int, r string) {
			body := string(fixtures(f.t, chatwoot)["message_note"])
			f.post("/v1/webhooks/acme-chatwoot", body, s, r, chatwootSigned(f.t, body, f.now)...)
		},
	}
	for range cap(f.gateway.room) {
		f.gateway.room <- struct{}{}
	}
	send["/v1/events"](503, ReasonBusy)
	f.request(httptest.NewRequest(http.MethodGet, documentPath, http.NoBody), 503, ReasonBusy)
	for range cap(f.gateway.room) {
		<-f.gateway.room
	}
	for _, path := range slices.Sorted(maps.Keys(send)) {
		f.log.fails = context.DeadlineExceeded
		send[path](503, ReasonKafkaAway)
		f.now, f.log.fails = f.now.Add(2*time.Second), nil
		f.gateway.privacy = lost{}
		send[path](503, ReasonNotProtected)
		f.gateway.privacy = nil
		send[path](500, ReasonInternal)
		f.gateway.privacy = openly{}
		s := f.gateway.sources[strings.TrimPrefix(strings.TrimPrefix(path, "/v1/webhooks/"), "/v1/events/")]
		if s == nil {
			s = f.gateway.sources[desk]
		}
		s.rate.ReserveN(f.now, s.rate.Burst())
		send[path](429, ReasonRateLimited)
		f.now = f.now.Add(time.Minute)
	}
}
