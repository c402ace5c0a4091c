package schemas

import (
	"fmt"
	"time"
)

// FutureTolerance is how far a producer's clock may run ahead of the log's.
const FutureTolerance = 5 * time.Minute

// BackfillHeader is the Kafka header of records that may be older than the horizon. Its value is "true".
const BackfillHeader = "floorwatch-backfill"

// Admit decides whether a decoded event may be used, from its record alone: its Kafka key, the time at which the log took it, and
// whether it carries the backfill header. occurred_at must lie in [append − horizon, append + 5 min]; the header lifts the lower
// limit. The error is a *Reject.
func (e *Event) Admit(key []byte, appended Instant, backfill bool, horizon time.Duration) error {
	if len(key) == 0 {
		return &Reject{ReasonMissingKey, "the record has no key; the key is kind/company/id, such as c/acme/42 for a conversation"}
	}
	if string(key) != e.Key() {
		return &Reject{ReasonWrongKey, "the record's key is not that of its body, kind/company/id with percent-escaped parts"}
	}
	earliest := appended - Instant(horizon.Milliseconds())
	switch {
	case e.OccurredAt > appended+Instant(FutureTolerance.Milliseconds()):
		return &Reject{ReasonOccurredInFuture, fmt.Sprintf("occurred_at is more than %v minutes ahead of when the event came; check the producer's clock", FutureTolerance.Minutes())}
	case e.OccurredAt < earliest && !backfill:
		return &Reject{ReasonOccurredTooEarly, fmt.Sprintf("occurred_at is more than %v hours before the event came; older events need the backfill header", horizon.Hours())}
	case e.OccurredAt < EarliestInstant:
		return &Reject{ReasonTimeOutOfRange, "occurred_at is before " + EarliestInstant.String()}
	}
	e.AppendedAt, e.Backfill = appended, backfill
	return nil
}
