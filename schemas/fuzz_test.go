package schemas

import (
	"errors"
	"slices"
	"testing"
	"unicode/utf8"
)

// FuzzDecodeEvent: whatever the bytes are, there is an event that can be written and read again, or a reason why not. The schemas are
// never stricter than the decoder.
func FuzzDecodeEvent(f *testing.F) {
	for _, eventType := range EventTypes {
		for _, example := range schemasOf(f)[eventType].Examples {
			f.Add(example.bytes())
		}
	}
	f.Add([]byte(`{"type":"status","Type":"status","x":[{"y":1e999}],"s":"\ud83d\ude00\\ud800"}`))
	f.Fuzz(func(t *testing.T, value []byte) {
		event, err := DecodeEvent(value)
		if err != nil {
			var reject *Reject
			if !errors.As(err, &reject) || !slices.Contains(Reasons, reject.Reason) || reject.Detail == "" || !utf8.ValidString(reject.Detail) {
				t.Fatalf("%q: %v, want a reject", value, err)
			}
			return
		}
		roundTrip(t, event)
		if err := schemaError(t, value); err != nil {
			t.Fatalf("%q is an event, but no schema takes it: %v", value, err)
		}
	})
}

// Both forms of the same events, read.
func BenchmarkDecodeEvent(b *testing.B) {
	for _, eventType := range EventTypes {
		value := schemasOf(b)[eventType].Examples[0].bytes()
		event, err := DecodeEvent(value)
		if err != nil {
			b.Fatal(err)
		}
		message, err := EncodeEventProtobuf(&event)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(eventType+"/json", func(b *testing.B) { benchmarkDecode(b, value, DecodeEvent) })
		b.Run(eventType+"/protobuf", func(b *testing.B) { benchmarkDecode(b, message, DecodeEventProtobuf) })
	}
}

func benchmarkDecode(b *testing.B, value []byte, decode func([]byte) (Event, error)) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode(value); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(value)), "B/event")
}
