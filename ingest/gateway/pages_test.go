package gateway

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
)

// vocabulary is all that an event can tell: the names of its fields, and "name: value" for those that have a list of values.
func vocabulary(t *testing.T) []string {
	t.Helper()
	words := map[string]bool{}
	files, err := fs.Glob(schemas.EventSchemas(), "*.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := fs.ReadFile(schemas.EventSchemas(), file)
		if err != nil {
			t.Fatal(err)
		}
		var schema struct {
			Properties map[string]any `json:"properties"`
		}
		if err := json.Unmarshal(content, &schema); err != nil {
			t.Fatal(err)
		}
		for name := range schema.Properties {
			words[name] = true
		}
	}
	for name, values := range valuesOf {
		for _, value := range values {
			words[name+": "+value] = true
		}
	}
	return slices.Sorted(maps.Keys(words))
}

// valuesOf are the lists of values that a page tells one by one.
var valuesOf = map[string][]string{
	"type": schemas.EventTypes, "author_kind": schemas.AuthorKinds, "visibility": schemas.Visibilities, "kind": schemas.Kinds, "delivery": schemas.Deliveries,
	"origin": schemas.Origins, "channel": schemas.Channels, "status": schemas.Statuses, "owner_kind": schemas.OwnerKinds, "reason": schemas.CloseReasons,
	"action": slices.Concat(schemas.Actions, schemas.FloorActions), "presence": schemas.Presences, "entry": schemas.Entries, "rating": schemas.Ratings,
}

// told is what the fixtures of an adapter show that it can tell: yes by webhooks, poll if only a poller does.
func told(t *testing.T, adapter *Adapter) map[string]string {
	t.Helper()
	words := map[string]string{}
	for _, e := range polledEvents(t, adapter) {
		for word := range wordsOf(t, &e) {
			words[word] = "poll"
		}
	}
	for _, body := range fixtures(t, adapter) {
		got, err := adapter.Translate(sourceOf(adapter), body, received)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got.Events {
			for word := range wordsOf(t, &got.Events[i]) {
				words[word] = "yes"
			}
		}
	}
	return words
}

// polledEvents are those that a poller makes of an adapter's fixtures, each asked for by the end of its path, and later once more.
func polledEvents(t *testing.T, adapter *Adapter) []schemas.Event {
	t.Helper()
	if adapter.poll == nil {
		return nil
	}
	var events []schemas.Event
	errands := adapter.poll(sourceOf(adapter), accounts[adapter.Name]).errands
	for i, later := range []string{"", "", "", "", "_later"} {
		for _, e := range errands {
			_, path, _ := strings.Cut(e.path(), "/accounts/"+accounts[adapter.Name]+"/")
			file := filepath.Join("testdata", adapter.Name, "polled", strings.ReplaceAll(path, "/", "_"))
			body, err := os.ReadFile(file + later + ".json")
			if os.IsNotExist(err) {
				body, err = os.ReadFile(file + ".json") // it is as before
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := e.take(body, received+schemas.Instant(i))
			if err != nil {
				t.Fatal(err)
			}
			events = append(events, got.events...)
		}
	}
	return events
}

// wordsOf are the words of the vocabulary in an event.
func wordsOf(t *testing.T, e *schemas.Event) map[string]bool {
	t.Helper()
	encoded, err := schemas.EncodeEvent(e)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(encoded, &members); err != nil {
		t.Fatal(err)
	}
	words := map[string]bool{}
	for name, value := range defaults(members) {
		words[name] = true
		if text, ok := value.(string); ok && slices.Contains(valuesOf[name], text) {
			words[name+": "+text] = true
		}
	}
	return words
}

// defaults fills in what a message says by leaving it out.
func defaults(members map[string]any) map[string]any {
	if members["type"] != schemas.TypeMessage {
		return members
	}
	filled := map[string]any{"visibility": schemas.VisibilityPublic, "kind": schemas.KindText, "delivery": schemas.DeliverySent, "origin": schemas.OriginProduct}
	maps.Copy(filled, members)
	return filled
}

var code = regexp.MustCompile("`([^`]+)`")

// claimed is what the tables of a page say: each word of the vocabulary that stands in the first column, and the second: yes, poll or no.
func claimed(t *testing.T, page string) map[string]string {
	t.Helper()
	words := map[string]string{}
	for line := range strings.Lines(page) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) < 4 {
			continue
		}
		filled := strings.TrimSpace(cells[2])
		if filled != "yes" && filled != "poll" && filled != "no" {
			continue
		}
		for _, found := range code.FindAllStringSubmatch(cells[1], -1) {
			if _, twice := words[found[1]]; twice {
				t.Errorf("%s stands twice", found[1])
			}
			words[found[1]] = filled
		}
	}
	return words
}

// Every adapter has fixtures, a signed vector and a page whose tables say of each field and value whether it can be filled, as the
// fixtures show it.
func TestPages(t *testing.T) {
	all := vocabulary(t)
	for _, adapter := range Adapters {
		t.Run(adapter.Name, func(t *testing.T) {
			if AdapterNamed(adapter.Name) != adapter || adapter.Verify == nil {
				t.Error("it is not found by its name, or cannot verify")
			}
			if len(fixtures(t, adapter)) < 10 {
				t.Error("has fewer than ten fixtures")
			}
			vectorOf(t, adapter.Name)
			content, err := os.ReadFile(filepath.Join("..", "..", "docs", "vendors", adapter.Name+".md"))
			if err != nil {
				t.Fatal(err)
			}
			says, does := claimed(t, string(content)), told(t, adapter)
			for _, word := range all {
				filled, there := says[word]
				shown := cmp.Or(does[word], "no")
				switch {
				case !there:
					t.Errorf("the page does not say whether it fills `%s`; the fixtures say %s", word, shown)
				case filled != shown:
					t.Errorf("the page says %s of `%s`, the fixtures %s", filled, word, shown)
				}
			}
			for word := range says {
				if !slices.Contains(all, word) {
					t.Errorf("the page tells of `%s`, which no event has", word)
				}
			}
		})
	}
}

// Every folder of fixtures, vector and page belongs to an adapter.
func TestNothingLeftOver(t *testing.T) {
	f := func(pattern, suffix string, others ...string) {
		t.Helper()
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if len(paths) < len(Adapters) {
			t.Errorf("%s: %d, fewer than adapters", pattern, len(paths))
		}
		for _, path := range paths {
			if name := strings.TrimSuffix(filepath.Base(path), suffix); AdapterNamed(name) == nil && !slices.Contains(others, name) {
				t.Errorf("%s belongs to no adapter", path)
			}
		}
	}
	f("testdata/*", "", "vectors", "fuzz", "openapi-3.1.schema.json")
	f("testdata/vectors/*", ".json", "standard")
	f("../../docs/vendors/*", ".md", "README")
	files, err := filepath.Glob("testdata/*/*.events.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if _, err := os.Stat(strings.TrimSuffix(file, ".events.jsonl") + ".json"); err != nil {
			t.Error(fmt.Errorf("%s is of no fixture: %w", file, err))
		}
	}
}
