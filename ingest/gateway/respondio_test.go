package gateway

import "testing"

// A conversation at respond.io is called as its customer, so it gets a pseudonym; those of other vendors stay.
func TestConversationsByContact(t *testing.T) {
	b := newBench(t, nil)
	for _, adapter := range Adapters {
		v, good := vectorOf(t, adapter.Name)
		b.now, b.log.records = v.At, nil
		b.want(adapter.Name, b.post("acme-"+adapter.Name, good), 200, "")
		for _, e := range b.log.events(t) {
			if (e.Conversation == "pseudonym") != (adapter == respondIO) {
				t.Errorf("%s: conversation %q", adapter.Name, e.Conversation)
			}
		}
	}
}
