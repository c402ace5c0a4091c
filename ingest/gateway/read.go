package gateway

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// bodyPiece is how much of a body is read at once, and what the shortest counts.
const bodyPiece = 64 << 10

// mostHeld bounds the bytes of all bodies that are here: as many of the largest as may be worked on at once, or twice as many as there
// may be senders of short ones.
func (l *Limits) mostHeld() int64 {
	return max(int64(l.Requests)*l.BodyBytes, 2*int64(l.Connections)*bodyPiece)
}

// readBody reads a body as it was sent: what is signed is these bytes. It reads no more than the limit, and holds little more than what
// has come, so that those who send slowly keep nobody else out. Release is to be called when the body is no longer needed.
func (g *Gateway) readBody(w http.ResponseWriter, r *http.Request) (body []byte, release func(), p *problem) {
	l := &g.config.Limits
	held := int64(0)
	release = func() { g.held.Add(-held) }
	tooLarge := &problem{status: http.StatusRequestEntityTooLarge, reason: ReasonBodyTooLarge,
		detail: fmt.Sprintf("a body has at most %d bytes; send fewer events at once", l.BodyBytes)}
	if r.ContentLength > l.BodyBytes {
		return nil, release, tooLarge
	}
	var read bytes.Buffer
	read.Grow(int(min(max(r.ContentLength, 0), bodyPiece)) + bytes.MinRead)
	content := http.MaxBytesReader(w, r.Body, l.BodyBytes)
	for {
		held += bodyPiece
		if g.held.Add(bodyPiece) > l.mostHeld() {
			return nil, release, busy()
		}
		_, err := io.CopyN(&read, content, bodyPiece)
		var over *http.MaxBytesError
		switch {
		case err == io.EOF:
			return read.Bytes(), release, nil
		case errors.As(err, &over):
			return nil, release, tooLarge
		case err != nil:
			return nil, release, &problem{status: http.StatusBadRequest, reason: ReasonBodyNotRead, detail: "the body did not come whole, or not in time; send it again"}
		}
	}
}

// unpack takes the compression off a body. However small a body is, no more than the limit comes out of it.
func (l *Limits) unpack(body []byte, header http.Header) ([]byte, *problem) {
	switch encoding := strings.ToLower(strings.TrimSpace(strings.Join(header.Values("Content-Encoding"), ","))); encoding {
	case "", "identity":
		return body, nil
	case "gzip", "x-gzip":
		reader, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, notIn(encoding)
		}
		return l.inflate(reader, encoding)
	case "zstd":
		reader, _ := zstdReaders.Get().(*zstd.Decoder)
		defer func() {
			_ = reader.Reset(nil) // lets go of the body
			zstdReaders.Put(reader)
		}()
		if err := reader.Reset(bytes.NewReader(body)); err != nil {
			return nil, notIn(encoding)
		}
		return l.inflate(reader, encoding)
	default:
		return nil, &problem{status: http.StatusUnsupportedMediaType, reason: ReasonBadEncoding, detail: "content-encoding: must be gzip, zstd or left out"}
	}
}

// zstdReaders are kept, since each holds a window. A window above 8 MiB is not believed.
var zstdReaders = sync.Pool{New: func() any {
	reader, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderLowmem(true))
	if err != nil {
		panic(fmt.Sprintf("BUG: make zstd reader: %v", err)) // its options are constants
	}
	return reader
}}

func (l *Limits) inflate(reader io.Reader, encoding string) ([]byte, *problem) {
	content, err := io.ReadAll(io.LimitReader(reader, l.UnpackedBytes+1))
	switch {
	case int64(len(content)) > l.UnpackedBytes:
		return nil, &problem{status: http.StatusRequestEntityTooLarge, reason: ReasonBodyTooLarge,
			detail: fmt.Sprintf("without its compression a body has at most %d bytes; send fewer events at once", l.UnpackedBytes)}
	case err != nil:
		return nil, notIn(encoding)
	}
	return content, nil
}

func notIn(encoding string) *problem {
	return &problem{status: http.StatusBadRequest, reason: ReasonBadEncoding, detail: "the body is not " + encoding + ", as content-encoding says"}
}
