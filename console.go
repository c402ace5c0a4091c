package main

import (
	"bytes"
	"io"
	"os"
	"strconv"
	"sync"

	"github.com/rs/zerolog"
)

// console is a terminal whose last lines are a summary that is drawn anew in place. What else is written stays above it.
type console struct {
	mutex   sync.Mutex
	out     io.Writer
	live    bool
	summary []byte
}

func newConsole(out io.Writer) *console { return &console{out: out, live: isTerminal(out)} }

// Write puts text above the summary.
func (c *console) Write(text []byte) (int, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.erase()
	n, err := c.out.Write(text)
	c.draw()
	return n, err
}

// Summary replaces the summary.
func (c *console) Summary(text []byte) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.erase()
	c.summary = text
	c.draw()
}

// erase moves to the first line of the summary and clears from there on.
func (c *console) erase() {
	if lines := bytes.Count(c.summary, []byte("\n")); lines > 0 {
		_, _ = c.out.Write([]byte("\r" + "\x1b[" + strconv.Itoa(lines) + "A\x1b[J"))
	}
}

func (c *console) draw() { _, _ = c.out.Write(c.summary) }

// newLogger logs for people on a terminal and as JSON elsewhere.
func newLogger(cfg LogConfig, screen *console, s streams) zerolog.Logger {
	level, err := zerolog.ParseLevel(cfg.Level)
	if err != nil {
		panic("BUG: log level passed Validate: " + err.Error())
	}
	zerolog.TimeFieldFormat = zerolog.TimeFormatUnixMs
	var out io.Writer = s.err
	if screen.live {
		out = screen
	}
	if cfg.Format == "console" || (cfg.Format == "auto" && (screen.live || isTerminal(s.err))) {
		out = zerolog.ConsoleWriter{Out: out, TimeFormat: "15:04:05", NoColor: os.Getenv("NO_COLOR") != ""}
	}
	return zerolog.New(out).Level(level).With().Timestamp().Logger()
}
