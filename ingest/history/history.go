package history

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/floorwatch/floorwatch/ingest/gateway"
	"github.com/floorwatch/floorwatch/schemas"
)

// History is what exported tables tell.
type History struct {
	Events    []*Event  // in order of time
	Files     []*File   // all CSV files, in order of their names
	Unused    []Unused  // the rows of files that are read which were not used, file by file
	Refused   []Unused  // the rows of events that were refused later: see Refuse
	Estimates Estimates // what no table tells, and was taken from what is nearest
}

// Event is an event, and the row that it is from.
type Event struct {
	schemas.Event
	File string
	Line int64
}

// File is a file of the export. Rows is Used and the sum of Unused, unless it is not read at all.
type File struct {
	Name    string // in the folder
	Table   string // "" if it is not read
	NotRead string // why it is not read
	Rows    int64  // without the header
	Used    int64  // rows that made an event, or say something that events need
	Unused  map[Reason]int64
}

// Refuse notes that an event was refused when it was sent, such as one in the future, and gives it.
func (h *History) Refuse(event int) *Event {
	e := h.Events[event]
	h.Refused = append(h.Refused, Unused{e.File, e.Line, Refused})
	return e
}

// Unused is a row that was not used. It never has anything of its content.
type Unused struct {
	File   string
	Line   int64 // on which the row begins
	Reason Reason
}

// Estimates count what the tables do not tell.
type Estimates struct {
	Ends  int64 // conversations that are over and nothing tells when: they end at their last update
	Homes int64 // conversations whose owner, team or priority is known as of now only: they have it from the beginning
	Steps int64 // conversations whose steps were told from their versions, at the times of these
}

// vendor reads the tables of one platform.
type vendor struct {
	tables  []string          // that are read
	notRead map[string]string // tables that are known and not read, and why
	read    func(*importer) error
}

var vendors = map[string]vendor{"zendesk": zendesk, "intercom": intercom}

// Vendors are the names of the platforms whose tables can be read.
func Vendors() []string { return []string{"zendesk", "intercom"} }

// file is a file that is being read.
type file struct {
	File
	size    int64
	content fs.File
	columns []string // that are read and are there
}

// importer is one run of Read.
type importer struct {
	ctx     context.Context
	name    string // of the vendor
	adapter *gateway.Adapter
	source  gateway.Source
	files   fs.FS
	tables  map[string]*file // by table
	history *History
	known   map[string]bool // ids of events that were made

	progress   func(bytes int64)
	done, size int64 // bytes of files that are done, and of the one that is being read
}

// Read gives the history in the CSV files of a folder. A file is a table by its name: ticket.csv and ticket_data.csv are the table ticket.
// Progress, which may be nil, is told how many bytes were read. The error is that of ctx, or tells what is wrong with the export as a whole; a row that cannot
// be used is none.
func Read(ctx context.Context, name string, files fs.FS, source gateway.Source, progress func(bytes int64)) (*History, error) {
	vendor, ok := vendors[name]
	if !ok {
		return nil, fmt.Errorf("there is no vendor %q; must be %s", name, strings.Join(Vendors(), " or "))
	}
	im := &importer{
		ctx: ctx, name: name, adapter: gateway.AdapterNamed(name), source: source, files: files, tables: map[string]*file{}, history: &History{},
		known: map[string]bool{}, progress: progress,
	}
	if err := checkSource(source); err != nil {
		return nil, err
	}
	if err := im.list(vendor); err != nil {
		return nil, err
	}
	if err := vendor.read(im); err != nil {
		return nil, err
	}
	slices.SortFunc(im.history.Events, func(a, b *Event) int {
		return cmp.Or(cmp.Compare(a.OccurredAt, b.OccurredAt), cmp.Compare(a.Sequence, b.Sequence), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Key(), b.Key()))
	})
	slices.SortStableFunc(im.history.Unused, func(a, b Unused) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line)) })
	return im.history, nil
}

// checkSource tells whether a source can have events: without a company, or with a prefix that is too long, it has none.
func checkSource(source gateway.Source) error {
	probe := schemas.Event{
		SchemaVersion: schemas.SchemaVersion, Type: schemas.TypeDirectory, ID: "probe", Company: source.Company, OccurredAt: schemas.EarliestInstant,
		Entry: schemas.EntryTeam, Team: source.Prefix + "1", Name: "probe",
	}
	encoded, err := schemas.EncodeEvent(&probe)
	if err == nil {
		_, err = schemas.DecodeEvent(encoded)
	}
	if err != nil {
		return fmt.Errorf("check company %.40q and prefix %.40q: %w", source.Company, source.Prefix, err)
	}
	return nil
}

// list finds the files of the tables, and reads those of no use to count their rows.
func (im *importer) list(vendor vendor) error {
	entries, err := fs.ReadDir(im.files, ".")
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	for _, entry := range entries {
		if !strings.EqualFold(path.Ext(entry.Name()), ".csv") || entry.IsDir() {
			continue
		}
		info, err := entry.Info()
		if err != nil {
			return fmt.Errorf("list tables: %w", err)
		}
		f := &file{File: File{Name: entry.Name(), Unused: map[Reason]int64{}}, size: info.Size()}
		table := strings.TrimSuffix(strings.ToLower(strings.TrimSuffix(entry.Name(), path.Ext(entry.Name()))), "_data")
		if slices.Contains(vendor.tables, table) {
			if other := im.tables[table]; other != nil {
				return fmt.Errorf("list tables: %s and %s are both the table %s; leave one of them", other.Name, f.Name, table)
			}
			f.Table, im.tables[table] = table, f
		} else {
			f.NotRead = cmp.Or(vendor.notRead[table], "is no table that is known")
			if err := im.count(f); err != nil {
				return err
			}
		}
		im.history.Files = append(im.history.Files, &f.File)
	}
	if len(im.tables) == 0 {
		return fmt.Errorf("list tables: there is none of %s; export its tables as CSV, such as %s.csv", im.name, strings.Join(vendor.tables[:3], ".csv, "))
	}
	return nil
}

// report tells how many bytes were read, of the file that is being read so many.
func (im *importer) report(offset int64) {
	if im.progress != nil {
		im.progress(im.done + offset)
	}
}

// outcome counts what became of a row. Later is not counted yet.
func (im *importer) outcome(r row, reason Reason) {
	switch reason {
	case later:
	case used:
		r.file.Used++
	default:
		im.unused(r, reason)
	}
}

func (im *importer) unused(r row, reason Reason) {
	r.file.Unused[reason]++
	im.history.Unused = append(im.history.Unused, Unused{r.file.Name, r.line, reason})
}

// body is a webhook, or a part of one, as the vendor would have sent it.
type body = map[string]any

// webhook adds the events of a webhook that tells what a row tells. The text of messages is in it, and it is the adapter's to decide what of
// that becomes part of an event.
func (im *importer) webhook(r row, sent body) Reason { return im.webhookAt(r, sent, 0) }

// webhookAt is webhook for one of several that are of the same time, and that the vendor does not number: it stands at this place among them.
func (im *importer) webhookAt(r row, sent body, place int64) Reason {
	encoded, err := json.Marshal(sent)
	if err != nil {
		return Refused
	}
	translation, err := im.adapter.Translate(im.source, encoded, 0)
	if err != nil {
		return Refused
	}
	if len(translation.Events) == 0 {
		return MeansNothing
	}
	reason := Duplicate
	for _, e := range translation.Events {
		e.Sequence += place
		if im.keep(r, e) {
			reason = used
		}
	}
	return reason
}

// event adds an event that no webhook tells, with an id that is made of what identifies it.
func (im *importer) event(r row, e schemas.Event, identity ...string) Reason {
	e.SchemaVersion, e.Company, e.ID = schemas.SchemaVersion, im.source.Company, gateway.EventID(im.name, identity...)
	encoded, err := schemas.EncodeEvent(&e)
	if err != nil {
		return Refused
	}
	if _, err := schemas.DecodeEvent(encoded); err != nil {
		return Refused
	}
	if !im.keep(r, e) {
		return Duplicate
	}
	return used
}

// keep adds an event unless it was made before.
func (im *importer) keep(r row, e schemas.Event) bool {
	if im.known[e.ID] { // it has what the event is about
		return false
	}
	im.known[e.ID] = true
	im.history.Events = append(im.history.Events, &Event{e, r.file.Name, r.line})
	return true
}

// id makes an id of the vendor one of the company, as the adapter does.
func (im *importer) id(id string) string {
	if id == "" {
		return ""
	}
	return im.source.Prefix + id
}

// entry adds an agent or a team, as the directory had it at a time.
func (im *importer) entry(r row, e schemas.Event, at schemas.Instant) Reason {
	e.Type, e.OccurredAt = schemas.TypeDirectory, at
	return im.event(r, e, "directory", e.Entry, cmp.Or(e.Agent, e.Team), stamp(at))
}

// team tells a team of the directory, as of the first of the columns that has a time.
func (im *importer) team(r row, times ...string) Reason {
	at, ok := r.time(times...)
	removed, _ := r.flag("_fivetran_deleted")
	switch {
	case r.cell("id") == "":
		return MissingID
	case !ok:
		return BadTime
	}
	return im.entry(r, schemas.Event{Entry: schemas.EntryTeam, Team: im.id(r.cell("id")), Name: name(r), Removed: removed}, at)
}

// stamp is a time as part of an id.
func stamp(at schemas.Instant) string { return strconv.FormatInt(int64(at), 10) }
