package aggregator

import (
	"github.com/floorwatch/floorwatch/schemas"
)

// State is the fold of one partition of the log. It belongs to one goroutine.
type State struct {
	settings      Settings
	companies     map[string]*company
	calendars     map[string]*schemas.Calendar // by zone
	nextDay       schemas.Instant              // when the calendar rows of another day are due
	conversations map[string]*conversation     // by Kafka key
	agents        map[string]*agent            // by Kafka key
	teams         map[string]*team             // by Kafka key
	live          map[string]*conversation     // open, or active on a day that has not ended
	outgoing      map[agentName]*outgoing      // each agent's last message
	touched       []RowKey                     // scratch of the Apply in progress
	observed      []schemas.Observation        // likewise
}

// company is what the fold knows of one.
type company struct {
	name     string
	calendar *schemas.Calendar
	written  map[schemas.Date]bool // days whose calendar row was handed out
}

// RowKey names one row that an event touched.
type RowKey struct {
	key    string // Kafka key that feeds the row
	table  table
	number int64  // episode number, company day or start of a span
	name   string // agent of a conversation, device of a span
}

type table uint8

const (
	tableEpisodes table = iota
	tableConversationDays
	tableConversationAgents
	tableAgentSpans
	tableDirectory
)

// Outcome tells what an event did. Its slices are valid until the next Apply.
type Outcome struct {
	Accepted     bool // new, or it replaced a body with a larger hash: its events row is due
	Duplicate    bool // its event id was there before, or its message under another event id
	Conflict     bool // … with another body
	Ignored      bool // a status that changed nothing: a second opened or closed
	Touched      []RowKey
	Observations []schemas.Observation
}

// New makes an empty state. It panics on settings that Validate refuses.
func New(settings Settings) *State {
	if err := settings.Validate(); err != nil {
		panic("BUG: aggregator.New with invalid settings: " + err.Error())
	}
	s := &State{
		settings: settings, companies: map[string]*company{}, calendars: map[string]*schemas.Calendar{}, conversations: map[string]*conversation{}, agents: map[string]*agent{},
		teams: map[string]*team{}, live: map[string]*conversation{}, outgoing: map[agentName]*outgoing{},
	}
	for name := range settings.Zones {
		s.company(name)
	}
	return s
}

func (s *State) company(name string) *company {
	if c := s.companies[name]; c != nil {
		return c
	}
	zone := s.settings.Zone(name)
	calendar := s.calendars[zone]
	if calendar == nil {
		var err error
		if calendar, err = schemas.NewCalendar(zone); err != nil {
			panic("BUG: zone passed Validate: " + err.Error())
		}
		s.calendars[zone] = calendar
	}
	c := &company{name: name, calendar: calendar, written: map[schemas.Date]bool{}}
	s.companies[name], s.nextDay = c, 0
	return c
}

// Apply folds one valid event that stands at the given offset of the partition's log.
func (s *State) Apply(e *schemas.Event, offset int64) Outcome {
	s.touched, s.observed = s.touched[:0], s.observed[:0]
	if !e.Folds() {
		return Outcome{Accepted: true}
	}
	var outcome Outcome
	switch {
	case e.Type == schemas.TypeMessage || e.Type == schemas.TypeStatus:
		outcome = s.applyConversation(e, offset)
	case e.Type == schemas.TypeDirectory && e.Entry == schemas.EntryTeam:
		outcome = s.applyTeam(e, offset)
	default:
		outcome = s.applyAgent(e, offset)
	}
	outcome.Touched, outcome.Observations = s.touched, s.observed
	return outcome
}

func (s *State) touch(key RowKey) { s.touched = append(s.touched, key) }

// seen is the newest record of a Kafka key that the state took in.
type seen struct {
	offset   int64
	appended schemas.Instant
}

// advance moves on to a record and tells whether it is a new one. A record at or below the offset that was seen is skipped.
func (n *seen) advance(offset int64, appended schemas.Instant) bool {
	if offset < n.offset {
		return false
	}
	n.offset, n.appended = offset+1, max(n.appended, appended)
	return true
}

func (s *State) meta(n seen, exists bool) schemas.Meta {
	return schemas.Meta{Version: schemas.MakeVersion(n.offset - 1), Deleted: !exists, AppendedAt: n.appended}
}
