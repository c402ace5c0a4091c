package main

import (
	"os"
	"strings"
	"testing"
)

// The README's queries are those that the service prints.
func TestReadmeQueries(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	want := "```\n" + strings.Join(sampleCommands(defaultConfig().ClickHouse), "\n") + "\n```\n<!-- end of queries -->"
	if !strings.Contains(string(text), want) {
		t.Errorf("README.md must have:\n%s", want)
	}
}

// Every direct dependency is in the table with its reason.
func TestDependenciesAreListed(t *testing.T) {
	module, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	direct := 0
	for line := range strings.Lines(string(module)) {
		fields := strings.Fields(line)
		if len(fields) != 2 || !strings.HasPrefix(fields[1], "v") {
			continue // no requirement, or an indirect one
		}
		direct++
		if !strings.Contains(string(page), fields[0]+" |") && !strings.Contains(string(page), fields[0]+",") {
			t.Errorf("docs/dependencies.md does not give a reason for %s", fields[0])
		}
	}
	if direct < 10 {
		t.Errorf("go.mod has %d direct requirements; is it read right?", direct)
	}
}
