//go:build embedded

package embedded

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
)

// FrontConfig is what may be set of the HTTP interface.
type FrontConfig struct {
	Password string // of the user default, the only one that the engine knows; empty: none
}

// front is ClickHouse's HTTP interface over the engine.
type front struct {
	engine   *Engine
	password string
}

// NewFront gives the engine ClickHouse's HTTP interface. It is made for clickhouse-go, curl and Grafana's ClickHouse data
// source; README.md lists what it does not do. Use it with a server whose requests have a cancelled context when the
// client goes away, as those of net/http have.
func NewFront(engine *Engine, config FrontConfig) http.Handler {
	return &front{engine: engine, password: config.Password}
}

// ServeHTTP answers one request.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/ping", r.URL.Path == "/replicas_status", r.URL.Path == "/" && r.URL.RawQuery == "" && r.Method == http.MethodGet:
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		_, _ = io.WriteString(w, "Ok.\n")
		return
	case r.URL.Path != "/":
		http.Error(w, "There is no handle "+r.URL.Path+"; use / with a query, /ping or /replicas_status", http.StatusNotFound)
		return
	}
	answer := newResponse(w, f.engine)
	if err := f.serve(answer, r); err != nil {
		answer.fail(err)
	}
}

func (f *front) serve(answer *response, r *http.Request) error {
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		return refuse(codeAuthenticationFailed, "AUTHENTICATION_FAILED", "Requests of web pages from elsewhere are not answered: %v", err)
	}
	if err := authenticate(r, f.password); err != nil {
		return err
	}
	asked, err := readRequest(r)
	if err != nil {
		return err
	}
	answer.accept(asked)
	if asked.handshake {
		if err := answer.write(f.engine.handshakeBlock(), "Native"); err != nil {
			return err
		}
		return answer.finish("Native", counts{resultRows: 1})
	}
	used, err := f.engine.begin(r.Context())
	if err != nil {
		return err
	}
	defer f.engine.end(used)
	defer f.engine.killWhenDone(r.Context(), used)()
	if err := prepare(used, asked); err != nil {
		return err
	}
	if asked.insert != nil {
		err := f.insert(r.Context(), answer, used, asked)
		if err != nil { // a client that is still sending would not see the answer
			_, _ = io.CopyN(io.Discard, asked.data, drainLimit)
		}
		return err
	}
	return f.query(answer, used, asked)
}

// prepare gives the fresh connection the request's database and settings. The engine makes up a query_id of its own; the
// client's goes into log_comment, where system.processes shows it.
func prepare(used *connection, asked *request) error {
	if asked.database != "" && asked.database != "default" {
		if err := used.run("USE `" + escaper.Replace(asked.database) + "`"); err != nil {
			return err
		}
	}
	if _, given := asked.settings["log_comment"]; !given {
		asked.settings["log_comment"] = asked.queryID
	}
	return used.run(settingsStatement(asked.settings))
}

// drainLimit is how much of a refused insert's data is read and thrown away.
const drainLimit = 256 << 20

// insertPiece is how much of an insert's data goes to the engine at a time.
const insertPiece = 1 << 20

// insert runs an INSERT whose data follows it. Data that does not arrive whole is not inserted.
func (f *front) insert(ctx context.Context, answer *response, used *connection, asked *request) error {
	if asked.readonly {
		return refuse(codeReadonly, "READONLY", "Cannot execute INSERT with GET; use POST")
	}
	stream, err := used.insert(asked.insert.statement, asked.insert.format, asked.parameters)
	if err != nil {
		return err
	}
	defer stream.close()
	piece := make([]byte, insertPiece)
	for {
		count, err := fill(asked.data, piece)
		if count > 0 && !stream.append(piece[:count]) {
			break // finish tells why
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return bodyError(err)
		}
	}
	if err := ctx.Err(); err != nil {
		return bodyError(err)
	}
	done, err := stream.finish()
	if err != nil {
		return err
	}
	return answer.finish(asked.insert.format, done)
}

// fill reads until the piece is full. Unlike io.ReadFull it returns io.EOF only at a proper end: a body that was cut off
// keeps its own error, io.ErrUnexpectedEOF.
func fill(source io.Reader, piece []byte) (int, error) {
	filled := 0
	for filled < len(piece) {
		count, err := source.Read(piece[filled:])
		filled += count
		if err != nil {
			return filled, err
		}
	}
	return filled, nil
}

// query runs any other statement.
func (f *front) query(answer *response, used *connection, asked *request) error {
	facts := inspect(asked.statement)
	if facts.refusal != "" {
		return refuse(codeNotImplemented, "NOT_IMPLEMENTED", "%s", facts.refusal)
	}
	class, statements := used.classify(asked.statement)
	switch {
	case statements > 1:
		return refuse(codeSyntaxError, "SYNTAX_ERROR", "Multi-statements are not allowed")
	case asked.readonly && class != classReadOnly && statements > 0:
		return refuse(codeReadonly, "READONLY", "Cannot execute this query with GET, which is read-only; use POST")
	}
	format := firstOf(facts.format, asked.format)
	if class == classReadOnly && !facts.buffered && !isTrue(asked.settings["extremes"]) {
		if joined := joinerFor(format); joined != nil {
			handled, err := f.stream(answer, used, asked, format, joined)
			if handled || err != nil {
				return err
			}
		}
	}
	result, done, err := used.query(asked.statement, asked.format, asked.parameters)
	if err != nil {
		return err
	}
	if statements == 0 {
		return refuse(codeSyntaxError, "SYNTAX_ERROR", "Syntax error: the query is empty or not SQL")
	}
	if err := answer.write(result, format); err != nil {
		return err
	}
	return answer.finish(format, done)
}

// stream runs a SELECT and sends its result while it is made. It reports false when the engine does not stream this kind
// of statement; then nothing has been run.
func (f *front) stream(answer *response, used *connection, asked *request, format string, join joiner) (handled bool, err error) {
	result, err := used.stream(asked.statement, asked.format, asked.parameters)
	if err != nil {
		if strings.Contains(err.Error(), "Streaming query is not supported") {
			return false, nil
		}
		return true, err
	}
	defer result.close()
	var done counts
	for {
		piece, more, err := result.fetch()
		if err != nil {
			return true, err
		}
		done.add(more)
		if len(piece) == 0 {
			return true, answer.finish(format, done)
		}
		if piece, err = join(piece); err != nil {
			return true, err
		}
		if err := answer.write(piece, format); err != nil {
			f.engine.kill("= '" + used.marker + "'")
			return true, err
		}
	}
}
