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
