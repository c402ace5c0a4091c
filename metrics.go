package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/floorwatch/floorwatch/schemas"
)

// metrics prints the dictionary.
func metrics(_ context.Context, arguments []string, s streams) error {
	flags := newFlags("metrics", "[--markdown]", "Prints the dictionary: what each number means, and where it stands in Prometheus and SQL.")
	markdown := flags.Bool("markdown", false, "print the page docs/metrics.md")
	if err := flags.parse(arguments, s, 0); err != nil {
		return err
	}
	if *markdown {
		_, err := fmt.Fprint(s.out, schemas.MetricsPage())
		return err
	}
	for i := range schemas.Metrics {
		m := &schemas.Metrics[i]
		fmt.Fprintf(s.out, "%s (%s)\n  %s\n", cmp.Or(m.PrometheusName(), m.Key), m.Kind, m.Means)
		if m.Notes != "" {
			fmt.Fprintf(s.out, "  %s\n", m.Notes)
		}
		for _, column := range m.Columns {
			fmt.Fprintf(s.out, "  SQL: %s\n", column)
		}
		fmt.Fprintln(s.out)
	}
	return nil
}
