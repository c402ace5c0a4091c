package aggregator

import (
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

// maxEvents is how many events a conversation takes: the first ones in the log. The fold ignores later ones.
const maxEvents = 4096

// Expiry is how long after its last record a conversation is over, in milliseconds: what comes later begins it anew. It counts the
// log's time, so that every reader of the log decides alike, whether the stored state is still there or not.
const Expiry = 90 * 24 * 3600 * 1000

// conversation is one in memory. What gauges need of it is always there; its events are packed while nothing happens to it, and may
// be in the table only. There may be millions, so it is kept small.
type conversation struct {
	seen   seen
	hot    hot
	packed string    // its events; "": unpacked, or in the table only
	work   *unpacked // nil: packed, or in the table only
	cut    uint32    // the last one that took its state
	dirty  bool      // its state is not in a cut yet
	capped bool      // it has had more than maxEvents
}

// unpacked is the distinct events of a conversation in order and what they add up to.
type unpacked struct {
	company *company
	id      string
	life    int64 // offset of the first record since the conversation began, or began anew
	log     []event
	fold    fold

	provisional bool // for gauges of conversations only: nothing else may build on it
}

// applyConversation is the hot path: an event that is the newest of its conversation is one step of the fold. Any other is put in
// its place and the conversation is folded anew, with the keys of all rows before and after reported as touched.
func (s *State) applyConversation(c *conversation, e *schemas.Event) Outcome {
	if c.seen.has(e.Offset) {
		return Outcome{}
	}
	if c.seen.next == 0 || c.seen.isOver(e.AppendedAt) {
		s.begin(e, c)
	}
	s.unpack(e.KeyID, c)
	c.seen.advance(e)
	s.changed(e.KeyID, &c.dirty)
	s.setPacked(c, "")
	added := newEvent(e)
	outcome := s.take(e.KeyID, c, added)
	if outcome.Accepted && !outcome.Duplicate {
		s.observeMessage(c.work, e, &added)
	}
	c.hot = s.heat(c)
	return outcome
}

// begin begins a conversation, or begins it anew. Rows of the life before that may not have been made yet are made here.
func (s *State) begin(e *schemas.Event, c *conversation) {
	if c.dirty {
		for due := range s.due {
			if due.key == e.KeyID {
				s.row(&s.parted, due)
				delete(s.due, due)
			}
		}
	}
	s.setPacked(c, "")
	if c.work == nil {
		s.cache.unpacked = append(s.cache.unpacked, e.KeyID)
	}
	c.capped, c.work = false, &unpacked{company: s.company(e.Company), id: e.Conversation, life: e.Offset}
}

// take puts an event among those of its conversation and folds it.
func (s *State) take(key schemas.KeyID, c *conversation, added event) Outcome {
	w := c.work
	if len(w.log) >= maxEvents && !slices.ContainsFunc(w.log, func(e event) bool { return e.id == added.id }) {
		c.capped = true
		return Outcome{Capped: true}
	}
	p := add(&w.log, added)
	if p.at < 0 {
		return p.outcome()
	}
	outcome := p.outcome()
	corrects, repeats := w.corrects(&added)
	if newest := p.at == len(w.log)-1; newest && !p.duplicate && !corrects {
		ignored := w.fold.ignored
		e := &w.log[p.at]
		w.fold.step(e, w.company)
		s.touchStep(key, c, e)
		outcome.Ignored = w.fold.ignored > ignored
		s.afterFold(c, e)
	} else {
		s.touchAll(key, c)
		before := slices.Clone(w.fold.parts)
		markVoid(w.log, s.settings.CorrectionWindow.Milliseconds())
		w.refold()
		s.touchAll(key, c)
		s.doubtOutgoing(key, w, before)
		s.afterFold(c, nil)
	}
	outcome.Duplicate = outcome.Duplicate || repeats
	return outcome
}

// corrects tells whether e and an event of the log are about one message, a failed delivery or a second event of the message, and
// whether e says what another one has said: that the message was sent, or that it failed.
func (w *unpacked) corrects(e *event) (corrects, repeats bool) {
	if !e.message && !e.failed {
		return false, false
	}
	corrects = e.failed
	for i := range w.log {
		if old := &w.log[i]; old.messageID == e.messageID && old.id != e.id {
			repeats = repeats || old.message == e.message && (old.message || old.failed)
			corrects = corrects || old.message || old.failed
		}
	}
	return corrects, repeats
}

// refold folds all events again.
func (w *unpacked) refold() {
	w.fold = fold{}
	for i := range w.log {
		w.fold.step(&w.log[i], w.company)
	}
}

// markVoid finds the messages that count as if they had never been: those that failed within the window, and every event of a
// message but the first. What others say of a customer's message does not take it back.
func markVoid(l []event, window int64) {
	first := make(map[uint64]int, len(l))
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
func (s *State) touchStep(key schemas.KeyID, c *conversation, e *event) {
	f := &c.work.fold
	if n := len(f.episodes); n > 0 {
		s.touch(RowKey{key: key, table: tableEpisodes, number: int64(n)})
	}
	if n := len(f.days); n > 0 && f.days[n-1].day.Contains(e.at) {
		s.touch(RowKey{key: key, table: tableConversationDays, number: int64(f.days[n-1].day.Date)})
	}
	if e.isPersonal() {
		s.touch(RowKey{key: key, table: tableConversationAgents, name: e.agent})
	}
	for i := len(f.replies) - 1; i >= 0 && f.replies[i].event == e.id; i-- {
		s.touch(RowKey{key: key, table: tableReplies, number: int64(i + 1)})
	}
	for _, i := range f.changedHolds {
		if before := f.holds[i].episode; before < len(f.episodes) { // the work after its contact may end with the next one
			s.touch(RowKey{key: key, table: tableEpisodes, number: int64(before)})
		}
		s.touch(RowKey{key: key, table: tableHolds, number: int64(i + 1)})
	}
}

// touchAll reports every row that the conversation has now.
func (s *State) touchAll(key schemas.KeyID, c *conversation) {
	f := &c.work.fold
	for i := range f.episodes {
		s.touch(RowKey{key: key, table: tableEpisodes, number: int64(i + 1)})
	}
	for i := range f.days {
		s.touch(RowKey{key: key, table: tableConversationDays, number: int64(f.days[i].day.Date)})
	}
	for i := range f.parts {
		s.touch(RowKey{key: key, table: tableConversationAgents, name: f.parts[i].agent})
	}
	for i := range f.replies {
		s.touch(RowKey{key: key, table: tableReplies, number: int64(i + 1)})
	}
	for i := range f.holds {
		s.touch(RowKey{key: key, table: tableHolds, number: int64(i + 1)})
	}
}

// afterFold keeps what spans conversations: of what was touched each agent's last message, and the samples, those of one event if it
// was a step.
func (s *State) afterFold(c *conversation, step *event) {
	f := &c.work.fold
	if c.work.provisional {
		return
	}
	samples := sampler{state: s, of: c.work, only: step}
	for _, key := range s.touched {
		switch key.table {
		case tableConversationAgents:
			s.updateOutgoing(key.key, c, key.name)
		case tableEpisodes:
			samples.episode(nth(f.episodes, key.number))
		case tableReplies:
			samples.reply(nth(f.replies, key.number))
		case tableHolds:
			samples.hold(nth(f.holds, key.number))
		}
	}
}

// dimensions are what the conversation's rows are filtered by now.
type dimensions struct {
	owner, ownerKind, team, queue string
	priority                      string
	tags                          []string // sorted, never changed in place
}

func (d dimensions) row(channel string, channels []string) schemas.Dimensions {
	return schemas.Dimensions{Team: d.team, Owner: d.owner, OwnerKind: d.ownerKind, Queue: d.queue, Priority: d.priority, Channel: channel, Channels: channels, Tags: d.tags}
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
