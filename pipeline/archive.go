package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
)

// ArchiveParts are what an archive joins.
type ArchiveParts struct {
	Log    ArchivedLog
	Store  ArchiveStore
	Meter  Meter
	Clock  Clock
	Logger zerolog.Logger
}

// Archive is a cursor of its own over the log: it writes every event to the table events, and what cannot be used to the table and the
// topic of rejects. When ClickHouse is away it simply waits, so an outage costs no memory; the numbers do not wait for it. When the topic
// of rejects takes nothing, only positions wait.
type Archive struct {
	cfg        Config
	generation uint16
	parts      ArchiveParts
	partitions map[int32]*archived
	total      int32
	topic      [16]byte
	rows       schemas.Rows // read, not written yet
	texts      int          // bytes of their texts
	writing    archiveWrite
	forwarding forwarding
	nextCut    time.Time
}

// archived is how far a partition is.
type archived struct {
	assignment  schemas.Assignment
	next        int64 // behind the last record that was read
	written     int64 // … that the tables have
	position    int64 // that the table of states has
	leaderEpoch int32
	appended    schemas.Instant
}

// NewArchive makes an archive; cfg and generation are those of the pipeline.
func NewArchive(cfg Config, generation uint16, parts ArchiveParts) *Archive {
	a := &Archive{
		cfg: cfg, generation: generation, parts: parts, partitions: map[int32]*archived{},
		writing: archiveWrite{done: make(chan error, 1)}, forwarding: forwarding{done: make(chan error, 1)},
	}
	a.topic, a.total = parts.Log.Topic()
	return a
}

// Run archives until the context is done. It returns nil after that, or the reason why it cannot go on.
func (a *Archive) Run(ctx context.Context) error {
	background, stop := context.WithCancel(ctx)
	reading := startReading(background, a.parts.Log)
	sending, stopSending := context.WithCancel(context.WithoutCancel(ctx)) // what is on its way when the service stops may still arrive
	a.forwarding.context = sending
	defer func() {
		stopSending()
		stop()
		<-reading.ended
	}()
	flushes := time.NewTicker(a.cfg.FlushInterval)
	defer flushes.Stop()
	a.nextCut = a.parts.Clock().Add(a.cfg.StateInterval)
	for {
		reading.pause(a.isBehind() || a.isFull())
		var err error
		select {
		case news := <-reading.polled:
			if err = a.take(ctx, news); a.isBehind() || a.isFull() {
				a.startWrite(ctx)
			}
		case err := <-a.writing.done:
			if a.endWrite(err); a.isBehind() {
				a.startWrite(ctx)
			}
		case err := <-a.forwarding.done:
			a.endForward(err)
			a.startForward()
		case <-flushes.C:
			a.startWrite(ctx)
			a.startForward()
		case err = <-reading.broken:
			err = fmt.Errorf("archive log: %w", err)
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			return a.drain()
		}
		if err != nil {
			return err
		}
	}
}

// take takes in what the log told.
func (a *Archive) take(ctx context.Context, news schemas.Polled) error {
	for _, gone := range news.Revoked {
		if part := a.partitions[gone.Partition]; part != nil && part.assignment == gone {
			delete(a.partitions, gone.Partition)
			a.forwarding.drop(gone.Partition)
		}
	}
	for _, come := range news.Assigned {
		if err := a.start(ctx, come); err != nil {
			return err
		}
	}
	for i := range news.Batches {
		a.add(&news.Batches[i])
	}
	return nil
}

// start reads a partition's position and has it read from there on.
func (a *Archive) start(ctx context.Context, come schemas.Assignment) error {
	var row *schemas.StateRow
	err := insist(ctx, a.parts.Logger, "archive's position not read", func(ctx context.Context) (err error) {
		row, err = a.parts.Store.FindArchive(ctx, come.Partition, a.generation)
		return refuseNewer(err)
	})
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("start archive of partition %d: %w", come.Partition, err)
	}
	part := &archived{assignment: come, leaderEpoch: -1}
	var from schemas.Position
	if row != nil {
		if from, err = schemas.PositionOf(row); err != nil {
			return fmt.Errorf("start archive: %w", err)
		}
		part.next, part.written, part.position, part.leaderEpoch = from.Next, from.Next, from.Next, from.LeaderEpoch
	}
	a.partitions[come.Partition] = part
	_, err = a.parts.Log.Start(ctx, come, from, row != nil)
	if errors.Is(err, schemas.ErrRevoked) || ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("start archive of partition %d: %w", come.Partition, err)
	}
	return nil
}

func (a *Archive) add(batch *schemas.Batch) {
	part := a.partitions[batch.Partition]
	if part == nil || part.assignment != batch.Assignment {
		return
	}
	for i := range batch.Events {
		e := &batch.Events[i]
		part.appended = max(part.appended, e.AppendedAt)
		a.texts += len(e.Text)
		a.rows.Events = append(a.rows.Events, schemas.EventRow{Meta: schemas.Meta{Version: schemas.EventVersion(e.ContentHash, e.Offset), AppendedAt: e.AppendedAt}, Event: *e})
	}
	for _, reject := range batch.Rejects {
		part.appended = max(part.appended, reject.AppendedAt)
		reject.Version = schemas.MakeVersion(a.generation, reject.Offset)
		a.rows.Rejects = append(a.rows.Rejects, reject)
	}
	part.next, part.leaderEpoch = max(part.next, batch.Next), batch.LeaderEpoch
}

// drain writes what is left when the service stops. What it cannot write comes again from the log at the next start.
func (a *Archive) drain() error {
	ctx, cancel := context.WithTimeout(context.Background(), a.cfg.ShutdownTimeout)
	defer cancel()
	for a.settle(ctx); a.rows.Len() > 0 && ctx.Err() == nil; {
		a.settle(ctx)
	}
	if a.rows.Len() > 0 {
		return fmt.Errorf("stop: the last %d events and rejects were not archived within %s; the next start does it", a.rows.Len(), a.cfg.ShutdownTimeout)
	}
	err := a.drainForward(ctx)
	a.nextCut = time.Time{}
	a.settle(ctx)
	return err
}

// settle waits for the write in hand, or for the next one.
func (a *Archive) settle(ctx context.Context) {
	a.startWrite(ctx)
	if a.writing.running {
		a.endWrite(<-a.writing.done)
	}
}

// commit tells the group how far partitions are. Nobody reads it but those who watch the lag, so a failure is only noted.
func commit(ctx context.Context, log Log, offsets map[int32]int64, logger zerolog.Logger) {
	if len(offsets) == 0 {
		return
	}
	if err := log.Commit(ctx, offsets); err != nil && ctx.Err() == nil {
		logger.Debug().Err(err).Msg("offsets not committed")
	}
}
