//go:build embedded

package clickhouse

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// writeState puts state rows into the table.
func (s *Store) writeState(t testing.TB, rows ...schemas.StateRow) {
	t.Helper()
	if err := s.WriteState(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
}

// conversation is the state of a conversation in partition 3, generation 1.
func conversation(name string, offset int64, open bool, appended string) schemas.StateRow {
	return schemas.StateRow{
		Meta: schemas.Meta{Version: schemas.MakeVersion(1, offset), AppendedAt: moment(appended)}, Partition: 3, Key: schemas.KeyIDOf("c/acme/" + name),
		Kind: schemas.StateConversation, Company: "acme", Owner: name, Open: open, Hot: bytes.Repeat([]byte{1}, schemas.HotBytes), Rest: []byte(name),
	}
}

// sorted puts rows in order of partition and key.
func sorted(rows []schemas.StateRow) []schemas.StateRow {
	return slices.SortedFunc(slices.Values(rows), func(a, b schemas.StateRow) int {
		return cmp.Or(cmp.Compare(a.Partition, b.Partition), bytes.Compare(a.Key[:], b.Key[:]))
	})
}

// keysOf asks for the keys of rows.
func keysOf(rows []schemas.StateRow) map[int32][]schemas.KeyID {
	keys := map[int32][]schemas.KeyID{}
	for i := range rows {
		keys[rows[i].Partition] = append(keys[rows[i].Partition], rows[i].Key)
	}
	return keys
}

// text draws strings that break what is quoted, escaped or cut by hand.
func text() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom([]string{"", "'", `\`, "\x00", "?", "$1", "{a:String}", "日本", "a\nb", "\xff\xfe", "NULL", "--", "') OR 1 = 1 --"}), rapid.String())
}

// blob draws bytes of which none is special.
func blob(least, most int) *rapid.Generator[[]byte] { return rapid.SliceOfN(rapid.Byte(), least, most) }

// stateRows draws rows of some partitions from a base on, none of them a tombstone.
func stateRows(base, partitions int32) *rapid.Generator[schemas.StateRow] {
	return rapid.Custom(func(t *rapid.T) schemas.StateRow {
		return schemas.StateRow{
			Meta:      schemas.Meta{Version: rapid.Uint64Range(1<<48, 1<<48+20).Draw(t, "version"), AppendedAt: schemas.Instant(rapid.Int64Range(0, 4e12).Draw(t, "appended"))},
			Partition: rapid.Int32Range(base, base+partitions-1).Draw(t, "partition"), Key: schemas.KeyID(blob(16, 16).Draw(t, "key")),
			Kind:    rapid.SampledFrom([]string{schemas.StateConversation, schemas.StateAgent, schemas.StateTeam}).Draw(t, "kind"),
			Company: text().Draw(t, "company"), Team: text().Draw(t, "team"), Owner: text().Draw(t, "owner"), Channel: text().Draw(t, "channel"), Queue: text().Draw(t, "queue"),
			Priority: text().Draw(t, "priority"), Open: rapid.Bool().Draw(t, "open"), Hot: blob(schemas.HotBytes, schemas.HotBytes).Draw(t, "hot"), Rest: blob(0, 2000).Draw(t, "rest"),
		}
	})
}

// What is written comes back, whatever is in it: whole by key, and without the rest by partition.
func TestStateComesBack(t *testing.T) {
	store := open(t)
	base := int32(0)
	rapid.Check(t, func(r *rapid.T) {
		base += 3 // each check in partitions of its own
		rows := rapid.SliceOfNDistinct(stateRows(base, 3), 1, 8, func(row schemas.StateRow) string { return fmt.Sprint(row.Partition, row.Key) }).Draw(r, "rows")
		store.writeState(t, rows...)
		found, err := store.FindState(t.Context(), keysOf(rows))
		if diff := gocmp.Diff(sorted(rows), sorted(found)); err != nil || diff != "" {
			r.Fatalf("found, %v (-want +got):\n%s", err, diff)
		}
		var loaded, want []schemas.StateRow
		for partition := range int32(3) {
			of, err := store.LoadState(t.Context(), base+partition, 1, 0, 0)
			if err != nil {
				r.Fatal(err)
			}
			loaded = append(loaded, of...)
		}
		for _, row := range rows {
			row.Rest = nil
			want = append(want, row)
		}
		if diff := gocmp.Diff(sorted(want), sorted(loaded)); diff != "" {
			r.Fatalf("loaded (-want +got):\n%s", diff)
		}
	})
}

// The newest version of a key counts and no other, however the inserts came and however they were merged. So an older version that
// a filter lets through gives nothing, and a tombstone hides its key.
func TestNewestStateWins(t *testing.T) {
	store := open(t)
	since, openSince := moment("2026-03-01T00:00:00Z"), moment("2026-02-01T00:00:00Z")
	partition := int32(0)
	rapid.Check(t, func(r *rapid.T) {
		partition++ // each check in one of its own
		newest := map[schemas.KeyID]schemas.StateRow{}
		inserts := rapid.SliceOfN(rapid.SliceOfN(rapid.Custom(func(r *rapid.T) schemas.StateRow {
			offset := rapid.Int64Range(1, 1000).Draw(r, "offset") // all else follows from it: equal versions are equal rows
			row := conversation(fmt.Sprint("c", offset%5), offset, offset%3 == 0, []string{"2026-03-02T00:00:00Z", "2026-02-02T00:00:00Z", "2026-01-02T00:00:00Z"}[offset%7%3])
			row.Partition, row.Rest, row.Deleted = partition, fmt.Append(nil, offset), offset%11 == 0
			return row
		}), 1, 5), 1, 4).Draw(r, "inserts")
		for _, rows := range inserts {
			store.writeState(t, rows...)
			for _, row := range rows {
				if row.Version > newest[row.Key].Version {
					newest[row.Key] = row
				}
			}
		}
		if rapid.Bool().Draw(r, "merge") {
			store.exec(t, fmt.Sprintf("OPTIMIZE TABLE state PARTITION %d FINAL", partition))
		}
		var whole, loadable []schemas.StateRow
		keys := map[int32][]schemas.KeyID{}
		for key, row := range newest {
			keys[partition] = append(keys[partition], key)
			if row.Deleted {
				continue
			}
			whole = append(whole, row)
			if row.Rest = nil; row.AppendedAt >= since || row.Open && row.AppendedAt >= openSince {
				loadable = append(loadable, row)
			}
		}
		found, err := store.FindState(t.Context(), keys)
		if diff := gocmp.Diff(sorted(whole), sorted(found)); err != nil || diff != "" {
			r.Fatalf("found, %v (-want +got):\n%s", err, diff)
		}
		loaded, err := store.LoadState(t.Context(), partition, 1, since, openSince)
		if diff := gocmp.Diff(sorted(loadable), sorted(loaded)); err != nil || diff != "" {
			r.Fatalf("loaded, %v (-want +got):\n%s", err, diff)
		}
	})
}

// owners gives the owners of rows, in order; the kind where there is none.
func owners(rows []schemas.StateRow) string {
	var out []string
	for i := range rows {
		out = append(out, cmp.Or(rows[i].Owner, rows[i].Kind))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// A load takes positions, agents and teams however old, conversations that are recent or open and not over, and nothing of other partitions.
func TestLoadState(t *testing.T) {
	store := open(t)
	position := schemas.Position{Partition: 3, Generation: 1, Next: 12, LeaderEpoch: -1}
	agent, team, elsewhere := conversation("agent", 1, false, "2020-01-01T00:00:00Z"), conversation("team", 1, false, "2020-01-01T00:00:00Z"), conversation("elsewhere", 1, true, "2026-03-02T00:00:00Z")
	agent.Kind, team.Kind, elsewhere.Partition = schemas.StateAgent, schemas.StateTeam, 4
	store.writeState(t, position.Row(schemas.StatePosition, 0), position.Row(schemas.StateArchive, 0), agent, team, elsewhere,
		conversation("open", 1, true, "2026-01-01T00:00:00Z"), conversation("over", 1, true, "2025-12-31T23:59:59.999Z"), conversation("recent", 2, false, "2026-03-01T00:00:00Z"), conversation("old", 3, false, "2026-02-28T23:59:59.999Z"),
		conversation("closed", 4, true, "2026-02-01T00:00:00Z"))
	store.writeState(t, conversation("closed", 5, false, "2026-02-01T00:00:01Z"))
	rows, err := store.LoadState(t.Context(), 3, 1, moment("2026-03-01T00:00:00Z"), moment("2026-01-01T00:00:00Z"))
	if err != nil || owners(rows) != "agent archive open position recent team" {
		t.Errorf("loaded %s, %v", owners(rows), err)
	}
	for i := range rows {
		if rows[i].Rest != nil {
			t.Errorf("%s has a rest", rows[i].Owner)
		}
	}
	if rows, err := store.LoadState(t.Context(), 5, 1, 0, 0); err != nil || len(rows) > 0 {
		t.Errorf("an empty partition has %v, %v", rows, err)
	}
}

// Of another generation, older rows are absent and newer ones are an error, whatever they say.
func TestGenerations(t *testing.T) {
	store := open(t)
	of := func(generation uint64, row schemas.StateRow) schemas.StateRow {
		row.Version = generation<<48 | row.Version&(1<<48-1)
		return row
	}
	position := func(generation uint16) schemas.StateRow {
		p := schemas.Position{Partition: 3, Generation: generation, Next: 12}
		return p.Row(schemas.StateArchive, 0)
	}
	store.writeState(t, position(1), of(1, conversation("first", 7, true, "2026-03-02T00:00:00Z")), of(1, conversation("second", 7, true, "2026-03-02T00:00:00Z")))
	store.writeState(t, of(2, conversation("second", 3, true, "2026-03-02T00:00:00Z")))
	rows, err := store.LoadState(t.Context(), 3, 2, 0, 0)
	if err != nil || owners(rows) != "second" || rows[0].Version != 2<<48|3 {
		t.Errorf("generation 2 loads %v, %v", rows, err)
	}
	if row, err := store.FindArchive(t.Context(), 3, 2); row != nil || err != nil {
		t.Errorf("generation 2 has an archive %v, %v", row, err)
	}
	if row, err := store.FindArchive(t.Context(), 3, 1); err != nil || row == nil || row.Version != position(1).Version {
		t.Errorf("generation 1 has an archive %v, %v", row, err)
	}
	if row, err := store.FindArchive(t.Context(), 4, 1); row != nil || err != nil {
		t.Errorf("partition 4 has an archive %v, %v", row, err)
	}
	store.writeState(t, of(3, conversation("third", 1, false, "2020-01-01T00:00:00Z")))
	const want = "partition 3: rows of a newer generation are written there: 3, and floor.generation is 2 here"
	if _, err := store.LoadState(t.Context(), 3, 2, moment("2026-03-01T00:00:00Z"), 0); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("load: %v, want %s", err, want)
	}
	store.writeState(t, position(3))
	if _, err := store.FindArchive(t.Context(), 3, 2); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("find archive: %v, want %s", err, want)
	}
	if rows, err := store.LoadState(t.Context(), 3, 65535, 0, 0); err != nil || len(rows) > 0 {
		t.Errorf("the last generation loads %v, %v", rows, err)
	}
}
