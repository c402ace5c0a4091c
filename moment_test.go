//go:build embedded

package main

import (
	"regexp"
	"strings"

	"github.com/floorwatch/floorwatch/schemas"
)

// The database moment has the views as they are, of the tables as they are, but for one thing: its clock says what the test tells it.
var clockOfViews = regexp.MustCompile(`now64\(3(, 'UTC')?\)`)

// setUpMoments makes that database.
func (p *process) setUpMoments() {
	p.t.Helper()
	steps, err := schemas.Migrations()
	if err != nil {
		p.t.Fatal(err)
	}
	p.query("CREATE DATABASE moment")
	p.query("CREATE TABLE moment.clock (at DateTime64(3, 'UTC')) ENGINE = Memory")
	for _, row := range p.query("SELECT name FROM system.tables WHERE database = 'floorwatch' AND engine LIKE '%MergeTree'") {
		name := row["name"].(string)
		p.query("CREATE TABLE moment." + name + " AS floorwatch." + name + " ENGINE = Merge(floorwatch, '^" + name + "$')")
	}
	p.database = "moment"
	defer func() { p.database = "" }()
	views := 0
	for _, statement := range steps[1].Statements {
		if strings.HasPrefix(statement, "CREATE OR REPLACE VIEW") {
			p.query(clockOfViews.ReplaceAllString(statement, "assumeNotNull((SELECT max(at) FROM moment.clock))"))
			views++
		}
	}
	if views < 10 {
		p.t.Fatalf("only %d views", views)
	}
}

// at sets the clock of the database moment.
func (p *process) at(now schemas.Instant) {
	p.t.Helper()
	p.query("TRUNCATE TABLE moment.clock")
	p.query("INSERT INTO moment.clock SELECT fromUnixTimestamp64Milli(toInt64(" + decimal(int64(now)) + "), 'UTC')")
}
