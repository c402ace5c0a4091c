//go:build embedded

package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// gate is the way to a server. Shut, it refuses connections, and those that there were are cut, whatever was on its way.
type gate struct {
	t               *testing.T
	address, target string
	listener        net.Listener
	lock            sync.Mutex
	connections     []net.Conn
}

func (g *gate) open() {
	g.t.Helper()
	var err error
	if g.listener, err = net.Listen("tcp", g.address); err != nil {
		g.t.Fatal(err)
	}
	go func(listener net.Listener) {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go g.join(connection)
		}
	}(g.listener)
}

func (g *gate) join(near net.Conn) {
	defer near.Close()
	far, err := net.Dial("tcp", g.target)
	if err != nil {
		return
	}
	defer far.Close()
	g.lock.Lock()
	g.connections = append(g.connections, near, far)
	g.lock.Unlock()
	go func() {
		_, _ = io.Copy(far, near) // ends when either is closed
		_ = far.Close()
	}()
	_, _ = io.Copy(near, far)
}

func (g *gate) shut() {
	_ = g.listener.Close()
	g.lock.Lock()
	defer g.lock.Unlock()
	for _, connection := range g.connections {
		_ = connection.Close()
	}
	g.connections = nil
}

// ClickHouse is away twice while events come, in the middle of whatever it was doing: first the service waits for it, then it is killed
// meanwhile and has to start without it. Real time, four minutes: waits between tries grow up to ten seconds.
// Beside it an undisturbed service reads the same log.
func TestClickHouseAway(t *testing.T) {
	if testing.Short() {
		t.Skip("four minutes of real time")
	}
	servers := newProcess(t, strings.Replace(fmt.Sprintf(killConfig, "UTC"), "log:", "clickhouse: {database: batch}\nkafka: {group: batch}\nlog:", 1))
	servers.start()
	way := &gate{t: t, address: freeAddress(t), target: servers.clickhouse}
	p := newProcess(t, fmt.Sprintf(killConfig, "UTC"))
	p.flags, p.kafka, p.clickhouse = nil, servers.kafka, servers.clickhouse // that the test asks
	p.extra = []string{"FLOORWATCH_CLICKHOUSE_ADDRESSES=" + way.address, "FLOORWATCH_CLICKHOUSE_CONNECT_TIMEOUT=3m"}
	lines := disorder(p.simulatedDay())
	way.open()
	p.start()
	f := p.feed(lines)
	f.sendFor(2 * time.Second)

	way.shut()
	f.sendFor(20 * time.Second)
	p.answers("/healthz/live", http.StatusOK, "alive")
	p.answers("/healthz/ready", http.StatusServiceUnavailable, "ClickHouse takes rows: false")
	p.until("the numbers go on", func() (bool, string) {
		lag := p.gauge("floorwatch_lag_records")
		return lag == 0, fmt.Sprint(lag)
	})
	<-time.After(2 * time.Minute)
	p.answers("/healthz/live", http.StatusOK, "alive")
	way.open()
	p.ready()
	f.sendFor(2 * time.Second)

	way.shut()
	f.sendFor(10 * time.Second)
	p.signal(syscall.SIGKILL)
	p.begin()
	f.sendFor(20 * time.Second)
	p.answers("/healthz/live", http.StatusOK, "alive")
	p.answers("/healthz/ready", http.StatusServiceUnavailable, "waiting for ClickHouse")
	way.open()
	p.ready()
	f.end()
	for _, of := range []string{"floorwatch", "batch"} {
		p.database = of
		p.written(len(lines))
	}
	p.database = ""
	compareWithBatch(t, p)
	p.signal(syscall.SIGTERM)
}

// sendFor sends lines, some hundreds a second.
func (f *feeder) sendFor(period time.Duration) {
	f.t.Helper()
	for end := time.Now().Add(period); time.Now().Before(end); {
		f.send(10)
		<-time.After(20 * time.Millisecond)
	}
}

// answers asks the service and expects a status and these words.
func (p *process) answers(path string, status int, words string) {
	p.t.Helper()
	response, err := http.Get("http://" + p.http + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != status || !strings.Contains(string(body), words) {
		p.t.Errorf("%s: %s %q, want %d with %q", path, response.Status, body, status, words)
	}
}
