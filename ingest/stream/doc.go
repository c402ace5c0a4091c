// Package stream reads events from Kafka as a member of a consumer group: it tells which partitions this instance is given and loses,
// reads those that the caller has started at a position of the caller's own, decodes, decides what can be used and turns the rest into
// rejects. Every record comes out as one of the two.
//
// Offsets committed in Kafka are never read: they serve displays of the lag. Where a partition begins is decided by [Stream.Start], and
// what does not fit the log there is refused with a sentence, never skipped.
package stream
