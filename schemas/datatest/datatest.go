// Package datatest finds test data that is too large or too foreign for the repository: the folder shared/data beside it. Only tests
// import it.
package datatest

import (
	"os"
	"path/filepath"
	"testing"
)

// Path returns the path of a file in ../shared/data, seen from the root of the repository. The name has slashes, as in
// "hostile/blns.json". When the file is missing the test is skipped; where the environment has CI set, it fails, since a check
// that nobody runs is none.
func Path(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(root(t), "..", "shared", "data", filepath.FromSlash(name))
	_, err := os.Stat(path)
	switch {
	case err == nil:
		return path
	case os.Getenv("CI") != "":
		t.Fatalf("find test data: %v; with CI set it must be there", err)
	case os.IsNotExist(err):
		t.Skipf("find test data: %s is not in ../shared/data beside the repository", name)
	default:
		t.Fatalf("find test data: %v", err)
	}
	return ""
}

// root returns the folder of go.mod at or above the working directory, which is that of the package under test.
func root(t testing.TB) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatalf("find the repository: %v", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			t.Fatal("find the repository: no go.mod at or above the working directory")
		}
		folder = parent
	}
}
