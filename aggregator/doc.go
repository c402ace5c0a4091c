// Package aggregator is the pure core: events and times in, rows and gauges out. It keeps the state of the conversations and agents
// of one partition of the log, as a write-back cache of the table state, and knows no clock, no input, no output and no goroutine.
//
// What it computes is a function of the set of distinct events of a conversation or an agent. Their order of arrival, duplicates,
// batching and restarts do not change it: an event that comes late is put where it belongs and the conversation is folded again.
// There is one file for each family of numbers; metric.go in package schemas defines them.
package aggregator
