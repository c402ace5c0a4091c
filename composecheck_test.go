package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
)

// deployment is the compose file with what it mounts, while it is checked.
type deployment struct {
	t        *testing.T
	tree     tree
	project  *types.Project
	problems []string
}

// checkDeployment tells everything that is wrong with the compose file and the configurations in it, one line each.
func checkDeployment(t *testing.T, tree tree) []string {
	t.Helper()
	project, err := tree.compose(t, nil)
	if err != nil {
		return []string{err.Error()}
	}
	d := &deployment{t: t, tree: tree, project: project}
	for _, name := range project.ServiceNames() {
		d.checkService(project.Services[name])
	}
	d.checkProgram("floorwatch")
	d.checkProgram("simulator")
	d.checkProgram("gateway")
	d.checkKafka()
	cfg, ok := d.configuration()
	if !ok {
		return d.problems
	}
	d.checkTopics(cfg)
	d.checkConfiguration(cfg)
	d.checkGateway(cfg)
	d.checkClickHouse(cfg)
	d.checkPrometheus()
	d.checkGrafana()
	return d.problems
}

func (d *deployment) tell(wrong bool, format string, arguments ...any) {
	if wrong {
		d.problems = append(d.problems, fmt.Sprintf(format, arguments...))
	}
}

func variables(service types.ServiceConfig) map[string]string {
	out := map[string]string{}
	for name, value := range service.Environment {
		if value != nil {
			out[name] = *value
		}
	}
	return out
}

var pinned = regexp.MustCompile(`^[a-z0-9./-]+:v?\d+\.\d+\.\d+[a-z0-9.-]*$`)

func (d *deployment) checkService(s types.ServiceConfig) {
	d.tell(!pinned.MatchString(s.Image) && s.Image != d.project.Services["floorwatch"].Image, "%s: image %s is not pinned to a version", s.Name, s.Image)
	for _, port := range s.Ports {
		d.tell(port.HostIP != "127.0.0.1", "%s: port %d is open to other machines", s.Name, port.Target)
	}
	for _, volume := range s.Volumes {
		if volume.Type != types.VolumeTypeBind {
			continue
		}
		source, err := filepath.Rel(d.project.WorkingDir, volume.Source)
		if err == nil {
			_, err = os.Stat(source)
		}
		d.tell(err != nil, "%s: mounts %s, which does not exist", s.Name, source)
		d.tell(!volume.ReadOnly, "%s: may write to %s", s.Name, source)
	}
	if d.once(s.Name) {
		d.tell(s.Restart != "no", "%s: others wait for its end, so restart must be \"no\"", s.Name)
	} else {
		d.tell(s.Restart != "unless-stopped", "%s: restart is %q", s.Name, s.Restart)
		d.checkHealth(s)
	}
	for _, name := range s.GetDependencies() {
		want := types.ServiceConditionHealthy
		if d.once(name) {
			want = types.ServiceConditionCompletedSuccessfully
		}
		got := s.DependsOn[name].Condition
		d.tell(got != want, "%s: waits for %s until %s, want %s", s.Name, name, got, want)
	}
}

// checkHealth wants a health check of every service. The simulator cannot be asked and says so.
func (d *deployment) checkHealth(s types.ServiceConfig) {
	check := s.HealthCheck
	silent := s.Name == "simulator" && check != nil && check.Disable
	if check == nil || check.Disable || len(check.Test) < 2 || check.Test[0] != "CMD" {
		d.tell(!silent, "%s: no health check", s.Name)
		return
	}
	d.tell(check.Interval == nil || check.Timeout == nil || check.Retries == nil || check.StartPeriod == nil,
		"%s: the health check must say interval, timeout, retries and start_period", s.Name)
}

// once tells whether a service does its work and ends.
func (d *deployment) once(name string) bool {
	for _, other := range d.project.Services {
		if other.DependsOn[name].Condition == types.ServiceConditionCompletedSuccessfully {
			return true
		}
	}
	return d.project.Services[name].Restart == "no" && name == "topics"
}

// resolve tells an address at which no service answers other containers.
func (d *deployment) resolve(who, address string) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		d.tell(true, "%s: %v", who, err)
		return
	}
	service, ok := d.project.Services[host]
	if !ok {
		d.tell(true, "%s: %s: there is no service %s", who, address, host)
		return
	}
	ports := slices.Clone([]string(service.Expose))
	for _, published := range service.Ports {
		ports = append(ports, fmt.Sprint(published.Target))
	}
	d.tell(!slices.Contains(ports, port), "%s: %s: %s has the ports %s", who, address, host, strings.Join(ports, ", "))
}

// mounted gives the path in the repository of what a service finds at a path, and its text with the mistake put in.
func (d *deployment) mounted(service, target string) (text string, ok bool) {
	for _, volume := range d.project.Services[service].Volumes {
		source, err := filepath.Rel(d.project.WorkingDir, volume.Source)
		if volume.Target == target && volume.Type == types.VolumeTypeBind && err == nil {
			if info, err := os.Stat(source); err == nil && !info.IsDir() {
				return d.tree.read(d.t, source), true
			}
		}
	}
	d.tell(true, "%s: nothing is mounted at %s", service, target)
	return "", false
}

// checkProgram runs the command lines of our own program up to the point where they read their configuration.
func (d *deployment) checkProgram(name string) {
	s := d.project.Services[name]
	lines := [][]string{s.Command}
	if check := s.HealthCheck; check != nil && len(check.Test) > 2 && check.Test[1] == "/floorwatch" {
		lines = append(lines, check.Test[2:])
		d.tell(check.Timeout == nil || time.Duration(*check.Timeout) <= healthcheckTimeout, "%s: the health check is cut off before it tells what is wrong", name)
	}
	for _, line := range lines {
		at := slices.Index(line, "--config") + 1
		if at == 0 || at == len(line) {
			d.tell(true, "%s: command %v names no --config", name, line)
			continue
		}
		d.mounted(name, line[at])
		probe := slices.Clone(line)
		probe[at] = filepath.Join(d.t.TempDir(), "none.yml")
		got := execute(d.t.Context(), nil, probe...)
		d.tell(got.Code != 1 || !strings.Contains(got.Err, "read configuration "+probe[at]), "%s: command %v: %s", name, line, got.Err)
	}
	d.tell(s.User != "65532:65532" || !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true"),
		"%s: must run as nobody, without capabilities, on a file system that it cannot write", name)
	d.tell(s.Image != d.project.Services["floorwatch"].Image, "%s: image %s is not the one that floorwatch builds", name, s.Image)
}
