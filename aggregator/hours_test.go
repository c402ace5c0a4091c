package aggregator

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Business time of each duration is what the clock says of its begin and end; of a time in which several hold an episode, of their union.
func TestBusinessTimeOfRandomLogs(t *testing.T) {
	settings := randomSettings()
	clocks, err := schemas.NewClocks([]schemas.SettingsPeriod{{CompanySettings: settings.wanted(testCompany)}})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		same := func(what string, got, want schemas.Lasted) {
			if got != want {
				t.Fatalf("%s lasted %v, want %v", what, got, want)
			}
		}
		view := foldAll(settings, randomLog(t), 10).view()
		for key, r := range view.replies {
			same("reply "+key, r.Lasted, clocks.Lasted(r.Team, r.WaitingSince, r.At))
		}
		for key, h := range view.holds {
			if h.EndedAt != 0 {
				same("hold "+key, h.Lasted, clocks.Lasted(h.Team, h.StartedAt, h.EndedAt))
			}
			if h.FirstReplyAt != 0 {
				same("accept to reply of hold "+key, h.FirstReply, clocks.Lasted(h.Team, h.AcceptedAt, h.FirstReplyAt))
			}
		}
		for key, ep := range view.episodes {
			if ep.FirstResponse.At != 0 {
				same("first response of "+key, ep.FirstResponse.Lasted, clocks.Lasted(ep.FirstResponse.Team, ep.FirstTurnAt, ep.FirstResponse.At))
			}
			if ep.HumanFromStart.At != 0 {
				same("first response by a person from the start of "+key, ep.HumanFromStart.Lasted, clocks.Lasted(ep.HumanFromStart.Team, ep.FirstTurnAt, ep.HumanFromStart.At))
			}
			if ep.AgentFirstResponse.At > ep.AcceptedAt { // accepted again after it, the begin is not known any more
				same("agent's first response of "+key, ep.AgentFirstResponse.Lasted, clocks.Lasted(ep.AgentFirstResponse.Team, max(ep.AcceptedAt, ep.FirstTurnAt), ep.AgentFirstResponse.At))
			}
			if ep.Open {
				continue
			}
			same("episode "+key, ep.Work.Open, clocks.Lasted(ep.Team, ep.OpenedAt, ep.ClosedAt))
			same("handling of "+key, ep.Work.Handle, handled(view, &ep, &clocks))
			for _, l := range []schemas.Lasted{ep.Work.OpenActive, ep.Work.ActiveHandle, ep.Work.AfterContact, ep.Work.AIHandle, ep.HumanFirstResponse.Lasted, ep.HumanFromStart.Lasted} {
				if l.BusinessMillis < 0 || l.BusinessMillis > l.Millis {
					t.Fatalf("episode %s: of %d ms %d are business time", key, l.Millis, l.BusinessMillis)
				}
			}
		}
	})
}

// handled adds up from its holds how long an episode was held by anybody, and the work after the contact.
func handled(view *tables, ep *schemas.EpisodeRow, clocks *schemas.Clocks) schemas.Lasted {
	var held []schemas.HoldRow
	var sum schemas.Lasted
	for _, h := range view.holds {
		switch {
		case h.Conversation != ep.Conversation || h.Episode != ep.Number || h.EndedAt == 0:
		case h.Kind != holdAfterContact:
			held = append(held, h)
		case h.EndedAt > ep.ClosedAt:
			sum = sum.Add(clocks.Lasted(ep.Team, max(h.StartedAt, ep.ClosedAt), h.EndedAt))
		}
	}
	slices.SortFunc(held, func(a, b schemas.HoldRow) int { return cmp.Compare(a.StartedAt, b.StartedAt) })
	until := schemas.Instant(math.MinInt64)
	for _, h := range held {
		if from := max(h.StartedAt, until); from < h.EndedAt {
			sum = sum.Add(clocks.Lasted(ep.Team, from, h.EndedAt))
			until = h.EndedAt
		}
	}
	return sum
}

func moment(text string) schemas.Instant {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return schemas.InstantOf(at)
}

// An instance that learns of other hours too late is told so, as with a zone.
func TestMisread(t *testing.T) {
	began := []schemas.SettingsVersion{{Zone: "UTC"}, {Company: testCompany, Zone: "UTC", Hours: "Mon-Fri 09:00-17:00"}}
	midnight := moment("2026-03-04T00:00:00Z")
	f := func(name, zone, hours string, want bool) {
		t.Helper()
		settings := DefaultSettings()
		settings.Versions = began
		state := New(settings)
		state.company(testCompany)
		now := append(slices.Clone(began), schemas.SettingsVersion{Company: testCompany, EffectiveFrom: midnight, Zone: zone, Hours: hours})
		if company, misread := state.Misread(now, midnight-1); misread {
			t.Errorf("%s: %s is misread before midnight", name, company)
		}
		if company, misread := state.Misread(now, midnight); misread != want || misread && company != testCompany {
			t.Errorf("%s: %q misread: %t, want %t", name, company, misread, want)
		}
		state.SetVersions(now)
		if company, misread := state.Misread(now, math.MaxInt64); misread {
			t.Errorf("%s: %s is misread after it was taken over", name, company)
		}
	}
	f("other hours", "UTC", "Mon-Fri 09:00-18:00", true)
	f("no hours", "UTC", "", true)
	f("another zone", "Asia/Tokyo", "Mon-Fri 09:00-17:00", true)
	state := New(DefaultSettings())
	state.company(testCompany)
	if _, misread := state.Misread([]schemas.SettingsVersion{{Zone: "UTC", Hours: "Mon-Fri 09:00-17:00"}}, 0); !misread {
		t.Error("hours from the beginning, which were not known, are not misread")
	}
	if _, misread := state.Misread([]schemas.SettingsVersion{{Zone: "UTC"}}, math.MaxInt64); misread {
		t.Error("the same settings, as a version, are misread")
	}
}

// messageAt is a message of the conversation c1.
func messageAt(id, author, at string) schemas.Event {
	return schemas.Event{SchemaVersion: 1, Company: testCompany, Conversation: "c1", ID: id, MessageID: id, Type: schemas.TypeMessage, AuthorKind: author,
		Kind: schemas.KindText, Visibility: schemas.VisibilityPublic, Delivery: schemas.DeliverySent, OccurredAt: moment(at), AppendedAt: moment(at)}
}

// statusAt is a status of it.
func statusAt(id, status, at string) schemas.Event {
	return schemas.Event{SchemaVersion: 1, Company: testCompany, Conversation: "c1", ID: id, Type: schemas.TypeStatus, Status: status,
		OccurredAt: moment(at), AppendedAt: moment(at)}
}

// Hours that are recorded while a conversation goes on count from their midnight on, as if they had been known from the start.
func TestHoursAreTakenOver(t *testing.T) {
	settings := DefaultSettings()
	settings.Versions = []schemas.SettingsVersion{{Zone: "UTC"}}
	later := append(slices.Clone(settings.Versions), schemas.SettingsVersion{EffectiveFrom: moment("2026-03-04T00:00:00Z"), Zone: "UTC", Hours: "Mon-Fri 09:00-17:00"})
	events := []schemas.Event{messageAt("m1", schemas.AuthorCustomer, "2026-03-03T22:00:00Z"), messageAt("m2", schemas.AuthorHuman, "2026-03-04T10:00:00Z")}
	state, rows := New(settings), newTable()
	for i := range events {
		events[i].Place(int64(i), events[i].AppendedAt)
		state.Apply(&events[i])
		rows.add(state.Rows())
		state.SetVersions(later)
	}
	settings.Versions = later
	if diff := gocmp.Diff(foldAll(settings, events, 1).view(), rows.view(), gocmp.AllowUnexported(tables{})); diff != "" {
		t.Errorf("rows differ (-known from the start +taken over):\n%s", diff)
	}
	if got := rows.view().episodes["c1/1"].FirstResponse.BusinessMillis; got != 3*3600*1000 {
		t.Errorf("business time %d ms, want 3 h", got)
	}
}

// Business time is that of the team that a row names: a reply's and a hold's team, and for an episode the team that it was closed with.
func TestTeamHours(t *testing.T) {
	settings := DefaultSettings()
	settings.Hours = map[string]Hours{testCompany: {Week: "Mon-Sun 09:00-17:00"}}
	settings.TeamHours = map[string]map[string]Hours{testCompany: {"night": {Week: "Mon-Sun 00:00-06:00"}, "always": {}}}
	f := func(team string, wantReply, wantClose int64) {
		t.Helper()
		events := []schemas.Event{
			messageAt("m1", schemas.AuthorCustomer, "2026-03-04T00:00:00Z"), messageAt("m2", schemas.AuthorHuman, "2026-03-04T10:00:00Z"),
			statusAt("s1", schemas.StatusAssigned, "2026-03-04T10:00:01Z"), statusAt("s2", schemas.StatusClosed, "2026-03-04T12:00:00Z"),
		}
		events[2].Team = team
		for i := range events {
			events[i].Place(int64(i), events[i].AppendedAt)
		}
		view := foldAll(settings, events, 1).view()
		if got := view.replies["c1/1"].BusinessMillis; got != wantReply*3600*1000 {
			t.Errorf("%s: replied after %d ms", team, got)
		}
		if got := view.episodes["c1/1"].Work.Open.BusinessMillis; got != wantClose*3600*1000 {
			t.Errorf("%s: open for %d ms", team, got)
		}
	}
	f("", 1, 3)
	f("day", 1, 3)
	f("night", 1, 6)
	f("always", 1, 12)
	events := []schemas.Event{
		statusAt("s1", schemas.StatusAssigned, "2026-03-04T00:30:00Z"), messageAt("m1", schemas.AuthorCustomer, "2026-03-04T01:00:00Z"),
		messageAt("m2", schemas.AuthorAI, "2026-03-04T01:02:00Z"), statusAt("s2", schemas.StatusSnoozed, "2026-03-04T02:00:00Z"),
		statusAt("s3", schemas.StatusUnsnoozed, "2026-03-04T03:00:00Z"), statusAt("s4", schemas.StatusClosed, "2026-03-04T08:00:00Z"),
		messageAt("m3", schemas.AuthorCustomer, "2026-03-05T04:00:00Z"), messageAt("m4", schemas.AuthorHuman, "2026-03-05T08:00:00Z"),
	}
	events[0].Team = "night"
	for i := range events {
		events[i].Place(int64(i), events[i].AppendedAt)
	}
	const minute, hour = 60_000, 3_600_000
	view := foldAll(settings, events, 1).view()
	want := schemas.Work{
		Open: schemas.Lasted{Millis: 7 * hour, BusinessMillis: 5 * hour}, OpenActive: schemas.Lasted{Millis: 6 * hour, BusinessMillis: 4 * hour},
		ActiveHandle: schemas.Lasted{Millis: 2 * minute, BusinessMillis: 2 * minute},
		HasAIHandle:  true,
		AIHandle:     schemas.Lasted{Millis: 7*hour - 2*minute, BusinessMillis: 5*hour - 2*minute},
	}
	if diff := gocmp.Diff(want, view.episodes["c1/1"].Work); diff != "" {
		t.Errorf("work (-want +got):\n%s", diff)
	}
	if got := view.episodes["c1/2"].HumanFromStart.BusinessMillis; got != 2*hour {
		t.Errorf("answered by a person after %d ms", got)
	}
}

// What the configuration does not name of a company that it names is as for the others.
func TestWantedSettings(t *testing.T) {
	settings := DefaultSettings()
	settings.DefaultZone, settings.Zones = "Europe/Berlin", map[string]string{"both": "UTC", "zone": "Asia/Tokyo"}
	settings.DefaultHours = Hours{Week: "Mon 09:00-17:00"}
	settings.Hours = map[string]Hours{"both": {Week: "Tue 09:00-17:00, Mon 09:00-17:00", Holidays: []string{"2026-12-25"}}, "hours": {Week: "Sat 09:00-12:00"}, "none": {}}
	settings.TeamHours = map[string]map[string]Hours{"zone": {"b": {Week: "Sun 09:00-12:00"}, "a": {}}, "teams": {"c": {Week: "Fri 09:00-12:00"}}}
	named, common := settings.Wanted()
	want := map[string]schemas.CompanySettings{
		"both": {Zone: "UTC", Hours: "Mon-Tue 09:00-17:00; 2026-12-25"}, "zone": {Zone: "Asia/Tokyo", Hours: "Mon 09:00-17:00", TeamHours: `{"a":"","b":"Sun 09:00-12:00"}`},
		"teams": {Zone: "Europe/Berlin", Hours: "Mon 09:00-17:00", TeamHours: `{"c":"Fri 09:00-12:00"}`},
		"hours": {Zone: "Europe/Berlin", Hours: "Sat 09:00-12:00"}, "none": {Zone: "Europe/Berlin"},
	}
	if diff := gocmp.Diff(want, named); diff != "" {
		t.Errorf("named (-want +got):\n%s", diff)
	}
	if want := (schemas.CompanySettings{Zone: "Europe/Berlin", Hours: "Mon 09:00-17:00"}); common != want {
		t.Errorf("common %v, want %v", common, want)
	}
}

// All mistakes are told at once, each with its key.
func TestHoursRefuse(t *testing.T) {
	f := func(hours Hours, want ...string) {
		t.Helper()
		settings := DefaultSettings()
		settings.Hours = map[string]Hours{testCompany: hours}
		err := settings.Validate()
		if len(want) == 0 {
			if err != nil {
				t.Errorf("%v: %v", hours, err)
			}
			return
		}
		for _, part := range want {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%v: %v, want %s", hours, err, part)
			}
		}
		if n := strings.Count(err.Error(), "\n"); n != len(want)-1 {
			t.Errorf("%v: %v, want %d problems", hours, err, len(want))
		}
	}
	f(Hours{})
	f(Hours{Week: "Mon-Sun 00:00-24:00", Holidays: []string{"2026-12-25", "2026-12-24 09:00-12:00"}})
	f(Hours{Week: "daily"}, "hours.acme.week: ")
	f(Hours{Week: "daily", Holidays: []string{"2026-12-25", "25.12.", "2026-12-24 9-12"}}, "hours.acme.week: ", "hours.acme.holidays[1]: ", "hours.acme.holidays[2]: ")
	f(Hours{Holidays: []string{"2026-12-25"}}, "hours.acme: parse business hours: week: there is no working day")
	f(Hours{Week: "Mon 09:00-17:00", Holidays: []string{"2026-12-25", "2026-12-25"}}, "hours.acme: parse business hours: holidays: 2026-12-25 is there twice")
	settings := DefaultSettings()
	settings.TeamHours = map[string]map[string]Hours{testCompany: {"night": {Week: "daily"}}}
	if err := settings.Validate(); err == nil || !strings.HasPrefix(err.Error(), "team_hours.acme.night.week: ") {
		t.Error(err)
	}
}
