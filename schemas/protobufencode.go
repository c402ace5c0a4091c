package schemas

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// EncodeEventProtobuf writes an event in the Protobuf form that DecodeEventProtobuf reads. It says what EncodeEvent would say in JSON.
// The error tells of a number that is none, or of a text that is not valid UTF-8.
func EncodeEventProtobuf(e *Event) ([]byte, error) {
	return AppendEventProtobuf(make([]byte, 0, 256), e)
}

// AppendEventProtobuf is EncodeEventProtobuf behind the bytes that are there already.
func AppendEventProtobuf(to []byte, e *Event) ([]byte, error) {
	w := protobufWriter{bytes: to}
	w.whole(1, int64(e.SchemaVersion))
	w.text(2, e.Type)
	w.text(3, e.ID)
	w.text(4, e.Company)
	w.whole(5, int64(e.OccurredAt))
	w.text(6, e.Conversation)
	w.text(7, e.Agent)
	w.text(8, e.MessageID)
	w.text(9, e.Direction)
	w.text(10, e.AuthorKind)
	w.text(11, e.Customer)
	w.text(12, e.Channel)
	if e.Type == TypeMessage || e.Status == StatusNoted {
		w.whole(13, e.TextLength)
	}
	w.text(14, e.Status)
	if e.Sequence != 0 {
		w.whole(15, e.Sequence)
	}
	w.message(e)
	w.text(21, e.Team)
	w.text(22, e.Owner)
	w.text(23, e.OwnerKind)
	w.text(24, e.Queue)
	w.text(25, e.Tag)
	w.text(26, e.Reason)
	w.text(27, e.Action)
	w.text(28, e.Presence)
	w.text(29, e.Label)
	w.text(30, e.Device)
	w.entry(e)
	if e.Facts != nil {
		w.facts(e.Facts)
	}
	if w.err != nil {
		return nil, fmt.Errorf("encode event: %w", w.err)
	}
	return w.bytes, nil
}

func (w *protobufWriter) message(e *Event) {
	w.text(16, e.Visibility)
	w.text(17, e.Kind)
	w.text(18, e.Delivery)
	w.text(19, e.Origin)
	w.text(20, e.Text)
}

func (w *protobufWriter) entry(e *Event) {
	w.text(31, e.Entry)
	w.text(32, e.Name)
	w.texts(33, e.Teams)
	w.text(34, e.Role)
	w.text(35, e.HiredOn)
	w.flag(36, e.Removed)
}

func (w *protobufWriter) facts(f *Facts) {
	if f.StartsAt != 0 {
		w.whole(37, int64(f.StartsAt))
	}
	w.count(38, f.Minutes)
	w.count(39, f.AgentsPlanned)
	w.count(40, f.Slots)
	w.count(41, f.Visitors)
	w.texts(42, f.Keywords)
	w.decimal(43, f.Sentiment)
	w.text(44, f.SentimentModel)
	w.flag(45, f.QuickReply)
	w.text(46, f.Intent)
	w.decimal(47, f.Confidence)
	w.flag(48, f.Fallback)
	w.text(49, f.Unsafe)
	w.text(50, f.UnsafeCategory)
	w.texts(51, f.Articles)
	w.text(52, f.Search)
	w.count(53, f.LatencyMillis)
	w.text(54, f.Flow)
	w.text(55, f.Priority)
	w.text(56, f.Tier)
	w.flag(57, f.Structured)
	w.text(58, f.Rating)
	w.decimal(59, f.Score)
	w.text(60, f.Dimension)
	w.text(61, f.Rater)
	w.text(62, f.RaterKind)
}

// protobufWriter appends the fields of a message. What is empty is left out, as proto3 does.
type protobufWriter struct {
	bytes []byte
	err   error // the first
}

func (w *protobufWriter) tag(number int, kind wireKind) {
	w.bytes = binary.AppendUvarint(w.bytes, uint64(number)<<3|uint64(kind))
}

// whole writes a number even if it is 0.
func (w *protobufWriter) whole(number int, value int64) {
	w.tag(number, varintKind)
	w.bytes = binary.AppendUvarint(w.bytes, uint64(value))
}

func (w *protobufWriter) count(number int, value *int64) {
	if value != nil {
		w.whole(number, *value)
	}
}

func (w *protobufWriter) flag(number int, value bool) {
	if value {
		w.whole(number, 1)
	}
}

func (w *protobufWriter) decimal(number int, value *float64) {
	if value == nil {
		return
	}
	if math.IsNaN(*value) || math.IsInf(*value, 0) {
		w.fail(number, "is no number")
	}
	w.tag(number, fixed64Kind)
	w.bytes = binary.LittleEndian.AppendUint64(w.bytes, math.Float64bits(*value))
}

func (w *protobufWriter) text(number int, value string) {
	if value != "" {
		w.item(number, value)
	}
}

func (w *protobufWriter) texts(number int, values []string) {
	for _, value := range values {
		w.item(number, value)
	}
}

func (w *protobufWriter) item(number int, value string) {
	if !utf8.ValidString(value) {
		w.fail(number, "is not valid UTF-8")
	}
	w.tag(number, lengthKind)
	w.bytes = binary.AppendUvarint(w.bytes, uint64(len(value)))
	w.bytes = append(w.bytes, value...)
}

func (w *protobufWriter) fail(number int, problem string) {
	if w.err == nil {
		w.err = errors.New(protobufFields[number].name + ": " + problem)
	}
}
