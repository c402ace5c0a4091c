package gateway

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Intercom counts its attempts in the body: the second is another body with the same id, and means the same events.
func TestIntercomSendsAgain(t *testing.T) {
	b := newBench(t, nil)
	v, first := vectorOf(t, "intercom")
	b.now = v.At
	before := b.post("acme-intercom", first)
	b.want("the first attempt", before, 200, "")
	second := request{header: first.header.Clone(), body: []byte(strings.Replace(string(first.body), `"delivery_attempts": 1`, `"delivery_attempts": 2`, 1))}
	mac := hmac.New(sha1.New, []byte(v.Secret))
	mac.Write(second.body)
	second.header.Set("X-Hub-Signature", "sha1="+hex.EncodeToString(mac.Sum(nil)))
	after := b.post("acme-intercom", second)
	b.want("the second attempt", after, 200, "")
	if after.text != before.text || string(second.body) == string(first.body) {
		t.Errorf("first %s, second %s", before.text, after.text)
	}
	b.counted("gateway_repeats acme-intercom", 0)
}

// An app has one secret for all its workspaces: only accounts tell those of two companies apart.
func TestSecretOfTwoCompanies(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("secret-of-an-app"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(what string, a, b SourceConfig, refused bool) {
		t.Helper()
		a.SecretFiles, b.SecretFiles = []string{secret}, []string{secret}
		_, err := openSources(Config{Limits: DefaultConfig().Limits, Sources: map[string]SourceConfig{"a": a, "b": b}}, now)
		if (err != nil) != refused || err != nil && strings.Contains(err.Error(), "secret-of-an-app") {
			t.Errorf("%s: %v", what, err)
		}
	}
	f("no accounts", SourceConfig{Company: "acme", Kind: "intercom"}, SourceConfig{Company: "globex", Kind: "intercom"}, true)
	f("one account", SourceConfig{Company: "acme", Kind: "intercom", Account: "1"}, SourceConfig{Company: "globex", Kind: "intercom"}, true)
	f("the same account", SourceConfig{Company: "acme", Kind: "intercom", Account: "1"}, SourceConfig{Company: "globex", Kind: "intercom", Account: "1"}, true)
	f("two accounts", SourceConfig{Company: "acme", Kind: "intercom", Account: "1"}, SourceConfig{Company: "globex", Kind: "intercom", Account: "2"}, false)
	f("bodies without accounts", SourceConfig{Company: "acme", Kind: "respondio", Account: "1"}, SourceConfig{Company: "globex", Kind: "respondio", Account: "2"}, true)
	f("one company", SourceConfig{Company: "acme", Kind: "intercom"}, SourceConfig{Company: "acme", Kind: "intercom"}, false)
	f("two kinds", SourceConfig{Company: "acme"}, SourceConfig{Company: "globex", Kind: "intercom"}, false)
	f("our own", SourceConfig{Company: "acme"}, SourceConfig{Company: "globex"}, true)
}
