package aggregator

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// variation is how a log becomes another one: all of it later or earlier, and under other names. What comes of the one log, changed
// likewise, must be what comes of the other.
type variation struct {
	by    schemas.Instant // whole weeks
	names map[string]string
}

// of copies a value with every instant, day and name in it changed.
func (c variation) of(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	switch {
	case v.IsZero() || v.Type() == reflect.TypeFor[schemas.KeyID](): // none stays none
	case v.Type() == reflect.TypeFor[schemas.Instant]():
		out.SetInt(v.Int() + int64(c.by))
	case v.Type() == reflect.TypeFor[schemas.Date]():
		out.SetInt(v.Int() + int64(c.by/dayLength))
	case v.Kind() == reflect.String:
		if name, ok := c.names[v.String()]; ok {
			out.SetString(name)
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if out.Field(i).CanSet() {
				out.Field(i).Set(c.of(v.Field(i)))
			}
		}
	case v.Kind() == reflect.Slice:
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		fallthrough
	case v.Kind() == reflect.Array:
		for i := range v.Len() {
			out.Index(i).Set(c.of(v.Index(i)))
		}
	}
	return out
}

func changed[V any](c variation, value V) V { return c.of(reflect.ValueOf(value)).Interface().(V) }

const dayLength = 24 * 60 * 60 * schemas.Instant(1000) // of UTC

// telling is all that comes of a log: rows as they were written, gauges at its end, and for each series of counters and histograms how
// many samples there were and what they add up to.
type telling struct {
	rows    schemas.Rows
	gauges  schemas.Gauges
	samples map[schemas.SampleKey][2]float64
}

// tell folds a log and writes rows after every few events.
func tell(settings Settings, log []schemas.Event, every int, now schemas.Instant) telling {
	state, told := New(settings), telling{samples: map[schemas.SampleKey][2]float64{}}
	for i := range log {
		e := log[i]
		e.Place(int64(i), e.AppendedAt)
		for _, o := range state.Apply(&e).Observations {
			key := schemas.Sample(o.Metric, o.Labels...)
			told.samples[key] = [2]float64{told.samples[key][0] + 1, told.samples[key][1] + o.Value}
		}
		if i%every == 0 {
			told.rows.Append(state.Rows())
		}
	}
	told.rows.Append(state.Rows())
	told.gauges = state.Gauges(now)
	AddOutgoing(told.gauges, state.LastOutgoing())
	return told
}

// changed is what must come of the changed log. Series that get the same labels become one.
func (told telling) changed(c variation) telling {
	out := telling{changed(c, told.rows), schemas.Gauges{}, map[schemas.SampleKey][2]float64{}}
	for key, value := range told.gauges {
		switch key.Metric { // these are instants
		case schemas.MetricWaitingOldest, schemas.MetricAgentLastOutgoing:
			value += seconds(c.by)
		case schemas.MetricWaitingStartSum:
			waits := key
			waits.Metric = schemas.MetricWaitingReply
			value += seconds(c.by) * told.gauges[waits]
		}
		out.gauges.Add(changed(c, key), value)
	}
	for key, sample := range told.samples {
		key = changed(c, key)
		out.samples[key] = [2]float64{out.samples[key][0] + sample[0], out.samples[key][1] + sample[1]}
	}
	return out
}

func (told telling) view() *tables {
	table := newTable()
	table.add(told.rows)
	return table.view()
}

// same compares all that people see.
func same(t *rapid.T, want, got telling) {
	t.Helper()
	if diff := cmp.Diff(want.view(), got.view(), cmp.AllowUnexported(tables{})); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want.gauges, got.gauges); diff != "" {
		t.Errorf("gauges (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want.samples, got.samples); diff != "" {
		t.Errorf("samples (-want +got):\n%s", diff)
	}
}

// disorderedLog draws a log that has everything: any order, conflicting bodies, duplicates; some with so coarse a clock that little more
// than ids puts events in order.
func disorderedLog(t *rapid.T) []schemas.Event {
	events := randomLog(t)
	if rapid.Bool().Draw(t, "coarse") {
		for i := range events {
			e := &events[i]
			e.OccurredAt -= e.OccurredAt % (dayLength / 8)
			e.AppendedAt, e.Sequence = e.OccurredAt, 0
		}
	}
	log := append(slices.Clone(events), rivals(t, events)...)
	log = append(log, rapid.SliceOfN(rapid.SampledFrom(log), 0, 5).Draw(t, "duplicates")...)
	return rapid.Permutation(log).Draw(t, "log")
}

// settingsOf are those of companies of one zone, with the same hours.
func settingsOf(zone string, companies ...string) Settings {
	settings := randomSettings()
	hours, teams := settings.Hours[testCompany], settings.TeamHours[testCompany]
	settings.Zones, settings.Hours, settings.TeamHours = map[string]string{}, map[string]Hours{}, map[string]map[string]Hours{}
	for _, company := range companies {
		settings.Zones[company], settings.Hours[company], settings.TeamHours[company] = zone, hours, teams
	}
	return settings
}

func endOf(log []schemas.Event) schemas.Instant {
	return slices.MaxFunc(log, func(a, b schemas.Event) int { return int(a.OccurredAt - b.OccurredAt) }).OccurredAt
}

// The same weeks before or after, everything is the same weeks before or after: nothing but the calendar knows what time it is.
func TestShiftedByWeeks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		settings := settingsOf(rapid.SampledFrom([]string{"UTC", "Asia/Kathmandu"}).Draw(t, "zone"), testCompany)
		log, every := disorderedLog(t), rapid.IntRange(1, 20).Draw(t, "every")
		shift := variation{by: 7 * dayLength * schemas.Instant(rapid.SampledFrom([]int{-1000, -53, -1, 1, 17, 520}).Draw(t, "weeks"))}
		same(t, tell(settings, log, every, endOf(log)).changed(shift), tell(settings, changed(shift, log), every, endOf(log)+shift.by))
	})
}

// Under other names everything is the same under these names, and these are in another order than the others. Ids of events and of
// messages keep theirs: of events at one instant that are alike in sequence and rank the smaller id comes first (R1), and of two bodies
// of one event the smaller hash stays (R11), so there names do decide. No other name does.
func TestRenamed(t *testing.T) {
	rename := variation{names: map[string]string{
		testCompany: "globex", "c1": "second", "c2": "first", "a1": "zoe", "a2": "amy", "t1": "west", "t2": "east",
		"q1": "night", "q2": "day", "k1": "someone", "k2": "another", "d1": "phone",
	}}
	rapid.Check(t, func(t *rapid.T) {
		log, every := disorderedLog(t), rapid.IntRange(1, 20).Draw(t, "every")
		renamed := settingsOf(randomZone, "globex")
		renamed.TeamHours = map[string]map[string]Hours{"globex": {"west": renamed.TeamHours["globex"]["t1"]}}
		same(t, tell(randomSettings(), log, every, endOf(log)).changed(rename), tell(renamed, changed(rename, log), every, endOf(log)))
	})
}

// Without one conversation everything about the others, and about the agents themselves, is as it was.
func TestOneConversationLess(t *testing.T) {
	settings := randomSettings()
	rapid.Check(t, func(t *rapid.T) {
		log, every := disorderedLog(t), rapid.IntRange(1, 20).Draw(t, "every")
		less := slices.DeleteFunc(slices.Clone(log), func(e schemas.Event) bool { return e.Conversation == "c1" })
		only := slices.DeleteFunc(slices.Clone(log), func(e schemas.Event) bool { return e.Conversation != "c1" })
		want, got, gone := tell(settings, log, every, endOf(log)), tell(settings, less, every, endOf(log)), tell(settings, only, every, endOf(log))
		want.rows.Episodes = slices.DeleteFunc(want.rows.Episodes, func(r schemas.EpisodeRow) bool { return r.Conversation == "c1" })
		want.rows.ConversationDays = slices.DeleteFunc(want.rows.ConversationDays, func(r schemas.ConversationDayRow) bool { return r.Conversation == "c1" })
		want.rows.ConversationAgents = slices.DeleteFunc(want.rows.ConversationAgents, func(r schemas.ConversationAgentRow) bool { return r.Conversation == "c1" })
		want.rows.Replies = slices.DeleteFunc(want.rows.Replies, func(r schemas.ReplyRow) bool { return r.Conversation == "c1" })
		want.rows.Holds = slices.DeleteFunc(want.rows.Holds, func(r schemas.HoldRow) bool { return r.Conversation == "c1" })
		// What the others count and what it counts add up to what all of them count.
		all := telling{got.rows, maps.Clone(got.gauges), maps.Clone(got.samples)}
		for key, value := range gone.gauges {
			all.gauges.Add(key, value)
		}
		for key, sample := range gone.samples {
			all.samples[key] = [2]float64{all.samples[key][0] + sample[0], all.samples[key][1] + sample[1]}
		}
		same(t, want, all)
	})
}

// Two companies of one zone that become one have the rows of both, and their gauges and samples add up.
func TestTwoCompaniesMerged(t *testing.T) {
	apart := variation{names: map[string]string{testCompany: "globex", "c1": "c3", "c2": "c4", "a1": "a3", "a2": "a4"}}
	merge := variation{names: map[string]string{"globex": testCompany}}
	settings := settingsOf(randomZone, testCompany, "globex")
	one := randomSettings()
	rapid.Check(t, func(t *rapid.T) {
		log := append(disorderedLog(t), changed(apart, disorderedLog(t))...)
		log = rapid.Permutation(log).Draw(t, "both")
		every := rapid.IntRange(1, 20).Draw(t, "every")
		same(t, tell(settings, log, every, endOf(log)).changed(merge), tell(one, changed(merge, log), every, endOf(log)))
	})
}
