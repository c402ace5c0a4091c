package stream

import (
	"fmt"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/mask"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/twmb/franz-go/pkg/kgo"
)

// The fold's stream gives no texts away, and masks what becomes rows and state; the archive's gives all as its producer wrote it, for the
// store masks it.
func TestTexts(t *testing.T) {
	b := newBroker(t, 1, appendTime())
	now := time.Now()
	record := func(rest string) *kgo.Record {
		value := fmt.Sprintf(`{"event_id":"e","company":"acme","conversation_id":"c1","occurred_at":%q,%s}`, now.UTC().Format(time.RFC3339Nano), rest)
		return &kgo.Record{Key: []byte("c/acme/c1"), Value: []byte(value), Timestamp: now}
	}
	records := []*kgo.Record{
		record(`"type":"message","message_id":"m1","direction":"in","author_kind":"customer","text":"call C-12, john@example.com"`),
		record(`"type":"status","status":"tagged","tag":"of C-12, john@example.com"`),
	}
	b.produce(records...)
	policies, err := mask.NewPolicies(mask.PoliciesConfig{PolicyConfig: mask.PolicyConfig{Patterns: []mask.Pattern{{Name: "contract", Expression: `C-\d\d`}}}})
	if err != nil {
		t.Fatal(err)
	}
	f := func(change func(*Config), text, tag string) {
		t.Helper()
		b.cfg.Policies, b.cfg.KeepTexts = nil, false
		change(&b.cfg)
		events := poll(t, b.open(), 2)[0].Events
		if events[0].Text != text || events[0].TextLength != 27 || events[1].Tag != tag {
			t.Errorf("text %q of length %d, tag %q, want %q and %q", events[0].Text, events[0].TextLength, events[1].Tag, text, tag)
		}
		for _, e := range events {
			if e.ContentHash != schemas.Hash(records[e.Offset].Value) {
				t.Errorf("the content hash of offset %d is not that of its bytes", e.Offset)
			}
		}
	}
	const raw = "john@example.com"
	f(func(*Config) {}, "", "of C-12, [email]")
	f(func(c *Config) { c.Policies = policies }, "", "of [contract], [email]")
	f(func(c *Config) { c.Policies, c.KeepTexts = policies, true }, "call C-12, "+raw, "of C-12, "+raw)
}
