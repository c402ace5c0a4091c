//go:build synctests

package pipeline

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// Each rule that the design rests on is left out here once, and the schedules must notice. What is left out is put around the store or
// the log of each instance, so that the pipeline itself stays as it is.

// maxSearch is within how many schedules a rule that is left out must be noticed.
const maxSearch = 1500

func TestEachRuleIsNeeded(t *testing.T) {
	rules := map[string]func(*surroundings){
		"rows are acknowledged before the state is written": func(s *surroundings) {
			s.wrap = func(store Store) Store { return &earlyState{store.(*reached)} }
		},
		"states and position are one insert": func(s *surroundings) {
			s.wrap = func(store Store) Store { return &positionFirst{store.(*reached)} }
		},
		"states and position are read at one moment": func(s *surroundings) {
			s.wrap = func(store Store) Store { return &positionLater{store.(*reached), map[schemas.KeyID]schemas.StateRow{}} }
		},
		"rows that cease to exist become tombstones": func(s *surroundings) {
			s.wrap = func(store Store) Store { return &noTombstones{store.(*reached)} }
		},
		"a conversation that is not in memory is looked up": func(s *surroundings) {
			s.wrap = func(store Store) Store { return &beginsEmpty{store.(*reached)} }
		},
		"a row's version is the log's, not the writer's": func(s *surroundings) {
			s.wrap = func(store Store) Store { return &clockVersions{store.(*reached)} }
		},
		"a state is due whenever its offset moves": func(s *surroundings) {
			s.wrap = func(store Store) Store { return &lossyState{store.(*reached)} }
		},
		"the position is that of the table, not of the group": func(s *surroundings) {
			s.wrapLog = func(log Log) Log { return &aheadLog{log} }
		},
	}
	t.Run("with all of them nothing is noticed", func(t *testing.T) {
		for seed := range uint64(20) {
			if problem := playWithout(t, seed, func(*surroundings) {}); problem != "" {
				t.Errorf("schedule %d: %s", seed+1, problem)
			}
		}
	})
	for rule, leaveOut := range rules {
		t.Run(rule, func(t *testing.T) {
			for seed := range uint64(maxSearch) {
				if problem := playWithout(t, seed, leaveOut); problem != "" {
					t.Logf("noticed by schedule %d", seed+1)
					return
				}
			}
			t.Errorf("left out, and none of %d schedules noticed", maxSearch)
		})
	}
}

// playWithout plays a schedule in which a rule is left out.
func playWithout(t *testing.T, seed uint64, leaveOut func(*surroundings)) string {
	t.Helper()
	problem, _, _ := playSeed(t, 1_000_000+seed, func(s *schedule) {
		s.around.archive, s.patience = false, 40
		leaveOut(s.around)
	})
	return problem
}

// earlyState acknowledges rows that are on their way only; a crash may lose them.
type earlyState struct{ *reached }

func (s *earlyState) Write(ctx context.Context, rows *schemas.Rows) error {
	go func() {
		time.Sleep(2 * time.Second)
		for s.reached.pass() == nil && s.reached.Write(ctx, rows) != nil {
			time.Sleep(time.Second)
		}
	}()
	return nil
}

// positionFirst writes the position, then the states.
type positionFirst struct{ *reached }

func (s *positionFirst) WriteState(ctx context.Context, rows []schemas.StateRow) error {
	positions, states := split(rows)
	if err := s.reached.WriteState(ctx, positions); err != nil {
		return err
	}
	time.Sleep(time.Second)
	return s.reached.WriteState(ctx, states)
}

func split(rows []schemas.StateRow) (positions, states []schemas.StateRow) {
	for _, row := range rows {
		if row.Kind == schemas.StatePosition {
			positions = append(positions, row)
		} else {
			states = append(states, row)
		}
	}
	return positions, states
}

// positionLater reads the states, and the position a while after them.
type positionLater struct {
	*reached
	early map[schemas.KeyID]schemas.StateRow // agents and teams as they were with the states
}

func (s *positionLater) LoadState(ctx context.Context, partition int32, generation uint16, since, openSince schemas.Instant) ([]schemas.StateRow, error) {
	rows, err := s.reached.LoadState(ctx, partition, generation, since, openSince)
	if err != nil {
		return nil, err
	}
	_, states := split(rows)
	keys := map[int32][]schemas.KeyID{}
	for _, row := range states {
		keys[partition] = append(keys[partition], row.Key)
	}
	whole, err := s.reached.FindState(ctx, keys)
	if err != nil {
		return nil, err
	}
	time.Sleep(10 * time.Second)
	later, err := s.reached.LoadState(ctx, partition, generation, since, openSince)
	positions, _ := split(later)
	s.with(func() {
		for _, row := range whole {
			s.early[row.Key] = row
		}
	})
	return append(states, positions...), err
}

func (s *positionLater) FindState(ctx context.Context, keys map[int32][]schemas.KeyID) ([]schemas.StateRow, error) {
	rows, err := s.reached.FindState(ctx, keys)
	s.with(func() {
		for i := range rows {
			if early, ok := s.early[rows[i].Key]; ok && rows[i].Kind != schemas.StateConversation {
				rows[i] = early
			}
		}
	})
	return rows, err
}

// noTombstones leaves out rows that say that something is no longer there.
type noTombstones struct{ *reached }

func (s *noTombstones) Write(ctx context.Context, rows *schemas.Rows) error {
	kept := *rows
	kept.Episodes = slices.DeleteFunc(slices.Clone(rows.Episodes), func(r schemas.EpisodeRow) bool { return r.Deleted })
	kept.ConversationDays = slices.DeleteFunc(slices.Clone(rows.ConversationDays), func(r schemas.ConversationDayRow) bool { return r.Deleted })
	kept.ConversationAgents = slices.DeleteFunc(slices.Clone(rows.ConversationAgents), func(r schemas.ConversationAgentRow) bool { return r.Deleted })
	return s.reached.Write(ctx, &kept)
}

// beginsEmpty finds no conversation.
type beginsEmpty struct{ *reached }

func (s *beginsEmpty) FindState(ctx context.Context, keys map[int32][]schemas.KeyID) ([]schemas.StateRow, error) {
	rows, err := s.reached.FindState(ctx, keys)
	return slices.DeleteFunc(rows, func(r schemas.StateRow) bool { return r.Kind == schemas.StateConversation && !r.Open }), err
}

// clockVersions gives rows the time of writing as their version.
type clockVersions struct{ *reached }

func (s *clockVersions) Write(ctx context.Context, rows *schemas.Rows) error {
	now, own := uint64(time.Now().UnixMilli()), *rows
	own.Episodes, own.ConversationDays = slices.Clone(rows.Episodes), slices.Clone(rows.ConversationDays)
	for i := range own.Episodes {
		own.Episodes[i].Version = now
	}
	for i := range own.ConversationDays {
		own.ConversationDays[i].Version = now
	}
	return s.reached.Write(ctx, &own)
}

// lossyState leaves out one state in five.
type lossyState struct{ *reached }

func (s *lossyState) WriteState(ctx context.Context, rows []schemas.StateRow) error {
	kept := slices.DeleteFunc(slices.Clone(rows), func(r schemas.StateRow) bool { return r.Kind == schemas.StateConversation && r.Key[0]%5 == 0 })
	return s.reached.WriteState(ctx, kept)
}

// aheadLog begins a few records behind the position, as a group's offset does that was committed before its rows were written.
type aheadLog struct{ Log }

func (l *aheadLog) Start(ctx context.Context, a schemas.Assignment, from schemas.Position, known bool) (int64, error) {
	if known {
		from.Next += 2
	}
	return l.Log.Start(ctx, a, from, known)
}
