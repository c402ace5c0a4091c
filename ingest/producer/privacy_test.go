package producer

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/floorwatch/floorwatch/mask"
	"github.com/floorwatch/floorwatch/schemas"
)

func privacyOf(t testing.TB, change func(*PrivacyConfig)) *Privacy {
	t.Helper()
	cfg := DefaultPrivacy()
	cfg.KeysDir = t.TempDir()
	if change != nil {
		change(&cfg)
	}
	p, err := NewPrivacy(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func protect(t testing.TB, p *Privacy, e schemas.Event) schemas.Event {
	t.Helper()
	if _, err := p.Protect(&e, clock); err != nil {
		t.Fatal(err)
	}
	return e
}

// written is all that Kafka gets of an event, if it is one that the decoder takes.
func written(t testing.TB, e schemas.Event) string {
	t.Helper()
	value, err := schemas.EncodeEvent(&e)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := schemas.DecodeEvent(value); err != nil {
		t.Fatalf("%s: %v", value, err)
	}
	plain := strings.ReplaceAll(string(value), "+", " ") // as adapters write spaces in ids
	return e.Key() + " " + string(value) + " " + plain
}

// canary is personal data that nobody else has, and what must be seen of it nowhere.
func canary(random *rand.Rand) (text, secret string) {
	switch random.IntN(4) {
	case 0:
		digits := []byte(fmt.Sprintf("4%014d", random.Int64N(1e14)))
		sum := 0
		for i, d := range digits {
			n := int(d - '0')
			if i%2 == 0 {
				n = n*2%10 + n*2/10
			}
			sum += n
		}
		card := fmt.Sprintf("%s%d", digits, (10-sum%10)%10)
		return card[:4] + " " + card[4:8] + " " + card[8:12] + " " + card[12:], card[4:8] + " " + card[8:12]
	case 1:
		name := fmt.Sprintf("canary%08d", random.IntN(1e8))
		return name + "@example.com", name
	case 2:
		number := fmt.Sprintf("%07d", random.IntN(1e7))
		return "+49 171 " + number, number
	default:
		number := fmt.Sprintf("1%09d", random.IntN(1e9))
		return "+1" + number, number
	}
}

// each is an event of each kind in which people write, with a secret wherever they could have written it.
func each(secret string) []schemas.Event {
	message := schemas.Event{
		Type: schemas.TypeMessage, ID: "chatwoot/message/" + url.QueryEscape(secret) + "/1", Conversation: secret, MessageID: "m " + secret, Customer: secret, Direction: schemas.DirectionIn,
		AuthorKind: schemas.AuthorCustomer, Text: "I am " + secret + ", call me", Facts: &schemas.Facts{AITurn: schemas.AITurn{Intent: "call " + secret, Flow: secret, Unsafe: schemas.UnsafeSent, UnsafeCategory: secret}},
	}
	status := func(status string, change func(*schemas.Event)) schemas.Event {
		e := schemas.Event{Type: schemas.TypeStatus, ID: status, Conversation: secret, Status: status, Facts: &schemas.Facts{}}
		change(&e)
		return e
	}
	score := 5.0
	events := []schemas.Event{
		message,
		status(schemas.StatusTagged, func(e *schemas.Event) { e.Tag = "of " + secret }),
		status(schemas.StatusUntagged, func(e *schemas.Event) { e.Tag = "of " + secret }),
		status(schemas.StatusHandedOff, func(e *schemas.Event) { e.Reason = "wants " + secret }),
		status(schemas.StatusDeclined, func(e *schemas.Event) { e.Reason, e.Agent = secret, "a1" }),
		status(schemas.StatusEscalated, func(e *schemas.Event) { e.Reason, e.Facts.Tier = secret, "2 "+secret }),
		status(schemas.StatusNoted, func(e *schemas.Event) { e.Text = "call " + secret }),
		status(schemas.StatusTierChanged, func(e *schemas.Event) { e.Facts.Tier = secret }),
		status(schemas.StatusAIFlowPaused, func(e *schemas.Event) { e.Facts.Flow = secret }),
		status(schemas.StatusRated, func(e *schemas.Event) {
			e.Facts.Rating, e.Facts.Score, e.MessageID = schemas.RatingCSAT, &score, secret
		}),
		status(schemas.StatusQAScored, func(e *schemas.Event) {
			e.Facts.Dimension, e.Facts.Score, e.Facts.Rater, e.Facts.RaterKind = "about "+secret, &score, "a1", schemas.OwnerHuman
		}),
		{Type: schemas.TypeAgent, ID: "1", Agent: "a1", Action: schemas.ActionStatusChanged, Presence: schemas.PresenceCustom, Label: "with " + secret},
		{Type: schemas.TypeAgent, ID: "2", Agent: "a1", Action: schemas.ActionTyping, Conversation: secret},
		{Type: schemas.TypeDirectory, ID: "3", Entry: schemas.EntryCustomer, Customer: secret, Name: "Mr " + secret, Facts: &schemas.Facts{Tier: secret}},
		{Type: schemas.TypeCompany, ID: "4", Action: schemas.ActionAnnotation, Label: "told " + secret},
	}
	for i := range events {
		events[i].SchemaVersion, events[i].Company, events[i].OccurredAt = schemas.SchemaVersion, "acme", schemas.InstantOf(clock)
	}
	return events
}

// Of a thousand secrets in each place in which somebody could have written them, Kafka sees nothing: neither in keys nor in values.
func TestCanaries(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, mode := range []string{mask.TextMasked, mask.TextDropped, mask.TextHashed} {
		for _, customers := range []string{mask.CustomersHashed, mask.CustomersPlain} {
			p := privacyOf(t, func(c *PrivacyConfig) { c.Text, c.Customers = mode, customers })
			for range 200 {
				text, secret := canary(random)
				conversations := map[string]bool{}
				for _, e := range each(text) {
					if !strings.Contains(written(t, e), secret) {
						t.Fatalf("the secret %s is not in %+v", secret, e)
					}
					after := protect(t, p, e)
					if kafka := written(t, after); strings.Contains(kafka, secret) || strings.Contains(kafka, text) {
						t.Fatalf("%s, %s: the secret %s is left in %s", mode, customers, text, kafka)
					}
					if again := protect(t, p, after); written(t, again) != written(t, after) && customers == mask.CustomersPlain {
						t.Fatalf("%s becomes %s when it is protected again", written(t, after), written(t, again))
					}
					if e.Conversation != "" {
						conversations[after.Conversation] = true
					}
				}
				if len(conversations) != 1 {
					t.Fatalf("a conversation has become %d", len(conversations))
				}
			}
		}
	}
}

func TestProtect(t *testing.T) {
	p := privacyOf(t, func(c *PrivacyConfig) {
		c.Keywords = []mask.Keyword{{ID: "cancel", Words: []string{"cancel"}}, {ID: "competitor", Words: []string{"Globex"}}}
		c.Companies = map[string]mask.PolicyConfig{"plain": {Customers: mask.CustomersPlain}}
	})
	key, err := p.keys.of("acme", clock)
	if err != nil {
		t.Fatal(err)
	}
	score := 0.5
	given := schemas.Facts{Keywords: []string{"vip", "cancel"}, Sentiment: &score}
	e := schemas.Event{
		Type: schemas.TypeMessage, ID: "e1", Company: "acme", Conversation: "c1", MessageID: "m1", Customer: "cust-7", Agent: "0171 2345678", Team: "john@example.com", Owner: "john@example.com",
		Queue: "+49 171 2345678", Device: "john@example.com", Text: "Cancel! Globex is cheaper. 0171 2345678, tel 0171 2345679", TextLength: 56, Facts: &given,
	}
	counts, err := p.Protect(&e, clock)
	if err != nil {
		t.Fatal(err)
	}
	want := schemas.Event{
		Type: schemas.TypeMessage, ID: "e1", Company: "acme", Conversation: "c1", MessageID: "m1", Customer: key.Customer("cust-7"), Agent: "0171 2345678", Team: "john@example.com", Owner: "john@example.com",
		Queue: "+49 171 2345678", Device: "john@example.com", Text: "Cancel! Globex is cheaper. [phone], tel [phone]", TextLength: 56,
		Facts: &schemas.Facts{Keywords: []string{"cancel", "competitor", "vip"}, Sentiment: &score},
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(mask.Counts{"phone": 2}, counts); diff != "" {
		t.Error(diff)
	}
	if !slices.Equal(given.Keywords, []string{"vip", "cancel"}) {
		t.Error("the facts that the event shares were changed")
	}
	if got := protect(t, p, schemas.Event{Type: schemas.TypeMessage, Company: "plain", Customer: "cust-7"}); got.Customer != "cust-7" || got.Facts != nil {
		t.Errorf("a company with plain customers has %+v", got)
	}
}

// Whatever an event has, it can be written and read after it.
func TestProtectedEventsFit(t *testing.T) {
	var words []mask.Keyword
	for i := range 100 {
		words = append(words, mask.Keyword{ID: fmt.Sprintf("k%03d", i), Words: []string{fmt.Sprintf("word%c%c", 'a'+i/10, 'a'+i%10)}})
	}
	p := privacyOf(t, func(c *PrivacyConfig) { c.Keywords = words })
	text := ""
	for i := range 100 {
		text += words[i].Words[0] + " "
	}
	e := each("x")[0]
	e.Text = text + strings.Repeat("é a@b.co ", 720)
	if e.Text = e.Text[:min(len(e.Text), schemas.MaxTextBytes)]; !utf8.ValidString(e.Text) {
		t.Fatal("the test cuts a character")
	}
	e.Facts.UnsafeCategory = strings.Repeat("a@b.co ", schemas.MaxIDBytes/7)
	after := protect(t, p, e)
	written(t, after)
	if len(after.Facts.Keywords) != schemas.MaxItems || after.Facts.Keywords[0] != "k000" || !slices.IsSorted(after.Facts.Keywords) {
		t.Errorf("%d keywords: %v", len(after.Facts.Keywords), after.Facts.Keywords)
	}
	if len(after.Text) > schemas.MaxTextBytes || len(after.Text) < schemas.MaxTextBytes-100 || strings.Contains(after.Text, "@") {
		t.Errorf("a text of %d bytes", len(after.Text))
	}
}

// Without the key nothing is sent that needs it, and what does not need it is not held up.
func TestProtectWithoutKey(t *testing.T) {
	p := privacyOf(t, func(c *PrivacyConfig) {
		c.KeysDir += "/file/keys"
		c.Companies = map[string]mask.PolicyConfig{"hashed": {Text: mask.TextHashed}}
	})
	if err := os.WriteFile(strings.TrimSuffix(p.keys.directory, "/keys"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(e schemas.Event, fails bool) {
		t.Helper()
		if _, err := p.Protect(&e, clock); (err != nil) != fails || err != nil && !strings.HasPrefix(err.Error(), "protect event: read key of company ") {
			t.Errorf("%+v: %v", e, err)
		}
	}
	f(schemas.Event{Company: "acme", Conversation: "c1", Text: "john@example.com"}, false)
	f(schemas.Event{Company: "acme", Customer: "k"}, true)
	f(schemas.Event{Company: "acme", Conversation: "john@example.com"}, true)
	f(schemas.Event{Company: "hashed", Text: "hello"}, true)
	f(schemas.Event{Company: "hashed"}, false)
}

func TestPrivacyRefused(t *testing.T) {
	err := PrivacyConfig{PoliciesConfig: mask.PoliciesConfig{PolicyConfig: mask.PolicyConfig{Text: "x", Customers: "y"}}}.Validate()
	if err == nil || strings.Count(err.Error(), "\n") != 2 || !strings.Contains(err.Error(), "keys_dir: is empty") {
		t.Errorf("error %v", err)
	}
	if err := DefaultPrivacy().Validate(); err != nil {
		t.Error(err)
	}
}

// Lines are protected before they go to Kafka. Customers stay, as the lines may have pseudonyms, unless they are personal data.
func TestLinesAreProtected(t *testing.T) {
	f := func(options LinesOptions, want ...string) {
		t.Helper()
		cluster := newCluster(t)
		options.Now = at(now)
		input := line("1", "text", "card 4111 1111 1111 1111", "customer_id", "k7", "conversation_id", "c") + "\n" +
			line("2", "customer_id", "+49 171 2345678", "conversation_id", "+49 171 2345678", "text", "x")
		if _, err := open(t, cluster, nil).Lines(t.Context(), strings.NewReader(input), options, nil); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, record := range read(t, cluster, 2) {
			e, err := schemas.DecodeEvent(record.Value)
			if err != nil || string(record.Key) != e.Key() {
				t.Errorf("key %s, event %s: %v", record.Key, record.Value, err)
			}
			got = append(got, strings.Join([]string{e.ID, e.Conversation, e.Customer, e.Text, fmt.Sprint(e.TextLength)}, "|"))
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	p := privacyOf(t, nil)
	key, err := p.keys.of("acme", now.Time())
	if err != nil {
		t.Fatal(err)
	}
	phone := "+49 171 2345678"
	f(LinesOptions{Privacy: p}, "1|c|k7|card [card]|24", "2|"+key.ID(phone)+"|"+key.ID(phone)+"|x|1")
	f(LinesOptions{Privacy: p, HashCustomers: true}, "1|c|"+key.Customer("k7")+"|card [card]|24", "2|"+key.ID(phone)+"|"+key.Customer(phone)+"|x|1")
	f(LinesOptions{}, "1|c|k7||24", "2|"+phone+"|"+phone+"||1")
}

func BenchmarkProtect(b *testing.B) {
	p := privacyOf(b, nil)
	for name, text := range map[string]string{"no text": "", "100 characters": strings.Repeat("Hello, where is my parcel? It was sent on Monday. ", 2), "personal": "I am john@example.com, 4111 1111 1111 1111, tel 0171 2345678"} {
		e := schemas.Event{Type: schemas.TypeMessage, ID: "chatwoot/message/1620/50620", Company: "acme", Conversation: "1620", MessageID: "50620", Customer: "77", Text: text}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e := e
				if _, err := p.Protect(&e, clock); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
