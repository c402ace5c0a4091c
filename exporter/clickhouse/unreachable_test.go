//go:build embedded

package clickhouse

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A server that is not there yet is worth waiting for; one that says no is not.
func TestIsUnreachable(t *testing.T) {
	f := func(name, address string, want bool, change ...func(*Config)) {
		t.Run(name, func(t *testing.T) {
			cfg := DefaultConfig()
			cfg.Addresses, cfg.Database, cfg.Timeout = []string{address}, "test_unreachable", time.Second
			for _, c := range change {
				c(&cfg)
			}
			_, err := Open(t.Context(), cfg, time.Now())
			if err == nil || IsUnreachable(err) != want {
				t.Errorf("unreachable: %t, want %t: %v", !want, want, err)
			}
		})
	}
	listen := func(serve func(net.Conn)) string {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = listener.Close() })
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				go serve(conn)
			}
		}()
		return listener.Addr().String()
	}
	answer := func(status int) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "said by a proxy", status) }))
		t.Cleanup(server.Close)
		return strings.TrimPrefix(server.URL, "http://")
	}
	native := func(c *Config) { c.Protocol = "native" }
	hangUp := func(conn net.Conn) { _ = conn.Close() }
	f("closed port", "127.0.0.1:1", true)
	f("closed port, native", "127.0.0.1:1", true, native)
	f("no such name", "floorwatch.invalid:8123", true)
	f("hangs up", listen(hangUp), true) // as the port of a container that is starting
	f("hangs up, native", listen(hangUp), true, native)
	f("says nothing", listen(func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }), true)
	f("says nothing, native", listen(func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }), true, native)
	f("proxy without a server", answer(http.StatusBadGateway), true)
	f("wrong password", address, false, func(c *Config) { c.Password = "wrong" })
	f("wrong user", address, false, func(c *Config) { c.Username = "nobody" })
	f("unknown protocol", address, false, func(c *Config) { c.Protocol = "grpc" })
	f("TLS to plain", address, false, func(c *Config) { c.Secure = true })
	f("something else", answer(http.StatusNotFound), false)
	f("no HTTP", listen(func(conn net.Conn) { _, _ = fmt.Fprint(conn, "SSH-2.0-OpenSSH_9.9\r\n"); _ = conn.Close() }), false)
}

func TestNoErrorIsNotUnreachable(t *testing.T) {
	if IsUnreachable(nil) || IsUnreachable(fmt.Errorf("check tables: episodes has no column kind")) {
		t.Error("what is no network error counts as one")
	}
}
