package gateway

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/floorwatch/floorwatch/schemas"
)

// verdicts are what became of the events of a request.
type verdicts struct {
	Accepted int       `json:"accepted"`
	Rejected int       `json:"rejected"`
	Events   []verdict `json:"events"` // in the order of the body
}

// verdict is what became of one event.
type verdict struct {
	Status  string `json:"status"`             // accepted or rejected
	EventID string `json:"event_id,omitempty"` // as the sender wrote it, if it could be read
	Line    int    `json:"line,omitempty"`     // in a body of lines, from 1
	Pointer string `json:"pointer,omitempty"`  // into the body or line: what is wrong, else the event (RFC 6901)
	Reason  string `json:"reason,omitempty"`
	Detail  string `json:"detail,omitempty"` // never the event's own values
}

const (
	statusAccepted = "accepted"
	statusRejected = "rejected"
)

// reject notes why an event is not taken.
func (v *verdict) reject(reject *schemas.Reject) {
	v.Status, v.Reason, v.Detail = statusRejected, reject.Reason, reject.Detail
	if fields := reject.Fields(); len(fields) > 0 {
		v.Pointer += "/" + pointerTo(fields[0])
	}
	if reject.Reason == ReasonWrongCompany {
		v.Pointer += "/company"
	}
}

// pointerTo makes the rest of a pointer of a field's name: keywords[3] is keywords/3.
func pointerTo(field string) string {
	name, index, isItem := strings.Cut(field, "[")
	if !isItem {
		return name
	}
	return name + "/" + strings.TrimSuffix(index, "]")
}

// count adds up.
func (v *verdicts) count() {
	v.Accepted, v.Rejected = 0, 0
	for i := range v.Events {
		if v.Events[i].Status == statusAccepted {
			v.Accepted++
		} else {
			v.Rejected++
		}
	}
}

// status is 200 if all events were taken, 207 if only some were.
func (v *verdicts) status() int {
	if v.Rejected > 0 {
		return http.StatusMultiStatus
	}
	return http.StatusOK
}

// refusal is the problem of a request none of whose events was taken. A single one gives its reason.
func (v *verdicts) refusal() *problem {
	p := &problem{status: http.StatusUnprocessableEntity, reason: ReasonEventsRefused, detail: strconv.Itoa(v.Rejected) + " events were refused; the reasons are in events", verdicts: v}
	if len(v.Events) != 1 {
		return p
	}
	p.reason, p.detail = v.Events[0].Reason, v.Events[0].Detail
	switch p.reason {
	case schemas.ReasonEmpty, schemas.ReasonNotUTF8, schemas.ReasonNotJSON, schemas.ReasonNotObject, schemas.ReasonTooDeep:
		p.status = http.StatusBadRequest
	case schemas.ReasonTooLarge:
		p.status = http.StatusRequestEntityTooLarge
	case ReasonWrongCompany:
		p.status = http.StatusForbidden
	}
	return p
}
