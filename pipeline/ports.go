package pipeline

import (
	"context"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// Log is where events come from.
type Log interface {
	// Ends gives each partition's end when the log was opened: whoever has folded up to there is caught up.
	Ends() map[int32]int64
	// Poll waits for the next records, of those partitions only. Its only errors are the context's and those that cannot mend themselves.
	Poll(ctx context.Context) ([]schemas.Batch, error)
}

// Store is where rows go. Writing the same rows again, or older ones, is harmless.
type Store interface {
	Write(ctx context.Context, rows *schemas.Rows) error
}

// Meter is where numbers about the floor and about the pipeline go. Names are keys of the dictionary.
type Meter interface {
	Publish(gauges schemas.Gauges)
	Observe(sample schemas.Observation)
	Count(metric string, n float64, labels ...string)
}

// Clock tells the time. Only the pipeline asks it; everything else is given times.
type Clock func() time.Time
