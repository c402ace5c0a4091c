package gateway

// EventID is the id of an event of a vendor that is made of what identifies it there: the kind of event, then what it is about. It is for
// events that no webhook tells; those of webhooks get theirs from their adapter.
func EventID(vendor string, identity ...string) string {
	return eventID(append([]string{vendor}, identity...))
}
