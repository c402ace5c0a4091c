package producer

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/floorwatch/floorwatch/mask"
	"github.com/floorwatch/floorwatch/schemas"
)

// keys are the companies' keys for pseudonyms, a file each. Several processes may share the directory: the first that needs a key
// makes it, the others read it. Whoever deletes a file has deleted the key; from then on the company has another one.
type keys struct {
	directory string
	mutex     sync.Mutex
	known     map[string]knownKey
}

type knownKey struct {
	key    mask.Key
	readAt time.Time
}

// keyPatience is how long a key is used without a look at its file.
const keyPatience = 5 * time.Second

// of returns a company's key, and makes one if it has none.
func (k *keys) of(company string, now time.Time) (mask.Key, error) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if known, ok := k.known[company]; ok {
		if age := now.Sub(known.readAt); age >= 0 && age < keyPatience {
			return known.key, nil
		}
	}
	delete(k.known, company)
	key, err := k.read(company)
	if errors.Is(err, fs.ErrNotExist) {
		if err = k.create(company); err == nil {
			key, err = k.read(company) // perhaps that of another process, which was first
		}
	}
	if err != nil {
		return mask.Key{}, fmt.Errorf("read key of company %q: %w", company, err)
	}
	if k.known == nil {
		k.known = map[string]knownKey{}
	}
	k.known[company] = knownKey{key, now}
	return key, nil
}

func (k *keys) read(company string) (mask.Key, error) {
	file := k.file(company)
	text, err := os.ReadFile(file)
	if err != nil {
		return mask.Key{}, err
	}
	key, err := mask.ReadKey(strings.TrimSpace(string(text)))
	if err != nil {
		return mask.Key{}, fmt.Errorf("%s: %w; restore the file from a copy, or delete it and give up all pseudonyms", file, err)
	}
	return key, nil
}

// create makes a company's key. The file is there as a whole or not at all, and never replaces another one's.
func (k *keys) create(company string) (err error) {
	if err := os.MkdirAll(k.directory, 0o700); err != nil {
		return err
	}
	made := filepath.Join(k.directory, ".new-"+rand.Text())
	file, err := os.OpenFile(made, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(made)) }()
	_, err = file.WriteString(mask.NewKey().Secret() + "\n")
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Link(made, k.file(company)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDirectory(k.directory)
}

// syncDirectory makes names in a directory survive a loss of power.
func syncDirectory(path string) error {
	directory, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}

// maxFileName leaves room for the ending in what file systems allow.
const maxFileName = 200

// file is where the key of a company is: its name, escaped as in a Kafka key. One that would be too long ends in a hash of it.
func (k *keys) file(company string) string {
	name := schemas.EscapeKeyPart(company)
	if len(name) > maxFileName {
		sum := sha256.Sum256([]byte(company))
		name = name[:maxFileName-2*sha256.Size] + hex.EncodeToString(sum[:])
	}
	return filepath.Join(k.directory, name+".key")
}
