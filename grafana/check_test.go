package grafana

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// checkBoards tells everything that is wrong with the boards, one line each.
func checkBoards(boards []*dashboard, types map[string]string, schema map[string][]string) []string {
	var problems []string
	seen := map[string]bool{}
	shown := map[string]bool{} // keys of metrics with a panel
	for _, board := range boards {
		if seen[board.UID] {
			problems = append(problems, "two boards have the uid "+board.UID+": Grafana then writes none of them")
		}
		seen[board.UID] = true
		problems = append(problems, checkBoard(board)...)
		problems = append(problems, checkLinks(board, boards)...)
		for i := range board.Templating.List {
			problems = append(problems, checkVariable(board, &board.Templating.List[i], types, schema)...)
		}
		for i := range board.Panels {
			p := &board.Panels[i]
			found := checkPanel(p)
			found = append(found, checkTargets(board, p, types, schema)...)
			found = append(found, checkMeaning(board, p, schema, shown)...)
			for _, problem := range found {
				problems = append(problems, fmt.Sprintf("%s, panel %q: %s", board.UID, p.Title, problem))
			}
		}
	}
	for i := range schemas.Metrics {
		if m := &schemas.Metrics[i]; m.Surface == schemas.SurfaceFloor && !shown[m.Key] {
			problems = append(problems, "metric "+m.Key+" is on no panel whose description says what it means")
		}
	}
	return problems
}

func checkBoard(board *dashboard) []string {
	var problems []string
	add := func(wrong bool, format string, arguments ...any) {
		if wrong {
			problems = append(problems, board.UID+": "+fmt.Sprintf(format, arguments...))
		}
	}
	add(board.UID == "" || len(board.UID) > 40 || !strings.HasPrefix(board.UID, "floorwatch-"), "the uid must begin with floorwatch- and have at most 40 characters")
	add(board.Title == "", "no title")
	add(board.SchemaVersion != 42, "schemaVersion %d, want 42", board.SchemaVersion)
	add(board.Editable, "it must not be editable: what is changed in the browser cannot be saved")
	add(board.Timezone == "" || board.Timezone == "browser", "timezone %q moves with the viewer", board.Timezone)
	refresh, err := time.ParseDuration(board.Refresh)
	add(err != nil || refresh < 5*time.Second, "refresh %q, want at least 5s", board.Refresh)
	ids := map[int]bool{}
	for i, p := range board.Panels {
		add(ids[p.ID] || p.ID == 0, "the panel id %d is missing or there twice", p.ID)
		ids[p.ID] = true
		g := p.GridPos
		add(g.W < 1 || g.H < 1 || g.X < 0 || g.Y < 0 || g.X+g.W > 24, "panel %q does not fit into 24 columns", p.Title)
		for _, other := range board.Panels[:i] {
			o := other.GridPos
			add(g.X < o.X+o.W && o.X < g.X+g.W && g.Y < o.Y+o.H && o.Y < g.Y+g.H, "panels %q and %q overlap", other.Title, p.Title)
		}
	}
	return problems
}

// checkLinks wants each board to lead to all others, with company and filters.
func checkLinks(board *dashboard, boards []*dashboard) []string {
	var problems []string
	for _, other := range boards {
		leads := slices.ContainsFunc(board.Links, func(l link) bool {
			return l.Type == "link" && l.URL == "/d/"+other.UID && l.Title == other.Title && l.IncludeVars && !l.KeepTime
		})
		if other != board && !leads {
			problems = append(problems, board.UID+": no link that takes the filters to "+other.UID)
		}
	}
	if len(board.Links) != len(boards)-1 {
		problems = append(problems, fmt.Sprintf("%s: %d links, and %d other boards", board.UID, len(board.Links), len(boards)-1))
	}
	return problems
}

func checkPanel(p *panel) []string {
	var problems []string
	if p.Title == "" {
		problems = append(problems, "no title")
	}
	if p.Description == "" {
		problems = append(problems, "no description")
	}
	d := p.FieldConfig.Defaults
	if d.Unit == "" && len(d.Mappings) == 0 {
		problems = append(problems, "neither unit nor mappings")
	}
	if len(d.Thresholds.Steps) == 0 || d.Thresholds.Steps[0].Color != "text" {
		problems = append(problems, "its colour is not neutral by default")
	}
	if len(p.Targets) == 0 {
		return append(problems, "no query")
	}
	names, err := p.named()
	if err != nil {
		problems = append(problems, err.Error())
	}
	selected, _, _ := strings.Cut(p.Targets[0].RawSQL, "\nFROM") // not what is within
	for _, name := range names {
		if p.Datasource.Type == clickhouseType && !regexp.MustCompile(`\b`+name+`\b`).MatchString(selected) {
			problems = append(problems, "its query gives no column "+name)
		}
	}
	return problems
}

func checkTargets(board *dashboard, p *panel, types map[string]string, schema map[string][]string) []string {
	var problems []string
	for _, t := range p.Targets {
		if types[t.Datasource.UID] == "" || types[t.Datasource.UID] != t.Datasource.Type {
			problems = append(problems, fmt.Sprintf("no data source %s with the uid %q", t.Datasource.Type, t.Datasource.UID))
		}
		if t.Datasource != p.Datasource {
			problems = append(problems, "the query has another data source than the panel")
		}
		switch t.Datasource.Type {
		case clickhouseType:
			if t.EditorType != "sql" || t.QueryType != "table" || t.RawSQL == "" {
				problems = append(problems, "a ClickHouse query needs editorType sql, queryType table and rawSql")
			}
			if format, isNumber := t.Format.(float64); !isNumber || format != 1 {
				problems = append(problems, fmt.Sprintf("format %v, want the number 1", t.Format))
			}
			problems = append(problems, checkSQL(t.RawSQL, board, schema)...)
		case prometheusType:
			problems = append(problems, checkExpression(t.Expr)...)
		case "datasource":
			if !slices.ContainsFunc(board.Panels, func(o panel) bool { return o.ID == t.PanelID && o.Datasource.Type == clickhouseType }) {
				problems = append(problems, fmt.Sprintf("takes the result of panel %d, which has none", t.PanelID))
			}
		}
	}
	return problems
}

var metricName = regexp.MustCompile(`floorwatch_\w+`)

func checkExpression(expression string) []string {
	var problems []string
	names := metricName.FindAllString(expression, -1)
	if len(names) == 0 {
		problems = append(problems, "the Prometheus query reads no metric of floorwatch")
	}
	for _, name := range names {
		if findByPrometheusName(name) == nil {
			problems = append(problems, "no metric "+name)
		}
	}
	return problems
}

func findByPrometheusName(name string) *schemas.Metric {
	for i := range schemas.Metrics {
		m := &schemas.Metrics[i]
		stem := name
		if m.Kind == schemas.KindHistogram {
			for _, ending := range []string{"_bucket", "_sum", "_count"} {
				stem = strings.TrimSuffix(stem, ending)
			}
		}
		if m.PrometheusName() == stem {
			return m
		}
	}
	return nil
}

func checkVariable(board *dashboard, v *variable, types map[string]string, schema map[string][]string) []string {
	var problems []string
	add := func(format string, arguments ...any) {
		problems = append(problems, fmt.Sprintf("%s, variable %s: %s", board.UID, v.Name, fmt.Sprintf(format, arguments...)))
	}
	if v.Label == "" || v.Description == "" {
		add("no label or no description")
	}
	if v.Multi != v.IncludeAll {
		add("a variable with many values has All, one with a single value has not")
	}
	switch v.Type {
	case "custom":
		if v.Name == "channel" && v.Query != strings.Join(schemas.Channels, ",") {
			add("the channels are %s, want those of events: %s", v.Query, strings.Join(schemas.Channels, ","))
		}
		if want := strings.Join(schemas.Priorities, ",") + ",No priority : (none)"; v.Name == "priority" && v.Query != want {
			add("the priorities are %s, want those of events: %s", v.Query, want)
		}
	case "query":
		if v.Datasource == nil || types[v.Datasource.UID] == "" || types[v.Datasource.UID] != v.Datasource.Type {
			add("no such data source")
		}
		if v.Definition != v.Query {
			add("definition and query differ")
		}
		if v.Refresh == 0 {
			add("it is never read again")
		}
		if !strings.Contains(v.Query, `, '\\', '\\\\')`) {
			add("the values must double backslashes: singlequote leaves them")
		}
		for _, problem := range checkSQL(v.Query, board, schema) {
			add("%s", problem)
		}
		for _, other := range board.Templating.List {
			if other.Multi && strings.Contains(v.Query, "${"+other.Name) {
				add("it uses %s, which has many values: Grafana gives only the first", other.Name)
			}
		}
	default:
		add("type %s", v.Type)
	}
	return problems
}

var (
	forbiddenMacro = regexp.MustCompile(`\$__\w+`)
	zonedDay       = regexp.MustCompile(`(?i)\b(?:toDate(?:32)?|toStartOfDay|toStartOfHour|toYYYYMMDD)\s*\(|\b(?:today|yesterday)\s*\(`)
	specialReplace = regexp.MustCompile("\\$[$&`']|\\$\\d")
)

// checkSQL holds what Grafana and its ClickHouse plugin do to a statement before the engine sees it.
func checkSQL(statement string, board *dashboard, schema map[string][]string) []string {
	var problems []string
	for _, macro := range forbiddenMacro.FindAllString(statement, -1) {
		if macro != "$__conditionalAll" {
			problems = append(problems, "uses "+macro+": days come from the view days, not from the time range of the board")
		}
	}
	if found := zonedDay.FindString(statement); found != "" {
		problems = append(problems, "uses "+found+"…): only floorwatch computes days and hours")
	}
	if found := specialReplace.FindString(statement); found != "" {
		problems = append(problems, "holds "+found+", which the plugin replaces")
	}
	rest := statement
	for {
		macro, condition, name, ok := lastConditional(rest)
		if !ok {
			break
		}
		v := findVariable(board, strings.Trim(strings.TrimSpace(name), "${}"))
		const chosen = "'chosen %s'" // what stays of a use within a nested macro
		switch {
		case v == nil || !v.Multi:
			problems = append(problems, "$__conditionalAll of "+name+", which is no variable with many values")
		case strings.Contains(name, ":"):
			problems = append(problems, "the second argument of $__conditionalAll must be the plain variable, not "+name)
		case !strings.Contains(condition, "${"+v.Name+":singlequote}") && !strings.Contains(condition, fmt.Sprintf(chosen, v.Name)):
			problems = append(problems, "the condition of "+name+" does not use ${"+v.Name+":singlequote}")
		default:
			condition = strings.ReplaceAll(condition, "${"+v.Name+":singlequote}", fmt.Sprintf(chosen, v.Name))
		}
		rest = strings.Replace(rest, macro, condition, 1)
	}
	for _, use := range variableUse.FindAllStringSubmatch(rest, -1) {
		v := findVariable(board, use[1]+use[3])
		switch {
		case v == nil:
			problems = append(problems, "no variable "+use[0])
		case v.Multi:
			problems = append(problems, use[0]+" has many values and stands outside of its $__conditionalAll")
		case use[2] != "singlequote":
			problems = append(problems, use[0]+" is not quoted: write ${"+v.Name+":singlequote}")
		}
	}
	for _, name := range read(withoutVariables(rest), schema).unknown {
		problems = append(problems, "reads "+name+", which no view or table of the query has")
	}
	return problems
}

func findVariable(board *dashboard, name string) *variable {
	for i := range board.Templating.List {
		if board.Templating.List[i].Name == name {
			return &board.Templating.List[i]
		}
	}
	return nil
}

// checkMeaning holds a panel's description to the dictionary and notes the metrics that it shows.
func checkMeaning(board *dashboard, p *panel, schema map[string][]string, shown map[string]bool) []string {
	var problems []string
	for _, column := range dictionaryColumns(board, p, schema) {
		told := false
		for i := range schemas.Metrics {
			if m := &schemas.Metrics[i]; slices.Contains(m.Columns, column) && strings.Contains(p.Description, m.Means) {
				told, shown[m.Key] = true, true
			}
		}
		if !told {
			problems = append(problems, "the description does not say what "+column+" means, in the words of the dictionary")
		}
	}
	for _, t := range p.Targets {
		problems = append(problems, checkHistory(t.RawSQL, p.Description, schema, shown)...)
		for _, name := range metricName.FindAllString(t.Expr, -1) {
			if m := findByPrometheusName(name); m == nil || !strings.Contains(p.Description, m.Means) {
				problems = append(problems, "the description does not say what "+name+" means, in the words of the dictionary")
			} else {
				shown[m.Key] = true
			}
		}
	}
	return problems
}

var metricChoice = regexp.MustCompile(`\bmetric (?:= ('\w+')|IN \(([^)]*)\))`)

// checkHistory holds the same for what reads daily or hourly, whose rows are of the metric that the query names.
func checkHistory(statement, description string, schema map[string][]string, shown map[string]bool) []string {
	q := read(withoutVariables(statement), schema)
	if !slices.Contains(q.views, "daily") && !slices.Contains(q.views, "hourly") {
		return nil
	}
	var problems []string
	choices := metricChoice.FindAllStringSubmatch(statement, -1)
	if len(choices) == 0 {
		problems = append(problems, "reads daily or hourly without a metric")
	}
	for _, choice := range choices {
		for _, key := range strings.Split(choice[1]+choice[2], ", ") {
			key = strings.Trim(key, "'")
			at := slices.IndexFunc(schemas.Metrics, func(m schemas.Metric) bool { return m.Key == key })
			if at < 0 || !strings.Contains(description, schemas.Metrics[at].Means) {
				problems = append(problems, "the description does not say what "+key+" means, in the words of the dictionary")
				continue
			}
			shown[key] = true
		}
	}
	return problems
}

func TestBoards(t *testing.T) {
	for _, problem := range checkBoards(readBoards(t), readProvisioning(t).types(), schemaColumns(t)) {
		t.Error(problem)
	}
}

func TestProvisioning(t *testing.T) {
	for _, problem := range checkProvisioning(readProvisioning(t), readDefaults(t)) {
		t.Error(problem)
	}
}

// readDefaults reads the environment that goes with the provisioning files.
func readDefaults(t testing.TB) map[string]string {
	t.Helper()
	text, err := os.ReadFile("grafana.env")
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(line, "#") {
			values[name] = value
		}
	}
	return values
}

func checkProvisioning(p provisioned, defaults map[string]string) []string {
	var problems []string
	uids, isDefault := map[string]bool{}, 0
	for _, s := range p.Datasources {
		if s.UID == "" || uids[s.UID] {
			problems = append(problems, "data source "+s.Name+": its uid is missing or there twice")
		}
		uids[s.UID] = true
		if s.IsDefault {
			isDefault++
		}
		if s.Type == clickhouseType && s.JSONData["protocol"] != "http" {
			problems = append(problems, "data source "+s.Name+": the protocol must be http")
		}
	}
	if isDefault != 1 {
		problems = append(problems, fmt.Sprintf("%d default data sources: with two Grafana does not start", isDefault))
	}
	for _, uid := range []string{"floorwatch-clickhouse", "floorwatch-prometheus"} {
		if !uids[uid] {
			problems = append(problems, "no data source "+uid)
		}
	}
	for _, provider := range p.Providers {
		if provider.Type != "file" || provider.AllowUIUpdates || !provider.DisableDeletion || provider.Options["path"] == "" {
			problems = append(problems, "provider "+provider.Name+": want type file, a path, no changes in the browser and no deletion")
		}
	}
	if len(p.Providers) == 0 {
		problems = append(problems, "no provider of boards")
	}
	used := map[string]bool{}
	for _, name := range regexp.MustCompile(`\$\{?(\w+)`).FindAllStringSubmatch(p.text, -1) {
		used[name[1]] = true
		if _, known := defaults[name[1]]; !known {
			problems = append(problems, "grafana.env has no default for "+name[1])
		}
	}
	for name := range defaults {
		if !used[name] {
			problems = append(problems, "nothing reads "+name+" of grafana.env")
		}
	}
	return problems
}
