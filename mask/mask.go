// Package mask takes personal data out of text before it is stored: card numbers, IBANs, e-mail addresses, phone numbers,
// national ids and what a company adds. It finds keywords in the text before, and makes keyed hashes of customers' ids.
// docs/masking.md has what it finds and misses, measured.
package mask

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Kinds of what is masked; a company's patterns add their names. Each is written as its token, "[card]".
const (
	KindCard       = "card"
	KindIBAN       = "iban"
	KindEmail      = "email"
	KindNationalID = "national_id"
	KindPhone      = "phone"
)

// builtIn are the kinds that are always masked, those with the most to check first.
var builtIn = [...]string{KindIBAN, KindCard, KindEmail, KindNationalID, KindPhone}

// Config is how a company's texts are masked. The zero value masks everything that all companies mask.
type Config struct {
	// Locales are countries whose national ids are masked even where they are written as bare digits, by their check digits
	// alone. Each makes some numbers of the same length vanish that are no ids: about one of a hundred. The codes are those of
	// ISO 3166 in small letters. Without it, such ids go when they are written in their usual groups, beside a word for them, or
	// have more to check.
	Locales []string
	// Patterns are what else the company masks.
	Patterns []Pattern
}

// Counts tells how much of each kind was masked; nil for nothing.
type Counts map[string]int

// A Masker masks texts. It may be used from several goroutines.
type Masker struct {
	locales  map[string]bool
	patterns []pattern
	kinds    []string // whatever may stand in brackets, the strongest first
	room     sync.Pool
}

// New prepares a masker. An error tells which locale or pattern is wrong.
func New(config Config) (*Masker, error) {
	m := &Masker{locales: map[string]bool{}, room: sync.Pool{New: func() any { return new(search) }}}
	for _, locale := range config.Locales {
		if !slices.Contains(Locales(), locale) {
			return nil, fmt.Errorf("read masking: the locale %q is not known; known are %s", locale, strings.Join(Locales(), ", "))
		}
		m.locales[locale] = true
	}
	patterns, err := compile(config.Patterns)
	if err != nil {
		return nil, fmt.Errorf("read masking: %w", err)
	}
	m.patterns = patterns
	for _, p := range patterns {
		m.kinds = append(m.kinds, p.name)
	}
	m.kinds = append(m.kinds, builtIn[:]...)
	return m, nil
}

// Text returns a text with a token in place of each thing that was masked, and how many there were of each kind. Text that is
// masked once stays as it is when it is masked again. Where two kinds overlap, all that either covers becomes one token: that of
// the company's pattern, else of the first of IBAN, card, e-mail, national id, phone.
func (m *Masker) Text(text string) (string, Counts) {
	var counts Counts
	room := m.room.Get().(*search)
	defer func() {
		room.text = ""
		m.room.Put(room)
	}()
	// What is masked may change what stands beside something else, so it is looked at again until nothing is found.
	for range mostLooks {
		room.look(m, text)
		if len(room.spans) == 0 {
			return text, counts
		}
		if counts == nil {
			counts = Counts{}
		}
		text = m.replace(text, room.spans, counts)
	}
	// Each token makes room for the next, as "123123123…" does for ^123. Nobody writes so without meaning harm.
	return m.replace(text, []span{{0, len(text), room.spans[0].kind}}, counts), counts
}

const mostLooks = 8 // four were the most in all tests

// span is a stretch of bytes of the text that is masked as a kind, an index into kinds.
type span struct {
	at, end int
	kind    int
}

// replace puts tokens in place of spans, which overlap as they like.
func (m *Masker) replace(text string, spans []span, counts Counts) string {
	var b strings.Builder
	b.Grow(len(text) + 16)
	done := 0
	for _, s := range union(spans) {
		kind := m.kinds[s.kind]
		counts[kind]++
		b.WriteString(text[done:s.at])
		b.WriteByte('[')
		b.WriteString(kind)
		b.WriteByte(']')
		done = s.end
	}
	b.WriteString(text[done:])
	return b.String()
}

// union sorts spans and makes one of those that overlap, of the strongest kind among them.
func union(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return a.at - b.at })
	last := 0
	for _, s := range spans[1:] {
		if s.at >= spans[last].end {
			last++
			spans[last] = s
			continue
		}
		spans[last].end = max(spans[last].end, s.end)
		spans[last].kind = min(spans[last].kind, s.kind)
	}
	return spans[:last+1]
}

// look finds everything to mask in a text and leaves it in spans.
func (s *search) look(m *Masker, text string) {
	s.masker, s.text = m, text
	s.spans, s.words, s.sensed.start = s.spans[:0], s.words[:0], 0
	s.glyphs = fold(s.glyphs[:0], text)
	digits, ats := s.tally()
	if ats {
		s.emails()
	}
	if digits >= fewestDigits {
		s.findWords()
		if digits >= 8 {
			s.ibans()
		}
		s.codes()
		s.numbers()
	}
	s.companyPatterns()
}

// search is the space in which one text is searched.
type search struct {
	masker *Masker
	text   string
	glyphs []glyph
	words  []clue
	groups []group
	found  []found
	read   []int32
	spans  []span
	sensed struct { // what the words before a place say, kept for the next question
		start int // 1 more than the place
		sense sense
	}
}

const fewestDigits = 4 // of anything that has digits

// tally tells how many digits there are, and whether something may be an e-mail address.
func (s *search) tally() (digits int, ats bool) {
	for i, g := range s.glyphs {
		switch {
		case isDigit(g.r):
			digits++
		case g.r == '@':
			ats = true
		case g.r == 't' && i > 1 && s.glyphs[i-1].r == 'a' && !isWord(s.glyphs[i-2].r):
			ats = true // "john (at) example.com"
		}
	}
	return digits, ats
}

// hide masks the glyphs from start up to end as one of the built-in kinds.
func (s *search) hide(start, end int, kind string) {
	k := len(s.masker.patterns) + slices.Index(builtIn[:], kind)
	s.spans = append(s.spans, span{int(s.glyphs[start].at), int(s.glyphs[end-1].end), k})
}

// rune returns the glyph at a place, 0 outside the text.
func (s *search) rune(i int) rune {
	if i < 0 || i >= len(s.glyphs) {
		return 0
	}
	return s.glyphs[i].r
}

// pattern is a company's pattern, compiled.
type pattern struct {
	name string
	re   *regexp.Regexp
}
