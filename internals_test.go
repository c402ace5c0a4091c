package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
)

// pages gives the text of all pages of docs.
func pages(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{"docs/*.md", "docs/decisions/*.md", "docs/runbooks/*.md"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			texts[file] = string(text)
		}
	}
	if len(texts) < 30 {
		t.Fatalf("%d pages; are they found?", len(texts))
	}
	return texts
}

// Metrics that pages name are in the dictionary, with the endings that Prometheus gives them.
func TestPagesNameMetricsThatExist(t *testing.T) {
	known := map[string]bool{}
	for i := range schemas.Metrics {
		name := schemas.Metrics[i].PrometheusName()
		known[name] = true
		if schemas.Metrics[i].Kind == schemas.KindHistogram {
			for _, ending := range []string{"_bucket", "_sum", "_count"} {
				known[name+ending] = true
			}
		}
	}
	named := 0
	for file, text := range pages(t) {
		for _, name := range regexp.MustCompile(`floorwatch_[a-z_]+`).FindAllString(text, -1) {
			named++
			if !known[name] {
				t.Errorf("%s names %s, which is no metric", file, name)
			}
		}
	}
	if named < 50 {
		t.Errorf("the pages name %d metrics; are they found?", named)
	}
}

// Code that pages name as file.go:function exists.
func TestPagesNameCodeThatExists(t *testing.T) {
	named := 0
	for page, text := range pages(t) {
		for _, match := range regexp.MustCompile("`([a-z0-9_/]+\\.go):(\\w+)`").FindAllStringSubmatch(text, -1) {
			named++
			if !declares(t, match[1], match[2]) {
				t.Errorf("%s names %s, which %s does not have", page, match[2], match[1])
			}
		}
	}
	if named < 30 {
		t.Errorf("the pages name %d functions; are they found?", named)
	}
}

// declares tells whether a file has a function or method of that name.
func declares(t *testing.T, file, name string) bool {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Error(err)
		return true
	}
	for _, declaration := range parsed.Decls {
		if function, ok := declaration.(*ast.FuncDecl); ok && function.Name.Name == name {
			return true
		}
	}
	return false
}

// Links and images of pages lead to files, and to headings where they name one.
func TestLinksOfPagesLeadSomewhere(t *testing.T) {
	for page, text := range pages(t) {
		for _, match := range regexp.MustCompile(`\]\(([^)#]*)(?:#([^)]+))?\)`).FindAllStringSubmatch(text, -1) {
			file, heading := match[1], match[2]
			if strings.Contains(file, "://") {
				continue
			}
			target := page
			if file != "" {
				target = filepath.Join(filepath.Dir(page), file)
			}
			there, err := os.Stat(target)
			if err != nil {
				t.Errorf("%s: %v", page, err)
				continue
			}
			if heading == "" || there.IsDir() {
				continue
			}
			content, err := os.ReadFile(target)
			if err != nil {
				t.Fatal(err)
			}
			if !hasHeading(string(content), heading) {
				t.Errorf("%s leads to #%s, which %s does not have", page, heading, target)
			}
		}
	}
}

// hasHeading tells whether a page has a heading with that anchor.
func hasHeading(text, anchor string) bool {
	for line := range strings.Lines(text) {
		title := strings.TrimLeft(line, "#")
		if title == line {
			continue
		}
		title = regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(strings.TrimSpace(title)), "")
		if strings.ReplaceAll(title, " ", "-") == anchor {
			return true
		}
	}
	return false
}
