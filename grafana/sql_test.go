package grafana

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
)

// schemaColumns gives the columns of every table and view, from the SQL that makes them.
func schemaColumns(t testing.TB) map[string][]string {
	t.Helper()
	steps, err := schemas.Migrations()
	if err != nil {
		t.Fatal(err)
	}
	head := regexp.MustCompile(`^CREATE (?:OR REPLACE VIEW|TABLE IF NOT EXISTS) (\w+)\s*\n\(`)
	column := regexp.MustCompile("(?m)^    `?(\\w+)`? +[A-Z]")
	found := map[string][]string{}
	for _, step := range steps {
		for _, statement := range step.Statements {
			name := head.FindStringSubmatch(statement)
			if name == nil {
				continue
			}
			list, _, _ := strings.Cut(statement, "\n)")
			found[name[1]] = nil
			for _, match := range column.FindAllStringSubmatch(list, -1) {
				found[name[1]] = append(found[name[1]], match[1])
			}
		}
	}
	return found
}

func TestSchemaColumnsAreRead(t *testing.T) {
	columns := schemaColumns(t)
	for view, want := range map[string]string{"live_tiles": "waiting_first_response_open", "agents_live": "open_conversations", "initiated_per_hour": "trigger", "directory": "team_ids", "days": "hour_labels"} {
		if !slices.Contains(columns[view], want) {
			t.Errorf("%s: no column %s among %v", view, want, columns[view])
		}
	}
}

// Words of SQL that are no columns, as far as the boards use them.
var sqlWords = strings.Fields(`SELECT DISTINCT FROM WHERE AND OR NOT IN AS WITH UNION ALL GROUP BY ORDER LIMIT DESC ASC FINAL NULL IS JOIN LEFT INNER ON ARRAY HAVING`)

var sqlToken = regexp.MustCompile("'(?:[^'\\\\]|\\\\.)*'|`[^`]*`|[A-Za-z_]\\w*|[0-9.]+|->|\\S")

// query is what a statement reads.
type query struct {
	views   []string // tables and views after FROM and JOIN
	columns []string // names that are none of: word of SQL, function, alias, parameter of a lambda
	unknown []string // those of them that no view of the statement has
}

// read takes a statement apart. Variables of Grafana must be gone.
func read(statement string, schema map[string][]string) query {
	tokens := sqlToken.FindAllString(statement, -1)
	at := func(i int) string {
		if i < 0 || i >= len(tokens) {
			return ""
		}
		return tokens[i]
	}
	own := map[string]bool{} // aliases and parameters
	for i, token := range tokens {
		if token == "AS" && at(i+1) != "(" {
			own[at(i+1)] = true
		}
		if token == "->" {
			own[at(i-1)] = true
		}
	}
	var q query
	hidden := map[string]bool{} // f(x) AS x: the x within is a column
	for i, token := range tokens {
		isName := token[0] == '_' || token[0] >= 'a' && token[0] <= 'z' || token[0] >= 'A' && token[0] <= 'Z'
		switch {
		case !isName || slices.Contains(sqlWords, token) || at(i+1) == "(":
		case at(i-1) == "FROM" || at(i-1) == "JOIN":
			q.views = append(q.views, token)
		default:
			q.columns = append(q.columns, token)
			hidden[token] = hidden[token] || at(i+1) == ")" && at(i+2) == "AS" && at(i+3) == token
		}
	}
	slices.Sort(q.columns)
	q.columns = slices.Compact(q.columns)
	for _, view := range q.views {
		if schema[view] == nil {
			q.unknown = append(q.unknown, "table "+view)
		}
	}
	q.columns = slices.DeleteFunc(q.columns, func(name string) bool {
		there := slices.ContainsFunc(q.views, func(v string) bool { return slices.Contains(schema[v], name) })
		if !there && (!own[name] || hidden[name]) {
			q.unknown = append(q.unknown, name)
		}
		return !there
	})
	return q
}

// dictionaryColumns are the columns of the dictionary, as "view.column", that a panel shows. A panel that takes another one's
// result, or picks fields of its own, shows only those. Those of daily and hourly are another matter: see checkHistory.
func dictionaryColumns(board *dashboard, p *panel, schema map[string][]string) []string {
	var found []string
	for _, t := range p.Targets {
		statement := t.RawSQL
		if t.Datasource.UID == dashboardUID {
			for i := range board.Panels {
				if other := &board.Panels[i]; other.ID == t.PanelID && len(other.Targets) > 0 {
					statement = other.Targets[0].RawSQL
				}
			}
		}
		q := read(withoutVariables(statement), schema)
		picked, err := regexp.Compile(p.fields())
		if err != nil {
			continue
		}
		for i := range schemas.Metrics {
			for _, name := range schemas.Metrics[i].Columns {
				view, column, _ := strings.Cut(name, ".")
				if view != "daily" && view != "hourly" && slices.Contains(q.views, view) && slices.Contains(q.columns, column) && picked.MatchString(column) {
					found = append(found, name)
				}
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

var variableUse = regexp.MustCompile(`\$\{(\w+)(?::(\w+))?\}|\$(\w+)`)

// withoutVariables puts a text in the place of every variable, so that what stays is SQL.
func withoutVariables(statement string) string {
	return variableUse.ReplaceAllStringFunc(statement, func(use string) string {
		if strings.HasPrefix(use, "$__") {
			return strings.TrimPrefix(use, "$")
		}
		return "'x'"
	})
}
