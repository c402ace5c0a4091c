package aggregator

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/floorwatch/floorwatch/schemas"
)

// Gauges gives every gauge of the partition at an instant: what is open now, what was active on each company's day that holds now,
// and the agents. Only conversations that can matter are looked at; what is closed and past drops out of that set here.
func (s *State) Gauges(now schemas.Instant) schemas.Gauges {
	gauges := schemas.Gauges{}
	for key, c := range s.live {
		last, ep := c.fold.lastDay(), c.fold.openEpisode()
		if ep == nil && (last == nil || last.day.To <= now) {
			delete(s.live, key)
			continue
		}
		if last != nil && last.day.Contains(now) {
			c.addDay(gauges, last)
		}
		if ep != nil {
			c.addWaits(gauges, ep)
		}
	}
	s.addAgents(gauges, now)
	s.addOutgoing(gauges)
	return gauges
}

func sample(metric string, labels ...string) schemas.SampleKey {
	key := schemas.SampleKey{Metric: metric}
	copy(key.Labels[:], labels)
	return key
}

func seconds(at schemas.Instant) float64 { return float64(at) / 1000 }

// addDay counts a conversation that is active today into the tiles.
func (c *conversation) addDay(gauges schemas.Gauges, d *day) {
	add := func(metric string, more ...string) {
		key := sample(metric, c.company.name, d.team, d.channel, d.queue)
		copy(key.Labels[4:], more)
		gauges.Add(key, schemas.MergeSum, 1)
	}
	add(schemas.MetricActiveToday)
	status := "closed"
	if d.open {
		status = "open"
		add(schemas.MetricOpenToday)
	} else {
		add(schemas.MetricClosedToday)
	}
	if d.owner != "" {
		add(schemas.MetricAssignedToday, d.ownerKind)
	} else {
		add(schemas.MetricUnassignedToday)
	}
	if d.waiting {
		add(schemas.MetricWaitingFirstResponse, schemas.ScopeToday, status)
	}
	if d.initiatedAt != 0 {
		add(schemas.MetricInitiatedToday, d.trigger)
	}
}

// addWaits counts the open waits of an open episode.
func (c *conversation) addWaits(gauges schemas.Gauges, ep *episode) {
	labels := []string{c.company.name, ep.team, ep.channel, ep.queue}
	if ep.firstTurnAt != 0 && !ep.answered {
		gauges.Add(sample(schemas.MetricWaitingFirstResponse, append(labels, schemas.ScopeAll, "open")...), schemas.MergeSum, 1)
	}
	wait := func(since schemas.Instant, whom string, answered bool) {
		if since == 0 {
			return
		}
		stage := "first"
		if answered {
			stage = "next"
		}
		labels := append(slices.Clip(labels), whom, stage)
		gauges.Add(sample(schemas.MetricWaitingReply, labels...), schemas.MergeSum, 1)
		gauges.Add(sample(schemas.MetricWaitingOldest, labels...), schemas.MergeMin, seconds(since))
		gauges.Add(sample(schemas.MetricWaitingStartSum, labels...), schemas.MergeSum, seconds(since))
	}
	wait(ep.waitingSince, "any", ep.answered)
	wait(ep.waitingHumanSince, "human", ep.answeredByHuman)
}

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
		gauges.Add(sample(schemas.MetricAgents, a.company.name, presence), schemas.MergeSum, 1)
		if series[a.company]++; series[a.company] > s.settings.AgentSeries {
			gauges.Add(sample(schemas.MetricAgentsOverflow, a.company.name), schemas.MergeSum, 1)
			continue
		}
		gauges.Add(sample(schemas.MetricAgentState, a.company.name, a.id, presence), schemas.MergeSum, 1)
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
			gauges.Add(sample(schemas.MetricAgentLastOutgoing, name.company, name.agent), schemas.MergeMax, seconds(s.outgoing[name].at))
		}
	}
}
