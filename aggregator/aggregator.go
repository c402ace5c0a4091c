package aggregator

import (
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

// State is the fold of one partition of the log: a write-back cache of the partition's rows in the table state. It belongs to one
// goroutine.
type State struct {
	settings      Settings
	companies     map[string]*company
	nextDay       schemas.Instant // when the calendar rows of another day are due
	appended      schemas.Instant // when the log took the newest event that came since the start
	conversations map[schemas.KeyID]*conversation
	agents        map[schemas.KeyID]*agent
	teams         map[schemas.KeyID]*team
	places        map[place]*tally
	owners        map[AgentName]*owner
	outgoing      map[AgentName]*outgoing
	doubted       []AgentName // whose last message was taken back
	cache         cache
	due           map[RowKey]struct{}   // rows to be written
	parted        schemas.Rows          // likewise, of lives that are over and spans that left the memory
	touched       []RowKey              // scratch of the Apply in progress
	observed      []schemas.Observation // likewise
}

// company is what the fold knows of one.
type company struct {
	name       string
	settings   []schemas.SettingsPeriod
	recordedAt schemas.Instant // when the newest of them were
	clocks     schemas.Clocks
	written    map[schemas.Date]bool // days whose calendar row was handed out
	today      schemas.Day           // scratch, see setToday
}

// RowKey names one row that an event touched.
type RowKey struct {
	key    schemas.KeyID // Kafka key that feeds the row
	table  table
	number int64  // of an episode, reply or hold; company day; or start of a span
	name   string // agent of a conversation, device of a span
}

type table uint8

const (
	tableEpisodes table = iota
	tableConversationDays
	tableConversationAgents
	tableReplies
	tableHolds
	tableAgentSpans
	tableDirectory
)

// Outcome tells what an event did. Its observations are valid until the next Apply.
type Outcome struct {
	Pending      bool // its conversation is not in memory: the outcome comes with Restore
	Accepted     bool // new, or it replaced a body with a larger hash
	Duplicate    bool // its event id was there before, or its message under another event id
	Conflict     bool // … with another body
	Ignored      bool // a status that changed nothing: a second opened or closed
	Capped       bool // the conversation has as many events as it may have
	Outdated     bool // a backfill from before what is still kept of its agent or team
	Touched      bool // rows are due
	Observations []schemas.Observation
}

// New makes an empty state. It panics on settings that Validate refuses.
func New(settings Settings) *State {
	if err := settings.Validate(); err != nil {
		panic("BUG: aggregator.New with invalid settings: " + err.Error())
	}
	s := &State{
		settings: settings, companies: map[string]*company{},
		conversations: map[schemas.KeyID]*conversation{}, agents: map[schemas.KeyID]*agent{}, teams: map[schemas.KeyID]*team{},
		places: map[place]*tally{}, owners: map[AgentName]*owner{}, outgoing: map[AgentName]*outgoing{}, cache: newCache(), due: map[RowKey]struct{}{},
	}
	named, _ := settings.Wanted()
	for name := range named {
		s.company(name)
	}
	return s
}

func (s *State) company(name string) *company {
	if c := s.companies[name]; c != nil {
		return c
	}
	c := &company{name: name}
	s.companies[name] = c
	s.setClocks(c)
	return c
}

// setClocks gives a company the clocks of its settings, and tells whether they are others than before.
func (s *State) setClocks(c *company) (changed bool) {
	var settings []schemas.SettingsPeriod
	settings, c.recordedAt = s.settings.periodsOf(c.name)
	if slices.Equal(settings, c.settings) {
		return false
	}
	clocks, err := schemas.NewClocks(settings)
	if err != nil {
		panic("BUG: settings passed Validate: " + err.Error())
	}
	c.settings, c.clocks, c.written = settings, clocks, map[schemas.Date]bool{}
	s.nextDay = 0
	return true
}

// SetVersions takes over versions of settings that were recorded meanwhile. They take effect later, so of what was folded only the ends
// of days to come can change: conversations that are unpacked learn them.
func (s *State) SetVersions(versions []schemas.SettingsVersion) {
	s.settings.Versions = versions
	changed := map[*company]bool{}
	for _, c := range s.companies {
		changed[c] = s.setClocks(c)
	}
	for _, key := range s.cache.unpacked {
		if c := s.conversations[key]; c != nil && c.work != nil && changed[c.work.company] {
			c.work.refold()
		}
	}
}

// Misread gives a company that is folded here and that has another zone or other business hours, as these versions say, at some time up to
// an instant; false if there is none. SetVersions does not mend that: rows of such events may be under another day, or be written with
// other durations.
func (s *State) Misread(versions []schemas.SettingsVersion, until schemas.Instant) (company string, misread bool) {
	now := s.settings
	now.Versions = versions
	for name, c := range s.companies {
		periods, _ := now.periodsOf(name)
		if from, differ := schemas.DifferFrom(c.settings, periods); differ && from <= until {
			return name, true
		}
	}
	return "", false
}

// Apply folds one valid event; where the log has it must be noted in it (Event.Place). An event of a conversation that is not in
// memory is kept until Restore brings what is stored of it.
func (s *State) Apply(e *schemas.Event) Outcome {
	s.touched, s.observed = s.touched[:0], s.observed[:0]
	s.appended = max(s.appended, e.AppendedAt)
	if !e.Folds() {
		return Outcome{Accepted: true}
	}
	var outcome Outcome
	switch {
	case e.Type == schemas.TypeMessage || e.Type == schemas.TypeStatus:
		c := s.conversations[e.KeyID]
		if s.isMissing(e.KeyID, c) {
			s.wait(e)
			return Outcome{Pending: true}
		}
		if c == nil {
			c = &conversation{}
			s.conversations[e.KeyID] = c
		}
		outcome = s.applyConversation(c, e)
	case e.Type == schemas.TypeDirectory && e.Entry == schemas.EntryTeam:
		outcome = s.applyTeam(e)
	default:
		outcome = s.applyAgent(e)
	}
	return s.told(outcome)
}

// told completes the outcome of an event, and notes the rows that it touched.
func (s *State) told(outcome Outcome) Outcome {
	outcome.Touched, outcome.Observations = len(s.touched) > 0, s.observed
	for _, key := range s.touched {
		s.due[key] = struct{}{}
	}
	return outcome
}

func (s *State) touch(key RowKey) { s.touched = append(s.touched, key) }

// seen is the newest record of a Kafka key that the state took in.
type seen struct {
	next     int64 // offset behind it, 0: none yet
	appended schemas.Instant
}

// has tells whether the record at an offset was taken in before.
func (n *seen) has(offset int64) bool { return offset < n.next }

// isOver tells that the life that the records made is over at an instant: what the log takes then begins anew.
func (n *seen) isOver(at schemas.Instant) bool { return at-n.appended > Expiry }

// advance moves on to a record.
func (n *seen) advance(e *schemas.Event) {
	n.next, n.appended = e.Offset+1, max(n.appended, e.AppendedAt)
}

func (s *State) meta(n seen, exists bool) schemas.Meta {
	return schemas.Meta{Version: schemas.MakeVersion(s.settings.Generation, n.next-1), Deleted: !exists, AppendedAt: n.appended}
}
