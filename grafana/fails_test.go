package grafana

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
)

// Every check must notice what it is there for: the real board with one thing broken.
func TestChecksNotice(t *testing.T) {
	types, schema := readProvisioning(t).types(), schemaColumns(t)
	for _, test := range []struct {
		name  string
		spoil func(b *dashboard)
		want  string
	}{
		{"uid", func(b *dashboard) { b.UID = "live" }, "the uid must begin"},
		{"title", func(b *dashboard) { b.Title = "" }, "no title"},
		{"schema", func(b *dashboard) { b.SchemaVersion = 41 }, "schemaVersion 41"},
		{"editable", func(b *dashboard) { b.Editable = true }, "must not be editable"},
		{"zone", func(b *dashboard) { b.Timezone = "browser" }, "moves with the viewer"},
		{"no zone", func(b *dashboard) { b.Timezone = "" }, "moves with the viewer"},
		{"refresh", func(b *dashboard) { b.Refresh = "1s" }, `refresh "1s"`},
		{"grid", func(b *dashboard) { b.Panels[0].GridPos.W = 5 }, "overlap"},
		{"width", func(b *dashboard) { b.Panels[6].GridPos.W = 25 }, "24 columns"},
		{"panel id", func(b *dashboard) { b.Panels[1].ID = 1 }, "there twice"},
		{"panel title", func(b *dashboard) { b.Panels[3].Title = "" }, "no title"},
		{"description", func(b *dashboard) { b.Panels[16].Description = "" }, "no description"},
		{"unit", func(b *dashboard) { b.Panels[0].FieldConfig.Defaults.Unit = "" }, "neither unit nor mappings"},
		{"colour", func(b *dashboard) { b.Panels[0].FieldConfig.Defaults.Thresholds.Steps[0].Color = "green" }, "not neutral"},
		{"no query", func(b *dashboard) { b.Panels[7].Targets = nil }, "no query"},
		{"meaning", replaceDescription("an owner", "a person"), "does not say what live_tiles.assigned means"},
		{"meaning in Prometheus", replaceDescription("that the topic has", "there are"), "does not say what floorwatch_partitions means"},
		{"source", func(b *dashboard) { b.Panels[6].Targets[0].Datasource.UID = "P1234" }, "no data source"},
		{"other source", func(b *dashboard) { b.Panels[6].Datasource.UID = "floorwatch-prometheus" }, "another data source than the panel"},
		{"shared", func(b *dashboard) { b.Panels[1].Targets[0].PanelID = 9 }, "takes the result of panel 9"},
		{"editor", func(b *dashboard) { b.Panels[0].Targets[0].EditorType = "" }, "needs editorType"},
		{"format", func(b *dashboard) { b.Panels[0].Targets[0].Format = "1" }, "want the number 1"},
		{"series", func(b *dashboard) { b.Panels[0].Targets[0].Format = 0.0 }, "want the number 1"},
		{"date filter", replaceSQL("is_today", "$__dateFilter(company_day)"), "uses $__dateFilter"},
		{"time filter", replaceSQL("is_today", "$__timeFilter(company_day)"), "uses $__timeFilter"},
		{"zoned day", replaceSQL("is_today", "company_day = toDate(now(), 'Asia/Tokyo')"), "uses toDate("},
		{"today()", replaceSQL("is_today", "company_day = today()"), "uses today("},
		{"no macro", replaceSQL("$__conditionalAll(hasAny(channels, [${channel:singlequote}]), $channel)", "hasAny(channels, [${channel:singlequote}])"), "outside of its $__conditionalAll"},
		{"format in macro", replaceSQL(", $team)", ", ${team:singlequote})"), "no variable with many values"},
		{"wrong variable", replaceSQL(", $team)", ", $owner)"), "does not use ${owner:singlequote}"},
		{"no format", replaceSQL("${channel:singlequote}", "$channel"), "does not use ${channel:singlequote}"},
		{"company unquoted", replaceSQL("${company:singlequote}", "'$company'"), "is not quoted"},
		{"unknown variable", replaceSQL("${company:singlequote}", "${firm:singlequote}"), "no variable ${firm"},
		{"unknown column", replaceSQL("unassigned", "orphaned"), "reads orphaned"},
		{"unknown view", replaceSQL("FROM waiting_now", "FROM waits_now"), "reads table waits_now"},
		{"unknown metric", func(b *dashboard) { b.Panels[8].Targets[0].Expr = "sum(floorwatch_lag)" }, "no metric floorwatch_lag"},
		{"unquoted backslash", func(b *dashboard) {
			for i := range b.Templating.List {
				v := &b.Templating.List[i]
				v.Query = strings.ReplaceAll(v.Query, `replaceAll(queue, '\\', '\\\\')`, "queue")
				v.Definition = v.Query
			}
		}, "must double backslashes"},
		{"channels", func(b *dashboard) { b.Templating.List[3].Query = "web,fax" }, "want those of events"},
		{"many values in a query", func(b *dashboard) { b.Templating.List[4].Query += " ${team:singlequote}" }, "which has many values"},
		{"another column", func(b *dashboard) {
			b.Panels[2].Options = []byte(strings.ReplaceAll(string(b.Panels[2].Options), "assigned", "open"))
		}, `"Assigned": the description does not say what live_tiles.open means`},
		{"no such column", func(b *dashboard) {
			b.Panels[2].Options = []byte(strings.ReplaceAll(string(b.Panels[2].Options), "assigned", "asigned"))
		}, "metric conversations_assigned_today is on no panel"},
		{"removed panel", func(b *dashboard) {
			b.Panels = slices.DeleteFunc(b.Panels, func(p panel) bool { return p.Title == "Closed" })
		}, "metric conversations_closed_today is on no panel"},
		{"removed column", replaceSQL("  formatDateTime(last_outgoing_at, '%F %T', local_zone) AS last_message,\n  if(isNull(last_outgoing_at), NULL, greatest(dateDiff('second', last_outgoing_at, now64(3)), 0)) AS ago_seconds,\n", ""), "metric agent_last_outgoing_timestamp_seconds is on no panel"},
	} {
		board := liveFloor(t)
		test.spoil(board)
		problems := checkBoards([]*dashboard{board, history(t)}, types, schema)
		if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, test.want) }) {
			t.Errorf("%s: not noticed, want %q; noticed:\n%s", test.name, test.want, strings.Join(problems, "\n"))
		}
	}
	if problems := checkBoards([]*dashboard{liveFloor(t), liveFloor(t)}, types, schema); len(problems) == 0 {
		t.Error("two boards with one uid: not noticed")
	}
}

// The same with the board of the days that have ended.
func TestChecksNoticeInHistory(t *testing.T) {
	types, schema := readProvisioning(t).types(), schemaColumns(t)
	for _, test := range []struct {
		name  string
		spoil func(b *dashboard)
		want  string
	}{
		{"no link", func(b *dashboard) { b.Links = nil }, "no link that takes the filters to floorwatch-live-floor"},
		{"link elsewhere", func(b *dashboard) { b.Links[0].URL = "/d/live-floor" }, "no link that takes the filters to floorwatch-live-floor"},
		{"link without filters", func(b *dashboard) { b.Links[0].IncludeVars = false }, "no link that takes the filters to floorwatch-live-floor"},
		{"two links", func(b *dashboard) { b.Links = append(b.Links, b.Links[0]) }, "2 links, and 1 other boards"},
		{"priorities", func(b *dashboard) { findVariable(b, "priority").Query = "low,high" }, "want those of events"},
		{"another metric", replaceSQL("metric = 'hold_seconds'", "metric = 'handle_seconds'"), `"Time held by day": the description does not say what handle_seconds means`},
		{"no such metric", replaceSQL("metric = 'hold_seconds'", "metric = 'held_seconds'"), "does not say what held_seconds means"},
		{"one of many", replaceSQL("('open_seconds', 'open_active_seconds')", "('open_seconds', 'closes')"), "does not say what closes means"},
		{"any metric", replaceSQL("metric = 'hold_seconds'", "kind = 'owner'"), "reads daily or hourly without a metric"},
		{"meaning", replaceDescription("that no person ever held", "without people"), "does not say what ai_handle_seconds means"},
		{"removed panel", func(b *dashboard) {
			b.Panels = slices.DeleteFunc(b.Panels, func(p panel) bool { return p.Title == "After contact and by AI, by day" })
		}, "metric after_contact_seconds is on no panel"},
		{"column of an override", replaceSQL("AS failed_share", "AS share"), `"Failed messages by day": its query gives no column failed_share`},
		{"axis", replaceSQL("AS day,", "AS at,"), `"Messages by day": its query gives no column day`},
		{"time range", replaceSQL("company_day <= newest", "company_day <= $__toTime"), "uses $__toTime"},
	} {
		board := history(t)
		test.spoil(board)
		problems := checkBoards([]*dashboard{liveFloor(t), board}, types, schema)
		if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, test.want) }) {
			t.Errorf("%s: not noticed, want %q; noticed:\n%s", test.name, test.want, strings.Join(problems, "\n"))
		}
	}
}

func replaceSQL(old, text string) func(*dashboard) {
	return func(b *dashboard) {
		for i := range b.Panels {
			for j := range b.Panels[i].Targets {
				t := &b.Panels[i].Targets[j]
				t.RawSQL = strings.ReplaceAll(t.RawSQL, old, text)
			}
		}
	}
}

func replaceDescription(old, text string) func(*dashboard) {
	return func(b *dashboard) {
		for i := range b.Panels {
			b.Panels[i].Description = strings.ReplaceAll(b.Panels[i].Description, old, text)
		}
	}
}

// A column that is renamed in a view, without the board following, is noticed too; and a metric that is new in the dictionary.
func TestChecksNoticeTheSchema(t *testing.T) {
	boards, types, schema := readBoards(t), readProvisioning(t).types(), schemaColumns(t)
	for view, column := range map[string]string{"live_tiles": "active", "agents_live": "presence_since", "waiting_now": "waiting_since", "first_response_daily": "first_response_seconds_sum", "days": "zone",
		"daily": "business_seconds_sum", "hourly": "hour_label"} {
		at := slices.Index(schema[view], column)
		schema[view][at] = "renamed"
		problems := checkBoards(boards, types, schema)
		if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, "reads "+column+",") }) {
			t.Errorf("%s.%s renamed: not noticed, only %v", view, column, problems)
		}
		schema[view][at] = column
	}
	saved := schemas.Metrics
	defer func() { schemas.Metrics = saved }()
	schemas.Metrics = append(slices.Clone(saved), schemas.Metric{Key: "new", Surface: schemas.SurfaceFloor, Means: "Something new."})
	if problems := checkBoards(boards, types, schema); len(problems) != 1 || !strings.Contains(problems[0], "metric new is on no panel") {
		t.Errorf("a new metric: %v", problems)
	}
}

func TestParserNotices(t *testing.T) {
	text, err := os.ReadFile("dashboards/live-floor.json")
	if err != nil {
		t.Fatal(err)
	}
	whole := string(text)
	for _, test := range []struct{ name, text, want string }{
		{"schema v2", `{"apiVersion": "dashboard.grafana.app/v2", "kind": "Dashboard", "spec": {}}`, "unknown field"},
		{"unknown key", strings.Replace(whole, `"refresh": "10s"`, `"refersh": "10s"`, 1), "unknown field"},
		{"repeated key", strings.Replace(whole, `"refresh": "10s"`, `"refresh": "10s", "refresh": "10s"`, 1), "is there twice"},
		{"more text", whole + "{}", "more text"},
		{"cut", whole[:len(whole)/2], "EOF"},
		{"not JSON", strings.Replace(whole, `"panels": [`, `"panels": [,`, 1), "invalid"},
	} {
		if _, err := parseBoard([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
	if !json.Valid(text) || !strings.HasSuffix(whole, "}\n") {
		t.Error("the board must be JSON and end with a line break")
	}
}

func TestProvisioningChecksNotice(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(p *provisioned)
		want  string
	}{
		{"uid", func(p *provisioned) { p.Datasources[0].UID = "other" }, "no data source floorwatch-clickhouse"},
		{"one uid twice", func(p *provisioned) { p.Datasources[1].UID = p.Datasources[0].UID }, "there twice"},
		{"two defaults", func(p *provisioned) { p.Datasources[1].IsDefault = true }, "2 default"},
		{"native protocol", func(p *provisioned) { p.Datasources[0].JSONData["protocol"] = "native" }, "must be http"},
		{"changes in the browser", func(p *provisioned) { p.Providers[0].AllowUIUpdates = true }, "provider floorwatch"},
		{"variable without default", func(p *provisioned) { p.text += "$NEW" }, "no default for NEW"},
	} {
		p := readProvisioning(t)
		test.spoil(&p)
		problems := checkProvisioning(p, readDefaults(t))
		if !slices.ContainsFunc(problems, func(text string) bool { return strings.Contains(text, test.want) }) {
			t.Errorf("%s: not noticed, want %q; noticed %v", test.name, test.want, problems)
		}
	}
}
