package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/exporter/clickhouse"
	"github.com/floorwatch/floorwatch/ingest/producer"
	"github.com/floorwatch/floorwatch/ingest/simulate"
	"github.com/floorwatch/floorwatch/ingest/stream"
	"github.com/floorwatch/floorwatch/pipeline"
	"github.com/rs/zerolog"
	"go.yaml.in/yaml/v4"
)

// Config is the whole configuration: each package's own, side by side. Defaults work; a key that is not known is refused.
type Config struct {
	Kafka      stream.Config       `yaml:"kafka"`
	ClickHouse clickhouse.Config   `yaml:"clickhouse"`
	HTTP       HTTPConfig          `yaml:"http"`
	Floor      aggregator.Settings `yaml:"floor"`
	Pipeline   pipeline.Config     `yaml:"pipeline"`
	Producer   ProducerConfig      `yaml:"producer"`
	Simulate   simulate.Config     `yaml:"simulate"`
	Embedded   EmbeddedConfig      `yaml:"embedded"`
	Log        LogConfig           `yaml:"log"`
}

// HTTPConfig is where the service answers.
type HTTPConfig struct {
	Listen string `yaml:"listen"` // host:port of /metrics and /healthz
}

// EmbeddedConfig is Kafka and ClickHouse in this process.
type EmbeddedConfig struct {
	DataDir          string `yaml:"data_dir"`
	Library          string `yaml:"library"` // the ClickHouse engine; "make engine" fetches it
	KafkaListen      string `yaml:"kafka_listen"`
	ClickHouseListen string `yaml:"clickhouse_listen"`
	Partitions       int    `yaml:"partitions"` // of the topic, when it is made
}

// LogConfig is how the service logs.
type LogConfig struct {
	Level  string `yaml:"level"`  // debug, info, warn or error
	Format string `yaml:"format"` // auto, console or json; auto is console on a terminal
}

// defaultConfig is the configuration without a file.
func defaultConfig() Config {
	return Config{
		Kafka: stream.DefaultConfig(), ClickHouse: clickhouse.DefaultConfig(), HTTP: HTTPConfig{Listen: "127.0.0.1:8080"},
		Floor: aggregator.DefaultSettings(), Pipeline: pipeline.DefaultConfig(), Producer: defaultProducer(), Simulate: simulate.DefaultConfig(),
		Embedded: EmbeddedConfig{
			DataDir: "data", Library: ".cache/engine/26.7.3-stable.1/libchdb.so",
			KafkaListen: "127.0.0.1:9092", ClickHouseListen: "127.0.0.1:8123", Partitions: 4,
		},
		Log: LogConfig{Level: "info", Format: "auto"},
	}
}

// loadConfig reads the defaults, then the file if one is named, then the environment, and checks the whole.
func loadConfig(path string, environment []string) (Config, error) {
	cfg := defaultConfig()
	if path != "" {
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return cfg, fmt.Errorf("read configuration %s: there is no such file", path)
		}
		if err != nil {
			return cfg, fmt.Errorf("read configuration: %w", err)
		}
		if err := decodeStrict(text, &cfg); err != nil {
			return cfg, fmt.Errorf("read configuration %s: %w", path, err)
		}
	}
	if err := applyEnvironment(&cfg, environment); err != nil {
		return cfg, err
	}
	if err := cfg.Validate(); err != nil {
		return cfg, fmt.Errorf("check configuration:\n%w", err)
	}
	return cfg, nil
}

// decodeStrict reads YAML over what cfg holds; unknown keys and keys that stand twice are errors.
func decodeStrict(text []byte, cfg *Config) error {
	if len(strings.TrimSpace(string(text))) == 0 {
		return nil
	}
	return yaml.Load(text, cfg, yaml.WithKnownFields(true), yaml.WithUniqueKeys(true))
}

// Validate tells everything that is wrong, each with its key.
func (c Config) Validate() error {
	var errs []error
	section := func(name string, err error) { errs = append(errs, under(name, err)...) }
	section("kafka", c.Kafka.Validate())
	section("clickhouse", c.ClickHouse.Validate())
	section("http", validAddress("listen", c.HTTP.Listen))
	section("floor", c.Floor.Validate())
	section("pipeline", c.Pipeline.Validate())
	section("producer", c.producer().Validate())
	section("simulate", c.Simulate.Validate())
	section("embedded", c.Embedded.validate())
	section("log", c.Log.validate())
	return errors.Join(errs...)
}

// under puts a section's name before each of its errors.
func under(section string, err error) []error {
	if err == nil {
		return nil
	}
	var out []error
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			out = append(out, under(section, one)...)
		}
		return out
	}
	return []error{fmt.Errorf("  %s.%w", section, err)}
}

func validAddress(key, address string) error {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return fmt.Errorf("%s: %q is not host:port", key, address)
	}
	return nil
}

func (c EmbeddedConfig) validate() error {
	errs := []error{validAddress("kafka_listen", c.KafkaListen), validAddress("clickhouse_listen", c.ClickHouseListen)}
	if c.DataDir == "" {
		errs = append(errs, errors.New("data_dir: is empty, must name a directory"))
	}
	if c.Partitions < 1 || c.Partitions > 1000 {
		errs = append(errs, fmt.Errorf("partitions: is %d, must be from 1 to 1000", c.Partitions))
	}
	return errors.Join(errs...)
}

func (c LogConfig) validate() error {
	var errs []error
	if _, err := zerolog.ParseLevel(c.Level); err != nil || c.Level == "" {
		errs = append(errs, fmt.Errorf("level: is %q, must be debug, info, warn or error", c.Level))
	}
	if c.Format != "auto" && c.Format != "console" && c.Format != "json" {
		errs = append(errs, fmt.Errorf("format: is %q, must be auto, console or json", c.Format))
	}
	return errors.Join(errs...)
}

// ProducerConfig is how "produce" and "simulate" send; where Kafka is stands under kafka.
type ProducerConfig struct {
	ConnectTimeout  time.Duration `yaml:"connect_timeout"`
	DeliveryTimeout time.Duration `yaml:"delivery_timeout"`
	Linger          time.Duration `yaml:"linger"`
	MaxBuffered     int           `yaml:"max_buffered"`
}

func defaultProducer() ProducerConfig {
	cfg := producer.DefaultConfig()
	return ProducerConfig{cfg.ConnectTimeout, cfg.DeliveryTimeout, cfg.Linger, cfg.MaxBuffered}
}

// producer is the producer's configuration: it writes where the stream reads.
func (c Config) producer() producer.Config {
	cfg := producer.DefaultConfig()
	cfg.Brokers, cfg.Topic = c.Kafka.Brokers, c.Kafka.Topic
	cfg.ConnectTimeout, cfg.DeliveryTimeout = c.Producer.ConnectTimeout, c.Producer.DeliveryTimeout
	cfg.Linger, cfg.MaxBuffered = c.Producer.Linger, c.Producer.MaxBuffered
	return cfg
}
