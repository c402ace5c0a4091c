package gateway

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
)

// A file of a secret that cannot be read any more is told once, and once that it can; what is in it is not.
func TestWatchSecrets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	write := func(secret string) {
		if err := os.WriteFile(path, []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a-secret-of-acme")
	synctest.Test(t, func(t *testing.T) {
		files, err := openSecrets([]string{path}, minSecretBytes, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		keys, _ := openSecrets(nil, minKeyBytes, time.Now())
		var log bytes.Buffer
		g := &Gateway{sources: sources{"desk": {name: "desk", secrets: files, keys: keys}}, clock: time.Now, logger: zerolog.New(&log)}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { g.watchSecrets(ctx); close(ended) }()
		wait := func(want int) {
			t.Helper()
			time.Sleep(3*secretsAge + time.Second)
			synctest.Wait()
			if got := strings.Count(log.String(), "\n"); got != want {
				t.Errorf("%d lines, want %d:\n%s", got, want, log.String())
			}
		}
		wait(0)
		write("whsec_zq7canary!")
		wait(1)
		write("another-of-acme")
		wait(2)
		stop()
		<-ended
		if text := log.String(); strings.Contains(text, "canary") || !strings.Contains(text, "no base64") || !strings.Contains(text, "are read again") {
			t.Error(text)
		}
	})
}
