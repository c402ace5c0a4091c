//go:build synctests

package pipeline

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/ingest/stream"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
)

// instance is a service as one process would run it: members of both groups, the pipeline and the archive, over a network and a store
// that it may lose. It crashes without a last word, and it stalls like a machine that was suspended.
type instance struct {
	name    string
	store   *reached
	network *network
	cancel  context.CancelFunc
	ended   chan struct{}
	failed  chan error // why it ended by itself
}

// surroundings are what instances share.
type surroundings struct {
	brokers  []string
	dial     func(ctx context.Context, network, address string) (net.Conn, error)
	model    *model
	settings aggregator.Settings
	wrap     func(Store) Store // a rule that is left out; nil: none
	wrapLog  func(Log) Log
	archive  bool
}

// crashed is what a dead process hears.
var errCrashed = errors.New("the process is dead")

// state of a process: it works, it stands still until an instant, or it is dead.
type process struct {
	lock    chan struct{}
	dead    bool
	stalled time.Time
}

// pass waits while the process stands still, and fails when it is dead.
func (p *process) pass() error {
	for {
		p.lock <- struct{}{}
		dead, wait := p.dead, time.Until(p.stalled)
		<-p.lock
		if dead {
			return errCrashed
		}
		if wait <= 0 {
			return nil
		}
		time.Sleep(min(wait, time.Second))
	}
}

func (p *process) set(dead bool, stalled time.Time) {
	p.lock <- struct{}{}
	p.dead, p.stalled = dead, stalled
	<-p.lock
}

// network is the connections of one process.
type network struct {
	*process
	dial func(ctx context.Context, network, address string) (net.Conn, error)
}

func (n *network) Dial(ctx context.Context, kind, address string) (net.Conn, error) {
	if err := n.pass(); err != nil {
		return nil, err
	}
	conn, err := n.dial(ctx, kind, address)
	if err != nil {
		return nil, err
	}
	return &connection{conn, n.process}, nil
}

// connection stands still and dies with its process.
type connection struct {
	net.Conn
	process *process
}

func (c *connection) Read(b []byte) (int, error) {
	if err := c.process.pass(); err != nil {
		_ = c.Close()
		return 0, err
	}
	n, err := c.Conn.Read(b)
	if err == nil {
		err = c.process.pass() // what arrived while it stood still is read afterwards
	}
	return n, err
}

func (c *connection) Write(b []byte) (int, error) {
	if err := c.process.pass(); err != nil {
		_ = c.Close()
		return 0, err
	}
	return c.Conn.Write(b)
}

// reached is the store as one process reaches it: a request that was sent before a crash may land after it; none is sent later.
type reached struct {
	*model
	*process
}

func (r *reached) Write(ctx context.Context, rows *schemas.Rows) error {
	if err := r.pass(); err != nil {
		return err
	}
	return errors.Join(r.model.Write(ctx, rows), r.pass())
}

func (r *reached) WriteState(ctx context.Context, rows []schemas.StateRow) error {
	if err := r.pass(); err != nil {
		return err
	}
	return errors.Join(r.model.WriteState(ctx, rows), r.pass())
}

func (r *reached) LoadState(ctx context.Context, partition int32, generation uint16, since, openSince schemas.Instant) ([]schemas.StateRow, error) {
	if err := r.pass(); err != nil {
		return nil, err
	}
	rows, err := r.model.LoadState(ctx, partition, generation, since, openSince)
	return rows, errors.Join(err, r.pass())
}

func (r *reached) FindState(ctx context.Context, keys map[int32][]schemas.KeyID) ([]schemas.StateRow, error) {
	if err := r.pass(); err != nil {
		return nil, err
	}
	rows, err := r.model.FindState(ctx, keys)
	return rows, errors.Join(err, r.pass())
}

// begin starts an instance of a name.
func (s *surroundings) begin(name string) *instance {
	p := &process{lock: make(chan struct{}, 1)}
	i := &instance{name: name, store: &reached{s.model, p}, network: &network{p, s.dial}, ended: make(chan struct{}), failed: make(chan error, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	i.cancel = cancel
	go func() {
		defer close(i.ended)
		if err := s.run(ctx, i); err != nil && ctx.Err() == nil {
			i.failed <- err
		}
	}()
	return i
}

// scheduleConfig is quick to write and keeps next to nothing in memory.
func scheduleConfig() Config {
	cfg := DefaultConfig()
	cfg.FlushInterval, cfg.StateInterval, cfg.PublishInterval = 400*time.Millisecond, 2*time.Second, 2*time.Second
	cfg.MemoryBytes, cfg.ShutdownTimeout = 300, 5*time.Second
	return cfg
}

func (s *surroundings) open(ctx context.Context, i *instance, group string) (*stream.Stream, error) {
	cfg := stream.DefaultConfig()
	cfg.Brokers, cfg.Group, cfg.InstanceID, cfg.SessionTimeout, cfg.RejectsTopic = s.brokers, group, i.name, 6*time.Second, ""
	cfg.MaxRecords, cfg.Dialer = 20, i.network.Dial
	for {
		log, err := stream.Open(ctx, cfg, zerolog.Nop())
		if err == nil || ctx.Err() != nil {
			return log, err
		}
		time.Sleep(time.Second) // the broker drops connections now and then
	}
}

func (s *surroundings) run(ctx context.Context, i *instance) error {
	numbers, err := s.open(ctx, i, "floorwatch")
	if err != nil {
		return err
	}
	defer numbers.Close()
	var store Store = i.store
	if s.wrap != nil {
		store = s.wrap(store)
	}
	var log Log = numbers
	if s.wrapLog != nil {
		log = s.wrapLog(log)
	}
	cfg, meter := scheduleConfig(), newFakeMeter()
	p := New(cfg, s.settings, Parts{Log: log, Store: store, Meter: meter, Clock: time.Now, Logger: zerolog.Nop()})
	archived := make(chan error, 1)
	if s.archive {
		events, err := s.open(ctx, i, "floorwatch.archive")
		if err != nil {
			return err
		}
		defer events.Close()
		a := NewArchive(cfg, s.settings.Generation, ArchiveParts{Log: events, Store: i.store, Meter: meter, Clock: time.Now, Logger: zerolog.Nop()})
		go func() { archived <- a.Run(ctx) }()
	} else {
		archived <- nil
	}
	return errors.Join(p.Run(ctx), <-archived)
}

// crash ends the process without a last word.
func (i *instance) crash() {
	i.network.set(true, time.Time{})
	i.cancel()
}

// stop ends it as it should end.
func (i *instance) stop() {
	i.cancel()
	<-i.ended
}

func (i *instance) stall(d time.Duration) { i.network.set(false, time.Now().Add(d)) }
