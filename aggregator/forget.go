package aggregator

import "github.com/floorwatch/floorwatch/schemas"

// Retention is how long after its last event a closed conversation stays in memory, in milliseconds: about two days, so that today's are
// there and a clock that jumped a little does not lose them. A start loads as much.
const Retention = 48 * hour

// forgetInterval is how often what is past is looked for: it takes a look at every conversation.
const forgetInterval = hour

// forgetPast drops what is past by the clock and by the log's time, which is that of the newest event: by the clock, since gauges are of
// now; by the log, since what it was read up to long ago is what it goes on with, and a clock may jump. So whoever reads a log again
// from its beginning forgets as it goes, and where the log stands still nothing is forgotten and nothing comes in.
func (s *State) forgetPast(now schemas.Instant) {
	now = min(now, s.appended)
	if now < s.cache.forgetAt {
		return
	}
	s.cache.forgetAt = now + forgetInterval
	for key, c := range s.conversations {
		if s.isPast(c, now) && s.cache.pending[key] == nil {
			s.forget(key, c)
		}
	}
}

// isPast tells a conversation that no gauge needs and that the table has.
func (s *State) isPast(c *conversation, now schemas.Instant) bool {
	if !s.isStored(c) {
		return false
	}
	return c.seen.isOver(now) || !c.hot.is(flagOpen) && c.hot.lastAt+Retention <= now
}

// forget drops a conversation from memory; the table has it.
func (s *State) forget(key schemas.KeyID, c *conversation) {
	s.setPacked(c, "")
	delete(s.conversations, key)
	s.cache.complete = false
}

// evict drops events of conversations that the table has, until those that are left take at most limit bytes. Those stay that gauges
// need.
func (s *State) evict(limit int, now schemas.Instant) {
	s.setToday(now)
	for _, c := range s.conversations {
		if s.cache.packedBytes <= limit {
			return
		}
		if c.work == nil && s.isStored(c) && !c.hot.isAhead(c.hot.place.of.today, now) {
			s.setPacked(c, "")
		}
	}
}
