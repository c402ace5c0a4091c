package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/ingest/gateway"
	"github.com/floorwatch/floorwatch/ingest/producer"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	testKey    = "key-of-acme-0123456789abcdef"
	testSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	testSource = "acme-desk"
)

// Each example, as it stands here, sends its events through a gateway into a log. Its first request and its last are put off once: it waits
// as long as it is told, and sends the same again.
func TestExamplesSend(t *testing.T) {
	for _, example := range examples(t) {
		t.Run(example.name, func(t *testing.T) {
			t.Parallel()
			door := openDoor(t)
			out, err := example.run(door.url, testKey)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if !strings.Contains(out, "invalid_field") || !strings.Contains(out, "direction: must be one of in, out") {
				t.Errorf("the verdict of what is wrong is not told:\n%s", out)
			}
			door.check(t)
			for _, event := range door.events(t, 4) {
				if event.Company != "acme" || event.AuthorKind != schemas.AuthorCustomer || event.Text == "" || event.TextLength != 18 {
					t.Errorf("the log has %+v", event)
				}
			}
		})
	}
}

// A refusal is told and not tried again.
func TestExamplesHeedRefusals(t *testing.T) {
	for _, example := range examples(t) {
		t.Run(example.name, func(t *testing.T) {
			t.Parallel()
			door := openDoor(t)
			out, err := example.run(door.url, "key-of-nobody-0123456789abcdef")
			if err == nil || !strings.Contains(out, "unknown_key") {
				t.Errorf("%v\n%s", err, out)
			}
			if n := len(door.requests); n != 2 { // one of them was put off
				t.Errorf("%d requests, want 2", n)
			}
		})
	}
}

// example is a program that sends.
type example struct {
	name    string
	command []string
}

// examples are all programs of this folder whose interpreters are here.
func examples(t *testing.T) []example {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "send")
	if out, err := exec.Command("go", "build", "-o", binary, "send.go").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	all := []struct {
		example
		needs []string
	}{
		{example{"send.sh", []string{"sh", "send.sh"}}, []string{"curl", "openssl", "gzip", "od", "base64"}},
		{example{"send.go", []string{binary}}, nil},
		{example{"send.py", []string{"python3", "send.py"}}, []string{"python3"}},
		{example{"send.mjs", []string{"node", "send.mjs"}}, []string{"node"}},
	}
	files, err := filepath.Glob("send.*")
	if err != nil || len(files) != len(all) {
		t.Fatalf("the folder has %v, %v; each must be run here", files, err)
	}
	var found []example
	for _, e := range all {
		missing := ""
		for _, program := range e.needs {
			if _, err := exec.LookPath(program); err != nil {
				missing = program
			}
		}
		switch {
		case missing == "":
			found = append(found, e.example)
		case os.Getenv("CI") != "":
			t.Errorf("%s cannot be run: %s is not installed", e.name, missing)
		default:
			t.Logf("%s is not run: %s is not installed", e.name, missing)
		}
	}
	return found
}

// run runs an example to its end.
func (e example) run(url, key string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, e.command[0], e.command[1:]...)
	command.Env = append(os.Environ(), "FLOORWATCH_URL="+url, "FLOORWATCH_API_KEY="+key, "FLOORWATCH_SOURCE="+testSource, "FLOORWATCH_SECRET="+testSecret,
		"no_proxy=127.0.0.1", "NO_PROXY=127.0.0.1")
	out, err := command.CombinedOutput()
	return string(out), err
}

// door is a gateway before a log, with a doorkeeper who puts senders off.
type door struct {
	url     string
	gateway http.Handler
	cluster *kfake.Cluster

	mutex    sync.Mutex
	requests []request
}

type request struct {
	*http.Request
	body   []byte
	at     time.Time
	putOff bool
}

func openDoor(t *testing.T) *door {
	t.Helper()
	config := producer.DefaultConfig()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, config.Topic))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	config.Brokers = cluster.ListenAddrs()
	log, err := producer.Open(t.Context(), config, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(log.Close)
	personal := producer.DefaultPrivacy()
	personal.KeysDir = t.TempDir()
	privacy, err := producer.NewPrivacy(personal)
	if err != nil {
		t.Fatal(err)
	}
	settings := gateway.DefaultConfig()
	settings.Sources = map[string]gateway.SourceConfig{testSource: {Company: "acme", APIKeyFiles: []string{file(t, testKey)}, SecretFiles: []string{file(t, testSecret)}}}
	made, err := gateway.New(settings, gateway.Parts{Log: log, Privacy: privacy, Meter: noMeter{}, Clock: time.Now, Horizon: 72 * time.Hour, Logger: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	d := &door{gateway: made, cluster: cluster}
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	d.url = server.URL
	return d
}

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

type noMeter struct{}

func (noMeter) Count(string, float64, ...string) {}
func (noMeter) Observe(schemas.Observation)      {}

// ServeHTTP puts the first request off, and the first that is signed; the others go to the gateway.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	d.mutex.Lock()
	status := 0
	switch n := len(d.requests); {
	case n == 0:
		status = http.StatusServiceUnavailable
	case r.Header.Get("webhook-id") != "" && d.requests[n-1].Header.Get("webhook-id") == "":
		status = http.StatusTooManyRequests
	}
	d.requests = append(d.requests, request{Request: r, body: body, at: time.Now(), putOff: status != 0})
	d.mutex.Unlock()
	if status != 0 {
		w.Header().Set("Retry-After", "2")
		w.WriteHeader(status)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	d.gateway.ServeHTTP(w, r)
}

// check looks at what came: three requests, two of them twice, the same each time.
func (d *door) check(t *testing.T) {
	t.Helper()
	if len(d.requests) != 5 || !d.requests[0].putOff || !d.requests[3].putOff {
		t.Fatalf("%d requests", len(d.requests))
	}
	for _, i := range []int{0, 3} {
		first, again := d.requests[i], d.requests[i+1]
		if wait := again.at.Sub(first.at); !bytes.Equal(first.body, again.body) || wait < 1900*time.Millisecond || wait > 15*time.Second {
			t.Errorf("after %s %s came again as %s", wait, first.body, again.body)
		}
		if first.Header.Get("webhook-id") != again.Header.Get("webhook-id") {
			t.Error("the webhook-id changed")
		}
	}
	batch := d.requests[2]
	if batch.Header.Get("Content-Encoding") != "gzip" || batch.Header.Get("Content-Type") != "application/x-ndjson" || batch.Header.Get("Authorization") == "" {
		t.Errorf("the batch came with %v", batch.Header)
	}
	if signed := d.requests[4]; signed.Header.Get("Authorization") != "" || signed.URL.Path != "/v1/events/"+testSource {
		t.Errorf("the signed one came to %s with %v", signed.URL.Path, signed.Header)
	}
}

// events are those of the log, so many and no more.
func (d *door) events(t *testing.T, n int) []schemas.Event {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(d.cluster.ListenAddrs()...), kgo.ConsumeTopics(producer.DefaultConfig().Topic))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var events []schemas.Event
	seen := map[string]bool{}
	for len(events) < n {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("%d of %d events: %v", len(events), n, err)
		}
		for _, record := range fetches.Records() {
			event, err := schemas.DecodeRecord(record.Value, nil)
			if err != nil || seen[event.ID] {
				t.Fatalf("%s: %v, or twice", record.Value, err)
			}
			seen[event.ID] = true
			events = append(events, event)
		}
	}
	if len(events) > n {
		t.Errorf("%d events, want %d", len(events), n)
	}
	return events
}
