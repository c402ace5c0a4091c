package schemas

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// wire is the inverse of event, for encoding/json.
func (e *Event) wire() wireEvent {
	w := wireEvent{
		Type: e.Type, EventID: e.ID, Company: e.Company, OccurredAt: e.OccurredAt.Time().Format(timeFormat), Seq: e.Sequence,
		ConversationID: e.Conversation, AgentID: e.Agent, TeamID: e.Team, Channel: e.Channel,
		MessageID: e.MessageID, Direction: e.Direction, AuthorKind: e.AuthorKind, CustomerID: e.Customer,
		Visibility: e.Visibility, Kind: e.Kind, Delivery: e.Delivery, Origin: e.Origin, Text: e.Text,
		Status: e.Status, OwnerID: e.Owner, OwnerKind: e.OwnerKind, Queue: e.Queue, Tag: e.Tag, Reason: e.Reason,
		Action: e.Action, Presence: e.Presence, Label: e.Label, DeviceID: e.Device,
		Entry: e.Entry, Name: e.Name, TeamIDs: e.Teams, Role: e.Role, HiredOn: e.HiredOn, Removed: e.Removed,
	}
	version := e.SchemaVersion
	w.SchemaVersion = &version
	if e.Facts != nil {
		w.Facts = e.Facts
		if e.Facts.StartsAt != 0 {
			w.StartsAt = e.Facts.StartsAt.Time().Format(timeFormat)
		}
	}
	if e.Type == TypeMessage || e.Status == StatusNoted {
		length := e.TextLength
		w.TextLength = &length
	}
	return w
}

// fill gives every field of a struct a value, those of structs within it too.
func fill(t *rapid.T, v reflect.Value) {
	for i := range v.NumField() {
		field := v.Field(i)
		name := v.Type().Field(i).Name
		if rapid.Bool().Draw(t, name+" is empty") {
			continue
		}
		text := rapid.OneOf(rapid.StringMatching(`[a-z0-9-]{1,8}`), rapid.SampledFrom([]string{`"`, `\`, "<b>", "&", "\u2028", "ü", "\x00\x1f\x7f", "\xff", "𝄞", "it's"}))
		switch field.Kind() {
		case reflect.String:
			field.SetString(text.Draw(t, name))
		case reflect.Bool:
			field.SetBool(true)
		case reflect.Int, reflect.Int64:
			field.SetInt(rapid.Int64Range(-1<<40, 1<<41).Draw(t, name))
		case reflect.Slice:
			field.Set(reflect.ValueOf(rapid.SliceOfN(text, 0, 3).Draw(t, name)))
		case reflect.Struct:
			fill(t, field)
		case reflect.Pointer:
			field.Set(reflect.New(field.Type().Elem()))
			switch at := field.Interface().(type) {
			case *Facts:
				fill(t, field.Elem())
			case *float64:
				*at = rapid.OneOf(rapid.Float64(), rapid.Float64Range(-1, 1), rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1e-6, 9e-7, 1e21, 100, 0.1})).Draw(t, name)
			case *int64:
				*at = rapid.Int64().Draw(t, name)
			default:
				t.Fatalf("%s: unknown kind %T", name, at)
			}
		}
	}
}

// The encoder writes what encoding/json makes of the form that events are read in, to the byte. A field that is added to the one and
// not to the other is noticed.
func TestEncodeEvent(t *testing.T) {
	seen := map[string]bool{}
	rapid.Check(t, func(t *rapid.T) {
		var e Event
		fill(t, reflect.ValueOf(&e).Elem())
		if rapid.Bool().Draw(t, "message") {
			e.Type = TypeMessage
		}
		want, err := json.Marshal(e.wire())
		if err != nil {
			t.Fatal(err)
		}
		got, err := AppendEvent([]byte("before"), &e)
		if err != nil || string(got) != "before"+string(want) {
			t.Fatalf("%v\ngot  %s\nwant %s", err, got, want)
		}
		var members map[string]json.RawMessage
		if json.Unmarshal(want, &members) == nil {
			for name := range members {
				seen[name] = true
			}
		}
	})
	for _, name := range jsonNames(wireEvent{}) {
		if !seen[name] {
			t.Errorf("no event had %s", name)
		}
	}
}

func TestEncodeEventWithoutNumber(t *testing.T) {
	for _, score := range []float64{math.NaN(), math.Inf(1)} {
		value, err := EncodeEvent(&Event{Type: TypeStatus, Facts: &Facts{Score: &score}})
		if value != nil || err == nil || !strings.HasPrefix(err.Error(), "encode event: ") {
			t.Errorf("%v gives %s, %v", score, value, err)
		}
	}
}

// Both forms of the same event, written.
func BenchmarkEncodeEvent(b *testing.B) {
	sentiment := 0.25
	e := Event{
		SchemaVersion: 1, Type: TypeMessage, ID: "acme-2025-11-18-120-4-7", Company: "acme", OccurredAt: 1763460000250, Conversation: "acme-2025-11-18-120-4",
		Channel: "web", MessageID: "message-7", Direction: DirectionIn, AuthorKind: AuthorCustomer, Customer: "customer-4f", Visibility: VisibilityPublic,
		Kind: KindText, Delivery: DeliverySent, Origin: OriginProduct, TextLength: 80, Facts: &Facts{Sentiment: &sentiment, SentimentModel: "mood-2"},
	}
	for form, encode := range map[string]func(*Event) ([]byte, error){"json": EncodeEvent, "protobuf": EncodeEventProtobuf} {
		b.Run(form, func(b *testing.B) {
			value, err := encode(&e)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := encode(&e); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(value)), "B/event")
		})
	}
}
