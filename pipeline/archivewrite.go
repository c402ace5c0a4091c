package pipeline

import (
	"context"

	"github.com/floorwatch/floorwatch/schemas"
)

// archiveWrite is the archive's insert in hand: rows, or positions behind rows that the tables have. There is one at a time; while it
// lasts the next rows are read.
type archiveWrite struct {
	running bool
	rows    schemas.Rows
	texts   int                          // bytes of their texts
	next    map[schemas.Assignment]int64 // how far the rows reach
	done    chan error                   // nil, or why the context ended it
}

// startWrite writes beside the loop: positions at times, else what was read. It tries until it is done.
func (a *Archive) startWrite(ctx context.Context) {
	w := &a.writing
	if w.running {
		return
	}
	if now := a.parts.Clock(); !now.Before(a.nextCut) {
		a.nextCut = now.Add(a.cfg.StateInterval)
		if a.startPositions(ctx) {
			return
		}
	}
	if a.rows.Len() == 0 {
		return
	}
	w.running, w.rows, w.next, a.rows = true, a.rows, map[schemas.Assignment]int64{}, schemas.Rows{}
	w.texts, a.texts = a.texts, 0
	for _, part := range a.partitions {
		w.next[part.assignment] = part.next
	}
	go func() {
		w.done <- insist(ctx, a.parts.Logger, "events not archived", func(ctx context.Context) error { return a.parts.Store.Write(ctx, &w.rows) })
	}()
}

// startPositions notes how far all partitions are: what is behind a position is written and forwarded. It tells whether any has moved.
func (a *Archive) startPositions(ctx context.Context) bool {
	var rows []schemas.StateRow
	w, offsets, next := &a.writing, map[int32]int64{}, map[schemas.Assignment]int64{}
	for number, part := range a.partitions {
		reached := a.forwarding.next(number, part.written)
		if reached <= part.position {
			continue
		}
		position := schemas.Position{
			Partition: number, Generation: a.generation, Next: reached, LeaderEpoch: part.leaderEpoch, TopicID: a.topic, Partitions: a.total,
		}
		rows = append(rows, position.Row(schemas.StateArchive, part.appended))
		offsets[number], next[part.assignment] = reached, reached
	}
	if len(rows) == 0 {
		return false
	}
	w.running, w.next = true, next
	go func() {
		err := insist(ctx, a.parts.Logger, "archive's positions not written", func(ctx context.Context) error { return a.parts.Store.WriteState(ctx, rows) })
		if err == nil {
			commit(ctx, a.parts.Log, offsets, a.parts.Logger)
		}
		w.done <- err
	}()
	return true
}

// endWrite notes what was written. What the end of the context left over goes first next time.
func (a *Archive) endWrite(err error) {
	w := &a.writing
	w.running = false
	rows := w.rows
	w.rows = schemas.Rows{}
	if err != nil {
		rows.Append(a.rows)
		a.rows = rows
		a.texts += w.texts
		return
	}
	for assignment, next := range w.next {
		part := a.partitions[assignment.Partition]
		switch {
		case part == nil || part.assignment != assignment:
		case rows.Len() == 0:
			part.position = next
		default:
			part.written = next
		}
	}
	a.parts.Meter.Count(schemas.MetricRowsWritten, float64(rows.Len()))
	a.forwarding.queue = append(a.forwarding.queue, rows.Rejects...)
	a.startForward()
}

// isBehind tells that so much was read beside the insert in hand that no more is to be read.
func (a *Archive) isBehind() bool {
	return a.rows.Len() >= a.cfg.PendingRows/10 || a.texts >= maxTexts
}

const maxTexts = 64 << 20 // bytes of texts, which are the only things of rows that may be long
