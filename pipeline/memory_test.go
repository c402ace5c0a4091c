package pipeline

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/schemas"
)

var memory = flag.Bool("memory", false, "measure what open conversations cost in memory; takes two minutes and two gigabytes")

// eventsPerConversation is what a conversation of the measurement has.
const eventsPerConversation = 20

// An open conversation costs at most 900 bytes of resident memory, with its id and its place in the index, when nothing is evicted: the
// slope from a hundred thousand to a million of them.
func TestMemoryPerConversation(t *testing.T) {
	if !*memory {
		t.Skip("takes minutes; run it with -memory, or make memory")
	}
	state := aggregator.New(aggregator.DefaultSettings())
	const few, many = 100_000, 1_000_000
	offset := openConversations(t, state, 0, 0, few)
	liveBefore, residentBefore := measured(t)
	openConversations(t, state, offset, few, many)
	live, resident := measured(t)
	perLive, perResident := float64(live-liveBefore)/(many-few), float64(resident-residentBefore)/(many-few)
	t.Logf("%d to %d open conversations of %d events: %.0f bytes each on the heap, %.0f resident (garbage collector at %s)",
		few, many, eventsPerConversation, perLive, perResident, os.Getenv("GOGC"))
	if perResident > 900 {
		t.Errorf("%.0f bytes of resident memory for a conversation, want at most 900", perResident)
	}
	runtime.KeepAlive(state)
}

// openConversations folds conversations number from to number to, ten thousand at a time, as the table would take them.
func openConversations(t *testing.T, state *aggregator.State, offset int64, from, to int) int64 {
	const step = 10_000
	for first := from; first < to; first += step {
		for i := range eventsPerConversation {
			for n := first; n < first+step; n++ {
				e := talkOf(n, i)
				e.Place(offset, e.OccurredAt)
				offset++
				state.Apply(&e)
			}
		}
		state.Rows()
		_, cut := state.Cut(0)
		state.Acknowledge(cut, 1<<40, 0)
	}
	return offset
}

// talkOf is event i of open conversation n: a customer and an agent in turn, assigned and transferred once.
func talkOf(n, i int) schemas.Event {
	id := fmt.Sprintf("%08x-4a5b-4c6d-8e7f-%04d", n, i)
	e := schemas.Event{
		SchemaVersion: 1, Type: schemas.TypeMessage, ID: id, Company: "acme", Conversation: fmt.Sprintf("conversation-%08d", n), Channel: "web",
		OccurredAt: schemas.InstantOf(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)) + schemas.Instant(47_123*i+n%60_000), ContentHash: uint64(n*100 + i),
		MessageID: "message-" + id, Visibility: schemas.VisibilityPublic, Kind: schemas.KindText, Delivery: schemas.DeliverySent,
	}
	agent := fmt.Sprint("agent-", n%500)
	switch {
	case i == 1, i == 10:
		e.Type, e.Status, e.Owner, e.OwnerKind, e.Team, e.MessageID = schemas.TypeStatus, schemas.StatusAssigned, agent, schemas.OwnerHuman, fmt.Sprint("team-", n%10), ""
	case i%2 == 0:
		e.AuthorKind, e.Direction, e.Customer = schemas.AuthorCustomer, schemas.DirectionIn, fmt.Sprintf("customer-%08d", n)
	default:
		e.AuthorKind, e.Direction, e.Agent = schemas.AuthorHuman, schemas.DirectionOut, agent
	}
	return e
}

// measured gives the bytes in use on the heap, and those of the process that are in memory.
func measured(t *testing.T) (live, resident int64) {
	t.Helper()
	debug.FreeOSMemory()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("no /proc on this system: ", err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kilobytes int64
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		t.Fatal(err)
	}
	return int64(stats.HeapAlloc), kilobytes * 1024
}
