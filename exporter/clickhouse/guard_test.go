package clickhouse

import (
	"fmt"
	"strings"
	"testing"

	"github.com/floorwatch/floorwatch/mask"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
)

const secret = "4111 1111 1111 1111"

// unmasked are events of producers that write to Kafka directly, and a reject with a detail that it should not have.
func unmasked() *schemas.Rows {
	return &schemas.Rows{
		Events: []schemas.EventRow{
			{Event: schemas.Event{Type: schemas.TypeMessage, Company: "acme", Text: "card " + secret, TextLength: 24, Facts: &schemas.Facts{AITurn: schemas.AITurn{Intent: secret, Flow: secret, UnsafeCategory: secret}}}},
			{Event: schemas.Event{Type: schemas.TypeMessage, Company: "dropping", Text: "card " + secret, TextLength: 24}},
			{Event: schemas.Event{Type: schemas.TypeMessage, Company: "hashing", Text: "card " + secret, TextLength: 24}},
			{Event: schemas.Event{Type: schemas.TypeMessage, Company: "hashing", Text: "[hash:abcdefghijklmnopabcdefghijklmnop]", TextLength: 24}},
			{Event: schemas.Event{Type: schemas.TypeStatus, Status: schemas.StatusTagged, Company: "dropping", Tag: secret}},
			{Event: schemas.Event{Type: schemas.TypeStatus, Status: schemas.StatusHandedOff, Company: "acme", Reason: secret}},
			{Event: schemas.Event{Type: schemas.TypeCompany, Action: schemas.ActionAnnotation, Company: "acme", Label: secret + " C-12"}},
		},
		Rejects: []schemas.RejectRow{{Detail: "card " + secret}},
	}
}

func guarding(t testing.TB) *Store {
	t.Helper()
	return &Store{cfg: Config{Policies: somePolicies(t)}}
}

func somePolicies(t testing.TB) *mask.Policies {
	t.Helper()
	policies, err := mask.NewPolicies(mask.PoliciesConfig{
		PolicyConfig: mask.PolicyConfig{Patterns: []mask.Pattern{{Name: "contract", Expression: `C-\d\d`}}},
		Companies:    map[string]mask.PolicyConfig{"dropping": {Text: mask.TextDropped}, "hashing": {Text: mask.TextHashed}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return policies
}

func TestGuard(t *testing.T) {
	rows := unmasked()
	for range 2 { // rows are written again after a failure
		guarding(t).guard(rows)
		var got []string
		for _, row := range rows.Events {
			got = append(got, strings.Trim(strings.Join([]string{row.Text, row.Tag, row.Reason, row.Label, facts(&row).Intent, facts(&row).Flow, facts(&row).UnsafeCategory}, "|"), "|"))
		}
		got = append(got, rows.Rejects[0].Detail)
		want := []string{"card [card]||||[card]|[card]|[card]", "", "", "[hash:abcdefghijklmnopabcdefghijklmnop]", "[card]", "[card]", "[card] [contract]", "card [card]"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	if n := rows.Events[1].TextLength; n != 24 {
		t.Errorf("the length of a dropped text is %d", n)
	}
	(&Store{}).guard(rows) // without policies
	rows = unmasked()
	if (&Store{}).guard(rows); rows.Events[0].Text != "card [card]" {
		t.Errorf("without policies %q is written", rows.Events[0].Text)
	}
}

// An event without text costs next to nothing.
func TestGuardAllocatesNothing(t *testing.T) {
	store := guarding(t)
	rows := &schemas.Rows{Events: make([]schemas.EventRow, 100)}
	for i := range rows.Events {
		rows.Events[i].Event = schemas.Event{Type: schemas.TypeMessage, Company: "acme", Conversation: "c1", Facts: &schemas.Facts{}}
	}
	if n := testing.AllocsPerRun(10, func() { store.guard(rows) }); n > 0 {
		t.Errorf("100 events without text cost %v allocations", n)
	}
}

func BenchmarkGuard(b *testing.B) {
	store := guarding(b)
	plain := strings.Repeat("Hello, where is my parcel? It was sent on Monday. ", 2)
	for name, event := range map[string]schemas.Event{
		"without text": {Type: schemas.TypeMessage}, "tag": {Type: schemas.TypeStatus, Status: schemas.StatusTagged, Tag: "billing"}, "100 characters": {Text: plain},
		"100 characters with numbers": {Text: "Order 4711-0815 of 2026-11-20, 49.90 EUR, [card] and [phone]: where is it? " + plain[:30]},
	} {
		b.Run(name, func(b *testing.B) {
			const events = 1000
			rows := &schemas.Rows{Events: make([]schemas.EventRow, events)}
			for i := range rows.Events {
				rows.Events[i].Event = event
				rows.Events[i].Company = fmt.Sprint("company", i%3)
			}
			b.ReportAllocs()
			for b.Loop() {
				store.guard(rows)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/events, "ns/event")
		})
	}
}
