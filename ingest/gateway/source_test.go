package gateway

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/floorwatch/floorwatch/schemas/datatest"
)

// signed gives the headers of Standard Webhooks.
func signed(secret, id, body string, at time.Time) []string {
	key := []byte(secret)
	if encoded, ok := strings.CutPrefix(secret, "whsec_"); ok {
		key, _ = base64.StdEncoding.DecodeString(encoded)
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.%s", id, at.Unix(), body)
	return []string{"webhook-id", id, "webhook-timestamp", fmt.Sprint(at.Unix()), "webhook-signature", "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))}
}

// Who proves who it is, is believed; both secrets of a rotation are.
func TestCredentials(t *testing.T) {
	b := newBench(t, nil)
	f := func(what, path string, headers []string, status int, reason string) {
		t.Helper()
		before := len(b.log.records)
		b.want(what, b.send(path, message("e1"), headers...), status, reason)
		if status != 200 && len(b.log.records) > before {
			t.Errorf("%s: the log has it", what)
		}
	}
	key := func(key string) []string { return []string{"Authorization", "Bearer " + key} }
	f("a key", "/v1/events", key(aKey), 200, "")
	f("a key and the name of its source", "/v1/events/desk", key(aKey), 200, "")
	f("a key at another source", "/v1/events/globex-desk", key(aKey), 401, ReasonUnknownKey)
	f("another key", "/v1/events", key("key-of-acme-0123456789abcdeF"), 401, ReasonUnknownKey)
	f("half of a key", "/v1/events", key(aKey[:20]), 401, ReasonUnknownKey)
	f("an empty key", "/v1/events", key(""), 401, ReasonNoCredential)
	f("two keys", "/v1/events", append(key(aKey), key(globexKey)...), 401, ReasonNoCredential)
	f("a secret as a key", "/v1/events", key(aSecret), 401, ReasonUnknownKey)
	f("another scheme", "/v1/events", []string{"Authorization", "Basic " + aKey}, 401, ReasonNoCredential)
	f("nothing", "/v1/events", nil, 401, ReasonNoCredential)
	f("a key at a source of a vendor", "/v1/webhooks/acme-chatwoot", key(aKey), 401, ReasonNotSigned)
	f("the new secret", "/v1/events/desk", signed(aSecret, "m1", message("e1"), b.now), 200, "")
	f("the old secret", "/v1/events/desk", signed(oldSecret, "m2", message("e1"), b.now), 200, "")
	f("signed, without the source", "/v1/events", signed(aSecret, "m3", message("e1"), b.now), 401, ReasonUnknownSource)
	f("signed, at another's source", "/v1/events/globex-desk", signed(aSecret, "m4", message("e1"), b.now), 401, ReasonNoSecret)
	f("signed, at no source", "/v1/events/nobody", signed(aSecret, "m5", message("e1"), b.now), 401, ReasonUnknownSource)
	f("signed, at a vendor's source", "/v1/events/acme-chatwoot", signed(aSecret, "m6", message("e1"), b.now), 401, ReasonUnknownSource)
	f("signed as nobody does, with a key", "/v1/events/desk", append(key(aKey), "webhook-id", "m7"), 401, ReasonNotSigned)
	f("a vendor's webhook at our desk", "/v1/webhooks/desk", signed(aSecret, "m8", message("e1"), b.now), 401, ReasonUnknownSource)
	f("at the edge of the window", "/v1/events/desk", signed(aSecret, "m9", message("e1"), b.now.Add(-SignatureWindow)), 200, "")
	f("stale", "/v1/events/desk", signed(aSecret, "m10", message("e1"), b.now.Add(-SignatureWindow-time.Second)), 401, ReasonStale)
	f("from the future", "/v1/events/desk", signed(aSecret, "m11", message("e1"), b.now.Add(SignatureWindow+time.Second)), 401, ReasonStale)
	binary := []string{"ce-specversion", "1.0", "ce-id", "e1", "ce-source", "/desk", "ce-type", "floorwatch.message"}
	f("a CloudEvent, whose attributes are not signed", "/v1/events/desk", append(signed(aSecret, "m12", message("e1"), b.now), binary...), 401, ReasonNotSigned)
	f("the same with a key", "/v1/events/desk", append(key(aKey), binary...), 200, "")
	b.counted("gateway_refusals desk stale", 2)
	b.counted("gateway_refusals unknown no_credential", 4)
	for _, secret := range []string{aKey, aSecret, oldSecret, globexKey} {
		if strings.Contains(b.logged.String(), secret) || strings.Contains(fmt.Sprintf("%+v %v", b.gateway.sources[desk], b.gateway.sources[desk].secrets), secret) {
			t.Error("a secret is told")
		}
	}
}

// A request that comes again gets the answer of before without work; the id of one with another body is refused.
func TestRepeats(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Limits.RememberedAnswers = 4 })
	two := "[" + message("e1") + ",17]"
	first := b.send("/v1/events/desk", two, signed(aSecret, "m1", two, b.now)...)
	b.want("first", first, 207, "")
	b.now = b.now.Add(time.Minute)
	again := b.send("/v1/events/desk", two, signed(aSecret, "m1", two, b.now)...)
	b.want("again", again, 207, "")
	if again.text != first.text || len(b.log.records) != 1 {
		t.Errorf("first %s, again %s, %d records", first.text, again.text, len(b.log.records))
	}
	b.counted("gateway_repeats desk", 1)
	b.want("changed", b.send("/v1/events/desk", message("e2"), signed(aSecret, "m1", message("e2"), b.now)...), 409, ReasonIDReused)
	b.want("of another source", b.send("/v1/events/desk", message("e2"), signed(aSecret, "other", message("e2"), b.now)...), 200, "")
	for i := range 10 { // more than are remembered: the work is done again, and changes nothing
		id := fmt.Sprint("many", i)
		b.want(id, b.send("/v1/events/desk", message("e3"), signed(aSecret, id, message("e3"), b.now)...), 200, "")
	}
	if n := len(b.gateway.repeats.current) + len(b.gateway.repeats.earlier); n > 4 {
		t.Errorf("%d answers are remembered, want 4 at most", n)
	}
	b.want("forgotten", b.send("/v1/events/desk", two, signed(aSecret, "m1", two, b.now)...), 207, "")
	b.log.fails = fmt.Errorf("away")
	b.want("not taken", b.send("/v1/events/desk", two, signed(aSecret, "m2", two, b.now)...), 503, ReasonKafkaAway)
	b.log.fails, b.now = nil, b.now.Add(time.Second)
	b.want("a refusal is not remembered", b.send("/v1/events/desk", two, signed(aSecret, "m2", two, b.now)...), 207, "")
}

// forgedOverHTTP is how many requests the gateway must refuse as a whole.
const forgedOverHTTP = 12_000

// Forged, stale and replayed requests, changed ones, and those that speak for another company, through the whole front: every one is
// refused and the log has nothing of it, while the good ones between them are taken.
func TestForgedOverHTTP(t *testing.T) {
	b := &bench{t: t}
	globexSecret := []string{b.secret("secret-of-globex")}
	b = newBench(t, func(c *Config) {
		c.Limits.EventsPerSecond, c.Limits.EventsAtOnce = 1e6, 1e6
		c.Sources["acme-standard"], c.Sources["globex-standard"] = c.Sources[desk], SourceConfig{Company: "globex", SecretFiles: globexSecret}
		delete(c.Sources, desk)
		for _, adapter := range Adapters {
			c.Sources["globex-"+adapter.Name] = SourceConfig{Company: "globex", Kind: adapter.Name, SecretFiles: globexSecret}
		}
	})
	random := rand.New(rand.NewPCG(5, 2026))
	ways := []func(*rand.Rand, *forgery) string{changedBody, changedSignature, otherBody, strippedHeader, stale, movedTime, otherSecret}
	names := slices.Sorted(maps.Keys(verifiers()))
	refused := map[string]int{}
	for total := 0; total < forgedOverHTTP; {
		name := names[random.IntN(len(names))]
		v, good := genuine(t, name)
		f := forgery{now: v.At, request: request{header: maps.Clone(good.header), body: slices.Clone(good.body)}}
		way := ways[random.IntN(len(ways))](random, &f)
		source := "acme-" + name
		if way == "" {
			continue
		}
		if f.secrets != nil {
			source = "globex-" + name
		}
		b.now = f.now
		got := b.post(source, f.request)
		if got.status != http.StatusUnauthorized {
			t.Fatalf("%s to %s although %s: %d %s", name, source, way, got.status, got.text)
		}
		total++
		refused[way]++
		if total%500 == 0 {
			taken := len(b.log.records)
			b.now = v.At
			if got := b.post("acme-"+name, good); got.status != 200 || got.Accepted == 0 {
				t.Fatalf("the good request of %s: %d %s", name, got.status, got.text)
			}
			b.log.records = b.log.records[:taken]
		}
		if len(b.log.records) > 0 {
			t.Fatalf("%s although %s: the log has %v", name, way, b.log.events(t))
		}
	}
	for _, way := range []string{"a byte of the body is another", "the secret is another company's", "the signature is another", "the body is another's", "a header is missing", "it is stale", "its time is another"} {
		if refused[way] < 500 {
			t.Errorf("%s: only %d requests", way, refused[way])
		}
	}
	t.Logf("refused: %v", refused)
}

// genuine is a good request to a source of a kind; that of Standard Webhooks has an event of ours.
func genuine(t *testing.T, name string) (vector, request) {
	v, r := vectorOf(t, name)
	if name == "standard" {
		v.At = now
		r.body = []byte(message("e1"))
		headers := signed(aSecret, "m1", message("e1"), v.At)
		for i := 0; i < len(headers); i += 2 {
			r.header.Set(headers[i], headers[i+1])
		}
	}
	return v, r
}

// post sends a request to where its source sends.
func (b *bench) post(source string, request request) reply {
	path := "/v1/webhooks/" + source
	if s := b.gateway.sources[source]; s.adapter == nil {
		path = "/v1/events/" + source
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(string(request.body)))
	maps.Copy(r.Header, request.header)
	return b.answer(r)
}

// An event never gets into another company, wherever it names it and whatever else is in the body.
func TestWrongCompany(t *testing.T) {
	b := newBench(t, nil)
	named := func(company string) string {
		return strings.Replace(message("e1"), "{", fmt.Sprintf(`{"company":%q,`, company), 1)
	}
	for _, company := range []string{"globex", "ACME", "acme ", "acmé", "acme\u200b", "ac\u006d\u0065x"} {
		b.want("one of "+company, b.withKey(named(company)), 403, ReasonWrongCompany)
		got := b.withKey("[" + named(company) + "," + message("e2") + "]")
		if b.want("a batch with "+company, got, 207, ""); got.Events[0].Reason != ReasonWrongCompany {
			t.Errorf("%s", got.text)
		}
		envelope := `{"specversion":"1.0","id":"e1","source":"/` + company + `","type":"floorwatch.message","data":` + named(company) + `}`
		b.want("an envelope of "+company, b.withKey(envelope, "Content-Type", "application/cloudevents+json"), 403, ReasonWrongCompany)
		b.want("signed by "+company, b.send("/v1/events/desk", named(company), signed(aSecret, company, named(company), b.now)...), 403, ReasonWrongCompany)
	}
	for _, e := range b.log.events(t) {
		if e.Company != "acme" {
			t.Errorf("the log has %+v", e)
		}
	}
	// A vendor's body cannot name a company at all; one of another account is refused.
	config := b.config.Sources["acme-chatwoot"]
	config.Account = "not this one"
	v, good := vectorOf(t, "chatwoot")
	b = newBench(t, func(c *Config) { c.Sources["acme-chatwoot"] = config })
	b.now = v.At
	b.want("another account", b.post("acme-chatwoot", good), 403, ReasonWrongAccount)
}

// Hostile files, as a body and as an event in a batch: each is answered with 4xx and a verdict, and none is taken.
func TestHostileBodies(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Limits.EventsPerSecond, c.Limits.EventsAtOnce = 1e6, 1e6 })
	refused := func(what string, got reply) {
		t.Helper()
		if got.status < 400 || got.status > 499 || got.Reason == "" || got.Detail == "" || len(b.log.records) > 0 {
			t.Errorf("%s: %d %s; %d records", what, got.status, got.text, len(b.log.records))
		}
	}
	suite := datatest.JSONTestSuite(t)
	for name, content := range suite {
		for _, contentType := range []string{"application/json", "application/x-ndjson", schemas.StructuredContentType, batchedContentType} {
			refused(name+" as "+contentType, b.withKey(string(content), "Content-Type", contentType))
			refused(name+" in an array, as "+contentType, b.withKey("["+string(content)+"]", "Content-Type", contentType))
		}
	}
	for _, naughty := range datatest.NaughtyStrings(t) {
		refused(naughty, b.withKey(naughty))
		refused(naughty+" as a key", b.send("/v1/events", message("e1"), "Authorization", "Bearer "+strings.Map(printable, naughty)))
		refused(naughty+" as a type", b.withKey(strings.Replace(message("e1"), `"message"`, fmt.Sprintf("%q", naughty), 1)))
	}
	if len(suite) < 300 {
		t.Errorf("only %d files", len(suite))
	}
}

// printable leaves what a header can have.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}

// Addresses and methods that are none are refused, too.
func TestRoutes(t *testing.T) {
	b := newBench(t, nil)
	for _, path := range []string{"/", "/v1", "/v1/events/", "/v1/events/a/b", "/v1/events/Desk", "/v1/webhooks", "/v1/webhooks/", "/v2/events", "/metrics", "/v1/events/..%2Fdesk"} {
		b.want(path, b.send(path, "{}"), 404, ReasonNotFound)
	}
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete, http.MethodOptions, "BREW"} {
		r := httptest.NewRequest(method, "/v1/events", http.NoBody)
		got := b.answer(r)
		if b.want(method, got, 405, ReasonMethodNotAllowed); got.header.Get("Allow") != "POST" {
			t.Error("no Allow")
		}
	}
}

// Every vendor's fixture is taken when it is signed, whatever it means, and one of an unknown type is counted.
func TestWebhooks(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Limits.EventsPerSecond, c.Limits.EventsAtOnce = 1e6, 1e6 })
	for _, adapter := range Adapters {
		v, good := vectorOf(t, adapter.Name)
		b.now = v.At
		b.log.records = nil
		b.want(adapter.Name, b.post("acme-"+adapter.Name, good), 200, "")
		if events := b.log.events(t); len(events) == 0 || events[0].Company != "acme" {
			t.Errorf("%s: the log has %v", adapter.Name, events)
		}
		b.want(adapter.Name+" again", b.post("acme-"+adapter.Name, good), 200, "")
		b.counted("gateway_repeats acme-"+adapter.Name, 1)
	}
	got := b.unknownWebhook()
	b.want("an unknown type", got, 200, "")
	b.counted("gateway_unknown_events acme-chatwoot something_new", 1)
}

// unknownWebhook sends a webhook that the adapter does not know.
func (b *bench) unknownWebhook() reply {
	b.t.Helper()
	v, _ := vectorOf(b.t, "chatwoot")
	body := `{"event":"something_new","id":1,"account":{"id":3}}`
	mac := hmac.New(sha256.New, []byte(v.Secret))
	fmt.Fprintf(mac, "%d.%s", b.now.Unix(), body)
	return b.send("/v1/webhooks/acme-chatwoot", body, "X-Chatwoot-Timestamp", fmt.Sprint(b.now.Unix()), "X-Chatwoot-Signature", fmt.Sprintf("sha256=%x", mac.Sum(nil)))
}
