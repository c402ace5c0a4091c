package clickhouse

import (
	"encoding/hex"

	"github.com/floorwatch/floorwatch/schemas"
)

var stateColumns = append([]column[schemas.StateRow]{
	value("partition", func(r *schemas.StateRow) int32 { return r.Partition }),
	value("k", func(r *schemas.StateRow) string { return uuid(r.Key) }),
	value("kind", func(r *schemas.StateRow) string { return r.Kind }),
	value("company", func(r *schemas.StateRow) string { return r.Company }),
	value("team", func(r *schemas.StateRow) string { return r.Team }),
	value("owner", func(r *schemas.StateRow) string { return r.Owner }),
	value("channel", func(r *schemas.StateRow) string { return r.Channel }),
	value("queue", func(r *schemas.StateRow) string { return r.Queue }),
	value("priority", func(r *schemas.StateRow) string { return r.Priority }),
	value("open", func(r *schemas.StateRow) bool { return r.Open }),
	values("hot", func(r *schemas.StateRow) []byte { return r.Hot }),
	values("rest", func(r *schemas.StateRow) []byte { return r.Rest }),
}, meta(func(r *schemas.StateRow) *schemas.Meta { return &r.Meta })...)

// uuid writes a key the way ClickHouse reads it: its bytes in order.
func uuid(key schemas.KeyID) string {
	var text [36]byte
	hex.Encode(text[:8], key[:4])
	hex.Encode(text[9:13], key[4:6])
	hex.Encode(text[14:18], key[6:8])
	hex.Encode(text[19:23], key[8:10])
	hex.Encode(text[24:], key[10:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}

var settingsColumns = []column[schemas.SettingsVersion]{
	value("company", func(r *schemas.SettingsVersion) string { return r.Company }),
	instant("effective_from", func(r *schemas.SettingsVersion) schemas.Instant { return r.EffectiveFrom }),
	value("zone", func(r *schemas.SettingsVersion) string { return r.Zone }),
	value("hours", func(r *schemas.SettingsVersion) string { return r.Hours }),
	value("team_hours", func(r *schemas.SettingsVersion) string { return r.TeamHours }),
	instant("recorded_at", func(r *schemas.SettingsVersion) schemas.Instant { return r.RecordedAt }),
	value("version", func(r *schemas.SettingsVersion) uint64 { return ^uint64(r.RecordedAt) }),
	value("is_deleted", func(*schemas.SettingsVersion) uint8 { return 0 }),
}
