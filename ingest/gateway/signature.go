package gateway

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// SignatureWindow is how far the time of a signature may be from the clock, either way. A request that is repeated later is refused.
const SignatureWindow = 5 * time.Minute

// Reasons for not believing a request.
const (
	ReasonNotSigned      = "not_signed"      // a header of the signature is missing, stands twice or cannot be read
	ReasonWrongSignature = "wrong_signature" // no secret gives this signature over these bytes
	ReasonStale          = "stale"           // it was signed too long ago, or in the future
	ReasonNoSecret       = "no_secret"       // there is no secret to check it with
)

// Refusal tells why a request is not believed. It never repeats a signature or a secret.
type Refusal struct {
	Reason string
	Detail string // what is wrong and what would be right
}

func (r *Refusal) Error() string { return r.Reason + ": " + r.Detail }

// hmacScheme is how a vendor signs: an HMAC over the body, or over a time, a separator and the body.
type hmacScheme struct {
	header   string // of the signature
	prefix   string // before it
	decode   func(string) ([]byte, error)
	hash     func() hash.Hash
	timeOf   string // header of the time, "" if the vendor signs none
	readTime func(string) (time.Time, error)
	between  string   // between time and body
	delivery []string // where the body has the delivery's id; if nowhere, the body's hash is the id
}

// verify is a Verifier.
func (s hmacScheme) verify(header http.Header, body []byte, secrets []string, now time.Time) (string, error) {
	given, err := only(header, s.header)
	if err != nil {
		return "", err
	}
	encoded, ok := strings.CutPrefix(given, s.prefix)
	signature, err := s.decode(encoded)
	if !ok || err != nil {
		return "", &Refusal{ReasonNotSigned, s.header + ": is not a signature of this vendor"}
	}
	var signed []byte
	if s.timeOf != "" {
		written, err := only(header, s.timeOf)
		if err != nil {
			return "", err
		}
		at, err := s.readTime(written)
		if err != nil {
			return "", &Refusal{ReasonNotSigned, s.timeOf + ": is not a time as this vendor writes it"}
		}
		if err := fresh(at, now); err != nil {
			return "", err
		}
		signed = append(signed, written+s.between...)
	}
	signed = append(signed, body...)
	if err := matches(s.hash, signed, [][]byte{signature}, secretBytes(secrets)); err != nil {
		return "", err
	}
	return s.deliveryID(body), nil
}

// deliveryID is taken from what is signed only: a header that is not could be changed by whoever repeats the request.
func (s hmacScheme) deliveryID(body []byte) string {
	if len(s.delivery) > 0 {
		if parsed, err := parse(body); err == nil {
			if id := parsed.text(s.delivery...); id != "" {
				return id
			}
		}
	}
	sum := sha256.Sum256(body)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// only is the value of a header that must stand there once.
func only(header http.Header, name string) (string, error) {
	values := header.Values(name)
	if len(values) != 1 || values[0] == "" {
		return "", &Refusal{ReasonNotSigned, name + ": must be there, once; set the secret where the webhook is sent from"}
	}
	return values[0], nil
}

// fresh refuses a time outside the window.
func fresh(at, now time.Time) error {
	if age := now.Sub(at); age > SignatureWindow || age < -SignatureWindow {
		return &Refusal{ReasonStale, fmt.Sprintf("it was signed more than %v minutes from now; check both clocks", SignatureWindow.Minutes())}
	}
	return nil
}

// matches compares every signature with what every secret gives, in a time that does not depend on them.
func matches(newHash func() hash.Hash, signed []byte, signatures, secrets [][]byte) error {
	usable, same := false, false
	for _, secret := range secrets {
		if len(secret) == 0 {
			continue // everybody knows it
		}
		usable = true
		mac := hmac.New(newHash, secret)
		mac.Write(signed)
		sum := mac.Sum(nil)
		for _, signature := range signatures {
			same = hmac.Equal(sum, signature) || same
		}
	}
	switch {
	case !usable:
		return &Refusal{ReasonNoSecret, "no secret is configured for this webhook"}
	case !same:
		return &Refusal{ReasonWrongSignature, "the signature is not one of this webhook's secrets over these bytes; check the secret, and that nothing on the way changes the body"}
	default:
		return nil
	}
}

func secretBytes(secrets []string) [][]byte {
	keys := make([][]byte, len(secrets))
	for i, secret := range secrets {
		keys[i] = []byte(secret)
	}
	return keys
}

// unixSeconds reads a time in whole seconds since 1970, digits only.
func unixSeconds(text string) (time.Time, error) {
	seconds, err := strconv.ParseUint(text, 10, 40)
	return time.Unix(int64(seconds), 0), err
}

func rfc3339(text string) (time.Time, error) { return time.Parse(time.RFC3339Nano, text) }

// base64Strict takes one way of writing only, so that a signature cannot be written differently.
var base64Strict = base64.StdEncoding.Strict().DecodeString
