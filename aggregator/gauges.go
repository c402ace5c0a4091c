package aggregator

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/floorwatch/floorwatch/schemas"
)

// retention is how long after its last day a closed conversation is still looked at, so that a clock that jumped does not lose it.
const retention = 48 * 3600 * 1000

// Gauges gives every gauge of the partition at an instant: what is open then, what is active on each company's day that holds it, and
// the agents. Only conversations that can matter are looked at; what is closed and long past drops out of that set here.
func (s *State) Gauges(now schemas.Instant) schemas.Gauges {
	floor := map[place]*tally{}
	for key, c := range s.live {
		last, ep := c.fold.lastDay(), c.fold.openEpisode()
		if ep == nil && (last == nil || last.day.To+retention <= now) {
			delete(s.live, key)
			continue
		}
		if d := c.fold.dayAt(now); d != nil {
			at(floor, place{c.company.name, d.team, d.channel, d.queue}).addDay(d)
			if d.initiatedAt != 0 { // under the channel that it began on, wherever it went on
				at(floor, place{c.company.name, d.team, d.initiatedOn, d.queue}).initiated[d.trigger]++
			}
		}
		if ep != nil {
			at(floor, place{c.company.name, ep.team, ep.channel, ep.queue}).addWaits(ep)
		}
	}
	for name := range s.companies {
		at(floor, place{company: name}) // a quiet company shows zeros, which is not the same as nothing
	}
	gauges := schemas.Gauges{}
	for p, t := range floor {
		t.write(gauges, p)
	}
	s.addAgents(gauges, now)
	s.addOutgoing(gauges)
	return gauges
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
	slices.SortFunc(known, func(a, b *agent) int { return strings.Compare(a.key, b.key) })
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
	}
}

// addOutgoing gives each agent's last message, under the same cap.
func (s *State) addOutgoing(gauges schemas.Gauges) {
	names := slices.SortedFunc(maps.Keys(s.outgoing), func(a, b agentName) int {
		return cmp.Or(strings.Compare(a.company, b.company), strings.Compare(a.agent, b.agent))
	})
	series := map[string]int{}
	for _, name := range names {
		if series[name.company]++; series[name.company] <= s.settings.AgentSeries {
			gauges.Add(schemas.Sample(schemas.MetricAgentLastOutgoing, name.company, name.agent), seconds(s.outgoing[name].at))
		}
	}
}
