package aggregator

import (
	"strconv"

	"github.com/floorwatch/floorwatch/schemas"
)

// What an event gave a sample to: the bits of event.sampled. Each sample is given once, whatever later events do to it: ClickHouse is
// the ledger. That it was given is kept with the event.
const (
	sampledAny        = 1 << iota // first response
	sampledHuman                  // … by a person
	sampledReplyAny               // any reply that was waited for
	sampledReplyHuman             // … by a person
	sampledAgent                  // first response of an agent
	sampledAccept                 // first reply of who accepted
	sampledWork                   // a transfer, an escalation, a close
)

// sampler gives the samples of a conversation that were not given yet. Behind a step only those of its event can be missing, so that it
// need not look for others.
type sampler struct {
	state *State
	of    *unpacked
	only  *event // nil: all events were folded anew
}

func (s sampler) episode(ep *episode) {
	if ep == nil {
		return // it is no more
	}
	s.firstResponse(schemas.MetricFirstResponse, ep, ep.firstResponse, ep.firstReply, sampledAny)
	s.firstResponse(schemas.MetricHumanFirstResponse, ep, ep.humanFirstResponse, ep.firstHumanReply, sampledHuman)
	if r := ep.agentFirstResponse; r.At != 0 && s.isNew(ep.firstAgentReply, sampledAgent) {
		s.observe(schemas.MetricAgentFirstResponse, r.Lasted.Seconds(), r.Team, r.Channel, ep.kind)
	}
	for i := range ep.transfers {
		if t := &ep.transfers[i]; s.isNew(t.event, sampledWork) {
			s.observe(schemas.MetricTransfers, 1, t.FromTeam, ep.channel, t.Kind, t.Reason)
		}
	}
	for i := range ep.escalations {
		if e := &ep.escalations[i]; s.isNew(e.event, sampledWork) {
			s.observe(schemas.MetricEscalations, 1, e.Team, ep.channel, e.Kind)
		}
	}
	if ep.closedAt != 0 && s.isNew(ep.closing, sampledWork) {
		s.close(ep)
	}
}

func (s sampler) firstResponse(metric string, ep *episode, r schemas.Response, reply uint64, bit uint8) {
	if r.At != 0 && s.isNew(reply, bit) {
		s.observe(metric, r.Lasted.Seconds(), r.Team, r.Channel, r.Kind, ep.kind)
	}
}

// reply gives the sample of an answered wait.
func (s sampler) reply(r *reply) {
	if r == nil {
		return
	}
	bit := uint8(sampledReplyAny)
	if r.waitsFor == waitsForHuman {
		bit = sampledReplyHuman
	}
	if s.isNew(r.event, bit) {
		s.observe(schemas.MetricReply, r.Lasted.Seconds(), r.Team, r.Channel, r.waitsFor, r.stage, r.Kind)
	}
}

// hold gives the sample of an agent's first reply behind the accept.
func (s sampler) hold(h *hold) {
	if h != nil && h.firstReplyAt != 0 && s.isNew(h.replyEvent, sampledAccept) {
		s.observe(schemas.MetricAcceptToReply, h.firstReply.Seconds(), h.team, s.of.fold.episodes[h.episode-1].channel)
	}
}

// close gives the samples of a closed episode.
func (s sampler) close(ep *episode) {
	s.observe(schemas.MetricCloses, 1, ep.team, ep.channel, ep.reason)
	s.observe(schemas.MetricOpenSeconds, ep.Open.Seconds(), ep.team, ep.channel)
	if ep.Handled {
		s.observe(schemas.MetricHandledCloses, 1, ep.team, ep.channel, strconv.FormatBool(len(ep.transfers) > 0), strconv.FormatBool(len(ep.escalations) > 0))
		s.observe(schemas.MetricHandle, ep.Handle.Seconds(), ep.team, ep.channel)
		s.observe(schemas.MetricActiveHandle, ep.ActiveHandle.Seconds(), ep.team, ep.channel)
	}
}

// isNew tells whether a sample that belongs to an event was not given before, and notes that it is given now.
func (s sampler) isNew(id uint64, bit uint8) bool {
	e := s.only
	switch {
	case e == nil:
		e = s.of.find(id)
	case e.id != id:
		return false
	}
	if e.sampled&bit != 0 {
		return false
	}
	e.sampled |= bit
	return true
}

func (s sampler) observe(metric string, value float64, labels ...string) {
	s.state.observe(s.of.company, metric, value, labels...)
}

// observeMessage counts a message that is new, and one of which it is new that it failed. It was not sampled before: the event is new.
func (s *State) observeMessage(w *unpacked, e *schemas.Event, added *event) {
	channel := w.fold.channelOf(added)
	isPublic := e.Visibility == schemas.VisibilityPublic && (e.Kind == schemas.KindText || e.Kind == schemas.KindFile)
	if added.message && isPublic {
		s.observe(w.company, schemas.MetricMessages, 1, channel, e.Direction, e.AuthorKind)
	}
	if !added.failed || added.message && (!isPublic || added.author == schemas.AuthorCustomer) {
		return
	}
	for i := range w.log { // it was told before, or what others say of a customer's message, which counts nowhere
		old := &w.log[i]
		if old.messageID == added.messageID && (old.failed && old.id != added.id || old.message && old.author == schemas.AuthorCustomer) {
			return
		}
	}
	s.observe(w.company, schemas.MetricFailedMessages, 1, channel)
}

// observe gives a sample. Its labels follow the company.
func (s *State) observe(c *company, metric string, value float64, labels ...string) {
	all := make([]string, 1, 1+len(labels))
	all[0] = c.name
	s.observed = append(s.observed, schemas.Observation{Metric: metric, Labels: append(all, labels...), Value: value})
}

// find is the event with an id that is known to be there.
func (w *unpacked) find(id uint64) *event {
	for i := len(w.log) - 1; i >= 0; i-- {
		if w.log[i].id == id {
			return &w.log[i]
		}
	}
	panic("BUG: the fold names an event that the conversation does not have")
}
