package producer

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var clock = time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)

// pseudonymOf is that of a customer "x", by which tests tell keys apart.
func pseudonymOf(t testing.TB, k *keys, company string, at time.Time) string {
	t.Helper()
	key, err := k.of(company, at)
	if err != nil {
		t.Fatal(err)
	}
	return key.Customer("x")
}

// Each company has a key of its own, which all that share the directory have.
func TestKeys(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "not", "there")
	first, second := &keys{directory: directory}, &keys{directory: directory}
	acme := pseudonymOf(t, first, "acme", clock)
	if got := pseudonymOf(t, second, "acme", clock); got != acme {
		t.Error("two that share the directory have two keys")
	}
	if pseudonymOf(t, first, "globex", clock) == acme {
		t.Error("two companies have one key")
	}
	want := []string{"acme.key", "globex.key"}
	for company, file := range map[string]string{"": ".key", ".": "..key", "..": "...key", "../up": "..%2Fup.key", "a b/ü": "a%20b%2F%C3%BC.key", "Acme": "Acme.key"} {
		pseudonymOf(t, first, company, clock)
		want = append(want, file)
	}
	long := strings.Repeat("ü", 64)
	if pseudonymOf(t, first, long+"a", clock) == pseudonymOf(t, first, long+"b", clock) {
		t.Error("two companies with long names have one key")
	}
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", entry.Name(), info.Mode(), err)
		}
		if len(entry.Name()) < 100 {
			got = append(got, entry.Name())
		}
	}
	slices.Sort(want)
	if slices.Sort(got); !slices.Equal(want, got) || len(entries) != len(want)+2 {
		t.Errorf("files %q, want %q and two with long names", got, want)
	}
	if info, err := os.Stat(directory); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("directory: %v, %v", info.Mode(), err)
	}
}

// Processes that need a key at the same moment have the same one.
func TestKeysAtTheSameMoment(t *testing.T) {
	for range 20 {
		directory := t.TempDir()
		made := make([]string, 16)
		var group sync.WaitGroup
		for i := range made {
			group.Go(func() { made[i] = pseudonymOf(t, &keys{directory: directory}, "acme", clock) })
		}
		group.Wait()
		if slices.Sort(made); len(slices.Compact(made)) != 1 {
			t.Fatal("some have another key")
		}
		if left, err := os.ReadDir(directory); err != nil || len(left) != 1 {
			t.Fatalf("files %v, %v, want one", left, err)
		}
	}
}

// A key that was deleted is used for less than ten seconds more; after that all have the same new one.
func TestDeletedKey(t *testing.T) {
	directory := t.TempDir()
	first, second := &keys{directory: directory}, &keys{directory: directory}
	old := pseudonymOf(t, first, "acme", clock)
	pseudonymOf(t, second, "acme", clock.Add(4*time.Second))
	if err := os.Remove(first.file("acme")); err != nil {
		t.Fatal(err)
	}
	if pseudonymOf(t, first, "acme", clock.Add(keyPatience-1)) != old {
		t.Error("the file is read each time")
	}
	renewed := pseudonymOf(t, first, "acme", clock.Add(10*time.Second))
	if renewed == old {
		t.Error("a deleted key is still used after ten seconds")
	}
	if pseudonymOf(t, second, "acme", clock.Add(10*time.Second)) != renewed {
		t.Error("another process has another new key, or the old one")
	}
	if err := os.Remove(first.file("acme")); err != nil {
		t.Fatal(err)
	}
	if pseudonymOf(t, first, "acme", clock) == renewed {
		t.Error("a clock that went back keeps a deleted key")
	}
}

// A key that cannot be read is never replaced, and never told.
func TestUnreadableKey(t *testing.T) {
	f := func(change func(file string) error, want string) {
		t.Helper()
		k := &keys{directory: t.TempDir()}
		pseudonymOf(t, k, "acme", clock)
		if err := change(k.file("acme")); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := k.of("acme", clock.Add(time.Minute)); err == nil || !strings.HasPrefix(err.Error(), `read key of company "acme": `) || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want one with %q", err, want)
			}
		}
	}
	f(func(file string) error { return os.WriteFile(file, nil, 0o600) }, "restore the file from a copy, or delete it and give up all pseudonyms")
	f(func(file string) error { return os.WriteFile(file, []byte("secret"), 0o600) }, "it is not base64url of 32 bytes")
	f(func(file string) error { return errors.Join(os.Remove(file), os.Mkdir(file, 0o700)) }, "is a directory")
	f(func(file string) error {
		return errors.Join(os.RemoveAll(filepath.Dir(file)), os.WriteFile(filepath.Dir(file), nil, 0o600))
	}, "not a directory")
}
