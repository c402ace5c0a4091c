package aggregator

import (
	"cmp"
	"slices"
	"strings"

	"github.com/floorwatch/floorwatch/schemas"
)

// Gauges gives every gauge of the partition at an instant: what is open then, what is active on each company's day that holds it, and
// the agents. It reads what is hot of the conversations. Those that were silent for so long that they are over count no more.
func (s *State) Gauges(now schemas.Instant) schemas.Gauges {
	for _, t := range s.places {
		*t = tally{place: t.place, of: t.of}
	}
	for _, o := range s.owners {
		o.conversations = 0
	}
	s.setToday(now)
	for name := range s.companies {
		s.tally(place{company: name}).used = true // a quiet company shows zeros, which is not the same as nothing
	}
	for key, c := range s.conversations {
		if !c.seen.isOver(now) {
			s.count(key, c, now)
		}
	}
	for key, p := range s.cache.pending {
		if p.provisional != nil {
			s.count(key, p.provisional, now)
		}
	}
	gauges := schemas.Gauges{}
	for _, t := range s.places {
		if t.used {
			t.write(gauges)
		}
	}
	for name, o := range s.owners {
		if o.conversations > 0 {
			gauges[schemas.Sample(schemas.MetricAgentConversations, name.Company, name.Agent)] = o.conversations
		}
	}
	s.addAgents(gauges, now)
	return gauges
}

// setToday notes the day of each company that holds an instant.
func (s *State) setToday(now schemas.Instant) {
	for _, c := range s.companies {
		c.today = c.clocks.Calendar.Day(now)
	}
}

// count adds a conversation to the tallies of its place.
func (s *State) count(key schemas.KeyID, c *conversation, now schemas.Instant) {
	h := &c.hot
	switch {
	case h.isAhead(h.place.of.today, now) && c.hasEvents():
		s.countAhead(key, c, now)
	case h.is(flagActive) && h.day == h.place.of.today.Date:
		s.countDay(h)
	}
	if h.is(flagOpen) {
		h.place.addOpen(h)
	}
}

// countDay counts an active conversation, and if its customer began it, that too: under the channel that it began on, wherever it went
// on.
func (s *State) countDay(h *hot) {
	h.place.addDay(h)
	if h.is(flagInitiated) {
		at := h.place.place
		at.channel = schemas.Channels[h.initiatedOn]
		s.tally(at).addInitiated(h.trigger)
	}
}

// countAhead counts the day of a conversation that is ahead of today: what it says of a later day must not show yet, so the day that
// holds now is looked for among all.
func (s *State) countAhead(key schemas.KeyID, c *conversation, now schemas.Instant) {
	s.unpack(key, c)
	if d := c.work.fold.dayAt(now); d != nil {
		h := hot{place: s.tally(place{c.hot.place.company, d.team, d.channel, d.queue})}
		h.setDay(d)
		s.countDay(&h)
	}
}

// dayAt is the conversation's day that holds an instant. It need not be the last one: a producer's clock may run ahead of midnight.
func (f *fold) dayAt(now schemas.Instant) *day {
	for i := len(f.days) - 1; i >= 0 && f.days[i].day.To > now; i-- {
		if f.days[i].day.Contains(now) {
			return &f.days[i]
		}
	}
	return nil
}

func seconds(at schemas.Instant) float64 { return float64(at) / 1000 }

// addAgents counts each person once, in the presence of now; one who was removed only while online. Agents past the cap have no
// series of their own; the cap takes them in the order of their names, so that the same ones stay.
func (s *State) addAgents(gauges schemas.Gauges, now schemas.Instant) {
	known := make([]*agent, 0, len(s.agents))
	for _, a := range s.agents {
		known = append(known, a)
	}
	slices.SortFunc(known, func(a, b *agent) int {
		return cmp.Or(strings.Compare(a.company.name, b.company.name), strings.Compare(a.id, b.id))
	})
	series := map[*company]int{}
	for _, a := range known {
		presence := a.presenceAt(now)
		if e := current(a.entries); e != nil && (e.role == schemas.RoleAI || e.removed && presence == schemas.PresenceOffline) {
			continue
		}
		gauges.Add(schemas.Sample(schemas.MetricAgents, a.company.name, presence), 1)
		if series[a.company]++; series[a.company] > s.settings.AgentSeries {
			gauges.Add(schemas.Sample(schemas.MetricAgentsOverflow, a.company.name), 1)
			continue
		}
		gauges.Add(schemas.Sample(schemas.MetricAgentState, a.company.name, a.id, presence), 1)
		if n := len(a.capacities); n > 0 {
			gauges.Add(schemas.Sample(schemas.MetricAgentCapacity, a.company.name, a.id), float64(a.capacities[n-1].slots))
		}
	}
}

// AddOutgoing adds each agent's last message to the gauges of all partitions.
func AddOutgoing(gauges schemas.Gauges, last map[AgentName]schemas.Instant) {
	for name, at := range last {
		gauges.Add(schemas.Sample(schemas.MetricAgentLastOutgoing, name.Company, name.Agent), seconds(at))
	}
}

// CapAgents takes out of the gauges of all partitions what conversations make of agents past the cap, in the order of their names.
func CapAgents(gauges schemas.Gauges, settings Settings) {
	type series struct{ metric, company string }
	agents := map[series][]string{}
	for key := range gauges {
		if key.Metric == schemas.MetricAgentConversations || key.Metric == schemas.MetricAgentLastOutgoing {
			of := series{key.Metric, key.Labels[0]}
			agents[of] = append(agents[of], key.Labels[1])
		}
	}
	for of, names := range agents {
		slices.Sort(names)
		for _, agent := range names[min(settings.AgentSeries, len(names)):] {
			delete(gauges, schemas.Sample(of.metric, of.company, agent))
		}
	}
}
