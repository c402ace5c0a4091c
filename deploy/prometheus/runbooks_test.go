package prometheus

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// What runbooks ask Prometheus can be pasted: it is PromQL, and names what there is.
func TestRunbookQueries(t *testing.T) {
	var rules ruleFile
	text, err := fromRepository("deploy/prometheus/rules/recorded.yml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal([]byte(text), &rules); err != nil {
		t.Fatal(err)
	}
	recorded := map[string]bool{}
	for _, rule := range rules.Groups[0].Rules {
		recorded[rule.Record] = true
	}
	files, err := filepath.Glob("../../docs/runbooks/*.md")
	if err != nil || len(files) < 24 {
		t.Fatalf("%d runbooks, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range regexp.MustCompile("(?s)```promql\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
			for line := range strings.Lines(block[1]) {
				if _, err := read.ParseExpr(strings.TrimSpace(line)); err != nil {
					t.Errorf("%s: %s: %v", file, line, err)
				}
				for _, problem := range unknownNames(ruleText{Expr: regexp.MustCompile(`(floorwatch_\w+_seconds)_bucket`).ReplaceAllString(line, "$1")}, recorded) {
					t.Errorf("%s: %s", file, problem)
				}
			}
		}
		for _, link := range regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`).FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), link[1])); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}
