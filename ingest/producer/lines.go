package producer

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// DefaultHorizon is how old an event may be, unless the aggregator is configured otherwise.
const DefaultHorizon = 72 * time.Hour

// LinesOptions tells how lines become events.
type LinesOptions struct {
	Now      func() schemas.Instant // when a line is sent, in whose light its age is judged
	Horizon  time.Duration          // how old an event may be; 0 is DefaultHorizon
	Backfill bool                   // send with the backfill header, so that older events are taken too
	Refused  func(Refusal)          // told of each line that is not sent; may be nil

	Privacy       *Privacy // takes personal data out of the events; nil: their texts are left out, all else is as it stands
	HashCustomers bool     // as Privacy is configured, which it is not by default: lines may have pseudonyms already
}

// Refusal tells why a line was not sent.
type Refusal struct {
	Line int64 // its number in the input, from 1, empty lines counted
	schemas.Reject
}

// Progress is how far Lines has come.
type Progress struct {
	Bytes   int64 // read
	Lines   int64 // sent or refused
	Refused int64
}

// Summary is the outcome of Lines. Without an error, Lines is Accepted + Refused.
type Summary struct {
	Lines    int64 // that are not empty
	Accepted int64 // acknowledged by Kafka
	Refused  int64 // not sent
}

// byteOrderMark may stand at the beginning of the input; editors of some systems write it.
const byteOrderMark = "\uFEFF"

// maxLine holds the longest event with a byte order mark and a line end.
const maxLine = schemas.MaxEventBytes + len(byteOrderMark) + len("\r\n")

// Lines sends one JSON event per line and waits until Kafka has them. Lines may end in LF or CRLF, the last in neither; empty lines
// and a byte order mark at the beginning are skipped. A line that is no valid event, that is too old, too far in the future or
// longer than schemas.MaxEventBytes, is refused and told to options.Refused; those around it are sent. report, which may be nil, is
// called after each line.
//
// The error is of reading, of Kafka or of ctx, and ends the work; the summary then tells what Kafka has acknowledged. The end of ctx
// is noticed between lines: a read that waits for input goes on waiting.
func (p *Producer) Lines(ctx context.Context, r io.Reader, options LinesOptions, report func(Progress)) (Summary, error) {
	if options.Horizon == 0 {
		options.Horizon = DefaultHorizon
	}
	work := lines{producer: p, options: options, input: bufio.NewReaderSize(r, maxLine)}
	err := work.run(ctx, report)
	// What has been taken is delivered or given up within the delivery timeout, also when ctx has ended.
	if flushed := p.client.Flush(context.WithoutCancel(ctx)); err == nil && flushed != nil {
		err = fmt.Errorf("flush: %w", flushed)
	}
	summary := Summary{Lines: work.progress.Lines, Refused: work.progress.Refused}
	var failure error
	if summary.Accepted, failure = work.results.read(); failure != nil {
		err = failure // it says more than that the work ended
	}
	if err != nil {
		return summary, fmt.Errorf("send lines to topic %q: %w", p.config.Topic, err)
	}
	return summary, nil
}

// lines is one run of Lines.
type lines struct {
	producer *Producer
	options  LinesOptions
	input    *bufio.Reader
	number   int64 // of the line read last
	progress Progress
	results  results
}

func (l *lines) run(ctx context.Context, report func(Progress)) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, failure := l.results.read(); failure != nil {
			return failure
		}
		line, end, err := l.read()
		if err != nil {
			return fmt.Errorf("read line %d: %w", l.number, err)
		}
		if len(line) > 0 {
			if err := l.send(ctx, line); err != nil {
				return err
			}
			l.progress.Lines++
		}
		if report != nil {
			report(l.progress)
		}
		if end {
			return nil
		}
	}
}

// read gives the next line without white space around it, valid until the next read, and whether the input ends with it. Of a line
// that is too long it gives the beginning, which is also too long.
func (l *lines) read() (line []byte, end bool, err error) {
	l.number++
	line, err = l.input.ReadSlice('\n')
	l.progress.Bytes += int64(len(line))
	if errors.Is(err, bufio.ErrBufferFull) {
		line = bytes.Clone(line)
		err = l.skip()
	} else {
		if l.number == 1 {
			line = bytes.TrimPrefix(line, []byte(byteOrderMark))
		}
		line = bytes.Trim(line, " \t\r\n")
	}
	if errors.Is(err, io.EOF) {
		return line, true, nil
	}
	return line, false, err
}

// skip reads the rest of a line that does not fit.
func (l *lines) skip() error {
	for {
		rest, err := l.input.ReadSlice('\n')
		l.progress.Bytes += int64(len(rest))
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// send sends or refuses one line; the error is of neither, but of the program.
func (l *lines) send(ctx context.Context, line []byte) error {
	event, err := schemas.DecodeEvent(line)
	if err == nil {
		err = event.Admit([]byte(event.Key()), l.options.Now(), l.options.Backfill, l.options.Horizon)
	}
	if err != nil {
		return l.refuse(err)
	}
	if err := l.protect(&event); err != nil {
		return fmt.Errorf("line %d: %w", l.number, err)
	}
	record, err := l.producer.record(&event, l.options.Backfill)
	if err != nil {
		return fmt.Errorf("line %d: %w", l.number, err)
	}
	return l.producer.produce(ctx, record, &l.results)
}

// protect takes personal data out of an event.
func (l *lines) protect(e *schemas.Event) error {
	switch privacy := l.options.Privacy; {
	case privacy == nil:
		e.Text = ""
		return nil
	case l.options.HashCustomers:
		_, err := privacy.Protect(e, l.options.Now().Time())
		return err
	default:
		_, err := privacy.protect(e, l.options.Now().Time(), privacy.policies.Of(e.Company).ID)
		return err
	}
}

func (l *lines) refuse(err error) error {
	var reject *schemas.Reject
	if !errors.As(err, &reject) {
		return fmt.Errorf("line %d: %w", l.number, err)
	}
	l.progress.Refused++
	if l.options.Refused != nil {
		l.options.Refused(Refusal{Line: l.number, Reject: *reject})
	}
	return nil
}
