//go:build embedded

package embedded

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

const get, post = http.MethodGet, http.MethodPost

func TestPaths(t *testing.T) {
	needEngine(t)
	for path, want := range map[string]int{"/ping": 200, "/replicas_status": 200, "/": 200, "/play": 404, "/nope": 404} {
		response, err := http.Get("http://" + shared.server.Address() + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		check(t, path, response.StatusCode, want)
		if want == 200 {
			check(t, path, string(body), "Ok.\n")
		}
	}
}

func TestWhereTheQueryIs(t *testing.T) {
	check(t, "url, GET", ask(t, get, nil, nil, "query", "SELECT 1").body, "1\n")
	check(t, "url, POST", ask(t, post, nil, nil, "query", "SELECT 1").body, "1\n")
	check(t, "body", ask(t, post, strings.NewReader("SELECT 2"), nil).body, "2\n")
	check(t, "both", ask(t, post, strings.NewReader(", 3"), nil, "query", "SELECT 2").body, "2\t3\n")
	check(t, "trailing semicolon", ask(t, post, strings.NewReader("SELECT 2;\n"), nil).body, "2\n")
	check(t, "comment", ask(t, post, strings.NewReader("-- a comment; with 'quote\nSELECT /* FORMAT JSON */ 2"), nil).body, "2\n")
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}} // what curl -d sends
	check(t, "curl -d", ask(t, post, strings.NewReader("SELECT 'a&b=c'"), form).body, "a&b=c\n")
}

func TestArguments(t *testing.T) {
	check(t, "parameters", ask(t, get, nil, nil, "query", "SELECT {a:String}, {b:Array(UInt8)}, {c:Identifier} FROM (SELECT 9 AS x)", "param_a", "it's\\t\\\\ ü", "param_b", "[1,2]", "param_c", "x").body, "it\\'s\\t\\\\ ü\t[1,2]\t9\n")
	check(t, "setting", ask(t, get, nil, nil, "query", "SELECT getSetting('max_block_size')", "max_block_size", "77").body, "77\n")
	check(t, "setting with quotes", ask(t, get, nil, nil, "query", "SELECT getSetting('log_comment')", "log_comment", `a'b\c`).body, "a\\'b\\\\c\n")
	check(t, "database", ask(t, get, nil, nil, "query", "SELECT currentDatabase()", "database", "system").body, "system\n")
	check(t, "database header", ask(t, get, nil, http.Header{"X-Clickhouse-Database": {"system"}}, "query", "SELECT currentDatabase()").body, "system\n")
	wantError(t, ask(t, get, nil, nil, "query", "SELECT 1", "database", "nowhere"), 81, 404)
	wantError(t, ask(t, get, nil, nil, "query", "SELECT 1", "no_such_setting", "1"), 115, 404)
	wantError(t, ask(t, get, nil, nil, "query", "SELECT 1", "max_threads = 1, x", "1"), 115, 404)
	check(t, "time zone", ask(t, get, nil, nil, "query", "SELECT 1", "session_timezone", "Asia/Tokyo").header.Get("X-ClickHouse-Timezone"), "Asia/Tokyo")
}

func TestFormats(t *testing.T) {
	json := `{"a":1}` + "\n"
	check(t, "default_format", ask(t, get, nil, nil, "query", "SELECT 1 AS a", "default_format", "JSONEachRow").body, json)
	check(t, "header", ask(t, get, nil, http.Header{"X-Clickhouse-Format": {"JSONEachRow"}}, "query", "SELECT 1 AS a").body, json)
	check(t, "FORMAT", ask(t, get, nil, nil, "query", "SELECT 1 AS a FORMAT JSONEachRow").body, json)
	check(t, "FORMAT and SETTINGS", ask(t, get, nil, nil, "query", "SELECT 1 AS a FORMAT JSONEachRow SETTINGS max_threads = 1").body, json)
	check(t, "column named format", ask(t, get, nil, nil, "query", "SELECT format FROM (SELECT 5 AS format) WHERE format = 5").body, "5\n")
	got := ask(t, get, nil, nil, "query", "SELECT 1 AS a FORMAT JSON")
	check(t, "content type", got.header.Get("Content-Type"), "application/json; charset=UTF-8")
	check(t, "format header", got.header.Get("X-ClickHouse-Format"), "JSON")
	if !strings.Contains(got.body, `"rows": 1,`) {
		t.Errorf("got %s", got.body)
	}
	wantError(t, ask(t, get, nil, nil, "query", "SELECT 1 FORMAT NoSuch"), 73, 404)
	check(t, "no rows, names", sql(t, "SELECT 1 AS a WHERE 0 FORMAT TSVWithNames"), "a\n")
	check(t, "SHOW", sql(t, "SHOW TABLES FROM system LIKE 'one'"), "one\n")
	check(t, "DESCRIBE", sql(t, "DESCRIBE TABLE system.one FORMAT TSVRaw"), "dummy\tUInt8\t\t\t\t\t\n")
	check(t, "totals", sql(t, "SELECT number % 2 AS k, count() FROM numbers(10) GROUP BY k WITH TOTALS ORDER BY k"), "0\t5\n1\t5\n\n0\t10\n")
}

// TestPiecesAreTheWhole compares results that are sent in pieces with those that the engine makes at once.
func TestPiecesAreTheWhole(t *testing.T) {
	needEngine(t)
	const statement = "SELECT number, concat('text \"', toString(number), '\"\\n') AS `te\"xt\n` FROM numbers(200000) ORDER BY number"
	formats := []string{"TSV", "TabSeparated", "TSVRaw", "CSV", "TSKV", "Native", "RowBinary", "MsgPack", "BSONEachRow", "JSONEachRow", "JSONLines", "NDJSON",
		"JSONStringsEachRow", "JSONCompactEachRow", "JSONCompactStringsEachRow", "TSVWithNames", "TSVWithNamesAndTypes", "CSVWithNames", "CSVWithNamesAndTypes",
		"JSONCompactEachRowWithNames", "JSONCompactEachRowWithNamesAndTypes", "JSONCompactStringsEachRowWithNames",
		"JSONCompact", "JSONColumns", "XML", "Values", "RowBinaryWithNamesAndTypes", "Parquet", "PrettyCompact", "Vertical", "Null"}
	cut := func(text string) string { // without the time that the statement took
		head, _, _ := strings.Cut(text, "\"statistics\"")
		head, _, _ = strings.Cut(head, "<statistics>")
		return head
	}
	compare := func(statement, format string) {
		used, err := shared.engine.begin(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		whole, _, err := used.query(statement, format, nil)
		shared.engine.end(used)
		if err != nil {
			t.Fatal(err)
		}
		if cut(sql(t, statement+" FORMAT "+format)) != cut(string(whole)) {
			t.Errorf("%s: the pieces of %s are not the whole", format, statement)
		}
	}
	for _, format := range formats {
		compare(statement, format)
		compare("SELECT number % 3 AS k, count() FROM numbers(10) GROUP BY k WITH TOTALS ORDER BY k", format)
		compare("SELECT number AS k FROM numbers(10) WHERE k > 10", format)
	}
	const wide = "SELECT number AS k, repeat('x', 1000000) FROM numbers(9)" // more than a piece in one row
	compare(wide, "TSVWithNames")
	compare(wide, "Native")
	check(t, "sparse result", sql(t, "SELECT number FROM numbers(50000000) WHERE number % 20000000 = 19999999 ORDER BY number"), "19999999\n39999999\n")
}

func TestHeaders(t *testing.T) {
	got := ask(t, post, strings.NewReader("SELECT number FROM numbers(10)"), nil, "query_id", "abc")
	check(t, "query id", got.header.Get("X-ClickHouse-Query-Id"), "abc")
	shown := sql(t, "SELECT Settings['log_comment'] FROM system.processes WHERE query LIKE '%here I am%'  -- here I am", "query_id", "it's me")
	check(t, "query id in the engine", shown, "it\\'s me\n")
	if summary := got.header.Get("X-ClickHouse-Summary"); !strings.Contains(summary, `"read_rows":"10"`) || !strings.Contains(summary, `"result_rows":"10"`) {
		t.Errorf("got %s", summary)
	}
	if ask(t, get, nil, nil, "query", "SELECT 1").header.Get("X-ClickHouse-Query-Id") == "" {
		t.Error("no query id was made up")
	}
	sql(t, "CREATE TABLE IF NOT EXISTS headers (a UInt8) ENGINE = Memory")
	got = ask(t, post, strings.NewReader("INSERT INTO headers VALUES (1), (2), (3)"), nil)
	if summary := got.header.Get("X-ClickHouse-Summary"); !strings.Contains(summary, `"written_rows":"3"`) {
		t.Errorf("got %s", summary)
	}
}

func TestErrors(t *testing.T) {
	for statement, want := range map[string][2]int{
		"SELECT * FROM nowhere": {60, 404}, "SELEC 1": {62, 400}, "SELECT nothing": {47, 404}, "SELECT throwIf(1)": {395, 500},
		"": {62, 400}, "  -- nothing": {62, 400}, "quit": {62, 400}, "SELECT 1; SELECT 2": {62, 400}, "DROP TABLE IF EXISTS a; DROP TABLE IF EXISTS b": {62, 400}, "SELECT nosuch(1)": {46, 404},
		"SELECT 'a'::UInt8": {6, 400}, "SELECT 1 SETTINGS nothing_such = 1": {115, 404}, "INSERT INTO nowhere VALUES (1)": {60, 404},
		"INSERT INTO nowhere": {62, 400}, "SELECT {a:UInt8}": {456, 400}, "SELECT sleep(2) SETTINGS max_execution_time = 0.1, function_sleep_max_microseconds_per_block = 3000000": {159, 408},
	} {
		t.Run(statement, func(t *testing.T) {
			got := ask(t, post, strings.NewReader(statement), nil)
			wantError(t, got, want[0], want[1])
			if !strings.Contains(got.body, "(version 26.") {
				t.Errorf("no version in %q", got.body)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	for _, statement := range []string{"SYSTEM SHUTDOWN", "system /* x */ shutdown", "SYSTEM KILL", "SYSTEM SUSPEND FOR 1 SECOND",
		"SELECT 1 INTO OUTFILE '/tmp/floorwatch-outfile'", "INSERT INTO t FROM INFILE '/etc/hostname' FORMAT TSV", "INSERT INTO t SELECT * FROM input('a UInt8') FORMAT TSV\n1"} {
		wantError(t, ask(t, post, strings.NewReader(statement), nil), 48, 501)
	}
	wantError(t, ask(t, get, nil, nil, "query", "SELECT 1", "session_id", "x"), 48, 501)
	wantError(t, ask(t, get, nil, nil, "query", "SELECT 1", "role", "x"), 48, 501)
	wantError(t, ask(t, post, strings.NewReader("--x--"), http.Header{"Content-Type": {"multipart/form-data; boundary=x"}}, "query", "SELECT 1"), 48, 501)
	for _, statement := range []string{"CREATE TABLE g (a UInt8) ENGINE = Memory", "INSERT INTO headers VALUES (1)", "DROP DATABASE system", "SET max_threads = 1", "KILL QUERY WHERE 0"} {
		wantError(t, ask(t, get, nil, nil, "query", statement), 164, 500)
	}
	check(t, "a text that looks like it", sql(t, "SELECT 'SYSTEM SHUTDOWN' -- SYSTEM SHUTDOWN"), "SYSTEM SHUTDOWN\n")
	check(t, "still there", sql(t, "SELECT 1"), "1\n")
}

func TestAuthentication(t *testing.T) {
	login := func(user, key string) http.Header {
		return http.Header{"X-Clickhouse-User": {user}, "X-Clickhouse-Key": {key}}
	}
	basic := func(user, key string) http.Header {
		request, _ := http.NewRequest(get, "/", nil)
		request.SetBasicAuth(user, key)
		return request.Header
	}
	check(t, "default", ask(t, get, nil, login("default", ""), "query", "SELECT 1").body, "1\n")
	check(t, "url", ask(t, get, nil, nil, "query", "SELECT 1", "user", "default", "password", "").body, "1\n")
	check(t, "basic", ask(t, get, nil, basic("default", ""), "query", "SELECT 1").body, "1\n")
	wantError(t, ask(t, get, nil, login("ada", ""), "query", "SELECT 1"), 516, 403)
	wantError(t, ask(t, get, nil, login("default", "x"), "query", "SELECT 1"), 516, 403)
	wantError(t, ask(t, get, nil, basic("default", "x"), "query", "SELECT 1"), 516, 403)
	wantError(t, ask(t, get, nil, nil, "query", "SELECT 1", "user", "ada"), 516, 403)

	locked, err := Serve("127.0.0.1:0", NewFront(shared.engine, FrontConfig{Password: "secret"}))
	if err != nil {
		t.Fatal(err)
	}
	defer locked.Close(context.Background())
	for _, each := range []struct {
		header http.Header
		want   int
	}{{nil, 403}, {login("default", "secret"), 200}, {basic("default", "secret"), 200}, {login("default", "Secret"), 403}, {login("", ""), 403}} {
		request, _ := http.NewRequest(get, "http://"+locked.Address()+"/?query=SELECT+1", nil)
		request.Header = each.header
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		check(t, fmt.Sprint(each.header), response.StatusCode, each.want)
	}
}

// TestWebPages: a page from elsewhere, open in a browser on this machine, must not reach the engine.
func TestWebPages(t *testing.T) {
	for _, header := range []http.Header{{"Origin": {"https://evil.example"}}, {"Sec-Fetch-Site": {"cross-site"}}} {
		wantError(t, ask(t, post, strings.NewReader("CREATE DATABASE evil"), header), 516, 403)
	}
	check(t, "not made", sql(t, "SELECT count() FROM system.databases WHERE name = 'evil'"), "0\n")
}

// TestLongStatement sends more text than a statement may have by default.
func TestLongStatement(t *testing.T) {
	long := "SELECT count() FROM numbers(100) WHERE number IN (" + strings.Repeat("1, ", 300_000) + "2)"
	got := ask(t, post, strings.NewReader(long), nil)
	t.Logf("without max_query_size: %d %.100s", got.status, got.body)
	check(t, "with max_query_size", sql(t, long, "max_query_size", "10000000"), "2\n")
	got = ask(t, post, strings.NewReader("SELECT '"+strings.Repeat("x", statementLimit)+"'"), nil, "max_query_size", "1000000000")
	wantError(t, got, 131, 413)
}

// TestNothingLeaks runs what changes a session, and looks for traces of it afterwards.
func TestNothingLeaks(t *testing.T) {
	before := sql(t, "SELECT name, value FROM system.settings WHERE changed AND name NOT IN ('chdb_client_name', 'log_comment') ORDER BY name")
	for range 2 * cap(shared.engine.slots) {
		sql(t, "SET max_threads = 3, max_block_size = 99")
		sql(t, "USE system")
		sql(t, "CREATE TEMPORARY TABLE leak (a UInt8)")
		sql(t, "SELECT 1 SETTINGS max_block_size = 98")
		sql(t, "SELECT 1", "readonly", "1", "max_result_rows", "5", "database", "system")
	}
	for range 2 * cap(shared.engine.slots) {
		check(t, "settings", sql(t, "SELECT name, value FROM system.settings WHERE changed AND name NOT IN ('chdb_client_name', 'log_comment') ORDER BY name"), before)
		check(t, "database", sql(t, "SELECT currentDatabase()"), "default\n")
		wantError(t, ask(t, post, strings.NewReader("SELECT * FROM leak"), nil), 60, 404)
	}
	wantError(t, ask(t, post, strings.NewReader("CREATE TABLE ro (a UInt8) ENGINE = Memory"), nil, "readonly", "1"), 164, 500)
}

// TestParallel runs many different requests at once; each must get its own answer.
func TestParallel(t *testing.T) {
	needEngine(t)
	var group sync.WaitGroup
	for worker := range 24 {
		group.Go(func() {
			database, table := "default", fmt.Sprintf("par%d", worker)
			if worker%2 == 0 {
				database = "parallel_even"
			}
			sql(t, "CREATE DATABASE IF NOT EXISTS "+database)
			sql(t, "CREATE TABLE "+table+" (n UInt64) ENGINE = MergeTree ORDER BY n", "database", database)
			for round := range 15 {
				number := worker*1000 + round
				got := ask(t, post, strings.NewReader("SELECT {p:UInt64}, getSetting('max_block_size'), currentDatabase(), sum(number) FROM numbers(100000)"), nil,
					"param_p", fmt.Sprint(number), "max_block_size", fmt.Sprint(1000+number), "database", database)
				check(t, "answer", got.body, fmt.Sprintf("%d\t%d\t%s\t4999950000\n", number, 1000+number, database))
				inserted := ask(t, post, strings.NewReader(fmt.Sprintf("%d\n", number)), nil, "query", "INSERT INTO "+table+" FORMAT TSV", "database", database)
				check(t, "insert", inserted.status, 200)
			}
			check(t, table, sql(t, "SELECT count(), min(n) FROM "+table, "database", database), fmt.Sprintf("15\t%d\n", worker*1000))
		})
	}
	group.Wait()
}

// TestTrulyParallel shows that statements do not wait for each other.
func TestTrulyParallel(t *testing.T) {
	needEngine(t)
	started := time.Now()
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() { sql(t, "SELECT sleep(1)") })
	}
	group.Wait()
	if took := time.Since(started); took > 3*time.Second {
		t.Errorf("4 statements of a second took %s", took)
	}
}

func TestCancel(t *testing.T) {
	needEngine(t)
	statements := map[string]string{
		"a number":          "SELECT count() FROM numbers(1000000000000)",
		"a streamed result": "SELECT number FROM numbers(1000000000000) FORMAT TSV",
		"a whole result":    "SELECT count() FROM numbers(1000000000000) FORMAT JSON",
		"no data yet":       "SELECT number FROM numbers(1000000000000) WHERE sipHash64(number) = 1",
		"an insert":         "INSERT INTO FUNCTION null('a UInt64') SELECT number FROM numbers(1000000000000)",
	}
	for name, statement := range statements {
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan answer, 1)
		go func() { ended <- askContext(ctx, t, post, strings.NewReader(statement), nil) }()
		waitFor(t, name+" to run", func() bool { return running(t, "numbers(1000000000000)") == 1 })
		cancel()
		if got := <-ended; got.broken == nil {
			t.Errorf("%s: got %v", name, got)
		}
		waitFor(t, name+" to end", func() bool { return running(t, "numbers(1000000000000)") == 0 })
	}
	waitFor(t, "free connections", func() bool { return len(shared.engine.slots) == 0 })
}

// TestCancelWhileWaiting fills the engine; a request that waits for its turn must go away with its client.
func TestCancelWhileWaiting(t *testing.T) {
	needEngine(t)
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	for range cap(shared.engine.slots) {
		group.Go(func() {
			askContext(ctx, t, post, strings.NewReader("SELECT count() FROM numbers(1000000000000)"), nil)
		})
	}
	waitFor(t, "a full engine", func() bool { return len(shared.engine.slots) == cap(shared.engine.slots) })
	late, stop := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer stop()
	sql := "CREATE TABLE must_not_come (a UInt8) ENGINE = Memory"
	if got := askContext(late, t, post, strings.NewReader(sql), nil); got.broken == nil {
		t.Errorf("got %v", got)
	}
	cancel()
	group.Wait()
	waitFor(t, "free connections", func() bool { return len(shared.engine.slots) == 0 })
	wantError(t, ask(t, post, strings.NewReader("SELECT * FROM must_not_come"), nil), 60, 404)
}

// TestErrorWithinResult: the client must see that the result is broken, whatever the format.
func TestErrorWithinResult(t *testing.T) {
	const statement = "SELECT throwIf(number = 3000000), number FROM numbers(4000000)"
	for _, format := range []string{"TSV", "CSVWithNames", "JSONEachRow", "Native", "RowBinary"} {
		got := ask(t, post, strings.NewReader(statement+" FORMAT "+format), nil)
		check(t, format, got.status, 200)
		if got.broken == nil {
			t.Errorf("%s: the result of %d bytes looks whole", format, len(got.body))
		}
		tag := got.header.Get("X-ClickHouse-Exception-Tag")
		tail := got.body[max(0, len(got.body)-1000):]
		if tag == "" || !strings.Contains(tail, "\r\n__exception__\r\n"+tag+"\r\nCode: 395. ") || !strings.HasSuffix(tail, tag+"\r\n__exception__\r\n") {
			t.Errorf("%s: the result ends with %q", format, tail)
		}
	}
	wantError(t, ask(t, post, strings.NewReader(statement+" FORMAT JSON"), nil), 395, 500)
	wantError(t, ask(t, post, strings.NewReader(statement), nil, "wait_end_of_query", "1"), 395, 500)
	wantError(t, ask(t, post, strings.NewReader("SELECT throwIf(number = 3) FROM numbers(4)"), nil), 395, 500)
}

// TestBoundedMemory reads a result of 700 MB through the front and watches the process.
func TestBoundedMemory(t *testing.T) {
	needEngine(t)
	sql(t, "SELECT number, repeat('x', 100) FROM numbers(100000) FORMAT Null")
	before := residentBytes(t)
	response, err := http.Post("http://"+shared.server.Address()+"/", "text/plain", strings.NewReader("SELECT number, repeat('x', 100) FROM numbers(6500000)"))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var total, most int64
	buffer := make([]byte, 1<<20)
	for {
		count, err := response.Body.Read(buffer)
		total += int64(count)
		if total%(64<<20) < int64(count) {
			most = max(most, residentBytes(t)-before)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("result %d MB, memory grew by at most %d MB", total>>20, most>>20)
	if total < 690e6 || most > 200<<20 {
		t.Errorf("result of %d bytes, memory grew by %d bytes", total, most)
	}
}
