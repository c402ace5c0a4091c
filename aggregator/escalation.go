package aggregator

import "github.com/floorwatch/floorwatch/schemas"

// Kinds of an escalation.
const (
	escalationJoin     = "join"
	escalationTakeover = "takeover"
	escalationTier     = "tier"
)

// escalation is one, and the id of the event that told of it.
type escalation struct {
	schemas.Escalation
	event uint64
}

// escalate notes that a supervisor joined or took over, or that another tier of support was asked (docs/rules.md R19). Watching and
// whispering are none.
func (f *fold) escalate(e *event, kind string, c *company) {
	ep := f.openEpisode()
	if ep == nil {
		return
	}
	ep.escalations = append(ep.escalations, escalation{schemas.Escalation{
		At: e.at, Day: c.clocks.Calendar.Day(e.at).Date, Kind: kind, Agent: e.agent, Tier: e.tier, Owner: f.owner, Team: f.team,
	}, e.id})
}

// takeOver makes whoever came the owner.
func (f *fold) takeOver(e *event, c *company) {
	if e.agent == "" || f.owner == e.agent {
		f.ignored++
		return
	}
	f.escalate(e, escalationTakeover, c)
	f.endJoined(e, c)
	f.endPause(e.at, c)
	f.owner, f.ownerKind, f.workers = e.agent, schemas.OwnerHuman, with(f.workers, e.agent)
	f.ownedSince, f.accepted = e.at, 0
	f.holdAsOwner(e.at, e.status, c)
	if ep := f.openEpisode(); ep != nil {
		ep.accept(e.at, false)
	}
}
