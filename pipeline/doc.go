// Package pipeline joins the stages: it loads what is stored of a partition, takes batches from the log, folds them, writes rows and
// states and publishes the gauges. It is the only package that knows more than one of them, and it knows the log, the store and the clock only as ports.
package pipeline
