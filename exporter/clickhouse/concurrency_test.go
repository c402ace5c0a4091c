//go:build embedded

package clickhouse

import (
	"fmt"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// held is a hold of a conversation by an agent; without an end it lasts. The days are those of Berlin.
func held(conversation string, number uint32, agent, from, to string) schemas.HoldRow {
	location, _ := schemas.LoadZone("Europe/Berlin")
	row := schemas.HoldRow{
		Meta: schemas.Meta{Version: 1}, Company: "acme", Conversation: conversation, Number: number, Episode: 1, Agent: agent, Kind: "owner", Began: "accepted",
		StartedAt: moment(from), StartedDay: schemas.DayOf(location, moment(from)).Date,
	}
	if to != "" {
		row.Ended, row.EndedAt, row.EndedDay = "closed", moment(to), schemas.DayOf(location, moment(to)).Date
		row.Lasted.Millis = int64(row.EndedAt - row.StartedAt)
	}
	return row
}

const concurrencyLines = "SELECT toString((company_day, agent_id, held_conversations, concurrency_max, busy_seconds, held_seconds)) FROM concurrency WHERE company = 'acme' ORDER BY ALL"

func TestConcurrency(t *testing.T) {
	store := open(t)
	store.put(t, schemas.Rows{Calendar: calendarRows(t, "acme", "Europe/Berlin", "2026-03-01", 4)})
	store.expect(t, concurrencyLines)
	at := func(clock string) string { return "2026-03-02T" + clock + "Z" }
	joined, after, gone := held("c5", 2, "eve", at("10:30:00"), at("11:30:00")), held("c1", 9, "ada", at("11:00:00"), at("20:00:00")), held("c1", 8, "ada", at("10:00:00"), at("19:00:00"))
	joined.Kind, after.Kind = "joined", "after_contact"
	store.put(t, schemas.Rows{Directory: []schemas.DirectoryRow{ada}, Holds: []schemas.HoldRow{
		held("c1", 1, "ada", at("10:00:00"), at("11:00:00")), held("c2", 1, "ada", at("10:30:00"), at("10:40:00")), // one within another
		held("c3", 1, "ada", at("11:00:00"), at("11:00:30")), held("c4", 1, "ada", at("13:00:00"), at("13:00:00")), // in the moment of an end; of no length
		after, gone,
		held("c6", 1, "bob", at("10:00:00"), at("10:10:00")), held("c6", 2, "bob", at("10:10:00"), at("10:20:00")), // a pause of no length
		held("c7", 1, "bob", at("10:05:00.001"), at("10:15:00")), held("c8", 1, "bob", at("10:15:00"), at("10:16:00")),
		held("c5", 1, "eve", at("10:00:00"), at("11:00:00")), joined, // owner and joined: one conversation, an hour and a half
		held("c9", 1, "eve", at("22:00:00"), "2026-03-04T01:00:00Z"), // an hour of the 2nd in Berlin is left, the whole 3rd, two hours of the 4th
	}})
	gone.Deleted, gone.Version = true, 2
	store.put(t, schemas.Rows{Holds: []schemas.HoldRow{gone}})
	store.expect(t, concurrencyLines,
		"('2026-03-02','ada',3,2,3630,4230)",
		"('2026-03-02','bob',3,2,1200,1859.999)",
		"('2026-03-02','eve',2,1,9000,9000)",
		"('2026-03-03','eve',1,1,86400,86400)",
		"('2026-03-04','eve',1,1,7200,7200)")
	store.expect(t, "SELECT toString((name, team, teams)) FROM concurrency WHERE agent_id = 'ada'", "('Ada','billing',['billing','sales'])")
	store.expect(t, "SELECT toString((if(sum(busy_seconds) = 0, NULL, sum(held_seconds) / sum(busy_seconds)), max(concurrency_max))) FROM concurrency WHERE company_day = '2026-03-01'", "(NULL,0)")
}

// Days on which clocks change are longer or shorter, and an hour of them is an hour.
func TestConcurrencyWhereClocksChange(t *testing.T) {
	store := open(t)
	store.put(t, schemas.Rows{
		Calendar: append(calendarRows(t, "acme", "Europe/Berlin", "2025-10-25", 3), calendarRows(t, "acme", "Europe/Berlin", "2025-03-29", 3)...),
		Holds: []schemas.HoldRow{held("c1", 1, "ada", "2025-10-25T21:00:00Z", "2025-10-26T23:30:00Z"), held("c2", 1, "ada", "2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z"),
			held("c3", 1, "ada", "2025-03-29T22:30:00Z", "2025-03-30T22:00:00Z")},
	})
	store.expect(t, concurrencyLines,
		"('2025-03-29','ada',1,1,1800,1800)", "('2025-03-30','ada',1,1,82800,82800)", // it ends in the moment in which the 31st begins
		"('2025-10-25','ada',1,1,3600,3600)", "('2025-10-26','ada',2,2,90000,93600)", "('2025-10-27','ada',1,1,1800,1800)")
}

// What lasts counts up to now, in the newest life only.
func TestConcurrencyNow(t *testing.T) {
	store := open(t)
	now := time.Now().UTC()
	location, _ := schemas.LoadZone("UTC")
	today := schemas.DayOf(location, schemas.InstantOf(now)).Date
	lasting := func(conversation string, life int64, kind string, ago time.Duration) schemas.HoldRow {
		row := held(conversation, 1, "ada", now.Add(-ago).Format(time.RFC3339Nano), "")
		row.Life, row.Kind, row.StartedDay = life, kind, schemas.DayOf(location, row.StartedAt).Date
		return row
	}
	episode := func(conversation string, life int64) schemas.EpisodeRow {
		return schemas.EpisodeRow{Meta: schemas.Meta{Version: 1}, Company: "acme", Conversation: conversation, Life: life, Number: 1, Open: true, OpenedAt: 1}
	}
	owner := lasting("c1", 0, "joined", 10*time.Minute)
	owner.Number = 2
	store.put(t, schemas.Rows{
		Calendar:  calendarRows(t, "acme", "UTC", today.AddDays(-4).String(), 12),
		Directory: []schemas.DirectoryRow{ada},
		Episodes:  []schemas.EpisodeRow{episode("c1", 0), episode("c2", 0), episode("c3", 0), episode("c3", 500), episode("c4", 0), episode("c5", 0)},
		Holds: []schemas.HoldRow{lasting("c1", 0, "owner", 72*time.Hour), owner, lasting("c2", 0, "joined", 30*time.Minute), lasting("c3", 0, "owner", 80*time.Hour),
			lasting("c4", 0, "after_contact", time.Hour), lasting("c5", 0, "owner", -time.Hour)},
	})
	store.expect(t, "SELECT concat(conversation_id, ' ', kind) FROM open_holds ORDER BY conversation_id, kind", "c1 joined", "c1 owner", "c2 joined")
	store.expect(t, "SELECT toString((agent_id, open_conversations, held_conversations)) FROM agents_live", "('ada',0,2)")
	store.expect(t, fmt.Sprintf("SELECT toString((toString(min(company_day)), count(), max(is_today), sum(busy_seconds) BETWEEN 259200 AND 259260, sum(held_seconds) - sum(busy_seconds) BETWEEN 1800 AND 1860, max(concurrency_max))) FROM concurrency WHERE company_day <= '%s'", today),
		fmt.Sprintf("('%s',4,1,1,1,2)", today.AddDays(-3)))
	store.expect(t, fmt.Sprintf("SELECT toString(count()) FROM concurrency WHERE company_day > '%s'", today), "0")
}
