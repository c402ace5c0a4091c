package clickhouse

import (
	"errors"
	"fmt"
	"net"
	"regexp"
	"time"

	"github.com/floorwatch/floorwatch/mask"
)

// Config says where ClickHouse is.
type Config struct {
	Protocol  string        `yaml:"protocol"`  // http or native
	Addresses []string      `yaml:"addresses"` // host:port; more than one: replicas to fail over to
	Database  string        `yaml:"database"`  // created if absent
	Username  string        `yaml:"username"`
	Password  string        `yaml:"password"`
	Secure    bool          `yaml:"secure"`  // TLS
	Timeout   time.Duration `yaml:"timeout"` // of one insert or question, until all of the answer is there

	LoadTimeout    time.Duration `yaml:"load_timeout"`    // … of reading a partition's state, which may be a million rows
	ConnectTimeout time.Duration `yaml:"connect_timeout"` // how long the start waits for the server

	Policies *mask.Policies `yaml:"-"` // by which events are masked once more; nil: by the default

	BeforeInsert func(table string) `yaml:"-"` // called before each insert; for tests that break off there
	AfterInsert  func(table string) `yaml:"-"` // called after each that was acknowledged, likewise
}

// DefaultConfig is a server on this machine.
func DefaultConfig() Config {
	return Config{
		Protocol: "http", Addresses: []string{"127.0.0.1:8123"}, Database: "floorwatch", Username: "default",
		Timeout: 30 * time.Second, LoadTimeout: 5 * time.Minute, ConnectTimeout: time.Minute,
	}
}

var databaseName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Validate tells everything that is wrong with the configuration.
func (c Config) Validate() error {
	var errs []error
	if c.Protocol != "http" && c.Protocol != "native" {
		errs = append(errs, fmt.Errorf("protocol: is %q, must be http or native", c.Protocol))
	}
	if len(c.Addresses) == 0 {
		errs = append(errs, errors.New("addresses: is empty, must name at least one host:port"))
	}
	for _, address := range c.Addresses {
		if _, _, err := net.SplitHostPort(address); err != nil {
			errs = append(errs, fmt.Errorf("addresses: %q is not host:port", address))
		}
	}
	if !databaseName.MatchString(c.Database) {
		errs = append(errs, fmt.Errorf("database: %q must be letters, digits and underscores", c.Database))
	}
	if c.Timeout < time.Second {
		errs = append(errs, fmt.Errorf("timeout: is %s, must be at least 1s", c.Timeout))
	}
	if c.LoadTimeout < c.Timeout {
		errs = append(errs, fmt.Errorf("load_timeout: is %s, must be at least timeout, %s", c.LoadTimeout, c.Timeout))
	}
	if c.ConnectTimeout < 0 {
		errs = append(errs, fmt.Errorf("connect_timeout: is %s, must not be negative", c.ConnectTimeout))
	}
	return errors.Join(errs...)
}
