package simulate

import (
	"slices"
	"strconv"

	"github.com/floorwatch/floorwatch/schemas"
)

// Local hours from 00 to 23: conversations begun per hour on a large site, from 07 on as measured there, before that a night.
var hourShape = [24]float64{40, 30, 25, 25, 25, 40, 180, 1013, 1923, 3218, 3394, 3281, 3109, 2984, 2902, 2781, 2451, 1843, 1428, 1135, 929, 70, 60, 50}

// busyMean is the mean of hourShape from 07 to 22 o'clock.
const busyMean = 32461.0 / 15

// Sunday to Saturday.
var weekShape = [7]float64{0.55, 1.12, 1, 1, 1, 1, 0.65}

// slot is the length of one step of the arrivals.
const slot = 5 * minute

// arrivals brings in the conversations that begin in one day, five minutes at a time.
type arrivals struct {
	company *company
	day     schemas.Day
	cohort  *cohort
	slot    int
}

func newArrivals(c *company, today schemas.Day) *arrivals {
	return &arrivals{company: c, day: today, cohort: newCohort(c, today)}
}

func (a *arrivals) play(self *actor, stage *stage) bool {
	c, end := a.company, min(self.wake+slot, a.day.To)
	d := newDice(c.salt, arrivalsKind, uint64(a.day.Date), uint64(a.slot))
	// Arrivals are Poisson, but no two five minutes have the same mean: something is always going on, and at times a lot.
	load := d.spread(0.15)
	if d.chance(0.02) {
		load *= 2 + d.Float64()
	}
	length := float64(end-self.wake) / float64(hour)
	begins := make([]schemas.Instant, d.poisson(load*length*c.expected(a.day, self.wake)))
	for i := range begins {
		begins[i] = c.clock(d.between(self.wake, end))
	}
	slices.Sort(begins)
	for i, begin := range begins {
		id := c.Name + "-" + a.day.Date.String() + "-" + strconv.Itoa(a.slot) + "-" + strconv.Itoa(i)
		d := newDice(c.salt, conversationKind, uint64(a.day.Date), uint64(a.slot), uint64(i))
		stage.bring(newConversation(a.cohort, id, begin, d).self)
	}
	a.slot++
	self.wake = end
	return end < a.day.To
}

// expected is how many conversations begin per hour at an instant of a day.
func (c *company) expected(day schemas.Day, at schemas.Instant) float64 {
	return c.rate * hourShape[localHour(c.calendar.Hour(at))] / busyMean * weekShape[day.Date.Time().Weekday()]
}

// localHour is 0 to 23.
func localHour(bar schemas.Hour) int {
	return int((bar.Start + schemas.Instant(bar.Offset.Milliseconds())) / hour % 24)
}
