package stream

import (
	"errors"
	"fmt"
	"net"
	"regexp"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// Config says where the events are.
type Config struct {
	Brokers    []string      `yaml:"brokers"`     // host:port, at least one
	Topic      string        `yaml:"topic"`       // must exist
	Horizon    time.Duration `yaml:"horizon"`     // how long after it occurred an event may be appended
	MaxRecords int           `yaml:"max_records"` // taken in at a time
	// AcceptTruncated starts although the log has lost its beginning by retention. Conversations whose beginning is gone then get other
	// rows than before: use a new database with it.
	AcceptTruncated bool          `yaml:"accept_truncated"`
	ConnectTimeout  time.Duration `yaml:"connect_timeout"` // how long the start waits for Kafka
}

// DefaultConfig is a broker on this machine.
func DefaultConfig() Config {
	return Config{Brokers: []string{"127.0.0.1:9092"}, Topic: "floorwatch.events.v1", Horizon: 72 * time.Hour, MaxRecords: 10_000, ConnectTimeout: 10 * time.Second}
}

// topicName is what Kafka allows.
var topicName = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`)

// Validate tells everything that is wrong with the configuration.
func (c Config) Validate() error {
	var errs []error
	if len(c.Brokers) == 0 {
		errs = append(errs, errors.New("brokers: is empty, must name at least one host:port"))
	}
	for _, broker := range c.Brokers {
		if host, port, err := net.SplitHostPort(broker); err != nil || host == "" || port == "" {
			errs = append(errs, fmt.Errorf("brokers: %q is not host:port", broker))
		}
	}
	if !topicName.MatchString(c.Topic) {
		errs = append(errs, fmt.Errorf("topic: is %q, must be 1 to 249 letters, digits, '.', '_' or '-'", c.Topic))
	}
	if c.ConnectTimeout <= 0 {
		errs = append(errs, fmt.Errorf("connect_timeout: is %s, must be above 0", c.ConnectTimeout))
	}
	if c.Horizon < schemas.FutureTolerance {
		errs = append(errs, fmt.Errorf("horizon: is %s, must be at least %s", c.Horizon, schemas.FutureTolerance))
	}
	if c.MaxRecords < 1 {
		errs = append(errs, fmt.Errorf("max_records: is %d, must be at least 1", c.MaxRecords))
	}
	return errors.Join(errs...)
}
