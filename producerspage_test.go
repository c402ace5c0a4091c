package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/ingest/producer"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
)

// blocks are the code blocks of a language below a heading of a page.
func blocks(t *testing.T, page, heading, language string) []string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "\n"+heading+"\n")
	if !ok {
		t.Fatalf("%s has no heading %q", page, heading)
	}
	section = regexp.MustCompile(fmt.Sprintf(`(?m)^#{1,%d} `, strings.Count(heading, "#"))).Split(section, 2)[0]
	var found []string
	for _, part := range strings.Split(section, "\n```"+language+"\n")[1:] {
		block, _, closed := strings.Cut(part, "\n```")
		if !closed {
			t.Fatalf("%s: a code block below %q has no end", page, heading)
		}
		found = append(found, block+"\n")
	}
	if len(found) == 0 {
		t.Fatalf("%s has no code in %s below %q", page, language, heading)
	}
	return found
}

const producersPage = "docs/producers.md"

// outboxRow is the example row of the page: its columns, texts but for the payload.
func outboxRow(t *testing.T) map[string]string {
	t.Helper()
	var columns map[string]json.RawMessage
	if err := json.Unmarshal([]byte(blocks(t, producersPage, "## The outbox", "json")[0]), &columns); err != nil {
		t.Fatal(err)
	}
	row := map[string]string{}
	for name, value := range columns {
		var text string
		if json.Unmarshal(value, &text) != nil {
			text = string(value)
		}
		row[name] = text
	}
	return row
}

// The connector of the page makes a record of the row of the page that the stream takes: whose id is the row's, and is so each time.
func TestOutboxThroughDebezium(t *testing.T) {
	var connector struct{ Config map[string]string }
	if err := json.Unmarshal([]byte(blocks(t, producersPage, "### Debezium", "json")[0]), &connector); err != nil {
		t.Fatal(err)
	}
	row := outboxRow(t)
	topic, key, value, headers := routed(t, connector.Config, row)
	if topic != defaultConfig().Kafka.Topic {
		t.Errorf("the topic is %s", topic)
	}
	event, err := schemas.DecodeRecord([]byte(value), headers)
	if err != nil {
		t.Fatal(err)
	}
	if err := event.Admit([]byte(key), event.OccurredAt+60_000, false, producer.DefaultHorizon); err != nil {
		t.Fatal(err)
	}
	if event.ID != row["id"] || event.Type != schemas.TypeMessage || event.Conversation != "10/7 ü" || event.Company != "acme" {
		t.Errorf("the event is %+v", event)
	}
	again, err := schemas.DecodeRecord([]byte(value), headers)
	if diff := cmp.Diff(event.ID, again.ID); err != nil || diff != "" {
		t.Errorf("sent again: %v %s", err, diff)
	}
}

// routed makes a record of a row as Debezium's event router and Kafka Connect's converters do.
func routed(t *testing.T, config, row map[string]string) (topic, key, value string, headers []schemas.RecordHeader) {
	t.Helper()
	const router = "transforms.outbox."
	setting := func(name, otherwise string) string {
		if value, ok := config[router+name]; ok {
			return value
		}
		return otherwise
	}
	column := func(name string) string {
		value, ok := row[name]
		if !ok {
			t.Fatalf("the row has no column %q", name)
		}
		return value
	}
	if config["transforms"] != "outbox" || config[router+"type"] != "io.debezium.transforms.outbox.EventRouter" {
		t.Error("the event router is not set")
	}
	for _, of := range []string{"key", "value", "header"} {
		if config[of+".converter"] != "org.apache.kafka.connect.storage.StringConverter" {
			t.Errorf("the %s is not written as it stands", of)
		}
	}
	headers = append(headers, schemas.RecordHeader{Name: "id", Value: []byte(column(setting("table.field.event.id", "id")))})
	for placement := range strings.SplitSeq(setting("table.fields.additional.placement", ""), ",") {
		parts := strings.Split(placement, ":")
		if len(parts) != 3 || parts[1] != "header" { // in an envelope, the value would be none of ours
			t.Fatalf("%q does not place a column in a header", placement)
		}
		headers = append(headers, schemas.RecordHeader{Name: parts[2], Value: []byte(column(parts[0]))})
	}
	topic = strings.ReplaceAll(setting("route.topic.replacement", "outbox.event.${routedByValue}"), "${routedByValue}", column(setting("route.by.field", "aggregatetype")))
	return topic, column(setting("table.field.event.key", "aggregateid")), column(setting("table.field.event.payload", "payload")), headers
}

// The table of the page has the columns of its row, and its checks take what the stream does.
func TestOutboxTable(t *testing.T) {
	ddl := blocks(t, producersPage, "## The outbox", "sql")[0]
	columns := map[string]string{}
	for _, match := range regexp.MustCompile(`(?m)^    (\w+) +(.*)$`).FindAllStringSubmatch(ddl, -1) {
		columns[match[1]] = match[2]
	}
	row := outboxRow(t)
	for name := range row {
		if columns[name] == "" {
			t.Errorf("the table has no column %s", name)
		}
	}
	for name, definition := range columns {
		if row[name] == "" && !strings.Contains(definition, "DEFAULT") {
			t.Errorf("the row has no %s", name)
		}
		if _, standard, ok := strings.Cut(definition, "DEFAULT '"); ok && row[name] != strings.TrimRight(standard, "',") {
			t.Errorf("%s is %s in the row, by default %s", name, row[name], standard)
		}
	}
	if !strings.HasPrefix(ddl, "CREATE TABLE outbox (\n") || !strings.HasSuffix(ddl, "\n);\n") || strings.Count(ddl, "(") != strings.Count(ddl, ")") {
		t.Errorf("is this SQL? %s", ddl)
	}
	_, check, ok := strings.Cut(columns["aggregateid"], " ~ '")
	check, _, _ = strings.Cut(check, "'")
	key, err := regexp.Compile(check)
	if !ok || err != nil {
		t.Fatalf("%q: %v", check, err)
	}
	f := func(text string, want bool) {
		t.Helper()
		if key.MatchString(text) != want {
			t.Errorf("the check of aggregateid says %v of %q", !want, text)
		}
	}
	for _, id := range []string{"conv-1", "10/7 ü", "a.b_c~d", "%", "日本", "'"} {
		for _, kind := range []string{schemas.KeyConversation, schemas.KeyAgent, schemas.KeyTeam, schemas.KeyCompany} {
			f(schemas.MakeKey(kind, "acme & sons", id), true)
		}
	}
	for _, wrong := range []string{"", "conv-1", "c/acme", "c/acme/10/7", "c/acme/ü", "x/acme/1", "c//1", "c/acme/%2f", "c/acme/1 "} {
		f(wrong, false)
	}
}

// The topic of the page is as the service wants it.
func TestProducersTopic(t *testing.T) {
	text, err := os.ReadFile(producersPage)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"--topic " + defaultConfig().Kafka.Topic + " ", "--config message.timestamp.type=LogAppendTime", schemas.BackfillHeader + ": true",
		"older than " + strings.TrimSuffix(time.Duration.String(defaultConfig().Kafka.Horizon), "h0m0s") + " hours"} {
		if !strings.Contains(string(text), part) {
			t.Errorf("%s does not say %q", producersPage, part)
		}
	}
}
