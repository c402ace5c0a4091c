package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/floorwatch/floorwatch/pipeline"
	"github.com/floorwatch/floorwatch/schemas"
	"golang.org/x/sync/errgroup"
)

// Intervals of the summary: redrawn on a terminal, logged elsewhere.
const (
	summaryRedraw = time.Second
	summaryLog    = time.Minute
)

// summarize shows today's numbers while the service runs.
func (svc *service) summarize(ctx context.Context, group *errgroup.Group) {
	every := summaryLog
	if svc.console.live {
		every = summaryRedraw
	}
	group.Go(func() error {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case now := <-tick.C:
				status := svc.pipeline.Status()
				if svc.console.live {
					svc.console.Summary([]byte(summaryText(status, now)))
				} else {
					svc.logSummary(status)
				}
			}
		}
	})
}

func (svc *service) logSummary(status *pipeline.Status) {
	for _, line := range floorLines(status.Gauges, time.Now()) {
		svc.logger.Info().Str("company", line.company).Int("active", line.active).Int("waiting_first_response", line.waiting).
			Int("assigned", line.assigned).Int("unassigned", line.unassigned).Int("open", line.open).Int("closed", line.closed).
			Int("customers_waiting", line.waitingNow).Int("agents_online", line.online).Int64("lag_records", status.Lag).Msg("today")
	}
}

// floorLine is what the summary tells of a company.
type floorLine struct {
	company                                             string
	active, waiting, assigned, unassigned, open, closed int
	waitingNow                                          int
	longest                                             time.Duration
	online, offline                                     int
}

// floorLines reads the gauges by company, in order of their names.
func floorLines(gauges schemas.Gauges, now time.Time) []floorLine {
	lines := map[string]*floorLine{}
	for key, value := range gauges {
		if schemas.FindMetric(key.Metric).Surface != schemas.SurfaceFloor {
			continue
		}
		line := lines[key.Labels[0]]
		if line == nil {
			line = &floorLine{company: key.Labels[0]}
			lines[line.company] = line
		}
		line.add(key, value, now)
	}
	names := make([]string, 0, len(lines))
	for name := range lines {
		names = append(names, name)
	}
	slices.Sort(names)
	out := make([]floorLine, len(names))
	for i, name := range names {
		out[i] = *lines[name]
	}
	return out
}

func (l *floorLine) add(key schemas.SampleKey, value float64, now time.Time) {
	n := int(value)
	switch key.Metric {
	case schemas.MetricActiveToday:
		l.active += n
	case schemas.MetricWaitingFirstResponse:
		if key.Labels[4] == schemas.ScopeToday {
			l.waiting += n
		}
	case schemas.MetricAssignedToday:
		l.assigned += n
	case schemas.MetricUnassignedToday:
		l.unassigned += n
	case schemas.MetricOpenToday:
		l.open += n
	case schemas.MetricClosedToday:
		l.closed += n
	case schemas.MetricWaitingReply:
		if key.Labels[4] == "any" {
			l.waitingNow += n
		}
	case schemas.MetricWaitingOldest:
		if key.Labels[4] == "any" {
			l.longest = max(l.longest, now.Sub(schemas.Instant(value*1000).Time()))
		}
	case schemas.MetricAgents:
		if key.Labels[1] == schemas.PresenceOffline {
			l.offline += n
		} else {
			l.online += n
		}
	}
}

// summaryText is the summary on a terminal.
func summaryText(status *pipeline.Status, now time.Time) string {
	var text strings.Builder
	text.WriteString("\n")
	switch {
	case status.CaughtUp < status.Partitions || status.Partitions == 0:
		fmt.Fprintf(&text, "reading the log: %d records, %d to go; numbers appear when all is read\n", status.Records, status.Lag)
	case !status.StoreUp:
		text.WriteString("today (ClickHouse does not take rows right now; these numbers go on)\n")
	default:
		fmt.Fprintf(&text, "today, as of %s\n", status.AsOf.Time().Local().Format("15:04:05"))
	}
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "company\tactive\twaiting first\tassigned\tunassigned\topen\tclosed\twaiting now\tlongest\tagents online\toffline\t")
	for _, l := range floorLines(status.Gauges, now) {
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%d\t%d\t\n", printable(l.company), l.active, l.waiting, l.assigned, l.unassigned,
			l.open, l.closed, l.waitingNow, l.longest.Round(time.Second), l.online, l.offline)
	}
	_ = table.Flush() // into memory
	return text.String()
}

// printable keeps a name from moving the cursor or the columns.
func printable(name string) string {
	name = strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '?'
		}
		return r
	}, name)
	if len([]rune(name)) > 24 {
		name = string([]rune(name)[:23]) + "…"
	}
	return name
}
