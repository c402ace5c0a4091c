package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
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
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	configPath := flags.String("config", "", "configuration `file` (YAML)")
	withEmbedded := flags.Bool("embedded", false, "run Kafka and ClickHouse in this process")
	dataDir := flags.String("data-dir", "", "`directory` of the embedded Kafka and ClickHouse")
	simulated := flags.Bool("simulate", false, "send the events of a made-up floor")
	if err := parse(flags, arguments, s, 0); err != nil {
		return err
	}
	cfg, err := loadConfig(*configPath, environ())
	if err != nil {
		return err
	}
	if *dataDir != "" {
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
	exporter *prometheus.Exporter
	store    *clickhouse.Store
	pipeline *pipeline.Pipeline
}

func serve(ctx context.Context, cfg Config, s streams, withEmbedded, simulated bool) (err error) {
	screen := newConsole(s.out)
	logger := newLogger(cfg.Log, screen, s)
	if withEmbedded {
		servers, err := startEmbedded(&cfg, logger)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, servers.Close()) }()
	}
	listener, err := listen(cfg.HTTP.Listen, "http.listen")
	if err != nil {
		return err
	}
	defer listener.Close()
	store, err := clickhouse.Open(ctx, cfg.ClickHouse, time.Now())
	if err != nil {
		return err
	}
	defer store.Close()
	cfg.Kafka.Generation = cfg.Floor.Generation
	log, err := stream.Open(ctx, cfg.Kafka, logger)
	if err != nil {
		return err
	}
	defer log.Close()
	exporter := prometheus.New(prometheus.Build{Version: buildVersion(), GoVersion: runtime.Version(), ZoneVersion: schemas.ZoneVersion()})
	svc := &service{cfg: cfg, logger: logger, console: screen, exporter: exporter, store: store}
	svc.pipeline = pipeline.New(cfg.Pipeline, cfg.Floor, pipeline.Parts{Log: log, Store: store, Meter: exporter, Clock: time.Now, Logger: logger})
	svc.greet(s.out, listener.Addr(), withEmbedded)
	return svc.run(ctx, listener, simulated)
}

// run ends when the context is done and the last rows are written, or when a part cannot go on.
func (svc *service) run(ctx context.Context, listener net.Listener, simulated bool) error {
	group, ctx := errgroup.WithContext(ctx)
	server := &http.Server{Handler: svc.handler(), ReadHeaderTimeout: 5 * time.Second}
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve %s: %w", listener.Addr(), err)
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

// greet tells where everything is and gives three queries to paste.
func (svc *service) greet(out io.Writer, listening net.Addr, withEmbedded bool) {
	address := svc.cfg.ClickHouse.Addresses[0]
	fmt.Fprintf(out, "floorwatch %s\n\n", buildVersion())
	where := "server"
	if withEmbedded {
		where = "in this process, data in " + svc.cfg.Embedded.DataDir
	}
	fmt.Fprintf(out, "  Kafka       %s  topic %s (%s)\n", svc.cfg.Kafka.Brokers[0], svc.cfg.Kafka.Topic, where)
	fmt.Fprintf(out, "  ClickHouse  http://%s  database %s\n", address, svc.cfg.ClickHouse.Database)
	fmt.Fprintf(out, "  Metrics     http://%s/metrics, /healthz/live, /healthz/ready\n\n", listening)
	if svc.cfg.ClickHouse.Protocol != "http" {
		return
	}
	fmt.Fprintln(out, "Paste into another terminal:")
	for _, query := range sampleQueries {
		fmt.Fprintf(out, "\n  curl -s 'http://%s/?database=%s&default_format=PrettyCompact' --data-binary \"%s\"\n", address, svc.cfg.ClickHouse.Database, query)
	}
	fmt.Fprintln(out, "\nCtrl-C stops.")
}

// sampleQueries are the three to paste; the README has the same.
var sampleQueries = []string{
	"SELECT company, sum(active) AS active, sum(waiting_first_response) AS waiting, sum(assigned) AS assigned, sum(unassigned) AS unassigned, sum(open) AS open, sum(closed) AS closed FROM live_tiles WHERE is_today GROUP BY company ORDER BY company",
	"SELECT company, hour_label AS hour, sum(initiated) AS initiated FROM initiated_per_hour WHERE is_today GROUP BY company, hour_start, hour ORDER BY company, hour_start",
	"SELECT company, team, conversation_id, waits_for, stage, round(waiting_seconds) AS seconds FROM waiting_now ORDER BY waiting_seconds DESC LIMIT 10",
}
