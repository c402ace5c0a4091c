package history

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/floorwatch/floorwatch/ingest/gateway"
	"github.com/floorwatch/floorwatch/schemas/datatest"
)

func folder(files ...string) fstest.MapFS {
	folder := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		folder[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return folder
}

const ticketHeader = "id,created_at,status\n"

// An export that cannot be used as a whole is refused, with what is wrong and where.
func TestReadRefuses(t *testing.T) {
	f := func(vendor string, files fstest.MapFS, want string) {
		t.Helper()
		_, err := Read(t.Context(), vendor, files, acme, nil)
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	const quotes = "; cells with quotes or line ends stand between quotes, quotes in them are doubled"
	f("freshdesk", folder(), `there is no vendor "freshdesk"; must be zendesk or intercom`)
	f("zendesk", folder(), "list tables: there is none of zendesk; export its tables as CSV, such as ticket.csv, ticket_comment.csv, ticket_field_history.csv")
	f("intercom", tables(t, "zendesk"), "list tables: there is none of intercom; export its tables as CSV, such as conversation_history.csv, conversation_part_history.csv, conversation_tag_history.csv")
	f("zendesk", folder("ticket.csv", ticketHeader, "TICKET_data.CSV", ticketHeader), "list tables: TICKET_data.CSV and ticket.csv are both the table ticket; leave one of them")
	f("zendesk", folder("ticket_data.csv", "id,status\n"), `read ticket_data.csv: there is no column "created_at"; export the table with its header and all of its columns`)
	f("zendesk", folder("ticket.csv", "id,created_at,status,id\n"), `read ticket.csv: the column "id" is there twice; leave the right one`)
	f("zendesk", folder("ticket.csv", ""), "read ticket.csv: is empty; export the table with its header")
	f("zendesk", folder("ticket.csv", "\uFEFF"), "read ticket.csv: is empty; export the table with its header")
	f("zendesk", folder("ticket.csv", "\xff\xfei\x00d\x00"), "read ticket.csv: is UTF-16; export it as UTF-8")
	f("zendesk", folder("ticket.csv", ticketHeader+"1,2026-11-22,open\n2,a\"b,open\n"), `read ticket.csv: the CSV is broken at line 3: bare " in non-quoted-field`+quotes)
	f("zendesk", folder("ticket.csv", ticketHeader+"1,2026-11-22,open\n2,\"a\n\nb\n"), `read ticket.csv: the CSV is broken at line 3: extraneous or missing " in quoted-field`+quotes)
}

// Times as vendors and databases write them.
func TestTimes(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		got := "none"
		r := row{file: &file{columns: []string{"at"}}, cells: []string{text}}
		if at, ok := r.time("no such column", "at"); ok {
			got = at.String()
		}
		if got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
	f("2020-02-11 07:49:14", "2020-02-11T07:49:14.000Z")
	f(" 2020-02-11 07:49:14 ", "2020-02-11T07:49:14.000Z")
	f("2020-03-05 04:47:57.580", "2020-03-05T04:47:57.580Z")
	f("2024-03-19 16:51:27.753999", "2024-03-19T16:51:27.753Z")
	f("2023-12-28T14:18:20.084Z", "2023-12-28T14:18:20.084Z")
	f("2023-12-28T14:18:20.084254571Z", "2023-12-28T14:18:20.084Z")
	f("2023-12-28T14:18:20", "2023-12-28T14:18:20.000Z")
	f("2023-12-28T14:18:20+01:00", "2023-12-28T13:18:20.000Z")
	f("2023-12-28 14:18:20-05:00", "2023-12-28T19:18:20.000Z")
	f("2023-12-28 14:18:20.5+00", "2023-12-28T14:18:20.500Z")
	f("2023-12-28 14:18:20 UTC", "2023-12-28T14:18:20.000Z")
	f("2023-12-28 14:18:20 +0000", "2023-12-28T14:18:20.000Z")
	f("2023-12-28 14:18:20 -0330", "2023-12-28T17:48:20.000Z")
	f("2023-12-28", "2023-12-28T00:00:00.000Z")
	f("2000-01-01 00:00:00", "2000-01-01T00:00:00.000Z")
	f("9999-12-31 23:59:59", "9999-12-31T23:59:59.000Z")
	for _, none := range []string{"", "never", "0", "1703773100", "1999-12-31 23:59:59", "2023-02-30 10:00:00", "2023-12-28 24:00:01", "2023-12-28 14:18:20 CET", "2023-12-28 14:18:20 PST",
		"28/12/2023 14:18", "0001-01-01 00:00:00", "2023-12-28\x0014:18:20"} {
		f(none, "none")
	}
}

// What is odd in a file but says what it says is read all the same.
func TestReadTakesOddFiles(t *testing.T) {
	f := func(content string, want int64) {
		t.Helper()
		told := read(t, "zendesk", folder("ticket.csv", content, "notes.txt", "x", "folder.csv/ticket.csv", "x"), acme)
		if len(told.Files) != 1 || told.Files[0].Used != want {
			t.Errorf("%.60q: %+v, want %d used", content, told.Files[0], want)
		}
	}
	f(ticketHeader, 0)
	f("id,created_at,status", 0)
	f(ticketHeader+"1,2026-11-22,open", 1)
	f("\uFEFF"+strings.ReplaceAll(ticketHeader+"1,2026-11-22,open\n\n2,2026-11-22,open\n\n", "\n", "\r\n"), 2)
	f("\uFEFF\"id\",\"CREATED_AT\",\"\"\"STATUS\"\"\"\n1,2026-11-22,open", 1)
	f(" Id , created_at,status,status_2,subject\n 1 ,2026-11-22,OPEN,x,\"a,\r\nb \"\"c\"\"\"\n", 1)
	f("subject,"+ticketHeader+strings.Repeat("x", 3<<20)+",1,2026-11-22,open\n", 1) // not read
}

// Cells that cannot be told are told as rows that cannot be used; others stay what they are.
func TestHostileCells(t *testing.T) {
	f := func(id string, want Reason) {
		t.Helper()
		quoted := `"` + strings.ReplaceAll(id, `"`, `""`) + `"`
		told := read(t, "zendesk", folder("ticket.csv", ticketHeader+quoted+",2026-11-22,open\n"), acme)
		switch {
		case want == used && (len(told.Events) != 1 || told.Events[0].Conversation != strings.TrimSpace(id)):
			t.Errorf("%.40q: %+v", id, told)
		case want != used && (len(told.Events) > 0 || told.Files[0].Unused[want] != 1):
			t.Errorf("%.40q: %v, want %s", id, told.Files[0].Unused, want)
		}
	}
	f("1", used)
	f("a/b?c=%20&é", used)
	f(strings.Repeat("1", 128), used)
	f(strings.Repeat("1", 129), Refused)
	f(strings.Repeat("1", 2<<20), Refused)
	f("1\x002", Refused)
	f("1\n2", Refused)
	f("\xff", NotUTF8)
	f("  ", MissingID)
	f("-1", MissingID)
	f("4.18284E+11", RoundedID)
	f("4e+11", RoundedID)
	f("418284131934.0", RoundedID)
	f("4323.953441.TyDt2", used)
	f("5ede993cf2d3a43441aca960", used)
	f("5e1234567890123456789012", used) // such are Intercom's
}

// Naughty strings in each cell of each table break nothing, and a text of a message is in no event.
func TestNaughtyStrings(t *testing.T) {
	naughty := datatest.NaughtyStrings(t)
	for _, vendor := range Vendors() {
		files := tables(t, vendor)
		for i, text := range naughty {
			other := fstest.MapFS{}
			for name, file := range files {
				content := strings.Split(string(file.Data), "\n")
				for at := 1 + i%3; at < len(content)-1; at += 3 {
					if cells := strings.Split(content[at], ","); !strings.Contains(content[at], `"`) {
						cells[i%len(cells)] = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
						content[at] = strings.Join(cells, ",")
					}
				}
				other[name] = &fstest.MapFile{Data: []byte(strings.Join(content, "\n"))}
			}
			read(t, vendor, other, gateway.Source{Company: "acme", Prefix: "p-"})
		}
	}
}

// A message's text is as long as it is, however long.
func TestLongTexts(t *testing.T) {
	f := func(length int, want Reason) {
		t.Helper()
		told := read(t, "zendesk", folder("user.csv", "id,role\n5,end-user\n",
			"ticket_comment.csv", "id,ticket_id,user_id,public,created,body\n1,2,5,true,2026-11-22,"+strings.Repeat("é", length)+"\n"), acme)
		if want == used && (len(told.Events) != 1 || told.Events[0].TextLength != int64(length)) || want != used && told.Files[0].Unused[want] != 1 {
			t.Errorf("%d characters: %+v", length, told)
		}
	}
	f(0, used)
	f(100_000, used)
	f(gateway.MaxBodyBytes, Refused)
}

// Two agents in a chat, one of whom comes back; the bot; and people whose part nobody tells.
func TestChatActors(t *testing.T) {
	f := func(rows string, want ...string) {
		t.Helper()
		told := read(t, "zendesk", folder("user.csv", "id,role,updated_at\n5,end-user,2026-11-01\n6,agent,2026-11-01\n7,admin,2026-11-01\n", "ticket_chat.csv", "chat_id,ticket_id,user_id\nc,1,8\n",
			"ticket_chat_event.csv", "chat_id,created_at,actor_id,type,message_id,original_message\n"+rows), acme)
		var got []string
		for _, e := range told.Events {
			if e.Conversation != "" {
				got = append(got, strings.TrimSpace(e.Status+e.AuthorKind+" "+e.Agent+e.Customer))
			}
		}
		for _, unused := range told.Unused {
			got = append(got, string(unused.Reason))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", rows, diff)
		}
	}
	f("c,2026-11-22 10:00:00,agent:6,ChatJoin,,\nc,2026-11-22 10:00:01,agent:6,ChatJoin,,\nc,2026-11-22 10:00:02,7,ChatJoin,,\nc,2026-11-22 10:00:03,agent:6,ChatLeave,,\nc,2026-11-22 10:00:04,7,ChatLeave,,\nc,2026-11-22 10:00:05,7,ChatJoin,,\n",
		"accepted 6", "joined 7", "left 7", "accepted 7", "means_nothing", "means_nothing")
	f("c,2026-11-22 10:00:00,5,ChatMessage,1,\nc,2026-11-22 10:00:01,8,ChatMessage,2,\nc,2026-11-22 10:00:02,visitor:9,ChatMessage,3,\nc,2026-11-22 10:00:03,9,ChatMessage,4,\n",
		"customer 5", "customer 8", "customer visitor:9", "unknown_author")
	f("c,2026-11-22 10:00:00,6,ChatMessage,1,null\nc,2026-11-22 10:00:01,agent:6,ChatMessage,2,nonsense\nc,2026-11-22 10:00:02,agent:6,ChatMessage,3,\"{\"\"source\"\":{\"\"type\"\":\"\"zd:answerBot\"\"}}\"\nc,2026-11-22 10:00:03,5,ChatMessage,4,\"{\"\"source\"\":{\"\"type\"\":\"\"zd:answerBot\"\"}}\"\nc,2026-11-22 10:00:04,__system,ChatMessage,5,\n",
		"human 6", "human 6", "ai zd:answerBot", "customer 5", "automation")
}
