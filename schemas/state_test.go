package schemas

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestPositionComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Position{
			Partition: rapid.Int32Min(0).Draw(t, "partition"), Generation: rapid.Uint16().Draw(t, "generation"),
			Next: rapid.Int64Range(0, 1<<48-1).Draw(t, "next"), LeaderEpoch: rapid.Int32Min(-1).Draw(t, "epoch"),
			Partitions: rapid.Int32Min(1).Draw(t, "partitions"), Settings: rapid.Uint64().Draw(t, "settings"),
			SettingsAt: Instant(rapid.Int64().Draw(t, "at")),
		}
		copy(want.TopicID[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "topic"))
		row := want.Row(rapid.SampledFrom([]string{StatePosition, StateArchive}).Draw(t, "kind"), 5)
		got, err := PositionOf(&row)
		if err != nil || !cmp.Equal(want, got) {
			t.Fatalf("%v, %v", err, cmp.Diff(want, got))
		}
		row.Version++
		if _, err := PositionOf(&row); err == nil {
			t.Fatal("a position with another version was read")
		}
	})
}

func TestPositionsOfFoldAndArchiveHaveRowsOfTheirOwn(t *testing.T) {
	p := Position{}
	fold, archive := p.Row(StatePosition, 0), p.Row(StateArchive, 0)
	if fold.Key == archive.Key || len(fold.Hot) != HotBytes {
		t.Errorf("keys %x and %x, %d bytes", fold.Key, archive.Key, len(fold.Hot))
	}
	fold.Kind = StateAgent
	if _, err := PositionOf(&fold); err == nil {
		t.Error("an agent's row was read as a position")
	}
}
