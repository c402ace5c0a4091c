// Command send sends events to floorwatch: one with an API key, a batch as gzipped JSON lines, one signed as Standard Webhooks says.
package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

var (
	url    = cmp.Or(os.Getenv("FLOORWATCH_URL"), "http://127.0.0.1:8090")
	apiKey = os.Getenv("FLOORWATCH_API_KEY")
	source = os.Getenv("FLOORWATCH_SOURCE")
	secret = os.Getenv("FLOORWATCH_SECRET")
	client = &http.Client{Timeout: 30 * time.Second}
)

// message is what a customer wrote just now, as a line of JSON. Keep it until it is sent: a retry needs the same event_id.
func message(direction string) []byte {
	text, err := json.Marshal(map[string]any{
		"type": "message", "event_id": rand.Text(), "occurred_at": time.Now().UTC().Format(time.RFC3339Nano), "conversation_id": "go-1",
		"message_id": rand.Text(), "direction": direction, "author_kind": "customer", "text": "Where is my order?",
	})
	if err != nil {
		log.Fatal(err)
	}
	return append(text, '\n')
}

// answer is what became of the events of a request.
type answer struct {
	Accepted, Rejected int
	Events             []struct {
		Status, Reason, Detail string
		Line                   int
	}
}

// send sends until the gateway has decided, and returns its verdicts. headers gives those of an attempt.
func send(path string, body []byte, headers func(http.Header)) (answer, error) {
	for attempt := range 8 {
		wait := time.Second << attempt
		request, err := http.NewRequest(http.MethodPost, url+path, bytes.NewReader(body))
		if err != nil {
			return answer{}, err
		}
		headers(request.Header)
		if response, err := client.Do(request); err == nil { // else nobody answered
			text, err := io.ReadAll(response.Body)
			response.Body.Close()
			switch {
			case err != nil:
			case response.StatusCode < 300:
				var verdicts answer
				err := json.Unmarshal(text, &verdicts)
				return verdicts, err
			case response.StatusCode < 500 && response.StatusCode != http.StatusTooManyRequests:
				return answer{}, fmt.Errorf("refused: %d %s", response.StatusCode, text) // the same would be refused again
			default:
				if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
					wait = time.Duration(seconds) * time.Second
				}
			}
		}
		time.Sleep(wait)
	}
	return answer{}, fmt.Errorf("not sent: keep the events and try again later")
}

func withKey(contentType, encoding string) func(http.Header) {
	return func(h http.Header) {
		h.Set("Authorization", "Bearer "+apiKey)
		h.Set("Content-Type", contentType)
		h.Set("Content-Encoding", encoding)
	}
}

// signed signs anew for each attempt, with the same id: a signature holds for 5 minutes.
func signed(body []byte) func(http.Header) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		log.Fatal("FLOORWATCH_SECRET: must be whsec_ and base64")
	}
	id := rand.Text()
	return func(h http.Header) {
		at := strconv.FormatInt(time.Now().Unix(), 10)
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.%s", id, at, body)
		h.Set("webhook-id", id)
		h.Set("webhook-timestamp", at)
		h.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
		h.Set("Content-Type", "application/json")
	}
}

func tell(what string, a answer, err error) {
	if err != nil {
		log.Fatalf("%s: %v", what, err)
	}
	fmt.Printf("%s: %d accepted, %d rejected\n", what, a.Accepted, a.Rejected)
	for _, verdict := range a.Events {
		if verdict.Status == "rejected" {
			fmt.Printf("  line %d: %s: %s\n", verdict.Line, verdict.Reason, verdict.Detail)
		}
	}
}

func main() {
	a, err := send("/v1/events", message("in"), withKey("application/json", "identity"))
	tell("one event", a, err)

	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	writer.Write(bytes.Join([][]byte{message("in"), message("in"), message("sideways")}, nil)) // the last is wrong, to show a verdict
	writer.Close()
	a, err = send("/v1/events", packed.Bytes(), withKey("application/x-ndjson", "gzip"))
	tell("a batch", a, err)

	body := message("in")
	a, err = send("/v1/events/"+source, body, signed(body))
	tell("one, signed", a, err)
}
