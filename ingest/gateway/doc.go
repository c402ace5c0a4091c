// Package gateway takes events over HTTP and gives them to Kafka. So far it knows the webhooks of chat platforms: an adapter for each
// vendor tells whether a request is genuine, and what its body means as events. Both are pure functions; time is an argument.
package gateway
