//go:build embedded

package embedded

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// response sends a result. It holds back the first bytes, so that an error at the beginning still becomes a proper HTTP
// status, and short answers have a length and exact counts.
type response struct {
	writer    http.ResponseWriter
	request   *request
	engine    *Engine
	started   time.Time
	held      bytes.Buffer
	encoder   *encoder // set once the headers have gone out
	tag       string   // marks an error within the result
	sent      int
	committed bool
}

// holdBack is how much of a result is kept before its first byte goes out.
const holdBack = 1 << 20

func newResponse(writer http.ResponseWriter, engine *Engine) *response {
	return &response{writer: writer, engine: engine, started: time.Now()}
}

// accept sets the headers that hold for the result and for an error alike.
func (p *response) accept(request *request) {
	p.request = request
	header := p.writer.Header()
	header.Set("X-ClickHouse-Query-Id", request.queryID)
	header.Set("X-ClickHouse-Server-Display-Name", p.engine.displayName)
	header.Set("X-ClickHouse-Timezone", firstOf(request.settings["session_timezone"], p.engine.timezone))
}

// write takes a piece of the result.
func (p *response) write(piece []byte, format string) error {
	p.sent += len(piece)
	if !p.committed {
		if p.request.waitForEnd || p.held.Len()+len(piece) <= holdBack {
			p.held.Write(piece)
			return nil
		}
		if err := p.commit(format, counts{}); err != nil {
			return err
		}
	}
	return p.encoder.write(piece)
}

// commit sends the headers and what was held back.
func (p *response) commit(format string, done counts) error {
	p.committed = true
	header := p.writer.Header()
	tag := make([]byte, 8)
	if _, err := rand.Read(tag); err != nil {
		return fmt.Errorf("make exception tag: %w", err)
	}
	p.tag = hex.EncodeToString(tag)
	header.Set("X-ClickHouse-Exception-Tag", p.tag)
	header.Set("X-ClickHouse-Format", format)
	header.Set("X-ClickHouse-Summary", p.summary(done))
	header.Set("Content-Type", contentType(format))
	if p.request.encodings.http != "" {
		header.Set("Content-Encoding", p.request.encodings.http)
		header.Add("Vary", "Accept-Encoding")
	}
	made, err := newEncoder(p.writer, p.request.encodings)
	if err != nil {
		return err
	}
	p.encoder = made
	return p.encoder.write(p.held.Bytes())
}

// finish ends a result that is whole.
func (p *response) finish(format string, done counts) error {
	if p.committed {
		return p.encoder.close()
	}
	if p.held.Len() == 0 {
		p.request.encodings = encodings{}
		p.writer.Header().Set("Content-Length", "0")
	} else if p.request.encodings == (encodings{}) {
		p.writer.Header().Set("Content-Length", strconv.Itoa(p.held.Len()))
	}
	if err := p.commit(format, done); err != nil {
		return err
	}
	return p.encoder.close()
}

// fail reports an error: as an HTTP status while nothing has gone out, else as the block that ClickHouse writes into a
// broken result, after which the connection is cut so that no client can take the result for whole.
func (p *response) fail(err error) {
	failure := asException(err)
	text := failure.text
	if !strings.Contains(text, "(version ") {
		text += fmt.Sprintf(" (version %s)", p.engine.version)
	}
	if !p.committed {
		header := p.writer.Header()
		header.Set("X-ClickHouse-Exception-Code", strconv.Itoa(failure.code))
		header.Set("Content-Type", "text/plain; charset=UTF-8")
		header.Del("Content-Length")
		p.writer.WriteHeader(status(failure.code))
		_, _ = p.writer.Write([]byte(text + "\n"))
		return
	}
	if p.encoder != nil {
		block := fmt.Sprintf("\r\n__exception__\r\n%s\r\n%s\n%d %s\r\n__exception__\r\n", p.tag, text, len(text)+1, p.tag)
		_ = p.encoder.writeRaw([]byte(block))
		_ = p.encoder.flush()
	}
	_ = http.NewResponseController(p.writer).Flush()
	panic(http.ErrAbortHandler)
}

// summary is the value of X-ClickHouse-Summary. For a result that goes out before its statement has ended it says zero,
// as that of a ClickHouse server does.
func (p *response) summary(done counts) string {
	number := func(value uint64) string { return strconv.FormatUint(value, 10) }
	text, _ := json.Marshal(map[string]string{
		"read_rows": number(done.readRows), "read_bytes": number(done.readBytes), "written_rows": number(done.writtenRows),
		"written_bytes": number(done.writtenBytes), "total_rows_to_read": "0", "result_rows": number(done.resultRows),
		"result_bytes": strconv.Itoa(p.sent), "elapsed_ns": strconv.FormatInt(time.Since(p.started).Nanoseconds(), 10),
	})
	return string(text)
}

// contentType is the media type that ClickHouse gives a format.
func contentType(format string) string {
	name := strings.ToLower(format)
	switch {
	case strings.HasPrefix(name, "json") && !strings.Contains(name, "eachrow"):
		return "application/json; charset=UTF-8"
	case strings.Contains(name, "eachrow") && strings.HasPrefix(name, "json"):
		return "application/x-ndjson; charset=UTF-8"
	case strings.HasPrefix(name, "csv"):
		return "text/csv; charset=UTF-8; header=" + map[bool]string{true: "present", false: "absent"}[strings.Contains(name, "withnames")]
	case strings.HasPrefix(name, "tsv"), strings.HasPrefix(name, "tabseparated"):
		return "text/tab-separated-values; charset=UTF-8"
	case strings.HasPrefix(name, "pretty"), name == "vertical", name == "values", name == "markdown":
		return "text/plain; charset=UTF-8"
	case name == "xml":
		return "application/xml; charset=UTF-8"
	}
	return "application/octet-stream"
}
