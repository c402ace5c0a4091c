//go:build embedded

package clickhouse

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/schemas"
)

// workingTime is business hours twice: as settings have them, and as a condition in SQL on the local date, weekday (Monday is 1) and time (in
// minutes) of an instant.
type workingTime struct{ hours, open string }

// aroundTheClock are the hours of who has none.
var aroundTheClock = workingTime{open: "true"}

// workingTimes are the business hours of a company of floorLog and of those of its teams that have their own, for some time.
type workingTimes struct {
	company workingTime
	teams   map[string]workingTime
}

// of are the hours of a team, those of the company if it has none of its own or is "".
func (w workingTimes) of(team string) workingTime {
	if own, ok := w.teams[team]; ok {
		return own
	}
	return w.company
}

// settings are the same as settings have them.
func (w workingTimes) settings(version schemas.SettingsVersion) schemas.SettingsVersion {
	teams := schemas.TeamHours{}
	for team, own := range w.teams {
		teams[team] = own.hours
	}
	version.Hours, version.TeamHours = w.company.hours, teams.String()
	return version
}

// worksOf are the business hours of a company of floorLog, and those that it goes over to with a day, if any. Some have none but for a team,
// and some have teams that work around the clock, or when clocks change.
func worksOf(company string, day schemas.Date) []workingTimes {
	holiday := day.AddDays(1).String()
	tuesdays := workingTime{"Tue-Sun 09:00-17:00", "weekday >= 2 AND time >= 9 * 60 AND time < 17 * 60"}
	evenings := workingTime{"Mon-Sun 14:30-22:00", "time >= 14 * 60 + 30 AND time < 22 * 60"}
	nights := workingTime{"Mon-Sun 00:00-03:00", "time < 3 * 60"}
	switch company[len(company)-1] % 4 {
	case 1: // a holiday, which a team does not have
		closed := workingTime{tuesdays.hours + "; " + holiday, tuesdays.open + " AND date != '" + holiday + "'"}
		return []workingTimes{{closed, map[string]workingTime{"billing": evenings, "sales": aroundTheClock}}}
	case 2: // at night, when clocks change; a holiday with hours of its own
		open := workingTime{"Mon-Sun 00:00-02:30 08:00-21:45 23:00-24:00; " + day.String() + " 10:00-12:30",
			"if(date = '" + day.String() + "', time >= 10 * 60 AND time < 12 * 60 + 30, time < 2 * 60 + 30 OR time >= 8 * 60 AND time < 21 * 60 + 45 OR time >= 23 * 60)"}
		return []workingTimes{{open, map[string]workingTime{"returns": nights, "support": tuesdays}}}
	case 3: // teams begin and cease to have their own
		always := workingTime{"Mon-Sun 07:15-20:00", "time >= 7 * 60 + 15 AND time < 20 * 60"}
		return []workingTimes{{tuesdays, map[string]workingTime{"billing": evenings, "support": nights}}, {always, map[string]workingTime{"billing": nights, "sales": aroundTheClock}}}
	default:
		return []workingTimes{{aroundTheClock, map[string]workingTime{"billing": evenings}}}
	}
}

// floorSettings are the zones and business hours of companies of floorLog, of which some change on a day.
func floorSettings(t *testing.T, companies int, day schemas.Date) aggregator.Settings {
	t.Helper()
	settings := aggregator.DefaultSettings()
	for i := range companies {
		company := companyName(i)
		version := schemas.SettingsVersion{Company: company, Zone: zoneOf(company)}
		for n, works := range worksOf(company, day) {
			if n > 0 {
				version.EffectiveFrom = beginOf(t, company, day)
			}
			settings.Versions = append(settings.Versions, works.settings(version))
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

// ofTeams has an AI serve some conversations for a team, as the made-up floor never does.
func ofTeams(log []schemas.Event) []schemas.Event {
	teams := []string{"", "", "billing", "sales", "support"}
	for i := range log {
		if e := &log[i]; e.Status == schemas.StatusAssigned && e.OwnerKind == schemas.OwnerAI {
			e.Team = teams[schemas.Hash([]byte(e.Conversation))%uint64(len(teams))]
		}
	}
	return log
}

// openMinutes gives the oracle each minute of companies, and of their teams that have hours of their own at some time, and whether it is one
// of business hours, by the zones of ClickHouse. The company itself is team "".
func (s *Store) openMinutes(t *testing.T, log []schemas.Event, companies int, day schemas.Date) {
	t.Helper()
	s.exec(t, "CREATE TABLE oracle_minutes (company String, team String, minute Int64, is_open Bool) ENGINE = MergeTree ORDER BY (company, team, minute)")
	first, last := log[0].OccurredAt, log[0].OccurredAt
	for i := range log {
		first, last = min(first, log[i].OccurredAt), max(last, log[i].OccurredAt)
	}
	for i := range companies {
		company := companyName(i)
		works := worksOf(company, day)
		before, after := works[0], works[len(works)-1]
		teams := slices.AppendSeq(slices.AppendSeq([]string{""}, maps.Keys(before.teams)), maps.Keys(after.teams))
		slices.Sort(teams)
		for _, team := range slices.Compact(teams) {
			s.exec(t, fmt.Sprintf(`INSERT INTO oracle_minutes SELECT '%s', '%s', toInt64(number) AS minute, if(minute * 60000 < %d, %s, %s)
				FROM (SELECT number, toDateTime(number * 60, '%s') AS clock, toDate(clock) AS date, toDayOfWeek(clock) AS weekday, toHour(clock) * 60 + toMinute(clock) AS time
					FROM numbers(%d, %d))`, company, team, beginOf(t, company, day), before.of(team).open, after.of(team).open, zoneOf(company), first/minute, last/minute-first/minute+1))
		}
	}
}

// likeTheirCompany asks the oracle, which was consulted, once more with the hours of companies alone. It tells of how many rows each business
// duration is another one, and which ones are the same everywhere.
func (s *Store) likeTheirCompany(t *testing.T) (told, same []string) {
	t.Helper()
	tables := []struct{ name, key string }{{"replies", "reply_no"}, {"holds", "hold_no"}, {"episodes", "episode_no"}}
	for _, table := range tables {
		s.exec(t, "RENAME TABLE oracle_"+table.name+" TO team_"+table.name)
	}
	for _, name := range s.strings(t, "SELECT name FROM system.tables WHERE database = currentDatabase() AND name LIKE 'oracle_%' AND name != 'oracle_minutes'") {
		s.exec(t, "DROP TABLE "+name)
	}
	s.exec(t, "DELETE FROM oracle_minutes WHERE team != ''")
	s.consult(t)
	for _, table := range tables {
		for _, column := range s.strings(t, "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = ? AND name LIKE '%_business_ms' ORDER BY position", table.name) {
			n := s.strings(t, fmt.Sprintf(`SELECT toString(countIf(ifNull(a.%[1]s, 0) != ifNull(b.%[1]s, 0))) FROM team_%[2]s AS a
				INNER JOIN oracle_%[2]s AS b ON b.company = a.company AND b.conversation_id = a.conversation_id AND b.%[3]s = a.%[3]s`, column, table.name, table.key))[0]
			if n == "0" {
				same = append(same, column)
			}
			told = append(told, n+" "+column)
		}
	}
	return told, same
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
