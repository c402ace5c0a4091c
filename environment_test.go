package main

import (
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/ingest/simulate"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestEnvironment(t *testing.T) {
	f := func(variable string, change func(*Config)) {
		t.Helper()
		got, err := loadConfig("", []string{"HOME=/root", variable, "OTHER_KAFKA_TOPIC=x"})
		if err != nil {
			t.Errorf("%s: %v", variable, err)
			return
		}
		want := defaultConfig()
		change(&want)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", variable, diff)
		}
	}
	f("FLOORWATCH_KAFKA_BROKERS=a:1", func(c *Config) { c.Kafka.Brokers = []string{"a:1"} })
	f("FLOORWATCH_KAFKA_BROKERS=a:1, b:2", func(c *Config) { c.Kafka.Brokers = []string{"a:1", "b:2"} })
	f("FLOORWATCH_KAFKA_BROKERS=[a:1, b:2]", func(c *Config) { c.Kafka.Brokers = []string{"a:1", "b:2"} })
	f("FLOORWATCH_KAFKA_HORIZON=48h", func(c *Config) { c.Kafka.Horizon = 48 * time.Hour })
	f("FLOORWATCH_EMBEDDED_PARTITIONS=12", func(c *Config) { c.Embedded.Partitions = 12 })
	f("FLOORWATCH_CLICKHOUSE_SECURE=true", func(c *Config) { c.ClickHouse.Secure = true })
	f("FLOORWATCH_SIMULATE_RATE=0.5", func(c *Config) { c.Simulate.Rate = 0.5 })
	f("FLOORWATCH_FLOOR_ZONES={acme: Europe/Berlin}", func(c *Config) { c.Floor.Zones = map[string]string{"acme": "Europe/Berlin"} })
	f("FLOORWATCH_FLOOR_HOURS={acme: {week: 'Mon-Fri 09:00-17:00, Sat 10:00-14:00', holidays: [2026-12-24 09:00-12:00, 2026-12-25]}}", func(c *Config) {
		c.Floor.Hours = map[string]aggregator.Hours{"acme": {Week: "Mon-Fri 09:00-17:00, Sat 10:00-14:00", Holidays: []string{"2026-12-24 09:00-12:00", "2026-12-25"}}}
	})
	f("FLOORWATCH_FLOOR_DEFAULT_HOURS_WEEK=Mon-Fri 09:00-17:00, Sat 10:00-14:00", func(c *Config) { c.Floor.DefaultHours.Week = "Mon-Fri 09:00-17:00, Sat 10:00-14:00" })
	f("FLOORWATCH_SIMULATE_COMPANIES=[{name: a, zone: UTC, agents: 3}]", func(c *Config) {
		c.Simulate.Companies = []simulate.Company{{Name: "a", Zone: "UTC", Agents: 3}}
	})
	for _, secret := range []string{"", "0123", "a #b", "[x", "null", "a=b", "'q", " s ", "true", "{a: b}", "\t"} {
		f("FLOORWATCH_CLICKHOUSE_PASSWORD="+secret, func(c *Config) { c.ClickHouse.Password = secret })
	}
}

func TestEnvironmentOverridesFile(t *testing.T) {
	cfg, err := load(t, "kafka: {topic: file, max_records: 5}\nfloor: {zones: {acme: UTC, globex: UTC}}\n",
		"FLOORWATCH_KAFKA_TOPIC=environment", "FLOORWATCH_FLOOR_ZONES={acme: Europe/Berlin}")
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Kafka.Topic != "environment" || cfg.Kafka.MaxRecords != 5 {
		t.Errorf("kafka: %+v", cfg.Kafka)
	}
	if diff := cmp.Diff(map[string]string{"acme": "Europe/Berlin"}, cfg.Floor.Zones); diff != "" {
		t.Errorf("zones (-want +got):\n%s", diff)
	}
}

func TestEnvironmentRefuses(t *testing.T) {
	f := func(variables, want string) {
		t.Helper()
		if _, err := loadConfig("", strings.Split(variables, "|")); err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", variables, err, want)
		}
	}
	const read = "read environment: "
	f("FLOORWATCH_KAFKA_BROKER=a:1", read+"FLOORWATCH_KAFKA_BROKER: is no key of the configuration; did you mean FLOORWATCH_KAFKA_BROKERS?")
	f("FLOORWATCH_CLICKHOUSE_PASWORD=secret", read+"FLOORWATCH_CLICKHOUSE_PASWORD: is no key of the configuration; did you mean FLOORWATCH_CLICKHOUSE_PASSWORD?")
	f("FLOORWATCH_X=1", read+`FLOORWATCH_X: is no key of the configuration; "floorwatch check --print" shows all of them (clickhouse.addresses is FLOORWATCH_CLICKHOUSE_ADDRESSES)`)
	f("FLOORWATCH_KAFKA_HORIZON=72", read+`FLOORWATCH_KAFKA_HORIZON: kafka.horizon is "72"; must be a duration, such as 500ms, 30s, 10m or 72h`)
	f("FLOORWATCH_KAFKA_BROKERS=", read+"FLOORWATCH_KAFKA_BROKERS: is empty; give a value or remove the variable")
	f("FLOORWATCH_KAFKA_BROKERS=[a:1", read+"FLOORWATCH_KAFKA_BROKERS: not valid YAML: did not find expected ',' or ']'")
	f("FLOORWATCH_FLOOR_ZONES=acme", read+"FLOORWATCH_FLOOR_ZONES: floor.zones must be pairs, such as {acme: Europe/Berlin}")
	f("FLOORWATCH_HTTP_LISTEN=8080", `check configuration: http.listen: is "8080", must be host:port, such as 127.0.0.1:8080`)
	f("FLOORWATCH_LOG_LEVL=x|FLOORWATCH_KAFKA_MAX_RECORDS=x", read+"2 problems"+
		"\n  FLOORWATCH_KAFKA_MAX_RECORDS: kafka.max_records is \"x\"; must be a whole number"+
		"\n  FLOORWATCH_LOG_LEVL: is no key of the configuration; did you mean FLOORWATCH_LOG_LEVEL?")
}
