package gateway

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"

	"github.com/floorwatch/floorwatch/mask"
	"github.com/floorwatch/floorwatch/schemas"
)

// translation is a webhook on its way to events.
type translation struct {
	vendor    string
	source    Source
	received  schemas.Instant
	eventType string

	events   []schemas.Event
	unknown  string
	problems []string // of fields without which there is no event
	tooMany  bool
}

// MaxEvents is how many events one webhook may mean. More are no work of people.
const MaxEvents = 1000

// doNotKnow notes an event type that the adapter does not know.
func (t *translation) doNotKnow() { t.unknown = label(t.eventType) }

// id makes an id of the vendor one of the company.
func (t *translation) id(id string) string {
	if id == "" {
		return ""
	}
	return t.source.Prefix + id
}

// at reads when something happened, from the first of the values that is a time.
func (t *translation) at(name string, values ...any) schemas.Instant {
	for _, value := range values {
		if at, ok := instantOf(value); ok {
			return at
		}
	}
	t.problems = append(t.problems, name+": is missing or no time")
	return 0
}

// add gives an event its company and an id that is made of what identifies it at the vendor, so that it is the same each time.
func (t *translation) add(e schemas.Event, identity ...string) {
	if len(t.events) == MaxEvents {
		t.tooMany = true
		return
	}
	e.SchemaVersion, e.Company = schemas.SchemaVersion, t.source.Company
	e.ID = eventID(append([]string{t.vendor}, identity...))
	t.events = append(t.events, e)
}

// addStatus adds a status of a conversation, which is identified by what it is, its value and when it was.
func (t *translation) addStatus(e schemas.Event, status string, identity ...string) {
	e.Type, e.Status = schemas.TypeStatus, status
	t.add(e, append([]string{"status", e.Conversation, e.Status, stamp(e.OccurredAt)}, identity...)...)
}

// addAssigned adds that a conversation has a new owner, a new team or both. Conversation and time are those of e.
func (t *translation) addAssigned(e schemas.Event, owner, ownerKind, team string) {
	t.addOwner(e, schemas.StatusAssigned, owner, ownerKind, team)
}

// addTransferred adds that a conversation went to another team, and to this owner or none.
func (t *translation) addTransferred(e schemas.Event, owner, ownerKind, team string) {
	t.addOwner(e, schemas.StatusTransferred, owner, ownerKind, team)
}

func (t *translation) addOwner(e schemas.Event, status, owner, ownerKind, team string) {
	if e.Owner, e.Team = t.id(owner), t.id(team); owner != "" {
		e.OwnerKind = ownerKind
	}
	t.addStatus(e, status, e.Owner, e.Team)
}

// addTags adds that tags came or went. Conversation and time are those of e.
func (t *translation) addTags(e schemas.Event, status string, tags []string) {
	for _, tag := range tags {
		if e.Tag = cut(tag, schemas.MaxIDBytes); e.Tag != "" {
			t.addStatus(e, status, tag)
		}
	}
}

// addMessage adds a message, which is identified by its conversation and its own id.
func (t *translation) addMessage(e schemas.Event) {
	e.Type = schemas.TypeMessage
	e.Direction = schemas.DirectionOut
	if e.AuthorKind == schemas.AuthorCustomer {
		e.Direction = schemas.DirectionIn
	}
	t.add(e, "message", e.Conversation, e.MessageID)
}

// addDelivery adds what became of a message. Of several that say the same the fold takes the earliest.
func (t *translation) addDelivery(conversation, message, delivery string, at schemas.Instant) {
	t.add(schemas.Event{
		Type: schemas.TypeStatus, Status: schemas.StatusDeliveryUpdated, Conversation: conversation, MessageID: message, Delivery: delivery, OccurredAt: at,
	}, "delivery", conversation, message, delivery, stamp(at))
}

// addRating adds a customer's rating on the scale of 1 to 5. What is not on the scale is no rating.
func (t *translation) addRating(e schemas.Event, score string) {
	if len(score) != 1 || score[0] < '1' || score[0] > '5' {
		return
	}
	value := float64(score[0] - '0')
	e.Facts = &schemas.Facts{Rating: schemas.RatingCSAT, Score: &value}
	t.addStatus(e, schemas.StatusRated, score)
}

// addPriority adds a conversation's priority, which is normal unless the vendor's word for it is among the words.
func (t *translation) addPriority(e schemas.Event, word string, words map[string]string) {
	e.Facts = &schemas.Facts{Priority: cmp.Or(words[word], schemas.PriorityNormal)}
	t.addStatus(e, schemas.StatusPriorityChanged, e.Facts.Priority)
}

// addPresence adds that an agent is in another state.
func (t *translation) addPresence(agent, presence, name string, at schemas.Instant) {
	e := schemas.Event{Type: schemas.TypeAgent, Action: schemas.ActionStatusChanged, Agent: t.id(agent), Presence: presence, OccurredAt: at}
	if presence == schemas.PresenceCustom {
		e.Label = cut(name, schemas.MaxStringBytes)
	}
	t.add(e, "presence", e.Agent, presence, stamp(at))
}

// author says who wrote a message. Only people must have an agent, so one that cannot be told is named so.
func (t *translation) author(e *schemas.Event, kind, agent string) {
	e.AuthorKind, e.Agent = kind, t.id(agent)
	if kind == schemas.AuthorHuman && agent == "" {
		e.Agent = t.id(unknownAgent)
	}
}

// unknownAgent is the agent of a message by a person whom the vendor does not name, such as one who writes with the channel's own app.
const unknownAgent = "unknown"

// cut makes a text fit: without control characters and at most limit bytes.
func cut(text string, limit int) string {
	return mask.Cut(strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return -1
		}
		return r
	}, text), limit)
}

// stamp is a time as part of an id.
func stamp(at schemas.Instant) string { return strconv.FormatInt(int64(at), 10) }

// eventID joins what identifies an event, in a form that is short enough and the same only for the same parts.
func eventID(parts []string) string {
	escaped := make([]string, len(parts))
	for i, part := range parts {
		escaped[i] = url.QueryEscape(part)
	}
	id := strings.Join(escaped, "/")
	if len(id) <= schemas.MaxIDBytes {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return parts[0] + "/" + hex.EncodeToString(sum[:])
}
