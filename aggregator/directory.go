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

// applyEntry takes a directory event; the last one in order is what holds. One from before the cutoff still counts if it is the last of
// those: the directory may be told later than what its people did, and says how things are, however long they have been so.
func (s *State) applyEntry(entries *[]entry, e *schemas.Event, cutoff schemas.Instant) Outcome {
	added := entry{event: newEvent(e), display: e.Name, teams: e.Teams, role: e.Role, hiredOn: e.HiredOn, removed: e.Removed}
	if old := *entries; e.OccurredAt < cutoff && len(old) > 0 && added.before(&old[0].event) && old[0].at < cutoff {
		return Outcome{Outdated: true}
	}
	p := addSince(entries, added, cutoff)
	*entries = sinceCutoff(*entries, cutoff)
	s.touch(RowKey{key: e.KeyID, table: tableDirectory})
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
