package gateway

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/floorwatch/floorwatch/schemas"
)

// Chatwoot's webhooks do not tell who is online, nor who there is: the lists of its API do (docs/vendors/chatwoot.md).

var chatwootPresences = map[string]string{"online": schemas.PresenceAvailable, "busy": schemas.PresenceBusy, "offline": schemas.PresenceOffline}

// chatwootAgents reads the list of agents. Several may have one name; the id tells them apart. In presences those whose availability is
// not a known word have "". An account without agents does not exist, since the token is one's: a list without any is refused, lest
// all are taken for gone. So is a list with an entry that has no id.
func chatwootAgents(body []byte) (presences map[string]string, agents map[string]agentEntry, err error) {
	items, err := listOf(body)
	if err == nil && len(items) == 0 {
		err = errors.New("is empty, and the token's own user should be in it")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read list of agents: %w", err)
	}
	presences, agents = map[string]string{}, map[string]agentEntry{}
	for _, item := range items {
		id := item.text("id")
		presences[id] = chatwootPresences[item.text("availability_status")]
		agents[id] = agentEntry{
			name: displayName(cmp.Or(item.text("name"), item.text("available_name"))),
			role: cut(item.text("role"), schemas.MaxStringBytes),
		}
	}
	return presences, agents, nil
}

// chatwootTeams reads the list of teams. There may be none.
func chatwootTeams(body []byte) (map[string]string, error) {
	items, err := listOf(body)
	if err != nil {
		return nil, fmt.Errorf("read list of teams: %w", err)
	}
	teams := map[string]string{}
	for _, item := range items {
		teams[item.text("id")] = displayName(item.text("name"))
	}
	return teams, nil
}

// chatwootMembers reads the ids of the agents of a team.
func chatwootMembers(body []byte) ([]string, error) {
	items, err := listOf(body)
	if err != nil {
		return nil, fmt.Errorf("read list of team members: %w", err)
	}
	var ids []string
	for _, item := range items {
		ids = append(ids, item.text("id"))
	}
	return ids, nil
}

// listOf reads a JSON array of objects that have a number as their id, and nothing behind it. The error has nothing of the body.
func listOf(body []byte) ([]object, error) {
	if !utf8.Valid(body) {
		return nil, errors.New("is not valid UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, errors.New("is not JSON, or ends too early")
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("has something behind the JSON array")
	}
	items, ok := value.([]any)
	if !ok {
		return nil, errors.New("is not a JSON array")
	}
	objects := make([]object, 0, len(items))
	for i, item := range items {
		members, _ := item.(map[string]any)
		if !wholeNumber.MatchString(object(members).text("id")) {
			return nil, fmt.Errorf("has no number as id in entry %d", i)
		}
		objects = append(objects, members)
	}
	return objects, nil
}

const (
	chatwootTeamsEvery = 10 * time.Minute // from one look at all teams to the next
	chatwootTeamsPace  = 3 * time.Second  // from one request of it to the next: documented is a limit of 60 requests a minute for each address
)

// chatwootDesk is what is known of an account's people, and what is asked next.
type chatwootDesk struct {
	source    Source
	path      string
	presences map[string]string
	agents    map[string]agentEntry // as last listed, without teams
	told      roster                // what the directory was told

	teams   map[string]string   // of the last look that came to its end; nil before the first
	members map[string][]string // by team, likewise

	newTeams   map[string]string // of the look that is under way; nil if none is
	newMembers map[string][]string
	left       []string // teams whose members were not asked for yet
}

func pollChatwoot(source Source, account string) pollAPI {
	d := &chatwootDesk{source: source, path: "/api/v1/accounts/" + account}
	return pollAPI{tokenHeader: "api_access_token", errands: []errand{
		{name: "agents", path: func() string { return d.path + "/agents" }, take: d.takeAgents, gone: func() {}},
		{name: "teams", path: d.teamsPath, take: d.takeTeams, gone: func() { d.newTeams = nil }},
	}}
}

// takeAgents takes the list of agents. Nothing is known anew unless all of it can be told.
func (d *chatwootDesk) takeAgents(body []byte, at schemas.Instant) (taken, error) {
	presences, agents, err := chatwootAgents(body)
	if err != nil {
		return taken{}, err
	}
	unknown := 0
	for _, presence := range presences {
		if presence == "" {
			unknown++
		}
	}
	l := newListing(chatwootName, d.source, at)
	known, err := l.presences(d.presences, presences)
	if err != nil {
		return taken{}, err
	}
	if err := d.tellDirectory(l, agents, d.teams, d.members); err != nil {
		return taken{}, err
	}
	d.presences, d.agents = known, agents
	return taken{events: l.all, unknownPresences: unknown}, nil
}

// teamsPath is what to ask of the teams: for their list, then for the members of each.
func (d *chatwootDesk) teamsPath() string {
	if d.newTeams == nil {
		return d.path + "/teams"
	}
	return d.path + "/teams/" + d.left[0] + "/team_members"
}

// takeTeams takes one answer of a look at the teams. The directory is told when the look comes to its end: an entry replaces the one
// before, so a half of an agent's teams would be wrong.
func (d *chatwootDesk) takeTeams(body []byte, at schemas.Instant) (taken, error) {
	if d.newTeams == nil {
		teams, err := chatwootTeams(body)
		if err != nil {
			return taken{}, err
		}
		d.newTeams, d.newMembers, d.left = teams, map[string][]string{}, slices.Sorted(maps.Keys(teams))
	} else {
		members, err := chatwootMembers(body)
		if err != nil {
			return taken{}, err
		}
		d.newMembers[d.left[0]], d.left = members, d.left[1:]
	}
	if len(d.left) > 0 {
		return taken{wait: chatwootTeamsPace}, nil
	}
	teams, members := d.newTeams, d.newMembers
	d.newTeams = nil
	l := newListing(chatwootName, d.source, at)
	if err := d.tellDirectory(l, d.agents, teams, members); err != nil {
		return taken{}, err
	}
	d.teams, d.members = teams, members
	return taken{events: l.all, wait: chatwootTeamsEvery}, nil
}

// tellDirectory tells what is new of agents and teams, once both were listed.
func (d *chatwootDesk) tellDirectory(l *listing, agents map[string]agentEntry, teams map[string]string, members map[string][]string) error {
	if agents == nil || teams == nil {
		return nil
	}
	is := roster{agents: maps.Clone(agents), teams: teams}
	for _, team := range slices.Sorted(maps.Keys(members)) {
		for _, agent := range members[team] {
			if entry, there := is.agents[agent]; there && !slices.Contains(entry.teams, team) {
				entry.teams = append(entry.teams, team)
				is.agents[agent] = entry
			}
		}
	}
	if err := l.directory(d.told, is); err != nil {
		return err
	}
	d.told = is
	return nil
}
