package prometheus

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// pipeline runs a trial of an alert about floorwatch itself.
func (trial trial) pipeline(t *testing.T) {
	t.Helper()
	trial.own = true
	trial.link = board
	if trial.labels == "" {
		trial.labels = "{}"
	}
	trial.run(t)
}

// own is a series of the instance.
func own(metric, labels string) string {
	return metric + "{" + strings.TrimSuffix(scraped+labels, ",") + "}"
}

func TestPicturePartial(t *testing.T) {
	trial{alert: "PicturePartial", after: 90 * time.Second, above: series{own("floorwatch_partitions_caught_up", ""): "9"},
		below:   series{own("floorwatch_partitions_caught_up", ""): "9 9 9 9 9 9 12x80"}, // a rebalance
		summary: "Partitions of the log that are in no number: 3. The floor's figures are too low, and its alerts are muted."}.pipeline(t)
}

func TestPictureDoubled(t *testing.T) {
	two := series{own("floorwatch_partitions_caught_up", ""): "12", `floorwatch_partitions_caught_up{job="floorwatch",instance="b"}`: "1"}
	trial{alert: "PictureDoubled", after: 90 * time.Second, above: two, below: two.with(series{own("floorwatch_partitions_caught_up", ""): "11", `floorwatch_partitions_caught_up{job="floorwatch",instance="b"}`: "1"}),
		summary: "Partitions of the log that count twice: 1. The floor's figures are too high, and its alerts are muted."}.pipeline(t)
}

// An instance answers and shows nothing, as it does while it waits for ClickHouse, ends and is started again.
func TestPictureMissing(t *testing.T) {
	trial{alert: "PictureMissing", after: 90 * time.Second, above: series{own("floorwatch_partitions", ""): "_"}, below: series{own("floorwatch_partitions", ""): "_x5 12x80"},
		summary: "No instance of floorwatch shows any number: it does not get through its start, or is not there, and nobody is told of the floor."}.pipeline(t)
}

// stopped is a floor whose events stop when there were 120 of them: agents stay online, or not.
func stopped(newest string, agents series) series {
	return agents.with(series{
		own("floorwatch_watermark_timestamp_seconds", ""): newest,
		own("floorwatch_events_total", `type="message"`):  "0+30x8 240x600",
	})
}

func TestStaleData(t *testing.T) {
	available := series{own("floorwatch_agents", `company="acme",state="available"`): "2"}
	lapsed := series{own("floorwatch_agents", `company="acme",state="available"`): "2x15 0x600"} // heartbeats stopped, too
	stale := trial{alert: "StaleData", after: 2*time.Minute + 5*time.Minute + 15*time.Second + time.Minute,
		above:   stopped("0+15x8 120x600", available),
		below:   stopped("0+15x8 120x19 420x600", series{own("floorwatch_agents", `company="acme",state="available"`): "2x7 0x600"}), // everybody left: a quiet floor
		summary: "No event has come for 6m 15s although the floor was busy: the figures stand still, and its alerts are muted."}
	stale.pipeline(t)
	stale.above = stopped("0+15x8 120x600", lapsed)
	stale.below = stopped("0+15x8 120x600", available).with(series{own("floorwatch_events_total", `type="message"`): "0+1x600"}) // few events
	stale.pipeline(t)
	stale.below = stopped("0+15x8 120x19 420+15x600", available) // exactly 5 minutes of silence
	stale.pipeline(t)
}

// A busy floor whose events stop stays stale for longer than the hour in which there were events.
func TestStaleDataLasts(t *testing.T) {
	world := fine.with(stopped("0+15x8 120x600", series{own("floorwatch_agents", `company="acme",state="available"`): "2"}))
	steps := evaluate(t, ruleFiles, "StaleData", phase{150 * time.Minute, world})
	if last := steps[len(steps)-1]; len(firing(last, "StaleData")) != 1 {
		t.Errorf("it ends by itself: %v", last)
	}
}

func TestLag(t *testing.T) {
	lag := func(first, second string) series {
		return series{own("floorwatch_lag_records", `partition="0"`): first, own("floorwatch_lag_records", `partition="1"`): second}
	}
	trial{alert: "Lag", after: time.Minute, above: lag("3000", "2001"), below: lag("3000", "2000"),
		summary: "5.001k events wait to be read: the figures are behind, and the floor's alerts are muted."}.pipeline(t)
}

func TestInsertFailing(t *testing.T) {
	failing := trial{alert: "InsertFailing", after: time.Minute,
		above:   series{own("floorwatch_clickhouse_up", ""): "0"},
		below:   series{own("floorwatch_clickhouse_up", ""): "0 0 0 0 1x80"},
		summary: "ClickHouse does not take rows: boards and SQL stand still, alerts go on, and nothing is lost yet."}
	failing.pipeline(t)
	failing.above = series{own("floorwatch_clickhouse_up", ""): "1", `floorwatch_clickhouse_up{job="floorwatch",instance="b"}`: "0"} // one of two
	failing.pipeline(t)
	// Now and then it takes rows.
	failing.above = series{own("floorwatch_flush_failures_total", ""): "0x4 3+1x80"}
	failing.below = series{own("floorwatch_flush_failures_total", ""): "0x40 4x80"}
	failing.after = time.Minute + 7*step
	failing.pipeline(t)
}

func TestRejects(t *testing.T) {
	rejects := func(values string) series {
		return series{own("floorwatch_rejects_total", `reason="invalid_json"`): values, own("floorwatch_events_total", `type="message"`): "0+100x600"}
	}
	trial{alert: "Rejects", after: 10*time.Minute + 2*step + time.Minute, above: rejects("0x42 200x600"), below: rejects("0x42 39x600"),
		summary: "4.762% of the records of the last 10 minutes could not be used: they are in no number."}.pipeline(t)
}

// The first rejects of a reason come at once: increase() alone sees nothing of them.
func TestRejectsOfNewReason(t *testing.T) {
	trial{alert: "Rejects", after: 11 * time.Minute, above: series{own("floorwatch_rejects_total", `reason="wrong_partition"`): "_x39 200x600"},
		below:   series{own("floorwatch_rejects_total", `reason="wrong_partition"`): "_x39 9x600", own("floorwatch_events_total", `type="message"`): "0x600"}, // all of them, but there are nine
		summary: "14.29% of the records of the last 10 minutes could not be used: they are in no number."}.pipeline(t)
}

// Prometheus was down or could not reach the instance: what the instance has counted since its start is no news.
func TestRejectsAfterGap(t *testing.T) {
	gone := fine.with(series{own("floorwatch_rejects_total", `reason="invalid_json"`): "_x60 900x600", own("up", ""): "0x59 1x600"})
	for i, active := range evaluate(t, ruleFiles, "Rejects", phase{2 * lasting, gone}) {
		if len(active) > 0 {
			t.Fatalf("after %s: %v", time.Duration(i)*step, active)
		}
	}
}

func TestConversationsUnreadable(t *testing.T) {
	unreadable := func(first, second string) series {
		return series{own("floorwatch_conversations_unreadable", ""): first, `floorwatch_conversations_unreadable{job="floorwatch",instance="b"}`: second}
	}
	trial{alert: "ConversationsUnreadable", after: 5 * time.Minute, above: unreadable("2", "1"), below: unreadable("0", "1x19 0x80"), // mended in time
		summary: "Conversations whose stored state cannot be used: 3. Their events wait, and nothing of them is counted."}.pipeline(t)
}

// Days wait to be rolled up, or nobody looks; a backlog that is worked off in time is none, nor are days that are due for minutes again and again.
func TestRollupsDue(t *testing.T) {
	due := func(values string) series { return fine.with(series{own("floorwatch_rollups_due", ""): values}) }
	const still = ". History stands still, the live floor does not."
	for values, want := range map[string]string{
		"3": "Company days that have ended and have been left to sum up for two hours: 3" + still, "_": "Nobody has summed up company days that have ended for two hours" + still,
		"9x470 0x300": "", "_x470 0x300": "", "1x100 0x3 1x100 0x3 1x100 0x3 1x100 0x3 1x100 0x300": "",
	} {
		steps := evaluate(t, ruleFiles, "RollupsDue", phase{150 * time.Minute, due(values)}, phase{lasting, fine})
		first := slices.IndexFunc(steps, func(active []alert) bool { return len(firing(active, "RollupsDue")) > 0 })
		if want == "" && first >= 0 || want != "" && time.Duration(first)*step != 2*time.Hour {
			t.Errorf("%q: fires at step %d", values, first)
		} else if want != "" {
			if got := firing(steps[first], "RollupsDue")[0].annotations; got.Get("summary") != want || got.Get("dashboard_url") != grafana+"/d/floorwatch-history" {
				t.Errorf("%q: %s", values, got)
			}
		}
		if last := steps[len(steps)-1]; len(last) > 0 {
			t.Errorf("%q: does not end: %v", values, last)
		}
	}
	partial := due("_").with(series{own("floorwatch_partitions_caught_up", ""): "11"})
	if steps := evaluate(t, ruleFiles, "RollupsDue", phase{150 * time.Minute, partial}); len(steps[len(steps)-1]) > 0 {
		t.Error("nobody looks for days while the picture is partial, and it is told")
	}
}

func TestTargetDown(t *testing.T) {
	down := trial{alert: "TargetDown", labels: `{instance="a", job="floorwatch"}`, after: time.Minute, above: series{own("up", ""): "0"},
		below: series{own("up", ""): "0 0 0 0 1x80"}, summary: "floorwatch at a does not answer."}
	down.pipeline(t)
	down.labels, down.above, down.summary = `{job="floorwatch"}`, series{own("up", ""): "_"}, "floorwatch, of which Prometheus knows no instance, does not answer."
	down.pipeline(t)
}

// gate is a series of the gateway.
func gate(metric, labels string) string {
	return metric + `{job="floorwatch-gateway",instance="g",` + labels + "}"
}

func TestGatewayDown(t *testing.T) {
	trial{alert: "GatewayDown", labels: `{instance="g", job="floorwatch-gateway"}`, after: time.Minute, above: series{gate("up", ""): "0"}, below: series{gate("up", ""): "0 0 0 0 1x80"},
		summary: "The gateway at g does not answer: chat platforms cannot send events, and give up after some tries."}.pipeline(t)
}

func TestGatewayUnavailable(t *testing.T) {
	away := func(kafka, busy string) series {
		return series{gate("floorwatch_gateway_refusals_total", `source="desk",reason="kafka_unavailable"`): kafka,
			gate("floorwatch_gateway_refusals_total", `source="demo",reason="busy"`): busy, gate("floorwatch_gateway_refusals_total", `source="demo",reason="rate_limited"`): "0+100x600"}
	}
	trial{alert: "GatewayUnavailable", after: 11*step + time.Minute, above: away("0+0.5x600", "0+0.5x600"), below: away("0x20 5x600", "0x20 5x600"),
		summary: "The gateway told 15 requests of the last 5 minutes to come again: their events are not in the log."}.pipeline(t)
}

func TestGatewaySourceRefused(t *testing.T) {
	refused := func(reason, values, taken string) series {
		return series{gate("floorwatch_gateway_refusals_total", `source="desk",reason="`+reason+`"`): values, gate("floorwatch_gateway_events_total", `source="desk"`): taken,
			gate("floorwatch_gateway_refusals_total", `source="unknown",reason="not_signed"`): "0+9x600"}
	}
	f := trial{alert: "GatewaySourceRefused", labels: `{source="desk"}`, after: 5*time.Minute + 6*step, above: refused("wrong_signature", "0+1x600", "900"), below: refused("wrong_signature", "0+1x600", "0+1x600"),
		summary: "Nothing that comes as source desk is believed: 26 requests of the last 10 minutes were not signed right."}
	f.pipeline(t)
	f.below = refused("rate_limited", "0+9x600", "900")
	f.pipeline(t)
}

func TestRulesFailing(t *testing.T) {
	const failures = `prometheus_rule_evaluation_failures_total{job="prometheus",instance="p"}`
	trial{alert: "RulesFailing", after: 5*time.Minute + step, above: series{failures: "0+1x600"}, below: series{failures: "7"},
		summary: "Prometheus could not evaluate some rules: their alerts cannot rise."}.pipeline(t)
}
