package schemas_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/floorwatch/floorwatch/aggregator/scenariotest"
	"github.com/floorwatch/floorwatch/ingest/simulate"
	"github.com/floorwatch/floorwatch/schemas"
)

// sameInBothForms checks that an event is the same event whether JSON or Protobuf brings it.
func sameInBothForms(t *testing.T, event schemas.Event) {
	t.Helper()
	text, err := schemas.EncodeEvent(&event)
	if err != nil {
		t.Fatal(err)
	}
	fromJSON, err := schemas.DecodeEvent(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	message, err := schemas.EncodeEventProtobuf(&event)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	fromProtobuf, err := schemas.DecodeEventProtobuf(message)
	fromJSON.ContentHash, fromProtobuf.ContentHash = 0, 0
	if diff := cmp.Diff(fromJSON, fromProtobuf); diff != "" || err != nil {
		t.Fatalf("%s: %v (-JSON +Protobuf)\n%s", text, err, diff)
	}
	if len(message) >= len(text) {
		t.Errorf("%s has %d bytes in Protobuf", text, len(message))
	}
}

func TestSimulatedEventsInBothForms(t *testing.T) {
	floor, err := simulate.New(simulate.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	from := schemas.InstantOf(time.Date(2025, 11, 18, 8, 0, 0, 0, time.UTC))
	types := map[string]int{}
	for _, event := range floor.Directory(from) {
		sameInBothForms(t, event)
		types[event.Type]++
	}
	for event := range floor.Events(from, from+2*3600*1000) {
		sameInBothForms(t, event)
		types[event.Type]++
	}
	if types[schemas.TypeMessage] < 500 || types[schemas.TypeStatus] < 500 || types[schemas.TypeAgent] == 0 || types[schemas.TypeDirectory] == 0 {
		t.Errorf("events: %v", types)
	}
}

// The events that chat platforms' webhooks become, and those of the scenarios.
func TestFixturesInBothForms(t *testing.T) {
	files, err := filepath.Glob("../ingest/gateway/testdata/*/*.events.jsonl")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(content) {
			event, err := schemas.DecodeEvent(bytes.TrimSpace(line))
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			sameInBothForms(t, event)
		}
	}
	for _, story := range scenariotest.Read(t, "../aggregator/testdata") {
		for i := range story.Steps {
			if event := story.Steps[i].Event; event != nil {
				sameInBothForms(t, *event)
			}
		}
	}
}
