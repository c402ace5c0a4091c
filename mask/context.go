package mask

import "sort"

// sense is what a word says of a number beside it.
type sense int32

const (
	senseNone     sense = iota
	sensePhone          // "phone", "call me on": a phone number
	senseNumber         // "my number is": a phone number if it is long and nothing nearer says otherwise
	senseCard           // "card": a card's number
	senseSecurity       // "cvv": a card's security code
	senseID             // "passport", "ssn": a national id
	senseOrder          // "order", "invoice": neither
	senseMoney          // "total", "EUR": neither
	senseAt             // "at" in an address
	senseDot            // "dot" in an address
)

// clue is a word in the glyphs from start up to end.
type clue struct {
	sense      sense
	start, end int32
}

const (
	near   = 24 // glyphs between a word and the number that it tells of
	nearer = 16 // where the word says that it is nothing to mask
)

var clueWords = newClues()

func newClues() *automaton {
	var texts [][]rune
	var senses []int32
	for s, words := range wordsOf {
		for _, w := range words {
			texts, senses = append(texts, foldWord(w)), append(senses, int32(s))
		}
	}
	machine, _ := newAutomaton(texts, senses)
	machine.besideDigits = true
	return machine
}

// findWords finds the words that tell of numbers, of those within another the longer one.
func (s *search) findWords() {
	s.found, s.read = clueWords.find(s.found[:0], s.glyphs, s.read)
	for _, f := range s.found {
		last := len(s.words) - 1
		if last >= 0 && s.words[last].end == f.end {
			continue // the longest of an end comes first
		}
		for ; last >= 0 && s.words[last].start >= f.start; last-- {
			s.words = s.words[:last]
		}
		s.words = append(s.words, clue{sense(f.word.value), f.start, f.end})
	}
}

// senseBefore is what the nearest word before a number says of it. Words of longer numbers ("my number is") give way to others.
func (s *search) senseBefore(start int) sense {
	if s.sensed.start != start+1 {
		s.sensed.start, s.sensed.sense = start+1, s.lookBefore(start)
	}
	return s.sensed.sense
}

func (s *search) lookBefore(start int) sense {
	before := s.wordsBefore(start)
	if before == 0 || int(s.words[before-1].end) < start-near-longestClue {
		return senseNone
	}
	far, strict := s.reach(start)
	weak := senseNone
	for i := before - 1; i >= 0 && int(s.words[i].end) > far; i-- {
		w := s.words[i]
		switch {
		case int(w.start) < far, w.sense == senseAt, w.sense == senseDot, w.sense == senseMoney && s.afterDigits(int(w.start)):
		case w.sense == senseNumber:
			weak = senseNumber
		case w.sense != senseOrder && w.sense != senseMoney, int(w.start) >= strict:
			return w.sense
		}
	}
	return weak
}

// afterDigits tells whether a number stands directly before a place, so that a currency there is that number's.
func (s *search) afterDigits(place int) bool {
	return isDigit(s.rune(place-1)) || s.rune(place-1) == ' ' && isDigit(s.rune(place-2))
}

// beside tells whether a word of a sense stands before a number, whatever else does.
func (s *search) beside(start int, want sense) bool {
	far, _ := s.reach(start)
	for i := s.wordsBefore(start) - 1; i >= 0 && int(s.words[i].end) > far; i-- {
		if s.words[i].sense == want && int(s.words[i].start) >= far {
			return true
		}
	}
	return false
}

// senseAfter is what a word directly after a number says of it: "555 123 456 mobile", "123.00 EUR".
func (s *search) senseAfter(end int) sense {
	gap := 0
	for gap < 2 && (s.rune(end+gap) == ' ' || s.rune(end+gap) == '-' || s.rune(end+gap) == '(') {
		gap++
	}
	for i := s.wordsBefore(end); i < len(s.words) && int(s.words[i].start) <= end+gap; i++ {
		if int(s.words[i].start) == end+gap {
			return s.words[i].sense
		}
	}
	return senseNone
}

// wordsBefore is how many words end at or before a place.
func (s *search) wordsBefore(place int) int {
	return sort.Search(len(s.words), func(i int) bool { return int(s.words[i].end) > place })
}

// reach is the first glyph that a word may begin at to tell of a number: no sentence ends between them, and no bracket stands
// there, since tokens are no words. Strict is the same for words that say that the number is nothing to mask; there, no comma,
// new line, question or other long number stands between either.
func (s *search) reach(start int) (far, strict int) {
	far = max(start-near-longestClue, 0)
	strict = max(start-nearer-longestClue, 0)
	stop := func(at int) { strict = max(strict, at) }
	digits := 0
	for i := start - 1; i >= far; i-- {
		r := s.glyphs[i].r
		if digits++; !isDigit(r) {
			digits = 0
		}
		switch r {
		case '[', ']', '!', ';':
			stop(i + 1)
			return i + 1, strict
		case ',', '?', '\n':
			stop(i + 1)
		case '.':
			if !s.abbreviated(i) {
				stop(i + 1)
			}
		}
		if digits == 5 {
			stop(i + 1)
		}
	}
	return far, strict
}

// abbreviated tells whether a dot ends a short word, as in "no. 123", rather than a sentence.
func (s *search) abbreviated(dot int) bool {
	return !(isLetter(s.rune(dot-1)) && isLetter(s.rune(dot-2)) && isLetter(s.rune(dot-3)) && isLetter(s.rune(dot-4)))
}

const longestClue = 12 // glyphs of a word that count beside those between
