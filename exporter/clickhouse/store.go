package clickhouse

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/floorwatch/floorwatch/schemas"
	"golang.org/x/sync/errgroup"
)

// Store writes rows to the tables of one database.
type Store struct {
	conn  driver.Conn
	plain driver.Conn // the same without compression
	slow  driver.Conn // for what may take long, so that rows do not wait for it
	cfg   Config
	types map[string][]clickhouse.ColumnNameAndType // insert columns by table
}

// insertSettings stand with every insert: server defaults differ between releases. Rows come batched, so the server must not batch
// them again; a batch of old days may touch any number of partitions. However the server takes the rows apart on their way, it joins
// them again before it stores them: one insert is one part of each partition, there or not there as a whole. Merging the rows of an
// insert before they are stored would cost as much as all else that the server does with it, for two rows of one key are rare there
// and FINAL tells them apart; so merges do it later.
var insertSettings = clickhouse.Settings{
	"async_insert": 0, "insert_deduplicate": 0, "optimize_on_insert": 0, "input_format_native_allow_types_conversion": 1, "max_partitions_per_insert_block": 0,
	"max_insert_threads": 1, "max_insert_block_size": 1 << 30, "min_insert_block_size_rows": 1 << 30, "min_insert_block_size_bytes": 1 << 40,
}

// Open connects, brings the schema up to date and checks it. If the server cannot be reached, IsUnreachable tells so of the error.
// Now is the version of the dictionary that
// this program writes.
func Open(ctx context.Context, cfg Config, now time.Time) (*Store, error) {
	if err := createDatabase(ctx, cfg); err != nil {
		return nil, err
	}
	conn, err := connect(cfg, cfg.Database, clickhouse.CompressionLZ4)
	if err != nil {
		return nil, err
	}
	plain, err := connect(cfg, cfg.Database, clickhouse.CompressionNone)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	patient := cfg
	patient.Timeout = cfg.LoadTimeout
	slow, err := connect(patient, cfg.Database, clickhouse.CompressionLZ4)
	if err != nil {
		return nil, errors.Join(err, conn.Close(), plain.Close())
	}
	s := &Store{conn: conn, plain: plain, slow: slow, cfg: cfg, types: map[string][]clickhouse.ColumnNameAndType{}}
	if err := s.prepare(ctx, now); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) prepare(ctx context.Context, now time.Time) error {
	if err := migrate(ctx, s.conn); err != nil {
		return err
	}
	if err := s.readColumns(ctx); err != nil {
		return err
	}
	if err := s.checkSync(ctx); err != nil {
		return err
	}
	return s.writeDefinitions(ctx, uint64(now.UnixMilli()))
}

// Close ends the connections.
func (s *Store) Close() error {
	if err := errors.Join(s.conn.Close(), s.plain.Close(), s.slow.Close()); err != nil {
		return fmt.Errorf("close ClickHouse connection: %w", err)
	}
	return nil
}

func connect(cfg Config, database string, compression clickhouse.CompressionMethod) (driver.Conn, error) {
	options := &clickhouse.Options{
		Addr:        cfg.Addresses,
		Auth:        clickhouse.Auth{Database: database, Username: cfg.Username, Password: cfg.Password},
		DialTimeout: cfg.Timeout,
		ReadTimeout: cfg.Timeout,
		Compression: &clickhouse.Compression{Method: compression},
		ClientInfo:  clickhouse.ClientInfo{Products: []struct{ Name, Version string }{{"floorwatch", "1"}}},
	}
	switch cfg.Protocol {
	case "http":
		options.Protocol = clickhouse.HTTP
	case "native":
		options.Protocol = clickhouse.Native
	default:
		return nil, fmt.Errorf("connect to ClickHouse: the protocol is %q, must be http or native", cfg.Protocol)
	}
	if cfg.Secure {
		options.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		return nil, fmt.Errorf("connect to ClickHouse at %s: %w", strings.Join(cfg.Addresses, ", "), err)
	}
	return conn, nil
}

func createDatabase(ctx context.Context, cfg Config) error {
	conn, err := connect(cfg, "default", clickhouse.CompressionNone)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.Exec(ctx, "CREATE DATABASE IF NOT EXISTS "+cfg.Database); err != nil {
		return fmt.Errorf("connect to ClickHouse at %s as %s: %w", strings.Join(cfg.Addresses, ", "), cfg.Username, shorten(err))
	}
	return nil
}

// shorten cuts what the client says of a network error down to what a reader needs.
func shorten(err error) error {
	var number syscall.Errno
	var lookup *net.DNSError
	switch {
	case errors.As(err, &number):
		return fmt.Errorf("%w; is it running, and is this its address?", number)
	case errors.As(err, &lookup):
		return lookup
	default:
		return err
	}
}

// Write inserts the rows, one insert a table, and returns when all of them are acknowledged. On an error any part of them may have
// been stored; writing the same rows again is right.
func (s *Store) Write(ctx context.Context, rows *schemas.Rows) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	s.guard(rows)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	insert(ctx, group, s, "events", eventColumns, rows.Events)
	insert(ctx, group, s, "episodes", episodeColumns, rows.Episodes)
	insert(ctx, group, s, "conversation_days", conversationDayColumns, rows.ConversationDays)
	insert(ctx, group, s, "conversation_agents", conversationAgentColumns, rows.ConversationAgents)
	insert(ctx, group, s, "replies", replyColumns, rows.Replies)
	insert(ctx, group, s, "holds", holdColumns, rows.Holds)
	insert(ctx, group, s, "agent_spans", agentSpanColumns, rows.AgentSpans)
	insert(ctx, group, s, "directory", directoryColumns, rows.Directory)
	insert(ctx, group, s, "rejects", rejectColumns, rows.Rejects)
	insert(ctx, group, s, "calendar", calendarColumns, rows.Calendar)
	return group.Wait()
}

func insert[R any](ctx context.Context, group *errgroup.Group, s *Store, table string, columns []column[R], rows []R) {
	if len(rows) > 0 {
		group.Go(func() error { return write(ctx, s, s.conn, table, columns, rows) })
	}
}

// write is one insert: the columns of all rows that are not empty, each appended as one slice.
func write[R any](ctx context.Context, s *Store, conn driver.Conn, table string, columns []column[R], rows []R) error {
	columns, types := filled(columns, s.types[table], rows)
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(insertSettings), clickhouse.WithColumnNamesAndTypes(types))
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO "+table+" (`"+strings.Join(names(columns), "`, `")+"`)")
	if err != nil {
		return fmt.Errorf("insert into %s: %w", table, err)
	}
	defer batch.Close() // gives the connection back if a column refuses its values
	for i, c := range columns {
		if err := c.appendTo(batch.Column(i), rows); err != nil {
			return fmt.Errorf("insert into %s: column %s: %w", table, c.name, err)
		}
	}
	if s.cfg.BeforeInsert != nil {
		s.cfg.BeforeInsert(table)
	}
	if err := batch.Send(); err != nil {
		return fmt.Errorf("insert %d rows into %s: %w", len(rows), table, err)
	}
	if s.cfg.AfterInsert != nil {
		s.cfg.AfterInsert(table)
	}
	return nil
}

// NewestEvent tells when the newest stored event of the companies occurred, 0 if there is none.
func (s *Store) NewestEvent(ctx context.Context, companies []string) (schemas.Instant, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	var newest *time.Time
	row := s.conn.QueryRow(ctx, "SELECT maxOrNull(occurred_at) FROM events WHERE company IN (?)", companies)
	if err := row.Scan(&newest); err != nil {
		return 0, fmt.Errorf("read newest event: %w", err)
	}
	if newest == nil {
		return 0, nil
	}
	return schemas.InstantOf(*newest), nil
}

// Companies are those that have days, in order of their names.
func (s *Store) Companies(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	rows, err := s.conn.Query(ctx, "SELECT DISTINCT company FROM calendar ORDER BY company")
	if err != nil {
		return nil, fmt.Errorf("read companies: %w", err)
	}
	defer rows.Close()
	var companies []string
	for rows.Next() {
		var company string
		if err := rows.Scan(&company); err != nil {
			return nil, fmt.Errorf("read companies: %w", err)
		}
		companies = append(companies, company)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read companies: %w", err)
	}
	return companies, nil
}
