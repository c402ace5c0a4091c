package pipeline

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
)

// How often days are looked for that are to be rolled up, how many are made at most in a round, and at once, and how often rows that no longer count
// are deleted.
const (
	rollupInterval       = time.Minute
	rollupDays           = 128
	rollupBatch          = 32
	rollupForgetInterval = time.Hour
)

// RollupStore is where company days that have ended are summed up. All of it may be done by two instances at once.
type RollupStore interface {
	// DueRollups tells which days have ended by now and are not rolled up, and whose facts have changed since they were. When they are made,
	// MarkRollups is to be told checkedAt.
	DueRollups(ctx context.Context, now schemas.Instant) (days []schemas.CompanyDay, checkedAt schemas.Instant, err error)
	// RollUp makes days anew from the facts. Readers see all of them change at once.
	RollUp(ctx context.Context, days []schemas.CompanyDay) error
	// MarkRollups notes that facts that were stored before that moment need not be looked at again.
	MarkRollups(ctx context.Context, checkedAt schemas.Instant) error
	// ForgetRollups deletes what no longer counts.
	ForgetRollups(ctx context.Context) error
}

// rollups keep months of history: each minute they roll up company days that have ended, and again those whose facts have changed. They
// run beside the loop and never hold it up. One instance does it, that of partition 0; where two believe so for a while, both do.
type rollups struct {
	store  RollupStore
	meter  Meter
	clock  Clock
	logger zerolog.Logger
	ours   atomic.Bool  // partition 0 is, and has caught up
	dirty  atomic.Int64 // days that are to be made; -1: not known, or not ours
}

func newRollups(parts Parts) *rollups {
	r := &rollups{store: parts.Rollups, meter: parts.Meter, clock: parts.Clock, logger: parts.Logger}
	r.dirty.Store(-1)
	return r
}

// run goes on until the context is done. What fails is tried again in the next round.
func (r *rollups) run(ctx context.Context) {
	if r.store == nil {
		return
	}
	rounds := time.NewTicker(rollupInterval)
	defer rounds.Stop()
	forgetAt := r.clock().Add(rollupForgetInterval)
	for {
		select {
		case <-rounds.C:
		case <-ctx.Done():
			return
		}
		if !r.ours.Load() {
			r.dirty.Store(-1)
			continue
		}
		if err := r.round(ctx); err != nil && ctx.Err() == nil {
			r.logger.Error().Err(err).Dur("again_in", rollupInterval).Msg("days not rolled up")
			continue
		}
		if now := r.clock(); !now.Before(forgetAt) {
			forgetAt = now.Add(rollupForgetInterval)
			if err := r.store.ForgetRollups(ctx); err != nil && ctx.Err() == nil {
				r.logger.Warn().Err(err).Msg("old rollups not deleted")
			}
		}
	}
}

// round makes the days that are due, the first rollupDays of them.
func (r *rollups) round(ctx context.Context) error {
	days, checkedAt, err := r.store.DueRollups(ctx, schemas.InstantOf(r.clock()))
	if err != nil {
		r.dirty.Store(-1) // what was found before may be long done, or have grown
		return err
	}
	r.dirty.Store(int64(len(days)))
	for made := 0; len(days) > 0 && made < rollupDays; {
		n := min(rollupBatch, len(days))
		began := r.clock()
		if err := r.store.RollUp(ctx, days[:n]); err != nil {
			return err
		}
		r.meter.Observe(schemas.Observation{Metric: schemas.MetricRollup, Value: r.clock().Sub(began).Seconds()})
		made, days = made+n, days[n:]
		r.dirty.Store(int64(len(days)))
		r.logger.Info().Int("days", n).Int("left", len(days)).Dur("took", r.clock().Sub(began)).Msg("days rolled up")
	}
	if len(days) > 0 {
		return nil // the rest comes with the next round, which must find it again
	}
	return r.store.MarkRollups(ctx, checkedAt)
}
