//go:build embedded

package embedded

import "strings"

// A statement is looked at only as far as the HTTP interface must: where the data of an INSERT begins, which format it
// names, and whether it is one of the few that must not run. The engine does the real parsing.

// word is a piece of SQL text outside comments: a bare word, a quoted piece or one sign.
type word struct {
	text  string // as written; bare words in upper case
	bare  bool   // a keyword, name or number without quotes
	start int
	end   int
	depth int // open brackets around it
}

// scanner cuts SQL text into words.
type scanner struct {
	text     string
	position int
	depth    int
}

// next returns the next word; false at the end of the text.
func (s *scanner) next() (word, bool) {
	s.skipBlank()
	if s.position >= len(s.text) {
		return word{}, false
	}
	start := s.position
	sign := s.text[start]
	switch {
	case sign == '\'' || sign == '"' || sign == '`':
		s.skipQuoted(sign)
	case sign == '$' && s.skipHeredoc():
	case isWordByte(sign):
		for s.position < len(s.text) && isWordByte(s.text[s.position]) {
			s.position++
		}
		return word{text: strings.ToUpper(s.text[start:s.position]), bare: true, start: start, end: s.position, depth: s.depth}, true
	case sign == '(' || sign == '[' || sign == '{':
		s.depth++
		s.position++
	case sign == ')' || sign == ']' || sign == '}':
		s.depth--
		s.position++
	default:
		s.position++
	}
	return word{text: s.text[start:s.position], start: start, end: s.position, depth: s.depth}, true
}

func isWordByte(sign byte) bool {
	return sign == '_' || sign >= 0x80 || sign >= '0' && sign <= '9' || sign >= 'a' && sign <= 'z' || sign >= 'A' && sign <= 'Z'
}

// skipBlank skips white space and comments.
func (s *scanner) skipBlank() {
	for s.position < len(s.text) {
		rest := s.text[s.position:]
		switch {
		case strings.IndexByte(" \t\r\n\f\v\x00", rest[0]) >= 0:
			s.position++
		case strings.HasPrefix(rest, "--"), strings.HasPrefix(rest, "#!"), strings.HasPrefix(rest, "# "):
			s.skipThrough("\n")
		case strings.HasPrefix(rest, "/*"):
			s.position += 2
			s.skipThrough("*/")
		default:
			return
		}
	}
}

func (s *scanner) skipThrough(end string) {
	at := strings.Index(s.text[s.position:], end)
	if at < 0 {
		s.position = len(s.text)
		return
	}
	s.position += at + len(end)
}

// skipQuoted skips a quoted piece, in which a backslash or a doubled quote keeps it open.
func (s *scanner) skipQuoted(quote byte) {
	for s.position++; s.position < len(s.text); s.position++ {
		switch s.text[s.position] {
		case '\\':
			s.position++
		case quote:
			if s.position+1 < len(s.text) && s.text[s.position+1] == quote {
				s.position++
				continue
			}
			s.position++
			return
		}
	}
	s.position = min(s.position, len(s.text))
}

// skipHeredoc skips $name$ text $name$ if there is one here.
func (s *scanner) skipHeredoc() bool {
	rest := s.text[s.position+1:]
	at := strings.IndexByte(rest, '$')
	if at < 0 || strings.ContainsFunc(rest[:at], func(sign rune) bool { return sign >= 0x80 || !isWordByte(byte(sign)) }) {
		return false
	}
	s.position += at + 2
	s.skipThrough("$" + rest[:at] + "$")
	return true
}

// insertHead is the part of an INSERT before its data.
type insertHead struct {
	statement string // without FORMAT or VALUES
	format    string
	data      int // where the data begins in the text
}

// isInsert reports whether the text begins with an INSERT.
func isInsert(text string) bool {
	first, _ := (&scanner{text: text}).next()
	return first.bare && first.text == "INSERT"
}

// splitInsert finds the data of an INSERT. It reports false for an INSERT without data of its own: one with SELECT, or
// one that is not complete.
func splitInsert(text string) (insertHead, bool) {
	words := &scanner{text: text}
	words.next()            // INSERT
	name, _ := words.next() // INTO, TABLE, FUNCTION: the table's name, whatever it is, follows
	for name.bare && (name.text == "INTO" || name.text == "TABLE" || name.text == "FUNCTION") {
		name, _ = words.next()
	}
	previous := name
	for {
		current, more := words.next()
		if !more {
			return insertHead{}, false
		}
		keyword := current.bare && current.depth == 0 && previous.text != "."
		previous = current
		if !keyword {
			continue
		}
		switch current.text {
		case "SELECT", "WITH", "FROM", "WATCH":
			return insertHead{}, false
		case "VALUES":
			return insertHead{statement: text[:current.start], format: "Values", data: current.end}, true
		case "FORMAT":
			format, found := words.next()
			if !found || !format.bare {
				return insertHead{}, false
			}
			return insertHead{statement: text[:current.start], format: text[format.start:format.end], data: afterFormat(text, format.end)}, true
		}
	}
}

// afterFormat finds where data begins after the name of its format: on the next line, or behind blanks on the same one.
func afterFormat(text string, at int) int {
	skip := func(signs string, once bool) {
		for at < len(text) && strings.IndexByte(signs, text[at]) >= 0 {
			at++
			if once {
				return
			}
		}
	}
	skip(";", true)
	skip(" \t\f", false)
	skip("\r", true)
	skip("\n", true)
	return at
}

// statementFacts is what the front must know of a statement that it hands over whole.
type statementFacts struct {
	format   string // the FORMAT at its end, if any
	buffered bool   // pieces of its result cannot be joined
	refusal  string // why it must not run
}

// inspect looks through a whole statement.
func inspect(text string) statementFacts {
	var facts statementFacts
	words := &scanner{text: text}
	var previous, format word
	insert := isInsert(text)
	for {
		current, more := words.next()
		if !more {
			return facts
		}
		if current.text == ";" {
			continue
		}
		switch {
		case previous.bare && previous.text == "FORMAT" && current.bare && current.depth == 0:
			format = current
			facts.format = text[current.start:current.end]
		case facts.format != "" && previous.start == format.start && (current.text != "SETTINGS" || !current.bare):
			facts.format = "" // a column or table named format
		}
		if current.bare {
			facts.note(previous, current, insert)
		}
		previous = current
	}
}

// note takes in one bare word and the one before it.
func (f *statementFacts) note(previous, current word, insert bool) {
	switch pair := previous.text + " " + current.text; {
	case current.text == "TOTALS" || current.text == "EXTREMES":
		f.buffered = true
	case !previous.bare:
	case pair == "SYSTEM SHUTDOWN" || pair == "SYSTEM KILL" || pair == "SYSTEM SUSPEND":
		f.refusal = pair + " would stop this whole process"
	case pair == "INTO OUTFILE" || pair == "FROM INFILE":
		f.refusal = pair + " is not allowed over HTTP"
	case insert && pair == "FROM INPUT":
		f.refusal = "INSERT ... SELECT FROM input() is not supported by the embedded engine; insert with FORMAT"
	}
}
