package gateway

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

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

// A vendor that refused a token by mistake gets it again, also if the file has none any more.
func TestPollerKeepsToken(t *testing.T) {
	poll(t, nothing, func(p *polling) {
		rest(time.Minute)
		p.writeToken(t, "")
		p.change(func() { p.tokens = nil })
		rest(time.Minute)
		p.change(func() { p.tokens = []string{"first-token"} })
		rest(5 * time.Minute)
		if told := p.problems(); len(told) < 2 || told[len(told)-1] != "" {
			t.Errorf("told %q, counted %v", told, p.outcomes)
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
