package pipeline

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/ingest/simulate"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
)

// A whole day of a made-up company in virtual time, from before its first midnight to after its second: every event at its time, the
// tiles looked at each half hour, and the tables in the end. The day ends without any event that would say so.
func TestWholeDayInVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		floor, err := simulate.New(simulate.DefaultConfig())
		if err != nil {
			t.Fatal(err)
		}
		cfg := DefaultConfig()
		cfg.FlushInterval, cfg.PublishInterval = 2*time.Second, 10*time.Second
		w := newWorld(t, cfg, 0)
		zone := w.p.settings.Zones["acme"]
		calendar, err := schemas.NewCalendar(zone)
		if err != nil {
			t.Fatal(err)
		}
		day := calendar.Next(calendar.Day(schemas.InstantOf(time.Now()) + 3600*1000*2))
		time.Sleep(time.Until(day.From.Time().Add(-2 * time.Hour)))

		batch, next := aggregator.New(w.p.settings), day.From-90*60*1000
		looked, most := 0, 0.0
		for e := range floor.Events(schemas.InstantOf(time.Now()), day.To+3600*1000) {
			if e.Company != "acme" {
				continue
			}
			for ; next <= e.OccurredAt; next += 30 * 60 * 1000 {
				w.until(next)
				most = max(most, w.compareTiles(calendar))
				looked++
			}
			w.until(e.OccurredAt)
			e.ContentHash, e.AppendedAt = uint64(looked+1)<<40, schemas.InstantOf(time.Now())
			w.log.polls <- schemas.Polled{Batches: []schemas.Batch{w.batch(e)}}
			e.Place(w.next-1, e.AppendedAt)
			batch.Apply(&e)
		}
		time.Sleep(time.Second)
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		want := newModel()
		rows := batch.Rows()
		if err := want.Write(t.Context(), &rows); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.view(), w.store.view()); diff != "" {
			t.Errorf("tables differ (-batch +day):\n%s", diff)
		}
		if looked < 50 || most < 100 {
			t.Errorf("the tiles were looked at %d times, with %v conversations at most: that is no day", looked, most)
		}
	})
}

// until waits for an instant and a little longer, so that it is published.
func (w *world) until(at schemas.Instant) {
	time.Sleep(time.Until(at.Time()))
}

// compareTiles compares the tiles of now with the rows of today, and tells how many conversations are active.
func (w *world) compareTiles(calendar *schemas.Calendar) float64 {
	w.t.Helper()
	time.Sleep(13 * time.Second) // all is written and published
	synctest.Wait()
	today := calendar.Day(schemas.InstantOf(time.Now())).Date
	want := map[string]float64{}
	w.store.with(func() {
		for _, stored := range w.store.tables["conversation_days"] {
			row := stored.row.(schemas.ConversationDayRow)
			if row.Deleted || row.Day != today {
				continue
			}
			want[schemas.MetricActiveToday]++
			want[map[bool]string{true: schemas.MetricOpenToday, false: schemas.MetricClosedToday}[row.Open]]++
			want[map[bool]string{true: schemas.MetricUnassignedToday, false: schemas.MetricAssignedToday}[row.Owner == ""]]++
			if row.InitiatedAt != 0 {
				want[schemas.MetricInitiatedToday]++
			}
		}
	})
	for _, metric := range []string{schemas.MetricActiveToday, schemas.MetricOpenToday, schemas.MetricClosedToday, schemas.MetricUnassignedToday,
		schemas.MetricAssignedToday, schemas.MetricInitiatedToday} {
		if got := w.meter.value(metric); got != want[metric] {
			w.t.Errorf("at %s %s is %v, the rows of %s say %v", time.Now().UTC().Format(time.DateTime), metric, got, today, want[metric])
		}
	}
	return want[schemas.MetricActiveToday]
}
