package clickhouse

import (
	"slices"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// episodeWorkColumns are those of an episode's work, transfers and escalations.
var episodeWorkColumns = slices.Concat([]column[schemas.EpisodeRow]{
	optionalInstant("accepted_at", func(r *schemas.EpisodeRow) schemas.Instant { return r.AcceptedAt }),
	value("is_handled", func(r *schemas.EpisodeRow) bool { return r.Work.Handled }),
	value("ping_pongs", func(r *schemas.EpisodeRow) uint32 { return r.PingPongs }),
},
	lasted("open", func(r *schemas.EpisodeRow) (schemas.Lasted, bool) { return r.Work.Open, !r.Open }),
	lasted("open_active", func(r *schemas.EpisodeRow) (schemas.Lasted, bool) { return r.Work.OpenActive, !r.Open }),
	lasted("handle", func(r *schemas.EpisodeRow) (schemas.Lasted, bool) { return r.Work.Handle, !r.Open && r.Work.Handled }),
	lasted("active_handle", func(r *schemas.EpisodeRow) (schemas.Lasted, bool) {
		return r.Work.ActiveHandle, !r.Open && r.Work.Handled
	}),
	lasted("after_contact", func(r *schemas.EpisodeRow) (schemas.Lasted, bool) {
		return r.Work.AfterContact, !r.Open && r.Work.Handled
	}),
	lasted("ai_handle", func(r *schemas.EpisodeRow) (schemas.Lasted, bool) {
		return r.Work.AIHandle, !r.Open && r.Work.HasAIHandle
	}),
	transferColumns, escalationColumns)

// lasted makes the two columns of a duration, null unless there is one.
func lasted[R any](name string, get func(*R) (schemas.Lasted, bool)) []column[R] {
	return []column[R]{
		optionalMillis(name+"_ms", func(r *R) (int64, bool) { l, ok := get(r); return l.Millis, ok }),
		optionalMillis(name+"_business_ms", func(r *R) (int64, bool) { l, ok := get(r); return l.BusinessMillis, ok }),
	}
}

// nested makes a column of the values that a row has several of.
func nested[R, E, V any](name string, list func(*R) []E, get func(*E) V) column[R] {
	c := values(name, func(r *R) []V {
		entries := list(r)
		out := make([]V, len(entries))
		for i := range entries {
			out[i] = get(&entries[i])
		}
		return out
	})
	c.isEmpty = func(r *R) bool { return len(list(r)) == 0 }
	return c
}

func transfers(r *schemas.EpisodeRow) []schemas.Transfer { return r.Transfers }

var transferColumns = []column[schemas.EpisodeRow]{
	nested("transfers.at", transfers, func(t *schemas.Transfer) int64 { return int64(t.At) }),
	nested("transfers.company_day", transfers, func(t *schemas.Transfer) time.Time { return t.Day.Time() }),
	nested("transfers.kind", transfers, func(t *schemas.Transfer) string { return t.Kind }),
	nested("transfers.reason", transfers, func(t *schemas.Transfer) string { return t.Reason }),
	nested("transfers.from_agent", transfers, func(t *schemas.Transfer) string { return t.FromAgent }),
	nested("transfers.to_agent", transfers, func(t *schemas.Transfer) string { return t.ToAgent }),
	nested("transfers.from_team", transfers, func(t *schemas.Transfer) string { return t.FromTeam }),
	nested("transfers.to_team", transfers, func(t *schemas.Transfer) string { return t.ToTeam }),
	nested("transfers.from_queue", transfers, func(t *schemas.Transfer) string { return t.FromQueue }),
	nested("transfers.to_queue", transfers, func(t *schemas.Transfer) string { return t.ToQueue }),
}

func escalations(r *schemas.EpisodeRow) []schemas.Escalation { return r.Escalations }

var escalationColumns = []column[schemas.EpisodeRow]{
	nested("escalations.at", escalations, func(e *schemas.Escalation) int64 { return int64(e.At) }),
	nested("escalations.company_day", escalations, func(e *schemas.Escalation) time.Time { return e.Day.Time() }),
	nested("escalations.kind", escalations, func(e *schemas.Escalation) string { return e.Kind }),
	nested("escalations.agent_id", escalations, func(e *schemas.Escalation) string { return e.Agent }),
	nested("escalations.tier", escalations, func(e *schemas.Escalation) string { return e.Tier }),
	nested("escalations.owner", escalations, func(e *schemas.Escalation) string { return e.Owner }),
	nested("escalations.team", escalations, func(e *schemas.Escalation) string { return e.Team }),
}
