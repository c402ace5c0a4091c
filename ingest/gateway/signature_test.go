package gateway

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// vector is a signed request that other code than ours has signed.
type vector struct {
	Secret  string            `json:"secret"`
	At      time.Time         `json:"at"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"` // file in testdata
	ID      string            `json:"id"`
}

// request is what a Verifier is given.
type request struct {
	header http.Header
	body   []byte
}

// vectorOf reads the vector of an adapter, or of "standard".
func vectorOf(t testing.TB, name string) (vector, request) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "vectors", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var v vector
	if err := json.Unmarshal(content, &v); err != nil {
		t.Fatal(err)
	}
	r := request{header: http.Header{}}
	for name, value := range v.Headers {
		r.header.Set(name, value)
	}
	if r.body, err = os.ReadFile(filepath.Join("testdata", filepath.FromSlash(v.Body))); err != nil {
		t.Fatal(err)
	}
	return v, r
}

// verifiers are those of all vendors, and of Standard Webhooks.
func verifiers() map[string]Verifier {
	all := map[string]Verifier{"standard": VerifyStandard}
	for _, adapter := range Adapters {
		all[adapter.Name] = adapter.Verify
	}
	return all
}

// reasonOf is the reason in an error, "" if there is no error.
func reasonOf(err error) string {
	var refusal *Refusal
	var reject *schemas.Reject
	switch {
	case err == nil:
		return ""
	case errors.As(err, &refusal):
		return refusal.Reason
	case errors.As(err, &reject):
		return reject.Reason
	default:
		return "no reason: " + err.Error()
	}
}

// Requests that a program in another language signed are believed, with the first or the second secret of a rotation, up to the edges
// of the window.
func TestVectors(t *testing.T) {
	for name, verify := range verifiers() {
		v, r := vectorOf(t, name)
		f := func(secrets []string, at time.Time, want string) {
			t.Helper()
			id, err := verify(r.header, r.body, secrets, at)
			if reasonOf(err) != want || want == "" && id != v.ID || want != "" && id != "" {
				t.Errorf("%s: %q, %v; want %q, %q", name, id, err, v.ID, want)
			}
		}
		f([]string{v.Secret}, v.At, "")
		f([]string{"another", v.Secret}, v.At, "")
		f([]string{v.Secret, "another"}, v.At, "")
		f([]string{"", v.Secret}, v.At, "")
		f([]string{"another", "a third"}, v.At, ReasonWrongSignature)
		damaged := ReasonWrongSignature
		if name == "standard" {
			damaged = ReasonNoSecret // it is no base64 any more
		}
		f([]string{v.Secret + " "}, v.At, damaged)
		f([]string{""}, v.At, ReasonNoSecret)
		f(nil, v.At, ReasonNoSecret)
		timed := len(r.header) > 1
		if !timed {
			f([]string{v.Secret}, v.At.AddDate(1, 0, 0), "") // nothing says when it was signed
			continue
		}
		signed := signedAt(t, name, r)
		f([]string{v.Secret}, signed.Add(SignatureWindow), "")
		f([]string{v.Secret}, signed.Add(-SignatureWindow), "")
		f([]string{v.Secret}, signed.Add(SignatureWindow+time.Millisecond), ReasonStale)
		f([]string{v.Secret}, signed.Add(-SignatureWindow-time.Millisecond), ReasonStale)
	}
}

// signedAt is the time in a request's headers.
func signedAt(t testing.TB, name string, r request) time.Time {
	t.Helper()
	for _, header := range []string{"X-Chatwoot-Timestamp", standardTime} {
		if written := r.header.Get(header); written != "" {
			at, err := unixSeconds(written)
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
	}
	at, err := rfc3339(r.header.Get("X-Zendesk-Webhook-Signature-Timestamp"))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return at
}

// A header of the signature that is missing, empty, stands twice or is no signature.
func TestUnsigned(t *testing.T) {
	for name, verify := range verifiers() {
		v, r := vectorOf(t, name)
		for header, values := range r.header {
			if header == "X-Chatwoot-Delivery" {
				continue // not signed, and not looked at
			}
			for what, changed := range map[string][]string{"missing": nil, "empty": {""}, "twice": {values[0], values[0]}, "senseless": {"sense"}, "spaces": {" "}} {
				headers := maps.Clone(r.header)
				if headers[header] = changed; changed == nil {
					delete(headers, header)
				}
				_, err := verify(headers, r.body, []string{v.Secret}, v.At)
				if reason := reasonOf(err); reason != ReasonNotSigned && !(header == standardID && reason == ReasonWrongSignature) {
					t.Errorf("%s: %s %s: %v", name, header, what, err)
				}
			}
		}
	}
}

// Zendesk puts nothing between time and body: what is moved from one to the other keeps the signature, and must be refused all the same.
func TestZendeskBoundary(t *testing.T) {
	v, r := vectorOf(t, "zendesk")
	const header = "X-Zendesk-Webhook-Signature-Timestamp"
	written := r.header.Get(header)
	whole := written + string(r.body)
	for cut := range len(written) + 40 {
		if cut == len(written) {
			continue
		}
		headers := maps.Clone(r.header)
		headers[header] = []string{whole[:cut]}
		if id, err := zendesk.Verify(headers, []byte(whole[cut:]), []string{v.Secret}, v.At); err == nil {
			t.Errorf("believed with the time %q: %s", whole[:cut], id)
		}
	}
}

// Chatwoot and Standard Webhooks put a dot between time and body. What is moved over a dot of the body keeps the signature, too.
func TestDotBoundary(t *testing.T) {
	const written, body, secret = "1795339860", `{"event":"a.b","version":"4.5","id":1}`, "secret"
	now := time.Unix(1_795_339_860, 0)
	f := func(verify Verifier, timeHeader, signatureHeader, prefix string, encode func([]byte) string, before string) {
		t.Helper()
		whole, believed := written+"."+body, 0
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(before + whole))
		for cut := range len(whole) {
			if whole[cut] != '.' {
				continue
			}
			header := http.Header{}
			header.Set(timeHeader, whole[:cut])
			header.Set(signatureHeader, prefix+encode(mac.Sum(nil)))
			header.Set(standardID, "m1")
			if _, err := verify(header, []byte(whole[cut+1:]), []string{secret}, now); err == nil {
				believed++
			}
		}
		if believed != 1 {
			t.Errorf("%s: %d ways to part time and body are believed, want one", timeHeader, believed)
		}
	}
	f(chatwoot.Verify, "X-Chatwoot-Timestamp", "X-Chatwoot-Signature", "sha256=", hex.EncodeToString, "")
	f(VerifyStandard, standardTime, standardSignature, "v1,", base64.StdEncoding.EncodeToString, "m1.")
}

// What stands in the signed bytes decides what is a repetition; a header that is not signed does not.
func TestDeliveryID(t *testing.T) {
	v, r := vectorOf(t, "chatwoot")
	r.header.Set("X-Chatwoot-Delivery", "another")
	if id, err := chatwoot.Verify(r.header, r.body, []string{v.Secret}, v.At); err != nil || id != v.ID {
		t.Errorf("%q, %v; want %q", id, err, v.ID)
	}
}
