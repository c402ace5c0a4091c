package gateway

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// Adapter knows the webhooks of one vendor. It has one file here, fixtures in testdata/NAME and a page docs/vendors/NAME.md; a test
// holds the three together.
type Adapter struct {
	Name   string   // as in the paths of its webhook, its fixtures and its page
	Verify Verifier // whether a request is genuine; comes before anything of the body is believed

	account   []string // where the body names the vendor's account, if it does
	eventType []string // where the body names what happened
	translate func(*translation, object)

	namesByContact bool                                        // a conversation has its customer's id, and gets a pseudonym as that does
	poll           func(source Source, account string) pollAPI // what webhooks do not tell; nil if nothing is asked for
}

// Adapters in the order in which documents list them.
var Adapters = []*Adapter{chatwoot, zendesk, intercom, respondIO}

// AdapterNamed returns the adapter of a vendor, nil if there is none.
func AdapterNamed(name string) *Adapter {
	for _, adapter := range Adapters {
		if adapter.Name == name {
			return adapter
		}
	}
	return nil
}

// Verifier checks that a request was signed with one of the secrets, over exactly these bytes, and not long ago if the vendor signs
// the time. Several secrets are for the time in which a new one replaces an old one. It returns an id that stays the same when the
// vendor sends the same again, for answering a repetition without work. The error is a *Refusal.
type Verifier func(header http.Header, body []byte, secrets []string, now time.Time) (id string, err error)

// Source is whose webhooks they are. It comes with the credential, never from the body.
type Source struct {
	Company string // of every event
	Prefix  string // before every id of a conversation, agent, team or customer, so that two sources of a company never clash
	Account string // the vendor's account that a body must not contradict; "" if any may send
}

// Translation is what a webhook means.
type Translation struct {
	Events  []schemas.Event // none if it means nothing to a floor
	Unknown string          // the vendor's name of an event that the adapter does not know; nothing is wrong then, it is to be counted
}

// Translate gives the events of a webhook that was verified. The same body always gives events with the same ids, so a repetition
// changes nothing. Received is used where the vendor does not tell when something happened. All events can be written and are taken
// by the strict decoder; if one would not be, or the body is of another account, the error is a *schemas.Reject and there are none.
func (a *Adapter) Translate(source Source, body []byte, received schemas.Instant) (Translation, error) {
	parsed, err := parse(body)
	if err != nil {
		return Translation{}, err
	}
	if account := parsed.text(a.account...); source.Account != "" && account != "" && account != source.Account {
		return Translation{}, &schemas.Reject{Reason: ReasonWrongAccount, Detail: strings.Join(a.account, ".") +
			": is not the account of this credential; give each account an address and a secret of its own"}
	}
	eventType := parsed.text(a.eventType...)
	if eventType == "" {
		return Translation{}, &schemas.Reject{Reason: schemas.ReasonInvalidField, Detail: strings.Join(a.eventType, ".") + ": is missing"}
	}
	t := translation{vendor: a.Name, source: source, received: received, eventType: eventType}
	a.translate(&t, parsed)
	if err := t.check(); err != nil {
		return Translation{}, err
	}
	return Translation{Events: t.events, Unknown: t.unknown}, nil
}

// ReasonWrongAccount is the reason for refusing a body that names another account than the credential's.
const ReasonWrongAccount = "wrong_account"

// check tells what of the body cannot be used, or which event the decoder would refuse.
func (t *translation) check() error {
	if t.tooMany {
		return &schemas.Reject{Reason: schemas.ReasonTooLarge, Detail: fmt.Sprintf("%s: means more than %d events", label(t.eventType), MaxEvents)}
	}
	if len(t.problems) > 0 {
		return &schemas.Reject{Reason: schemas.ReasonInvalidField, Detail: label(t.eventType) + ": " + strings.Join(t.problems, "; ")}
	}
	for i := range t.events {
		encoded, err := schemas.EncodeEvent(&t.events[i])
		if err != nil {
			return &schemas.Reject{Reason: schemas.ReasonInvalidField, Detail: label(t.eventType) + ": " + err.Error()}
		}
		if _, err := schemas.DecodeEvent(encoded); err != nil {
			return fmt.Errorf("translate %s: %w", label(t.eventType), err)
		}
	}
	return nil
}

// Limits of a vendor's name for an event that may become a label: with more digits it may be somebody's number.
const (
	maxLabel       = 80
	maxLabelDigits = 4
)

// label makes a vendor's name for an event fit for messages and metrics. What does not look like a name becomes "other".
func label(eventType string) string {
	digits := 0
	odd := func(r rune) bool {
		if r >= '0' && r <= '9' {
			digits++
		}
		return digits > maxLabelDigits || !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("_.:/-", r))
	}
	if len(eventType) > maxLabel || strings.ContainsFunc(eventType, odd) {
		return "other"
	}
	return eventType
}
