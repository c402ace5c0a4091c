package gateway

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Everything that is wrong is told at once, each with its key.
func TestConfig(t *testing.T) {
	f := func(change func(*Config), want ...string) {
		t.Helper()
		config := DefaultConfig()
		config.Sources = map[string]SourceConfig{
			"desk":     {Company: "acme", APIKeyFiles: []string{"key"}},
			"chatwoot": {Company: "acme", Kind: "chatwoot", SecretFiles: []string{"secret"}, Prefix: "cw-", Account: "1"},
		}
		change(&config)
		var got []string
		if err := config.Validate(); err != nil {
			got = strings.Split(err.Error(), "\n")
		}
		if len(got) != len(want) {
			t.Fatalf("got %q, want %q", got, want)
		}
		for i := range want {
			if !strings.HasPrefix(got[i], want[i]) {
				t.Errorf("got %q, want %q…", got[i], want[i])
			}
		}
	}
	source := func(name string, s SourceConfig) func(*Config) {
		return func(c *Config) { c.Sources = map[string]SourceConfig{name: s} }
	}
	f(func(*Config) {})
	f(func(c *Config) { c.Sources = nil })
	f(func(c *Config) { c.Listen = "8090" }, `listen: is "8090"`)
	f(func(c *Config) { c.Listen = "a:b" }, `listen: is "a:b"`)
	f(func(c *Config) { c.Encoding = "avro" }, `encoding: is "avro", must be json or protobuf`)
	f(func(c *Config) { c.CertFile = "cert.pem" }, "cert_file, key_file: only one")
	f(func(c *Config) { c.WaitTimeout, c.Linger = time.Millisecond, time.Minute }, "wait_timeout: is 1ms", "linger: is 1m")
	f(func(c *Config) { c.Limits = Limits{} }, "limits.body_bytes: is 0, must be from 1024 to 1048576", "limits.events", "limits.header_bytes",
		"limits.header_timeout", "limits.requests", "limits.connections", "limits.events_per_second", "limits.events_at_once")
	f(func(c *Config) { c.Limits.UnpackedBytes = 1 }, "limits.unpacked_bytes: is 1, must be from 1048576")
	f(func(c *Config) { c.Limits.RememberedAnswers = -1 }, "limits.remembered_answers")
	f(source("Desk", SourceConfig{Company: "acme", APIKeyFiles: []string{"key"}}), "sources.Desk.name: must be")
	f(source("desk", SourceConfig{}), "sources.desk.company: is", "sources.desk.secret_files: is empty")
	f(source("desk", SourceConfig{Company: "acme", Kind: "slack", SecretFiles: []string{"s"}}), `sources.desk.kind: is "slack", must be one of events, chatwoot, zendesk, intercom, respondio`)
	f(source("desk", SourceConfig{Company: "acme", Kind: "zendesk", APIKeyFiles: []string{"s"}}), "sources.desk.api_key_files: zendesk signs")
	f(source("desk", SourceConfig{Company: "acme", Prefix: "p", APIKeyFiles: []string{"s"}}), "sources.desk.prefix, account:")
	f(source("desk", SourceConfig{Company: "acme", APIKeyFiles: []string{"s"}, Poll: PollConfig{URL: "https://chat.example.com"}}), "sources.desk.poll: events has nothing")
	f(source("desk", SourceConfig{Company: "acme", Kind: "chatwoot", SecretFiles: []string{"s"}, Poll: PollConfig{URL: "chat", Interval: time.Hour}}),
		"sources.desk.poll.url: is no address", "sources.desk.poll.account: is", "sources.desk.poll.token_file: is empty", "sources.desk.poll.interval: is 1h")
	f(source("desk", SourceConfig{Company: "acme", Kind: "chatwoot", SecretFiles: []string{"s"}, Account: "3", Poll: PollConfig{URL: "https://chat.example.com", Account: "4", TokenFile: "t"}}),
		`sources.desk.poll.account: is "4", and that of the webhooks is "3"`)
	f(source("desk", SourceConfig{Company: "acme", Kind: "chatwoot", SecretFiles: []string{"s"}, Account: "3", Poll: PollConfig{URL: "https://chat.example.com", TokenFile: "t"}}))
	f(source("desk", SourceConfig{Company: "acme", APIKeyFiles: []string{"s"}, EventsPerSecond: -1, EventsAtOnce: -1}), "sources.desk.events_per_second", "sources.desk.events_at_once")
}

// Secrets that cannot be read end the start, all told at once and none shown.
func TestSecretsAtTheStart(t *testing.T) {
	folder := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := file("good", "  canary-key-of-acme-0123456789abcdef \r\n")
	f := func(sources map[string]SourceConfig, want ...string) {
		t.Helper()
		config := DefaultConfig()
		config.Sources = sources
		_, err := openSources(config, now)
		if err == nil && len(want) > 0 || err != nil && len(want) == 0 {
			t.Fatalf("error %v, want %q", err, want)
		}
		for _, text := range want {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("%v: does not tell %q", err, text)
			}
		}
		if err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("%v: tells a secret", err)
		}
	}
	key := func(path string) SourceConfig { return SourceConfig{Company: "acme", APIKeyFiles: []string{path}} }
	f(map[string]SourceConfig{"a": key(good)})
	f(map[string]SourceConfig{"a": key(file("short", "canary")), "b": key(filepath.Join(folder, "none"))}, "a: read secret", "has 6 bytes, must be 24 to", "b: read secret", "no such file")
	f(map[string]SourceConfig{"a": key(file("two", "canary-0123456789abcdef0123456789\ncanary-0123456789abcdef0123456789"))}, "white space inside")
	f(map[string]SourceConfig{"a": key(file("empty", "\n"))}, "has 0 bytes")
	f(map[string]SourceConfig{"a": key(folder)}, "a: read secret")
	f(map[string]SourceConfig{"a": key(good), "b": key(good)}, "a and b have the same API key")
}
