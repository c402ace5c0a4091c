package pipeline

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/schemas"
)

// partition is the fold of one partition of the log and how far it is.
type partition struct {
	assignment  schemas.Assignment
	stopLoading context.CancelFunc
	state       *aggregator.State // nil: being loaded
	position    int64             // that the table has
	next        int64             // offset behind the last record folded
	leaderEpoch int32             // of that record
	appended    schemas.Instant   // when the log took the newest record
	end         int64             // of the log, as far as known
	goal        int64             // end of the log when it was started: from here on its numbers are shown; -1: not known yet
	records     int64             // that were read
	caughtUp    bool
}

// folding gives the partitions whose state is loaded, by their numbers.
func (p *Pipeline) folding() iter.Seq2[int32, *partition] {
	return func(yield func(int32, *partition) bool) {
		for number, part := range p.partitions {
			if part.state != nil && !yield(number, part) {
				return
			}
		}
	}
}

// loaded is what the table has of a partition.
type loaded struct {
	assignment schemas.Assignment
	state      *aggregator.State
	position   schemas.Position
	known      bool
	err        error
}

// started tells that records of a partition come.
type started struct {
	assignment schemas.Assignment
	end        int64
	err        error
}

// loadPartition reads the state of a partition, beside the loop. That ClickHouse cannot be asked does not mean that there is no state:
// it waits, as long as the partition is this instance's. It never begins empty where there was something.
func (p *Pipeline) loadPartition(ctx context.Context, a schemas.Assignment, settings aggregator.Settings) {
	var l loaded
	logger := p.parts.Logger.With().Int32("partition", a.Partition).Logger()
	l.err = insist(ctx, logger, "state not loaded", func(ctx context.Context) (err error) {
		l, err = p.readState(ctx, a, settings)
		return err
	})
	l.assignment = a
	select {
	case p.loaded <- l:
	case <-ctx.Done():
	}
}

// readState reads what is hot in one go with the position, then the rows that are needed whole: a state may be ahead of the position, since
// records that it has seen are skipped.
func (p *Pipeline) readState(ctx context.Context, a schemas.Assignment, settings aggregator.Settings) (l loaded, err error) {
	now := schemas.InstantOf(p.parts.Clock())
	rows, err := p.parts.Store.LoadState(ctx, a.Partition, settings.Generation, now-aggregator.Retention, now-aggregator.Expiry)
	if err != nil {
		return l, refuseNewer(err)
	}
	l.state = aggregator.New(settings)
	whole := []schemas.KeyID{}
	for i := range rows {
		switch row := &rows[i]; {
		case row.Kind == schemas.StatePosition:
			if l.position, err = schemas.PositionOf(row); err != nil {
				return l, refusal{err}
			}
			l.known = true
		case l.state.NeedsWhole(row, now):
			whole = append(whole, row.Key)
		}
	}
	entries, err := p.parts.Store.FindState(ctx, map[int32][]schemas.KeyID{a.Partition: whole})
	if err != nil {
		return l, err
	}
	if err := l.state.Load(append(conversationsOf(rows), entries...)); err != nil {
		return l, refusal{err}
	}
	return l, nil
}

// current leaves out rows of earlier generations: what is made anew does not build on them.
func current(rows []schemas.StateRow, generation uint16) []schemas.StateRow {
	return slices.DeleteFunc(rows, func(r schemas.StateRow) bool { return r.Version < schemas.MakeVersion(generation, 0) })
}

// conversationsOf leaves out agents and teams, which come whole.
func conversationsOf(rows []schemas.StateRow) []schemas.StateRow {
	var out []schemas.StateRow
	for i := range rows {
		if kind := rows[i].Kind; kind == schemas.StateConversation || kind == schemas.StatePosition {
			out = append(out, rows[i])
		}
	}
	return out
}

// checkPosition refuses a position that was made with other settings: rows would mean something else from here on.
func checkPosition(l *loaded, settings aggregator.Settings) error {
	if !l.known || l.position.Settings == settings.Hash(l.position.SettingsAt) {
		return nil
	}
	return fmt.Errorf("check settings: the rows in ClickHouse were made with other settings of the fold (floor and kafka.horizon) than those of now; "+
		"set them as they were, or rebuild: raise floor.generation above %d, and all rows are made again from the log", settings.Generation)
}

// begin has a partition read from its position on.
func (p *Pipeline) begin(l loaded) error {
	part := p.partitions[l.assignment.Partition]
	if part == nil || part.assignment != l.assignment {
		return nil // it went meanwhile
	}
	if l.err == nil && !p.knowsSettings(p.parts.Clock()) {
		p.unsettled = append(p.unsettled, l) // until they were read: with old ones the position would be refused
		return nil
	}
	if l.err == nil {
		l.err = checkPosition(&l, p.settings)
	}
	if l.err != nil {
		return fmt.Errorf("load partition %d: %w", l.assignment.Partition, l.err)
	}
	part.state, part.goal, part.leaderEpoch = l.state, -1, -1
	part.state.SetVersions(p.settings.Versions) // they may have changed meanwhile
	if l.known {
		part.next, part.position, part.leaderEpoch = l.position.Next, l.position.Next, l.position.LeaderEpoch
	}
	go func() {
		s := started{assignment: l.assignment}
		s.end, s.err = p.parts.Log.Start(p.background, l.assignment, l.position, l.known)
		select {
		case p.started <- s:
		case <-p.background.Done():
		}
	}()
	p.readOutgoing()
	return nil
}

// follow notes up to where a partition has to be read before its numbers are shown.
func (p *Pipeline) follow(s started) error {
	part := p.partitions[s.assignment.Partition]
	if part == nil || part.assignment != s.assignment || errors.Is(s.err, schemas.ErrRevoked) {
		return nil
	}
	if s.err != nil {
		return fmt.Errorf("start partition %d: %w", s.assignment.Partition, s.err)
	}
	part.goal, part.end = s.end, max(part.end, s.end)
	part.caughtUp = part.next >= part.goal
	return nil
}
