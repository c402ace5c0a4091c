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
	w.unsigned(uint64(len(a.capacities)))
	at := schemas.Instant(0)
	for i := range a.capacities {
		c := &a.capacities[i]
		w.ordered(&c.event, at)
		at = c.at
		w.signed(c.slots)
	}
	return w.bytes()
}

func (w *writer) device(d *device) {
	w.string(d.id)
	w.signed(int64(d.floor))
	w.unsigned(uint64(len(d.changes)))
	at := d.floor
	for i := range d.changes {
		c := &d.changes[i]
		w.ordered(&c.event, at)
		at = c.at
		w.byte(byte(slices.Index(presenceCodes, c.presence)))
		w.string(c.label)
	}
	w.unsigned(uint64(len(d.beats)))
	at = d.floor
	for _, beats := range d.beats {
		w.signed(int64(beats.from - at))
		w.signed(int64(beats.to - beats.from))
		at = beats.to
	}
}

// ordered writes what identity and order of an event need.
func (w *writer) ordered(e *event, before schemas.Instant) {
	w.identity(e, before)
	w.signed(e.seq)
}

func (w *writer) entries(entries []entry) {
	w.unsigned(uint64(len(entries)))
	at := schemas.Instant(0)
	for i := range entries {
		e := &entries[i]
		w.ordered(&e.event, at)
		at = e.at
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
	}
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
		a.capacities = r.capacities()
	}
	a.newest = r.settle(stored, max(a.newest, lastOf(a.entries), lastOf(a.capacities)))
	return r.end()
}

func (r *reader) device(d *device) {
	d.id = r.string()
	if r.version > 1 {
		d.floor = schemas.Instant(r.signed())
	}
	d.changes = make([]change, r.count())
	at := d.floor
	for i := range d.changes {
		c := &d.changes[i]
		r.ordered(&c.event, at)
		at = c.at
		code := int(r.byte())
		if code >= len(presenceCodes) {
			r.fail()
			return
		}
		c.presence, c.label = presenceCodes[code], r.string()
	}
	d.beats = make([]run, r.count())
	at = d.floor
	for i := range d.beats {
		from := at + schemas.Instant(r.signed())
		d.beats[i] = run{from, from + schemas.Instant(r.signed())}
		at = d.beats[i].to
	}
}

func (r *reader) ordered(e *event, before schemas.Instant) {
	r.identity(e, before)
	e.seq, e.rank = r.signed(), rankStatus
}

func (r *reader) capacities() []capacity {
	capacities := make([]capacity, r.count())
	at := schemas.Instant(0)
	for i := range capacities {
		c := &capacities[i]
		r.ordered(&c.event, at)
		at = c.at
		c.slots = r.signed()
	}
	return capacities
}

func (r *reader) entries() []entry {
	entries := make([]entry, r.count())
	at := schemas.Instant(0)
	for i := range entries {
		e := &entries[i]
		r.ordered(&e.event, at)
		at = e.at
		e.removed = r.byte() == 1
		e.display, e.role, e.hiredOn = r.string(), r.string(), r.string()
		if n := r.count(); n > 0 {
			e.teams = make([]string, n)
			for j := range e.teams {
				e.teams[j] = r.string()
			}
		}
	}
	return entries
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
