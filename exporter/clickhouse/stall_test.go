//go:build embedded

package clickhouse

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// stallingFront passes everything on to the server. When it is told to, it answers with the headers and half of the body, and no more.
func stallingFront(t *testing.T) (front string, stall *atomic.Bool) {
	stall = &atomic.Bool{}
	ended := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		request := r.Clone(r.Context())
		request.URL.Scheme, request.URL.Host, request.RequestURI, request.Body = "http", address, "", io.NopCloser(bytes.NewReader(asked))
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			return
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		for name, values := range response.Header {
			if name != "Content-Length" {
				w.Header()[name] = values
			}
		}
		w.WriteHeader(response.StatusCode)
		if !stall.Load() || bytes.Contains(asked, []byte("displayName()")) { // which the client asks on each new connection
			_, _ = w.Write(body)
			return
		}
		_, _ = w.Write(body[:len(body)/2])
		w.(http.Flusher).Flush()
		<-ended
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(ended) })
	return strings.TrimPrefix(server.URL, "http://"), stall
}

// A server that begins to answer and then says no more is given up on in time, whatever was asked.
func TestStalledAnswersEnd(t *testing.T) {
	cfg := open(t).cfg
	front, stall := stallingFront(t)
	cfg.Addresses, cfg.Timeout, cfg.LoadTimeout = []string{front}, time.Second, 2*time.Second
	store := openConfig(t, cfg)
	store.writeState(t, conversation("c1", 1, true, "2026-03-02T00:00:00Z"))
	stall.Store(true)
	f := func(name string, limit time.Duration, ask func(context.Context) error) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // or a question without an end would hold up the test
			defer cancel()
			began := time.Now()
			err := ask(ctx)
			if err == nil || !IsUnreachable(err) {
				t.Errorf("half an answer gave %v, want an error that tells of a server out of reach", err)
			}
			if took := time.Since(began); took < limit/2 || took > limit+2*time.Second {
				t.Errorf("it took %v, want %v", took, limit)
			}
		})
	}
	t.Run("all", func(t *testing.T) {
		f("load", cfg.LoadTimeout, func(ctx context.Context) error {
			_, err := store.LoadState(ctx, 3, 1, 0, 0)
			return err
		})
		f("find", cfg.Timeout, func(ctx context.Context) error {
			_, err := store.FindState(ctx, map[int32][]schemas.KeyID{3: {schemas.KeyIDOf("c/acme/c1")}})
			return err
		})
		f("find archive", cfg.Timeout, func(ctx context.Context) error {
			_, err := store.FindArchive(ctx, 3, 1)
			return err
		})
		f("last messages", cfg.Timeout, func(ctx context.Context) error {
			_, err := store.LastOutgoing(ctx)
			return err
		})
		f("forget", cfg.Timeout, func(ctx context.Context) error { return store.ForgetState(ctx, 3, 0) })
		f("settings", cfg.Timeout, func(ctx context.Context) error {
			_, err := store.Settings(ctx)
			return err
		})
		f("newest event", cfg.Timeout, func(ctx context.Context) error {
			_, err := store.NewestEvent(ctx, []string{"acme"})
			return err
		})
		f("companies", cfg.Timeout, func(ctx context.Context) error {
			_, err := store.Companies(ctx)
			return err
		})
	})
}
