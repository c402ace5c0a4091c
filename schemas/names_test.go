package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// namesByTokens is the check of names the slow way, over the tokens of encoding/json. It gives the reason, "" if nothing is wrong.
func namesByTokens(value []byte) string {
	type object struct {
		names  map[string]bool // nil in an array
		atName bool
	}
	var open []object
	tokens := json.NewDecoder(bytes.NewReader(value))
	tokens.UseNumber()
	for {
		token, err := tokens.Token()
		if err != nil {
			return ""
		}
		top := len(open) - 1
		if delim, ok := token.(json.Delim); ok && (delim == '}' || delim == ']') {
			open = open[:top]
			continue
		}
		if top >= 0 && open[top].names != nil && open[top].atName {
			name, _ := token.(string)
			if open[top].names[name] {
				return ReasonDuplicateName
			}
			open[top].names[name], open[top].atName = true, false
			if known := eventNames.folded[fold(name)]; top == 0 && known != "" && known != name {
				return ReasonAmbiguousName
			}
			continue
		}
		if top >= 0 {
			open[top].atName = true
		}
		if delim, ok := token.(json.Delim); ok {
			if len(open) == MaxDepth {
				return ReasonTooDeep
			}
			next := object{}
			if delim == '{' {
				next = object{names: map[string]bool{}, atName: true}
			}
			open = append(open, next)
		}
	}
}

func reasonOf(err error) string {
	var reject *Reject
	if errors.As(err, &reject) {
		return reject.Reason
	}
	return ""
}

// The scan over the bytes and the walk over the tokens agree on everything that is JSON in UTF-8; what is not is refused before.
func FuzzNames(f *testing.F) {
	many := make([]string, 3*fewNames)
	for i := range many {
		many[i] = fmt.Sprintf(`"name%d":{"a":[{"b":%d},{"b":1}]}`, i, i)
	}
	for _, seed := range []string{
		`{}`, `{"a":1,"a":2}`, `{"a":{"a":1},"b":["a","a",{"a":1}]}`, `{"a\u0062":1,"ab":2}`, `{"seq":1,"\u017feq":2}`, `{"Type":1}`, `{"x":{"Type":1,"type":2}}`,
		`{"":1,"":2}`, `{"a\"":1,"a\\":2,"\"":3}`, `{"a" :1,"b"` + "\n\t:2}", strings.Repeat(`{"a":`, 17) + "1" + strings.Repeat("}", 17),
		strings.Repeat("[", 17) + strings.Repeat("]", 17), `{` + strings.Join(many, ",") + `}`, `{` + strings.Join(many, ",") + `,"name7":1}`, `{"a":":","b":"{\"c\":1}"}`,
		"{\"\":{\"\xf0\":0,\"\x8f\":0}}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		err := eventNames.check(value)
		if !json.Valid(value) || !utf8.Valid(value) {
			return
		}
		if got, want := reasonOf(err), namesByTokens(value); got != want {
			t.Errorf("%q: %q by bytes, %q by tokens", value, got, want)
		}
	})
}

func TestManyNames(t *testing.T) {
	f := func(count int, last, want string) {
		t.Helper()
		var names []string
		for i := range count {
			names = append(names, fmt.Sprintf(`"n%d":0`, i))
		}
		value := `{` + strings.Join(append(names, `"`+last+`":0`), ",") + `}`
		if got := reasonOf(eventNames.check([]byte(value))); got != want {
			t.Errorf("%d names and %q: %q, want %q", count, last, got, want)
		}
	}
	for _, count := range []int{fewNames - 1, fewNames, fewNames + 1, 5 * fewNames} {
		f(count, "n0", ReasonDuplicateName)
		f(count, fmt.Sprint("n", count-1), ReasonDuplicateName)
		f(count, "other", "")
		f(count, "SEQ", ReasonAmbiguousName)
	}
}
