package schemas

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/metrics.md and what is new in event.proto.lock")

func TestMetricsPage(t *testing.T) {
	const path = "../docs/metrics.md"
	if *update {
		if err := os.WriteFile(path, []byte(MetricsPage()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(MetricsPage(), string(page)); diff != "" {
		t.Errorf("%s is not the dictionary's; run go test ./schemas -update (-dictionary +page):\n%s", path, diff)
	}
}

// The dictionary is whole: nothing twice, nothing without a definition, units last.
func TestDictionary(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range Metrics {
		if seen[m.Key] {
			t.Errorf("%s is there twice", m.Key)
		}
		seen[m.Key] = true
		if !strings.HasSuffix(m.Means, ".") || strings.Count(m.Means, ".") != 1 {
			t.Errorf("%s: the definition must be one sentence: %q", m.Key, m.Means)
		}
		if strings.HasSuffix(m.Unit, "seconds") && !strings.HasSuffix(m.Key, "_"+m.Unit) {
			t.Errorf("%s: the unit %s must stand last", m.Key, m.Unit)
		}
		if len(m.Labels) > MaxLabels {
			t.Errorf("%s has %d labels, at most %d", m.Key, len(m.Labels), MaxLabels)
		}
		if !slices.Contains([]string{SurfaceFloor, SurfacePipeline}, m.Surface) {
			t.Errorf("%s: surface %q", m.Key, m.Surface)
		}
		if (m.Kind == KindGauge) != slices.Contains([]string{MergeSum, MergeMin, MergeMax}, m.Merge) {
			t.Errorf("%s is a %s and merges by %q", m.Key, m.Kind, m.Merge)
		}
		if m.Surface == SurfaceFloor && (len(m.Columns) == 0 || m.Kind != KindColumn && m.Labels[0] != "company") {
			t.Errorf("%s is a number of the floor: it needs a column, and company as its first label", m.Key)
		}
		if slices.Contains(m.Labels, "conversation") || slices.Contains(m.Labels, "customer") {
			t.Errorf("%s: labels without bound", m.Key)
		}
	}
}
