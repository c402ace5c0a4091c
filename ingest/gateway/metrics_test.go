package gateway

import (
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/mask"
	"github.com/floorwatch/floorwatch/schemas"
)

// masking protects as if there were always a card.
type masking struct{}

func (masking) Protect(*schemas.Event, time.Time) (mask.Counts, error) {
	return mask.Counts{mask.KindCard: 1}, nil
}

func (m masking) ProtectContact(e *schemas.Event, now time.Time) (mask.Counts, error) {
	return m.Protect(e, now)
}

// Every metric of the gateway in the dictionary is counted when what it means happens, and with as many labels as it has there.
func TestEveryMetricIsCounted(t *testing.T) {
	b := newBench(t, nil)
	b.gateway.privacy = masking{}
	b.send("/v1/events/desk", "["+message("e1")+",17]", signed(aSecret, "m1", "["+message("e1")+",17]", b.now)...)
	b.send("/v1/events/desk", "["+message("e1")+",17]", signed(aSecret, "m1", "["+message("e1")+",17]", b.now)...)
	b.send("/v1/events", message("e1"))
	b.unknownWebhook()
	polled := pollMeter{b.meter}
	polled.Polled(desk, PollOK)
	polled.UnknownPresence(desk, 1)
	counted := map[string]int{}
	for key, n := range b.meter.counts {
		if n > 0 {
			name, labels, _ := strings.Cut(key, " ")
			counted[name] = len(strings.Fields(labels))
		}
	}
	for _, m := range schemas.Metrics {
		if labels, ok := counted[m.Key]; strings.HasPrefix(m.Key, "gateway_") && (!ok || labels != len(m.Labels)) {
			t.Errorf("%s is not counted, or not by %v; counted: %v", m.Key, m.Labels, b.meter.counts)
		}
	}
}
