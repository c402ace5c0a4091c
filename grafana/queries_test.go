//go:build embedded

package grafana

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// show gives the rows of a panel's query as a viewer with these filters gets them.
func show(t testing.TB, board *dashboard, title string, chosen selection) []map[string]any {
	t.Helper()
	needFloor(t)
	statement, err := expand(panelOf(t, board, title).Targets[0].RawSQL, withCompany(chosen))
	if err != nil {
		t.Fatalf("%s: %v", title, err)
	}
	rows, err := ask("floor", statement)
	if err != nil {
		t.Fatalf("%s with %v: %v", title, chosen, err)
	}
	return rows
}

func withCompany(chosen selection) selection {
	full := selection{"company": {"acme"}, "clock": {"wall"}, "reply_by": {"any"}, "turn": {"all"}, "period": {"28"}, "step": {"day"}}
	return full.with(chosen)
}

// options runs the query of a variable and gives value and text of each option.
func options(t testing.TB, board *dashboard, name string, chosen selection) [][2]string {
	t.Helper()
	needFloor(t)
	statement, err := expand(findVariable(board, name).Query, withCompany(chosen))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := ask("floor", statement)
	if err != nil {
		t.Fatalf("variable %s: %v", name, err)
	}
	var found [][2]string
	for _, r := range rows {
		found = append(found, [2]string{r["value"].(string), r["text"].(string)})
	}
	return found
}

// escaped is the value of an option as the variable queries give it.
func escaped(value string) string { return strings.ReplaceAll(value, `\`, `\\`) }

type tiles struct{ Active, Waiting, WaitingOpen, Assigned, Unassigned, Open, Closed float64 }

func showTiles(t testing.TB, board *dashboard, chosen selection) tiles {
	t.Helper()
	rows := show(t, board, "Active conversations today", chosen)
	if len(rows) != 1 {
		t.Fatalf("%v: the tiles have %d rows, want 1", chosen, len(rows))
	}
	n := func(name string) float64 { return rows[0][name].(float64) }
	return tiles{n("active"), n("waiting_first_response"), n("waiting_first_response_open"), n("assigned"), n("unassigned"), n("open"), n("closed")}
}

// filters are what the tests choose, with what the tiles and the list of agents show then.
var filters = []struct {
	name   string
	chosen selection
	tiles  tiles
	agents []string // ids, in the order of the table
	runs   bool     // every query of the board is run with it
}{
	{"all", nil, tiles{7, 3, 1, 5, 2, 5, 2}, []string{"ada", "cleo", "bob", "eve", "dan"}, true},
	{"All said", selection{"team": {allValue}, "owner": {allValue}, "channel": {allValue}, "queue": {allValue}, "tag": {allValue}}, tiles{7, 3, 1, 5, 2, 5, 2}, []string{"ada", "cleo", "bob", "eve", "dan"}, false},
	{"nothing chosen", selection{"team": {}, "channel": {""}}, tiles{7, 3, 1, 5, 2, 5, 2}, []string{"ada", "cleo", "bob", "eve", "dan"}, false},
	{"one team", selection{"team": {"support"}}, tiles{4, 1, 0, 4, 0, 3, 1}, []string{"ada", "cleo"}, true},
	{"two teams", selection{"team": {"support", escaped(hardTeam)}}, tiles{6, 2, 1, 5, 1, 5, 1}, []string{"ada", "cleo", "bob", "eve"}, true},
	{"no team", selection{"team": {"(none)"}}, tiles{1, 1, 0, 0, 1, 0, 1}, []string{"dan"}, false},
	{"one owner", selection{"owner": {"ada"}}, tiles{2, 1, 0, 2, 0, 1, 1}, []string{"ada"}, true},
	{"two owners", selection{"owner": {"ada", "bob"}}, tiles{3, 1, 0, 3, 0, 2, 1}, []string{"ada", "bob"}, false},
	{"owner with an open conversation of yesterday", selection{"owner": {"eve"}}, tiles{}, []string{"eve"}, false},
	{"owner without conversations", selection{"owner": {"dan"}}, tiles{}, nil, false},
	{"unassigned", selection{"owner": {"(none)"}}, tiles{2, 2, 1, 0, 2, 1, 1}, nil, true},
	{"owned by an AI", selection{"owner": {"bot"}}, tiles{1, 0, 0, 1, 0, 1, 0}, nil, false},
	{"owner of another team", selection{"team": {"support"}, "owner": {"bob"}}, tiles{}, nil, false},
	{"owner's conversations are of another team", selection{"team": {escaped(hardTeam)}, "owner": {"cleo"}}, tiles{}, nil, false},
	{"channel", selection{"channel": {"whatsapp"}}, tiles{3, 2, 1, 2, 1, 2, 1}, []string{"ada", "cleo", "bob", "eve", "dan"}, true},
	{"two channels", selection{"channel": {"sms", "app"}}, tiles{2, 1, 0, 1, 1, 1, 1}, []string{"ada", "cleo", "bob", "eve", "dan"}, false},
	{"team and channel", selection{"team": {"support"}, "channel": {"whatsapp"}}, tiles{2, 1, 0, 2, 0, 1, 1}, []string{"ada", "cleo"}, false},
	{"owner and channel", selection{"owner": {"ada"}, "channel": {"sms"}}, tiles{}, []string{"ada"}, false},
	{"queue", selection{"queue": {"q'1"}}, tiles{1, 1, 1, 0, 1, 1, 0}, []string{"ada", "cleo", "bob", "eve", "dan"}, false},
	{"no queue", selection{"queue": {"(none)"}}, tiles{6, 2, 0, 5, 1, 4, 2}, []string{"ada", "cleo", "bob", "eve", "dan"}, false},
	{"tag", selection{"tag": {escaped(hardTag)}}, tiles{1, 1, 1, 0, 1, 1, 0}, []string{"ada", "cleo", "bob", "eve", "dan"}, true},
	{"tags", selection{"tag": {"vip", "(none)"}}, tiles{7, 3, 1, 5, 2, 5, 2}, []string{"ada", "cleo", "bob", "eve", "dan"}, false},
	{"no match", selection{"team": {"nowhere"}, "owner": {"nobody"}, "channel": {"voice"}}, tiles{}, nil, true},
	{"empty and another", selection{"team": {"", "support"}}, tiles{4, 1, 0, 4, 0, 3, 1}, []string{"ada", "cleo"}, false},
	{"quote", selection{"team": {"x') OR 1=1 --"}}, tiles{}, nil, true},
	{"quote of an owner", selection{"owner": {"x'), 1=1) OR (1=1"}}, tiles{}, nil, false},
	{"macro", selection{"team": {"$__conditionalAll(1=1, $team)"}}, tiles{}, nil, false},
	{"unicode", selection{"team": {farTeam}}, tiles{}, nil, false},
	{"backslash", selection{"team": {escaped(`\`)}, "tag": {escaped(`\'`)}}, tiles{}, nil, true},
	{"comment", selection{"team": {"/* -- # ; {x:String} ? \n\t\""}}, tiles{}, nil, true},
}

// V68: the tiles follow every filter; the agents follow team and owner, and nothing else.
func TestTilesAndAgents(t *testing.T) {
	board := liveFloor(t)
	for _, f := range filters {
		got := showTiles(t, board, f.chosen)
		if got != f.tiles {
			t.Errorf("%s: tiles %+v, want %+v", f.name, got, f.tiles)
		}
		if got.Assigned+got.Unassigned != got.Active || got.Open+got.Closed != got.Active {
			t.Errorf("%s: the tiles do not add up: %+v", f.name, got)
		}
		var agents []string
		for _, r := range show(t, board, "Agent activity", f.chosen) {
			agents = append(agents, r["agent_id"].(string))
		}
		if diff := cmp.Diff(f.agents, agents); diff != "" {
			t.Errorf("%s: agents (-want +got):\n%s", f.name, diff)
		}
		totals := show(t, board, "Agents", f.chosen)
		if len(totals) != 1 || totals[0]["online"].(float64)+totals[0]["offline"].(float64) != float64(len(f.agents)) {
			t.Errorf("%s: agents %v, want %d together", f.name, totals, len(f.agents))
		}
	}
	if got, want := showTiles(t, board, selection{"company": {twin}}), (tiles{1, 0, 0, 1, 0, 1, 0}); got != want {
		t.Errorf("the other company: tiles %+v, want %+v", got, want)
	}
	for _, company := range []string{"", "nobody", "acme'--"} {
		if got := showTiles(t, board, selection{"company": {company}}); got != (tiles{}) {
			t.Errorf("company %q: tiles %+v, want zeros", company, got)
		}
	}
}

// Every query must run with every sort of choice, whatever the numbers.
func TestEveryQueryRuns(t *testing.T) {
	needFloor(t)
	all := []selection{{"company": {twin}}, {"company": {""}}, {"company": {"nobody"}}}
	for _, f := range filters {
		if f.runs {
			all = append(all, f.chosen)
		}
	}
	// In history every query has the same filters, and takes longer: once with all that is hard to quote.
	hard := []string{"support", escaped(hardTeam), "x') OR 1=1 --", escaped(`\'`), "/* -- # ; {x:String} ? \n\t\"", farTeam}
	few := []selection{{"company": {"nobody"}}, {"team": hard, "owner": hard, "channel": hard, "priority": hard}}
	for _, board := range readBoards(t) {
		choices := all
		if board.UID == "floorwatch-history" {
			choices = few
		}
		for _, chosen := range choices {
			for i := range board.Panels {
				if p := &board.Panels[i]; p.Datasource.Type == clickhouseType {
					show(t, board, p.Title, chosen)
				}
			}
		}
		for _, v := range board.Templating.List {
			for _, company := range []string{"acme", twin, "", "nobody"} {
				if v.Type == "query" {
					options(t, board, v.Name, selection{"company": {company}})
				}
			}
		}
	}
}

func showHours(t testing.TB, board *dashboard, chosen selection) (labels []string, counts []any) {
	t.Helper()
	for _, r := range show(t, board, "Conversations initiated per hour", chosen) {
		labels, counts = append(labels, r["hour"].(string)), append(counts, r["conversations"])
	}
	return labels, counts
}

func TestHours(t *testing.T) {
	board := liveFloor(t)
	for _, test := range []struct {
		name   string
		chosen selection
		want   map[int]float64 // by hour of the day
		bars   int
	}{
		{"all", nil, map[int]float64{0: 1, 3: 2, 10: 2}, 24},
		{"channel", selection{"channel": {"whatsapp"}}, map[int]float64{10: 2}, 24},
		{"team", selection{"team": {escaped(hardTeam)}}, map[int]float64{3: 1, 10: 1}, 24},
		{"owner", selection{"owner": {"ada"}}, map[int]float64{0: 1, 10: 1}, 24},
		{"unassigned and no queue", selection{"owner": {"(none)"}, "queue": {"(none)"}}, map[int]float64{3: 1}, 24},
		{"tag", selection{"tag": {escaped(hardTag)}}, map[int]float64{10: 1}, 24},
		{"no match", selection{"team": {"nowhere"}}, nil, 24},
		{"25 hours", selection{"company": {twin}}, map[int]float64{3: 1}, 25},
		{"no such company", selection{"company": {"nobody"}}, nil, 0},
	} {
		labels, counts := showHours(t, board, test.chosen)
		want := make([]any, 0, test.bars)
		for hour := range test.bars {
			if hour > 10 {
				want = append(want, nil) // still to come
			} else {
				want = append(want, test.want[hour])
			}
		}
		if diff := cmp.Diff(want, counts, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		if test.bars == 25 && !slices.Equal(labels[:5], []string{"00", "01", "02 +02:00", "02 +01:00", "03"}) {
			t.Errorf("%s: labels %v", test.name, labels)
		}
	}
}

// near says that the numbers of a row are as wanted. Numbers from 60 on are waits: they go on during the test, and averages over them move a
// little.
func near(t testing.TB, what string, got map[string]any, want row) {
	t.Helper()
	since := time.Since(engine.prepared).Seconds() + 1
	for column, w := range want {
		g := got[column]
		number, isNumber := g.(float64)
		wanted, wantNumber := w.(float64)
		switch {
		case isNumber && wantNumber && wanted >= 60 && number >= wanted-0.01 && number <= wanted+since:
		case isNumber && wantNumber && wanted < 60 && math.Abs(number-wanted) < 0.001+since/20_000:
		case isNumber != wantNumber || !isNumber && g != w || isNumber:
			t.Errorf("%s: %s is %v, want %v", what, column, g, w)
		}
	}
}

func TestWaits(t *testing.T) {
	board := liveFloor(t)
	for _, test := range []struct {
		name   string
		chosen selection
		stat   row
		kinds  [4]float64 // anybody first, next, person first, next
		ids    []string
	}{
		{"all", nil, row{"waiting": 3.0, "longest": 7200.0, "average": 2640.0, "for_a_person": 4.0}, [4]float64{2, 1, 3, 1}, []string{"c7", "c8", "c4", "c5"}},
		{"team", selection{"team": {"support"}}, row{"waiting": 0.0, "longest": nil, "average": nil, "for_a_person": 1.0}, [4]float64{0, 0, 1, 0}, []string{"c8"}},
		{"channel", selection{"channel": {"sms"}}, row{"waiting": 1.0, "longest": 120.0, "average": 120.0, "for_a_person": 1.0}, [4]float64{0, 1, 0, 1}, []string{"c5"}},
		{"tag", selection{"tag": {escaped(hardTag)}}, row{"waiting": 1.0, "longest": 600.0, "average": 600.0, "for_a_person": 1.0}, [4]float64{1, 0, 1, 0}, []string{"c4"}},
		{"no match", selection{"owner": {"nobody"}}, row{"waiting": 0.0, "longest": nil, "average": nil, "for_a_person": 0.0}, [4]float64{}, nil},
	} {
		near(t, test.name, show(t, board, "Waiting now", test.chosen)[0], test.stat)
		kinds := show(t, board, "Waiting now, by reply", test.chosen)
		if len(kinds) != 4 {
			t.Fatalf("%s: %d kinds, want 4", test.name, len(kinds))
		}
		for i, want := range test.kinds {
			near(t, test.name, kinds[i], row{"customers": want})
			if (kinds[i]["longest"] == nil) != (want == 0) || (kinds[i]["average"] == nil) != (want == 0) {
				t.Errorf("%s: longest and average must be empty exactly when nobody waits: %v", test.name, kinds[i])
			}
		}
		var ids []string
		for _, r := range show(t, board, "Longest waits", test.chosen) {
			ids = append(ids, r["conversation_id"].(string))
		}
		if diff := cmp.Diff(test.ids, ids); diff != "" {
			t.Errorf("%s: longest waits (-want +got):\n%s", test.name, diff)
		}
	}
	rows := show(t, board, "Longest waits", nil)
	near(t, "handed off", rows[1], row{"any_seconds": nil, "person_seconds": 1800.0, "reply": "first", "team_name": "Support", "owned_by": "bot"})
	near(t, "unassigned", rows[2], row{"any_seconds": 600.0, "person_seconds": 600.0, "team_name": "O'Hara & Sons", "owned_by": "unassigned", "queue": "q'1", "tag_list": hardTag + ", vip"})
	kinds := show(t, board, "Waiting now, by reply", nil)
	near(t, "kinds", kinds[0], row{"reply_by": "a person or an AI", "reply": "first", "longest": 7200.0, "average": 3900.0})
	near(t, "kinds", kinds[3], row{"reply_by": "a person", "reply": "next", "longest": 120.0, "average": 120.0})
}

func TestFirstResponse(t *testing.T) {
	board := liveFloor(t)
	for _, test := range []struct {
		name   string
		chosen selection
		want   row
		lines  [4]float64 // replies by anybody, people, AI, people from the hand-off
	}{
		{"all", nil, row{"replies": 6.0, "mean": 202.0 / 6, "p50": 20.0, "p90": 100.0}, [4]float64{6, 5, 1, 1}},
		{"team", selection{"team": {"support"}}, row{"replies": 5.0, "mean": 20.4, "p50": 20.0, "p90": 40.0}, [4]float64{5, 4, 1, 1}},
		{"owner", selection{"owner": {"ada"}}, row{"replies": 3.0, "mean": 20.0, "p50": nil, "p90": nil}, [4]float64{3, 3, 0, 1}},
		{"channel", selection{"channel": {"whatsapp"}}, row{"replies": 1.0, "mean": 30.0, "p50": nil, "p90": nil}, [4]float64{1, 1, 0, 0}},
		{"no match", selection{"team": {"nowhere"}}, row{"replies": 0.0, "mean": nil, "p50": nil, "p90": nil}, [4]float64{}},
	} {
		near(t, test.name, show(t, board, "First response today", test.chosen)[0], test.want)
		lines := show(t, board, "First response today, by responder", test.chosen)
		if len(lines) != 4 {
			t.Fatalf("%s: %d lines, want 4", test.name, len(lines))
		}
		near(t, test.name, lines[0], test.want)
		for i, want := range test.lines {
			near(t, fmt.Sprintf("%s, line %d", test.name, i), lines[i], row{"replies": want})
		}
	}
	lines := show(t, board, "First response today, by responder", nil)
	near(t, "person", lines[1], row{"responder": "person", "mean": 40.0, "p50": 30.0, "p90": 100.0})
	near(t, "AI", lines[2], row{"responder": "AI", "mean": 2.0, "p50": nil, "p90": nil})
	near(t, "hand-off", lines[3], row{"responder": "person, from the hand-off", "mean": 50.0, "p50": nil})
}

func TestAgentActivity(t *testing.T) {
	board := liveFloor(t)
	rows := show(t, board, "Agent activity", nil)
	near(t, "ada", rows[0], row{"name": "Ada", "presence_now": "available", "for_seconds": 3600.0, "ago_seconds": 90.0, "open_conversations": 1.0, "team_list": "Support"})
	near(t, "cleo", rows[1], row{"presence_now": "Coaching", "for_seconds": 1800.0, "last_message": nil, "ago_seconds": nil, "team_list": "Support, O'Hara & Sons"})
	near(t, "bob", rows[2], row{"presence_now": "offline", "for_seconds": 3600.0, "open_conversations": 1.0})
	near(t, "dan", rows[4], row{"name": "dan", "presence_now": "offline", "for_seconds": nil, "team_list": "", "open_conversations": 0.0})
	near(t, "totals", show(t, board, "Agents", nil)[0], row{"online": 2.0, "available": 1.0, "offline": 3.0})
	zone, err := ask("floor", "SELECT formatDateTime(max(last_outgoing_at), '%F %T', 'Asia/Kolkata') AS local FROM conversation_agents")
	if err != nil || rows[0]["last_message"] != zone[0]["local"] {
		t.Errorf("last message %v, want %v: %v", rows[0]["last_message"], zone, err)
	}
}

func TestLiveConversations(t *testing.T) {
	board := liveFloor(t)
	rows := show(t, board, "Live conversations", nil)
	var ids []string
	for _, r := range rows {
		ids = append(ids, r["conversation_id"].(string))
	}
	if diff := cmp.Diff([]string{"c1", "c3", "c4", "c5", "c8", "c7"}, ids); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	near(t, "c1", rows[0], row{"team_name": "Support", "owned_by": "Ada", "open_seconds": 10800.0, "messages": 2.0, "wait_seconds": nil})
	near(t, "c4", rows[2], row{"team_name": "O'Hara & Sons", "owned_by": "unassigned", "wait_seconds": 600.0})
	near(t, "c8", rows[4], row{"owned_by": "bot", "wait_seconds": 1800.0})
}

func TestAsOf(t *testing.T) {
	got := show(t, liveFloor(t), "As of", nil)[0]
	age, text := got["age"].(float64), got["as_of"].(string)
	if age < 12 || age > 13+time.Since(engine.prepared).Seconds() || age <= 30 && len(text) != len("15:04:05") || age > 30 && !strings.HasPrefix(text, "nothing new since ") {
		t.Errorf("as of %v", got)
	}
	if got["day"] != "2026-10-25 Asia/Kolkata" {
		t.Errorf("day %v", got["day"])
	}
	if none := show(t, liveFloor(t), "As of", selection{"company": {"nobody"}})[0]; none["day"] != "no calendar" {
		t.Errorf("unknown company: %v", none)
	}
}

func TestVariables(t *testing.T) {
	board := liveFloor(t)
	for name, want := range map[string][][2]string{
		"company": {{"acme", "acme"}, {harbour, harbour}, {twin, twin}},
		"team":    {{escaped(hardTeam), "O'Hara & Sons"}, {"support", "Support"}, {farTeam, farTeam}, {"(none)", "No team"}},
		"owner":   {{"ada", "Ada"}, {"bob", "Bob"}, {"cleo", "Cleo"}, {"eve", "Eve"}, {"bot", "bot"}, {"dan", "dan"}, {"(none)", "Unassigned"}},
		"queue":   {{"q'1", "q'1"}, {"(none)", "No queue"}},
		"tag":     {{escaped(hardTag), hardTag}, {"vip", "vip"}, {"(none)", "No tag"}},
	} {
		if diff := cmp.Diff(want, options(t, board, name, nil)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	// Each option, chosen, gives what its value means: all conversations are reached through the teams.
	sum := 0.0
	for _, option := range options(t, board, "team", nil) {
		sum += showTiles(t, board, selection{"team": {option[0]}}).Active
	}
	if sum != 7 {
		t.Errorf("the teams have %v conversations, want 7", sum)
	}
}

// panelOf finds a panel by its title.
func panelOf(t testing.TB, board *dashboard, title string) *panel {
	t.Helper()
	for i := range board.Panels {
		if board.Panels[i].Title == title {
			return &board.Panels[i]
		}
	}
	t.Fatalf("no panel %q", title)
	return nil
}
