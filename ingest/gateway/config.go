package gateway

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/floorwatch/floorwatch/ingest/producer"
	"github.com/floorwatch/floorwatch/schemas"
)

// Config is how the gateway listens, and to whom.
type Config struct {
	Listen      string                  `yaml:"listen"`       // host:port that chat platforms send to
	CertFile    string                  `yaml:"cert_file"`    // certificate chain (PEM); "": plain HTTP, for behind a proxy that ends TLS
	KeyFile     string                  `yaml:"key_file"`     // its private key
	WaitTimeout time.Duration           `yaml:"wait_timeout"` // how long a request waits for Kafka's acknowledgement before it is told to come again
	Encoding    string                  `yaml:"encoding"`     // of events in Kafka: json or protobuf
	Linger      time.Duration           `yaml:"linger"`       // how long an event waits for others to share its batch to Kafka
	Limits      Limits                  `yaml:"limits"`
	Sources     map[string]SourceConfig `yaml:"sources"` // by name, which is part of the address
}

// Limits keep one sender from taking what all need.
type Limits struct {
	BodyBytes         int64         `yaml:"body_bytes"`         // of a body as it is sent
	UnpackedBytes     int64         `yaml:"unpacked_bytes"`     // of a body without its compression
	MemoryBytes       int64         `yaml:"memory_bytes"`       // of all bodies that are here, as sent and unpacked
	Events            int           `yaml:"events"`             // of a batch
	HeaderBytes       int           `yaml:"header_bytes"`       // of all headers together
	HeaderTimeout     time.Duration `yaml:"header_timeout"`     // until they are there
	BodyTimeout       time.Duration `yaml:"body_timeout"`       // until the body is there, too
	Requests          int           `yaml:"requests"`           // at once
	Connections       int           `yaml:"connections"`        // at once
	EventsPerSecond   float64       `yaml:"events_per_second"`  // of one source; a request counts as one event at least
	EventsAtOnce      int           `yaml:"events_at_once"`     // what a source may send faster than that
	RememberedAnswers int           `yaml:"remembered_answers"` // to requests that may be repeated
}

// Kinds of sources besides the vendors.
const KindEvents = "events"

// SourceConfig is a sender that is known, and how it proves who it is.
type SourceConfig struct {
	Company         string   `yaml:"company"`           // of all of its events, whatever they say
	Kind            string   `yaml:"kind"`              // events (default), or a vendor whose webhooks they are
	SecretFiles     []string `yaml:"secret_files"`      // with what signs requests; two while a new one replaces an old one
	APIKeyFiles     []string `yaml:"api_key_files"`     // with keys of requests that are not signed; kind events only
	Prefix          string   `yaml:"prefix"`            // before every id of a vendor's webhooks
	Account         string   `yaml:"account"`           // the vendor's account that webhooks must not contradict
	Backfill        bool     `yaml:"backfill"`          // may send events older than kafka.horizon
	EventsPerSecond float64  `yaml:"events_per_second"` // 0: that of limits
	EventsAtOnce    int      `yaml:"events_at_once"`    // 0: that of limits

	Poll PollConfig `yaml:"poll"` // where to ask for what the vendor does not send; without a url nothing is asked for
}

// DefaultConfig answers on this machine only, and believes nobody.
func DefaultConfig() Config {
	return Config{
		Listen: "127.0.0.1:8090", WaitTimeout: 4 * time.Second, Linger: 2 * time.Millisecond, Encoding: producer.EncodingJSON,
		Limits: Limits{
			BodyBytes: MaxBodyBytes, UnpackedBytes: 8 << 20, MemoryBytes: 128 << 20, Events: MaxEvents, HeaderBytes: 16 << 10,
			HeaderTimeout: 5 * time.Second, BodyTimeout: 15 * time.Second, Requests: 256, Connections: 4096,
			EventsPerSecond: 2000, EventsAtOnce: 20_000, RememberedAnswers: 20_000,
		},
	}
}

// Validate tells all that is wrong, or nil.
func (c Config) Validate() error {
	var errs []error
	if _, port, err := net.SplitHostPort(c.Listen); err != nil || !isPort(port) {
		errs = append(errs, fmt.Errorf("listen: is %.100q, must be host:port, such as 127.0.0.1:8090", c.Listen))
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		errs = append(errs, errors.New("cert_file, key_file: only one is named; TLS needs both"))
	}
	if c.WaitTimeout < 100*time.Millisecond || c.WaitTimeout > time.Minute {
		errs = append(errs, fmt.Errorf("wait_timeout: is %v, must be from 100ms to 1m", c.WaitTimeout))
	}
	if c.Linger < 0 || c.Linger > time.Second {
		errs = append(errs, fmt.Errorf("linger: is %v, must be from 0 to 1s", c.Linger))
	}
	if c.Encoding != producer.EncodingJSON && c.Encoding != producer.EncodingProtobuf {
		errs = append(errs, fmt.Errorf("encoding: is %.100q, must be %s or %s", c.Encoding, producer.EncodingJSON, producer.EncodingProtobuf))
	}
	errs = append(errs, c.Limits.validate()...)
	for _, name := range slices.Sorted(maps.Keys(c.Sources)) {
		for _, err := range c.Sources[name].validate(name) {
			errs = append(errs, fmt.Errorf("sources.%.64s.%w", name, err))
		}
	}
	return errors.Join(errs...)
}

func isPort(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil
}

func (l Limits) validate() []error {
	var errs []error
	within(&errs, "body_bytes", l.BodyBytes, 1<<10, MaxBodyBytes)
	within(&errs, "unpacked_bytes", l.UnpackedBytes, l.BodyBytes, 64<<20)
	within(&errs, "memory_bytes", l.MemoryBytes, 2*(l.BodyBytes+l.UnpackedBytes), 1<<40)
	within(&errs, "events", l.Events, 1, 10_000)
	within(&errs, "header_bytes", l.HeaderBytes, 4<<10, 1<<20)
	within(&errs, "header_timeout", l.HeaderTimeout, 100*time.Millisecond, time.Minute)
	within(&errs, "body_timeout", l.BodyTimeout, l.HeaderTimeout, 10*time.Minute)
	within(&errs, "requests", l.Requests, 1, 100_000)
	within(&errs, "connections", l.Connections, 1, 1_000_000)
	within(&errs, "events_per_second", l.EventsPerSecond, 0.1, 1e6)
	within(&errs, "events_at_once", l.EventsAtOnce, 1, 10_000_000)
	within(&errs, "remembered_answers", l.RememberedAnswers, 0, 10_000_000)
	return errs
}

func within[T cmp.Ordered](errs *[]error, key string, value, low, high T) {
	if !(value >= low && value <= high) {
		*errs = append(*errs, fmt.Errorf("limits.%s: is %v, must be from %v to %v", key, value, low, high))
	}
}

// sourceName may stand in an address, a file name and a label.
var sourceName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

func (c SourceConfig) validate(name string) []error {
	var errs []error
	wrong := func(format string, values ...any) { errs = append(errs, fmt.Errorf(format, values...)) }
	if !sourceName.MatchString(name) {
		wrong("name: must be 1 to 64 small letters, digits and hyphens, since it is part of the address")
	}
	if c.Company == "" || len(c.Company) > schemas.MaxIDBytes {
		wrong("company: is %.100q, must name the company whose events this source sends", c.Company)
	}
	if kind := c.kind(); kind != KindEvents && AdapterNamed(kind) == nil {
		wrong("kind: is %.100q, must be one of %s", c.Kind, strings.Join(Kinds(), ", "))
	}
	if len(c.SecretFiles)+len(c.APIKeyFiles) == 0 {
		wrong("secret_files: is empty; name a file with the secret that the sender signs with")
	}
	if c.kind() != KindEvents && len(c.APIKeyFiles) > 0 {
		wrong("api_key_files: %s signs its webhooks; only sources of kind events have keys", c.kind())
	}
	if c.kind() == KindEvents && (c.Prefix != "" || c.Account != "") {
		wrong("prefix, account: are for webhooks of vendors; a source of kind events names its ids itself")
	}
	if poll := c.poll(); poll != (PollConfig{}) {
		if adapter := AdapterNamed(c.kind()); adapter == nil || adapter.poll == nil {
			wrong("poll: %s has nothing that is polled; leave it out", c.kind())
		} else if c.Account != "" && poll.Account != c.Account {
			wrong("poll.account: is %.100q, and that of the webhooks is %.100q; leave one of them out", poll.Account, c.Account)
		} else if err := poll.Validate(); err != nil {
			for problem := range strings.SplitSeq(err.Error(), "\n") {
				wrong("poll.%s", problem)
			}
		}
	}
	if len(c.Prefix) > 32 {
		wrong("prefix: has %d bytes, at most 32", len(c.Prefix))
	}
	if c.EventsPerSecond < 0 || c.EventsPerSecond > 1e6 {
		wrong("events_per_second: is %v, must be from 0 to 1000000", c.EventsPerSecond)
	}
	if c.EventsAtOnce < 0 || c.EventsAtOnce > 10_000_000 {
		wrong("events_at_once: is %d, must be from 0 to 10000000", c.EventsAtOnce)
	}
	return errs
}

func (c SourceConfig) kind() string { return cmp.Or(c.Kind, KindEvents) }

// poll is how the source is polled, of the account that its webhooks name.
func (c SourceConfig) poll() PollConfig {
	poll := c.Poll
	if poll != (PollConfig{}) {
		poll.Account = cmp.Or(poll.Account, c.Account)
	}
	return poll
}

// Kinds are all kinds of sources.
func Kinds() []string {
	kinds := []string{KindEvents}
	for _, adapter := range Adapters {
		kinds = append(kinds, adapter.Name)
	}
	return kinds
}
