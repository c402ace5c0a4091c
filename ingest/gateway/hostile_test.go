package gateway

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/floorwatch/floorwatch/schemas/datatest"
)

// reasons are all for which a body may be refused.
var reasons = append([]string{ReasonWrongAccount}, schemas.Reasons...)

// takes translates a body, and checks that there are events which the decoder takes, or a reason why not. It tells whether it was taken.
func takes(t *testing.T, adapter *Adapter, what string, body []byte) bool {
	t.Helper()
	got, err := adapter.Translate(Source{Company: "acme", Prefix: "p-"}, body, received)
	if err != nil {
		if !slices.Contains(reasons, reasonOf(err)) || !utf8.ValidString(err.Error()) || len(err.Error()) > 1000 || len(got.Events) > 0 {
			t.Errorf("%s: %.60q: %.300v, want a reason", adapter.Name, what, err)
		}
		return false
	}
	if len(got.Unknown) > maxLabel || got.Unknown != "" && len(got.Events) > 0 {
		t.Errorf("%s: %.60q: unknown %.300q with %d events", adapter.Name, what, got.Unknown, len(got.Events))
	}
	for i := range got.Events {
		e := &got.Events[i]
		encoded, err := schemas.EncodeEvent(e)
		if err != nil {
			t.Fatalf("%s: %.60q: %v", adapter.Name, what, err)
		}
		decoded, err := schemas.DecodeEvent(encoded)
		if err != nil {
			t.Fatalf("%s: %.60q: the decoder refuses %s: %v", adapter.Name, what, encoded, err)
		}
		if decoded.Company != "acme" || decoded.ID != e.ID || decoded.OccurredAt != e.OccurredAt || decoded.Status != e.Status || decoded.Conversation != e.Conversation {
			t.Errorf("%s: %.60q: %+v came back as %+v", adapter.Name, what, e, decoded)
		}
	}
	return true
}

// Files that are no JSON, or are and mean nothing, as a whole body and inside good ones.
func TestHostileJSON(t *testing.T) {
	suite := datatest.JSONTestSuite(t)
	for _, adapter := range Adapters {
		bodies := fixtures(t, adapter)
		for name, content := range suite {
			if takes(t, adapter, name, content) {
				t.Errorf("%s: %s is taken for a webhook", adapter.Name, name)
			}
			body := bodies[slices.Min(slices.Collect(maps.Keys(bodies)))]
			inside := append([]byte(`{"x_later":`+string(content)+","), bytes.TrimSpace(body)[1:]...)
			if taken := takes(t, adapter, name, inside); taken && name[0] == 'n' || !taken && name[0] == 'y' {
				t.Errorf("%s: %s inside a webhook: taken: %v", adapter.Name, name, taken)
			}
		}
	}
}

// Naughty strings and values of other types, in the place of every value of every fixture.
func TestHostileValues(t *testing.T) {
	naughty := datatest.NaughtyStrings(t)
	odd := []any{nil, true, false, 0, -1, 1e300, "", "0", "a\x00b", strings.Repeat("ä", 5000), []any{}, []any{nil, 1, "x", map[string]any{}}, map[string]any{}, map[string]any{"id": 1}}
	for _, adapter := range Adapters {
		taken, tried, next := 0, 0, 0
		bodies := fixtures(t, adapter)
		for _, name := range slices.Sorted(maps.Keys(bodies)) {
			body := bodies[name]
			var root any
			decoder := json.NewDecoder(bytes.NewReader(body))
			decoder.UseNumber()
			if err := decoder.Decode(&root); err != nil {
				t.Fatal(err)
			}
			eachValue(root, func(set func(any), was any) {
				values := []any{odd[next%len(odd)], naughty[next%len(naughty)]}
				next++
				for _, value := range values {
					set(value)
					changed, err := json.Marshal(root)
					if err != nil {
						t.Fatal(err)
					}
					tried++
					if takes(t, adapter, name, changed) {
						taken++
					}
				}
				set(was)
			})
		}
		if tried < 1_000 || taken < tried/2 || taken == tried {
			t.Errorf("%s: %d of %d taken: not what this test is for", adapter.Name, taken, tried)
		}
	}
}

// eachValue visits every value below a value, with a function that puts another in its place.
func eachValue(value any, visit func(set func(any), was any)) {
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			member := value[name]
			visit(func(other any) { value[name] = other }, member)
			eachValue(member, visit)
		}
	case []any:
		for i, item := range value {
			visit(func(other any) { value[i] = other }, item)
			eachValue(item, visit)
		}
	}
}

func fuzzAdapter(f *testing.F, adapter *Adapter) {
	for _, body := range fixtures(f, adapter) {
		f.Add(body)
	}
	v, r := vectorOf(f, adapter.Name)
	f.Fuzz(func(t *testing.T, body []byte) {
		takes(t, adapter, "fuzzed", body)
		_, err := adapter.Verify(r.header, body, []string{v.Secret}, v.At)
		if (err == nil) != bytes.Equal(body, r.body) {
			t.Fatalf("%q: %v", body, err)
		}
	})
}

func FuzzChatwoot(f *testing.F)  { fuzzAdapter(f, chatwoot) }
func FuzzZendesk(f *testing.F)   { fuzzAdapter(f, zendesk) }
func FuzzIntercom(f *testing.F)  { fuzzAdapter(f, intercom) }
func FuzzRespondIO(f *testing.F) { fuzzAdapter(f, respondIO) }
