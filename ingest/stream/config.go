package stream

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// Config says where the events are.
type Config struct {
	Brokers    []string      `yaml:"brokers"`     // host:port, at least one
	Topic      string        `yaml:"topic"`       // must exist
	Horizon    time.Duration `yaml:"horizon"`     // how long after it occurred an event may be appended
	Generation uint16        `yaml:"-"`           // of the rejects' versions
	MaxRecords int           `yaml:"max_records"` // taken in at a time
	// AcceptTruncated starts although the log has lost its beginning by retention. Conversations whose beginning is gone then get other
	// rows than before: use a new database or a higher floor.generation with it.
	AcceptTruncated bool `yaml:"accept_truncated"`
}

// DefaultConfig is a broker on this machine.
func DefaultConfig() Config {
	return Config{Brokers: []string{"127.0.0.1:9092"}, Topic: "floorwatch.events.v1", Horizon: 72 * time.Hour, MaxRecords: 10_000}
}

// Validate tells everything that is wrong with the configuration.
func (c Config) Validate() error {
	var errs []error
	if len(c.Brokers) == 0 {
		errs = append(errs, errors.New("brokers: is empty, must name at least one host:port"))
	}
	for _, broker := range c.Brokers {
		if _, _, err := net.SplitHostPort(broker); err != nil {
			errs = append(errs, fmt.Errorf("brokers: %q is not host:port", broker))
		}
	}
	if c.Topic == "" {
		errs = append(errs, errors.New("topic: is empty, must name the topic of the events"))
	}
	if c.Horizon < schemas.FutureTolerance {
		errs = append(errs, fmt.Errorf("horizon: is %s, must be at least %s", c.Horizon, schemas.FutureTolerance))
	}
	if c.MaxRecords < 1 {
		errs = append(errs, fmt.Errorf("max_records: is %d, must be at least 1", c.MaxRecords))
	}
	return errors.Join(errs...)
}
