//go:build embedded

package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// directoryLock keeps a data directory for one process. The system drops it when the process ends, however it ends.
type directoryLock struct {
	file *os.File
}

// lockDirectory makes the directory if need be and locks it.
func lockDirectory(directory string) (*directoryLock, error) {
	if directory == "" {
		return nil, errors.New("no directory is configured; set embedded.data_dir")
	}
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return nil, fmt.Errorf("%w; name a directory that this user may write", err)
	}
	path := filepath.Join(directory, "floorwatch.lock")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("%w; name a directory that this user may write", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder := holderOf(path)
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("in use by %s; stop it or name another directory", holder)
		}
		return nil, fmt.Errorf("lock %s: %w; name a directory on a local disk", path, err)
	}
	if err := writeHolder(file); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("%w; make room or name another directory", err)
	}
	return &directoryLock{file: file}, nil
}

func writeHolder(file *os.File) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// holderOf says who holds the lock, as far as the lock file tells.
func holderOf(path string) string {
	content, err := os.ReadFile(path)
	process := strings.TrimSpace(string(content))
	if err != nil || process == "" {
		return "another process"
	}
	if process == strconv.Itoa(os.Getpid()) {
		return "this process already"
	}
	return "process " + process
}

func (l *directoryLock) release() error {
	return l.file.Close()
}
