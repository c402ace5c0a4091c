package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows how far long work is: a bar on a terminal, a plain line every few seconds elsewhere. What is written to it does not tear
// the bar.
type progress struct {
	out   io.Writer
	unit  string
	size  int64 // -1: not known
	bar   *progressbar.ProgressBar
	every time.Duration
	next  time.Time
}

const (
	progressRedraw = 100 * time.Millisecond
	progressLines  = 5 * time.Second
)

func newProgress(out io.Writer, unit string, size int64) *progress {
	p := &progress{out: out, unit: unit, size: size, every: progressLines}
	if isTerminal(out) {
		p.every = progressRedraw
		p.bar = progressbar.NewOptions64(size, progressbar.OptionSetWriter(out), progressbar.OptionShowBytes(unit == "bytes"),
			progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionFullWidth())
	}
	p.next = time.Now().Add(p.every)
	return p
}

// set tells how much is done. It is called for each line, so it does little most of the time.
func (p *progress) set(done int64) {
	now := time.Now()
	if now.Before(p.next) {
		return
	}
	p.next = now.Add(p.every)
	switch {
	case p.bar != nil:
		_ = p.bar.Set64(done) // a bar that cannot be drawn is no reason to stop
	case p.size > 0:
		fmt.Fprintf(p.out, "%d of %d %s (%d %%)\n", done, p.size, p.unit, 100*done/p.size)
	default:
		fmt.Fprintf(p.out, "%d %s\n", done, p.unit)
	}
}

// Write writes lines above the bar.
func (p *progress) Write(lines []byte) (int, error) {
	p.clear()
	return p.out.Write(lines)
}

// clear takes the bar away until the next set.
func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
