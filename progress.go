package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows how far long work is: a bar on a terminal, a plain line every few seconds elsewhere.
type progress struct {
	out  io.Writer
	unit string
	size int64 // -1: not known
	bar  *progressbar.ProgressBar
	next time.Time
}

const progressLines = 5 * time.Second

func newProgress(out io.Writer, unit string, size int64) *progress {
	p := &progress{out: out, unit: unit, size: size, next: time.Now().Add(progressLines)}
	if isTerminal(out) {
		p.bar = progressbar.NewOptions64(size, progressbar.OptionSetWriter(out), progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionShowBytes(unit == "bytes"), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionFullWidth())
	}
	return p
}

// set tells how much is done.
func (p *progress) set(done int64) {
	switch {
	case p.bar != nil:
		_ = p.bar.Set64(done) // a bar that cannot be drawn is no reason to stop
	case !time.Now().Before(p.next):
		p.next = time.Now().Add(progressLines)
		if p.size > 0 {
			fmt.Fprintf(p.out, "%d of %d %s (%d %%)\n", done, p.size, p.unit, 100*done/p.size)
		} else {
			fmt.Fprintf(p.out, "%d %s\n", done, p.unit)
		}
	}
}

// print writes a line without tearing the bar.
func (p *progress) print(line string) {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	fmt.Fprint(p.out, line)
}

// done takes the bar away.
func (p *progress) done() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
