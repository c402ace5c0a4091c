// Package gateway takes events over HTTP and gives them to Kafka: events in our own form from whoever has a credential, and webhooks of
// chat platforms, whose adapters are pure functions, a file each. What a platform does not send, a [Poller] asks for.
//
// A request goes through route, which reads its bytes; authenticate or verify, before anything in them is believed; unpack and split, or
// an adapter's Translate; a parcel, in which each event is checked, protected and encoded; and deliver, which waits for Kafka. Only then
// is it answered with 2xx. Time is an argument everywhere.
package gateway
