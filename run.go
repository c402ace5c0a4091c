package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/floorwatch/floorwatch/exporter/clickhouse"
	"github.com/floorwatch/floorwatch/exporter/prometheus"
	"github.com/floorwatch/floorwatch/ingest/stream"
	"github.com/floorwatch/floorwatch/pipeline"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"
)

// run is the service. It starts what others need before they need it, and stops in reverse.
func run(ctx context.Context, arguments []string, s streams) error {
	flags := newFlags("run", "[--config FILE] [--embedded [--data-dir DIRECTORY]] [--simulate]",
		"Runs the service: reads events from Kafka, writes rows to ClickHouse and serves numbers to Prometheus.")
	configPath := flags.String("config", "", "configuration `file` (YAML)")
	withEmbedded := flags.Bool("embedded", false, "run Kafka and ClickHouse in this process, too")
	dataDir := flags.String("data-dir", "", "`directory` of the embedded Kafka and ClickHouse (default: embedded.data_dir)")
	simulated := flags.Bool("simulate", false, "send the events of a made-up floor")
	if err := flags.parse(arguments, s, 0); err != nil {
		return err
	}
	if flags.given("data-dir") && !*withEmbedded {
		return flags.refuse(s, "--data-dir needs --embedded")
	}
	cfg, err := loadConfig(*configPath, os.Environ())
	if err != nil {
		return err
	}
	if flags.given("data-dir") {
		cfg.keepIn(*dataDir)
	}
	if *simulated {
		cfg.addSimulatedZones()
	}
	failHere(&cfg)
	return serve(ctx, cfg, s, *withEmbedded, *simulated)
}

// service is what runs beside each other once everything is open.
type service struct {
	cfg      Config
	logger   zerolog.Logger
	console  *console
	listener net.Listener
	servers  io.Closer // Kafka and ClickHouse in this process; nil: they are elsewhere
	exporter *prometheus.Exporter
	store    *clickhouse.Store
	log      *stream.Stream // for the numbers
	events   *stream.Stream // for the archive
	pipeline atomic.Pointer[pipeline.Pipeline]
	archive  *pipeline.Archive
	door     *door // nil: the gateway runs elsewhere
}

func serve(ctx context.Context, cfg Config, s streams, withEmbedded, simulated bool) (err error) {
	policies, err := cfg.policies()
	if err != nil {
		return err
	}
	cfg.ClickHouse.Policies, cfg.Kafka.Policies = policies, policies
	screen := newConsole(s.out)
	svc := &service{cfg: cfg, console: screen, logger: newLogger(cfg.Log, screen, s.err)}
	defer func() { err = errors.Join(err, svc.close()) }()
	if svc.listener, err = listen(cfg.HTTP.Listen, "http.listen"); err != nil {
		return err
	}
	svc.exporter = newExporter()
	group, running := errgroup.WithContext(ctx)
	server := &http.Server{Handler: svc.handler(), ReadHeaderTimeout: 5 * time.Second}
	group.Go(func() error {
		if err := server.Serve(svc.listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve %s: %w", svc.listener.Addr(), err)
		}
		return nil
	})
	group.Go(func() error {
		err := svc.openAndRun(running, s.out, withEmbedded, simulated)
		closing, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		return errors.Join(err, server.Shutdown(closing)) // /metrics stays up until the last rows are written
	})
	return group.Wait()
}

func newExporter() *prometheus.Exporter {
	return prometheus.New(prometheus.Build{Version: buildVersion(), GoVersion: runtime.Version(), ZoneVersion: schemas.ZoneVersion()})
}

func (svc *service) openAndRun(ctx context.Context, out io.Writer, withEmbedded, simulated bool) error {
	if err := svc.open(ctx, withEmbedded); err != nil {
		return ignoreDone(ctx, err) // Ctrl-C while it starts is no failure
	}
	svc.greet(out)
	return svc.run(ctx, simulated)
}

// open starts and connects everything, or tells what is in the way.
func (svc *service) open(ctx context.Context, withEmbedded bool) (err error) {
	cfg := &svc.cfg
	if withEmbedded {
		if svc.servers, err = startEmbedded(cfg, svc.logger); err != nil {
			return err
		}
		if err = cfg.addDemoSource(); err != nil {
			return err
		}
		if svc.door, err = openDoor(ctx, *cfg, svc.exporter, svc.logger); err != nil {
			return err
		}
	}
	if err = svc.openStore(ctx); err != nil {
		return err
	}
	if cfg.Floor, err = svc.recordSettings(ctx); err != nil {
		return err
	}
	kafka := cfg.Kafka
	kafka.InstanceID = instanceID(kafka.InstanceID)
	if svc.log, err = stream.Open(ctx, kafka, svc.logger); err != nil {
		return err
	}
	kafka.Group, kafka.KeepRejects, kafka.KeepTexts = kafka.Group+".archive", true, true
	if svc.events, err = stream.Open(ctx, kafka, svc.logger); err != nil {
		return err
	}
	svc.archive = pipeline.NewArchive(cfg.Pipeline, cfg.Floor.Generation, pipeline.ArchiveParts{
		Log: svc.events, Store: svc.store, Meter: svc.exporter, Clock: time.Now, Logger: svc.logger,
	})
	svc.pipeline.Store(pipeline.New(cfg.Pipeline, cfg.Floor, pipeline.Parts{
		Log: failAfterCommit(svc.log), Store: svc.store, Rollups: svc.store, Meter: svc.exporter, Clock: time.Now, Logger: svc.logger,
	}))
	return ctx.Err()
}

func (svc *service) openStore(ctx context.Context) error {
	return svc.askClickHouse(ctx, svc.cfg.ClickHouse.ConnectTimeout, func() (err error) {
		svc.store, err = clickhouse.Open(ctx, svc.cfg.ClickHouse, time.Now())
		return err
	})
}

// askClickHouse asks again for so long while ClickHouse cannot be reached: that it cannot be asked does not mean that it has nothing.
func (svc *service) askClickHouse(ctx context.Context, patience time.Duration, ask func() error) error {
	deadline := time.Now().Add(patience)
	for {
		err := ask()
		if !clickhouse.IsUnreachable(err) || ctx.Err() != nil || time.Now().After(deadline) {
			return err
		}
		svc.logger.Warn().Err(err).Msg("waiting for ClickHouse")
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	}
}

// instanceID names this instance in its consumer group: "auto" is the name of the host, with what Kafka does not allow left out.
func instanceID(configured string) string {
	host, err := os.Hostname()
	if configured != "auto" || err != nil {
		return strings.TrimPrefix(configured, "auto")
	}
	return regexp.MustCompile(`[^a-zA-Z0-9._-]+`).ReplaceAllString(host, "-")
}

// close lets go of what is open, in reverse.
func (svc *service) close() error {
	var errs []error
	for _, log := range []*stream.Stream{svc.events, svc.log} {
		if log != nil {
			log.Close()
		}
	}
	if svc.door != nil {
		svc.door.close()
	}
	if svc.store != nil {
		errs = append(errs, svc.store.Close())
	}
	if svc.servers != nil {
		errs = append(errs, svc.servers.Close())
	}
	if svc.listener != nil {
		_ = svc.listener.Close() // the HTTP server has closed it, if it ran
	}
	return errors.Join(errs...)
}

// run ends when the context is done and the last rows are written, or when a part cannot go on.
func (svc *service) run(ctx context.Context, simulated bool) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return svc.pipeline.Load().Run(ctx) })
	group.Go(func() error { return svc.archive.Run(ctx) })
	group.Go(func() error { return svc.followSettings(ctx) })
	if svc.door != nil {
		group.Go(func() error { return svc.door.gateway.Serve(ctx, svc.door.listener) })
	}
	if simulated {
		group.Go(func() error { return svc.simulate(ctx) })
	}
	svc.summarize(ctx, group)
	if err := group.Wait(); err != nil {
		return err
	}
	svc.logger.Info().Msg("stopped, all rows are written")
	return nil
}

// listen binds an address; the setting is where to choose another one.
func listen(address, setting string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("listen on %s: address already in use; stop the other process or set %s", address, setting)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w; set %s to an address of this machine", address, err, setting)
	}
	return listener, nil
}
