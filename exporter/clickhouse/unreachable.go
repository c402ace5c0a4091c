package clickhouse

import (
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"syscall"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// IsUnreachable tells of an error of this package whether no server could be asked: then it is right to wait and try again. A server
// that answers and refuses, by password, by schema or because it speaks something else, will refuse again. Whether the caller's own
// context has ended is for the caller to look at first.
func IsUnreachable(err error) bool {
	var number syscall.Errno
	var lookup *net.DNSError
	var network net.Error
	var answer *clickhouse.HTTPError
	switch {
	case errors.As(err, &answer): // a proxy before a server that is not there
		return slices.Contains([]int{http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}, answer.StatusCode)
	case errors.As(err, &number):
		return slices.Contains(networkErrors, number)
	case errors.As(err, &lookup), errors.Is(err, clickhouse.ErrAcquireConnTimeout), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return true
	default:
		return errors.As(err, &network) && network.Timeout()
	}
}

// networkErrors are those of a server that is down, starting or cut off.
var networkErrors = []syscall.Errno{
	syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE, syscall.ETIMEDOUT, syscall.EHOSTUNREACH, syscall.EHOSTDOWN,
	syscall.ENETUNREACH, syscall.ENETDOWN,
}
