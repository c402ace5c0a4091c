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
	KeyCompany      = "y"
)

// Key gives the Kafka key kind/company/id of an event, the parts percent-escaped. All events with one key are in one partition, in
// order, and each row belongs to exactly one key. What concerns the whole company has the company's name as its id.
func (e *Event) Key() string {
	switch {
	case e.Type == TypeMessage || e.Type == TypeStatus:
		return MakeKey(KeyConversation, e.Company, e.Conversation)
	case e.Type == TypeDirectory && e.Entry == EntryTeam:
		return MakeKey(KeyTeam, e.Company, e.Team)
	case e.Type == TypeDirectory && e.Entry == EntryCustomer:
		return MakeKey(KeyCompany, e.Company, e.Customer)
	case e.Type == TypeSchedule || e.Type == TypeCompany:
		return MakeKey(KeyCompany, e.Company, e.Company)
	default:
		return MakeKey(KeyAgent, e.Company, e.Agent)
	}
}

// Scope is what an event's id is unique within, beside its key. It is empty for a conversation. An agent's presence, heartbeats,
// capacity, typing and directory entries are told apart, all but the last by device, typing by conversation too; so are plans, what
// concerns a company, and the directory.
func (e *Event) Scope() string {
	switch e.Type {
	case TypeAgent:
		if e.Action == ActionTyping {
			return e.Action + "/" + e.Device + "/" + e.Conversation
		}
		return e.Action + "/" + e.Device
	case TypeDirectory, TypeSchedule, TypeCompany:
		return e.Type
	default:
		return ""
	}
}

// MakeKey joins a key kind, a company and an id to a Kafka key.
func MakeKey(kind, company, id string) string {
	return kind + "/" + EscapeKeyPart(company) + "/" + EscapeKeyPart(id)
}

// EscapeKeyPart writes a company or an id as it stands in a Kafka key. It leaves ids of plain letters, digits, '-', '_', '.' and '~' as they are.
func EscapeKeyPart(part string) string {
	return strings.ReplaceAll(url.QueryEscape(part), "+", "%20")
}
