// Package alertmanager holds who is told of which alert. There is no code in it, only the test that lets a real Prometheus and a real
// Alertmanager page somebody.
package alertmanager
