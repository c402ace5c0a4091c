package schemas

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrNewerGeneration tells that a program with a later generation writes to the tables: this one's rows would all lose.
var ErrNewerGeneration = errors.New("rows of a newer generation are written there")

// KeyID names a Kafka key in tables and in memory: the first 128 bits of its SHA-256. Two keys share one at odds that nobody meets.
type KeyID [16]byte

// KeyIDOf gives the id of a Kafka key.
func KeyIDOf(key string) KeyID {
	sum := sha256.Sum256([]byte(key))
	return KeyID(sum[:16])
}

// Kinds of a state row.
const (
	StateConversation = "conversation"
	StateAgent        = "agent"
	StateTeam         = "team"
	StatePosition     = "position" // how far the fold of a partition is
	StateArchive      = "archive"  // how far the archive of a partition is
)

// HotBytes is the size of the fixed part of a state row.
const HotBytes = 64

// StateRow is what the fold knows of one Kafka key, or how far a partition is. Its version is that of data rows: the offset of the
// newest record of the key; of a position, the offset behind the last record.
type StateRow struct {
	Meta
	Partition int32
	Key       KeyID
	Kind      string // StateConversation, …
	Company   string
	Team      string
	Owner     string
	Channel   string
	Queue     string
	Priority  string
	Open      bool
	Hot       []byte // HotBytes: what gauges need, or the position
	Rest      []byte // all else, with the version of its codec inside; nil where it was not asked for
}

// Position is how far a partition of the log is in the tables: all records below Next are in them.
type Position struct {
	Partition   int32
	Generation  uint16   // of the rows
	Next        int64    // offset behind the last record
	LeaderEpoch int32    // of the newest record that was read, -1 if not known
	TopicID     [16]byte // of the topic that it counts in
	Partitions  int32    // how many the topic had
	Settings    uint64   // hash of the settings that the fold reads
	SettingsAt  Instant  // those in force up to here are in the hash
}

// positionKey is the key of a position: the two kinds have rows of their own.
func positionKey(kind string) KeyID { return KeyIDOf(kind) }

// Row makes the state row of a position; kind is StatePosition or StateArchive.
func (p *Position) Row(kind string, appended Instant) StateRow {
	hot := make([]byte, 0, HotBytes)
	hot = binary.LittleEndian.AppendUint64(hot, uint64(p.Next))
	hot = append(hot, p.TopicID[:]...)
	hot = binary.LittleEndian.AppendUint64(hot, p.Settings)
	hot = binary.LittleEndian.AppendUint64(hot, uint64(p.SettingsAt))
	hot = binary.LittleEndian.AppendUint32(hot, uint32(p.LeaderEpoch))
	hot = binary.LittleEndian.AppendUint32(hot, uint32(p.Partitions))
	hot = binary.LittleEndian.AppendUint16(hot, p.Generation)
	return StateRow{
		Meta:      Meta{Version: MakeVersion(p.Generation, p.Next), AppendedAt: appended},
		Partition: p.Partition, Key: positionKey(kind), Kind: kind, Hot: append(hot, make([]byte, HotBytes-len(hot))...), Rest: []byte{},
	}
}

// PositionOf reads a state row that Row made.
func PositionOf(row *StateRow) (Position, error) {
	if len(row.Hot) != HotBytes || (row.Kind != StatePosition && row.Kind != StateArchive) {
		return Position{}, fmt.Errorf("read position of partition %d: the row of kind %q has %d bytes, not a position's %d", row.Partition, row.Kind, len(row.Hot), HotBytes)
	}
	p := Position{
		Partition: row.Partition,
		Next:      int64(binary.LittleEndian.Uint64(row.Hot)), TopicID: [16]byte(row.Hot[8:24]),
		Settings: binary.LittleEndian.Uint64(row.Hot[24:]), SettingsAt: Instant(binary.LittleEndian.Uint64(row.Hot[32:])),
		LeaderEpoch: int32(binary.LittleEndian.Uint32(row.Hot[40:])), Partitions: int32(binary.LittleEndian.Uint32(row.Hot[44:])),
		Generation: binary.LittleEndian.Uint16(row.Hot[48:]),
	}
	if row.Version != uint64(p.Generation)<<48|uint64(p.Next) {
		return Position{}, fmt.Errorf("read position of partition %d: its version %d does not belong to offset %d of generation %d", row.Partition, row.Version, p.Next, p.Generation)
	}
	return p, nil
}
