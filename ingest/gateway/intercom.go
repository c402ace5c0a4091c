package gateway

import (
	"cmp"
	"crypto/sha1"
	"encoding/hex"
	"strings"

	"github.com/floorwatch/floorwatch/schemas"
)

// intercom takes the notifications of an app. What happened in a conversation comes as its parts, whatever the topic: a part that comes
// under two topics is one event.
var intercom = &Adapter{
	Name: "intercom",
	Verify: hmacScheme{
		header: "X-Hub-Signature", prefix: "sha1=", decode: hex.DecodeString, hash: sha1.New, // no delivery: what is sent again has the same id and another body
	}.verify,
	account: []string{"app_id"}, eventType: []string{"topic"}, translate: translateIntercom,
}

func translateIntercom(t *translation, body object) {
	item := body.in("data", "item")
	switch t.eventType {
	case "conversation.user.created", "conversation.admin.single.created":
		intercomOpened(t, item)
	case "conversation.user.replied", "conversation.admin.replied", "conversation.operator.replied", "conversation.admin.noted", "conversation.admin.assigned",
		"conversation.admin.open.assigned", "conversation.admin.closed", "conversation.admin.opened", "conversation.admin.snoozed", "conversation.admin.unsnoozed":
		intercomParts(t, body, item)
	case "conversation.priority.updated":
		t.addPriority(intercomPlace(t, item, item.at("updated_at"), body.at("created_at")), item.text("priority"), intercomPriorities)
	case "conversation.rating.added":
		intercomRating(t, body, item)
	case "conversation_part.tag.created":
		intercomTags(t, body, item)
	case "conversation.deleted":
		t.addStatus(schemas.Event{Conversation: t.id(item.text("id")), OccurredAt: t.at("created_at", body.at("created_at"))}, schemas.StatusErased)
	case "admin.away_mode_updated", "admin.logged_in", "admin.logged_out":
		intercomPresence(t, body, item)
	case "admin.added_to_workspace", "admin.removed_from_workspace":
		intercomDirectory(t, body, item)
	case "ping", "conversation.read", "conversation_part.redacted", "conversation.contact.attached", "conversation.contact.detached",
		"conversation.company.updated", "admin.activity_log_event.created", "conversation.admin.replied.translated": // nothing of a floor
	default:
		t.doNotKnow()
	}
}

var intercomChannels = map[string]string{
	"conversation": "web", "chat": "web", "push": "app", "email": "email", "facebook": "messenger", "instagram": "instagram", "twitter": "x",
	"whatsapp": "whatsapp", "sms": "sms", "phone_call": "voice", "phone_switch": "voice",
}

// intercomPriorities has no other: Intercom knows priority or none.
var intercomPriorities = map[string]string{"priority": schemas.PriorityHigh}

// intercomPlace is a conversation as it is in all of its events.
func intercomPlace(t *translation, item object, times ...any) schemas.Event {
	channel := item.text("source", "type")
	e := schemas.Event{Conversation: t.id(item.text("id")), Channel: intercomChannels[channel], OccurredAt: t.at("created_at", times...)}
	if e.Channel == "" && channel != "" {
		e.Channel = "other"
	}
	return e
}

// intercomOpened takes a new conversation, with its first message, which is no part.
func intercomOpened(t *translation, item object) {
	e, source := intercomPlace(t, item, item.at("created_at")), item.in("source")
	t.addStatus(e, schemas.StatusOpened)
	e.MessageID = source.text("id")
	content(&e, plain(source.text("body")), len(source.objects("attachments")) > 0)
	intercomAuthor(t, &e, source.in("author"))
	if way := source.text("delivered_as"); way == "campaigns_initiated" || way == "automated" && e.AuthorKind == schemas.AuthorHuman {
		e.AuthorKind = schemas.AuthorCampaign // in the name of an admin, but to many
	}
	t.addMessage(e)
}

// intercomAuthor tells who wrote something. A bot is an AI only where Intercom says so: workflows write as the same bot.
func intercomAuthor(t *translation, e *schemas.Event, author object) {
	switch kind, id := author.text("type"), author.text("id"); {
	case kind == "user" || kind == "lead" || kind == "contact" || kind == "visitor":
		t.author(e, schemas.AuthorCustomer, "")
		e.Customer = t.id(id)
	case kind == "admin":
		t.author(e, schemas.AuthorHuman, id)
	case author.flag("from_ai_agent") || author.flag("is_ai_answer"):
		t.author(e, schemas.AuthorAI, intercomBot+id)
	default:
		t.author(e, schemas.AuthorAutomation, "")
	}
}

// intercomBot comes before the ids of bots, which have numbers like those of people.
const intercomBot = "bot-"

func intercomParts(t *translation, body, item object) {
	for _, part := range item.objects("conversation_parts", "conversation_parts") {
		intercomPart(t, item, part)
	}
	if len(t.events) > 0 {
		return
	}
	e := intercomPlace(t, item, item.at("updated_at"), body.at("created_at")) // without its part
	switch t.eventType {
	case "conversation.admin.closed":
		t.addStatus(e, schemas.StatusClosed)
	case "conversation.admin.opened":
		t.addStatus(e, schemas.StatusReopened)
	case "conversation.admin.snoozed":
		t.addStatus(e, schemas.StatusSnoozed)
	case "conversation.admin.unsnoozed":
		t.addStatus(e, schemas.StatusUnsnoozed)
	case "conversation.admin.assigned", "conversation.admin.open.assigned":
		intercomAssigned(t, "", "admin", item.text("admin_assignee_id"), e)
		if team := item.text("team_assignee_id"); team != "" {
			t.addAssigned(e, "", "", team)
		}
	}
}

// intercomWritten are the kinds of parts in which something may be written, and whom that reaches. What is written when assigning is for
// the team.
var intercomWritten = map[string]string{
	"comment": schemas.VisibilityPublic, "quick_reply": schemas.VisibilityPublic, "close": schemas.VisibilityPublic, "open": schemas.VisibilityPublic,
	"note": schemas.VisibilityNote, "note_and_reopen": schemas.VisibilityNote, "assignment": schemas.VisibilityNote, "assign_and_reopen": schemas.VisibilityNote,
}

// intercomPart takes a part: something written, something done, or both, as when an answer closes the conversation.
func intercomPart(t *translation, item, part object) {
	e := intercomPlace(t, item, part.at("created_at"))
	visibility, text, hasFiles := intercomWritten[part.text("part_type")], plain(part.text("body")), len(part.objects("attachments")) > 0
	if visibility != "" && (strings.TrimSpace(text) != "" || hasFiles) {
		message := e
		message.MessageID, message.Visibility = part.text("id"), visibility
		content(&message, text, hasFiles)
		intercomAuthor(t, &message, part.in("author"))
		t.addMessage(message)
	}
	intercomDeed(t, part, e)
}

// intercomDeed takes what a part says that somebody did.
func intercomDeed(t *translation, part object, e schemas.Event) {
	id := part.text("id")
	switch kind := part.text("part_type"); kind {
	case "close":
		e.Reason = schemas.CloseResolved
		if part.flag("author", "from_ai_agent") || part.flag("author", "is_ai_answer") {
			e.Reason = schemas.CloseAIResolved
		}
		t.addStatus(e, schemas.StatusClosed, id)
	case "open", "note_and_reopen":
		t.addStatus(e, schemas.StatusReopened, id)
	case "snoozed":
		e.Agent = intercomAgent(t, part)
		t.addStatus(e, schemas.StatusSnoozed, id)
	case "unsnoozed", "timer_unsnooze":
		e.Agent = intercomAgent(t, part)
		t.addStatus(e, schemas.StatusUnsnoozed, id)
	default: // assignment, assign_and_reopen, default_assignment, away_mode_assignment, …
		if strings.HasSuffix(kind, "and_reopen") {
			t.addStatus(e, schemas.StatusReopened, id)
			e.Sequence++
		}
		if strings.Contains(kind, "assign") {
			if part.flag("author", "from_ai_agent") && part.text("assigned_to", "type") != "bot" && part.text("assigned_to", "id") != "" {
				t.addStatus(e, schemas.StatusHandedOff, id) // Fin gives it to people
				e.Sequence++
			}
			intercomAssigned(t, id, part.text("assigned_to", "type"), part.text("assigned_to", "id"), e)
		}
	}
}

// intercomAgent is the admin who did something, "" if a program did.
func intercomAgent(t *translation, part object) string {
	if part.text("author", "type") != "admin" {
		return ""
	}
	return t.id(part.text("author", "id"))
}

// intercomAssigned takes a new owner of this kind. One that is a team leaves no person.
func intercomAssigned(t *translation, identity, kind, id string, e schemas.Event) {
	if id == "0" {
		id = ""
	}
	if id == "" || kind == "team" {
		t.addStatus(e, schemas.StatusUnassigned, identity)
		e.Sequence++
	}
	switch {
	case id == "":
	case kind == "team":
		t.addAssigned(e, "", "", id)
	case kind == "bot":
		t.addAssigned(e, intercomBot+id, schemas.OwnerAI, "")
	default:
		t.addAssigned(e, id, schemas.OwnerHuman, "")
	}
}

func intercomRating(t *translation, body, item object) {
	rating := item.in("conversation_rating")
	e := intercomPlace(t, item, rating.at("created_at"), item.at("updated_at"), body.at("created_at"))
	if rating.text("teammate", "type") != "bot" {
		e.Agent = t.id(rating.text("teammate", "id"))
	}
	t.addRating(e, rating.text("rating"))
}

func intercomTags(t *translation, body, item object) {
	e := intercomPlace(t, item, body.at("created_at"))
	tags := item.objects("tags_added", "tags")
	for _, part := range item.objects("conversation_parts", "conversation_parts") {
		tags = append(tags, part.objects("tags", "tags")...)
	}
	var names []string
	for _, tag := range tags {
		names = append(names, tag.text("name"))
	}
	t.addTags(e, schemas.StatusTagged, names)
}

// intercomPresence takes what is known of an admin being there: a login, and the mode "away".
func intercomPresence(t *translation, body, item object) {
	presence := schemas.PresenceAvailable
	switch {
	case t.eventType == "admin.logged_out":
		presence = schemas.PresenceOffline
	case item.flag("away_mode_enabled"):
		presence = schemas.PresenceAway
	}
	t.addPresence(item.text("id"), presence, "", t.at("created_at", body.at("created_at")))
}

func intercomDirectory(t *translation, body, item object) {
	e := schemas.Event{
		Type: schemas.TypeDirectory, Entry: schemas.EntryAgent, Agent: t.id(item.text("id")), Removed: t.eventType == "admin.removed_from_workspace",
		Name: cut(cmp.Or(item.text("name"), item.text("id")), schemas.MaxStringBytes), OccurredAt: t.at("created_at", body.at("created_at")),
	}
	for _, team := range textsOf(item.at("team_ids")) {
		if team != "" && len(e.Teams) < schemas.MaxTeams {
			e.Teams = append(e.Teams, t.id(team))
		}
	}
	t.add(e, "directory", e.Agent, stamp(e.OccurredAt), t.eventType)
}
