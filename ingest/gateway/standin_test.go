package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// standIn answers as Chatwoot's API is documented, over connections in memory, so that time in a synctest bubble stands still while it
// works. Its lists are not in pages: Chatwoot's are not.
type standIn struct {
	mutex    sync.Mutex
	tokens   []string                                          // those that are valid
	agents   []map[string]any                                  // the list of agents
	teams    []map[string]any                                  // the list of teams
	members  map[string][]int                                  // by team
	instead  func(w http.ResponseWriter, r *http.Request) bool // answers in place of the API, if it wants to
	requests []asked
}

// asked is a request that came in.
type asked struct {
	after time.Duration // since the start
	path  string
	token string
}

func agentItem(id int, name, availability string) map[string]any {
	return map[string]any{"id": id, "account_id": 3, "name": name, "available_name": name, "email": name + "@example.test", "role": "agent",
		"availability_status": availability, "auto_offline": true, "confirmed": true, "thumbnail": "", "custom_attributes": map[string]any{}}
}

func newStandIn() *standIn {
	return &standIn{
		tokens: []string{"first-token"}, agents: []map[string]any{agentItem(7, "ada", "online"), agentItem(8, "grace", "busy")},
		teams: []map[string]any{{"id": 5, "name": "billing", "account_id": 3}}, members: map[string][]int{"5": {7}},
	}
}

// change changes what the stand-in says, between two requests.
func (s *standIn) change(do func()) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	do()
}

// asks are the requests for a path so far.
func (s *standIn) asks(path string) []asked {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var found []asked
	for _, a := range s.requests {
		if strings.HasSuffix(a.path, path) {
			found = append(found, a)
		}
	}
	return found
}

func (s *standIn) answer(start time.Time, w http.ResponseWriter, r *http.Request) {
	token := r.Header.Get("api_access_token")
	s.mutex.Lock()
	s.requests = append(s.requests, asked{time.Since(start), r.URL.Path, token})
	instead := s.instead
	s.mutex.Unlock()
	if instead != nil && instead(w, r) { // it may take its time
		return
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/") // api v1 accounts 3 teams 5 team_members
	switch {
	case !slices.Contains(s.tokens, token):
		replyWith(w, http.StatusUnauthorized, map[string]any{"error": "Invalid Access Token"})
	case r.Method != http.MethodGet || len(parts) < 5 || parts[0]+parts[1]+parts[2] != "apiv1accounts" || parts[3] != "3":
		replyWith(w, http.StatusNotFound, map[string]any{"error": "Resource could not be found"})
	case len(parts) == 5 && parts[4] == "agents":
		replyWith(w, http.StatusOK, s.agents)
	case len(parts) == 5 && parts[4] == "teams":
		replyWith(w, http.StatusOK, s.teams)
	case len(parts) == 7 && parts[6] == "team_members" && s.members[parts[5]] != nil:
		members := []map[string]any{}
		for _, id := range s.members[parts[5]] {
			members = append(members, agentItem(id, "x", "offline"))
		}
		replyWith(w, http.StatusOK, members)
	default:
		replyWith(w, http.StatusNotFound, map[string]any{"error": "Resource could not be found"})
	}
}

func replyWith(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the client may have gone
}

// pipes is a listener whose connections are in memory.
type pipes struct {
	connections chan net.Conn
	closed      chan struct{}
	once        sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case connection := <-p.connections:
		return connection, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }
func (p *pipes) dial(ctx context.Context, _, address string) (net.Conn, error) {
	if address != "chat.example.com:80" {
		return nil, fmt.Errorf("nobody is at %s", address)
	}
	near, far := net.Pipe()
	select {
	case p.connections <- far:
		return near, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// polling is a poller at work against a stand-in.
type polling struct {
	*standIn
	file   string // of the token
	config PollConfig
	port   func([]schemas.Event) error // nil takes everything

	mutex    sync.Mutex
	sent     []schemas.Event
	told     []string
	outcomes map[string]int
	unknown  int
}

func (p *polling) Polled(_, outcome string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.outcomes[outcome]++
}

func (p *polling) UnknownPresence(_ string, seen int) { p.unknown += seen }

// take gives what was sent since the last time, written down.
func (p *polling) take(t *testing.T) []string {
	t.Helper()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	events := p.sent
	p.sent = nil
	return brief(t, events)
}

// problems gives what was told since the last time.
func (p *polling) problems() []string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	told := p.told
	p.told = nil
	return told
}

func (p *polling) count(outcome string) int {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.outcomes[outcome]
}

// poll runs a poller in a bubble of its own time; setUp may change what it meets first, story watches.
func poll(t *testing.T, setUp func(*polling), story func(*polling)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &polling{standIn: newStandIn(), outcomes: map[string]int{}, file: filepath.Join(t.TempDir(), "token")}
		p.writeToken(t, "first-token\n")
		p.config = PollConfig{URL: "http://chat.example.com/", Account: "3", TokenFile: p.file}
		setUp(p)
		listener := &pipes{connections: make(chan net.Conn), closed: make(chan struct{})}
		start := time.Now()
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.answer(start, w, r) })}
		go func() { _ = server.Serve(listener) }() // ends with an error when it is closed
		poller, err := NewPoller("shop", chatwoot, Source{Company: "acme"}, p.config, PollPorts{
			Send: func(_ context.Context, events []schemas.Event) error {
				p.mutex.Lock()
				defer p.mutex.Unlock()
				if p.port != nil {
					if err := p.port(events); err != nil {
						return err
					}
				}
				p.sent = append(p.sent, events...)
				return nil
			},
			Meter: p, Now: time.Now, Transport: &http.Transport{DialContext: listener.dial},
			Tell: func(problem string) {
				p.mutex.Lock()
				defer p.mutex.Unlock()
				p.told = append(p.told, problem)
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- poller.Run(ctx) }()
		synctest.Wait()
		story(p)
		cancel()
		if err := <-ended; err != context.Canceled {
			t.Errorf("the poller ended with %v", err)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		for _, a := range p.requests {
			if a.token == "" {
				t.Errorf("%s is asked for without a token", a.path)
			}
		}
		for _, told := range p.told {
			if strings.Contains(told, "-token") {
				t.Errorf("the token is told: %s", told)
			}
		}
	})
}

func (p *polling) writeToken(t *testing.T, content string) {
	t.Helper()
	if err := os.WriteFile(p.file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// rest lets time pass until everything that was due is done.
func rest(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
