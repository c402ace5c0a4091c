package aggregator

import (
	"cmp"
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

// event is what the fold keeps of one: identity, order, and the fields that families read.
type event struct {
	id      uint64 // hash of the event id: identity, and the last part of the order
	content uint64 // hash of the body, its first schemas.ContentBytes bytes
	at      schemas.Instant
	seq     int64
	rank    uint8

	message bool
	status  string
	// message
	messageID uint64 // hash
	author    string
	counted   bool // public text or file by anyone but a campaign or the system
	failed    bool // said so itself, or by an update
	channel   string
	agent     string
	customer  string
	// status
	owner, ownerKind, team, queue, tag, reason string
	priority, tier                             string

	// set while folding
	void    bool // failed within the correction window, or a repetition: as if it had never been
	sampled uint8
}

// Ranks order events of one instant and sequence: a customer's message, then the company's, then statuses.
const (
	rankCustomer = iota
	rankBusiness
	rankStatus
)

func newEvent(e *schemas.Event) event {
	out := event{
		id: schemas.Hash([]byte(e.ID)), content: e.ContentHash >> (64 - 8*schemas.ContentBytes) << (64 - 8*schemas.ContentBytes), at: e.OccurredAt, seq: e.Sequence, rank: rankStatus,
		message: e.Type == schemas.TypeMessage, status: e.Status, author: e.AuthorKind,
		failed: e.Delivery == schemas.DeliveryFailed, channel: e.Channel, agent: e.Agent, customer: e.Customer,
		owner: e.Owner, ownerKind: e.OwnerKind, team: e.Team, queue: e.Queue, tag: e.Tag, reason: e.Reason,
	}
	if e.Facts != nil {
		out.priority, out.tier = e.Facts.Priority, e.Facts.Tier
	}
	switch e.MessageID {
	case "":
	case e.ID:
		out.messageID = out.id
	default:
		out.messageID = schemas.Hash([]byte(e.MessageID))
	}
	if out.message {
		out.rank = rankOf(out.author)
		out.counted = e.Visibility == schemas.VisibilityPublic && (e.Kind == schemas.KindText || e.Kind == schemas.KindFile) &&
			e.AuthorKind != schemas.AuthorCampaign && e.AuthorKind != schemas.AuthorSystem
	}
	return out
}

// rankOf is the rank of a message.
func rankOf(author string) uint8 {
	if author == schemas.AuthorCustomer {
		return rankCustomer
	}
	return rankBusiness
}

// before is the order of events within a conversation: time, the producer's sequence, rank, hash of the event id.
func (e *event) before(o *event) bool {
	return cmp.Or(cmp.Compare(e.at, o.at), cmp.Compare(e.seq, o.seq), cmp.Compare(e.rank, o.rank), cmp.Compare(e.id, o.id)) < 0
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
			e.sampled = old.sampled
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
