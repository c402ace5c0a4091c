package history

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/floorwatch/floorwatch/schemas"
)

// layout says which columns of a table are read. Without one of the needed the table cannot be used; others may be missing.
type layout struct {
	needed, optional []string
}

// row is a row of a table: those of its cells that are read.
type row struct {
	file  *file
	line  int64 // of the file, on which the row begins
	cells []string
}

// cell is what the row has in a column, "" if the table has no such column. White space around it is none of its own.
func (r row) cell(column string) string { return strings.TrimSpace(r.text(column)) }

// text is a cell as it stands there.
func (r row) text(column string) string {
	if i := slices.Index(r.file.columns, column); i >= 0 {
		return r.cells[i]
	}
	return ""
}

// flag reads a cell that says yes or no. Known is false if it says neither.
func (r row) flag(column string) (value, known bool) {
	switch strings.ToLower(r.cell(column)) {
	case "true", "t", "1", "yes":
		return true, true
	case "false", "f", "0", "no":
		return false, true
	default:
		return false, false
	}
}

// layouts of times in exported tables. One without a zone is UTC, as connectors write them.
var layouts = []string{
	"2006-01-02 15:04:05", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z07", "2006-01-02 15:04:05 MST",
	"2006-01-02 15:04:05 -0700", "2006-01-02",
}

// time reads when something happened, from the first of the columns that has a time from 2000 on.
func (r row) time(columns ...string) (schemas.Instant, bool) {
	for _, column := range columns {
		for _, layout := range layouts {
			at, err := time.Parse(layout, r.cell(column))
			zone, offset := at.Zone()
			isKnown := offset != 0 || zone == "UTC" || zone == "" || !strings.HasSuffix(layout, "MST") // the offset of an abbreviation is not known
			if err == nil && isKnown && schemas.InstantOf(at) >= schemas.EarliestInstant {
				return schemas.InstantOf(at), true
			}
		}
	}
	return 0, false
}

// read gives each row of a file to take, which says for what reason it was not used, "" if it was. Rows that have too few or too many cells,
// or are no UTF-8, are not given. The error tells what is wrong with the file as a whole.
func (im *importer) read(name string, columns layout, take func(row) Reason) error {
	f, reader, err := im.open(name)
	if f == nil || err != nil {
		return err
	}
	defer f.content.Close()
	header, err := reader.Read()
	if err != nil {
		return f.broken(err)
	}
	width := len(header)
	index, err := f.find(header, columns)
	if err != nil {
		return err
	}
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return im.ctx.Err()
		}
		if im.ctx.Err() != nil {
			return im.ctx.Err()
		}
		if err != nil {
			return f.broken(err)
		}
		line, _ := reader.FieldPos(0)
		r := row{file: f, line: int64(line), cells: make([]string, len(index))}
		im.report(reader.InputOffset())
		f.Rows++
		switch wanted, isUTF8 := pick(record, index, r.cells); {
		case len(record) != width:
			im.unused(r, WrongCells)
		case !wanted || !isUTF8:
			im.unused(r, NotUTF8)
		case r.isRounded():
			im.unused(r, RoundedID)
		default:
			im.outcome(r, take(r))
		}
	}
}

// rounded is a number as spreadsheets and data frames write a long one, or one of a column in which some are missing.
var rounded = regexp.MustCompile(`^[0-9]+(\.[0-9]+[eE]\+?[0-9]{1,2}|[eE]\+[0-9]{1,2}|\.0+)$`)

// isRounded tells whether an id of the row went through a program that takes ids for numbers.
func (r row) isRounded() bool {
	for _, column := range r.file.columns {
		if (column == "id" || strings.HasSuffix(column, "_id")) && rounded.MatchString(r.cell(column)) {
			return true
		}
	}
	return false
}

// pick copies the wanted cells, so that those which are not wanted can be forgotten.
func pick(record []string, index []int, cells []string) (complete, isUTF8 bool) {
	isUTF8 = true
	for i, at := range index {
		if at >= len(record) {
			return false, isUTF8
		}
		cells[i] = strings.Clone(record[at])
		isUTF8 = isUTF8 && utf8.ValidString(cells[i])
	}
	return true, isUTF8
}

// find tells where in a header the columns are. Some databases write their names in capitals or between quotes.
func (f *file) find(header []string, columns layout) ([]int, error) {
	for i, name := range header {
		header[i] = strings.ToLower(strings.Trim(strings.TrimSpace(name), `"`))
	}
	var index []int
	f.columns = nil
	for i, column := range slices.Concat(columns.needed, columns.optional) {
		at := slices.Index(header, column)
		switch {
		case at < 0 && i < len(columns.needed):
			return nil, fmt.Errorf("read %s: there is no column %q; export the table with its header and all of its columns", f.Name, column)
		case at < 0:
			continue
		case slices.Contains(header[at+1:], column):
			return nil, fmt.Errorf("read %s: the column %q is there twice; leave the right one", f.Name, column)
		}
		f.columns, index = append(f.columns, column), append(index, at)
	}
	return index, nil
}

// count reads a file whose rows are not used. What is wrong with it does not matter.
func (im *importer) count(f *file) error {
	content, err := im.files.Open(f.Name)
	if err != nil {
		return fmt.Errorf("read %s: %w", f.Name, err)
	}
	defer content.Close()
	reader := csv.NewReader(content)
	reader.FieldsPerRecord, reader.LazyQuotes, reader.ReuseRecord = -1, true, true
	for rows := int64(-1); ; rows++ {
		_, err := reader.Read()
		if err != nil {
			f.Rows = max(rows, 0)
			im.done += f.size
			return nil
		}
		im.report(reader.InputOffset())
	}
}

const byteOrderMark = "\uFEFF"

// open opens the file of a table, behind its byte order mark. There is none if the table was not exported.
func (im *importer) open(name string) (*file, *csv.Reader, error) {
	f := im.tables[name]
	if f == nil {
		return nil, nil, nil
	}
	content, err := im.files.Open(f.Name)
	if err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", f.Name, err)
	}
	f.content = content
	im.done, im.size = im.done+im.size, f.size
	buffered := bufio.NewReader(content)
	mark, _ := buffered.Peek(len(byteOrderMark)) // what is wrong comes again with the first row
	switch {
	case string(mark) == byteOrderMark:
		_, err = buffered.Discard(len(byteOrderMark))
	case len(mark) >= 2 && (mark[0] == 0xff && mark[1] == 0xfe || mark[0] == 0xfe && mark[1] == 0xff):
		err = errors.New("is UTF-16; export it as UTF-8")
	}
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("read %s: %w", f.Name, err), content.Close())
	}
	reader := csv.NewReader(buffered)
	reader.FieldsPerRecord, reader.ReuseRecord = -1, true
	return f, reader, nil
}

// broken words what makes the rest of a file unreadable.
func (f *file) broken(err error) error {
	var wrong *csv.ParseError
	var missing *fs.PathError
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("read %s: is empty; export the table with its header", f.Name)
	case errors.As(err, &wrong):
		return fmt.Errorf("read %s: the CSV is broken at line %d: %w; cells with quotes or line ends stand between quotes, quotes in them are doubled", f.Name, wrong.StartLine, wrong.Err)
	case errors.As(err, &missing):
		return fmt.Errorf("read %s: %w", f.Name, missing.Err)
	default:
		return fmt.Errorf("read %s: %w", f.Name, err)
	}
}
