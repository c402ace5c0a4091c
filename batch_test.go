//go:build embedded

package main

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// written waits until the tables and the positions behind them have the whole log, so many events of it.
func (p *process) written(events int) {
	p.t.Helper()
	want := p.end()
	p.until(fmt.Sprintf("numbers and archive are at %d", want), func() (bool, string) {
		state := ""
		for _, kind := range []string{"position", "archive"} {
			if got := p.number("SELECT sum(next_offset) FROM positions WHERE kind = '" + kind + "'"); got != want {
				state += fmt.Sprint(kind, " at ", got, " ")
			}
		}
		return state == "", state
	})
	if got := p.number("SELECT count() FROM events FINAL"); got != events {
		p.t.Errorf("%d events are stored, want %d", got, events)
	}
}

func (p *process) client(options ...kgo.Opt) *kgo.Client {
	p.t.Helper()
	client, err := kgo.NewClient(append(options, kgo.SeedBrokers(p.kafka))...)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(client.Close)
	return client
}

// batch has a service with another configuration read the same log into the database batch, all at once. The archive reads for itself
// and shows only what it has written, so a second run, which writes often, lets it come to the end.
func (p *process) batch(config string) {
	p.t.Helper()
	whole := *p
	whole.config = config
	whole.start()
	whole.until("the log is read", func() (bool, string) {
		lag := whole.gauge("floorwatch_lag_records")
		return lag == 0, fmt.Sprint("lag ", lag)
	})
	whole.stop()
	whole.extra = []string{"FLOORWATCH_PIPELINE_FLUSH_INTERVAL=50ms", "FLOORWATCH_PIPELINE_STATE_INTERVAL=50ms"}
	whole.start()
	end := p.end()
	whole.until(fmt.Sprintf("the archive is at %d", end), func() (bool, string) {
		at := p.number("SELECT sum(next_offset) FROM batch.positions WHERE kind = 'archive'")
		return at == end, fmt.Sprint("at ", at)
	})
	whole.stop()
}

// stop ends the service, which has to end well.
func (p *process) stop() {
	p.t.Helper()
	command, output := p.command, p.output
	p.signal(syscall.SIGTERM)
	if !command.ProcessState.Success() {
		p.t.Fatalf("%s\n%s", command.ProcessState, output)
	}
}

// end is how many records the topic of events has had.
func (p *process) end() int {
	p.t.Helper()
	ends, err := kadm.NewClient(p.client()).ListEndOffsets(p.t.Context(), "floorwatch.events.v1")
	if err != nil {
		p.t.Fatal(err)
	}
	end := 0
	ends.Each(func(of kadm.ListedOffset) { end += int(of.Offset) })
	return end
}

// compareWithBatch compares the database with batch: rows of all tables that hold facts, and states, but for when they were stored.
// Rows of the fold also tell the newest record that was seen when they were written, which depends on when that was. Positions only say
// how far they are; the calendar reaches ahead of the clock, and its version tells when the settings were recorded.
func compareWithBatch(t *testing.T, p *process) {
	t.Helper()
	const folded = "stored_at version appended_at"
	for table, compared := range map[string]struct{ final, where, without string }{
		"events": {" FINAL", "", "stored_at"}, "rejects": {" FINAL", "", "stored_at"}, "state": {" FINAL", " WHERE kind NOT IN ('position', 'archive')", "stored_at"},
		"positions": {"", "", "stored_at settings_at settings_hash"}, "calendar": {" FINAL", " WHERE company_day < today() - 2", "stored_at version"},
		"episodes": {" FINAL", "", folded}, "conversation_days": {" FINAL", "", folded}, "conversation_agents": {" FINAL", "", folded},
		"agent_spans": {" FINAL", "", folded}, "directory": {" FINAL", "", folded}, "replies": {" FINAL", "", folded}, "holds": {" FINAL", "", folded},
		"day_sums": {"", "", ""}, // what rollups are made of
	} {
		columns := p.query("SELECT arrayStringConcat(groupArray(if(name IN ('hot', 'rest'), 'hex(' || name || ')', '`' || name || '`')), ', ') AS list FROM system.columns WHERE database = 'batch' AND table = '" +
			table + "' AND NOT has(splitByChar(' ', '" + compared.without + "'), name)")[0]["list"].(string)
		of := func(database string) string {
			return "SELECT " + columns + " FROM " + database + "." + table + compared.final + compared.where
		}
		rows, want := p.number("SELECT count() FROM ("+of("floorwatch")+")"), p.number("SELECT count() FROM ("+of("batch")+")")
		if rows != want || want == 0 {
			t.Errorf("%s: %d rows, batch has %d", table, rows, want)
		}
		for _, order := range [][2]string{{"floorwatch", "batch"}, {"batch", "floorwatch"}} {
			difference := "(" + of(order[0]) + " EXCEPT " + of(order[1]) + ")"
			if n := p.number("SELECT count() FROM " + difference); n > 0 {
				t.Errorf("%s: %d of %d rows are in %s only, such as %v", table, n, rows, order[0], p.query("SELECT * FROM "+difference+" LIMIT 2"))
			}
		}
	}
}

// compareForwarded compares the topic of rejects with the table: each at least once.
func compareForwarded(t *testing.T, p *process) {
	t.Helper()
	forwarded, stored := map[string]bool{}, map[string]bool{}
	for _, row := range p.query("SELECT partition, offset FROM rejects FINAL") {
		stored[fmt.Sprint(row["partition"], "/", strconv.Itoa(int(row["offset"].(float64))))] = true
	}
	client := p.client(kgo.ConsumeTopics("floorwatch.rejects.v1"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	ends, err := kadm.NewClient(client).ListEndOffsets(t.Context(), "floorwatch.rejects.v1")
	if err != nil {
		t.Fatal(err)
	}
	left := 0
	ends.Each(func(end kadm.ListedOffset) { left += int(end.Offset) })
	twice := left - len(stored)
	for ; left > 0; left-- {
		for _, record := range client.PollRecords(t.Context(), 1).Records() {
			at := map[string]string{}
			for _, header := range record.Headers {
				at[header.Key] = string(header.Value)
			}
			forwarded[at["floorwatch-partition"]+"/"+at["floorwatch-offset"]] = true
			if !strings.HasPrefix(string(record.Value), "broken ") {
				t.Errorf("%q is among the rejects", record.Value)
			}
		}
	}
	t.Logf("%d rejects were forwarded, %d again", len(forwarded), twice)
	if diff := cmp.Diff(stored, forwarded); diff != "" {
		t.Errorf("rejects (-table +topic):\n%s", diff)
	}
}
