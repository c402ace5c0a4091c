package schemas

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

//go:embed clickhouse/*.sql
var migrationFiles embed.FS

// Migration is one numbered step of the ClickHouse schema. A step that was released never changes; a later one amends it.
type Migration struct {
	Number     uint32
	Name       string   // its file without folder and ending
	Checksum   string   // SHA-256 of the file
	Statements []string // each one SQL statement, without a database: they run in the one of the connection
}

// Migrations lists the steps in order.
func Migrations() ([]Migration, error) {
	entries, err := migrationFiles.ReadDir("clickhouse")
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	var steps []Migration
	for i, entry := range entries {
		text, err := migrationFiles.ReadFile("clickhouse/" + entry.Name())
		if err != nil {
			return nil, fmt.Errorf("read migration: %w", err)
		}
		digits, _, _ := strings.Cut(entry.Name(), "_")
		number, err := strconv.ParseUint(digits, 10, 32)
		if err != nil || int(number) != i+1 {
			return nil, fmt.Errorf("read migration %s: it must begin with %04d", entry.Name(), i+1)
		}
		sum := sha256.Sum256(text)
		steps = append(steps, Migration{
			Number: uint32(number), Name: strings.TrimSuffix(entry.Name(), ".sql"),
			Checksum: hex.EncodeToString(sum[:]), Statements: splitStatements(string(text)),
		})
	}
	return steps, nil
}

// splitStatements cuts at blank lines. A statement's last semicolon and lines that begin with "--" are left out.
func splitStatements(text string) []string {
	var kept []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "--") {
			kept = append(kept, line)
		}
	}
	var statements []string
	for part := range strings.SplitSeq(strings.Join(kept, ""), "\n\n") {
		if part = strings.TrimSuffix(strings.TrimSpace(part), ";"); part != "" {
			statements = append(statements, part)
		}
	}
	return statements
}
