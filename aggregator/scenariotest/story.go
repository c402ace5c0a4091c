// Package scenariotest reads scenarios: stories of a chat floor in plain lines, with the numbers that they must give. Only tests import it.
// The README of aggregator/testdata explains the lines.
package scenariotest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// Company is the one that stories are about.
const Company = "acme"

// Story is one story of a file.
type Story struct {
	File, Title string
	Location    *time.Location            // of its last zone
	Versions    []schemas.SettingsVersion // zone and business hours of Company
	Steps       []Step
}

// Step is an event, or what is expected when everything before it has happened.
type Step struct {
	Where  string         // number in the file and text of the line
	Event  *schemas.Event // as its producer sends it
	Expect *Expectation   // if it is no event
}

// Expectation is what a row, or something else that has numbers, must say.
type Expectation struct {
	Kind         string // as in expectation
	Absent       bool   // there must be none
	Conversation string
	Number       int
	Day          schemas.Date
	Agent        string
	Device       string
	At           schemas.Instant // start of a span, moment of now
	Channel      string          // of now and spread: only what is of this channel
	Spread       string          // which
	Minutes      int64           // of a deadline
	Fields       []Field
}

// Field is a name and the value that it must have, as texts; "-" is nothing.
type Field struct{ Name, Want string }

// Read gives the stories of all .day files of a folder.
func Read(t testing.TB, folder string) []Story {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.day"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios in %s: %v", folder, err)
	}
	var stories []Story
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".day")
		parts := strings.Split("\n"+string(text), "\n== ")
		line := 1 + strings.Count(parts[0], "\n") // of the title
		for _, part := range parts[1:] {
			title, body, _ := strings.Cut(part, "\n")
			story, err := parse(body, line+1)
			if err != nil {
				t.Fatalf("%s: %s: %v", file, title, err)
			}
			story.File, story.Title = name, title
			stories = append(stories, story)
			line += 1 + strings.Count(part, "\n")
		}
	}
	return stories
}

// each makes a line that names a1..a30 thirty lines.
func each(words []string) [][]string {
	for i, word := range words {
		var first, last int
		if n, _ := fmt.Sscanf(word, "a%d..a%d", &first, &last); n < 2 {
			continue
		}
		var lines [][]string
		for agent := first; agent <= last; agent++ {
			line := slices.Clone(words)
			line[i] = fmt.Sprint("a", agent)
			lines = append(lines, line)
		}
		return lines
	}
	return [][]string{words}
}

// parse reads the lines of one story, the first of which has this number in its file.
func parse(body string, first int) (Story, error) {
	r := &reader{teams: schemas.TeamHours{}, messages: map[string]int{}}
	r.story.Location = time.UTC
	r.story.Versions = []schemas.SettingsVersion{{Company: Company, Zone: "UTC"}}
	r.date, _ = schemas.ParseDate("2026-03-02")
	checks := 0
	for number, line := range strings.Split(body, "\n") {
		line, _, _ = strings.Cut(line, "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		where := fmt.Sprintf("line %d: %s", first+number, strings.TrimSpace(line))
		for _, words := range each(strings.Fields(line)) {
			step := Step{Where: where}
			if err := r.line(words, &step); err != nil {
				return r.story, fmt.Errorf("%s: %w", where, err)
			}
			if step.Expect != nil {
				checks++
			}
			if step.Event != nil || step.Expect != nil {
				r.story.Steps = append(r.story.Steps, step)
			}
		}
	}
	if checks == 0 {
		return r.story, fmt.Errorf("the story expects nothing")
	}
	return r.story, nil
}
