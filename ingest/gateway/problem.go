package gateway

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// Reasons for refusing a request, besides those of a signature and of schemas.Reject.
const (
	ReasonNoCredential     = "no_credential"     // neither a signature nor a key
	ReasonUnknownKey       = "unknown_key"       // the API key is none of a source
	ReasonUnknownSource    = "unknown_source"    // no source has the name in the address
	ReasonIDReused         = "id_reused"         // the id of a request came with another body before
	ReasonRateLimited      = "rate_limited"      // the source sends more than it may
	ReasonBusy             = "busy"              // all requests that may be answered at once are
	ReasonKafkaAway        = "kafka_unavailable" // the log does not take events now
	ReasonBodyTooLarge     = "body_too_large"    // as sent, or without its compression
	ReasonTooManyEvents    = "too_many_events"   // in one request
	ReasonBadEncoding      = "bad_encoding"      // content-encoding is not one that is read, or the body is not in it
	ReasonBadContentType   = "bad_content_type"  // content-type is none that is read
	ReasonBodyNotRead      = "body_not_read"     // it did not come whole, or not in time
	ReasonNotFound         = "not_found"         // nothing is at this address
	ReasonMethodNotAllowed = "method_not_allowed"
	ReasonInternal         = "internal"      // a fault of the gateway
	ReasonNotProtected     = "not_protected" // a key for pseudonyms cannot be read
	ReasonEventsRefused    = "events_refused"
	ReasonWrongCompany     = "wrong_company"      // an event names another company than its credential's
	ReasonBackfillRefused  = "backfill_forbidden" // the source may not send events older than the horizon
)

// problem is why a request was refused, as RFC 9457 has it. Nothing of the request's own content is in it.
type problem struct {
	status     int
	reason     string
	detail     string
	retryAfter time.Duration
	verdicts   *verdicts // of the events, if it came to them
}

func (p *problem) Error() string { return p.reason + ": " + p.detail }

// titles are short and the same each time.
var titles = map[string]string{
	ReasonNotSigned: "The request is not signed", ReasonWrongSignature: "The signature is wrong", ReasonStale: "The signature is too old or in the future",
	ReasonNoSecret: "There is no secret to check the signature with", ReasonNoCredential: "The request proves nothing", ReasonUnknownKey: "The API key is not known",
	ReasonUnknownSource: "The source is not known", ReasonIDReused: "The id was used for another request", ReasonRateLimited: "Too many events",
	ReasonBusy: "Too many requests at once", ReasonKafkaAway: "Events cannot be stored now", ReasonBodyTooLarge: "The body is too large",
	ReasonTooManyEvents: "Too many events in one request", ReasonBadEncoding: "The content encoding cannot be read", ReasonBadContentType: "The content type cannot be read",
	ReasonBodyNotRead: "The body did not come", ReasonNotFound: "Nothing is here", ReasonMethodNotAllowed: "The method is not allowed here",
	ReasonInternal: "The gateway failed", ReasonEventsRefused: "No event can be used", ReasonWrongAccount: "The account is another one",
	ReasonNotProtected: "Events cannot be protected now", ReasonBackfillRefused: "This source may not backfill",
}

// write answers with the problem. A client that knows only the status knows what to do: come again for 429 and 503, else not as it is.
func (p *problem) write(w http.ResponseWriter) {
	title := titles[p.reason]
	if title == "" {
		title = "The body cannot be used"
	}
	body := struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Reason string `json:"reason"`
		Detail string `json:"detail"`
		*verdicts
	}{"urn:floorwatch:problem:" + p.reason, title, p.status, p.reason, p.detail, p.verdicts}
	text, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("BUG: write problem: %v", err)) // texts and numbers only
	}
	w.Header().Set("Content-Type", "application/problem+json")
	if p.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(p.retryAfter.Seconds()))))
	}
	if p.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="floorwatch"`)
	}
	w.WriteHeader(p.status)
	_, _ = w.Write(append(text, '\n')) // whoever has gone needs no answer
}
