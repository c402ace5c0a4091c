//go:build embedded

package clickhouse

import (
	"fmt"
	"testing"

	"github.com/floorwatch/floorwatch/schemas"
)

const benchStates = 1_000_000

// openBench is a store with open conversations of partition 0 in two versions each, with rests of 600 bytes.
func openBench(b *testing.B) *Store {
	b.Helper()
	cfg := DefaultConfig()
	cfg.Addresses, cfg.Database = []string{address}, "bench_state"
	store := openConfig(b, cfg)
	if store.strings(b, "SELECT toString(count()) FROM state")[0] != "0" {
		return store
	}
	for version := range 2 {
		for at := 0; at < benchStates; at += 200_000 {
			store.exec(b, fmt.Sprintf(`INSERT INTO state (partition, k, kind, company, team, owner, channel, queue, priority, open, hot, rest, appended_at, version, is_deleted)
				SELECT 0, toUUID(UUIDNumToString(toFixedString(substring(SHA256(concat('c/acme/', toString(number))), 1, 16), 16))), 'conversation', 'acme',
				concat('team ', toString(number %% 50)), concat('agent ', toString(number %% 3000)), 'web', concat('queue ', toString(number %% 30)), 'normal', 1,
				toFixedString(concat(SHA256(toString(number)), SHA256(toString(-number))), 64), concat(randomPrintableASCII(250), repeat('abcdefghij', 35)),
				now64(3), bitShiftLeft(1::UInt64, 48) + number + %d, 0 FROM numbers(%d, 200000)`, version*benchStates, at))
		}
	}
	store.exec(b, "OPTIMIZE TABLE state")
	return store
}

func BenchmarkLoadState(b *testing.B) {
	store := openBench(b)
	for b.Loop() {
		if rows, err := store.LoadState(b.Context(), 0, 1, 0, 0); err != nil || len(rows) != benchStates {
			b.Fatal(len(rows), err)
		}
	}
}

func BenchmarkFindState(b *testing.B) {
	store := openBench(b)
	for _, count := range []int{100, 1_000, 5_000, 20_000} {
		b.Run(fmt.Sprint("keys=", count), func(b *testing.B) {
			keys := map[int32][]schemas.KeyID{}
			for i := range count {
				keys[0] = append(keys[0], schemas.KeyIDOf(fmt.Sprint("c/acme/", i*7919%benchStates)))
			}
			for b.Loop() {
				if rows, err := store.FindState(b.Context(), keys); err != nil || len(rows) != count {
					b.Fatal(len(rows), err)
				}
			}
		})
	}
}

// BenchmarkWriteState writes 20,000 rows of about 700 bytes over 12 partitions.
func BenchmarkWriteState(b *testing.B) {
	store := open(b)
	rows := many(20_000, 12)
	for b.Loop() {
		if err := store.WriteState(b.Context(), rows); err != nil {
			b.Fatal(err)
		}
	}
}
