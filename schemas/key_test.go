package schemas

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
)

func TestKey(t *testing.T) {
	f := func(o object, want string) {
		t.Helper()
		event, err := DecodeEvent(o.bytes())
		if err != nil || event.Key() != want {
			t.Errorf("%s: %q, %v, want %q", o.bytes(), event.Key(), err, want)
		}
	}
	f(aMessage, "c/acme/c1")
	f(aMessage.with("agent_id", "a9"), "c/acme/c1")
	f(aStatus, "c/acme/c1")
	f(aStatus.with("status", "assigned").with("team_id", "t9"), "c/acme/c1")
	f(anAgent, "a/acme/a1")
	f(aPerson, "a/acme/a1") // presence and directory of an agent share a key, and so a partition
	f(aTeam, "t/acme/t1")
	f(aTeam.with("agent_id", "a1"), "t/acme/t1")
	f(anAgent.with("action", "typing").with("conversation_id", "c1"), "a/acme/a1")
	f(aCustomer, "y/acme/k1")
	f(aPlan.with("team_id", "t1"), "y/acme/acme")
	f(aCount, "y/acme/acme")
	f(aRelease.with("company", "a/b"), "y/a%2Fb/a%2Fb")
}

func TestScope(t *testing.T) {
	f := func(o object, want string) {
		t.Helper()
		event, err := DecodeEvent(o.bytes())
		if err != nil || event.Scope() != want {
			t.Errorf("%s: %q, %v, want %q", o.bytes(), event.Scope(), err, want)
		}
	}
	f(aMessage, "")
	f(aRating, "")
	f(anAgent, "status_changed/")
	f(anAgent.with("action", "heartbeat").with("device_id", "d"), "heartbeat/d")
	f(anAgent.with("action", "capacity").with("slots", 1), "capacity/")
	f(anAgent.with("action", "typing").with("conversation_id", "c1"), "typing//c1")
	f(aPerson, "directory")
	f(aCustomer, "directory")
	f(aPlan, "schedule")
	f(aCount, "company")
}

func TestMakeKey(t *testing.T) {
	f := func(company, id, want string) {
		t.Helper()
		if got := MakeKey(KeyConversation, company, id); got != want {
			t.Errorf("%q, %q: %q, want %q", company, id, got, want)
		}
	}
	f("acme", "42", "c/acme/42")
	f("Acme", "a-b_c.d~e", "c/Acme/a-b_c.d~e")
	f("a/b", "c", "c/a%2Fb/c")
	f("a", "b/c", "c/a/b%2Fc")
	f("a b", "c+d", "c/a%20b/c%2Bd")
	f("100%", "%2F", "c/100%25/%252F")
	f("ü", "😀", "c/%C3%BC/%F0%9F%98%80")
	f("a:b", "x@y.z", "c/a%3Ab/x%40y.z")
	f("(a*b!)", "'$&,;=?#[]'", "c/%28a%2Ab%21%29/%27%24%26%2C%3B%3D%3F%23%5B%5D%27")
	f("..", ".", "c/../.")
	f("é", "e\u0301", "c/%C3%A9/e%CC%81") // two spellings are two ids
	f("", "", "c//")
}

var plainKey = regexp.MustCompile(`^[caty](/([A-Za-z0-9._~-]|%[0-9A-F]{2})*){2}$`)

// FuzzKey: the parts can be had back from a key, so no two pairs share one.
func FuzzKey(f *testing.F) {
	f.Add("acme", "42")
	f.Add("a/b", "c")
	f.Add("a", "b/c")
	f.Add("%2F", " +%20")
	f.Add("ü", "\xff\x00")
	f.Fuzz(func(t *testing.T, company, id string) {
		for _, kind := range []string{KeyConversation, KeyAgent, KeyTeam, KeyCompany} {
			key := MakeKey(kind, company, id)
			if !plainKey.MatchString(key) {
				t.Fatalf("%q, %q: the key %q has other characters", company, id, key)
			}
			parts := strings.Split(key, "/")
			for i, want := range []string{kind, company, id} {
				if got, err := url.PathUnescape(parts[i]); err != nil || got != want {
					t.Fatalf("%q: part %d is %q, %v, want %q", key, i, got, err, want)
				}
			}
		}
	})
}
