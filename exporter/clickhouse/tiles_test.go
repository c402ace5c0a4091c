//go:build embedded

package clickhouse

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A busy floor: a company of so many conversations a day among others, over a month, and how often the row of a conversation of today
// was written, and is written in a second.
const (
	tilesConversations = 25_000
	tilesCompanies     = 20
	tilesDays          = 30
	tilesVersions      = 12
	tilesFlushes       = 125 // of a day that is loaded
	tilesPerSecond     = 200
	tilesProcessorTime = 100 * time.Millisecond // of a query at most
)

// unfiltered is a filter of a board that chooses all: the plugin makes it 1=1.
var unfiltered = regexp.MustCompile(`\n\s*AND \$__conditionalAll\(.*, \$\w+\)`)

// tilesQuery is that of the board's tiles, with nothing filtered but the company.
func tilesQuery(tb testing.TB) string {
	tb.Helper()
	text, err := os.ReadFile("../../grafana/dashboards/live-floor.json")
	if err != nil {
		tb.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct {
				RawSQL string `json:"rawSql"`
			}
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		tb.Fatal(err)
	}
	tiles := board.Panels[0]
	query := unfiltered.ReplaceAllString(tiles.Targets[0].RawSQL, "")
	query = strings.ReplaceAll(query, "${company:singlequote}", "'company-00'")
	for _, want := range []string{"SELECT sum(active) AS active,", "FROM live_tiles\nWHERE company = 'company-00'\n  AND is_today"} {
		if !strings.Contains(query, want) || strings.Contains(query, "$") {
			tb.Fatalf("the panel %s is not about the tiles, or asks in another way:\n%s", tiles.Title, query)
		}
	}
	return query
}

// insertDay writes a row each of count conversations of a company and a day, by a version, as one part.
const insertDay = `INSERT INTO conversation_days (company, company_day, conversation_id, episode_no, state, customer_id, team, owner, owner_kind, queue, priority, channel, channels, tags,
		waiting_first_response, first_message_at, last_message_at, customer_messages, human_messages, appended_at, version, is_deleted)
	WITH cityHash64(number, %[1]d) AS h
	SELECT concat('company-', leftPad(toString(%[2]s), 2, '0')), %[3]s, concat('conversation-', toString(h %% %[4]d)), 1, if(h %% 3 = 0, 'closed', 'open'), toString(h),
		concat('team-', toString(h %% 12)), if(h %% 5 = 0, '', concat('agent-', toString(h %% 400))), if(h %% 5 = 0, '', 'human'), concat('queue-', toString(h %% 8)), 'normal',
		['web', 'email', 'whatsapp'][h %% 3 + 1], [['web', 'email', 'whatsapp'][h %% 3 + 1]], if(h %% 7 = 0, ['vip'], []), h %% 4 = 0, now64(3), now64(3), 3, 4, now64(3), %[1]d, 0
	FROM numbers(%[5]d)`

// openTiles is a store with a month of 20 companies and a day of the first one, whose rows came in many flushes.
func openTiles(tb testing.TB) *Store {
	tb.Helper()
	store := open(tb)
	store.exec(tb, fmt.Sprintf(`INSERT INTO calendar (company, company_day, zone, from_utc, to_utc, hour_starts, hour_labels, version)
		SELECT concat('company-', leftPad(toString(number), 2, '0')), today(), 'UTC', now64(3) - INTERVAL 12 HOUR, now64(3) + INTERVAL 12 HOUR, [], [], 1 FROM numbers(%d)`, tilesCompanies))
	store.exec(tb, fmt.Sprintf(`INSERT INTO directory (company, entry, id, team_ids, appended_at, version, is_deleted)
		SELECT concat('company-', leftPad(toString(number %% %d), 2, '0')), 'agent', concat('agent-', toString(intDiv(number, %d))), ['team-1'], now64(3), 1, 0 FROM numbers(%d)`,
		tilesCompanies, tilesCompanies, 400*tilesCompanies))
	for day := range tilesDays {
		store.exec(tb, fmt.Sprintf(insertDay, day+1, fmt.Sprintf("number %% %d", tilesCompanies), fmt.Sprintf("today() - %d", tilesDays-day), 1_000_000, tilesCompanies*2_000))
	}
	for flush := range tilesFlushes {
		store.exec(tb, fmt.Sprintf(insertDay, 1000+flush, "0", "today()", tilesConversations, tilesConversations*tilesVersions/tilesFlushes))
	}
	return store
}

// feed writes at the live rate until the context ends, so that the engine merges all the time.
func (s *Store) feed(ctx context.Context, tb testing.TB) *sync.WaitGroup {
	var feeding sync.WaitGroup
	feeding.Go(func() {
		for second := 0; ctx.Err() == nil; second++ {
			s.exec(tb, fmt.Sprintf(insertDay, 10_000+second, "0", "today()", tilesConversations, tilesPerSecond))
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	})
	return &feeding
}

// readRows asks for the tiles over HTTP, and gives what they say and how many rows the engine read for them.
func (s *Store) readRows(tb testing.TB, query string) (answer string, rows int) {
	tb.Helper()
	response, err := http.Get("http://" + address + "/?database=" + url.QueryEscape(s.database(tb)) + "&query=" + url.QueryEscape(query))
	if err != nil {
		tb.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		tb.Fatal(response.Status, err, string(body))
	}
	var summary struct {
		ReadRows string `json:"read_rows"`
	}
	if err := json.Unmarshal([]byte(response.Header.Get("X-ClickHouse-Summary")), &summary); err != nil {
		tb.Fatal(err)
	}
	if rows, err = strconv.Atoi(summary.ReadRows); err != nil {
		tb.Fatal(err)
	}
	return strings.TrimSpace(string(body)), rows
}

func (s *Store) database(tb testing.TB) string { return s.strings(tb, "SELECT currentDatabase()")[0] }

// The tiles of a company read little more than the rows of that company and day, while rows come in and parts are merged.
func TestTilesReadTheDay(t *testing.T) {
	store := openTiles(t)
	ctx, cancel := context.WithCancel(t.Context())
	feeding, query := store.feed(ctx, t), tilesQuery(t)
	for range 5 {
		answer, rows := store.readRows(t, query)
		active, _, _ := strings.Cut(answer, "\t")
		day := store.strings(t, "SELECT toString(count()) FROM conversation_days FINAL WHERE company = 'company-00' AND company_day = today()")[0]
		all := store.strings(t, "SELECT toString(count()) FROM conversation_days WHERE company = 'company-00' AND company_day = today()")[0]
		t.Logf("%s conversations, %s rows of them, %d rows read", active, all, rows)
		count, err := strconv.Atoi(active)
		if err != nil || count < tilesConversations*9/10 || active != day {
			t.Errorf("%q conversations are active, and the table has %s", active, day)
		}
		if rows > 4*count {
			t.Errorf("%d rows were read for %d conversations", rows, count)
		}
		time.Sleep(time.Second)
	}
	cancel()
	feeding.Wait()
}

// BenchmarkLiveTiles asks for the tiles while rows come in at the live rate. cpu-ms/query is what the whole process takes more than
// while nobody asks, and too much of it fails.
func BenchmarkLiveTiles(b *testing.B) {
	store := openTiles(b)
	ctx, cancel := context.WithCancel(b.Context())
	feeding, query := store.feed(ctx, b), tilesQuery(b)
	const lookout = 10 * time.Second
	began, used := time.Now(), processorTime(b)
	time.Sleep(lookout)
	quiet := float64(processorTime(b)-used) / float64(time.Since(began))
	rows := 0
	began, used = time.Now(), processorTime(b)
	for b.Loop() {
		_, rows = store.readRows(b, query)
		time.Sleep(100 * time.Millisecond)
	}
	took := float64(processorTime(b)-used) - quiet*float64(time.Since(began))
	if each := time.Duration(took / float64(b.N)); each > tilesProcessorTime {
		b.Errorf("a query takes %s of processor time, at most %s is right", each, tilesProcessorTime)
	}
	b.ReportMetric(took/float64(b.N)/1e6, "cpu-ms/query")
	b.ReportMetric(float64(rows)/tilesConversations, "rows-read/conversation")
	b.ReportMetric(100*quiet, "%cpu-of-merges")
	cancel()
	feeding.Wait()
}

// processorTime is what the process has used of the processors.
func processorTime(tb testing.TB) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
