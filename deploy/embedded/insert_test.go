//go:build embedded

package embedded

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// residentBytes is the memory of this process.
func residentBytes(t testing.TB) int64 {
	t.Helper()
	content, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("no /proc")
	}
	pages, err := strconv.ParseInt(strings.Fields(string(content))[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}

// table makes an empty table and returns its name.
func table(t *testing.T, columns string) string {
	t.Helper()
	name := strings.NewReplacer("/", "_", "-", "_", "#", "_", " ", "_", ",", "_").Replace("t_" + t.Name())
	sql(t, "DROP TABLE IF EXISTS "+name)
	sql(t, "CREATE TABLE "+name+" ("+columns+") ENGINE = MergeTree ORDER BY tuple()")
	return name
}

func TestInsertForms(t *testing.T) {
	name := table(t, "a UInt64, b String")
	rows := func() string {
		got := sql(t, "SELECT * FROM "+name+" ORDER BY a")
		sql(t, "TRUNCATE TABLE "+name)
		return got
	}
	insert := func(query, body string, arguments ...string) {
		t.Helper()
		if query != "" {
			arguments = append(arguments, "query", query)
		}
		if got := ask(t, post, strings.NewReader(body), nil, arguments...); got.status != 200 {
			t.Errorf("%s %q: %d %s", query, body, got.status, got.body)
		}
	}
	for _, each := range []struct{ query, body, want string }{
		{"INSERT INTO " + name + " FORMAT TSV", "1\tx\n2\ty\n", "1\tx\n2\ty\n"},
		{"INSERT INTO " + name + " FORMAT TSV\n", "1\tx\n2\ty", "1\tx\n2\ty\n"},
		{"", "INSERT INTO " + name + " FORMAT TSV\n1\tx\n", "1\tx\n"},
		{"", "INSERT INTO " + name + " FORMAT TSV\r\n1\tx\n", "1\tx\n"},
		{"", "INSERT INTO " + name + " (b, a) FORMAT CSV\n\"a,\"\"b\",7", "7\ta,\"b\n"},
		{"", "insert into " + name + " format JSONEachRow {\"a\":1,\"b\":\"SELECT FORMAT x\"}", "1\tSELECT FORMAT x\n"},
		{"INSERT INTO " + name, "VALUES (1, 'x'), (1 + 1, concat('y', 'z'))", "1\tx\n2\tyz\n"},
		{"INSERT INTO " + name + " VALUES", "(1, 'x')", "1\tx\n"},
		{"INSERT INTO " + name + " VALUES (1, 'x'),", "(2, 'y');", "1\tx\n2\ty\n"},
		{"", "/* c */ INSERT INTO TABLE `" + name + "` (a, `b`) SETTINGS max_threads = 1 VALUES (1, 'x')", "1\tx\n"},
		{"", "INSERT INTO default." + name + " SELECT number, 'VALUES' FROM numbers(2)", "0\tVALUES\n1\tVALUES\n"},
		{"", "INSERT INTO " + name + " WITH 5 AS five SELECT five, 'FORMAT'", "5\tFORMAT\n"},
		{"", "INSERT INTO " + name + " (SELECT 5, 'p')", "5\tp\n"},
		{"INSERT INTO " + name + " (* EXCEPT(b)) FORMAT TSV", "3\n", "3\t\n"},
	} {
		insert(each.query, each.body)
		check(t, each.query+" + "+each.body, rows(), each.want)
	}
	insert("INSERT INTO {t:Identifier} FORMAT TSV", "4\tz\n", "param_t", name)
	check(t, "parameter", rows(), "4\tz\n")
	insert("INSERT INTO "+name, "VALUES ({n:UInt64}, {s:String}), ({n:UInt64} + 1, upper({s:String}))", "param_n", "4", "param_s", "it''s")
	check(t, "parameters in VALUES", rows(), "4\tit\\'\\'s\n5\tIT\\'\\'S\n")
	insert("INSERT INTO "+name+" FORMAT CSV", "4;z\n", "format_csv_delimiter", ";")
	check(t, "setting", rows(), "4\tz\n")
}

// TestInsertFirstByte: a body that begins with white space or a sign of SQL is data all the same.
func TestInsertFirstByte(t *testing.T) {
	name := table(t, "a UInt8")
	for first := range 256 {
		got := ask(t, post, bytes.NewReader([]byte{byte(first)}), nil, "query", "INSERT INTO "+name+" FORMAT RowBinary")
		check(t, fmt.Sprint("first byte ", first), got.status, 200)
	}
	check(t, "rows", sql(t, "SELECT count(), uniqExact(a) FROM "+name), "256\t256\n")
}

// rowBinary makes rows of a number and a text.
func rowBinary(rows int) []byte {
	var body []byte
	for i := range rows {
		body = binary.LittleEndian.AppendUint64(body, uint64(i))
		text := fmt.Sprintf("text\n%d\x00", i)
		body = append(binary.AppendUvarint(body, uint64(len(text))), text...)
	}
	return body
}

func TestHugeInsert(t *testing.T) {
	const rows = 400_000
	body := rowBinary(rows)
	right := fmt.Sprintf("%d\t%d\n", rows, rows)
	counted := func(name string) string {
		return sql(t, "SELECT count(), countIf(b = concat('text\\n', toString(a), char(0))) FROM "+name)
	}
	name := table(t, "a UInt64, b String")
	check(t, "status", ask(t, post, bytes.NewReader(body), nil, "query", "INSERT INTO "+name+" FORMAT RowBinary").status, 200)
	check(t, "data in the body", counted(name), right)
	native := ask(t, get, nil, nil, "query", "SELECT * FROM "+name+" FORMAT Native").body
	sql(t, "TRUNCATE TABLE "+name)
	whole := append([]byte("INSERT INTO "+name+" FORMAT RowBinary\n"), body...)
	check(t, "status", ask(t, post, bytes.NewReader(whole), nil).status, 200)
	check(t, "statement and data in the body", counted(name), right)
	sql(t, "TRUNCATE TABLE "+name)
	check(t, "status", ask(t, post, strings.NewReader(native), nil, "query", "INSERT INTO "+name+" FORMAT Native").status, 200)
	check(t, "native", counted(name), right)
	sql(t, "TRUNCATE TABLE "+name)
	check(t, "status", ask(t, post, strings.NewReader("INSERT INTO "+name+" FORMAT Native\n"+native), nil).status, 200)
	check(t, "native in the body", counted(name), right)
}

// packed packs a body in the ways that a request may.
func packed(t testing.TB, encoding string, body []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var writer io.WriteCloser
	switch encoding {
	case "gzip":
		writer = gzip.NewWriter(&out)
	case "deflate":
		writer = zlib.NewWriter(&out)
	case "br":
		writer = brotli.NewWriter(&out)
	case "zstd":
		encoder, err := zstd.NewWriter(&out)
		if err != nil {
			t.Fatal(err)
		}
		writer = encoder
	case "frames":
		frames := compress.NewWriter(0, compress.LZ4)
		for len(body) > 0 {
			part := body[:min(len(body), 300_000)]
			body = body[len(part):]
			if err := frames.Compress(part); err != nil {
				t.Fatal(err)
			}
			out.Write(frames.Data)
		}
		return out.Bytes()
	default:
		return body
	}
	if _, err := writer.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// unpack is the other way round.
func unpack(t testing.TB, encoding string, body []byte) []byte {
	t.Helper()
	var reader io.Reader = bytes.NewReader(body)
	var err error
	switch encoding {
	case "gzip":
		reader, err = gzip.NewReader(reader)
	case "deflate":
		reader, err = zlib.NewReader(reader)
	case "br":
		reader = brotli.NewReader(reader)
	case "zstd":
		reader, err = zstd.NewReader(reader)
	case "frames":
		reader = newFrameReader(reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestCompression(t *testing.T) {
	needEngine(t)
	const rows = 100_000
	body := rowBinary(rows)
	for _, encoding := range []string{"plain", "gzip", "deflate", "br", "zstd", "frames"} {
		t.Run(encoding, func(t *testing.T) {
			name := table(t, "a UInt64, b String")
			header, arguments := http.Header{}, []string{"query", "INSERT INTO " + name + " FORMAT RowBinary"}
			accept, wanted := http.Header{}, []string{"query", "SELECT * FROM " + name + " ORDER BY a FORMAT RowBinary"}
			switch encoding {
			case "plain":
			case "frames":
				arguments, wanted = append(arguments, "decompress", "1"), append(wanted, "compress", "1")
			default:
				header.Set("Content-Encoding", encoding)
				accept.Set("Accept-Encoding", encoding)
			}
			sent := packed(t, encoding, body)
			if got := ask(t, post, bytes.NewReader(sent), header, arguments...); got.status != 200 {
				t.Fatalf("%d %s", got.status, got.body)
			}
			got := ask(t, get, nil, accept, wanted...)
			check(t, "content encoding", got.header.Get("Content-Encoding"), accept.Get("Accept-Encoding"))
			if !bytes.Equal(unpack(t, encoding, []byte(got.body)), body) {
				t.Error("what was read is not what was written")
			}
			if encoding != "plain" { // bodies that were cut off before they were sent
				for _, length := range []int{len(sent) / 2, len(sent) - 1, 30} {
					cut := ask(t, post, bytes.NewReader(sent[:length]), header, arguments...)
					if cut.status == 200 || !strings.HasPrefix(cut.body, "Code: ") {
						t.Errorf("%d of %d bytes: %d %s", length, len(sent), cut.status, cut.body)
					}
				}
				garbage := ask(t, post, strings.NewReader(strings.Repeat("garbage", 100)), header, arguments...)
				if garbage.status == 200 {
					t.Errorf("garbage: %d", garbage.status)
				}
			}
			check(t, "rows", sql(t, "SELECT count() FROM "+name), fmt.Sprintln(rows))
		})
	}
	wantError(t, ask(t, post, strings.NewReader("SELECT 1"), http.Header{"Content-Encoding": {"snappy"}}), 48, 501)
	many := ask(t, get, nil, http.Header{"Accept-Encoding": {"xyz, gzip;q=0, br"}}, "query", "SELECT 1")
	check(t, "choice", many.header.Get("Content-Encoding"), "br")
	off := ask(t, get, nil, http.Header{"Accept-Encoding": {"gzip"}}, "query", "SELECT 1", "enable_http_compression", "0")
	check(t, "switched off", off.body, "1\n")
}

// TestCutOffInsert: the connection ends within the body. Nothing may be inserted, however plausible the first part is.
func TestCutOffInsert(t *testing.T) {
	needEngine(t)
	name := table(t, "a UInt64, b String")
	body := rowBinary(50_000)
	whole := len(body)
	edge := len(rowBinary(40_000)) // a row's end
	for _, head := range []string{
		fmt.Sprintf("Content-Length: %d\r\n\r\n", whole),
		fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n", whole),
		fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", edge, body[:edge]), // a whole chunk, then nothing
	} {
		connection, err := net.Dial("tcp", shared.server.Address())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(connection, "POST /?query=INSERT+INTO+%s+FORMAT+RowBinary HTTP/1.1\r\nHost: x\r\n%s", name, head)
		if !strings.Contains(head, string(body[:100])) {
			if _, err := connection.Write(body[:edge]); err != nil {
				t.Fatal(err)
			}
		}
		if err := connection.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			t.Fatalf("no answer: %v", err)
		}
		text, _ := io.ReadAll(response.Body)
		if response.StatusCode != 400 || !strings.HasPrefix(string(text), "Code: 33. ") {
			t.Errorf("got %d %s", response.StatusCode, text)
		}
		connection.Close()
	}
	waitFor(t, "the inserts to end", func() bool { return running(t, "INSERT INTO "+name) == 0 })
	check(t, "rows", sql(t, "SELECT count() FROM "+name), "0\n")
	for cut := 1; cut < 8; cut++ { // whole bodies whose last row is not
		if got := ask(t, post, bytes.NewReader(body[:edge+cut]), nil, "query", "INSERT INTO "+name+" FORMAT RowBinary"); got.status == 200 {
			t.Errorf("a row cut after %d bytes was accepted", cut)
		}
	}
	check(t, "rows", sql(t, "SELECT count() FROM "+name), "0\n")
}

// TestErrorReachesSender: a client in the middle of a large body gets the error, not a broken connection.
func TestErrorReachesSender(t *testing.T) {
	needEngine(t)
	body := bytes.Repeat([]byte("1\n"), 50<<20)
	send := func(name string) answer { // write everything, only then read
		connection, err := net.Dial("tcp", shared.server.Address())
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		fmt.Fprintf(connection, "POST /?query=INSERT+INTO+%s+FORMAT+TSV HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", name, len(body))
		if _, err := connection.Write(body); err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		return answer{status: response.StatusCode, header: response.Header, body: string(text)}
	}
	wantError(t, send("nowhere"), 60, 404)
	name := table(t, "a UInt64")
	body[1000] = 'x'
	wantError(t, send(name), 27, 400)
	check(t, "rows", sql(t, "SELECT count() FROM "+name), "0\n")
}

func TestSplitInsert(t *testing.T) {
	for text, want := range map[string]insertHead{
		"INSERT INTO t FORMAT TSV\ndata":                         {"INSERT INTO t ", "TSV", 25},
		"INSERT INTO t FORMAT TSV;\r\ndata":                      {"INSERT INTO t ", "TSV", 27},
		"INSERT INTO t FORMAT TSV \n\n":                          {"INSERT INTO t ", "TSV", 26},
		"INSERT INTO values VALUES (1)":                          {"INSERT INTO values ", "Values", 25},
		"INSERT INTO a.format FORMAT CSV 1":                      {"INSERT INTO a.format ", "CSV", 32},
		"INSERT INTO t (`FORMAT x`, values) values(1)":           {"INSERT INTO t (`FORMAT x`, values) ", "Values", 41},
		"INSERT INTO FUNCTION f('x FORMAT y') FORMAT Native\x01": {"INSERT INTO FUNCTION f('x FORMAT y') ", "Native", 50},
		"INSERT INTO t -- FORMAT no\nFORMAT TSV\n":               {"INSERT INTO t -- FORMAT no\n", "TSV", 38},
		"INSERT INTO t SETTINGS a = 'VALUES' VALUES (1)":         {"INSERT INTO t SETTINGS a = 'VALUES' ", "Values", 42},
	} {
		got, found := splitInsert(text)
		if !found || got != want {
			t.Errorf("%q: got %+v %t, want %+v", text, got, found, want)
		}
	}
	for _, text := range []string{"INSERT INTO t SELECT 1 FORMAT TSV", "INSERT INTO t", "INSERT INTO t FORMAT", "INSERT", "INSERT INTO t (SELECT 1)", "INSERT INTO t WITH 1 AS x SELECT x"} {
		if got, found := splitInsert(text); found {
			t.Errorf("%q: got %+v", text, got)
		}
	}
}

// FuzzScanner looks for text on which the scanner stands still or leaves the text.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{"SELECT 1", "INSERT INTO t VALUES ('a\\", "$a$ x $a$", "/* ", "-- x", "'", "`a``b`", "FORMAT\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		words := &scanner{text: text}
		for last := 0; ; last = words.position {
			found, more := words.next()
			if !more {
				break
			}
			if words.position <= last || found.end > len(text) || found.start >= found.end {
				t.Fatalf("%q: stuck at %d with %+v", text, last, found)
			}
		}
		inspect(text)
		splitInsert(text)
	})
}
