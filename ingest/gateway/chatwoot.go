package gateway

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/floorwatch/floorwatch/schemas"
)

// chatwoot is the open-source desk, by the webhooks of an account, an inbox of the kind API, or an agent bot.
var chatwoot = &Adapter{
	Name: chatwootName,
	Verify: hmacScheme{
		header: "X-Chatwoot-Signature", prefix: "sha256=", decode: hex.DecodeString, hash: sha256.New,
		timeOf: "X-Chatwoot-Timestamp", readTime: unixSeconds, between: ".",
	}.verify,
	account: []string{"account", "id"}, eventType: []string{"event"}, translate: translateChatwoot, poll: pollChatwoot,
}

const chatwootName = "chatwoot"

func translateChatwoot(t *translation, body object) {
	switch t.eventType {
	case "message_created":
		chatwootMessage(t, body)
	case "message_updated":
		chatwootUpdate(t, body)
	case "conversation_created":
		chatwootOpened(t, body)
	case "conversation_status_changed":
		chatwootStatus(t, body)
	case "conversation_updated":
		chatwootChanges(t, body)
	case "contact_created", "contact_updated", "inbox_created", "inbox_updated", "webwidget_triggered",
		"conversation_typing_on", "conversation_typing_off": // they tell nothing of a floor, or not when
	default:
		t.doNotKnow()
	}
}

var chatwootChannels = map[string]string{
	"Channel::WebWidget": "web", "Channel::Whatsapp": "whatsapp", "Channel::Sms": "sms", "Channel::TwilioSms": "sms", "Channel::FacebookPage": "messenger",
	"Channel::Instagram": "instagram", "Channel::TwitterProfile": "x", "Channel::Email": "email", "Channel::Voice": "voice",
	"Channel::Api": "other", "Channel::Line": "other", "Channel::Telegram": "other", "Channel::Tiktok": "other",
}

// chatwootPlace is a conversation as it is in all of its events.
func chatwootPlace(t *translation, conversation object) schemas.Event {
	return schemas.Event{Conversation: t.id(conversation.text("id")), Channel: chatwootChannels[conversation.text("channel")]}
}

func chatwootMessage(t *translation, body object) {
	e := chatwootPlace(t, body.in("conversation"))
	e.MessageID, e.OccurredAt = body.text("id"), t.at("created_at", body.at("created_at"))
	if body.text("content_type") == "input_csat" {
		e.Kind = schemas.KindSurvey
	}
	content(&e, body.text("content"), len(body.objects("attachments")) > 0)
	if body.flag("private") {
		e.Visibility = schemas.VisibilityNote
	}
	chatwootAuthor(t, &e, body)
	if chatwootDelivery(body) == schemas.DeliveryFailed {
		e.Delivery = schemas.DeliveryFailed
	}
	t.addMessage(e)
}

// chatwootAuthor tells who wrote a message. What a rule or a campaign sends has no sender.
func chatwootAuthor(t *translation, e *schemas.Event, body object) {
	attributes, sender := body.in("content_attributes"), body.in("sender")
	switch {
	case body.text("message_type") == "incoming":
		t.author(e, schemas.AuthorCustomer, "")
		e.Customer = t.id(cmp.Or(sender.text("id"), body.text("conversation", "meta", "sender", "id")))
	case body.text("additional_attributes", "campaign_id") != "":
		t.author(e, schemas.AuthorCampaign, "")
	case body.text("message_type") == "template", attributes.text("automation_rule_id") != "":
		t.author(e, schemas.AuthorAutomation, "")
	case chatwootIsBot(sender.text("type")):
		t.author(e, schemas.AuthorAI, chatwootOwner(sender.text("type"), sender.text("id")))
	case sender.text("id") != "":
		t.author(e, schemas.AuthorHuman, sender.text("id"))
	case attributes.flag("external_echo"): // somebody wrote with the channel's own app
		t.author(e, schemas.AuthorHuman, "")
		e.Origin = schemas.OriginNativeApp
	default:
		t.author(e, schemas.AuthorAutomation, "")
	}
}

// chatwootIsBot tells owners and senders that are programs: agent bots, and Captain, Chatwoot's own assistant.
func chatwootIsBot(kind string) bool {
	return chatwootPrefix(kind) != ""
}

// chatwootPrefix tells the numbers of bots from those of people.
func chatwootPrefix(kind string) string {
	switch strings.ToLower(strings.NewReplacer("_", "", "::", "").Replace(kind)) {
	case "agentbot":
		return "bot-"
	case "captainassistant":
		return "captain-"
	default:
		return ""
	}
}

func chatwootOwner(kind, id string) string {
	if id == "" {
		return ""
	}
	return chatwootPrefix(kind) + id
}

// chatwootRow is the message as the conversation in a webhook has it: there it has a delivery and the time of its last change.
func chatwootRow(body object) object {
	for _, row := range body.objects("conversation", "messages") {
		if row.text("id") == body.text("id") {
			return row
		}
	}
	return nil
}

// chatwootDelivery is what became of a message, "" if that is nothing new.
func chatwootDelivery(body object) string {
	status := cmp.Or(body.text("status"), chatwootRow(body).text("status"))
	switch {
	case status == "failed" || body.text("content_attributes", "external_error") != "":
		return schemas.DeliveryFailed
	case status == "delivered" || status == "read":
		return status
	default:
		return ""
	}
}

// chatwootUpdate takes a change of a message: what became of it, or the answer to a survey. Chatwoot sends it for any other, too.
func chatwootUpdate(t *translation, body object) {
	at := t.at("created_at", body.at("updated_at"), chatwootRow(body).at("updated_at"), body.at("conversation", "updated_at"), body.at("created_at"))
	e := chatwootPlace(t, body.in("conversation"))
	if delivery := chatwootDelivery(body); delivery != "" && body.text("message_type") != "incoming" {
		t.addDelivery(e.Conversation, body.text("id"), delivery, at)
	}
	rating := body.text("content_attributes", "submitted_values", "csat_survey_response", "rating")
	e.OccurredAt, e.MessageID = at, body.text("id")
	t.addRating(e, rating)
}

// chatwootOpened takes a new conversation, with the owner that it was given at once.
func chatwootOpened(t *translation, body object) {
	e := chatwootPlace(t, body)
	e.OccurredAt = t.at("created_at", body.at("created_at"))
	t.addStatus(e, schemas.StatusOpened)
	e.Sequence = 1
	owner, kind := chatwootAssignee(body)
	if team := body.text("meta", "team", "id"); owner != "" || team != "" {
		t.addAssigned(e, owner, kind, team)
	}
	if word := body.text("priority"); word != "" {
		t.addPriority(e, word, chatwootPriorities)
	}
	t.addTags(e, schemas.StatusTagged, textsOf(body.at("labels")))
}

// chatwootAssignee is the owner of a conversation now.
func chatwootAssignee(body object) (owner, kind string) {
	assignee := body.in("meta", "assignee")
	of := cmp.Or(body.text("meta", "assignee_type"), assignee.text("type"))
	if chatwootIsBot(of) {
		return chatwootOwner(of, assignee.text("id")), schemas.OwnerAI
	}
	return assignee.text("id"), schemas.OwnerHuman
}

// chatwootWhen is the time of a change of a conversation. Older versions have the time of the last activity only.
func chatwootWhen(t *translation, body object) schemas.Instant {
	return t.at("updated_at", body.at("updated_at"), body.at("timestamp"), body.at("last_activity_at"))
}

// chatwootChanged is what an attribute of a conversation was and is. They come as a list of objects with one member each, or as one.
func chatwootChanged(body object, attribute string) (was, is any, changed bool) {
	parts := append(body.objects("changed_attributes"), body.in("changed_attributes"))
	for _, part := range parts {
		if change := part.in(attribute); change != nil {
			return change.at("previous_value"), change.at("current_value"), true
		}
	}
	return nil, nil, false
}

// chatwootStatus takes open, pending, snoozed and resolved. Pending is a bot's; from there to open is its hand-off.
func chatwootStatus(t *translation, body object) {
	e := chatwootPlace(t, body)
	e.OccurredAt = chatwootWhen(t, body)
	before, now, changed := chatwootChanged(body, "status")
	was, is := textOf(before), textOf(now)
	if !changed {
		is = body.text("status")
	}
	switch {
	case is == "resolved":
		e.Reason = schemas.CloseResolved
		if _, kind := chatwootAssignee(body); was == "pending" || kind == schemas.OwnerAI {
			e.Reason = schemas.CloseAIResolved
		}
		t.addStatus(e, schemas.StatusClosed)
	case is == "snoozed":
		t.addStatus(e, schemas.StatusSnoozed)
	case is == "pending":
		t.addStatus(e, schemas.StatusAIFlowResumed)
	case is == "open" && was == "snoozed":
		t.addStatus(e, schemas.StatusUnsnoozed)
	case is == "open" && was == "pending":
		e.Team = t.id(body.text("meta", "team", "id"))
		t.addStatus(e, schemas.StatusHandedOff)
	case is == "open":
		t.addStatus(e, schemas.StatusReopened)
	default:
		t.problems = append(t.problems, "status: is none of open, pending, snoozed, resolved")
	}
}

var chatwootPriorities = map[string]string{
	"low": schemas.PriorityLow, "medium": schemas.PriorityNormal, "high": schemas.PriorityHigh, "urgent": schemas.PriorityUrgent,
}

// chatwootChanges takes what else changed of a conversation. A status comes with an event of its own.
func chatwootChanges(t *translation, body object) {
	e := chatwootPlace(t, body)
	e.OccurredAt = chatwootWhen(t, body)
	chatwootOwners(t, body, e)
	if _, is, changed := chatwootChanged(body, "priority"); changed {
		t.addPriority(e, textOf(is), chatwootPriorities)
	}
	if was, is, changed := chatwootChanged(body, "label_list"); changed {
		before, after := textsOf(was), textsOf(is)
		t.addTags(e, schemas.StatusTagged, without(after, before))
		t.addTags(e, schemas.StatusUntagged, without(before, after))
	}
}

// chatwootOwners takes a new owner or team. From one team to another is a transfer.
func chatwootOwners(t *translation, body object, e schemas.Event) {
	_, person, personChanged := chatwootChanged(body, "assignee_id")
	_, bot, botChanged := chatwootChanged(body, "assignee_agent_bot_id")
	wasTeam, isTeam, teamChanged := chatwootChanged(body, "team_id")
	owner, kind := textOf(person), schemas.OwnerHuman
	if owner == "" && textOf(bot) != "" {
		owner, kind = "bot-"+textOf(bot), schemas.OwnerAI
	}
	team := textOf(isTeam)
	if (personChanged || botChanged) && owner == "" {
		t.addStatus(e, schemas.StatusUnassigned)
		e.Sequence = 1
	}
	switch {
	case teamChanged && team != "" && textOf(wasTeam) != "":
		if !personChanged && !botChanged {
			owner, kind = chatwootAssignee(body)
		}
		t.addTransferred(e, owner, kind, team)
	case owner != "" || team != "":
		t.addAssigned(e, owner, kind, team)
	}
}

// without are the texts that the others do not have.
func without(texts, others []string) []string {
	return slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return slices.Contains(others, text) })
}
