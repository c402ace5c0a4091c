package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/floorwatch/floorwatch/schemas"
)

// export writes tables into a folder; files are name, content, name, content, …
func export(t *testing.T, files ...string) string {
	t.Helper()
	folder := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		if err := os.WriteFile(filepath.Join(folder, files[i]), []byte(files[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

const smallExport = "id,created_at,status,updated_at\n1,2020-01-01 10:00:00,open,\n2,never,open,\n3,2020-01-02 10:00:00,closed,2020-01-03 10:00:00\n3,2020-01-02 10:00:00,closed,2020-01-03 10:00:00\n"

const smallSummary = `table               rows      used     empty  unusable
sla_policy.csv         1  not read: no numbers are made of SLA policies yet
ticket.csv             4         2         1         1
       1 duplicate: says what another row says
       1 bad_time: has no time that can be read, or one before 2000
estimated for 1 conversation: it ends at its last update, as no history tells when
       2 status opened
       1 status closed
`

func TestImportDryRun(t *testing.T) {
	t.Setenv("FLOORWATCH_KAFKA_BROKERS", "127.0.0.1:1") // nobody is there
	folder := export(t, "ticket.csv", smallExport, "sla_policy.csv", "id\n1\n", "notes.txt", "")
	f := func(want string, arguments ...string) {
		t.Helper()
		if diff := cmp.Diff(outcome{1, want, ""}, execute(t.Context(), nil, append([]string{"import"}, arguments...)...)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", arguments, diff)
		}
	}
	want := smallSummary + "3 events, none sent (--dry-run)\n"
	f(want, "zendesk", folder, "--company", "acme", "--dry-run")
	f(want, "--dry-run", "--company=acme", "zendesk", folder)
	path := filepath.Join(t.TempDir(), "unused.csv")
	f(want, "zendesk", "--dry-run", folder, "--unused", path, "--company", "acme")
	unused, err := os.ReadFile(path)
	if want := "file,line,reason\nsla_policy.csv,,not_read\nticket.csv,3,bad_time\nticket.csv,5,duplicate\n"; string(unused) != want {
		t.Errorf("unused rows %q, want %q, %v", unused, want, err)
	}
}

// Rows that say nothing are no failure.
func TestImportSucceeds(t *testing.T) {
	folder := export(t, "ticket.csv", strings.Replace(smallExport, "2,never,open,\n", "", 1))
	if got := execute(t.Context(), nil, "import", "zendesk", folder, "--company", "acme", "--dry-run"); got.Code != 0 || got.Err != "" {
		t.Errorf("%+v", got)
	}
}

func TestImportRefuses(t *testing.T) {
	folder := export(t, "ticket.csv", "id,status\n")
	broken := export(t, "user.csv", "id,role\n1,\"agent\n")
	empty := t.TempDir()
	f := func(line string, code int, want string) {
		t.Helper()
		if diff := cmp.Diff(outcome{code, "", "floorwatch" + want + "\n"}, execute(t.Context(), nil, strings.Fields("import "+line)...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
	const help = `; see "floorwatch import --help"`
	f("", 2, " import: an argument is missing: import [--config FILE] --company NAME [--prefix TEXT] [--dry-run] [--unused FILE] zendesk|intercom DIR"+help)
	f("zendesk --company acme", 2, " import: an argument is missing: import [--config FILE] --company NAME [--prefix TEXT] [--dry-run] [--unused FILE] zendesk|intercom DIR"+help)
	f("zendesk a --company acme b", 2, ` import: unexpected argument "b"`+help)
	f("zendesk a --compny acme", 2, " import: there is no flag --compny; did you mean --company?"+help)
	f("zendesk a", 2, " import: --company is missing; name the company whose floor it is"+help)
	f("freshdesk a --company acme", 2, ` import: there is no vendor "freshdesk"; must be zendesk or intercom`+help)
	f("zendesk "+empty+"/none --company acme", 1, ": import zendesk: there is no directory "+empty+"/none")
	f("zendesk "+folder+"/ticket.csv --company acme", 1, ": import zendesk: "+folder+"/ticket.csv is a file; name the directory of the tables")
	f("zendesk "+empty+" --company acme", 1, ": import zendesk from "+empty+": list tables: there is none of zendesk; export its tables as CSV, such as ticket.csv, ticket_comment.csv, ticket_field_history.csv")
	f("zendesk "+folder+" --company acme", 1, ": import zendesk from "+folder+`: read ticket.csv: there is no column "created_at"; export the table with its header and all of its columns`)
	f("zendesk "+broken+" --company acme", 1, ": import zendesk from "+broken+`: read user.csv: the CSV is broken at line 2: extraneous or missing " in quoted-field; cells with quotes or line ends stand between quotes, quotes in them are doubled`)
	f("zendesk "+export(t, "ticket.csv", smallExport)+" --company acme --config none.yml", 1, ": read configuration none.yml: there is no such file")
}

// logged are the records that the broker has.
func logged(t *testing.T, cluster *kfake.Cluster, count int) []*kgo.Record {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ConsumeTopics(defaultConfig().Kafka.Topic))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var records []*kgo.Record
	for len(records) < count {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("read record %d of %d: %v", len(records)+1, count, err)
		}
		records = append(records, fetches.Records()...)
	}
	return records
}

// aYearBefore copies tables, a year older: what is in the future would be refused.
func aYearBefore(t *testing.T, folder string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.csv"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d tables in %s, %v", len(paths), folder, err)
	}
	var files []string
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, filepath.Base(path), strings.ReplaceAll(string(content), "2026-", "2025-"))
	}
	return export(t, files...)
}

// An import goes through Kafka with the right to be old, as its own events say, customers as the gateway names them; one that is repeated has no new event.
func TestImportSends(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, defaultConfig().Kafka.Topic))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	t.Setenv("FLOORWATCH_KAFKA_BROKERS", strings.Join(cluster.ListenAddrs(), ","))
	t.Setenv("FLOORWATCH_MASKING_KEYS_DIR", t.TempDir())
	for _, test := range []struct {
		vendor string
		count  int
	}{{"zendesk", 51}, {"intercom", 31}} {
		folder := aYearBefore(t, filepath.Join("ingest", "history", "testdata", test.vendor))
		path := filepath.Join(t.TempDir(), "unused.csv")
		first := execute(t.Context(), nil, "import", test.vendor, folder, "--company", test.vendor, "--prefix", "p-", "--unused", path)
		second := execute(t.Context(), nil, "import", test.vendor, folder, "--company", test.vendor, "--prefix", "p-")
		if want := fmt.Sprintf("\n%d events: %d accepted, 0 refused\n", test.count, test.count); first != second || first.Code != 1 || first.Err != "" || !strings.HasSuffix(first.Out, want) {
			t.Errorf("%+v, then %+v", first, second)
		}
		unused, err := os.ReadFile(path)
		if err != nil || bytes.Contains(unused, []byte("SECRET")) || strings.Contains(first.Out, "SECRET") {
			t.Errorf("a text is told, or %v", err)
		}
	}
	counts := map[string]int{}
	for _, record := range logged(t, cluster, 2*(51+31)) {
		e, err := schemas.DecodeEvent(record.Value)
		if err != nil {
			t.Fatalf("%s: %v", record.Value, err)
		}
		if len(record.Headers) != 1 || record.Headers[0].Key != schemas.BackfillHeader || string(record.Key) != e.Key() {
			t.Errorf("%s with %v", record.Value, record.Headers)
		}
		if e.Customer != "" && len(e.Customer) != 22 {
			t.Errorf("%s: the customer is no pseudonym", record.Value)
		}
		counts[string(record.Value)]++
	}
	if len(counts) != 51+31 || slices.Max(slices.Collect(maps.Values(counts))) != 2 {
		t.Errorf("%d events, want each of 82 twice", len(counts))
	}
}

// What is in the future is refused when it is sent, and told with its row.
func TestImportTellsTheFuture(t *testing.T) {
	kafka(t)
	path := filepath.Join(t.TempDir(), "unused.csv")
	folder := export(t, "ticket.csv", "id,created_at,status\n1,2020-01-01 10:00:00,open\n2,2199-01-01 10:00:00,open\n")
	got := execute(t.Context(), nil, "import", "zendesk", folder, "--company", "acme", "--unused", path)
	wantErr := "ticket.csv line 3 refused: occurred_in_future: occurred_at is more than 5 minutes ahead of when the event came; check the producer's clock\n"
	if got.Code != 1 || got.Err != wantErr || !strings.HasSuffix(got.Out, "\n2 events: 1 accepted, 1 refused\n") {
		t.Errorf("%+v", got)
	}
	if unused, err := os.ReadFile(path); string(unused) != "file,line,reason\nticket.csv,3,refused\n" {
		t.Errorf("%q, %v", unused, err)
	}
}

func TestImportStops(t *testing.T) {
	kafka(t)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	folder := export(t, "ticket.csv", smallExport)
	want := outcome{1, "", "floorwatch: import zendesk: stopped before the end of the tables; nothing was sent\n"}
	if diff := cmp.Diff(want, execute(ctx, nil, "import", "zendesk", folder, "--company", "acme")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A disk that takes nothing is told.
func TestImportCannotWriteUnused(t *testing.T) {
	folder := export(t, "ticket.csv", smallExport)
	got := execute(t.Context(), nil, "import", "zendesk", folder, "--company", "acme", "--dry-run", "--unused", folder+"/none/unused.csv")
	if want := "floorwatch: write unused rows: open " + folder + "/none/unused.csv: no such file or directory\n"; got.Code != 1 || got.Err != want {
		t.Errorf("%+v", got)
	}
}
