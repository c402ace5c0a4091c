package aggregator

import (
	"fmt"
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

// tables collects rows as the store would: the newest version of each key; tombstones stay, without what they replaced.
type tables struct {
	episodes map[string]schemas.EpisodeRow
	days     map[string]schemas.ConversationDayRow
	parts    map[string]schemas.ConversationAgentRow
	replies  map[string]schemas.ReplyRow
	holds    map[string]schemas.HoldRow
	spans    map[string]schemas.AgentSpanRow
	entries  map[string]schemas.DirectoryRow
}

func newTable() *tables {
	return &tables{map[string]schemas.EpisodeRow{}, map[string]schemas.ConversationDayRow{}, map[string]schemas.ConversationAgentRow{},
		map[string]schemas.ReplyRow{}, map[string]schemas.HoldRow{}, map[string]schemas.AgentSpanRow{}, map[string]schemas.DirectoryRow{}}
}

// identity is what a row is stored under.
type identity struct {
	meta   *schemas.Meta
	of     string // conversation, agent or kind of entry
	life   *int64 // nil: rows of this table are not of a life
	within any    // what tells the rows of it apart
}

func ofEpisode(r *schemas.EpisodeRow) identity {
	return identity{&r.Meta, r.Conversation, &r.Life, r.Number}
}
func ofDay(r *schemas.ConversationDayRow) identity {
	return identity{&r.Meta, r.Conversation, nil, r.Day}
}
func ofPart(r *schemas.ConversationAgentRow) identity {
	return identity{&r.Meta, r.Conversation, &r.Life, r.Agent}
}
func ofReply(r *schemas.ReplyRow) identity {
	return identity{&r.Meta, r.Conversation, &r.Life, r.Number}
}
func ofHold(r *schemas.HoldRow) identity {
	return identity{&r.Meta, r.Conversation, &r.Life, r.Number}
}
func ofSpan(r *schemas.AgentSpanRow) identity {
	return identity{&r.Meta, r.Agent, nil, fmt.Sprint(r.Device, "/", r.StartedAt)}
}
func ofEntry(r *schemas.DirectoryRow) identity {
	return identity{&r.Meta, r.Entry, nil, r.ID}
}

// add takes in rows that were handed out.
func (t *tables) add(rows schemas.Rows) {
	store(t.episodes, rows.Episodes, ofEpisode)
	store(t.days, rows.ConversationDays, ofDay)
	store(t.parts, rows.ConversationAgents, ofPart)
	store(t.replies, rows.Replies, ofReply)
	store(t.holds, rows.Holds, ofHold)
	store(t.spans, rows.AgentSpans, ofSpan)
	store(t.entries, rows.Directory, ofEntry)
}

func store[R any](stored map[string]R, rows []R, identify func(*R) identity) {
	for _, row := range rows {
		id := identify(&row)
		key := fmt.Sprint(id.of, "/", id.within)
		if id.life != nil {
			key = fmt.Sprint(id.of, "/", *id.life, "/", id.within)
		}
		if before, ok := stored[key]; !ok || identify(&before).meta.Version <= id.meta.Version {
			stored[key] = row
		}
	}
}

// view is the tables as their readers see them: without tombstones, versions and storage times.
func (t *tables) view() *tables {
	out, all := newTable(), lives{}
	note(all, t.episodes, ofEpisode)
	note(all, t.parts, ofPart)
	note(all, t.replies, ofReply)
	note(all, t.holds, ofHold)
	reveal(out.episodes, t.episodes, ofEpisode, all)
	reveal(out.days, t.days, ofDay, all)
	reveal(out.parts, t.parts, ofPart, all)
	reveal(out.replies, t.replies, ofReply, all)
	reveal(out.holds, t.holds, ofHold, all)
	reveal(out.spans, t.spans, ofSpan, all)
	reveal(out.entries, t.entries, ofEntry, all)
	return out
}

// lives are the lives of each conversation.
type lives map[string][]int64

func note[R any](all lives, rows map[string]R, identify func(*R) identity) {
	for _, row := range rows {
		if id := identify(&row); !slices.Contains(all[id.of], *id.life) {
			all[id.of] = append(all[id.of], *id.life)
			slices.Sort(all[id.of])
		}
	}
}

// name tells a life after the first: where the log has the beginning of a life is nothing that readers see.
func (l lives) name(of string, life int64) string {
	if at := slices.Index(l[of], life); at > 0 {
		return fmt.Sprint(", life ", at+1)
	}
	return ""
}

func reveal[R any](out, rows map[string]R, identify func(*R) identity, all lives) {
	for _, row := range rows {
		id := identify(&row)
		if id.meta.Deleted {
			continue
		}
		key := fmt.Sprint(id.of, "/", id.within)
		if id.life != nil {
			key += all.name(id.of, *id.life)
			*id.life = 0
		}
		*id.meta = schemas.Meta{}
		out[key] = row
	}
}
