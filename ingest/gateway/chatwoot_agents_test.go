package gateway

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/floorwatch/floorwatch/schemas/datatest"
	"github.com/google/go-cmp/cmp"
)

// polled is the body of a fixture of Chatwoot's API.
func polled(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", "chatwoot", "polled", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// brief writes events down: what they say of whom. Those of two lists have different ids, as have those of one.
func brief(t testing.TB, events []schemas.Event) []string {
	t.Helper()
	var told []string
	ids := map[string]bool{}
	for i := range events {
		e := &events[i]
		if ids[e.ID] {
			t.Errorf("two events have the id %s", e.ID)
		}
		ids[e.ID] = true
		encoded, err := schemas.EncodeEvent(e)
		if err == nil {
			_, err = schemas.DecodeEvent(encoded)
		}
		if err != nil {
			t.Errorf("%s: %v", encoded, err)
		}
		if e.Company != "acme" {
			t.Errorf("company %q", e.Company)
		}
		removed := map[bool]string{true: " removed"}[e.Removed]
		switch {
		case e.Entry == schemas.EntryTeam:
			told = append(told, "team "+e.Team+" "+e.Name+removed)
		case e.Entry == schemas.EntryAgent:
			told = append(told, "agent "+e.Agent+" "+e.Name+", "+e.Role+" ["+strings.Join(e.Teams, " ")+"]"+removed)
		case e.Action == schemas.ActionHeartbeat:
			told = append(told, e.Agent+" lives")
		default:
			told = append(told, e.Agent+" "+e.Presence)
		}
	}
	return told
}

// newDesk is a desk of which nothing is known, and a function that lets it take lists: agents=BODY or teams=BODY.
func newDesk(t *testing.T, source Source) func(what, body string, want ...string) {
	errands := pollChatwoot(source, "3").errands
	at := received
	return func(what, body string, want ...string) {
		t.Helper()
		at += 30_000
		e := errands[slices.IndexFunc(errands, func(e errand) bool { return e.name == what })]
		got, err := e.take([]byte(body), at)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		for _, event := range got.events {
			if event.OccurredAt != at {
				t.Errorf("%s is of %d, want %d, when the list came", event.ID, event.OccurredAt, at)
			}
		}
		if diff := cmp.Diff(want, brief(t, got.events)); diff != "" {
			t.Errorf("%s %.80s (-want +got):\n%s", what, body, diff)
		}
	}
}

// The first list says everything once; teams and names follow when all teams were read; then only what is new, and who lives.
func TestChatwootLists(t *testing.T) {
	take := newDesk(t, Source{Company: "acme"})
	agents := string(polled(t, "agents"))
	take("agents", agents, "12 available", "12 lives", "7 available", "7 lives", "8 busy", "8 lives", "9 offline")
	take("teams", string(polled(t, "teams")))
	take("teams", string(polled(t, "teams_5_team_members")))
	take("agents", agents, "12 lives", "7 lives", "8 lives")
	take("teams", string(polled(t, "teams_6_team_members")), "team 5 billing", "team 6 support",
		"agent 12 Ada L., administrator [6]", "agent 7 Ada L., agent [5 6]", "agent 8 Grace H., agent [5]", "agent 9 invited, agent []")
	take("agents", strings.Replace(agents, "busy", "offline", 1), "12 lives", "7 lives", "8 offline")
	take("agents", strings.Replace(agents, "Grace H.", "Grace Hopper", 1), "12 lives", "7 lives", "8 busy", "8 lives", "agent 8 Grace Hopper, agent [5]")
	take("teams", `[{"id":6,"name":"support"}]`)
	take("teams", string(polled(t, "teams_6_team_members")), "agent 7 Ada L., agent [6]", "agent 8 Grace Hopper, agent []", "team 5 billing removed")
}

// An agent that is listed no more is offline and removed, with the name that the history needs; one that comes back is back.
func TestChatwootAgentVanishes(t *testing.T) {
	take := newDesk(t, Source{Company: "acme", Prefix: "shop-"})
	both := `[{"id":1,"name":"A","role":"agent","availability_status":"online"},{"id":2,"name":"B","role":"agent","availability_status":"offline"}]`
	take("agents", both, "shop-1 available", "shop-1 lives", "shop-2 offline")
	take("teams", `[{"id":5,"name":"t"}]`)
	take("teams", `[{"id":1}]`, "team shop-5 t", "agent shop-1 A, agent [shop-5]", "agent shop-2 B, agent []")
	take("agents", `[{"id":2,"name":"B","role":"agent","availability_status":"offline"}]`, "shop-1 offline", "agent shop-1 A, agent [shop-5] removed")
	take("agents", `[{"id":1,"name":"A","role":"agent","availability_status":"busy"}]`, "shop-1 busy", "shop-1 lives",
		"agent shop-1 A, agent [shop-5]", "agent shop-2 B, agent [] removed")
}

// A presence that is no known word is counted and changes nothing; without heartbeats the one before ends by itself.
func TestChatwootUnknownPresence(t *testing.T) {
	f := func(status string, want int) {
		t.Helper()
		d := pollChatwoot(Source{Company: "acme"}, "3").errands[0]
		if _, err := d.take([]byte(`[{"id":1,"availability_status":"online"}]`), received); err != nil {
			t.Fatal(err)
		}
		got, err := d.take([]byte(`[{"id":1`+status+`}]`), received+1)
		if err != nil || len(got.events) > 0 || got.unknownPresences != want {
			t.Errorf("%s: %v, %d unknown, %v", status, brief(t, got.events), got.unknownPresences, err)
		}
		got, err = d.take([]byte(`[{"id":1,"availability_status":"online"}]`), received+2)
		if told := brief(t, got.events); err != nil || !slices.Equal(told, []string{"1 lives"}) {
			t.Errorf("%s, then online: %v %v", status, told, err)
		}
	}
	f(`,"availability_status":"asleep"`, 1)
	f(`,"availability_status":"Online"`, 1)
	f(`,"availability_status":null`, 1)
	f(`,"availability_status":3`, 1)
	f(``, 1)
}

// Staff's addresses never leave: not the field, and not where a name is one.
func TestChatwootNoMailAddresses(t *testing.T) {
	f := func(name, want string) {
		t.Helper()
		if got := displayName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	f("Ada L.", "Ada L.")
	f("ada@example.test", "ada")
	f("Ada <ada@example.test>", "Ada ada")
	f("Ada @ billing", "Ada @ billing")
	f("", "")
	f("a\x00\nb", "ab")
	f(strings.Repeat("ä", 200), strings.Repeat("ä", 128))
	d := pollChatwoot(Source{Company: "acme"}, "3").errands
	got, err := d[0].take(polled(t, "agents"), received)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"teams", "teams_5_team_members", "teams_6_team_members"} {
		more, err := d[1].take(polled(t, name), received)
		if err != nil {
			t.Fatal(err)
		}
		got.events = append(got.events, more.events...)
	}
	if text := lines(t, got.events); strings.Contains(text, "@") || !strings.Contains(text, "Grace") {
		t.Errorf("there is an address, or nothing:\n%s", text)
	}
}

// Lists that cannot be believed are refused whole, and what was known stays.
func TestChatwootBadLists(t *testing.T) {
	bad := []string{
		``, ` `, `[`, `[{"id":1}`, `[{"id":1}] x`, `[{"id":1}] []`, `{"id":1}`, `null`, `1`, `"x"`, `[1]`, `[null]`, `[{}]`, `[{"id":"x"}]`, `[{"id":null}]`, `[{"id":1.5}]`,
		`[{"id":-1}]`, `[{"id":1e3}]`, `[{"ID":1}]`, `[{"id":1234567890123456789}]`, "[{\"id\":1,\"name\":\"\xff\"}]", `{"payload":[{"id":1}]}`,
	}
	for _, body := range bad {
		for _, what := range []int{0, 1} {
			d := pollChatwoot(Source{Company: "acme"}, "3").errands[what]
			if got, err := d.take([]byte(body), received); err == nil || len(got.events) > 0 || len(err.Error()) > 200 {
				t.Errorf("%q: %v %v", body, got, err)
			}
		}
	}
	d := pollChatwoot(Source{Company: "acme"}, "3").errands[0]
	if _, err := d.take([]byte(`[]`), received); err == nil {
		t.Error("an account without agents is believed: all would be gone")
	}
	if _, err := d.take([]byte(`[{"id":1,"availability_status":"online"}]`), received); err != nil {
		t.Fatal(err)
	}
	for _, body := range append(bad, `[]`) {
		if _, err := d.take([]byte(body), received+1); err == nil {
			t.Errorf("%q is believed", body)
		}
	}
	got, err := d.take([]byte(`[{"id":"1","availability_status":"online"}]`), received+2)
	if told := brief(t, got.events); err != nil || !slices.Equal(told, []string{"1 lives"}) {
		t.Errorf("after bad lists: %v %v", told, err)
	}
}

// The same lists at the same time are the same events, so what is sent again changes nothing; at another time they have other ids.
func TestChatwootListsAreDeterministic(t *testing.T) {
	f := func(at schemas.Instant) string {
		got, err := pollChatwoot(Source{Company: "acme"}, "3").errands[0].take(polled(t, "agents"), at)
		if err != nil {
			t.Fatal(err)
		}
		return lines(t, got.events)
	}
	if first, again, later := f(received), f(received), f(received+1); first != again || first == later {
		t.Error("ids are not made of agent, presence and time")
	}
}

// A floor of thousands, and an agent with more teams than an event has place for.
func TestChatwootManyAgents(t *testing.T) {
	var agents, teams strings.Builder
	for i := range 3000 {
		agents.WriteString(`,{"id":` + stamp(schemas.Instant(i+1)) + `,"availability_status":"online","name":"a"}`)
	}
	for i := range schemas.MaxTeams + 6 {
		teams.WriteString(`,{"id":` + stamp(schemas.Instant(i+1)) + `,"name":"t"}`)
	}
	d := pollChatwoot(Source{Company: "acme"}, "3").errands
	got, err := d[0].take([]byte("["+agents.String()[1:]+"]"), received)
	if err != nil || len(got.events) != 6000 {
		t.Errorf("%d events, %v; want 6000", len(got.events), err)
	}
	if got, err = d[1].take([]byte("["+teams.String()[1:]+"]"), received); err != nil {
		t.Fatal(err)
	}
	for range schemas.MaxTeams + 6 {
		if got, err = d[1].take([]byte(`[{"id":1}]`), received); err != nil {
			t.Fatal(err)
		}
	}
	for i := range got.events {
		if e := &got.events[i]; e.Agent == "1" && len(e.Teams) != schemas.MaxTeams {
			t.Errorf("%d teams", len(e.Teams))
		}
	}
}

// Whatever the API answers, there is an error or events that the decoder takes, with the company and prefix of the configuration.
func FuzzChatwootLists(f *testing.F) {
	f.Add(polled(f, "agents"))
	f.Add(polled(f, "teams"))
	f.Add([]byte(`[]`))
	f.Add([]byte(`[{"id":1,"name":"a@b.c","role":"\u0000x","availability_status":{}}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		errands := pollChatwoot(Source{Company: "acme", Prefix: "p-"}, "3").errands
		for at, e := range []errand{errands[0], errands[1], errands[1], errands[0]} {
			got, err := e.take(body, received+schemas.Instant(at))
			if err != nil {
				if len(got.events) > 0 || len(err.Error()) > 300 {
					t.Errorf("%d events beside %.400v", len(got.events), err)
				}
				return
			}
			brief(t, got.events)
			for i := range got.events {
				for _, id := range append([]string{got.events[i].Agent, got.events[i].Team}, got.events[i].Teams...) {
					if id != "" && !strings.HasPrefix(id, "p-") {
						t.Errorf("%s has no prefix", id)
					}
				}
			}
			if len(errands[1].path()) > 100 {
				t.Errorf("asks for %s", errands[1].path())
			}
		}
	})
}

// Hostile JSON is an error or nothing worse.
func TestChatwootHostileLists(t *testing.T) {
	for name, content := range datatest.JSONTestSuite(t) {
		inside := `[{"id":1,"availability_status":"online","name":` + string(content) + `}]`
		_, err := pollChatwoot(Source{Company: "acme"}, "3").errands[0].take([]byte(inside), received)
		if name[0] == 'y' && err != nil || name[0] == 'n' && err == nil {
			t.Errorf("%s in a list: %v", name, err)
		}
	}
}
