//go:build embedded

package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/deploy/embedded/enginetest"
)

// binary is the program under test, built once; mortal is one that can be told to kill itself.
var (
	binary = builtWith("embedded")
	mortal = builtWith("embedded,failpoints")
)

func builtWith(tags string) func() (string, error) {
	return sync.OnceValues(func() (string, error) { return build(tags) })
}

func build(tags string) (string, error) {
	folder, err := os.MkdirTemp("", "floorwatch")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "floorwatch")
	out, err := exec.Command("go", "build", "-tags", tags, "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
}

// process is a running service with everything in it, as `make run` starts it.
type process struct {
	t          *testing.T
	dir        string
	kafka      string
	clickhouse string
	http       string
	gateway    string
	config     string   // YAML beside the addresses
	extra      []string // environment beside them
	database   string   // that query asks; empty: floorwatch
	binary     func() (string, error)
	flags      []string // of the service, beside --config
	command    *exec.Cmd
	output     *bytes.Buffer
	exited     chan error
}

// newProcess prepares a service on free ports with an empty data directory.
func newProcess(t *testing.T, config string) *process {
	t.Helper()
	reason, err := enginetest.Missing()
	if err != nil {
		t.Fatal(err)
	}
	if reason != "" {
		t.Skip(reason)
	}
	p := &process{t: t, dir: t.TempDir(), kafka: freeAddress(t), clickhouse: freeAddress(t), http: freeAddress(t), gateway: freeAddress(t), config: config, binary: binary, flags: embeddedRun}
	t.Cleanup(func() { p.signal(syscall.SIGKILL) })
	return p
}

// freeAddress is one that nobody listens on. It is kept over restarts, so that producers find the service again.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func (p *process) environment() []string {
	return slices.Concat(os.Environ(), []string{"FLOORWATCH_KAFKA_BROKERS=[" + p.kafka + "]", "FLOORWATCH_EMBEDDED_KAFKA_LISTEN=" + p.kafka,
		"FLOORWATCH_EMBEDDED_CLICKHOUSE_LISTEN=" + p.clickhouse, "FLOORWATCH_HTTP_LISTEN=" + p.http, "FLOORWATCH_GATEWAY_LISTEN=" + p.gateway,
		"FLOORWATCH_EMBEDDED_LIBRARY=" + enginetest.Library(), "FLOORWATCH_EMBEDDED_DATA_DIR=" + filepath.Join(p.dir, "data")}, p.extra)
}

// run starts a command of the program.
func (p *process) run(arguments ...string) *exec.Cmd {
	p.t.Helper()
	path, err := p.binary()
	if err != nil {
		p.t.Fatal(err)
	}
	command := exec.Command(path, arguments...)
	command.Env = p.environment()
	return command
}

// start starts the service and waits until it is ready.
func (p *process) start() {
	p.t.Helper()
	began := time.Now()
	p.begin()
	p.ready()
	p.t.Logf("ready after %s", time.Since(began).Round(10*time.Millisecond))
}

// begin starts the service.
func (p *process) begin() {
	p.t.Helper()
	config := filepath.Join(p.dir, "floorwatch.yml")
	if err := os.WriteFile(config, []byte(p.config), 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.output, p.exited = &bytes.Buffer{}, make(chan error, 1)
	p.command = p.run(append([]string{"run", "--config", config}, p.flags...)...)
	p.command.Stdout, p.command.Stderr = p.output, p.output
	if err := p.command.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func(c *exec.Cmd, exited chan error) { exited <- c.Wait() }(p.command, p.exited)
}

// ready waits until the service is.
func (p *process) ready() {
	p.t.Helper()
	p.until("the service is ready", func() (bool, string) {
		select {
		case err := <-p.exited:
			p.command = nil
			p.t.Fatalf("the service ended: %v\n%s", err, p.output)
		default:
		}
		response, err := http.Get("http://" + p.http + "/healthz/ready")
		if err != nil {
			return false, err.Error()
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		return response.StatusCode == http.StatusOK, string(body)
	})
}

// produce sends event lines, however old they are.
func (p *process) produce(lines ...string) {
	p.t.Helper()
	command := p.run("produce", "--backfill", "-")
	command.Stdin = strings.NewReader(strings.Join(lines, ""))
	if out, err := command.CombinedOutput(); err != nil {
		p.t.Fatalf("%v\n%s", err, out)
	}
}

// signal ends the service and waits for it.
func (p *process) signal(signal syscall.Signal) {
	if p.command == nil {
		return
	}
	_ = p.command.Process.Signal(signal)
	<-p.exited
	p.command = nil
}

// until waits for a condition; the text tells what is the case instead.
func (p *process) until(what string, condition func() (bool, string)) {
	p.t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for {
		ok, state := condition()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("waited in vain until %s; last: %s\n%s", what, state, p.output)
		}
		time.Sleep(50 * time.Millisecond) // between two looks, not instead of one
	}
}

// settled waits until every record is in the rows.
func (p *process) settled(events, rejects int) {
	p.t.Helper()
	p.until(fmt.Sprintf("%d events and %d rejects are in ClickHouse", events, rejects), func() (bool, string) {
		if got := p.number("SELECT count() FROM events FINAL"); got != events {
			return false, fmt.Sprintf("%d events", got)
		}
		if got := p.number("SELECT count() FROM rejects FINAL"); got != rejects {
			return false, fmt.Sprintf("%d rejects", got)
		}
		lag, pending := p.gauge("floorwatch_lag_records"), p.gauge("floorwatch_pending_rows")
		return lag == 0 && pending == 0, fmt.Sprintf("lag %v, pending %v", lag, pending)
	})
}

// query runs a statement over HTTP and gives the rows as JSON objects.
func (p *process) query(statement string) []map[string]any {
	p.t.Helper()
	address := "http://" + p.clickhouse + "/?" + url.Values{
		"database": {cmp.Or(p.database, "floorwatch")}, "default_format": {"JSONEachRow"}, "output_format_json_quote_64bit_integers": {"0"},
	}.Encode()
	response, err := http.Post(address, "text/plain", strings.NewReader(statement))
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		p.t.Fatalf("query %s: %v %s", statement, err, body)
	}
	var rows []map[string]any
	for lines := bufio.NewScanner(bytes.NewReader(body)); lines.Scan(); {
		var row map[string]any
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			p.t.Fatalf("query %s: %v in %s", statement, err, lines.Text())
		}
		rows = append(rows, row)
	}
	return rows
}

// number is the first value of a statement that gives one number.
func (p *process) number(statement string) int {
	p.t.Helper()
	for _, row := range p.query(statement) {
		for _, value := range row {
			return int(value.(float64))
		}
	}
	p.t.Fatalf("query %s: no row", statement)
	return 0
}

// gauge sums a family of /metrics.
func (p *process) gauge(name string) float64 {
	p.t.Helper()
	response, err := http.Get("http://" + p.http + "/metrics")
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	sum := 0.0
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		family, _, _ := strings.Cut(lines.Text(), "{")
		family, _, _ = strings.Cut(family, " ")
		if family != name {
			continue
		}
		var value float64
		if _, err := fmt.Sscan(lines.Text()[strings.LastIndexByte(lines.Text(), ' ')+1:], &value); err != nil {
			p.t.Fatalf("read %s: %v", lines.Text(), err)
		}
		sum += value
	}
	return sum
}
