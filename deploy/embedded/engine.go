//go:build embedded

package embedded

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// EngineConfig says where the ClickHouse engine is and where it keeps its data.
type EngineConfig struct {
	Library     string // path of libchdb.so
	DataDir     string // directory of the tables; made when absent
	Connections int    // statements that run at once; 0 means 8
}

// Engine is the ClickHouse engine in this process. A process can have one at a time.
type Engine struct {
	library   *library
	lock      *directoryLock
	arguments []string
	slots     chan struct{} // one per running statement
	closing   chan struct{}
	closeOnce sync.Once
	sequence  atomic.Uint64

	adminMutex sync.Mutex
	admin      *connection // keeps the engine up, kills statements

	displayName, version, timezone string
}

const defaultConnections = 8

// fixedSettings are the settings in which the library would differ from a ClickHouse server: it writes its log to a terminal, and
// colours there what it answers.
var fixedSettings = []string{"--implicit_select=0", "--log-level=none", "--output_format_pretty_color=0"}

// OpenEngine loads the library and starts the engine on the data directory.
func OpenEngine(config EngineConfig) (*Engine, error) {
	if config.Connections <= 0 {
		config.Connections = defaultConnections
	}
	if config.DataDir != "" { // the engine resolves some paths from elsewhere, so it gets an absolute one
		directory, err := filepath.Abs(config.DataDir)
		if err != nil {
			return nil, fmt.Errorf("open engine data %s: %w", config.DataDir, err)
		}
		config.DataDir = directory
	}
	loaded, err := openLibrary(config.Library)
	if err != nil {
		return nil, err
	}
	lock, err := lockDirectory(config.DataDir)
	if err != nil {
		return nil, fmt.Errorf("open engine data %s: %w", config.DataDir, err)
	}
	engine := &Engine{
		library: loaded, lock: lock, slots: make(chan struct{}, config.Connections), closing: make(chan struct{}),
		arguments: append([]string{"--path=" + filepath.Clean(config.DataDir)}, fixedSettings...),
	}
	if err := engine.start(); err != nil {
		_ = lock.release()
		return nil, fmt.Errorf("open engine data %s: %w", config.DataDir, err)
	}
	return engine, nil
}

// start opens the first connection, which starts the engine, and asks it who it is and whether its data is whole.
func (e *Engine) start() error {
	admin, err := e.library.open(e.arguments)
	if err != nil {
		return errors.New("the engine cannot use it (its reason is on standard error; a process can run one engine only); restore the directory from a copy, or remove it and replay the events")
	}
	identity, _, err := admin.query("SELECT displayName(), version(), timezone()", "TSV", nil)
	if err != nil {
		admin.close()
		return fmt.Errorf("ask for the version: %w", err)
	}
	fields := strings.Split(strings.TrimSpace(string(identity)), "\t")
	if len(fields) != 3 {
		admin.close()
		return fmt.Errorf("ask for the version: unexpected answer %q", identity)
	}
	if err := checkParts(admin); err != nil {
		admin.close()
		return err
	}
	e.admin, e.displayName, e.version, e.timezone = admin, fields[0], fields[1], fields[2]
	return nil
}

// checkParts refuses data that the engine has set aside as broken: it would start with fewer rows and say nothing.
func checkParts(admin *connection) error {
	const broken = "SELECT count(), any(path) FROM system.detached_parts WHERE reason LIKE 'broken%' HAVING count() > 0"
	answer, _, err := admin.query(broken, "TSVRaw", nil)
	if err != nil {
		return fmt.Errorf("check parts: %w", err)
	}
	count, path, found := strings.Cut(strings.TrimSpace(string(answer)), "\t")
	if !found {
		return nil
	}
	return fmt.Errorf("%s part(s) of its tables are broken and were set aside, one is %s; restore the directory from a copy, or remove the broken parts and replay the events", count, path)
}

// Version is the ClickHouse version of the engine.
func (e *Engine) Version() string { return e.version }

// errClosed is what statements get while the engine closes.
var errClosed = refuse(codeAborted, "ABORTED", "The engine is closing")

// begin waits for its turn and opens a connection for one request. Every request has a fresh one (a quarter of a
// millisecond), so that settings, the current database and temporary tables can never reach another request.
func (e *Engine) begin(ctx context.Context) (*connection, error) {
	select {
	case <-e.closing:
		return nil, errClosed
	default:
	}
	select {
	case e.slots <- struct{}{}:
	case <-e.closing:
		return nil, errClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	opened, err := e.library.open(e.arguments)
	if err != nil && e.restoreDefault() == nil {
		opened, err = e.library.open(e.arguments)
	}
	if err != nil {
		<-e.slots
		return nil, fmt.Errorf("open engine connection: %w", err)
	}
	opened.marker = fmt.Sprintf("floorwatch-%d", e.sequence.Add(1))
	if err := opened.run("SET " + markerSetting + " = '" + opened.marker + "'"); err != nil {
		e.end(opened)
		return nil, fmt.Errorf("mark engine connection: %w", err)
	}
	return opened, nil
}

// restoreDefault makes the database default again after somebody has dropped it: without it no connection can be opened.
func (e *Engine) restoreDefault() error {
	e.adminMutex.Lock()
	defer e.adminMutex.Unlock()
	return e.admin.run("CREATE DATABASE IF NOT EXISTS default")
}

// end gives the connection back; its statement must have ended.
func (e *Engine) end(used *connection) {
	used.close()
	<-e.slots
}

// markerSetting is a setting without effect that makes a connection's statements findable in system.processes.
const markerSetting = "chdb_client_name"

// killInterval is the time between two attempts to kill a statement that has not begun yet or goes on.
const killInterval = 50 * time.Millisecond

// killWhenDone kills the connection's statement when the context ends, and again until the returned function is called.
func (e *Engine) killWhenDone(ctx context.Context, running *connection) (finished func()) {
	ended, killer := make(chan struct{}), make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(killer)
		for {
			e.kill("= '" + running.marker + "'")
			select {
			case <-ended:
				return
			case <-time.After(killInterval):
			}
		}
	})
	return func() {
		close(ended)
		if !stop() {
			<-killer
		}
	}
}

// kill ends the statements whose marker fits the condition.
func (e *Engine) kill(condition string) {
	e.adminMutex.Lock()
	defer e.adminMutex.Unlock()
	_ = e.admin.run("KILL QUERY WHERE Settings['" + markerSetting + "'] " + condition + " ASYNC")
}

// closePatience is how long Close waits for killed statements to end.
const closePatience = 15 * time.Second

// Close ends the running statements, stops the engine and lets go of the data directory. Statements that begin
// afterwards are refused. Close the servers in front of it first, else an insert that waits for its client holds it up.
func (e *Engine) Close() error {
	var err error
	e.closeOnce.Do(func() { err = e.close() })
	return err
}

func (e *Engine) close() error {
	close(e.closing)
	patience := time.After(closePatience)
	for held := 0; held < cap(e.slots); {
		select {
		case e.slots <- struct{}{}:
			held++
		case <-time.After(killInterval):
			e.kill("LIKE 'floorwatch-%'")
		case <-patience:
			return fmt.Errorf("close engine: %d statements did not end within %s", cap(e.slots)-held, closePatience)
		}
	}
	e.adminMutex.Lock()
	defer e.adminMutex.Unlock()
	e.admin.close()
	if err := e.lock.release(); err != nil {
		return fmt.Errorf("close engine: %w", err)
	}
	return nil
}
