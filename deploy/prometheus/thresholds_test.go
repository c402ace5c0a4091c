package prometheus

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// edited gives the files of rules with another thresholds.yml.
func edited(t *testing.T, edit func(string) string) []string {
	t.Helper()
	text, err := os.ReadFile(ruleFiles[0])
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "thresholds.yml")
	if err := os.WriteFile(path, []byte(edit(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	return append([]string{path}, ruleFiles[1:]...)
}

// The examples at the end of thresholds.yml, without their comment signs, hold: a team's own limit, its company's, everybody's.
func TestOverrides(t *testing.T) {
	files := edited(t, func(text string) string { return strings.ReplaceAll(text, "# - {", "- {") })
	world := fine.with(series{
		own("floorwatch_conversations_waiting_reply", `company="acme",team="billing",channel="web",queue="",for="any",stage="first"`):        "1",
		own("floorwatch_conversations_waiting_reply", `company="acme",team="sales",channel="web",queue="",for="any",stage="first"`):          "1",
		own("floorwatch_conversations_waiting_reply", `company="globex",team="billing",channel="web",queue="",for="any",stage="first"`):      "1",
		own("floorwatch_waiting_oldest_timestamp_seconds", `company="acme",team="billing",channel="web",queue="",for="any",stage="first"`):   "0",
		own("floorwatch_waiting_oldest_timestamp_seconds", `company="acme",team="sales",channel="web",queue="",for="any",stage="first"`):     "0",
		own("floorwatch_waiting_oldest_timestamp_seconds", `company="globex",team="billing",channel="web",queue="",for="any",stage="first"`): "0",
	})
	steps := evaluate(t, files, "FirstReplyWait", phase{4 * time.Minute, world})
	for who, want := range map[string]time.Duration{`{company="acme", team="billing"}`: 30, `{company="acme", team="sales"}`: 60, `{company="globex", team="billing"}`: 120} {
		first := slices.IndexFunc(steps, func(active []alert) bool {
			return slices.ContainsFunc(firing(active, "FirstReplyWait"), func(a alert) bool { return ownLabels(a) == who })
		})
		if got, want := time.Duration(first)*step, want*time.Second+step+30*time.Second; got != want {
			t.Errorf("%s fires after %s, want %s", who, got, want)
		}
	}
}

func TestOverrideForCompany(t *testing.T) {
	files := edited(t, func(text string) string {
		return text + "      - {record: \"floorwatch:threshold:waiting_while_nobody_online\", expr: vector(2), labels: {company: acme}}\n"
	})
	empty := fine.with(series{own("floorwatch_agents", `company="acme",state="offline"`): "5"})
	if steps := evaluate(t, files, "NobodyOnline", phase{lasting, empty}); len(steps[len(steps)-1]) > 0 {
		t.Errorf("one customer waits, the company allows one, and it fires")
	}
}

// A threshold that was lost by mistake is told, since the alert that needs it would just be silent.
func TestThresholdMissing(t *testing.T) {
	trial := trial{alert: "ThresholdMissing", labels: "{}"}
	without := edited(t, func(text string) string {
		return strings.Replace(text, "floorwatch:threshold:reply_seconds", "floorwatch:treshold:reply_seconds", 1)
	})
	steps := evaluate(t, without, trial.alert, phase{lasting, fine})
	last := firing(steps[len(steps)-1], trial.alert)
	if len(last) != 1 || last[0].annotations.Get("summary") != "Only 18 of the 19 thresholds that hold for everybody are set: some alerts cannot rise." {
		t.Errorf("not told: %v", last)
	}
	none := evaluate(t, ruleFiles[1:], trial.alert, phase{lasting, fine})
	if last := none[len(none)-1]; len(firing(last, trial.alert)) != 1 {
		t.Errorf("with no thresholds at all it is silent: %v", last)
	}
	whole := evaluate(t, ruleFiles, trial.alert, phase{lasting, fine})
	if last := whole[len(whole)-1]; len(last) > 0 {
		t.Errorf("nothing is missing: %v", last)
	}
}

// An alert that fires outlasts the time until one that tells of a bad picture fires and mutes it, so that nobody is told that it is over.
func TestFiringOutlastsBadPicture(t *testing.T) {
	waits := fine.with(waiting(billing+`,for="any",stage="first"`, "1", "0"))
	for name, world := range map[string]series{
		"PicturePartial": waits.with(series{own("floorwatch_partitions_caught_up", ""): "11"}),
		"PictureMissing": {own("up", ""): "0"}, // nothing is scraped any more
	} {
		wait := evaluate(t, ruleFiles, "FirstReplyWait", phase{5 * time.Minute, waits}, phase{5 * time.Minute, world})
		bad := evaluate(t, ruleFiles, name, phase{5 * time.Minute, waits}, phase{5 * time.Minute, world})
		at := slices.IndexFunc(bad, func(active []alert) bool { return len(firing(active, name)) > 0 })
		if at < 0 || len(firing(wait[at], "FirstReplyWait")) != 1 || len(firing(wait[at+1], "FirstReplyWait")) != 1 {
			t.Errorf("at step %d %s begins to fire, and the alert that it mutes has ended", at, name)
		} else if mutes := firing(bad[at], name)[0].labels.Get("mutes"); mutes != "floor" {
			t.Errorf("%s mutes %q", name, mutes)
		}
		if last := wait[len(wait)-1]; len(last) > 0 {
			t.Errorf("it goes on for good: %v", last)
		}
	}
}

// What holds as it comes. Rates over time cannot be put exactly beside some of these.
func TestThresholdDefaults(t *testing.T) {
	text, err := os.ReadFile(ruleFiles[0])
	if err != nil {
		t.Fatal(err)
	}
	var file ruleFile
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range file.Groups[0].Rules {
		got[strings.TrimPrefix(r.Record, "floorwatch:threshold:")] = r.Expr
	}
	want := map[string]string{
		"first_reply_seconds": "vector(120)", "reply_seconds": "vector(300)", "waiting_customers": "vector(1)", "unassigned_conversations": "vector(20)",
		"escalation_ratio": "vector(0.2)", "transfer_ratio": "vector(0.3)", "handled_closes": "vector(20)", "waiting_while_nobody_online": "vector(1)",
		"agent_load_ratio": "vector(1)", "agent_free_ratio": "vector(0.5)", "agent_capacity": "vector(3)", "stale_seconds": "vector(300)", "stale_events": "vector(120)",
		"lag_records": "vector(5000)", "flush_failures": "vector(5)", "reject_ratio": "vector(0.01)", "rejects": "vector(10)", "gateway_unavailable": "vector(10)", "gateway_refusals": "vector(5)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The limits are made of thresholds of the same name, all in one of two ways: by team, or by company.
func TestLimitsAreAlike(t *testing.T) {
	text, err := os.ReadFile(ruleFiles[1])
	if err != nil {
		t.Fatal(err)
	}
	var file ruleFile
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	forms := map[string]int{}
	for _, r := range file.Groups[0].Rules {
		if name, ok := strings.CutPrefix(r.Record, "floorwatch:limit:"); ok {
			forms[strings.ReplaceAll(r.Expr, "floorwatch:threshold:"+name+"{", "X{")]++
		}
	}
	for form, n := range forms {
		if len(forms) != 2 || n < 4 || strings.Contains(form, "threshold") {
			t.Errorf("%d limits are made so:\n%s", n, form)
		}
	}
}
