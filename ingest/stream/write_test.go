package stream

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// What is committed is what displays of the lag see, and no instance begins there.
func TestCommit(t *testing.T) {
	b := newBroker(t, 2, appendTime())
	b.cfg.InstanceID = "a"
	s := b.open()
	assigned(t, s, 2)
	if err := s.Commit(t.Context(), map[int32]int64{0: 7, 1: 8}); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), map[int32]int64{1: 9}); err != nil {
		t.Fatal(err)
	}
	offsets, err := kadm.NewClient(b.client).FetchOffsets(t.Context(), b.cfg.Group)
	if err != nil {
		t.Fatal(err)
	}
	got := map[int32]int64{}
	offsets.Each(func(o kadm.OffsetResponse) { got[o.Partition] = o.At })
	if diff := cmp.Diff(map[int32]int64{0: 7, 1: 9}, got); diff != "" {
		t.Errorf("committed (-want +got):\n%s", diff)
	}
	s.Close()
	if err := s.Commit(t.Context(), map[int32]int64{1: 9}); err == nil {
		t.Error("an instance that ended committed")
	}
}

// A reject arrives as the producer wrote it, with why and where beside.
func TestForward(t *testing.T) {
	b := newBroker(t, 1, appendTime())
	b.cfg.KeepRejects = true
	bad := &kgo.Record{Key: []byte("k\xff"), Value: []byte("\x00{no json"), Headers: []kgo.RecordHeader{{Key: "trace", Value: []byte{1, 0xff}}, {Key: "trace", Value: nil}}}
	b.produce(turn("m0", time.Now()), bad, &kgo.Record{})
	s := b.open()
	rejects := poll(t, s, 3)[0].Rejects
	if err := s.Forward(t.Context(), rejects); err != nil {
		t.Fatal(err)
	}
	reader, err := kgo.NewClient(kgo.SeedBrokers(b.cfg.Brokers...), kgo.ConsumeTopics(b.cfg.RejectsTopic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var got []*kgo.Record
	for len(got) < 2 {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			t.Fatal(err)
		}
		got = append(got, fetches.Records()...)
	}
	where := func(reason, detail, offset string) []kgo.RecordHeader {
		return []kgo.RecordHeader{{Key: "floorwatch-reason", Value: []byte(reason)}, {Key: "floorwatch-detail", Value: []byte(detail)},
			{Key: "floorwatch-topic", Value: []byte(b.cfg.Topic)}, {Key: "floorwatch-partition", Value: []byte("0")}, {Key: "floorwatch-offset", Value: []byte(offset)}}
	}
	want := []*kgo.Record{
		{Key: bad.Key, Value: bad.Value, Headers: append(bad.Headers, where(rejects[0].Reason, rejects[0].Detail, "1")...)},
		{Headers: where(schemas.ReasonEmpty, rejects[1].Detail, "2")},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(kgo.Record{}, kgo.RecordAttrs{}), cmpopts.IgnoreFields(kgo.Record{}, "Timestamp", "Topic", "Attrs", "ProducerEpoch", "ProducerID", "Partition", "Offset", "LeaderEpoch", "Context")); diff != "" {
		t.Errorf("forwarded (-want +got):\n%s", diff)
	}
	s.cfg.RejectsTopic = ""
	if err := s.Forward(t.Context(), []schemas.RejectRow{{}}); err != nil {
		t.Error(err)
	}
}

// A reject that the topic cannot take holds up no other.
func TestForwardOfALargeReject(t *testing.T) {
	b := newBroker(t, 1, appendTime())
	limit := "600"
	b.cfg.RejectsTopic = "narrow"
	b.createTopic(b.cfg.RejectsTopic, 1, map[string]*string{"max.message.bytes": &limit})
	reject := func(offset int64, bytes int) schemas.RejectRow {
		value := make([]byte, bytes) // that does not get smaller when compressed
		rand.NewChaCha8([32]byte{byte(offset)}).Read(value)
		return schemas.RejectRow{Topic: b.cfg.Topic, Offset: offset, Record: &schemas.Record{Key: []byte("k"), Value: value}}
	}
	s := b.open()
	if err := s.Forward(t.Context(), []schemas.RejectRow{reject(0, 200), reject(1, 700), reject(2, 200)}); err != nil {
		t.Fatal(err)
	}
	ends, err := kadm.NewClient(b.client).ListEndOffsets(t.Context(), b.cfg.RejectsTopic)
	if err != nil {
		t.Fatal(err)
	}
	if end, _ := ends.Lookup(b.cfg.RejectsTopic, 0); end.Offset != 2 {
		t.Errorf("%d of 2 rejects are there", end.Offset)
	}
}

// Without the topic of rejects there is no start; the sentence tells how to make it and how to do without.
func TestNoRejectsTopic(t *testing.T) {
	b := newBroker(t, 1, appendTime())
	b.cfg.RejectsTopic = "elsewhere"
	s, err := Open(t.Context(), b.cfg, zerolog.Nop())
	if err == nil {
		s.Close()
		t.Fatal("opened")
	}
	for _, part := range []string{"--create --topic elsewhere --partitions 12; or set", `or set kafka.rejects_topic to ""`} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("open: %v, want %q", err, part)
		}
	}
	b.cfg.RejectsTopic = ""
	b.open()
}
