package gateway

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Standard Webhooks: the list of signatures, the two forms of secrets, and ids and times that are not as they must be.
func TestVerifyStandard(t *testing.T) {
	now := time.Unix(1_795_339_860, 0)
	body := []byte(`{"type":"message"}`)
	sign := func(secret, id, at string) string {
		mac := hmac.New(sha256.New, []byte(secret))
		fmt.Fprintf(mac, "%s.%s.%s", id, at, body)
		return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	f := func(id, at, signatures string, secrets []string, want string) {
		t.Helper()
		header := http.Header{}
		header.Set("webhook-id", id)
		header.Set("webhook-timestamp", at)
		header.Set("webhook-signature", signatures)
		got, err := VerifyStandard(header, body, secrets, now)
		if reasonOf(err) != want || want == "" && got != id {
			t.Errorf("%s %s %s %q: %q, %v; want %q", id, at, signatures, secrets, got, err, want)
		}
	}
	const at = "1795339860"
	right, old, wrong := sign("new", "m1", at), sign("old", "m1", at), sign("other", "m1", at)
	whsec := "whsec_" + base64.StdEncoding.EncodeToString([]byte("new"))
	f("m1", at, right, []string{"new"}, "")
	f("m1", at, right, []string{whsec}, "")
	f("m1", at, right, []string{"old", "new"}, "")
	f("m1", at, old+" "+right, []string{"new"}, "")
	f("m1", at, wrong+" "+right, []string{"old", "new"}, "")
	f("m1", at, "v1a,AAAA v2,x "+right, []string{"new"}, "")
	f("m1", at, wrong, []string{"old", "new"}, ReasonWrongSignature)
	f("m2", at, right, []string{"new"}, ReasonWrongSignature)
	f("m1", "1795339861", right, []string{"new"}, ReasonWrongSignature)
	f("m1", at, strings.Repeat(wrong+" ", maxSignatures)+right, []string{"new"}, ReasonWrongSignature) // too many to look at
	f("m1", at, strings.TrimPrefix(right, "v1,"), []string{"new"}, ReasonNotSigned)
	f("m1", at, "v1,", []string{"whsec_"}, ReasonNoSecret)
	f("m1", at, right, []string{"whsec_not base64"}, ReasonNoSecret)
	f("m1", "2026-11-22T09:31:00Z", right, []string{"new"}, ReasonNotSigned)
	f("m1", "+1795339860", sign("new", "m1", "+1795339860"), []string{"new"}, ReasonNotSigned)
	f("m1", "1795339500", sign("new", "m1", "1795339500"), []string{"new"}, ReasonStale)
	f("m.1", at, sign("new", "m.1", at), []string{"new"}, ReasonNotSigned)
	f("", at, right, []string{"new"}, ReasonNotSigned)
}
