package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/floorwatch/floorwatch/exporter/prometheus"
	"github.com/floorwatch/floorwatch/ingest/gateway"
	"github.com/floorwatch/floorwatch/ingest/producer"
	"github.com/floorwatch/floorwatch/mask"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"
)

// runGateway is the front door for chat platforms as a process of its own.
func runGateway(ctx context.Context, arguments []string, s streams) error {
	flags := newFlags("gateway", "[--config FILE]", "Takes events over HTTP at gateway.listen and answers when Kafka has them; /metrics and /healthz are at http.listen.")
	configPath := flags.String("config", "", "configuration `file` (YAML)")
	if err := flags.parse(arguments, s, 0); err != nil {
		return err
	}
	cfg, err := loadConfig(*configPath, os.Environ())
	if err != nil {
		return err
	}
	if len(cfg.Gateway.Sources) == 0 {
		return errors.New("open gateway: gateway.sources is empty, so nobody may send; name a source with its company and a file with its key or secret")
	}
	logger := newLogger(cfg.Log, newConsole(s.out), s.err)
	exporter := newExporter()
	door, err := openDoor(ctx, cfg, exporter, logger)
	if err != nil {
		return ignoreDone(ctx, err)
	}
	defer door.close()
	listener, err := listen(cfg.HTTP.Listen, "http.listen")
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "floorwatch %s\n\n", buildVersion())
	door.greet(s.out)
	fmt.Fprintf(s.out, "  Metrics     http://%s/metrics, /healthz/live, /healthz/ready\n\nCtrl-C stops.\n", listener.Addr())
	group, running := errgroup.WithContext(ctx)
	server := &http.Server{Handler: door.health(exporter), ReadHeaderTimeout: 5 * time.Second}
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve %s: %w", listener.Addr(), err)
		}
		return nil
	})
	group.Go(func() error { return errors.Join(door.gateway.Serve(running, door.listener), server.Close()) })
	return group.Wait()
}

// door is the gateway, where it listens, and its way to Kafka.
type door struct {
	cfg      Config
	gateway  *gateway.Gateway
	listener net.Listener
	sink     *producer.Producer
}

// openDoor reads the secrets, connects to Kafka and listens. Nobody is answered before Serve.
func openDoor(ctx context.Context, cfg Config, meter gateway.Meter, logger zerolog.Logger) (*door, error) {
	d := &door{cfg: cfg}
	if err := d.open(ctx, meter, logger); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

func (d *door) open(ctx context.Context, meter gateway.Meter, logger zerolog.Logger) error {
	privacy, err := producer.NewPrivacy(d.cfg.Masking)
	if err != nil {
		return fmt.Errorf("prepare masking: %w", err)
	}
	if d.sink, err = producer.Open(ctx, d.cfg.gatewayProducer(), logger); err != nil {
		return err
	}
	d.gateway, err = gateway.New(d.cfg.Gateway, gateway.Parts{
		Log: failAroundDelivery(d.sink), Privacy: privacy, Meter: meter, Clock: time.Now, Horizon: d.cfg.Kafka.Horizon, Logger: logger,
	})
	if err != nil {
		return err
	}
	d.listener, err = listen(d.cfg.Gateway.Listen, "gateway.listen")
	return err
}

func (d *door) close() {
	if d.listener != nil {
		_ = d.listener.Close() // the server has closed it, if it ran
	}
	if d.sink != nil {
		d.sink.Close()
	}
}

// gatewayProducer is the producer of the gateway: an event that was not acknowledged in time is given up, as its sender was told to
// send it again.
func (c Config) gatewayProducer() producer.Config {
	cfg := withEncoding(c.Producer.to(c.Kafka), c.Gateway.Encoding)
	cfg.Linger = c.Gateway.Linger
	cfg.DeliveryTimeout = c.Gateway.WaitTimeout + c.Gateway.Linger + time.Second
	cfg.MaxBuffered = max(cfg.MaxBuffered, 4*c.Gateway.Limits.Events)
	return cfg
}

// greet tells where to send events.
func (d *door) greet(out io.Writer) {
	scheme := "http"
	if d.cfg.Gateway.CertFile != "" {
		scheme = "https"
	}
	fmt.Fprintf(out, "  Gateway     %s://%s/v1/events, /v1/webhooks/SOURCE\n", scheme, d.listener.Addr())
}

// health serves metrics and health of a gateway on its own.
func (d *door) health(exporter *prometheus.Exporter) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", exporter.Handler())
	mux.HandleFunc("GET /healthz/live", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "alive") })
	mux.HandleFunc("GET /healthz/ready", func(w http.ResponseWriter, _ *http.Request) {
		if d.gateway.Away() {
			http.Error(w, "Kafka did not take the events that came last", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "takes events")
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "floorwatch gateway "+buildVersion()+"\n\n/metrics\n/healthz/live\n/healthz/ready")
	})
	return mux
}

// Names of the source that an embedded gateway has when none is configured.
const (
	demoSource  = "demo"
	demoCompany = "demo"
)

// addDemoSource lets whoever can read a file of the data directory send events of a company named demo, so that there is something to
// try. It does nothing if there are sources.
func (c *Config) addDemoSource() error {
	if len(c.Gateway.Sources) > 0 {
		return nil
	}
	path := filepath.Join(c.Embedded.DataDir, "gateway", "demo.key")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := writeKey(path); err != nil {
			return fmt.Errorf("make the key of source %s: %w", demoSource, err)
		}
	}
	c.Gateway.Sources = map[string]gateway.SourceConfig{demoSource: {Company: demoCompany, APIKeyFiles: []string{path}}}
	return nil
}

// writeKey makes a key that only the owner of the file can read.
func writeKey(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(mask.NewKey().Secret()+"\n"), 0o600)
}
