//go:build embedded

package clickhouse

import (
	"fmt"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/schemas"
)

// workingTime is business hours twice: as settings have them, and as a condition in SQL on the local date, weekday (Monday is 1) and time (in
// minutes) of an instant.
type workingTime struct{ hours, open string }

// workingTimes are the business hours of a company of floorLog, and those that it goes over to with a day, if any. Some have none.
func workingTimes(company string, day schemas.Date) []workingTime {
	const tuesdays, always = "weekday >= 2 AND time >= 9 * 60 AND time < 17 * 60", "time >= 7 * 60 + 15 AND time < 20 * 60"
	switch company[len(company)-1] % 4 {
	case 1: // a holiday
		return []workingTime{{"Tue-Sun 09:00-17:00; " + day.AddDays(1).String(), tuesdays + " AND date != '" + day.AddDays(1).String() + "'"}}
	case 2: // at night, when clocks change; a holiday with hours of its own
		return []workingTime{{"Mon-Sun 00:00-02:30 08:00-21:45 23:00-24:00; " + day.String() + " 10:00-12:30",
			"if(date = '" + day.String() + "', time >= 10 * 60 AND time < 12 * 60 + 30, time < 2 * 60 + 30 OR time >= 8 * 60 AND time < 21 * 60 + 45 OR time >= 23 * 60)"}}
	case 3:
		return []workingTime{{"Tue-Sun 09:00-17:00", tuesdays}, {"Mon-Sun 07:15-20:00", always}}
	default:
		return nil
	}
}

// floorSettings are the zones and business hours of companies of floorLog, of which some change on a day.
func floorSettings(t *testing.T, companies int, day schemas.Date) aggregator.Settings {
	t.Helper()
	settings := aggregator.DefaultSettings()
	for i := range companies {
		company := companyName(i)
		version := schemas.SettingsVersion{Company: company, Zone: zoneOf(company)}
		times := workingTimes(company, day)
		if len(times) == 0 {
			settings.Versions = append(settings.Versions, version)
		}
		for n, working := range times {
			version.Hours = working.hours
			if n > 0 {
				version.EffectiveFrom = beginOf(t, company, day)
			}
			settings.Versions = append(settings.Versions, version)
		}
	}
	return settings
}

// beginOf is the first instant of a company's day.
func beginOf(t *testing.T, company string, day schemas.Date) schemas.Instant {
	t.Helper()
	calendar, err := schemas.NewCalendar(zoneOf(company))
	if err != nil {
		t.Fatal(err)
	}
	on, _ := calendar.On(day)
	return on.From
}

// openMinutes gives the oracle each minute of companies with business hours, and whether it is one of them, by the zones of ClickHouse.
func (s *Store) openMinutes(t *testing.T, log []schemas.Event, companies int, day schemas.Date) {
	t.Helper()
	s.exec(t, "CREATE TABLE oracle_minutes (company String, minute Int64, is_open Bool) ENGINE = MergeTree ORDER BY (company, minute)")
	first, last := log[0].OccurredAt, log[0].OccurredAt
	for i := range log {
		first, last = min(first, log[i].OccurredAt), max(last, log[i].OccurredAt)
	}
	for i := range companies {
		company, open := companyName(i), ""
		switch times := workingTimes(company, day); len(times) {
		case 0:
			continue
		case 1:
			open = times[0].open
		default:
			open = fmt.Sprintf("if(minute * 60000 < %d, %s, %s)", beginOf(t, company, day), times[0].open, times[1].open)
		}
		s.exec(t, fmt.Sprintf(`INSERT INTO oracle_minutes SELECT '%s', toInt64(number) AS minute, %s
			FROM (SELECT number, number AS minute, toDateTime(number * 60, '%s') AS clock, toDate(clock) AS date, toDayOfWeek(clock) AS weekday, toHour(clock) * 60 + toMinute(clock) AS time
				FROM numbers(%d, %d))`, company, open, zoneOf(company), first/minute, last/minute-first/minute+1))
	}
}

// nextDay is the date behind that of an instant in UTC.
func nextDay(t *testing.T, at schemas.Instant) schemas.Date {
	t.Helper()
	day, err := schemas.ParseDate(at.Time().Format(time.DateOnly))
	if err != nil {
		t.Fatal(err)
	}
	return day.AddDays(1)
}
