package schemas

import (
	"fmt"
	"strings"
)

// MetricsPage is the dictionary as a page of the documentation.
func MetricsPage() string {
	var page strings.Builder
	page.WriteString("# Metrics\n\nWhat each number means, exactly. Made from the dictionary in `schemas/dictionary.go` by `floorwatch metrics --markdown`; a test\nholds the two together.\n\nHistograms are wall time; the columns of a duration that end in `_business_ms` are the part of it within business hours (R8 of the [rules](rules.md)).\nIn Prometheus, team is the conversation's own team; views fall back on the first team of its owner. A series without a value is not\nshown, such as waits when nobody waits.\n")
	for _, surface := range []struct{ name, title string }{{SurfaceFloor, "The floor"}, {SurfacePipeline, "The pipeline"}} {
		fmt.Fprintf(&page, "\n## %s\n", surface.title)
		for i := range Metrics {
			if m := &Metrics[i]; m.Surface == surface.name {
				m.write(&page)
			}
		}
	}
	return page.String()
}

func (m *Metric) write(page *strings.Builder) {
	fmt.Fprintf(page, "\n### %s\n\n%s\n", m.Key, m.Means)
	if m.Notes != "" {
		fmt.Fprintf(page, "%s\n", m.Notes)
	}
	page.WriteString("\n| where | name |\n| --- | --- |\n")
	name := m.PrometheusName()
	if len(m.Labels) > 0 {
		name += "{" + strings.Join(m.Labels, ", ") + "}"
	}
	if name != "" {
		fmt.Fprintf(page, "| Prometheus, %s | `%s` |\n", m.Kind, name)
	}
	for _, column := range m.Columns {
		fmt.Fprintf(page, "| ClickHouse | `%s` |\n", column)
	}
}
