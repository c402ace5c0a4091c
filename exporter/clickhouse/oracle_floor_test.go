//go:build embedded

package clickhouse

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/schemas"
)

// Rows are stored after so many events, so that neither the test nor an insert holds those of a month at once, and at least so often, so
// that what was written and is changed by a later event must come again.
const (
	largestPortion = 20_000
	fewestPortions = 20
)

// oracleFloor folds a log and stores what comes of it.
type oracleFloor struct {
	store *Store
	state *aggregator.State
}

// openFloor begins with nothing.
func openFloor(t *testing.T, settings aggregator.Settings, companies []string) *oracleFloor {
	t.Helper()
	floor := &oracleFloor{store: openPatient(t), state: aggregator.New(settings)}
	t.Cleanup(func() { floor.store.exec(t, "DROP DATABASE "+floor.store.cfg.Database) }) // there may be hundreds
	var rows schemas.Rows
	for _, company := range companies { // some conversations have the team of their owner
		for i, agent := range []string{"agent-001", "agent-002"} {
			rows.Directory = append(rows.Directory, schemas.DirectoryRow{Company: company, Entry: schemas.EntryAgent, ID: agent, Teams: []string{"billing", "sales"}[i:]})
		}
	}
	floor.store.put(t, rows)
	return floor
}

// tell folds events and stores their rows, portion by portion.
func (f *oracleFloor) tell(t *testing.T, events []schemas.Event) {
	t.Helper()
	for some := range slices.Chunk(events, min(largestPortion, len(events)/fewestPortions+1)) {
		for i := range some {
			f.state.Apply(&some[i])
		}
		rows := f.state.Rows()
		rows.Calendar = append(rows.Calendar, f.state.Calendar(some[len(some)-1].AppendedAt)...)
		for i := range some {
			e := &some[i]
			meta := schemas.Meta{Version: schemas.EventVersion(e.ContentHash, e.Offset), AppendedAt: e.AppendedAt}
			rows.Events = append(rows.Events, schemas.EventRow{Meta: meta, Event: *e})
		}
		f.store.put(t, rows)
	}
}

// tellStages tells a log stage by stage, each with late events of the one before. After each the rollups of the days that have ended are what
// the facts add up to. It gives how many days were rolled up again.
func (f *oracleFloor) tellStages(t *testing.T, log []schemas.Event, ends []int) (again int) {
	t.Helper()
	begin := 0
	for _, end := range ends {
		f.tell(t, log[begin:end])
		again += f.store.checkRollups(t, log[end-1].AppendedAt)
		begin = end
	}
	return again
}

// lateBy is how long events are held up at most: what comes later than the horizon is refused.
const lateBy = 71 * 60 * minute

// inStages makes stages of a log: some of the events of the last days of each come with the next one. It gives the end of each stage.
func inStages(chance *rand.Rand, log []schemas.Event, stages int) (staged []schemas.Event, ends []int) {
	var late []schemas.Event
	for n := range stages {
		stage := append(late, log[n*len(log)/stages:(n+1)*len(log)/stages]...)
		last := slices.MaxFunc(stage, func(a, b schemas.Event) int { return int(a.OccurredAt - b.OccurredAt) }).OccurredAt
		late = nil
		for i := range stage {
			if n < stages-1 && stage[i].OccurredAt > last-lateBy && chance.IntN(50) == 0 {
				late = append(late, stage[i])
			} else {
				staged = append(staged, stage[i])
			}
		}
		ends = append(ends, len(staged))
	}
	return staged, ends
}

// companiesOf names the companies of a log.
func companiesOf(log []schemas.Event) []string {
	var companies []string
	for i := range log {
		if !slices.Contains(companies, log[i].Company) {
			companies = append(companies, log[i].Company)
		}
	}
	return companies
}

// unusual is what a log must have for the oracle to be worth asking: each is a number of something.
var unusual = []struct{ name, query string }{
	{"events", "SELECT count() FROM events FINAL"},
	{"episodes", "SELECT count() FROM episodes FINAL"},
	{"replies", "SELECT count() FROM replies FINAL"},
	{"days", "SELECT count() FROM calendar FINAL WHERE (company, company_day) IN (SELECT company, company_day FROM conversation_days)"},
	{"of them with another length than 24 hours", `SELECT count() FROM calendar FINAL WHERE to_utc != from_utc + INTERVAL 24 HOUR
		AND (company, company_day) IN (SELECT company, company_day FROM conversation_days)`},
	{"zones with such a day", `SELECT uniqExact(zone) FROM calendar FINAL WHERE to_utc != from_utc + INTERVAL 24 HOUR
		AND (company, company_day) IN (SELECT company, company_day FROM conversation_days)`},
	{"episodes over midnight", "SELECT count() FROM episodes FINAL WHERE opened_day < closed_day"},
	{"replies to a message of another day", `SELECT count() FROM (SELECT company, company_day, waiting_since FROM replies FINAL) AS r
		INNER JOIN (SELECT company, company_day, from_utc FROM calendar FINAL) AS c USING (company, company_day) WHERE waiting_since < from_utc`},
	{"failed deliveries", "SELECT count() FROM events FINAL WHERE delivery = 'failed'"},
	{"reopenings", "SELECT count() FROM episodes FINAL WHERE kind = 'reopened'"},
	{"events that came an hour late", "SELECT count() FROM events FINAL WHERE appended_at > occurred_at + INTERVAL 1 HOUR"},
	{"events that came after their day", `SELECT count() FROM (SELECT company, occurred_at, appended_at FROM events FINAL) AS e
		ASOF INNER JOIN (SELECT company, from_utc, to_utc FROM calendar FINAL) AS c ON c.company = e.company AND c.from_utc <= e.occurred_at
		WHERE e.occurred_at < c.to_utc AND e.appended_at >= c.to_utc`},
}

// countedMetric finds what is counted.
var countedMetric = regexp.MustCompile(`INSERT INTO counted_at\s+SELECT [^']*'([a-z_]+)'`)

// census tells what is in the tables, and what is missing.
func (s *Store) census(t *testing.T) (told, missing []string) {
	t.Helper()
	for _, one := range unusual {
		n := s.strings(t, "SELECT toString(("+one.query+"))")[0]
		if n == "0" {
			missing = append(missing, one.name)
		}
		told = append(told, n+" "+one.name)
	}
	counted := s.strings(t, "SELECT DISTINCT metric FROM counted")
	for _, metric := range countedMetric.FindAllStringSubmatch(countedFacts, -1) {
		if !slices.Contains(counted, metric[1]) {
			missing = append(missing, metric[1])
		}
	}
	return told, missing
}
