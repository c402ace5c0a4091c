//go:build embedded

package embedded

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// exception is an error with ClickHouse's code; its text is what a ClickHouse server would send, without the version.
type exception struct {
	code int
	text string
}

func (e *exception) Error() string { return e.text }

// Codes that the front itself answers with. ClickHouse knows them by these names.
const (
	codeBadArguments         = 36
	codeNotImplemented       = 48
	codeSyntaxError          = 62
	codeUnknownSetting       = 115
	codeReadonly             = 164
	codeAborted              = 236
	codeCannotDecompress     = 271
	codeAuthenticationFailed = 516
	codeUnknownException     = 1002
)

// refuse makes an exception of the front's own.
func refuse(code int, name, format string, arguments ...any) error {
	return &exception{code: code, text: fmt.Sprintf("Code: %d. DB::Exception: %s. (%s)", code, fmt.Sprintf(format, arguments...), name)}
}

var exceptionCode = regexp.MustCompile(`^Code: (\d+)\. `)

// parseException reads the engine's message.
func parseException(message string) error {
	message = strings.TrimPrefix(message, "Error: ")
	found := exceptionCode.FindStringSubmatch(message)
	if found == nil {
		return &exception{code: codeUnknownException, text: fmt.Sprintf("Code: %d. DB::Exception: %s. (UNKNOWN_EXCEPTION)", codeUnknownException, message)}
	}
	code, _ := strconv.Atoi(found[1])
	return &exception{code: code, text: strings.TrimSpace(message)}
}

// status gives the HTTP status that a ClickHouse server sends with the code.
func status(code int) int {
	switch code {
	case 194: // REQUIRED_PASSWORD
		return http.StatusUnauthorized
	case 192, 193, codeAuthenticationFailed, 511: // unknown user, wrong password, authentication, role not granted
		return http.StatusForbidden
	case 6, 25, 26, 27, 33, 36, 38, 41, 53, 62, 69, 70, 72, 117, 168, 169, 171, 182, 184, 191, 376, 386, 427, 441, 456, 457, 467, 675, 676:
		return http.StatusBadRequest // what cannot be parsed, converted or accepted
	case 46, 47, 50, 56, 60, 73, 75, 81, codeUnknownSetting, 132:
		return http.StatusNotFound // unknown function, identifier, type, storage, table, format, query, database, setting
	case 131: // QUERY_IS_TOO_LARGE
		return http.StatusRequestEntityTooLarge
	case codeNotImplemented:
		return http.StatusNotImplemented
	case 159: // TIMEOUT_EXCEEDED
		return http.StatusRequestTimeout
	case 209, 439, codeAborted: // SOCKET_TIMEOUT, CANNOT_SCHEDULE_TASK
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// asException gives any error a code.
func asException(err error) *exception {
	var known *exception
	if errors.As(err, &known) {
		return known
	}
	return &exception{code: codeUnknownException, text: fmt.Sprintf("Code: %d. DB::Exception: %v. (UNKNOWN_EXCEPTION)", codeUnknownException, err)}
}
