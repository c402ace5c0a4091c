package aggregator

import (
	"cmp"
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

// event is what the fold keeps of one: identity, order, and the fields that families read.
type event struct {
	id      uint64 // hash of the event id
	content uint64 // hash of the body
	name    string // the event id itself: the last part of the order
	at      schemas.Instant
	seq     int64
	rank    uint8

	message bool
	status  string
	// message
	messageID string
	author    string
	counted   bool // public text or file by anyone but a campaign or the system
	failed    bool // said so itself, or by an update
	channel   string
	agent     string
	customer  string
	// status
	owner, ownerKind, team, queue, tag, reason string

	// set while folding
	void bool // failed within the correction window, or a repetition: as if it had never been
}

// Ranks order events of one instant and sequence: a customer's message, then the company's, then statuses.
const (
	rankCustomer = iota
	rankBusiness
	rankStatus
)

func newEvent(e *schemas.Event) event {
	out := event{
		id: schemas.Hash([]byte(e.ID)), content: e.ContentHash, name: e.ID, at: e.OccurredAt, seq: e.Sequence, rank: rankStatus,
		message: e.Type == schemas.TypeMessage, status: e.Status, messageID: e.MessageID, author: e.AuthorKind,
		failed: e.Delivery == schemas.DeliveryFailed, channel: e.Channel, agent: e.Agent, customer: e.Customer,
		owner: e.Owner, ownerKind: e.OwnerKind, team: e.Team, queue: e.Queue, tag: e.Tag, reason: e.Reason,
	}
	if out.message {
		out.rank = rankBusiness
		if e.AuthorKind == schemas.AuthorCustomer {
			out.rank = rankCustomer
		}
		out.counted = e.Visibility == schemas.VisibilityPublic && (e.Kind == schemas.KindText || e.Kind == schemas.KindFile) &&
			e.AuthorKind != schemas.AuthorCampaign && e.AuthorKind != schemas.AuthorSystem
	}
	return out
}

// before is the order of events within a conversation: time, the producer's sequence, rank, event id.
func (e *event) before(o *event) bool {
	return cmp.Or(cmp.Compare(e.at, o.at), cmp.Compare(e.seq, o.seq), cmp.Compare(e.rank, o.rank), cmp.Compare(e.name, o.name)) < 0
}

// base makes an event, and whatever embeds one, fit for add.
func (e *event) base() *event { return e }

type ordered[T any] interface {
	*T
	base() *event
}

// placed tells what became of an event that was added to a list.
type placed struct {
	at        int  // where it stands; -1: nowhere, the list is as it was
	from      int  // the first place of the list that changed
	duplicate bool // its id was there before
	conflict  bool // … with another body
}

func (p placed) outcome() Outcome {
	return Outcome{Accepted: p.at >= 0, Duplicate: p.duplicate, Conflict: p.conflict}
}

// add puts an event where it belongs in a list of distinct events in order. Of two bodies with one id the one with the smaller content
// hash stays.
func add[T any, P ordered[T]](list *[]T, added T) placed {
	e := P(&added).base()
	p := placed{at: -1, from: len(*list)}
	for i := range *list {
		if old := P(&(*list)[i]).base(); old.id == e.id {
			p.duplicate, p.conflict = true, old.content != e.content
			if old.content <= e.content {
				return p
			}
			*list = slices.Delete(*list, i, i+1)
			p.from = i
			break
		}
	}
	p.at = len(*list)
	for p.at > 0 && e.before(P(&(*list)[p.at-1]).base()) {
		p.at--
	}
	*list = slices.Insert(*list, p.at, added)
	p.from = min(p.from, p.at)
	return p
}
