//go:build embedded

package embedded

import (
	"bufio"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"sort"
	"strings"

	"github.com/google/uuid"
)

// request is a ClickHouse request as its URL, headers and body say it.
type request struct {
	queryID    string
	database   string
	format     string // of the result, unless the statement names one
	parameters map[string]string
	settings   map[string]string
	encodings  encodings
	waitForEnd bool // send nothing before the statement has ended
	readonly   bool // sent with GET
	handshake  bool // the first question of clickhouse-go

	insert    *insertHead
	statement string    // the whole statement, unless insert is set
	data      io.Reader // the data of insert
}

const (
	headLimit      = 256 << 10 // the longest INSERT before its data
	statementLimit = 64 << 20  // the longest other statement
)

// transportArguments are URL arguments that speak to the HTTP interface; "param_…" aside, all others are settings.
var transportArguments = map[string]bool{
	"query": true, "database": true, "default_format": true, "query_id": true, "user": true, "password": true, "quota_key": true,
	"compress": true, "decompress": true, "wait_end_of_query": true, "buffer_size": true, "stacktrace": true,
	"client_protocol_version": true, "session_timeout": true, "session_check": true, "close_session": true, markerSetting: true,
}

var settingName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// readRequest reads everything but the data of an INSERT.
func readRequest(r *http.Request) (*request, error) {
	arguments, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, refuse(codeBadArguments, "BAD_ARGUMENTS", "Cannot parse the URL: %v", err)
	}
	if err := refuseUnsupported(r, arguments); err != nil {
		return nil, err
	}
	read := &request{
		queryID: arguments.Get("query_id"), database: firstOf(r.Header.Get("X-ClickHouse-Database"), arguments.Get("database")),
		format:     firstOf(r.Header.Get("X-ClickHouse-Format"), arguments.Get("default_format"), "TabSeparated"),
		parameters: map[string]string{}, settings: map[string]string{},
		waitForEnd: isTrue(arguments.Get("wait_end_of_query")), readonly: r.Method == http.MethodGet || r.Method == http.MethodHead,
	}
	if read.queryID == "" {
		read.queryID = uuid.NewString()
	}
	for name, values := range arguments {
		value := values[len(values)-1]
		if parameter, found := strings.CutPrefix(name, "param_"); found {
			read.parameters[parameter] = value
		} else if !transportArguments[name] {
			if !settingName.MatchString(name) {
				return nil, refuse(codeUnknownSetting, "UNKNOWN_SETTING", "Unknown setting '%s'", name)
			}
			read.settings[name] = value
		}
	}
	read.encodings = chooseEncodings(r.Header, arguments, read.settings)
	body, err := decodeBody(r, isTrue(arguments.Get("decompress")))
	if err != nil {
		return nil, err
	}
	if err := read.split(arguments.Get("query"), body); err != nil {
		return nil, err
	}
	read.handshake = arguments.Has("client_protocol_version") && strings.HasPrefix(read.statement, handshakeQuery)
	return read, nil
}

// refuseUnsupported names what this interface cannot do, so that nothing is ignored in silence.
func refuseUnsupported(r *http.Request, arguments url.Values) error {
	unsupported := func(what string) error {
		return refuse(codeNotImplemented, "NOT_IMPLEMENTED", "The embedded engine does not support %s", what)
	}
	switch kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); {
	case kind == "multipart/form-data":
		return unsupported("external data (multipart/form-data)")
	case arguments.Get("session_id") != "":
		return unsupported("sessions (session_id); send settings with each request")
	case arguments.Has("role"):
		return unsupported("roles (role)")
	}
	return nil
}

// split finds the statement in URL and body; together they are one text, as on a real server.
func (q *request) split(head string, body io.Reader) error {
	if isInsert(head) {
		if found, complete := splitInsert(head); complete && strings.TrimSpace(head[found.data:]) == "" {
			q.insert, q.data = &found, body
			return nil
		}
	}
	if head != "" {
		head += "\n"
	}
	buffered := bufio.NewReaderSize(body, headLimit)
	peeked, err := buffered.Peek(headLimit)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return bodyError(err)
	}
	text := head + string(peeked)
	if isInsert(text) {
		if found, complete := splitInsert(text); complete {
			q.insert, q.data = &found, io.MultiReader(strings.NewReader(text[found.data:]), skipped(buffered, len(peeked)))
			return nil
		}
	}
	rest, err := io.ReadAll(io.LimitReader(buffered, statementLimit+1))
	if err != nil {
		return bodyError(err)
	}
	if len(rest) > statementLimit {
		return refuse(131, "QUERY_IS_TOO_LARGE", "The statement is longer than %d bytes; data belongs into an INSERT with FORMAT", statementLimit)
	}
	q.statement = head + string(rest)
	return nil
}

// skipped is the reader behind the bytes that were looked at already.
func skipped(buffered *bufio.Reader, count int) io.Reader {
	_, _ = buffered.Discard(count)
	return buffered
}

// bodyError says that the body did not arrive whole. Nothing of it has been used.
func bodyError(err error) error {
	var known *exception
	if errors.As(err, &known) {
		return err
	}
	return refuse(33, "CANNOT_READ_ALL_DATA", "Cannot read the whole request body: %v", err)
}

// authenticate admits the user default with the configured password; the engine knows no other.
func authenticate(r *http.Request, password string) error {
	arguments := r.URL.Query()
	user, key := r.Header.Get("X-ClickHouse-User"), r.Header.Get("X-ClickHouse-Key")
	if user == "" && key == "" {
		user, key = arguments.Get("user"), arguments.Get("password")
	}
	if basicUser, basicKey, found := r.BasicAuth(); found && user == "" && key == "" {
		user, key = basicUser, basicKey
	}
	if (user == "" || user == "default") && subtle.ConstantTimeCompare([]byte(key), []byte(password)) == 1 {
		return nil
	}
	return refuse(codeAuthenticationFailed, "AUTHENTICATION_FAILED", "%s: Authentication failed: password is incorrect, or there is no user with such name", firstOf(user, "default"))
}

// settingsStatement is one SET for all settings; readonly comes last because nothing can be set after it.
func settingsStatement(settings map[string]string) string {
	names := make([]string, 0, len(settings))
	for name := range settings {
		names = append(names, name)
	}
	sort.Slice(names, func(i, k int) bool {
		if (names[i] == "readonly") != (names[k] == "readonly") {
			return names[k] == "readonly"
		}
		return names[i] < names[k]
	})
	assignments := make([]string, 0, len(names))
	for _, name := range names {
		assignments = append(assignments, fmt.Sprintf("%s = '%s'", name, escaper.Replace(settings[name])))
	}
	return "SET " + strings.Join(assignments, ", ")
}

var escaper = strings.NewReplacer(`\`, `\\`, `'`, `\'`, "`", "\\`")

func firstOf(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}

func isTrue(value string) bool {
	return value == "1" || strings.EqualFold(value, "true")
}
