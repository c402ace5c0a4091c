// Package prometheus holds what Prometheus scrapes and the rules of the alerts. There is no code in it, only the tests that let
// Prometheus's own engine evaluate the rules over made-up time.
package prometheus
