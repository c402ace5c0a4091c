package schemas

// Batch is what one partition of the log gave at a time, in order: events that can be used, rejects for those that cannot, and how
// far it reaches. Every record is in one of the two.
type Batch struct {
	Partition int32
	Events    []Event
	Rejects   []RejectRow
	Next      int64 // offset behind the last record
	End       int64 // offset behind the log's last record, as far as known
}

// Observation is a sample for a histogram of the dictionary.
type Observation struct {
	Metric string   // key in the dictionary
	Labels []string // values in the dictionary's order of labels
	Value  float64  // in the metric's unit
}
