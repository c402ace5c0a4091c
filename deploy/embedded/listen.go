//go:build embedded

package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"
)

// Server is the HTTP interface on an address.
type Server struct {
	listener net.Listener
	server   *http.Server
	failed   chan error
}

// Serve binds the address, for example 127.0.0.1:8123 or 127.0.0.1:0, and answers there until Close.
func Serve(address string, handler http.Handler) (*Server, error) {
	listener, err := listen(address, "embedded.clickhouse_listen")
	if err != nil {
		return nil, err
	}
	started := &Server{listener: listener, server: &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}, failed: make(chan error, 1)}
	go func() {
		err := started.server.Serve(listener)
		if errors.Is(err, http.ErrServerClosed) {
			err = nil
		}
		started.failed <- err
	}()
	return started, nil
}

// Address is the address that was bound, with the real port.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Close waits for the running requests as long as the context allows, then cuts them off.
func (s *Server) Close(ctx context.Context) error {
	if err := s.server.Shutdown(ctx); err != nil {
		if err := s.server.Close(); err != nil {
			return fmt.Errorf("close %s: %w", s.Address(), err)
		}
	}
	if err := <-s.failed; err != nil {
		return fmt.Errorf("serve %s: %w", s.Address(), err)
	}
	return nil
}

// listen binds an address; the setting is where to choose another one.
func listen(address, setting string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("listen on %s: address already in use; stop the other process or set %s", address, setting)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w; set %s to an address of this machine", address, err, setting)
	}
	return listener, nil
}
