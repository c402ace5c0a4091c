package gateway

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/floorwatch/floorwatch/ingest/producer"
	"github.com/floorwatch/floorwatch/mask"
	"github.com/floorwatch/floorwatch/schemas"
)

// Log is where events go.
type Log interface {
	// Encode makes the record of an event. The error is a *schemas.Reject if nobody could read it.
	Encode(event *schemas.Event, backfill bool) (producer.Record, error)
	// Deliver returns nil when all records are acknowledged by all replicas in sync. It never waits longer than ctx.
	Deliver(ctx context.Context, records []producer.Record) error
}

// Privacy takes personal data out of an event, in place, and tells how much of each kind. It comes before anything is written.
type Privacy interface {
	Protect(event *schemas.Event, now time.Time) (mask.Counts, error)
	// ProtectContact is Protect where a conversation is called as its customer.
	ProtectContact(event *schemas.Event, now time.Time) (mask.Counts, error)
}

// deliver writes records and waits for Kafka. After nil they are in the replicated log.
func (g *Gateway) deliver(ctx context.Context, records []producer.Record) *problem {
	if wait := g.outage.wait(g.clock()); wait > 0 {
		return unavailable("Kafka did not take the events before these", wait)
	}
	ctx, cancel := context.WithTimeout(ctx, g.config.WaitTimeout)
	defer cancel()
	err := g.log.Deliver(ctx, records)
	switch {
	case err == nil:
		g.outage.over()
		return nil
	case errors.Is(err, producer.ErrBusy):
		return unavailable("too many events wait for Kafka", time.Second)
	case errors.Is(err, context.Canceled):
		return unavailable("the sender has gone before Kafka took the events", time.Second)
	default:
		g.outage.began(g.clock())
		g.logger.Warn().Err(err).Int("events", len(records)).Msg("events not taken")
		return unavailable("Kafka does not take events", outageProbe)
	}
}

func unavailable(detail string, wait time.Duration) *problem {
	return &problem{status: http.StatusServiceUnavailable, reason: ReasonKafkaAway, detail: detail + "; send the same again", retryAfter: wait}
}

// outage keeps requests from waiting one after another for a Kafka that is away: one a second may try.
type outage struct {
	mutex sync.Mutex
	away  bool
	next  time.Time // when the next one may try
}

const outageProbe = time.Second

// wait is how long to stay away, 0 for a try.
func (o *outage) wait(now time.Time) time.Duration {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if wait := o.next.Sub(now); o.away && wait > 0 {
		return wait
	}
	o.next = now.Add(outageProbe)
	return 0
}

func (o *outage) began(now time.Time) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.away, o.next = true, now.Add(outageProbe)
}

func (o *outage) over() {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.away = false
}

func (o *outage) isAway() bool {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.away
}
