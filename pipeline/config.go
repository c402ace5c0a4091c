package pipeline

import (
	"errors"
	"fmt"
	"time"
)

// Config says how often numbers go out, and how much may wait.
type Config struct {
	FlushInterval   time.Duration `yaml:"flush_interval"`   // between two writes of rows to ClickHouse
	StateInterval   time.Duration `yaml:"state_interval"`   // between two writes of the state: what a start may have to read again
	PublishInterval time.Duration `yaml:"publish_interval"` // between two states of /metrics
	PendingRows     int           `yaml:"pending_rows"`     // rows that may wait for ClickHouse before reading pauses
	PendingBytes    int           `yaml:"pending_bytes"`    // of events that wait for the stored state of their conversation
	MemoryBytes     int           `yaml:"memory_bytes"`     // of conversations' events in memory; the others are read again when needed
	ShutdownTimeout time.Duration `yaml:"shutdown_timeout"` // for the last write
}

// DefaultConfig shows an event within a second.
func DefaultConfig() Config {
	return Config{
		FlushInterval: 500 * time.Millisecond, StateInterval: 10 * time.Second, PublishInterval: 250 * time.Millisecond,
		PendingRows: 500_000, PendingBytes: 256 << 20, MemoryBytes: 1 << 30, ShutdownTimeout: 10 * time.Second,
	}
}

// Validate tells everything that is wrong with the configuration.
func (c Config) Validate() error {
	var errs []error
	atLeast := func(key string, value, least time.Duration) {
		if value < least {
			errs = append(errs, fmt.Errorf("%s: is %s, must be at least %s", key, value, least))
		}
	}
	atLeast("flush_interval", c.FlushInterval, 10*time.Millisecond)
	atLeast("state_interval", c.StateInterval, c.FlushInterval)
	atLeast("publish_interval", c.PublishInterval, 10*time.Millisecond)
	if c.PendingRows < 1000 {
		errs = append(errs, fmt.Errorf("pending_rows: is %d, must be at least 1000", c.PendingRows))
	}
	if c.PendingBytes < 1<<20 {
		errs = append(errs, fmt.Errorf("pending_bytes: is %d, must be at least %d", c.PendingBytes, 1<<20))
	}
	if c.MemoryBytes < 0 {
		errs = append(errs, fmt.Errorf("memory_bytes: is %d, must not be negative", c.MemoryBytes))
	}
	if c.ShutdownTimeout < 0 {
		errs = append(errs, fmt.Errorf("shutdown_timeout: is %s, must not be negative", c.ShutdownTimeout))
	}
	return errors.Join(errs...)
}
