package aggregator

import (
	"slices"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestZoneRevision(t *testing.T) {
	f := func(release string, want int64) {
		t.Helper()
		if got := zoneRevision(release); got != want {
			t.Errorf("%s: %d, want %d", release, got, want)
		}
	}
	f("2026f", 2606)
	f("2027a", 2701)
	f(schemas.ZoneVersion(), zoneRevision(schemas.ZoneVersion()))
}

// Whatever configurations follow each other: the rows of a company's days never get a lower version, rows of one version are equal,
// whoever writes them, and in the end the rows that stay are those of the zones that hold.
func TestCalendarVersions(t *testing.T) {
	zones := []string{"UTC", "Pacific/Kiritimati", "Etc/GMT+12", "Europe/Berlin"}
	rapid.Check(t, func(t *rapid.T) {
		now := schemas.InstantOf(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
		var stored []schemas.SettingsVersion
		var rows []schemas.CalendarRow // all that were ever written of acme, in this order
		kept := newCalendarState(nil)
		for range rapid.IntRange(2, 10).Draw(t, "steps") {
			now += schemas.Instant(rapid.Int64Range(1000, 36*3600*1000).Draw(t, "later"))
			draw := func() schemas.CompanySettings {
				return schemas.CompanySettings{Zone: rapid.SampledFrom(zones).Draw(t, "zone"), Hours: pick(t, "", "", "Mon-Fri 09:00-17:00")}
			}
			configured := map[string]schemas.CompanySettings{}
			if rapid.Bool().Draw(t, "named") {
				configured["acme"] = draw()
			}
			known := map[string]bool{"acme": len(rows) > 0}
			add, err := schemas.PlanSettings(stored, configured, draw(), known, now)
			if err != nil {
				t.Fatal(err)
			}
			stored = append(stored, add...)
			kept.SetVersions(slices.Clone(stored))
			if rapid.Bool().Draw(t, "written") {
				rows = append(rows, kept.Calendar(now)...)
				rows = append(rows, newCalendarState(stored).Calendar(now)...) // another instance, that has just started
			}
		}
		checkCalendar(t, rows)
		rows = append(rows, newCalendarState(stored).Calendar(now)...)
		newest := checkCalendar(t, rows)
		for _, row := range newCalendarState(stored).Calendar(now) {
			if diff := cmp.Diff(row, newest[row.Day.Date]); diff != "" {
				t.Fatalf("of the zones that hold now another row stays (-want +got):\n%s", diff)
			}
		}
	})
}

// newCalendarState is one that knows the company acme.
func newCalendarState(versions []schemas.SettingsVersion) *State {
	settings := DefaultSettings()
	settings.Versions = slices.Clone(versions)
	s := New(settings)
	s.company("acme")
	return s
}

// checkCalendar checks the versions of rows in the order in which they were written, and gives those that stay.
func checkCalendar(t *rapid.T, rows []schemas.CalendarRow) map[schemas.Date]schemas.CalendarRow {
	newest := map[schemas.Date]schemas.CalendarRow{}
	highest := uint64(0)
	for _, row := range rows {
		if row.Version < highest {
			t.Fatalf("version %d comes after %d", row.Version, highest)
		}
		highest = row.Version
		if old := newest[row.Day.Date]; old.Version == row.Version && !cmp.Equal(old, row) {
			t.Fatalf("two rows of one version differ:\n%s", cmp.Diff(old, row))
		}
		newest[row.Day.Date] = row
	}
	return newest
}
