//go:build embedded

package embedded

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// TestClickhouseGo runs what the project uses of clickhouse-go, and more, over every compression.
func TestClickhouseGo(t *testing.T) {
	checks := []struct {
		name string
		run  func(*testing.T, driver.Conn)
	}{
		{"hello", checkHello}, {"ping", checkPing}, {"ddl", checkDDL}, {"types", checkTypes}, {"fallback hour", checkFallbackHour},
		{"parameters", checkParameters}, {"struct", checkStruct}, {"states", checkStates}, {"replacing", checkReplacing},
		{"materialized view", checkView}, {"dictionary", checkDictionary}, {"blocks", checkBlocks}, {"empty", checkEmpty},
		{"large batch", checkLargeBatch}, {"columns", checkColumnBatch}, {"flush", checkBatchFlush}, {"async insert", checkAsyncInsert}, {"token", checkToken},
		{"error code", checkErrorCode}, {"insert error", checkInsertError}, {"error in the middle", checkMiddleError},
		{"settings", checkSettings}, {"cancel", checkCancel}, {"deadline", checkDeadline}, {"text", checkText}, {"query id", checkQueryID},
		{"lightweight delete", checkDelete}, {"json", checkJSON}, {"quantiles", checkQuantiles}, {"formats", checkFormats},
	}
	for name, method := range compressions {
		for _, each := range checks {
			t.Run(name+"/"+strings.ReplaceAll(each.name, " ", "_"), func(t *testing.T) { each.run(t, dial(t, method, nil)) })
		}
	}
}

func checkHello(t *testing.T, c driver.Conn) {
	version, err := c.ServerVersion()
	if err != nil {
		t.Fatal(err)
	}
	if version.Version.Major < 26 || version.Revision != 0 || version.Timezone == nil {
		t.Errorf("got %+v", version)
	}
}

func checkPing(t *testing.T, c driver.Conn) {
	if err := c.Ping(context.Background()); err != nil {
		t.Error(err)
	}
}

func checkDDL(t *testing.T, c driver.Conn) {
	do(t, c, "CREATE TABLE a (id UInt64, text String COMMENT 'what was said') ENGINE = MergeTree ORDER BY id")
	do(t, c, "ALTER TABLE a ADD COLUMN more Nullable(Int32) DEFAULT 7")
	do(t, c, "INSERT INTO a (id, text) VALUES (1, 'x'), (2, 'y''z')")
	check(t, "rows", one[uint64](t, c, "SELECT count() FROM a WHERE more = 7"), 2)
	do(t, c, "INSERT INTO a (id, text) SELECT number, toString(number) FROM numbers(10, 5)")
	check(t, "rows", one[uint64](t, c, "SELECT count() FROM a"), 7)
	check(t, "comment", one[string](t, c, "SELECT comment FROM system.columns WHERE database = currentDatabase() AND table = 'a' AND name = 'text'"), "what was said")
	do(t, c, "RENAME TABLE a TO b")
	do(t, c, "TRUNCATE TABLE b")
	check(t, "rows", one[uint64](t, c, "SELECT count() FROM b"), 0)
	do(t, c, "DROP TABLE b")
}

func checkTypes(t *testing.T, c driver.Conn) {
	do(t, c, `CREATE TABLE t (id UInt64, small Int8, real Float64, flag Bool, text String, fixed FixedString(4), low LowCardinality(String), lownull LowCardinality(Nullable(String)),
		maybe Nullable(Int64), list Array(String), lists Array(Array(UInt16)), map Map(String, UInt32), kind Enum8('open' = 1, 'closed' = 2), money Decimal(18, 4), id2 UUID,
		day Date, moment DateTime('UTC'), instant DateTime64(6, 'UTC'), pair Tuple(a Int32, b String), big UInt256, lowlist Array(LowCardinality(String))) ENGINE = MergeTree ORDER BY id`)
	batch, err := c.PrepareBatch(context.Background(), "INSERT INTO t")
	if err != nil {
		t.Fatal(err)
	}
	id, moment := uuid.MustParse("018f4a30-7c1e-7000-8000-0123456789ab"), time.Date(2026, 11, 22, 3, 4, 5, 678901000, time.UTC)
	text, word := "grüße 🙂\x00\xff\n\t'\\\"", "q"
	wide, _ := new(big.Int).SetString("99999999999999999999999999999999999999999999", 10)
	maybe := int64(-5)
	for i := range 3 {
		err := batch.Append(uint64(i), int8(-i), float64(i)/4, i%2 == 0, text, "abcd", "team", &word, &maybe, []string{"a", "", "ü"}, [][]uint16{{1, 2}, {}, {3}}, map[string]uint32{"x": 1, "y": 2},
			"closed", decimal.RequireFromString("12.3456"), id, moment, moment, moment, map[string]any{"a": int32(-3), "b": "bee"}, wide, []string{"l", "m", "l"})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
	var row struct {
		ID, Small              any
		Text, Fixed, Low, Kind string
		Lownull                *string
		Maybe                  *int64
		List, Lowlist          []string
		Lists                  [][]uint16
		Map                    map[string]uint32
		Money                  decimal.Decimal
		ID2                    uuid.UUID
		Moment, Instant        time.Time
		Big                    big.Int
		Flag                   bool
	}
	err = c.QueryRow(context.Background(), "SELECT text, fixed, low, kind, lownull, maybe, list, lowlist, lists, map, money, id2, moment, instant, big, flag FROM t WHERE id = 2").Scan(
		&row.Text, &row.Fixed, &row.Low, &row.Kind, &row.Lownull, &row.Maybe, &row.List, &row.Lowlist, &row.Lists, &row.Map, &row.Money, &row.ID2, &row.Moment, &row.Instant, &row.Big, &row.Flag)
	if err != nil {
		t.Fatal(err)
	}
	check(t, "text", row.Text, text)
	check(t, "fixed, low, kind", row.Fixed+row.Low+row.Kind, "abcdteamclosed")
	check(t, "low null", *row.Lownull, "q")
	check(t, "maybe", *row.Maybe, -5)
	check(t, "lists", fmt.Sprint(row.List, row.Lowlist, row.Lists, row.Map), "[a  ü] [l m l] [[1 2] [] [3]] map[x:1 y:2]")
	check(t, "money", row.Money.String(), "12.3456")
	check(t, "uuid", row.ID2, id)
	check(t, "moment", row.Moment.Unix(), moment.Unix())
	check(t, "instant", row.Instant.UnixMicro(), moment.UnixMicro())
	check(t, "big", row.Big.String(), wide.String())
	check(t, "flag", row.Flag, true)
	check(t, "engine agrees", one[uint64](t, c, "SELECT count() FROM t WHERE text = unhex(?) AND pair.b = 'bee'", fmt.Sprintf("%X", text)), 3)
}

func checkFallbackHour(t *testing.T, c driver.Conn) {
	do(t, c, "CREATE TABLE z (at DateTime64(3, 'America/New_York')) ENGINE = MergeTree ORDER BY at")
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	first := time.Date(2026, 11, 1, 5, 30, 0, 0, time.UTC) // 01:30 for the first time; an hour later it is 01:30 again
	batch, err := c.PrepareBatch(context.Background(), "INSERT INTO z")
	if err != nil {
		t.Fatal(err)
	}
	for _, moment := range []time.Time{first, first.Add(time.Hour)} {
		if err := batch.Append(moment.In(zone)); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
	rows, err := c.Query(context.Background(), "SELECT at FROM z ORDER BY at")
	if err != nil {
		t.Fatal(err)
	}
	var got []time.Time
	for rows.Next() {
		var at time.Time
		if err := rows.Scan(&at); err != nil {
			t.Fatal(err)
		}
		got = append(got, at)
	}
	if len(got) != 2 || !got[0].Equal(first) || !got[1].Equal(first.Add(time.Hour)) || rows.Err() != nil {
		t.Errorf("got %v %v", got, rows.Err())
	}
}

func checkParameters(t *testing.T, c driver.Conn) {
	ctx := clickhouse.Context(context.Background(), clickhouse.WithParameters(clickhouse.Parameters{"n": "41", "s": `o'c\n`, "list": "['a','b']"}))
	var sum uint64
	var text string
	var list []string
	if err := c.QueryRow(ctx, "SELECT {n:UInt64} + 1, {s:String}, {list:Array(String)}").Scan(&sum, &text, &list); err != nil {
		t.Fatal(err)
	}
	check(t, "parameters", fmt.Sprintf("%d %s %v", sum, text, list), "42 o'c\n [a b]")
	check(t, "bound", one[string](t, c, "SELECT concat(@a, @b, @a)", clickhouse.Named("a", "it's"), clickhouse.Named("b", `\`)), `it's\it's`)
	do(t, c, "CREATE TABLE p (a UInt64, b String) ENGINE = MergeTree ORDER BY a")
	if err := c.Exec(ctx, "INSERT INTO p VALUES ({n:UInt64}, {s:String})"); err != nil {
		t.Fatal(err)
	}
	check(t, "inserted", one[string](t, c, "SELECT b FROM p WHERE a = 41"), "o'c\n")
}

func checkStruct(t *testing.T, c driver.Conn) {
	type row struct {
		Number uint64  `ch:"number"`
		Text   string  `ch:"text"`
		Maybe  *string `ch:"maybe"`
	}
	var rows []row
	if err := c.Select(context.Background(), &rows, "SELECT number, toString(number) AS text, if(number = 1, NULL, text) AS maybe FROM numbers(3)"); err != nil {
		t.Fatal(err)
	}
	two := "2"
	if len(rows) != 3 || rows[1].Maybe != nil || !reflect.DeepEqual(rows[2], row{2, "2", &two}) {
		t.Errorf("got %+v", rows)
	}
}

func checkStates(t *testing.T, c driver.Conn) {
	do(t, c, "CREATE TABLE s (k UInt8, n AggregateFunction(uniqExact, UInt64), m SimpleAggregateFunction(max, UInt64)) ENGINE = AggregatingMergeTree ORDER BY k")
	do(t, c, "INSERT INTO s SELECT number % 2, uniqExactState(number), max(number) FROM numbers(10) GROUP BY 1")
	do(t, c, "INSERT INTO s SELECT number % 2, uniqExactState(number), max(number) FROM numbers(5, 10) GROUP BY 1")
	check(t, "merged", one[uint64](t, c, "SELECT uniqExactMerge(n) FROM s WHERE k = 1"), 7)
	check(t, "finalized", one[uint64](t, c, "SELECT sum(finalizeAggregation(n)) FROM s FINAL"), 15)
}

func checkReplacing(t *testing.T, c driver.Conn) {
	do(t, c, "CREATE TABLE r (k UInt64, v String, version UInt64, is_deleted UInt8) ENGINE = ReplacingMergeTree(version, is_deleted) ORDER BY k")
	do(t, c, "INSERT INTO r VALUES (1, 'old', 1, 0), (2, 'keep', 1, 0), (3, 'gone', 1, 0)")
	do(t, c, "INSERT INTO r VALUES (1, 'new', 2, 0), (3, '', 2, 1), (2, 'late', 0, 0)")
	check(t, "final", one[string](t, c, "SELECT arrayStringConcat(groupArray(concat(toString(k), v)), ' ') FROM (SELECT k, v FROM r FINAL ORDER BY k)"), "1new 2keep")
}

func checkView(t *testing.T, c driver.Conn) {
	do(t, c, "CREATE TABLE src (id UInt64) ENGINE = MergeTree ORDER BY id")
	do(t, c, "CREATE MATERIALIZED VIEW mv ENGINE = SummingMergeTree ORDER BY k AS SELECT id % 3 AS k, count() AS n FROM src GROUP BY k")
	do(t, c, "CREATE VIEW plain AS SELECT * FROM src WHERE id > 5")
	batch, err := c.PrepareBatch(context.Background(), "INSERT INTO src")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 9 {
		if err := batch.Append(uint64(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
	check(t, "view", one[uint64](t, c, "SELECT sum(n) FROM mv"), 9)
	check(t, "plain view", one[uint64](t, c, "SELECT count() FROM plain"), 3)
}

func checkDictionary(t *testing.T, c driver.Conn) {
	database := one[string](t, c, "SELECT currentDatabase()")
	do(t, c, "CREATE TABLE names (id UInt64, name String) ENGINE = MergeTree ORDER BY id")
	do(t, c, "INSERT INTO names VALUES (1, 'Ada'), (2, 'Bo')")
	do(t, c, "CREATE DICTIONARY d (id UInt64, name String) PRIMARY KEY id SOURCE(CLICKHOUSE(TABLE 'names' DB '"+database+"')) LAYOUT(FLAT()) LIFETIME(0)")
	check(t, "dictionary", one[string](t, c, "SELECT dictGet('"+database+".d', 'name', 2::UInt64)"), "Bo")
}

func checkBlocks(t *testing.T, c driver.Conn) {
	rows, err := c.Query(context.Background(), "SELECT number, toString(number) FROM numbers(300000)")
	if err != nil {
		t.Fatal(err)
	}
	count, sum := 0, uint64(0)
	for rows.Next() {
		var number uint64
		var text string
		if err := rows.Scan(&number, &text); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(number) != text {
			t.Fatalf("got %d %s", number, text)
		}
		count, sum = count+1, sum+number
	}
	if rows.Err() != nil || count != 300000 || sum != 44999850000 {
		t.Errorf("got %d rows, sum %d, %v", count, sum, rows.Err())
	}
}

func checkEmpty(t *testing.T, c driver.Conn) {
	rows, err := c.Query(context.Background(), "SELECT number FROM numbers(10) WHERE number > 100")
	if err != nil {
		t.Fatal(err)
	}
	if rows.Next() || rows.Err() != nil {
		t.Errorf("got a row, %v", rows.Err())
	}
	do(t, c, "CREATE TABLE e (id UInt64) ENGINE = MergeTree ORDER BY id")
	batch, err := c.PrepareBatch(context.Background(), "INSERT INTO e")
	if err != nil {
		t.Fatal(err)
	}
	if err := batch.Send(); err != nil {
		t.Errorf("empty batch: %v", err)
	}
}

func checkLargeBatch(t *testing.T, c driver.Conn) {
	do(t, c, "CREATE TABLE l (id UInt64, text String, low LowCardinality(String), tags Array(String)) ENGINE = MergeTree ORDER BY id")
	batch, err := c.PrepareBatch(context.Background(), "INSERT INTO l")
	if err != nil {
		t.Fatal(err)
	}
	const rows = 120_000
	for i := range rows {
		if err := batch.Append(uint64(i), "text number "+fmt.Sprint(i), fmt.Sprint("team ", i%50), []string{"a", fmt.Sprint(i % 7)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
	check(t, "rows that are right", one[uint64](t, c, "SELECT countIf(text = concat('text number ', toString(id)) AND low = concat('team ', toString(id % 50)) AND tags = ['a', toString(id % 7)]) FROM l"), rows)
	check(t, "distinct", one[uint64](t, c, "SELECT uniqExact(id) FROM l"), rows)
}

func checkColumnBatch(t *testing.T, c driver.Conn) {
	do(t, c, "CREATE TABLE cb (id UInt64, text String, extra String DEFAULT concat('d', toString(id))) ENGINE = MergeTree ORDER BY id")
	batch, err := c.PrepareBatch(context.Background(), "INSERT INTO cb (id, text)")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(batch.Column(0).Append([]uint64{1, 2}), batch.Column(1).Append([]string{"one", "two"}), batch.Send()); err != nil {
		t.Fatal(err)
	}
	check(t, "defaults", one[string](t, c, "SELECT arrayStringConcat(groupArray(concat(text, extra)), ' ') FROM cb"), "oned1 twod2")
}

func checkBatchFlush(t *testing.T, c driver.Conn) {
	do(t, c, "CREATE TABLE bf (id UInt64) ENGINE = MergeTree ORDER BY id")
	batch, err := c.PrepareBatch(context.Background(), "INSERT INTO bf")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 { // several blocks in one body
		if err := batch.Append(uint64(i)); err != nil {
			t.Fatal(err)
		}
		if i%100 == 99 {
			if err := batch.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
	check(t, "rows", one[uint64](t, c, "SELECT count() FROM bf"), 1000)
}

func checkAsyncInsert(t *testing.T, c driver.Conn) {
	do(t, c, "CREATE TABLE ai (id UInt64) ENGINE = MergeTree ORDER BY id")
	ctx := clickhouse.Context(context.Background(), clickhouse.WithAsync(true))
	if err := c.Exec(ctx, "INSERT INTO ai VALUES (1), (2)"); err != nil {
		t.Fatal(err)
	}
	check(t, "rows", one[uint64](t, c, "SELECT count() FROM ai"), 2)
}

func checkToken(t *testing.T, c driver.Conn) {
	do(t, c, "CREATE TABLE tk (id UInt64) ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 100")
	send := func(token string) {
		ctx := clickhouse.Context(context.Background(), clickhouse.WithSettings(clickhouse.Settings{"insert_deduplication_token": token, "async_insert": 0}))
		batch, err := c.PrepareBatch(ctx, "INSERT INTO tk")
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(batch.Append(uint64(1)), batch.Send()); err != nil {
			t.Fatal(err)
		}
	}
	send("one")
	send("one")
	check(t, "same token", one[uint64](t, c, "SELECT count() FROM tk"), 1)
	send("two")
	check(t, "other token", one[uint64](t, c, "SELECT count() FROM tk"), 2)
}

// wantCode checks that clickhouse-go got the typed exception.
func wantCode(t *testing.T, err error, code int32) {
	t.Helper()
	var exception *clickhouse.Exception
	if !errors.As(err, &exception) || exception.Code != code {
		t.Errorf("got %T %v, want code %d", err, err, code)
	}
}

func checkErrorCode(t *testing.T, c driver.Conn) {
	_, err := c.Query(context.Background(), "SELECT * FROM nowhere")
	wantCode(t, err, 60)
	wantCode(t, c.Exec(context.Background(), "DROP TABLE nowhere"), 60)
	wantCode(t, c.Exec(context.Background(), "SELEC 1"), 62)
	wantCode(t, c.Exec(context.Background(), "SELECT nothing"), 47)
	_, err = c.PrepareBatch(context.Background(), "INSERT INTO nowhere")
	wantCode(t, err, 60)
	check(t, "afterwards", one[uint8](t, c, "SELECT 1"), 1)
}

func checkInsertError(t *testing.T, c driver.Conn) {
	do(t, c, "CREATE TABLE ie (id UInt64, CONSTRAINT small CHECK id < 1000) ENGINE = MergeTree ORDER BY id")
	batch, err := c.PrepareBatch(context.Background(), "INSERT INTO ie")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2000 {
		if err := batch.Append(uint64(i)); err != nil {
			t.Fatal(err)
		}
	}
	wantCode(t, batch.Send(), 469)
	check(t, "rows", one[uint64](t, c, "SELECT count() FROM ie"), 0)
}

func checkMiddleError(t *testing.T, c driver.Conn) {
	rows, err := c.Query(context.Background(), "SELECT throwIf(number = 1500000), number FROM numbers(2000000)")
	if err == nil {
		for rows.Next() {
			continue
		}
		err = rows.Err()
	}
	wantCode(t, err, 395)
	check(t, "afterwards", one[uint8](t, c, "SELECT 1"), 1)
}

func checkSettings(t *testing.T, c driver.Conn) {
	ctx := clickhouse.Context(context.Background(), clickhouse.WithSettings(clickhouse.Settings{"max_threads": 7, "max_block_size": 1234}))
	var threads, block uint64
	if err := c.QueryRow(ctx, "SELECT getSetting('max_threads')::UInt64, getSetting('max_block_size')::UInt64").Scan(&threads, &block); err != nil {
		t.Fatal(err)
	}
	check(t, "settings", fmt.Sprint(threads, block), "7 1234")
	check(t, "not kept", one[uint64](t, c, "SELECT getSetting('max_block_size')::UInt64"), 65409)
	ctx = clickhouse.Context(context.Background(), clickhouse.WithSettings(clickhouse.Settings{"no_such_setting": 1}))
	wantCode(t, c.Exec(ctx, "SELECT 1"), 115)
	check(t, "database", one[string](t, c, "SELECT currentDatabase()"), strings.NewReplacer("/", "_", "-", "_", "#", "_").Replace("db_"+t.Name()))
}

func checkCancel(t *testing.T, c driver.Conn) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Exec(ctx, "SELECT count() FROM numbers(1000000000000)") }()
	waitFor(t, "the statement to run", func() bool { return running(t, "numbers(1000000000000)") > 0 })
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	waitFor(t, "the statement to end", func() bool { return running(t, "numbers(1000000000000)") == 0 })
}

func checkDeadline(t *testing.T, c driver.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if err := c.Exec(ctx, "SELECT count() FROM numbers(1000000000001)"); err == nil {
		t.Error("no error")
	}
	waitFor(t, "the statement to end", func() bool { return running(t, "numbers(1000000000001)") == 0 })
}

// running counts the running statements that contain a text.
func running(t testing.TB, text string) int {
	t.Helper()
	return strings.Count(sql(t, "SELECT query FROM system.processes WHERE query NOT LIKE '%system.processes%' FORMAT TSVRaw"), text)
}

func checkText(t *testing.T, c driver.Conn) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	do(t, c, "CREATE TABLE x (id UInt8, v String) ENGINE = MergeTree ORDER BY id")
	batch, err := c.PrepareBatch(context.Background(), "INSERT INTO x")
	if err != nil {
		t.Fatal(err)
	}
	values := []string{string(every), "", "日本語 emoji 👩‍👩‍👧 العربية", strings.Repeat("ab\x00", 1<<20)}
	for i, value := range values {
		if err := batch.Append(uint8(i), value); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
	for i, value := range values {
		check(t, fmt.Sprint("value ", i), one[string](t, c, "SELECT v FROM x WHERE id = "+fmt.Sprint(i)), value)
	}
	check(t, "literal", one[string](t, c, "SELECT 'ü\\'👍'"), "ü'👍")
}

func checkQueryID(t *testing.T, c driver.Conn) {
	ctx := clickhouse.Context(context.Background(), clickhouse.WithQueryID("my-id-"+t.Name()))
	if err := c.Exec(ctx, "SELECT 1"); err != nil {
		t.Error(err)
	}
}

func checkDelete(t *testing.T, c driver.Conn) {
	do(t, c, "CREATE TABLE dl (id UInt64) ENGINE = MergeTree ORDER BY id")
	do(t, c, "INSERT INTO dl SELECT number FROM numbers(10)")
	do(t, c, "DELETE FROM dl WHERE id < 4")
	check(t, "rows", one[uint64](t, c, "SELECT count() FROM dl"), 6)
	do(t, c, "ALTER TABLE dl ADD COLUMN v UInt8 DEFAULT 1")
	do(t, c, "ALTER TABLE dl UPDATE v = 2 WHERE id = 5 SETTINGS mutations_sync = 1")
	check(t, "updated", one[uint64](t, c, "SELECT sum(v) FROM dl"), 7)
	do(t, c, "OPTIMIZE TABLE dl FINAL")
	check(t, "rows", one[uint64](t, c, "SELECT count() FROM dl"), 6)
}

func checkJSON(t *testing.T, c driver.Conn) {
	check(t, "json", one[string](t, c, `SELECT JSONExtractString('{"a":{"b":"ü"}}', 'a', 'b')`), "ü")
}

func checkQuantiles(t *testing.T, c driver.Conn) {
	var quantiles []float32
	if err := c.QueryRow(context.Background(), "SELECT quantilesTDigest(0.5, 0.9)(number) FROM numbers(1001)").Scan(&quantiles); err != nil {
		t.Fatal(err)
	}
	if len(quantiles) != 2 || quantiles[0] != 500 {
		t.Errorf("got %v", quantiles)
	}
}

func checkFormats(t *testing.T, c driver.Conn) {
	check(t, "formatted", one[string](t, c, "SELECT formatRow('JSONEachRow', 1 AS a, 'x' AS b)"), "{\"a\":1,\"b\":\"x\"}\n")
}
