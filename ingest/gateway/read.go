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
const bodyPiece = 16 << 10

// hold is the memory that the body of one request takes, as it was sent and unpacked, as part of what all may take together.
type hold struct {
	of    *Gateway
	bytes int64
}

// errNoRoom tells that bodies take as much memory as they may.
var errNoRoom = errors.New("no room for another body")

// grow takes more of what all may take.
func (h *hold) grow(to int64) error {
	more := to - h.bytes
	h.bytes = to
	if h.of.held.Add(more) > h.of.config.Limits.MemoryBytes {
		return errNoRoom
	}
	return nil
}

// release gives all of it back.
func (h *hold) release() { h.of.held.Add(-h.bytes) }

// read reads to the end, but no more than the limit and a byte, and takes little more room than what has come, so that those who send
// slowly keep nobody else out.
func (h *hold) read(from io.Reader, limit int64) ([]byte, error) {
	var content bytes.Buffer
	before := h.bytes
	from = io.LimitReader(from, limit+1)
	for {
		if err := h.grow(before + max(int64(content.Cap()), int64(content.Len())+bodyPiece)); err != nil {
			return nil, err
		}
		_, err := io.CopyN(&content, from, bodyPiece)
		if err == io.EOF {
			return content.Bytes(), h.grow(before + int64(content.Cap()))
		}
		if err != nil {
			return nil, err
		}
	}
}

// readBody reads a body as it was sent: what is signed is these bytes.
func (h *hold) readBody(r *http.Request) ([]byte, *problem) {
	limit := h.of.config.Limits.BodyBytes
	tooLarge := &problem{status: http.StatusRequestEntityTooLarge, reason: ReasonBodyTooLarge,
		detail: fmt.Sprintf("a body has at most %d bytes; send fewer events at once", limit)}
	if r.ContentLength > limit {
		return nil, tooLarge
	}
	body, err := h.read(r.Body, limit)
	switch {
	case errors.Is(err, errNoRoom):
		return nil, busy()
	case err != nil:
		return nil, &problem{status: http.StatusBadRequest, reason: ReasonBodyNotRead, detail: "the body did not come whole, or not in time; send it again"}
	case int64(len(body)) > limit:
		return nil, tooLarge
	}
	return body, nil
}

// unpack takes the compression off a body. However small a body is, no more than the limit comes out of it.
func (h *hold) unpack(body []byte, header http.Header) ([]byte, *problem) {
	switch encoding := strings.ToLower(strings.TrimSpace(strings.Join(header.Values("Content-Encoding"), ","))); encoding {
	case "", "identity":
		return body, nil
	case "gzip", "x-gzip":
		reader, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, notIn(encoding)
		}
		return h.inflate(reader, encoding)
	case "zstd":
		reader, _ := zstdReaders.Get().(*zstd.Decoder)
		defer func() {
			_ = reader.Reset(nil) // lets go of the body
			zstdReaders.Put(reader)
		}()
		if err := reader.Reset(bytes.NewReader(body)); err != nil {
			return nil, notIn(encoding)
		}
		return h.inflate(reader, encoding)
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

func (h *hold) inflate(reader io.Reader, encoding string) ([]byte, *problem) {
	limit := h.of.config.Limits.UnpackedBytes
	content, err := h.read(reader, limit)
	switch {
	case errors.Is(err, errNoRoom):
		return nil, busy()
	case err != nil:
		return nil, notIn(encoding)
	case int64(len(content)) > limit:
		return nil, &problem{status: http.StatusRequestEntityTooLarge, reason: ReasonBodyTooLarge,
			detail: fmt.Sprintf("without its compression a body has at most %d bytes; send fewer events at once", limit)}
	}
	return content, nil
}

func notIn(encoding string) *problem {
	return &problem{status: http.StatusBadRequest, reason: ReasonBadEncoding, detail: "the body is not " + encoding + ", as content-encoding says"}
}
