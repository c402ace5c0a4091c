package clickhouse

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/floorwatch/floorwatch/schemas"
)

// lookBack is how long before the last check facts are looked at again: an insert shows up after the moment that its rows carry in
// stored_at, and clocks of servers differ. What was seen before is found unchanged.
const lookBack = 2 * time.Minute

// endedDays are the company days that have ended and have no rollups yet, the newest first.
const endedDays = `SELECT company, company_day FROM calendar FINAL
	WHERE to_utc <= fromUnixTimestamp64Milli(?, 'UTC') AND (company, company_day) NOT IN (SELECT company, company_day FROM rollup_days)
	ORDER BY company_day DESC, company`

// sampleHash is of what one sample counts with.
const sampleHash = "cityHash64(hour_start, metric, kind, reason, team, owner, owner_kind, channel, priority, count, ifNull(ms, -1), ifNull(business_ms, -1))"

// changedDays compares what conversations that were stored since count with and what the current runs counted them with. So a row that
// was stored again and says the same changes nothing, and a fact that went to another day, or that ceased to exist, makes both dirty.
// No sample of these conversations that is not as it was lies before the first day: it keeps the search out of older rows of
// conversation_days, which are in order of days. An index on stored_at finds the changed rows.
const changedDays = `WITH fromUnixTimestamp64Milli(?, 'UTC') AS since,
	changed AS
	(
		SELECT company, conversation_id, if(is_deleted, NULL, toNullable(opened_day)) AS first_day FROM episodes WHERE stored_at >= since
		UNION ALL SELECT company, conversation_id, if(is_deleted, NULL, toNullable(company_day)) FROM replies WHERE stored_at >= since
		UNION ALL SELECT company, conversation_id, if(is_deleted, NULL, toNullable(started_day)) FROM holds WHERE stored_at >= since
		UNION ALL SELECT company, conversation_id, toNullable(company_day) FROM conversation_days WHERE stored_at >= since
	),
	members AS
	(
		SELECT company, company_day, conversation_id, hash FROM rollup_members
		WHERE (company, conversation_id) IN (SELECT company, conversation_id FROM changed)
			AND (company, company_day, run) IN (SELECT company, company_day, run FROM rollup_days FINAL)
	)
	SELECT DISTINCT company, company_day FROM
	(
		SELECT company, company_day, conversation_id FROM
		(
			SELECT company, company_day, conversation_id, ` + sampleHash + ` AS is_now, toUInt64(0) AS was FROM samples
			WHERE (company, conversation_id) IN (SELECT company, conversation_id FROM changed)
				AND (company, company_day) IN (SELECT company, company_day FROM rollup_days)
				AND company_day >= (SELECT min(day) FROM (SELECT first_day AS day FROM changed UNION ALL SELECT toNullable(company_day) FROM members))
			UNION ALL SELECT company, company_day, conversation_id, toUInt64(0), hash FROM members
		)
		GROUP BY company, company_day, conversation_id HAVING sum(is_now) != sum(was)
	)
	ORDER BY company_day DESC, company`

// DueRollups tells which company days have ended by now and have no rollups yet, and those whose facts are no longer what their
// rollups say, the newest first of each. When all of them are made, MarkRollups is to be told checkedAt: facts that were stored before need not be
// looked at again.
func (s *Store) DueRollups(ctx context.Context, now schemas.Instant) (days []schemas.CompanyDay, checkedAt schemas.Instant, err error) {
	ctx, cancel := s.slowly(ctx)
	defer cancel()
	var last int64
	row := s.slow.QueryRow(ctx, "SELECT toUnixTimestamp64Milli(now64(3)), (SELECT toUnixTimestamp64Milli(max(checked_at)) FROM rollup_checks)")
	if err := row.Scan((*int64)(&checkedAt), &last); err != nil {
		return nil, 0, fmt.Errorf("read how far facts are rolled up: %w", err)
	}
	days, err = s.companyDays(ctx, endedDays, int64(now))
	if err != nil {
		return nil, 0, fmt.Errorf("find days that have ended: %w", err)
	}
	changed, err := s.companyDays(ctx, changedDays, last-(lookBack+s.cfg.Timeout).Milliseconds())
	if err != nil {
		return nil, 0, fmt.Errorf("find days whose facts have changed: %w", err)
	}
	return append(days, changed...), checkedAt, nil
}

// The rows of a run, of all its days at once. What conversations count with is written first: where a fact changes between the two
// reads, the day is made again, and never the other way round.
const (
	ofDays = `WHERE (company, company_day) IN (SELECT d.1, toDate32(d.2) FROM (SELECT arrayJoin(arrayZip(?, ?)) AS d))`

	insertMembers = `INSERT INTO rollup_members (company, conversation_id, company_day, hash, run)
		SELECT company, conversation_id, company_day, sum(` + sampleHash + `), toUInt64(?) FROM samples ` + ofDays + `
		AND first_day <= toDate32(?) AND last_day >= toDate32(?) GROUP BY company, conversation_id, company_day`

	insertRollups = `INSERT INTO rollups (company, company_day, run, metric, hour_start, kind, reason, team, owner, owner_kind, channel, priority, count, sum_ms, business_ms, max_ms, bins)
		SELECT company, company_day, toUInt64(?), metric, hour_start, kind, reason, team, owner, owner_kind, channel, priority, count, sum_ms, business_ms, max_ms, bins
		FROM day_sums ` + ofDays

	insertRollupDays = `INSERT INTO rollup_days (company, company_day, run) SELECT d.1, toDate32(d.2), toUInt64(?) FROM (SELECT arrayJoin(arrayZip(?, ?)) AS d)`
)

// RollUp makes the rollups of days anew from the facts. Readers see the rows of before until all are written, and those of the newest
// run from then on. Whoever else does the same at the same time does no harm: the run that began last counts.
func (s *Store) RollUp(ctx context.Context, days []schemas.CompanyDay) error {
	if len(days) == 0 {
		return nil
	}
	ctx, cancel := s.slowly(ctx)
	defer cancel()
	var companies, dates []string
	for _, day := range days {
		companies, dates = append(companies, day.Company), append(dates, day.Day.String())
	}
	var run uint64 // another one at each try: what of an earlier one comes late is never counted
	if err := s.slow.QueryRow(ctx, "SELECT toUInt64(generateSnowflakeID())").Scan(&run); err != nil {
		return fmt.Errorf("begin rollups of %d days: %w", len(days), err)
	}
	for _, step := range []struct {
		table, statement string
		arguments        []any
	}{
		{"rollup_members", insertMembers, []any{run, companies, dates, slices.Max(dates), slices.Min(dates)}},
		{"rollups", insertRollups, []any{run, companies, dates}},
		{"rollup_days", insertRollupDays, []any{run, companies, dates}},
	} {
		if s.cfg.BeforeInsert != nil {
			s.cfg.BeforeInsert(step.table)
		}
		err := s.slow.Exec(ctx, step.statement, step.arguments...)
		if err == nil {
			err = ctx.Err() // the client takes half an answer for a whole one
		}
		if err != nil {
			return fmt.Errorf("roll up %d days into %s: %w", len(days), step.table, err)
		}
	}
	return nil
}

// MarkRollups notes that all days were made whose facts were stored before that moment.
func (s *Store) MarkRollups(ctx context.Context, checkedAt schemas.Instant) error {
	ctx, cancel := s.slowly(ctx)
	defer cancel()
	if err := s.slow.Exec(ctx, "INSERT INTO rollup_checks SELECT fromUnixTimestamp64Milli(?, 'UTC')", int64(checkedAt)); err != nil {
		return fmt.Errorf("note how far facts are rolled up: %w", err)
	}
	return nil
}

// ofOldRuns are rows that do not count: of runs that others have replaced, or that broke off. Such a run began an hour ago at least, so
// nobody writes it any more, and the one that replaced it has been there for ten minutes, so nobody reads it any more.
const ofOldRuns = `WHERE run < dateTime64ToSnowflakeID(now64(3) - INTERVAL 1 HOUR) AND (company, company_day, run) NOT IN (SELECT company, company_day, run FROM rollup_days FINAL)
	AND (company, company_day) NOT IN (SELECT company, company_day FROM rollup_days FINAL WHERE made_at > now64(3) - INTERVAL 10 MINUTE)`

// ForgetRollups deletes the rows of runs that no longer count.
func (s *Store) ForgetRollups(ctx context.Context) error {
	ctx, cancel := s.slowly(ctx)
	defer cancel()
	for _, table := range []string{"rollups", "rollup_members"} {
		var rows uint64
		if err := s.slow.QueryRow(ctx, "SELECT count() FROM "+table+" "+ofOldRuns).Scan(&rows); err != nil {
			return fmt.Errorf("find old rows of %s: %w", table, err)
		}
		if rows == 0 {
			continue
		}
		if err := s.slow.Exec(ctx, "DELETE FROM "+table+" "+ofOldRuns); err != nil {
			return fmt.Errorf("delete %d old rows of %s: %w", rows, table, err)
		}
	}
	return nil
}

// slowly is for questions that may read much: they have the time of a load, end on the server, too, when it is over, and leave cores
// to others.
func (s *Store) slowly(ctx context.Context) (context.Context, context.CancelFunc) {
	settings := clickhouse.Settings{"max_execution_time": int(s.cfg.LoadTimeout.Seconds()), "max_threads": 2}
	for name, value := range insertSettings {
		settings[name] = value
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.LoadTimeout)
	return clickhouse.Context(ctx, clickhouse.WithSettings(settings)), cancel
}

func (s *Store) companyDays(ctx context.Context, query string, arguments ...any) ([]schemas.CompanyDay, error) {
	rows, err := s.slow.Query(ctx, query, arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var days []schemas.CompanyDay
	for rows.Next() {
		var company string
		var day time.Time
		if err := rows.Scan(&company, &day); err != nil {
			return nil, err
		}
		date, err := schemas.ParseDate(day.Format(time.DateOnly))
		if err != nil {
			return nil, err
		}
		days = append(days, schemas.CompanyDay{Company: company, Day: date})
	}
	return days, rows.Err()
}
