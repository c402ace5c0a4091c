package producer

import (
	"slices"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/mask"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
)

// Where a conversation is called as its customer, the customer's id is nowhere, and all events of it are of one conversation.
func TestProtectContact(t *testing.T) {
	p := privacyOf(t, func(c *PrivacyConfig) {
		c.Companies = map[string]mask.PolicyConfig{"plain": {Customers: mask.CustomersPlain}}
	})
	key, err := p.keys.of("acme", clock)
	if err != nil {
		t.Fatal(err)
	}
	f := func(given, want schemas.Event) {
		t.Helper()
		if _, err := p.ProtectContact(&given, clock); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, given); diff != "" {
			t.Error(diff)
		}
	}
	contact := key.Customer("r-77")
	f(schemas.Event{Company: "acme", ID: "message/r-77/5", Conversation: "r-77", Customer: "r-77", MessageID: "5"},
		schemas.Event{Company: "acme", ID: key.ID("message/r-77/5"), Conversation: contact, Customer: contact, MessageID: "5"})
	f(schemas.Event{Company: "acme", ID: "opened/r-77", Conversation: "r-77"}, schemas.Event{Company: "acme", ID: key.ID("opened/r-77"), Conversation: contact})
	f(schemas.Event{Company: "plain", ID: "opened/r-77", Conversation: "r-77"}, schemas.Event{Company: "plain", ID: "opened/r-77", Conversation: "r-77"})
}

// What a producer calls its own keywords is masked, too, in a list of its own.
func TestGivenKeywordsAreMasked(t *testing.T) {
	p := privacyOf(t, func(*PrivacyConfig) {})
	given := []string{"vip", "4111 1111 1111 1111", "mail a@example.com"}
	e := schemas.Event{Type: schemas.TypeMessage, Company: "acme", Facts: &schemas.Facts{Keywords: given}}
	counts, err := p.Protect(&e, time.Now())
	if err != nil || !slices.Equal(e.Facts.Keywords, []string{"vip", "[card]", "mail [email]"}) || counts[mask.KindCard] != 1 || given[1] != "4111 1111 1111 1111" {
		t.Errorf("%v, %v, %v, %v", e.Facts.Keywords, counts, err, given)
	}
}
