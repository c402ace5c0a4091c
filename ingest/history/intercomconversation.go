package history

import (
	"cmp"
	"slices"
	"strings"
)

var intercomVersions = layout{
	needed: []string{"id", "updated_at", "created_at", "state"},
	optional: []string{
		"assignee_id", "assignee_type", "priority", "source_id", "source_type", "source_author_id", "source_author_type", "source_delivered_as", "source_body",
		"conversation_rating_value", "conversation_rating_created_at",
	},
}

var intercomParts = layout{
	needed:   []string{"id", "conversation_id", "created_at", "part_type", "author_id", "author_type"},
	optional: []string{"assigned_to_id", "assigned_to_type", "body", "updated_at", "from_ai_agent", "is_ai_answer"},
}

var intercomStates = []string{"open", "closed", "snoozed"}

// version notes a row of the table of conversations, which has one for each time that a conversation was seen changed.
func (c *conversations) version(r row) Reason {
	id := r.cell("id")
	at, ok := r.time("updated_at")
	_, began := r.time("created_at")
	switch {
	case id == "":
		return MissingID
	case !ok || !began:
		return BadTime
	case !slices.Contains(intercomStates, r.cell("state")):
		return UnknownValue
	case slices.ContainsFunc(c.versions[id], func(v version) bool { return v.at == at }):
		return Duplicate
	}
	c.versions[id] = append(c.versions[id], version{r, at})
	return later
}

// part notes a part, and of what kind it is.
func (c *conversations) part(r row) Reason {
	id, conversation, kind := r.cell("id"), r.cell("conversation_id"), r.cell("part_type")
	_, ok := r.time("created_at")
	switch {
	case id == "" || conversation == "":
		return MissingID
	case !ok:
		return BadTime
	case kind == "":
		return UnknownValue
	}
	told := c.told[conversation]
	told.owner = told.owner || strings.Contains(kind, "assign")
	told.state = told.state || slices.Contains([]string{"close", "open", "snoozed", "unsnoozed", "timer_unsnooze"}, kind) || strings.HasSuffix(kind, "and_reopen")
	c.told[conversation] = told
	c.parts = append(c.parts, r)
	return later
}

// tellPart tells a part, as webhooks of any topic have it.
func (c *conversations) tellPart(r row) Reason {
	at, _ := r.time("created_at")
	author := body{"type": r.cell("author_type"), "id": r.cell("author_id")}
	if author["type"] == "" {
		return UnknownAuthor
	}
	for _, mark := range []string{"from_ai_agent", "is_ai_answer"} {
		author[mark], _ = r.flag(mark)
	}
	item := c.item(r.cell("conversation_id"))
	item["conversation_parts"] = body{"conversation_parts": []body{{
		"id": r.cell("id"), "part_type": r.cell("part_type"), "created_at": at.String(), "body": r.text("body"), "author": author,
		"assigned_to": body{"type": r.cell("assigned_to_type"), "id": r.cell("assigned_to_id")},
	}}}
	return c.webhook(r, intercomWebhook("conversation.admin.replied", at, item))
}

// state is what a version tells of a conversation.
type state struct {
	is, ownerKind, owner string
	isPriority           bool
	rating, rated        string
}

func stateOf(r row) state {
	return state{
		is: r.cell("state"), ownerKind: r.cell("assignee_type"), owner: r.cell("assignee_id"), isPriority: r.cell("priority") == "priority",
		rating: r.cell("conversation_rating_value"), rated: r.cell("conversation_rating_created_at"),
	}
}

// tell tells a conversation by its versions: its beginning by the first, and by all of them what its parts do not tell.
func (c *conversations) tell(versions []version) {
	slices.SortFunc(versions, func(a, b version) int { return cmp.Compare(a.at, b.at) })
	told := c.told[versions[0].row.cell("id")]
	was, estimated := state{is: "open"}, false
	for i, v := range versions {
		var reasons []Reason
		if i == 0 {
			reasons = append(reasons, c.opened(v))
		}
		is := stateOf(v.row)
		for place, topic := range steps(was, is, told) {
			reasons = append(reasons, c.step(v, topic, is, int64(10*place)))
			estimated = estimated || topic != topicRated && topic != topicPriority
		}
		c.outcome(v.row, joined(reasons))
		was = is
	}
	if estimated {
		c.history.Estimates.Steps++
	}
}

// joined is what became of a row that tells several things: what is wrong with one of them goes before.
func joined(reasons []Reason) Reason {
	if i := slices.IndexFunc(reasons, func(r Reason) bool { return r != used && !r.Benign() }); i >= 0 {
		return reasons[i]
	}
	if len(reasons) == 0 {
		return MeansNothing
	}
	return slices.Min(reasons) // used, if one of them was
}

// opened tells the beginning of a conversation, with its first message.
func (c *conversations) opened(v version) Reason {
	began, _ := v.row.time("created_at")
	switch {
	case v.row.cell("source_id") == "":
		return MissingID
	case v.row.cell("source_author_type") == "":
		return UnknownAuthor
	}
	item := c.item(v.row.cell("id"))
	item["created_at"] = began.String()
	item["source"] = body{
		"type": v.row.cell("source_type"), "id": v.row.cell("source_id"), "delivered_as": v.row.cell("source_delivered_as"), "body": v.row.text("source_body"),
		"author": body{"type": v.row.cell("source_author_type"), "id": v.row.cell("source_author_id")},
	}
	return c.webhook(v.row, intercomWebhook("conversation.user.created", began, item))
}

const (
	topicAssigned = "conversation.admin.assigned"
	topicPriority = "conversation.priority.updated"
	topicRated    = "conversation.rating.added"
)

// steps are the topics of the webhooks that lead from one version to the next, but for what parts tell.
func steps(was, is state, told deeds) []string {
	var topics []string
	if was.is == "closed" && is.is != "closed" && !told.state {
		topics = append(topics, "conversation.admin.opened")
	}
	if (was.owner != is.owner || was.ownerKind != is.ownerKind && is.owner != "") && !told.owner {
		topics = append(topics, topicAssigned)
	}
	if was.isPriority != is.isPriority {
		topics = append(topics, topicPriority)
	}
	switch {
	case was.is == is.is || told.state:
	case is.is == "closed":
		topics = append(topics, "conversation.admin.closed")
	case is.is == "snoozed":
		topics = append(topics, "conversation.admin.snoozed")
	case was.is == "snoozed":
		topics = append(topics, "conversation.admin.unsnoozed")
	}
	if is.rating != "" && (was.rating != is.rating || was.rated != is.rated) {
		topics = append(topics, topicRated)
	}
	return topics
}

// step tells one of them.
func (c *conversations) step(v version, topic string, is state, place int64) Reason {
	item := c.item(v.row.cell("id"))
	item["updated_at"] = v.at.String()
	switch topic {
	case topicAssigned:
		if is.ownerKind == "team" {
			item["team_assignee_id"] = is.owner
		} else {
			item["admin_assignee_id"] = is.owner
		}
	case topicPriority:
		item["priority"] = v.row.cell("priority")
	case topicRated:
		rating := body{"rating": is.rating}
		if at, ok := v.row.time("conversation_rating_created_at"); ok {
			rating["created_at"] = at.String()
		}
		item["conversation_rating"] = rating
	}
	return c.webhookAt(v.row, intercomWebhook(topic, v.at, item), place)
}
