package grafana

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/template"
	"go.yaml.in/yaml/v4"
)

const alertsPath = "provisioning/alerting/floorwatch.yml"

// alerting is a file of Grafana's provisioning/alerting, in the keys that are used.
type alerting struct {
	Groups []struct {
		Name, Folder string
		Interval     time.Duration
		Rules        []alertRule
	}
	ContactPoints []struct {
		Name      string
		Receivers []struct{ Type string }
	} `yaml:"contactPoints"`
	Policies []struct {
		Receiver string
		Repeat   time.Duration `yaml:"repeat_interval"`
		Group    time.Duration `yaml:"group_interval"`
	}
}

type alertRule struct {
	UID, Title, Condition string
	For                   string
	NoData                string `yaml:"noDataState"`
	Failed                string `yaml:"execErrState"`
	Data                  []struct {
		RefID      string `yaml:"refId"`
		Datasource string `yaml:"datasourceUid"`
		Model      struct {
			RefID            string `yaml:"refId"`
			EditorType       string `yaml:"editorType"`
			QueryType        string `yaml:"queryType"`
			RawSQL           string `yaml:"rawSql"`
			Format           any
			Type, Expression string
			Conditions       []struct {
				Evaluator struct {
					Type   string
					Params []float64
				}
			}
		}
	}
	Labels, Annotations map[string]string
}

func readAlerts(text string) (alerting, error) {
	var read alerting
	err := yaml.Unmarshal([]byte(text), &read)
	return read, err
}

// checkAlerts tells everything at which Grafana stumbles or, worse, does not: an unknown data source makes a rule fire.
func checkAlerts(a alerting, types map[string]string) []string {
	var problems []string
	tell := func(wrong bool, format string, arguments ...any) {
		if wrong {
			problems = append(problems, fmt.Sprintf(format, arguments...))
		}
	}
	seen := map[string]bool{}
	for _, group := range a.Groups {
		tell(group.Folder != "floorwatch", "group %s: folder %q", group.Name, group.Folder)
		tell(group.Interval == 0 || group.Interval%(10*time.Second) != 0, "group %s: interval %s is no multiple of 10s", group.Name, group.Interval)
		for _, rule := range group.Rules {
			tell(seen[rule.UID] || rule.UID == "", "uid %q is missing or there twice", rule.UID)
			seen[rule.UID] = true
			for _, problem := range checkAlertRule(rule, types) {
				tell(true, "%s: %s", rule.Title, problem)
			}
		}
	}
	points := map[string]bool{}
	for _, point := range a.ContactPoints {
		points[point.Name] = len(point.Receivers) == 1 && point.Receivers[0].Type == "prometheus-alertmanager"
	}
	for _, policy := range a.Policies {
		tell(!points[policy.Receiver], "policy: no contact point %q of type prometheus-alertmanager", policy.Receiver)
		tell(policy.Repeat+policy.Group >= 5*time.Minute, "policy: Alertmanager ends alerts that are told every %s only", policy.Repeat)
	}
	tell(len(a.Policies) != 1 || len(seen) == 0, "no policy or no rule")
	return problems
}

func checkAlertRule(rule alertRule, types map[string]string) []string {
	var problems []string
	tell := func(wrong bool, format string, arguments ...any) {
		if wrong {
			problems = append(problems, fmt.Sprintf(format, arguments...))
		}
	}
	tell(!slices.Contains([]string{"OK", "KeepLast"}, rule.NoData) || !slices.Contains([]string{"OK", "KeepLast"}, rule.Failed), "noDataState %q and execErrState %q must be said, or faults fire it", rule.NoData, rule.Failed)
	tell(rule.Labels["service"] != "floorwatch" || rule.Labels["scope"] != "floor" || rule.Labels["severity"] == "", "labels %v", rule.Labels)
	refs := map[string]bool{}
	for _, query := range rule.Data {
		tell(query.RefID != query.Model.RefID, "refId %s and %s", query.RefID, query.Model.RefID)
		if query.Datasource == "__expr__" {
			tell(!refs[query.Model.Expression], "the expression names no query before it: %q", query.Model.Expression)
		} else {
			format, isNumber := query.Model.Format.(int)
			tell(types[query.Datasource] != clickhouseType, "no data source %s", query.Datasource)
			tell(!isNumber || format != 1 || query.Model.QueryType != "table" || query.Model.EditorType != "sql", "the query is not in the format of a table")
		}
		refs[query.RefID] = true
	}
	tell(!refs[rule.Condition], "condition %q names no query", rule.Condition)
	tell(rule.For != "${FLOORWATCH_GRAFANA_VIP_WAIT}", "for is %q, and not from the environment", rule.For)
	for key, text := range rule.Annotations {
		tell(strings.Contains(text, "${"), "%s: nothing is taken from the environment here", key)
	}
	page, _ := strings.CutPrefix(rule.Annotations["runbook_url"], "https://github.com/floorwatch/floorwatch/blob/main/")
	_, err := os.Stat("../" + page)
	tell(page == "" || err != nil, "no runbook %q", page)
	tell(!strings.Contains(rule.Annotations["dashboard_url"], "/d/floorwatch-live-floor?var-company="), "dashboard_url %q does not choose the company", rule.Annotations["dashboard_url"])
	tell(rule.Annotations["__dashboardUid__"] != "floorwatch-live-floor", "no board %q", rule.Annotations["__dashboardUid__"])
	return problems
}

func alertsText(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(alertsPath)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAlerts(t *testing.T) {
	read, err := readAlerts(alertsText(t))
	if err != nil {
		t.Fatal(err)
	}
	if problems := checkAlerts(read, readProvisioning(t).types()); len(problems) > 0 {
		t.Errorf("the alerts are broken:\n%s", strings.Join(problems, "\n"))
	}
}

// Who is told, and after how long: a wait that has begun lasts for as long as the environment says, a minute if it says nothing else.
func TestAlertsThreshold(t *testing.T) {
	read, err := readAlerts(alertsText(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(read.Groups) != 1 || len(read.Groups[0].Rules) != 1 {
		t.Fatalf("groups %+v, want one with one rule", read.Groups)
	}
	rule := read.Groups[0].Rules[0]
	evaluator := rule.Data[1].Model.Conditions[0].Evaluator
	if rule.Labels["severity"] != "critical" || evaluator.Type != "gt" || !slices.Equal(evaluator.Params, []float64{0}) {
		t.Errorf("severity %s, %s %v", rule.Labels["severity"], evaluator.Type, evaluator.Params)
	}
	defaults := readDefaults(t)
	if wait, err := time.ParseDuration(os.Expand(rule.For, func(name string) string { return defaults[name] })); err != nil || wait != time.Minute {
		t.Errorf("a VIP may wait %s, %v", wait, err)
	}
}

// What is written into the page, with the functions that Grafana has from Prometheus.
func TestAlertsPage(t *testing.T) {
	read, err := readAlerts(alertsText(t))
	if err != nil {
		t.Fatal(err)
	}
	for root, labels := range map[string]map[string]string{
		"https://grafana.example/":   {"company": `a&b \ c`, "team": "billing", "conversation": "c 1", "since": "2026-01-01 09:00:00 UTC"},
		"https://example.org/boards": {"company": "acme", "conversation": "c-1", "since": "2026-01-01 09:00:30 UTC"},
	} {
		address, err := url.Parse(root)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for name, text := range read.Groups[0].Rules[0].Annotations {
			data := struct{ Labels map[string]string }{labels}
			got[name], err = template.NewTemplateExpander(t.Context(), "{{ $labels := .Labels }}"+text, name, data, 0, nil, address, nil).Expand()
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		want := map[string][2]string{
			"https://grafana.example/":   {`a&b \ c: a VIP in conversation c 1 has waited for a reply since 2026-01-01 09:00:00 UTC.`, "https://grafana.example/d/floorwatch-live-floor?var-company=a%26b+%5C%5C+c&var-team=billing"},
			"https://example.org/boards": {"acme: a VIP in conversation c-1 has waited for a reply since 2026-01-01 09:00:30 UTC.", "https://example.org/boards/d/floorwatch-live-floor?var-company=acme"},
		}[root]
		if got["summary"] != want[0] || got["dashboard_url"] != want[1] {
			t.Errorf("the page says\n%s\n%s, want\n%s\n%s", got["summary"], got["dashboard_url"], want[0], want[1])
		}
	}
}

// Each mistake is told.
func TestAlertsCheckNotices(t *testing.T) {
	for _, mistake := range [][3]string{
		{"interval: 30s", "interval: 25s", "no multiple of 10s"},
		{"datasourceUid: floorwatch-clickhouse", "datasourceUid: clickhouse", "no data source clickhouse"},
		{"condition: C", "condition: B", "names no query"},
		{"expression: A", "expression: B", "names no query before it"},
		{"for: ${FLOORWATCH_GRAFANA_VIP_WAIT}", "for: 30s", "not from the environment"},
		{"format: 1", "format: 0", "not in the format of a table"},
		{"noDataState: OK", "noDataState: NoData", "must be said"},
		{"execErrState: KeepLast", "execErrState: Alerting", "must be said"},
		{"receiver: floorwatch Alertmanager", "receiver: Alertmanager", "no contact point"},
		{"repeat_interval: 2m", "repeat_interval: 2h", "Alertmanager ends alerts"},
		{"runbooks/vip-unanswered.md", "runbooks/vip.md", "no runbook"},
		{"floorwatch-live-floor?var-company=", "floorwatch-live-floor?company=", "does not choose the company"},
		{"__dashboardUid__: floorwatch-live-floor", "__dashboardUid__: floor", "no board"},
	} {
		read, err := readAlerts(strings.Replace(alertsText(t), mistake[0], mistake[1], 1))
		if err != nil {
			t.Fatal(err)
		}
		problems := checkAlerts(read, readProvisioning(t).types())
		if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, mistake[2]) }) {
			t.Errorf("%s: not told; told: %v", mistake[1], problems)
		}
	}
}
