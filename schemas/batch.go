package schemas

import "errors"

// ErrRevoked tells that a partition is no longer this instance's.
var ErrRevoked = errors.New("the partition was given to another instance")

// Assignment gives a partition to this instance. Each has a number of its own: what was read under an earlier one no longer counts.
type Assignment struct {
	Partition int32
	Number    int64
}

// Polled is what the log tells at a time: partitions that came, partitions that went, and records of those that were started. It is
// to be taken in this order.
type Polled struct {
	Member   bool // the group has told by now which partitions are this instance's, if only that there is none
	Revoked  []Assignment
	Assigned []Assignment // nothing of them is read before they are started
	Batches  []Batch
}

// Batch is what one partition of the log gave at a time, in order: events that can be used, rejects for those that cannot, and how
// far it reaches. Every record is in one of the two.
type Batch struct {
	Assignment
	Events      []Event
	Rejects     []RejectRow
	Next        int64 // offset behind the last record
	LeaderEpoch int32 // of the last record, -1 if not known
	End         int64 // offset behind the log's last record, as far as known
}

// Observation is a sample for a histogram of the dictionary.
type Observation struct {
	Metric string   // key in the dictionary
	Labels []string // values in the dictionary's order of labels
	Value  float64  // in the metric's unit
}
