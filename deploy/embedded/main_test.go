//go:build embedded

package embedded

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// shared is the engine of this test process; a process can have only one.
var shared struct {
	engine  *Engine
	server  *Server
	dataDir string
}

func libraryPath() string {
	if path := os.Getenv("FLOORWATCH_EMBEDDED_LIBRARY"); path != "" {
		return path
	}
	path, _ := filepath.Abs("../../.cache/engine/26.7.3-stable.1/libchdb.so")
	return path
}

func TestMain(m *testing.M) {
	if task := os.Getenv("FLOORWATCH_TEST_CHILD"); task != "" {
		os.Exit(child(task))
	}
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	if _, err := os.Stat(libraryPath()); err != nil {
		fmt.Fprintf(os.Stderr, "no engine library at %s; run `make engine`\n", libraryPath())
		if os.Getenv("CI") != "" {
			return 1
		}
		return m.Run() // the tests that need it skip
	}
	directory, err := os.MkdirTemp("", "floorwatch-engine")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(directory)
	shared.dataDir = directory
	if shared.engine, err = OpenEngine(EngineConfig{Library: libraryPath(), DataDir: directory, Connections: 6}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if shared.server, err = Serve("127.0.0.1:0", NewFront(shared.engine, FrontConfig{})); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := shared.server.Close(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	if err := shared.engine.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	return code
}

// needEngine skips a test when there is no engine library.
func needEngine(t testing.TB) {
	t.Helper()
	if shared.engine == nil {
		t.Skipf("no engine library at %s; run `make engine`", libraryPath())
	}
}

// answer is what came back from the front.
type answer struct {
	status int
	header http.Header
	body   string
	broken error // the connection was cut within the body
}

// ask sends one request as curl would; arguments come in pairs.
func ask(t testing.TB, method string, body io.Reader, header http.Header, arguments ...string) answer {
	t.Helper()
	return askContext(context.Background(), t, method, body, header, arguments...)
}

func askContext(ctx context.Context, t testing.TB, method string, body io.Reader, header http.Header, arguments ...string) answer {
	t.Helper()
	needEngine(t)
	values := url.Values{}
	for i := 0; i < len(arguments); i += 2 {
		values.Add(arguments[i], arguments[i+1])
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://"+shared.server.Address()+"/?"+values.Encode(), body)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		request.Header[name] = value
	}
	client := http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return answer{broken: err}
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: string(content), broken: err}
}

// sql runs a statement that must succeed and returns its result.
func sql(t testing.TB, statement string, arguments ...string) string {
	t.Helper()
	got := ask(t, http.MethodPost, strings.NewReader(statement), nil, arguments...)
	if got.status != http.StatusOK || got.broken != nil {
		t.Fatalf("%s: status %d, %v, %s", statement, got.status, got.broken, got.body)
	}
	return got.body
}

// wantError checks that an answer is the exception with the code.
func wantError(t testing.TB, got answer, code, status int) {
	t.Helper()
	if got.status != status || got.header.Get("X-ClickHouse-Exception-Code") != fmt.Sprint(code) || !strings.HasPrefix(got.body, fmt.Sprintf("Code: %d. DB::Exception: ", code)) {
		t.Errorf("got status %d, code %q, body %.300q; want status %d, code %d", got.status, got.header.Get("X-ClickHouse-Exception-Code"), got.body, status, code)
	}
}

// compressions are the ways in which clickhouse-go can pack.
var compressions = map[string]clickhouse.CompressionMethod{
	"none": clickhouse.CompressionNone, "lz4": clickhouse.CompressionLZ4, "zstd": clickhouse.CompressionZSTD,
	"gzip": clickhouse.CompressionGZIP, "deflate": clickhouse.CompressionDeflate, "br": clickhouse.CompressionBrotli,
}

// dial opens clickhouse-go over HTTP; every test gets a database of its own.
func dial(t testing.TB, method clickhouse.CompressionMethod, settings clickhouse.Settings) driver.Conn {
	t.Helper()
	needEngine(t)
	database := strings.NewReplacer("/", "_", "-", "_", "#", "_").Replace("db_" + t.Name())
	sql(t, "CREATE DATABASE IF NOT EXISTS "+database)
	connection, err := clickhouse.Open(&clickhouse.Options{
		Protocol: clickhouse.HTTP, Addr: []string{shared.server.Address()}, Auth: clickhouse.Auth{Database: database, Username: "default"},
		Compression: &clickhouse.Compression{Method: method}, Settings: settings, DialTimeout: 10 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	return connection
}

// do runs a statement through clickhouse-go.
func do(t testing.TB, connection driver.Conn, statement string, arguments ...any) {
	t.Helper()
	if err := connection.Exec(context.Background(), statement, arguments...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// one reads a single value through clickhouse-go.
func one[T any](t testing.TB, connection driver.Conn, statement string, arguments ...any) T {
	t.Helper()
	var value T
	if err := connection.QueryRow(context.Background(), statement, arguments...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return value
}

// check compares.
func check[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %.300v, want %.300v", what, got, want)
	}
}

// waitFor waits until the condition holds.
func waitFor(t testing.TB, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
