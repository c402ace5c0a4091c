package schemas

import "reflect"

// Facts are what few events tell, under the names that they have in JSON. Fields that the event does not use are empty; numbers that
// may be left out are nil then.
type Facts struct {
	// message
	Keywords       []string `json:"keywords,omitempty"`        // ids of the keyword rules that hit
	Sentiment      *float64 `json:"sentiment,omitempty"`       // -1 to 1
	SentimentModel string   `json:"sentiment_model,omitempty"` // scores of two models never mix
	QuickReply     bool     `json:"quick_reply,omitempty"`     // written with a canned text
	AITurn

	// status
	Priority   string   `json:"priority,omitempty"`   // priority_changed
	Tier       string   `json:"tier,omitempty"`       // tier_changed and directory: of the customer; escalated: of the support
	Structured bool     `json:"structured,omitempty"` // noted: issue, action and outcome are told apart
	Rating     string   `json:"rating,omitempty"`     // rated: one of Ratings
	Score      *float64 `json:"score,omitempty"`      // rated: on the rating's scale; qa_scored: 0 to 100
	Dimension  string   `json:"dimension,omitempty"`  // qa_scored: what was looked at
	Rater      string   `json:"rater_id,omitempty"`   // qa_scored
	RaterKind  string   `json:"rater_kind,omitempty"` // human or ai

	Slots         *int64  `json:"slots,omitempty"` // capacity: conversations that an agent may hold
	StartsAt      Instant `json:"-"`               // schedule: starts_at, of the interval
	Minutes       *int64  `json:"minutes,omitempty"`
	AgentsPlanned *int64  `json:"agents_planned,omitempty"`
	Visitors      *int64  `json:"visitors,omitempty"` // company: browsing now
}

// AITurn is how an AI took a turn of the customer.
type AITurn struct {
	Intent         string   `json:"ai_intent,omitempty"`
	Confidence     *float64 `json:"ai_confidence,omitempty"` // 0 to 1
	Fallback       bool     `json:"ai_fallback,omitempty"`   // it had no answer
	Unsafe         string   `json:"ai_unsafe,omitempty"`     // one of UnsafeStages
	UnsafeCategory string   `json:"ai_unsafe_category,omitempty"`
	Articles       []string `json:"ai_articles,omitempty"` // ids of the articles that the answer used
	Search         string   `json:"ai_search,omitempty"`   // one of Searches
	LatencyMillis  *int64   `json:"ai_latency_ms,omitempty"`
	Flow           string   `json:"ai_flow,omitempty"` // message, ai_flow_paused, ai_flow_resumed
}

// noFacts are read where an event has none.
var noFacts Facts

// orNil gives nil for facts that tell nothing, so that equal facts are equal events.
func (f Facts) orNil() *Facts {
	if reflect.ValueOf(f).IsZero() {
		return nil
	}
	return &f
}
