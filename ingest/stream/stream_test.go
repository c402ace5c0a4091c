package stream

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Every record comes out once, as an event or as a reject, and the good ones around a bad one are unharmed.
func TestEveryRecordIsAnEventOrAReject(t *testing.T) {
	b := newBroker(t, 1, appendTime())
	now := time.Now().Truncate(time.Millisecond)
	backfill := kgo.RecordHeader{Key: schemas.BackfillHeader, Value: []byte("true")}
	bad := func(change func(*kgo.Record)) *kgo.Record {
		record := turn("bad", now)
		change(record)
		return record
	}
	cases := []struct {
		record *kgo.Record
		reason string // "": an event
	}{
		{turn("m0", now), ""},
		{bad(func(r *kgo.Record) { r.Value = []byte("{") }), schemas.ReasonNotJSON},
		{turn("m1", now), ""},
		{bad(func(r *kgo.Record) { r.Value = nil }), schemas.ReasonEmpty},
		{bad(func(r *kgo.Record) { r.Key = nil }), schemas.ReasonMissingKey},
		{bad(func(r *kgo.Record) { r.Key = []byte("c/acme/c2") }), schemas.ReasonWrongKey},
		{bad(func(r *kgo.Record) { r.Value = bytes.Repeat([]byte(" "), schemas.MaxEventBytes+1) }), schemas.ReasonTooLarge},
		{bad(func(r *kgo.Record) { r.Value = append([]byte{0xff}, r.Value...) }), schemas.ReasonNotUTF8},
		{turn("m2", now), ""},
		{bad(func(r *kgo.Record) { r.Timestamp = now.Add(72*time.Hour + time.Millisecond) }), schemas.ReasonOccurredTooEarly},
		{bad(func(r *kgo.Record) { r.Timestamp = now.Add(-5*time.Minute - time.Millisecond) }), schemas.ReasonOccurredInFuture},
		{bad(func(r *kgo.Record) { r.Headers = []kgo.RecordHeader{backfill}; r.Timestamp = now.Add(1000 * time.Hour) }), ""},
		{bad(func(r *kgo.Record) {
			r.Headers = []kgo.RecordHeader{{Key: schemas.BackfillHeader, Value: []byte("yes")}}
			r.Timestamp = now.Add(1000 * time.Hour)
		}), schemas.ReasonOccurredTooEarly},
		{turn("m3", now), ""},
	}
	var wantEvents []int64
	wantRejects := map[int64]string{}
	for i, c := range cases {
		b.produce(c.record)
		if c.reason == "" {
			wantEvents = append(wantEvents, int64(i))
		} else {
			wantRejects[int64(i)] = c.reason
		}
	}
	batch := poll(t, b.open(), len(cases))[0]
	var events []int64
	for _, event := range batch.Events {
		events = append(events, event.Offset)
	}
	rejects := map[int64]string{}
	for _, reject := range batch.Rejects {
		rejects[reject.Offset] = reject.Reason
		want := schemas.RejectRow{Topic: b.cfg.Topic, Offset: reject.Offset, Bytes: uint32(len(cases[reject.Offset].record.Value)),
			AppendedAt: schemas.InstantOf(cases[reject.Offset].record.Timestamp)}
		if diff := cmp.Diff(want, reject, cmpopts.IgnoreFields(schemas.RejectRow{}, "Reason", "Detail")); diff != "" {
			t.Errorf("reject of offset %d (-want +got):\n%s", reject.Offset, diff)
		}
	}
	if diff := cmp.Diff(wantEvents, events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantRejects, rejects); diff != "" {
		t.Errorf("rejects (-want +got):\n%s", diff)
	}
	if batch.Next != int64(len(cases)) || batch.End != int64(len(cases)) {
		t.Errorf("next %d and end %d, want %d", batch.Next, batch.End, len(cases))
	}
	if !batch.Events[3].Backfill || batch.Events[0].Backfill {
		t.Error("the backfill header is not noted where it stands, or where it does not")
	}
}

// Without a position the log is read from its beginning, whatever was committed, and the ends tell when all that was there is read.
func TestReadsFromTheBeginning(t *testing.T) {
	b := newBroker(t, 3, appendTime())
	now := time.Now()
	for i := range 10 { // by hand: only the partition of the key is right
		record := turn(fmt.Sprint("m", i), now)
		record.Partition = int32(1 + i%2)
		b.produce(record)
	}
	for range 2 { // a second reader gets the same
		s := b.open()
		ends := map[int32]int64{}
		for _, a := range assigned(t, s, 3) {
			end, err := s.Start(t.Context(), a, schemas.Position{}, false)
			if err != nil {
				t.Fatal(err)
			}
			ends[a.Partition] = end
		}
		if diff := cmp.Diff(map[int32]int64{0: 0, 1: 5, 2: 5}, ends); diff != "" {
			t.Errorf("ends (-want +got):\n%s", diff)
		}
		got := poll(t, s, 10)
		// Kafka's Java client puts c/acme/c1 into partition 2 of 3: (murmur2 & 0x7fffffff) % 3.
		if len(got[2].Events) != 5 || got[2].Next != 5 || len(got[1].Events) != 0 || len(got[1].Rejects) != 5 {
			t.Errorf("got %d and %d events, %d rejects", len(got[1].Events), len(got[2].Events), len(got[1].Rejects))
		}
		for _, event := range got[2].Events {
			if event.KeyID != schemas.KeyIDOf("c/acme/c1") || event.AppendedAt == 0 {
				t.Errorf("event %s has key %x and was appended at %d", event.ID, event.KeyID, event.AppendedAt)
			}
		}
		for _, reject := range got[1].Rejects {
			if reject.Reason != schemas.ReasonWrongPartition || reject.Record != nil {
				t.Errorf("rejected for %s, with record %v", reject.Reason, reject.Record)
			}
		}
		if err := s.Commit(t.Context(), map[int32]int64{1: 5, 2: 5}); err != nil {
			t.Error(err)
		}
		s.Close()
	}
}

// A topic that gets more partitions while it is read sends keys elsewhere; that ends the service with a sentence.
func TestPartitionsAdded(t *testing.T) {
	b := newBroker(t, 1, appendTime())
	s := b.open()
	if _, err := kadm.NewClient(b.client).CreatePartitions(t.Context(), 2, b.cfg.Topic); err != nil {
		t.Fatal(err)
	}
	s.client.ForceMetadataRefresh()
	b.client.ForceMetadataRefresh()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		record := turn("m", time.Now())
		record.Partition, record.Topic = 2, b.cfg.Topic
		if b.client.ProduceSync(ctx, record).FirstErr() == nil {
			break
		}
		if ctx.Err() != nil {
			t.Fatal("the new partition takes no records")
		}
	}
	for {
		_, err := s.Poll(ctx)
		if err == nil {
			continue
		}
		if !strings.Contains(err.Error(), "more partitions than the 1 of the start") {
			t.Errorf("poll: %v", err)
		}
		return
	}
}

// What a producer took back does not come, and the end of the log is reached although the last thing there is the end of a transaction.
func TestAbortedTransactions(t *testing.T) {
	b := newBroker(t, 1, appendTime())
	producer, err := kgo.NewClient(kgo.SeedBrokers(b.cfg.Brokers...), kgo.TransactionalID("vendor"), kgo.DefaultProduceTopic(b.cfg.Topic))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	for i, end := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort} {
		if err := producer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := producer.ProduceSync(t.Context(), turn(fmt.Sprint("m", i), time.Now())).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if err := producer.EndTransaction(t.Context(), end); err != nil {
			t.Fatal(err)
		}
	}
	s := b.open()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	end, err := s.Start(ctx, assigned(t, s, 1)[0], schemas.Position{}, false)
	if err != nil || end != 4 { // two records, two ends of transactions
		t.Fatalf("the end is %d: %v", end, err)
	}
	var ids []string
	for next := int64(0); next < end; {
		polled, err := s.Poll(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, batch := range polled.Batches {
			next = batch.Next
			for _, event := range batch.Events {
				ids = append(ids, event.ID)
			}
		}
	}
	if diff := cmp.Diff([]string{"m0"}, ids); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// What mends itself is logged, what does not ends the work with a sentence.
func TestFetchErrors(t *testing.T) {
	s := &Stream{cfg: DefaultConfig(), logger: zerolog.Nop()}
	f := func(err error, want string) {
		t.Helper()
		got := s.fetchErrors(kgo.NewErrFetch(err))
		if (got == nil) != (want == "") || !strings.Contains(fmt.Sprint(got), want) && want != "" {
			t.Errorf("%v: got %v, want %q", err, got, want)
		}
	}
	session := func(err error) error { return &kgo.ErrGroupSession{Err: err} }
	f(kerr.NotLeaderForPartition, "")
	f(context.Canceled, "")
	f(kgo.ErrClientClosed, "poll topic floorwatch.events.v1: client closed")
	f(kerr.TopicAuthorizationFailed, "TOPIC_AUTHORIZATION_FAILED")
	f(kerr.OffsetOutOfRange, "no longer has the next record")
	f(&kgo.ErrDataLoss{Topic: "t", ConsumedTo: 9, ResetTo: 7}, "read up to offset 9 and now ends at 7")
	f(session(kerr.UnknownMemberID), "")
	f(session(kerr.CoordinatorNotAvailable), "")
	f(session(io.EOF), "")
	f(session(kerr.GroupAuthorizationFailed), "join group floorwatch: GROUP_AUTHORIZATION_FAILED")
	f(session(kerr.FencedInstanceID), "kafka.instance_id")
}

func TestPollEndsWithItsContext(t *testing.T) {
	s := newBroker(t, 1, appendTime()).open()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Poll(ctx); err != context.Canceled {
		t.Errorf("poll: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	createTime, minute, hour, day := "CreateTime", "60000", "3600000", "86400000"
	f := func(name string, configs map[string]*string, want string) {
		t.Run(name, func(t *testing.T) {
			b := newBroker(t, 1, configs)
			s, err := Open(t.Context(), b.cfg, zerolog.New(io.Discard))
			if err == nil {
				s.Close()
			}
			if got := fmt.Sprint(err); (want == "") != (err == nil) || !strings.Contains(got, want) && want != "" {
				t.Errorf("open: %v, want %q", err, want)
			}
		})
	}
	f("no topic", nil, "has none of this name; create it: kafka-topics.sh")
	f("times of the producers", map[string]*string{"message.timestamp.type": &createTime}, "--add-config message.timestamp.type=LogAppendTime")
	f("times of the producers, a day ahead", map[string]*string{"message.timestamp.after.max.ms": &day}, "may date records freely")
	f("times of the producers, an hour ahead", map[string]*string{"message.timestamp.after.max.ms": &hour}, "")
	f("times of the producers, a minute ahead", map[string]*string{"message.timestamp.after.max.ms": &minute}, "")
	f("times of the log", appendTime(), "")
}

func TestValidateTellsEverything(t *testing.T) {
	err := Config{Brokers: []string{"nowhere"}}.Validate()
	for _, key := range []string{"brokers", "topic", "horizon", "max_records", "group", "connect_timeout", "session_timeout"} {
		if !strings.Contains(fmt.Sprint(err), key+":") {
			t.Errorf("nothing is said of %s: %v", key, err)
		}
	}
	cfg := DefaultConfig()
	cfg.InstanceID, cfg.RejectsTopic, cfg.SessionTimeout = "my host", cfg.Topic, time.Hour
	for _, part := range []string{`instance_id: is "my host"`, "rejects_topic: is the topic of the events", "session_timeout: is 1h0m0s"} {
		if err := cfg.Validate(); !strings.Contains(fmt.Sprint(err), part) {
			t.Errorf("%q is not said: %v", part, err)
		}
	}
	cfg.InstanceID, cfg.RejectsTopic, cfg.SessionTimeout = "", "", DefaultConfig().SessionTimeout
	if err := cfg.Validate(); err != nil {
		t.Errorf("without a name and a topic of rejects: %v", err)
	}
	if err := DefaultConfig().Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
}

// A broker that takes the connection and says nothing ends the start in time.
func TestSilentBroker(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	cfg := DefaultConfig()
	cfg.Brokers, cfg.ConnectTimeout = []string{listener.Addr().String()}, 50*time.Millisecond
	if _, err := Open(t.Context(), cfg, zerolog.Nop()); err == nil || !strings.Contains(err.Error(), "no answer within 50ms; is it running") {
		t.Errorf("open: %v", err)
	}
}
