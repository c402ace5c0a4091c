package aggregator

import (
	"errors"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/floorwatch/floorwatch/aggregator/scenariotest"
)

var (
	vectorRow  = regexp.MustCompile(`(?m)^\| (V\d\d) \| [^|]+ \| ([^|]+) \|$`)
	vectorName = regexp.MustCompile(`\bV\d\d`)
)

// Every vector of the definitions is told by a story, or the list says why it is not.
func TestVectors(t *testing.T) {
	list, err := os.ReadFile("testdata/README.md")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, story := range scenariotest.Read(t, "testdata") {
		for _, vector := range vectorName.FindAllString(story.Title, -1) {
			told[vector] = true
		}
	}
	var vectors []string
	for _, row := range vectorRow.FindAllStringSubmatch(string(list), -1) {
		vector, where := row[1], row[2]
		vectors = append(vectors, vector)
		where, later, isPart := strings.Cut(where, "; later: ")
		switch {
		case where == "stories" && !told[vector]:
			t.Errorf("%s: no story has it in its title", vector)
		case where != "stories" && told[vector]:
			t.Errorf("%s is told by a story, but the list says %q", vector, where)
		case where != "stories" && !strings.HasPrefix(where, "later: ") && !strings.HasPrefix(where, "every story: "), isPart && later == "":
			t.Errorf("%s: the list says %q, must say stories, every story or later, and why", vector, where)
		}
		delete(told, vector)
	}
	for vector := range told {
		t.Errorf("%s is not in the list", vector)
	}
	compareVectors(t, vectors)
}

// compareVectors compares the list with the definitions, where they are beside the repository.
func compareVectors(t *testing.T, vectors []string) {
	t.Helper()
	text, err := os.ReadFile("../../shared/metrics.md")
	if errors.Is(err, fs.ErrNotExist) {
		t.Log("the definitions are not beside the repository; the list was not compared with them")
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if want := regexp.MustCompile(`(?m)^V\d\d`).FindAllString(string(text), -1); !slices.Equal(vectors, want) {
		t.Errorf("the list has %v, the definitions have %v", vectors, want)
	}
}
