package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	gocmp "github.com/google/go-cmp/cmp"
)

// model is a store with the engine's semantics: of rows with one key the highest version stays, the last one inserted among equals; an
// insert into one table is there whole or not at all; inserts into several tables land each on its own, in any order, and an answer
// may be lost after the rows have landed. A tie of unequal rows is noted: no reader could rely on what it gets.
type model struct {
	lock      chan struct{}                   // a mutex that virtual time knows
	tables    map[string]map[string]versioned // by name, then by key
	ties      []string
	inserts   int
	fault     func(table string) fault // of the next insert into a table; nil: none ever
	takes     func() time.Duration     // how long an insert or a question takes; nil: no time
	refused   error                    // the answer to everything, nil: it works
	landings  map[string]int           // by table
	forgotten []schemas.Instant
}

type versioned struct {
	version uint64
	row     any
	deleted bool
}

// fault is what goes wrong with an insert.
type fault int

const (
	works       fault = iota
	isLost            // nothing lands, the answer is an error
	isAmbiguous       // it lands, the answer is an error
	landsTwice        // it lands now and again a while later, after others have
)

var errInsert = errors.New("connection reset")

func newModel() *model {
	return &model{lock: make(chan struct{}, 1), tables: map[string]map[string]versioned{}, landings: map[string]int{}}
}

func (m *model) with(do func()) {
	m.lock <- struct{}{}
	defer func() { <-m.lock }()
	do()
}

// insert is one insert into one table.
func (m *model) insert(table string, rows map[string]versioned) error {
	var what fault
	var delay time.Duration
	var refused error
	m.with(func() {
		m.inserts++
		if refused = m.refused; m.fault != nil {
			what = m.fault(table)
		}
		if m.takes != nil {
			delay = m.takes()
		}
	})
	time.Sleep(delay)
	if refused != nil {
		return refused
	}
	if what == isLost {
		return errInsert
	}
	m.land(table, rows)
	if what == landsTwice {
		time.AfterFunc(min(10*delay, 20*time.Second)+time.Second, func() { m.land(table, rows) })
	}
	if what == isAmbiguous {
		return errInsert
	}
	return nil
}

func (m *model) land(table string, rows map[string]versioned) {
	m.with(func() {
		m.landings[table]++
		if m.tables[table] == nil {
			m.tables[table] = map[string]versioned{}
		}
		for key, row := range rows {
			old, exists := m.tables[table][key]
			if exists && old.version == row.version && !isTied(old.row, row.row) {
				m.ties = append(m.ties, fmt.Sprintf("%s %s, version %d:\n%s", table, key, row.version, gocmp.Diff(old.row, row.row)))
			}
			if !exists || old.version <= row.version {
				m.tables[table][key] = row
			}
		}
	})
}

// isTied tells whether two rows of one version say the same. Two positions do although they were taken at different times.
func isTied(a, b any) bool {
	switch r := a.(type) {
	case schemas.StateRow:
		if r.Kind == schemas.StatePosition || r.Kind == schemas.StateArchive {
			return true
		}
	case schemas.RejectRow:
		return reflect.DeepEqual(unversioned(a), unversioned(b))
	}
	return reflect.DeepEqual(a, b)
}

func keyed[R any](rows []R, key func(*R) string, meta func(*R) schemas.Meta) map[string]versioned {
	out := map[string]versioned{}
	for i := range rows {
		r := &rows[i]
		if old, exists := out[key(r)]; !exists || old.version <= meta(r).Version { // as the engine does within an insert
			out[key(r)] = versioned{version: meta(r).Version, row: *r, deleted: meta(r).Deleted}
		}
	}
	return out
}

func (m *model) Write(_ context.Context, rows *schemas.Rows) error {
	tables := map[string]map[string]versioned{
		"episodes": keyed(rows.Episodes, func(r *schemas.EpisodeRow) string {
			return fmt.Sprint(r.Company, "/", r.Conversation, "/", r.Life, "/", r.Number)
		},
			func(r *schemas.EpisodeRow) schemas.Meta { return r.Meta }),
		"conversation_days": keyed(rows.ConversationDays, func(r *schemas.ConversationDayRow) string {
			return fmt.Sprint(r.Company, "/", r.Day, "/", r.Conversation)
		},
			func(r *schemas.ConversationDayRow) schemas.Meta { return r.Meta }),
		"conversation_agents": keyed(rows.ConversationAgents, func(r *schemas.ConversationAgentRow) string {
			return fmt.Sprint(r.Company, "/", r.Agent, "/", r.Conversation, "/", r.Life)
		}, func(r *schemas.ConversationAgentRow) schemas.Meta { return r.Meta }),
		"replies": keyed(rows.Replies, func(r *schemas.ReplyRow) string {
			return fmt.Sprint(r.Company, "/", r.Conversation, "/", r.Life, "/", r.Number)
		},
			func(r *schemas.ReplyRow) schemas.Meta { return r.Meta }),
		"holds": keyed(rows.Holds, func(r *schemas.HoldRow) string {
			return fmt.Sprint(r.Company, "/", r.Conversation, "/", r.Life, "/", r.Number)
		},
			func(r *schemas.HoldRow) schemas.Meta { return r.Meta }),
		"agent_spans": keyed(rows.AgentSpans, func(r *schemas.AgentSpanRow) string {
			return fmt.Sprint(r.Company, "/", r.Agent, "/", r.Device, "/", r.StartedAt)
		},
			func(r *schemas.AgentSpanRow) schemas.Meta { return r.Meta }),
		"directory": keyed(rows.Directory, func(r *schemas.DirectoryRow) string { return fmt.Sprint(r.Company, "/", r.Entry, "/", r.ID) },
			func(r *schemas.DirectoryRow) schemas.Meta { return r.Meta }),
		"calendar": keyed(rows.Calendar, func(r *schemas.CalendarRow) string { return fmt.Sprint(r.Company, "/", r.Day.Date) },
			func(r *schemas.CalendarRow) schemas.Meta { return schemas.Meta{Version: r.Version} }),
		"events": keyed(rows.Events, func(r *schemas.EventRow) string { return fmt.Sprint(r.Key(), "/", r.Scope(), "/", r.ID) },
			func(r *schemas.EventRow) schemas.Meta { return r.Meta }),
		"rejects": keyed(rows.Rejects, func(r *schemas.RejectRow) string { return fmt.Sprint(r.Topic, "/", r.Partition, "/", r.Offset) },
			func(r *schemas.RejectRow) schemas.Meta { return schemas.Meta{Version: r.Version} }),
	}
	answers, asked := make(chan error), 0
	for table, rows := range tables {
		if len(rows) > 0 {
			asked++
			go func() { answers <- m.insert(table, rows) }()
		}
	}
	var failed error
	for range asked {
		failed = cmp.Or(failed, <-answers)
	}
	return failed
}

// WriteState is one insert, of which the rows of each partition land whole or not at all.
func (m *model) WriteState(_ context.Context, rows []schemas.StateRow) error {
	parts := map[int32]map[string]versioned{}
	for _, r := range rows {
		if parts[r.Partition] == nil {
			parts[r.Partition] = map[string]versioned{}
		}
		parts[r.Partition][keyOfState(r.Partition, r.Key)] = versioned{version: r.Version, row: r}
	}
	answers := make(chan error)
	for _, part := range parts {
		go func() { answers <- m.insert("state", part) }()
	}
	var failed error
	for range parts {
		failed = cmp.Or(failed, <-answers)
	}
	return failed
}

func keyOfState(partition int32, key schemas.KeyID) string {
	return fmt.Sprintf("%d/%x", partition, key)
}

// ask is a question to the store.
func (m *model) ask(answer func()) error {
	var delay time.Duration
	var refused error
	m.with(func() {
		refused = m.refused
		if m.takes != nil {
			delay = m.takes()
		}
	})
	time.Sleep(delay)
	if refused != nil {
		return refused
	}
	m.with(answer)
	return nil
}

func (m *model) LoadState(_ context.Context, partition int32, generation uint16, since, openSince schemas.Instant) (rows []schemas.StateRow, err error) {
	err = m.ask(func() {
		for _, stored := range m.tables["state"] {
			row := stored.row.(schemas.StateRow)
			if row.Partition != partition || row.Version < schemas.MakeVersion(generation, 0) {
				continue
			}
			if row.Kind != schemas.StateConversation || row.Open && row.AppendedAt >= openSince || row.AppendedAt >= since {
				row.Rest = nil
				rows = append(rows, row)
			}
		}
	})
	return rows, err
}

func (m *model) FindState(_ context.Context, keys map[int32][]schemas.KeyID) (rows []schemas.StateRow, err error) {
	err = m.ask(func() {
		for partition, asked := range keys {
			for _, key := range asked {
				if stored, ok := m.tables["state"][keyOfState(partition, key)]; ok {
					rows = append(rows, stored.row.(schemas.StateRow))
				}
			}
		}
	})
	return rows, err
}

func (m *model) FindArchive(_ context.Context, partition int32, _ uint16) (row *schemas.StateRow, err error) {
	err = m.ask(func() {
		for _, stored := range m.tables["state"] {
			if r := stored.row.(schemas.StateRow); r.Kind == schemas.StateArchive && r.Partition == partition {
				row = &r
			}
		}
	})
	return row, err
}

func (m *model) ForgetState(_ context.Context, partition int32, before schemas.Instant) error {
	return m.ask(func() {
		m.forgotten = append(m.forgotten, before)
		for key, stored := range m.tables["state"] {
			if r := stored.row.(schemas.StateRow); r.Partition == partition && r.Kind == schemas.StateConversation && r.AppendedAt < before {
				delete(m.tables["state"], key)
			}
		}
	})
}

func (m *model) LastOutgoing(context.Context) (last map[schemas.AgentName]schemas.Instant, err error) {
	last = map[schemas.AgentName]schemas.Instant{}
	err = m.ask(func() {
		for _, stored := range m.tables["conversation_agents"] {
			if r := stored.row.(schemas.ConversationAgentRow); !r.Deleted {
				name := schemas.AgentName{Company: r.Company, Agent: r.Agent}
				last[name] = max(last[name], r.LastOutgoingAt)
			}
		}
	})
	return last, err
}

// view is what readers see of the data: rows without tombstones, and without versions and times of appending.
func (m *model) view() map[string]any {
	out := map[string]any{}
	m.with(func() {
		for table, rows := range m.tables {
			for key, stored := range rows {
				if table != "state" && table != "calendar" && !stored.deleted {
					out[table+" "+key] = unversioned(stored.row)
				}
			}
		}
	})
	return out
}

func unversioned(row any) any {
	switch r := row.(type) {
	case schemas.EpisodeRow:
		r.Meta = schemas.Meta{}
		return r
	case schemas.ConversationDayRow:
		r.Meta = schemas.Meta{}
		return r
	case schemas.ConversationAgentRow:
		r.Meta = schemas.Meta{}
		return r
	case schemas.ReplyRow:
		r.Meta = schemas.Meta{}
		return r
	case schemas.HoldRow:
		r.Meta = schemas.Meta{}
		return r
	case schemas.AgentSpanRow:
		r.Meta = schemas.Meta{}
		return r
	case schemas.DirectoryRow:
		r.Meta = schemas.Meta{}
		return r
	case schemas.RejectRow:
		r.Record = nil
		return r
	default:
		return row
	}
}

// count is how many rows of a table readers see.
func (m *model) count(table string) (n int) {
	m.with(func() {
		for _, stored := range m.tables[table] {
			if !stored.deleted {
				n++
			}
		}
	})
	return n
}

// set makes everything fail, or work again.
func (m *model) set(refused error) { m.with(func() { m.refused = refused }) }
