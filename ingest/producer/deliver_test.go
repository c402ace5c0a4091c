package producer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// records makes records of so many messages.
func records(t *testing.T, p *Producer, n int) []Record {
	t.Helper()
	var made []Record
	for i := range n {
		r, err := p.Encode(&schemas.Event{SchemaVersion: 1, Type: schemas.TypeMessage, ID: fmt.Sprint("e", i), Company: "acme", Conversation: fmt.Sprint("c", i), OccurredAt: now}, false)
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, r)
	}
	return made
}

// What Deliver said was delivered is in the topic, all of it.
func TestDeliver(t *testing.T) {
	cluster := newCluster(t)
	p := open(t, cluster, nil)
	made := records(t, p, 20)
	if err := p.Deliver(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	if err := p.Deliver(t.Context(), nil); err != nil {
		t.Errorf("nothing: %v", err)
	}
	want := map[string]string{}
	for _, r := range made {
		want[string(r.Key())] = string(r.Value())
	}
	for _, r := range read(t, cluster, len(made)) {
		if want[string(r.Key)] != string(r.Value) {
			t.Errorf("%s has %s", r.Key, r.Value)
		}
		delete(want, string(r.Key))
	}
	if len(want) > 0 {
		t.Errorf("not there: %v", want)
	}
}

// One record that Kafka refuses is enough for an error, though the others are there.
func TestDeliverTellsARefusal(t *testing.T) {
	cluster := newCluster(t)
	p := open(t, cluster, nil)
	refused := false
	cluster.ControlKey(int16(kmsg.Produce), func(request kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		if refused {
			return nil, nil, false
		}
		refused = true
		return refusing(request), nil, true
	})
	err := p.Deliver(t.Context(), records(t, p, 1))
	if !errors.Is(err, kerr.TopicAuthorizationFailed) || !strings.HasPrefix(err.Error(), `send to topic "floorwatch.events.v1": `) {
		t.Errorf("got %v", err)
	}
	if err := p.Deliver(t.Context(), records(t, p, 1)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// refusing answers that nobody may write to the topic.
func refusing(request kmsg.Request) kmsg.Response {
	response := request.ResponseKind().(*kmsg.ProduceResponse)
	for _, topic := range request.(*kmsg.ProduceRequest).Topics {
		answer := kmsg.NewProduceResponseTopic()
		answer.Topic, answer.TopicID = topic.Topic, topic.TopicID
		for _, partition := range topic.Partitions {
			one := kmsg.NewProduceResponseTopicPartition()
			one.Partition, one.ErrorCode = partition.Partition, kerr.TopicAuthorizationFailed.Code
			answer.Partitions = append(answer.Partitions, one)
		}
		response.Topics = append(response.Topics, answer)
	}
	return response
}

// A Kafka that does not answer holds nobody up for longer than the context, and what waits for it is bounded.
func TestDeliverDoesNotWait(t *testing.T) {
	cluster := newCluster(t)
	p := open(t, cluster, func(c *Config) { c.MaxBuffered, c.DeliveryTimeout = 10, 2*time.Second })
	answer := make(chan struct{})
	cluster.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		cluster.SleepControl(func() { <-answer })
		return nil, nil, false
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := p.Deliver(ctx, records(t, p, 6)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no answer: %v", err)
	}
	if err := p.Deliver(t.Context(), records(t, p, 5)); !errors.Is(err, ErrBusy) {
		t.Errorf("no room: %v", err)
	}
	if len(p.room) != 6 {
		t.Errorf("%d places are taken, want 6", len(p.room))
	}
	close(answer)
	for deadline := time.Now().Add(30 * time.Second); len(p.room) > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("places are not given back")
		}
	}
	if err := p.Deliver(t.Context(), records(t, p, 10)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// An event that would be too large in the log is refused before.
func TestEncodeRefusesTooLarge(t *testing.T) {
	e := schemas.Event{SchemaVersion: 1, Type: schemas.TypeMessage, ID: "e", Company: "acme", Conversation: "c", OccurredAt: now, Text: strings.Repeat("\x01", schemas.MaxTextBytes+3000)}
	_, err := new(Producer).Encode(&e, false)
	var reject *schemas.Reject
	if !errors.As(err, &reject) || reject.Reason != schemas.ReasonTooLarge {
		t.Errorf("got %v", err)
	}
}
