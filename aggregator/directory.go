package aggregator

import "github.com/floorwatch/floorwatch/schemas"

// entry is one event of the directory about an agent or a team.
type entry struct {
	event
	display string
	teams   []string
	role    string
	hiredOn string
	removed bool
}

func newEntry(e *schemas.Event) entry {
	return entry{event: newEvent(e), display: e.Name, teams: e.Teams, role: e.Role, hiredOn: e.HiredOn, removed: e.Removed}
}

// applyStanding takes an event that says how things are with an agent or a team; the last one in order is what holds. One from before
// the cutoff still counts if it is the last of those: the directory may be told later than what its people did, and says how things
// are, however long they have been so.
func applyStanding[T any, P ordered[T]](s *State, list *[]T, added T, key schemas.KeyID, cutoff schemas.Instant) Outcome {
	if e := P(&added).base(); e.at < cutoff && len(*list) > 0 {
		if first := P(&(*list)[0]).base(); first.at < cutoff && e.before(first) {
			return Outcome{Outdated: true}
		}
	}
	p := addSince[T, P](list, added, cutoff)
	*list = sinceCutoff[T, P](*list, cutoff)
	s.touch(RowKey{key: key, table: tableDirectory})
	return p.outcome()
}

// current is the entry that holds, nil if there is none.
func current(entries []entry) *entry {
	if len(entries) == 0 {
		return nil
	}
	return &entries[len(entries)-1]
}

func (e *entry) row(meta schemas.Meta, company, kind, id string) schemas.DirectoryRow {
	row := schemas.DirectoryRow{Meta: meta, Company: company, Entry: kind, ID: id}
	if e != nil {
		row.Name, row.Teams, row.Role, row.HiredOn, row.Removed = e.display, e.teams, e.role, e.hiredOn, e.removed
	}
	return row
}
