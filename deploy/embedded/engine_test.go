//go:build embedded

package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// wantSentence checks that an error is one sentence with all of the parts.
func wantSentence(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q is not one sentence with %q", err, part)
		}
	}
}

func TestLibraryErrors(t *testing.T) {
	_, err := OpenEngine(EngineConfig{DataDir: t.TempDir()})
	wantSentence(t, err, "open engine library: no path is configured; run `make engine`")
	directory := t.TempDir()
	text := filepath.Join(directory, "text.so")
	if err := os.WriteFile(text, []byte("not a library"), 0o644); err != nil {
		t.Fatal(err)
	}
	for path, part := range map[string]string{
		filepath.Join(directory, "nothing.so"): "does not exist", directory: "it is a directory", text: "not a library for this machine", "libc.so.6": "does not exist",
	} {
		_, err := OpenEngine(EngineConfig{Library: path, DataDir: filepath.Join(directory, "data")})
		wantSentence(t, err, "open engine library "+path, part)
		if part != "it is a directory" {
			wantSentence(t, err, "run `make engine`")
		}
	}
	for _, other := range []string{"/lib/x86_64-linux-gnu/libm.so.6", "/lib64/libm.so.6"} {
		if _, err := os.Stat(other); err == nil {
			_, err := OpenEngine(EngineConfig{Library: other, DataDir: filepath.Join(directory, "data")})
			wantSentence(t, err, "open engine library "+other, "it has no function chdb_", "run `make engine`")
			break
		}
	}
}

func TestDataDirectoryErrors(t *testing.T) {
	needEngine(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for directory, part := range map[string]string{"": "no directory is configured", file: "not a directory", filepath.Join(file, "below"): "not a directory", "/proc/nothing/here": "may write"} {
		_, err := OpenEngine(EngineConfig{Library: libraryPath(), DataDir: directory})
		wantSentence(t, err, "open engine data "+directory+": ", part)
	}
	_, err := OpenEngine(EngineConfig{Library: libraryPath(), DataDir: shared.dataDir})
	wantSentence(t, err, "open engine data "+shared.dataDir, "in use by this process already")
	_, err = OpenEngine(EngineConfig{Library: libraryPath(), DataDir: t.TempDir()})
	wantSentence(t, err, "open engine data", "one engine")
}

// TestUsedByAnotherProcess: the message names the process.
func TestUsedByAnotherProcess(t *testing.T) {
	needEngine(t)
	directory := t.TempDir()
	first := startChild(t, "engine", directory)
	second := startChild(t, "engine", directory)
	wantSentence(t, errors.New(second.line), "open engine data "+directory, fmt.Sprintf("in use by process %d;", first.Process.Pid))
}

// client asks the front of a child process.
type client struct {
	t       *testing.T
	address string
}

func (c client) try(statement string) (string, error) {
	request, err := http.NewRequest(post, "http://"+c.address+"/", strings.NewReader(statement))
	if err != nil {
		return "", err
	}
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var body strings.Builder
	if _, err := fmt.Fprint(&body, readAll(response)); err != nil || response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%d %s", response.StatusCode, body.String())
	}
	return body.String(), nil
}

func (c client) sql(statement string) string {
	c.t.Helper()
	got, err := c.try(statement)
	if err != nil {
		c.t.Fatalf("%s: %v", statement, err)
	}
	return got
}

func readAll(response *http.Response) string {
	var content strings.Builder
	buffer := make([]byte, 4096)
	for {
		count, err := response.Body.Read(buffer)
		content.Write(buffer[:count])
		if err != nil {
			return content.String()
		}
	}
}

func TestRestartKeepsRows(t *testing.T) {
	needEngine(t)
	directory := t.TempDir()
	process := startChild(t, "engine", directory)
	before := client{t, process.line}
	before.sql("CREATE DATABASE kept")
	for _, name := range []string{"kept.rows", "rows"} {
		before.sql("CREATE TABLE " + name + " (a UInt64, b LowCardinality(String)) ENGINE = MergeTree ORDER BY a")
		before.sql("INSERT INTO " + name + " SELECT number, toString(number) FROM numbers(1000)")
	}
	before.sql("CREATE VIEW kept.view AS SELECT sum(a) AS s FROM kept.rows")
	before.sql("CREATE FUNCTION twice AS (x) -> x * 2")
	if err := process.end(); err != nil {
		t.Fatal(err)
	}
	after := client{t, startChild(t, "engine", directory).line}
	check(t, "rows", after.sql("SELECT count(), sum(a) FROM kept.rows"), "1000\t499500\n")
	check(t, "rows of the default database", after.sql("SELECT count(), sum(a) FROM rows"), "1000\t499500\n")
	check(t, "view", after.sql("SELECT twice(s) FROM kept.view"), "999000\n")
}

// TestKilled kills the process with SIGKILL while several clients insert. Every acknowledged batch must be there, whole
// and once; of a batch without an answer there may be all rows or none.
func TestKilled(t *testing.T) {
	needEngine(t)
	directory := t.TempDir()
	const writers, rows = 3, 500
	var acknowledged sync.Map
	var batch, count atomic.Int64
	for round := range 3 {
		process := startChild(t, "engine", directory)
		server := client{t, process.line}
		server.sql("CREATE TABLE IF NOT EXISTS killed (batch UInt64, n UInt64) ENGINE = MergeTree ORDER BY (batch, n)")
		var group sync.WaitGroup
		for range writers {
			group.Go(func() {
				for {
					number := batch.Add(1)
					var body strings.Builder
					fmt.Fprintln(&body, "INSERT INTO killed FORMAT TSV")
					for n := range rows {
						fmt.Fprintf(&body, "%d\t%d\n", number, n)
					}
					if _, err := server.try(body.String()); err != nil {
						return // the process is dead
					}
					acknowledged.Store(number, true)
					count.Add(1)
				}
			})
		}
		waitFor(t, "acknowledged batches", func() bool { return count.Load() >= int64(30*(round+1)) })
		process.kill()
		group.Wait()
	}
	server := client{t, startChild(t, "engine", directory).line}
	check(t, "batches that are not whole", server.sql(fmt.Sprintf("SELECT count() FROM (SELECT batch FROM killed GROUP BY batch HAVING count() != %d OR uniqExact(n) != %d)", rows, rows)), "0\n")
	stored := map[string]bool{}
	for _, number := range strings.Fields(server.sql("SELECT DISTINCT batch FROM killed")) {
		stored[number] = true
	}
	acknowledged.Range(func(number, _ any) bool {
		if !stored[fmt.Sprint(number)] {
			t.Errorf("batch %d was acknowledged and is lost", number)
		}
		return true
	})
	t.Logf("%d batches acknowledged, %d stored", count.Load(), len(stored))
}

// damaged makes a data directory with a table in it, then applies damage to the files with a name.
func damaged(t *testing.T, name string, damage func(path string) error) (directory, line string) {
	t.Helper()
	directory = t.TempDir()
	process := startChild(t, "engine", directory)
	server := client{t, process.line}
	server.sql("CREATE DATABASE broken")
	server.sql("CREATE TABLE broken.rows (a UInt64) ENGINE = MergeTree ORDER BY a")
	server.sql("INSERT INTO broken.rows SELECT number FROM numbers(1000)")
	process.kill()
	found := 0
	err := filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Name() == name {
			found++
			return damage(path)
		}
		return err
	})
	if err != nil || found == 0 {
		t.Fatalf("%d files named %s, %v", found, name, err)
	}
	return directory, startChild(t, "engine", directory).line
}

func TestDamagedData(t *testing.T) {
	needEngine(t)
	for name, part := range map[string]string{"rows.sql": "the engine cannot use it", "broken.sql": "the engine cannot use it", "data.bin": "are broken and were set aside", "checksums.txt": "are broken and were set aside"} {
		t.Run(name, func(t *testing.T) {
			directory, line := damaged(t, name, func(path string) error { return os.WriteFile(path, []byte("garbage"), 0o644) })
			wantSentence(t, errors.New(line), "error: open engine data "+directory+": ", part, "restore the directory from a copy, or remove")
		})
	}
}

func TestAddressInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	address := taken.Addr().String()
	_, err = Serve(address, http.NotFoundHandler())
	wantSentence(t, err, "listen on "+address+": address already in use; stop the other process or set embedded.clickhouse_listen")
	_, err = OpenBroker(BrokerConfig{Listen: address, DataDir: t.TempDir()})
	wantSentence(t, err, "listen on "+address+": address already in use; stop the other process or set embedded.kafka_listen")
	_, err = Serve("203.0.113.1:1", http.NotFoundHandler())
	wantSentence(t, err, "listen on 203.0.113.1:1: ", "set embedded.clickhouse_listen")
}

// TestOwnTimeZone: DateTime without a zone means the same on every machine.
func TestOwnTimeZone(t *testing.T) {
	needEngine(t)
	server := client{t, startChild(t, "engine", t.TempDir(), "TZ=Asia/Tokyo").line}
	check(t, "zone", server.sql("SELECT timezone(), toDateTime(0)"), "UTC\t1970-01-01 00:00:00\n")
}

// TestDefaultDatabaseDropped: the engine cannot connect without it, and must not be locked out.
func TestDefaultDatabaseDropped(t *testing.T) {
	needEngine(t)
	directory := t.TempDir()
	process := startChild(t, "engine", directory)
	server := client{t, process.line}
	server.sql("DROP DATABASE default")
	check(t, "afterwards", server.sql("SELECT currentDatabase()"), "default\n")
	server.sql("CREATE DATABASE other")
	server.sql("DROP DATABASE default")
	process.kill()
	check(t, "after a restart", client{t, startChild(t, "engine", directory).line}.sql("SELECT currentDatabase()"), "default\n")
}

// TestClose ends the engine while statements run; it must end soon and well, and let go of its directory.
func TestClose(t *testing.T) {
	needEngine(t)
	directory := t.TempDir()
	process := startChild(t, "engine", directory)
	server := client{t, process.line}
	ended := make(chan error, 5)
	for range cap(ended) {
		go func() {
			_, err := server.try("SELECT count() FROM numbers(1000000000000)")
			ended <- err
		}()
	}
	waitFor(t, "statements", func() bool {
		return server.sql("SELECT count() FROM system.processes WHERE query LIKE '%1000000000000)'") == "5\n"
	})
	closed := time.Now()
	if err := process.end(); err != nil {
		t.Error(err)
	}
	if took := time.Since(closed); took > 5*time.Second {
		t.Errorf("closing took %s", took)
	}
	for range cap(ended) {
		if err := <-ended; err == nil {
			t.Error("an endless statement ended well")
		}
	}
	check(t, "again", client{t, startChild(t, "engine", directory).line}.sql("SELECT 1"), "1\n")
}
