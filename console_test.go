package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// screen is a terminal: it knows line ends, going up, clearing to the end, and breaks lines that do not fit unless that is switched off.
type screen struct {
	width  int
	lines  []string // what was ever written, the newest last
	row    int      // of the cursor
	breaks bool
}

func newScreen(width int) *screen { return &screen{width: width, lines: []string{""}, breaks: true} }

func (s *screen) Write(text []byte) (int, error) {
	for rest := string(text); rest != ""; {
		escape, found := strings.CutPrefix(rest, "\x1b[")
		if !found {
			s.put(rune(rest[0]))
			rest = rest[1:]
			continue
		}
		end := strings.IndexFunc(escape, func(r rune) bool { return r >= '@' })
		s.control(escape[:end], escape[end])
		rest = escape[end+1:]
	}
	return len(text), nil
}

func (s *screen) put(r rune) {
	switch {
	case r == '\r':
	case r == '\n':
		if s.row++; s.row == len(s.lines) {
			s.lines = append(s.lines, "")
		}
	case len(s.lines[s.row]) < s.width:
		s.lines[s.row] += string(r)
	case s.breaks:
		s.put('\n')
		s.put(r)
	}
}

func (s *screen) control(argument string, command byte) {
	switch {
	case command == 'A':
		n, _ := strconv.Atoi(argument)
		s.row = max(s.row-n, 0)
	case command == 'J':
		s.lines = append(s.lines[:s.row], "")
	case argument == "?7":
		s.breaks = command == 'h'
	default:
		panic("unknown control " + argument + string(command))
	}
}

// resize breaks the lines that no longer fit, as most terminals do.
func (s *screen) resize(width int) {
	old := s.lines
	*s = *newScreen(width)
	_, _ = io.WriteString(s, strings.Join(old, "\n"))
}

func (s *screen) shows(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append(want, ""), s.lines); diff != "" {
		t.Errorf("the screen (-want +got):\n%s", diff)
	}
	if s.row != len(s.lines)-1 || !s.breaks {
		t.Errorf("the terminal is left in line %d of %d, breaking lines: %t", s.row+1, len(s.lines), s.breaks)
	}
}

func TestConsole(t *testing.T) {
	terminal := newScreen(20)
	c := &console{out: terminal, live: true, size: func() size { return size{terminal.width, 24} }}
	fmt.Fprintln(c, "hello")
	terminal.shows(t, "hello")
	c.Summary([]string{"", "company active", "acme 1"})
	terminal.shows(t, "hello", "", "company active", "acme 1")
	c.Summary([]string{"", "company active", "acme 2", "globex 1"})
	terminal.shows(t, "hello", "", "company active", "acme 2", "globex 1")
	fmt.Fprintln(c, "a log line that is longer")
	terminal.shows(t, "hello", "a log line that is l", "onger", "", "company active", "acme 2", "globex 1")
	terminal.resize(8)
	c.Summary([]string{"", "company", "acme 3"})
	terminal.shows(t, "hello", "a log li", "ne that ", "is l", "onger", "", "company", "acme 3")
	c.Summary([]string{"a line that is wider than the screen", "x"})
	terminal.shows(t, "hello", "a log li", "ne that ", "is l", "onger", "a line t", "x")
}

// Only a terminal gets control sequences.
func TestConsoleOfFile(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	c := newConsole(file)
	if c.live {
		t.Error("a file is taken for a terminal")
	}
	f := func(format, want string) {
		t.Helper()
		var out strings.Builder
		logger := newLogger(LogConfig{Level: "info", Format: format}, c, &out)
		logger.Debug().Msg("not told")
		logger.Warn().Int("n", 1).Msg("told")
		if got := out.String(); !strings.Contains(got, want) || strings.Contains(got, "\x1b") || strings.Count(got, "\n") != 1 {
			t.Errorf("%s: got %q, want one line with %q", format, got, want)
		}
	}
	var out strings.Builder
	for _, format := range []string{"json", "console"} {
		logger := newLogger(LogConfig{Level: "info", Format: format}, c, &out)
		logger.Warn().Str("error", "of john@example.com").Msg("tell john@example.com")
	}
	if got := out.String(); strings.Count(got, "[email]") != 4 || strings.Contains(got, "john") {
		t.Errorf("got %q, want it masked", got)
	}
	f("auto", `"message":"told"`)
	f("json", `"message":"told"`)
	f("console", "WRN told n=1")
}
