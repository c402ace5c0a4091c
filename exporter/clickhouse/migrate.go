package clickhouse

import (
	"context"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/floorwatch/floorwatch/schemas"
)

const createMigrations = `
CREATE TABLE IF NOT EXISTS migrations
(
    number     UInt32 COMMENT 'Number of the step',
    name       String COMMENT 'Its file',
    checksum   String COMMENT 'SHA-256 of the file',
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was applied'
)
ENGINE = ReplacingMergeTree ORDER BY number
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'Steps of the schema that were applied'`

// migrate applies the steps that the database does not have yet. Statements can be repeated, so a step that broke off is simply
// applied again.
func migrate(ctx context.Context, conn driver.Conn) error {
	steps, err := schemas.Migrations()
	if err != nil {
		return err
	}
	if err := conn.Exec(ctx, createMigrations); err != nil {
		return fmt.Errorf("create table migrations: %w", err)
	}
	applied, err := appliedMigrations(ctx, conn)
	if err != nil {
		return err
	}
	if newest := len(applied); newest > len(steps) {
		return fmt.Errorf("check migrations: the database is at step %d, this program knows %d; run a newer floorwatch", newest, len(steps))
	}
	for _, step := range steps {
		if checksum, done := applied[step.Number]; done {
			if checksum != step.Checksum {
				return fmt.Errorf("check migrations: step %s was applied with another content; the database belongs to another build of floorwatch: use another database or data directory", step.Name)
			}
			continue
		}
		if err := apply(ctx, conn, step); err != nil {
			return err
		}
	}
	return nil
}

func appliedMigrations(ctx context.Context, conn driver.Conn) (map[uint32]string, error) {
	rows, err := conn.Query(ctx, "SELECT number, checksum FROM migrations FINAL")
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	defer rows.Close()
	applied := map[uint32]string{}
	for rows.Next() {
		var number uint32
		var checksum string
		if err := rows.Scan(&number, &checksum); err != nil {
			return nil, fmt.Errorf("read migrations: %w", err)
		}
		applied[number] = checksum
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return applied, nil
}

func apply(ctx context.Context, conn driver.Conn, step schemas.Migration) error {
	for i, statement := range step.Statements {
		if err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("apply migration %s, statement %d: %w", step.Name, i+1, err)
		}
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(insertSettings))
	err := conn.Exec(ctx, "INSERT INTO migrations (number, name, checksum) VALUES (?, ?, ?)", step.Number, step.Name, step.Checksum)
	if err != nil {
		return fmt.Errorf("note migration %s: %w", step.Name, err)
	}
	return nil
}

// definition is a dictionary row of the table definitions.
type definition struct {
	*schemas.Metric
	version uint64
}

var definitionColumns = []column[definition]{
	value("metric", func(r *definition) string { return r.Key }),
	value("kind", func(r *definition) string { return r.Kind }),
	value("unit", func(r *definition) string { return r.Unit }),
	value("surface", func(r *definition) string { return r.Surface }),
	value("prometheus_name", func(r *definition) string { return r.PrometheusName() }),
	list("labels", func(r *definition) []string { return r.Labels }),
	list("columns", func(r *definition) []string { return r.Columns }),
	value("means", func(r *definition) string { return r.Means }),
	value("notes", func(r *definition) string { return r.Notes }),
	value("version", func(r *definition) uint64 { return r.version }),
	value("is_deleted", func(*definition) uint8 { return 0 }),
}

// writeDefinitions puts this program's dictionary into the database.
func (s *Store) writeDefinitions(ctx context.Context, version uint64) error {
	var rows []definition
	for i := range schemas.Metrics {
		rows = append(rows, definition{&schemas.Metrics[i], version})
	}
	return write(ctx, s, s.conn, "definitions", definitionColumns, rows)
}
