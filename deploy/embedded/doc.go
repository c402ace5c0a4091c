// Package embedded holds the parts with which floorwatch runs in one process and without any server: a Kafka broker in
// memory and on disk, and the ClickHouse engine as a shared library behind ClickHouse's own HTTP interface.
//
// The rest of floorwatch does not know it: aggregator, exporters and boards talk to the addresses that these parts listen
// on, exactly as they would talk to real servers. Everything except this file is built with the tag "embedded".
package embedded
