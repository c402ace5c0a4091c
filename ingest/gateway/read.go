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

// readBody reads a body as it was sent: what is signed is these bytes. It reads no more than the limit.
func (l *Limits) readBody(w http.ResponseWriter, r *http.Request) ([]byte, *problem) {
	tooLarge := &problem{status: http.StatusRequestEntityTooLarge, reason: ReasonBodyTooLarge,
		detail: fmt.Sprintf("a body has at most %d bytes; send fewer events at once", l.BodyBytes)}
	if r.ContentLength > l.BodyBytes {
		return nil, tooLarge
	}
	var body bytes.Buffer
	if r.ContentLength > 0 {
		body.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, l.BodyBytes))
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return nil, tooLarge
	case err != nil:
		return nil, &problem{status: http.StatusBadRequest, reason: ReasonBodyNotRead, detail: "the body did not come whole, or not in time; send it again"}
	}
	return body.Bytes(), nil
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
