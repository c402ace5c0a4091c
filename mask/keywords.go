package mask

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

const (
	maxKeywords    = 10_000 // words of a company
	maxKeywordSize = 128    // bytes of one
)

// A Keyword is something that a company wants to know about, such as a competitor or a threat to leave, in any number of words
// and languages.
type Keyword struct {
	ID    string   `yaml:"id"`
	Words []string `yaml:"words"`
}

// Keywords finds a company's keywords in texts. It may be used from several goroutines.
//
// Words are found whole, whatever their case and accents, in all scripts. Writing without spaces between words (Chinese,
// Japanese, Thai, Lao, Khmer, Burmese) has no whole words, so letters may stand beside them there, and after Korean words, which
// take endings. Spaces in a row count as one, and characters that nobody sees as none.
type Keywords struct {
	ids     []string
	machine *automaton
	room    sync.Pool
}

type keywordRoom struct {
	glyphs []glyph
	found  []found
	read   []int32
}

// NewKeywords prepares the words of a company. Ids must differ and not be empty; each word must have a letter or digit. A word of
// two keywords is an error.
func NewKeywords(list []Keyword) (*Keywords, error) {
	k := &Keywords{room: sync.Pool{New: func() any { return new(keywordRoom) }}}
	var texts [][]rune
	var values []int32
	var names []string
	for _, keyword := range list {
		if keyword.ID == "" || slices.Contains(k.ids, keyword.ID) {
			return nil, fmt.Errorf("read keywords: the id %q is empty or comes twice; give each keyword its own", keyword.ID)
		}
		for _, w := range keyword.Words {
			text := foldWord(w)
			if !slices.ContainsFunc(text, isWord) || len(w) > maxKeywordSize {
				return nil, fmt.Errorf("read keywords: the word %q of %q has no letter or digit, or more than %d bytes", w, keyword.ID, maxKeywordSize)
			}
			texts, values, names = append(texts, text), append(values, int32(len(k.ids))), append(names, w)
		}
		k.ids = append(k.ids, keyword.ID)
	}
	if len(texts) > maxKeywords {
		return nil, fmt.Errorf("read keywords: %d words, at most %d are allowed", len(texts), maxKeywords)
	}
	machine, again := newAutomaton(texts, values)
	for _, i := range again {
		first := slices.IndexFunc(texts, func(t []rune) bool { return slices.Equal(t, texts[i]) })
		if values[first] != values[i] {
			return nil, fmt.Errorf("read keywords: %q of %q is also a word of %q; a word can have one keyword", names[i], k.ids[values[i]], k.ids[values[first]])
		}
	}
	k.machine = machine
	return k, nil
}

// Find returns the ids of the keywords in a text, each once, sorted. It wants the text before masking.
func (k *Keywords) Find(text string) []string {
	if k == nil || len(k.machine.words) == 0 || strings.TrimSpace(text) == "" {
		return nil
	}
	room := k.room.Get().(*keywordRoom)
	defer k.room.Put(room)
	room.glyphs = fold(room.glyphs[:0], text)
	room.found, room.read = k.machine.find(room.found[:0], room.glyphs, room.read)
	var ids []string
	for _, f := range room.found {
		if id := k.ids[f.word.value]; !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
