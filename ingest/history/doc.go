// Package history reads tables that were exported from a chat platform and tells them as events. The tables are those of the vendors' APIs
// as the usual connectors write them, one CSV file each.
//
// A row becomes the webhook that would have told the same when it happened, and the adapter of package gateway gives its events. So an
// import and live webhooks of the same conversation have the same ids, and an event that came both ways counts once. Nothing is read but
// the files, and no clock: the same files give the same events.
package history
