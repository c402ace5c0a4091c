package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/exporter/clickhouse"
	"github.com/floorwatch/floorwatch/ingest/gateway"
	"github.com/floorwatch/floorwatch/ingest/producer"
	"github.com/floorwatch/floorwatch/ingest/simulate"
	"github.com/floorwatch/floorwatch/ingest/stream"
	"github.com/floorwatch/floorwatch/mask"
	"github.com/floorwatch/floorwatch/pipeline"
)

// Config is the whole configuration: each package's own, side by side. Defaults work; a key that is not known is refused.
type Config struct {
	Kafka      stream.Config          `yaml:"kafka"`
	ClickHouse clickhouse.Config      `yaml:"clickhouse"`
	HTTP       HTTPConfig             `yaml:"http"`
	Floor      aggregator.Settings    `yaml:"floor"`
	Pipeline   pipeline.Config        `yaml:"pipeline"`
	Producer   ProducerConfig         `yaml:"producer"`
	Gateway    gateway.Config         `yaml:"gateway"`
	Masking    producer.PrivacyConfig `yaml:"masking"`
	Simulate   simulate.Config        `yaml:"simulate"`
	Embedded   EmbeddedConfig         `yaml:"embedded"`
	Log        LogConfig              `yaml:"log"`
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
		Floor: aggregator.DefaultSettings(), Pipeline: pipeline.DefaultConfig(), Producer: defaultProducer(),
		Gateway: gateway.DefaultConfig(), Masking: producer.DefaultPrivacy(), Simulate: simulate.DefaultConfig(),
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
	var errs []error
	tell := func(what string, problems []error) {
		if len(problems) > 0 {
			errs = append(errs, all(what, problems))
		}
	}
	if path != "" {
		text, err := readConfigFile(path)
		if err != nil {
			return cfg, err
		}
		tell("read configuration "+path, decodeText(text, &cfg))
	}
	tell("read environment", applyEnvironment(&cfg, environment))
	tell("check configuration", cfg.problems())
	return cfg, errors.Join(errs...)
}

func readConfigFile(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("read configuration %s: there is no such file", path)
	case errors.Is(err, syscall.EISDIR):
		return nil, fmt.Errorf("read configuration %s: it is a directory; name a file", path)
	case err != nil:
		return nil, fmt.Errorf("read configuration: %w", err)
	case !utf8.Valid(text):
		return nil, fmt.Errorf("read configuration %s: it is not text in UTF-8", path)
	}
	return text, nil
}

// all joins problems: one on the line of what was done, several each on a line of its own.
func all(doing string, problems []error) error {
	if len(problems) == 1 {
		return fmt.Errorf("%s: %w", doing, problems[0])
	}
	text := doing + ": " + strconv.Itoa(len(problems)) + " problems"
	for _, problem := range problems {
		text += "\n  " + problem.Error()
	}
	return errors.New(text)
}

// problems tells everything that is wrong, each with its key.
func (c Config) problems() []error {
	var problems []error
	section := func(name string, err error) { problems = append(problems, under(name, err)...) }
	section("kafka", c.Kafka.Validate())
	section("clickhouse", c.ClickHouse.Validate())
	section("http", validAddress("listen", c.HTTP.Listen))
	section("floor", c.Floor.Validate())
	section("pipeline", c.Pipeline.Validate())
	section("producer", c.Producer.validate(c.Gateway.Encoding))
	section("gateway", c.Gateway.Validate())
	section("masking", c.Masking.Validate())
	section("simulate", c.Simulate.Validate())
	section("embedded", c.Embedded.validate())
	section("log", c.Log.validate())
	return problems
}

// under puts a section's name before each of its errors.
func under(section string, err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{fmt.Errorf("%s.%w", section, err)}
	}
	var out []error
	for _, one := range joined.Unwrap() {
		out = append(out, under(section, one)...)
	}
	return out
}

func validAddress(key, address string) error {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("%s: is %q, must be host:port, such as 127.0.0.1:8080", key, address)
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
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.Level) {
		errs = append(errs, fmt.Errorf("level: is %q, must be debug, info, warn or error", c.Level))
	}
	if !slices.Contains([]string{"auto", "console", "json"}, c.Format) {
		errs = append(errs, fmt.Errorf("format: is %q, must be auto, console or json", c.Format))
	}
	return errors.Join(errs...)
}

// ProducerConfig is how "produce" and "simulate" send; where Kafka is stands under kafka.
type ProducerConfig struct {
	Encoding        string        `yaml:"encoding"`
	Registry        string        `yaml:"registry"`
	DeliveryTimeout time.Duration `yaml:"delivery_timeout"`
	Linger          time.Duration `yaml:"linger"`
	MaxBuffered     int           `yaml:"max_buffered"`
}

func defaultProducer() ProducerConfig {
	cfg := producer.DefaultConfig()
	return ProducerConfig{cfg.Encoding, cfg.Registry, cfg.DeliveryTimeout, cfg.Linger, cfg.MaxBuffered}
}

// to is the producer's own configuration: it writes where the stream reads.
func (c ProducerConfig) to(kafka stream.Config) producer.Config {
	return producer.Config{
		Brokers: kafka.Brokers, Topic: kafka.Topic, Encoding: c.Encoding, Registry: c.Registry, ConnectTimeout: kafka.ConnectTimeout,
		DeliveryTimeout: c.DeliveryTimeout, Linger: c.Linger, MaxBuffered: c.MaxBuffered,
	}
}

// validate leaves what stands under kafka to that section. A registry is of use if either writes Protobuf, the producer or the gateway.
func (c ProducerConfig) validate(gatewayEncoding string) error {
	cfg := c.to(stream.DefaultConfig())
	if cfg.Encoding == producer.EncodingJSON && gatewayEncoding == producer.EncodingProtobuf {
		cfg.Encoding = gatewayEncoding
	}
	return cfg.Validate()
}

// keepIn keeps all that a service with everything in it keeps in one directory; keys, unless they are elsewhere by configuration.
func (c *Config) keepIn(directory string) {
	c.Embedded.DataDir = directory
	if c.Masking.KeysDir == producer.DefaultPrivacy().KeysDir {
		c.Masking.KeysDir = filepath.Join(directory, "keys")
	}
}

// policies say what becomes of texts.
func (c Config) policies() (*mask.Policies, error) {
	policies, err := mask.NewPolicies(c.Masking.PoliciesConfig)
	if err != nil {
		return nil, fmt.Errorf("prepare masking: %w", err)
	}
	return policies, nil
}

func (c Config) producer() producer.Config {
	return withEncoding(c.Producer.to(c.Kafka), c.Producer.Encoding)
}

// withEncoding is a producer that writes in an encoding. Only Protobuf's schema goes to the registry.
func withEncoding(cfg producer.Config, encoding string) producer.Config {
	if cfg.Encoding = encoding; encoding != producer.EncodingProtobuf {
		cfg.Registry = ""
	}
	return cfg
}
