package gateway

import (
	"crypto/sha256"
	"net/http"
	"strings"
	"time"
)

// Headers of Standard Webhooks 1.0.
const (
	standardID        = "Webhook-Id"
	standardTime      = "Webhook-Timestamp"
	standardSignature = "Webhook-Signature"
)

// maxSignatures is how many signatures a header may have: one for each secret of a rotation, and some of versions that we do not know.
const maxSignatures = 16

// VerifyStandard is the Verifier of Standard Webhooks 1.0, version v1: HMAC-SHA256 over id.timestamp.body. The header may have several
// signatures, one of which has to be right. Secrets are written whsec_ and base64, or as plain text. The id is the header webhook-id,
// which is signed.
func VerifyStandard(header http.Header, body []byte, secrets []string, now time.Time) (string, error) {
	id, err := only(header, standardID)
	if err != nil {
		return "", err
	}
	written, err := only(header, standardTime)
	if err != nil {
		return "", err
	}
	list, err := only(header, standardSignature)
	if err != nil {
		return "", err
	}
	at, err := unixSeconds(written)
	if err != nil {
		return "", &Refusal{ReasonNotSigned, "webhook-timestamp: must be whole seconds since 1970"}
	}
	if strings.Contains(id, ".") {
		return "", &Refusal{ReasonNotSigned, "webhook-id: must not have a dot, since a dot ends it in what is signed"}
	}
	if err := fresh(at, now); err != nil {
		return "", err
	}
	signatures := standardSignatures(list)
	if len(signatures) == 0 {
		return "", &Refusal{ReasonNotSigned, "webhook-signature: has no signature of version v1, such as v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="}
	}
	signed := append([]byte(id+"."+written+"."), body...)
	if err := matches(sha256.New, signed, signatures, standardSecrets(secrets)); err != nil {
		return "", err
	}
	return id, nil
}

// standardSignatures reads those of version v1; others are left to programs that know them.
func standardSignatures(list string) [][]byte {
	var signatures [][]byte
	for _, item := range strings.Fields(list) {
		encoded, ok := strings.CutPrefix(item, "v1,")
		if signature, err := base64Strict(encoded); ok && err == nil && len(signatures) < maxSignatures {
			signatures = append(signatures, signature)
		}
	}
	return signatures
}

func standardSecrets(secrets []string) [][]byte {
	keys := secretBytes(secrets)
	for i, secret := range secrets {
		if encoded, ok := strings.CutPrefix(secret, "whsec_"); ok {
			key, err := base64Strict(encoded)
			if keys[i] = key; err != nil {
				keys[i] = nil // half a key is none, and an empty one is never used
			}
		}
	}
	return keys
}
