package aggregator

import (
	"fmt"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// shift draws what two agents and a team do over weeks, as it comes into the log: late, ahead, repeated, with two bodies, and as
// backfills from before what is kept.
type shift struct {
	t        *rapid.T
	state    *State // for the cutoff only
	devices  []string
	appended schemas.Instant
	newest   map[schemas.KeyID]schemas.Instant
	earliest map[string]schemas.Instant // of the bodies of each event
	log      []schemas.Event
	counted  []schemas.Event // those that are not outdated
}

func (s *shift) cutoff(key schemas.KeyID) schemas.Instant { return s.state.cutoff(s.newest[key]) }

// put appends an event to the log. Presence from before the cutoff is what must change nothing.
func (s *shift) put(e schemas.Event) {
	e.Place(int64(len(s.log)), s.appended)
	s.newest[e.KeyID] = max(s.newest[e.KeyID], e.OccurredAt)
	s.log = append(s.log, e)
	if e.Type == schemas.TypeDirectory || e.OccurredAt >= s.cutoff(e.KeyID) {
		s.counted = append(s.counted, e)
	}
}

// again tells a second body, or a repetition, of an event. Where one of its bodies is out of what is kept, only what is outdated too
// can be told from something new.
func (s *shift) again() {
	e := rapid.SampledFrom(s.log).Draw(s.t, "again")
	if e.Action != schemas.ActionHeartbeat && rapid.Bool().Draw(s.t, "rival") {
		e.ContentHash = uint64(rapid.IntRange(1, 1<<20).Draw(s.t, "hash")) << 40
		e.OccurredAt += schemas.Instant(rapid.IntRange(-60, 60).Draw(s.t, "apart")) * 60_000
		e.Presence, e.Name = flip(e.Presence, schemas.PresenceBusy, schemas.PresenceOffline), e.Name+"'"
		if e.OccurredAt < s.cutoff(e.KeyID) {
			return
		}
	}
	if cutoff := s.cutoff(e.KeyID); s.earliest[e.ID] >= cutoff || e.OccurredAt < cutoff {
		s.earliest[e.ID] = min(s.earliest[e.ID], e.OccurredAt)
		s.put(e)
	}
}

// tell draws one event: mostly news, sometimes late by up to the horizon, or a backfill about the cutoff.
func (s *shift) tell() {
	e := schemas.Event{SchemaVersion: 1, Company: testCompany, ID: fmt.Sprint("e", len(s.log)), Sequence: int64(rapid.IntRange(0, 1).Draw(s.t, "seq")),
		ContentHash: uint64(rapid.IntRange(1, 1<<20).Draw(s.t, "hash")) << 40}
	e.Type, e.Agent, e.Device = schemas.TypeAgent, pick(s.t, "a1", "a1", "a1", "a2"), pick(s.t, s.devices...)
	switch kind := rapid.IntRange(0, 19).Draw(s.t, "kind"); {
	case kind < 11:
		e.Action = schemas.ActionHeartbeat
	case kind < 18:
		e.Action, e.Presence, e.Label = schemas.ActionStatusChanged, pick(s.t, append(schemas.Presences, schemas.PresenceOffline, schemas.PresenceOffline)...), pick(s.t, "", "lunch")
	case kind < 19:
		e.Type, e.Device, e.Entry, e.Name = schemas.TypeDirectory, "", schemas.EntryAgent, e.ID
	default:
		e.Type, e.Agent, e.Device, e.Entry, e.Team, e.Name = schemas.TypeDirectory, "", "", schemas.EntryTeam, "t1", e.ID
	}
	e.Place(0, s.appended)
	steps := func(from, to int) schemas.Instant {
		return schemas.Instant(rapid.IntRange(from, to).Draw(s.t, "steps")) * 60_000
	}
	switch late := rapid.IntRange(0, 19).Draw(s.t, "late"); {
	case late < 9:
		e.OccurredAt = s.appended
	case late < 10:
		e.OccurredAt = s.appended + steps(0, 5)
	case late < 12:
		e.OccurredAt = s.appended - steps(0, 10)
	case late < 14:
		e.OccurredAt = s.appended - steps(0, int(s.state.settings.Horizon/time.Minute))
	default:
		e.OccurredAt = max(1_700_000_000_000, s.cutoff(e.KeyID)+steps(-2, 6)+schemas.Instant(rapid.IntRange(-1, 1).Draw(s.t, "millis")))
	}
	s.earliest[e.ID] = e.OccurredAt
	s.put(e)
}

// pass lets time go by: often to the minute of the hour at which cutoffs lie, and by about as much as they lie behind.
func (s *shift) pass() {
	const atCutoff, untilCutoff = -1, 36*60 + 15
	minutes := rapid.SampledFrom([]int{0, 1, 1, 2, 2, 2, 3, 3, 4, 10, 60, 300, 7000, atCutoff, atCutoff, untilCutoff, untilCutoff}).Draw(s.t, "minutes")
	if minutes == atCutoff {
		const before = 3 * 60_000
		s.appended += before + slack%hour
		s.appended += hour - s.appended%hour - before - slack%hour
		return
	}
	s.appended += schemas.Instant(minutes) * 60_000
}

func randomShift(t *rapid.T, settings Settings, devices ...string) *shift {
	s := &shift{t: t, state: New(settings), devices: devices, appended: 1_760_000_400_000, newest: map[schemas.KeyID]schemas.Instant{}, earliest: map[string]schemas.Instant{}}
	for range rapid.SampledFrom([]int{5, 20, 60, 120}).Draw(t, "events") {
		s.pass()
		if len(s.log) > 0 && rapid.IntRange(0, 7).Draw(t, "again") == 0 {
			s.again()
			continue
		}
		s.tell()
	}
	return s
}

func horizonSettings() Settings {
	settings := randomSettings()
	settings.Horizon = 12 * time.Hour
	return settings
}

// Dropping what is final changes no row that readers see, whenever rows and states are written and however often an instance begins
// anew; and what is outdated changes nothing.
func TestPruningChangesNoRow(t *testing.T) {
	settings, endless := horizonSettings(), randomSettings()
	endless.Horizon = 0
	pruned, early := 0, 0
	checkMany(t, 800, func(t *rapid.T) {
		s := randomShift(t, settings, "", "", "d1")
		written := map[string]any{}
		whole := &instance{t: t, log: s.counted, store: newStored(t, map[string]any{}), settings: endless}
		straight := &instance{t: t, log: s.log, store: newStored(t, written), settings: settings}
		for _, r := range []*instance{whole, straight} {
			r.start()
			r.finish()
		}
		r := &instance{t: t, log: s.log, store: newStored(t, written), settings: settings}
		r.start()
		for range rapid.IntRange(0, 4*len(s.log)).Draw(t, "steps") {
			r.step()
			early += r.state.parted.Len()
		}
		r.finish()
		for _, a := range straight.state.agents {
			for i := range a.devices {
				if a.devices[i].floor > 0 {
					pruned++
				}
			}
		}
		if diff := cmp.Diff(straight.store.states, r.store.states); diff != "" {
			t.Fatalf("states differ (-straight +restarted):\n%s", diff)
		}
		if diff := cmp.Diff(whole.store.data.view(), straight.store.data.view(), cmp.AllowUnexported(tables{})); diff != "" {
			t.Fatalf("tables differ (-nothing dropped +dropped):\n%s", diff)
		}
		if diff := cmp.Diff(whole.store.data.view(), r.store.data.view(), cmp.AllowUnexported(tables{})); diff != "" {
			t.Fatalf("tables differ (-nothing dropped +dropped and restarted):\n%s", diff)
		}
		now := s.appended + 300_000
		if diff := cmp.Diff(whole.state.Gauges(now), r.state.Gauges(now)); diff != "" {
			t.Fatalf("gauges differ (-nothing dropped +dropped):\n%s", diff)
		}
	})
	if pruned < 1000 || early < 1000 {
		if !testing.Short() {
			t.Errorf("%d devices with dropped spans, %d rows made before their spans went, want 1000 of each", pruned, early)
		}
	}
}

// Likewise right about the cutoff: what one device did there, then another one that moves the cutoff to it, then what is told late.
func TestPruningAboutTheCutoff(t *testing.T) {
	settings, endless := horizonSettings(), randomSettings()
	endless.Horizon = 0
	const end = 1_760_000_400_000
	cutoff := New(settings).cutoff(end)
	checkMany(t, 1500, func(t *rapid.T) {
		pruned, whole := New(settings), New(endless)
		want, got := newTable(), newTable()
		tell := func(i int, from, to int) {
			e := schemas.Event{Type: schemas.TypeAgent, ID: fmt.Sprint("e", i), Company: testCompany, Agent: "a1", Action: schemas.ActionHeartbeat, ContentHash: 1 << 40}
			e.OccurredAt = cutoff + schemas.Instant(rapid.IntRange(from, to).Draw(t, "half minutes"))*30_000 + schemas.Instant(rapid.SampledFrom([]int{0, 0, 0, 1, 29_999}).Draw(t, "millis"))
			if rapid.IntRange(0, 2).Draw(t, "change") == 0 {
				e.Action, e.Presence = schemas.ActionStatusChanged, pick(t, schemas.PresenceBusy, schemas.PresenceOffline)
			}
			if i == 0 && rapid.Bool().Draw(t, "logged out") {
				e.Action, e.Presence, e.OccurredAt = schemas.ActionStatusChanged, schemas.PresenceOffline, cutoff-hour
			}
			if i == 100 {
				e.Device, e.OccurredAt = "mover", end
			}
			e.Place(int64(i), end)
			whole.Apply(&e)
			if pruned.Apply(&e).Outdated {
				t.Fatalf("event %d is outdated", i)
			}
			if i >= 100 {
				want.add(whole.Rows())
				got.add(pruned.Rows())
			}
		}
		for i := range rapid.IntRange(0, 6).Draw(t, "before") {
			tell(i, -9, 4)
		}
		tell(100, 0, 0)
		for i := range rapid.IntRange(0, 4).Draw(t, "late") {
			tell(101+i, 0, 9)
		}
		if diff := cmp.Diff(want.view(), got.view(), cmp.AllowUnexported(tables{})); diff != "" {
			t.Fatalf("tables differ (-nothing dropped +dropped):\n%s", diff)
		}
	})
}

// While logged out heartbeats do nothing, but the last ones before the cutoff lease the presence that is set next, and must be kept.
func TestHeartbeatsOfALoggedOutDeviceLeaseTheNextPresence(t *testing.T) {
	f := func(beat, change schemas.Instant, want string) {
		t.Helper()
		d := newDiary()
		cutoff := d.state.cutoff(diaryDay)
		d.presence(cutoff-hour, "d1", schemas.PresenceOffline)
		for ago := schemas.Instant(50); ago > 10; ago -= 5 {
			d.heartbeat(cutoff-ago*60_000, "d1")
		}
		d.heartbeat(cutoff+beat, "d1")
		d.presence(cutoff+change, "d1", schemas.PresenceBusy)
		d.heartbeat(diaryDay, "mover")
		d.state.Rows()
		if beats := d.agent().find("d1").beats; len(beats) > 1 {
			t.Errorf("heartbeats %v are kept, want one at most", beats)
		}
		d.presence(cutoff+change+121_000, "d1", schemas.PresenceAway)
		got := "unchanged"
		for _, row := range d.state.Rows().AgentSpans {
			if row.StartedAt == cutoff+change {
				got = row.Presence
			}
		}
		if got != want {
			t.Errorf("heartbeat at %d, presence at %d from the cutoff: it is %s, want %s", beat, change, got, want)
		}
	}
	f(-150_000, -90_000, schemas.PresenceOffline) // leased, and no heartbeat came
	f(-240_000, -120_000, schemas.PresenceOffline)
	f(-240_001, -120_000, schemas.PresenceBusy) // without a lease it lasts until the next change
	f(-300_000, -90_000, schemas.PresenceBusy)
}

// Where devices come and go by the dozen, some are forgotten; every reader of the log forgets the same ones.
func TestForgottenDevicesAreTheSame(t *testing.T) {
	settings := horizonSettings()
	var devices []string
	for i := range 3 * maxDormant {
		devices = append(devices, fmt.Sprint("d", i))
	}
	forgotten := 0
	checkMany(t, 200, func(t *rapid.T) {
		s := randomShift(t, settings, devices...)
		written := map[string]any{}
		straight := &instance{t: t, log: s.log, store: newStored(t, written), settings: settings}
		straight.start()
		straight.finish()
		r := &instance{t: t, log: s.log, store: newStored(t, written), settings: settings}
		r.start()
		for range rapid.IntRange(0, 4*len(s.log)).Draw(t, "steps") {
			r.step()
		}
		r.finish()
		if diff := cmp.Diff(straight.store.states, r.store.states); diff != "" {
			t.Fatalf("states differ (-straight +restarted):\n%s", diff)
		}
		if diff := cmp.Diff(straight.store.data.view(), r.store.data.view(), cmp.AllowUnexported(tables{})); diff != "" {
			t.Fatalf("tables differ (-straight +restarted):\n%s", diff)
		}
		seen := map[string]bool{}
		for _, e := range s.counted {
			seen[e.Agent+"/"+e.Device] = seen[e.Agent+"/"+e.Device] || e.Type == schemas.TypeAgent
		}
		for _, a := range straight.state.agents {
			forgotten -= len(a.devices)
		}
		for _, is := range seen {
			if is {
				forgotten++
			}
		}
	})
	if forgotten < 100 && !testing.Short() {
		t.Errorf("%d devices were forgotten, want at least 100", forgotten)
	}
}

// diary tells a state what one agent does, at offsets 0, 1, ….
type diary struct {
	state  *State
	offset int64
	id     string // of the next event; "" is one of its own
}

const diaryDay = schemas.Instant(1_760_054_400_000) // 2025-10-10, midnight

func newDiary() *diary {
	settings := DefaultSettings()
	settings.Horizon = 72 * time.Hour
	return &diary{state: New(settings)}
}

func (d *diary) tell(at schemas.Instant, e schemas.Event) Outcome {
	e.ID, e.Company, e.OccurredAt, e.Agent = d.id, testCompany, at, "a1"
	if d.id == "" {
		e.ID = fmt.Sprint("e", d.offset)
	}
	if e.ContentHash == 0 {
		e.ContentHash = 5 << 40
	}
	e.Place(d.offset, at)
	d.offset++
	return d.state.Apply(&e)
}

func (d *diary) heartbeat(at schemas.Instant, device string) Outcome {
	return d.tell(at, schemas.Event{Type: schemas.TypeAgent, Device: device, Action: schemas.ActionHeartbeat})
}

func (d *diary) presence(at schemas.Instant, device, presence string) Outcome {
	return d.tell(at, schemas.Event{Type: schemas.TypeAgent, Device: device, Action: schemas.ActionStatusChanged, Presence: presence})
}

func (d *diary) entry(at schemas.Instant, name string) Outcome {
	return d.tell(at, schemas.Event{Type: schemas.TypeDirectory, Entry: schemas.EntryAgent, Name: name})
}

func (d *diary) agent() *agent {
	for _, a := range d.state.agents {
		return a
	}
	return nil
}

// A backfill of presence from before the cutoff is counted and changes nothing but the version; one from the cutoff on counts.
func TestOutdatedEventsChangeNothing(t *testing.T) {
	d := newDiary()
	now := 9*hour/2 + diaryDay
	cutoff := diaryDay + 4*hour - 96*hour - 300_000
	d.presence(cutoff-hour, "d1", schemas.PresenceAvailable)
	d.entry(cutoff-hour, "Ada")
	d.presence(now, "d1", schemas.PresenceBusy)
	d.state.Rows()
	before := encodeAgent(d.agent())
	f := func(what string, outcome Outcome) {
		t.Helper()
		if !outcome.Outdated || outcome.Accepted || outcome.Touched {
			t.Errorf("%s: %+v, want outdated and nothing else", what, outcome)
		}
		if diff := cmp.Diff(before, encodeAgent(d.agent())); diff != "" {
			t.Errorf("%s: the state differs:\n%s", what, diff)
		}
		if rows := d.state.Rows(); rows.Len() > 0 {
			t.Errorf("%s: %d rows, want none", what, rows.Len())
		}
	}
	f("a change", d.presence(cutoff-1, "d1", schemas.PresenceAway))
	f("a heartbeat", d.heartbeat(cutoff-1, "d1"))
	f("one of another device", d.presence(cutoff-1, "d2", schemas.PresenceAway))
	f("a directory entry", d.entry(cutoff-2*hour, "Eda"))
	d.id = "e0"
	f("the change again that holds", d.presence(cutoff-hour, "d1", schemas.PresenceAvailable))
	d.id = ""
	if rows, _ := d.state.Cut(0); len(rows) != 1 || rows[0].Version != schemas.MakeVersion(1, d.offset-1) {
		t.Errorf("state rows %+v, want one of the newest offset", rows)
	}
	if outcome := d.heartbeat(cutoff, "d1"); !outcome.Accepted || !outcome.Touched {
		t.Errorf("a heartbeat at the cutoff: %+v, want it accepted", outcome)
	}
}

// What held at the cutoff is final: another body of its event, however small its hash, does not replace it.
func TestWhatHeldAtTheCutoffIsFinal(t *testing.T) {
	d := newDiary()
	d.presence(diaryDay-200*hour, "d1", schemas.PresenceBusy)
	d.heartbeat(diaryDay, "d1")
	d.state.Rows()
	d.id = "e0"
	outcome := d.tell(diaryDay, schemas.Event{Type: schemas.TypeAgent, Device: "d1", Action: schemas.ActionStatusChanged, Presence: schemas.PresenceAway, ContentHash: 1 << 40})
	if !outcome.Duplicate || !outcome.Conflict || outcome.Accepted || d.state.DueRows() > 0 {
		t.Errorf("%+v, want a conflict that changes nothing", outcome)
	}
}

// The directory may be told long after the fact: what it says last holds, however long it has been so.
func TestDirectoryFromBeforeTheCutoff(t *testing.T) {
	d := newDiary()
	d.presence(diaryDay, "", schemas.PresenceAvailable)
	f := func(age schemas.Instant, name string, outdated bool, want string) {
		t.Helper()
		if outcome := d.entry(diaryDay-age, name); outcome.Outdated != outdated || outcome.Accepted == outdated {
			t.Errorf("%s: %+v, want outdated %t", name, outcome, outdated)
		}
		if e := current(d.agent().entries); e.display != want || len(d.agent().entries) > 2 {
			t.Errorf("%s: %q holds of %d, want %q", name, e.display, len(d.agent().entries), want)
		}
	}
	f(9000*hour, "hired", false, "hired")
	f(9001*hour, "applied", true, "hired")
	f(8000*hour, "moved", false, "moved")
	f(8001*hour, "trained", true, "moved")
	f(5*hour, "now", false, "now")
	f(7000*hour, "promoted", false, "now")
	if e := d.agent().entries[0]; e.display != "promoted" {
		t.Errorf("%q holds before, want %q", e.display, "promoted")
	}
}

// Of devices that are offline for long the last ones stay, so that whoever comes back after a holiday goes on where they were. The
// rows of those that go are handed out.
func TestDormantDevicesAreForgotten(t *testing.T) {
	d := newDiary()
	for n := range maxDormant + 4 {
		device, i := fmt.Sprint("d", n), schemas.Instant(n)
		d.presence(diaryDay+i*1000, device, schemas.PresenceAvailable)
		if i > 0 { // d0 never says that it is offline
			d.presence(diaryDay+i*1000+500, device, schemas.PresenceOffline)
		}
	}
	d.heartbeat(diaryDay+98*hour, "new")
	a := d.agent()
	for _, gone := range []string{"d1", "d2", "d3"} {
		if a.find(gone) != nil {
			t.Errorf("device %s is still there", gone)
		}
	}
	if len(a.devices) != maxDormant+2 || a.find("d0") == nil || a.find("d4") == nil || a.find("new") == nil {
		t.Errorf("%d devices are there: %+v", len(a.devices), a.devices)
	}
	ended := map[string]int{}
	for _, row := range d.state.Rows().AgentSpans {
		if row.Deleted {
			t.Errorf("a tombstone: %+v", row)
		}
		ended[row.Device]++
	}
	if ended["d1"] != 2 || ended["d4"] != 2 || ended["d0"] != 1 {
		t.Errorf("rows by device %v, want two of each that logged out", ended)
	}
	d.heartbeat(diaryDay+99*hour, "d5") // that it had logged out is known
	if rows := d.state.Rows().AgentSpans; len(rows) != 0 {
		t.Errorf("rows of a heartbeat while logged out: %+v", rows)
	}
}

// A year on two devices leaves no more in the state than the last days: a heartbeat each minute of the working hours, a few changes
// a day, a third device that beats now and then although it is logged out, and a new device each day.
func TestStateOfAnAgentStaysSmall(t *testing.T) {
	d := newDiary()
	d.presence(diaryDay-hour, "old", schemas.PresenceOffline)
	largest := 0
	for day := range schemas.Instant(365) {
		begin := diaryDay + day*24*hour + 8*hour
		if day%30 == 0 {
			d.entry(begin, fmt.Sprint("name", int64(day)))
		}
		for n := range schemas.Instant(8 * 60) {
			at := begin + n*60_000
			if n%90 == 0 {
				d.presence(at, "desk", schemas.Presences[n/90%4])
			}
			d.heartbeat(at, "desk")
			d.heartbeat(at+700, "phone")
			if n%10 == 0 {
				d.heartbeat(at, "old")
			}
		}
		login := fmt.Sprintf("0a1b2c3d-4e5f-6789-abcd-ef%010d", int64(day))
		d.presence(begin, login, schemas.PresenceAvailable)
		d.presence(begin+8*hour, login, schemas.PresenceOffline)
		d.presence(begin+8*hour, "desk", schemas.PresenceOffline)
		d.state.Rows()
		largest = max(largest, len(encodeAgent(d.agent())))
	}
	t.Logf("at most %d bytes", largest)
	if largest > 6000 {
		t.Errorf("the state takes %d bytes, want at most 6000", largest)
	}
}

// A run of heartbeats that began before the change that holds at the floor makes no span before it, when it grows.
func TestNoSpanComesBeforeTheFloor(t *testing.T) {
	d := newDiary()
	cutoff := d.state.cutoff(diaryDay)
	d.presence(cutoff-600_000, "d1", schemas.PresenceAway)
	for ago := schemas.Instant(9); ago > 0; ago-- {
		d.heartbeat(cutoff-ago*60_000, "d1")
	}
	d.presence(cutoff-360_000, "d1", schemas.PresenceBusy)
	d.heartbeat(cutoff+120_000, "d1")
	d.heartbeat(diaryDay, "mover")
	d.state.Rows()
	d.heartbeat(cutoff+30_000, "d1") // joins the two runs
	for _, row := range d.state.Rows().AgentSpans {
		if row.StartedAt < cutoff-360_000 {
			t.Errorf("a row from before the floor: %+v", row)
		}
	}
}

// A tombstone that is due of a device that was forgotten does not bring the device back.
func TestForgottenDevicesStayForgotten(t *testing.T) {
	d := newDiary()
	for _, after := range []schemas.Instant{0, 180_000, 90_000} { // the third joins the others, so that a span goes
		d.heartbeat(diaryDay+after, "gone")
	}
	for i := range maxDormant {
		d.presence(diaryDay+hour, fmt.Sprint("d", i), schemas.PresenceOffline)
	}
	d.heartbeat(diaryDay+99*hour, "new")
	tombstones := 0
	for _, row := range d.state.Rows().AgentSpans {
		if row.Deleted {
			tombstones++
		}
	}
	if d.agent().find("gone") != nil || tombstones == 0 {
		t.Errorf("%d tombstones, devices %+v", tombstones, d.agent().devices)
	}
}

// A device that was not there yet at the cutoff is not one that is offline since.
func TestRecentDevicesStay(t *testing.T) {
	d := newDiary()
	for i := range 2 * maxDormant {
		d.presence(diaryDay, fmt.Sprint("d", i), schemas.PresenceAvailable)
	}
	d.heartbeat(diaryDay+2*hour, "new")
	if n := len(d.agent().devices); n != 2*maxDormant+1 {
		t.Errorf("%d devices, want all %d", n, 2*maxDormant+1)
	}
}
