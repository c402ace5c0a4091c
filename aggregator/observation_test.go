package aggregator

import (
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
)

// That a message failed counts once, whoever tells it and how often. Telling it again under another event id is a duplicate.
func TestFailuresCountOnce(t *testing.T) {
	failed := func(id string, message schemas.Event) schemas.Event {
		e := statusAt(id, schemas.StatusDeliveryUpdated, "2026-03-04T10:05:00Z")
		e.MessageID, e.Delivery = message.MessageID, schemas.DeliveryFailed
		return e
	}
	out, in := messageAt("m1", schemas.AuthorHuman, "2026-03-04T10:00:00Z"), messageAt("m2", schemas.AuthorCustomer, "2026-03-04T10:01:00Z")
	bounced := out
	bounced.Delivery = schemas.DeliveryFailed
	delivered := failed("s1", out)
	delivered.Delivery = schemas.DeliveryDelivered
	f := func(name string, want, wantDuplicates int, events ...schemas.Event) {
		t.Helper()
		state, got, duplicates := New(DefaultSettings()), 0, 0
		for i := range events {
			events[i].Place(int64(i), events[i].AppendedAt)
			outcome := state.Apply(&events[i])
			for _, o := range outcome.Observations {
				if o.Metric == schemas.MetricFailedMessages {
					got++
				}
			}
			if outcome.Duplicate {
				duplicates++
			}
		}
		if got != want || duplicates != wantDuplicates {
			t.Errorf("%s: %d failed, %d duplicates, want %d and %d", name, got, duplicates, want, wantDuplicates)
		}
	}
	f("once", 1, 0, out, failed("s2", out))
	f("twice", 1, 1, out, failed("s2", out), failed("s3", out))
	f("before its message", 1, 0, failed("s2", out), out)
	f("before it and behind it", 1, 1, failed("s2", out), out, failed("s3", out))
	f("by itself", 1, 0, bounced)
	f("by itself and then", 1, 0, bounced, failed("s2", out))
	f("delivered first", 1, 0, out, delivered, failed("s2", out))
	f("of a customer", 0, 0, in, failed("s2", in))
}
