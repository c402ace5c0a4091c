//go:build embedded

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// plantedCanaries is how many pieces of personal data are sent at least.
const plantedCanaries = 5000

// canaryConfig takes events however old they are, as fixtures are, and logs all that it logs.
const canaryConfig = `
kafka: {horizon: 87600h}
log: {level: debug, format: %s}
gateway:
  wait_timeout: 30s
  limits: {events_per_second: 1000000, events_at_once: 1000000}
  sources:
    desk: {company: acme, secret_files: [%[2]s/secret], api_key_files: [%[2]s/key]}
    %[3]s: {company: acme, api_key_files: [%[2]s/other-key]}
%[4]s`

const (
	canaryKey    = "key-of-acme-0123456789abcdef"
	canarySecret = "secret-of-acme-0123456789"
)

// vendorRounds is how often each fixture is sent, each time to a source with a prefix of its own.
const vendorRounds = 3

// watched is a service that canaries are sent to.
type watched struct {
	*process
	planted  *canaries
	watchers *canaries // are let through on purpose, and must be found: they show that the search can fail
	logs     map[string]string
	accepted int
}

// Personal data is planted in every place of every form of request, in those that are refused, too: 5,000 canaries. None of them
// comes out in a row, a record, a metric, the log or an answer. A canary that is let through on purpose is found in each of them.
func TestCanaries(t *testing.T) {
	w := &watched{process: newProcess(t, ""), planted: newCanaries(20261122), watchers: newCanaries(7), logs: map[string]string{}}
	for name, content := range map[string]string{"key": canaryKey, "secret": canarySecret, "other-key": canaryKey + "-other"} {
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sourceName, staff, broken := w.watchers.of(0), w.watchers.of(0), w.watchers.of(0) // cards
	n := sourceName.needle
	sourceName.written = n[:3] + "-" + n[3:11] + "-" + n[11:] // as nobody groups a card, so that the log leaves it
	for round := 0; round < vendorRounds || len(w.planted.all) < plantedCanaries; round++ {
		format := []string{"json", "console"}[round%2]
		w.config = fmt.Sprintf(canaryConfig, format, w.dir, sourceName.written, vendorSources(w.dir))
		w.start()
		for _, p := range w.planted.plantings(round, canaryKey, canarySecret) {
			w.send(p)
		}
		for vendor := range vendorHeaders {
			if round < vendorRounds {
				for _, p := range w.planted.webhooks(t, vendor, fmt.Sprint(vendor, "-", round), canarySecret) {
					w.send(p)
				}
			}
		}
		w.sendBroken()
		w.send(planting{what: "a watcher", path: "/v1/events", status: 200, header: http.Header{"Authorization": {"Bearer " + canaryKey + "-other"}},
			body: w.planted.event(fmt.Sprint("watcher", round), "direction", "out", "author_kind", "human", "agent_id", staff.needle, "customer_id", nil)})
		w.send(planting{what: "a watcher's refusal", path: "/v1/events", body: "{}", status: 422, header: http.Header{"Authorization": {"Bearer " + canaryKey + "-other"}}})
		if round == 0 {
			w.produceRaw(broken.written)
		}
		w.search(format)
	}
	t.Logf("%d canaries were sent, %d events were accepted", len(w.planted.all), w.accepted)
	for _, want := range []struct {
		of     canary
		places []string
	}{
		{sourceName, []string{"log as json", "log as console", "metrics"}},
		{staff, []string{"topic floorwatch.events.v1", "table events", "table state"}},
		{broken, []string{"topic floorwatch.events.v1", "topic floorwatch.rejects.v1"}},
	} {
		for _, place := range want.places {
			if !slices.Contains(w.watchers.finder.in([]byte(w.logs[place])), want.of.needle) {
				t.Errorf("the search is blind: the watcher %s is not found in %s, which has %d bytes", want.of.written, place, len(w.logs[place]))
			}
		}
	}
}

// vendorSources are the configuration of a source for each round of a vendor.
func vendorSources(dir string) string {
	var text strings.Builder
	for _, vendor := range slices.Sorted(maps.Keys(vendorHeaders)) {
		for round := range vendorRounds {
			fmt.Fprintf(&text, "    %s-%d: {company: acme, kind: %s, prefix: r%d-, secret_files: [%s/secret]}\n", vendor, round, vendor, round, dir)
		}
	}
	return text.String()
}

// send sends a request and keeps what is told of it but the ids of events, which are given back as they were sent.
func (w *watched) send(p planting) {
	w.t.Helper()
	request, err := http.NewRequest(http.MethodPost, "http://"+w.gateway+p.path, strings.NewReader(p.body))
	if err != nil {
		w.t.Fatal(err)
	}
	request.Header = p.header
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		w.t.Fatalf("%s: %v", p.what, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != p.status {
		w.t.Errorf("%s: %d, want %d: %v %.600s", p.what, response.StatusCode, p.status, err, text)
	}
	var answer struct {
		Accepted int
		Events   []map[string]any
	}
	var whole map[string]any
	if json.Unmarshal(text, &answer) != nil || json.Unmarshal(text, &whole) != nil {
		w.t.Errorf("%s: the answer is not JSON: %s", p.what, text)
	}
	for _, event := range answer.Events {
		delete(event, "event_id")
	}
	delete(whole, "events")
	w.accepted += answer.Accepted
	w.clean("the answer to "+p.what, fmt.Appendf(nil, "%v %v %v", whole, answer.Events, response.Header))
}

// sendBroken sends what is no HTTP.
func (w *watched) sendBroken() {
	w.t.Helper()
	for _, text := range []string{"GET %s HTTP/1.1\r\n\r\n", "%s\r\n\r\n", "POST /v1/events HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n", "POST /v1/events HTTP/9.9\r\n%[1]s: %[1]s\r\n\r\n",
		"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: %s\r\n\r\n", "POST /v1/events HTTP/1.1\r\nHost: %s\r\n\r\n", "POST /v1/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: %s\r\n\r\n",
		"%s /v1/events HTTP/1.1\r\nHost: x\r\n\r\n"} {
		connection, err := net.Dial("tcp", w.gateway)
		if err != nil {
			w.t.Fatal(err)
		}
		sent := fmt.Sprintf(text, w.planted.next())
		_ = connection.SetDeadline(time.Now().Add(20 * time.Second))
		_, _ = io.WriteString(connection, sent) // may be closed before its end
		_ = connection.(*net.TCPConn).CloseWrite()
		answer, _ := io.ReadAll(connection)
		w.clean(fmt.Sprintf("the answer to %q", sent), answer)
		_ = connection.Close()
	}
}

// clean looks for canaries.
func (w *watched) clean(place string, haystack []byte) {
	w.t.Helper()
	if found := w.planted.finder.in(haystack); len(found) > 0 {
		w.t.Errorf("%s has %d canaries: %.300q", place, len(found), found)
		for line := range bytes.Lines(haystack) {
			if found := w.planted.finder.in(line); len(found) > 0 {
				w.t.Errorf("%q in %s", found, line)
			}
		}
	}
}

// search stops the service when it has stored all, and looks everywhere.
func (w *watched) search(format string) {
	w.t.Helper()
	found := map[string][]byte{}
	distinct := 0
	for _, topic := range []string{"floorwatch.events.v1", "floorwatch.rejects.v1"} {
		records := w.records(topic)
		var all []byte
		seen := map[string]bool{}
		for _, r := range records {
			all = fmt.Appendf(all, "%s\t%s", r.Key, r.Value)
			for _, h := range r.Headers {
				all = fmt.Appendf(all, "\t%s\t%s", h.Key, h.Value)
			}
			all = append(all, '\n')
			if e, err := schemas.DecodeEvent(r.Value); err == nil {
				seen[e.Key()+" "+e.Scope()+" "+e.ID] = true
			}
		}
		found["topic "+topic], distinct = all, max(distinct, len(seen))
	}
	w.settled(distinct, 1)
	found["metrics"] = w.metrics()
	tables := map[string][]string{}
	for _, column := range w.query("SELECT c.table AS table, c.name AS name FROM system.columns AS c JOIN system.tables AS t ON t.database = c.database AND t.name = c.table " +
		"WHERE c.database = 'floorwatch' AND c.type LIKE '%String%' AND t.engine NOT LIKE '%View' ORDER BY ALL") {
		tables[column["table"].(string)] = append(tables[column["table"].(string)], "`"+column["name"].(string)+"`")
	}
	if len(tables) < 10 {
		w.t.Fatalf("only %d tables have texts: %v", len(tables), tables)
	}
	for table, columns := range tables {
		found["table "+table] = w.raw("SELECT " + strings.Join(columns, ",") + " FROM `" + table + "` FORMAT TabSeparatedRaw")
	}
	for _, kind := range []string{"card", "iban", "email", "phone", "national_id"} {
		if n := w.number("SELECT count() FROM events WHERE position(text, '[" + kind + "]') > 0"); n < 10 {
			w.t.Errorf("only %d texts have a masked %s", n, kind)
		}
	}
	w.signal(syscall.SIGTERM)
	found["log as "+format] = w.output.Bytes()
	for place, haystack := range found {
		w.clean(place, haystack)
		w.logs[place] = string(haystack)
	}
}

// metrics are the text that Prometheus reads.
func (w *watched) metrics() []byte {
	w.t.Helper()
	return w.get("http://" + w.http + "/metrics")
}

// raw is what ClickHouse answers, as it is.
func (w *watched) raw(statement string) []byte {
	w.t.Helper()
	return w.get("http://" + w.clickhouse + "/?" + url.Values{"database": {"floorwatch"}, "query": {statement}}.Encode())
}

func (w *watched) get(address string) []byte {
	w.t.Helper()
	response, err := http.Get(address)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		w.t.Fatalf("%s: %v %s", address, err, text)
	}
	return text
}

// produceRaw writes a record that is no event past the gateway.
func (w *watched) produceRaw(value string) {
	w.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(w.kafka))
	if err != nil {
		w.t.Fatal(err)
	}
	defer client.Close()
	if err := client.ProduceSync(w.t.Context(), &kgo.Record{Topic: "floorwatch.events.v1", Key: []byte("c/acme/c1"), Value: []byte(value)}).FirstErr(); err != nil {
		w.t.Fatal(err)
	}
}

// records are all that a topic has.
func (p *process) records(topic string) []*kgo.Record {
	p.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(p.kafka), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		p.t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	ends, err := kadm.NewClient(client).ListEndOffsets(ctx, topic)
	if err != nil {
		p.t.Fatal(err)
	}
	var want int64
	ends.Each(func(o kadm.ListedOffset) { want += o.Offset })
	var all []*kgo.Record
	for int64(len(all)) < want {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			p.t.Fatal(err)
		}
		all = append(all, fetches.Records()...)
	}
	return all
}
