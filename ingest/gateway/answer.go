package gateway

import (
	"encoding/json"
	"fmt"
	stdlog "log"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/rs/zerolog"
)

// unknownSource is the label of requests that did not prove whose they are.
const unknownSource = "unknown"

// answer is what a request gets: a problem, or a status and a body.
type answer struct {
	source   string // as proved
	status   int
	body     []byte
	repeated bool // it is the answer of before
	problem  *problem
}

// accept answers with the verdicts of a request some of whose events were taken.
func (a *answer) accept(v *verdicts) {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("BUG: write verdicts: %v", err)) // texts and numbers only
	}
	a.status, a.body = v.status(), append(text, '\n')
}

func (a *answer) write(w http.ResponseWriter) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	if a.problem != nil {
		a.problem.write(w)
		return
	}
	header.Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // whoever has gone will send it again
}

// class is the label of how it ended: accepted, partly, refused or unavailable.
func (a *answer) class() string {
	switch {
	case a.problem == nil && a.status == http.StatusMultiStatus:
		return "partly"
	case a.problem == nil:
		return "accepted"
	case a.problem.status >= http.StatusInternalServerError:
		return "unavailable"
	default:
		return "refused"
	}
}

// stack is where a fault came from: names of functions and lines, no values but addresses.
func stack() []byte { return debug.Stack() }

// quietLog takes what the HTTP server tells of broken connections, which is no news, and keeps it for debugging.
func quietLog(logger zerolog.Logger) *stdlog.Logger { return stdlog.New(debugWriter{logger}, "", 0) }

type debugWriter struct{ logger zerolog.Logger }

func (w debugWriter) Write(line []byte) (int, error) {
	w.logger.Debug().Str("server", strings.TrimSpace(string(line))).Msg("HTTP server of the gateway")
	return len(line), nil
}
