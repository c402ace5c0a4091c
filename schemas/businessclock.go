package schemas

import (
	"fmt"
	"slices"
)

// HoursPeriod is business hours that hold from an instant on, until the next ones.
type HoursPeriod struct {
	From  Instant // of the first ones: not read, they hold from the beginning
	Hours BusinessHours
}

// BusinessClock tells how much business time passes between instants. It is not safe for concurrent use.
//
// An instant is business time if the local clock, in the zone in force, then shows a time in an interval of the date that it shows, of
// the hours in force. So an interval in a gap of the clock is shorter or is not there, and in an hour that comes twice both count. The
// clock's own date decides, also in the hour after clocks went back over midnight, which [Calendar] has in the later day.
//
// Between two jumps of the local clock business time is plain arithmetic, so it keeps the last few stretches without one, and no days.
// Instants outside the years 0 to 9999 count as the nearest in them.
type BusinessClock struct {
	clock   clock
	hours   []HoursPeriod
	recent  [8]stretch // years, mostly
	current int        // index of the stretch asked for last
	oldest  int        // index of the stretch to give up next
}

// stretch is a time in which neither the offset changes nor the hours.
type stretch struct {
	from, to Instant
	offset   Instant
	hours    *BusinessHours
}

// stretches end at multiples of this, too: where one begins is found from there.
const longestStretch = 200 * oneDay

// NewBusinessClock returns the clock of a company or team that has one zone and one set of hours after the other, in order of time; the
// first ones hold from the beginning. Without hours all time is business time. The errors are those of [NewVersionedCalendar], and that
// hours are not in order.
func NewBusinessClock(zones []ZonePeriod, hours []HoursPeriod) (*BusinessClock, error) {
	calendar, err := NewVersionedCalendar(zones)
	if err != nil {
		return nil, err
	}
	return calendar.BusinessClock(hours)
}

// BusinessClock returns the clock that [NewBusinessClock] returns, for the zones of the calendar. It shares their data and nothing else.
func (c *Calendar) BusinessClock(hours []HoursPeriod) (*BusinessClock, error) {
	if len(hours) == 0 {
		hours = []HoursPeriod{{}}
	}
	for i := 2; i < len(hours); i++ {
		if hours[i].From <= hours[i-1].From {
			return nil, fmt.Errorf("make business clock: hours %q are in force from %s and so cannot come after those from %s",
				hours[i].Hours, hours[i].From, hours[i-1].From)
		}
	}
	return &BusinessClock{clock: c.clock, hours: slices.Clone(hours)}, nil
}

// Between returns the business time from one instant to another, in milliseconds: at most the time between them, and negative if to is
// before from.
func (c *BusinessClock) Between(from, to Instant) int64 {
	if to < from {
		return -c.Between(to, from)
	}
	at, to := inRange(from), inRange(to)
	var sum Instant
	for at < to {
		now := c.find(at)
		end := min(to, now.to)
		sum += now.between(at, end)
		at = end
	}
	return int64(sum)
}

// Add returns the first instant at which so many milliseconds of business time have passed since an instant. From outside the hours they
// begin with the next opening; what fills a working day ends with its closing, not with the next opening. Nothing or less gives the
// instant itself; what would be after the year 9999 gives its end.
func (c *BusinessClock) Add(from Instant, millis int64) Instant {
	at, rest := inRange(from), Instant(millis)
	for rest > 0 && at < latest {
		now := c.find(at)
		end := min(now.to, latest)
		if passing := now.between(at, end); passing < rest {
			rest -= passing
			at = end
			continue
		}
		early, done := at, end // done is late enough, early is not
		for done-early > 1 {
			if middle := early + (done-early)/2; now.between(at, middle) < rest {
				early = middle
			} else {
				done = middle
			}
		}
		return done
	}
	return at
}

// between is that of the clock, for instants in the stretch or at its end.
func (s *stretch) between(from, to Instant) Instant {
	return s.hours.elapsed(to+s.offset) - s.hours.elapsed(from+s.offset)
}

// find returns the stretch that holds an instant.
func (c *BusinessClock) find(at Instant) *stretch {
	if found := &c.recent[c.current]; found.from <= at && at < found.to {
		return found
	}
	for i := range c.recent {
		if found := &c.recent[i]; found.from <= at && at < found.to {
			c.current = i
			return found
		}
	}
	c.current = c.oldest
	c.oldest = (c.oldest + 1) % len(c.recent)
	c.recent[c.current] = c.stretch(at)
	return &c.recent[c.current]
}

func (c *BusinessClock) stretch(at Instant) stretch {
	s := stretch{to: floorTo(at, longestStretch)}
	limit := s.to + longestStretch
	for s.to <= at {
		s.from = s.to
		hours, until := c.inForce(s.from)
		s.hours = hours
		s.offset, s.to = c.clock.steadyOffset(s.from, min(limit, until))
	}
	return s
}

// inForce returns the hours in force at an instant and the first later instant that may have others.
func (c *BusinessClock) inForce(at Instant) (hours *BusinessHours, until Instant) {
	i := len(c.hours) - 1
	until = latest + longestStretch
	for ; i > 0 && at < c.hours[i].From; i-- {
		until = c.hours[i].From
	}
	return &c.hours[i].Hours, until
}

func inRange(at Instant) Instant { return max(earliest, min(at, latest)) }
