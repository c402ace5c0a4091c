package gateway

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"
)

// forgedRequests is how many requests each verifier must refuse.
const forgedRequests = 4_000

// forgery changes a good request, or what it is checked with, in one way that must not be believed.
type forgery struct {
	secrets []string
	now     time.Time
	request
}

// Requests that are forged, stale, replayed with a change or sent to another company's address: all are refused, for each vendor and
// Standard Webhooks. The good request between them is believed every time.
func TestForgedRequests(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 2026))
	ways := []func(*rand.Rand, *forgery) string{changedBody, changedSignature, otherSecret, otherBody, strippedHeader, stale, movedTime}
	total, refused := 0, map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(verifiers())) {
		verify := verifiers()[name]
		v, good := vectorOf(t, name)
		secrets := []string{v.Secret, "the old one"}
		for range forgedRequests {
			f := forgery{secrets: secrets, now: v.At, request: request{header: maps.Clone(good.header), body: slices.Clone(good.body)}}
			way := ways[random.IntN(len(ways))](random, &f)
			if way == "" {
				continue // this vendor has nothing to change that way
			}
			if _, err := verify(f.header, f.body, f.secrets, f.now); err == nil {
				t.Fatalf("%s: believed although %s: %v %q", name, way, f.header, f.body)
			} else if reasonOf(err) == ReasonNoSecret {
				t.Fatalf("%s: %s: %v", name, way, err)
			}
			total++
			refused[name+": "+way]++
			if total%100 == 0 {
				if _, err := verify(good.header, good.body, secrets, v.At); err != nil {
					t.Fatalf("%s: the good request is refused: %v", name, err)
				}
			}
		}
	}
	if total < 10_000 {
		t.Errorf("only %d forged requests", total)
	}
	for name := range verifiers() {
		for _, way := range []string{"a byte of the body is another", "the secret is another company's", "the signature is another", "the body is another's", "a header is missing"} {
			if refused[name+": "+way] < 100 {
				t.Errorf("%s: %s: only %d requests", name, way, refused[name+": "+way])
			}
		}
	}
}

// changedBody changes, adds or takes away a byte.
func changedBody(random *rand.Rand, f *forgery) string {
	i := random.IntN(len(f.body))
	switch random.IntN(3) {
	case 0:
		f.body[i] ^= byte(1 + random.IntN(255))
	case 1:
		f.body = slices.Insert(f.body, i, byte(random.IntN(256)))
	default:
		f.body = slices.Delete(f.body, i, i+1)
	}
	return "a byte of the body is another"
}

// signatureHeaders are those that carry signatures.
var signatureHeaders = []string{"X-Chatwoot-Signature", "X-Zendesk-Webhook-Signature", "X-Hub-Signature", "X-Webhook-Signature", standardSignature}

// changedSignature changes characters of the signature itself, not only of what stands around it.
func changedSignature(random *rand.Rand, f *forgery) string {
	for _, name := range signatureHeaders {
		value := []byte(f.header.Get(name))
		if len(value) == 0 {
			continue
		}
		i := len(value) - 1 - random.IntN(20)
		value[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef0123456789"[random.IntN(42)]
		if hexDigits := name == "X-Chatwoot-Signature" || name == "X-Hub-Signature"; string(value) == f.header.Get(name) ||
			hexDigits && asLower(value[i]) == asLower(f.header.Get(name)[i]) {
			return ""
		}
		f.header.Set(name, string(value))
	}
	return "the signature is another"
}

func asLower(b byte) byte { return b | 0x20 }

// otherSecret is a request of one company at the address of another.
func otherSecret(random *rand.Rand, f *forgery) string {
	f.secrets = []string{fmt.Sprint("secret of globex ", random.Uint64()), fmt.Sprint(random.Uint64())}
	return "the secret is another company's"
}

// otherBody is a genuine signature over something else.
func otherBody(random *rand.Rand, f *forgery) string {
	f.body = fmt.Appendf(nil, `{"event":"message_created","id":%d}`, random.Uint64())
	return "the body is another's"
}

func strippedHeader(random *rand.Rand, f *forgery) string {
	names := slices.Sorted(maps.Keys(f.header))
	names = slices.DeleteFunc(names, func(name string) bool { return name == "X-Chatwoot-Delivery" })
	delete(f.header, names[random.IntN(len(names))])
	return "a header is missing"
}

// stale is a genuine request at another time.
func stale(random *rand.Rand, f *forgery) string {
	if timeHeader(f.header) == "" {
		return ""
	}
	away := SignatureWindow + time.Minute + time.Duration(random.Int64N(int64(time.Hour)))
	if random.IntN(2) == 0 {
		away = -away
	}
	f.now = f.now.Add(away)
	return "it is stale"
}

// movedTime is an old request whose time was set to now.
func movedTime(random *rand.Rand, f *forgery) string {
	name := timeHeader(f.header)
	if name == "" {
		return ""
	}
	f.now = f.now.Add(time.Duration(1+random.IntN(1e6)) * time.Second)
	written := fmt.Sprint(f.now.Unix())
	if name == "X-Zendesk-Webhook-Signature-Timestamp" {
		written = f.now.Format(time.RFC3339)
	}
	if written == f.header.Get(name) {
		return ""
	}
	f.header.Set(name, written)
	return "its time is another"
}

// timeHeader is the name of the header with the time, "" if there is none.
func timeHeader(header http.Header) string {
	for _, name := range []string{"X-Chatwoot-Timestamp", "X-Zendesk-Webhook-Signature-Timestamp", standardTime} {
		if header.Get(name) != "" {
			return name
		}
	}
	return ""
}
