package simulate

import (
	"fmt"

	"github.com/floorwatch/floorwatch/schemas"
)

// company is one company of the simulation.
type company struct {
	Company
	config   Config
	index    int
	salt     uint64  // seed and name
	rate     float64 // conversations per hour, as Config.Rate
	calendar *schemas.Calendar
	agents   []agent
	members  [len(teams)][]int // agents who answer a team's queue
	plans    map[schemas.Date][]shift
	roster   roster // of the instant asked for last
}

func newCompany(index int, config Config, settings Company, rate float64) (*company, error) {
	calendar, err := schemas.NewCalendar(settings.Zone)
	if err != nil {
		return nil, err
	}
	c := &company{
		Company: settings, config: config, index: index, rate: rate, calendar: calendar,
		salt: fold(config.Seed, foldText(settings.Name)), plans: map[schemas.Date][]shift{},
	}
	for i := range settings.Agents {
		a := newAgent(i, config.HeartbeatShare, newDice(c.salt, agentKind, uint64(i)))
		c.agents = append(c.agents, a)
		for _, team := range a.teams {
			c.members[team] = append(c.members[team], i)
		}
	}
	return c, nil
}

// assistant is the id of each company's AI agent.
const assistant = "assistant"

// clock makes an instant one of the company's producer.
func (c *company) clock(at schemas.Instant) schemas.Instant {
	if c.WholeSeconds {
		return at - at%second // there are none before 1970
	}
	return at
}

// days brings in, day after day, what happens in a company.
type days struct{ company *company }

func (d *days) play(self *actor, stage *stage) bool {
	c, today := d.company, d.company.calendar.Day(self.wake)
	self.pending = c.directory(today)
	stage.bring(&actor{kind: arrivalsKind, company: c.index, id: today.Date.String(), wake: today.From, role: newArrivals(c, today)})
	for agent, shift := range c.shifts(today) {
		if shift.works() {
			stage.bring(&actor{kind: agentKind, company: c.index, id: c.agents[agent].id + today.Date.String(), wake: shift.from,
				role: newPresence(c, agent, today, shift)})
		}
	}
	self.wake = today.To
	return true
}

// directory tells the company's teams and agents.
func (c *company) directory(today schemas.Day) []schemas.Event {
	events := make([]schemas.Event, 0, len(teams)+len(c.agents)+1)
	add := func(entry, id, name, role string, members ...string) *schemas.Event {
		events = append(events, schemas.Event{
			SchemaVersion: schemas.SchemaVersion, Type: schemas.TypeDirectory, Company: c.Name, OccurredAt: c.clock(today.From),
			ID:    fmt.Sprintf("%s-%s-%s-%s", c.Name, today.Date, entry, id),
			Entry: entry, Name: name, Role: role, Teams: members,
		})
		return &events[len(events)-1]
	}
	for _, team := range teams {
		add(schemas.EntryTeam, team.name, team.label, "").Team = team.name
	}
	for i, agent := range c.agents {
		var members []string
		for _, team := range agent.teams {
			members = append(members, teams[team].name)
		}
		role := "agent"
		if agent.lead {
			role = "supervisor"
		}
		e := add(schemas.EntryAgent, agent.id, personName(i), role, members...)
		e.Agent, e.HiredOn = agent.id, schemas.Date(16000+37*(i%150)).String()
	}
	add(schemas.EntryAgent, assistant, "Assistant", schemas.RoleAI, teams[0].name).Agent = assistant
	return events
}
