package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
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
		cfg.Embedded.DataDir = *dataDir
	}
	if *simulated {
		cfg.addSimulatedZones()
	}
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
	log      *stream.Stream
	pipeline *pipeline.Pipeline
}

func serve(ctx context.Context, cfg Config, s streams, withEmbedded, simulated bool) (err error) {
	screen := newConsole(s.out)
	svc := &service{cfg: cfg, console: screen, logger: newLogger(cfg.Log, screen, s.err)}
	defer func() { err = errors.Join(err, svc.close()) }()
	if err := svc.open(ctx, withEmbedded); err != nil {
		return ignoreDone(ctx, err) // Ctrl-C while it starts is no failure
	}
	svc.greet(s.out)
	return svc.run(ctx, simulated)
}

// open binds and connects everything, or tells what is in the way.
func (svc *service) open(ctx context.Context, withEmbedded bool) (err error) {
	cfg := &svc.cfg
	if svc.listener, err = listen(cfg.HTTP.Listen, "http.listen"); err != nil {
		return err
	}
	if withEmbedded {
		if svc.servers, err = startEmbedded(cfg, svc.logger); err != nil {
			return err
		}
	}
	if svc.store, err = clickhouse.Open(ctx, cfg.ClickHouse, time.Now()); err != nil {
		return err
	}
	if err = svc.checkZones(ctx); err != nil {
		return err
	}
	if svc.log, err = stream.Open(ctx, cfg.Kafka, svc.logger); err != nil {
		return err
	}
	svc.exporter = prometheus.New(prometheus.Build{Version: buildVersion(), GoVersion: runtime.Version(), ZoneVersion: schemas.ZoneVersion()})
	svc.pipeline = pipeline.New(cfg.Pipeline, cfg.Floor, pipeline.Parts{
		Log: svc.log, Store: svc.store, Meter: svc.exporter, Clock: time.Now, Logger: svc.logger,
	})
	return ctx.Err()
}

// checkZones refuses to count a company's days in another zone than before: the rows of its old days would stay, and two days would be
// today.
func (svc *service) checkZones(ctx context.Context) error {
	zones, err := svc.store.Zones(ctx)
	if err != nil {
		return err
	}
	for _, company := range slices.Sorted(maps.Keys(zones)) {
		if now := svc.cfg.Floor.Zone(company); now != zones[company] {
			return fmt.Errorf("check zones: the days of company %q were counted in %s, and now would be in %s; set floor.zones or floor.default_zone as it was, or use a new clickhouse.database",
				company, zones[company], now)
		}
	}
	return nil
}

// close lets go of what is open, in reverse.
func (svc *service) close() error {
	var errs []error
	if svc.log != nil {
		svc.log.Close()
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
	server := &http.Server{Handler: svc.handler(), ReadHeaderTimeout: 5 * time.Second}
	group.Go(func() error {
		if err := server.Serve(svc.listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve %s: %w", svc.listener.Addr(), err)
		}
		return nil
	})
	group.Go(func() error {
		err := svc.pipeline.Run(ctx)
		closing, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		return errors.Join(err, server.Shutdown(closing)) // /metrics stays up until the last rows are written
	})
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

// handler serves the numbers and the health.
func (svc *service) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", svc.exporter.Handler())
	mux.HandleFunc("GET /healthz/live", func(w http.ResponseWriter, _ *http.Request) {
		status := svc.pipeline.Status()
		if age := time.Since(status.At.Time()); status.At != 0 && age > 30*time.Second {
			http.Error(w, fmt.Sprintf("stuck: nothing was published for %s", age.Round(time.Second)), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "alive")
	})
	mux.HandleFunc("GET /healthz/ready", func(w http.ResponseWriter, _ *http.Request) {
		status := svc.pipeline.Status()
		if !status.Ready() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		fmt.Fprintf(w, "partitions caught up: %d of %d; records to read: %d; ClickHouse takes rows: %t\n",
			status.CaughtUp, status.Partitions, status.Lag, status.StoreUp)
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "floorwatch "+buildVersion()+"\n\n/metrics\n/healthz/live\n/healthz/ready")
	})
	return mux
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
