package datatest

import (
	"os"
	"runtime"
	"testing"
)

// recorder is a test that notes how it ended.
type recorder struct {
	testing.TB
	end string
}

func (r *recorder) Helper()               {}
func (r *recorder) Skipf(string, ...any)  { r.end = "skipped"; runtime.Goexit() }
func (r *recorder) Fatalf(string, ...any) { r.end = "failed"; runtime.Goexit() }

func TestPath(t *testing.T) {
	f := func(ci, name, want string) {
		t.Helper()
		t.Setenv("CI", ci)
		r := &recorder{TB: t, end: "found"}
		done := make(chan bool)
		go func() {
			defer close(done)
			if path := Path(r, name); path == "" {
				r.end = "no path"
			} else if _, err := os.Stat(path); err != nil {
				r.end = err.Error()
			}
		}()
		<-done
		if r.end != want {
			t.Errorf("CI=%q, %s: %s, want %s", ci, name, r.end, want)
		}
	}
	f("", "no-such-folder/no-such-file", "skipped")
	f("true", "no-such-folder/no-such-file", "failed")
	f("", "../../"+repositoryFile(t), "found")
	f("true", "../../"+repositoryFile(t), "found")
}

// repositoryFile names a file that is always there, by way of the repository's own folder: the data may be missing.
func repositoryFile(t *testing.T) string {
	t.Helper()
	info, err := os.Stat(root(t))
	if err != nil {
		t.Fatal(err)
	}
	return info.Name() + "/go.mod"
}
