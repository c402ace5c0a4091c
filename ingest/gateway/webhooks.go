package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"github.com/floorwatch/floorwatch/schemas"
)

// webhook takes what a chat platform sends. A webhook that means nothing to a floor is fine, and so is one that the adapter does not
// know: vendors add new ones, and stop sending to whoever refuses them.
func (g *Gateway) webhook(r *incoming, out *answer) {
	s, problem := r.prove(g.clock())
	if out.admit(s, problem); problem != nil || g.repeat(s, r.body, out) {
		return
	}
	if out.problem = s.take(0, g.clock()); out.problem != nil {
		return
	}
	content, problem := r.hold.unpack(r.body, r.Header)
	var translation Translation
	if problem == nil {
		var err error
		translation, err = s.adapter.Translate(s.origin, content, schemas.InstantOf(g.clock()))
		problem = refused(err)
	}
	if out.problem = problem; problem != nil {
		s.owe(1, g.clock())
		return
	}
	if translation.Unknown != "" {
		g.meter.Count(schemas.MetricGatewayUnknown, 1, s.name, g.unknown.label(s.name, translation.Unknown))
	}
	if out.problem = s.take(max(1, len(translation.Events)), g.clock()); out.problem != nil {
		return
	}
	v := &verdicts{Events: make([]verdict, len(translation.Events))}
	parcel := g.parcel(s.source, false)
	for i := range translation.Events {
		v.Events[i].EventID = translation.Events[i].ID
		parcel.add(&translation.Events[i], nil, &v.Events[i])
	}
	g.finish(r, s, parcel, v, out)
}

// refused is the problem of a webhook that cannot be translated.
func refused(err error) *problem {
	if err == nil {
		return nil
	}
	var reject *schemas.Reject
	if !errors.As(err, &reject) {
		panic(fmt.Sprintf("BUG: translate webhook: %v", err))
	}
	v := &verdicts{Rejected: 1, Events: []verdict{{}}}
	v.Events[0].reject(reject)
	p := v.refusal()
	if p.reason == ReasonWrongAccount {
		p.status = http.StatusForbidden
	}
	return p
}

// unknownTypes bounds how many names of vendors become labels.
type unknownTypes struct {
	mutex sync.Mutex
	names map[string]map[string]bool // by source
}

const maxUnknownTypes = 50

func (u *unknownTypes) label(source, name string) string {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	if u.names == nil {
		u.names = map[string]map[string]bool{}
	}
	known := u.names[source]
	if known == nil {
		known = map[string]bool{}
		u.names[source] = known
	}
	if !known[name] && len(known) == maxUnknownTypes {
		return "more_than_" + strconv.Itoa(maxUnknownTypes)
	}
	known[name] = true
	return name
}
