package aggregator

import (
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

// presenceCodes are the numbers of presences in stored states, like authorCodes.
var presenceCodes = []string{schemas.PresenceAvailable, schemas.PresenceBusy, schemas.PresenceAway, schemas.PresenceCustom, schemas.PresenceOffline}

// encodeAgent packs an agent: its newest event, the changes of presence and the heartbeats of each device, and the entries of the directory.
func encodeAgent(a *agent) []byte {
	w := &writer{}
	w.string(a.id)
	w.signed(int64(a.newest))
	w.unsigned(uint64(len(a.devices)))
	for i := range a.devices {
		w.device(&a.devices[i])
	}
	w.entries(a.entries)
	writeOrdered(w, a.capacities, 0, func(c *capacity) { w.signed(c.slots) })
	return w.bytes()
}

// writeOrdered writes a list of events: what identity and order need, and the rest of each. The times are distances from an instant on.
func writeOrdered[T any, P ordered[T]](w *writer, list []T, at schemas.Instant, rest func(*T)) {
	w.unsigned(uint64(len(list)))
	for i := range list {
		e := P(&list[i]).base()
		w.identity(e, at)
		w.signed(e.seq)
		at = e.at
		rest(&list[i])
	}
}

// readOrdered reads what writeOrdered wrote.
func readOrdered[T any, P ordered[T]](r *reader, at schemas.Instant, rest func(*T)) []T {
	list := make([]T, r.count())
	for i := range list {
		e := P(&list[i]).base()
		r.identity(e, at)
		e.seq, e.rank = r.signed(), rankStatus
		at = e.at
		rest(&list[i])
	}
	return list
}

func (w *writer) device(d *device) {
	w.string(d.id)
	w.signed(int64(d.floor))
	writeOrdered(w, d.changes, d.floor, func(c *change) {
		w.byte(byte(slices.Index(presenceCodes, c.presence)))
		w.string(c.label)
	})
	w.unsigned(uint64(len(d.beats)))
	at := d.floor
	for _, beats := range d.beats {
		w.signed(int64(beats.from - at))
		w.signed(int64(beats.to - beats.from))
		at = beats.to
	}
}

func (w *writer) entries(entries []entry) {
	writeOrdered(w, entries, 0, func(e *entry) {
		removed := byte(0)
		if e.removed {
			removed = 1
		}
		w.byte(removed)
		w.string(e.display)
		w.string(e.role)
		w.string(e.hiredOn)
		w.unsigned(uint64(len(e.teams)))
		for _, team := range e.teams {
			w.string(team)
		}
	})
}

// decodeAgent unpacks what encodeAgent wrote, without the spans.
func decodeAgent(a *agent, form []byte) error {
	r := newReader(form)
	a.id = r.string()
	stored := r.newest()
	a.devices = make([]device, r.count())
	for i := range a.devices {
		d := &a.devices[i]
		r.device(d)
		a.newest = max(a.newest, d.lastSign(), d.floor)
	}
	a.entries = r.entries()
	if r.version > 2 {
		a.capacities = readOrdered(r, 0, func(c *capacity) { c.slots = r.signed() })
	}
	a.newest = r.settle(stored, max(a.newest, lastOf(a.entries), lastOf(a.capacities)))
	return r.end()
}

func (r *reader) device(d *device) {
	d.id = r.string()
	if r.version > 1 {
		d.floor = schemas.Instant(r.signed())
	}
	d.changes = readOrdered(r, d.floor, func(c *change) {
		if code := int(r.byte()); code < len(presenceCodes) {
			c.presence, c.label = presenceCodes[code], r.string()
		} else {
			r.fail()
		}
	})
	d.beats = make([]run, r.count())
	at := d.floor
	for i := range d.beats {
		from := at + schemas.Instant(r.signed())
		d.beats[i] = run{from, from + schemas.Instant(r.signed())}
		at = d.beats[i].to
	}
}

func (r *reader) entries() []entry {
	return readOrdered(r, 0, func(e *entry) {
		e.removed = r.byte() == 1
		e.display, e.role, e.hiredOn = r.string(), r.string(), r.string()
		if n := r.count(); n > 0 {
			e.teams = make([]string, n)
			for j := range e.teams {
				e.teams[j] = r.string()
			}
		}
	})
}

// encodeTeam packs a team: its newest event and the entries of the directory.
func encodeTeam(t *team) []byte {
	w := &writer{}
	w.string(t.id)
	w.signed(int64(t.newest))
	w.entries(t.entries)
	return w.bytes()
}

// decodeTeam unpacks what encodeTeam wrote.
func decodeTeam(t *team, form []byte) error {
	r := newReader(form)
	t.id = r.string()
	stored := r.newest()
	t.entries = r.entries()
	t.newest = r.settle(stored, lastOf(t.entries))
	return r.end()
}

// newest reads when the newest event of an agent or a team occurred. Version 1 did not have it: nothing had been dropped, so what
// there is tells.
func (r *reader) newest() schemas.Instant {
	if r.version == 1 {
		return 0
	}
	return schemas.Instant(r.signed())
}

// settle gives the newest event of an agent or a team, of which there is what occurred last. Nothing can be later than the newest.
func (r *reader) settle(stored, last schemas.Instant) schemas.Instant {
	if r.version == 1 {
		return last
	}
	if stored < last {
		r.fail()
	}
	return stored
}

func lastOf[T any, P ordered[T]](list []T) schemas.Instant {
	if n := len(list); n > 0 {
		return P(&list[n-1]).base().at
	}
	return 0
}
