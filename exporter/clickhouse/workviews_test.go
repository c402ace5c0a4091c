//go:build embedded

package clickhouse

import (
	"fmt"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
)

// expect runs a query and compares the first column of its rows.
func (s *Store) expect(t *testing.T, query string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, s.strings(t, query)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", query, diff)
	}
}

var ada = schemas.DirectoryRow{Meta: schemas.Meta{Version: 1}, Company: "acme", Entry: "agent", ID: "ada", Name: "Ada", Teams: []string{"billing", "sales"}}

func dateOf(day string) schemas.Date {
	date, _ := schemas.ParseDate(day)
	return date
}

// replied is an answered wait of so many seconds on a day.
func replied(conversation string, number uint32, seconds float64, day string) schemas.ReplyRow {
	at := schemas.InstantOf(dateOf(day).Time()) + 12*3600*1000
	millis := int64(seconds * 1000)
	return schemas.ReplyRow{
		Meta: schemas.Meta{Version: 1}, Company: "acme", Conversation: conversation, Number: number, Episode: 1, Kind: "new", WaitsFor: "any", Stage: "next", WaitingSince: at - schemas.Instant(millis),
		Response: schemas.Response{At: at, Lasted: schemas.Lasted{Millis: millis, BusinessMillis: millis / 2}, Day: dateOf(day), Responder: "ada", Kind: "human", Channel: "web"},
		Hour:     at, Channels: []string{"sms", "web"},
	}
}

func TestRepliesDaily(t *testing.T) {
	store := open(t)
	const day, next = "2026-03-02", "2026-03-03"
	first, person, gone, second := replied("c1", 1, 10, day), replied("c1", 2, 30, day), replied("c1", 3, 500, day), replied("c1", 1, 50, day)
	first.Stage, first.Responder, first.Response.Kind, first.Team, first.Queue, first.Priority, first.Tags = "first", "bot", "ai", "support", "q1", "high", []string{"vip"}
	person.WaitsFor = "human"
	second.Life, second.BusinessMillis = 700, 40_000 // shorter than the other by the wall, and longer within business hours
	store.put(t, schemas.Rows{Directory: []schemas.DirectoryRow{ada}, Replies: []schemas.ReplyRow{
		first, person, gone, second, replied("c2", 1, 70, day), replied("c2", 2, 90.5, next),
	}})
	gone.Deleted, gone.Version = true, 2
	store.put(t, schemas.Rows{Replies: []schemas.ReplyRow{gone}})
	const lines = "SELECT toString((company_day, waits_for, stage, responder_kind, owner, team, queue, priority, channel, channels, tags, reply_count, arraySort(reply_seconds), reply_seconds_sum, reply_seconds_max, arraySort(reply_business_seconds), reply_business_seconds_sum, reply_business_seconds_max)) FROM replies_daily "
	store.expect(t, lines+"ORDER BY ALL",
		"('2026-03-02','any','first','ai','bot','support','q1','high','web',['sms','web'],['vip'],1,[10],10,10,[5],5,5)",
		"('2026-03-02','any','next','human','ada','billing','','','web',['sms','web'],[],2,[50,70],120,70,[35,40],75,40)",
		"('2026-03-02','human','next','human','ada','billing','','','web',['sms','web'],[],1,[30],30,30,[15],15,15)",
		"('2026-03-03','any','next','human','ada','billing','','','web',['sms','web'],[],1,[90.5],90.5,90.5,[45.25],45.25,45.25)")
	store.expect(t, lines+"WHERE company_day = '2026-03-04'")
	store.expect(t, "SELECT toString((sum(reply_count) AS n, if(n = 0, NULL, sum(reply_seconds_sum) / n))) FROM replies_daily WHERE company_day = '2026-03-04'", "(0,NULL)")
}

// V30: a row that comes again counts once. V25: 3600 s belong to the bucket that begins with them.
func TestRepliesOnceAndBuckets(t *testing.T) {
	store := open(t)
	for range 2 {
		store.put(t, schemas.Rows{Replies: []schemas.ReplyRow{replied("c1", 1, 1000, "2026-03-02"), replied("c2", 1, 500, "2026-03-02")}})
	}
	store.expect(t, "SELECT toString((sum(reply_count), sum(reply_seconds_sum))) FROM replies_daily", "(2,1500)")
	store.put(t, schemas.Rows{Replies: []schemas.ReplyRow{replied("d1", 1, 3599, "2026-03-05"), replied("d2", 1, 3600, "2026-03-05"), replied("d3", 1, 86400, "2026-03-05")}})
	store.expect(t, `SELECT toString(arrayMap(edge -> arrayCount(s -> s >= edge.1 AND s < edge.2, groupArrayArray(reply_seconds)),
		[(0, 3600), (3600, 14400), (14400, 28800), (28800, 86400), (86400, 1e18)])) FROM replies_daily WHERE company_day = '2026-03-05'`, "[1,1,0,0,1]")
}

// The clock from the accept: of an episode in first_response_daily, of each hold in accept_to_reply_daily.
func TestFromTheAccept(t *testing.T) {
	store := open(t)
	const day = "2026-03-02"
	same, later := answered("c1", 80, day), answered("c2", 60, day)
	at := same.FirstResponse.At
	same.FirstResponse.Team, same.Owner = "support", "bob"
	same.HumanFirstResponse = same.FirstResponse
	same.AgentFirstResponse = schemas.Response{At: at, Lasted: schemas.Lasted{Millis: 20_000, BusinessMillis: 5_000}, Day: dateOf(day), Responder: "ada", Team: "support", Queue: "vip"}
	later.HumanFromStart = schemas.Response{At: at + 1000, Lasted: schemas.Lasted{Millis: 61_000, BusinessMillis: 6_000}, Day: dateOf(day), Responder: "ada", Team: "billing", Queue: "front"} // the AI handed nobody over
	later.Team, later.Queue = "sales", "back"
	later.AgentFirstResponse = schemas.Response{At: at + 1000, Lasted: schemas.Lasted{Millis: 40_000}, Day: dateOf(day), Responder: "ada", Team: "billing", Queue: "front"}
	hold := func(number uint32, kind string, millis int64) schemas.HoldRow {
		row := held("c1", number, "ada", "2026-03-02T11:00:00Z", "2026-03-02T13:00:00Z")
		row.Kind, row.Channel, row.FirstReplyAt, row.FirstReplyDay, row.FirstReply = kind, "web", at, dateOf(day), schemas.Lasted{Millis: millis, BusinessMillis: millis / 2}
		return row
	}
	store.put(t, schemas.Rows{
		Directory: []schemas.DirectoryRow{ada}, Episodes: []schemas.EpisodeRow{same, later},
		Holds: []schemas.HoldRow{hold(1, "owner", 20_000), hold(2, "owner", 30_000), hold(3, "joined", 7_000), held("c1", 4, "ada", "2026-03-02T14:00:00Z", "")},
	})
	store.expect(t, "SELECT toString((owner, team, queue, agent_first_response_count, agent_first_response_seconds, agent_first_response_business_seconds_sum)) FROM first_response_daily WHERE agent_first_response_count > 0 ORDER BY team",
		"('ada','billing','front',1,[40],0)", "('ada','support','vip',1,[20],5)")
	store.expect(t, "SELECT toString((owner, team, queue, responder_kind, human_first_response_from_start_count, human_first_response_from_start_seconds, human_first_response_from_start_seconds_sum, human_first_response_from_start_business_seconds, human_first_response_from_start_business_seconds_sum)) FROM first_response_daily WHERE human_first_response_from_start_count > 0",
		"('ada','billing','front','human',1,[61],61,[6],6)")
	store.expect(t, "SELECT toString((sum(first_response_count), sum(human_first_response_count), sum(agent_first_response_count))) FROM first_response_daily WHERE company_day = '2026-03-02'", "(2,1,2)")
	store.expect(t, "SELECT toString((kind, owner, team, channel, accept_to_reply_count, arraySort(accept_to_reply_seconds), accept_to_reply_seconds_sum, accept_to_reply_business_seconds_sum)) FROM accept_to_reply_daily WHERE company_day = '2026-03-02' ORDER BY kind",
		"('joined','ada','billing','web',1,[7],7,3.5)", "('owner','ada','billing','web',2,[20,30],50,25)")
	store.expect(t, "SELECT toString((sum(accept_to_reply_count), sum(accept_to_reply_seconds_sum))) FROM accept_to_reply_daily WHERE company_day = '2026-03-03'", "(0,0)")
}

// worked is an episode that was closed at noon of a day, with its times in seconds.
func worked(conversation, day string, handled bool, open, handle float64) schemas.EpisodeRow {
	at := schemas.InstantOf(dateOf(day).Time()) + 12*3600*1000
	lasted := func(seconds float64) schemas.Lasted {
		return schemas.Lasted{Millis: int64(seconds * 1000), BusinessMillis: int64(seconds * 100)}
	}
	return schemas.EpisodeRow{
		Meta: schemas.Meta{Version: 1}, Company: "acme", Conversation: conversation, Number: 1, Kind: "new", CloseReason: "resolved", ClosedAt: at, ClosedDay: dateOf(day),
		OpenedAt: at - schemas.Instant(open*1000), OpenedDay: dateOf(day), Dimensions: schemas.Dimensions{Channel: "web", Owner: "ada"},
		Work: schemas.Work{Handled: handled, Open: lasted(open), OpenActive: lasted(open - 1), Handle: lasted(handle), ActiveHandle: lasted(handle / 2), AfterContact: lasted(handle / 10)},
	}
}

func transfer(at, kind, reason, from, to string) schemas.Transfer {
	return schemas.Transfer{At: moment(at), Day: dateOf(at[:10]), Kind: kind, Reason: reason, FromAgent: from, ToAgent: to}
}

func escalation(at, kind, agent, owner string) schemas.Escalation {
	return schemas.Escalation{At: moment(at), Day: dateOf(at[:10]), Kind: kind, Agent: agent, Owner: owner}
}

func TestHandleTimeDaily(t *testing.T) {
	store := open(t)
	const day = "2026-03-02"
	both, byBot, gone, again := worked("c1", day, true, 100, 40), worked("c2", day, false, 50, 0), worked("c3", day, true, 999, 999), worked("c1", day, true, 300, 60)
	again.Life = 700
	byBot.Work = schemas.Work{Open: byBot.Work.Open, OpenActive: byBot.Work.OpenActive, HasAIHandle: true, AIHandle: schemas.Lasted{Millis: 1}}
	open := worked("c4", day, true, 10, 10)
	open.Open, open.ClosedAt = true, 0
	store.put(t, schemas.Rows{Directory: []schemas.DirectoryRow{ada}, Episodes: []schemas.EpisodeRow{both, byBot, gone, again, open, worked("c5", "2026-03-03", true, 1, 1)}})
	gone.Deleted, gone.Version = true, 2
	store.put(t, schemas.Rows{Episodes: []schemas.EpisodeRow{gone}})
	store.expect(t, "SELECT toString((company_day, owner, team, close_reason, closed_count, handled_count)) FROM handle_time_daily ORDER BY ALL",
		"('2026-03-02','ada','billing','resolved',3,2)", "('2026-03-03','ada','billing','resolved',1,1)")
	f := func(name, want string) {
		t.Helper()
		store.expect(t, "SELECT toString((arraySort(groupArrayArray("+name+"_seconds)), sum("+name+"_seconds_sum), arraySort(groupArrayArray("+name+"_business_seconds)), sum("+name+"_business_seconds_sum))) FROM handle_time_daily WHERE company_day = '2026-03-02'", want)
	}
	f("open", "([50,100,300],450,[5,10,30],45)")
	f("open_active", "([49,99,299],447,[4.9,9.9,29.9],44.7)")
	f("handle", "([40,60],100,[4,6],10)")
	f("active_handle", "([20,30],50,[2,3],5)")
	f("after_contact", "([4,6],10,[0.4,0.6],1)")
	store.expect(t, "SELECT toString(sum(handle_seconds_sum) / sum(handled_count)) FROM handle_time_daily WHERE company_day = '2026-03-02'", "50")
}

const ratios = "SELECT toString((sum(handled_count) AS n, sum(transferred_count), if(n = 0, NULL, sum(transferred_count) / n), sum(escalated_count), if(n = 0, NULL, sum(escalated_count) / n))) FROM handle_time_daily WHERE company_day = '%s'"

// V62: two transfers in one of four conversations. V63: of a whisper, a join, a join and take-over, and nothing, two are escalated.
func TestTransferAndEscalationRatio(t *testing.T) {
	store := open(t)
	const day, other, empty = "2026-03-02", "2026-03-05", "2026-03-09"
	rows := []schemas.EpisodeRow{
		worked("t1", day, true, 9, 9), worked("t2", day, true, 9, 9), worked("t3", day, true, 9, 9), worked("t4", day, true, 9, 9), worked("t5", day, false, 9, 0),
		worked("e1", other, true, 9, 9), worked("e2", other, true, 9, 9), worked("e3", other, true, 9, 9), worked("e4", other, true, 9, 9),
	}
	rows[0].Transfers = []schemas.Transfer{transfer("2026-03-01T23:59:00Z", "agent", "transferred", "ada", "bob"), transfer("2026-03-02T08:00:00Z", "agent", "reassigned", "bob", "ada")}
	rows[0].PingPongs = 1
	rows[4].Transfers = []schemas.Transfer{transfer("2026-03-02T07:00:00Z", "queue", "transferred", "", "")} // nobody handled it
	rows[4].Transfers[0].FromQueue, rows[4].Transfers[0].ToQueue, rows[4].Transfers[0].FromTeam = "q1", "q2", "support"
	rows[6].Escalations = []schemas.Escalation{escalation("2026-03-05T08:00:00Z", "join", "sue", "ada")}
	rows[7].Escalations = []schemas.Escalation{escalation("2026-03-05T09:00:00Z", "join", "sue", "ada"), escalation("2026-03-05T09:30:00Z", "takeover", "sue", "ada")}
	rows[7].Escalations[1].Team, rows[7].Escalations[1].Tier = "support", "2"
	for i := range rows {
		rows[i].Channels, rows[i].Tags, rows[i].Priority = []string{"web"}, []string{"vip"}, "high"
	}
	gone := rows[0]
	gone.Conversation = "gone"
	store.put(t, schemas.Rows{Directory: []schemas.DirectoryRow{ada}, Episodes: append(rows, gone)})
	gone.Deleted, gone.Version = true, 2
	store.put(t, schemas.Rows{Episodes: []schemas.EpisodeRow{gone}})
	f := func(day, want string) {
		t.Helper()
		store.expect(t, "SELECT * FROM ("+fmt.Sprintf(ratios, day)+")", want)
	}
	f(day, "(4,1,0.25,0,0)")
	f(other, "(4,0,0,2,0.5)")
	f(empty, "(0,0,NULL,0,NULL)")
	store.expect(t, "SELECT toString((company_day, toString(transferred_at), kind, reason, from_agent, to_agent, from_queue, to_queue, team, owner, queue, conversation_id, episode_no, channel, channels, tags, priority)) FROM transfers ORDER BY transferred_at",
		"('2026-03-01','2026-03-01 23:59:00.000','agent','transferred','ada','bob','','','billing','ada','','t1',1,'web',['web'],['vip'],'high')",
		"('2026-03-02','2026-03-02 07:00:00.000','queue','transferred','','','q1','q2','support','','q1','t5',1,'web',['web'],['vip'],'high')",
		"('2026-03-02','2026-03-02 08:00:00.000','agent','reassigned','bob','ada','','','','bob','','t1',1,'web',['web'],['vip'],'high')")
	store.expect(t, "SELECT toString((company_day, toString(escalated_at), kind, agent_id, tier, team, owner, conversation_id, channels, tags, priority)) FROM escalations ORDER BY escalated_at",
		"('2026-03-05','2026-03-05 08:00:00.000','join','sue','','billing','ada','e2',['web'],['vip'],'high')",
		"('2026-03-05','2026-03-05 09:00:00.000','join','sue','','billing','ada','e3',['web'],['vip'],'high')",
		"('2026-03-05','2026-03-05 09:30:00.000','takeover','sue','2','support','ada','e3',['web'],['vip'],'high')")
}

// message is an event of a message or, with a status, of what became of it.
func message(id, conversation, messageID, at string, change func(*schemas.EventRow)) schemas.EventRow {
	row := schemas.EventRow{Meta: schemas.Meta{Version: 1}, Event: schemas.Event{
		ID: id, Type: "message", Company: "acme", Conversation: conversation, MessageID: messageID, OccurredAt: moment(at),
		Direction: "out", AuthorKind: "human", Visibility: "public", Kind: "text", Channel: "web", Delivery: "sent",
	}}
	if change != nil {
		change(&row)
	}
	return row
}

func TestMessagesDaily(t *testing.T) {
	store := open(t)
	failed := func(r *schemas.EventRow) { r.Delivery = "failed" }
	told := func(r *schemas.EventRow) {
		r.Type, r.Status, r.Kind, r.Delivery, r.Visibility = "status", "delivery_updated", "", "failed", ""
	}
	customer := func(r *schemas.EventRow) { r.Direction, r.AuthorKind = "in", "customer" }
	rows := []schemas.EventRow{
		message("1", "c1", "m1", "2025-10-25T21:59:59.999Z", customer), // the last moment of the 25th in Berlin
		message("2", "c1", "m2", "2025-10-25T22:00:00Z", nil),          // the first of the 26th, which has 25 hours
		message("3", "c1", "m3", "2025-10-26T22:59:59.999Z", nil),
		message("4", "c1", "m4", "2025-10-26T23:00:00Z", nil),
		message("5", "c1", "m2", "2025-10-26T23:10:00Z", nil),  // m2 once more
		message("6", "c1", "m3", "2025-10-27T08:00:00Z", told), // on another day: the message's day counts
		message("7", "c1", "m3", "2025-10-27T08:00:01Z", told), // once more
		message("8", "c1", "m5", "2025-10-26T10:00:00Z", failed),
		message("9", "c1", "m9", "2025-10-26T10:00:00Z", told), // of a message that never came
		message("10", "c2", "m3", "2025-10-26T10:00:00Z", nil), // the id of another conversation's message
		message("11", "c2", "m6", "2025-10-26T10:00:00Z", customer), message("12", "c2", "m6", "2025-10-26T10:00:09Z", told),
		message("13", "c2", "m7", "2025-10-26T10:00:00Z", func(r *schemas.EventRow) { r.AuthorKind, r.Channel, r.Kind = "campaign", "sms", "file" }),
		message("14", "c2", "m8", "2025-10-26T10:00:00Z", func(r *schemas.EventRow) { r.Visibility = "note" }),
		message("15", "c2", "m10", "2025-10-26T10:00:00Z", func(r *schemas.EventRow) { r.Kind = "reaction" }),
	}
	store.put(t, schemas.Rows{Calendar: calendarRows(t, "acme", "Europe/Berlin", "2025-10-24", 4), Events: rows})
	store.put(t, schemas.Rows{Events: rows[:3]}) // again
	other := message("16", "c1", "m2", "2025-10-26T12:00:00Z", nil)
	other.Company = "globex" // without a calendar
	store.put(t, schemas.Rows{Events: []schemas.EventRow{other}})
	store.expect(t, "SELECT toString((company_day, channel, direction, author_kind, messages, failed_messages)) FROM messages_daily ORDER BY ALL",
		"('2025-10-25','web','in','customer',1,0)", "('2025-10-26','sms','out','campaign',1,0)", "('2025-10-26','web','in','customer',1,0)",
		"('2025-10-26','web','out','human',4,2)", "('2025-10-27','web','out','human',1,0)")
	store.expect(t, "SELECT toString((sum(messages), sum(failed_messages))) FROM messages_daily WHERE company_day = '2025-10-24'", "(0,0)")
	now := message("17", "c9", "m1", time.Now().UTC().Format(time.RFC3339), nil)
	now.Company = "today"
	location, _ := schemas.LoadZone("UTC")
	store.put(t, schemas.Rows{Calendar: calendarRows(t, "today", "UTC", schemas.DayOf(location, now.OccurredAt).Date.String(), 2), Events: []schemas.EventRow{now}})
	store.expect(t, "SELECT toString((company, sum(messages))) FROM messages_daily WHERE is_today GROUP BY company", "('today',1)")
}

// V24 by the business clock: 10 s and 20 s of one day, 30 s of another, nothing on the days between.
func TestFirstResponseWithinBusinessHours(t *testing.T) {
	store := open(t)
	within := func(conversation string, seconds, business float64, day string) schemas.EpisodeRow {
		row := answered(conversation, seconds, day)
		row.FirstResponse.BusinessMillis = int64(business * 1000)
		return row
	}
	store.put(t, schemas.Rows{Episodes: []schemas.EpisodeRow{within("c1", 80, 10, "2026-03-02"), within("c2", 100, 20, "2026-03-02"), within("c3", 93, 30, "2026-02-23")}})
	const means = "SELECT toString((sum(first_response_count) AS n, if(n = 0, NULL, sum(first_response_business_seconds_sum) / n), arraySort(groupArrayArray(first_response_business_seconds)))) FROM first_response_daily WHERE company_day = '%s'"
	store.expect(t, fmt.Sprintf(means, "2026-03-02"), "(2,15,[10,20])")
	store.expect(t, fmt.Sprintf(means, "2026-02-23"), "(1,30,[30])")
	store.expect(t, fmt.Sprintf(means, "2026-02-25"), "(0,NULL,[])")
}
