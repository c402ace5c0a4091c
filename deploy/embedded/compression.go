//go:build embedded

package embedded

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// encodings says how a response is packed: ClickHouse's frames inside, the HTTP encoding outside.
type encodings struct {
	framed bool
	method compress.Method
	http   string // name of the content encoding, or empty
}

// contentEncodings are the encodings for HTTP in the order in which the front prefers them.
var contentEncodings = []string{"zstd", "gzip", "br", "deflate"}

// chooseEncodings reads what the client asked for.
func chooseEncodings(header http.Header, arguments url.Values, settings map[string]string) encodings {
	chosen := encodings{framed: isTrue(arguments.Get("compress")), method: compress.LZ4}
	if strings.EqualFold(settings["network_compression_method"], "ZSTD") {
		chosen.method = compress.ZSTD
	}
	if allowed, set := settings["enable_http_compression"]; set && !isTrue(allowed) {
		return chosen
	}
	accepted := map[string]bool{}
	for _, item := range strings.Split(strings.Join(header.Values("Accept-Encoding"), ","), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(item), ";")
		accepted[strings.ToLower(strings.TrimSpace(name))] = strings.ReplaceAll(weight, " ", "") != "q=0"
	}
	for _, name := range contentEncodings {
		if accepted[name] {
			chosen.http = name
			break
		}
	}
	return chosen
}

// decodeBody unpacks a request body: the HTTP encoding outside, ClickHouse's frames inside.
func decodeBody(r *http.Request, framed bool) (io.Reader, error) {
	var body io.Reader = r.Body
	var err error
	switch name := strings.ToLower(r.Header.Get("Content-Encoding")); name {
	case "", "identity":
	case "gzip", "x-gzip":
		body, err = gzip.NewReader(r.Body)
	case "deflate":
		body, err = zlib.NewReader(r.Body)
	case "br":
		body = brotli.NewReader(r.Body)
	case "zstd":
		var decoder *zstd.Decoder
		decoder, err = zstd.NewReader(r.Body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20))
		body = decoder
	default:
		return nil, refuse(codeNotImplemented, "NOT_IMPLEMENTED", "Unknown compression method %s; known are %s", name, strings.Join(contentEncodings, ", "))
	}
	if errors.Is(err, io.EOF) {
		return bytes.NewReader(nil), nil // an empty body needs no encoding
	}
	if err != nil {
		return nil, refuse(codeCannotDecompress, "CANNOT_DECOMPRESS", "Cannot decompress the request body: %v", err)
	}
	if framed {
		body = newFrameReader(body)
	}
	return body, nil
}

// frameReader unpacks ClickHouse's compressed frames. Unlike the reader that it uses it tells the end between two frames
// from one within a frame.
type frameReader struct {
	source io.Reader
	frame  bytes.Buffer // one whole frame
	inner  *compress.Reader
	left   int // bytes of the frame that inner has still to give
}

const (
	frameHeader = 25        // checksum, method, size of the frame, size of its content
	frameLimit  = 128 << 20 // the largest frame
)

func newFrameReader(source io.Reader) *frameReader {
	reader := &frameReader{source: source}
	reader.inner = compress.NewReader(&reader.frame)
	return reader
}

func (f *frameReader) Read(target []byte) (int, error) {
	for f.left == 0 {
		if err := f.fill(); err != nil {
			return 0, err
		}
	}
	count, err := f.inner.Read(target[:min(len(target), f.left)])
	f.left -= count
	if err != nil {
		return count, refuse(codeCannotDecompress, "CANNOT_DECOMPRESS", "Cannot decompress the request body: %v", err)
	}
	return count, nil
}

// fill reads the next frame; io.EOF only between frames.
func (f *frameReader) fill() error {
	header := make([]byte, frameHeader)
	if _, err := io.ReadFull(f.source, header); err != nil {
		return err
	}
	size, content := int(binary.LittleEndian.Uint32(header[17:])), int(binary.LittleEndian.Uint32(header[21:]))
	if size < 9 || size > frameLimit || content <= 0 || content > frameLimit {
		return refuse(codeCannotDecompress, "CANNOT_DECOMPRESS", "Cannot decompress the request body: it is not in ClickHouse's frames")
	}
	f.frame.Reset()
	f.frame.Write(header)
	_, err := io.CopyN(&f.frame, f.source, int64(size-9))
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	f.left = content
	return err
}

// encoder packs a response on its way out.
type encoder struct {
	target io.Writer
	flush  func() error // pushes out what the HTTP encoding holds back
	close  func() error
	frames *compress.Writer // nil without frames
}

// newEncoder packs as chosen and writes to the target.
func newEncoder(target io.Writer, chosen encodings) (*encoder, error) {
	nothing := func() error { return nil }
	made := &encoder{target: target, flush: nothing, close: nothing}
	switch chosen.http {
	case "gzip":
		packed, err := gzip.NewWriterLevel(target, gzip.BestSpeed)
		if err != nil {
			return nil, fmt.Errorf("compress response: %w", err)
		}
		made.target, made.flush, made.close = packed, packed.Flush, packed.Close
	case "deflate":
		packed, err := zlib.NewWriterLevel(target, zlib.BestSpeed)
		if err != nil {
			return nil, fmt.Errorf("compress response: %w", err)
		}
		made.target, made.flush, made.close = packed, packed.Flush, packed.Close
	case "br":
		packed := brotli.NewWriterLevel(target, brotli.BestSpeed)
		made.target, made.flush, made.close = packed, packed.Flush, packed.Close
	case "zstd":
		packed, err := zstd.NewWriter(target, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
		if err != nil {
			return nil, fmt.Errorf("compress response: %w", err)
		}
		made.target, made.flush, made.close = packed, packed.Flush, packed.Close
	}
	if chosen.framed {
		made.frames = compress.NewWriter(0, chosen.method)
	}
	return made, nil
}

// frameContent is how much goes into one frame.
const frameContent = 1 << 20

// write packs a piece of the result.
func (e *encoder) write(piece []byte) error {
	if e.frames == nil {
		return e.writeRaw(piece)
	}
	for len(piece) > 0 {
		part := piece[:min(len(piece), frameContent)]
		piece = piece[len(part):]
		if err := e.frames.Compress(part); err != nil {
			return fmt.Errorf("compress response: %w", err)
		}
		if err := e.writeRaw(e.frames.Data); err != nil {
			return err
		}
	}
	return nil
}

// writeRaw writes past the frames.
func (e *encoder) writeRaw(piece []byte) error {
	_, err := e.target.Write(piece)
	return err
}
