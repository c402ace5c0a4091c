package history

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/floorwatch/floorwatch/schemas"
)

// chat is a chat or a messaging conversation, which belongs to a ticket.
type chat struct {
	ticket, user string
	inside       []string // agents who are in it
	joined       []string // those of them who came while another was in it
}

// chatRow is a row of a chat's table that waits until the others were read.
type chatRow struct {
	row row
	at  schemas.Instant
}

func (t *tickets) readChats() error {
	ties := map[string][]row{} // of chats to tickets
	err := t.read("ticket_chat", layout{[]string{"chat_id", "ticket_id"}, []string{"user_id"}}, func(r row) Reason {
		id := r.cell("chat_id")
		if id == "" || r.cell("ticket_id") == "" {
			return MissingID
		}
		ties[id] = append(ties[id], r)
		return later
	})
	if err != nil {
		return err
	}
	for id, rows := range ties {
		t.tie(id, rows)
	}
	var events []chatRow
	columns := layout{[]string{"chat_id", "created_at", "actor_id", "type"}, []string{"chat_index", "message", "message_id", "external_message_id", "original_message"}}
	err = t.read("ticket_chat_event", columns, func(r row) Reason {
		at, ok := r.time("created_at")
		switch {
		case r.cell("chat_id") == "":
			return MissingID
		case !ok:
			return BadTime
		case t.chats[r.cell("chat_id")] == nil:
			return NotInExport
		}
		events = append(events, chatRow{r, at})
		return later
	})
	slices.SortStableFunc(events, func(a, b chatRow) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.row.cell("chat_index"), b.row.cell("chat_index")), cmp.Compare(a.row.cell("actor_id"), b.row.cell("actor_id")))
	})
	for _, e := range events {
		t.outcome(e.row, t.chatEvent(t.chats[e.row.cell("chat_id")], e.row, e.at))
	}
	return err
}

// tie gives a chat to a ticket. Of several it is one that is part of the export, and the one with the smallest number of these: the choice
// must be the same each time.
func (t *tickets) tie(id string, rows []row) {
	missing := func(id string) int {
		if ticket := t.byID[id]; ticket != nil && ticket.row.file != nil {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		x, y := a.cell("ticket_id"), b.cell("ticket_id")
		return cmp.Or(cmp.Compare(missing(x), missing(y)), cmp.Compare(len(x), len(y)), cmp.Compare(x, y))
	})
	first := rows[0].cell("ticket_id")
	t.chats[id] = &chat{ticket: first, user: rows[0].cell("user_id")}
	for i, r := range rows {
		switch {
		case i == 0:
			t.outcome(r, used)
		case r.cell("ticket_id") == first:
			t.outcome(r, Duplicate)
		default:
			t.outcome(r, SeveralTickets)
		}
	}
}

func (t *tickets) chatEvent(c *chat, r row, at schemas.Instant) Reason {
	kind, agent := r.cell("type"), ""
	if id, ok := strings.CutPrefix(r.cell("actor_id"), "agent:"); ok {
		agent = id
	} else if role := t.roles[id]; role == "agent" || role == "admin" {
		agent = id
	}
	t.hasTalk[c.ticket] = at // they come in order
	switch kind {
	case "ChatMessage", "ChatFileAttachment":
		return t.chatMessage(c, r, at)
	case "ChatJoin":
		return t.chatJoin(c, r, agent, at)
	case "ChatLeave":
		return t.chatLeave(c, r, agent, at)
	case "ChatDepartmentTransfer", "ChatNameChanged", "ChatEmailChanged", "ChatPhoneChanged", "ChatRating", "ChatComment", "ChatMessageStatus",
		"ChatRequestRating", "ChatTrigger", "ChatNoteChanged", "ChatTagsUpdated": // without what a number needs, such as the department
		return MeansNothing
	default:
		return UnknownValue
	}
}

// chatMessage takes a message, as the webhook message_added tells it.
func (t *tickets) chatMessage(c *chat, r row, at schemas.Instant) Reason {
	var original struct {
		ID     string
		Source struct{ Type string }
	}
	if err := json.Unmarshal([]byte(r.cell("original_message")), &original); err != nil {
		original.ID = "" // it has none, or one that is no JSON
	}
	kind, id := t.chatActor(c, r.cell("actor_id"), original.Source.Type)
	if kind == "" {
		return UnknownAuthor
	}
	text := r.text("message")
	if r.cell("type") == "ChatFileAttachment" {
		text = ""
	}
	message := cmp.Or(original.ID, r.cell("external_message_id"), r.cell("message_id"), r.cell("chat_id")+"/"+stamp(at)+"/"+r.cell("chat_index"))
	return t.webhook(r, zendeskWebhook("messaging_ticket.message_added", at, body{"id": c.ticket}, body{
		"actor": body{"type": kind, "id": id}, "message": body{"id": message, "body": text},
	}, 0))
}

// answerBot is the bot as webhooks name it.
const answerBot = "zd:answerBot"

// chatActor says who wrote a message, in the words of webhooks; "" if nothing tells. The bot writes under an agent's or the system's name.
func (t *tickets) chatActor(c *chat, actor, source string) (kind, id string) {
	agent, isAgent := strings.CutPrefix(actor, "agent:")
	role := t.roles[actor]
	switch {
	case actor == "__trigger":
		return "trigger", actor
	case isAgent && agent == "" || actor == "":
		return "", ""
	case role == "end-user" || strings.HasPrefix(actor, "visitor:") || role == "" && actor == c.user:
		return "end_user", actor
	case source == answerBot:
		return "system", answerBot
	case actor == "__system":
		return "system", actor
	case isAgent || role != "":
		return "agent", agent
	default:
		return "", ""
	}
}

// chatJoin takes that an agent came into a chat: the first takes it on, another one joins.
func (t *tickets) chatJoin(c *chat, r row, agent string, at schemas.Instant) Reason {
	if agent == "" || slices.Contains(c.inside, agent) {
		return MeansNothing
	}
	c.inside = append(c.inside, agent)
	if len(c.inside) > 1 {
		c.joined = append(c.joined, agent)
		return t.chatStatus(r, c.ticket, schemas.StatusJoined, agent, at)
	}
	return t.webhook(r, body{
		"type": "zen:event-type:agent.work_item_added", "time": at.String(), "detail": body{"agent_id": agent},
		"event": body{"work_item_id": c.ticket, "reason": "ACCEPTED", "updated_at": at.String()},
	})
}

// chatLeave takes that an agent went. Who took it on keeps it: nothing tells that it was taken away.
func (t *tickets) chatLeave(c *chat, r row, agent string, at schemas.Instant) Reason {
	isAgent := func(inside string) bool { return inside == agent }
	c.inside = slices.DeleteFunc(c.inside, isAgent)
	if !slices.Contains(c.joined, agent) {
		return MeansNothing
	}
	c.joined = slices.DeleteFunc(c.joined, isAgent)
	return t.chatStatus(r, c.ticket, schemas.StatusLeft, agent, at)
}

func (t *tickets) chatStatus(r row, ticket, status, agent string, at schemas.Instant) Reason {
	e := schemas.Event{Type: schemas.TypeStatus, Status: status, Conversation: t.id(ticket), Agent: t.id(agent), OccurredAt: at}
	return t.event(r, e, "status", e.Conversation, status, stamp(at), e.Agent)
}
