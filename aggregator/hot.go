package aggregator

import (
	"encoding/binary"
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

// hot is what gauges need of a conversation, whether its events are at hand or not: its last active day as it stands, and its open
// waits. It is a fixed part of the state row, so that a start need not read the events.
type hot struct {
	place             *tally
	owner             *owner          // the person who owns it, if flagHeld
	lastAt            schemas.Instant // of the newest event
	waitingSince      schemas.Instant // 0: nobody waits
	waitingHumanSince schemas.Instant
	day               schemas.Date // last one with a counted message, if flagActive
	flags             hotFlags
	trigger           uint8 // of an initiated conversation: index in triggers
	initiatedOn       uint8 // its channel: index in schemas.Channels
}

type hotFlags uint16

const (
	flagOpen            hotFlags = 1 << iota // the latest episode is open
	flagActive                               // there is a day
	flagDayOpen                              // open at the day's end
	flagOwned                                // owned then
	flagOwnedByAI                            // … by an AI
	flagDayWaiting                           // waiting for a first response then
	flagInitiated                            // the customer began it on that day
	flagTurn                                 // the open episode has a customer's turn
	flagAnswered                             // … and a reply by a person or an AI
	flagAnsweredByHuman                      // … and one by a person
	flagHeld                                 // a person owns it, open as it is
	flagHeldByAI                             // an AI does
	flagPaused                               // it is snoozed or on hold
)

// triggers are those of an initiated conversation.
var triggers = []string{triggerCustomer, triggerBroadcastReply}

func (h *hot) is(flag hotFlags) bool { return h.flags&flag != 0 }

func (h *hot) set(flag hotFlags, on bool) {
	if on {
		h.flags |= flag
	}
}

// heat takes out of an unpacked conversation what gauges need.
func (s *State) heat(c *conversation) hot {
	w := c.work
	h := hot{lastAt: w.log[len(w.log)-1].at}
	ep, d := w.fold.openEpisode(), w.fold.lastDay()
	at := place{company: w.company.name, team: w.fold.team, queue: w.fold.queue}
	if d != nil {
		h.setDay(d)
		at = place{w.company.name, d.team, d.channel, d.queue}
	}
	if ep != nil {
		h.set(flagOpen, true)
		h.set(flagTurn, ep.firstTurnAt != 0)
		h.set(flagAnswered, ep.answered)
		h.set(flagAnsweredByHuman, ep.answeredByHuman)
		h.set(flagHeldByAI, w.fold.ownerKind == schemas.OwnerAI)
		h.set(flagPaused, ep.pausedSince != 0)
		if w.fold.ownerKind == schemas.OwnerHuman {
			h.set(flagHeld, true)
			h.owner = s.owner(AgentName{Company: w.company.name, Agent: w.fold.owner})
		}
		h.waitingSince, h.waitingHumanSince = ep.waitingSince, ep.waitingHumanSince
		at.team, at.queue = ep.team, ep.queue
		if ep.channel != "" {
			at.channel = ep.channel
		}
	}
	h.place = s.tally(at)
	return h
}

// maxAhead is how far ahead an event may be that gauges look behind. The log takes events that are up to five minutes ahead of its
// clock; where one is further ahead than an hour, it is the clock of now that is wrong.
const maxAhead = hour

// isAhead tells that the newest event is of a day after today, since its producer's clock is ahead. Then what is hot may tell of that
// day, and only the events tell of today.
func (h *hot) isAhead(today schemas.Day, now schemas.Instant) bool {
	return h.lastAt >= today.To && h.lastAt <= now+maxAhead
}

// setDay takes over a day as it stands.
func (h *hot) setDay(d *day) {
	h.day = d.day.Date
	h.set(flagActive, true)
	h.set(flagDayOpen, d.open)
	h.set(flagOwned, d.owner != "")
	h.set(flagOwnedByAI, d.ownerKind == schemas.OwnerAI)
	h.set(flagDayWaiting, d.waiting)
	if d.initiatedAt != 0 {
		h.set(flagInitiated, true)
		h.trigger = uint8(slices.Index(triggers, d.trigger))
		h.initiatedOn = uint8(slices.Index(schemas.Channels, d.initiatedOn))
	}
}

// hotVersion is that of the layout below.
const hotVersion = 1

// encode gives the fixed part of a state row.
func (h *hot) encode() []byte {
	out := make([]byte, 0, schemas.HotBytes)
	out = append(out, hotVersion, h.trigger, h.initiatedOn, 0)
	out = binary.LittleEndian.AppendUint16(out, uint16(h.flags))
	out = append(out, 0, 0)
	out = binary.LittleEndian.AppendUint32(out, uint32(h.day))
	out = append(out, 0, 0, 0, 0)
	for _, value := range []int64{int64(h.lastAt), int64(h.waitingSince), int64(h.waitingHumanSince)} {
		out = binary.LittleEndian.AppendUint64(out, uint64(value))
	}
	return append(out, make([]byte, schemas.HotBytes-len(out))...)
}

// decodeHot reads what encode wrote. The place comes from the row's columns.
func decodeHot(in []byte) (h hot, ok bool) {
	if len(in) != schemas.HotBytes || in[0] != hotVersion || int(in[1]) >= len(triggers) || int(in[2]) >= len(schemas.Channels) {
		return hot{}, false
	}
	at := func(i int) int64 { return int64(binary.LittleEndian.Uint64(in[i:])) }
	return hot{
		trigger: in[1], initiatedOn: in[2], flags: hotFlags(binary.LittleEndian.Uint16(in[4:])),
		day:    schemas.Date(binary.LittleEndian.Uint32(in[8:])),
		lastAt: schemas.Instant(at(16)), waitingSince: schemas.Instant(at(24)), waitingHumanSince: schemas.Instant(at(32)),
	}, true
}
