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
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// broker is an in-process Kafka with the topic of the default configuration.
type broker struct {
	t      *testing.T
	client *kgo.Client
	cfg    Config
}

func newBroker(t *testing.T, partitions int32, topicConfigs map[string]*string) *broker {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	b := &broker{t: t, client: client, cfg: DefaultConfig()}
	b.cfg.Brokers = cluster.ListenAddrs()
	if topicConfigs != nil {
		if _, err := kadm.NewClient(client).CreateTopic(t.Context(), partitions, 1, topicConfigs, b.cfg.Topic); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func appendTime() map[string]*string {
	kind := "LogAppendTime"
	return map[string]*string{"message.timestamp.type": &kind}
}

func (b *broker) produce(records ...*kgo.Record) {
	b.t.Helper()
	for _, record := range records {
		record.Topic = b.cfg.Topic
	}
	if err := b.client.ProduceSync(b.t.Context(), records...).FirstErr(); err != nil {
		b.t.Fatal(err)
	}
}

func (b *broker) open() *Stream {
	b.t.Helper()
	s, err := Open(b.t.Context(), b.cfg, zerolog.Nop())
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(s.Close)
	return s
}

// poll takes batches until n records were seen, and joins them by partition.
func poll(t *testing.T, s *Stream, n int) map[int32]schemas.Batch {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	out := map[int32]schemas.Batch{}
	for seen := 0; seen < n; {
		batches, err := s.Poll(ctx)
		if err != nil {
			t.Fatalf("poll after %d of %d records: %v", seen, n, err)
		}
		for _, batch := range batches {
			joined := out[batch.Partition]
			joined.Partition, joined.Next, joined.End = batch.Partition, batch.Next, batch.End
			joined.Events = append(joined.Events, batch.Events...)
			joined.Rejects = append(joined.Rejects, batch.Rejects...)
			out[batch.Partition] = joined
			seen += len(batch.Events) + len(batch.Rejects)
		}
	}
	return out
}

// turn is a good record: a customer's message of the instant.
func turn(id string, at time.Time) *kgo.Record {
	value := fmt.Sprintf(`{"schema_version":1,"type":"message","event_id":%q,"company":"acme","conversation_id":"c1","message_id":%q,"direction":"in","author_kind":"customer","occurred_at":%q}`,
		id, id, at.UTC().Format(time.RFC3339Nano))
	return &kgo.Record{Key: []byte("c/acme/c1"), Value: []byte(value), Timestamp: at}
}

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
			AppendedAt: schemas.InstantOf(cases[reject.Offset].record.Timestamp), Version: 1<<48 | uint64(reject.Offset)}
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

// The log is read from its beginning, and the ends tell when all that was there is read.
func TestReadsAllPartitionsFromTheBeginning(t *testing.T) {
	b := newBroker(t, 3, appendTime())
	now := time.Now()
	for i := range 10 { // by hand: only the partition of the key is right
		record := turn(fmt.Sprint("m", i), now)
		record.Partition = int32(1 + i%2)
		b.produce(record)
	}
	for range 2 { // a second reader gets the same
		s := b.open()
		if diff := cmp.Diff(map[int32]int64{0: 0, 1: 5, 2: 5}, s.Ends()); diff != "" {
			t.Errorf("ends (-want +got):\n%s", diff)
		}
		got := poll(t, s, 10)
		// Kafka's Java client puts c/acme/c1 into partition 2 of 3: (murmur2 & 0x7fffffff) % 3.
		if len(got[2].Events) != 5 || got[2].Next != 5 || len(got[1].Events) != 0 || len(got[1].Rejects) != 5 {
			t.Errorf("got %d and %d events, %d rejects", len(got[1].Events), len(got[2].Events), len(got[1].Rejects))
		}
		for _, reject := range got[1].Rejects {
			if reject.Reason != schemas.ReasonWrongPartition {
				t.Errorf("rejected for %s", reject.Reason)
			}
		}
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
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
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
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var ids []string
	for next := int64(0); next < s.Ends()[0]; {
		batches, err := s.Poll(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, batch := range batches {
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

// A log that lost its beginning would give other rows than before under the same versions: that is refused unless asked for. A partition
// whose records are all gone has nothing to catch up with.
func TestEndsAfterRetention(t *testing.T) {
	b := newBroker(t, 1, appendTime())
	b.produce(turn("m0", time.Now()), turn("m1", time.Now()))
	offsets := kadm.Offsets{}
	offsets.AddOffset(b.cfg.Topic, 0, 2, -1)
	if _, err := kadm.NewClient(b.client).DeleteRecords(t.Context(), offsets); err != nil {
		t.Fatal(err)
	}
	if s, err := Open(t.Context(), b.cfg, zerolog.Nop()); err == nil || !strings.Contains(err.Error(), "partition 0 begins at offset 2") {
		if s != nil {
			s.Close()
		}
		t.Errorf("open: %v", err)
	}
	b.cfg.AcceptTruncated = true
	if got := b.open().Ends()[0]; got != 0 {
		t.Errorf("the end is %d, want 0", got)
	}
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
	f("no topic", nil, "it does not exist; create it with: kafka-topics.sh")
	f("times of the producers", map[string]*string{"message.timestamp.type": &createTime}, "--add-config message.timestamp.type=LogAppendTime")
	f("times of the producers, a day ahead", map[string]*string{"message.timestamp.after.max.ms": &day}, "may date records freely")
	f("times of the producers, an hour ahead", map[string]*string{"message.timestamp.after.max.ms": &hour}, "")
	f("times of the producers, a minute ahead", map[string]*string{"message.timestamp.after.max.ms": &minute}, "")
	f("times of the log", appendTime(), "")
}

func TestValidateTellsEverything(t *testing.T) {
	err := Config{Brokers: []string{"nowhere"}}.Validate()
	for _, key := range []string{"brokers", "topic", "horizon", "max_records"} {
		if !strings.Contains(fmt.Sprint(err), key+":") {
			t.Errorf("nothing is said of %s: %v", key, err)
		}
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
