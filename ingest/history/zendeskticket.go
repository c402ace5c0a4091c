package history

import (
	"cmp"
	"slices"
	"strings"

	"github.com/floorwatch/floorwatch/schemas"
)

var (
	zendeskStatuses   = []string{"new", "open", "pending", "hold", "solved", "closed", "deleted"}
	zendeskPriorities = []string{"", "low", "normal", "high", "urgent"}
	zendeskFields     = []string{"group_id", "assignee_id", "priority", "status"} // in the order in which an update of all of them is told
)

// zendeskStatus is a status as webhooks write it.
func zendeskStatus(status string) string {
	if status = strings.ToLower(status); status == "on-hold" || status == "on_hold" {
		return "hold"
	}
	return status
}

// change notes a row of the history of a field. What it was before tells the row before.
func (t *tickets) change(r row) Reason {
	id, field, value := r.cell("ticket_id"), r.cell("field_name"), r.cell("value")
	at, ok := r.time("updated")
	switch field {
	case "status":
		value = zendeskStatus(value)
	case "priority":
		value = strings.ToLower(value)
	case "assignee_id", "group_id":
		value = zendeskID(value)
	default:
		return MeansNothing
	}
	switch {
	case id == "":
		return MissingID
	case !ok:
		return BadTime
	case field == "status" && !slices.Contains(zendeskStatuses, value), field == "priority" && !slices.Contains(zendeskPriorities, value):
		return UnknownValue
	}
	if t.byID[id] == nil {
		t.byID[id] = &ticket{id: id}
	}
	t.byID[id].changes = append(t.byID[id].changes, change{r, at, field, value})
	return later
}

// tell tells a ticket from its beginning to its end.
func (t *tickets) tell(ticket *ticket) {
	slices.SortStableFunc(ticket.changes, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(slices.Index(zendeskFields, a.field), slices.Index(zendeskFields, b.field)), cmp.Compare(a.value, b.value))
	})
	state, rest := map[string]string{}, ticket.changes
	if ticket.row.file != nil {
		state, rest = t.created(ticket)
	}
	for len(rest) > 0 {
		together := 1 // what changed at one time is one update: all of it is told with the ticket as it is afterwards
		for together < len(rest) && rest[together].at == rest[0].at {
			together++
		}
		t.update(ticket, state, rest[:together])
		rest = rest[together:]
	}
	if ticket.row.file != nil {
		t.ended(ticket, state)
	}
}

// created tells the beginning of a ticket, with what it was given at once: changes that are not later than it. A field without a history
// has had the value of now since then. It gives the fields as they are then, and the changes that remain.
func (t *tickets) created(ticket *ticket) (state map[string]string, rest []change) {
	state = map[string]string{}
	estimated := false
	for _, field := range zendeskFields[:3] {
		if !slices.ContainsFunc(ticket.changes, func(c change) bool { return c.field == field }) {
			state[field] = zendeskID(ticket.row.cell(field))
			estimated = estimated || state[field] != ""
		}
	}
	if estimated {
		t.history.Estimates.Homes++
	}
	first := 0
	for ; first < len(ticket.changes) && ticket.changes[first].at <= ticket.created; first++ {
		state[ticket.changes[first].field] = ticket.changes[first].value
	}
	detail := ticket.detailOf(state)
	detail["tags"] = ticket.tags
	t.outcome(ticket.row, t.webhook(ticket.row, zendeskWebhook("ticket.created", ticket.created, detail, nil, 1)))
	for _, c := range ticket.changes[:first] {
		reason := used
		if c.value != state[c.field] {
			reason = MeansNothing // was changed again at once
		} else if c.field == "status" {
			reason = t.status(ticket, c, ticket.created, "new", state, 2)
		}
		t.outcome(c.row, reason)
	}
	return state, ticket.changes[first:]
}

// update tells the changes of one time.
func (t *tickets) update(ticket *ticket, state map[string]string, changes []change) {
	before := map[string]string{}
	for _, c := range changes {
		if _, ok := before[c.field]; !ok {
			before[c.field] = state[c.field]
		}
		state[c.field] = c.value
	}
	for i, c := range changes {
		was, position := before[c.field], i+1
		before[c.field] = c.value
		event := body{"previous": was, "current": c.value}
		reason := MeansNothing
		switch {
		case was == c.value && i > 0 && changes[i-1].field == c.field:
			reason = Duplicate
		case c.field == "status":
			reason = t.status(ticket, c, c.at, was, state, position)
		case was == c.value: // nothing new
		case c.field == "assignee_id":
			reason = t.webhook(c.row, zendeskWebhook("ticket.agent_assignment_changed", c.at, ticket.detailOf(state), event, position))
		case c.field == "group_id":
			reason = t.webhook(c.row, zendeskWebhook("ticket.group_assignment_changed", c.at, ticket.detailOf(state), event, position))
		case c.field == "priority":
			reason = t.webhook(c.row, zendeskWebhook("ticket.priority_changed", c.at, ticket.detailOf(state), event, position))
		}
		t.outcome(c.row, reason)
	}
}

// status tells another status.
func (t *tickets) status(ticket *ticket, c change, at schemas.Instant, was string, state map[string]string, position int) Reason {
	kind, event := "ticket.status_changed", body{"previous": was, "current": c.value}
	switch {
	case was == c.value:
		return MeansNothing
	case c.value == "deleted":
		kind = "ticket.soft_deleted"
	case was == "deleted":
		kind = "ticket.undeleted"
	}
	detail := ticket.detailOf(state)
	detail["tags"] = ticket.tags // tell whether it was merged
	return t.webhook(c.row, zendeskWebhook(kind, at, detail, event, position))
}

// ended tells the end of a ticket that is over although no change says so. When it was is not known; not later than its last update.
func (t *tickets) ended(ticket *ticket, state map[string]string) {
	over := []string{"solved", "closed", "deleted"}
	is := zendeskStatus(ticket.row.cell("status"))
	at, ok := ticket.row.time("updated_at")
	if !ok || !slices.Contains(over, is) || slices.Contains(over, state["status"]) {
		return
	}
	t.history.Estimates.Ends++
	t.status(ticket, change{row: ticket.row, field: "status", value: is}, max(at, ticket.created), "open", state, 1)
}

// channel is via.channel of a ticket, "" if the ticket is not known.
func (t *ticket) channel() string {
	if t == nil || t.row.file == nil {
		return ""
	}
	return t.row.cell("via_channel")
}

// detail is a ticket as part of a webhook, which may not be known but for its id.
func (t *ticket) detail(id string) body {
	return body{"id": id, "via": body{"channel": t.channel()}}
}

// detailOf is a ticket with its fields as they are at a time.
func (t *ticket) detailOf(state map[string]string) body {
	detail := t.detail(t.id)
	for _, field := range zendeskFields[:3] {
		detail[field] = state[field]
	}
	return detail
}

// zendeskWebhook is a webhook of Zendesk. The position is that of the event in the sequence of an update; 0 if it has none.
func zendeskWebhook(kind string, at schemas.Instant, detail, event body, position int) body {
	if event == nil {
		event = body{}
	}
	if position > 0 {
		event["meta"] = body{"sequence": body{"position": position}}
	}
	return body{"type": "zen:event-type:" + kind, "time": at.String(), "detail": detail, "event": event}
}
