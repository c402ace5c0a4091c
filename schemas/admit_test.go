package schemas

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAdmit(t *testing.T) {
	const horizon = 72 * time.Hour
	const key = "c/acme/c1"
	occurred := InstantOf(time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC))
	later := func(d time.Duration) Instant { return occurred + Instant(d.Milliseconds()) }
	f := func(key string, appended Instant, backfill bool, want string) {
		t.Helper()
		event := Event{Type: TypeMessage, Company: "acme", Conversation: "c1", OccurredAt: occurred}
		before := event
		err := event.Admit([]byte(key), appended, backfill, horizon)
		if want == "" {
			before.AppendedAt, before.Backfill = appended, backfill
			if diff := cmp.Diff(before, event); err != nil || diff != "" {
				t.Errorf("%q, %s, %t: %v (-want +got)\n%s", key, appended, backfill, err, diff)
			}
			return
		}
		var reject *Reject
		if !errors.As(err, &reject) || reject.Reason != want || reject.Detail == "" {
			t.Errorf("%q, %s, %t: %v, want %s", key, appended, backfill, err, want)
		}
		if diff := cmp.Diff(before, event); diff != "" {
			t.Errorf("%q, %s, %t: a refused event was changed:\n%s", key, appended, backfill, diff)
		}
	}
	f(key, occurred, false, "")
	f(key, occurred, true, "")
	f("", occurred, false, ReasonMissingKey)
	f("c1", occurred, false, ReasonWrongKey)
	f("c/acme/c2", occurred, false, ReasonWrongKey)
	f("c/Acme/c1", occurred, false, ReasonWrongKey)
	f("a/acme/c1", occurred, false, ReasonWrongKey)
	f("c/acme/c1/", occurred, false, ReasonWrongKey)
	f("c/acme/c1\n", occurred, false, ReasonWrongKey)
	f("c/acme/%63%31", occurred, false, ReasonWrongKey) // escaped without need
	f("\xff", occurred, false, ReasonWrongKey)

	f(key, later(-FutureTolerance), false, "")
	f(key, later(-FutureTolerance)-1, false, ReasonOccurredInFuture)
	f(key, later(-FutureTolerance)-1, true, ReasonOccurredInFuture)
	f(key, later(-100*365*24*time.Hour), false, ReasonOccurredInFuture)
	f(key, 0, true, ReasonOccurredInFuture)
	f(key, later(horizon), false, "")
	f(key, later(horizon)+1, false, ReasonOccurredTooEarly)
	f(key, later(horizon)+1, true, "")
	f(key, later(100*365*24*time.Hour), true, "")

	// What is wrong with the key comes first: the record may be another's.
	f("", later(-time.Hour), false, ReasonMissingKey)
	f("x", later(-time.Hour), false, ReasonWrongKey)

	occurred = EarliestInstant
	f(key, later(horizon)+1, true, "")
	occurred--
	f(key, later(horizon)+1, true, ReasonTimeOutOfRange)
	f(key, later(horizon)+1, false, ReasonOccurredTooEarly)
	f(key, later(0), false, ReasonTimeOutOfRange)
	occurred = earliest
	f(key, later(100*365*24*time.Hour), true, ReasonTimeOutOfRange)
}

// A nil key and an empty one are the same: there is none.
func TestAdmitNilKey(t *testing.T) {
	err := (&Event{}).Admit(nil, 0, false, time.Hour)
	var reject *Reject
	if !errors.As(err, &reject) || reject.Reason != ReasonMissingKey {
		t.Errorf("%v", err)
	}
}

// The detail tells the limit in force, and neither the key nor the body.
func TestAdmitDetail(t *testing.T) {
	const canary = "Zq7canary"
	appended := InstantOf(time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC))
	f := func(key string, occurred, appended Instant, want string) {
		t.Helper()
		event := Event{Type: TypeMessage, ID: canary, Company: canary, Conversation: canary, OccurredAt: occurred}
		err := event.Admit([]byte(key), appended, false, 36*time.Hour)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), canary) {
			t.Errorf("%v, want %q and not %q", err, want, canary)
		}
	}
	right := MakeKey(KeyConversation, canary, canary)
	f("", appended, appended, "c/acme/42")
	f(canary, appended, appended, "kind/company/id")
	f(right, appended-36*60*60*1000-1, appended, "more than 36 hours before")
	f(right, appended+5*60*1000+1, appended, "more than 5 minutes ahead")
	f(right, EarliestInstant-1, EarliestInstant, "2000-01-01T00:00:00.000Z")
}
