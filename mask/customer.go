package mask

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

const (
	keySize  = 32 // bytes of a company's key
	hashSize = 16 // bytes of a hash that are kept: 22 characters
)

// A Key makes pseudonyms of what a company calls its customers. Who deletes the key has made it impossible to find out whom a
// pseudonym meant, or to make it again. Companies' keys differ, so that nobody can tell a customer of two companies.
type Key struct{ secret []byte }

// NewKey makes a key of random bytes.
func NewKey() Key {
	secret := make([]byte, keySize)
	rand.Read(secret) // never fails
	return Key{secret}
}

// ReadKey reads a key as Secret writes it. An error does not tell the key.
func ReadKey(text string) (Key, error) {
	secret, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(secret) != keySize {
		return Key{}, fmt.Errorf("read the key for customers: it is not base64url of %d bytes; make one with openssl rand 32 | basenc --base64url -w0 | tr -d =", keySize)
	}
	return Key{secret}, nil
}

// Secret returns the key's text, to be stored where secrets are.
func (k Key) Secret() string { return base64.RawURLEncoding.EncodeToString(k.secret) }

// Format hides the key, however it is printed.
func (k Key) Format(to fmt.State, _ rune) { to.Write([]byte("[key]")) }

// Customer returns the pseudonym of a customer's id: 22 characters of base64url, the first 128 bits of HMAC-SHA-256. The same id
// always has the same one, to the byte; an empty id has none. Customers of one company collide at odds of one in 10^20 for a
// billion of them.
func (k Key) Customer(id string) string {
	if id == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(k.sum("customer", id))
}

// ID returns the pseudonym of another id that has personal data in it: 32 letters from a to p, so that it cannot be taken for personal
// data itself.
func (k Key) ID(id string) string {
	if id == "" {
		return ""
	}
	return string(k.letters(nil, "id", id))
}

// Text returns what is stored of a text that a company wants hashed: the same text has the same hash. It is written as "[hash:…]"
// with 32 letters from a to p, so that it cannot be taken for anything else, and nothing can be hidden in what looks like one.
func (k Key) Text(text string) string {
	if text == "" {
		return ""
	}
	return string(append(k.letters([]byte(hashOpens), "text", text), ']'))
}

// letters appends a hash, two letters a byte.
func (k Key) letters(to []byte, purpose, value string) []byte {
	for _, b := range k.sum(purpose, value) {
		to = append(to, 'a'+b>>4, 'a'+b&15)
	}
	return to
}

const hashOpens = "[hash:"

// isHashed tells a text that Text has hashed.
func isHashed(text string) bool {
	letters, opens := strings.CutPrefix(text, hashOpens)
	letters, closes := strings.CutSuffix(letters, "]")
	return opens && closes && len(letters) == 2*hashSize && strings.Trim(letters, "abcdefghijklmnop") == ""
}

func (k Key) sum(purpose, value string) []byte {
	if len(k.secret) != keySize {
		panic("mask: a key was used that was never made")
	}
	h := hmac.New(sha256.New, k.secret)
	h.Write([]byte(purpose))
	h.Write([]byte{0})
	h.Write([]byte(value))
	return h.Sum(nil)[:hashSize]
}
