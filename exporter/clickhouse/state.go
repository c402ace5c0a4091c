package clickhouse

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/floorwatch/floorwatch/schemas"
)

// The columns of a state row as they are read. The key comes as its bytes in order: the server's own order of a UUID is another.
const (
	hotColumns   = "partition, UUIDToNum(k) AS key, kind, company, team, owner, channel, queue, priority, open, hot, appended_at, version, is_deleted"
	wholeColumns = hotColumns + ", rest"
)

// loadState takes the newest version of every key first and then looks at what it says: an older version that fits says nothing of
// a key whose newest does not. Whatever a newer generation wrote comes too, so that it is noticed.
const loadState = "SELECT " + hotColumns + ` FROM state FINAL
	WHERE partition = ? AND (version >= ? AND (appended_at >= fromUnixTimestamp64Milli(?, 'UTC') OR open AND appended_at >= fromUnixTimestamp64Milli(?, 'UTC') OR kind != 'conversation') OR version > ?)`

// LoadState reads what a start needs of a partition, in one SELECT: the positions of fold and archive, all agents and teams, and
// the conversations whose newest record was appended at or after since; of the open ones at or after openSince. Rest is left out. Rows of
// older generations count as absent; one of a newer generation is an error.
func (s *Store) LoadState(ctx context.Context, partition int32, generation uint16, since, openSince schemas.Instant) ([]schemas.StateRow, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.LoadTimeout)
	defer cancel()
	rows, err := s.readState(ctx, hotColumns, loadState, partition, lowest(generation), int64(since), int64(openSince), lowest(generation)|(1<<48-1))
	if err != nil {
		return nil, fmt.Errorf("load state of partition %d: %w", partition, err)
	}
	for i := range rows {
		if err := checkGeneration(&rows[i], generation); err != nil {
			return nil, fmt.Errorf("load state of partition %d: %w", partition, err)
		}
	}
	return rows, nil
}

// FindArchive reads how far the archive of a partition is; nil if it has not begun. Rows of older generations count as absent; one
// of a newer generation is an error.
func (s *Store) FindArchive(ctx context.Context, partition int32, generation uint16) (*schemas.StateRow, error) {
	key := schemas.KeyIDOf(schemas.StateArchive)
	rows, err := s.FindState(ctx, map[int32][]schemas.KeyID{partition: {key}})
	if err == nil && len(rows) > 0 {
		err = checkGeneration(&rows[0], generation)
	}
	if err != nil {
		return nil, fmt.Errorf("find archive position of partition %d: %w", partition, err)
	}
	if len(rows) == 0 || rows[0].Version < lowest(generation) {
		return nil, nil
	}
	return &rows[0], nil
}

// lowest is the lowest version of a generation.
func lowest(generation uint16) uint64 { return uint64(generation) << 48 }

func checkGeneration(row *schemas.StateRow, generation uint16) error {
	if newer := row.Version >> 48; newer > uint64(generation) {
		return fmt.Errorf("%w: %d, and floor.generation is %d here; stop this instance, or set it to %d", schemas.ErrNewerGeneration, newer, generation, newer)
	}
	return nil
}

// keysAtOnce is how many keys one SELECT looks up.
const keysAtOnce = 20_000

// place is where a state is.
type place struct {
	partition int32
	key       schemas.KeyID
}

// FindState reads the whole newest rows of those keys, by partition, that have any, in no order.
func (s *Store) FindState(ctx context.Context, keys map[int32][]schemas.KeyID) ([]schemas.StateRow, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	asked := map[place]bool{}
	for partition, list := range keys {
		for _, key := range list {
			asked[place{partition, key}] = true
		}
	}
	var found []schemas.StateRow
	for chunk := range slices.Chunk(slices.Collect(maps.Keys(asked)), keysAtOnce) {
		rows, err := s.readState(ctx, wholeColumns, findState(chunk))
		if err != nil {
			return nil, fmt.Errorf("find %d states: %w", len(asked), err)
		}
		found = append(found, rows...)
	}
	return slices.DeleteFunc(found, func(row schemas.StateRow) bool {
		here := place{row.Partition, row.Key}
		first := asked[here] // a row comes twice if two chunks name its partition and its key for different places
		delete(asked, here)
		return row.Deleted || !first
	}), nil
}

// findState asks for the newest rows at those places. It names partitions and keys apart, which is a third faster than pairs, so rows
// of one key in several partitions may come that nobody asked for.
func findState(places []place) string {
	partitions := map[int32]bool{}
	var list strings.Builder
	for i, p := range places {
		partitions[p.partition] = true
		if i > 0 {
			list.WriteByte(',')
		}
		list.WriteString("'" + uuid(p.key) + "'")
	}
	var in []string
	for _, partition := range slices.Sorted(maps.Keys(partitions)) {
		in = append(in, strconv.Itoa(int(partition)))
	}
	return "SELECT " + wholeColumns + " FROM state WHERE partition IN (" + strings.Join(in, ",") + ") AND k IN (" + list.String() + ") ORDER BY partition, k, version DESC LIMIT 1 BY partition, k"
}

// stateReadSettings: the keys of a look-up stand in its text.
var stateReadSettings = clickhouse.Settings{"max_query_size": 64 << 20}

// readState reads rows with those columns.
func (s *Store) readState(ctx context.Context, columns, query string, arguments ...any) ([]schemas.StateRow, error) {
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(stateReadSettings))
	rows, err := s.conn.Query(ctx, query, arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var (
		full    [][]schemas.StateRow // a million rows in one slice that grows would be copied again and again
		found   []schemas.StateRow
		row     schemas.StateRow
		key     []byte
		deleted uint8
	)
	into := []any{&row.Partition, &key, &row.Kind, &row.Company, &row.Team, &row.Owner, &row.Channel, &row.Queue, &row.Priority, &row.Open, &row.Hot,
		(*int64)(&row.AppendedAt), &row.Version, &deleted}
	if columns == wholeColumns {
		into = append(into, &row.Rest)
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		row.Key, row.Deleted = schemas.KeyID(key), deleted != 0
		row.Hot = bytes.Clone(row.Hot) // it is a piece of the client's block
		if row.Rest == nil && columns == wholeColumns {
			row.Rest = []byte{}
		}
		if len(found) == cap(found) {
			full, found = append(full, found), make([]schemas.StateRow, 0, min(64+2*len(found), 1<<16))
		}
		found = append(found, row)
	}
	return slices.Concat(append(full, found)...), rows.Err()
}

// compressible is the largest sum of rests that is sent compressed: the client makes one frame of an insert, and readers refuse large
// frames, some of them from 128 MiB.
const compressible = 32 << 20

// WriteState inserts the rows in one insert, which stores a part for each Kafka partition: the rows of a partition come together or
// not at all, its position among them. On an error they may have been stored; writing the same rows again is right.
func (s *Store) WriteState(ctx context.Context, rows []schemas.StateRow) error {
	size := 0
	for i := range rows {
		size += len(rows[i].Rest)
		if n := len(rows[i].Hot); n != schemas.HotBytes && !(n == 0 && rows[i].Deleted) {
			return fmt.Errorf("insert into state: row %d of partition %d has a hot part of %d bytes, must be %d", i, rows[i].Partition, n, schemas.HotBytes)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	conn := s.conn
	if size > compressible {
		conn = s.plain
	}
	return write(ctx, s, conn, "state", stateColumns, rows)
}

// ForgetState deletes the conversations of a partition whose newest record was appended before that moment.
func (s *Store) ForgetState(ctx context.Context, partition int32, before schemas.Instant) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	// All versions go or none: an older one that was appended later, by a clock that jumped, must not come back.
	err := s.conn.Exec(ctx, `DELETE FROM state IN PARTITION ? WHERE k IN (SELECT k FROM state
		WHERE partition = ? AND kind = 'conversation' GROUP BY k HAVING argMax(appended_at, version) < fromUnixTimestamp64Milli(?, 'UTC'))`, partition, partition, int64(before))
	if err == nil {
		err = ctx.Err() // the client takes half an answer for a whole one
	}
	if err != nil {
		return fmt.Errorf("forget old states of partition %d: %w", partition, err)
	}
	return nil
}
