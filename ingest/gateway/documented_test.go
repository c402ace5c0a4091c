package gateway

import (
	"bufio"
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
)

// The examples of requests are taken, each whole, by the gateway and by the schemas.
func TestExamplesAreTaken(t *testing.T) {
	b, c := newBench(t, nil), contractOf(t)
	tried := 0
	place := []string{"paths", "/v1/events", "post", "requestBody", "content"}
	for contentType := range c.at(place...).(map[string]any) {
		for name, example := range c.examples(append(slices.Clone(place), contentType)...) {
			body := encoded(t, example)
			b.want(name+" as "+contentType, b.withKey(body, "Content-Type", contentType), 200, "")
			if err := c.checkBody("/v1/events", contentType, []byte(body)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			tried++
		}
		if contentType != "application/json" && contentType != schemas.StructuredContentType && contentType != batchedContentType && !lineTypes[contentType] {
			t.Errorf("%s is not read", contentType)
		}
	}
	for contentType := range lineTypes {
		if c.at(append(place, contentType)...) == nil {
			t.Errorf("the document does not name %s", contentType)
		}
	}
	for name, example := range c.examples("paths", "/v1/webhooks/{source}", "post", "requestBody", "content", "application/json") {
		body := encoded(t, example)
		got := b.send("/v1/webhooks/acme-"+name, body, chatwootSigned(t, body, b.now)...)
		if b.want(name, got, 200, ""); got.Accepted != 1 {
			t.Errorf("%s: %s", name, got.text)
		}
		tried++
	}
	if tried < 11 || len(b.log.records) < 15 {
		t.Errorf("%d examples, %d events", tried, len(b.log.records))
	}
}

// Each header that a signature needs is in the document, and so is each reason of the code.
func TestDocumentNamesAll(t *testing.T) {
	for name := range verifiers() {
		_, r := vectorOf(t, name)
		for header := range r.header {
			if told := strings.Contains(strings.ToLower(string(document)), `"name": "`+strings.ToLower(header)+`"`); !told && header != "X-Chatwoot-Delivery" { // that one is not signed
				t.Errorf("%s: the document does not name %s", name, header)
			}
		}
	}
	documented := map[string]bool{}
	eachMember(contractOf(t).root, func(name string, value any) {
		reasons, _ := value.([]any)
		for _, reason := range reasons {
			if text, ok := reason.(string); ok && name == "enum" {
				documented[text] = true
			}
		}
	})
	ours := constants(t)
	for _, reason := range schemas.Reasons {
		if !slices.Contains([]string{schemas.ReasonMissingKey, schemas.ReasonWrongKey, schemas.ReasonWrongPartition, schemas.ReasonNotProtobuf}, reason) { // of records only
			ours = append(ours, reason)
		}
	}
	for _, reason := range ours {
		if !documented[reason] {
			t.Errorf("the document does not name the reason %s", reason)
		}
	}
	if len(ours) < 35 {
		t.Errorf("only %d reasons are found in the code", len(ours))
	}
}

// constants are the values of this package's constants whose names begin with Reason.
func constants(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if ok && strings.HasPrefix(spec.Names[0].Name, "Reason") && len(spec.Values) == 1 {
				if literal, ok := spec.Values[0].(*ast.BasicLit); ok {
					value, err := strconv.Unquote(literal.Value)
					if err != nil {
						t.Fatal(err)
					}
					values = append(values, value)
				}
			}
			return true
		})
	}
	return values
}

// What the document says of requests that never come to the gateway: they are answered in plain text.
func TestHeadersThatAreTooLarge(t *testing.T) {
	b := newBench(t, nil)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.gateway.Serve(ctx, listener) }()
	defer func() {
		if stop(); <-ended != nil {
			t.Error("the gateway did not stop")
		}
	}()
	f := func(request string, status int, contentType string) {
		t.Helper()
		connection, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		if _, err := io.WriteString(connection, request); err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if got := response.Header.Get("Content-Type"); response.StatusCode != status || !strings.HasPrefix(got, contentType) {
			t.Errorf("%.40q: %d %s, want %d %s", request, response.StatusCode, got, status, contentType)
		}
	}
	f("POST /v1/events HTTP/1.1\r\nHost: x\r\nX-Padding: "+strings.Repeat("x", b.config.Limits.HeaderBytes+8<<10)+"\r\n\r\n", 431, "text/plain")
	f("hello\r\n\r\n", 400, "text/plain")
	f("GET "+documentPath+" HTTP/1.1\r\nHost: x\r\n\r\n", 200, "application/json")
}
