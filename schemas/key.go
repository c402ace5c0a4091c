package schemas

import (
	"net/url"
	"strings"
)

// Key kinds: the first part of a Kafka key.
const (
	KeyConversation = "c"
	KeyAgent        = "a"
	KeyTeam         = "t"
)

// Key gives the Kafka key kind/company/id of an event, the parts percent-escaped. All events with one key are in one partition, in
// order, and each row belongs to exactly one key.
func (e *Event) Key() string {
	switch {
	case e.Type == TypeMessage || e.Type == TypeStatus:
		return MakeKey(KeyConversation, e.Company, e.Conversation)
	case e.Type == TypeDirectory && e.Entry == EntryTeam:
		return MakeKey(KeyTeam, e.Company, e.Team)
	default:
		return MakeKey(KeyAgent, e.Company, e.Agent)
	}
}

// Scope is what an event's id is unique within, beside its key. It is empty for a conversation; an agent's presence, heartbeats and
// directory entries are told apart, and presence by device.
func (e *Event) Scope() string {
	switch e.Type {
	case TypeAgent:
		return e.Action + "/" + e.Device
	case TypeDirectory:
		return TypeDirectory
	default:
		return ""
	}
}

// MakeKey joins a key kind, a company and an id to a Kafka key.
func MakeKey(kind, company, id string) string {
	return kind + "/" + escapeKeyPart(company) + "/" + escapeKeyPart(id)
}

// escapeKeyPart leaves ids of plain letters, digits, '-', '_', '.' and '~' as they are.
func escapeKeyPart(part string) string {
	return strings.ReplaceAll(url.QueryEscape(part), "+", "%20")
}
