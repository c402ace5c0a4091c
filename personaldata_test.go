//go:build embedded

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Who goes past every door and writes texts, tags and labels to Kafka as they are finds nothing of them in any table, state, metric or log.
// What "produce" sends is not even in Kafka.
func TestPersonalData(t *testing.T) {
	p := newProcess(t, "log: {level: debug}\n")
	p.extra = []string{"FLOORWATCH_MASKING_COMPANIES={hashing: {text: hashed}}", "FLOORWATCH_MASKING_KEYS_DIR=" + filepath.Join(p.dir, "keys"), "FLOORWATCH_PIPELINE_FLUSH_INTERVAL=50ms", "FLOORWATCH_PIPELINE_STATE_INTERVAL=50ms"}
	p.start()
	const direct, sent = "direct.canary@example.com", "sent.canary@example.com"
	now := time.Now().UTC().Format(time.RFC3339)
	line := func(id, company, rest string) string {
		return fmt.Sprintf(`{"event_id":%q,"company":%q,"conversation_id":"c1","agent_id":"a1","occurred_at":%q,%s}`+"\n", id, company, now, rest)
	}
	lines := func(company, secret string) []string {
		return []string{
			line("1", company, fmt.Sprintf(`"type":"message","message_id":"m1","direction":"in","author_kind":"customer","text":"I am %s"`, secret)),
			line("2", company, fmt.Sprintf(`"type":"message","message_id":"m2","direction":"out","author_kind":"human","text":"yes, %s"`, secret)),
			line("3", company, fmt.Sprintf(`"type":"status","status":"tagged","tag":"of %s"`, secret)),
			line("4", company, fmt.Sprintf(`"type":"status","status":"noted","text":"of %s"`, secret)),
			line("5", company, fmt.Sprintf(`"type":"status","status":"escalated","tier":%q,"reason":%q`, secret, secret)),
			line("6", company, fmt.Sprintf(`"type":"agent","action":"status_changed","presence":"custom","label":"call with %s"`, secret)),
		}
	}
	client := p.client(kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
	var records []*kgo.Record
	for _, company := range []string{"acme", "hashing"} {
		for i, value := range lines(company, direct) {
			key := "c/" + company + "/c1"
			if i == 5 {
				key = "a/" + company + "/a1"
			}
			records = append(records, &kgo.Record{Topic: "floorwatch.events.v1", Key: []byte(key), Value: []byte(value)})
		}
	}
	records = append(records, &kgo.Record{Topic: "floorwatch.events.v1", Key: []byte("c/acme/c1"), Value: []byte(`{"type":"` + direct + `","x":"` + direct + `"`)})
	if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	p.produce(lines("other", sent)...)
	p.produce(strings.ReplaceAll(line("7", "hashing", `"type":"message","message_id":"m1","direction":"in","author_kind":"customer","text":"`+sent+`","customer_id":"`+sent+`"`), "c1", sent))
	p.settled(19, 1)
	secrets := func(where, text string) {
		t.Helper()
		for _, secret := range []string{"direct.canary", "sent.canary"} {
			if at := strings.Index(text, secret); at >= 0 {
				t.Errorf("%s has %s: …%.300s", where, secret, text[max(0, at-100):])
			}
		}
	}
	for _, table := range p.query("SELECT name FROM system.tables WHERE database = 'floorwatch' AND engine NOT LIKE '%View'") {
		name := fmt.Sprint(table["name"])
		for _, row := range p.query("SELECT formatRow('TSV', *) AS row FROM " + name) {
			secrets("table "+name, fmt.Sprint(row["row"]))
		}
	}
	for query, want := range map[string]int{
		"SELECT count() FROM events FINAL WHERE text = 'I am [email]' AND company IN ('acme', 'other')":                                                                    2,
		"SELECT count() FROM events FINAL WHERE text != '' AND company = 'hashing'":                                                                                        1,
		"SELECT count() FROM events FINAL WHERE match(text, '^\\\\[hash:[a-p]{32}\\\\]$') AND match(conversation_id, '^[a-p]{32}$') AND match(customer_id, '^[a-p]{32}$')": 1,
		"SELECT count() FROM conversation_days FINAL WHERE has(tags, 'of [email]')":                                                                                        3,
		"SELECT count() FROM agent_spans FINAL WHERE label = 'call with [email]'":                                                                                          3,
	} {
		if got := p.number(query); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
	response, err := http.Get("http://" + p.http + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	metrics, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	secrets("/metrics", string(metrics))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	reader := p.client(kgo.ConsumeTopics("floorwatch.events.v1"))
	for seen := 0; seen < len(records)+7; {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		for _, record := range fetches.Records() {
			seen++
			secrets("Kafka", strings.ReplaceAll(string(record.Key)+string(record.Value), "direct.canary", ""))
		}
	}
	p.signal(syscall.SIGTERM)
	secrets("the log", p.output.String())
	if files, err := os.ReadDir(filepath.Join(p.dir, "keys")); err != nil || len(files) != 2 || files[0].Name() != "hashing.key" || files[1].Name() != "other.key" {
		t.Errorf("keys %v, %v, want those of the companies that needed one: other for ids of events with masked tags and labels", files, err)
	}
}
