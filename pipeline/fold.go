package pipeline

import (
	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/schemas"
)

// fold takes in one batch. What was read before its partition went and came again does not count.
func (p *Pipeline) fold(batch *schemas.Batch) {
	part := p.partitions[batch.Partition]
	if part == nil || part.assignment != batch.Assignment {
		return
	}
	now := schemas.InstantOf(p.parts.Clock())
	for i := range batch.Events {
		e := &batch.Events[i]
		part.appended = max(part.appended, e.AppendedAt)
		e.Live = part.live(e.AppendedAt, now)
		p.account(e, part.state.Apply(e))
	}
	for _, reject := range batch.Rejects {
		part.appended = max(part.appended, reject.AppendedAt)
		if part.live(reject.AppendedAt, now) {
			p.parts.Meter.Count(schemas.MetricRejects, 1, reject.Reason)
		}
		p.rejected.Warn().Int32("partition", reject.Partition).Int64("offset", reject.Offset).
			Str("reason", reject.Reason).Str("detail", reject.Detail).Msg("record rejected")
	}
	part.records += int64(len(batch.Events) + len(batch.Rejects))
	part.next, part.end, part.leaderEpoch = max(part.next, batch.Next), max(part.end, batch.End, batch.Next), batch.LeaderEpoch
	part.caughtUp = part.caughtUp || part.goal >= 0 && part.next >= part.goal
	p.watermark = max(p.watermark, part.appended)
}

// live tells whether a record counts as news: not one of the catch-up at the start, and not one that waited long in the log.
func (part *partition) live(appended, now schemas.Instant) bool {
	return part.caughtUp && now-appended <= liveMillis
}

// account keeps counters and histograms. They take live events only, so that a start does not count the log again; and those that wait
// for the stored state of their conversation when it has come.
func (p *Pipeline) account(e *schemas.Event, outcome aggregator.Outcome) {
	if outcome.Pending || !e.Live {
		return
	}
	count := func(metric string, happened bool, labels ...string) {
		if happened {
			p.parts.Meter.Count(metric, 1, labels...)
		}
	}
	lag := e.AppendedAt - e.OccurredAt
	count(schemas.MetricEvents, outcome.Accepted, e.Type)
	count(schemas.MetricLateEvents, outcome.Accepted && lag > liveMillis, lagBucket(lag))
	count(schemas.MetricDuplicates, outcome.Duplicate)
	count(schemas.MetricEventConflicts, outcome.Conflict)
	count(schemas.MetricIgnoredStatuses, outcome.Ignored)
	count(schemas.MetricCappedEvents, outcome.Capped)
	count(schemas.MetricOutdatedEvents, outcome.Outdated)
	for _, sample := range outcome.Observations {
		if schemas.FindMetric(sample.Metric).Kind == schemas.KindCounter {
			p.parts.Meter.Count(sample.Metric, sample.Value, sample.Labels...)
		} else {
			p.parts.Meter.Observe(sample)
		}
	}
	if outcome.Touched {
		p.unseen = append(p.unseen, e.AppendedAt)
		p.pending = append(p.pending, e.AppendedAt)
	}
}

// liveMillis is how long after being appended an event still counts as live.
const liveMillis = 5 * 60 * 1000

func lagBucket(lag schemas.Instant) string {
	for i, hours := range []schemas.Instant{1, 24, 72} {
		if lag <= hours*3600*1000 {
			return schemas.LagBuckets[i]
		}
	}
	return schemas.LagBuckets[3]
}
