package producer

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"time"
)

// Config tells where and how events are written.
type Config struct {
	Brokers []string `yaml:"brokers"` // host:port of some of the brokers; the others are found through them
	Topic   string   `yaml:"topic"`

	Encoding string `yaml:"encoding"` // how events are written: one of Encodings
	Registry string `yaml:"registry"` // http(s) address of a schema registry that gets the schema of Protobuf; "" for none

	ConnectTimeout  time.Duration `yaml:"connect_timeout"`  // how long Open waits for Kafka
	DeliveryTimeout time.Duration `yaml:"delivery_timeout"` // how long an event waits for Kafka's acknowledgement before it counts as failed
	Linger          time.Duration `yaml:"linger"`           // how long an event waits for others to share its batch
	MaxBuffered     int           `yaml:"max_buffered"`     // events not yet acknowledged before sending waits
}

// Encodings of events.
const (
	EncodingJSON     = "json"
	EncodingProtobuf = "protobuf"
)

// Encodings that Config.Encoding may be.
var Encodings = []string{EncodingJSON, EncodingProtobuf}

// maxBufferedBytes bounds the memory of events not yet acknowledged, whatever their size.
const maxBufferedBytes = 32 << 20

// DefaultConfig fits a Kafka on the same machine.
func DefaultConfig() Config {
	return Config{
		Brokers:         []string{"127.0.0.1:9092"},
		Topic:           "floorwatch.events.v1",
		Encoding:        EncodingJSON,
		ConnectTimeout:  10 * time.Second,
		DeliveryTimeout: 30 * time.Second,
		Linger:          20 * time.Millisecond,
		MaxBuffered:     10_000,
	}
}

// topicName is what Kafka allows.
var topicName = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`)

// Validate tells all that is wrong, or nil.
func (c Config) Validate() error {
	var errs []error
	if len(c.Brokers) == 0 {
		errs = append(errs, errors.New(`brokers: is empty; name at least one, such as "127.0.0.1:9092"`))
	}
	for i, broker := range c.Brokers {
		if host, port, err := net.SplitHostPort(broker); err != nil || host == "" || port == "" {
			errs = append(errs, fmt.Errorf(`brokers[%d]: is %.100q; must be host:port, such as "127.0.0.1:9092"`, i, broker))
		}
	}
	if !topicName.MatchString(c.Topic) || c.Topic == "." || c.Topic == ".." {
		errs = append(errs, fmt.Errorf("topic: is %.100q; must be 1 to 249 letters, digits, '.', '_' or '-'", c.Topic))
	}
	if !slices.Contains(Encodings, c.Encoding) {
		errs = append(errs, fmt.Errorf("encoding: is %.100q; must be json or protobuf", c.Encoding))
	}
	if err := c.validRegistry(); err != nil {
		errs = append(errs, err)
	}
	if c.ConnectTimeout <= 0 {
		errs = append(errs, fmt.Errorf("connect_timeout: is %v; must be above 0", c.ConnectTimeout))
	}
	if c.Linger < 0 || c.Linger > time.Minute {
		errs = append(errs, fmt.Errorf("linger: is %v; must be from 0 to 1m", c.Linger))
	}
	if c.DeliveryTimeout < c.Linger+time.Second {
		errs = append(errs, fmt.Errorf("delivery_timeout: is %v; must be at least a second more than linger, %v", c.DeliveryTimeout, c.Linger))
	}
	if c.MaxBuffered < 1 {
		errs = append(errs, fmt.Errorf("max_buffered: is %d; must be at least 1", c.MaxBuffered))
	}
	return errors.Join(errs...)
}

// validRegistry never repeats an address that may hold a password.
func (c Config) validRegistry() error {
	if c.Registry == "" {
		return nil
	}
	address, err := url.Parse(c.Registry)
	switch {
	case err != nil || address.Scheme != "http" && address.Scheme != "https" || address.Hostname() == "":
		return errors.New("registry: must be an address such as http://127.0.0.1:8081, or empty for none")
	case address.User != nil || address.RawQuery != "" || address.Fragment != "":
		return errors.New("registry: must be an address only, such as http://127.0.0.1:8081, without user, query or fragment")
	case c.Encoding != EncodingProtobuf:
		return errors.New("registry: is for the encoding protobuf; set encoding to protobuf, or leave registry empty")
	}
	return nil
}
