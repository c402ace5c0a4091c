package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	maxFileLines     = 300
	maxFunctionLines = 70
	module           = "github.com/floorwatch/floorwatch/"
)

// rule says what a folder's packages may import beside their own folder.
type rule struct {
	project []string // folders of this project
	foreign []string // modules of others
	banned  []string // standard packages that are not allowed, with what is below them; nil: all are
	only    []string // standard packages that are allowed, no others; nil: those that are not banned
	calls   []string // "package.Function" that must not be called, whatever name the package is imported under
}

// The stages never meet: only pipeline joins them, through ports, and the root wires.
var rules = map[string]rule{
	"schemas":                    {banned: []string{"net", "os", "log"}, calls: []string{"time.Now"}},
	"schemas/datatest":           {},
	"mask":                       {banned: []string{"net", "os", "log"}, calls: []string{"time.Now"}},
	"aggregator":                 {project: []string{"schemas"}, only: []string{"cmp", "crypto/sha256", "encoding/binary", "errors", "fmt", "maps", "slices", "strconv", "strings", "time"}, calls: []string{"time.Now", "time.Since", "time.After", "time.NewTicker", "time.Sleep"}},
	"aggregator/scenariotest":    {project: []string{"schemas"}},
	"ingest/stream":              {project: []string{"schemas", "mask", "ingest/producer"}, foreign: []string{"github.com/twmb/franz-go", "github.com/rs/zerolog", "github.com/prometheus/client_golang"}},
	"ingest/producer":            {project: []string{"schemas", "mask"}, foreign: []string{"github.com/twmb/franz-go", "github.com/rs/zerolog", "github.com/prometheus/client_golang"}},
	"ingest/gateway":             {project: []string{"schemas", "mask", "ingest/producer"}, foreign: []string{"github.com/rs/zerolog", "github.com/klauspost/compress", "golang.org/x/time", "golang.org/x/net"}, calls: []string{"time.Now", "time.Since"}},
	"ingest/history":             {project: []string{"schemas", "ingest/gateway"}, banned: []string{"net", "os", "log", "sync"}, calls: []string{"time.Now", "time.Since"}}, // a row becomes the webhook that would have told it
	"ingest/simulate":            {project: []string{"schemas"}, banned: []string{"net", "os", "log", "context", "sync"}, calls: []string{"time.Now", "time.Since"}},
	"exporter/clickhouse":        {project: []string{"schemas", "mask"}, foreign: []string{"github.com/ClickHouse/clickhouse-go/v2", "golang.org/x/sync", "github.com/rs/zerolog", "github.com/prometheus/client_golang"}, calls: []string{"time.Now"}},
	"exporter/prometheus":        {project: []string{"schemas", "mask"}, foreign: []string{"github.com/prometheus/client_golang", "github.com/rs/zerolog"}, calls: []string{"time.Now"}},
	"pipeline":                   {project: []string{"schemas", "aggregator"}, foreign: []string{"github.com/rs/zerolog"}, calls: []string{"time.Now", "time.Since"}},
	"docs/examples":              {},
	"grafana":                    {project: []string{"schemas"}},
	"deploy/prometheus":          {},
	"deploy/alertmanager":        {},
	"deploy/embedded":            {foreign: []string{"github.com/twmb/franz-go", "github.com/ClickHouse/ch-go", "github.com/ebitengine/purego", "github.com/rs/zerolog", "github.com/klauspost/compress", "github.com/andybalholm/brotli", "github.com/google/uuid"}},
	"deploy/embedded/enginetest": {project: []string{"deploy/embedded"}},
	".": {project: []string{"schemas", "mask", "aggregator", "pipeline", "ingest/stream", "ingest/producer", "ingest/gateway", "ingest/history", "ingest/simulate", "exporter/clickhouse", "exporter/prometheus", "deploy/embedded", "grafana"},
		foreign: []string{"github.com/rs/zerolog", "go.yaml.in/yaml/v4", "golang.org/x/sync", "golang.org/x/term", "github.com/schollz/progressbar/v3", "github.com/rivo/uniseg"}},
}

func TestArchitecture(t *testing.T) {
	if problems := inspect(os.DirFS("."), rules); len(problems) > 0 {
		t.Errorf("the structure is broken:\n%s", strings.Join(problems, "\n"))
	}
}

// The check itself, on a made-up tree in which everything is wrong once.
func TestArchitectureCheckFails(t *testing.T) {
	long := "package aggregator\n\nfunc long() {\n" + strings.Repeat("\tprintln()\n", maxFunctionLines) + "}\n"
	tree := map[string]string{
		"aggregator/clock.go":      "// Package aggregator is a core.\npackage aggregator\n\nimport (\n\t\"context\"\n\t\"time\"\n\n\t\"" + module + "pipeline\"\n)\n\nvar _ = time.Now\nvar _ context.Context\n",
		"aggregator/long.go":       long,
		"aggregator/lengthy.go":    "package aggregator\n" + strings.Repeat("\n", maxFileLines),
		"exporter/clickhouse/a.go": "package clickhouse\n\nimport _ \"" + module + "ingest/stream\"\nimport _ \"github.com/other/library\"\n",
		"aggregator/hidden.go":     "package aggregator\n\nimport (\n\t\"os/exec\"\n\tt \"time\"\n)\n\nvar _ = t.Now\nvar _ exec.Cmd\n",
		"schemas/mail.go":          "// Package schemas is words.\npackage schemas\n\nimport (\n\t_ \"net/smtp\"\n\t_ \"net/url\"\n)\n",
		"utils/a.go":               "// Package utils is one of those.\npackage utils\n",
	}
	want := []string{
		"aggregator/clock.go: imports context", "aggregator/clock.go: imports pipeline", "aggregator/clock.go: uses time.Now",
		"aggregator/long.go: function long has 72 lines, at most 70", "aggregator/lengthy.go: has 301 lines, at most 300",
		"exporter/clickhouse/a.go: imports ingest/stream", "exporter/clickhouse/a.go: imports github.com/other/library",
		"aggregator/hidden.go: imports os/exec", "aggregator/hidden.go: uses time.Now", "schemas/mail.go: imports net/smtp",
		"exporter/clickhouse: no package comment", "utils: no rule says what it may import",
	}
	problems := inspect(mapFS(t, tree), rules)
	for _, w := range want {
		if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, w) }) {
			t.Errorf("not noticed: %s; noticed:\n%s", w, strings.Join(problems, "\n"))
		}
	}
	if len(problems) != len(want) {
		t.Errorf("noticed %d problems, want %d:\n%s", len(problems), len(want), strings.Join(problems, "\n"))
	}
}

func mapFS(t *testing.T, tree map[string]string) fs.FS {
	dir := t.TempDir()
	for name, text := range tree {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return os.DirFS(dir)
}

// inspect parses every Go file of the tree that is no test and tells what breaks a rule.
func inspect(tree fs.FS, rules map[string]rule) []string {
	var problems []string
	documented := map[string]bool{}
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || entry.Name() == "data") {
			return fs.SkipDir
		}
		if entry.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, text, parser.ParseComments)
		if err != nil {
			return err
		}
		folder := path.Dir(name)
		documented[folder] = documented[folder] || file.Doc != nil && strings.Contains(file.Doc.Text(), " ")
		rule, known := rules[folder]
		if !known {
			problems = append(problems, folder+": no rule says what it may import")
		} else {
			problems = append(problems, imports(name, folder, file, rule)...)
		}
		problems = append(problems, lengths(name, strings.Count(string(text), "\n"), set, file)...)
		return nil
	})
	if err != nil {
		problems = append(problems, err.Error())
	}
	for folder, ok := range documented {
		if !ok {
			problems = append(problems, folder+": no package comment")
		}
	}
	slices.Sort(problems)
	return problems
}

func imports(name, folder string, file *ast.File, r rule) []string {
	var problems []string
	packages := map[string]string{} // by the name under which the file has them
	for _, spec := range file.Imports {
		imported := strings.Trim(spec.Path.Value, `"`)
		packages[path.Base(imported)] = path.Base(imported)
		if spec.Name != nil {
			packages[spec.Name.Name] = path.Base(imported)
		}
		own, isOwn := strings.CutPrefix(imported, module)
		switch {
		case isOwn && (own == folder || slices.Contains(r.project, own)):
		case isOwn:
			problems = append(problems, name+": imports "+own)
		case strings.Contains(strings.Split(imported, "/")[0], "."):
			if !slices.ContainsFunc(r.foreign, func(m string) bool { return imported == m || strings.HasPrefix(imported, m+"/") }) {
				problems = append(problems, name+": imports "+imported)
			}
		case r.forbids(imported):
			problems = append(problems, name+": imports "+imported)
		}
	}
	ast.Inspect(file, func(node ast.Node) bool {
		if selector, ok := node.(*ast.SelectorExpr); ok {
			if owner, ok := selector.X.(*ast.Ident); ok && slices.Contains(r.calls, packages[owner.Name]+"."+selector.Sel.Name) {
				problems = append(problems, fmt.Sprintf("%s: uses %s.%s", name, packages[owner.Name], selector.Sel.Name))
			}
		}
		return true
	})
	return problems
}

// forbids tells a standard package that the rule does not allow. net/url only takes texts apart.
func (r rule) forbids(imported string) bool {
	if r.only != nil {
		return !slices.Contains(r.only, imported)
	}
	return imported != "net/url" && slices.ContainsFunc(r.banned, func(b string) bool { return imported == b || strings.HasPrefix(imported, b+"/") })
}

func lengths(name string, lines int, set *token.FileSet, file *ast.File) []string {
	var problems []string
	if lines > maxFileLines {
		problems = append(problems, fmt.Sprintf("%s: has %d lines, at most %d", name, lines, maxFileLines))
	}
	for _, declaration := range file.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if lines := set.Position(function.End()).Line - set.Position(function.Pos()).Line + 1; lines > maxFunctionLines {
			problems = append(problems, fmt.Sprintf("%s: function %s has %d lines, at most %d", name, function.Name.Name, lines, maxFunctionLines))
		}
	}
	return problems
}
