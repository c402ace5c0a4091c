package gateway

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"strings"
	"testing"
)

// Intercom counts its attempts in the body: the second is another body with the same id, and means the same events.
func TestIntercomSendsAgain(t *testing.T) {
	b := newBench(t, nil)
	v, first := vectorOf(t, "intercom")
	b.now = v.At
	before := b.post("acme-intercom", first)
	b.want("the first attempt", before, 200, "")
	second := request{header: first.header.Clone(), body: []byte(strings.Replace(string(first.body), `"delivery_attempts": 1`, `"delivery_attempts": 2`, 1))}
	mac := hmac.New(sha1.New, []byte(v.Secret))
	mac.Write(second.body)
	second.header.Set("X-Hub-Signature", "sha1="+hex.EncodeToString(mac.Sum(nil)))
	after := b.post("acme-intercom", second)
	b.want("the second attempt", after, 200, "")
	if after.text != before.text || string(second.body) == string(first.body) {
		t.Errorf("first %s, second %s", before.text, after.text)
	}
	b.counted("gateway_repeats acme-intercom", 0)
}
