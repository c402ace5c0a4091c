package gateway

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/floorwatch/floorwatch/ingest/producer"
	"github.com/floorwatch/floorwatch/schemas"
)

// backfillHeader asks that events older than the horizon are taken, too.
const backfillHeader = "Floorwatch-Backfill"

// endpoint tells what is at a path: the source that it names, "" if it names none, and whether that is a vendor.
func endpoint(path string) (source string, isWebhook, found bool) {
	if path == "/v1/events" {
		return "", false, true
	}
	if name, ok := strings.CutPrefix(path, "/v1/events/"); ok && sourceName.MatchString(name) {
		return name, false, true
	}
	name, ok := strings.CutPrefix(path, "/v1/webhooks/")
	return name, true, ok && sourceName.MatchString(name)
}

// events takes events in our own form from whoever may send them.
func (g *Gateway) events(r *incoming, out *answer) {
	s, problem := r.prove(g.clock())
	if problem == nil && s.requestID != "" && len(attributeHeaders(r.Header)) > 0 {
		problem = unauthorized(ReasonNotSigned, "ce-…: a signature is of the body, not of these headers; put the event into an envelope, in structured mode, or send it with an API key")
	}
	if out.admit(s, problem); problem != nil || g.repeat(s, r.body, out) {
		return
	}
	backfill := strings.EqualFold(r.Header.Get(backfillHeader), "true")
	if backfill && !s.backfill {
		out.problem = &problem403
		return
	}
	if out.problem = s.take(0, g.clock()); out.problem != nil {
		return
	}
	content, problem := r.hold.unpack(r.body, r.Header)
	var items []item
	if problem == nil {
		items, problem = g.config.Limits.split(r.Header, content)
	}
	if problem != nil {
		s.owe(1, g.clock())
	} else {
		problem = s.take(len(items), g.clock())
	}
	if out.problem = problem; problem != nil {
		return
	}
	v := &verdicts{Events: make([]verdict, len(items))}
	parcel := g.parcel(s.source, backfill)
	for i := range items {
		v.Events[i] = items[i].verdict
		event, err := items[i].read(s.company)
		v.Events[i].EventID = event.ID
		parcel.add(&event, err, &v.Events[i])
	}
	g.finish(r, s, parcel, v, out)
}

var problem403 = problem{status: http.StatusForbidden, reason: ReasonBackfillRefused,
	detail: "this source has no right to send events older than the horizon; set backfill for it in the configuration"}

// admit notes who sent a request, or why that is not known.
func (a *answer) admit(s sender, p *problem) {
	if s.source != nil {
		a.source = s.name
	}
	a.problem = p
}

// repeat answers a request that was answered before.
func (g *Gateway) repeat(s sender, body []byte, out *answer) bool {
	earlier, found, problem := g.repeats.find(s, body, g.clock())
	if out.problem = problem; problem != nil {
		return true
	}
	if found {
		out.status, out.body, out.repeated = earlier.status, earlier.answer, true
	}
	return found
}

// parcel is the events of one request on their way to the log.
type parcel struct {
	gateway  *Gateway
	source   *source
	backfill bool
	now      time.Time
	records  []producer.Record
	masked   map[string]int
	reasons  map[string]int
	failed   error // of what every event needs, such as a key for pseudonyms
}

func (g *Gateway) parcel(s *source, backfill bool) *parcel {
	return &parcel{gateway: g, source: s, backfill: backfill, now: g.clock(), masked: map[string]int{}, reasons: map[string]int{}}
}

// add takes an event that was decoded, or notes why it cannot be taken. An event is of the credential's company or nobody's, and what
// people wrote is masked before it becomes a record.
func (p *parcel) add(event *schemas.Event, decoded error, v *verdict) {
	err := decoded
	if err == nil {
		err = p.check(event)
	}
	var record producer.Record
	if err == nil {
		record, err = p.protect(event)
	}
	var reject *schemas.Reject
	switch {
	case err == nil:
		v.Status = statusAccepted
		p.records = append(p.records, record)
	case errors.As(err, &reject):
		v.reject(reject)
		p.reasons[reject.Reason]++
	default:
		p.failed = err
	}
}

func (p *parcel) check(event *schemas.Event) error {
	if event.Company != p.source.company {
		return &schemas.Reject{Reason: ReasonWrongCompany, Detail: "company: is not that of the credential; leave it out, or send with a credential of that company"}
	}
	return event.Admit([]byte(event.Key()), schemas.InstantOf(p.now), p.backfill, p.gateway.horizon)
}

func (p *parcel) protect(event *schemas.Event) (producer.Record, error) {
	protect := p.gateway.privacy.Protect
	if a := p.source.adapter; a != nil && a.namesByContact {
		protect = p.gateway.privacy.ProtectContact
	}
	counts, err := protect(event, p.now)
	if err != nil {
		return producer.Record{}, err
	}
	for kind, n := range counts {
		p.masked[kind] += n
	}
	return p.gateway.log.Encode(event, p.backfill)
}

// finish gives the events to the log and the sender the verdicts.
func (g *Gateway) finish(r *incoming, s sender, p *parcel, v *verdicts, out *answer) {
	if p.failed != nil {
		g.logger.Error().Err(p.failed).Str("source", s.name).Msg("events not taken: they cannot be protected")
		out.problem = &problem{status: http.StatusServiceUnavailable, reason: ReasonNotProtected, retryAfter: 10 * time.Second,
			detail: "personal data cannot be taken out of events now; send the same again"}
		return
	}
	if v.count(); v.Accepted > 0 {
		if out.problem = g.deliver(r.Context(), p.records); out.problem != nil {
			return
		}
	}
	g.tally(p, v.Accepted)
	if v.Accepted == 0 && v.Rejected > 0 {
		out.problem = v.refusal()
		return
	}
	out.accept(v)
	g.repeats.keep(s, r.body, out.status, out.body, g.clock())
}

// tally counts what became of the events of a parcel.
func (g *Gateway) tally(p *parcel, accepted int) {
	g.meter.Count(schemas.MetricGatewayEvents, float64(accepted), p.source.name)
	for reason, n := range p.reasons {
		g.meter.Count(schemas.MetricGatewayRejects, float64(n), p.source.name, reason)
	}
	for kind, n := range p.masked {
		g.meter.Count(schemas.MetricGatewayMasked, float64(n), kind)
	}
}
