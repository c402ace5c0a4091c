package stream

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/ingest/simulate"
	"github.com/floorwatch/floorwatch/schemas"
)

// form writes an event as some producers do.
type form func(t *testing.T, e *schemas.Event) (value []byte, headers []kgo.RecordHeader)

var contentType = kgo.RecordHeader{Key: "content-type", Value: []byte("application/protobuf")}

func inJSON(t *testing.T, e *schemas.Event) ([]byte, []kgo.RecordHeader) {
	value, err := schemas.EncodeEvent(e)
	if err != nil {
		t.Fatal(err)
	}
	return value, nil
}

func inProtobuf(t *testing.T, e *schemas.Event) ([]byte, []kgo.RecordHeader) {
	value, err := schemas.EncodeEventProtobuf(e)
	if err != nil {
		t.Fatal(err)
	}
	return value, []kgo.RecordHeader{contentType}
}

func inFrame(t *testing.T, e *schemas.Event) ([]byte, []kgo.RecordHeader) {
	value, _ := inProtobuf(t, e)
	return append(schemas.AppendFrame(nil, 7), value...), nil
}

func inCloudEvent(t *testing.T, e *schemas.Event) ([]byte, []kgo.RecordHeader) {
	value, _ := inProtobuf(t, e)
	headers := []kgo.RecordHeader{contentType}
	for name, text := range map[string]string{"specversion": "1.0", "id": e.ID, "source": "/chat", "type": "floorwatch." + e.Type, "time": e.OccurredAt.String()} {
		headers = append(headers, kgo.RecordHeader{Key: "ce_" + name, Value: []byte(text)})
	}
	return value, headers
}

// A topic whose records are of all forms gives the same events and the same rows as one of JSON alone. What differs is the hash of an
// event's bytes, which decides between two bodies of one event.
func TestMixedForms(t *testing.T) {
	floor, err := simulate.New(simulate.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	from := schemas.InstantOf(time.Date(2025, 11, 18, 8, 0, 0, 0, time.UTC))
	var events []schemas.Event
	events = append(events, floor.Directory(from)...)
	for event := range floor.Events(from, from+3*3600*1000) {
		events = append(events, event)
	}
	plain := readForms(t, events, inJSON)
	mixed := readForms(t, events, inJSON, inProtobuf, inFrame, inJSON, inCloudEvent)
	if len(plain) < 1000 || len(plain) != len(events) {
		t.Fatalf("%d events of %d", len(plain), len(events))
	}
	for i := range plain {
		plain[i].ContentHash, mixed[i].ContentHash = 0, 0
	}
	if diff := cmp.Diff(plain, mixed); diff != "" {
		t.Fatalf("events (-JSON +mixed):\n%.2000s", diff)
	}
	if diff := cmp.Diff(rowsOf(plain), rowsOf(mixed), inAnyOrder); diff != "" {
		t.Errorf("rows (-JSON +mixed):\n%.2000s", diff)
	}
}

// readForms writes each event in the next of the forms, at the time at which it happened, and reads the topic.
func readForms(t *testing.T, events []schemas.Event, forms ...form) []schemas.Event {
	t.Helper()
	b := newBroker(t, 1, appendTime())
	var records []*kgo.Record
	for i := range events {
		e := &events[i]
		value, headers := forms[i%len(forms)](t, e)
		records = append(records, &kgo.Record{Key: []byte(e.Key()), Value: value, Headers: headers, Timestamp: e.OccurredAt.Time()})
	}
	b.produce(records...)
	batch := poll(t, b.open(), len(records))[0]
	for _, reject := range batch.Rejects {
		t.Fatalf("%s: %s: %q", reject.Reason, reject.Detail, records[reject.Offset].Value)
	}
	return batch.Events
}

// inAnyOrder compares the rows of each table as a set.
var inAnyOrder = cmpopts.SortSlices(func(a, b any) bool { return text(a) < text(b) })

func text(row any) string {
	value, err := json.Marshal(row)
	if err != nil {
		panic(err)
	}
	return string(value)
}

func rowsOf(events []schemas.Event) schemas.Rows {
	state := aggregator.New(aggregator.DefaultSettings())
	for i := range events {
		state.Apply(&events[i])
	}
	return state.Rows()
}

// A Protobuf record that is broken is a reject, bytes and headers kept, and those around it are read.
func TestBrokenProtobuf(t *testing.T) {
	b := newBroker(t, 1, appendTime())
	b.cfg.KeepRejects = true
	now := time.Now().Truncate(time.Millisecond)
	good := turn("m1", now)
	event, err := schemas.DecodeEvent(good.Value)
	if err != nil {
		t.Fatal(err)
	}
	value, headers := inProtobuf(t, &event)
	cut := value[:len(value)-1]
	b.produce(good, &kgo.Record{Key: good.Key, Value: cut, Headers: headers, Timestamp: now}, &kgo.Record{Key: good.Key, Value: value, Headers: headers, Timestamp: now})
	batch := poll(t, b.open(), 3)[0]
	if len(batch.Events) != 2 || len(batch.Rejects) != 1 {
		t.Fatalf("%d events, %d rejects", len(batch.Events), len(batch.Rejects))
	}
	reject := batch.Rejects[0]
	if reject.Offset != 1 || reject.Reason != schemas.ReasonNotProtobuf || !bytes.Equal(reject.Record.Value, cut) || len(reject.Record.Headers) != 1 {
		t.Errorf("%+v", reject)
	}
}
