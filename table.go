package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/floorwatch/floorwatch/pipeline"
	"github.com/rivo/uniseg"
)

// column is a number of the summary. When the terminal is narrow, columns are left out by rank, the highest first.
type column struct {
	title string
	rank  int
	text  func(*floorLine) string
}

var columns = []column{
	{"active", 0, func(l *floorLine) string { return strconv.Itoa(l.active) }},
	{"unanswered", 1, func(l *floorLine) string { return strconv.Itoa(l.waiting) }},
	{"assigned", 8, func(l *floorLine) string { return strconv.Itoa(l.assigned) }},
	{"unassigned", 5, func(l *floorLine) string { return strconv.Itoa(l.unassigned) }},
	{"open", 4, func(l *floorLine) string { return strconv.Itoa(l.open) }},
	{"closed", 6, func(l *floorLine) string { return strconv.Itoa(l.closed) }},
	{"waiting", 2, func(l *floorLine) string { return strconv.Itoa(l.waitingNow) }},
	{"longest", 3, func(l *floorLine) string { return duration(l.longest) }},
	{"online", 7, func(l *floorLine) string { return strconv.Itoa(l.online) }},
	{"offline", 9, func(l *floorLine) string { return strconv.Itoa(l.offline) }},
}

// size is that of a terminal in cells.
type size struct{ width, height int }

const (
	columnGap = 2
	nameShare = 5  // a name takes a fifth of the width at most
	nameLeast = 14 // or so many cells
	roomAbove = 3  // lines of the screen that are left to what was written last
)

// summaryLines is the summary on a terminal. It fits the screen: where there are too many companies, the busiest are shown and the
// others summed up.
func summaryLines(status *pipeline.Status, now time.Time, screen size) []string {
	lines := []string{"", summaryTitle(status)}
	companies := floorLines(status.Gauges, now)
	room := screen.height - roomAbove - len(lines) - 1 // for companies, below a header
	if len(companies) > 0 && room > 0 {
		lines = append(lines, table(busiest(companies, room), screen.width-1)...)
	}
	for i := range lines {
		lines[i] = cut(lines[i], screen.width-1) // the last cell stays empty: some terminals go to the next line when it is written
	}
	return lines
}

func summaryTitle(status *pipeline.Status) string {
	switch {
	case status.CaughtUp < status.Partitions || status.Partitions == 0:
		return fmt.Sprintf("reading the log: %d records, %d to go; numbers appear when all is read", status.Records, status.Lag)
	case !status.StoreUp:
		return "today (ClickHouse does not take rows right now; these numbers go on)"
	case status.AsOf == 0:
		return "today: no events yet"
	default:
		return "today, as of " + status.AsOf.Time().Local().Format("15:04:05")
	}
}

// busiest keeps as many lines as there is room for: the companies with the most active conversations, in order of their names, then the
// others as one line.
func busiest(lines []floorLine, room int) []floorLine {
	if len(lines) <= room {
		return lines
	}
	ranked := slices.SortedStableFunc(slices.Values(lines), func(a, b floorLine) int { return cmp.Compare(b.active, a.active) })
	shown, hidden := ranked[:room-1], ranked[room-1:]
	slices.SortFunc(shown, func(a, b floorLine) int { return cmp.Compare(a.company, b.company) })
	others := floorLine{company: fmt.Sprintf("… and %d more", len(hidden))}
	for i := range hidden {
		others.sum(&hidden[i])
	}
	return append(shown, others)
}

func (l *floorLine) sum(other *floorLine) {
	l.active += other.active
	l.waiting += other.waiting
	l.assigned += other.assigned
	l.unassigned += other.unassigned
	l.open += other.open
	l.closed += other.closed
	l.waitingNow += other.waitingNow
	l.longest = max(l.longest, other.longest)
	l.online += other.online
	l.offline += other.offline
}

// table aligns names to the left and numbers to the right, with the columns that fit the width.
func table(lines []floorLine, width int) []string {
	names := make([]string, len(lines)+1)
	names[0] = "company"
	for i := range lines {
		names[i+1] = cut(printable(lines[i].company), max(width/nameShare, nameLeast))
	}
	nameWidth := widest(names)
	shown := slices.Clone(columns)
	cellsOf := func(c column) []string {
		texts := []string{c.title}
		for i := range lines {
			texts = append(texts, c.text(&lines[i]))
		}
		return texts
	}
	total := func() int {
		sum := nameWidth
		for _, c := range shown {
			sum += columnGap + widest(cellsOf(c))
		}
		return sum
	}
	for len(shown) > 1 && total() > width {
		last := slices.MaxFunc(shown, func(a, b column) int { return cmp.Compare(a.rank, b.rank) })
		shown = slices.DeleteFunc(shown, func(c column) bool { return c.rank == last.rank })
	}
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = name + strings.Repeat(" ", nameWidth-cells(name))
	}
	for _, c := range shown {
		texts := cellsOf(c)
		columnWidth := widest(texts)
		for i, text := range texts {
			out[i] += strings.Repeat(" ", columnGap+columnWidth-cells(text)) + text
		}
	}
	return out
}

func widest(texts []string) int {
	most := 0
	for _, text := range texts {
		most = max(most, cells(text))
	}
	return most
}

// duration has two units at most, "-" is none.
func duration(d time.Duration) string {
	switch {
	case d <= 0:
		return "-"
	case d < time.Hour:
		return d.Truncate(time.Second).String()
	default:
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
	}
}

// printable keeps a name from moving the cursor, the columns or the direction of writing.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '?'
		}
		return r
	}, name)
}

// cut shortens a text to a number of cells.
func cut(text string, most int) string {
	if cells(text) <= most {
		return text
	}
	kept, used := "", 0
	for clusters := uniseg.NewGraphemes(text); clusters.Next(); {
		if used += clusters.Width(); used > most-1 {
			break
		}
		kept += clusters.Str()
	}
	return kept + strings.Repeat("…", min(most, 1))
}

// cells is how many columns of a terminal a text takes.
func cells(text string) int { return uniseg.StringWidth(text) }
