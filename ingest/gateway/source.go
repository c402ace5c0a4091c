package gateway

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// source is a sender that is known.
type source struct {
	name     string
	company  string
	adapter  *Adapter // nil: it sends events as they are
	origin   Source   // for the adapter
	secrets  *secretFiles
	keys     *secretFiles
	backfill bool
	rate     *rate.Limiter
}

// sources are all senders, by name.
type sources map[string]*source

// openSources reads the secrets of all sources.
func openSources(config Config, now time.Time) (sources, error) {
	all := sources{}
	var problems []string
	for _, name := range slices.Sorted(maps.Keys(config.Sources)) {
		c := config.Sources[name]
		s := &source{
			name: name, company: c.Company, adapter: AdapterNamed(c.kind()), backfill: c.Backfill,
			origin: Source{Company: c.Company, Prefix: c.Prefix, Account: c.Account},
			rate: rate.NewLimiter(rate.Limit(cmp.Or(c.EventsPerSecond, config.Limits.EventsPerSecond)),
				cmp.Or(c.EventsAtOnce, config.Limits.EventsAtOnce)),
		}
		var secretErr, keyErr error
		s.secrets, secretErr = openSecrets(c.SecretFiles, minSecretBytes, now)
		s.keys, keyErr = openSecrets(c.APIKeyFiles, minKeyBytes, now)
		for _, err := range []error{secretErr, keyErr} {
			if err != nil {
				problems = append(problems, name+": "+err.Error())
			}
		}
		all[name] = s
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("open sources of the gateway: %s", strings.Join(problems, "; "))
	}
	if err := all.checkKeys(now); err != nil {
		return nil, err
	}
	return all, all.checkSecrets(now)
}

// checkKeys refuses a key that two sources have: nobody could tell whose events they are.
func (all sources) checkKeys(now time.Time) error {
	owner := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		keys, _ := all[name].keys.all(now)
		for _, key := range keys {
			if other := owner[key]; other != "" && other != name {
				return fmt.Errorf("open sources of the gateway: %s and %s have the same API key; give each its own", other, name)
			}
			owner[key] = name
		}
	}
	return nil
}

// checkSecrets refuses a secret that two companies' sources of one kind have: what is signed for one would be believed at the address of
// the other, unless bodies name accounts that tell them apart.
func (all sources) checkSecrets(now time.Time) error {
	owners := map[string][]*source{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		s := all[name]
		secrets, _ := s.secrets.all(now)
		for _, secret := range secrets {
			for _, other := range owners[secret] {
				apart := s.adapter != nil && s.adapter.account != nil && s.origin.Account != "" && other.origin.Account != "" && s.origin.Account != other.origin.Account
				if s.company != other.company && s.adapter == other.adapter && !apart {
					return fmt.Errorf("open sources of the gateway: %s and %s are of two companies and have the same secret; give each its own, or each its account", other.name, name)
				}
			}
			owners[secret] = append(owners[secret], s)
		}
	}
	return nil
}

// withKey finds the source whose API key it is, nil if there is none, or if a file that was changed gave two the same.
func (all sources) withKey(key string, now time.Time) *source {
	hash := sha256.Sum256([]byte(key))
	var found *source
	owners := 0
	for _, s := range all {
		if s.keys.has(hash, now) {
			found = s
			owners++
		}
	}
	if owners != 1 {
		return nil
	}
	return found
}

// sender is who sent a request, as proved.
type sender struct {
	*source
	requestID string // stays the same when the request is repeated; "" if nothing says so
}

// claimed finds the source that a request says it is of, before its body is read: that of its API key, which proves it, else that of
// the name in the address, which a signature has to prove. Name is "" if the address has none.
func (all sources) claimed(isWebhook bool, name string, header http.Header, now time.Time) (s *source, proved bool, p *problem) {
	signed := isWebhook || header.Get(standardSignature) != "" || header.Get(standardID) != ""
	key, hasKey := bearer(header)
	switch {
	case signed && name == "":
		return nil, false, unauthorized(ReasonUnknownSource, "a signed request goes to /v1/events/ and the name of its source, which tells the secret")
	case signed:
		if s = all[name]; s == nil || (s.adapter != nil) != isWebhook {
			return nil, false, unauthorized(ReasonUnknownSource, "no source of this name sends here: your own programs' send to /v1/events/NAME, vendors' to /v1/webhooks/NAME; gateway.sources has the names")
		}
		return s, false, nil
	case !hasKey:
		return nil, false, unauthorized(ReasonNoCredential, "send authorization: Bearer and an API key, or sign the request as Standard Webhooks says")
	}
	if s = all.withKey(key, now); s == nil || name != "" && s.name != name {
		return nil, false, unauthorized(ReasonUnknownKey, "the API key is none that is known at this address; check it for a missing end")
	}
	return s, true, nil
}

// verify checks the signature of a request that says it is of the source.
func (s *source) verify(header http.Header, body []byte, now time.Time) (sender, *problem) {
	verify := Verifier(VerifyStandard)
	if s.adapter != nil {
		verify = s.adapter.Verify
	}
	secrets, _ := s.secrets.all(now) // what is wrong with the files is told by problems
	id, err := verify(header, body, secrets, now)
	if err != nil {
		refusal, ok := err.(*Refusal)
		if !ok {
			panic(fmt.Sprintf("BUG: verify: %v is no refusal", err))
		}
		return sender{source: s}, unauthorized(refusal.Reason, refusal.Detail)
	}
	return sender{source: s, requestID: id}, nil
}

func unauthorized(reason, detail string) *problem {
	return &problem{status: http.StatusUnauthorized, reason: reason, detail: detail}
}

// bearer is the API key of a request.
func bearer(header http.Header) (string, bool) {
	values := header.Values("Authorization")
	if len(values) != 1 {
		return "", false
	}
	scheme, key, _ := strings.Cut(values[0], " ")
	return strings.TrimSpace(key), strings.EqualFold(scheme, "bearer") && strings.TrimSpace(key) != ""
}

// take lets a source send so many events now, or tells when to come again; 0 asks whether it owes any. What is more than there may be at
// once is owed.
func (s *source) take(events int, now time.Time) *problem {
	n := min(events, s.rate.Burst())
	reservation := s.rate.ReserveN(now, n)
	wait := reservation.DelayFrom(now)
	if wait == 0 {
		s.owe(events-n, now)
		return nil
	}
	reservation.CancelAt(now)
	return &problem{
		status: http.StatusTooManyRequests, reason: ReasonRateLimited, retryAfter: max(wait, time.Second),
		detail: fmt.Sprintf("the source may send %g events per second, and %d at once", float64(s.rate.Limit()), s.rate.Burst()),
	}
}

// owe counts events against the rate that were not asked for before, so that the next ones wait for them.
func (s *source) owe(events int, now time.Time) {
	for ; events > 0; events -= s.rate.Burst() {
		s.rate.ReserveN(now, min(events, s.rate.Burst()))
	}
}

// problems are what is wrong with the files of secrets now, by source.
func (all sources) problems(now time.Time) map[string]error {
	wrong := map[string]error{}
	for name, s := range all {
		for _, files := range []*secretFiles{s.secrets, s.keys} {
			if _, err := files.all(now); err != nil {
				wrong[name] = err
			}
		}
	}
	return wrong
}
