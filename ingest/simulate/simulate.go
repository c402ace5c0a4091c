package simulate

import (
	"fmt"
	"iter"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// longest is how long a conversation goes on at most, and with it how far the simulation looks back when it starts.
const longest = 48 * hour

// latest ends the simulation; it begins at schemas.EarliestInstant.
var latest = schemas.InstantOf(time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC))

// Simulation is a floor. It is not safe for concurrent use.
type Simulation struct {
	config    Config
	companies []*company
}

// New returns the simulation of a configuration; the error tells all that is wrong with it.
func New(config Config) (*Simulation, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("simulate floor: %w", err)
	}
	s := &Simulation{config: config}
	agents := 0
	for _, c := range config.Companies {
		agents += c.Agents
	}
	for i, c := range config.Companies {
		company, err := newCompany(i, config, c, config.Rate*float64(c.Agents)/float64(agents))
		if err != nil {
			return nil, fmt.Errorf("simulate floor: %w", err)
		}
		s.companies = append(s.companies, company)
	}
	return s, nil
}

// Events gives the events of all companies from <= occurred_at < until in order of occurred_at. Events(a, c) is Events(a, b)
// followed by Events(b, c), to the byte. It keeps only the conversations in progress in memory, so until may be far ahead: for a
// live floor, take the sequence once and let the loop wait. Starting costs about as much as making the events of the two days
// before, from which conversations may still be in progress.
//
// The events are as schemas.DecodeEvent gives them, without ContentHash. There are none before 2000 or after 2199.
func (s *Simulation) Events(from, until schemas.Instant) iter.Seq[schemas.Event] {
	from, until = max(from, schemas.EarliestInstant), min(until, latest)
	return func(yield func(schemas.Event) bool) {
		if from >= until {
			return
		}
		var stage stage
		for i, company := range s.companies {
			first := company.calendar.Day(from - longest)
			stage.bring(&actor{kind: dayKind, company: i, wake: first.From, role: &days{company: company}})
		}
		for stage.Len() > 0 && stage.actors[0].next() < until {
			if event, ok := stage.step(); ok && event.OccurredAt >= from && !yield(event) {
				return
			}
		}
	}
}

// Directory gives the events that tell teams and agents, as [Simulation.Events] gives them at the beginning of the company day
// that holds the instant, for each company. A producer that starts within a day sends them first; their ids are the same, so it
// does no harm when they come again.
func (s *Simulation) Directory(at schemas.Instant) []schemas.Event {
	var events []schemas.Event
	for _, company := range s.companies {
		events = append(events, company.directory(company.calendar.Day(at))...)
	}
	return events
}

// DayStart gives the earliest beginning of the companies' days that hold the instant: from there on, the events up to the instant
// are all that today's boards need.
func (s *Simulation) DayStart(at schemas.Instant) schemas.Instant {
	start := at
	for _, company := range s.companies {
		start = min(start, company.calendar.Day(at).From)
	}
	return start
}
