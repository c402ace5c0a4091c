package history

import (
	"cmp"
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

var zendesk = vendor{
	tables: []string{
		"ticket", "ticket_comment", "ticket_field_history", "ticket_chat", "ticket_chat_event", "ticket_tag", "user", "group",
	},
	notRead: map[string]string{
		"audit_log": "no numbers are made of changes of settings", "brand": "no numbers are made of brands", "daylight_time": "floorwatch has its own zones",
		"domain_name": noOrganizations, "organization": noOrganizations, "organization_tag": noOrganizations, "satisfaction_rating": "its scores, good and bad, are none that are understood yet",
		"schedule": noSchedules, "schedule_holiday": noSchedules, "ticket_schedule": noSchedules, "sla_policy": noPolicies, "sla_policy_metric_history": noPolicies,
		"ticket_sla_policy": noPolicies, "ticket_form_history": "no numbers are made of forms", "ticket_metric": "floorwatch computes its own", "time_zone": "floorwatch has its own zones",
		"user_tag": "no numbers are made of the tags of users",
	},
	read: readZendesk,
}

const (
	noOrganizations = "no numbers are made of organizations"
	noSchedules     = "business hours stand in the configuration: floor.hours"
	noPolicies      = "no numbers are made of SLA policies yet"
)

// tickets is what is known of tickets and people before messages are read.
type tickets struct {
	*importer
	roles   map[string]string // of users
	byID    map[string]*ticket
	chats   map[string]*chat
	hasTalk map[string]schemas.Instant // tickets with messages of a chat, and when the last thing in it was
}

// ticket is a ticket with all that tells what became of it.
type ticket struct {
	row     row // of the table ticket; without a file if that does not have it
	id      string
	created schemas.Instant
	tags    []string
	changes []change
}

// change is a row of the history of a field.
type change struct {
	row          row
	at           schemas.Instant
	field, value string
}

func readZendesk(im *importer) error {
	t := &tickets{importer: im, roles: map[string]string{}, byID: map[string]*ticket{}, chats: map[string]*chat{}, hasTalk: map[string]schemas.Instant{}}
	for _, table := range []struct {
		name    string
		columns layout
		take    func(row) Reason
	}{
		{"group", layout{[]string{"id", "name"}, []string{"updated_at", "created_at", "_fivetran_deleted"}}, t.group},
		{"user", layout{[]string{"id", "role"}, []string{"name", "updated_at", "created_at", "active", "suspended"}}, t.user},
		{"ticket", layout{[]string{"id", "created_at", "status"}, []string{"updated_at", "assignee_id", "group_id", "priority", "requester_id", "via_channel"}}, t.ticket},
		{"ticket_tag", layout{[]string{"ticket_id", "tag"}, nil}, t.tag},
		{"ticket_field_history", layout{[]string{"ticket_id", "field_name", "updated", "value"}, nil}, t.change},
	} {
		if err := im.read(table.name, table.columns, table.take); err != nil {
			return err
		}
	}
	for _, ticket := range t.byID {
		t.tell(ticket)
	}
	if err := t.readChats(); err != nil {
		return err
	}
	return im.read("ticket_comment", layout{[]string{"id", "ticket_id", "user_id", "public", "created"}, []string{"body"}}, t.comment)
}

func (t *tickets) group(r row) Reason {
	return t.team(r, "updated_at", "created_at")
}

// user notes whether somebody works here. Who does gets into the directory.
func (t *tickets) user(r row) Reason {
	id, role := r.cell("id"), r.cell("role")
	switch role {
	case "end-user", "agent", "admin":
	default:
		return UnknownValue
	}
	if id == "" {
		return MissingID
	}
	if _, twice := t.roles[id]; twice {
		return Duplicate
	}
	t.roles[id] = role
	if role == "end-user" {
		return used // says whose comments are a customer's
	}
	active, told := r.flag("active")
	suspended, _ := r.flag("suspended")
	at, ok := r.time("updated_at", "created_at")
	if !ok {
		return BadTime
	}
	return t.entry(r, schemas.Event{Entry: schemas.EntryAgent, Agent: t.id(id), Name: name(r), Removed: told && !active || suspended}, at)
}

// name is the display name of an agent or team, its id if it has none.
func name(r row) string { return cmp.Or(r.cell("name"), r.cell("id")) }

func (t *tickets) ticket(r row) Reason {
	id := zendeskID(r.cell("id"))
	created, ok := r.time("created_at")
	switch {
	case id == "":
		return MissingID
	case !ok:
		return BadTime
	case t.byID[id] != nil:
		return Duplicate
	case !slices.Contains(zendeskStatuses, zendeskStatus(r.cell("status"))):
		return UnknownValue
	}
	t.byID[id] = &ticket{row: r, id: id, created: created}
	return later
}

// zendeskID is an id, "" if it stands for nobody: 0 is none, -1 the system.
func zendeskID(id string) string {
	if id == "0" || id == "-1" {
		return ""
	}
	return id
}

// tag notes a tag that a ticket has now. Nothing tells since when; it is told as one that it had from the beginning.
func (t *tickets) tag(r row) Reason {
	id, tag := r.cell("ticket_id"), r.cell("tag")
	ticket := t.byID[id]
	switch {
	case id == "" || tag == "":
		return MissingID
	case ticket == nil:
		return NotInExport
	case slices.Contains(ticket.tags, tag):
		return Duplicate
	}
	ticket.tags = append(ticket.tags, tag)
	return used
}

// comment takes a comment, as the webhook comment_added tells it.
func (t *tickets) comment(r row) Reason {
	id, user := r.cell("ticket_id"), r.cell("user_id")
	at, ok := r.time("created")
	public, known := r.flag("public")
	ticket := t.byID[id]
	staff, isKnown := t.isStaff(ticket, user)
	switch {
	case r.cell("id") == "" || id == "":
		return MissingID
	case !ok:
		return BadTime
	case !known:
		return UnknownValue
	case !isKnown:
		return UnknownAuthor
	case public && ticket.channel() == "chat" && at <= t.hasTalk[id]+transcriptMillis:
		return Duplicate // the transcript, which Zendesk adds when a chat is over
	}
	reason := t.webhook(r, zendeskWebhook("ticket.comment_added", at, ticket.detail(id), body{
		"comment": body{"id": r.cell("id"), "is_public": public, "body": r.text("body"), "author": body{"id": user, "is_staff": staff}},
	}, 0))
	if reason == MeansNothing && t.hasTalk[id] == 0 {
		return MessagesMissing
	}
	return reason
}

// transcriptMillis is how long after the last thing in a chat its transcript may come.
const transcriptMillis = 5 * 60 * 1000

// isStaff tells whether a user works here, by role, or else by what the user is to the ticket.
func (t *tickets) isStaff(ticket *ticket, user string) (staff, known bool) {
	switch role := t.roles[user]; {
	case role != "":
		return role != "end-user", true
	case zendeskID(user) == "":
		return false, user != "" // the system
	case ticket == nil:
		return false, false
	case ticket.row.file != nil && ticket.row.cell("requester_id") == user:
		return false, true
	case ticket.row.file != nil && ticket.row.cell("assignee_id") == user:
		return true, true
	}
	return true, slices.ContainsFunc(ticket.changes, func(c change) bool { return c.field == "assignee_id" && c.value == user })
}
