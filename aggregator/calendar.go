package aggregator

import (
	"fmt"

	"github.com/floorwatch/floorwatch/schemas"
)

// daysAhead is how many days the table calendar reaches beyond today, so that boards know "today" while the service is stopped.
const daysAhead = 7

// Calendar gives the calendar rows of today and the days ahead, for every company that is known, that were not handed out before.
func (s *State) Calendar(now schemas.Instant) []schemas.CalendarRow {
	if now < s.nextDay {
		return nil
	}
	var rows []schemas.CalendarRow
	s.nextDay = now + Retention
	for _, c := range s.companies {
		today := c.clocks.Calendar.Day(now)
		s.nextDay = min(s.nextDay, today.To)
		for ahead := range daysAhead + 1 {
			rows = s.calendarRow(rows, c, today.Date.AddDays(ahead))
		}
	}
	return rows
}

func (s *State) calendarRow(rows []schemas.CalendarRow, c *company, date schemas.Date) []schemas.CalendarRow {
	if c.written[date] {
		return rows
	}
	c.written[date] = true
	today, exists := c.clocks.Calendar.On(date)
	if !exists { // a row that was written when the company still had the day must go
		return append(rows, schemas.CalendarRow{Company: c.name, Day: schemas.Day{Date: date}, Version: s.calendarVersion(c), Deleted: true})
	}
	return append(rows, schemas.CalendarRow{
		Company: c.name, Zone: c.clocks.Calendar.Zone(today.From), Day: today, Hours: c.clocks.Calendar.Hours(today.From),
		ZoneVersion: schemas.ZoneVersion(), Version: s.calendarVersion(c),
	})
}

// calendarVersion puts what days are computed from in order: the release of the zone data, then, in seconds, when the newest version of the
// company's settings was recorded. All instances with the same of both write equal rows. It has room until 2106.
func (s *State) calendarVersion(c *company) uint64 {
	seconds := min(max(c.recordedAt/1000, 0), 1<<32-1)
	return schemas.MakeVersion(s.settings.Generation, zoneRevision(schemas.ZoneVersion())<<32|int64(seconds))
}

// zoneRevision puts releases of the zone data in order, in 16 bits: "2026f" is 2606.
func zoneRevision(release string) int64 {
	var year int64
	var letter rune
	if n, err := fmt.Sscanf(release, "%4d%c", &year, &letter); n != 2 || err != nil {
		panic("BUG: zone data of release " + release)
	}
	return 100*(year-2000) + int64(letter-'a') + 1
}
