package aggregator

import (
	"cmp"
	"slices"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// What is kept of an agent or a team is what events can still change. An event that is no backfill occurred at most the horizon before
// it was appended, so of what lies longer ago only the outcome is kept: it is final, and its rows stay in their tables as they are.
//
// The cutoff, before which all is final, follows the newest event of the key in steps of an hour, and only such a step drops anything.
// So what a state holds is a function of the key's records alone, whenever rows were made and whoever read the log.

const (
	hour = schemas.Instant(time.Hour / time.Millisecond)
	// slack is how far the cutoff lies behind the horizon: by as much producers' clocks may be ahead, and two bodies of one event apart.
	slack = schemas.Instant((24*time.Hour + schemas.FutureTolerance) / time.Millisecond)
	// maxDormant is how many devices of an agent are kept that have been offline since before the cutoff, those with the last signs of
	// life. Software that names a device anew at each login would leave more of them for ever.
	maxDormant = 16
)

// cutoff is the instant before which all is final, where the newest event of a key is known. Without a horizon nothing is.
func (s *State) cutoff(newest schemas.Instant) schemas.Instant {
	if s.settings.Horizon == 0 {
		return 0
	}
	return newest - newest%hour - schemas.Instant(s.settings.Horizon.Milliseconds()) - slack
}

// advance moves the newest event of a key on, and tells whether the cutoff moved.
func (s *State) advance(newest *schemas.Instant, at schemas.Instant) bool {
	before := s.cutoff(*newest)
	*newest = max(*newest, at)
	return s.cutoff(*newest) > before
}

// pruneAgent drops what is final and not needed any more. It comes before the event that moved the cutoff, so that rows which are
// made here are those of the version before.
func (s *State) pruneAgent(key schemas.KeyID, a *agent) {
	cutoff := s.cutoff(a.newest)
	for i := range a.devices {
		s.pruneDevice(key, &a.devices[i], cutoff)
	}
	s.dropDormant(key, a, cutoff)
	a.entries = sinceCutoff(a.entries, cutoff)
	a.capacities = sinceCutoff(a.capacities, cutoff)
}

// pruneDevice moves a device's floor. A span is final once the next one begins more than a lease before the cutoff: a heartbeat at the
// cutoff can reach no sign of life before that. From the floor on spans need the change that held there, and the heartbeats within
// a lease before it.
func (s *State) pruneDevice(key schemas.KeyID, d *device, cutoff schemas.Instant) {
	last, _ := slices.BinarySearchFunc(d.spans, cutoff-s.lease(), func(p span, t schemas.Instant) int { return cmp.Compare(p.from, t) })
	last--
	if last < 0 {
		return
	}
	d.floor = d.spans[last].from
	s.part(key, d, d.spans[:last])
	d.spans = slices.Delete(d.spans, 0, last)
	alive := d.floor
	if base := d.changeAt(d.floor); base >= 0 {
		d.changes = slices.Delete(d.changes, 0, base)
		if d.changes[0].presence == schemas.PresenceOffline {
			alive = cutoff - s.lease() // heartbeats do nothing to it, so they need not be kept for as long as it lasts
		}
	}
	beats, _ := slices.BinarySearchFunc(d.beats, alive-s.lease(), func(r run, t schemas.Instant) int { return cmp.Compare(r.to, t) })
	d.beats = slices.Delete(d.beats, 0, beats)
}

// part makes the rows of spans that leave the memory, where they are due.
func (s *State) part(key schemas.KeyID, d *device, spans []span) {
	for i := range spans {
		row := spanKey(key, d, &spans[i])
		if _, ok := s.due[row]; ok {
			s.row(&s.parted, row)
			delete(s.due, row)
		}
	}
}

// dropDormant drops the devices that have been silent longest, beyond the number of those that are kept. One that comes back begins
// like one that was never seen.
func (s *State) dropDormant(key schemas.KeyID, a *agent, cutoff schemas.Instant) {
	var dormant []*device
	for i := range a.devices {
		if d := &a.devices[i]; d.isDormant(cutoff) {
			dormant = append(dormant, d)
		}
	}
	if len(dormant) <= maxDormant {
		return
	}
	slices.SortFunc(dormant, func(x, y *device) int {
		return cmp.Or(cmp.Compare(y.lastSign(), x.lastSign()), cmp.Compare(x.id, y.id))
	})
	drop := map[string]bool{}
	for _, d := range dormant[maxDormant:] {
		s.part(key, d, d.spans)
		drop[d.id] = true
	}
	a.devices = slices.DeleteFunc(a.devices, func(d device) bool { return drop[d.id] })
}

// isDormant tells a device that gave its last sign of life before the cutoff, and is offline since.
func (d *device) isDormant(cutoff schemas.Instant) bool {
	return d.lastSign() < cutoff && d.presenceAt(cutoff) == schemas.PresenceOffline
}

// lastSign is the last change of presence or heartbeat.
func (d *device) lastSign() (at schemas.Instant) {
	if n := len(d.changes); n > 0 {
		at = d.changes[n-1].at
	}
	if n := len(d.beats); n > 0 {
		at = max(at, d.beats[n-1].to)
	}
	return at
}

// sinceCutoff leaves of directory entries and capacities those from the cutoff on and the last one before, which holds until they come.
func sinceCutoff[T any, P ordered[T]](list []T, cutoff schemas.Instant) []T {
	first, _ := slices.BinarySearchFunc(list, cutoff, func(e T, t schemas.Instant) int { return cmp.Compare(P(&e).base().at, t) })
	return slices.Delete(list, 0, max(0, first-1))
}

// addSince is add to a list that is final before a cutoff: no other body replaces an event that lies before it.
func addSince[T any, P ordered[T]](list *[]T, added T, cutoff schemas.Instant) placed {
	e := P(&added).base()
	for i := range *list {
		if old := P(&(*list)[i]).base(); old.id == e.id && old.at < cutoff {
			return placed{at: -1, from: len(*list), duplicate: true, conflict: old.content != e.content}
		}
	}
	return add[T, P](list, added)
}
