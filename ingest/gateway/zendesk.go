package gateway

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strconv"
	"strings"

	"github.com/floorwatch/floorwatch/schemas"
)

// zendesk takes the event subscriptions of a webhook. Bodies that a trigger sends are written by whoever made the trigger, and are not
// understood.
var zendesk = &Adapter{
	Name: "zendesk",
	Verify: hmacScheme{
		header: "X-Zendesk-Webhook-Signature", decode: base64Strict, hash: sha256.New,
		timeOf: "X-Zendesk-Webhook-Signature-Timestamp", readTime: rfc3339, delivery: []string{"id"},
	}.verify,
	account: []string{"account_id"}, eventType: []string{"type"}, translate: translateZendesk,
}

// zendeskTypes begin the names of Zendesk's events.
const zendeskTypes = "zen:event-type:"

func translateZendesk(t *translation, body object) {
	family, name, _ := strings.Cut(strings.TrimPrefix(t.eventType, zendeskTypes), ".")
	switch family {
	case "ticket":
		zendeskTicket(t, body, name)
	case "messaging_ticket":
		zendeskMessage(t, body, name)
	case "agent":
		zendeskAgent(t, body, name)
	case "user", "organization", "article", "community_post", "omnichannel_config", "messaging_live_metrics": // no floor
	default:
		t.doNotKnow()
	}
}

// zendeskID is an id, "" if it stands for nobody: 0 is none, -1 the system.
func zendeskID(value any) string {
	if id := textOf(value); id != "0" && id != "-1" {
		return id
	}
	return ""
}

var zendeskChannels = map[string]string{
	"email": "email", "web_form": "web", "web": "web", "help_center": "web", "web_widget": "web", "chat": "web", "native_messaging": "web",
	"messaging": "web", "whatsapp": "whatsapp", "sms": "sms", "text_message": "sms", "twilio_sms": "sms", "facebook": "messenger",
	"sunshine_conversations_facebook_messenger": "messenger", "instagram_dm": "instagram", "twitter": "x", "twitter_dm": "x",
	"sunshine_conversations_twitter_dm": "x", "mobile_sdk": "app", "mobile": "app", "voice": "voice", "phone": "voice", "voicemail": "voice",
}

// zendeskTalks are the channels whose messages come as messaging_ticket.message_added. Their public comments repeat them.
var zendeskTalks = []string{"native_messaging", "messaging", "whatsapp", "instagram_dm", "line", "wechat", "viber", "telegram", "apple_business_chat"}

func isZendeskTalk(channel string) bool {
	return slices.Contains(zendeskTalks, channel) || strings.HasPrefix(channel, "sunshine_conversations")
}

// zendeskPlace is a ticket as it is in all of its events. Of one update Zendesk sends several, numbered from 1; between their numbers is
// room for what one of them tells besides.
func zendeskPlace(t *translation, body object) schemas.Event {
	channel := body.text("detail", "via", "channel")
	e := schemas.Event{Conversation: t.id(zendeskTicketID(body)), OccurredAt: t.at("time", body.at("time")), Channel: zendeskChannels[channel]}
	if e.Channel == "" && channel != "" {
		e.Channel = "other"
	}
	if position, err := strconv.ParseUint(body.text("event", "meta", "sequence", "position"), 10, 16); err == nil {
		e.Sequence = 10 * int64(position)
	}
	return e
}

func zendeskTicketID(body object) string {
	_, subject, _ := strings.Cut(body.text("subject"), "zen:ticket:")
	return cmp.Or(body.text("detail", "id"), subject)
}

func zendeskTicket(t *translation, body object, name string) {
	e, detail, event := zendeskPlace(t, body), body.in("detail"), body.in("event")
	switch name {
	case "created":
		zendeskCreated(t, detail, e)
	case "comment_added":
		zendeskComment(t, body, e)
	case "status_changed":
		zendeskStatus(t, event, detail, e)
	case "agent_assignment_changed":
		zendeskOwner(t, event, detail, e)
	case "group_assignment_changed":
		zendeskGroup(t, event, detail, e)
	case "priority_changed":
		t.addPriority(e, strings.ToLower(event.text("current")), zendeskPriorities)
	case "tags_changed":
		t.addTags(e, schemas.StatusTagged, textsOf(event.at("tags_added")))
		t.addTags(e, schemas.StatusUntagged, textsOf(event.at("tags_removed")))
	case "merged":
		zendeskClose(t, e, schemas.CloseMerged)
	case "marked_as_spam", "soft_deleted":
		zendeskClose(t, e, schemas.CloseSpam)
	case "permanently_deleted":
		t.addStatus(e, schemas.StatusErased)
	case "undeleted":
		t.addStatus(e, schemas.StatusReopened)
	default:
		zendeskOther(t, name)
	}
}

// zendeskOther tells what is known to say nothing of a floor from what is not known.
func zendeskOther(t *translation, name string) {
	switch name {
	case "attachment_linked_to_comment", "attachment_redacted_from_comment", "brand_changed", "comment_made_private", "comment_redacted",
		"custom_field_changed", "custom_status_changed", "description_changed", "email_ccs_changed", "external_id_changed", "followers_changed", "form_changed",
		"next_sla_breach_changed", "ola_policy_changed", "organization_changed", "problem_link_changed", "requester_changed", "schedule_changed", "sla_policy_changed",
		"subject_changed", "submitter_changed", "task_due_at_changed", "type_changed":
	default:
		t.doNotKnow()
	}
}

var zendeskPriorities = map[string]string{
	"low": schemas.PriorityLow, "normal": schemas.PriorityNormal, "high": schemas.PriorityHigh, "urgent": schemas.PriorityUrgent,
}

// zendeskCreated takes a new ticket with what it was given at once: those things have no events of their own.
func zendeskCreated(t *translation, detail object, e schemas.Event) {
	t.addStatus(e, schemas.StatusOpened)
	e.Sequence++
	owner, group := zendeskID(detail.at("assignee_id")), zendeskID(detail.at("group_id"))
	if owner != "" || group != "" {
		t.addAssigned(e, owner, schemas.OwnerHuman, group)
	}
	if word := strings.ToLower(detail.text("priority")); word != "" {
		t.addPriority(e, word, zendeskPriorities)
	}
	t.addTags(e, schemas.StatusTagged, textsOf(detail.at("tags")))
}

// zendeskComment takes a comment of a ticket. In a talk the public ones repeat its messages; only notes are new.
func zendeskComment(t *translation, body object, e schemas.Event) {
	detail, comment := body.in("detail"), body.in("event", "comment")
	isNote := comment.at("is_public") == false
	if isZendeskTalk(detail.text("via", "channel")) && !isNote {
		return
	}
	e.Sequence, e.MessageID = 0, comment.text("id")
	content(&e, plain(comment.text("body")), len(comment.in("attachment")) > 0)
	if isNote {
		e.Visibility = schemas.VisibilityNote
	}
	author := zendeskID(comment.at("author", "id"))
	switch {
	case author == "":
		t.author(&e, schemas.AuthorAutomation, "")
	case comment.flag("author", "is_staff"):
		t.author(&e, schemas.AuthorHuman, author)
	default:
		t.author(&e, schemas.AuthorCustomer, "")
		e.Customer = t.id(author)
	}
	t.addMessage(e)
}

// zendeskMessage takes a message of a talk.
func zendeskMessage(t *translation, body object, name string) {
	if name != "message_added" {
		t.doNotKnow()
		return
	}
	e, actor, message := zendeskPlace(t, body), body.in("event", "actor"), body.in("event", "message")
	e.MessageID = message.text("id")
	content(&e, message.text("body"), true)
	switch kind, id := actor.text("type"), actor.text("id"); {
	case kind == "end_user":
		t.author(&e, schemas.AuthorCustomer, "")
		e.Customer = t.id(id)
	case kind == "agent":
		t.author(&e, schemas.AuthorHuman, id)
	case kind == "bot" || id == "zd:answerBot":
		t.author(&e, schemas.AuthorAI, id)
	default:
		t.author(&e, schemas.AuthorAutomation, "")
	}
	t.addMessage(e)
}

// zendeskStatus takes new, open, pending, hold, solved and closed. Pending is still open here: an answer was given.
func zendeskStatus(t *translation, event, detail object, e schemas.Event) {
	was, is := strings.ToLower(event.text("previous")), strings.ToLower(event.text("current"))
	wasOver := was == "solved" || was == "closed"
	switch is {
	case "solved", "closed":
		if !wasOver { // closed after solved only means that it is read-only
			reason := schemas.CloseResolved
			if slices.Contains(textsOf(detail.at("tags")), "closed_by_merge") {
				reason = schemas.CloseMerged
			}
			zendeskClose(t, e, reason)
		}
	case "hold", "new", "open", "pending":
		if wasOver {
			t.addStatus(e, schemas.StatusReopened)
			e.Sequence++
		}
		if is == "hold" {
			t.addStatus(e, schemas.StatusOnHold)
		} else if was == "hold" {
			t.addStatus(e, schemas.StatusOffHold)
		}
	}
}

func zendeskClose(t *translation, e schemas.Event, reason string) {
	e.Reason = reason
	t.addStatus(e, schemas.StatusClosed, t.eventType) // a merge comes as a change of the status, too
}

// zendeskOwner takes a new owner, with the group that the ticket has.
func zendeskOwner(t *translation, event, detail object, e schemas.Event) {
	if owner := zendeskID(event.at("current")); owner != "" {
		t.addAssigned(e, owner, schemas.OwnerHuman, zendeskID(detail.at("group_id")))
		return
	}
	t.addStatus(e, schemas.StatusUnassigned)
}

// zendeskGroup takes a new group. From one to another is a transfer, which leaves the owner that the ticket has now.
func zendeskGroup(t *translation, event, detail object, e schemas.Event) {
	was, is := zendeskID(event.at("previous")), zendeskID(event.at("current"))
	switch {
	case is == "": // it has none any more; there is no status for that
	case was == "":
		t.addAssigned(e, "", "", is)
	default:
		t.addTransferred(e, zendeskID(detail.at("assignee_id")), schemas.OwnerHuman, is)
	}
}

// zendeskAgent takes an agent's presence over all channels, how many talks the agent may hold, and offers of work.
func zendeskAgent(t *translation, body object, name string) {
	agent, event := body.text("detail", "agent_id"), body.in("event")
	at := t.at("updated_at", event.at("updated_at"), body.at("time"))
	switch name {
	case "unified_state_changed":
		state := event.text("new_unified_state", "name")
		t.addPresence(agent, cmp.Or(zendeskPresences[strings.ToLower(state)], schemas.PresenceCustom), state, at)
	case "max_capacity_changed":
		slots, err := strconv.ParseInt(cmp.Or(event.text("new_max_capacity"), event.text("max_capacity")), 10, 64)
		if event.text("channel") == "messaging" && err == nil && slots >= 0 && slots <= schemas.MaxSlots {
			e := schemas.Event{Type: schemas.TypeAgent, Action: schemas.ActionCapacity, Agent: t.id(agent), Facts: &schemas.Facts{Slots: &slots}, OccurredAt: at}
			t.add(e, "capacity", e.Agent, stamp(at))
		}
	case "work_item_added", "work_item_updated", "work_item_removed":
		zendeskOffer(t, agent, event, at)
	case "state_changed", "channel_created", "channel_deleted", "groups_updated": // of one channel only, or without what a directory entry needs
	default:
		t.doNotKnow()
	}
}

var zendeskPresences = map[string]string{
	"online": schemas.PresenceAvailable, "transfers_only": schemas.PresenceBusy, "away": schemas.PresenceAway, "offline": schemas.PresenceOffline,
}

// zendeskOffer takes the offer of a ticket to an agent. Other work items, such as calls, have ids that are no ticket's.
func zendeskOffer(t *translation, agent string, event object, at schemas.Instant) {
	ticket, reason := event.text("work_item_id"), strings.ToUpper(event.text("reason"))
	if _, err := strconv.ParseUint(ticket, 10, 64); err != nil {
		return
	}
	e := schemas.Event{Conversation: t.id(ticket), Agent: t.id(agent), OccurredAt: at}
	switch {
	case reason == "OFFERED":
		t.addStatus(e, schemas.StatusOffered, e.Agent)
	case reason == "ACCEPTED":
		t.addStatus(e, schemas.StatusAccepted, e.Agent)
	case strings.Contains(reason, "TIMEOUT"), strings.Contains(reason, "EXPIRED"):
		e.Reason = "timeout"
		t.addStatus(e, schemas.StatusDeclined, e.Agent)
	case strings.Contains(reason, "DECLINED"), strings.Contains(reason, "REJECTED"):
		t.addStatus(e, schemas.StatusDeclined, e.Agent)
	}
}
