package history

import (
	"cmp"
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

var intercom = vendor{
	tables: []string{"conversation_history", "conversation_part_history", "conversation_tag_history", "tag", "admin", "team", "team_admin"},
	notRead: map[string]string{
		"article_history": noArticles, "collection_history": noArticles, "help_center_history": noArticles, "company_history": noCompanies,
		"company_tag_history": noCompanies, "contact_company_history": noCompanies, "contact_history": noContacts, "contact_tag_history": noContacts,
		"conversation_contact_history": noContacts,
	},
	read: readIntercom,
}

const (
	noArticles  = "no numbers are made of articles"
	noCompanies = "no numbers are made of the companies of contacts"
	noContacts  = "of a contact only the id is kept, which the messages have"
)

// conversations is what is known of conversations before their parts are read.
type conversations struct {
	*importer
	admins   map[string]row
	teams    map[string][]string // of admins
	tags     map[string]string   // names
	versions map[string][]version
	told     map[string]deeds // conversations whose parts tell of deeds of this kind
	parts    []row
}

// version is a conversation as it was once.
type version struct {
	row row
	at  schemas.Instant
}

// deeds are kinds of what parts tell. What they do not tell of a conversation is taken from its versions.
type deeds struct{ owner, state bool }

func readIntercom(im *importer) error {
	c := &conversations{
		importer: im, admins: map[string]row{}, teams: map[string][]string{}, tags: map[string]string{}, versions: map[string][]version{}, told: map[string]deeds{},
	}
	for _, table := range []struct {
		name    string
		columns layout
		take    func(row) Reason
	}{
		{"team", layout{[]string{"id", "name", "_fivetran_synced"}, []string{"_fivetran_deleted"}}, c.group},
		{"admin", layout{[]string{"id", "name", "_fivetran_synced"}, []string{"_fivetran_deleted"}}, c.admin},
		{"team_admin", layout{[]string{"admin_id", "team_id"}, []string{"_fivetran_deleted"}}, c.member},
		{"conversation_history", intercomVersions, c.version},
		{"conversation_part_history", intercomParts, c.part},
		{"tag", layout{[]string{"id", "name"}, nil}, c.tag},
	} {
		if err := im.read(table.name, table.columns, table.take); err != nil {
			return err
		}
	}
	for id, r := range c.admins {
		c.outcome(r, c.directory(id, r))
	}
	for _, versions := range c.versions {
		c.tell(versions)
	}
	for _, r := range c.parts {
		c.outcome(r, c.tellPart(r))
	}
	return im.read("conversation_tag_history", layout{[]string{"conversation_id", "tag_id", "conversation_updated_at"}, nil}, c.tagged)
}

func (c *conversations) group(r row) Reason { return c.team(r, "_fivetran_synced") }

func (c *conversations) admin(r row) Reason {
	id := r.cell("id")
	if id == "" {
		return MissingID
	}
	if _, twice := c.admins[id]; twice {
		return Duplicate
	}
	c.admins[id] = r
	return later
}

func (c *conversations) member(r row) Reason {
	admin, team := r.cell("admin_id"), r.cell("team_id")
	_, exported := c.admins[admin]
	deleted, _ := r.flag("_fivetran_deleted")
	switch {
	case admin == "" || team == "":
		return MissingID
	case !exported:
		return NotInExport
	case deleted:
		return MeansNothing
	case slices.Contains(c.teams[admin], team):
		return Duplicate
	}
	c.teams[admin] = append(c.teams[admin], team)
	return used
}

// directory tells an admin with the teams, as they were when the table was written.
func (c *conversations) directory(id string, r row) Reason {
	at, ok := r.time("_fivetran_synced")
	if !ok {
		return BadTime
	}
	topic := "admin.added_to_workspace"
	if deleted, _ := r.flag("_fivetran_deleted"); deleted {
		topic = "admin.removed_from_workspace"
	}
	teams := slices.Sorted(slices.Values(c.teams[id]))
	return c.webhook(r, intercomWebhook(topic, at, body{"id": id, "name": name(r), "team_ids": teams}))
}

func (c *conversations) tag(r row) Reason {
	id, label := r.cell("id"), r.cell("name")
	switch _, twice := c.tags[id]; {
	case id == "" || label == "":
		return MissingID
	case twice:
		return Duplicate
	}
	c.tags[id] = label
	return used
}

// tagged takes a tag of a conversation. It was given not later than the version that has it first.
func (c *conversations) tagged(r row) Reason {
	id, tag := r.cell("conversation_id"), r.cell("tag_id")
	at, ok := r.time("conversation_updated_at")
	label, exported := c.tags[tag]
	switch {
	case id == "" || tag == "":
		return MissingID
	case !ok:
		return BadTime
	case !exported:
		return NotInExport
	}
	item := c.item(id)
	item["tags_added"] = body{"tags": []body{{"name": label}}}
	return c.webhook(r, intercomWebhook("conversation_part.tag.created", at, item))
}

// item is a conversation as part of a webhook, with its channel if the conversation is part of the export.
func (c *conversations) item(id string) body {
	kind := ""
	if versions := c.versions[id]; len(versions) > 0 {
		kind = first(versions).row.cell("source_type")
	}
	return body{"id": id, "source": body{"type": kind}}
}

func first(versions []version) version {
	return slices.MinFunc(versions, func(a, b version) int { return cmp.Compare(a.at, b.at) })
}

func intercomWebhook(topic string, at schemas.Instant, item body) body {
	return body{"topic": topic, "created_at": at.String(), "data": body{"item": item}}
}
