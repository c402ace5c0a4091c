package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// contract is the document as something to hold requests and answers against.
type contract struct {
	root     any
	compiler *jsonschema.Compiler

	mutex    sync.Mutex
	compiled map[string]*jsonschema.Schema
}

// open is what an answer may have members beside: in the document none is closed, so that later versions may add some; ours has no others.
var open = []string{"Problem", "Verdicts", "Verdict"}

var loadContract = sync.OnceValues(func() (*contract, error) {
	root, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return nil, err
	}
	c := &contract{root: root, compiler: jsonschema.NewCompiler(), compiled: map[string]*jsonschema.Schema{}}
	for _, name := range open {
		c.at("components", "schemas", name).(map[string]any)["additionalProperties"] = false
	}
	c.compiler.DefaultDraft(jsonschema.Draft2020)
	c.compiler.AssertFormat()
	return c, c.compiler.AddResource("openapi.json", root)
})

func contractOf(t testing.TB) *contract {
	t.Helper()
	c, err := loadContract()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// at is the value at a path, through references, nil if there is none.
func (c *contract) at(path ...string) any {
	path = c.resolve(path)
	value := valueAt(c.root, path)
	if target, ok := c.target(value); ok {
		return c.at(target...)
	}
	return value
}

// resolve follows the references on the way, but not one at its end.
func (c *contract) resolve(path []string) []string {
	var resolved []string
	for _, name := range path {
		if target, ok := c.target(valueAt(c.root, resolved)); ok {
			resolved = target
		}
		resolved = append(resolved, name)
	}
	return resolved
}

func valueAt(value any, path []string) any {
	for _, name := range path {
		members, _ := value.(map[string]any)
		value = members[name]
	}
	return value
}

// target is where a reference leads.
func (c *contract) target(value any) ([]string, bool) {
	members, _ := value.(map[string]any)
	reference, ok := members["$ref"].(string)
	return pathOf(reference), ok
}

func pathOf(pointer string) []string {
	var path []string
	for name := range strings.SplitSeq(strings.TrimPrefix(pointer, "#/"), "/") {
		path = append(path, strings.NewReplacer("~1", "/", "~0", "~").Replace(name))
	}
	return path
}

// schema is that at a path, nil if it is none.
func (c *contract) schema(path ...string) *jsonschema.Schema {
	pointer := "openapi.json#"
	for _, name := range c.resolve(path) {
		pointer += "/" + strings.NewReplacer("~", "~0", "/", "~1", "+", "%2B", "{", "%7B", "}", "%7D").Replace(name)
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.compiled[pointer] == nil {
		compiled, err := c.compiler.Compile(pointer)
		if err != nil {
			return nil
		}
		c.compiled[pointer] = compiled
	}
	return c.compiled[pointer]
}

// template is the path of the document that an address belongs to, "" if there is none.
func template(address string) string {
	switch {
	case address == "/v1/events", address == documentPath:
		return address
	case strings.HasPrefix(address, "/v1/events/"):
		return "/v1/events/{source}"
	case strings.HasPrefix(address, "/v1/webhooks/"):
		return "/v1/webhooks/{source}"
	default:
		return ""
	}
}

// checkAnswer tells how an answer differs from what the document says about it. Other methods than POST are answered as POST says.
func (c *contract) checkAnswer(r *http.Request, status int, header http.Header, body []byte) error {
	path, method := template(r.URL.Path), "post"
	if path == documentPath {
		method = "get"
	}
	if path == "" {
		path = "/v1/events/{source}" // nothing is there, which is told in the same way
	}
	response, ok := c.at("paths", path, method, "responses", fmt.Sprint(status)).(map[string]any)
	if !ok {
		return fmt.Errorf("%s %s is answered with %d, of which the document knows nothing", method, path, status)
	}
	headers, _ := response["headers"].(map[string]any)
	for name := range headers {
		if header.Get(name) == "" {
			return fmt.Errorf("%s %s: %d comes without %s", method, path, status, name)
		}
	}
	for _, name := range []string{"Retry-After", "WWW-Authenticate", "Allow"} {
		if _, told := headers[name]; !told && header.Get(name) != "" {
			return fmt.Errorf("%s %s: %d comes with %s, of which the document knows nothing", method, path, status, name)
		}
	}
	schema := c.schema("paths", path, method, "responses", fmt.Sprint(status), "content", header.Get("Content-Type"), "schema")
	if schema == nil {
		return fmt.Errorf("%s %s: %d has content of type %q, of which the document knows nothing", method, path, status, header.Get("Content-Type"))
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	if err := schema.Validate(value); err != nil {
		return fmt.Errorf("%s %s: %d is not as the document says: %w", method, path, status, err)
	}
	return nil
}

// checkBody tells how the body of a request differs from what the document says about it.
func (c *contract) checkBody(path, contentType string, body []byte) error {
	place := []string{"paths", template(path), "post", "requestBody", "content", contentType, "schema"}
	schema := c.schema(place...)
	if schema == nil {
		return fmt.Errorf("the document knows no content of type %q at %s", contentType, path)
	}
	if strings.HasSuffix(contentType, "json") && !lineTypes[contentType] {
		return validate(schema, body)
	}
	for line := range bytes.Lines(body) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			if err := validate(c.schema("components", "schemas", "Event"), line); err != nil {
				return err
			}
		}
	}
	return nil
}

func validate(schema *jsonschema.Schema, text []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// eachMember visits all members of all objects below a value.
func eachMember(value any, visit func(name string, value any)) {
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			visit(name, member)
			eachMember(member, visit)
		}
	case []any:
		for _, item := range value {
			eachMember(item, visit)
		}
	}
}

// examples are those at a path, by name.
func (c *contract) examples(path ...string) map[string]any {
	values := map[string]any{}
	examples, _ := c.at(append(slices.Clone(path), "examples")...).(map[string]any)
	for name, example := range examples {
		values[name] = example.(map[string]any)["value"]
	}
	return values
}

// encoded writes an example as a sender would.
func encoded(t *testing.T, example any) string {
	t.Helper()
	if text, ok := example.(string); ok {
		return text
	}
	text, err := json.Marshal(example)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
