package alertmanager

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// program finds a program of Debian's packages.
func program(t *testing.T, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	reason := "no " + name + " here; `make servers` says how to get it"
	if os.Getenv("CI") != "" {
		t.Fatal(reason)
	}
	t.Skip(reason)
	return ""
}

// A customer writes and waits: the pager gets one page with the right link. While the numbers are behind it is muted; when the wait ends, the pager
// is told so. What is scraped is the service's own page of metrics over its fold; the configurations are those of docker compose, with other addresses, and with seconds for minutes.
func TestEndToEnd(t *testing.T) {
	prometheus, alertmanager := program(t, "prometheus"), program(t, "prometheus-alertmanager")
	floor := newFloor()
	server := httptest.NewServer(floor)
	defer server.Close()
	dir, routes, asked := t.TempDir(), freeAddress(t), freeAddress(t)
	configure(t, dir, server, routes)
	floor.tell(t, `"type": "agent", "agent_id": "ann", "action": "status_changed", "presence": "available"`)
	start(t, alertmanager, "--config.file="+dir+"/alertmanager.yml", "--storage.path="+dir+"/alerts", "--web.listen-address="+routes, "--cluster.listen-address=")
	start(t, prometheus, "--config.file="+dir+"/prometheus.yml", "--storage.tsdb.path="+dir+"/series", "--web.listen-address="+asked)

	until(t, "the watchdog comes", func() bool { return len(floor.told("watchdog")) > 0 })
	floor.tell(t, `"type": "status", "conversation_id": "c1", "status": "assigned", "team_id": "billing"`)
	floor.tell(t, `"type": "message", "conversation_id": "c1", "message_id": "m1", "direction": "in", "author_kind": "customer", "channel": "web"`)
	until(t, "the pager is told of the wait", func() bool { return len(floor.told("pager")) > 0 })
	page := floor.told("pager")[0]
	if page.Status != "firing" || len(page.Alerts) != 1 || page.Alerts[0].Labels["alertname"] != "FirstReplyWait" || page.Alerts[0].Labels["grafana"] != "" {
		t.Errorf("the page is %+v", page)
	}
	if got, want := page.Alerts[0].Annotations["dashboard_url"], "http://127.0.0.1:3000/d/floorwatch-live-floor?var-company=acme&var-team=billing"; got != want {
		t.Errorf("the link is %s, want %s", got, want)
	}

	floor.fallBehind(9999)
	until(t, "the wait is muted", func() bool { return state(t, routes, "FirstReplyWait") == "suppressed" })
	floor.fallBehind(0)
	until(t, "the wait is muted no more", func() bool { return state(t, routes, "FirstReplyWait") == "active" })
	for _, m := range floor.told("pager") {
		if m.Alerts[0].Labels["alertname"] == "FirstReplyWait" && m.Status == "resolved" {
			t.Errorf("the pager is told that it is over: %+v", m)
		}
	}

	floor.tell(t, `"type": "message", "conversation_id": "c1", "message_id": "m2", "direction": "out", "author_kind": "human", "agent_id": "ann", "channel": "web"`)
	until(t, "the pager is told that it is over", func() bool {
		for _, m := range floor.told("pager") {
			if m.Status == "resolved" && m.Alerts[0].Labels["alertname"] == "FirstReplyWait" {
				return true
			}
		}
		return false
	})
	pages := 0
	for _, m := range floor.told("pager") {
		if m.Status == "firing" && m.Alerts[0].Labels["alertname"] == "FirstReplyWait" {
			pages++
		}
	}
	if pages != 1 {
		t.Errorf("%d pages for one wait", pages)
	}
}

// configure writes the configurations with the addresses of the test, and with seconds for minutes.
func configure(t *testing.T, dir string, server *httptest.Server, routes string) {
	t.Helper()
	gateway := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})) // is there, and has nothing to tell
	t.Cleanup(gateway.Close)
	hook := fmt.Sprintf("\n    webhook_configs: [{url: %q}]", server.URL)
	rewrite(t, "alertmanager.yml", dir+"/alertmanager.yml", "group_wait: 10s", "group_wait: 1s", "group_interval: 1m", "group_interval: 1s",
		"name: pager # critical", "name: pager"+hook, "name: watchdog # a", "name: watchdog"+hook+" # a")
	// Debian's Prometheus is older than native histograms.
	rewrite(t, "../prometheus/prometheus.yml", dir+"/prometheus.yml", "floorwatch:8080", strings.TrimPrefix(server.URL, "http://"), "alertmanager:9093", routes,
		"gateway:8080", strings.TrimPrefix(gateway.URL, "http://"),
		"    scrape_native_histograms: true\n", "", "    always_scrape_classic_histograms: true\n", "",
		"evaluation_interval: 15s", "evaluation_interval: 1s", "scrape_interval: 5s", "scrape_interval: 1s", "scrape_timeout: 4s", "scrape_timeout: 1s")
	if err := os.Mkdir(dir+"/rules", 0o700); err != nil {
		t.Fatal(err)
	}
	rewrite(t, "../prometheus/rules/thresholds.yml", dir+"/rules/thresholds.yml", "vector(120)", "vector(3)")
	rewrite(t, "../prometheus/rules/recorded.yml", dir+"/rules/recorded.yml")
	rewrite(t, "../prometheus/rules/floor.yml", dir+"/rules/floor.yml", "for: 30s", "for: 1s", "keep_firing_for: 2m", "keep_firing_for: 2s")
	rewrite(t, "../prometheus/rules/pipeline.yml", dir+"/rules/pipeline.yml", "for: 1m", "for: 1s", "keep_firing_for: 1m", "keep_firing_for: 1s")
}

// rewrite copies a file with all of some texts replaced; each must be there.
func rewrite(t *testing.T, from, to string, changes ...string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(string(text), changes[i]) {
			t.Fatalf("%s has no %q", from, changes[i])
		}
	}
	if err := os.WriteFile(to, []byte(strings.NewReplacer(changes...).Replace(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// start runs a program until the test ends, and shows what it said if the test failed.
func start(t *testing.T, path string, arguments ...string) {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(path, arguments...)
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := command.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = command.Wait() // it was killed
		if text, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(path), text)
		}
		log.Close()
	})
}

func until(t *testing.T, what string, reached func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if reached() {
			return
		}
	}
	t.Fatalf("not within two minutes: %s", what)
}

// state asks Alertmanager how an alert stands: active or suppressed; empty without it.
func state(t *testing.T, address, name string) string {
	t.Helper()
	response, err := http.Get("http://" + address + "/api/v2/alerts?filter=alertname%3D" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var alerts []struct{ Status struct{ State string } }
	if err := json.Unmarshal(text, &alerts); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if len(alerts) != 1 {
		return ""
	}
	return alerts[0].Status.State
}
