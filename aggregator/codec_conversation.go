package aggregator

import (
	"slices"

	"github.com/floorwatch/floorwatch/schemas"
)

// The numbers of authors and statuses in stored states. They are never used again for another; new ones come at the end.
var (
	authorCodes = []string{schemas.AuthorCustomer, schemas.AuthorHuman, schemas.AuthorSupervisor, schemas.AuthorAI, schemas.AuthorAutomation,
		schemas.AuthorCampaign, schemas.AuthorSystem}
	statusCodes = []string{schemas.StatusOpened, schemas.StatusAssigned, schemas.StatusUnassigned, schemas.StatusTransferred, schemas.StatusQueued,
		schemas.StatusDequeued, schemas.StatusHandedOff, schemas.StatusClosed, schemas.StatusReopened, schemas.StatusTagged, schemas.StatusUntagged,
		schemas.StatusDeliveryUpdated, schemas.StatusAccepted, schemas.StatusJoined, schemas.StatusLeft, schemas.StatusTookOver,
		schemas.StatusSupervisionIntervened, schemas.StatusSupervisionEnded, schemas.StatusEscalated, schemas.StatusSnoozed, schemas.StatusUnsnoozed,
		schemas.StatusOnHold, schemas.StatusOffHold, schemas.StatusWrapUpStarted, schemas.StatusWrapUpEnded, schemas.StatusPriorityChanged}
)

// What an event has, as bits.
const (
	isCounted      = 1 << iota
	isOwnMessageID // the event's id is the message's
	hasMessageID   // it is another one
	hasChannel
	hasAgent
	hasCustomer
	isSame // each of its texts is that of the last event that had one
	hasOwner
	hasTeam
	hasSequence
	isSampledAny
	isSampledHuman
	hasQueue
	hasTag
	isFailed
	isVoid
	hasReason
	isOwnedByAI
	hasPriority
	hasTier
	isSampledReplyAny
	isSampledReplyHuman
	isSampledAgent
	isSampledAccept
	isSampledWork
)

// sampleBits are those of the samples that an event has given.
var sampleBits = []struct {
	bit     uint64
	sampled uint8
}{
	{isSampledAny, sampledAny}, {isSampledHuman, sampledHuman}, {isSampledReplyAny, sampledReplyAny}, {isSampledReplyHuman, sampledReplyHuman},
	{isSampledAgent, sampledAgent}, {isSampledAccept, sampledAccept}, {isSampledWork, sampledWork},
}

const flagCapped = 1 // of a conversation

// lastTexts are the texts of a conversation's last events, in the order of event.texts.
type lastTexts [10]string

// encodeEvents packs the events of an unpacked conversation. Equal events give equal bytes.
func encodeEvents(c *conversation) []byte {
	w := &writer{body: make([]byte, 0, 32*len(c.work.log)+16)}
	flags := uint64(0)
	if c.capped {
		flags |= flagCapped
	}
	w.unsigned(flags)
	w.unsigned(uint64(c.work.life))
	w.string(c.work.id)
	w.unsigned(uint64(len(c.work.log)))
	at, last := schemas.Instant(0), lastTexts{}
	for i := range c.work.log {
		e := &c.work.log[i]
		w.event(e, at, &last)
		at = e.at
	}
	return w.bytes()
}

// event writes one event of a conversation, its time as the distance from the one before.
func (w *writer) event(e *event, before schemas.Instant, last *lastTexts) {
	if e.message {
		w.byte(byte(slices.Index(authorCodes, e.author)))
	} else {
		w.byte(0x80 | byte(slices.Index(statusCodes, e.status)))
	}
	has := e.facts(last)
	w.unsigned(has)
	w.identity(e, before)
	if has&hasSequence != 0 {
		w.signed(e.seq)
	}
	if has&hasMessageID != 0 {
		w.hash(e.messageID)
	}
	for i, field := range e.texts() {
		if *field.value == "" {
			continue
		}
		if has&isSame == 0 {
			w.string(*field.value)
		}
		last[i] = *field.value
	}
}

func (w *writer) identity(e *event, before schemas.Instant) {
	w.hash(e.id)
	w.content(e.content)
	w.signed(int64(e.at - before))
}

// eventText is a string of an event, and the bit that tells of it.
type eventText struct {
	bit   uint64
	value *string
}

// texts are the strings of an event in their stored order.
func (e *event) texts() [10]eventText {
	return [10]eventText{
		{hasChannel, &e.channel}, {hasAgent, &e.agent}, {hasCustomer, &e.customer}, {hasOwner, &e.owner}, {hasTeam, &e.team},
		{hasQueue, &e.queue}, {hasTag, &e.tag}, {hasReason, &e.reason}, {hasPriority, &e.priority}, {hasTier, &e.tier},
	}
}

// facts tells what an event has, behind events with these texts.
func (e *event) facts(last *lastTexts) uint64 {
	has := uint64(0)
	set := func(bit uint64, on bool) {
		if on {
			has |= bit
		}
	}
	texts, same := 0, 0
	for i, field := range e.texts() {
		if *field.value != "" {
			has |= field.bit
			texts++
			if *field.value == last[i] {
				same++
			}
		}
	}
	set(isSame, texts > 0 && same == texts)
	set(hasSequence, e.seq != 0)
	set(hasMessageID, e.messageID != 0 && e.messageID != e.id)
	set(isOwnMessageID, e.messageID == e.id)
	set(isOwnedByAI, e.owner != "" && e.ownerKind == schemas.OwnerAI)
	set(isFailed, e.failed)
	set(isVoid, e.void)
	set(isCounted, e.counted)
	for _, s := range sampleBits {
		set(s.bit, e.sampled&s.sampled != 0)
	}
	return has
}

// decodeEvents unpacks what encodeEvents wrote into c.work, without the fold.
func decodeEvents(c *conversation, form []byte) error {
	r := newReader(form)
	c.capped = r.unsigned()&flagCapped != 0
	c.work.life = int64(r.unsigned())
	c.work.id = r.string()
	c.work.log = make([]event, r.count())
	at, last := schemas.Instant(0), lastTexts{}
	for i := range c.work.log {
		e := &c.work.log[i]
		r.event(e, at, &last)
		at = e.at
	}
	return r.end()
}

func (r *reader) event(e *event, before schemas.Instant, last *lastTexts) {
	code := r.byte()
	e.message = code&0x80 == 0
	codes, code := statusCodes, code&0x7f
	if e.message {
		codes = authorCodes
	}
	if int(code) >= len(codes) {
		r.fail()
		return
	}
	has := r.unsigned()
	r.identity(e, before)
	if e.message {
		e.author, e.rank = codes[code], rankOf(codes[code])
	} else {
		e.status, e.rank = codes[code], rankStatus
	}
	if has&hasSequence != 0 {
		e.seq = r.signed()
	}
	if has&hasMessageID != 0 {
		e.messageID = r.hash()
	} else if has&isOwnMessageID != 0 {
		e.messageID = e.id
	}
	for i, field := range e.texts() {
		if has&field.bit == 0 {
			continue
		}
		if has&isSame == 0 {
			last[i] = r.string()
		}
		*field.value = last[i]
	}
	e.restoreFacts(has)
}

func (r *reader) identity(e *event, before schemas.Instant) {
	e.id, e.content = r.hash(), r.content()
	e.at = before + schemas.Instant(r.signed())
}

func (e *event) restoreFacts(has uint64) {
	e.failed, e.void, e.counted = has&isFailed != 0, has&isVoid != 0, has&isCounted != 0
	for _, s := range sampleBits {
		if has&s.bit != 0 {
			e.sampled |= s.sampled
		}
	}
	if e.owner != "" {
		e.ownerKind = schemas.OwnerHuman
		if has&isOwnedByAI != 0 {
			e.ownerKind = schemas.OwnerAI
		}
	}
}
