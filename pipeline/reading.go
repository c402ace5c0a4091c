package pipeline

import (
	"context"
	"sync"

	"github.com/floorwatch/floorwatch/schemas"
)

// reading polls the log beside a loop. While it pauses it takes no records, but partitions still come and go: others wait for them.
type reading struct {
	polled chan schemas.Polled
	broken chan error    // holds why the log cannot be read any more
	ended  chan struct{} // closed at the end; whoever closes the log waits for it
	lock   sync.Mutex
	paused bool
	wake   context.CancelFunc // ends the pause in hand
}

// startReading reads until the context is done or the log is broken.
func startReading(ctx context.Context, log Log) *reading {
	r := &reading{polled: make(chan schemas.Polled), broken: make(chan error, 1), ended: make(chan struct{})}
	go func() {
		defer close(r.ended)
		r.broken <- r.read(ctx, log)
	}()
	return r
}

// pause lets records wait, or come again. At most what is being polled right now still comes.
func (r *reading) pause(paused bool) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.paused && !paused && r.wake != nil {
		r.wake()
	}
	r.paused = paused
}

// read hands over what the log tells.
func (r *reading) read(ctx context.Context, log Log) error {
	for {
		news, err := r.next(ctx, log)
		if err != nil {
			return err
		}
		select {
		case r.polled <- news:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// next waits for the next news.
func (r *reading) next(ctx context.Context, log Log) (schemas.Polled, error) {
	for {
		pausing, wake := context.WithCancel(ctx)
		r.lock.Lock()
		paused := r.paused
		r.wake = wake
		r.lock.Unlock()
		var news schemas.Polled
		var err error
		if paused {
			news, err = log.Watch(pausing)
		} else {
			news, err = log.Poll(ctx)
		}
		resumed := paused && err != nil && pausing.Err() != nil && ctx.Err() == nil
		wake()
		if !resumed {
			return news, err
		}
	}
}
