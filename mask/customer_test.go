package mask

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

func TestCustomer(t *testing.T) {
	key, err := ReadKey("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")
	if err != nil {
		t.Fatal(err)
	}
	secret := make([]byte, 32)
	for i := range secret {
		secret[i] = byte(i)
	}
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("customer\x00c-1"))
	if got, want := key.Customer("c-1"), base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16]); got != want {
		t.Errorf("pseudonym %q, want %q", got, want)
	}
	// Written down, so that a change is noticed: stored pseudonyms must stay.
	if got, want := key.Customer("c-1"), "OKhB8_YwS0R-HJvVvzf9Rw"; got != want {
		t.Errorf("pseudonym %q, want %q", got, want)
	}
	other := NewKey()
	for _, different := range []string{key.Customer("c-2"), key.Customer("C-1"), key.Customer(" c-1"), key.Text("c-1"), other.Customer("c-1")} {
		if different == key.Customer("c-1") {
			t.Error("different ids, purposes or keys have the same pseudonym")
		}
	}
	if key.Customer("") != "" || len(key.Customer("x")) != 22 {
		t.Errorf("the empty id has %q, another %d characters", key.Customer(""), len(key.Customer("x")))
	}
	again, err := ReadKey(other.Secret())
	if err != nil || again.Customer("x") != other.Customer("x") {
		t.Errorf("a key that was stored and read again: %v", err)
	}
}

func TestKeyIsNotShown(t *testing.T) {
	key := NewKey()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if shown := fmt.Sprintf(verb, key) + fmt.Sprintf(verb, struct{ Key Key }{key}); strings.Trim(shown, "{}[]Kkeystrucma. :") != "" {
			t.Errorf("%s shows %s", verb, shown)
		}
	}
	for _, wrong := range []string{"", "short", key.Secret() + "A", key.Secret()[:42] + "!", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9"} {
		if _, err := ReadKey(wrong); err == nil || wrong != "" && strings.Contains(err.Error(), wrong) {
			t.Errorf("%q: error %v", wrong, err)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a key that was never made was used")
		}
	}()
	Key{}.Customer("x")
}
