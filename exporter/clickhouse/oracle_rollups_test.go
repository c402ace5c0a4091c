//go:build embedded

package clickhouse

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
)

// countedFacts makes the table counted: all that the rollups must add up, one row each, metric by metric from the tables of facts.
//
//go:embed testdata/rollups/counted.sql
var countedFacts string

// countedColumns are what one thing that is counted is known by, beside its numbers.
const countedColumns = "metric, kind, reason, team, owner, owner_kind, channel, priority"

// historyViews are what people read, by what a row of it is about.
var historyViews = []struct{ name, about string }{
	{"hourly", "company, company_day, hour_start"},
	{"daily", "company, company_day"},
}

// metricsWithoutHours are those of which business time is all of the time, or nothing.
const metricsWithoutHours = `SELECT metric FROM counted GROUP BY metric HAVING count(ms) > 20 AND (sum(business_ms) = sum(ms) OR sum(business_ms) = 0)`

// checkRollups rolls up all days that have ended by an instant, and the dirty ones once more, and compares what people then read with what
// the facts add up to. Days that were rolled up before are told as they were until then. It gives the number of those that were made again.
func (s *Store) checkRollups(t *testing.T, now schemas.Instant) (again int) {
	t.Helper()
	before := s.strings(t, "SELECT toString(count()) FROM rollup_days")[0] != "0"
	if before {
		s.exec(t, "RENAME TABLE counted TO counted_before")
	}
	s.run(t, countedFacts)
	if !before {
		s.exec(t, "CREATE TABLE counted_before AS counted")
	}
	want := s.strings(t, dueByCounting, int64(now))
	again = len(s.strings(t, "SELECT DISTINCT toString((company, company_day)) FROM ("+changedByCounting+")"))
	if before {
		s.compareHistory(t, "until they are made again", "counted_before", " WHERE (company, company_day) IN (SELECT company, company_day FROM rollup_runs)")
	}
	s.exec(t, "DROP TABLE counted_before")
	got := s.rollUpAll(t, now)
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("rolled up were %d days, want %d; missing: %q; too many: %q", len(got), len(want), without(want, got), without(got, want))
	}
	s.compareHistory(t, "rolled up", "counted", "")
	s.compareQuantiles(t)
	read := s.strings(t, "SELECT toString((count(), (SELECT count() FROM rollup_days FINAL) - uniqExact(company))) FROM rollup_runs")[0]
	if n := strings.Split(strings.Trim(read, "()"), ","); n[0] == "0" && len(want) > 100 {
		t.Errorf("of the days that are rolled up none is read from the rollups: %s", read)
	}
	return again
}

// changedByCounting are days that rollups were made of and that count something else now, if only under a team of their own that is also the
// owner's.
const changedByCounting = `SELECT company, company_day FROM
	(
		SELECT *, toInt64(1) AS sign FROM counted UNION ALL SELECT *, toInt64(-1) FROM counted_before
	)
	WHERE (company, company_day) IN (SELECT company, company_day FROM rollup_days)
	GROUP BY company, company_day, conversation_id, hour_start, own_team, ` + countedColumns + `, n, ms, business_ms HAVING sum(sign) != 0`

// dueByCounting are these, and those that have ended and are not rolled up yet.
const dueByCounting = `SELECT DISTINCT concat(company, ' ', toString(company_day)) FROM
	(
		SELECT company, company_day FROM calendar FINAL
		WHERE toUnixTimestamp64Milli(to_utc) <= ? AND (company, company_day) NOT IN (SELECT company, company_day FROM rollup_days)
		UNION ALL ` + changedByCounting + `
	)
	ORDER BY 1`

// run executes the statements of a file.
func (s *Store) run(t *testing.T, text string) {
	t.Helper()
	for statement := range strings.SplitSeq(text, ";\n") {
		if strings.TrimSpace(statement) != "" {
			s.exec(t, statement)
		}
	}
}

// rollUpAll does what the service does, batch by batch, until nothing is due.
func (s *Store) rollUpAll(t *testing.T, now schemas.Instant) (made []string) {
	t.Helper()
	days, checkedAt, err := s.DueRollups(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	for batch := range slices.Chunk(days, 32) {
		if err := s.RollUp(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.MarkRollups(t.Context(), checkedAt); err != nil {
		t.Fatal(err)
	}
	for _, day := range days {
		made = append(made, day.Company+" "+day.Day.String())
	}
	return made
}

// without gives the first few of all that are not among some.
func without(all, some []string) []string {
	rest := slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(some, s) })
	return rest[:min(5, len(rest))]
}

// compareHistory compares the views with the sums of what was counted, both ways: how many, their time, the longest, and how many have a
// duration, which is what the bins hold. It leaves what it read in tables read_hourly and read_daily.
func (s *Store) compareHistory(t *testing.T, when, counted, where string) {
	t.Helper()
	for _, view := range historyViews {
		s.exec(t, "DROP TABLE IF EXISTS read_"+view.name)
		s.exec(t, "CREATE TABLE read_"+view.name+" ENGINE = MergeTree ORDER BY tuple() AS SELECT * FROM "+view.name+where)
		keys := view.about + ", " + countedColumns
		differ := "SELECT if(sum(sign) > 0, 'view ', 'facts') AS who, " + keys + `, number, sum_ms, business_ms, longest_ms, timed FROM
			(
				SELECT ` + keys + `, sum(count) AS number, toInt64(round(1000 * sum(seconds_sum))) AS sum_ms, toInt64(round(1000 * sum(business_seconds_sum))) AS business_ms,
					toInt64(round(1000 * max(ifNull(seconds_max, 0)))) AS longest_ms, sum(arraySum(mapValues(bins))) AS timed, 1 AS sign
				FROM read_` + view.name + " GROUP BY " + keys + `
				UNION ALL
				SELECT ` + keys + `, sum(n), sum(ifNull(ms, 0)), sum(ifNull(business_ms, 0)), max(ifNull(ms, 0)), sumIf(n, ms IS NOT NULL), -1
				FROM ` + counted + where + " GROUP BY " + keys + `
			)
			GROUP BY ` + keys + ", number, sum_ms, business_ms, longest_ms, timed HAVING sum(sign) != 0 ORDER BY " + keys + ", who LIMIT 6"
		if shown := s.strings(t, "SELECT formatRow('JSONEachRow', *) FROM ("+differ+")"); len(shown) > 0 {
			t.Errorf("%s is not what the facts add up to, %s:\n%s", view.name, when, strings.Join(shown, ""))
		}
	}
}

// compareQuantiles compares quantiles of merged bins with the nearest ranks of the durations themselves, of a day and of all of them.
func (s *Store) compareQuantiles(t *testing.T) {
	t.Helper()
	for _, keys := range []string{"metric", "metric, company", "metric, company, company_day"} {
		far := s.strings(t, fmt.Sprintf(`WITH [0.5, 0.9, 0.95] AS quantiles
			SELECT toString((%[1]s, near, exact)) FROM
			(
				SELECT %[1]s, sumMap(bins) AS all, arrayCumSum(mapValues(all)) AS ranks, arrayMap(q -> mapKeys(all)[arrayFirstIndex(n -> n >= ceil(q * ranks[-1]), ranks)], quantiles) AS found,
					arrayMap(bin -> if(bin = -320, 0, exp2(bin / 32) * 2 / (1 + exp2(1 / 32))), found) AS near
				FROM read_daily GROUP BY %[1]s HAVING notEmpty(all)
			) AS b
			FULL JOIN
			(
				SELECT %[1]s, arraySort(groupArray(assumeNotNull(ms))) AS all, arrayMap(q -> all[toUInt64(ceil(q * length(all)))] / 1000, quantiles) AS exact
				FROM counted WHERE ms IS NOT NULL GROUP BY %[1]s
			) AS c USING (%[1]s)
			WHERE length(near) != length(exact) OR arrayExists((a, b) -> abs(a - b) > 0.011 * b, near, exact)
			LIMIT 3`, keys))
		if len(far) > 0 {
			t.Errorf("quantiles of bins are more than 1.1 %% away from those of the facts, by %s: %s", keys, strings.Join(far, " "))
		}
	}
}
