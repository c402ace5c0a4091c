package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
	"golang.org/x/net/netutil"
)

// Meter takes what is counted.
type Meter interface {
	Count(metric string, n float64, labels ...string)
	Observe(sample schemas.Observation)
}

// Parts are what a gateway joins.
type Parts struct {
	Log     Log
	Privacy Privacy
	Meter   Meter
	Clock   func() time.Time
	Horizon time.Duration // how old an event may be that is not backfilled; kafka.horizon
	Logger  zerolog.Logger
}

// Gateway takes events over HTTP and answers when Kafka has them. It is safe for concurrent use.
type Gateway struct {
	config  Config
	sources sources
	log     Log
	privacy Privacy
	meter   Meter
	clock   func() time.Time
	horizon time.Duration
	logger  zerolog.Logger
	repeats *repeats
	outage  outage
	room    chan struct{} // holds one for each request at work
	held    atomic.Int64  // bytes of bodies that are here
	unknown unknownTypes
	pollers []*Poller
	tls     *tls.Config // nil: plain HTTP
}

// New makes a gateway. It reads the secrets of all sources and the certificate; the error tells of those that cannot be read.
func New(config Config, parts Parts) (*Gateway, error) {
	now := parts.Clock()
	sources, err := openSources(config, now)
	if err != nil {
		return nil, err
	}
	g := &Gateway{
		config: config, sources: sources, log: parts.Log, privacy: parts.Privacy, meter: parts.Meter, clock: parts.Clock, horizon: parts.Horizon,
		logger: parts.Logger, repeats: newRepeats(config.Limits.RememberedAnswers, now), room: make(chan struct{}, config.Limits.Requests),
	}
	if err := g.openPollers(); err != nil {
		return nil, err
	}
	if config.CertFile != "" {
		certificate, err := tls.LoadX509KeyPair(config.CertFile, config.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("read certificate of the gateway: %w", err)
		}
		g.tls = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
	}
	return g, nil
}

// Away tells whether Kafka did not take the events that came last.
func (g *Gateway) Away() bool { return g.outage.isAway() }

// Serve answers on a listener until ctx ends, and then what has begun. Meanwhile it polls what is to be polled, and looks at the files of
// secrets.
func (g *Gateway) Serve(ctx context.Context, listener net.Listener) error {
	limits := g.config.Limits
	server := &http.Server{
		Handler: g, ReadHeaderTimeout: limits.HeaderTimeout, ReadTimeout: limits.BodyTimeout, WriteTimeout: limits.BodyTimeout + g.config.WaitTimeout + 5*time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: limits.HeaderBytes, ErrorLog: quietLog(g.logger),
	}
	listener = netutil.LimitListener(listener, limits.Connections)
	if g.tls != nil {
		listener = tls.NewListener(listener, g.tls)
	}
	polling, stop := context.WithCancel(ctx)
	var polled sync.WaitGroup
	polled.Go(func() { g.poll(polling) })
	polled.Go(func() { g.watchSecrets(polling) })
	defer polled.Wait()
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), g.config.WaitTimeout+time.Second)
	defer cancel()
	if err := server.Shutdown(closing); err != nil { // what waited for Kafka is answered by now
		g.logger.Warn().Msg("stopped before some senders had sent their requests; they send them again")
		_ = server.Close() // ends their connections, whatever it says
	}
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", listener.Addr(), served)
	}
	return nil
}

// ServeHTTP answers one request. Whatever it is, it gets an answer that a program can read, is counted, and takes no other down.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := g.clock()
	outcome := answer{source: unknownSource}
	defer func() {
		if fault := recover(); fault != nil {
			g.logger.Error().Str("source", outcome.source).Str("fault", fmt.Sprintf("%T", fault)).Bytes("stack", stack()).Msg("request not answered: this is a fault of floorwatch")
			outcome.problem = &problem{status: http.StatusInternalServerError, reason: ReasonInternal, detail: "this is a fault of floorwatch; its log tells more"}
		}
		outcome.write(w)
		g.tell(&outcome, r, began)
	}()
	g.route(w, r, &outcome)
}

func busy() *problem {
	return &problem{status: http.StatusServiceUnavailable, reason: ReasonBusy, retryAfter: time.Second, detail: "send it again a little later"}
}

// route finds what a request is for: /v1/events, /v1/events/SOURCE, /v1/webhooks/SOURCE or the document.
func (g *Gateway) route(w http.ResponseWriter, r *http.Request, out *answer) {
	if r.URL.Path == documentPath {
		g.work(out, func() { tellDocument(w, r, out) })
		return
	}
	name, isWebhook, found := endpoint(r.URL.Path)
	switch {
	case !found:
		out.problem = &problem{status: http.StatusNotFound, reason: ReasonNotFound, detail: "events go to /v1/events, webhooks of vendors to /v1/webhooks/ and the name of their source; GET " + documentPath + " tells all of it"}
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		out.problem = &problem{status: http.StatusMethodNotAllowed, reason: ReasonMethodNotAllowed, detail: "send events with POST"}
		return
	}
	in := &incoming{Request: r, hold: hold{of: g}}
	defer in.hold.release()
	if in.source, in.proved, out.problem = g.sources.claimed(isWebhook, name, r.Header, g.clock()); out.problem != nil {
		return // who knows nobody here takes no memory
	}
	if in.body, out.problem = in.hold.readBody(r); out.problem != nil {
		return
	}
	g.work(out, func() { // who sends slowly has kept nobody out until here
		if isWebhook {
			g.webhook(in, out)
		} else {
			g.events(in, out)
		}
	})
}

// incoming is a request whose body has come.
type incoming struct {
	*http.Request
	source *source // that it says it is of
	proved bool    // by its API key; else a signature has to
	hold   hold
	body   []byte // as it was sent
}

// prove finds out whether a request is of the source that it names.
func (in *incoming) prove(now time.Time) (sender, *problem) {
	if in.proved {
		return sender{source: in.source}, nil
	}
	return in.source.verify(in.Header, in.body, now)
}

// work does something unless as much is done as may be at once.
func (g *Gateway) work(out *answer, do func()) {
	select {
	case g.room <- struct{}{}:
		defer func() { <-g.room }()
		do()
	default:
		out.problem = busy()
	}
}

// tell counts and logs an answer. The log has refusals only, and nothing of what was sent.
func (g *Gateway) tell(a *answer, r *http.Request, began time.Time) {
	seconds := max(0, g.clock().Sub(began).Seconds())
	g.meter.Observe(schemas.Observation{Metric: schemas.MetricGatewayRequest, Labels: []string{a.source, a.class()}, Value: seconds})
	if a.repeated {
		g.meter.Count(schemas.MetricGatewayRepeats, 1, a.source)
		return
	}
	if a.problem != nil {
		g.meter.Count(schemas.MetricGatewayRefusals, 1, a.source, a.problem.reason)
		g.logger.Info().Str("source", a.source).Str("reason", a.problem.reason).Int("status", a.problem.status).Str("from", address(r)).Msg("request refused")
	}
}

// address is where a request comes from, without the port.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}
