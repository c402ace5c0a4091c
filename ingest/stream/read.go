package stream

import (
	"errors"
	"math"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/twmb/franz-go/pkg/kgo"
)

// read turns a record into an event, or tells why it cannot be used.
func (s *Stream) read(record *kgo.Record) (schemas.Event, error) {
	event, err := decode(record)
	if err != nil {
		return event, err
	}
	if err := event.Admit(record.Key, schemas.InstantOf(record.Timestamp), isBackfill(record), s.cfg.Horizon); err != nil {
		return event, err
	}
	if home := s.partitioner.Partition(&kgo.Record{Key: record.Key}, int(s.partitions)); home != int(record.Partition) {
		return event, &schemas.Reject{Reason: schemas.ReasonWrongPartition, Detail: "the record is not in the partition of its key; use the partitioner of Java clients, murmur2 (partitioner=murmur2_random in librdkafka)"}
	}
	if !s.cfg.KeepTexts { // the store guards what it keeps
		event.Text = ""
		policy := s.cfg.Policies.Of(event.Company)
		event.FreeTexts(func(free *string, limit int) { policy.MaskIn(free, limit) })
	}
	event.KeyID, event.Offset, event.AppendedAt = schemas.KeyIDOf(string(record.Key)), record.Offset, schemas.InstantOf(record.Timestamp)
	return event, nil
}

// decode reads what a record says, whatever form it has.
func decode(record *kgo.Record) (schemas.Event, error) {
	return schemas.DecodeRecord(record.Value, headersOf(record))
}

func headersOf(record *kgo.Record) []schemas.RecordHeader {
	var headers []schemas.RecordHeader
	for _, header := range record.Headers {
		headers = append(headers, schemas.RecordHeader{Name: header.Key, Value: header.Value})
	}
	return headers
}

func isBackfill(record *kgo.Record) bool {
	for _, header := range record.Headers {
		if header.Key == schemas.BackfillHeader {
			return string(header.Value) == "true"
		}
	}
	return false
}

// reject keeps where an unusable record stands and why it is one; what it says only for Forward.
func (s *Stream) reject(record *kgo.Record, err error) schemas.RejectRow {
	var reject *schemas.Reject
	if !errors.As(err, &reject) {
		panic("BUG: a record was refused without a reason: " + err.Error())
	}
	row := schemas.RejectRow{
		Topic: record.Topic, Partition: record.Partition, Offset: record.Offset, AppendedAt: schemas.InstantOf(record.Timestamp),
		Reason: reject.Reason, Detail: reject.Detail, Bytes: uint32(min(len(record.Value), math.MaxUint32)),
	}
	if s.cfg.KeepRejects {
		row.Record = &schemas.Record{Key: record.Key, Value: record.Value, Headers: headersOf(record)}
	}
	return row
}
