//go:build embedded

package clickhouse

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/floorwatch/floorwatch/schemas"
	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// many are so many rows of a few hundred bytes, dealt to partitions in turn.
func many(rows int, partitions int32) []schemas.StateRow {
	out := make([]schemas.StateRow, rows)
	for i := range out {
		out[i] = conversation(fmt.Sprint("c", i), int64(i), true, "2026-03-02T00:00:00Z")
		out[i].Partition, out[i].Rest = int32(i)%partitions, []byte(strings.Repeat(out[i].Owner, 100))
	}
	return out
}

// However large, an insert is one part of each partition: its states and its position are there together or not at all.
func TestStateInsertIsOnePart(t *testing.T) {
	store := open(t)
	store.exec(t, "SYSTEM STOP MERGES state")
	parts := func(rows int, partitions int32) {
		t.Helper()
		var want []string
		for partition := range partitions {
			want = append(want, fmt.Sprint(partition, " ", rows/int(partitions)))
		}
		got := store.strings(t, "SELECT concat(partition, ' ', toString(rows)) FROM system.parts WHERE database = currentDatabase() AND table = 'state' AND active ORDER BY toInt32(partition)")
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%d rows: parts (-want +got):\n%s", rows, diff)
		}
	}
	f := func(rows int, partitions int32) {
		t.Helper()
		store.exec(t, "TRUNCATE TABLE state")
		store.writeState(t, many(rows, partitions)...)
		parts(rows, partitions)
	}
	f(200_000, 1)
	f(40_000, 4)
	f(300, 150) // more partitions than a server takes at once unless told otherwise

	store.exec(t, "TRUNCATE TABLE state") // a server that cuts the rows up joins them again
	ctx := clickhouse.Context(t.Context(), clickhouse.WithSettings(insertSettings))
	if err := store.conn.Exec(ctx, "INSERT INTO state (partition, k) SELECT 0, generateUUIDv4() FROM numbers(1200000) SETTINGS max_block_size = 1000"); err != nil {
		t.Fatal(err)
	}
	parts(1_200_000, 1)
}

// A look-up of all that a large flush misses is one call, of keys that have states and of keys that have none.
func TestFindManyStates(t *testing.T) {
	store := open(t)
	rows := many(60_000, 7)
	store.writeState(t, rows...)
	f := func(asked int) {
		t.Helper()
		keys := keysOf(rows[1 : asked+1])
		for i := range asked {
			keys[int32(i)%9] = append(keys[int32(i)%9], schemas.KeyIDOf(fmt.Sprint("absent ", i)))
		}
		keys[6] = append(keys[6], rows[0].Key) // there is one in partition 0
		found, err := store.FindState(t.Context(), keys)
		if err != nil {
			t.Fatal(err)
		}
		if want, got := sorted(rows[1:asked+1]), sorted(found); !reflect.DeepEqual(want, got) && len(want)+len(got) > 0 { // so many that a difference takes minutes
			t.Errorf("of %d keys %d were found, want %d", 2*asked+1, len(got), len(want))
		}
	}
	f(0)
	f(2_500)
	f(keysAtOnce + 1)
}

// A state whose fixed part has another size would be cut or filled up without a word.
func TestHotPartMustFit(t *testing.T) {
	store := open(t)
	f := func(size int, deleted, want bool) {
		t.Helper()
		row := conversation("c1", 1, true, "2026-03-02T00:00:00Z")
		row.Hot, row.Deleted = make([]byte, size), deleted
		if err := store.WriteState(t.Context(), []schemas.StateRow{row}); (err == nil) != want {
			t.Errorf("%d bytes, tombstone %t: %v", size, deleted, err)
		}
	}
	f(schemas.HotBytes, false, true)
	f(schemas.HotBytes, true, true)
	f(0, true, true)
	f(0, false, false)
	f(schemas.HotBytes-1, false, false)
	f(schemas.HotBytes+1, true, false)
	if err := store.WriteState(t.Context(), nil); err != nil {
		t.Errorf("no rows: %v", err)
	}
}

// The view says of a position what PositionOf reads from its row.
func TestPositionsView(t *testing.T) {
	store := open(t)
	checks := int32(0)
	rapid.Check(t, func(r *rapid.T) {
		checks++ // each in a partition of its own
		want := schemas.Position{
			Partition: checks, Generation: rapid.Uint16().Draw(r, "generation"), Next: rapid.Int64Range(0, 1<<48-1).Draw(r, "next"),
			LeaderEpoch: rapid.Int32Min(-1).Draw(r, "epoch"), Partitions: rapid.Int32Min(1).Draw(r, "partitions"), Settings: rapid.Uint64().Draw(r, "settings"),
			SettingsAt: schemas.Instant(rapid.Int64Range(0, 4e12).Draw(r, "at")), TopicID: [16]byte(blob(16, 16).Draw(r, "topic")),
		}
		kind := rapid.SampledFrom([]string{schemas.StatePosition, schemas.StateArchive}).Draw(r, "kind")
		store.writeState(t, want.Row(kind, 5))
		var got schemas.Position
		var topic, gotKind string
		var appended int64
		var stored time.Time
		row := store.conn.QueryRow(t.Context(), "SELECT * FROM positions WHERE partition = ?", checks)
		if err := row.Scan(&got.Partition, &gotKind, &got.Generation, &got.Next, &got.LeaderEpoch, &topic, &got.Partitions, &got.Settings, (*int64)(&got.SettingsAt), &appended, &stored); err != nil {
			r.Fatal(err)
		}
		id, err := base64.RawURLEncoding.DecodeString(topic)
		if err != nil || len(id) != 16 {
			r.Fatalf("topic id %q: %v", topic, err)
		}
		got.TopicID = [16]byte(id)
		if diff := gocmp.Diff(want, got); diff != "" || gotKind != kind || appended != 5 {
			r.Fatalf("%s, appended %d (-want +got):\n%s", gotKind, appended, diff)
		}
	})
	store.writeState(t, conversation("c1", 1, true, "2026-03-02T00:00:00Z"))
	if n := store.strings(t, "SELECT toString(count()) FROM positions"); n[0] != fmt.Sprint(checks) {
		t.Errorf("%s rows, want %d", n[0], checks)
	}
}

// What is forgotten is gone with all its versions, also one that a clock ahead has marked as newer; all else stays.
func TestForgetState(t *testing.T) {
	store := open(t)
	agent, elsewhere := conversation("agent", 1, false, "2025-01-01T00:00:00Z"), conversation("elsewhere", 1, false, "2025-01-01T00:00:00Z")
	agent.Kind, elsewhere.Partition = schemas.StateAgent, 4
	position := schemas.Position{Partition: 3, Generation: 1, Next: 1}
	store.writeState(t, agent, elsewhere, position.Row(schemas.StatePosition, 0), conversation("jumped", 1, true, "2026-06-01T00:00:00Z"), conversation("old", 1, true, "2025-01-01T00:00:00Z"),
		conversation("grown", 1, true, "2025-01-01T00:00:00Z"), conversation("edge", 1, true, "2026-03-01T00:00:00Z"))
	store.writeState(t, conversation("jumped", 2, true, "2025-01-01T00:00:00Z"), conversation("grown", 2, true, "2026-04-01T00:00:00Z"))
	if err := store.ForgetState(t.Context(), 3, moment("2026-03-01T00:00:00Z")); err != nil {
		t.Fatal(err)
	}
	rows, err := store.LoadState(t.Context(), 3, 1, 0, 0)
	if err != nil || owners(rows) != "agent edge grown position" {
		t.Errorf("left are %s, %v", owners(rows), err)
	}
	if rows, err := store.LoadState(t.Context(), 4, 1, 0, 0); err != nil || owners(rows) != "elsewhere" {
		t.Errorf("left in another partition are %s, %v", owners(rows), err)
	}
	store.writeState(t, conversation("old", 9, true, "2026-05-01T00:00:00Z"))
	if rows, err := store.FindState(t.Context(), map[int32][]schemas.KeyID{3: {schemas.KeyIDOf("c/acme/old")}}); err != nil || len(rows) != 1 {
		t.Errorf("a conversation that begins anew has %v, %v", rows, err)
	}
}
