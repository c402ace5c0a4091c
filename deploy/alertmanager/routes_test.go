package alertmanager

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// ruleLabels gives the labels of all alerts that Prometheus and Grafana send, by name.
func ruleLabels(t *testing.T) map[string]map[string]string {
	t.Helper()
	found := map[string]map[string]string{}
	for _, path := range []string{"../prometheus/rules/floor.yml", "../prometheus/rules/pipeline.yml", "../../grafana/provisioning/alerting/floorwatch.yml"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Groups []struct {
				Rules []struct {
					Alert, Title string
					Labels       map[string]string
				}
			}
		}
		if err := yaml.Unmarshal(text, &file); err != nil {
			t.Fatal(err)
		}
		for _, r := range file.Groups[0].Rules {
			found[r.Alert+r.Title] = r.Labels
		}
	}
	return found
}

// made is what Alertmanager makes of alerts, written as name and company: the receivers of each, or that another one mutes it. It asks
// until that is as wanted, since alerts that came together mute each other a moment later.
func made(t *testing.T, labels map[string]map[string]string, want map[string]string) {
	t.Helper()
	address := freeAddress(t)
	start(t, program(t, "prometheus-alertmanager"), "--config.file=alertmanager.yml", "--storage.path="+t.TempDir(), "--web.listen-address="+address, "--cluster.listen-address=")
	var alerts []map[string]any
	for who := range want {
		name, company, _ := strings.Cut(who, " ")
		of := map[string]string{"alertname": name, "company": company}
		maps.Copy(of, labels[name])
		alerts = append(alerts, map[string]any{"labels": of})
	}
	body, err := json.Marshal(alerts)
	if err != nil {
		t.Fatal(err)
	}
	until(t, "Alertmanager takes the alerts", func() bool {
		response, err := http.Post("http://"+address+"/api/v2/alerts", "application/json", bytes.NewReader(body))
		return err == nil && response.Body.Close() == nil && response.StatusCode == http.StatusOK
	})
	var got map[string]string
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline) && !maps.Equal(got, want); time.Sleep(50 * time.Millisecond) {
		got = told(t, address)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// told gives the receivers of each alert that Alertmanager has, or "muted".
func told(t *testing.T, address string) map[string]string {
	t.Helper()
	response, err := http.Get("http://" + address + "/api/v2/alerts")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var alerts []struct {
		Labels    map[string]string
		Status    struct{ State string }
		Receivers []struct{ Name string }
	}
	if err := json.NewDecoder(response.Body).Decode(&alerts); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, a := range alerts {
		who := strings.TrimSpace(a.Labels["alertname"] + " " + a.Labels["company"])
		for _, r := range a.Receivers {
			found[who] += r.Name
		}
		if a.Status.State == "suppressed" {
			found[who] = "muted"
		}
	}
	return found
}

var receivers = map[string]string{"critical": "pager", "warning": "desk", "none": "watchdog"}

// Each alert reaches whom its severity says. They are all there at once, but those that mute others.
func TestRoutes(t *testing.T) {
	labels := ruleLabels(t)
	var quiet, muting = map[string]string{}, map[string]string{}
	for name, of := range labels {
		switch {
		case of["mutes"] != "":
			muting[name] = receivers[of["severity"]]
		case of["scope"] == "floor" && name != "NobodyOnline":
			quiet[name+" acme"] = receivers[of["severity"]]
		case name != "NobodyOnline":
			quiet[name] = receivers[of["severity"]]
		}
	}
	if len(quiet) < 15 || len(muting) < 5 {
		t.Errorf("%d and %d alerts; are they found?", len(quiet), len(muting))
	}
	made(t, labels, quiet)
	made(t, labels, muting)
	made(t, labels, map[string]string{"NobodyOnline acme": "pager"})
}

// What mutes what: a bad picture all that is made of it, of every company; nobody online the waits of that company.
func TestMutes(t *testing.T) {
	labels := ruleLabels(t)
	for name, of := range labels {
		if of["mutes"] == "" {
			continue
		}
		want := map[string]string{name: "pager", "InsertFailing": "pager", "Rejects": "desk", "Watchdog": "watchdog"}
		for other, labels := range labels {
			if labels["scope"] == "floor" {
				want[other+" acme"] = "muted"
			}
		}
		made(t, labels, want)
	}
	want := map[string]string{"NobodyOnline acme": "pager"}
	for name, of := range labels {
		if of["scope"] == "floor" && name != "NobodyOnline" {
			want[name+" acme"], want[name+" globex"] = receivers[of["severity"]], receivers[of["severity"]]
		}
	}
	want["FirstReplyWait acme"], want["ReplyWait acme"], want["UnassignedBacklog acme"] = "muted", "muted", "muted"
	made(t, labels, want)
	// What is muted itself still mutes.
	made(t, labels, map[string]string{"TargetDown": "pager", "PictureMissing": "muted", "FirstReplyWait acme": "muted", "InsertFailing": "pager"})
}

// A message is about one company, and a dead man's switch hears of the Watchdog often enough.
func TestGrouping(t *testing.T) {
	text, err := os.ReadFile("alertmanager.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Route struct {
			GroupBy []string `yaml:"group_by"`
			Routes  []struct {
				Receiver string
				Repeat   time.Duration `yaml:"repeat_interval"`
			}
		}
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"alertname", "company"}, file.Route.GroupBy); diff != "" {
		t.Errorf("group_by (-want +got):\n%s", diff)
	}
	if first := file.Route.Routes[0]; first.Receiver != "watchdog" || first.Repeat == 0 || first.Repeat > 5*time.Minute {
		t.Errorf("the Watchdog is told again after %s", first.Repeat)
	}
}
