package gateway

import (
	"crypto/sha256"
	"net/http"
	"sync"
	"time"
)

// repeats remembers answers, so that a request that comes again gets the same one without work. It is a courtesy, bounded and gone
// with the process: the ids of events are the same each time, so a repetition that it does not know changes nothing either.
type repeats struct {
	most int // answers in each half

	mutex            sync.Mutex
	current, earlier map[repeatKey]remembered
	since            time.Time // when current was begun
}

type repeatKey struct{ source, id string }

type remembered struct {
	body   [sha256.Size]byte
	status int
	answer []byte
}

// repeatsAge is how long an answer is remembered at least, if there is room: as long as a signature is fresh, either way.
const repeatsAge = 2 * SignatureWindow

// maxRemembered is the size of an answer that is worth its memory; a longer one is found again by doing the work again.
const maxRemembered = 8 << 10

func newRepeats(most int, now time.Time) *repeats {
	return &repeats{most: most / 2, current: map[repeatKey]remembered{}, since: now}
}

// find gives the answer to a request that was answered before. The same id with another body is a problem.
func (r *repeats) find(s sender, body []byte, now time.Time) (answer remembered, found bool, p *problem) {
	if s.requestID == "" {
		return remembered{}, false, nil
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.age(now)
	key := repeatKey{s.name, s.requestID}
	answer, found = r.current[key]
	if !found {
		answer, found = r.earlier[key]
	}
	if found && answer.body != sha256.Sum256(body) {
		return remembered{}, false, &problem{status: http.StatusConflict, reason: ReasonIDReused,
			detail: "a request with this id came before with another body; give each its own id"}
	}
	return answer, found && answer.answer != nil, nil
}

// keep remembers an answer of a request whose events are in the log.
func (r *repeats) keep(s sender, body []byte, status int, answer []byte, now time.Time) {
	if s.requestID == "" || r.most == 0 {
		return
	}
	if len(answer) > maxRemembered {
		answer = nil
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.age(now)
	r.current[repeatKey{s.name, s.requestID}] = remembered{sha256.Sum256(body), status, answer}
}

// age drops the older half when the newer one is full or old.
func (r *repeats) age(now time.Time) {
	if age := now.Sub(r.since); len(r.current) >= max(r.most, 1) || age >= repeatsAge || age < -repeatsAge {
		r.earlier, r.current, r.since = r.current, map[repeatKey]remembered{}, now
	}
}
