package simulate

import (
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

// shift is one agent's work that begins in one day. It may end in the next.
type shift struct {
	from, to schemas.Instant // from == to on a day off
	changes  []change        // in order; the first is at from, the last to offline at to, unless the browser dies then
}

// change is a new presence.
type change struct {
	at       schemas.Instant
	presence string
	label    string // of a custom presence
}

func (s *shift) works() bool { return s.from < s.to }

// available tells whether the agent takes conversations at an instant.
func (s *shift) available(at schemas.Instant) bool {
	if at < s.from || at >= s.to {
		return false
	}
	presence := schemas.PresenceOffline
	for _, change := range s.changes {
		if change.at > at {
			break
		}
		presence = change.presence
	}
	return presence == schemas.PresenceAvailable || presence == schemas.PresenceBusy
}

// Shifts by local time in minutes. Whoever begins at 21:00 ends on the next day.
var (
	dayShifts  = [...][2]int{{8*60 + 30, 17 * 60}, {12*60 + 30, 21*60 + 30}, {6*60 + 30, 15 * 60}, {9*60 + 30, 18 * 60}}
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
	s := shift{from: from, to: to, changes: []change{{from, schemas.PresenceAvailable, ""}}}
	c.plan(d, &s)
	if c.agents[agent].beats && d.chance(deathShare) {
		s.to = c.clock(d.between(from+hour, to-hour))
		s.changes = slices.DeleteFunc(s.changes, func(c change) bool { return c.at >= s.to })
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

// someone gives an agent who takes conversations at an instant: of the team, or of another if nobody of it is there.
func (c *company) someone(d dice, team int, at schemas.Instant, except int) (agent int, ok bool) {
	var own, others []int
	c.working(at, func(agent int) {
		if agent == except {
			return
		}
		if c.teamOf(agent) == team {
			own = append(own, agent)
		} else {
			others = append(others, agent)
		}
	})
	if len(own) == 0 {
		own = others
	}
	if len(own) == 0 {
		return 0, false
	}
	return own[d.IntN(len(own))], true
}

// present tells whether one agent takes conversations.
func (c *company) present(agent int, at schemas.Instant) bool {
	today := c.calendar.Day(at)
	return c.shifts(today)[agent].available(at) || c.shifts(c.calendar.Day(today.From - 1))[agent].available(at)
}

// working calls found for each agent who takes conversations.
func (c *company) working(at schemas.Instant, found func(agent int)) {
	today := c.calendar.Day(at)
	now, before := c.shifts(today), c.shifts(c.calendar.Day(today.From-1))
	for agent := range now {
		if now[agent].available(at) || before[agent].available(at) {
			found(agent)
		}
	}
}

// opening gives the next instant at which someone begins to work, a day later if nobody does.
func (c *company) opening(at schemas.Instant) schemas.Instant {
	next := at + 24*hour
	today := c.calendar.Day(at)
	for _, day := range []schemas.Day{today, c.calendar.Next(today)} {
		for _, shift := range c.shifts(day) {
			if shift.works() && shift.from > at {
				next = min(next, shift.from)
			}
		}
	}
	return next
}
