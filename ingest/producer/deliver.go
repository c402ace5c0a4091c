package producer

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Record is an event as it will stand in the log.
type Record struct{ record *kgo.Record }

// ErrBusy tells that as many events are on their way to Kafka as may be.
var ErrBusy = errors.New("too many events wait for Kafka")

// Encode makes the record of an event. The error is a *schemas.Reject if nobody could read it.
func (p *Producer) Encode(event *schemas.Event, backfill bool) (Record, error) {
	r, err := p.record(event, backfill)
	if err != nil {
		return Record{}, err
	}
	if n := len(r.Value); n > schemas.MaxEventBytes {
		return Record{}, &schemas.Reject{Reason: schemas.ReasonTooLarge, Detail: fmt.Sprintf("%d bytes; an event has at most %d", n, schemas.MaxEventBytes)}
	}
	return Record{r}, nil
}

// Deliver hands records to Kafka and waits until all of them are acknowledged by all replicas in sync. It does not wait for room: when
// too many are on their way it returns ErrBusy. After an error, or the end of ctx, which ends only the wait, each of them may have been
// written or may still be; sending them again does no harm, as each keeps its event_id.
func (p *Producer) Deliver(ctx context.Context, records []Record) error {
	if len(records) == 0 {
		return nil
	}
	if !p.enter(len(records)) {
		return ErrBusy
	}
	done := delivery{open: len(records), ended: make(chan struct{})}
	for _, r := range records {
		p.client.TryProduce(context.WithoutCancel(ctx), r.record, func(_ *kgo.Record, err error) {
			<-p.room
			done.add(err)
		})
	}
	select {
	case <-done.ended:
		return done.err(p.config.Topic)
	case <-ctx.Done():
		return fmt.Errorf("send to topic %q: no acknowledgement: %w", p.config.Topic, ctx.Err())
	}
}

// enter takes room for so many records, all or none.
func (p *Producer) enter(n int) bool {
	for taken := range n {
		select {
		case p.room <- struct{}{}:
		default:
			for range taken {
				<-p.room
			}
			return false
		}
	}
	return true
}

// delivery is what became of the records of one Deliver.
type delivery struct {
	mutex  sync.Mutex
	open   int
	failed error // the first
	ended  chan struct{}
}

func (d *delivery) add(err error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.failed == nil {
		d.failed = err
	}
	if d.open--; d.open == 0 {
		close(d.ended)
	}
}

func (d *delivery) err(topic string) error {
	switch {
	case d.failed == nil:
		return nil
	case errors.Is(d.failed, kgo.ErrMaxBuffered):
		return ErrBusy
	default:
		return fmt.Errorf("send to topic %q: %w", topic, plain(d.failed))
	}
}

// Key and Value are the bytes that the log will have.
func (r Record) Key() []byte   { return r.record.Key }
func (r Record) Value() []byte { return r.record.Value }
