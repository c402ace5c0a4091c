package gateway

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
)

func nothing(*polling) {}

// Everything once, then who lives with every list, then what changes.
func TestPollerTellsWhatIsNew(t *testing.T) {
	poll(t, nothing, func(p *polling) {
		f := func(wait time.Duration, want ...string) {
			t.Helper()
			rest(wait)
			if diff := cmp.Diff(want, p.take(t)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
		f(0, "7 available", "7 lives", "8 busy", "8 lives")
		f(4*time.Second, "team 5 billing", "agent 7 ada, agent [5]", "agent 8 grace, agent []")
		f(26*time.Second, "7 lives", "8 lives")
		p.change(func() { p.agents = p.agents[:1]; p.agents[0]["availability_status"] = "offline" })
		f(30*time.Second, "7 offline", "8 offline", "agent 8 grace, agent [] removed")
		f(5*time.Minute, []string(nil)...)
		p.change(func() { p.agents[0]["availability_status"] = "on a boat" })
		f(30*time.Second, []string(nil)...)
		if p.unknown == 0 || len(p.problems()) > 0 {
			t.Errorf("%d unknown presences, told %q", p.unknown, p.told)
		}
		p.change(func() { p.teams = []map[string]any{} })
		f(10*time.Minute, "agent 7 ada, agent []", "team 5 billing removed")
	})
}

// With every interval, a tenth sooner at most; never two pollers in step for long.
func TestPollerInterval(t *testing.T) {
	f := func(config, want time.Duration) {
		t.Helper()
		poll(t, func(p *polling) { p.config.Interval = config }, func(p *polling) {
			rest(time.Hour)
			asked, different := p.asks("/agents"), map[time.Duration]bool{}
			for i := 1; i < len(asked); i++ {
				gap := asked[i].after - asked[i-1].after
				if different[gap] = true; gap > want || gap < want*9/10 {
					t.Errorf("%v between two requests, want %v", gap, want)
				}
			}
			if len(different) < 10 {
				t.Errorf("%d different gaps: no jitter", len(different))
			}
			if teams := len(p.asks("/teams")); teams < 6 || teams > 8 {
				t.Errorf("teams were listed %d times an hour, want every 10 minutes", teams)
			}
		})
	}
	f(0, 30*time.Second)
	f(5*time.Second, 5*time.Second)
	f(time.Minute, time.Minute)
}

// Agents stay present while their teams cannot be read, and after a team that was deleted under way the teams are read anew.
func TestPollerTeamsFail(t *testing.T) {
	poll(t, func(p *polling) {
		p.instead = func(w http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, "/agents") {
				return false
			}
			w.WriteHeader(http.StatusInternalServerError)
			return true
		}
	}, func(p *polling) {
		rest(10 * time.Minute)
		if n := len(p.asks("/agents")); n < 20 || len(p.problems()) != 1 || slices.ContainsFunc(p.take(t), func(told string) bool { return strings.HasPrefix(told, "agent") }) {
			t.Errorf("%d requests for agents, told %q, sent %d", n, p.told, len(p.sent))
		}
		p.change(func() { p.instead, p.teams = nil, append(p.teams, map[string]any{"id": 9, "name": "gone"}) })
		rest(4 * time.Minute)
		p.change(func() { p.teams = p.teams[:1] })
		p.take(t)
		rest(6 * time.Minute)
		told := p.take(t)
		if !slices.Contains(told, "team 5 billing") || slices.Contains(told, "team 9 gone") {
			t.Errorf("sent %q", told)
		}
		if told := p.problems(); len(told) != 3 || told[0] != "" || !strings.Contains(told[1], "/teams/9/team_members") || told[2] != "" {
			t.Errorf("told %q", told)
		}
	})
}

// What could not be written is sent again as it was, before anything else is asked for: no change is lost and none is invented.
func TestPollerSendsAgain(t *testing.T) {
	poll(t, nothing, func(p *polling) {
		rest(time.Minute)
		p.take(t)
		var tried [][]string
		p.mutex.Lock()
		p.port = func(events []schemas.Event) error {
			var ids []string
			for i := range events {
				ids = append(ids, events[i].ID)
			}
			tried = append(tried, ids)
			return errors.New("no broker")
		}
		p.mutex.Unlock()
		p.change(func() { p.agents[0]["availability_status"] = "busy" })
		rest(31 * time.Second)
		requests := len(p.requests)
		p.change(func() { p.agents[0]["availability_status"] = "online" })
		rest(10 * time.Minute)
		told := p.problems()
		if len(p.requests) != requests || len(tried) < 5 || len(told) != 1 || !strings.Contains(told[0], "no broker") || p.count(PollNotSent) != len(tried) {
			t.Errorf("%d requests meanwhile, %d attempts, told %q", len(p.requests)-requests, len(tried), told)
		}
		for _, ids := range tried {
			if !slices.Equal(ids, tried[0]) {
				t.Errorf("other events the next time: %q, %q", tried[0], ids)
			}
		}
		p.mutex.Lock()
		p.port = nil
		p.mutex.Unlock()
		rest(2*time.Minute + time.Second)
		if sent := p.take(t); len(sent) < 5 || !slices.Equal(sent[:5], []string{"7 busy", "7 lives", "8 lives", "7 available", "7 lives"}) {
			t.Errorf("sent %q", sent)
		}
		if told := p.problems(); len(told) != 1 || told[0] != "" {
			t.Errorf("told %q", told)
		}
	})
}
