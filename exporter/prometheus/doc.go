// Package prometheus shows the dictionary's numbers to Prometheus. Every family comes from a row of the dictionary; there is no other
// way to make one.
package prometheus
