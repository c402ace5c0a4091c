package scenariotest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/floorwatch/floorwatch/schemas"
)

// event reads "TIME [conversation:] WHO|STATUS …".
func (r *reader) event(words []string) (*schemas.Event, error) {
	at, err := r.instant(words[0])
	if err != nil {
		return nil, err
	}
	r.events++
	e := &schemas.Event{SchemaVersion: schemas.SchemaVersion, Company: Company, OccurredAt: at, Conversation: "c1", ID: fmt.Sprintf("e%d", r.events)}
	words = words[1:]
	if name, ok := strings.CutSuffix(words[0], ":"); ok {
		e.Conversation, words = name, words[1:]
	}
	words = options(e, words)
	switch verb := words[0]; {
	case r.message(e, words):
	case verb == "agent":
		presence(e, words[1:])
	case verb == "directory":
		e.Type, e.Entry, e.Agent, e.Name, e.Conversation = schemas.TypeDirectory, schemas.EntryAgent, words[1], words[1], ""
		e.Removed = slices.Contains(words, "removed")
		if slices.Contains(words, "ai") {
			e.Role = schemas.RoleAI
		}
	case slices.Contains(schemas.Statuses, verb):
		status(e, words)
	case verb == "failed":
		e.Type, e.Status, e.MessageID, e.Delivery = schemas.TypeStatus, schemas.StatusDeliveryUpdated, words[1], schemas.DeliveryFailed
	default:
		return nil, errors.New("not understood")
	}
	return e, nil
}

// options takes "on CHANNEL", "as MESSAGE", "id EVENT", "seq N", "team T", "queue Q" from anywhere in the line.
func options(e *schemas.Event, words []string) []string {
	var rest []string
	for i := 0; i < len(words); i++ {
		switch words[i] {
		case "on":
			e.Channel = words[i+1]
		case "as":
			e.MessageID = words[i+1]
		case "id":
			e.ID = words[i+1]
		case "seq":
			_, _ = fmt.Sscan(words[i+1], &e.Sequence)
		case "team":
			e.Team = words[i+1]
		case "queue":
			e.Queue = words[i+1]
		case "from":
			e.Customer = words[i+1]
		default:
			rest = append(rest, words[i])
			continue
		}
		i++
	}
	return rest
}

// message reads who wrote what: "customer", "human a1", "ai", "automation", "broadcast", and "note a1", "whisper a1", "reaction WHO",
// "edit WHO", "survey WHO", "file WHO", "echo a1" (sent in the channel's own app).
func (r *reader) message(e *schemas.Event, words []string) bool {
	kinds := map[string]string{"reaction": schemas.KindReaction, "edit": schemas.KindEdit, "survey": schemas.KindSurvey, "file": schemas.KindFile}
	kind, marked := kinds[words[0]]
	if marked {
		words = words[1:]
	}
	authors := map[string]string{"customer": schemas.AuthorCustomer, "human": schemas.AuthorHuman, "supervisor": schemas.AuthorSupervisor,
		"ai": schemas.AuthorAI, "automation": schemas.AuthorAutomation, "broadcast": schemas.AuthorCampaign, "system": schemas.AuthorSystem,
		"note": schemas.AuthorHuman, "whisper": schemas.AuthorSupervisor, "echo": schemas.AuthorHuman}
	author, ok := authors[words[0]]
	if !ok {
		return false
	}
	e.Type, e.AuthorKind, e.Direction, e.Visibility = schemas.TypeMessage, author, schemas.DirectionOut, schemas.VisibilityPublic
	e.Kind, e.Delivery, e.Origin = schemas.KindText, schemas.DeliverySent, schemas.OriginProduct
	if marked {
		e.Kind = kind
	}
	switch words[0] {
	case "customer":
		e.Direction = schemas.DirectionIn
	case "note":
		e.Visibility = schemas.VisibilityNote
	case "whisper":
		e.Visibility = schemas.VisibilityWhisper
	case "echo":
		e.Origin = schemas.OriginNativeApp
	}
	if len(words) > 1 {
		e.Agent = words[1]
	}
	if e.MessageID == "" {
		r.messages[e.Conversation]++
		e.MessageID = fmt.Sprintf("m%d", r.messages[e.Conversation])
	}
	return true
}

func status(e *schemas.Event, words []string) {
	e.Type, e.Status = schemas.TypeStatus, words[0]
	if len(words) == 1 {
		return
	}
	switch e.Status {
	case schemas.StatusAssigned, schemas.StatusTransferred:
		e.Owner, e.OwnerKind = words[1], schemas.OwnerHuman
		if strings.HasPrefix(words[1], "bot") {
			e.OwnerKind = schemas.OwnerAI
		}
	case schemas.StatusAccepted, schemas.StatusJoined, schemas.StatusLeft, schemas.StatusTookOver, schemas.StatusWrapUpStarted, schemas.StatusWrapUpEnded,
		schemas.StatusSupervisionStarted, schemas.StatusSupervisionEnded, schemas.StatusSupervisionIntervened, schemas.StatusWhispered, schemas.StatusOffered,
		schemas.StatusDeclined:
		e.Agent = words[1]
	case schemas.StatusPriorityChanged:
		e.Facts = &schemas.Facts{Priority: words[1]}
	case schemas.StatusEscalated:
		e.Facts = &schemas.Facts{Tier: words[1]}
	case schemas.StatusTagged, schemas.StatusUntagged:
		e.Tag = words[1]
	case schemas.StatusClosed:
		e.Reason = words[1]
	}
}

// presence reads "AGENT[/DEVICE] PRESENCE [label]", "AGENT[/DEVICE] heartbeat" or "AGENT capacity SLOTS".
func presence(e *schemas.Event, words []string) {
	e.Type, e.Conversation = schemas.TypeAgent, ""
	e.Agent, e.Device, _ = strings.Cut(words[0], "/")
	if words[1] == "capacity" {
		slots, _ := strconv.ParseInt(words[2], 10, 64)
		e.Action, e.Facts = schemas.ActionCapacity, &schemas.Facts{Slots: &slots}
		return
	}
	if words[1] == "heartbeat" {
		e.Action = schemas.ActionHeartbeat
		return
	}
	e.Action, e.Presence = schemas.ActionStatusChanged, words[1]
	if len(words) > 2 {
		e.Label = words[2]
	}
}
