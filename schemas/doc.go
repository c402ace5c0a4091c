// Package schemas is the vocabulary of floorwatch: events that come in, rows that go out, the metric dictionary, zone data and
// company days, the JSON Schemas of the events and the SQL migrations of the tables. Every other package reads it; it reads none
// of them, and it does no input or output of its own.
package schemas
