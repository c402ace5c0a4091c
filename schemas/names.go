package schemas

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
)

// nameSet is the names of the members that a JSON object may have and that this program reads.
type nameSet struct {
	exact  map[string]bool
	folded map[string]string // each as fold writes it, to the name itself
}

var eventNames = namesOf(wireEvent{})

func namesOf(wire any) *nameSet {
	names := &nameSet{exact: map[string]bool{}, folded: map[string]string{}}
	for _, name := range jsonNames(wire) {
		names.exact[name], names.folded[fold(name)] = true, name
	}
	return names
}

// fold gives all names that encoding/json takes for the same one form. It is more than case: "\u017f" is an s to it.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		for {
			next := unicode.SimpleFold(r)
			if next <= r {
				return next
			}
			r = next
		}
	}, name)
}

// check looks for what encoding/json lets pass: members that stand twice, known names in the wrong case (it matches them all the
// same) and deep nesting. It is on the path of every event, so it goes over the bytes once and keeps names as they stand there. It
// may be given anything; what it says of bytes that are not JSON has no meaning, except of their depth.
func (n *nameSet) check(value []byte) error {
	s := nameScan{known: n, names: make([][]byte, 0, 16)} // as many as most events have
	for i := 0; i < len(value); i++ {
		switch value[i] {
		case '{', '[':
			if s.depth == MaxDepth {
				return &Reject{ReasonTooDeep, fmt.Sprintf("nested deeper than %d levels", MaxDepth)}
			}
			s.first[s.depth] = len(s.names)
			s.depth++
		case '}', ']':
			if s.depth > 0 {
				s.depth--
				s.names, s.many[s.depth] = s.names[:s.first[s.depth]], nil
			}
		case '"':
			end := stringEnd(value, i)
			if s.depth > 0 && isName(value, end) {
				if err := s.add(value[i:end]); err != nil {
					return err
				}
			}
			i = end - 1
		}
	}
	return nil
}

// stringEnd is the index behind the string that begins at start.
func stringEnd(value []byte, start int) int {
	for i := start + 1; i < len(value); i++ {
		switch value[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(value)
}

// isName tells whether a colon follows.
func isName(value []byte, end int) bool {
	for ; end < len(value); end++ {
		switch value[end] {
		case ' ', '\t', '\n', '\r':
		default:
			return value[end] == ':'
		}
	}
	return false
}

// nameScan is the objects that a check is inside of, and the names that they have so far.
type nameScan struct {
	known *nameSet // of the outermost object
	depth int
	first [MaxDepth]int             // where each level's names begin
	names [][]byte                  // of all levels that are open
	many  [MaxDepth]map[string]bool // of levels with more than fewNames
}

// fewNames is up to where comparing each with each is the faster way.
const fewNames = 40

// add takes a name as it stands in the JSON, with its quotes.
func (s *nameScan) add(quoted []byte) error {
	name := bytes.Trim(quoted, `"`)
	if bytes.IndexByte(quoted, '\\') >= 0 {
		var plain string
		if json.Unmarshal(quoted, &plain) != nil {
			return nil // no JSON: told elsewhere
		}
		name = []byte(plain)
	}
	top := s.depth - 1
	if s.seen(top, name) {
		return &Reject{ReasonDuplicateName, "an object has the same member twice" + s.where(top, string(name))}
	}
	s.names = append(s.names, name)
	if top == 0 && !s.known.exact[string(name)] {
		if known, ok := s.known.folded[fold(string(name))]; ok {
			return &Reject{ReasonAmbiguousName, fmt.Sprintf("a member differs from %q only by case; write it as here", known)}
		}
	}
	return nil
}

func (s *nameScan) seen(level int, name []byte) bool {
	names := s.names[s.first[level]:]
	if len(names) < fewNames {
		for _, other := range names {
			if bytes.Equal(other, name) {
				return true
			}
		}
		return false
	}
	if s.many[level] == nil {
		s.many[level] = make(map[string]bool, 2*fewNames)
		for _, other := range names {
			s.many[level][string(other)] = true
		}
	}
	twice := s.many[level][string(name)]
	s.many[level][string(name)] = true
	return twice
}

// where names a member only if it is one of ours: names can carry personal data too.
func (s *nameScan) where(level int, name string) string {
	if level == 0 && s.known.exact[name] {
		return fmt.Sprintf(": %q", name)
	}
	return ""
}
