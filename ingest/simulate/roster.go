package simulate

import "github.com/floorwatch/floorwatch/schemas"

// roster is who works at an instant. It holds for the instants from <= at < until.
type roster struct {
	from, until schemas.Instant
	posts       []post // by agent
	staffed     int    // how many take conversations
}

// post is one agent at work.
type post struct {
	takes bool            // takes conversations: available or busy
	busy  bool            // but would rather not
	slots int             // conversations that the agent may hold
	night bool            // the shift goes on into the next day
	back  schemas.Instant // when an agent at a break takes conversations again; the end of the shift if that comes first
	ends  schemas.Instant // when conversations must go elsewhere: the end of the shift, or when somebody notices that the browser died
}

// rosterAt gives the roster of an instant.
func (c *company) rosterAt(at schemas.Instant) *roster {
	if r := &c.roster; at >= r.from && at < r.until {
		return r
	}
	today := c.calendar.Day(at)
	yesterday := c.calendar.Day(today.From - 1)
	r := roster{from: at, until: today.To, posts: c.roster.posts}
	if r.posts == nil {
		r.posts = make([]post, len(c.agents))
	}
	clear(r.posts)
	for _, shifts := range [][]shift{c.shifts(yesterday), c.shifts(today)} {
		for agent := range shifts {
			if shift := &shifts[agent]; shift.works() && shift.to > at {
				r.add(agent, shift, at)
			}
		}
	}
	for agent := range r.posts {
		if r.posts[agent].takes {
			r.staffed++
		}
	}
	c.roster = r
	return &c.roster
}

// add notes what one shift says of an agent, and until when.
func (r *roster) add(agent int, s *shift, at schemas.Instant) {
	if at < s.from {
		r.until = min(r.until, s.from)
		return
	}
	r.until = min(r.until, s.to)
	p := post{slots: s.slots[0].number, night: s.night, back: s.to, ends: s.ends}
	for _, change := range s.changes {
		takes := change.presence == schemas.PresenceAvailable || change.presence == schemas.PresenceBusy
		if change.at > at {
			r.until = min(r.until, change.at)
			if takes {
				p.back = change.at
				break
			}
			continue
		}
		p.takes, p.busy = takes, change.presence == schemas.PresenceBusy
	}
	for _, slots := range s.slots[1:] {
		if slots.at > at {
			r.until = min(r.until, slots.at)
			break
		}
		p.slots = slots.number
	}
	r.posts[agent] = p
}

// postOf gives what an agent does at an instant.
func (c *company) postOf(agent int, at schemas.Instant) post { return c.rosterAt(at).posts[agent] }

// present tells whether one agent takes conversations.
func (c *company) present(agent int, at schemas.Instant) bool { return c.postOf(agent, at).takes }

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
