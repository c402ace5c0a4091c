package gateway

import (
	"cmp"
	"maps"
	"regexp"
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

// roster is who works at a company, as a vendor's API lists them, by the vendor's ids. A list tells how things are and not what changed,
// so events come of comparing one with the one before. They carry the time of the list: what changed between two lists is known no better.
type roster struct {
	agents map[string]agentEntry
	teams  map[string]string // the name of each; nil while they were not read
}

// agentEntry is what the directory has of an agent.
type agentEntry struct {
	name, role string
	teams      []string // sorted
}

func (a agentEntry) equal(b agentEntry) bool {
	return a.name == b.name && a.role == b.role && slices.Equal(a.teams, b.teams)
}

// listing makes events of lists.
type listing struct {
	translation
	at  schemas.Instant
	all []schemas.Event
}

func newListing(vendor string, source Source, at schemas.Instant) *listing {
	return &listing{translation: translation{vendor: vendor, source: source, eventType: "poll"}, at: at}
}

// next checks the events of one agent or team and makes place for those of the next: a webhook means few events, a list any number.
func (l *listing) next() error {
	if err := l.check(); err != nil {
		return err
	}
	l.all, l.events = append(l.all, l.events...), nil
	return nil
}

// presences tells who is in another presence than before, and of everybody who is not offline that it holds: when the poller falls
// silent the lease runs out. That must be so from the first time on, so a new presence comes with a heartbeat, too. Whoever is listed
// no more is offline. An agent with presence "" is there, nobody knows how: what was known stays, and without a heartbeat not for long.
func (l *listing) presences(was, is map[string]string) (known map[string]string, err error) {
	known = map[string]string{}
	for _, agent := range slices.Sorted(maps.Keys(is)) {
		presence := is[agent]
		known[agent] = cmp.Or(presence, was[agent])
		if presence != "" && presence != was[agent] {
			l.addPresence(agent, presence, "", l.at)
		}
		if presence != "" && presence != schemas.PresenceOffline {
			l.addHeartbeat(agent)
		}
		if err := l.next(); err != nil {
			return nil, err
		}
	}
	for _, agent := range slices.Sorted(maps.Keys(was)) {
		if _, there := is[agent]; !there && was[agent] != "" && was[agent] != schemas.PresenceOffline {
			l.addPresence(agent, schemas.PresenceOffline, "", l.at)
		}
		if err := l.next(); err != nil {
			return nil, err
		}
	}
	return known, nil
}

// addHeartbeat adds that the presence of an agent still holds.
func (l *listing) addHeartbeat(agent string) {
	e := schemas.Event{Type: schemas.TypeAgent, Action: schemas.ActionHeartbeat, Agent: l.id(agent), OccurredAt: l.at}
	l.add(e, "heartbeat", e.Agent, stamp(l.at))
}

// directory tells which agents and teams are new, changed or gone. One that is gone keeps its name: its history stays.
func (l *listing) directory(was, is roster) error {
	for _, team := range slices.Sorted(maps.Keys(is.teams)) {
		if name, there := was.teams[team]; !there || name != is.teams[team] {
			l.addTeam(team, is.teams[team], false)
		}
		if err := l.next(); err != nil {
			return err
		}
	}
	for _, agent := range slices.Sorted(maps.Keys(is.agents)) {
		if entry, there := was.agents[agent]; !there || !entry.equal(is.agents[agent]) {
			l.addAgent(agent, is.agents[agent], false)
		}
		if err := l.next(); err != nil {
			return err
		}
	}
	return l.gone(was, is)
}

func (l *listing) gone(was, is roster) error {
	for _, agent := range slices.Sorted(maps.Keys(was.agents)) {
		if _, there := is.agents[agent]; !there {
			l.addAgent(agent, was.agents[agent], true)
		}
		if err := l.next(); err != nil {
			return err
		}
	}
	for _, team := range slices.Sorted(maps.Keys(was.teams)) {
		if _, there := is.teams[team]; !there {
			l.addTeam(team, was.teams[team], true)
		}
		if err := l.next(); err != nil {
			return err
		}
	}
	return nil
}

func (l *listing) addTeam(team, name string, removed bool) {
	e := schemas.Event{Type: schemas.TypeDirectory, Entry: schemas.EntryTeam, Team: l.id(team), Name: name, Removed: removed, OccurredAt: l.at}
	l.add(e, "team", e.Team, stamp(l.at))
}

func (l *listing) addAgent(agent string, entry agentEntry, removed bool) {
	e := schemas.Event{
		Type: schemas.TypeDirectory, Entry: schemas.EntryAgent, Agent: l.id(agent), Name: entry.name, Role: entry.role, Removed: removed, OccurredAt: l.at,
	}
	for _, team := range entry.teams[:min(len(entry.teams), schemas.MaxTeams)] {
		e.Teams = append(e.Teams, l.id(team))
	}
	l.add(e, "agent", e.Agent, stamp(l.at))
}

// mailAddress is an e-mail address in a name, where programs put it that know no better.
var mailAddress = regexp.MustCompile(`<?([^\s<>@]+)@[^\s<>]+>?`)

// displayName makes a name fit. An e-mail address in it loses all from its @ on.
func displayName(name string) string {
	return cut(mailAddress.ReplaceAllString(name, "$1"), schemas.MaxStringBytes)
}
