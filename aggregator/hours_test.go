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
	_, clock, err := schemas.NewClocks([]schemas.SettingsPeriod{{CompanySettings: settings.wanted(testCompany)}})
	if err != nil {
		t.Fatal(err)
	}
	between := func(from, to schemas.Instant) schemas.Lasted {
		return schemas.Lasted{Millis: int64(to - from), BusinessMillis: clock.Between(from, to)}
	}
	rapid.Check(t, func(t *rapid.T) {
		same := func(what string, got, want schemas.Lasted) {
			if got != want {
				t.Fatalf("%s lasted %v, want %v", what, got, want)
			}
		}
		view := foldAll(settings, randomLog(t), 10).view()
		for key, r := range view.replies {
			same("reply "+key, r.Lasted, between(r.WaitingSince, r.At))
		}
		for key, h := range view.holds {
			if h.EndedAt != 0 {
				same("hold "+key, h.Lasted, between(h.StartedAt, h.EndedAt))
			}
			if h.FirstReplyAt != 0 {
				same("accept to reply of hold "+key, h.FirstReply, between(h.AcceptedAt, h.FirstReplyAt))
			}
		}
		for key, ep := range view.episodes {
			if ep.FirstResponse.At != 0 {
				same("first response of "+key, ep.FirstResponse.Lasted, between(ep.FirstTurnAt, ep.FirstResponse.At))
			}
			if ep.AgentFirstResponse.At > ep.AcceptedAt { // accepted again after it, the begin is not known any more
				same("agent's first response of "+key, ep.AgentFirstResponse.Lasted, between(max(ep.AcceptedAt, ep.FirstTurnAt), ep.AgentFirstResponse.At))
			}
			if ep.Open {
				continue
			}
			same("episode "+key, ep.Work.Open, between(ep.OpenedAt, ep.ClosedAt))
			same("handling of "+key, ep.Work.Handle, handled(view, &ep, between))
			for _, l := range []schemas.Lasted{ep.Work.OpenActive, ep.Work.ActiveHandle, ep.Work.AfterContact, ep.Work.AIHandle, ep.HumanFirstResponse.Lasted, ep.HumanFromStart} {
				if l.BusinessMillis < 0 || l.BusinessMillis > l.Millis {
					t.Fatalf("episode %s: of %d ms %d are business time", key, l.Millis, l.BusinessMillis)
				}
			}
		}
	})
}

// handled adds up from its holds how long an episode was held by anybody, and the work after the contact.
func handled(view *tables, ep *schemas.EpisodeRow, between func(from, to schemas.Instant) schemas.Lasted) schemas.Lasted {
	var held []schemas.HoldRow
	var sum schemas.Lasted
	for _, h := range view.holds {
		switch {
		case h.Conversation != ep.Conversation || h.Episode != ep.Number || h.EndedAt == 0:
		case h.Kind != holdAfterContact:
			held = append(held, h)
		case h.EndedAt > ep.ClosedAt:
			sum = sum.Add(between(max(h.StartedAt, ep.ClosedAt), h.EndedAt))
		}
	}
	slices.SortFunc(held, func(a, b schemas.HoldRow) int { return cmp.Compare(a.StartedAt, b.StartedAt) })
	until := schemas.Instant(math.MinInt64)
	for _, h := range held {
		if from := max(h.StartedAt, until); from < h.EndedAt {
			sum = sum.Add(between(from, h.EndedAt))
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

// Hours that are recorded while a conversation goes on count from their midnight on, as if they had been known from the start.
func TestHoursAreTakenOver(t *testing.T) {
	settings := DefaultSettings()
	settings.Versions = []schemas.SettingsVersion{{Zone: "UTC"}}
	later := append(slices.Clone(settings.Versions), schemas.SettingsVersion{EffectiveFrom: moment("2026-03-04T00:00:00Z"), Zone: "UTC", Hours: "Mon-Fri 09:00-17:00"})
	event := func(id, author string, at schemas.Instant) schemas.Event {
		e := schemas.Event{SchemaVersion: 1, Company: testCompany, Conversation: "c1", ID: id, MessageID: id, Type: schemas.TypeMessage, AuthorKind: author,
			Kind: schemas.KindText, Visibility: schemas.VisibilityPublic, Delivery: schemas.DeliverySent, OccurredAt: at, AppendedAt: at}
		return e
	}
	events := []schemas.Event{event("m1", schemas.AuthorCustomer, moment("2026-03-03T22:00:00Z")), event("m2", schemas.AuthorHuman, moment("2026-03-04T10:00:00Z"))}
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

// What the configuration does not name of a company that it names is as for the others.
func TestWantedSettings(t *testing.T) {
	settings := DefaultSettings()
	settings.DefaultZone, settings.Zones = "Europe/Berlin", map[string]string{"both": "UTC", "zone": "Asia/Tokyo"}
	settings.DefaultHours = Hours{Week: "Mon 09:00-17:00"}
	settings.Hours = map[string]Hours{"both": {Week: "Tue 09:00-17:00, Mon 09:00-17:00", Holidays: []string{"2026-12-25"}}, "hours": {Week: "Sat 09:00-12:00"}, "none": {}}
	named, common := settings.Wanted()
	want := map[string]schemas.CompanySettings{
		"both": {Zone: "UTC", Hours: "Mon-Tue 09:00-17:00; 2026-12-25"}, "zone": {Zone: "Asia/Tokyo", Hours: "Mon 09:00-17:00"},
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
}
