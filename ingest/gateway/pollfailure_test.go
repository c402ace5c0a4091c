package gateway

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

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
			rest(longestBackoff + 3*pollTimeout)
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

// A vendor that echoes the token does not bring it into what is told.
func TestPollerTellsNoToken(t *testing.T) {
	poll(t, always(200, "Content-Type", "text/first-token", "first-token"), func(p *polling) {
		rest(time.Minute)
		if len(p.told) == 0 || !strings.Contains(fmt.Sprint(p.told), "(the token)") {
			t.Errorf("told %q", p.told)
		}
	})
}
