// Package clickhouse keeps floorwatch's tables: it brings the schema up to date, writes rows, and reads states, positions and settings
// back. Rows are whole and carry a version, so writing one twice, late or out of order does no harm.
package clickhouse
