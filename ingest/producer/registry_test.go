package producer

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/floorwatch/floorwatch/schemas"
)

// sendBoth sends an event by Send, and one by Lines, and gives the two records.
func sendBoth(t *testing.T, config func(*Config)) []*kgo.Record {
	t.Helper()
	cluster := newCluster(t)
	p := open(t, cluster, config)
	event, err := schemas.DecodeEvent([]byte(line("1", "sentiment", 0, "sentiment_model", "mood-2")))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(p.Send(t.Context(), &event, true), p.Flush(t.Context())); err != nil {
		t.Fatal(err)
	}
	summary, err := p.Lines(t.Context(), strings.NewReader(line("2", "text", "4111 1111 1111 1111")), LinesOptions{Now: at(now), Backfill: true}, nil)
	if err != nil || summary.Accepted != 1 {
		t.Fatalf("%+v, %v", summary, err)
	}
	records := read(t, cluster, 2)
	slices.SortFunc(records, func(a, b *kgo.Record) int { return strings.Compare(string(a.Key), string(b.Key)) })
	return records
}

// headersOf are the headers as the stream hands them on.
func headersOf(r *kgo.Record) (headers []schemas.RecordHeader) {
	for _, header := range r.Headers {
		headers = append(headers, schemas.RecordHeader{Name: header.Key, Value: header.Value})
	}
	return headers
}

// The same events, whatever the encoding.
func TestEncodings(t *testing.T) {
	registry := srfake.New()
	defer registry.Close()
	decoded := func(config func(*Config)) []schemas.Event {
		t.Helper()
		var events []schemas.Event
		for _, r := range sendBoth(t, config) {
			event, err := schemas.DecodeRecord(r.Value, headersOf(r))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(r.Value), "4111") {
				t.Error("Kafka holds a message's text")
			}
			event.ContentHash = 0
			events = append(events, event)
		}
		return events
	}
	want := decoded(nil)
	if len(want) != 2 || want[0].ID != "1" || want[1].TextLength != 19 {
		t.Fatalf("%+v", want)
	}
	for what, config := range map[string]func(*Config){
		"json":     func(c *Config) { c.Encoding = EncodingJSON },
		"protobuf": func(c *Config) { c.Encoding = EncodingProtobuf },
		"framed":   func(c *Config) { c.Encoding, c.Registry = EncodingProtobuf, registry.URL() },
	} {
		if diff := cmp.Diff(want, decoded(config)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
}

func TestProtobufRecord(t *testing.T) {
	for _, r := range sendBoth(t, func(c *Config) { c.Encoding = EncodingProtobuf }) {
		want := []kgo.RecordHeader{{Key: "content-type", Value: []byte("application/protobuf")}, {Key: "floorwatch-backfill", Value: []byte("true")}}
		if diff := cmp.Diff(want, r.Headers); diff != "" {
			t.Errorf("headers (-want +got):\n%s", diff)
		}
		if _, err := schemas.DecodeEventProtobuf(r.Value); err != nil {
			t.Errorf("%x: %v", r.Value, err)
		}
	}
}

// A registry gets the schema once, under the subject of the topic, and each value names the id that it gave.
func TestRegistry(t *testing.T) {
	registry := srfake.New()
	defer registry.Close()
	if _, _, err := registry.RegisterSchema("others-value", sr.Schema{Schema: `"string"`}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, r := range sendBoth(t, func(c *Config) { c.Encoding, c.Registry = EncodingProtobuf, registry.URL()+"/" }) {
			id, _, err := new(sr.ConfluentHeader).DecodeID(r.Value)
			if err != nil {
				t.Fatal(err)
			}
			schema, ok := registry.GetSchema(topic+"-value", 1)
			if !ok || schema.ID != id || schema.Schema.Schema != schemas.EventProto() || schema.Type != sr.TypeProtobuf {
				t.Errorf("the id is %d, the registry has %t %d of type %v:\n%s", id, ok, schema.ID, schema.Type, schema.Schema.Schema)
			}
		}
	}
	if _, twice := registry.GetSchema(topic+"-value", 2); twice {
		t.Error("the same schema is there twice")
	}
}

// standIn is a registry that answers as its page of the API says; the last answer stays.
func standIn(t *testing.T, answers ...func(http.ResponseWriter)) (url string, asked *atomic.Int32) {
	t.Helper()
	asked = new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/subjects/"+topic+"-value/versions" {
			t.Errorf("%s %s", r.Method, r.URL.Path)
		}
		answers[min(int(asked.Add(1)), len(answers))-1](w)
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

func says(status int, body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/vnd.schemaregistry.v1+json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body)) // a client that has gone does not matter
	}
}

func TestRegistryIsAskedAgain(t *testing.T) {
	url, asked := standIn(t, says(500, `{"error_code":50002,"message":"Operation timed out"}`), says(503, "<html>"), says(429, ""), says(200, "<html>"), says(200, `{"id":16909060}`))
	config := DefaultConfig()
	config.Registry = url
	if id, err := register(t.Context(), config); err != nil || id != 0x01020304 || asked.Load() != 5 {
		t.Errorf("%x, %v after %d tries", id, err, asked.Load())
	}
}

// What the registry refuses is told at once, and in one sentence.
func TestRegistryRefuses(t *testing.T) {
	f := func(answer func(http.ResponseWriter), want string) {
		t.Helper()
		url, asked := standIn(t, answer)
		config := DefaultConfig()
		config.Registry = url
		_, err := register(t.Context(), config)
		if err == nil || err.Error() != strings.ReplaceAll(want, "URL", url) || asked.Load() != 1 {
			t.Errorf("%v after %d tries, want %s", err, asked.Load(), want)
		}
	}
	f(says(409, `{"error_code":409,"message":"Schema being registered is incompatible with an earlier schema for subject"}`),
		`register event.proto at URL: the subject "floorwatch.events.v1-value" holds a schema that event.proto is not compatible with; write to a topic of its own, or have the subject's other schemas deleted`)
	f(says(422, `{"error_code":42201,"message":"Invalid schema of type PROTOBUF"}`),
		`register event.proto at URL under the subject "floorwatch.events.v1-value": the registry refuses it: 422, "Invalid schema of type PROTOBUF"`)
	f(says(401, "\x1b[31m"+strings.Repeat("x", 500)), `register event.proto at URL under the subject "floorwatch.events.v1-value": the registry refuses it: 401, "\x1b[31m`+strings.Repeat("x", 195)+`"`)
	f(says(200, `{"id":0}`), "register event.proto at URL: the id that it was given, 0, is none; is this the address of a schema registry?")
	f(says(200, `{"id":4294967296}`), "register event.proto at URL: the id that it was given, 4294967296, is none; is this the address of a schema registry?")
}

// A registry that does not answer as it should ends the start after the connect timeout.
func TestRegistryAway(t *testing.T) {
	f := func(url, why string) {
		t.Helper()
		config := DefaultConfig()
		config.Registry, config.ConnectTimeout = url, 300*time.Millisecond
		_, err := register(t.Context(), config)
		want := "register event.proto at " + url + ": not within 300ms: " + why + "; is the schema registry running, and is this its address?"
		if err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	failing, _ := standIn(t, says(503, "down"))
	f(failing, `503, "down"`)
	silent, _ := standIn(t, func(http.ResponseWriter) { time.Sleep(600 * time.Millisecond) })
	f(silent, "no answer")
	f("http://127.0.0.1:1", "connection refused")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	config := DefaultConfig()
	config.Registry = failing
	if _, err := register(ctx, config); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the end of the context", err)
	}
}

// Open is refused with the registry's reason, and leaves nothing open.
func TestOpenWithoutRegistry(t *testing.T) {
	url, _ := standIn(t, says(409, "{}"))
	config := DefaultConfig()
	config.Brokers, config.Encoding, config.Registry = newCluster(t).ListenAddrs(), EncodingProtobuf, url
	if p, err := Open(t.Context(), config, zerolog.Nop()); p != nil || err == nil || !strings.Contains(err.Error(), "is not compatible with") {
		t.Errorf("%v, %v", p, err)
	}
}

func TestConfigOfEncoding(t *testing.T) {
	f := func(encoding, registry, want string) {
		t.Helper()
		config := DefaultConfig()
		config.Encoding, config.Registry = encoding, registry
		if err := config.Validate(); (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%q, %q: %v, want %s", encoding, registry, err, want)
		}
	}
	f("json", "", "")
	f("protobuf", "", "")
	f("protobuf", "https://registry.example:8081/base", "")
	f("protobuf", "http://[::1]:8081", "")
	f("", "", `encoding: is ""; must be json or protobuf`)
	f("JSON", "", `encoding: is "JSON"; must be json or protobuf`)
	f("avro", "", `encoding: is "avro"; must be json or protobuf`)
	f("json", "http://127.0.0.1:8081", "registry: is for the encoding protobuf; set encoding to protobuf, or leave registry empty")
	for _, address := range []string{"127.0.0.1:8081", "ftp://127.0.0.1", "http://", "http://:8081", "http://a b", "registry"} {
		f("protobuf", address, "registry: must be an address such as http://127.0.0.1:8081, or empty for none")
	}
	for _, address := range []string{"http://me:secret@127.0.0.1", "http://127.0.0.1?key=secret", "http://127.0.0.1#secret"} {
		f("protobuf", address, "registry: must be an address only, such as http://127.0.0.1:8081, without user, query or fragment")
	}
}
