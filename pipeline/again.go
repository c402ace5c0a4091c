package pipeline

import (
	"context"
	"errors"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
)

// Waits between tries of what failed: each twice as long as the one before.
const (
	minBackoff = 100 * time.Millisecond
	maxBackoff = 10 * time.Second
)

// longer is the wait that follows one; 0 was before the first.
func longer(backoff time.Duration) time.Duration { return min(max(2*backoff, minBackoff), maxBackoff) }

// refusal is an error that trying again does not mend.
type refusal struct{ error }

// refuseNewer makes a refusal of the error that tells of a newer generation.
func refuseNewer(err error) error {
	if errors.Is(err, schemas.ErrNewerGeneration) {
		return refusal{err}
	}
	return err
}

// insist does something again until it succeeds or is refused. Its errors are the refusal and the context's.
func insist(ctx context.Context, logger zerolog.Logger, failure string, do func(context.Context) error) error {
	for backoff := minBackoff; ; backoff = longer(backoff) {
		err := do(ctx)
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.As(err, new(refusal)) {
			return err
		}
		logger.Error().Err(err).Dur("again_in", backoff).Msg(failure)
		select {
		case <-time.After(backoff):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
