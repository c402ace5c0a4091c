package mask

import (
	"cmp"
	"slices"
	"unicode"
)

// automaton finds many words in one pass over the glyphs (Aho and Corasick, 1975). States are numbers, the root is 0. The steps
// of a state are sorted by rune.
type automaton struct {
	first []int32 // where a state's steps begin; one more than states
	runes []rune
	next  []int32
	root  map[rune]int32
	quick [0x600]int32 // the root's steps by the runes of Europe and the near East
	fail  []int32      // the state of the longest end of what was read that also begins a word
	out   []int32      // the word that ends here + 1, 0: none
	more  []int32      // the next state along fail at which a word ends, 0: none
	words []word
	// besideDigits says that a word may stand directly beside a digit, as in "tel030123" and "12eur".
	besideDigits bool
}

// word is a word to find; its value is what it stands for.
type word struct {
	length             int32 // in glyphs, spaces in a row being one
	value              int32
	openStart, openEnd bool // the script has no spaces between words, so letters may stand before or after it
}

type node struct {
	steps map[rune]int32
	word  int32
}

// foldWord folds a word as text is folded, spaces in a row being one.
func foldWord(text string) []rune {
	var runes []rune
	for _, g := range fold(nil, text) {
		r := g.r
		if r == '\n' {
			r = ' '
		}
		if r == ' ' && (len(runes) == 0 || runes[len(runes)-1] == ' ') {
			continue
		}
		runes = append(runes, r)
	}
	if len(runes) > 0 && runes[len(runes)-1] == ' ' {
		runes = runes[:len(runes)-1]
	}
	return runes
}

// newAutomaton builds one of folded words. A word that comes twice keeps its first value; again tells those.
func newAutomaton(texts [][]rune, values []int32) (a *automaton, again []int) {
	a = &automaton{root: map[rune]int32{}}
	nodes := []node{{steps: a.root}}
	for i, text := range texts {
		state := int32(0)
		for _, r := range text {
			step, ok := nodes[state].steps[r]
			if !ok {
				step = int32(len(nodes))
				nodes = append(nodes, node{})
				if nodes[state].steps == nil {
					nodes[state].steps = map[rune]int32{}
				}
				nodes[state].steps[r] = step
			}
			state = step
		}
		if nodes[state].word != 0 {
			again = append(again, i)
			continue
		}
		a.words = append(a.words, word{length: int32(len(text)), value: values[i], openStart: unspaced(text[0]), openEnd: unspaced(text[len(text)-1]) || unicode.Is(unicode.Hangul, text[len(text)-1])})
		nodes[state].word = int32(len(a.words))
	}
	a.flatten(nodes)
	a.link()
	return a, again
}

// unspaced tells runes that need no space beside them: signs, and those of scripts that are written without spaces between words.
func unspaced(r rune) bool {
	return !isWord(r) || r >= 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

func (a *automaton) flatten(nodes []node) {
	for _, n := range nodes {
		a.first = append(a.first, int32(len(a.runes)))
		a.out = append(a.out, n.word)
		steps := make([]rune, 0, len(n.steps))
		for r := range n.steps {
			steps = append(steps, r)
		}
		slices.Sort(steps)
		for _, r := range steps {
			a.runes = append(a.runes, r)
			a.next = append(a.next, n.steps[r])
		}
	}
	a.first = append(a.first, int32(len(a.runes)))
	a.fail, a.more = make([]int32, len(nodes)), make([]int32, len(nodes))
}

// link sets fail and more, nearest to the root first.
func (a *automaton) link() {
	for r, step := range a.root {
		if int(r) < len(a.quick) {
			a.quick[r] = step
		}
	}
	queue := []int32{0}
	for len(queue) > 0 {
		state := queue[0]
		queue = queue[1:]
		for i := a.first[state]; i < a.first[state+1]; i++ {
			child := a.next[i]
			queue = append(queue, child)
			if state != 0 {
				a.fail[child] = a.step(a.fail[state], a.runes[i])
			}
			fail := a.fail[child]
			a.more[child] = a.more[fail]
			if a.out[fail] != 0 {
				a.more[child] = fail
			}
		}
	}
}

// step is the state after one more rune.
func (a *automaton) step(state int32, r rune) int32 {
	for state != 0 {
		from, to := a.first[state], a.first[state+1]
		if i, ok := slices.BinarySearchFunc(a.runes[from:to], r, cmp.Compare[rune]); ok {
			return a.next[int(from)+i]
		}
		state = a.fail[state]
	}
	if uint32(r) < uint32(len(a.quick)) {
		return a.quick[r]
	}
	return a.root[r]
}

// found is a word in the glyphs from start up to end.
type found struct {
	word       word
	start, end int32
}

// find appends the words in the glyphs, in the order of their ends, the longest of an end first; room is space to work in.
func (a *automaton) find(to []found, glyphs []glyph, room []int32) ([]found, []int32) {
	read := room[:0] // which glyphs were read: of spaces in a row only the first is
	state := int32(0)
	for i := range glyphs {
		r := glyphs[i].r
		if r == '\n' {
			r = ' '
		}
		if r == ' ' && i > 0 && (glyphs[i-1].r == ' ' || glyphs[i-1].r == '\n') {
			continue
		}
		read = append(read, int32(i))
		state = a.step(state, r)
		for at := state; at != 0; at = a.more[at] {
			if a.out[at] == 0 {
				continue
			}
			w := a.words[a.out[at]-1]
			start, end := int(read[len(read)-int(w.length)]), i+1
			if (w.openStart || start == 0 || !a.joins(glyphs[start-1].r)) && (w.openEnd || end == len(glyphs) || !a.joins(glyphs[end].r)) {
				to = append(to, found{w, int32(start), int32(end)})
			}
		}
	}
	return to, read
}

// joins tells whether a rune directly beside a word makes it part of another word.
func (a *automaton) joins(r rune) bool {
	return isLetter(r) || isDigit(r) && !a.besideDigits
}
