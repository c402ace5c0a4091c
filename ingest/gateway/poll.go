package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// Poller asks a vendor's API again and again for what its webhooks do not tell, and sends what is new as events. When it stops, the
// leases of those that it showed as present run out: a dead poller leaves nobody online. After a start it knows nothing and sends how
// things are once. Two for one account do no harm, but cost twice.
type Poller struct {
	name   string
	config PollConfig
	ports  PollPorts
	client *http.Client
	token  string // "" before it was read
	pollAPI
}

// PollPorts are what a Poller needs of the program around it. All are called from one goroutine.
type PollPorts struct {
	Send      func(context.Context, []schemas.Event) error // nil when all are written for good; after an error all are sent again
	Meter     PollMeter
	Tell      func(problem string) // what is wrong now, once until it changes, and "" when nothing is any more
	Now       func() time.Time     // with its monotonic reading, so that a clock that is set does not hold up polls
	Transport http.RoundTripper    // nil is the usual one
}

// PollMeter counts what a Poller does.
type PollMeter interface {
	Polled(source, outcome string)           // one request, or one attempt to send; outcome is one of PollOutcomes
	UnknownPresence(source string, seen int) // so many agents had a presence that is no known word
}

// Outcomes of a request, and of sending what came of it.
const (
	PollOK           = "ok"
	PollRefused      = "refused"       // 401 or 403, or there is no token to be read
	PollNotFound     = "not_found"     // 404
	PollRedirected   = "redirected"    // 3xx; no redirect is followed, since the token would go with it
	PollRateLimited  = "rate_limited"  // 429
	PollUnavailable  = "unavailable"   // 5xx
	PollUnreachable  = "unreachable"   // no answer, or none in time
	PollInvalidReply = "invalid_reply" // an answer that cannot be used
	PollNotSent      = "not_sent"      // events came of it and could not be written
)

// PollOutcomes are all outcomes.
var PollOutcomes = []string{
	PollOK, PollRefused, PollNotFound, PollRedirected, PollRateLimited, PollUnavailable, PollUnreachable, PollInvalidReply, PollNotSent,
}

// pollAPI is a vendor's API.
type pollAPI struct {
	tokenHeader string // which header takes the access token
	errands     []errand
}

// errand is one thing that is asked for again and again.
type errand struct {
	name string
	path func() string                                        // what to ask for now
	take func(body []byte, at schemas.Instant) (taken, error) // what the answer means
	gone func()                                               // what was asked for is not there: begin with the first step again

	due  time.Time    // when to ask next
	fail *pollFailure // of the last time, nil if it went well
	bad  int          // times in a row that it did not
}

// taken is what an answer means.
type taken struct {
	events           []schemas.Event
	unknownPresences int
	wait             time.Duration // until the next request; 0 is the interval
}

// NewPoller makes a poller of a source; name is the source's in messages and counts. The error tells all that is wrong with it.
func NewPoller(name string, adapter *Adapter, source Source, config PollConfig, ports PollPorts) (*Poller, error) {
	err := config.Validate()
	if adapter.poll == nil {
		err = errors.Join(fmt.Errorf("poll: %s has nothing that is polled; leave it out", adapter.Name), err)
	}
	if err != nil {
		return nil, err
	}
	if ports.Transport == nil {
		ports.Transport = &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}
	}
	return &Poller{
		name: name, config: config, ports: ports, pollAPI: adapter.poll(source, config.Account),
		client: &http.Client{
			Transport:     ports.Transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Run polls until the context ends, and returns its error.
func (p *Poller) Run(ctx context.Context) error {
	defer p.client.CloseIdleConnections()
	start := p.ports.Now()
	for i := range p.errands {
		p.errands[i].due = start
	}
	for {
		e := p.earliest()
		if err := p.sleepUntil(ctx, e.due); err != nil {
			return err
		}
		if e = p.earliest(); e.due.After(p.ports.Now()) {
			continue // woke to look for a new token, and there is none
		}
		result := p.run(ctx, e)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := p.send(ctx, result.events); err != nil {
			return err
		}
	}
}

// earliest is the errand that is due first; of two at once the first in order.
func (p *Poller) earliest() *errand {
	first := &p.errands[0]
	for i := range p.errands {
		if p.errands[i].due.Before(first.due) {
			first = &p.errands[i]
		}
	}
	return first
}

// sleepUntil waits. While the vendor refuses the token it wakes every interval to see whether there is another, and if so makes due what
// was refused.
func (p *Poller) sleepUntil(ctx context.Context, due time.Time) error {
	wait := due.Sub(p.ports.Now())
	refused := slices.ContainsFunc(p.errands, errand.refused)
	if refused {
		wait = min(wait, p.config.interval())
	}
	if err := sleep(ctx, wait); err != nil {
		return err
	}
	if refused && p.renewToken() {
		for i := range p.errands {
			if p.errands[i].refused() {
				p.errands[i].due = p.ports.Now()
			}
		}
	}
	return nil
}

func (e errand) refused() bool { return e.fail != nil && e.fail.outcome == PollRefused }

// run does an errand once and says when it is due again.
func (p *Poller) run(ctx context.Context, e *errand) taken {
	result, fail := p.ask(ctx, e)
	if ctx.Err() != nil {
		return taken{}
	}
	now := p.ports.Now()
	if fail != nil {
		p.failed(e, fail, now)
		return taken{}
	}
	e.bad, e.due = 0, now.Add(jittered(cmp.Or(result.wait, p.config.interval())))
	p.ports.Meter.Polled(p.name, PollOK)
	if result.unknownPresences > 0 {
		p.ports.Meter.UnknownPresence(p.name, result.unknownPresences)
	}
	if e.fail != nil {
		e.fail = nil
		p.tellOver()
	}
	return result
}

// ask makes the request of an errand and reads the answer.
func (p *Poller) ask(ctx context.Context, e *errand) (taken, *pollFailure) {
	path := e.path()
	body, fail := p.get(ctx, path)
	if fail != nil {
		return taken{}, fail
	}
	result, err := e.take(body, schemas.InstantOf(p.ports.Now()))
	if err != nil {
		return taken{}, &pollFailure{outcome: PollInvalidReply, err: fmt.Errorf(
			"GET %s: %w; is url the address of the vendor's API, in a version that docs/vendors tells of?", p.address(path), err)}
	}
	return result, nil
}

// failed notes a failure. A limit of requests is on all that is asked for; any other failure leaves the other errands alone, so that
// agents stay present while their teams cannot be read.
func (p *Poller) failed(e *errand, fail *pollFailure, now time.Time) {
	e.bad++
	e.due = now.Add(fail.delay(e.bad))
	p.ports.Meter.Polled(p.name, fail.outcome)
	switch fail.outcome {
	case PollRateLimited:
		for i := range p.errands {
			if p.errands[i].due.Before(e.due) {
				p.errands[i].due = e.due
			}
		}
	case PollNotFound:
		e.gone()
	}
	if e.fail == nil || e.fail.outcome != fail.outcome {
		p.tell(fmt.Sprintf("poll %s of %s: %v", e.name, p.name, fail.err))
	}
	e.fail = fail
}

// tell tells a problem. Whatever a vendor answered may be in it, but for the token.
func (p *Poller) tell(problem string) {
	if p.token != "" {
		problem = strings.ReplaceAll(problem, p.token, "(the token)")
	}
	p.ports.Tell(problem)
}

// tellOver tells that no errand has a problem any more, if that is so.
func (p *Poller) tellOver() {
	if !slices.ContainsFunc(p.errands, func(e errand) bool { return e.fail != nil }) {
		p.ports.Tell("")
	}
}

// send sends events until they are written. Nothing is polled meanwhile: the next list is compared with this one, so all of this one must
// be told first. Sent again they keep their ids.
func (p *Poller) send(ctx context.Context, events []schemas.Event) error {
	if len(events) == 0 {
		return nil
	}
	for attempt := 1; ; attempt++ {
		err := p.ports.Send(ctx, events)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			if attempt > 1 {
				p.tellOver()
			}
			return nil
		}
		p.ports.Meter.Polled(p.name, PollNotSent)
		if attempt == 1 {
			p.tell(fmt.Sprintf("send polled events of %s: %v; they are sent again until they are written, and nothing is polled meanwhile", p.name, err))
		}
		if err := sleep(ctx, backoff(attempt)); err != nil {
			return err
		}
	}
}

// sleep waits, and returns the context's error when that ends first.
func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return ctx.Err()
	}
}

// jittered shortens a time by up to a tenth, so that pollers that started together do not ask together.
func jittered(wait time.Duration) time.Duration { return wait - rand.N(wait/10+1) }
