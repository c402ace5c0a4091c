package schemas

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// EncodeEvent writes an event in the JSON form that DecodeEvent reads. The error tells of a number that JSON does not have.
func EncodeEvent(e *Event) ([]byte, error) { return AppendEvent(make([]byte, 0, 512), e) }

// AppendEvent is EncodeEvent behind the bytes that are there already.
func AppendEvent(to []byte, e *Event) ([]byte, error) {
	w := jsonWriter{bytes: to}
	w.bytes = append(w.bytes, `{"schema_version":`...)
	w.bytes = strconv.AppendInt(w.bytes, int64(e.SchemaVersion), 10)
	w.needed("type", e.Type)
	w.needed("event_id", e.ID)
	w.needed("company", e.Company)
	w.instant("occurred_at", e.OccurredAt)
	if e.Sequence != 0 {
		w.number("seq", e.Sequence)
	}
	w.text("conversation_id", e.Conversation)
	w.text("agent_id", e.Agent)
	w.text("team_id", e.Team)
	w.text("channel", e.Channel)
	w.message(e)
	w.text("status", e.Status)
	w.text("owner_id", e.Owner)
	w.text("owner_kind", e.OwnerKind)
	w.text("queue", e.Queue)
	w.text("tag", e.Tag)
	w.text("reason", e.Reason)
	w.text("action", e.Action)
	w.text("presence", e.Presence)
	w.text("label", e.Label)
	w.text("device_id", e.Device)
	w.entry(e)
	if e.Facts != nil {
		w.facts(e.Facts)
	}
	if w.err != nil {
		return nil, fmt.Errorf("encode event: %w", w.err)
	}
	return append(w.bytes, '}'), nil
}

func (w *jsonWriter) message(e *Event) {
	w.text("message_id", e.MessageID)
	w.text("direction", e.Direction)
	w.text("author_kind", e.AuthorKind)
	w.text("customer_id", e.Customer)
	w.text("visibility", e.Visibility)
	w.text("kind", e.Kind)
	w.text("delivery", e.Delivery)
	w.text("origin", e.Origin)
	w.text("text", e.Text)
	if e.Type == TypeMessage || e.Status == StatusNoted {
		w.number("text_length", e.TextLength)
	}
}

func (w *jsonWriter) entry(e *Event) {
	w.text("entry", e.Entry)
	w.text("name", e.Name)
	w.texts("team_ids", e.Teams)
	w.text("role", e.Role)
	w.text("hired_on", e.HiredOn)
	w.flag("removed", e.Removed)
}

func (w *jsonWriter) facts(f *Facts) {
	if f.StartsAt != 0 {
		w.instant("starts_at", f.StartsAt)
	}
	w.texts("keywords", f.Keywords)
	w.decimal("sentiment", f.Sentiment)
	w.text("sentiment_model", f.SentimentModel)
	w.flag("quick_reply", f.QuickReply)
	w.text("ai_intent", f.Intent)
	w.decimal("ai_confidence", f.Confidence)
	w.flag("ai_fallback", f.Fallback)
	w.text("ai_unsafe", f.Unsafe)
	w.text("ai_unsafe_category", f.UnsafeCategory)
	w.texts("ai_articles", f.Articles)
	w.text("ai_search", f.Search)
	w.count("ai_latency_ms", f.LatencyMillis)
	w.text("ai_flow", f.Flow)
	w.text("priority", f.Priority)
	w.text("tier", f.Tier)
	w.flag("structured", f.Structured)
	w.text("rating", f.Rating)
	w.decimal("score", f.Score)
	w.text("dimension", f.Dimension)
	w.text("rater_id", f.Rater)
	w.text("rater_kind", f.RaterKind)
	w.count("slots", f.Slots)
	w.count("minutes", f.Minutes)
	w.count("agents_planned", f.AgentsPlanned)
	w.count("visitors", f.Visitors)
}

// jsonWriter appends the members of an object. It writes what encoding/json would, without looking at types at run time: whoever
// makes events makes many.
type jsonWriter struct {
	bytes []byte
	err   error // the first
}

func (w *jsonWriter) name(name string) {
	w.bytes = append(w.bytes, ',', '"')
	w.bytes = append(w.bytes, name...)
	w.bytes = append(w.bytes, '"', ':')
}

func (w *jsonWriter) needed(name, value string) {
	w.name(name)
	w.quoted(value)
}

func (w *jsonWriter) text(name, value string) {
	if value != "" {
		w.needed(name, value)
	}
}

func (w *jsonWriter) texts(name string, values []string) {
	if len(values) == 0 {
		return
	}
	w.name(name)
	separator := byte('[')
	for _, value := range values {
		w.bytes = append(w.bytes, separator)
		w.quoted(value)
		separator = ','
	}
	w.bytes = append(w.bytes, ']')
}

func (w *jsonWriter) instant(name string, at Instant) {
	w.name(name)
	w.bytes = append(w.bytes, '"')
	w.bytes = at.Time().AppendFormat(w.bytes, timeFormat)
	w.bytes = append(w.bytes, '"')
}

func (w *jsonWriter) number(name string, value int64) {
	w.name(name)
	w.bytes = strconv.AppendInt(w.bytes, value, 10)
}

func (w *jsonWriter) count(name string, value *int64) {
	if value != nil {
		w.number(name, *value)
	}
}

func (w *jsonWriter) decimal(name string, value *float64) {
	if value == nil {
		return
	}
	w.name(name)
	if size := math.Abs(*value); size == 0 || size >= 1e-6 && size < 1e21 {
		w.bytes = strconv.AppendFloat(w.bytes, *value, 'f', -1, 64)
		return
	}
	w.marshal(*value)
}

func (w *jsonWriter) flag(name string, value bool) {
	if value {
		w.name(name)
		w.bytes = append(w.bytes, "true"...)
	}
}

// quoted writes a text. One with nothing to escape, as nearly all are, is copied.
func (w *jsonWriter) quoted(value string) {
	for i := range len(value) {
		if b := value[i]; b < ' ' || b > '~' || b == '"' || b == '\\' || b == '<' || b == '>' || b == '&' {
			w.marshal(value)
			return
		}
	}
	w.bytes = append(w.bytes, '"')
	w.bytes = append(w.bytes, value...)
	w.bytes = append(w.bytes, '"')
}

// marshal leaves a value to encoding/json.
func (w *jsonWriter) marshal(value any) {
	made, err := json.Marshal(value)
	if err != nil && w.err == nil {
		w.err = err
	}
	w.bytes = append(w.bytes, made...)
}
