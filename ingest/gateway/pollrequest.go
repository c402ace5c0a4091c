package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Limits of a request to a vendor's API.
const (
	pollTimeout   = 10 * time.Second // from the request to the end of its answer
	MaxReplyBytes = 4 << 20          // of an answer, unpacked: some thousands of agents
)

// Waits after a request that failed.
const (
	firstBackoff     = 5 * time.Second // grows twofold
	longestBackoff   = 2 * time.Minute // unless the vendor asks for more
	throttleWait     = time.Minute     // after 429 without Retry-After: vendors count by the minute
	correctionWait   = 5 * time.Minute // while somebody has to put something right
	longestAskedWait = time.Hour       // of Retry-After: beyond it is a mistake, and we ask once an hour
)

// pollFailure is why a request brought nothing.
type pollFailure struct {
	outcome string        // one of PollOutcomes
	asked   time.Duration // how long the vendor wants us to wait, 0 if it does not say
	err     error         // for a person; never has the token
}

// delay is how long to wait after the nth failure in a row.
func (f *pollFailure) delay(nth int) time.Duration {
	switch {
	case f.asked > 0:
		wait := min(f.asked, longestAskedWait)
		return max(wait, firstBackoff) + rand.N(wait/10+1) // never before the time that the vendor named
	case f.outcome == PollRateLimited:
		return throttleWait + rand.N(throttleWait/10)
	case f.outcome == PollRefused || f.outcome == PollNotFound || f.outcome == PollRedirected:
		return correctionWait
	default:
		return backoff(nth)
	}
}

// backoff is how long to wait after the nth failure in a row, with jitter.
func backoff(nth int) time.Duration {
	wait := firstBackoff
	for ; nth > 1 && wait < longestBackoff; nth-- {
		wait *= 2
	}
	return jittered(min(wait, longestBackoff))
}

// address is where a path of the API is.
func (p *Poller) address(path string) string { return strings.TrimRight(p.config.URL, "/") + path }

// get asks for a path. A token that is refused is read again, and if it is another one now it is tried at once.
func (p *Poller) get(ctx context.Context, path string) ([]byte, *pollFailure) {
	if p.token == "" {
		token, err := readToken(p.config.TokenFile)
		if err != nil {
			return nil, &pollFailure{outcome: PollRefused, err: err}
		}
		p.token = token
	}
	body, fail := p.request(ctx, path)
	if fail != nil && fail.outcome == PollRefused && p.renewToken() {
		return p.request(ctx, path)
	}
	return body, fail
}

// renewToken reads the token and tells whether it is another one.
func (p *Poller) renewToken() bool {
	token, err := readToken(p.config.TokenFile)
	if err != nil || token == p.token { // without a new one the old one is as good as any
		return false
	}
	p.token = token
	return true
}

func (p *Poller) request(ctx context.Context, path string) ([]byte, *pollFailure) {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.address(path), nil)
	if err != nil {
		return nil, &pollFailure{outcome: PollUnreachable, err: err}
	}
	request.Header.Set(p.tokenHeader, p.token)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "floorwatch")
	response, err := p.client.Do(request)
	if err != nil {
		return nil, unreachable(request.URL, err)
	}
	defer func() { _ = response.Body.Close() }() // there is nothing to do about it, and the body was read or is of no use
	if response.StatusCode != http.StatusOK {
		return nil, p.judge(request.URL, response)
	}
	if kind, _, err := mime.ParseMediaType(response.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, &pollFailure{outcome: PollInvalidReply, err: fmt.Errorf(
			"GET %s: the answer is %.100q and not JSON; url must be where the vendor's API begins, not a page for people", request.URL, kind)}
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, MaxReplyBytes+1))
	if err != nil {
		return nil, unreachable(request.URL, err)
	}
	if len(body) > MaxReplyBytes {
		return nil, &pollFailure{outcome: PollInvalidReply, err: fmt.Errorf(
			"GET %s: the answer is longer than %d bytes; is url the address of the vendor's API?", request.URL, MaxReplyBytes)}
	}
	return body, nil
}

// unreachable tells that no whole answer came.
func unreachable(address *url.URL, err error) *pollFailure {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // it names the address, too
	}
	return &pollFailure{outcome: PollUnreachable, err: fmt.Errorf(
		"GET %s: %w; it is tried again, look whether that address can be reached from here", address, err)}
}

// judge tells what an answer other than 200 means.
func (p *Poller) judge(address *url.URL, response *http.Response) *pollFailure {
	f := func(outcome, advice string) *pollFailure {
		return &pollFailure{outcome: outcome, err: fmt.Errorf("GET %s: the answer is %d; %s", address, response.StatusCode, advice)}
	}
	switch status := response.StatusCode; {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return f(PollRefused, fmt.Sprintf("the token in %s is not valid, or is not of a user of account %s, or a proxy on the way takes the "+
			"header %s away; write a valid token into that file, it is read again by itself", p.config.TokenFile, p.config.Account, p.tokenHeader))
	case status == http.StatusNotFound:
		return f(PollNotFound, "there is no such account, or url is not where the vendor's API begins: correct them. If only a team was "+
			"deleted this moment, nothing is to be done")
	case status >= 300 && status < 400:
		return f(PollRedirected, fmt.Sprintf("it leads to %s; no redirect is followed, since the token would go with it: put the right "+
			"address into url", target(response)))
	case status == http.StatusTooManyRequests:
		fail := f(PollRateLimited, "the vendor wants fewer requests; it is tried again later. If this stays, poll less often or raise the vendor's limit")
		fail.asked = retryAfter(response.Header.Get("Retry-After"), p.ports.Now())
		return fail
	case status >= 500:
		fail := f(PollUnavailable, "the vendor has a problem; it is tried again")
		fail.asked = retryAfter(response.Header.Get("Retry-After"), p.ports.Now())
		return fail
	default:
		return f(PollInvalidReply, "that is none that the vendor documents; is url the address of its API?")
	}
}

// target is where a redirect leads, without what may be secret in it.
func target(response *http.Response) string {
	location, err := response.Location()
	if err != nil {
		return "nowhere"
	}
	return fmt.Sprintf("%.100q", location.Scheme+"://"+location.Host)
}

// retryAfter reads how long a vendor wants us to wait: seconds, or a date. 0 if it does not say, or the time is over.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(header, 10, 64); err == nil {
		return time.Duration(min(seconds, uint64(longestAskedWait/time.Second)+1)) * time.Second
	}
	at, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return max(0, at.Sub(now))
}
