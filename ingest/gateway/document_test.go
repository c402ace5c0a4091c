package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

// The document that is served is made of openapi.yaml and the schemas of events, and of nothing else.
func TestDocumentIsMade(t *testing.T) {
	made := bundled(t)
	if *update {
		if err := os.WriteFile("openapi.json", made, 0o644); err != nil {
			t.Fatal(err)
		}
		document = made
	}
	if diff := cmp.Diff(string(made), string(document)); diff != "" {
		t.Errorf("openapi.json is not what openapi.yaml and schemas/events say; run go test ./ingest/gateway -run TestDocument -update (-made +file):\n%s", diff)
	}
}

// The document is as OpenAPI 3.1 wants it, and each schema in it as JSON Schema does; references lead somewhere.
func TestDocumentIsValid(t *testing.T) {
	file, err := os.Open("testdata/openapi-3.1.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	official, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("openapi-3.1", official); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("openapi-3.1")
	if err != nil {
		t.Fatal(err)
	}
	c := contractOf(t)
	if err := compiled.Validate(c.root); err != nil {
		t.Errorf("openapi.json is no OpenAPI 3.1: %v", err)
	}
	for name := range c.at("components", "schemas").(map[string]any) {
		if c.schema("components", "schemas", name) == nil {
			t.Errorf("the schema %s cannot be used", name)
		}
	}
}

// bundled makes the document: names keep the order of openapi.yaml, and files that it refers to stand where it does.
func bundled(t *testing.T) []byte {
	t.Helper()
	root := parsed(t, "openapi.yaml")
	types := member(member(root, "components"), "schemas")
	for i := 0; i < len(types.Content); i += 2 {
		file := member(types.Content[i+1], "$ref")
		if file == nil || strings.HasPrefix(file.Value, "#") {
			continue
		}
		types.Content[i+1] = bundledEvent(parsed(t, path.Clean(file.Value)), types.Content[i].Value)
	}
	var plain, indented bytes.Buffer
	writeJSON(&plain, root)
	if err := json.Indent(&indented, plain.Bytes(), "", " "); err != nil {
		t.Fatal(err)
	}
	indented.WriteByte('\n')
	return indented.Bytes()
}

// bundledEvent is the schema of an event without what the gateway knows from elsewhere, and with references that hold where it stands.
func bundledEvent(schema *yaml.Node, name string) *yaml.Node {
	for _, dropped := range []string{"$schema", "$id", "examples"} {
		if i := slices.IndexFunc(schema.Content, func(n *yaml.Node) bool { return n.Value == dropped }); i >= 0 {
			schema.Content = slices.Delete(schema.Content, i, i+2)
		}
	}
	required := member(schema, "required")
	required.Content = slices.DeleteFunc(required.Content, func(n *yaml.Node) bool {
		return slices.Contains([]string{"company", "type", "event_id", "occurred_at"}, n.Value)
	})
	var visit func(*yaml.Node)
	visit = func(n *yaml.Node) {
		if target, ok := strings.CutPrefix(n.Value, "#/"); ok {
			n.Value = "#/components/schemas/" + name + "/" + target
		}
		for _, child := range n.Content {
			visit(child)
		}
	}
	visit(schema)
	return schema
}

// parsed reads a file of YAML, or of JSON, which is YAML.
func parsed(t *testing.T, file string) *yaml.Node {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return root.Content[0]
}

// member is the value of a name, nil if there is none.
func member(of *yaml.Node, name string) *yaml.Node {
	for i := 0; of.Kind == yaml.MappingNode && i < len(of.Content); i += 2 {
		if of.Content[i].Value == name {
			return of.Content[i+1]
		}
	}
	return nil
}

// writeJSON writes a node, names in their order and numbers as they are written.
func writeJSON(out *bytes.Buffer, n *yaml.Node) {
	text := func(value string) {
		quoted := json.NewEncoder(out)
		quoted.SetEscapeHTML(false)
		_ = quoted.Encode(value)
	}
	switch n.Kind {
	case yaml.AliasNode:
		writeJSON(out, n.Alias)
	case yaml.MappingNode:
		out.WriteByte('{')
		for i := 0; i < len(n.Content); i += 2 {
			if i > 0 {
				out.WriteByte(',')
			}
			text(n.Content[i].Value)
			out.WriteByte(':')
			writeJSON(out, n.Content[i+1])
		}
		out.WriteByte('}')
	case yaml.SequenceNode:
		out.WriteByte('[')
		for i, item := range n.Content {
			if i > 0 {
				out.WriteByte(',')
			}
			writeJSON(out, item)
		}
		out.WriteByte(']')
	default:
		if n.ShortTag() == "!!str" {
			text(n.Value)
		} else {
			out.WriteString(n.Value)
		}
	}
}

// The limits in the document are those of DefaultConfig.
func TestDocumentLimits(t *testing.T) {
	config, c := DefaultConfig(), contractOf(t)
	limits := config.Limits
	description := c.at("info", "description").(string)
	f := func(what string, value any) {
		t.Helper()
		if row := fmt.Sprintf("| %s | %v |\n", what, value); !strings.Contains(description, row) {
			t.Errorf("openapi.yaml has no row %q", row)
		}
	}
	f("bytes of a body as it is sent", limits.BodyBytes)
	f("bytes of a body without its compression", limits.UnpackedBytes)
	f("events in one request", limits.Events)
	f("bytes of an event", schemas.MaxEventBytes)
	f("bytes of all headers", limits.HeaderBytes)
	f("seconds until the headers are there", limits.HeaderTimeout.Seconds())
	f("seconds until the body is there", limits.BodyTimeout.Seconds())
	f("seconds until the log has the events", config.WaitTimeout.Seconds())
	f("events per second of one source", limits.EventsPerSecond)
	f("events at once of one source", limits.EventsAtOnce)
	f("requests at once", limits.Requests)
	f("connections at once", limits.Connections)
	f("minutes that a signature's time may be off", SignatureWindow.Minutes())
	content := c.at("components", "requestBodies", "Events", "content")
	arrays := 0
	eachMember(content, func(name string, value any) {
		if name == "maxItems" {
			if arrays++; fmt.Sprint(value) != fmt.Sprint(limits.Events) {
				t.Errorf("an array has at most %v events, want %d", value, limits.Events)
			}
		}
	})
	if at := c.at("servers").([]any)[0].(map[string]any)["url"]; arrays != 2 || at != "http://"+config.Listen {
		t.Errorf("%d arrays, the server is at %v", arrays, at)
	}
}
