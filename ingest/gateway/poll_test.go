package gateway

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
)

func nothing(*polling) {}

// always answers every request in one way.
func always(status int, header, value, body string) func(*polling) {
	return func(p *polling) {
		p.instead = func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Type", "application/json")
			if header != "" {
				w.Header().Set(header, value)
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
			return true
		}
	}
}

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

// The vendor's limit of requests is for a whole address: after it nothing is asked before the time that it named.
func TestPollerHonoursRetryAfter(t *testing.T) {
	f := func(status int, header string, least, most time.Duration) {
		t.Helper()
		poll(t, nothing, func(p *polling) {
			rest(time.Minute)
			if header == "date" {
				header = time.Now().Add(102 * time.Second).UTC().Format(http.TimeFormat) // no request is more than 30 s away
			}
			p.change(func() { always(status, "Retry-After", header, "Retry later\n")(p) })
			rest(32 * time.Second)
			first := p.requests[len(p.requests)-1].after
			count := len(p.requests)
			p.change(func() { p.instead = nil })
			rest(2 * time.Hour)
			if gap := p.requests[count].after - first; gap < least || gap > most {
				t.Errorf("%d with Retry-After %q: asked again after %v, want %v to %v", status, header, gap, least, most)
			}
			want := map[bool]string{true: PollRateLimited, false: PollUnavailable}[status == 429]
			if told := p.problems(); p.count(want) != 1 || len(told) != 2 || told[1] != "" {
				t.Errorf("counted %v, told %q", p.outcomes, told)
			}
		})
	}
	f(429, "100", 100*time.Second, 110*time.Second)
	f(429, "date", 69*time.Second, 114*time.Second)
	f(503, "100", 1*time.Second, 110*time.Second)
	f(429, "", time.Minute, 66*time.Second)
	f(429, "soon", time.Minute, 66*time.Second)
	f(429, "-5", time.Minute, 66*time.Second)
	f(429, "0", time.Minute, 66*time.Second)
	f(429, "Fri, 31 Dec 1999 23:59:59 GMT", time.Minute, 66*time.Second)
	f(429, "99999999999999999999", time.Minute, 66*time.Second)
	f(429, "9999999999999999999", time.Hour, 66*time.Minute)
	f(429, "Fri, 31 Dec 9999 23:59:59 GMT", time.Hour, 66*time.Minute)
}

// An unavailable vendor is asked less and less often, up to a bound, and as before when it is back.
func TestPollerBacksOff(t *testing.T) {
	f := func(setUp func(*polling), outcome string) {
		t.Helper()
		poll(t, setUp, func(p *polling) {
			rest(time.Hour)
			asked := p.asks("/agents")
			want := firstBackoff
			for i := 1; i < len(asked); i++ {
				gap := asked[i].after - asked[i-1].after
				if gap > want+2*pollTimeout || gap < want*9/10 {
					t.Errorf("%s: %v before the request %d, want %v", outcome, gap, i, want)
				}
				want = min(2*want, longestBackoff)
			}
			if told := p.problems(); len(asked) < 25 || p.count(outcome) < 25 || p.count(PollOK) > 0 || len(told) != 2 {
				t.Errorf("%s: %d requests, counted %v, told %q", outcome, len(asked), p.outcomes, told)
			}
			p.change(func() { p.instead = nil })
			rest(longestBackoff + time.Second)
			if told := p.problems(); len(told) != 1 || told[0] != "" || len(p.take(t)) == 0 {
				t.Errorf("%s: when it is over: told %q", outcome, told)
			}
			before := len(p.asks("/agents"))
			rest(10 * time.Minute)
			if more := len(p.asks("/agents")) - before; more < 19 || more > 23 {
				t.Errorf("%s: when it is over: %d requests in 10 minutes", outcome, more)
			}
			before = len(p.asks("/agents"))
			p.change(func() { always(500, "", "", "")(p) })
			rest(2 * time.Minute)
			again := p.asks("/agents")[before:]
			if gap := again[1].after - again[0].after; gap > firstBackoff+time.Second {
				t.Errorf("%s: when it comes again: %v before the second request", outcome, gap)
			}
		})
	}
	f(always(500, "", "", ""), PollUnavailable)
	f(always(502, "Content-Type", "text/html", "<html>"), PollUnavailable)
	f(always(503, "Retry-After", "soon", ""), PollUnavailable)
	f(always(418, "", "", ""), PollInvalidReply)
	f(always(204, "", "", ""), PollInvalidReply)
	f(always(200, "", "", `[{"id":1},`), PollInvalidReply)
	f(always(200, "", "", `[]garbage`), PollInvalidReply)
	f(always(200, "", "", ""), PollInvalidReply)
	f(always(200, "Content-Type", "text/html; charset=utf-8", `[{"id":1}]`), PollInvalidReply)
	f(always(200, "Content-Type", "", `[{"id":1}]`), PollInvalidReply)
	f(always(200, "", "", `[{"id":1}]`+strings.Repeat(" ", MaxReplyBytes)), PollInvalidReply)
	f(always(200, "Content-Length", "100", `[{"id":1}]`), PollUnreachable) // cut off on the way
	f(func(p *polling) {
		p.instead = func(_ http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return true }
	}, PollUnreachable)
	f(func(p *polling) { // an answer that trickles
		p.instead = func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Content-Type", "application/json")
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, "[")
				w.(http.Flusher).Flush()
				time.Sleep(time.Second)
			}
			return true
		}
	}, PollUnreachable)
	f(func(p *polling) {
		p.instead = func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }
	}, PollUnreachable)
}

// However long a vendor is away, the wait stays one that can be waited for.
func TestBackoffIsBounded(t *testing.T) {
	for _, nth := range []int{1, 2, 5, 6, 100, 1 << 30} {
		if wait := backoff(nth); wait < firstBackoff*9/10 || wait > longestBackoff {
			t.Errorf("the failure %d: %v", nth, wait)
		}
	}
}

// What only a person can put right is told once, with what to do, and tried every five minutes.
func TestPollerTellsWhatToDo(t *testing.T) {
	f := func(setUp func(*polling), outcome string, want ...string) {
		t.Helper()
		poll(t, setUp, func(p *polling) {
			rest(time.Hour)
			told := p.problems()
			if n := p.count(outcome); len(told) != 2 || n < 24 || n > 28 || p.count(PollOK) > 0 || len(p.take(t)) > 0 {
				t.Fatalf("%s: counted %v, told %q", outcome, p.outcomes, told)
			}
			for _, word := range want {
				if !strings.Contains(told[0], word) {
					t.Errorf("%s: %q does not say %q", outcome, told[0], word)
				}
			}
		})
	}
	f(always(401, "", "", ""), PollRefused, "poll agents of shop", "http://chat.example.com/api/v1/accounts/3/agents", "401", "/token is not valid", "account 3", "read again")
	f(always(403, "", "", ""), PollRefused, "403")
	f(func(p *polling) { p.config.Account = "4" }, PollNotFound, "404", "accounts/4", "correct")
	f(always(301, "Location", "https://other.example.net/secret?token=first-token", ""), PollRedirected, "301", `"https://other.example.net"`, "url")
	f(always(302, "Location", "/login", ""), PollRedirected, `"http://chat.example.com"`)
	f(always(308, "", "", ""), PollRedirected, "nowhere")
}

// No redirect is followed, not even within the host: the token goes nowhere but where it was configured to go.
func TestPollerFollowsNoRedirect(t *testing.T) {
	for _, location := range []string{"http://other.example.net/", "/api/v1/accounts/3/elsewhere", "https://chat.example.com/"} {
		poll(t, always(307, "Location", location, ""), func(p *polling) {
			rest(time.Minute)
			for _, a := range p.requests {
				if !strings.HasSuffix(a.path, "/agents") && !strings.HasSuffix(a.path, "/teams") {
					t.Errorf("%s: asked for %s", location, a.path)
				}
			}
			if p.count(PollRedirected) != 2 {
				t.Errorf("%s: %v", location, p.outcomes)
			}
		})
	}
}

// A new token in the file is taken up when the old one is refused: at once, or within an interval after it was written.
func TestPollerTokenRotation(t *testing.T) {
	poll(t, nothing, func(p *polling) {
		p.change(func() { p.tokens = []string{"first-token", "second-token"} })
		p.writeToken(t, "second-token")
		rest(5 * time.Minute)
		if last := p.requests[len(p.requests)-1]; last.token != "first-token" {
			t.Errorf("%q is used before the other is refused", last.token)
		}
		p.change(func() { p.tokens = []string{"second-token"} })
		rest(time.Minute)
		if told := p.problems(); len(told) > 0 || p.count(PollRefused) > 0 || p.requests[len(p.requests)-1].token != "second-token" {
			t.Errorf("told %q, counted %v, last %+v", told, p.outcomes, p.requests[len(p.requests)-1])
		}
		p.change(func() { p.tokens = []string{"third-token"} })
		rest(time.Minute)
		if told := p.problems(); len(told) != 1 || p.count(PollRefused) != 1 {
			t.Errorf("told %q, counted %v", told, p.outcomes)
		}
		p.take(t)
		p.writeToken(t, "")
		rest(31 * time.Second)
		p.writeToken(t, " third-token\r\n")
		rest(31 * time.Second)
		if told := p.problems(); len(told) != 1 || told[0] != "" || !slices.Contains(p.take(t), "7 lives") {
			t.Errorf("with a new token: told %q, counted %v", told, p.outcomes)
		}
	})
}

// Without a token nothing is asked; when it comes, it goes on.
func TestPollerWithoutToken(t *testing.T) {
	f := func(content, want string) {
		t.Helper()
		poll(t, func(p *polling) { p.writeToken(t, content) }, func(p *polling) {
			rest(10 * time.Minute)
			if told := p.problems(); len(p.requests) > 0 || len(told) != 2 || !strings.Contains(told[0], want) || !strings.Contains(told[0], p.file) {
				t.Errorf("%q: %d requests, told %q", content, len(p.requests), told)
			}
			p.writeToken(t, "first-token")
			rest(31 * time.Second)
			if told := p.problems(); len(p.requests) == 0 || len(told) != 1 || told[0] != "" {
				t.Errorf("%q: %d requests, told %q", content, len(p.requests), told)
			}
		})
	}
	f("", "one word")
	f("two-token words-token", "one word")
	f("a-token\nb-token", "one word")
	f("ä-token", "one word")
	f(strings.Repeat("x", maxTokenBytes)+"-token", "one word")
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

// A vendor that echoes the token does not bring it into what is told.
func TestPollerTellsNoToken(t *testing.T) {
	poll(t, always(200, "Content-Type", "text/first-token", "first-token"), func(p *polling) {
		rest(time.Minute)
		if len(p.told) == 0 || !strings.Contains(fmt.Sprint(p.told), "(the token)") {
			t.Errorf("told %q", p.told)
		}
	})
}

// With what is wrong there is no poller, and all of it is told.
func TestPollConfig(t *testing.T) {
	good := PollConfig{URL: "https://chat.example.com/desk", Account: "3", TokenFile: "token"}
	f := func(change func(*PollConfig), want ...string) {
		t.Helper()
		config := good
		change(&config)
		_, err := NewPoller("shop", chatwoot, Source{}, config, PollPorts{})
		text := fmt.Sprint(err)
		if len(want) == 0 && err != nil || strings.Count(text, "\n")+1 != max(1, len(want)) {
			t.Errorf("%+v: %v", config, err)
		}
		for _, word := range want {
			if !strings.Contains(text, word) || strings.Contains(text, "secret") {
				t.Errorf("%+v: %v, want %q and no secret", config, err, word)
			}
		}
	}
	f(func(*PollConfig) {})
	f(func(c *PollConfig) { c.Interval = time.Minute; c.URL = "http://chatwoot:3000" })
	f(func(c *PollConfig) { *c = PollConfig{Interval: time.Second} }, "url: is empty", "account: is", "token_file: is empty", "interval: is 1s; must be from 5s to 1m0s")
	f(func(c *PollConfig) { c.Interval = 61 * time.Second }, "interval")
	f(func(c *PollConfig) { c.Interval = -1 }, "interval")
	f(func(c *PollConfig) { c.Account = "3/../4" }, "account")
	f(func(c *PollConfig) { c.URL = "chat.example.com" }, "url: is no address")
	f(func(c *PollConfig) { c.URL = "ftp://chat.example.com" }, "url: is no address")
	f(func(c *PollConfig) { c.URL = "https://user:secret@chat.example.com" }, "url: has a user")
	f(func(c *PollConfig) { c.URL = "https://chat.example.com?token=secret" }, "url: has a part behind ?")
	f(func(c *PollConfig) { c.URL = "https://chat.example.com/#" }, "url: has a part behind ?")
	f(func(c *PollConfig) { c.URL = "https://%zz:secret@x" }, "url: is no address")
	if _, err := NewPoller("shop", zendesk, Source{}, good, PollPorts{}); err == nil || !strings.Contains(err.Error(), "zendesk") {
		t.Errorf("a vendor that is not polled: %v", err)
	}
}
