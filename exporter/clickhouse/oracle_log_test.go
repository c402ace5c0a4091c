//go:build embedded

package clickhouse

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/floorwatch/floorwatch/ingest/simulate"
	"github.com/floorwatch/floorwatch/schemas"
)

// oracleZones have between them changes of clocks in all directions, at midnight and by half an hour, and offsets of quarters of an hour.
var oracleZones = []string{
	"Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo", "Pacific/Kiritimati",
	"Asia/Beirut", "America/St_Johns", "Pacific/Chatham", "Asia/Tokyo", "Europe/London", "America/Sao_Paulo", "Australia/Adelaide",
	"America/Havana", "Atlantic/Azores", "Asia/Kolkata", "Pacific/Pago_Pago", "America/Los_Angeles", "UTC",
}

// companyName is that of a company of floorLog.
func companyName(i int) string { return fmt.Sprintf("company-%02d", i) }

// zoneOf gives the zone of a company of floorLog.
func zoneOf(company string) string {
	number, _ := strconv.Atoi(strings.TrimPrefix(company, "company-"))
	return oracleZones[number%len(oracleZones)]
}

// floorLog is a made-up floor of so many companies, as messages and statuses in order of time.
func floorLog(t *testing.T, seed uint64, companies int, rate float64, from, until schemas.Instant) []schemas.Event {
	t.Helper()
	config := simulate.DefaultConfig()
	config.Seed, config.Rate, config.Companies = seed, rate, nil
	for i := range companies {
		config.Companies = append(config.Companies, simulate.Company{
			Name: companyName(i), Zone: oracleZones[i], Agents: 5 + i%4, WholeSeconds: i%2 == 1, Offers: i%3 != 0,
		})
	}
	floor, err := simulate.New(config)
	if err != nil {
		t.Fatal(err)
	}
	var events []schemas.Event
	for e := range floor.Events(from, until) {
		if e.Type == schemas.TypeMessage || e.Type == schemas.TypeStatus {
			events = append(events, e)
		}
	}
	return events
}

const minute = schemas.Instant(60_000)

// disorder does to a log what producers and networks do: it loses events, tells some twice or with another body, has messages fail,
// clocks jump, customers come back, and everything come in another order.
func disorder(chance *rand.Rand, events []schemas.Event) []schemas.Event {
	var log []schemas.Event
	within := func(longest schemas.Instant) schemas.Instant { return schemas.Instant(chance.Int64N(int64(longest))) }
	for i := range events {
		e := events[i]
		if schemas.Hash([]byte(e.Conversation))%16 == 0 { // told by a clock of whole minutes, without a sequence: rank and id decide
			e.OccurredAt, e.Sequence = e.OccurredAt-e.OccurredAt%minute, 0
		}
		switch pick := chance.IntN(300); {
		case pick < 3: // lost
			continue
		case pick < 6: // told twice
			log = append(log, e)
		case pick < 8: // with another body
			other := e
			other.OccurredAt += within(10*minute) - 5*minute
			log = append(log, other)
		case pick < 10: // another event about the same message
			other := e
			other.ID, other.OccurredAt = e.ID+"-again", e.OccurredAt+within(10*minute)-5*minute
			log = append(log, other)
		case pick < 14 && e.Type == schemas.TypeMessage && e.Direction == schemas.DirectionOut: // failed, now and then too late
			failed := schemas.Event{SchemaVersion: 1, Type: schemas.TypeStatus, ID: e.ID + "-failed", Company: e.Company, Conversation: e.Conversation,
				Status: schemas.StatusDeliveryUpdated, MessageID: e.MessageID, Delivery: schemas.DeliveryFailed, OccurredAt: e.OccurredAt + within(26*60*minute)}
			log = append(log, failed)
		case pick < 16: // by a clock that is wrong
			e.OccurredAt += within(60*minute) - 30*minute
		case pick < 17 && e.Direction == schemas.DirectionIn: // the customer once more, long after
			back := e
			back.ID, back.MessageID, back.OccurredAt = e.ID+"-back", e.MessageID+"-back", e.OccurredAt+within(72*60*minute)
			log = append(log, back)
		}
		log = append(log, e)
		if tangled := schemas.Hash([]byte(e.Conversation))%4 == 1; tangled && chance.IntN(4) == 0 || chance.IntN(100) == 0 {
			log = append(log, interference(chance, &e, e.OccurredAt+within(20*minute)-5*minute))
		}
	}
	slices.SortStableFunc(log, func(a, b schemas.Event) int { return int(a.OccurredAt - b.OccurredAt) })
	for i := range log { // late by up to some hundred places
		other := min(len(log)-1, i+chance.IntN(400))
		if chance.IntN(4) == 0 {
			log[i], log[other] = log[other], log[i]
		}
	}
	return log
}

// interference is any status that tells of work on the conversation of e, as no floor would be told of it.
func interference(chance *rand.Rand, e *schemas.Event, at schemas.Instant) schemas.Event {
	agent := fmt.Sprintf("agent-%03d", chance.IntN(4))
	out := schemas.Event{SchemaVersion: 1, Type: schemas.TypeStatus, ID: e.ID + "-meddled", Company: e.Company, Conversation: e.Conversation, OccurredAt: at, Agent: agent}
	statuses := [...]string{
		schemas.StatusAssigned, schemas.StatusAssigned, schemas.StatusTransferred, schemas.StatusTransferred, schemas.StatusUnassigned, schemas.StatusAccepted, schemas.StatusAccepted,
		schemas.StatusHandedOff, schemas.StatusSnoozed, schemas.StatusUnsnoozed, schemas.StatusOnHold, schemas.StatusOffHold, schemas.StatusJoined,
		schemas.StatusSupervisionIntervened, schemas.StatusLeft, schemas.StatusSupervisionEnded, schemas.StatusTookOver, schemas.StatusEscalated, schemas.StatusWrapUpStarted,
		schemas.StatusWrapUpEnded, schemas.StatusClosed, schemas.StatusReopened, schemas.StatusOpened,
	}
	out.Status = statuses[chance.IntN(len(statuses))]
	switch out.Status {
	case schemas.StatusAssigned, schemas.StatusTransferred:
		out.Agent = ""
		if chance.IntN(3) > 0 {
			out.Owner, out.OwnerKind = agent, schemas.OwnerHuman
		}
		if out.Owner != "" && chance.IntN(4) == 0 {
			out.Owner, out.OwnerKind = "assistant", schemas.OwnerAI
		}
		if out.Owner == "" || chance.IntN(2) == 0 {
			out.Team, out.Queue = "billing", "billing"
		}
	case schemas.StatusEscalated:
		out.Facts = &schemas.Facts{Tier: "2"}
	case schemas.StatusClosed:
		out.Agent, out.Reason = "", schemas.CloseResolved
	case schemas.StatusUnassigned, schemas.StatusHandedOff, schemas.StatusReopened, schemas.StatusOpened:
		out.Agent = ""
	}
	return out
}

// placed gives each event of a log its bytes' hash, its offset, and when the log took it.
func placed(t *testing.T, log []schemas.Event) []schemas.Event {
	t.Helper()
	now := schemas.Instant(0)
	for i := range log {
		body, err := schemas.EncodeEvent(&log[i])
		if err != nil {
			t.Fatal(err)
		}
		if log[i], err = schemas.DecodeEvent(body); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		now = max(now, log[i].OccurredAt)
		log[i].Place(int64(i), now)
	}
	return log
}
