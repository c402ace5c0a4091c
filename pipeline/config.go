package pipeline

import (
	"errors"
	"fmt"
	"time"
)

// Config says how often numbers go out.
type Config struct {
	FlushInterval   time.Duration `yaml:"flush_interval"`   // between two writes to ClickHouse
	PublishInterval time.Duration `yaml:"publish_interval"` // between two states of /metrics
	PendingRows     int           `yaml:"pending_rows"`     // rows that may wait for ClickHouse before reading pauses
	ShutdownTimeout time.Duration `yaml:"shutdown_timeout"` // for the last write
}

// DefaultConfig shows an event within a second.
func DefaultConfig() Config {
	return Config{FlushInterval: 500 * time.Millisecond, PublishInterval: 250 * time.Millisecond, PendingRows: 500_000, ShutdownTimeout: 10 * time.Second}
}

// Validate tells everything that is wrong with the configuration.
func (c Config) Validate() error {
	var errs []error
	if c.FlushInterval < 10*time.Millisecond {
		errs = append(errs, fmt.Errorf("flush_interval: is %s, must be at least 10ms", c.FlushInterval))
	}
	if c.PublishInterval < 10*time.Millisecond {
		errs = append(errs, fmt.Errorf("publish_interval: is %s, must be at least 10ms", c.PublishInterval))
	}
	if c.PendingRows < 1000 {
		errs = append(errs, fmt.Errorf("pending_rows: is %d, must be at least 1000", c.PendingRows))
	}
	if c.ShutdownTimeout < 0 {
		errs = append(errs, fmt.Errorf("shutdown_timeout: is %s, must not be negative", c.ShutdownTimeout))
	}
	return errors.Join(errs...)
}
