package prometheus

import (
	"fmt"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/floorwatch/floorwatch/schemas"
)

// ruleFile is a file of rules, in the keys that are used.
type ruleFile struct {
	Groups []struct {
		Name  string
		Rules []ruleText
	}
}

type ruleText struct {
	Record, Alert, Expr string
	For, KeepFiringFor  string
	Labels, Annotations map[string]string
}

const runbooks = "https://github.com/floorwatch/floorwatch/blob/main/docs/runbooks/"

// checkRules tells everything that is wrong with the files, one line each. read gives the text of a file of the repository.
func checkRules(t *testing.T, read func(path string) (string, error)) []string {
	t.Helper()
	var problems []string
	var all []ruleText
	for _, file := range ruleFiles {
		text, err := read("deploy/prometheus/" + file)
		if err != nil {
			return append(problems, err.Error())
		}
		var parsed ruleFile
		if err := yaml.Unmarshal([]byte(strings.ReplaceAll(text, "keep_firing_for:", "keepfiringfor:")), &parsed); err != nil {
			return append(problems, fmt.Sprintf("%s: %v", file, err))
		}
		for _, group := range parsed.Groups {
			all = append(all, group.Rules...)
		}
	}
	recorded, seen := map[string]bool{}, map[string]bool{}
	for _, r := range all {
		recorded[r.Record] = true
	}
	boards := map[string]string{}
	for _, name := range []string{"live-floor", "history"} {
		text, err := read("grafana/dashboards/" + name + ".json")
		if err != nil {
			return append(problems, err.Error())
		}
		boards["floorwatch-"+name] = text
	}
	for _, r := range all {
		name := r.Record + r.Alert
		tell := func(wrong bool, format string, arguments ...any) {
			if wrong {
				problems = append(problems, name+": "+fmt.Sprintf(format, arguments...))
			}
		}
		for _, problem := range unknownNames(r, recorded) {
			tell(true, "%s", problem)
		}
		if r.Alert != "" {
			tell(seen[name], "there twice")
			seen[name] = true
			checkAlert(r, boards, read, tell)
		}
	}
	return problems
}

var metricNames = regexp.MustCompile(`floorwatch[_:][a-z0-9_:]+`)

// unknownNames tells names of metrics that neither the dictionary nor a recorded rule has.
func unknownNames(r ruleText, recorded map[string]bool) []string {
	var problems []string
	for _, name := range metricNames.FindAllString(r.Expr+" "+r.Annotations["summary"], -1) {
		known := recorded[name] || strings.HasSuffix(name, ":") && strings.Contains(r.Expr, "=~\""+name)
		for i := range schemas.Metrics {
			known = known || schemas.Metrics[i].PrometheusName() == name && schemas.Metrics[i].Kind != schemas.KindColumn
		}
		if !known {
			problems = append(problems, "no metric "+name)
		}
	}
	return problems
}

func checkAlert(r ruleText, boards map[string]string, read func(string) (string, error), tell func(bool, string, ...any)) {
	severity, scope := r.Labels["severity"], r.Labels["scope"]
	tell(!slices.Contains([]string{"critical", "warning", "none"}, severity), "severity %q", severity)
	tell((severity == "none") != (r.Alert == "Watchdog"), "severity none is for Watchdog")
	tell(!slices.Contains([]string{"floor", "pipeline"}, scope), "scope %q", scope)
	tell(r.Labels["service"] != "floorwatch", "no label service: floorwatch")
	tell(r.For == "" && r.Alert != "Watchdog", "it says not for how long")
	tell(scope == "floor" && r.KeepFiringFor == "", "it has no keep_firing_for: it would end at each rebalance")
	tell(scope == "floor" && r.Labels["mutes"] != "", "an alert about the floor mutes itself")
	summary := strings.TrimSpace(r.Annotations["summary"])
	tell(len(summary) < 40 || !strings.HasSuffix(summary, "."), "no sentence as summary: %q", summary)
	tell(scope == "floor" && !strings.HasPrefix(summary, "{{ $labels.company }}"), "the summary does not begin with the company")

	page, ok := strings.CutPrefix(r.Annotations["runbook_url"], runbooks)
	tell(!ok, "runbook_url %q", r.Annotations["runbook_url"])
	text, err := read("docs/runbooks/" + page)
	tell(ok && err != nil, "no runbook %s", page)
	if err == nil {
		for _, part := range []string{"# " + r.Alert + "\n", "\n## What it means\n", "\n## What to look at\n", "\n## What to do\n"} {
			tell(!strings.Contains(text, part), "its runbook has no %q", strings.TrimSpace(part))
		}
	}
	checkLink(r, scope, boards, tell)
}

var (
	action        = regexp.MustCompile(`\{\{.*?\}\}`)
	boardVariable = regexp.MustCompile(`"name": ?"(\w+)",\s*"label"`)
)

// checkLink wants a link to a board with variables that the board has, and with the company, and with the team if the alert has one.
func checkLink(r ruleText, scope string, boards map[string]string, tell func(bool, string, ...any)) {
	link := strings.TrimSpace(r.Annotations["dashboard_url"])
	rest, ok := strings.CutPrefix(link, "{{ $externalLabels.grafana }}")
	tell(!ok, "dashboard_url %q does not begin with the address of Grafana", link)
	address, err := url.Parse(action.ReplaceAllString(rest, "x"))
	if err != nil {
		tell(true, "dashboard_url: %v", err)
		return
	}
	uid := path.Base(address.Path)
	board := boards[uid]
	tell(!strings.Contains(board, `"uid": "`+uid+`"`), "no board %s", uid)
	var variables []string
	for _, match := range boardVariable.FindAllStringSubmatch(board, -1) {
		variables = append(variables, "var-"+match[1])
	}
	for name := range address.Query() {
		tell(!slices.Contains(variables, name), "the board has no variable %s", name)
	}
	tell(scope == "floor" && !address.Query().Has("var-company"), "the link does not choose the company")
	tell(strings.Contains(r.Annotations["summary"], "$labels.team") && !address.Query().Has("var-team"), "the link does not choose the team")
	tell(strings.Contains(r.Annotations["summary"], "$labels.agent") && !address.Query().Has("var-owner"), "the link does not choose the agent")
}

func fromRepository(path string) (string, error) {
	text, err := os.ReadFile("../../" + path)
	return string(text), err
}

func TestRules(t *testing.T) {
	if problems := checkRules(t, fromRepository); len(problems) > 0 {
		t.Errorf("the rules are broken:\n%s", strings.Join(problems, "\n"))
	}
}

// Who is told: somebody now, or the desk during the shift; and what mutes the floor.
func TestSeverities(t *testing.T) {
	want := map[string]string{
		"FirstReplyWait": "critical", "ReplyWait": "critical", "UnassignedBacklog": "warning", "NobodyOnline": "critical", "AgentOverloaded": "warning",
		"EscalationRate": "warning", "TransferRate": "warning",
		"PicturePartial": "critical mutes floor", "PictureDoubled": "critical mutes floor", "PictureMissing": "critical mutes floor", "StaleData": "critical mutes floor",
		"Lag": "critical mutes floor", "InsertFailing": "critical", "GatewayDown": "critical", "GatewayUnavailable": "critical", "GatewaySourceRefused": "warning", "Rejects": "warning", "ConversationsUnreadable": "warning", "RollupsDue": "warning",
		"TargetDown": "critical", "ThresholdMissing": "warning", "RulesFailing": "warning", "Watchdog": "none",
	}
	got := map[string]string{}
	for _, r := range alertRules(t) {
		if mutes := r.Labels["mutes"]; mutes != "" {
			got[r.Alert] = r.Labels["severity"] + " mutes " + mutes
		} else if r.Alert != "" {
			got[r.Alert] = r.Labels["severity"]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Each mistake is told.
func TestRulesCheckFails(t *testing.T) {
	const floor, pipeline, page = "deploy/prometheus/rules/floor.yml", "deploy/prometheus/rules/pipeline.yml", "docs/runbooks/first-reply-wait.md"
	for _, mistake := range []struct{ path, was, is, told string }{
		{floor, "severity: critical", "severity: page", `FirstReplyWait: severity "page"`},
		{floor, "scope: floor", "scope: flor", `FirstReplyWait: scope "flor"`},
		{floor, "service: floorwatch", "service: floor", "FirstReplyWait: no label service"},
		{floor, "for: 30s\n", "for: \"\"\n", "FirstReplyWait: it says not for how long"},
		{floor, "keep_firing_for: 2m\n", "keep_firing_for: \"\"\n", "FirstReplyWait: it has no keep_firing_for"},
		{floor, "severity: critical", "severity: critical, mutes: floor", "FirstReplyWait: an alert about the floor mutes itself"},
		{floor, "alert: ReplyWait", "alert: FirstReplyWait", "FirstReplyWait: there twice"},
		{floor, "floorwatch:first_reply_wait_seconds", "floorwatch:first_reply_wait", "FirstReplyWait: no metric floorwatch:first_reply_wait"},
		{floor, "floorwatch_conversations_waiting_reply", "floorwatch_conversations_waiting", "NobodyOnline: no metric floorwatch_conversations_waiting"},
		{floor, "runbooks/first-reply-wait.md", "runbooks/first-reply.md", "FirstReplyWait: no runbook first-reply.md"},
		{floor, "blob/main/docs/runbooks/first", "wiki/first", "FirstReplyWait: runbook_url"},
		{floor, "/d/floorwatch-live-floor", "/d/floorwatch-floor", "FirstReplyWait: no board floorwatch-floor"},
		{floor, "?var-company=", "?company=", "FirstReplyWait: the board has no variable company"},
		{floor, "&var-team=", "&var-owner=", "FirstReplyWait: the link does not choose the team"},
		{floor, "{{ $externalLabels.grafana }}", "http://127.0.0.1:3000", "FirstReplyWait: dashboard_url"},
		{pipeline, "severity: none", "severity: warning", "Watchdog: severity none is for Watchdog"},
		{page, "## What to do", "## Steps", `FirstReplyWait: its runbook has no "## What to do"`},
	} {
		problems := checkRules(t, func(path string) (string, error) {
			text, err := fromRepository(path)
			if path == mistake.path {
				if !strings.Contains(text, mistake.was) {
					t.Errorf("%s has no %q to put a mistake in", path, mistake.was)
				}
				text = strings.Replace(text, mistake.was, mistake.is, 1)
			}
			return text, err
		})
		if !slices.ContainsFunc(problems, func(p string) bool { return strings.HasPrefix(p, mistake.told) }) {
			t.Errorf("%q for %q: not told %q; told:\n%s", mistake.is, mistake.was, mistake.told, strings.Join(problems, "\n"))
		}
	}
}
