package aggregator

import (
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

// conversation is the distinct events of one and what they add up to.
type conversation struct {
	key      string
	company  *company
	id       string
	seen     seen
	log      []event // distinct, in order
	fold     fold
	observed observed
}

// applyConversation is the hot path: an event that is the newest of its conversation is one step of the fold. Any other is put in
// its place and the conversation is folded anew, with the keys of all rows before and after reported as touched.
func (s *State) applyConversation(e *schemas.Event, offset int64) Outcome {
	key := e.Key()
	c := s.conversations[key]
	if c == nil {
		c = &conversation{key: key, company: s.company(e.Company), id: e.Conversation}
		s.conversations[key] = c
	}
	if !c.seen.advance(offset, e.AppendedAt) {
		return Outcome{}
	}
	added := newEvent(e)
	p := add(&c.log, added)
	if p.at < 0 {
		return p.outcome()
	}
	outcome := p.outcome()
	corrects, repeats := c.corrects(&added)
	if newest := p.at == len(c.log)-1; newest && !p.duplicate && !corrects {
		ignored := c.fold.ignored
		c.fold.step(&c.log[p.at], c.company)
		s.touchStep(c, &c.log[p.at])
		outcome.Ignored = c.fold.ignored > ignored
	} else {
		s.touchAll(c)
		c.refold(s.settings.CorrectionWindow.Milliseconds())
		s.touchAll(c)
	}
	s.afterFold(c)
	outcome.Duplicate = outcome.Duplicate || repeats
	return outcome
}

// corrects tells whether e and an event of the log are about one message, a failed delivery or a second event of the message, and
// whether it is the latter.
func (c *conversation) corrects(e *event) (corrects, repeats bool) {
	if !e.message {
		return e.failed, false
	}
	corrects = e.failed
	for i := range c.log {
		if old := &c.log[i]; old.messageID == e.messageID && old.id != e.id {
			repeats = repeats || old.message
			corrects = corrects || old.message || old.failed
		}
	}
	return corrects, repeats
}

// refold folds all events again.
func (c *conversation) refold(window int64) {
	markVoid(c.log, window)
	c.fold = fold{}
	for i := range c.log {
		c.fold.step(&c.log[i], c.company)
	}
}

// markVoid finds the messages that count as if they had never been: those that failed within the window, and every event of a
// message but the first. What others say of a customer's message does not take it back.
func markVoid(l []event, window int64) {
	first := make(map[string]int, len(l))
	for i := range l {
		e := &l[i]
		e.void = false
		if !e.message {
			continue
		}
		if _, repeated := first[e.messageID]; repeated {
			e.void = true
		} else {
			first[e.messageID] = i
		}
	}
	for i := range l {
		e := &l[i]
		if at, ok := first[e.messageID]; ok && e.failed && int64(e.at-l[at].at) <= window && (at == i || l[at].author != schemas.AuthorCustomer) {
			l[at].void = true
		}
	}
}

// touchStep reports the rows that a step can have changed: the latest episode (and the one that a step may have closed is the
// latest too), the day of the event, the author's part.
func (s *State) touchStep(c *conversation, e *event) {
	f := &c.fold
	if n := len(f.episodes); n > 0 {
		s.touch(RowKey{key: c.key, table: tableEpisodes, number: int64(n)})
	}
	if n := len(f.days); n > 0 && f.days[n-1].day.Contains(e.at) {
		s.touch(RowKey{key: c.key, table: tableConversationDays, number: int64(f.days[n-1].day.Date)})
	}
	if e.isPersonal() {
		s.touch(RowKey{key: c.key, table: tableConversationAgents, name: e.agent})
	}
}

// touchAll reports every row that the conversation has now.
func (s *State) touchAll(c *conversation) {
	for i := range c.fold.episodes {
		s.touch(RowKey{key: c.key, table: tableEpisodes, number: int64(i + 1)})
	}
	for i := range c.fold.days {
		s.touch(RowKey{key: c.key, table: tableConversationDays, number: int64(c.fold.days[i].day.Date)})
	}
	for i := range c.fold.parts {
		s.touch(RowKey{key: c.key, table: tableConversationAgents, name: c.fold.parts[i].agent})
	}
}

// afterFold keeps what spans conversations: the live set, and of what was touched each agent's last message and the samples.
func (s *State) afterFold(c *conversation) {
	if len(c.fold.days) > 0 {
		s.live[c.key] = c
	}
	for _, key := range s.touched {
		switch n := int(key.number); {
		case key.table == tableConversationAgents:
			s.updateOutgoing(c, key.name)
		case key.table == tableEpisodes && n <= len(c.fold.episodes):
			s.observe(c, &c.fold.episodes[n-1])
		}
	}
}

// dimensions are what the conversation's rows are filtered by now.
type dimensions struct {
	owner, ownerKind, team, queue string
	tags                          []string // sorted, never changed in place
}

func (d dimensions) row(channel string, channels []string) schemas.Dimensions {
	return schemas.Dimensions{Team: d.team, Owner: d.owner, OwnerKind: d.ownerKind, Queue: d.queue, Channel: channel, Channels: channels, Tags: d.tags}
}

// with gives a sorted list that holds value too; the list itself stays as it is.
func with(list []string, value string) []string {
	at, found := slices.BinarySearch(list, value)
	if found {
		return list
	}
	return slices.Insert(slices.Clip(list), at, value)
}

// without gives a list that does not hold value; the list itself stays as it is.
func without(list []string, value string) []string {
	at, found := slices.BinarySearch(list, value)
	if !found {
		return list
	}
	return append(slices.Clip(list[:at]), list[at+1:]...)
}
