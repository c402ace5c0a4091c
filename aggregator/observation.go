package aggregator

import "github.com/floorwatch/floorwatch/schemas"

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

// observe gives the samples of an episode that were not given yet.
func (s *State) observe(c *conversation, ep *episode) {
	s.observeResponse(c, ep, schemas.MetricFirstResponse, ep.firstResponse, ep.firstReply, sampledAny)
	s.observeResponse(c, ep, schemas.MetricHumanFirstResponse, ep.humanFirstResponse, ep.firstHumanReply, sampledHuman)
	if r := ep.agentFirstResponse; r.At != 0 {
		s.sample(c, ep.firstAgentReply, sampledAgent, schemas.MetricAgentFirstResponse, seconds(schemas.Instant(r.Millis)), r.Team, r.Channel, ep.kind)
	}
	for i := range ep.transfers {
		t := &ep.transfers[i]
		s.sample(c, t.event, sampledWork, schemas.MetricTransfers, 1, t.FromTeam, ep.channel, t.Kind, t.Reason)
	}
	for i := range ep.escalations {
		e := &ep.escalations[i]
		s.sample(c, e.event, sampledWork, schemas.MetricEscalations, 1, e.Team, ep.channel, e.Kind)
	}
	if ep.closedAt != 0 {
		s.observeClose(c, ep)
	}
}

func (s *State) observeResponse(c *conversation, ep *episode, metric string, r schemas.Response, reply uint64, bit uint8) {
	if r.At != 0 {
		s.sample(c, reply, bit, metric, seconds(schemas.Instant(r.Millis)), r.Team, r.Channel, r.Kind, ep.kind)
	}
}

// observeMessage counts a message that is new, and one of which it is new that it failed. It was not sampled before: the event is new.
func (s *State) observeMessage(c *conversation, e *schemas.Event) {
	w := c.work
	added := newEvent(e)
	channel := w.fold.channelOf(&added)
	isPublic := e.Visibility == schemas.VisibilityPublic && (e.Kind == schemas.KindText || e.Kind == schemas.KindFile)
	if added.message && isPublic {
		s.give(c, schemas.MetricMessages, 1, channel, e.Direction, e.AuthorKind)
	}
	if !added.failed || added.message && (!isPublic || added.author == schemas.AuthorCustomer) {
		return
	}
	for i := range w.log { // what others say of a customer's message counts nowhere
		if old := &w.log[i]; old.message && old.messageID == added.messageID && old.author == schemas.AuthorCustomer {
			return
		}
	}
	s.give(c, schemas.MetricFailedMessages, 1, channel)
}

// observeReply gives the sample of an answered wait.
func (s *State) observeReply(c *conversation, r *reply) {
	bit := uint8(sampledReplyAny)
	if r.waitsFor == waitsForHuman {
		bit = sampledReplyHuman
	}
	s.sample(c, r.event, bit, schemas.MetricReply, seconds(schemas.Instant(r.Millis)), r.Team, r.Channel, r.waitsFor, r.stage, r.Kind)
}

// observeHold gives the sample of an agent's first reply behind the accept.
func (s *State) observeHold(c *conversation, h *hold) {
	if h.firstReplyAt != 0 {
		s.sample(c, h.replyEvent, sampledAccept, schemas.MetricAcceptToReply, seconds(schemas.Instant(h.firstReply.Millis)), h.team, c.work.fold.episodes[h.episode-1].channel)
	}
}

// yes are the values of labels that tell whether something is so.
var yes = map[bool]string{true: "true", false: "false"}

// observeClose gives the samples of a closed episode.
func (s *State) observeClose(c *conversation, ep *episode) {
	e := c.work.find(ep.closing)
	if e.sampled&sampledWork != 0 {
		return
	}
	e.sampled |= sampledWork
	work := ep.work.row(true)
	give := func(metric string, value float64, labels ...string) {
		s.give(c, metric, value, append([]string{ep.team, ep.channel}, labels...)...)
	}
	give(schemas.MetricCloses, 1, ep.reason)
	give(schemas.MetricOpenSeconds, seconds(schemas.Instant(work.Open.Millis)))
	if work.Handled {
		give(schemas.MetricHandledCloses, 1, yes[len(ep.transfers) > 0], yes[len(ep.escalations) > 0])
		give(schemas.MetricHandle, seconds(schemas.Instant(work.Handle.Millis)))
		give(schemas.MetricActiveHandle, seconds(schemas.Instant(work.ActiveHandle.Millis)))
	}
}

// sample gives one that belongs to an event, unless it was given before. The labels follow the company.
func (s *State) sample(c *conversation, event uint64, bit uint8, metric string, value float64, labels ...string) {
	if e := c.work.find(event); e.sampled&bit == 0 {
		e.sampled |= bit
		s.give(c, metric, value, labels...)
	}
}

func (s *State) give(c *conversation, metric string, value float64, labels ...string) {
	labels = append([]string{c.work.company.name}, labels...)
	s.observed = append(s.observed, schemas.Observation{Metric: metric, Labels: labels, Value: value})
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
