package stream

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"time"

	"github.com/floorwatch/floorwatch/mask"
	"github.com/floorwatch/floorwatch/schemas"
)

// Config says where the events are, and as who they are read.
type Config struct {
	Brokers    []string      `yaml:"brokers"`     // host:port, at least one
	Topic      string        `yaml:"topic"`       // must exist
	Horizon    time.Duration `yaml:"horizon"`     // how long after it occurred an event may be appended
	MaxRecords int           `yaml:"max_records"` // taken in at a time
	// AcceptTruncated starts although the log has lost its beginning by retention. Conversations whose beginning is gone then get other
	// rows than before: use a new database with it.
	AcceptTruncated bool          `yaml:"accept_truncated"`
	ConnectTimeout  time.Duration `yaml:"connect_timeout"` // how long the start waits for Kafka
	Group           string        `yaml:"group"`           // the instances of one group share the partitions
	// InstanceID names this instance within the group, so that after a restart it has its partitions back at once; "auto" is the name of
	// the host, filled in by the caller. With "" it leaves the group whenever it ends.
	InstanceID     string        `yaml:"instance_id"`
	SessionTimeout time.Duration `yaml:"session_timeout"` // without a heartbeat for this long an instance loses its partitions
	RejectsTopic   string        `yaml:"rejects_topic"`   // where Forward writes; "": nowhere

	KeepRejects bool                                                                       `yaml:"-"` // rejects carry their record, as Forward needs it
	Policies    *mask.Policies                                                             `yaml:"-"` // by which free texts are masked that their producer has not; nil: by the default
	KeepTexts   bool                                                                       `yaml:"-"` // events carry the text of messages, which only the table events needs
	Dialer      func(ctx context.Context, network, host string) (conn net.Conn, err error) `yaml:"-"` // nil: that of the system
}

// DefaultConfig is a broker on this machine.
func DefaultConfig() Config {
	return Config{
		Brokers: []string{"127.0.0.1:9092"}, Topic: "floorwatch.events.v1", Horizon: 72 * time.Hour, MaxRecords: 10_000, ConnectTimeout: 10 * time.Second,
		Group: "floorwatch", InstanceID: "auto", SessionTimeout: 45 * time.Second, RejectsTopic: "floorwatch.rejects.v1",
	}
}

// name is what Kafka allows as the name of a topic; groups and instances here keep to it, too.
var name = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`)

// What brokers allow by default.
const (
	minSessionTimeout = 6 * time.Second
	maxSessionTimeout = 30 * time.Minute
)

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
	named := func(key, value string) {
		if !name.MatchString(value) {
			errs = append(errs, fmt.Errorf("%s: is %q, must be 1 to 249 letters, digits, '.', '_' or '-'", key, value))
		}
	}
	named("topic", c.Topic)
	named("group", c.Group)
	if c.InstanceID != "" {
		named("instance_id", c.InstanceID)
	}
	if c.RejectsTopic != "" {
		named("rejects_topic", c.RejectsTopic)
	}
	if c.RejectsTopic != "" && c.RejectsTopic == c.Topic {
		errs = append(errs, errors.New("rejects_topic: is the topic of the events, must be another"))
	}
	if c.ConnectTimeout <= 0 {
		errs = append(errs, fmt.Errorf("connect_timeout: is %s, must be above 0", c.ConnectTimeout))
	}
	if c.SessionTimeout < minSessionTimeout || c.SessionTimeout > maxSessionTimeout {
		errs = append(errs, fmt.Errorf("session_timeout: is %s, must be from %s to %s", c.SessionTimeout, minSessionTimeout, maxSessionTimeout))
	}
	if c.Horizon < schemas.FutureTolerance {
		errs = append(errs, fmt.Errorf("horizon: is %s, must be at least %s", c.Horizon, schemas.FutureTolerance))
	}
	if c.MaxRecords < 1 {
		errs = append(errs, fmt.Errorf("max_records: is %d, must be at least 1", c.MaxRecords))
	}
	return errors.Join(errs...)
}
