package history

import (
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/floorwatch/floorwatch/ingest/gateway"
	"github.com/floorwatch/floorwatch/schemas"
)

var update = flag.Bool("update", false, "write the events of testdata anew")

var acme = gateway.Source{Company: "acme"}

// tables are the fixtures of a vendor.
func tables(t testing.TB, vendor string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	paths, err := filepath.Glob(filepath.Join("testdata", vendor, "*.csv"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d fixtures of %s, %v", len(paths), vendor, err)
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = &fstest.MapFile{Data: content}
	}
	return files
}

// read reads tables, and checks what holds for all: that each row is used or not, that events are in order, are no two the same, and that
// what is written is taken by the strict decoder.
func read(t testing.TB, vendor string, files fs.FS, source gateway.Source) *History {
	t.Helper()
	told, err := Read(context.Background(), vendor, files, source, nil)
	if err != nil {
		t.Fatal(err)
	}
	check(t, told, source)
	return told
}

func check(t testing.TB, told *History, source gateway.Source) {
	t.Helper()
	unused := map[string]map[Reason]int64{}
	lines := map[string]bool{}
	for _, row := range told.Unused {
		if unused[row.File] == nil {
			unused[row.File] = map[Reason]int64{}
		}
		unused[row.File][row.Reason]++
		at := fmt.Sprint(row.File, row.Line)
		if lines[at] || row.Line < 2 {
			t.Errorf("%s line %d is told twice, or is none of a row", row.File, row.Line)
		}
		lines[at] = true
	}
	for _, file := range told.Files {
		sum := file.Used
		for _, count := range file.Unused {
			sum += count
		}
		if (file.Table == "") != (file.NotRead != "") || file.Table != "" && sum != file.Rows {
			t.Errorf("%s: %d rows, %d used, %v", file.Name, file.Rows, file.Used, file.Unused)
		}
		if diff := cmp.Diff(file.Unused, unused[file.Name], cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-counted +told):\n%s", file.Name, diff)
		}
	}
	ids := map[string]bool{}
	for i := range told.Events {
		e := told.Events[i]
		encoded, err := schemas.EncodeEvent(&e.Event)
		if err != nil {
			t.Fatal(err)
		}
		if decoded, err := schemas.DecodeEvent(encoded); err != nil || decoded.ID != e.ID || decoded.Company != source.Company {
			t.Fatalf("%s: %v", encoded, err)
		}
		if ids[e.Key()+e.ID] || i > 0 && e.OccurredAt < told.Events[i-1].OccurredAt {
			t.Errorf("twice or out of order: %s", encoded)
		}
		ids[e.Key()+e.ID] = true
	}
}

// lines are events as event lines.
func lines(t testing.TB, events []*Event) []string {
	t.Helper()
	var lines []string
	for i := range events {
		encoded, err := schemas.EncodeEvent(&events[i].Event)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(encoded))
	}
	return lines
}

// Tables of both vendors, in which everything happens once, and what they tell: the events, and the rows that are not used.
func TestFixtures(t *testing.T) {
	for _, vendor := range Vendors() {
		told := read(t, vendor, tables(t, vendor), acme)
		report := ""
		for _, row := range told.Unused {
			report += fmt.Sprintf("%s %d %s\n", row.File, row.Line, row.Reason)
		}
		report += fmt.Sprintf("%+v\n", told.Estimates)
		text := strings.Join(lines(t, told.Events), "\n") + "\n" + report
		path := filepath.Join("testdata", vendor+".golden")
		if *update {
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), text); diff != "" {
			t.Errorf("%s (-want +got):\n%s", vendor, diff)
		}
		if strings.Contains(report, "SECRET") || !strings.Contains(text, "SECRET") {
			t.Errorf("%s: the report tells a text, or no event has it", vendor)
		}
	}
}

// All reasons for which a row is not used occur in the fixtures, but for those of TestHostileCells.
func TestReasonsOccur(t *testing.T) {
	seen := map[Reason]bool{NotUTF8: true, Refused: true, RoundedID: true}
	for _, vendor := range Vendors() {
		for _, row := range read(t, vendor, tables(t, vendor), acme).Unused {
			seen[row.Reason] = true
		}
	}
	for _, reason := range Reasons {
		if !seen[reason.Reason] {
			t.Errorf("%s does not occur", reason.Reason)
		}
		delete(seen, reason.Reason)
	}
	if len(seen) > 0 {
		t.Errorf("without a meaning: %v", seen)
	}
}

// What webhooks told already makes no new events when it is imported: the same happening has the same id, and is the same but for what the
// tables do not have.
func TestSameAsWebhooks(t *testing.T) {
	f := func(vendor, names string) {
		t.Helper()
		source := gateway.Source{Company: "acme", Prefix: "eu-"}
		imported := map[string]schemas.Event{}
		for _, e := range read(t, vendor, tables(t, vendor), source).Events {
			imported[e.Key()+" "+e.ID] = e.Event
		}
		for name := range strings.FieldsSeq(names) {
			sent, err := os.ReadFile(filepath.Join("..", "gateway", "testdata", vendor, name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			webhook, err := gateway.AdapterNamed(vendor).Translate(source, sent, 0)
			if err != nil || len(webhook.Events) == 0 {
				t.Fatalf("%s: %d events, %v", name, len(webhook.Events), err)
			}
			for _, e := range webhook.Events {
				got, ok := imported[e.Key()+" "+e.ID]
				if !ok {
					t.Errorf("%s %s: the import has no %s", vendor, name, e.ID)
					continue
				}
				// The place in an update, what the fixtures say, the person behind a rating and, in one fixture, another channel.
				if diff := cmp.Diff(e, got, cmpopts.IgnoreFields(schemas.Event{}, "Sequence", "Text")); diff != "" && name != "comment_agent" && name != "rated" {
					t.Errorf("%s %s (-webhook +import):\n%s", vendor, name, diff)
				}
			}
		}
	}
	f("zendesk", `created_assigned comment_customer comment_note comment_agent comment_system assigned unassigned group_transferred priority status_hold
		status_off_hold status_solved status_reopened message_customer message_trigger message_answer_bot message_agent accepted`)
	f("intercom", `created_by_user user_replied admin_replied assigned assigned_team noted closed opened rated priority tagged snoozed unsnoozed`)
}

// shuffled are the tables with their rows in another order, as databases give them.
func shuffled(t testing.TB, files fstest.MapFS, random *rand.Rand) fstest.MapFS {
	t.Helper()
	other := fstest.MapFS{}
	for name, file := range files {
		reader := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(file.Data), byteOrderMark)))
		reader.FieldsPerRecord = -1
		records, err := reader.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		random.Shuffle(len(records)-1, func(i, j int) { records[i+1], records[j+1] = records[j+1], records[i+1] })
		var text strings.Builder
		writer := csv.NewWriter(&text)
		if err := writer.WriteAll(records); err != nil {
			t.Fatal(err)
		}
		other[name] = &fstest.MapFile{Data: []byte(text.String())}
	}
	return other
}

// The same rows give the same events, whatever their order: an import that is repeated changes nothing.
func TestOrderOfRowsDoesNotMatter(t *testing.T) {
	for _, vendor := range Vendors() {
		files := tables(t, vendor)
		for _, name := range []string{"ticket.csv", "conversation_history.csv"} { // without the rows that contradict another
			if file := files[name]; file != nil {
				file.Data = []byte(strings.ReplaceAll(strings.ReplaceAll(string(file.Data), "on-hold,,,,8447388090494", "on-hold,0,,high,8447388090494"), "2,2026-11-22 10:10:00,,,,SECRET remark,,", "2,2026-11-22 10:10:00,,,2026-11-22 10:09:30,SECRET remark,5,"))
			}
		}
		want := read(t, vendor, files, acme)
		rapid.Check(t, func(rt *rapid.T) {
			seed := rapid.Uint64().Draw(rt, "seed")
			got := read(t, vendor, shuffled(t, files, rand.New(rand.NewPCG(seed, 1))), acme)
			if diff := cmp.Diff(lines(t, want.Events), lines(t, got.Events)); diff != "" {
				rt.Fatalf("%s (-want +got):\n%s", vendor, diff)
			}
			if len(want.Unused) != len(got.Unused) || want.Estimates != got.Estimates {
				rt.Fatalf("%s: %d rows unused, want %d", vendor, len(got.Unused), len(want.Unused))
			}
		})
	}
}

// Reading ends with the context, at the next row.
func TestReadStops(t *testing.T) {
	for _, vendor := range Vendors() {
		ctx, stop := context.WithCancel(t.Context())
		calls := 0
		_, err := Read(ctx, vendor, folder(vendors[vendor].tables[0]+".csv", string(tables(t, vendor)[vendors[vendor].tables[0]+".csv"].Data)), acme, func(int64) {
			calls++
			stop()
		})
		if !errors.Is(err, context.Canceled) || calls != 1 {
			t.Errorf("%s: got %v after %d rows", vendor, err, calls)
		}
	}
}

// A company or a prefix with which there can be no event is refused before anything is read.
func TestReadChecksTheSource(t *testing.T) {
	f := func(source gateway.Source) {
		t.Helper()
		_, err := Read(t.Context(), "zendesk", tables(t, "zendesk"), source, nil)
		if err == nil || !strings.HasPrefix(err.Error(), "check company") || len(err.Error()) > 400 {
			t.Errorf("%.50v: %v", source, err)
		}
	}
	f(gateway.Source{})
	f(gateway.Source{Company: strings.Repeat("a", 129)})
	f(gateway.Source{Company: "a\x00"})
	f(gateway.Source{Company: "acme", Prefix: strings.Repeat("a", 128)})
	f(gateway.Source{Company: "acme", Prefix: "\n"})
}

// Progress goes on to the size of all files.
func TestReadTellsProgress(t *testing.T) {
	for _, vendor := range Vendors() {
		files := tables(t, vendor)
		files["a table that is not read.csv"] = &fstest.MapFile{Data: []byte(strings.Repeat("a,b\n", 10_000))}
		var size, last int64
		for _, file := range files {
			size += int64(len(file.Data))
		}
		_, err := Read(t.Context(), vendor, files, acme, func(bytes int64) {
			if bytes < last || bytes > size {
				t.Errorf("%s: %d bytes after %d of %d", vendor, bytes, last, size)
			}
			last = bytes
		})
		if err != nil || last < size*99/100 {
			t.Errorf("%s: ends at %d of %d bytes, %v", vendor, last, size, err)
		}
	}
	if !slices.Equal(Vendors(), []string{"zendesk", "intercom"}) || len(vendors) != 2 {
		t.Error("a vendor is not named")
	}
}
