package pipeline

import (
	"context"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// Log is where events come from. Which partitions are this instance's is told by Poll; where each is read from, is said to Start.
type Log interface {
	// Topic identifies the topic, and tells how many partitions it has.
	Topic() (id [16]byte, partitions int32)
	// Poll waits until partitions come or go, or for the next records of those that were started. Its only errors are the context's and
	// those that cannot mend themselves.
	Poll(ctx context.Context) (schemas.Polled, error)
	// Watch is a Poll that takes no records: it waits until partitions come or go.
	Watch(ctx context.Context) (schemas.Polled, error)
	// Start begins to read an assigned partition behind a position; where none is known, at the log's beginning. It gives the log's end:
	// whoever has read up to there is caught up. A position that the log cannot be continued from is an error; so is schemas.ErrRevoked,
	// if the partition is no longer this instance's.
	Start(ctx context.Context, a schemas.Assignment, from schemas.Position, known bool) (end int64, err error)
	// Commit tells the group how far partitions are, for those who watch its lag. Nothing is ever read from there.
	Commit(ctx context.Context, offsets map[int32]int64) error
}

// ArchivedLog is a Log that can put what cannot be used into the topic of rejects.
type ArchivedLog interface {
	Log
	Forward(ctx context.Context, rejects []schemas.RejectRow) error
}

// Writer is where rows go. Writing the same rows again, or older ones, is harmless.
type Writer interface {
	// Write inserts data rows, one insert a table. On an error any of them may have been stored.
	Write(ctx context.Context, rows *schemas.Rows) error
	// WriteState inserts states and positions at once: of a partition all or none of them are stored.
	WriteState(ctx context.Context, rows []schemas.StateRow) error
}

// Store is where rows go and where the state comes from at a start.
type Store interface {
	Writer
	// LoadState reads a partition's position, agents and teams, and of the conversations that were appended to since an instant what is
	// hot, of those that are open since another one, all as of one moment.
	LoadState(ctx context.Context, partition int32, generation uint16, since, openSince schemas.Instant) ([]schemas.StateRow, error)
	// FindState reads whole rows by partition and key. Keys without a row are left out.
	FindState(ctx context.Context, keys map[int32][]schemas.KeyID) ([]schemas.StateRow, error)
	// ForgetState deletes the state of conversations whose last record the log took before an instant.
	ForgetState(ctx context.Context, partition int32, before schemas.Instant) error
	// LastOutgoing reads each agent's last message.
	LastOutgoing(ctx context.Context) (map[schemas.AgentName]schemas.Instant, error)
}

// ArchiveStore is where events and rejects go, and where the archive's position comes from.
type ArchiveStore interface {
	Writer
	// FindArchive reads the archive's position in a partition, nil if there is none.
	FindArchive(ctx context.Context, partition int32, generation uint16) (*schemas.StateRow, error)
}

// Meter is where numbers about the floor and about the pipeline go. Names are keys of the dictionary.
type Meter interface {
	Publish(gauges schemas.Gauges)
	Observe(sample schemas.Observation)
	Count(metric string, n float64, labels ...string)
}

// Clock tells the time. Only the pipeline asks it; everything else is given times.
type Clock func() time.Time
