// Package pipeline joins the stages: it takes batches from the log, folds them, writes the rows and publishes the gauges. It is the
// only package that knows more than one of them, and it knows the log, the store and the clock only as ports.
package pipeline
