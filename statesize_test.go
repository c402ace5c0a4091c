package main

import (
	"bytes"
	varint "encoding/binary"
	"encoding/json"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/floorwatch/floorwatch/schemas/datatest"
)

// A stored event of a real support chat takes at most 28 bytes as the mean, without the strings, which stand once in a row.
func TestStoredEventsAreSmall(t *testing.T) {
	state, events := aggregator.New(aggregator.DefaultSettings()), 0
	for text := range bytes.Lines(datatest.Unzipped(t, "chat-a.jsonl.gz")) {
		var line struct {
			ID           string `json:"event_id"`
			Type         string
			Company      string
			Conversation string
			At           time.Time
			Seq          int64
			Sender       string `json:"sender_type"`
			Customer     string
			Agent        string
			Team         string
			Status       string
		}
		if err := json.Unmarshal(text, &line); err != nil {
			t.Fatal(err)
		}
		e := schemas.Event{
			Type: line.Type, ID: line.ID, Company: line.Company, Conversation: line.Conversation, OccurredAt: schemas.InstantOf(line.At), Sequence: line.Seq,
			Channel: "web", ContentHash: schemas.Hash(text),
		}
		if line.Type == schemas.TypeMessage {
			e.MessageID, e.Agent, e.Customer, e.Visibility, e.Kind = line.ID, line.Agent, line.Customer, schemas.VisibilityPublic, schemas.KindText
			e.AuthorKind = map[string]string{"customer": schemas.AuthorCustomer, "agent": schemas.AuthorHuman, "bot": schemas.AuthorAI, "system": schemas.AuthorSystem}[line.Sender]
		} else {
			e.Status, e.Owner, e.Team = line.Status, line.Agent, line.Team
		}
		e.Place(int64(events), e.OccurredAt)
		state.Apply(&e)
		events++
	}
	rows, _ := state.Cut(0)
	size, conversations := 0, 0
	for _, row := range rows {
		if row.Kind == schemas.StateConversation {
			size += len(row.Rest) - stringBytes(row.Rest)
			conversations++
		}
		if len(row.Hot) != schemas.HotBytes {
			t.Errorf("a fixed part of %d bytes, want %d", len(row.Hot), schemas.HotBytes)
		}
	}
	mean := float64(size) / float64(events)
	t.Logf("%d events of %d conversations: %.1f bytes an event", events, conversations, mean)
	if mean > 28 || events < 1500 {
		t.Errorf("%.1f bytes an event, want at most 28", mean)
	}
}

// stringBytes is how much of a stored form its strings take: their number, and each with its length, behind the version.
func stringBytes(form []byte) (size int) {
	rest := form[1:]
	count, n := varint.Uvarint(rest)
	rest = rest[n:]
	for range count {
		length, n := varint.Uvarint(rest)
		rest = rest[n+int(length):]
	}
	return len(form) - 1 - len(rest)
}
