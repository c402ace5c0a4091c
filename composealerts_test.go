package main

import (
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v4"
)

// alertRoutes is alertmanager.yml in the keys that the check needs; that Alertmanager takes it is held by deploy/alertmanager.
type alertRoutes struct {
	Route     alertRoute
	Receivers []struct{ Name string }
	Inhibit   []struct {
		Source []string `yaml:"source_matchers"`
		Target []string `yaml:"target_matchers"`
	} `yaml:"inhibit_rules"`
}

type alertRoute struct {
	Receiver string
	Routes   []alertRoute
}

// checkAlerting wants the rules to be where Prometheus reads them, its Alertmanager to be there, and the links to lead to Grafana.
func (d *deployment) checkAlerting(cfg scrapeConfig, path string) {
	found := 0
	for _, pattern := range cfg.RuleFiles {
		for _, volume := range d.project.Services["prometheus"].Volumes {
			if volume.Target == filepath.Join(filepath.Dir(path), filepath.Dir(pattern)) {
				files, err := filepath.Glob(filepath.Join(volume.Source, filepath.Base(pattern)))
				d.tell(err != nil, "prometheus: %v", err)
				found += len(files)
			}
		}
	}
	d.tell(found != 4, "prometheus: finds %d files of rules, want 4", found)
	told := 0
	for _, manager := range cfg.Alerting.Alertmanagers {
		for _, targets := range manager.Static {
			for _, target := range targets.Targets {
				d.resolve("prometheus", target)
				told++
			}
		}
	}
	d.tell(told == 0, "prometheus: tells no Alertmanager")
	ports := d.project.Services["grafana"].Ports
	address := cfg.Global.ExternalLabels["grafana"]
	d.tell(len(ports) != 1 || address != "http://"+ports[0].HostIP+":"+ports[0].Published, "prometheus: links of alerts lead to %q, where Grafana is not", address)
	dropped := len(cfg.Alerting.Relabel) == 1 && cfg.Alerting.Relabel[0]["regex"] == "grafana" && cfg.Alerting.Relabel[0]["action"] == "labeldrop"
	d.tell(!dropped, "prometheus: the address of Grafana becomes a label of each alert")
	d.checkAlertmanager()
}

func (d *deployment) checkAlertmanager() {
	text, ok := d.mounted("alertmanager", d.configPath("alertmanager", ""))
	if !ok {
		return
	}
	var routes alertRoutes
	if err := yaml.Unmarshal([]byte(text), &routes); err != nil {
		d.tell(true, "alertmanager: %v", err)
		return
	}
	known := map[string]bool{}
	for _, receiver := range routes.Receivers {
		known[receiver.Name] = true
	}
	for _, route := range append(routes.Route.Routes, routes.Route) {
		d.tell(!known[route.Receiver], "alertmanager: no receiver %s", route.Receiver)
	}
	mutes := false
	for _, rule := range routes.Inhibit {
		mutes = mutes || strings.Contains(strings.Join(rule.Source, ","), `mutes = "floor"`) && strings.Contains(strings.Join(rule.Target, ","), `scope = "floor"`)
	}
	d.tell(!mutes, "alertmanager: a bad picture does not mute alerts about the floor")
}
