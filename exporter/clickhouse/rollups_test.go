//go:build embedded

package clickhouse

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/ingest/simulate"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
)

// sum is one number of the rollups by company, day, metric, kind, owner and team, added up by the test.
type sum struct {
	Count           int64
	Millis, Longest int64
	Bins            map[int16]uint64
}

type sums map[string]*sum

func (s sums) add(company string, day schemas.Date, metric, kind, team, owner, ownerKind string, n, millis int64) {
	key := strings.Join([]string{company, day.String(), metric, kind, team, owner, ownerKind}, "|")
	if s[key] == nil {
		s[key] = &sum{Bins: map[int16]uint64{}}
	}
	s[key].Count += n
	if millis >= 0 {
		s[key].Millis += millis
		s[key].Longest = max(s[key].Longest, millis)
		s[key].Bins[schemas.GridBin(millis)] += uint64(n)
	}
}

// week makes the facts of a week of two companies around the end of summer time, and what they add up to until a day.
func week(t *testing.T, store *Store, until string) (schemas.Rows, sums) {
	t.Helper()
	config := simulate.DefaultConfig()
	config.Rate = 12
	simulation, err := simulate.New(config)
	if err != nil {
		t.Fatal(err)
	}
	settings := aggregator.DefaultSettings()
	settings.Zones = map[string]string{"acme": "Europe/Berlin", "globex": "America/New_York"}
	state := aggregator.New(settings)
	if err := state.Load(nil); err != nil {
		t.Fatal(err)
	}
	offset := int64(0)
	for e := range simulation.Events(moment("2025-10-23T00:00:00Z"), moment("2025-10-30T00:00:00Z")) {
		e.Place(offset, e.OccurredAt)
		offset++
		state.Apply(&e)
	}
	rows := state.Rows()
	rows.Calendar = append(rows.Calendar, state.Calendar(moment("2025-10-30T00:00:00Z"))...)
	store.put(t, rows)
	return rows, addUp(rows, until)
}

func addUp(rows schemas.Rows, until string) sums {
	s, last := sums{}, until
	add := func(company string, day schemas.Date, metric, kind, team, owner, ownerKind string, n, millis int64) {
		if day.String() < last {
			s.add(company, day, metric, kind, team, owner, ownerKind, n, millis)
		}
	}
	for i := range rows.Episodes {
		r := &rows.Episodes[i]
		if r.Deleted {
			continue
		}
		if f := &r.FirstResponse; f.At != 0 {
			add(r.Company, f.Day, "first_response_seconds", r.Kind, f.Team, f.Responder, f.Kind, 1, f.Millis)
		}
		if !r.Open {
			add(r.Company, r.ClosedDay, "closes", "", r.Team, r.Owner, r.OwnerKind, 1, -1)
			add(r.Company, r.ClosedDay, "open_seconds", "", r.Team, r.Owner, r.OwnerKind, 1, r.Work.Open.Millis)
			if r.Work.Handled {
				outcome := map[[2]bool]string{{true, true}: "both", {true, false}: "transferred", {false, true}: "escalated"}[[2]bool{len(r.Transfers) > 0, len(r.Escalations) > 0}]
				add(r.Company, r.ClosedDay, "handled_closes", outcome, r.Team, r.Owner, r.OwnerKind, 1, -1)
				add(r.Company, r.ClosedDay, "handle_seconds", "", r.Team, r.Owner, r.OwnerKind, 1, r.Work.Handle.Millis)
			}
		}
		for _, transfer := range r.Transfers {
			add(r.Company, transfer.Day, "transfers", transfer.Kind, transfer.FromTeam, transfer.FromAgent, "", 1, -1)
		}
		for _, e := range r.Escalations {
			add(r.Company, e.Day, "escalations", e.Kind, e.Team, e.Owner, "", 1, -1)
		}
	}
	for i := range rows.Replies {
		r := &rows.Replies[i]
		if r.Deleted {
			continue
		}
		metric := map[string]string{"any": "reply_seconds", "human": "human_reply_seconds"}[r.WaitsFor]
		add(r.Company, r.Day, metric, r.Stage, r.Team, r.Responder, r.Response.Kind, 1, r.Millis)
	}
	for i := range rows.Holds {
		if r := &rows.Holds[i]; r.EndedAt != 0 && !r.Deleted {
			add(r.Company, r.EndedDay, "hold_seconds", r.Kind, r.Team, r.Agent, "human", 1, r.Millis)
		}
	}
	for i := range rows.ConversationDays {
		r := &rows.ConversationDays[i]
		if r.Deleted {
			continue
		}
		add(r.Company, r.Day, "conversations_active", "", r.Team, r.Owner, r.OwnerKind, 1, -1)
		if r.InitiatedAt != 0 {
			add(r.Company, r.Day, "conversations_initiated", "", r.Team, r.Owner, r.OwnerKind, 1, -1)
		}
		for author, n := range map[string]uint32{"customer": r.Messages.Customer, "human": r.Messages.Human, "ai": r.Messages.AI, "automation": r.Messages.Automation} {
			if n > 0 {
				add(r.Company, r.Day, "counted_messages", author, r.Team, r.Owner, r.OwnerKind, int64(n), -1)
			}
		}
	}
	return s
}

// counted reads what add up gives from a table or view that has columns like it.
func (s *Store) counted(t *testing.T, from string, metrics []string) sums {
	t.Helper()
	rows, err := s.conn.Query(t.Context(), `SELECT concat(company, '|', toString(company_day), '|', metric, '|', kind, '|', team, '|', owner, '|', owner_kind) AS key, toInt64(sum(count)),
		sum(sum_ms), max(max_ms), sumMap(bins) FROM `+from+` WHERE metric IN (?) GROUP BY key`, metrics)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	got := sums{}
	for rows.Next() {
		var key string
		var one sum
		if err := rows.Scan(&key, &one.Count, &one.Millis, &one.Longest, &one.Bins); err != nil {
			t.Fatal(err)
		}
		got[key] = &one
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return got
}

const current = "(SELECT * FROM rollups WHERE (company, company_day, run) IN (SELECT company, company_day, run FROM rollup_days FINAL))"

// rollUp does what the service does in a round, and tells what was due.
func (s *Store) rollUp(t *testing.T, now schemas.Instant) []string {
	t.Helper()
	days, checkedAt, err := s.DueRollups(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.RollUp(t.Context(), days); err != nil {
		t.Fatal(err)
	}
	if err := s.MarkRollups(t.Context(), checkedAt); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, day := range days {
		names = append(names, day.Company+" "+day.Day.String())
	}
	return names
}

// What is rolled up of a simulated week, with a day of 25 hours, is what the test itself adds up from the rows of the fold.
func TestRollupsAreTheFacts(t *testing.T) {
	store := open(t)
	rows, want := week(t, store, "2025-10-29")
	now := moment("2025-10-29T05:00:00Z") // the 29th has begun everywhere
	if due := store.rollUp(t, now); len(due) < 12 {
		t.Fatalf("due are %v", due)
	}
	metrics := map[string]bool{}
	for key := range want {
		metrics[strings.Split(key, "|")[2]] = true
	}
	if len(metrics) < 12 {
		t.Errorf("the week has only %v", metrics)
	}
	if diff := cmp.Diff(want, store.counted(t, current, slices.Collect(maps.Keys(metrics)))); diff != "" {
		t.Errorf("rollups (-added up +rolled up):\n%s", diff)
	}
	for _, pair := range []string{current + " EXCEPT ALL SELECT %s FROM day_sums WHERE company_day < '2025-10-29'", "day_sums WHERE company_day < '2025-10-29' EXCEPT ALL SELECT %s FROM " + current} {
		const columns = "company, company_day, metric, hour_start, kind, reason, team, owner, owner_kind, channel, priority, count, sum_ms, business_ms, max_ms, bins"
		if got := store.strings(t, "SELECT toString(count()) FROM (SELECT "+columns+" FROM "+fmt.Sprintf(pair, columns)+")"); got[0] != "0" {
			t.Errorf("%s rows differ: %s", got[0], pair)
		}
	}
	for _, metric := range store.strings(t, "SELECT DISTINCT metric FROM day_sums") {
		if !slices.ContainsFunc(schemas.Metrics, func(m schemas.Metric) bool { return m.Key == metric }) {
			t.Errorf("%s is rolled up and not in the dictionary", metric)
		}
	}
	hours := store.strings(t, "SELECT DISTINCT hour_label FROM hourly WHERE company = 'acme' AND company_day = '2025-10-26' AND hour_label LIKE '02%' AND metric = 'counted_messages' ORDER BY 1")
	if len(hours) == 0 {
		t.Log("nobody wrote at two o'clock")
	}
	if twice := store.strings(t, "SELECT metric FROM hourly WHERE hour_label = '' LIMIT 1"); len(twice) > 0 {
		t.Errorf("an hour of %s is none of the calendar", twice[0])
	}
	testViewsAndQuantiles(t, store, rows)
	if due := store.rollUp(t, now); len(due) > 0 {
		t.Errorf("made again although nothing has changed: %v", due)
	}
	store.put(t, schemas.Rows{Episodes: rows.Episodes}) // stored again, and they say the same
	if due := store.rollUp(t, now); len(due) > 0 {
		t.Errorf("made again although the rows say the same: %v", due)
	}
}

// Every day is in the views once, whether it was rolled up or not, and quantiles of bins are near those of the facts.
func testViewsAndQuantiles(t *testing.T, store *Store, rows schemas.Rows) {
	all := int64(0)
	for _, one := range addUp(rows, "9999") {
		all += one.Count
	}
	f := func(view string) int64 {
		counted := int64(0)
		for _, n := range store.strings(t, "SELECT toString(sum(count)) FROM "+view+` WHERE metric IN ('first_response_seconds', 'closes', 'open_seconds', 'transfers', 'escalations', 'reply_seconds',
			'human_reply_seconds', 'hold_seconds', 'conversations_active', 'conversations_initiated', 'counted_messages', 'handle_seconds', 'handled_closes')`) {
			fmt.Sscan(n, &counted)
		}
		return counted
	}
	if hourly, daily := f("hourly"), f("daily"); hourly != all || daily != all {
		t.Errorf("hourly counts %d and daily %d, want %d", hourly, daily, all)
	}
	if empty := store.strings(t, "SELECT toString((sum(count), sum(seconds_sum) / nullIf(sum(count), 0))) FROM daily WHERE company_day = '2020-01-01' AND metric = 'open_seconds'"); empty[0] != "(0,NULL)" {
		t.Errorf("an empty day has %s", empty[0])
	}
	if means := store.strings(t, "SELECT toString(countIf(isNotNull(seconds_mean))) FROM daily WHERE metric = 'closes'"); means[0] != "0" {
		t.Errorf("%s closes have a mean", means[0])
	}
	var values []int64
	for i := range rows.Replies {
		if r := &rows.Replies[i]; r.WaitsFor == "any" && !r.Deleted {
			values = append(values, r.Millis)
		}
	}
	slices.Sort(values)
	for _, quantile := range []float64{0.5, 0.9, 0.95} {
		exact := float64(values[int(math.Ceil(quantile*float64(len(values))))-1]) / 1000
		got := store.strings(t, fmt.Sprintf(`WITH sumMap(bins) AS b, mapKeys(b)[arrayFirstIndex(n -> n >= ceil(%g * sum(count)), arrayCumSum(mapValues(b)))] AS bin
			SELECT toString(if(bin = -320, 0, exp2(bin / 32) * 2 / (1 + exp2(1 / 32)))) FROM daily WHERE metric = 'reply_seconds'`, quantile))
		var near float64
		fmt.Sscan(got[0], &near)
		if math.Abs(near-exact) > 0.011*exact {
			t.Errorf("quantile %g of replies is %g, want %g", quantile, near, exact)
		}
	}
}

// Go and SQL put every duration into the same bin; the edges tell.
func TestBinsAreThoseOfTheGrid(t *testing.T) {
	store := open(t)
	var rows schemas.Rows
	want := map[int16]uint64{}
	for millis := int64(0); millis < 1e10; millis += max(1, millis/97) {
		rows.Episodes = append(rows.Episodes, answered(fmt.Sprint("c", millis), float64(millis)/1000, "2026-03-02"))
		want[schemas.GridBin(rows.Episodes[len(rows.Episodes)-1].FirstResponse.Millis)]++
	}
	for bin := int16(-310); bin < 740; bin += 1 {
		for _, millis := range []int64{int64(1000 * math.Exp2(float64(bin)/32)), int64(1000*math.Exp2(float64(bin)/32)) + 1} {
			row := answered(fmt.Sprint("edge", bin, " ", millis), 0, "2026-03-02")
			row.FirstResponse.Millis = millis
			rows.Episodes = append(rows.Episodes, row)
			want[schemas.GridBin(millis)]++
		}
	}
	rows.Calendar = calendarRows(t, "acme", "UTC", "2026-03-02", 1)
	store.put(t, rows)
	var got map[int16]uint64
	if err := store.conn.QueryRow(t.Context(), "SELECT sumMap(bins) FROM day_sums WHERE metric = 'first_response_seconds'").Scan(&got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bins (-Go +SQL):\n%s", diff)
	}
}

// A fact that comes late makes exactly its days dirty; so do one that goes to another day, and one that ceases to exist.
func TestLateFactsMakeTheirDaysAgain(t *testing.T) {
	store := open(t)
	now := moment("2026-03-10T12:00:00Z")
	rows := schemas.Rows{Calendar: calendarRows(t, "acme", "UTC", "2026-03-01", 10)}
	for i := range 30 {
		rows.Episodes = append(rows.Episodes, answered(fmt.Sprint("c", i), 60, fmt.Sprintf("2026-03-%02d", 1+i%10)))
	}
	store.put(t, rows)
	if due := store.rollUp(t, now); len(due) != 9 {
		t.Fatalf("due are %v, want nine days", due)
	}
	f := func(what string, change func(*schemas.EpisodeRow), version uint64, want ...string) {
		t.Helper()
		row := answered("c3", 60, "2026-03-04")
		row.Version = version
		change(&row)
		store.put(t, schemas.Rows{Episodes: []schemas.EpisodeRow{row}})
		if diff := cmp.Diff(want, store.rollUp(t, now)); diff != "" {
			t.Errorf("%s (-want +due):\n%s", what, diff)
		}
		if got := store.rollUp(t, now); len(got) > 0 {
			t.Errorf("%s: due again are %v", what, got)
		}
		if diff := store.strings(t, "SELECT toString(count()) FROM (SELECT company, company_day, hour_start, sum_ms, count FROM "+current+" EXCEPT SELECT company, company_day, hour_start, sum_ms, count FROM day_sums)"); diff[0] != "0" {
			t.Errorf("%s: %s rows are not those of the facts", what, diff[0])
		}
	}
	f("stored again", func(r *schemas.EpisodeRow) { r.Tags = []string{"late"} }, 2)
	f("another value", func(r *schemas.EpisodeRow) { r.FirstResponse.Millis = 7 }, 3, "acme 2026-03-04")
	f("another day", func(r *schemas.EpisodeRow) { *r = answered("c3", 60, "2026-03-06"); r.Version = 4 }, 4, "acme 2026-03-06", "acme 2026-03-04")
	store.exec(t, "OPTIMIZE TABLE episodes FINAL") // what it was before is gone
	f("gone", func(r *schemas.EpisodeRow) {
		*r = schemas.EpisodeRow{Meta: schemas.Meta{Version: 5, Deleted: true}, Company: "acme", Conversation: "c3", Number: 1}
	}, 5, "acme 2026-03-06")
	f("today", func(r *schemas.EpisodeRow) { *r = answered("c3", 60, "2026-03-10"); r.Version = 6 }, 6)
}

// A run that broke off before the flip is as if it had not been; another instance at the same time does no harm; old rows go.
func TestRunsCountWhole(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Addresses, cfg.Database = []string{address}, "test_runscountwhole"
	var before func(table string)
	cfg.BeforeInsert = func(table string) {
		if before != nil {
			before(table)
		}
	}
	store := openConfig(t, cfg)
	now := moment("2026-03-03T12:00:00Z")
	store.put(t, schemas.Rows{Calendar: calendarRows(t, "acme", "UTC", "2026-03-01", 3), Episodes: []schemas.EpisodeRow{answered("c1", 60, "2026-03-01")}})
	days, _, err := store.DueRollups(t.Context(), now)
	if err != nil || len(days) != 2 {
		t.Fatalf("due are %v, %v", days, err)
	}
	total := func() string {
		return store.strings(t, "SELECT toString((sum(count), sum(seconds_sum))) FROM daily WHERE metric = 'first_response_seconds' AND company_day < '2026-03-02'")[0]
	}
	if err := store.RollUp(t.Context(), days); err != nil {
		t.Fatal(err)
	}
	later := answered("c1", 90, "2026-03-01")
	later.Version = 2
	store.put(t, schemas.Rows{Episodes: []schemas.EpisodeRow{later}, Calendar: calendarRows(t, "acme", "UTC", "2026-03-04", 4)})
	func() {
		defer func() { _ = recover() }()
		before = func(table string) {
			if table == "rollup_days" {
				panic("killed")
			}
		}
		_ = store.RollUp(t.Context(), days)
	}()
	if got := total(); got != "(1,60)" {
		t.Errorf("a run that broke off shows %s, want (1,60)", got)
	}
	before = nil
	if due, _, err := store.DueRollups(t.Context(), now); err != nil || len(due) != 1 {
		t.Errorf("due are %v, %v; want the day that broke off", due, err)
	}
	before = func(table string) { // another instance, whose run begins later and ends first
		if before = nil; table == "rollup_members" {
			if err := store.RollUp(t.Context(), days); err != nil {
				t.Error(err)
			}
		}
	}
	if err := store.RollUp(t.Context(), days); err != nil {
		t.Fatal(err)
	}
	if got := total(); got != "(1,90)" {
		t.Errorf("after two at once: %s, want (1,90)", got)
	}
	rows := func() string { return store.strings(t, "SELECT toString(uniqExact(run)) FROM rollups")[0] }
	if err := store.ForgetRollups(t.Context()); err != nil || rows() != "4" {
		t.Errorf("young runs: %s are left, want 4; %v", rows(), err)
	}
	store.exec(t, "INSERT INTO rollups (company, company_day, run, metric, count) VALUES ('acme', '2026-03-01', 5, 'first_response_seconds', 1)")
	store.exec(t, "ALTER TABLE rollup_days UPDATE made_at = made_at - 3600 WHERE 1 SETTINGS mutations_sync = 1")
	if err := store.ForgetRollups(t.Context()); err != nil || rows() != "4" {
		t.Errorf("after forgetting: %s are left, want 4; %v", rows(), err)
	}
}

// The search for changes reads what was stored since, by the index, and of conversations by key.
func TestSearchForChangesPrunes(t *testing.T) {
	store := open(t)
	store.put(t, schemas.Rows{Calendar: calendarRows(t, "acme", "UTC", "2026-03-01", 3), Episodes: []schemas.EpisodeRow{answered("c1", 60, "2026-03-01")}})
	plan := strings.Join(store.strings(t, "EXPLAIN indexes = 1 SELECT company FROM episodes WHERE stored_at >= fromUnixTimestamp64Milli(?, 'UTC')", time.Now().Add(time.Hour).UnixMilli()), "\n")
	if !strings.Contains(plan, "Name: stored_at") || !strings.Contains(plan, "Granules: 0/1") {
		t.Errorf("the index on stored_at does not help:\n%s", plan)
	}
	plan = strings.Join(store.strings(t, "EXPLAIN indexes = 1 SELECT sum(count) FROM samples WHERE (company, conversation_id) IN (SELECT 'acme', 'c1')"), "\n")
	_, table, _ := strings.Cut(plan, ".episodes)")
	if table, _, _ = strings.Cut(table, "ReadFrom"); !strings.Contains(table, "conversation_id) in ") {
		t.Errorf("samples of a conversation are not found by key:\n%s", plan)
	}
}
