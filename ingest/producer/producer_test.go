package producer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/floorwatch/floorwatch/schemas"
)

const (
	topic      = "floorwatch.events.v1"
	partitions = 7
)

var now = schemas.InstantOf(time.Date(2025, 11, 18, 12, 0, 0, 0, time.UTC))

// newCluster starts a Kafka in this process.
func newCluster(t *testing.T) *kfake.Cluster {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(partitions, topic))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster
}

func open(t *testing.T, cluster *kfake.Cluster, change func(*Config)) *Producer {
	t.Helper()
	config := DefaultConfig()
	config.Brokers = cluster.ListenAddrs()
	config.Linger = 0
	if change != nil {
		change(&config)
	}
	p, err := Open(t.Context(), config, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// read gives the first count records of the topic.
func read(t *testing.T, cluster *kfake.Cluster, count int) []*kgo.Record {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ConsumeTopics(topic))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var records []*kgo.Record
	for len(records) < count {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("read record %d of %d: %v", len(records)+1, count, err)
		}
		records = append(records, fetches.Records()...)
	}
	return records
}

// line is a message event; changes are name, value, name, value, …
func line(id string, changes ...any) string {
	fields := map[string]any{
		"type": "message", "event_id": id, "company": "acme", "occurred_at": "2025-11-18T11:59:00Z", "conversation_id": "c-" + id,
		"message_id": "m-" + id, "direction": "in", "author_kind": "customer",
	}
	for i := 0; i < len(changes); i += 2 {
		fields[changes[i].(string)] = changes[i+1]
	}
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func at(instant schemas.Instant) func() schemas.Instant {
	return func() schemas.Instant { return instant }
}

func TestLines(t *testing.T) {
	cluster := newCluster(t)
	p := open(t, cluster, nil)
	input := "\uFEFF" + strings.Join([]string{
		line("1"),
		"",
		line("2") + "\r",
		"  \t",
		`{"type":"message"`,
		line("3", "direction", "sideways"),
		line("4", "padding", strings.Repeat("x", schemas.MaxEventBytes)),
		line("5") + strings.Repeat(" ", 3*schemas.MaxEventBytes) + "garbage",
		line("6", "occurred_at", "2025-11-15T11:59:59Z"),
		line("7", "occurred_at", "2025-11-18T12:05:01Z"),
		line("8", "text", "my card is 4111 1111 1111 1111 é"),
		"\xff\xfe",
		"[1]",
		line("9") + line("10"),
		line("11"),
	}, "\n")
	type refused struct {
		Line   int64
		Reason string
	}
	var refusals []refused
	var last Progress
	reports := 0
	summary, err := p.Lines(t.Context(), strings.NewReader(input), LinesOptions{Now: at(now), Refused: func(r Refusal) {
		refusals = append(refusals, refused{r.Line, r.Reason})
		if r.Detail == "" {
			t.Errorf("line %d has no detail", r.Line)
		}
	}}, func(progress Progress) {
		if progress.Bytes < last.Bytes {
			t.Errorf("bytes went back from %d to %d", last.Bytes, progress.Bytes)
		}
		last, reports = progress, reports+1
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []refused{
		{5, schemas.ReasonNotJSON}, {6, schemas.ReasonInvalidField}, {7, schemas.ReasonTooLarge}, {8, schemas.ReasonTooLarge},
		{9, schemas.ReasonOccurredTooEarly}, {10, schemas.ReasonOccurredInFuture}, {12, schemas.ReasonNotUTF8},
		{13, schemas.ReasonNotObject}, {14, schemas.ReasonNotJSON},
	}
	if diff := cmp.Diff(want, refusals); diff != "" {
		t.Errorf("refusals (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Summary{Lines: 13, Accepted: 4, Refused: 9}, summary); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Progress{Bytes: int64(len(input)), Lines: 13, Refused: 9}, last); diff != "" || reports != 15 {
		t.Errorf("%d reports, the last (-want +got):\n%s", reports, diff)
	}
	var ids []string
	for _, record := range read(t, cluster, 4) {
		event, err := schemas.DecodeEvent(record.Value)
		if err != nil {
			t.Fatalf("decode %s: %v", record.Value, err)
		}
		ids = append(ids, event.ID)
		if strings.Contains(string(record.Value), "4111") {
			t.Errorf("Kafka holds a message's text: %s", record.Value)
		}
		if event.ID == "8" && event.TextLength != 32 {
			t.Errorf("text_length is %d, want 32", event.TextLength)
		}
		if len(record.Headers) > 0 {
			t.Errorf("record has headers %v", record.Headers)
		}
	}
	slices.Sort(ids)
	if diff := cmp.Diff([]string{"1", "11", "2", "8"}, ids); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
}

// The longest event fits, with every line end.
func TestLinesLongest(t *testing.T) {
	p := open(t, newCluster(t), nil)
	bare := line("1", "padding", "")
	longest := line("1", "padding", strings.Repeat("x", schemas.MaxEventBytes-len(bare)))
	for _, input := range []string{longest, longest + "\n", longest + "\r\n", "\uFEFF" + longest + "\r\n" + longest + "\r\n"} {
		summary, err := p.Lines(t.Context(), iotest.OneByteReader(strings.NewReader(input)), LinesOptions{Now: at(now)}, nil)
		if err != nil || summary.Accepted != summary.Lines || summary.Lines == 0 {
			t.Errorf("%d bytes: %+v, %v", len(input), summary, err)
		}
		summary, err = p.Lines(t.Context(), strings.NewReader("x"+input), LinesOptions{Now: at(now)}, nil)
		if err != nil || summary.Refused != 1 {
			t.Errorf("%d bytes and one: %+v, %v", len(input), summary, err)
		}
	}
}

func TestLinesBackfill(t *testing.T) {
	cluster := newCluster(t)
	p := open(t, cluster, nil)
	input := line("1", "occurred_at", "2020-01-01T00:00:00Z") + "\n" + line("2", "occurred_at", "1999-01-01T00:00:00Z")
	summary, err := p.Lines(t.Context(), strings.NewReader(input), LinesOptions{Now: at(now), Backfill: true}, nil)
	if err != nil || summary != (Summary{Lines: 2, Accepted: 1, Refused: 1}) {
		t.Errorf("got %+v, %v", summary, err)
	}
	want := []kgo.RecordHeader{{Key: "floorwatch-backfill", Value: []byte("true")}}
	if diff := cmp.Diff(want, read(t, cluster, 1)[0].Headers); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

// murmur2 is Kafka's hash of keys, written down a second time.
func murmur2(data []byte) uint32 {
	const m = 0x5bd1e995
	h := uint32(0x9747b28c) ^ uint32(len(data))
	for ; len(data) >= 4; data = data[4:] {
		k := (uint32(data[0]) | uint32(data[1])<<8 | uint32(data[2])<<16 | uint32(data[3])<<24) * m
		h = h*m ^ (k^k>>24)*m
	}
	for i := len(data) - 1; i >= 0; i-- {
		h ^= uint32(data[i]) << (8 * i)
		if i == 0 {
			h *= m
		}
	}
	h = (h ^ h>>13) * m
	return h ^ h>>15
}

// The vectors are those of org.apache.kafka.common.utils.UtilsTest.
func TestPartitions(t *testing.T) {
	for text, want := range map[string]int32{
		"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536, "a-little-bit-longer-string": -1486304829,
		"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971, "abc": 479470107,
	} {
		if got := int32(murmur2([]byte(text))); got != want {
			t.Fatalf("murmur2(%q) = %d, want %d", text, got, want)
		}
	}
	cluster := newCluster(t)
	p := open(t, cluster, nil)
	const count = 200
	keys := map[string]bool{}
	for i := range count {
		event := schemas.Event{Type: schemas.TypeStatus, Company: "ac/me é", Conversation: fmt.Sprint(i)}
		switch i % 3 {
		case 1:
			event = schemas.Event{Type: schemas.TypeAgent, Company: "acme", Agent: fmt.Sprint(i)}
		case 2:
			event = schemas.Event{Type: schemas.TypeDirectory, Entry: schemas.EntryTeam, Company: "acme", Team: fmt.Sprint(i)}
		}
		keys[event.Key()] = true
		if err := p.Send(t.Context(), &event, i%2 == 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	used := map[int32]bool{}
	for _, record := range read(t, cluster, count) {
		if want := int32(murmur2(record.Key)&0x7fffffff) % partitions; record.Partition != want {
			t.Errorf("key %s is in partition %d, want %d", record.Key, record.Partition, want)
		}
		if !keys[string(record.Key)] {
			t.Errorf("key %s is of no event", record.Key)
		}
		delete(keys, string(record.Key))
		used[record.Partition] = true
	}
	if len(keys) > 0 || len(used) != partitions {
		t.Errorf("%d keys are missing, %d partitions used", len(keys), len(used))
	}
}

func TestOpenErrors(t *testing.T) {
	cluster := newCluster(t)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	began := time.Now()
	tests := []struct {
		name   string
		change func(*Config)
		want   []string
	}{
		{"refused", func(c *Config) { c.Brokers = []string{closed.Addr().String()} },
			[]string{"connect to Kafka at " + closed.Addr().String() + ": connection refused; is it running"}},
		{"silent", func(c *Config) { c.Brokers, c.ConnectTimeout = []string{silent.Addr().String()}, 50*time.Millisecond },
			[]string{"connect to Kafka at", "no answer within 50ms"}},
		{"topic", func(c *Config) { c.Topic = "none" }, []string{`find topic "none"`, "kafka-topics.sh", "--create --topic none"}},
		{"config", func(c *Config) { *c = Config{Brokers: []string{"here"}, Topic: "a b"} },
			[]string{"brokers[0]", "topic", "connect_timeout", "delivery_timeout", "max_buffered"}},
		{"no brokers", func(c *Config) { c.Brokers, c.Linger = nil, time.Hour }, []string{"brokers: is empty", "linger: is 1h", "delivery_timeout"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := DefaultConfig()
			config.Brokers = cluster.ListenAddrs()
			test.change(&config)
			p, err := Open(t.Context(), config, zerolog.Nop())
			if err == nil {
				p.Close()
				t.Fatal("no error")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not tell %q", err, want)
				}
			}
		})
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
	if err := DefaultConfig().Validate(); err != nil {
		t.Errorf("the default is wrong: %v", err)
	}
}

// stepReader gives one line at each read, and does something before.
type stepReader struct {
	lines  []string
	before func(line int)
}

func (r *stepReader) Read(into []byte) (int, error) {
	if len(r.lines) == 0 {
		return 0, io.EOF
	}
	if r.before != nil {
		r.before(len(r.lines))
	}
	n := copy(into, r.lines[0])
	r.lines = r.lines[1:]
	return n, nil
}

func manyLines(count int) (lines []string) {
	for i := range count {
		lines = append(lines, line(fmt.Sprint(i))+"\n")
	}
	return lines
}

// The broker goes away when ten lines are acknowledged: the rest fails within the delivery timeout.
func TestLinesBrokerGone(t *testing.T) {
	cluster := newCluster(t)
	p := open(t, cluster, func(c *Config) { c.DeliveryTimeout = time.Second })
	input := &stepReader{lines: manyLines(100), before: func(left int) {
		if left == 90 {
			if err := p.client.Flush(t.Context()); err != nil {
				t.Error(err)
			}
			cluster.Close()
		}
	}}
	summary, err := p.Lines(t.Context(), input, LinesOptions{Now: at(now)}, nil)
	if err == nil || !strings.Contains(err.Error(), topic) || !strings.Contains(err.Error(), "not acknowledged") {
		t.Errorf("error is %v", err)
	}
	t.Log(err)
	if summary.Accepted != 10 || summary.Refused != 0 || summary.Lines <= 10 {
		t.Errorf("got %+v, want 10 accepted and more sent", summary)
	}
}

// The broker takes a batch and never answers: Lines comes to an end all the same.
func TestLinesBrokerSilent(t *testing.T) {
	cluster := newCluster(t)
	p := open(t, cluster, func(c *Config) { c.DeliveryTimeout = time.Second })
	cluster.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		return nil, errors.New("no answer"), true // the connection is cut with the batch in hand
	})
	summary, err := p.Lines(t.Context(), strings.NewReader(line("1")), LinesOptions{Now: at(now)}, nil)
	if err == nil || summary != (Summary{Lines: 1}) {
		t.Errorf("got %+v, %v", summary, err)
	}
	t.Log(err)
}

// Kafka's own refusal is told, and the producer can be used again afterwards.
func TestFlushTellsFailures(t *testing.T) {
	cluster := newCluster(t)
	p := open(t, cluster, nil)
	cluster.ControlKey(int16(kmsg.Produce), func(request kmsg.Request) (kmsg.Response, error, bool) {
		return refusing(request), nil, true
	})
	event := schemas.Event{Type: schemas.TypeStatus, Company: "acme", Conversation: "1"}
	send := func() error {
		if err := p.Send(t.Context(), &event, false); err != nil {
			t.Fatal(err)
		}
		return p.Flush(t.Context())
	}
	if err := send(); !errors.Is(err, kerr.TopicAuthorizationFailed) || !strings.Contains(err.Error(), "1 not acknowledged") {
		t.Errorf("first: %v", err)
	}
	if err := send(); err != nil {
		t.Errorf("second: %v", err)
	}
}

func TestLinesCancelled(t *testing.T) {
	cluster := newCluster(t)
	p := open(t, cluster, nil)
	ctx, cancel := context.WithCancel(t.Context())
	input := &stepReader{lines: manyLines(100), before: func(left int) {
		if left == 60 {
			cancel()
		}
	}}
	summary, err := p.Lines(ctx, input, LinesOptions{Now: at(now)}, nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	if summary.Lines != summary.Accepted || summary.Accepted < 40 || summary.Accepted > 41 {
		t.Errorf("got %+v; what was taken must be delivered", summary)
	}
	if got := int64(len(read(t, cluster, int(summary.Accepted)))); got != summary.Accepted {
		t.Errorf("Kafka has %d, summary %+v", got, summary)
	}
	if err := p.Send(ctx, &schemas.Event{}, false); !errors.Is(err, context.Canceled) {
		t.Errorf("Send: %v", err)
	}
}

func TestLinesReadError(t *testing.T) {
	p := open(t, newCluster(t), nil)
	broken := errors.New("disk on fire")
	input := io.MultiReader(strings.NewReader(line("1")+"\n"+`{"half`), iotest.ErrReader(broken))
	summary, err := p.Lines(t.Context(), input, LinesOptions{Now: at(now)}, nil)
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "read line 2") {
		t.Errorf("error is %v", err)
	}
	if summary != (Summary{Lines: 1, Accepted: 1}) {
		t.Errorf("got %+v", summary)
	}
}

// Nothing is lost when more is sent than may be on its way.
func TestSendWaitsForRoom(t *testing.T) {
	cluster := newCluster(t)
	p := open(t, cluster, func(c *Config) { c.MaxBuffered = 3 })
	summary, err := p.Lines(t.Context(), strings.NewReader(strings.Join(manyLines(500), "")), LinesOptions{Now: at(now)}, nil)
	if err != nil || summary != (Summary{Lines: 500, Accepted: 500}) {
		t.Errorf("got %+v, %v", summary, err)
	}
	if got := p.client.BufferedProduceRecords(); got != 0 {
		t.Errorf("%d are still on their way", got)
	}
}

func BenchmarkLines(b *testing.B) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(partitions, topic))
	if err != nil {
		b.Fatal(err)
	}
	defer cluster.Close()
	config := DefaultConfig()
	config.Brokers = cluster.ListenAddrs()
	p, err := Open(b.Context(), config, zerolog.Nop())
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	const count = 2000
	input := strings.Join(manyLines(count), "")
	b.ReportAllocs()
	for b.Loop() {
		if summary, err := p.Lines(b.Context(), strings.NewReader(input), LinesOptions{Now: at(now)}, nil); err != nil || summary.Accepted != count {
			b.Fatal(summary, err)
		}
	}
	b.ReportMetric(float64(count*b.N)/b.Elapsed().Seconds(), "events/s")
}
