//go:build embedded

package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"
)

// The quick start of the gateway's page does what it says, line by line, and the gateway serves its document.
func TestGatewayQuickStart(t *testing.T) {
	p := newProcess(t, "")
	p.start()
	lines := strings.Split(strings.TrimSpace(blocks(t, gatewayPage, "## Quick start", "sh")[0]), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines, want 3", len(lines))
	}
	paste := func(line string) string {
		command := exec.Command("sh", "-c", strings.NewReplacer("127.0.0.1:8090", p.gateway, "127.0.0.1:8123", p.clickhouse).Replace(line))
		command.Dir = p.dir
		out, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	if got, want := paste(lines[0]), `{"accepted":1,"rejected":0,"events":[{"status":"accepted","event_id":"e-1"}]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for i, want := range []string{"demo\t1\t1", "e-1\tMy card is [card]"} {
		p.until(want, func() (bool, string) {
			got := paste(lines[i+1])
			return got == want, got
		})
	}
	response, err := http.Get("http://" + p.gateway + "/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	var document struct{ OpenAPI string }
	if err != nil || json.Unmarshal(text, &document) != nil || document.OpenAPI != "3.1.0" {
		t.Errorf("%v: the document begins with %.80s", err, text)
	}
}
