//go:build synctests

package pipeline

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// said is a record that a producer sends: an event, how much later than it occurred, and how often.
type said struct {
	event    schemas.Event
	late     time.Duration
	repeated bool
	garbage  bool // sent as bytes that are no event
}

// features of a log, by which a run shows what its schedules were about.
const (
	featureFailure   = "failure"
	featureReopening = "reopening"
	featureTransfer  = "transfer"
	featureLate      = "late event"
	featureDuplicate = "duplicate"
	featureNote      = "note"
	featureBroadcast = "broadcast"
	featureHandOff   = "hand-off"
)

var features = []string{featureFailure, featureReopening, featureTransfer, featureLate, featureDuplicate, featureNote, featureBroadcast, featureHandOff}

// randomTalk makes up what producers send: a few conversations and agents, out of order, with everything that corrects what was said.
func randomTalk(random *rand.Rand) (talk []said, has map[string]bool) {
	has = map[string]bool{}
	conversations := make([][]string, 6+random.IntN(5)) // message ids that were sent in each
	for i := range 70 + random.IntN(80) {
		e := schemas.Event{SchemaVersion: schemas.SchemaVersion, ID: fmt.Sprint("e", i), Company: "acme", Sequence: int64(random.IntN(3))}
		one := said{}
		c := random.IntN(len(conversations))
		e.Conversation = fmt.Sprint("c", c)
		switch n := random.IntN(20); {
		case n < 11:
			talkMessage(random, &e, i, has)
			conversations[c] = append(conversations[c], e.MessageID)
		case n < 13 && len(conversations[c]) > 0:
			e.Type, e.Status, e.Delivery = schemas.TypeStatus, schemas.StatusDeliveryUpdated, schemas.DeliveryFailed
			e.MessageID = conversations[c][random.IntN(len(conversations[c]))]
			has[featureFailure] = true
		case n < 17:
			talkStatus(random, &e, has)
		default:
			talkPresence(random, &e, i)
		}
		if random.IntN(5) == 0 {
			one.late = time.Duration(random.IntN(36*3600)) * time.Second
			has[featureLate] = true
		}
		if random.IntN(8) == 0 {
			one.repeated = true
			has[featureDuplicate] = true
		}
		one.event, one.garbage = e, random.IntN(40) == 0
		talk = append(talk, one)
	}
	return talk, has
}

func one(random *rand.Rand, choices ...string) string { return choices[random.IntN(len(choices))] }

func talkMessage(random *rand.Rand, e *schemas.Event, i int, has map[string]bool) {
	e.Type, e.MessageID, e.Kind, e.Delivery, e.Visibility = schemas.TypeMessage, fmt.Sprint("m", i), schemas.KindText, schemas.DeliverySent, schemas.VisibilityPublic
	e.Channel = one(random, "", "web", "whatsapp")
	e.AuthorKind = one(random, schemas.AuthorCustomer, schemas.AuthorCustomer, schemas.AuthorHuman, schemas.AuthorHuman, schemas.AuthorAI, schemas.AuthorAutomation, schemas.AuthorCampaign)
	e.Direction = schemas.DirectionOut
	switch e.AuthorKind {
	case schemas.AuthorCustomer:
		e.Direction, e.Customer = schemas.DirectionIn, one(random, "k1", "k2")
	case schemas.AuthorHuman:
		e.Agent = one(random, "a1", "a2", "a3")
		if random.IntN(5) == 0 {
			e.Visibility = schemas.VisibilityNote
			has[featureNote] = true
		}
	case schemas.AuthorCampaign:
		has[featureBroadcast] = true
	}
}

func talkStatus(random *rand.Rand, e *schemas.Event, has map[string]bool) {
	e.Type = schemas.TypeStatus
	e.Status = one(random, schemas.StatusClosed, schemas.StatusClosed, schemas.StatusReopened, schemas.StatusAssigned, schemas.StatusTransferred, schemas.StatusHandedOff, schemas.StatusQueued,
		schemas.StatusTagged, schemas.StatusOpened)
	switch e.Status {
	case schemas.StatusAssigned, schemas.StatusTransferred:
		e.Owner, e.OwnerKind, e.Team = one(random, "a1", "a2"), one(random, schemas.OwnerHuman, schemas.OwnerAI), one(random, "", "t1")
		has[featureTransfer] = has[featureTransfer] || e.Status == schemas.StatusTransferred
	case schemas.StatusQueued, schemas.StatusHandedOff:
		e.Queue = one(random, "q1", "q2")
		has[featureHandOff] = has[featureHandOff] || e.Status == schemas.StatusHandedOff
	case schemas.StatusTagged:
		e.Tag = one(random, "vip", "spam")
	case schemas.StatusClosed:
		e.Reason = schemas.CloseResolved
	case schemas.StatusReopened:
		has[featureReopening] = true
	}
}

func talkPresence(random *rand.Rand, e *schemas.Event, i int) {
	e.Conversation, e.Agent = "", one(random, "a1", "a2")
	switch random.IntN(4) {
	case 0:
		e.Type, e.Action = schemas.TypeAgent, schemas.ActionHeartbeat
	case 1:
		e.Type, e.Entry, e.Name = schemas.TypeDirectory, schemas.EntryAgent, fmt.Sprint("Name ", i)
	default:
		e.Type, e.Action, e.Presence, e.Device = schemas.TypeAgent, schemas.ActionStatusChanged, one(random, schemas.PresenceAvailable, schemas.PresenceAway, schemas.PresenceOffline), one(random, "", "d1")
	}
}
