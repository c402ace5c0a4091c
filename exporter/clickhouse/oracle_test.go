//go:build embedded

package clickhouse

import (
	"embed"
	flags "flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

var (
	oracleWeeks = flags.Int("oracle-weeks", 0, "random weeks that the oracle is asked about, beside what every run asks")
	oracleMonth = flags.Bool("oracle-month", false, "ask the oracle about a month of 20 companies in 20 zones, too")
	oracleRate  = flags.Float64("oracle-rate", 50, "conversations an hour of that month, all companies together")
	oracleSeed  = flags.Uint64("oracle-seed", 1, "of the random weeks")
)

// oracleStages compute the rows of the fold once more, in SQL over the tables events and calendar alone, from the definitions and not
// from the code of the fold. Each file makes tables of the ones before it.
//
//go:embed testdata/oracle/*.sql
var oracleStages embed.FS

// oracleTables are the tables of the fold, by the oracle's table of the same rows.
var oracleTables = []struct{ oracle, table, key string }{
	{"oracle_days", "conversation_days", "company_day"},
	{"oracle_replies", "replies", "reply_no"},
	{"oracle_agents", "conversation_agents", "agent_id"},
	{"oracle_episodes", "episodes", "episode_no"},
	{"oracle_holds", "holds", "hold_no"},
}

// The tables that the fold feeds say the same as the oracle, for a floor of companies in zones where clocks go back, with everything that
// producers and networks do to a log.
func TestOracle(t *testing.T) {
	store, missing := askOracle(t, 1, 4, 30, moment("2025-10-25T12:00:00Z"), moment("2025-10-26T18:00:00Z"), 2)
	told, same := store.likeTheirCompany(t)
	t.Logf("by hours of a team: %s", strings.Join(told, ", "))
	for _, duration := range same {
		missing = append(missing, duration+" that another team's hours would change")
	}
	if len(missing) > 0 {
		t.Errorf("the log has no %s", strings.Join(missing, ", no "))
	}
}

// Random weeks: many, as few as asked for.
func TestOracleWeeks(t *testing.T) {
	if *oracleWeeks == 0 {
		t.Skip("no weeks asked for: -oracle-weeks")
	}
	for i := range *oracleWeeks {
		seed := *oracleSeed + uint64(i)
		chance := rand.New(rand.NewPCG(seed, 1))
		from := moment("2024-01-01T00:00:00Z") + schemas.Instant(chance.IntN(700))*24*60*minute
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			askOracle(t, seed, 1+chance.IntN(len(oracleZones)), 1+20*chance.Float64(), from, from+7*24*60*minute, 2)
		})
	}
}

// A month of 20 companies in 20 zones, in which clocks change.
func TestOracleMonth(t *testing.T) {
	if !*oracleMonth {
		t.Skip("no month asked for: -oracle-month")
	}
	_, missing := askOracle(t, *oracleSeed, 20, *oracleRate, moment("2025-10-04T00:00:00Z"), moment("2025-11-04T00:00:00Z"), 4)
	if len(missing) > 0 {
		t.Errorf("the log has no %s", strings.Join(missing, ", no "))
	}
}

// askOracle tells the log of a floor in so many stages, and asks whether the tables say the same as the oracle. It gives what the log had
// nothing of.
func askOracle(t *testing.T, seed uint64, companies int, rate float64, from, until schemas.Instant, stages int) (store *Store, missing []string) {
	t.Helper()
	chance := rand.New(rand.NewPCG(seed, 2))
	log, ends := inStages(chance, disorder(chance, ofTeams(floorLog(t, seed, companies, rate, from, until))), stages)
	log = placed(t, log)
	day := nextDay(t, from)
	floor := openFloor(t, floorSettings(t, companies, day), companiesOf(log))
	again := floor.tellStages(t, log, ends)
	told, missing := floor.store.census(t)
	if again == 0 {
		missing = append(missing, "late events of days that are rolled up")
	}
	for _, metric := range floor.store.strings(t, metricsWithoutHours) {
		missing = append(missing, "business hours that say something of "+metric)
	}
	t.Logf("seed %d: %d companies: %s, %d days that were rolled up again", seed, companies, strings.Join(told, ", "), again)
	floor.store.openMinutes(t, log, companies, day)
	floor.store.consult(t)
	for _, pair := range oracleTables {
		floor.store.compare(t, pair.oracle, pair.table, pair.key)
	}
	return floor.store, missing
}

// openPatient opens a database whose queries may take long.
func openPatient(t *testing.T) *Store {
	t.Helper()
	cfg := DefaultConfig()
	cfg.Addresses, cfg.Database = []string{address}, "test_"+strings.ToLower(strings.ReplaceAll(t.Name(), "/", "_"))
	cfg.Timeout, cfg.LoadTimeout = 10*time.Minute, 10*time.Minute
	return openConfig(t, cfg)
}

// consult makes the oracle's tables, stage after stage.
func (s *Store) consult(t *testing.T) {
	t.Helper()
	files, err := fs.Glob(oracleStages, "testdata/oracle/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(oracleStages, file)
		if err != nil {
			t.Fatal(err)
		}
		for statement := range strings.SplitSeq(string(text), ";\n") {
			if strings.TrimSpace(statement) != "" {
				s.exec(t, statement)
			}
		}
	}
}

// compare compares a table with the oracle's, both ways, and shows the first conversations in which they differ.
func (s *Store) compare(t *testing.T, oracle, table, key string) {
	t.Helper()
	columns := s.factColumns(t, table)
	fact := "SELECT " + strings.Join(columns, ", ") + " FROM " + table + " FINAL"
	own := "SELECT " + strings.Join(s.oracleColumns(t, table), ", ") + " FROM " + oracle
	differ := "(SELECT 'fold  ' AS who, * FROM (" + fact + " EXCEPT " + own + ") UNION ALL SELECT 'oracle' AS who, * FROM (" + own + " EXCEPT " + fact + "))"
	counts := s.strings(t, "SELECT toString((countIf(who != 'oracle'), countIf(who = 'oracle'), uniqExact(company, conversation_id))) FROM "+differ)[0]
	if counts == "(0,0,0)" {
		return
	}
	t.Errorf("%s: rows only of the fold, only of the oracle, in conversations: %s", table, counts)
	for _, name := range s.strings(t, "SELECT DISTINCT concat(company, '\\t', conversation_id) FROM "+differ+" ORDER BY length(conversation_id), 1 LIMIT 2") {
		company, conversation, _ := strings.Cut(name, "\t")
		where := " WHERE company = '" + company + "' AND conversation_id = '" + conversation + "'"
		var shown strings.Builder
		for _, line := range s.strings(t, readableEvents+where+" ORDER BY n") {
			shown.WriteString(line + "\n")
		}
		for _, line := range s.strings(t, "SELECT concat(who, ' ', formatRow('JSONEachRow', * EXCEPT (who, company, conversation_id))) FROM "+differ+where+" ORDER BY "+key+", who") {
			shown.WriteString(line)
		}
		t.Logf("%s %s\n%s", company, conversation, &shown)
	}
}

// notFacts are the columns that tell when and from what a row was written.
const notFacts = "('life', 'version', 'appended_at', 'stored_at', 'is_deleted')"

// factColumns are a table's columns as texts; instants are milliseconds, 0 where there is none.
func (s *Store) factColumns(t *testing.T, table string) []string {
	return s.strings(t, `SELECT concat(multiIf(
			type LIKE 'Array(DateTime64%', concat('toString(arrayMap(x -> toUnixTimestamp64Milli(x), `+"`', name, '`"+`))'),
			type LIKE '%DateTime64%', concat('ifNull(toString(toUnixTimestamp64Milli(`+"`', name, '`"+`)), \'0\')'),
			type = 'Bool', concat('toString(toUInt8(`+"`', name, '`"+`))'),
			concat('ifNull(toString(`+"`', name, '`"+`), \'none\')')), ' AS `+"`', name, '`"+`')
		FROM system.columns WHERE database = currentDatabase() AND table = ? AND name NOT IN `+notFacts+" ORDER BY position", table)
}

// oracleColumns are the same of the oracle's table, which has milliseconds.
func (s *Store) oracleColumns(t *testing.T, table string) []string {
	return s.strings(t, "SELECT concat('ifNull(toString(`', name, '`), ', if(type LIKE '%DateTime64%', '\\'0\\'', '\\'none\\''), ') AS `', name, '`') "+
		"FROM system.columns WHERE database = currentDatabase() AND table = ? AND name NOT IN "+notFacts+" ORDER BY position", table)
}

// readableEvents tells the events of a conversation, those left out that are no event of the oracle's.
const readableEvents = `SELECT concat(toString(fromUnixTimestamp64Milli(at, 'UTC')), if(sequence = 0, '', concat(' #', toString(sequence))), ' ', arrayStringConcat(arrayFilter(x -> x != '',
	[toString(type), toString(author_kind), if(kind = 'text', '', toString(kind)), if(visibility = 'public', '', toString(visibility)), toString(status), message_id, toString(delivery), agent_id,
	owner_id, toString(owner_kind), team_id, toString(queue), toString(tag), toString(reason), toString(priority), toString(tier), toString(channel),
	if(is_void, 'VOID', '')]), ' ')) FROM oracle_messages`
