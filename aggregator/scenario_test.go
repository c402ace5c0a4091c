package aggregator

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
)

// A scenario (testdata/*.day) is a day on the floor in plain lines; testdata/README.md explains them. Each is told three times: in
// order, where every expectation is checked at its place; and reversed and shuffled with every event twice, where the rows at the end
// must be the same.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.day")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".day"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range strings.Split("\n"+string(text), "\n== ")[1:] {
				title, body, _ := strings.Cut(part, "\n")
				t.Run(title, func(t *testing.T) { newScenario(t, body).tell() })
			}
		})
	}
}

const testCompany = "acme"

// scenario is one story: its events in the order told, and the state that they have led to so far.
type scenario struct {
	t        *testing.T
	lines    []string
	location *time.Location
	settings Settings
	date     schemas.Date
	state    *State
	rows     *tables
	events   []schemas.Event
	messages map[string]int // per conversation, to number unnamed ones
	checks   int
}

// tables collects rows as the store would: the newest version of each key.
type tables struct {
	episodes map[string]schemas.EpisodeRow
	days     map[string]schemas.ConversationDayRow
	parts    map[string]schemas.ConversationAgentRow
	replies  map[string]schemas.ReplyRow
	holds    map[string]schemas.HoldRow
	spans    map[string]schemas.AgentSpanRow
	entries  map[string]schemas.DirectoryRow
}

func newTable() *tables {
	return &tables{map[string]schemas.EpisodeRow{}, map[string]schemas.ConversationDayRow{}, map[string]schemas.ConversationAgentRow{},
		map[string]schemas.ReplyRow{}, map[string]schemas.HoldRow{}, map[string]schemas.AgentSpanRow{}, map[string]schemas.DirectoryRow{}}
}

// store keeps the newest version of a row; tombstones stay, without what they replaced.
func store[R any](rows map[string]R, key string, row R, meta schemas.Meta, old func(R) uint64) {
	if before, ok := rows[key]; !ok || old(before) <= meta.Version {
		rows[key] = row
	}
}

func (t *tables) add(rows schemas.Rows) {
	for _, r := range rows.Episodes {
		store(t.episodes, fmt.Sprint(r.Conversation, "/", r.Life, "/", r.Number), r, r.Meta, func(r schemas.EpisodeRow) uint64 { return r.Version })
	}
	for _, r := range rows.ConversationDays {
		store(t.days, fmt.Sprint(r.Conversation, "/", r.Day), r, r.Meta, func(r schemas.ConversationDayRow) uint64 { return r.Version })
	}
	for _, r := range rows.ConversationAgents {
		store(t.parts, fmt.Sprint(r.Conversation, "/", r.Life, "/", r.Agent), r, r.Meta, func(r schemas.ConversationAgentRow) uint64 { return r.Version })
	}
	for _, r := range rows.Replies {
		store(t.replies, fmt.Sprint(r.Conversation, "/", r.Life, "/", r.Number), r, r.Meta, func(r schemas.ReplyRow) uint64 { return r.Version })
	}
	for _, r := range rows.Holds {
		store(t.holds, fmt.Sprint(r.Conversation, "/", r.Life, "/", r.Number), r, r.Meta, func(r schemas.HoldRow) uint64 { return r.Version })
	}
	for _, r := range rows.AgentSpans {
		store(t.spans, fmt.Sprint(r.Agent, "/", r.Device, "/", r.StartedAt), r, r.Meta, func(r schemas.AgentSpanRow) uint64 { return r.Version })
	}
	for _, r := range rows.Directory {
		store(t.entries, fmt.Sprint(r.Entry, "/", r.ID), r, r.Meta, func(r schemas.DirectoryRow) uint64 { return r.Version })
	}
}

// view is the table as its readers see it: without tombstones, versions and storage times.
func (t *tables) view() *tables {
	out := newTable()
	lives := t.lives()
	for _, r := range t.episodes {
		if !r.Deleted {
			key := fmt.Sprint(r.Conversation, "/", r.Number, lives(r.Conversation, r.Life))
			r.Meta, r.Life = schemas.Meta{}, 0
			out.episodes[key] = r
		}
	}
	reveal(out.days, t.days, func(r *schemas.ConversationDayRow) *schemas.Meta { return &r.Meta })
	for _, r := range t.parts {
		if !r.Deleted {
			key := fmt.Sprint(r.Conversation, "/", r.Agent, lives(r.Conversation, r.Life))
			r.Meta, r.Life = schemas.Meta{}, 0
			out.parts[key] = r
		}
	}
	for _, r := range t.replies {
		if !r.Deleted {
			key := fmt.Sprint(r.Conversation, "/", r.Number, lives(r.Conversation, r.Life))
			r.Meta, r.Life = schemas.Meta{}, 0
			out.replies[key] = r
		}
	}
	for _, r := range t.holds {
		if !r.Deleted {
			key := fmt.Sprint(r.Conversation, "/", r.Number, lives(r.Conversation, r.Life))
			r.Meta, r.Life = schemas.Meta{}, 0
			out.holds[key] = r
		}
	}
	reveal(out.spans, t.spans, func(r *schemas.AgentSpanRow) *schemas.Meta { return &r.Meta })
	reveal(out.entries, t.entries, func(r *schemas.DirectoryRow) *schemas.Meta { return &r.Meta })
	return out
}

// lives names the lives of a conversation after the first: where the log has their beginning is nothing that readers see.
func (t *tables) lives() func(conversation string, life int64) string {
	all := map[string][]int64{}
	note := func(conversation string, life int64) {
		if !slices.Contains(all[conversation], life) {
			all[conversation] = append(all[conversation], life)
		}
	}
	for _, r := range t.episodes {
		note(r.Conversation, r.Life)
	}
	for _, r := range t.parts {
		note(r.Conversation, r.Life)
	}
	for _, r := range t.replies {
		note(r.Conversation, r.Life)
	}
	for _, r := range t.holds {
		note(r.Conversation, r.Life)
	}
	return func(conversation string, life int64) string {
		slices.Sort(all[conversation])
		if at := slices.Index(all[conversation], life); at > 0 {
			return fmt.Sprint(", life ", at+1)
		}
		return ""
	}
}

func reveal[R any](out, rows map[string]R, meta func(*R) *schemas.Meta) {
	for key, r := range rows {
		if m := meta(&r); !m.Deleted {
			*m = schemas.Meta{}
			out[key] = r
		}
	}
}

func newScenario(t *testing.T, body string) *scenario {
	settings := DefaultSettings()
	settings.Zones = map[string]string{testCompany: "UTC"}
	s := &scenario{t: t, lines: strings.Split(body, "\n"), location: time.UTC, settings: settings, rows: newTable(), messages: map[string]int{}}
	s.date, _ = schemas.ParseDate("2026-03-02")
	return s
}

// tell plays the story and then the same events in other orders.
func (s *scenario) tell() {
	for number, line := range s.lines {
		if line, _, _ = strings.Cut(line, "#"); strings.TrimSpace(line) != "" {
			s.line(strings.Fields(line), fmt.Sprintf("line %d: %s", number+2, strings.TrimSpace(line)))
		}
	}
	if s.checks == 0 {
		s.t.Fatal("the scenario expects nothing")
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{"reversed", "shuffled"} {
		order := append(append([]schemas.Event{}, s.events...), s.events...)
		if name == "reversed" {
			for i := range s.events {
				order[i] = s.events[len(s.events)-1-i]
			}
		} else {
			random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		}
		if diff := cmp.Diff(s.rows.view(), foldAll(s.settings, order, 1+random.IntN(5)).view(), cmp.AllowUnexported(tables{})); diff != "" {
			s.t.Errorf("%s with every event twice, the rows differ (-told +%s):\n%s", name, name, diff)
		}
	}
}

// foldAll folds the events at offsets 0, 1, …, and writes rows after every few of them.
func foldAll(settings Settings, events []schemas.Event, every int) *tables {
	state, rows := New(settings), newTable()
	for i := range events {
		events[i].Place(int64(i), events[i].AppendedAt)
		state.Apply(&events[i])
		if i%every == 0 {
			rows.add(state.Rows())
		}
	}
	rows.add(state.Rows())
	return rows
}

func (s *scenario) line(words []string, where string) {
	switch words[0] {
	case "zone":
		location, err := schemas.LoadZone(words[1])
		if err != nil {
			s.t.Fatal(err)
		}
		s.location = location
		s.settings.Zones = map[string]string{testCompany: words[1]}
	case "hours":
		s.settings.Hours = map[string]Hours{testCompany: s.hours(words[1:])}
	case "from":
		s.change(words[1], words[3:])
	case "date":
		date, err := schemas.ParseDate(words[1])
		if err != nil {
			s.t.Fatal(err)
		}
		s.date = date
	case "episode", "reply", "hold", "day", "agent", "span", "now", "no", "result":
		s.checks++
		s.expect(words, where)
	default:
		s.event(words, where)
	}
}

// hours reads what stands behind "hours": a week, and holidays after a semicolon.
func (s *scenario) hours(words []string) Hours {
	week, list, some := strings.Cut(strings.Join(words, " "), ";")
	hours := Hours{Week: week}
	if some {
		hours.Holidays = strings.Split(list, ",")
	}
	if err := hours.validate("hours"); err != nil {
		s.t.Fatal(err)
	}
	return hours
}

// change gives the company other hours from the beginning of a day on.
func (s *scenario) change(day string, hours []string) {
	date, err := schemas.ParseDate(day)
	if err != nil {
		s.t.Fatal(err)
	}
	common := s.settings.wanted(testCompany)
	if s.settings.Versions == nil {
		s.settings.Versions = []schemas.SettingsVersion{{Company: testCompany, Zone: common.Zone, Hours: common.Hours}}
	}
	calendar, err := schemas.NewCalendar(common.Zone)
	if err != nil {
		s.t.Fatal(err)
	}
	from, _ := calendar.On(date)
	s.settings.Versions = append(s.settings.Versions,
		schemas.SettingsVersion{Company: testCompany, EffectiveFrom: from.From, Zone: common.Zone, Hours: s.hours(hours).text(), RecordedAt: from.From - schemas.SettingsLead})
}

// instant reads 09:30, 09:30:15.250, 00:30Z (UTC) or a plain number of seconds since the date's 00:00.
func (s *scenario) instant(text string) schemas.Instant {
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		return schemas.InstantOf(s.date.Time()) + schemas.Instant(seconds*1000)
	}
	location := s.location
	if clock, utc := strings.CutSuffix(text, "Z"); utc {
		text, location = clock, time.UTC
	}
	for _, layout := range []string{"15:04", "15:04:05", "15:04:05.000"} {
		if clock, err := time.Parse(layout, text); err == nil {
			day := s.date.Time()
			return schemas.InstantOf(time.Date(day.Year(), day.Month(), day.Day(), clock.Hour(), clock.Minute(), clock.Second(), clock.Nanosecond(), location))
		}
	}
	s.t.Fatalf("no time: %q", text)
	return 0
}

func (s *scenario) apply(e schemas.Event) Outcome {
	if s.state == nil {
		s.state = New(s.settings)
	}
	value, err := schemas.EncodeEvent(&e)
	if err != nil {
		s.t.Fatal(err)
	}
	decoded, err := schemas.DecodeEvent(value)
	if err != nil {
		s.t.Fatalf("%s: %v", value, err)
	}
	decoded.Place(int64(len(s.events)), decoded.OccurredAt)
	outcome := s.state.Apply(&decoded)
	s.events = append(s.events, decoded)
	s.rows.add(s.state.Rows())
	return outcome
}
