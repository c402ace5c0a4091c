package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v4"

	"github.com/floorwatch/floorwatch/ingest/simulate"
	"github.com/floorwatch/floorwatch/mask"
)

const examplePath = "deploy/floorwatch.example.yml"

// load reads a configuration file of this text, and this environment.
func load(t *testing.T, text string, environment ...string) (Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f.yml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := loadConfig(path, environment)
	if err != nil {
		err = trimmed(err, path)
	}
	return cfg, err
}

type message string

func (m message) Error() string { return string(m) }

func trimmed(err error, path string) error {
	return message(strings.ReplaceAll(err.Error(), path, "f.yml"))
}

func TestConfigRefuses(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		_, err := load(t, text)
		if err == nil {
			t.Errorf("%q: accepted, want %q", text, want)
			return
		}
		if got, want := err.Error(), strings.Join(want, "\n"); got != want {
			t.Errorf("%q:\n got %s\nwant %s", text, got, want)
		}
	}
	const read = "read configuration f.yml: "
	f("kafka:\n  broker: [a:1]\n", read+"line 2: unknown key kafka.broker; did you mean kafka.brokers?")
	f("kafak:\n  topic: a\n", read+"line 1: unknown key kafak; did you mean kafka?")
	f("http:\n  port: 80\n", read+"line 2: unknown key http.port; the keys here are listen")
	f("simulate:\n  companies:\n  - {nam: a}\n", read+"line 3: unknown key simulate.companies[0].nam; did you mean simulate.companies[0].name?\n"+
		"check configuration: 3 problems\n  simulate.companies[0].name: is missing\n"+
		"  simulate.companies[0].zone: load zone \"\": no name; give an IANA name such as \"Europe/Berlin\"\n  simulate.companies[0].agents: is 0; must be 1 to 520")
	f("kafka:\n  topic: a\n  topic: b\n", read+"line 3: kafka.topic stands twice, first in line 2; remove one")
	f("kafka: {}\nlog: {}\nkafka: {}\n", read+"line 3: kafka stands twice, first in line 1; remove one")
	f("floor:\n  zones: {a: UTC, a: UTC}\n", read+"line 2: floor.zones.a stands twice, first in line 2; remove one")
	f("kafka:\n  horizon: 3 days\n", read+`line 2: kafka.horizon is "3 days"; must be a duration, such as 500ms, 30s, 10m or 72h`)
	f("kafka:\n  horizon: 72\n", read+`line 2: kafka.horizon is "72"; must be a duration, such as 500ms, 30s, 10m or 72h`)
	f("kafka:\n  max_records: many\n", read+`line 2: kafka.max_records is "many"; must be a whole number`)
	f("simulate:\n  seed: -1\n", read+`line 2: simulate.seed is "-1"; must be a whole number that is not negative`)
	f("simulate:\n  rate: fast\n", read+`line 2: simulate.rate is "fast"; must be a number`)
	f("clickhouse:\n  secure: maybe\n", read+`line 2: clickhouse.secure is "maybe"; must be true or false`)
	f("clickhouse:\n  password: [secret]\n", read+"line 2: clickhouse.password must be text")
	f("kafka:\n  brokers: a:1\n", read+"line 2: kafka.brokers must be a list, such as [first, second]")
	f("floor:\n  zones: [a]\n", read+"line 2: floor.zones must be pairs, such as {acme: Europe/Berlin}")
	f("floor:\n  hours: {acme: Mon-Fri 09:00-17:00}\n", read+"line 2: floor.hours.acme must be a section with the keys week, holidays")
	f("floor:\n  hours: {acme: {weeks: Mon}}\n", read+"line 2: unknown key floor.hours.acme.weeks; did you mean floor.hours.acme.week?")
	f("masking: {companies: {acme: {mode: x}}}\n", read+"line 1: unknown key masking.companies.acme.mode; the keys here are text, customers, locales, patterns, keywords")
	f("masking: {patterns: [{regex: x}]}\n", read+"line 1: unknown key masking.patterns[0].regex; the keys here are name, expression\n"+
		"check configuration: masking.patterns: the pattern's name \"\" is not 1 to 32 small letters and underscores")
	f("kafka:\n  topic:\n", read+"line 2: kafka.topic has no value; give one or remove the key")
	f("http: 8080\n", read+"line 1: http must be a section with the keys listen")
	f("--- {}\n--- {}\n", read+"line 2: a second YAML document begins; there must be one only")
	f("kafka: [\n", read+"line 2: not valid YAML: did not find expected node content")
	f("kafka:\n\ttopic: a\n", read+"line 2: not valid YAML: a character that cannot stand here; indent with spaces, not tabs, and put quotes around values with special characters")
	f("kafka: \xff\n", read+"it is not text in UTF-8")
	f("kafka:\n  max_records: many\n  horizon: 1y\nlogs: {}\n", read+"3 problems",
		`  line 2: kafka.max_records is "many"; must be a whole number`,
		`  line 3: kafka.horizon is "1y"; must be a duration, such as 500ms, 30s, 10m or 72h`,
		`  line 4: unknown key logs; did you mean log?`)
}

// Every section tells its mistakes, each with its whole key, all at once.
func TestConfigTellsAllMistakes(t *testing.T) {
	_, err := load(t, `
kafka: {brokers: [nowhere]}
clickhouse: {protocol: grpc}
http: {listen: "8080"}
floor:
  default_zone: Mars/Olympus
  zones: {acme: +02:00}
  default_hours: {week: Mon-Fri 9-17}
  hours:
    acme: {week: "Mon-Fri 09:00-17:00, Fri 18:00-19:00", holidays: [2026-12-25, 25.12., 2026-02-29]}
    beta: {holidays: [2026-12-25]}
    gamma: {week: Mon 09:00-17:00, holidays: [2026-12-25, 2026-12-25]}
pipeline: {flush_interval: 1ms}
producer: {linger: 1h, delivery_timeout: 2h, encoding: xml, registry: localhost}
masking:
  text: plain
  keys_dir: ""
  companies: {acme: {customers: no, locales: [de, xx], patterns: [{name: card, expression: x}]}}
simulate: {companies: [{name: acme, zone: UTC, agents: 0}]}
embedded: {partitions: 0, kafka_listen: "127.0.0.1:70000"}
log: {level: loud, format: xml}
`)
	if err == nil {
		t.Fatal("accepted")
	}
	lines := strings.Split(err.Error(), "\n")
	if want := "check configuration: 25 problems"; lines[0] != want {
		t.Errorf("begins with %q, want %q", lines[0], want)
	}
	var got []string
	for _, line := range lines[1:] {
		key, _, _ := strings.Cut(strings.TrimSpace(line), ": ")
		got = append(got, key)
	}
	want := []string{
		"kafka.brokers", "clickhouse.protocol", "http.listen", "floor.default_zone", "floor.zones.acme", "floor.default_hours.week",
		"floor.hours.acme.week", "floor.hours.acme.holidays[1]", "floor.hours.acme.holidays[2]", "floor.hours.beta", "floor.hours.gamma", "pipeline.flush_interval",
		"producer.encoding", "producer.registry", "producer.linger", "masking.text", "masking.companies.acme.customers", "masking.companies.acme.locales[1]", "masking.companies.acme.patterns", "masking.keys_dir", "simulate.companies[0].agents", "embedded.kafka_listen", "embedded.partitions", "log.level", "log.format",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys told (-want +got):\n%s\n%v", diff, err)
	}
}

func TestConfigFileThatCannotBeRead(t *testing.T) {
	f := func(path, want string) {
		t.Helper()
		if _, err := loadConfig(path, nil); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	directory := t.TempDir()
	f(directory, "read configuration "+directory+": it is a directory; name a file")
	f(directory+"/none.yml", "read configuration "+directory+"/none.yml: there is no such file")
}

// A file that sets a part of a section leaves the rest of it as it is.
func TestConfigKeepsOtherDefaults(t *testing.T) {
	f := func(text string, change func(*Config)) {
		t.Helper()
		got, err := load(t, text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			return
		}
		want := defaultConfig()
		change(&want)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	f("", func(*Config) {})
	f("# nothing\n", func(*Config) {})
	f("kafka:\nlog: {}\n", func(*Config) {})
	f("kafka:\n  topic: other\n", func(c *Config) { c.Kafka.Topic = "other" })
	f("kafka: {brokers: [a:1, b:2]}", func(c *Config) { c.Kafka.Brokers = []string{"a:1", "b:2"} })
	f("clickhouse: {password: 0123}", func(c *Config) { c.ClickHouse.Password = "0123" })
	f("floor: {hours: {acme: {week: Mon 09:00-17:00, holidays: [2026-12-25]}, beta: {}}, default_hours: {week: Sat 10:00-12:00}}", func(c *Config) {
		c.Floor.Hours = map[string]aggregator.Hours{"acme": {Week: "Mon 09:00-17:00", Holidays: []string{"2026-12-25"}}, "beta": {}}
		c.Floor.DefaultHours.Week = "Sat 10:00-12:00"
	})
	f("masking: {locales: [de], companies: {acme: {text: dropped, keywords: [{id: cancel, words: [cancel, kündigen]}], patterns: []}}}", func(c *Config) {
		c.Masking.Locales = []string{"de"}
		c.Masking.Companies = map[string]mask.PolicyConfig{"acme": {Text: "dropped", Keywords: []mask.Keyword{{ID: "cancel", Words: []string{"cancel", "kündigen"}}}}}
	})
	f("pipeline: &p {flush_interval: 1s}\n", func(c *Config) { c.Pipeline.FlushInterval = time.Second })
	f("simulate: {companies: [{name: a, zone: UTC, agents: 3}]}", func(c *Config) {
		c.Simulate.Companies = c.Simulate.Companies[:1:1]
		c.Simulate.Companies[0] = simulate.Company{Name: "a", Zone: "UTC", Agents: 3}
	})
}

func TestConfigKeepsAllInOneDirectory(t *testing.T) {
	f := func(configured, want string) {
		t.Helper()
		cfg := defaultConfig()
		cfg.Masking.KeysDir = configured
		if cfg.keepIn("/srv/floor"); cfg.Embedded.DataDir != "/srv/floor" || cfg.Masking.KeysDir != want {
			t.Errorf("data in %s, keys in %s, want %s", cfg.Embedded.DataDir, cfg.Masking.KeysDir, want)
		}
	}
	f("data/keys", "/srv/floor/keys")
	f("/run/keys", "/run/keys")
}

// The registry is for Protobuf, whichever of the two that write it do.
func TestGatewayProducer(t *testing.T) {
	f := func(encoding, want string) {
		t.Helper()
		cfg := defaultConfig()
		cfg.Producer.Encoding, cfg.Producer.Registry, cfg.Gateway.Encoding = "protobuf", "http://127.0.0.1:8081", encoding
		got := cfg.gatewayProducer()
		if err := got.Validate(); err != nil || got.Registry != want || got.Encoding != encoding {
			t.Errorf("gateway.encoding %s: %+v, %v", encoding, got, err)
		}
	}
	f("json", "")
	f("protobuf", "http://127.0.0.1:8081")
	cfg := defaultConfig()
	cfg.Producer.Registry, cfg.Gateway.Encoding = "http://127.0.0.1:8081", "protobuf"
	if got := cfg.producer(); len(cfg.problems()) > 0 || got.Validate() != nil || got.Registry != "" {
		t.Errorf("a producer of JSON beside a gateway of Protobuf: %v, %+v", cfg.problems(), got)
	}
	if cfg.Gateway.Encoding = "json"; len(cfg.problems()) != 1 {
		t.Errorf("a registry for nobody: %v", cfg.problems())
	}
}

// The example names every key with a comment and its default.
func TestExampleIsTheDefaults(t *testing.T) {
	text, err := os.ReadFile(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	var got Config
	if problems := decodeText(text, &got); len(problems) > 0 {
		t.Fatal(problems)
	}
	want := defaultConfig()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s differs from the defaults (-default +example):\n%s", examplePath, diff)
	}
	var document yaml.Node
	if err := yaml.Load(text, &document); err != nil {
		t.Fatal(err)
	}
	commented := map[string]bool{}
	collectComments(document.Content[0], "", commented)
	for _, l := range leaves(reflect.ValueOf(&want).Elem(), "") {
		if has, present := commented[l.path]; !present || !has {
			t.Errorf("%s: %s is there: %t, has a comment above it: %t", examplePath, l.path, present, has)
		}
	}
}

func collectComments(section *yaml.Node, path string, commented map[string]bool) {
	for i := 0; i+1 < len(section.Content); i += 2 {
		key, value := section.Content[i], section.Content[i+1]
		here := join(path, key.Value)
		commented[here] = key.HeadComment != ""
		if value.Kind == yaml.MappingNode {
			collectComments(value, here, commented)
		}
	}
}
