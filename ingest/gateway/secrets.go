package gateway

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// Limits of what proves who a sender is.
const (
	minSecretBytes = 8 // vendors choose them
	minKeyBytes    = 24
	maxSecretBytes = 4 << 10
)

// secretsAge is after how long files of secrets are read again, so that a new secret needs no restart.
const secretsAge = 10 * time.Second

// secretFiles are the secrets of one source, read from files, one in each. They are never shown: not by Format either.
type secretFiles struct {
	paths []string
	least int // bytes of each

	mutex   sync.Mutex
	secrets []string
	hashes  [][sha256.Size]byte // of the secrets, to compare API keys by
	readAt  time.Time
	problem error // of the latest reading; the secrets are those of before then
}

// openSecrets reads secrets for the first time: then all of them must be there.
func openSecrets(paths []string, least int, now time.Time) (*secretFiles, error) {
	f := &secretFiles{paths: paths, least: least}
	f.refresh(now)
	if f.problem != nil {
		return nil, f.problem
	}
	return f, nil
}

// Format hides what is in them.
func (f *secretFiles) Format(to fmt.State, _ rune) { fmt.Fprintf(to, "[%d secrets]", len(f.paths)) }

// all are the secrets of now. The error is of reading files again; the secrets before it go on.
func (f *secretFiles) all(now time.Time) ([]string, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.refresh(now)
	return f.secrets, f.problem
}

// has tells whether a key is one of them, in a time that does not depend on how much of it is right: hashes are compared.
func (f *secretFiles) has(hash [sha256.Size]byte, now time.Time) bool {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.refresh(now)
	for _, known := range f.hashes {
		if known == hash {
			return true
		}
	}
	return false
}

func (f *secretFiles) refresh(now time.Time) {
	if age := now.Sub(f.readAt); !f.readAt.IsZero() && age >= 0 && age < secretsAge {
		return
	}
	f.readAt = now
	var secrets []string
	var hashes [][sha256.Size]byte
	for _, path := range f.paths {
		secret, err := readSecret(path, f.least)
		if f.problem = err; err != nil {
			return
		}
		secrets, hashes = append(secrets, secret), append(hashes, sha256.Sum256([]byte(secret)))
	}
	f.secrets, f.hashes = secrets, hashes
}

// readSecret reads a file with one secret. An error never tells what is in it.
func readSecret(path string, least int) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read secret: %w", err)
	}
	secret := strings.TrimSpace(string(content))
	switch {
	case len(secret) < least || len(secret) > maxSecretBytes:
		return "", fmt.Errorf("read secret %s: it has %d bytes, must be %d to %d; make one with openssl rand -hex 32", path, len(secret), least, maxSecretBytes)
	case strings.ContainsAny(secret, " \t\r\n"):
		return "", fmt.Errorf("read secret %s: it has white space inside; a file has one secret", path)
	case !readableStandard(secret):
		return "", fmt.Errorf("read secret %s: what follows whsec_ is no base64; copy the secret whole, or make one as docs/gateway.md says", path)
	}
	return secret, nil
}

// readableStandard tells whether a secret that says it is one of Standard Webhooks can be used: else all that is signed with it is refused.
func readableStandard(secret string) bool {
	encoded, ok := strings.CutPrefix(secret, "whsec_")
	if !ok {
		return true
	}
	key, err := base64Strict(encoded)
	return err == nil && len(key) > 0
}

// watchSecrets reads files of secrets again, whether requests come or not, and tells what is wrong with them, until ctx ends.
func (g *Gateway) watchSecrets(ctx context.Context) {
	told := map[string]string{}
	ticker := time.NewTicker(secretsAge)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			g.tellSecrets(told)
		}
	}
}

// tellSecrets tells of each source once what is wrong, until that is another thing or over. Told is what it told before.
func (g *Gateway) tellSecrets(told map[string]string) {
	problems := g.sources.problems(g.clock())
	for name, err := range problems {
		if told[name] != err.Error() {
			told[name] = err.Error()
			g.logger.Warn().Err(err).Str("source", name).Msg("secrets not read again: those of before hold; mend the file")
		}
	}
	for name := range told {
		if problems[name] == nil {
			delete(told, name)
			g.logger.Info().Str("source", name).Msg("secrets are read again")
		}
	}
}
