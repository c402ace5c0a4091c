package scenariotest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/floorwatch/floorwatch/schemas"
)

// expectation reads
//
//	episode [c:]N FIELD=VALUE …      reply [c:]N FIELD=VALUE …       hold [c:]N FIELD=VALUE …
//	day DATE[/c] FIELD=VALUE …       agent NAME FIELD=VALUE …        span AGENT[/DEVICE] TIME FIELD=VALUE …
//	now TIME [channel:C] GAUGE=VALUE …                               result FIELD=VALUE …
//	spread NAME [DATE] [channel:C] n=VALUE mean=VALUE …              deadline TIME +MINUTESm at=DATE/TIME
//	calendar DATE FIELD=VALUE …      messages DATE FIELD=VALUE …     concurrency AGENT DATE FIELD=VALUE …
//
// and each row with "no" before it.
func (r *reader) expectation(words []string) (*Expectation, error) {
	e := &Expectation{Kind: words[0], Conversation: "c1"}
	words = words[1:]
	if e.Kind == "no" {
		e.Absent, e.Kind, words = true, words[0], words[1:]
	}
	var err error
	switch e.Kind {
	case "episode", "reply", "hold":
		name := words[0]
		if conversation, number, found := strings.Cut(name, ":"); found {
			e.Conversation, name = conversation, number
		}
		e.Number, err = strconv.Atoi(name)
	case "calendar", "messages":
		e.Day, err = schemas.ParseDate(words[0])
	case "concurrency":
		e.Agent, words = words[0], words[1:]
		e.Day, err = schemas.ParseDate(words[0])
	case "day":
		date, conversation, found := strings.Cut(words[0], "/")
		if found {
			e.Conversation = conversation
		}
		e.Day, err = schemas.ParseDate(date)
	case "agent":
		e.Agent = words[0]
	case "span", "now":
		if e.Kind == "span" {
			e.Agent, e.Device, _ = strings.Cut(words[0], "/")
			words = words[1:]
		}
		e.At, err = r.instant(words[0])
	case "spread":
		e.Spread = words[0]
	case "deadline":
		err = r.deadline(e, words[:2])
		words = words[1:]
	case "result":
		words = append([]string{""}, words...)
	default:
		err = fmt.Errorf("not understood: %q", e.Kind)
	}
	if err != nil {
		return nil, err
	}
	return e, e.fields(words[1:])
}

// deadline reads "TIME +MINUTESm".
func (r *reader) deadline(e *Expectation, words []string) (err error) {
	if e.At, err = r.instant(words[0]); err != nil {
		return err
	}
	e.Minutes, err = strconv.ParseInt(strings.TrimSuffix(strings.TrimPrefix(words[1], "+"), "m"), 10, 64)
	return err
}

// fields reads what narrows an expectation, and the values.
func (e *Expectation) fields(words []string) error {
	for _, word := range words {
		name, want, isField := strings.Cut(word, "=")
		if isField {
			if want == "" {
				want = "-"
			}
			e.Fields = append(e.Fields, Field{name, want})
			continue
		}
		if channel, ok := strings.CutPrefix(word, "channel:"); ok {
			e.Channel = channel
			continue
		}
		var err error
		if e.Day, err = schemas.ParseDate(word); err != nil {
			return err
		}
	}
	if e.Absent != (len(e.Fields) == 0) {
		return errors.New("a row has values, and none has none")
	}
	return nil
}
