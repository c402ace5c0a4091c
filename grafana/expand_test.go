package grafana

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
)

// selection is what a viewer chose, by variable. A variable that is not there has All.
type selection map[string][]string

// with gives the selection with others, which take the place of those of the same variable.
func (s selection) with(others selection) selection {
	all := maps.Clone(s)
	maps.Copy(all, others)
	return all
}

const allValue = "$__all"

const conditionalAll = "$__conditionalAll("

// lastConditional finds the last $__conditionalAll of a statement as the plugin does: its text, its condition and its variable.
// The plugin counts parentheses and commas without looking at strings.
func lastConditional(statement string) (macro, condition, name string, ok bool) {
	at := strings.LastIndex(statement, conditionalAll)
	if at < 0 {
		return "", "", "", false
	}
	depth, begin := 0, at+len(conditionalAll)
	var arguments []string
	for i := begin - 1; i < len(statement); i++ {
		switch statement[i] {
		case '(':
			depth++
		case ')':
			depth--
		}
		if statement[i] == ',' && depth == 1 || depth == 0 {
			arguments = append(arguments, statement[begin:i])
			begin = i + 1
		}
		if depth == 0 {
			break
		}
	}
	if depth != 0 || len(arguments) != 2 {
		return "", "", "", false
	}
	return conditionalAll + arguments[0] + "," + arguments[1] + ")", arguments[0], arguments[1], true
}

// expand does to a statement what Grafana and its ClickHouse plugin do before it is sent: first the macro, which becomes 1=1 if
// all or nothing is chosen, then the variables. Formats that boards must not use are an error.
func expand(statement string, chosen selection) (string, error) {
	values := func(name string) []string {
		if v, there := chosen[name]; there {
			return v
		}
		return []string{allValue}
	}
	for strings.Contains(statement, conditionalAll) {
		macro, condition, name, ok := lastConditional(statement)
		if !ok {
			return "", errors.New("expand: $__conditionalAll has not two arguments")
		}
		if joined := strings.Join(values(strings.Trim(strings.TrimSpace(name), "${}")), ","); joined == "" || joined == allValue {
			condition = "1=1"
		}
		statement = strings.Replace(statement, macro, condition, 1)
	}
	var err error
	expanded := variableUse.ReplaceAllStringFunc(statement, func(use string) string {
		part := variableUse.FindStringSubmatch(use)
		chosenValues := values(part[1] + part[3])
		if part[2] != "singlequote" || chosenValues[0] == allValue {
			err = fmt.Errorf("expand: %s would go to the engine as it is", use)
		}
		quoted := make([]string, len(chosenValues))
		for i, v := range chosenValues {
			quoted[i] = "'" + strings.ReplaceAll(v, "'", `\'`) + "'" // backslashes stay: see README.md
		}
		return strings.Join(quoted, ",")
	})
	return expanded, err
}

func TestExpand(t *testing.T) {
	const statement = "a IN (SELECT b WHERE $__conditionalAll(f(t, 1) IN (${team:singlequote}), $team) AND $__conditionalAll(hasAny(c, [${channel:singlequote}]), $channel)) AND k = ${company:singlequote}"
	for _, test := range []struct {
		chosen selection
		want   string
	}{
		{selection{"company": {"acme"}}, "a IN (SELECT b WHERE 1=1 AND 1=1) AND k = 'acme'"},
		{selection{"company": {"o'b"}, "team": {"x", "y'z"}}, `a IN (SELECT b WHERE f(t, 1) IN ('x','y\'z') AND 1=1) AND k = 'o\'b'`},
		{selection{"company": {"acme"}, "team": {""}, "channel": {"web"}}, "a IN (SELECT b WHERE 1=1 AND hasAny(c, ['web'])) AND k = 'acme'"},
		{selection{"company": {"acme"}, "team": {allValue}, "channel": {"a", ""}}, "a IN (SELECT b WHERE 1=1 AND hasAny(c, ['a',''])) AND k = 'acme'"},
	} {
		if got, err := expand(statement, test.chosen); err != nil || got != test.want {
			t.Errorf("%v: got %s, %v\nwant %s", test.chosen, got, err, test.want)
		}
	}
	const nested = "$__conditionalAll(a IN (SELECT b WHERE $__conditionalAll(c = ${x:singlequote}, $x)), $y)"
	if got, err := expand(nested, selection{"y": {"1"}}); err != nil || got != "a IN (SELECT b WHERE 1=1)" {
		t.Errorf("nested: got %s, %v", got, err)
	}
	for _, wrong := range []string{"a = $team", "a = ${team}", "a IN (${team:csv})", "$__conditionalAll(a)", "a IN (${all:singlequote})"} {
		if got, err := expand(wrong, selection{"team": {"x"}}); err == nil {
			t.Errorf("%s: no error, got %s", wrong, got)
		}
	}
}
