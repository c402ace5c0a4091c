package aggregator

import (
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

// Kinds and reasons of a transfer.
const (
	transferAgent = "agent"
	transferTeam  = "team"
	transferQueue = "queue"

	reasonTransferred = "transferred"
	reasonReassigned  = "reassigned" // another owner was named after one who had accepted or replied
)

// transfer is one, and the id of the event that told of it.
type transfer struct {
	schemas.Transfer
	event uint64
}

// placement is who and what a conversation was with before a status.
type placement struct{ owner, ownerKind, team, queue string }

func (f *fold) placement() placement { return placement{f.owner, f.ownerKind, f.team, f.queue} }

// noteTransfer notes what a status that names an owner, team or queue gave to another (docs/rules.md R18). The first assignment is none, nor
// is a hand-off by an AI, a repeated assignment before anybody accepted or replied, or giving it back to the same person.
func (f *fold) noteTransfer(e *event, before placement, c *company) {
	ep := f.openEpisode()
	if ep == nil {
		return
	}
	t := schemas.Transfer{
		At: e.at, Day: c.clocks.Calendar.Day(e.at).Date, Reason: reasonTransferred, FromAgent: before.owner, ToAgent: f.owner,
		FromTeam: before.team, ToTeam: f.team, FromQueue: before.queue, ToQueue: f.queue,
	}
	explicit := e.status == schemas.StatusTransferred
	switch {
	case before.ownerKind == schemas.OwnerAI:
		return
	case explicit && f.owner != before.owner && f.owner != "":
		t.Kind = transferAgent
	case explicit && f.team != before.team:
		t.Kind = transferTeam
	case explicit && f.queue != before.queue:
		t.Kind = transferQueue
	case explicit:
		f.ignored++ // to itself
		return
	case f.person() != "" && f.had != "" && f.owner != before.owner && f.owner != f.had && slices.Contains(f.workers, f.had):
		t.Kind, t.Reason, t.FromAgent = transferAgent, reasonReassigned, f.had
	default:
		return
	}
	if t.Kind == transferAgent {
		if ep.gaveAway == t.ToAgent {
			ep.pingPongs++
		}
		ep.gaveAway = t.FromAgent
	}
	ep.transfers = append(ep.transfers, transfer{t, e.id})
}
