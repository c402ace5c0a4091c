//go:build embedded

// Package enginetest gives tests a real ClickHouse engine behind an HTTP address. A process can have one engine, so a
// package's TestMain starts it and its tests share it, each in a database of its own.
package enginetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/floorwatch/floorwatch/deploy/embedded"
)

// LibraryVariable is the environment variable that names the engine library.
const LibraryVariable = "FLOORWATCH_EMBEDDED_LIBRARY"

// Version is the version of the npm package that the library comes from.
const Version = "26.7.3-stable.1"

// Library is the path of the engine library: that in the environment, else where `make engine` puts it.
func Library() string {
	if path := os.Getenv(LibraryVariable); path != "" {
		return path
	}
	_, file, _, _ := runtime.Caller(0)
	root := filepath.Join(filepath.Dir(file), "..", "..", "..")
	return filepath.Join(root, ".cache", "engine", Version, "libchdb.so")
}

// Missing says why the tests cannot run, or nothing. At home they are then skipped; in CI that is an error.
func Missing() (reason string, err error) {
	path := Library()
	if _, statErr := os.Stat(path); statErr != nil {
		reason = fmt.Sprintf("no engine library at %s; run `make engine`", path)
		if os.Getenv("CI") != "" {
			return reason, errors.New(reason)
		}
	}
	return reason, nil
}

// Start opens the engine on the directory and serves it on a free port. The URL is like http://127.0.0.1:40123.
func Start(dataDir, library string) (url string, stop func() error, err error) {
	engine, err := embedded.OpenEngine(embedded.EngineConfig{Library: library, DataDir: dataDir})
	if err != nil {
		return "", nil, err
	}
	server, err := embedded.Serve("127.0.0.1:0", embedded.NewFront(engine, embedded.FrontConfig{}))
	if err != nil {
		return "", nil, errors.Join(err, engine.Close())
	}
	stop = func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		return errors.Join(server.Close(ctx), engine.Close())
	}
	return "http://" + server.Address(), stop, nil
}
