// Package stream reads events from Kafka: it polls, decodes, decides what can be used and turns the rest into rejects. Every record
// comes out as one of the two.
package stream
