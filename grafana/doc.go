// Package grafana holds the boards and the files with which Grafana provisions them. There is no code in it, only the tests that
// hold the boards to the dictionary, to the views and to what Grafana accepts.
package grafana
