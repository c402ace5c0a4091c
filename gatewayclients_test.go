//go:build embedded

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// sender is a client of the gateway that sends what was not answered again until it is.
type sender struct {
	t       *testing.T
	name    int
	address string
	http    http.Client
	random  *rand.Rand
	made    int
	waiting []outgoing // not acknowledged so far
	told    *told
}

// outgoing is an event that is sent until it is acknowledged, the same each time.
type outgoing struct{ id, text string }

// told is what clients were told.
type told struct {
	mutex             sync.Mutex
	accepted, refused map[string]bool // ids of events
	unavailable       int             // answers with 503
	silent            int             // requests without an answer
}

// senders are several clients that send until stop is called; it returns when all that they sent is acknowledged.
func senders(t *testing.T, address string, n int) (all *told, stop func()) {
	all = &told{accepted: map[string]bool{}, refused: map[string]bool{}}
	ending := make(chan struct{})
	var group sync.WaitGroup
	for i := range n {
		s := &sender{t: t, name: i, address: "http://" + address + "/v1/events", http: http.Client{Timeout: 10 * time.Second}, random: rand.New(rand.NewPCG(uint64(i), 5)), told: all}
		group.Go(func() { s.run(ending) })
	}
	return all, func() { close(ending); group.Wait() }
}

func (s *sender) run(ending chan struct{}) {
	for {
		select {
		case <-ending:
			if len(s.waiting) == 0 || s.t.Failed() {
				return
			}
		default:
			for range 1 + s.random.IntN(20) {
				s.made++
				s.waiting = append(s.waiting, s.message(fmt.Sprintf("e-%d-%d", s.name, s.made), "in"))
			}
			s.sendRefused()
		}
		if batch := s.waiting[:min(len(s.waiting), 200)]; s.send(batch) {
			s.waiting = s.waiting[len(batch):]
		}
		time.Sleep(20 * time.Millisecond) // others want the processors, too
	}
}

func (s *sender) message(id, direction string) outgoing {
	return outgoing{id, fmt.Sprintf(`{"type":"message","event_id":%q,"message_id":%q,"occurred_at":%q,"conversation_id":"c%d","direction":%q,"author_kind":"customer","text":"call +49 171 2345678"}`,
		id, "m"+id, time.Now().UTC().Format(time.RFC3339), s.random.IntN(50), direction)}
}

// send sends events and one that is refused, and tells whether they were acknowledged.
func (s *sender) send(batch []outgoing) bool {
	s.made++
	wrong := fmt.Sprintf("wrong-%d-%d", s.name, s.made)
	events := []string{s.message(wrong, "sideways").text}
	for _, m := range batch {
		events = append(events, m.text)
	}
	status, text := s.post("[" + strings.Join(events, ",") + "]")
	var answer struct {
		Events []struct{ Status, EventID string }
	}
	text = bytes.ReplaceAll(text, []byte(`"event_id"`), []byte(`"EventID"`))
	if status != http.StatusMultiStatus {
		if status != 0 && status != http.StatusServiceUnavailable {
			s.t.Errorf("answered with %d: %s", status, text)
		}
		return false
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		s.t.Errorf("the answer is not JSON: %v: %s", err, text)
	}
	s.told.mutex.Lock()
	defer s.told.mutex.Unlock()
	for _, event := range answer.Events {
		map[bool]map[string]bool{true: s.told.accepted, false: s.told.refused}[event.Status == "accepted"][event.EventID] = true
	}
	s.told.refused[wrong] = true
	return len(answer.Events) == len(batch)+1
}

// sendRefused sends what is refused as a whole.
func (s *sender) sendRefused() {
	id := fmt.Sprintf("refused-%d-%d", s.name, s.made)
	good := s.message(id, "in").text
	body := []string{strings.Replace(good, "{", `{"company":"globex",`, 1), good + "x", "[" + good, strings.Replace(good, "message", "massage", 1)}[s.random.IntN(4)]
	status, text := s.post(body)
	if status >= 200 && status < 300 {
		s.t.Errorf("taken: %s: %s", body, text)
	}
	s.told.mutex.Lock()
	defer s.told.mutex.Unlock()
	s.told.refused[id] = true
}

// post gives status 0 where there is no answer.
func (s *sender) post(body string) (int, []byte) {
	request, err := http.NewRequest(http.MethodPost, s.address, strings.NewReader(body))
	if err != nil {
		s.t.Error(err)
		return 0, nil
	}
	request.Header.Set("Authorization", "Bearer "+canaryKey)
	response, err := s.http.Do(request)
	var text []byte
	if err == nil {
		defer response.Body.Close()
		text, err = io.ReadAll(response.Body)
	}
	if err != nil {
		s.told.mutex.Lock()
		defer s.told.mutex.Unlock()
		s.told.silent++
		return 0, nil
	}
	if response.StatusCode == http.StatusServiceUnavailable {
		s.told.mutex.Lock()
		s.told.unavailable++
		s.told.mutex.Unlock()
		if response.Header.Get("Retry-After") == "" {
			s.t.Errorf("503 without Retry-After: %s", text)
		}
	}
	return response.StatusCode, text
}
