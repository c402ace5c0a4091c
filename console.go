package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/rs/zerolog"
	"golang.org/x/term"
)

// console is a terminal whose last lines are a summary that is drawn anew in place. What else is written stays above it.
type console struct {
	mutex   sync.Mutex
	out     io.Writer
	live    bool // a summary can be drawn
	size    func() size
	summary []string
}

func newConsole(out io.Writer) *console {
	return &console{out: out, live: isTerminal(out) && os.Getenv("TERM") != "dumb", size: func() size { return terminalSize(out) }}
}

// Write puts text above the summary.
func (c *console) Write(text []byte) (int, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	var buffer bytes.Buffer
	c.erase(&buffer)
	buffer.Write(text)
	c.draw(&buffer)
	if _, err := c.out.Write(buffer.Bytes()); err != nil {
		return 0, err
	}
	return len(text), nil
}

// Summary replaces the summary.
func (c *console) Summary(lines []string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	var buffer bytes.Buffer
	c.erase(&buffer)
	c.summary = lines
	c.draw(&buffer)
	_, _ = c.out.Write(buffer.Bytes()) // a terminal that is gone is no reason to stop
}

// erase moves to the first line of the summary and clears from there on. A terminal that became narrower has broken its lines.
func (c *console) erase(buffer *bytes.Buffer) {
	if len(c.summary) == 0 {
		return
	}
	width, height := max(c.size().width, 1), 0
	for _, line := range c.summary {
		height += max(1, (cells(line)+width-1)/width)
	}
	fmt.Fprintf(buffer, "\r\x1b[%dA\x1b[J", height)
}

// draw writes the summary. Meanwhile the terminal does not break lines, whatever width it gives to a character.
func (c *console) draw(buffer *bytes.Buffer) {
	if len(c.summary) == 0 {
		return
	}
	buffer.WriteString("\x1b[?7l")
	for _, line := range c.summary {
		buffer.WriteString(line + "\n")
	}
	buffer.WriteString("\x1b[?7h")
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// terminalSize is that of 80 by 24 where it cannot be told.
func terminalSize(out io.Writer) size {
	if file, ok := out.(*os.File); ok {
		if width, height, err := term.GetSize(int(file.Fd())); err == nil && width > 0 && height > 0 {
			return size{width, height}
		}
	}
	return size{80, 24}
}

// newLogger logs to the standard error, for people on a terminal and as JSON elsewhere. On a terminal with a summary, that is above it.
// Personal data in values is masked.
func newLogger(cfg LogConfig, screen *console, stderr io.Writer) zerolog.Logger {
	level, err := zerolog.ParseLevel(cfg.Level)
	if err != nil {
		panic("BUG: a wrong log level passed the check of the configuration: " + err.Error())
	}
	zerolog.TimeFieldFormat = zerolog.TimeFormatUnixMs
	out, forPeople := stderr, isTerminal(stderr)
	if forPeople && screen.live {
		out = screen
	}
	if cfg.Format == "console" || cfg.Format == "auto" && forPeople {
		out = zerolog.ConsoleWriter{Out: out, TimeFormat: "15:04:05", NoColor: os.Getenv("NO_COLOR") != "" || !forPeople}
	}
	return zerolog.New(maskedLines{out}).Level(level).With().Timestamp().Logger()
}
