package producer

import (
	"context"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/floorwatch/floorwatch/schemas"
)

// Producer writes events to one topic. It is safe for concurrent use.
type Producer struct {
	config Config
	client *kgo.Client
	frame  []byte        // of the schema registry, before each value; nil without one
	room   chan struct{} // holds one for each event on its way
	sent   results       // of Send since the last Flush
}

// results counts what became of events.
type results struct {
	mutex                sync.Mutex
	acknowledged, failed int64
	first                error // of the first that failed
}

func (r *results) add(err error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if err == nil {
		r.acknowledged++
		return
	}
	r.failed++
	if r.first == nil {
		r.first = err
	}
}

func (r *results) read() (acknowledged int64, failure error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.acknowledged, r.failure()
}

// take reads and begins anew.
func (r *results) take() error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	failure := r.failure()
	r.acknowledged, r.failed, r.first = 0, 0, nil
	return failure
}

func (r *results) failure() error {
	if r.first == nil {
		return nil
	}
	return fmt.Errorf("%d not acknowledged: %w", r.failed, r.first)
}

// Send hands one event to Kafka, in the encoding of the configuration, without waiting for the acknowledgement. With backfill it carries
// the header that lets it be older than the horizon. Send waits only while Config.MaxBuffered events are on their way, and only as long
// as ctx lives; its error tells that the event was not taken. What Kafka refuses later is told by the next Flush.
func (p *Producer) Send(ctx context.Context, event *schemas.Event, backfill bool) error {
	r, err := p.record(event, backfill)
	if err == nil {
		err = p.produce(ctx, r, &p.sent)
	}
	if err != nil {
		return fmt.Errorf("send event: %w", err)
	}
	return nil
}

// Flush waits until Kafka has answered for every event sent before, or ctx ends. The error tells how many events of Send since the
// last Flush were not acknowledged, and why the first was not.
func (p *Producer) Flush(ctx context.Context) error {
	if err := p.client.Flush(ctx); err != nil {
		return fmt.Errorf("flush events to topic %q: %w", p.config.Topic, err)
	}
	if err := p.sent.take(); err != nil {
		return fmt.Errorf("send to topic %q: %w", p.config.Topic, err)
	}
	return nil
}

// Close gives up the connections and every event that Kafka has not acknowledged; call Flush before.
func (p *Producer) Close() { p.client.Close() }

// record is what Kafka gets of an event.
func (p *Producer) record(event *schemas.Event, backfill bool) (*kgo.Record, error) {
	r := &kgo.Record{Key: []byte(event.Key())}
	var err error
	if p.config.Encoding == EncodingProtobuf {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: schemas.ContentTypeHeader, Value: []byte(schemas.ProtobufContentType)})
		r.Value, err = schemas.AppendEventProtobuf(append(make([]byte, 0, 256), p.frame...), event)
	} else {
		r.Value, err = schemas.EncodeEvent(event)
	}
	if backfill {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: schemas.BackfillHeader, Value: []byte("true")})
	}
	return r, err
}

// produce counts in counts what becomes of a record. The end of ctx ends the wait for room; what has been taken is delivered, or given
// up after the delivery timeout.
func (p *Producer) produce(ctx context.Context, r *kgo.Record, counts *results) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case p.room <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	p.client.Produce(context.WithoutCancel(ctx), r, func(_ *kgo.Record, err error) {
		counts.add(err)
		<-p.room
	})
	return nil
}
