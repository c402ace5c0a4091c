//go:build embedded

package main

import (
	"bytes"
	"compress/gzip"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// planting is a request with canaries in it.
type planting struct {
	what   string
	path   string
	body   string
	header http.Header
	status int // expected
}

// around are what people write around personal data.
var around = []string{"%s", "please call me back: %s, thanks", "Meine Daten sind %s – bitte löschen!", "Mi número es %s y nada más", "Mon contact : %s. Merci",
	"Мои данные %s, спасибо", "我的号码是%s，谢谢", "البيانات %s شكرا", "it's <%s>\nand nothing else", "order 12, then %s (private)"}

// sentence is a text with a canary, in the next language.
func (c *canaries) sentence() string {
	return fmt.Sprintf(around[len(c.all)/len(canaryKinds)%len(around)], c.next())
}

// plantings are requests to a source of acme's own with this key, and everything that is refused beside them.
func (c *canaries) plantings(round int, key, secret string) []planting {
	var all []planting
	add := func(what, path, body string, status int, headers ...string) {
		p := planting{what: what, path: path, body: body, status: status, header: http.Header{}}
		if path == "/v1/events" {
			p.header.Set("Authorization", "Bearer "+key)
		}
		for i := 0; i < len(headers); i += 2 {
			p.header.Set(headers[i], headers[i+1])
		}
		all = append(all, p)
	}
	n := 0
	event := func(fields ...any) string { n++; return c.event(fmt.Sprintf("%d-%d", round, n), fields...) }
	kinds := func() []string { return c.events(event) }
	for _, e := range kinds() {
		add("one event", "/v1/events", e, 200)
	}
	add("an array", "/v1/events", "["+strings.Join(kinds(), ",\n")+"]", 200)
	add("lines", "/v1/events", strings.Join(kinds(), "\n"), 200, "Content-Type", "application/x-ndjson")
	add("gzip", "/v1/events", zipped("["+strings.Join(kinds(), ",")+"]"), 200, "Content-Encoding", "gzip")
	id, at := c.next()+"\u00a0", fmt.Sprint(time.Now().Unix()) // what is signed is one line of ASCII
	id = strings.Map(func(r rune) rune { return map[bool]rune{true: r, false: '_'}[r != '.' && r > ' ' && r < 0x7f] }, id)
	body := event("text", c.sentence())
	add("signed, with an id", "/v1/events/desk", body, 200, "Webhook-Id", id, "Webhook-Timestamp", at, "Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(sum256(secret, id+"."+at+"."+body)))
	for _, e := range kinds() {
		envelope := func(data string) string {
			return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":%q,"subject":%q,"type":"floorwatch.message","extension":%q,"data":%s}`, c.next(), "/"+c.next(), c.next(), c.next(), data)
		}
		e = without(e, "event_id")
		add("a CloudEvent, structured", "/v1/events", envelope(e), 200, "Content-Type", "application/cloudevents+json")
		add("CloudEvents, batched", "/v1/events", "["+envelope(e)+","+envelope(e)+"]", 200, "Content-Type", "application/cloudevents-batch+json")
		add("a CloudEvent, binary", "/v1/events", e, 200, "Ce-Specversion", "1.0", "Ce-Id", c.quoted(), "Ce-Source", "/"+c.quoted(), "Ce-Type", "floorwatch.message", "Ce-Other", c.quoted())
	}
	c.refused(add, event)
	c.inHeaders(add, event)
	return all
}

// quoted is a canary as a header has it.
func (c *canaries) quoted() string {
	return strings.NewReplacer(" ", "%20", "ö", "%C3%B6").Replace(c.next())
}

// event is a message of acme with some fields changed.
func (c *canaries) event(id string, fields ...any) string {
	e := map[string]any{"type": "message", "event_id": "e" + id, "occurred_at": time.Now().UTC().Format(time.RFC3339), "conversation_id": "c" + id, "message_id": "m" + id,
		"direction": "in", "author_kind": "customer", "customer_id": "u" + id}
	for i := 0; i < len(fields); i += 2 {
		if e[fields[i].(string)] = fields[i+1]; fields[i+1] == nil {
			delete(e, fields[i].(string))
		}
	}
	text, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func without(event, field string) string {
	var e map[string]any
	if err := json.Unmarshal([]byte(event), &e); err != nil {
		panic(err)
	}
	delete(e, field)
	text, _ := json.Marshal(e)
	return string(text)
}

// events are events with canaries in every field in which people or systems may have written what concerns a customer.
func (c *canaries) events(event func(...any) string) []string {
	status := func(status string, fields ...any) string {
		return event(append([]any{"type", "status", "status", status, "direction", nil, "author_kind", nil, "customer_id", nil, "message_id", nil}, fields...)...)
	}
	unknown := map[string]any{"note": c.sentence(), c.next(): []string{c.sentence()}}
	return []string{
		event("text", c.sentence()),
		event("text", c.sentence()+" "+c.sentence()+"\n"+c.sentence(), "customer_id", c.next()),
		event("text", strings.Repeat("Ich warte noch. ", 480)+c.sentence()),
		event("conversation_id", c.next(), "customer_id", c.next(), "message_id", c.next(), "event_id", c.next(), "text", c.sentence()),
		event("conversation_id", "user:"+c.next(), "message_id", "msg "+c.next(), "event_id", c.next()+"/1"),
		event("ai_intent", c.next(), "ai_flow", c.next(), "ai_unsafe", "blocked", "ai_unsafe_category", c.next(), "text", c.sentence()),
		event("extra", c.sentence(), "customer_name", c.next(), "unknown", unknown, c.next(), 1),
		event("type", "directory", "entry", "customer", "customer_id", c.next(), "name", c.sentence(), "tier", c.next()),
		event("type", "company", "action", "annotation", "label", "release "+c.next()),
		event("type", "agent", "action", "status_changed", "agent_id", "ann", "presence", "custom", "label", "with "+c.next()),
		status("noted", "text", c.sentence(), "agent_id", "ann"),
		status("tagged", "tag", c.next()),
		status("untagged", "tag", "tag "+c.next()),
		status("tier_changed", "tier", c.next()),
		status("escalated", "tier", c.next(), "reason", "he wrote "+c.next()),
		status("handed_off", "reason", "as for "+c.next()),
		status("declined", "agent_id", "ann", "reason", c.next()),
		status("ai_flow_paused", "ai_flow", c.next()),
		status("qa_scored", "dimension", c.next(), "score", 50, "rater_id", "ann"),
		status("delivery_updated", "message_id", c.next(), "delivery", "failed"),
	}
}

// refused are requests of which nothing is taken, or not all.
func (c *canaries) refused(add func(what, path, body string, status int, headers ...string), event func(...any) string) {
	good := func() string { return event("text", c.sentence()) }
	add("no JSON", "/v1/events", `{"text":"`+c.sentence(), 400)
	add("text", "/v1/events", c.sentence(), 400)
	add("behind an array", "/v1/events", "["+good()+"] "+c.next(), 400)
	add("another company", "/v1/events", event("company", "globex", "text", c.sentence()), 403)
	add("a company of personal data", "/v1/events", event("company", c.next()), 403)
	add("too large", "/v1/events", event("text", strings.Repeat(c.sentence()+" ", 200_000)[:1<<20]), 413)
	add("too large when unpacked", "/v1/events", zipped(strings.Repeat(c.sentence(), 1_000_000)), 413, "Content-Encoding", "gzip")
	add("an event that is too large", "/v1/events", event("text", strings.Repeat(c.sentence(), 9000)[:99000]), 413)
	add("no key", "/v1/events", good(), 401, "Authorization", "")
	add("a canary for a key", "/v1/events", good(), 401, "Authorization", "Bearer "+c.quoted())
	add("a wrong signature", "/v1/events/desk", good(), 401, "Webhook-Id", c.quoted(), "Webhook-Timestamp", fmt.Sprint(time.Now().Unix()), "Webhook-Signature", "v1,AAAA "+c.quoted())
	add("a time that is none", "/v1/events/desk", good(), 401, "Webhook-Id", "m1", "Webhook-Timestamp", c.quoted(), "Webhook-Signature", "v1,AAAA")
	add("a vendor's wrong signature", "/v1/webhooks/chatwoot-0", good(), 401, "X-Chatwoot-Signature", c.quoted(), "X-Chatwoot-Timestamp", c.quoted())
	name := c.next()
	add("a name twice", "/v1/events", fmt.Sprintf(`{%q:1,%q:2}`, name, name), 422)
	add("deep", "/v1/events", strings.Repeat(`{"a":`, 20)+`"`+c.next()+`"`+strings.Repeat("}", 20), 400)
	for _, field := range []string{"type", "schema_version", "occurred_at", "direction", "author_kind", "visibility", "kind", "delivery", "origin", "channel", "ai_search", "ai_unsafe", "seq",
		"text_length", "keywords", "ai_articles", "ai_confidence", "sentiment", "quick_reply", "ai_latency_ms"} {
		add("a wrong "+field, "/v1/events", event(field, c.next()), 422)
	}
	for _, fields := range [][]any{{"status", c.next()}, {"status", "closed", "reason", c.next()}, {"status", "rated", "rating", c.next()}, {"status", "tagged", "tag", c.next() + strings.Repeat("x", 128)},
		{"status", "priority_changed", "priority", c.next()}, {"conversation_id", c.next() + "\x00"}} {
		add(fmt.Sprint("a wrong status: ", fields[1]), "/v1/events", event(append([]any{"type", "status"}, fields...)...), 422)
	}
	add("some of a batch", "/v1/events", "["+good()+`,"`+c.next()+`",{"text":"`+c.next()+`"},`+event("occurred_at", "2001-01-01T00:00:00Z", "text", c.sentence())+"]", 207)
	add("an envelope of a wrong form", "/v1/events", fmt.Sprintf(`{"specversion":%q,"id":%q,"source":"/x","type":%q,"time":%q,"data":%q}`, c.next(), c.next(), c.next(), c.next(), c.next()),
		422, "Content-Type", "application/cloudevents+json")
	add("a source in the address", "/v1/events/s"+strings.ToLower(strings.Map(letters, c.next())), good(), 401, "Authorization", "Bearer "+canaryKey)
	add("an address of a canary", "/v2/"+c.quoted(), good(), 404)
	add("a source that is none", "/v1/webhooks/s"+strings.ToLower(strings.Map(letters, c.next())), good(), 401)
}

// letters leaves what the name of a source may have.
func letters(r rune) rune {
	if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
		return r
	}
	return '-'
}

// inHeaders are requests with canaries around the body.
func (c *canaries) inHeaders(add func(what, path, body string, status int, headers ...string), event func(...any) string) {
	add("headers that nobody reads", "/v1/events", event(), 200, "User-Agent", c.quoted(), "Referer", "https://desk.example/?"+c.quoted(), "Cookie", "c="+c.quoted(), "X-Forwarded-For", c.quoted(),
		"X-"+strings.Map(letters, c.next()), "1", "Traceparent", c.quoted())
	add("a query", "/v1/events?customer="+strings.ReplaceAll(c.quoted(), "+", "%2B")+";x", event(), 401)
	add("a content type", "/v1/events", event(), 415, "Content-Type", "application/"+strings.Map(letters, c.next()))
	add("a charset", "/v1/events", event(), 415, "Content-Type", "application/json; charset=\""+c.quoted()+"\"")
	add("an encoding", "/v1/events", event(), 415, "Content-Encoding", c.quoted())
	add("a wish to backfill", "/v1/events", event(), 200, "Floorwatch-Backfill", c.quoted())
	add("half of a gzip", "/v1/events", zipped(event("text", c.sentence()))[:60], 400, "Content-Encoding", "gzip")
}

func zipped(text string) string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write([]byte(text)) // into memory
	_ = w.Close()
	return out.String()
}

func sum256(secret, text string) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// vendorHeaders sign a body as each vendor does.
var vendorHeaders = map[string]func(secret, body string) []string{
	"chatwoot": func(secret, body string) []string {
		at := fmt.Sprint(time.Now().Unix())
		return []string{"X-Chatwoot-Timestamp", at, "X-Chatwoot-Signature", fmt.Sprintf("sha256=%x", sum256(secret, at+"."+body))}
	},
	"zendesk": func(secret, body string) []string {
		at := time.Now().UTC().Format(time.RFC3339)
		return []string{"X-Zendesk-Webhook-Signature-Timestamp", at, "X-Zendesk-Webhook-Signature", base64.StdEncoding.EncodeToString(sum256(secret, at+body))}
	},
	"intercom": func(secret, body string) []string {
		mac := hmac.New(sha1.New, []byte(secret))
		mac.Write([]byte(body))
		return []string{"X-Hub-Signature", fmt.Sprintf("sha1=%x", mac.Sum(nil))}
	},
	"respondio": func(secret, body string) []string {
		return []string{"X-Webhook-Signature", base64.StdEncoding.EncodeToString(sum256(secret, body))}
	},
}

// wordsOf are the members of vendors' bodies in which people's words or customers' data stand.
var wordsOf = strings.Fields(`content processed_message_content body html_body plain_body text title subject name email phone phone_number identifier description
	messageText message note comment summary reason remark first_name firstName last_name lastName url source_id external_id`)

// webhooks are all fixtures of a vendor with canaries in their words, and in members that nobody knows.
func (c *canaries) webhooks(t *testing.T, vendor, source, secret string) []planting {
	t.Helper()
	var all []planting
	files, err := filepath.Glob(filepath.Join("ingest", "gateway", "testdata", vendor, "*.json"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%v %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var body map[string]any
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&body); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(file, "unknown") { // a type of event may be anything, too
			for _, member := range []string{"event", "type", "topic", "event_type"} {
				if _, ok := body[member].(string); ok && member != "type" || vendor == "zendesk" {
					body[member] = c.next()
				}
			}
		}
		if !strings.Contains(file, "admin_") { // who is staff has a name
			c.plant(body)
		}
		body["unknown_to_us"] = map[string]any{"of": c.sentence()}
		changed, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		p := planting{what: file, path: "/v1/webhooks/" + source, body: string(changed), header: http.Header{}, status: 200}
		for headers := vendorHeaders[vendor](secret, p.body); len(headers) > 0; headers = headers[2:] {
			p.header.Set(headers[0], headers[1])
		}
		all = append(all, p)
	}
	return all
}

// plant puts canaries in place of people's words.
func (c *canaries) plant(object map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(object)) { // the same each time
		switch value := object[name].(type) {
		case string:
			if slices.Contains(wordsOf, name) {
				object[name] = c.sentence()
			}
		case map[string]any:
			c.plant(value)
		case []any:
			for i, item := range value {
				if member, ok := item.(map[string]any); ok {
					c.plant(member)
				} else if _, ok := item.(string); ok && (strings.Contains(name, "tag") || strings.Contains(name, "label")) {
					value[i] = c.next()
				}
			}
		}
	}
}
