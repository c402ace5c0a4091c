//go:build embedded

package clickhouse

import (
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

func TestMigrationsAreAppliedOnce(t *testing.T) {
	store := open(t)
	before := store.strings(t, "SELECT toString((number, applied_at)) FROM migrations FINAL ORDER BY number")
	steps, err := schemas.Migrations()
	if err != nil {
		t.Fatal(err)
	}
	if len(before) != len(steps) {
		t.Fatalf("%d steps are noted, want %d", len(before), len(steps))
	}
	again := openConfig(t, store.cfg)
	if after := again.strings(t, "SELECT toString((number, applied_at)) FROM migrations FINAL ORDER BY number"); strings.Join(after, " ") != strings.Join(before, " ") {
		t.Errorf("migrations were applied again: %v, then %v", before, after)
	}
}

// A step that broke off in the middle is applied again as a whole.
func TestMigrationThatBrokeOff(t *testing.T) {
	store := open(t)
	for _, statement := range []string{"TRUNCATE TABLE migrations", "DROP TABLE directory", "DROP VIEW agents_live"} {
		if err := store.conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	again := openConfig(t, store.cfg)
	if got := again.strings(t, "SELECT name FROM system.tables WHERE database = currentDatabase() AND name IN ('directory', 'agents_live') ORDER BY name"); len(got) != 2 {
		t.Errorf("there are %v", got)
	}
}

func TestForeignDatabasesAreRefused(t *testing.T) {
	f := func(name, statement, want string) {
		t.Run(name, func(t *testing.T) {
			store := open(t)
			if err := store.conn.Exec(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
			_, err := Open(t.Context(), store.cfg, time.Now())
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("open: %v, want %q", err, want)
			}
		})
	}
	f("other content", "INSERT INTO migrations (number, name, checksum, applied_at) VALUES (1, 'x', 'y', now64(3) + 60)", "was applied with another content")
	f("newer", "INSERT INTO migrations (number, name, checksum) VALUES (9999, 'x', 'y')", "run a newer floorwatch")
	f("changed by hand", "ALTER TABLE episodes DROP COLUMN kind", "episodes has no column kind")
}

func TestUnreachable(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Addresses = []string{"127.0.0.1:1"}
	_, err := Open(t.Context(), cfg, time.Now())
	if err == nil || err.Error() != "connect to ClickHouse at 127.0.0.1:1 as default: connection refused; is it running, and is this its address?" {
		t.Errorf("open: %v", err)
	}
}
