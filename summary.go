package main

import (
	"context"
	"slices"
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
				status := svc.pipeline.Load().Status()
				if svc.console.live {
					svc.console.Summary(summaryLines(status, now, svc.console.size()))
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
