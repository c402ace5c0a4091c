package clickhouse

import (
	"context"
	"fmt"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// syncSettings make an acknowledged insert survive the loss of power. They are settings of each table, never of the server.
const syncSettings = "fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1"

// checkSync finds tables that lost these settings, or were made without them.
func (s *Store) checkSync(ctx context.Context) error {
	rows, err := s.conn.Query(ctx, "SELECT name, engine_full FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' ORDER BY name")
	if err != nil {
		return fmt.Errorf("read tables: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var table, engine string
		if err := rows.Scan(&table, &engine); err != nil {
			return fmt.Errorf("read tables: %w", err)
		}
		if _, ours := s.types[table]; !ours && table != "migrations" && !strings.HasPrefix(table, "rollup") {
			continue // whoever made it decides
		}
		for setting := range strings.SplitSeq(syncSettings, ", ") {
			if !strings.Contains(engine+",", " "+setting+",") {
				return fmt.Errorf("check tables: %s can lose rows when the power fails: it lacks %s; run ALTER TABLE %s.%s MODIFY SETTING %s",
					table, setting, s.cfg.Database, table, syncSettings)
			}
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read tables: %w", err)
	}
	return nil
}

// readColumns takes the types of the insert columns from the server, so that an insert need not ask for them each time. A column
// that the table does not have is told here and not at the first insert.
func (s *Store) readColumns(ctx context.Context) error {
	types := map[string]map[string]string{}
	rows, err := s.conn.Query(ctx, "SELECT table, name, type FROM system.columns WHERE database = currentDatabase()")
	if err != nil {
		return fmt.Errorf("read columns: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var table, name, kind string
		if err := rows.Scan(&table, &name, &kind); err != nil {
			return fmt.Errorf("read columns: %w", err)
		}
		if types[table] == nil {
			types[table] = map[string]string{}
		}
		types[table][name] = kind
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read columns: %w", err)
	}
	for table, columns := range insertColumns() {
		for _, name := range columns {
			kind, ok := types[table][name]
			if !ok {
				return fmt.Errorf("check tables: %s has no column %s; the database was changed by hand or belongs to another version", table, name)
			}
			s.types[table] = append(s.types[table], clickhouse.ColumnNameAndType{Name: name, Type: sentAs(kind)})
		}
	}
	return nil
}

// sentAs is the type as which the values of a column are sent. The client is slow at making dictionaries of strings, so the server
// does that.
func sentAs(kind string) string { return strings.ReplaceAll(kind, "LowCardinality(String)", "String") }

// insertColumns lists the columns of every insert by table.
func insertColumns() map[string][]string {
	return map[string][]string{
		"events": names(eventColumns), "episodes": names(episodeColumns), "conversation_days": names(conversationDayColumns),
		"conversation_agents": names(conversationAgentColumns), "replies": names(replyColumns), "holds": names(holdColumns), "agent_spans": names(agentSpanColumns),
		"directory": names(directoryColumns), "rejects": names(rejectColumns), "calendar": names(calendarColumns),
		"definitions": names(definitionColumns), "state": names(stateColumns), "settings": names(settingsColumns),
	}
}
