package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

const composePath = "docker-compose.yml"

// planted is a mistake: in a file, what stands there, what shall stand there, and a part of what must be told.
type planted struct{ path, was, is, told string }

// tree reads the files of the repository, some of them with a mistake put in.
type tree map[string]planted

func (tree tree) read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	change, changed := tree[path]
	if !changed {
		return string(text)
	}
	if !strings.Contains(string(text), change.was) {
		t.Fatalf("%s has no %q to put a mistake in", path, change.was)
	}
	return strings.Replace(string(text), change.was, change.is, 1)
}

// compose loads the compose file as docker compose does: schema, interpolation, references, each service's environment.
func (tree tree) compose(t *testing.T, environment types.Mapping) (*types.Project, error) {
	t.Helper()
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	details := types.ConfigDetails{
		WorkingDir: here, Environment: environment,
		ConfigFiles: []types.ConfigFile{{Filename: composePath, Content: []byte(tree.read(t, composePath))}},
	}
	return loader.LoadWithContext(t.Context(), details, func(o *loader.Options) { o.SetProjectName("floorwatch", false) })
}

// What an engineer gets with "docker compose up" is held together here, because no container runs in these tests.
func TestCompose(t *testing.T) {
	if problems := checkDeployment(t, nil); len(problems) > 0 {
		t.Errorf("the compose file is broken:\n%s", strings.Join(problems, "\n"))
	}
}

// Passwords, and how long a VIP may wait, come from the environment, into each service that needs them.
func TestComposeEnvironment(t *testing.T) {
	project, err := tree(nil).compose(t, types.Mapping{"FLOORWATCH_CLICKHOUSE_PASSWORD": "one", "FLOORWATCH_GRAFANA_CLICKHOUSE_PASSWORD": "two", "FLOORWATCH_GRAFANA_VIP_WAIT": "90s"})
	if err != nil {
		t.Fatal(err)
	}
	f := func(service, name, want string) {
		t.Helper()
		if got := variables(project.Services[service])[name]; got != want {
			t.Errorf("%s: %s is %q, want %q", service, name, got, want)
		}
	}
	f("clickhouse", "CLICKHOUSE_PASSWORD", "one")
	f("floorwatch", "FLOORWATCH_CLICKHOUSE_PASSWORD", "one")
	f("clickhouse", "GRAFANA_PASSWORD", "two")
	f("grafana", "FLOORWATCH_GRAFANA_CLICKHOUSE_PASSWORD", "two")
	f("grafana", "FLOORWATCH_GRAFANA_VIP_WAIT", "90s")
}

// Each mistake is told.
func TestComposeCheckFails(t *testing.T) {
	const config, scrapes, users = "deploy/floorwatch.compose.yml", "deploy/prometheus/prometheus.yml", "deploy/clickhouse/users.xml"
	const routes = "deploy/alertmanager/alertmanager.yml"
	for _, mistake := range []planted{
		{composePath, "restart: unless-stopped", "restrat: unless-stopped", "restrat"},
		{composePath, "apache/kafka:4.3.1", "apache/kafka:latest", "kafka: image apache/kafka:latest is not pinned"},
		{composePath, "prom/prometheus:v3.13.1", "prom/prometheus", "prometheus: image prom/prometheus is not pinned"},
		{composePath, "./deploy/prometheus/prometheus.yml", "./deploy/prometheus.yml", "prometheus: mounts deploy/prometheus.yml, which does not exist"},
		{composePath, "users.d/floorwatch.xml:ro", "users.d/floorwatch.xml", "clickhouse: may write to deploy/clickhouse/users.xml"},
		{composePath, `"127.0.0.1:8123:8123"`, `"8123:8123"`, "clickhouse: port 8123 is open to other machines"},
		{composePath, `"127.0.0.1:9090:9090"`, `"0.0.0.0:9090:9090"`, "prometheus: port 9090 is open to other machines"},
		{composePath, "healthcheck: {disable: true} #", "#", "simulator: no health check"},
		{composePath, "test: [CMD, promtool", "disable: true\n      test: [CMD, promtool", "prometheus: no health check"},
		{composePath, "restart: unless-stopped", "restart: \"no\"", "grafana: restart is \"no\""},
		{composePath, "clickhouse: {condition: service_healthy}", "clickhaus: {condition: service_healthy}", "clickhaus"},
		{composePath, "kafka: {condition: service_healthy}", "kafka: {condition: service_started}", "topics: waits for kafka until service_started"},
		{composePath, "topics: {condition: service_completed_successfully}", "topics: {condition: service_healthy}", "floorwatch: waits for topics until service_healthy"},
		{composePath, "[run, --config", "[run, --confg", "floorwatch: command [run --confg"},
		{composePath, "[gateway, --config", "[gatewy, --config", "gateway: command [gatewy"},
		{composePath, "127.0.0.1:8090:8090", "127.0.0.1:8091:8090", "gateway: listens on 0.0.0.0:8090, and the port that is open is another"},
		{composePath, "target: /etc/floorwatch/gateway.key", "target: /etc/floorwatch/gateway", "gateway: source demo finds no key"},
		{composePath, "floorwatch-key-of-the-demo", "demo", "gateway: source demo finds no key of 24 characters"},
		{composePath, "- keys:/var/lib/floorwatch", "- keys:/var/lib/keys", "gateway: the keys for pseudonyms in /var/lib/floorwatch/keys are lost"},
		{config, "demo: {company: demo,", "demo: {company: \"\",", "gateway.sources.demo.company"},
		{scrapes, "gateway:8080", "gateway:8090", "gateway:8080 is not scraped"},
		{composePath, ", --today]", ", --yesterday]", "simulator: command [simulate"},
		{composePath, "[CMD, /floorwatch, healthcheck,", "[CMD, /floorwatch, healthchek,", "floorwatch: command [healthchek"},
		{composePath, "/floorwatch.yml:ro", "/floor.yml:ro", "nothing is mounted at /etc/floorwatch/floorwatch.yml"},
		{composePath, "FLOORWATCH_CLICKHOUSE_PASSWORD: $", "FLOORWATCH_CLICKHOUSE_PASWORD: $", "FLOORWATCH_CLICKHOUSE_PASWORD"},
		{composePath, "timeout: 5s\n      retries: 6", "timeout: 3s\n      retries: 6", "floorwatch: the health check is cut off"},
		{composePath, "stop_grace_period: 30s", "stop_grace_period: 10s", "floorwatch: is killed before its last rows are written"},
		{composePath, "user: \"65532:65532\"", "user: root", "floorwatch: must run as nobody, without capabilities, on a file system that it cannot write"},
		{composePath, "cap_drop: [ALL]", "cap_drop: [CHOWN]", "simulator: must run as nobody"},
		{composePath, "PLAINTEXT://kafka:19092,", "PLAINTEXT://kafka:19093,", "kafka: tells no client the address kafka:19092"},
		{composePath, "PLAINTEXT://:19092,", "PLAINTEXT://:19093,", "kafka: does not listen on port 19092"},
		{composePath, "HOST://127.0.0.1:9092", "HOST://kafka:9092", "kafka: tells no client the address 127.0.0.1:9092"},
		{composePath, "--topic floorwatch.events.v1", "--topic floorwatch.event.v1", "topics: makes no topic floorwatch.events.v1"},
		{composePath, "LogAppendTime --config retention.ms=-1", "CreateTime --config retention.ms=-1", "topics: floorwatch.events.v1 needs --config message.timestamp.type=LogAppendTime"},
		{composePath, " --config retention.ms=-1", "", "topics: floorwatch.events.v1 needs --config retention.ms=-1"},
		{composePath, "--partitions 12", "", "topics: floorwatch.events.v1 needs --partitions"},
		{composePath, "--topic floorwatch.rejects.v1", "--topic rejects", "topics: makes no topic floorwatch.rejects.v1"},
		{composePath, "--bootstrap-server kafka:19092", "--bootstrap-server kafka:9093", "topics: kafka:9093"},
		{composePath, "CLICKHOUSE_USER: floorwatch", "CLICKHOUSE_USER: writer", "clickhouse has no user floorwatch"},
		{composePath, "FLOORWATCH_GRAFANA_CLICKHOUSE_USER: grafana", "FLOORWATCH_GRAFANA_CLICKHOUSE_USER: floorwatch", "grafana: ClickHouse user floorwatch is not the one that can only read"},
		{composePath, "GRAFANA_PASSWORD: ${FLOORWATCH_GRAFANA_CLICKHOUSE_PASSWORD:-grafana}", "GRAFANA_PASSWORD: other", "grafana: the password of ClickHouse"},
		{composePath, "env_file: grafana/grafana.env", "labels: {}", "FLOORWATCH_GRAFANA_CLICKHOUSE_HOST is not set"},
		{composePath, "VIP_WAIT:-1m}", "VIP_WAIT:-60}", `FLOORWATCH_GRAFANA_VIP_WAIT is "60", want a duration`},
		{composePath, "grafana-clickhouse-datasource@4.14.1", "grafana-clickhouse-datasource", "grafana: plugin grafana-clickhouse-datasource is not pinned"},
		{composePath, "grafana-clickhouse-datasource@4.14.1", "other@1.0.0", "grafana: no plugin grafana-clickhouse-datasource"},
		{composePath, "./grafana/dashboards:/var/lib/grafana/floorwatch", "./grafana/dashboards:/boards", "grafana: no boards in /var/lib/grafana/floorwatch"},
		{composePath, "floorwatch/live-floor.json", "floorwatch/floor.json", "grafana: its first page"},
		{composePath, "ORG_ROLE: Viewer", "ORG_ROLE: Editor", "grafana: whoever comes is Editor"},
		{composePath, "FLOORWATCH_GRAFANA_CLICKHOUSE_USER:", "FLOORWATCH_GRAFANA_PROMETHEUS_URL: http://prometheus:9091\n      FLOORWATCH_GRAFANA_CLICKHOUSE_USER:", "grafana: prometheus:9091"},
		{composePath, "FLOORWATCH_GRAFANA_CLICKHOUSE_USER:", "FLOORWATCH_GRAFANA_CLICKHOUSE_HOST: ch\n      FLOORWATCH_GRAFANA_CLICKHOUSE_USER:", "grafana: ch:8123"},
		{composePath, "--config.file=/etc/prometheus/prometheus.yml", "--config.file=/etc/prometheus.yml", "prometheus: nothing is mounted at /etc/prometheus.yml"},
		{config, "brokers: [kafka:19092]", "brokers: [kafka:9099]", "floorwatch: kafka:9099"},
		{config, "addresses: [clickhouse:8123]", "addresses: [click:8123]", "floorwatch: click:8123"},
		{config, "listen: 0.0.0.0:8080", "listen: 127.0.0.1:8080", "floorwatch: listens on 127.0.0.1:8080"},
		{config, "listen: 0.0.0.0:8080", "listen: 0.0.0.0:8081", "floorwatch: listens on 0.0.0.0:8081"},
		{config, "globex: America/New_York", "globex: America/Chicago", "floor.zones.globex is America/Chicago"},
		{config, "kafka:\n", "kafak:\n", "kafak"},
		{scrapes, "floorwatch:8080", "floorwatch:8081", "prometheus: floorwatch:8081"},
		{scrapes, "scrape_interval: 5s", "scrape_intervall: 5s", "scrape_intervall"},
		{scrapes, "scrape_timeout: 4s", "scrape_timeout: 6s", "prometheus: job floorwatch waits 6s for an answer"},
		{scrapes, "scrape_native_histograms: true", "scrape_native_histograms: false", "prometheus: job floorwatch must take native and classic histograms"},
		{composePath, "./deploy/prometheus/rules:/etc/prometheus/rules", "./deploy/prometheus/rules:/etc/rules", "prometheus: finds 0 files of rules"},
		{composePath, "prom/alertmanager:v0.34.2", "prom/alertmanager", "alertmanager: image prom/alertmanager is not pinned"},
		{composePath, "--config.file=/etc/alertmanager/", "--config.file=/etc/", "alertmanager: nothing is mounted at /etc/alertmanager.yml"},
		{scrapes, "rules/*.yml", "rules/*.yaml", "prometheus: finds 0 files of rules"},
		{scrapes, "alertmanager:9093", "alertmanager:9094", "prometheus: alertmanager:9094"},
		{scrapes, "grafana: http://127.0.0.1:3000", "grafana: http://127.0.0.1:3001", "prometheus: links of alerts lead to"},
		{scrapes, "action: labeldrop", "action: labelkeep", "prometheus: the address of Grafana becomes a label"},
		{routes, "receiver: pager", "receiver: beeper", "alertmanager: no receiver beeper"},
		{routes, "mutes = \"floor\"", "mutes = \"flor\"", "alertmanager: a bad picture does not mute"},
		{users, "<readonly>2</readonly>", "<readonly>0</readonly>", "clickhouse: user grafana may write"},
		{users, "GRANT SELECT ON floorwatch.*", "GRANT SELECT ON floor.*", "clickhouse: user grafana must have only GRANT SELECT ON floorwatch.*"},
		{users, "GRAFANA_PASSWORD", "GRAFANA_PASS", "clickhouse: no variable GRAFANA_PASS"},
	} {
		problems := checkDeployment(t, tree{mistake.path: mistake})
		if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, mistake.told) }) {
			t.Errorf("%s: %q for %q: not told %q; told:\n%s", mistake.path, mistake.is, mistake.was, mistake.told, strings.Join(problems, "\n"))
		}
	}
}
