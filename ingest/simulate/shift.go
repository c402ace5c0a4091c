package simulate

import (
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

// shift is one agent's work that begins in one day. It may end in the next.
type shift struct {
	from, to schemas.Instant // from == to on a day off
	changes  []change        // in order; the first is at from, the last to offline at to, unless the browser dies then
	slots    []allowance     // in order; the first is at from
	night    bool            // it ends in the next day
	ends     schemas.Instant // when the agent's conversations go to others: to, or when somebody notices that the browser died
}

// allowance is how many conversations an agent may hold from an instant on.
type allowance struct {
	at     schemas.Instant
	number int
}

// change is a new presence.
type change struct {
	at       schemas.Instant
	presence string
	label    string // of a custom presence
}

func (s *shift) works() bool { return s.from < s.to }

// Shifts by local time in minutes. Whoever begins at 21:00 ends on the next day.
var (
	dayShifts  = [...][2]int{{8*60 + 30, 17 * 60}, {12*60 + 30, 21*60 + 30}, {6*60 + 30, 15 * 60}, {9 * 60, 17*60 + 30}, {11 * 60, 19*60 + 30}}
	nightShift = [2]int{21 * 60, 6*60 + 30}
)

// nightAgents is how many agents a company has for one who works at night.
const nightAgents = 12

// deathShare is the share of the shifts with heartbeats that end without a word: the browser dies.
const deathShare = 0.06

// shifts gives the shifts of all agents that begin in a day.
func (c *company) shifts(today schemas.Day) []shift {
	if planned, ok := c.plans[today.Date]; ok {
		return planned
	}
	if len(c.plans) > 8 {
		clear(c.plans) // they are made again when asked for
	}
	planned := make([]shift, len(c.agents))
	for agent := range planned {
		planned[agent] = c.shift(agent, today)
	}
	c.plans[today.Date] = planned
	return planned
}

func (c *company) shift(agent int, today schemas.Day) shift {
	if (agent*5+agent/7+int(today.Date))%7 < 2 {
		return shift{} // two days off a week
	}
	d := newDice(c.salt, agentKind, uint64(agent), uint64(today.Date))
	hours, ending := dayShifts[agent/len(teams)%len(dayShifts)], today
	if agent%nightAgents == nightAgents-1 {
		hours, ending = nightShift, c.calendar.Next(today)
	}
	from := c.localTime(today, hours[0]) + d.between(-10*minute, 10*minute)
	to := c.localTime(ending, hours[1]) + d.between(-5*minute, 20*minute)
	from, to = c.clock(max(from, today.From)), c.clock(to)
	slots := c.agents[agent].slots
	s := shift{from: from, to: to, ends: to, changes: []change{{from, schemas.PresenceAvailable, ""}}, slots: []allowance{{from, slots}},
		night: hours == nightShift}
	c.plan(d, &s)
	if d.chance(0.15) { // an hour or two in which the team lead spares the agent
		spared := c.clock(d.between(from+hour, to-3*hour))
		s.slots = append(s.slots, allowance{spared, slots - slots/3}, allowance{c.clock(spared + d.between(hour, 2*hour)), slots})
	}
	if c.agents[agent].beats && d.chance(deathShare) {
		s.to = c.clock(d.between(from+hour, to-hour))
		s.ends = c.clock(s.to + d.between(10*minute, 40*minute))
		s.changes = slices.DeleteFunc(s.changes, func(c change) bool { return c.at >= s.to })
		s.slots = slices.DeleteFunc(s.slots, func(a allowance) bool { return a.at >= s.to })
	}
	return s
}

// plan fills a shift with breaks, busy times and lunch.
func (c *company) plan(d dice, s *shift) {
	add := func(at schemas.Instant, presence, label string) {
		s.changes = append(s.changes, change{c.clock(at), presence, label})
	}
	lunch := s.from + (s.to-s.from)/2 + d.between(-45*minute, 45*minute)
	eaten := false
	for at := s.from + d.around(50*minute, 0.5); at < s.to-30*minute; at += d.around(50*minute, 0.5) {
		switch {
		case !eaten && at >= lunch:
			eaten = true
			add(at, schemas.PresenceCustom, "lunch")
			at += d.between(25*minute, 45*minute)
		case d.chance(0.08):
			add(at, schemas.PresenceCustom, "training")
			at += d.between(20*minute, 40*minute)
		case d.chance(0.5):
			add(at, schemas.PresenceBusy, "")
			at += d.around(12*minute, 0.6)
		default:
			add(at, schemas.PresenceAway, "")
			at += d.between(3*minute, 12*minute)
		}
		if at >= s.to-minute {
			break
		}
		add(at, schemas.PresenceAvailable, "")
	}
	add(s.to, schemas.PresenceOffline, "")
}

// localTime gives the instant of a day at which a clock on the wall first shows a time, or the next one that it does show.
func (c *company) localTime(today schemas.Day, minutes int) schemas.Instant {
	for _, bar := range c.calendar.Hours(today.From) {
		if localHour(bar) >= minutes/60 {
			return bar.Start + schemas.Instant(minutes%60)*minute
		}
	}
	return today.To
}
