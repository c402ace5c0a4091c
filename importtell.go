package main

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/floorwatch/floorwatch/ingest/history"
)

// tellHistory tells what became of the rows, and tells whether there are some that cannot be used although they may say something.
func tellHistory(out io.Writer, told *history.History) bool {
	width := 0
	for _, file := range told.Files {
		width = max(width, len(file.Name))
	}
	fmt.Fprintf(out, "%-*s  %8s  %8s  %8s  %8s\n", width, "table", "rows", "used", "empty", "unusable")
	reasons, bad := map[history.Reason]int64{}, int64(0)
	for _, file := range told.Files {
		if file.Table == "" {
			fmt.Fprintf(out, "%-*s  %8d  not read: %s\n", width, file.Name, file.Rows, file.NotRead)
			continue
		}
		var empty, unusable int64
		for reason, count := range file.Unused {
			reasons[reason] += count
			if reason.Benign() {
				empty += count
			} else {
				unusable += count
			}
		}
		bad += unusable
		fmt.Fprintf(out, "%-*s  %8d  %8d  %8d  %8d\n", width, file.Name, file.Rows, file.Used, empty, unusable)
	}
	for _, reason := range history.Reasons {
		if count := reasons[reason.Reason]; count > 0 {
			fmt.Fprintf(out, "%8d %s: %s\n", count, reason.Reason, reason.Meaning)
		}
	}
	tellEstimates(out, told.Estimates)
	tellKinds(out, told.Events)
	return bad > 0
}

func tellEstimates(out io.Writer, e history.Estimates) {
	f := func(count int64, what string) {
		if count > 0 {
			fmt.Fprintf(out, "estimated for %s: %s\n", plural(count, "conversation"), what)
		}
	}
	f(e.Homes, "it has the owner, team and priority of now from the beginning, as no history tells since when")
	f(e.Ends, "it ends at its last update, as no history tells when")
	f(e.Steps, "its steps have the times of its versions, as no parts tell them")
}

// tellKinds tells how many events there are of each kind, the most frequent first.
func tellKinds(out io.Writer, events []*history.Event) {
	counts := map[string]int64{}
	var kinds []string
	for _, e := range events {
		kind := strings.TrimSpace(e.Type + " " + cmp.Or(e.Status, e.Direction, e.Action, e.Entry))
		if counts[kind]++; counts[kind] == 1 {
			kinds = append(kinds, kind)
		}
	}
	slices.SortFunc(kinds, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	for _, kind := range kinds {
		fmt.Fprintf(out, "%8d %s\n", counts[kind], kind)
	}
}

// writeUnused writes the rows that were not used, and files that were not read as a row without a line. It has nothing of what they say.
func writeUnused(path string, told *history.History) error {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write unused rows: %w", err)
	}
	writer := csv.NewWriter(file)
	records := [][]string{{"file", "line", "reason"}}
	for _, f := range told.Files {
		if f.Table == "" {
			records = append(records, []string{f.Name, "", "not_read"})
		}
	}
	for _, row := range slices.Concat(told.Unused, told.Refused) {
		records = append(records, []string{row.File, strconv.FormatInt(row.Line, 10), string(row.Reason)})
	}
	if err := errors.Join(writer.WriteAll(records), file.Close()); err != nil {
		return fmt.Errorf("write unused rows: %w", err)
	}
	return nil
}
