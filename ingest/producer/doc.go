// Package producer writes events to Kafka as the aggregator wants to read them: keyed by conversation, agent or team, in the partition
// that every Java client would choose (murmur2), acknowledged by all replicas in sync and without duplicates of its own making.
//
// It keeps the text of messages out of Kafka: [Producer.Lines] sends each event as schemas.EncodeEvent or, in Protobuf, schemas.AppendEventProtobuf writes it, with the length of
// the text in its place.
package producer
