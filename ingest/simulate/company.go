package simulate

import (
	"container/heap"
	"fmt"
	"slices"
	"strconv"

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
	plans    map[schemas.Date][]shift
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
		c.agents = append(c.agents, newAgent(i, config.HeartbeatShare, newDice(c.salt, agentKind, uint64(i))))
	}
	return c, nil
}

// agent is what stays the same from day to day.
type agent struct {
	id      string
	devices []string
	beats   bool // the program sends heartbeats
}

func newAgent(index int, heartbeatShare float64, d dice) agent {
	a := agent{id: fmt.Sprintf("agent-%03d", index+1), devices: []string{"browser"}, beats: d.chance(heartbeatShare)}
	if d.chance(0.2) {
		a.devices = append(a.devices, "phone")
	}
	return a
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

// teamOf gives the index of an agent's team.
func (c *company) teamOf(agent int) int { return agent % len(teams) }

// days brings in, day after day, what happens in a company.
type days struct{ company *company }

func (d *days) play(self *actor, stage *stage) bool {
	c, today := d.company, d.company.calendar.Day(self.wake)
	self.pending = c.directory(today)
	heap.Push(stage, &actor{kind: arrivalsKind, company: c.index, id: today.Date.String(), wake: today.From, role: &arrivals{company: c, day: today}})
	for agent, shift := range c.shifts(today) {
		if shift.works() {
			heap.Push(stage, &actor{kind: agentKind, company: c.index, id: c.agents[agent].id + today.Date.String(), wake: shift.from,
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
		members, role := []string{teams[c.teamOf(i)].name}, "agent"
		if i < len(teams) {
			role = "supervisor"
		} else if i%5 == 0 {
			members = append(members, teams[(c.teamOf(i)+1)%len(teams)].name)
		}
		e := add(schemas.EntryAgent, agent.id, personName(i), role, members...)
		e.Agent, e.HiredOn = agent.id, schemas.Date(16000+37*(i%150)).String()
	}
	add(schemas.EntryAgent, assistant, "Assistant", schemas.RoleAI, teams[0].name).Agent = assistant
	return events
}

// Local hours from 00 to 23: conversations begun per hour on a large site, from 07 on as measured there, before that a night.
var hourShape = [24]float64{40, 30, 25, 25, 25, 40, 180, 1013, 1923, 3218, 3394, 3281, 3109, 2984, 2902, 2781, 2451, 1843, 1428, 1135, 929, 70, 60, 50}

// busyMean is the mean of hourShape from 07 to 22 o'clock.
const busyMean = 32461.0 / 15

// Sunday to Saturday.
var weekShape = [7]float64{0.55, 1.12, 1, 1, 1, 1, 0.65}

// slot is the length of one step of the arrivals.
const slot = 5 * minute

// arrivals brings in the conversations that begin in one day, five minutes at a time.
type arrivals struct {
	company *company
	day     schemas.Day
	slot    int
}

func (a *arrivals) play(self *actor, stage *stage) bool {
	c, end := a.company, min(self.wake+slot, a.day.To)
	d := newDice(c.salt, arrivalsKind, uint64(a.day.Date), uint64(a.slot))
	// Arrivals are Poisson, but no two five minutes have the same mean: something is always going on, and at times a lot.
	load := d.spread(0.15)
	if d.chance(0.02) {
		load *= 2 + d.Float64()
	}
	length := float64(end-self.wake) / float64(hour)
	begins := make([]schemas.Instant, d.poisson(load*length*c.expected(a.day, self.wake)))
	for i := range begins {
		begins[i] = c.clock(d.between(self.wake, end))
	}
	slices.Sort(begins)
	for i, begin := range begins {
		id := c.Name + "-" + a.day.Date.String() + "-" + strconv.Itoa(a.slot) + "-" + strconv.Itoa(i)
		heap.Push(stage, &actor{kind: conversationKind, company: c.index, id: id, wake: begin,
			role: newConversation(c, id, begin, newDice(c.salt, conversationKind, uint64(a.day.Date), uint64(a.slot), uint64(i)))})
	}
	a.slot++
	self.wake = end
	return end < a.day.To
}

// expected is how many conversations begin per hour at an instant of a day.
func (c *company) expected(day schemas.Day, at schemas.Instant) float64 {
	return c.rate * hourShape[localHour(c.calendar.Hour(at))] / busyMean * weekShape[day.Date.Time().Weekday()]
}

// localHour is 0 to 23.
func localHour(bar schemas.Hour) int {
	return int((bar.Start + schemas.Instant(bar.Offset.Milliseconds())) / hour % 24)
}
