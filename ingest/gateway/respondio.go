package gateway

import (
	"cmp"
	"crypto/sha256"
	"strings"

	"github.com/floorwatch/floorwatch/schemas"
)

// respondIO takes the webhooks of a workspace. A contact has one conversation, which is opened and closed again and again; it has the
// contact's id.
var respondIO = &Adapter{
	Name:      "respondio",
	Verify:    hmacScheme{header: "X-Webhook-Signature", decode: base64Strict, hash: sha256.New, delivery: []string{"event_id"}}.verify,
	eventType: []string{"event_type"}, translate: translateRespondIO, namesByContact: true,
}

func translateRespondIO(t *translation, body object) {
	switch t.eventType {
	case "message.received", "message.sent":
		respondMessage(t, body)
	case "comment.created":
		respondComment(t, body)
	case "conversation.opened":
		respondOpened(t, body)
	case "conversation.closed":
		respondClosed(t, body)
	case "contact.assignee.updated":
		respondAssigned(t, body)
	case "contact.tag.updated":
		respondTag(t, body)
	case "contact.created", "contact.updated", "contact.lifecycle.updated", "call.ended": // nothing of a floor
	default:
		t.doNotKnow()
	}
}

// respondChannels are the sources of channels. Names of providers come before or behind what they provide.
var respondChannels = []struct{ part, channel string }{
	{"voice", "voice"}, {"call", "voice"}, {"whatsapp", "whatsapp"}, {"instagram", "instagram"}, {"facebook", "messenger"}, {"messenger", "messenger"},
	{"twitter", "x"}, {"mail", "email"}, {"smtp", "email"}, {"sms", "sms"}, {"twilio", "sms"}, {"web", "web"},
}

func respondChannel(source string) string {
	for _, known := range respondChannels {
		if strings.Contains(strings.ToLower(source), known.part) {
			return known.channel
		}
	}
	if source == "" {
		return ""
	}
	return "other"
}

// respondPlace is a conversation as it is in all of its events.
func respondPlace(t *translation, body object, name string, times ...any) schemas.Event {
	return schemas.Event{
		Conversation: t.id(body.text("contact", "id")), Channel: respondChannel(body.text("channel", "source")), OccurredAt: t.at(name, times...),
	}
}

// respondMessage takes a message either way. Of one that is sent, some accounts have the fields in the message, some beside it.
func respondMessage(t *translation, body object) {
	message := body.in("message")
	inner := message.in("message")
	if len(inner) == 0 {
		inner = message
	}
	e := respondPlace(t, body, "timestamp", message.at("timestamp"), body.at("timestamp"))
	e.MessageID = cmp.Or(message.text("messageId"), message.text("channelMessageId"), body.text("channelMessageId"))
	kind := inner.text("type")
	content(&e, inner.text("text"), kind != "" && kind != "text")
	if kind == "rating" {
		e.Kind = schemas.KindSurvey
	}
	if t.eventType == "message.received" {
		t.author(&e, schemas.AuthorCustomer, "")
		e.Customer = t.id(body.text("contact", "id"))
	} else {
		respondAuthor(t, &e, body, message)
	}
	if kind == "quick_reply" && e.AuthorKind == schemas.AuthorHuman {
		e.Facts = &schemas.Facts{QuickReply: true}
	}
	for _, status := range message.objects("status") {
		if status.text("value") == "failed" && e.Direction != schemas.DirectionIn {
			e.Delivery = schemas.DeliveryFailed
		}
	}
	t.addMessage(e)
}

// respondAuthor tells who sent a message: a person, a workflow, a broadcast, an AI agent, or somebody with the channel's own app.
func respondAuthor(t *translation, e *schemas.Event, body, message object) {
	source := strings.ToLower(strings.NewReplacer("_", "", " ", "", "-", "").Replace(message.text("sender", "source")))
	person := cmp.Or(message.text("sender", "userId"), body.text("user", "id"))
	switch {
	case strings.HasPrefix(source, "ai"):
		t.author(e, schemas.AuthorAI, "")
	case source == "broadcast":
		t.author(e, schemas.AuthorCampaign, "")
	case strings.HasPrefix(source, "echo"):
		t.author(e, schemas.AuthorHuman, "")
		e.Origin = schemas.OriginNativeApp
	case source == "user" || source == "" && person != "":
		t.author(e, schemas.AuthorHuman, person)
	default: // workflow, api, zapier, …
		t.author(e, schemas.AuthorAutomation, "")
	}
}

// respondComment takes an internal comment.
func respondComment(t *translation, body object) {
	comment := body.in("comment")
	e := respondPlace(t, body, "timestamp", comment.at("timestamp"), comment.at("createdAt"), body.at("timestamp"), t.received)
	e.MessageID, e.Visibility = cmp.Or(comment.text("id"), body.text("event_id")), schemas.VisibilityNote
	content(&e, cmp.Or(comment.text("text"), body.text("text")), false)
	t.author(&e, schemas.AuthorHuman, cmp.Or(comment.text("userId"), body.text("user", "id")))
	t.addMessage(e)
}

func respondOpened(t *translation, body object) {
	e := respondPlace(t, body, "conversation.openedTime", body.at("conversation", "openedTime"), body.at("timestamp"))
	t.addStatus(e, schemas.StatusOpened)
}

// respondClosed takes the end of a conversation. Its numbers (first response, resolution, counts) are respond.io's own; ours come from
// the messages.
func respondClosed(t *translation, body object) {
	conversation := body.in("conversation")
	e := respondPlace(t, body, "conversation.closedTime", conversation.at("closedTime"), body.at("timestamp"))
	e.Reason = schemas.CloseResolved
	if strings.HasPrefix(strings.ToLower(conversation.text("closedBySource")), "ai") {
		e.Reason = schemas.CloseAIResolved
	}
	t.addStatus(e, schemas.StatusClosed)
}

// respondAssigned takes a new owner, or that there is none. It has no time of its own, so that of receipt has to do, and the event's id
// keeps a repetition from being another event.
func respondAssigned(t *translation, body object) {
	e := respondPlace(t, body, "timestamp", body.at("timestamp"), t.received)
	e.Type, e.Status = schemas.TypeStatus, schemas.StatusUnassigned
	if owner := body.text("contact", "assignee", "id"); owner != "" {
		e.Status, e.Owner, e.OwnerKind = schemas.StatusAssigned, t.id(owner), schemas.OwnerHuman
	}
	respondAdd(t, body, e)
}

// respondTag takes a tag that came or went. It has no time of its own either.
func respondTag(t *translation, body object) {
	e := respondPlace(t, body, "timestamp", body.at("timestamp"), t.received)
	e.Type, e.Status = schemas.TypeStatus, schemas.StatusTagged
	if action := strings.ToLower(body.text("action")); strings.HasPrefix(action, "remov") || strings.HasPrefix(action, "delet") {
		e.Status = schemas.StatusUntagged
	}
	if e.Tag = cut(cmp.Or(body.text("tag", "name"), body.text("tag")), schemas.MaxIDBytes); e.Tag != "" {
		respondAdd(t, body, e, e.Tag)
	}
}

// respondAdd adds a status that only the id of its webhook identifies.
func respondAdd(t *translation, body object, e schemas.Event, identity ...string) {
	id := body.text("event_id")
	if id == "" {
		t.problems = append(t.problems, "event_id: is missing")
		return
	}
	t.add(e, append([]string{"event", e.Conversation, id}, identity...)...)
}
