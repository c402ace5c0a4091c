package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/ingest/gateway"
	"github.com/floorwatch/floorwatch/ingest/producer"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
)

const gatewayPage = "docs/gateway.md"

// The commands of the page make keys and secrets that the configuration of the page can be opened with.
func TestGatewayPageSources(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("openssl is not installed")
	}
	dir := t.TempDir()
	command := exec.Command("sh", "-e", "-c", blocks(t, gatewayPage, "## Sources", "sh")[0])
	command.Dir = dir
	if out, err := command.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%v: %s", err, out)
	}
	cfg, err := load(t, strings.ReplaceAll(blocks(t, gatewayPage, "## Sources", "yaml")[0], "/etc/floorwatch", dir))
	if err != nil {
		t.Fatal(err)
	}
	privacy, err := producer.NewPrivacy(cfg.Masking)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gateway.New(cfg.Gateway, gateway.Parts{Privacy: privacy, Meter: newExporter(), Clock: time.Now, Logger: zerolog.Nop()}); err != nil {
		t.Error(err)
	}
	if files, err := filepath.Glob(dir + "/*"); err != nil || len(files) != 4 || len(cfg.Gateway.Sources) != 3 {
		t.Errorf("%v, %v, %d sources", files, err, len(cfg.Gateway.Sources))
	}
}

// The page tells of each status and reason of the OpenAPI document, and of each metric of the gateway.
func TestGatewayPageIsWhole(t *testing.T) {
	page, err := os.ReadFile(gatewayPage)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("ingest/gateway/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	type part struct {
		Properties struct {
			Status struct{ Const int }
			Reason struct{ Enum []string }
		}
	}
	var document struct {
		Components struct {
			Responses map[string]struct {
				Content map[string]struct{ Schema struct{ AllOf []part } }
			}
		}
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	reasons := 0
	for name, response := range document.Components.Responses {
		for _, p := range response.Content["application/problem+json"].Schema.AllOf {
			for _, reason := range p.Properties.Reason.Enum {
				reasons++
				row := rowOf(string(page), p.Properties.Status.Const)
				if !strings.Contains(row, "`"+reason+"`") {
					t.Errorf("%s: the row of %d does not name %s: %s", name, p.Properties.Status.Const, reason, row)
				}
			}
		}
	}
	metrics := 0
	for i := range schemas.Metrics {
		if m := &schemas.Metrics[i]; strings.HasPrefix(m.Key, "gateway_") {
			metrics++
			if !strings.Contains(string(page), "`"+m.PrometheusName()+"`") {
				t.Errorf("the page does not name %s", m.PrometheusName())
			}
		}
	}
	if reasons < 35 || metrics < 7 {
		t.Errorf("%d reasons, %d metrics", reasons, metrics)
	}
}

// rowOf is the row of the page's table that a status stands in.
func rowOf(page string, status int) string {
	for line := range strings.Lines(page) {
		first, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " |")
		for each := range strings.SplitSeq(first, ", ") {
			if strings.HasPrefix(line, "| ") && each == strconv.Itoa(status) {
				return line
			}
		}
	}
	return ""
}

// The README sends the same event as the page.
func TestReadmeSendsOverHTTP(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	curl, _, _ := strings.Cut(blocks(t, gatewayPage, "## Quick start", "sh")[0], "\n")
	if !strings.Contains(string(text), "\n```\n"+curl+"\n```\n") {
		t.Errorf("README.md must have:\n%s", curl)
	}
}
