package mask

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestFind(t *testing.T) {
	k, err := NewKeywords([]Keyword{
		{"cancel", []string{"cancel", "cancellation", "kündigen", "Kündigung", "résilier", "отменить", "إلغاء", "解約", "해지", "ยกเลิก", "İptal"}},
		{"competitor", []string{"Globex", " Umbrella  Corp "}},
		{"lawyer", []string{"lawyer", "Rechtsanwalt", "straße", "c++", "§ 5", "he", "hers", "she"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	f := func(text string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, k.Find(text)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	f("I want to CANCEL, my lawyer says", "cancel", "lawyer")
	f("cancels precancel cancel_me x", "cancel") // an underscore is no letter
	f("cancelled")
	f("globexes and globex2")
	f("ich will KUENDIGEN")
	f("ich will KU\u0308NDIGEN", "cancel") // the mark on its own
	f("kundigung bitte", "cancel")
	f("je veux resilier", "cancel")
	f("Хочу ОТМЕНИТЬ", "cancel")
	f("أريد إِلْغَاء الطلب", "cancel")
	f("今すぐ解約したい", "cancel")
	f("미해지")
	f("해지하고", "cancel")
	f("ต้องการยกเลิกครับ", "cancel")
	f("iptal", "cancel")
	f("Ｇｌｏｂｅｘ ｃａｎｃｅｌ", "cancel", "competitor")
	f("𝐠𝐥𝐨𝐛𝐞𝐱 ⓒⓐⓝⓒⓔⓛ", "cancel", "competitor")
	f("glo\u200bbex", "competitor")
	f("umbrella \n\t corp", "competitor")
	f("umbrella-corp")
	f("c++, STRASSE", "lawyer")
	f("ushers")
	f("she", "lawyer")
	f("")
	f("   ")
}

// A word may end where the end of another's beginning ends: "z" in "x y z", which "y z q" begins like.
func TestFindWithin(t *testing.T) {
	k, err := NewKeywords([]Keyword{{"long", []string{"x y z"}}, {"other", []string{"y z q"}}, {"short", []string{"z"}}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"long", "short"}, k.Find("x y z")); diff != "" {
		t.Error(diff)
	}
}

func TestKeywordsRefused(t *testing.T) {
	f := func(want string, list ...Keyword) {
		t.Helper()
		if _, err := NewKeywords(list); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	f("is empty or comes twice", Keyword{"", []string{"a"}})
	f("is empty or comes twice", Keyword{"a", []string{"a"}}, Keyword{"a", []string{"b"}})
	f("has no letter or digit", Keyword{"a", []string{" . "}})
	f("has no letter or digit", Keyword{"a", []string{strings.Repeat("x", 129)}})
	f("is also a word of", Keyword{"a", []string{"Café"}}, Keyword{"b", []string{"CAFE"}})
	many := make([]string, 10_001)
	for i := range many {
		many[i] = fmt.Sprint("w", i)
	}
	f("at most 10000", Keyword{"a", many})
	if _, err := NewKeywords([]Keyword{{"a", []string{"x", "X"}}}); err != nil {
		t.Errorf("a word twice in one keyword: %v", err)
	}
}

// The automaton finds what looking for each word alone finds.
func TestFindAsSearching(t *testing.T) {
	word := rapid.StringMatching(`[ab]{1,4}( [ab]{1,2})?`)
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfNDistinct(word, 1, 8, rapid.ID[string]).Draw(t, "words")
		text := rapid.StringMatching(`[ab ]{0,30}`).Draw(t, "text")
		var list []Keyword
		for _, w := range words {
			list = append(list, Keyword{w, []string{w}})
		}
		k, err := NewKeywords(list)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		spaced := " " + strings.Join(strings.Fields(text), " ") + " "
		for _, w := range words {
			if strings.Contains(spaced, " "+w+" ") {
				want = append(want, w)
			}
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, k.Find(text)); diff != "" {
			t.Fatalf("%q in %q: %s", words, text, diff)
		}
	})
}

// Unicode's decimal digits are tens in a row that begin with the zero.
func TestDigitsOfAllScripts(t *testing.T) {
	n := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !unicode.Is(unicode.Nd, r) {
			continue
		}
		if got, want := foldRune(r), '0'+rune(n%10); got != want {
			t.Errorf("%U is looked at as %q, want %q", r, got, want)
		}
		n++
	}
	if n < 600 {
		t.Errorf("%d digits, want more", n)
	}
}

// Folding keeps the places: glyphs stand for characters of the text, one after the other.
func TestFoldKeepsPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text") + rapid.SampledFrom([]string{"", "&#64;", "&nbsp;x", "%40", "ß", "ﬁ", "\xff"}).Draw(t, "more")
		place := int32(0)
		for _, g := range fold(nil, text) {
			if g.at < place && (g.at != place-(g.end-g.at)) || g.end <= g.at || int(g.end) > len(text) {
				t.Fatalf("%q: a glyph %q at %d to %d after %d", text, g.r, g.at, g.end, place)
			}
			place = g.end
		}
	})
}
