package main

import (
	"bytes"
	"encoding/xml"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v4"
)

// configuration is that of the service and the simulator, as each reads it in its container.
func (d *deployment) configuration() (cfg Config, ok bool) {
	text, ok := d.mounted("floorwatch", "/etc/floorwatch/floorwatch.yml")
	if !ok {
		return cfg, false
	}
	path := filepath.Join(d.t.TempDir(), "floorwatch.yml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	for _, name := range []string{"simulator", "gateway", "floorwatch"} {
		var environment []string
		for key, value := range variables(d.project.Services[name]) {
			environment = append(environment, key+"="+value)
		}
		loaded, err := loadConfig(path, environment)
		if err != nil {
			d.tell(true, "%s: %v", name, err)
			return cfg, false
		}
		cfg = loaded
	}
	checked := execute(d.t.Context(), nil, "check", "--config", path)
	d.tell(checked.Code != 0, "floorwatch: check: %s", checked.Err)
	return cfg, true
}

// checkKafka wants each address that Kafka tells its clients to be one at which they reach it.
func (d *deployment) checkKafka() {
	s := d.project.Services["kafka"]
	environment := variables(s)
	listening, told := listeners(environment["KAFKA_LISTENERS"]), listeners(environment["KAFKA_ADVERTISED_LISTENERS"])
	wanted := []string{}
	for _, port := range s.Ports {
		wanted = append(wanted, net.JoinHostPort(port.HostIP, port.Published))
	}
	for _, port := range s.Expose {
		wanted = append(wanted, net.JoinHostPort("kafka", port))
	}
	for _, address := range wanted {
		name := told[address]
		d.tell(name == "", "kafka: tells no client the address %s", address)
		_, port, _ := net.SplitHostPort(address)
		d.tell(name != "" && listening[":"+port] != name, "kafka: does not listen on port %s as %s", port, name)
	}
	d.tell(len(wanted) < 2, "kafka: must be reached by containers and by this machine")
}

// listeners reads NAME://address,… into the names by address.
func listeners(text string) map[string]string {
	out := map[string]string{}
	for entry := range strings.SplitSeq(text, ",") {
		name, address, _ := strings.Cut(entry, "://")
		out[address] = name
	}
	return out
}

var bootstrapServer = regexp.MustCompile(`--bootstrap-server (\S+)`)

func (d *deployment) checkTopics(cfg Config) {
	script := strings.Join(d.project.Services["topics"].Command, "\n")
	for _, match := range bootstrapServer.FindAllStringSubmatch(script, -1) {
		d.resolve("topics", match[1])
	}
	topics := map[string]string{}
	for line := range strings.Lines(script) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "create --topic "); ok {
			name, settings, _ := strings.Cut(rest, " ")
			topics[name] = settings + " "
		}
	}
	for topic, settings := range map[string][]string{
		cfg.Kafka.Topic:         {"--partitions ", "--config message.timestamp.type=LogAppendTime ", "--config retention.ms=-1 "},
		"floorwatch.rejects.v1": {"--partitions "},
	} {
		made, ok := topics[topic]
		d.tell(!ok, "topics: makes no topic %s", topic)
		for _, setting := range settings {
			d.tell(ok && !strings.Contains(made, setting), "topics: %s needs %s", topic, strings.TrimSpace(setting))
		}
	}
}

func (d *deployment) checkConfiguration(cfg Config) {
	for _, address := range slices.Concat(cfg.Kafka.Brokers, cfg.ClickHouse.Addresses) {
		d.resolve("floorwatch", address)
	}
	service := d.project.Services["floorwatch"]
	grace := service.StopGracePeriod
	d.tell(grace == nil || time.Duration(*grace) < cfg.Pipeline.ShutdownTimeout+5*time.Second, "floorwatch: is killed before its last rows are written")
	host, port, _ := net.SplitHostPort(cfg.HTTP.Listen)
	ports := service.Ports
	d.tell(host != "0.0.0.0" || len(ports) != 1 || port != ports[0].Published, "floorwatch: listens on %s, and the port that is open is another", cfg.HTTP.Listen)
	for _, company := range cfg.Simulate.Companies {
		zone := cfg.Floor.Zones[company.Name]
		d.tell(zone != company.Zone, "floorwatch: floor.zones.%s is %s, the simulator's is %s", company.Name, zone, company.Zone)
	}
}

// checkGateway wants the gateway to be reached, to have the keys of its sources, and to keep those for pseudonyms.
func (d *deployment) checkGateway(cfg Config) {
	service := d.project.Services["gateway"]
	host, port, _ := net.SplitHostPort(cfg.Gateway.Listen)
	d.tell(host != "0.0.0.0" || len(service.Ports) != 1 || port != service.Ports[0].Published, "gateway: listens on %s, and the port that is open is another", cfg.Gateway.Listen)
	d.tell(len(cfg.Gateway.Sources) == 0, "gateway: nobody may send")
	for name, source := range cfg.Gateway.Sources {
		for _, path := range source.APIKeyFiles {
			content := ""
			for _, file := range service.Configs {
				if file.Target == path {
					content = d.project.Configs[file.Source].Content
				}
			}
			d.tell(len(content) < 24, "gateway: source %s finds no key of 24 characters at %s", name, path)
		}
	}
	kept := false
	for _, volume := range service.Volumes {
		kept = kept || volume.Type == types.VolumeTypeVolume && strings.HasPrefix(cfg.Masking.KeysDir, volume.Target+"/")
	}
	d.tell(!kept, "gateway: the keys for pseudonyms in %s are lost with the container", cfg.Masking.KeysDir)
}

// clickHouseUsers is a file of ClickHouse's users.d.
type clickHouseUsers struct {
	ReadOnly string `xml:"profiles>grafana>readonly"`
	Grafana  struct {
		Password struct {
			From string `xml:"from_env,attr"`
		} `xml:"password"`
		Profile string   `xml:"profile"`
		Grants  []string `xml:"grants>query"`
	} `xml:"users>grafana"`
}

func (d *deployment) checkClickHouse(cfg Config) {
	server := variables(d.project.Services["clickhouse"])
	d.tell(server["CLICKHOUSE_USER"] != cfg.ClickHouse.Username, "clickhouse has no user %s", cfg.ClickHouse.Username)
	d.tell(server["CLICKHOUSE_PASSWORD"] == "" || server["CLICKHOUSE_PASSWORD"] != cfg.ClickHouse.Password, "clickhouse: user %s has another password", cfg.ClickHouse.Username)
	if text, ok := d.mounted("clickhouse", "/etc/clickhouse-server/config.d/floorwatch.xml"); ok {
		err := xml.Unmarshal([]byte(text), new(struct{}))
		d.tell(err != nil, "clickhouse: logs.xml: %v", err)
	}
	text, ok := d.mounted("clickhouse", "/etc/clickhouse-server/users.d/floorwatch.xml")
	if !ok {
		return
	}
	var users clickHouseUsers
	if err := xml.Unmarshal([]byte(text), &users); err != nil {
		d.tell(true, "clickhouse: users.xml: %v", err)
		return
	}
	d.tell(users.Grafana.Profile != "grafana" || users.ReadOnly != "2", "clickhouse: user grafana may write, or may not set max_execution_time")
	grant := "GRANT SELECT ON " + cfg.ClickHouse.Database + ".*"
	d.tell(!slices.Equal(users.Grafana.Grants, []string{grant}), "clickhouse: user grafana must have only %s", grant)
	password := server[users.Grafana.Password.From]
	d.tell(password == "", "clickhouse: no variable %s", users.Grafana.Password.From)
	board := variables(d.project.Services["grafana"])
	d.tell(board["FLOORWATCH_GRAFANA_CLICKHOUSE_USER"] != "grafana", "grafana: ClickHouse user %s is not the one that can only read", board["FLOORWATCH_GRAFANA_CLICKHOUSE_USER"])
	d.tell(board["FLOORWATCH_GRAFANA_CLICKHOUSE_PASSWORD"] != password, "grafana: the password of ClickHouse is another there")
}

// scrapeConfig is prometheus.yml in the keys that it uses; Prometheus refuses what it does not know.
type scrapeConfig struct {
	Global struct {
		ScrapeInterval     time.Duration     `yaml:"scrape_interval"`
		EvaluationInterval time.Duration     `yaml:"evaluation_interval"`
		ExternalLabels     map[string]string `yaml:"external_labels"`
	} `yaml:"global"`
	RuleFiles []string `yaml:"rule_files"`
	Alerting  struct {
		Relabel       []map[string]string `yaml:"alert_relabel_configs"`
		Alertmanagers []struct {
			Static []struct {
				Targets []string `yaml:"targets"`
			} `yaml:"static_configs"`
		} `yaml:"alertmanagers"`
	} `yaml:"alerting"`
	ScrapeConfigs []struct {
		Name     string        `yaml:"job_name"`
		Interval time.Duration `yaml:"scrape_interval"`
		Timeout  time.Duration `yaml:"scrape_timeout"`
		Native   bool          `yaml:"scrape_native_histograms"`
		Classic  bool          `yaml:"always_scrape_classic_histograms"`
		Limit    int           `yaml:"sample_limit"`
		Static   []struct {
			Targets []string `yaml:"targets"`
		} `yaml:"static_configs"`
	} `yaml:"scrape_configs"`
}

// configPath is where a service is told to look for its configuration, else where it looks by itself.
func (d *deployment) configPath(service, path string) string {
	for _, argument := range d.project.Services[service].Command {
		if file, told := strings.CutPrefix(argument, "--config.file="); told {
			path = file
		}
	}
	return path
}

func (d *deployment) checkPrometheus() {
	path := d.configPath("prometheus", "/etc/prometheus/prometheus.yml")
	text, ok := d.mounted("prometheus", path)
	if !ok {
		return
	}
	var cfg scrapeConfig
	decoder := yaml.NewDecoder(bytes.NewBufferString(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&cfg); err != nil {
		d.tell(true, "prometheus: %v", err)
		return
	}
	scraped, gateway := false, false
	for _, job := range cfg.ScrapeConfigs {
		d.tell(job.Interval > 0 && job.Timeout > job.Interval, "prometheus: job %s waits %s for an answer, longer than its interval", job.Name, job.Timeout)
		for _, targets := range job.Static {
			for _, target := range targets.Targets {
				d.resolve("prometheus", strings.Replace(target, "127.0.0.1", "prometheus", 1))
				scraped = scraped || job.Name == "floorwatch" && target == "floorwatch:8080"
				gateway = gateway || job.Name == "floorwatch-gateway" && target == "gateway:8080"
			}
		}
		d.tell(strings.HasPrefix(job.Name, "floorwatch") && !(job.Native && job.Classic), "prometheus: job floorwatch must take native and classic histograms")
	}
	d.tell(!scraped, "prometheus: floorwatch:8080 is not scraped")
	d.tell(!gateway, "prometheus: gateway:8080 is not scraped")
	d.checkAlerting(cfg, path)
}

// bracedVariable is one of the environment in a file of alerts, where a dollar alone is left as it is.
var bracedVariable = regexp.MustCompile(`\$\{(\w+)\}`)

// checkGrafana reads the provisioning as Grafana does, with the variables of the container.
func (d *deployment) checkGrafana() {
	environment := variables(d.project.Services["grafana"])
	expanded := func(path string) string {
		return os.Expand(d.tree.read(d.t, path), func(name string) string {
			value, set := environment[name]
			d.tell(!set, "grafana: %s: %s is not set", path, name)
			return value
		})
	}
	var sources struct {
		Datasources []struct {
			Type     string
			URL      string
			JSONData struct{ Host, Port, DefaultDatabase string } `yaml:"jsonData"`
		}
	}
	var providers struct {
		Providers []struct{ Options struct{ Path string } }
	}
	for path, into := range map[string]any{"grafana/provisioning/datasources/floorwatch.yml": &sources, "grafana/provisioning/dashboards/floorwatch.yml": &providers} {
		if err := yaml.Unmarshal([]byte(expanded(path)), into); err != nil {
			d.tell(true, "grafana: %s: %v", path, err)
			return
		}
	}
	const alerting = "grafana/provisioning/alerting/floorwatch.yml"
	for _, variable := range bracedVariable.FindAllStringSubmatch(d.tree.read(d.t, alerting), -1) {
		_, err := time.ParseDuration(environment[variable[1]])
		d.tell(err != nil, "grafana: %s: %s is %q, want a duration", alerting, variable[1], environment[variable[1]])
	}
	plugins := environment["GF_PLUGINS_PREINSTALL_SYNC"]
	for _, source := range sources.Datasources {
		if source.Type == "prometheus" {
			address, err := url.Parse(source.URL)
			d.tell(err != nil, "grafana: %v", err)
			if err == nil {
				d.resolve("grafana", address.Host)
			}
			continue
		}
		d.resolve("grafana", net.JoinHostPort(source.JSONData.Host, source.JSONData.Port))
		id, version, _ := strings.Cut(plugins, "@")
		d.tell(id != source.Type, "grafana: no plugin %s is installed", source.Type)
		d.tell(version == "", "grafana: plugin %s is not pinned to a version", id)
	}
	d.tell(len(sources.Datasources) != 2 || len(providers.Providers) != 1, "grafana: provisioning is not read right")
	for _, provider := range providers.Providers {
		d.checkBoards(provider.Options.Path, environment)
	}
}

func (d *deployment) checkBoards(path string, environment map[string]string) {
	for _, volume := range d.project.Services["grafana"].Volumes {
		if volume.Target != path {
			continue
		}
		home := strings.TrimPrefix(environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"], path)
		_, err := os.Stat(filepath.Join(volume.Source, home))
		d.tell(err != nil, "grafana: its first page: %v", err)
		role := environment["GF_AUTH_ANONYMOUS_ORG_ROLE"]
		d.tell(role != "Viewer", "grafana: whoever comes is %s, must be Viewer", role)
		return
	}
	d.tell(true, "grafana: no boards in %s", path)
}
