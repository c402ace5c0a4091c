//go:build embedded

package clickhouse

import (
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
)

// A conversation that begins anew has rows of both lives. What it is now is said by the newest one alone, once; what happened in
// either stays.
func TestLives(t *testing.T) {
	store := open(t)
	now := schemas.InstantOf(time.Now())
	meta := schemas.Meta{Version: 1}
	episode := func(conversation string, life int64, open bool) schemas.EpisodeRow {
		row := answered(conversation, 60, "2026-03-02")
		row.Life, row.Open, row.LastMessageAt, row.Owner, row.OwnerKind = life, open, now-60_000, "a1", "human"
		row.WaitingSince, row.WaitingHumanSince = now-60_000, now-60_000
		return row
	}
	part := func(life int64, at schemas.Instant) schemas.ConversationAgentRow {
		return schemas.ConversationAgentRow{Meta: meta, Company: "acme", Agent: "a1", Conversation: "both open", Life: life, LastOutgoingAt: at, Messages: 1}
	}
	gone := episode("new one gone", 500, true)
	gone.Deleted, gone.Version = true, 2
	store.put(t, schemas.Rows{
		Episodes: []schemas.EpisodeRow{
			episode("both open", 0, true), episode("both open", 500, true), episode("new one closed", 0, true), episode("new one closed", 500, false),
			episode("old one closed", 0, false), episode("old one closed", 500, true), episode("one life", 7, true), episode("new one gone", 0, true)},
		ConversationAgents: []schemas.ConversationAgentRow{part(0, moment("2026-03-02T09:00:00Z")), part(500, moment("2026-03-02T08:00:00Z"))},
		Directory:          []schemas.DirectoryRow{{Meta: meta, Company: "acme", Entry: "agent", ID: "a1", Name: "Ada"}},
	})
	store.put(t, schemas.Rows{Episodes: []schemas.EpisodeRow{gone}})
	f := func(query string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, store.strings(t, query)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	f("SELECT concat(conversation_id, ' ', toString(life)) FROM open_episodes ORDER BY conversation_id, life", "both open 500", "old one closed 500", "one life 7")
	f("SELECT conversation_id FROM conversations_live WHERE company = 'acme' ORDER BY conversation_id", "both open", "old one closed", "one life")
	f("SELECT concat(conversation_id, ' ', waits_for) FROM waiting_now ORDER BY conversation_id, waits_for",
		"both open any", "both open human", "old one closed any", "old one closed human", "one life any", "one life human")
	f("SELECT toString((open_conversations, last_outgoing_at)) FROM agents_live", "(3,'2026-03-02 09:00:00.000')")
	f("SELECT toString(sum(first_response_count)) FROM first_response_daily", "8")
	f("SELECT toString(count()) FROM conversation_agents FINAL", "2")
}
