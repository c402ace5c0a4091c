package mask

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func policyOf(t testing.TB, cfg PolicyConfig) *Policy {
	t.Helper()
	p, err := NewPolicy(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const raw = "my card 4111 1111 1111 1111, I CANCEL"

func TestPolicyText(t *testing.T) {
	key, err := ReadKey("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")
	if err != nil {
		t.Fatal(err)
	}
	f := func(mode, text string, key Key, want string, keywords []string, counts Counts) {
		t.Helper()
		p := policyOf(t, PolicyConfig{Text: mode, Keywords: []Keyword{{ID: "cancel", Words: []string{"cancel"}}, {ID: "cards", Words: []string{"4111", "card"}}}})
		stored, found, masked := p.Text(text, key)
		if stored != want {
			t.Errorf("%s: %q is stored as %q, want %q", mode, text, stored, want)
		}
		if diff := cmp.Diff(keywords, found); diff != "" {
			t.Errorf("%s: keywords of %q: %s", mode, text, diff)
		}
		if diff := cmp.Diff(counts, masked); diff != "" {
			t.Errorf("%s: counts of %q: %s", mode, text, diff)
		}
	}
	both, hash := []string{"cancel", "cards"}, key.Text(raw)
	f("", raw, Key{}, "my card [card], I CANCEL", both, Counts{"card": 1})
	f("masked", raw, key, "my card [card], I CANCEL", both, Counts{"card": 1})
	f("dropped", raw, key, "", both, nil)
	f("hashed", raw, key, hash, both, nil)
	f("hashed", raw, Key{}, "", both, nil)
	f("hashed", "", key, "", nil, nil)
	f("hashed", hash, key, hash, nil, nil)
	f("hashed", hash, Key{}, hash, nil, nil)
	f("masked", hash, key, hash, nil, nil)
	f("dropped", hash, key, "", nil, nil)
	f("masked", "[card] [email]", key, "[card] [email]", nil, nil) // a token is no word of the customer
	for _, almost := range []string{hash + " ", hash[:20] + "]", strings.Replace(hash, "[hash", "[hush", 1), "[hash:4111111111111111" + hash[22:], "[hash:]"} {
		f("hashed", almost, Key{}, "", nil, nil)
	}
	// Written down, so that a change is noticed.
	if want := "[hash:ldmlbjnbapfbpgaiebnibmeoimfdbkcg]"; hash != want {
		t.Errorf("hash %s, want %s", hash, want)
	}
}

// What was stored stays when it is stored again, here or where there is no key.
func TestPolicyIsIdempotent(t *testing.T) {
	key := NewKey()
	rapid.Check(t, func(t *rapid.T) {
		mode := rapid.SampledFrom([]string{TextMasked, TextDropped, TextHashed}).Draw(t, "mode")
		p, err := NewPolicy(PolicyConfig{Text: mode, Patterns: []Pattern{{Name: "contract", Expression: `C-\d{4}`}}})
		if err != nil {
			t.Fatal(err)
		}
		piece := rapid.SampledFrom([]string{"C-1234", "4111 1111 1111 1111", "john@example.com", " ", "tel 0171 2345678", "[card]", "[hash:abc]", "word", "é"})
		text := strings.Join(rapid.SliceOfN(piece, 0, 6).Draw(t, "text"), ", ")
		once, _, _ := p.Text(text, key)
		for _, k := range []Key{key, {}, NewKey()} {
			if again, _, counts := p.Text(once, k); again != once || counts != nil {
				t.Fatalf("%q is stored as %q, then as %q", text, once, again)
			}
		}
		if again := p.Guard(once); again != once {
			t.Fatalf("%q is stored as %q, guarded %q", text, once, again)
		}
		for _, secret := range []string{"4111", "john@", "2345678", "C-1234"} {
			if guarded := p.Guard(text); strings.Contains(once+guarded, secret) {
				t.Fatalf("%q: %q is left in %q and %q", text, secret, once, guarded)
			}
		}
	})
}

func TestPolicyIDs(t *testing.T) {
	key, asked := NewKey(), 0
	get := func() (Key, error) { asked++; return key, nil }
	f := func(p *Policy, customer bool, id, want string) {
		t.Helper()
		ask := p.ID
		if customer {
			ask = p.Customer
		}
		asked = 0
		got, counts, err := ask(id, get)
		if err != nil || got != want || (asked > 0) != (got != id) || counts != nil != (want == key.ID(id) && id != "") {
			t.Errorf("%q becomes %q, %v, %v, want %q; the key was asked for %d times", id, got, counts, err, want, asked)
		}
		if _, _, err := ask(id, func() (Key, error) { return Key{}, errors.New("no key") }); (err != nil) != (want != id) {
			t.Errorf("%q without a key: %v", id, err)
		}
	}
	hashed, plain := policyOf(t, PolicyConfig{}), policyOf(t, PolicyConfig{Customers: "plain"})
	f(hashed, true, "cust-7", key.Customer("cust-7"))
	f(hashed, true, "", "")
	f(plain, true, "cust-7", "cust-7")
	f(plain, true, "+49 171 2345678", key.ID("+49 171 2345678"))
	for _, id := range []string{"conv-1001", "1620", "1234567890", "01J9Z3K4M5N6P7Q8R9S0T1V2W3", "6113447c-f32e-39d0-6c14-7d8577daacac", ""} {
		f(hashed, false, id, id)
	}
	for _, id := range []string{"+491712345678", "john.doe@example.com", "whatsapp:+49 171 2345678", "chatwoot/message/%2B491712345678/1", "chatwoot/message/%2B49+171+2345678/1",
		"chatwoot/message/%2B11086952980/50620", "chatwoot/status/1620/tagged/1763803800250/4111+1111+1111+1111", "41111111-1111-1111-0000-000000000000"} {
		f(hashed, false, id, key.ID(id))
	}
	if key.ID("x") == key.Customer("x") {
		t.Error("an id and a customer have one pseudonym")
	}
}

func TestMaskIn(t *testing.T) {
	p := policyOf(t, PolicyConfig{Text: "dropped"})
	f := func(text string, limit int, want string, counts Counts) {
		t.Helper()
		if got := p.MaskIn(&text, limit); text != want || !cmp.Equal(counts, got) {
			t.Errorf("%q, %v, want %q, %v", text, got, want, counts)
		}
	}
	f("john@example.com", 10, "[email]", Counts{"email": 1})
	f("a@b.co", 6, "[email", Counts{"email": 1})
	f("billing", 6, "billing", nil) // what is not masked had its limit before
	f("", 6, "", nil)
	if got := Cut("aä", 2); got != "a" {
		t.Errorf("cut to %q", got)
	}
}

func TestPoliciesRefused(t *testing.T) {
	_, err := NewPolicies(PoliciesConfig{
		PolicyConfig: PolicyConfig{Text: "plain", Customers: "x", Locales: []string{"de", "xx", ""}, Patterns: []Pattern{{Name: "a", Expression: "("}}, Keywords: []Keyword{{ID: "a\n", Words: []string{"x"}}, {ID: ""}}},
		Companies:    map[string]PolicyConfig{"b": {Text: "no"}, "a": {Locales: []string{"zz"}}},
	})
	if err == nil {
		t.Fatal("accepted")
	}
	var got []string
	for line := range strings.SplitSeq(err.Error(), "\n") {
		key, _, _ := strings.Cut(line, ": ")
		got = append(got, key)
	}
	if diff := cmp.Diff([]string{"text", "customers", "locales[1]", "locales[2]", "patterns", "keywords", "keywords", "companies.a.locales[0]", "companies.b.text"}, got); diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// A company has what it says itself, and else what all have.
func TestPoliciesOfCompanies(t *testing.T) {
	p, err := NewPolicies(PoliciesConfig{
		PolicyConfig: PolicyConfig{Patterns: []Pattern{{Name: "contract", Expression: `C-\d+`}}, Customers: CustomersPlain},
		Companies: map[string]PolicyConfig{
			"dropping": {Text: "dropped"}, "own": {Patterns: []Pattern{{Name: "order", Expression: `O-\d+`}}, Customers: CustomersHashed}, "none": {Patterns: []Pattern{}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	f := func(p *Policies, company, want string, plain bool) {
		t.Helper()
		if got, _, _ := p.Of(company).Text("C-1 O-1", Key{}); got != want {
			t.Errorf("%s: %q, want %q", company, got, want)
		}
		if p.Of(company).plain != plain {
			t.Errorf("%s: customers are plain: %t", company, !plain)
		}
	}
	f(p, "any", "[contract] O-1", true)
	f(p, "dropping", "", true)
	f(p, "own", "C-1 [order]", false)
	f(p, "none", "C-1 O-1", true)
	f(nil, "any", "C-1 O-1", false)
}
