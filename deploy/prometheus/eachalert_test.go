package prometheus

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// otherwise are the alerts that no trial fits, with the test that holds them.
var otherwise = map[string]string{
	"RollupsDue":       "TestRollupsDue",       // hours pass, and it links to another board: fires, just not, ends and silent while the picture is partial are all there
	"ThresholdMissing": "TestThresholdMissing", // fires and does not: it is about the files of rules, which do not change within a trial
	"Watchdog":         "TestAllIsWell",        // always fires
}

// untested tells the alerts of which no test runs a trial with a world above and one below: trial.run holds that it fires, stays silent just
// below, ends, and if it is about the floor, that a bad picture silences it. That Alertmanager mutes it then is TestMutes's there.
func untested(t *testing.T, rules []ruleText, sources map[string]string) []string {
	t.Helper()
	tried, tests := map[string]string{}, map[string]bool{}
	for name, source := range sources {
		file, err := parser.ParseFile(token.NewFileSet(), name, source, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			if function, ok := declaration.(*ast.FuncDecl); ok && function.Recv == nil && strings.HasPrefix(function.Name.Name, "Test") {
				tests[function.Name.Name] = true
				noteTrials(function, tried)
			}
		}
	}
	var problems []string
	for _, r := range rules {
		want := map[string]string{"floor": "run", "pipeline": "pipeline"}[r.Labels["scope"]]
		switch {
		case r.Alert == "" || tests[otherwise[r.Alert]]:
		case tried[r.Alert] == "":
			problems = append(problems, r.Alert+": no trial with a world above and one below is run")
		case tried[r.Alert] != want:
			problems = append(problems, r.Alert+": its trial is "+tried[r.Alert]+", and its scope wants "+want)
		}
	}
	return problems
}

// noteTrials notes by alert how the function runs its trials: run, or pipeline.
func noteTrials(function *ast.FuncDecl, tried map[string]string) {
	named := map[string]ast.Expr{} // trials by variable
	ast.Inspect(function, func(node ast.Node) bool {
		if set, ok := node.(*ast.AssignStmt); ok && len(set.Lhs) == 1 {
			if variable, ok := set.Lhs[0].(*ast.Ident); ok {
				named[variable.Name] = set.Rhs[0]
			}
		}
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || method.Sel.Name != "run" && method.Sel.Name != "pipeline" {
			return true
		}
		of := method.X
		if variable, ok := of.(*ast.Ident); ok {
			of = named[variable.Name]
		}
		if alert, whole := trialOf(of); whole {
			tried[alert] = method.Sel.Name
		}
		return true
	})
}

// trialOf gives the alert of a trial, and whether the trial says when it fires and what is just not enough.
func trialOf(e ast.Expr) (alert string, whole bool) {
	literal, ok := e.(*ast.CompositeLit)
	if !ok {
		return "", false
	}
	var keys []string
	for _, element := range literal.Elts {
		field, ok := element.(*ast.KeyValueExpr)
		if !ok {
			return "", false
		}
		key := field.Key.(*ast.Ident).Name
		keys = append(keys, key)
		if text, ok := field.Value.(*ast.BasicLit); ok && key == "alert" {
			alert = strings.Trim(text.Value, `"`)
		}
	}
	for _, key := range []string{"after", "above", "below", "summary"} {
		if !slices.Contains(keys, key) {
			return alert, false
		}
	}
	return alert, alert != "" && !slices.Contains(keys, "own")
}

func alertRules(t *testing.T) (all []ruleText) {
	t.Helper()
	for _, file := range ruleFiles {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var parsed ruleFile
		if err := yaml.Unmarshal(text, &parsed); err != nil {
			t.Fatal(err)
		}
		all = append(all, parsed.Groups[0].Rules...)
	}
	return all
}

func testSources(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	sources := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sources[file] = string(text)
	}
	return sources
}

// Each alert is held to its four worlds, but the three that no trial fits.
func TestEachAlertIsTested(t *testing.T) {
	if problems := untested(t, alertRules(t), testSources(t)); len(problems) > 0 {
		t.Errorf("not tested:\n%s", strings.Join(problems, "\n"))
	}
}

// Each trial that is gone, or is not whole, is told.
func TestEachAlertIsTestedNotices(t *testing.T) {
	for _, mistake := range []struct{ file, was, is, told string }{
		{"floor_test.go", `trial{alert: "ReplyWait"`, `trial{alert: "FirstReplyWait"`, "ReplyWait: no trial"},
		{"floor_test.go", "func TestNobodyOnline(", "func tryNobodyOnline(", "NobodyOnline: no trial"},
		{"floor_test.go", `above: backlog("11", "10"), below: backlog("10", "10"),`, `above: backlog("11", "10"),`, "UnassignedBacklog: no trial"},
		{"floor_test.go", "overloaded.run(t)", "_ = overloaded", "AgentOverloaded: no trial"},
		{"floor_test.go", "link: team}.run(t)\n}", "link: team}.pipeline(t)\n}", "TransferRate: its trial is pipeline"},
		{"pipeline_test.go", `trial{alert: "Lag", `, `trial{alert: "Lag", own: true, `, "Lag: no trial"},
		{"pipeline_test.go", "func TestRollupsDue(", "func TestRollups(", "RollupsDue: no trial"},
	} {
		sources := testSources(t)
		changed := strings.ReplaceAll(sources[mistake.file], mistake.was, mistake.is)
		if changed == sources[mistake.file] {
			t.Errorf("%s has no %q to put a mistake in", mistake.file, mistake.was)
		}
		sources[mistake.file] = changed
		problems := untested(t, alertRules(t), sources)
		if !slices.ContainsFunc(problems, func(p string) bool { return strings.HasPrefix(p, mistake.told) }) {
			t.Errorf("%q for %q: not told %q; told: %q", mistake.is, mistake.was, mistake.told, problems)
		}
	}
}
