package prometheus

import (
	"testing"
	"time"
)

const (
	scraped = `job="floorwatch",instance="a",`
	board   = "/d/floorwatch-live-floor"
	team    = board + "?var-company=acme&var-team=billing"
)

func waiting(labels, number, since string) series {
	return series{
		"floorwatch_conversations_waiting_reply{" + scraped + labels + "}":      number,
		"floorwatch_waiting_oldest_timestamp_seconds{" + scraped + labels + "}": since,
	}
}

func TestFirstReplyWait(t *testing.T) {
	trial{alert: "FirstReplyWait", labels: `{company="acme", team="billing"}`, after: 2*time.Minute + 15*time.Second + 30*time.Second,
		above:   waiting(billing+`,for="any",stage="first"`, "3", "0"),
		below:   waiting(billing+`,for="any",stage="first"`, "3", "-120+15x80"),
		summary: "acme, team billing: a customer has waited 2m 45s for the first reply, more than 2m 0s.", link: team}.run(t)
}

// A customer whom an AI has handed over waits for a person, although the AI has replied.
func TestFirstReplyWaitForPerson(t *testing.T) {
	trial{alert: "FirstReplyWait", labels: `{company="acme"}`, after: 2*time.Minute + 15*time.Second + 30*time.Second,
		above:   waiting(`company="acme",team="",channel="web",queue="",for="human",stage="first"`, "1", "0"),
		below:   waiting(`company="acme",team="",channel="email",queue="",for="human",stage="first"`, "1", "0"), // mail is no chat
		summary: "acme: a customer has waited 2m 45s for the first reply, more than 2m 0s.", link: board + "?var-company=acme&var-team=%28none%29"}.run(t)
}

// A mail that has waited for days beside a chat that has waited for seconds.
func TestMailBesideChat(t *testing.T) {
	for name, stage := range map[string]string{"FirstReplyWait": "first", "ReplyWait": "next"} {
		both := fine.with(waiting(billing+`,for="any",stage="`+stage+`"`, "1", "-10+15x80"))
		for series, value := range waiting(`company="acme",team="billing",channel="email",queue="q1",for="any",stage="`+stage+`"`, "7", "-86400") {
			both[series] = value
		}
		for i, active := range evaluate(t, ruleFiles, name, phase{lasting, both}) {
			if len(active) > 0 {
				t.Fatalf("after %s: %v", time.Duration(i)*step, active)
			}
		}
	}
}

// What the board takes as a value arrives whole.
func TestLinkQuotes(t *testing.T) {
	trial{alert: "FirstReplyWait", labels: `{company="a&b \\ c", team="über 50%"}`, after: 2*time.Minute + 15*time.Second + 30*time.Second,
		above:   waiting(`company="a&b \\ c",team="über 50%",channel="web",queue="",for="any",stage="first"`, "1", "0"),
		summary: `a&b \ c, team über 50%: a customer has waited 2m 45s for the first reply, more than 2m 0s.`,
		link:    board + "?var-company=a%26b+%5C%5C+c&var-team=%C3%BCber+50%25"}.run(t)
}

func TestReplyWait(t *testing.T) {
	trial{alert: "ReplyWait", labels: `{company="acme", team="billing"}`, after: 5*time.Minute + 15*time.Second + 30*time.Second,
		above:   waiting(billing+`,for="any",stage="next"`, "1", "0"),
		below:   waiting(billing+`,for="any",stage="next"`, "1", "-300+15x80"),
		summary: "acme, team billing: a customer has waited 5m 45s for a reply in a conversation that goes on, more than 5m 0s.", link: team}.run(t)
}

func TestUnassignedBacklog(t *testing.T) {
	backlog := func(web, sms string) series {
		return series{
			"floorwatch_conversations_backlog{" + scraped + `company="acme",team="billing",channel="web",queue="",owner_kind=""}`:      web,
			"floorwatch_conversations_backlog{" + scraped + `company="acme",team="billing",channel="sms",queue="",owner_kind=""}`:      sms,
			"floorwatch_conversations_backlog{" + scraped + `company="acme",team="billing",channel="web",queue="",owner_kind="human"}`: "99",
		}
	}
	trial{alert: "UnassignedBacklog", labels: `{company="acme", team="billing"}`, after: 5 * time.Minute, above: backlog("11", "10"), below: backlog("10", "10"),
		summary: "acme, team billing: open conversations without an owner: 21, more than 20.", link: team + "&var-owner=%28none%29"}.run(t)
}

func TestNobodyOnline(t *testing.T) {
	online := func(state string) series {
		return series{"floorwatch_agents{" + scraped + `company="acme",state="` + state + `"}`: "1", "floorwatch_agents{" + scraped + `company="acme",state="offline"}`: "9"}
	}
	trial{alert: "NobodyOnline", labels: `{company="acme"}`, after: 2 * time.Minute, above: online("unknown"), below: online("away"),
		summary: "acme: no agent is online. Customers waiting: 1.", link: board + "?var-company=acme"}.run(t)
}

// Nobody is online and nobody waits; a company of whose agents nothing is told.
func TestNobodyOnlineSilent(t *testing.T) {
	for name, world := range map[string]series{
		"nobody waits":    fine.with(series{"floorwatch_agents{" + scraped + `company="acme",state="offline"}`: "9"}).with(waiting(billing+`,for="any",stage="first"`, "0", "_")),
		"another company": fine.with(series{"floorwatch_agents{" + scraped + `company="globex",state="available"}`: "9"}).with(waiting(`company="globex",team="",channel="web",queue="",for="any",stage="first"`, "3", "0")),
		"only mail waits": fine.with(series{"floorwatch_agents{" + scraped + `company="acme",state="offline"}`: "9"}).with(waiting(`company="acme",team="billing",channel="email",queue="q1",for="any",stage="first"`, "3", "0")),
		"no presence":     fine.with(series{"floorwatch_agents{" + scraped + `company="globex",state="offline"}`: "9"}),
	} {
		for i, active := range evaluate(t, ruleFiles, "NobodyOnline", phase{lasting, world}) {
			if len(active) > 0 {
				t.Fatalf("%s: after %s: %v", name, time.Duration(i)*step, active)
			}
		}
	}
}

func TestAgentOverloaded(t *testing.T) {
	hold := func(ann, ben string) series {
		return series{
			"floorwatch_agent_conversations{" + scraped + `company="acme",agent="ann"}`: ann,
			"floorwatch_agent_conversations{" + scraped + `company="acme",agent="ben"}`: ben,
			"floorwatch_agent_capacity{" + scraped + `company="acme",agent="ann"}`:      "4",
		}
	}
	overloaded := trial{alert: "AgentOverloaded", labels: `{agent="ben", company="acme"}`, after: 5 * time.Minute, above: hold("2", "4"), below: hold("2", "3"),
		summary: "acme: agent ben holds 133.3% of the conversations that fit. Other agents who are free: 1.", link: board + "?var-company=acme&var-owner=ben"}
	overloaded.run(t)
	overloaded.below = hold("3", "4") // no one else is free
	overloaded.run(t)
	overloaded.above, overloaded.below = hold("_", "4"), hold("_", "3") // ann holds nothing: no series
	overloaded.run(t)
}

// closes are counters that are there from the beginning: per step so many handled ones, and of these so many transferred or escalated.
func closes(label, plain, other string) series {
	both := map[string]string{"escalated": `escalated="true",transferred="false"`, "transferred": `escalated="false",transferred="true"`}
	return series{
		"floorwatch_handled_closes_total{" + scraped + `company="acme",team="billing",channel="web",escalated="false",transferred="false"}`: plain,
		"floorwatch_handled_closes_total{" + scraped + `company="acme",team="billing",channel="web",` + both[label] + "}":                   other,
	}
}

func TestEscalationRate(t *testing.T) {
	rate := trial{alert: "EscalationRate", labels: `{company="acme", team="billing"}`, after: 10*time.Minute + 5*step, ends: 66 * time.Minute, // it takes some closes until there are 20
		above: closes("escalated", "0+3x200", "0+1x200"), below: closes("escalated", "0+4x200", "0+1x200"),
		summary: "acme, team billing: 25% of the conversations closed in the last hour were escalated, more than 20%.", link: team}
	rate.run(t)
	rate.below = closes("escalated", "0+0x200", "0x40 1x160") // all of them, but there is one
	rate.run(t)
}

// The first escalations of a team come at once: increase() alone sees nothing of them.
func TestRatesOfNewSeries(t *testing.T) {
	for name, label := range map[string]string{"EscalationRate": "escalated", "TransferRate": "transferred"} {
		steps := evaluate(t, ruleFiles, name, phase{90 * time.Minute, fine.with(closes(label, "_", "_x260 30x600"))})
		if last := firing(steps[len(steps)-1], name); len(last) != 1 {
			t.Errorf("%s: 30 of 30, and it does not fire: %v", name, steps[len(steps)-1])
		}
	}
}

// Prometheus was down or could not reach the instance: closes of the whole day are no hour's.
func TestRatesAfterGap(t *testing.T) {
	for name, label := range map[string]string{"EscalationRate": "escalated", "TransferRate": "transferred"} {
		gone := fine.with(closes(label, "_x8 100x600", "_x8 900x600")).with(series{own("up", ""): "0x7 1x600"})
		for i, active := range evaluate(t, ruleFiles, name, phase{2 * lasting, gone}) {
			if len(active) > 0 {
				t.Fatalf("%s after %s: %v", name, time.Duration(i)*step, active)
			}
		}
	}
}

func TestTransferRate(t *testing.T) {
	trial{alert: "TransferRate", labels: `{company="acme", team="billing"}`, after: 10*time.Minute + 5*step, ends: 66 * time.Minute,
		above: closes("transferred", "0+2x200", "0+2x200"), below: closes("transferred", "0+7x200", "0+3x200"),
		summary: "acme, team billing: 50% of the conversations closed in the last hour were transferred, more than 30%.", link: team}.run(t)
}
