package gateway

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the events of testdata anew")

// received is when the webhooks of the fixtures came in.
var received = schemas.InstantOf(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC))

// accounts are those that the fixtures name.
var accounts = map[string]string{"chatwoot": "3", "zendesk": "22129848", "intercom": "l4e36xhv"}

func sourceOf(adapter *Adapter) Source {
	return Source{Company: "acme", Account: accounts[adapter.Name]}
}

// fixtures are the bodies of an adapter's fixtures, by name.
func fixtures(t testing.TB, adapter *Adapter) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", adapter.Name, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	bodies := map[string][]byte{}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		bodies[strings.TrimSuffix(filepath.Base(file), ".json")] = body
	}
	return bodies
}

// lines are events as testdata has them, one a line.
func lines(t testing.TB, events []schemas.Event) string {
	t.Helper()
	var text []byte
	var err error
	for i := range events {
		if text, err = schemas.AppendEvent(text, &events[i]); err != nil {
			t.Fatal(err)
		}
		text = append(text, '\n')
	}
	return string(text)
}

// Each body beside the events that it means. What is ignored and what is unknown is said by the names of the files.
func TestFixtures(t *testing.T) {
	for _, adapter := range Adapters {
		for name, body := range fixtures(t, adapter) {
			t.Run(adapter.Name+"/"+name, func(t *testing.T) {
				got, err := adapter.Translate(sourceOf(adapter), body, received)
				if err != nil {
					t.Fatal(err)
				}
				if ignored := strings.HasPrefix(name, "ignored_") || strings.HasPrefix(name, "unknown_"); ignored != (len(got.Events) == 0) {
					t.Errorf("%d events, but the name of the fixture says otherwise", len(got.Events))
				}
				if strings.HasPrefix(name, "unknown_") != (got.Unknown != "") {
					t.Errorf("unknown event type %q, but the name of the fixture says otherwise", got.Unknown)
				}
				golden(t, filepath.Join("testdata", adapter.Name, name+".events.jsonl"), lines(t, got.Events))
				ids := map[string]bool{}
				for i := range got.Events {
					id := got.Events[i].Key() + " " + got.Events[i].Scope() + " " + got.Events[i].ID
					if ids[id] {
						t.Errorf("two events are one to the fold: %s", id)
					}
					ids[id] = true
				}
			})
		}
	}
}

// golden compares with a file, or writes it. No events are no file.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if got == "" {
			return
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("not as in %s; if this is right, run go test ./ingest/gateway -run TestFixtures -update (-want +got):\n%s", file, diff)
	}
}

// The same webhook again, later and with other white space, is the same events. Those that have no time of their own keep their ids.
func TestRepeated(t *testing.T) {
	for _, adapter := range Adapters {
		for name, body := range fixtures(t, adapter) {
			var compact bytes.Buffer
			if err := json.Compact(&compact, body); err != nil {
				t.Fatal(err)
			}
			again := bytes.Replace(compact.Bytes(), []byte(`"delivery_attempts":1`), []byte(`"delivery_attempts":2`), 1)
			first, err := adapter.Translate(sourceOf(adapter), body, received)
			if err != nil {
				t.Fatal(err)
			}
			second, err := adapter.Translate(sourceOf(adapter), again, received+60_000)
			if err != nil {
				t.Fatal(err)
			}
			for i := range first.Events {
				if first.Events[i].OccurredAt == received {
					second.Events[i].OccurredAt = received
				}
			}
			if diff := cmp.Diff(first, second); diff != "" {
				t.Errorf("%s/%s: (-first +second)\n%s", adapter.Name, name, diff)
			}
		}
	}
}

// Events that mean different things have different ids, over all fixtures of a vendor.
func TestDifferentIDs(t *testing.T) {
	for _, adapter := range Adapters {
		seen := map[string]schemas.Event{}
		for name, body := range fixtures(t, adapter) {
			got, err := adapter.Translate(sourceOf(adapter), body, received)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range got.Events {
				other, again := seen[e.ID]
				if diff := cmp.Diff(other, e); again && diff != "" {
					t.Errorf("%s/%s: the id %s is another event's, too:\n%s", adapter.Name, name, e.ID, diff)
				}
				seen[e.ID] = e
			}
		}
	}
}

// Company and prefix are the credential's, whatever the body says; a body of another account is refused.
func TestSource(t *testing.T) {
	for _, adapter := range Adapters {
		for name, body := range fixtures(t, adapter) {
			var members map[string]any
			if err := json.Unmarshal(body, &members); err != nil {
				t.Fatal(err)
			}
			members["company"], members["source"], members["tenant_id"] = "globex", "other", "globex"
			claiming, err := json.Marshal(members)
			if err != nil {
				t.Fatal(err)
			}
			got, err := adapter.Translate(Source{Company: "acme", Prefix: "shop-"}, claiming, received)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range got.Events {
				if e.Company != "acme" {
					t.Errorf("%s/%s: company %q", adapter.Name, name, e.Company)
				}
				for _, id := range append([]string{e.Conversation, e.Agent, e.Team, e.Customer, e.Owner}, e.Teams...) {
					if id != "" && !strings.HasPrefix(id, "shop-") {
						t.Errorf("%s/%s: the id %s has no prefix: %+v", adapter.Name, name, id, e)
					}
				}
			}
			parsed, err := parse(body)
			if err != nil {
				t.Fatal(err)
			}
			_, err = adapter.Translate(Source{Company: "acme", Account: "999"}, body, received)
			if names := len(adapter.account) > 0 && parsed.text(adapter.account...) != ""; names != (reasonOf(err) == ReasonWrongAccount) {
				t.Errorf("%s/%s: a body of another account: %v", adapter.Name, name, err)
			}
		}
	}
}
