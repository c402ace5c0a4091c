//go:build embedded

package clickhouse

import (
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
)

// Of two settings for one moment the one that was recorded first holds, whoever came first.
func TestFirstRecordedSettingsStay(t *testing.T) {
	version := func(company, from, zone, recorded string) schemas.SettingsVersion {
		return schemas.SettingsVersion{Company: company, EffectiveFrom: moment(from), Zone: zone, RecordedAt: moment(recorded)}
	}
	first := version("acme", "2026-01-01T00:00:00Z", "Europe/Berlin", "2025-12-01T00:00:00Z")
	second := version("acme", "2026-01-01T00:00:00Z", "UTC", "2025-12-01T00:00:00.001Z")
	common := version("", "1970-01-01T00:00:00Z", "Asia/Kathmandu", "2025-12-01T00:00:00Z")
	first.Hours, first.TeamHours = "Mon-Fri 09:00-12:00 13:00-17:00; 2026-12-24 09:00-12:00, 2026-12-25", `{"night":"Mon-Sun 20:00-24:00"}`
	later := version("acme", "2026-06-01T00:00:00.123Z", "UTC", "2026-05-01T00:00:00Z")
	f := func(name string, inserts ...[]schemas.SettingsVersion) {
		t.Run(name, func(t *testing.T) {
			store := open(t)
			for _, versions := range inserts {
				if err := store.AddSettings(t.Context(), versions); err != nil {
					t.Fatal(err)
				}
			}
			got, err := store.Settings(t.Context())
			if diff := cmp.Diff([]schemas.SettingsVersion{common, first, later}, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
	f("in order", []schemas.SettingsVersion{common, first}, []schemas.SettingsVersion{second, later}, nil)
	f("the other way", []schemas.SettingsVersion{second, later}, []schemas.SettingsVersion{first}, []schemas.SettingsVersion{common})
	f("all at once and again", []schemas.SettingsVersion{second, later, common, first}, []schemas.SettingsVersion{first, second, common, later})
}

// The last message of an agent is over all conversations and all their lives, without those that were taken back.
func TestLastOutgoing(t *testing.T) {
	store := open(t)
	row := func(version uint64, company, conversation string, life int64, at schemas.Instant, deleted bool) schemas.ConversationAgentRow {
		return schemas.ConversationAgentRow{Meta: schemas.Meta{Version: version, Deleted: deleted}, Company: company, Agent: "a1", Conversation: conversation, Life: life, LastOutgoingAt: at}
	}
	store.put(t, schemas.Rows{ConversationAgents: []schemas.ConversationAgentRow{
		row(1, "acme", "c1", 0, 3000, false), row(1, "acme", "c1", 70, 5000, false), row(1, "acme", "c2", 0, 9000, false), row(1, "acme", "c3", 0, 0, false),
		row(1, "other", "c1", 0, 1001, false), row(1, "silent", "c1", 0, 0, false)}})
	store.put(t, schemas.Rows{ConversationAgents: []schemas.ConversationAgentRow{row(2, "acme", "c2", 0, 0, true)}})
	got, err := store.LastOutgoing(t.Context())
	want := map[schemas.AgentName]schemas.Instant{{Company: "acme", Agent: "a1"}: 5000, {Company: "other", Agent: "a1"}: 1001}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// A test that breaks off between two inserts is told of each that begins, and of each that was acknowledged.
func TestInsertHooks(t *testing.T) {
	cfg := open(t).cfg
	var begun, tables []string
	cfg.BeforeInsert = func(table string) { begun = append(begun, table) }
	cfg.AfterInsert = func(table string) { tables = append(tables, table) }
	store := openConfig(t, cfg)
	store.put(t, schemas.Rows{Rejects: []schemas.RejectRow{{Topic: "t"}}})
	store.writeState(t, conversation("c1", 1, true, "2026-03-02T00:00:00Z"))
	store.exec(t, "DROP TABLE rejects")
	if err := store.Write(t.Context(), &schemas.Rows{Rejects: []schemas.RejectRow{{Topic: "t"}}}); err == nil {
		t.Error("an insert into a table that is gone was acknowledged")
	}
	if got := strings.Join(begun, " "); got != "definitions rejects state rejects" {
		t.Errorf("told of %q before", got)
	}
	if got := strings.Join(tables, " "); got != "definitions rejects state" {
		t.Errorf("told of %q after", got)
	}
}

// A table that does not sync its inserts is refused, with the statement that mends it.
func TestTablesMustSync(t *testing.T) {
	f := func(table, setting string) {
		t.Run(table, func(t *testing.T) {
			store := open(t)
			store.exec(t, "CREATE TABLE of_an_analyst (a Int8) ENGINE = MergeTree ORDER BY a")
			store.exec(t, "ALTER TABLE "+table+" MODIFY SETTING "+setting)
			_, err := Open(t.Context(), store.cfg, time.Now())
			if err == nil || !strings.Contains(err.Error(), table+" can lose rows when the power fails") {
				t.Fatalf("open: %v", err)
			}
			_, statement, _ := strings.Cut(err.Error(), "run ")
			store.exec(t, statement)
			openConfig(t, store.cfg)
		})
	}
	f("state", "fsync_after_insert = 0")
	f("migrations", "fsync_part_directory = 0")
	f("episodes", "min_compressed_bytes_to_fsync_after_merge = 10")
	t.Run("reset", func(t *testing.T) {
		store := open(t)
		store.exec(t, "ALTER TABLE settings RESET SETTING fsync_after_insert")
		if _, err := Open(t.Context(), store.cfg, time.Now()); err == nil || !strings.Contains(err.Error(), "settings can lose rows") {
			t.Errorf("open: %v", err)
		}
	})
}
