package pipeline

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// forwarding brings rejects into their topic, beside the loop that writes. While the topic takes nothing, rows go on; only the position
// of a partition waits in front of its first reject that the topic may not have, so that each is there at least once.
type forwarding struct {
	queue   []schemas.RejectRow // that the table has
	sending []schemas.RejectRow // … and that are on their way
	running bool
	retryAt time.Time
	backoff time.Duration
	told    bool // that the archive waits
	context context.Context
	done    chan error
}

// Rejects that may wait for their topic before the archive waits, too, and bytes of what they say.
const (
	maxForward      = 10_000
	maxForwardBytes = 64 << 20
)

// startForward sends what waits, unless something is on its way or it is too early for another try.
func (a *Archive) startForward() {
	f := &a.forwarding
	if f.running || len(f.queue) == 0 || a.parts.Clock().Before(f.retryAt) {
		return
	}
	f.running, f.sending, f.queue = true, f.queue, nil
	go func(rejects []schemas.RejectRow) { f.done <- a.parts.Log.Forward(f.context, rejects) }(f.sending)
}

// endForward notes that the topic has what was sent, or when to send the same again.
func (a *Archive) endForward(err error) {
	f := &a.forwarding
	f.running = false
	if err == nil {
		f.sending, f.backoff, f.retryAt = nil, 0, time.Time{}
		return
	}
	f.queue, f.sending = append(f.sending, f.queue...), nil
	f.backoff = longer(f.backoff)
	f.retryAt = a.parts.Clock().Add(f.backoff)
	a.parts.Meter.Count(schemas.MetricForwardFailures, 1)
	a.parts.Logger.Error().Err(err).Int("rejects", len(f.queue)).Dur("again_in", f.backoff).Msg("rejects not forwarded")
}

// drop forgets what waits of a partition that went: whoever has it now reads it again from the position.
func (f *forwarding) drop(partition int32) {
	f.queue = slices.DeleteFunc(f.queue, func(r schemas.RejectRow) bool { return r.Partition == partition })
}

// next is how far a partition's position may be that was read up to next.
func (f *forwarding) next(partition int32, next int64) int64 {
	for _, rejects := range [][]schemas.RejectRow{f.sending, f.queue} {
		for i := range rejects {
			if rejects[i].Partition == partition {
				next = min(next, rejects[i].Offset)
			}
		}
	}
	return next
}

// isFull tells that so many rejects wait for their topic that no more is to be read.
func (a *Archive) isFull() bool {
	f := &a.forwarding
	n, bytes := 0, uint64(0)
	for _, rejects := range [][]schemas.RejectRow{f.sending, f.queue, a.writing.rows.Rejects, a.rows.Rejects} {
		n += len(rejects)
		for i := range rejects {
			bytes += uint64(rejects[i].Bytes)
		}
	}
	full := n >= maxForward || bytes >= maxForwardBytes
	f.told = f.told && full
	if full && !f.told && f.backoff > 0 {
		f.told = true
		a.parts.Logger.Error().Int("rejects", n).Msg("events are not archived until the topic kafka.rejects_topic takes the rejects that wait for it; mend the topic, or set it to \"\"")
	}
	return full
}

// drainForward sends what is left when the service stops, as often as the time allows.
func (a *Archive) drainForward(ctx context.Context) error {
	f := &a.forwarding
	again := time.NewTicker(minBackoff)
	defer again.Stop()
	for {
		a.startForward()
		if !f.running && len(f.queue) == 0 {
			return nil
		}
		select {
		case err := <-f.done:
			a.endForward(err)
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("stop: the last %d rejects were not forwarded within %s; the next start does it", len(f.queue)+len(f.sending), a.cfg.ShutdownTimeout)
		}
	}
}
