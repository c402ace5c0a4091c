package datatest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path"
	"testing"
)

// Unzipped returns the content of a gzip file, found as Path finds it.
func Unzipped(t testing.TB, name string) []byte {
	t.Helper()
	file, err := os.Open(Path(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	content, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(content)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// JSONTestSuite returns the suite's files by name. The name says what a parser must do: y_ take, n_ refuse, i_ either.
func JSONTestSuite(t testing.TB) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for archive := tar.NewReader(bytes.NewReader(Unzipped(t, "hostile/JSONTestSuite.tar.gz"))); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if path.Dir(header.Name) != "test_parsing" || header.Typeflag != tar.TypeReg {
			continue
		}
		if files[path.Base(header.Name)], err = io.ReadAll(archive); err != nil {
			t.Fatal(err)
		}
	}
}

// NaughtyStrings returns the big list of naughty strings.
func NaughtyStrings(t testing.TB) []string {
	t.Helper()
	content, err := os.ReadFile(Path(t, "hostile/blns.json"))
	if err != nil {
		t.Fatal(err)
	}
	var naughty []string
	if err := json.Unmarshal(content, &naughty); err != nil {
		t.Fatal(err)
	}
	return naughty
}
