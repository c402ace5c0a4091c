package mask

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A glyph is a character as it is looked at: without case and accents, digits of all scripts as 0 to 9, all spaces, dashes and
// full-width signs as those of ASCII. at and end are the bytes of the text that it stands for. Characters that nobody sees are no
// glyphs.
type glyph struct {
	r       rune
	at, end int32
}

const (
	invisible = -1   // no glyph at all
	letters   = -2   // several glyphs, in the map below
	lastFast  = 8192 // runes below it are looked up in a table
)

// What the first runes are looked at as, and the letters that are matched as several.
var fast, several = foldTables()

func foldTables() (fast [lastFast]rune, several map[rune]string) {
	several = map[rune]string{}
	for r := range rune(lastFast) {
		fast[r] = foldSlowly(r)
	}
	for _, entry := range plainLetters {
		as := []rune(entry.as)
		for _, letter := range entry.letters {
			if len(as) > 1 {
				several[letter] = entry.as
				as[0] = letters
			}
			if letter < lastFast {
				fast[letter] = as[0]
			}
		}
	}
	for r := range rune(lastFast) { // capitals as their small letters
		if lower := unicode.ToLower(r); lower != r && lower < lastFast {
			fast[r] = fast[lower]
			if as, ok := several[lower]; ok {
				several[r] = as
			}
		}
	}
	return fast, several
}

// fold appends the glyphs of a text to those that are given. It takes HTML's entities and the percent codes of links for what
// they mean, because vendors send both.
func fold(glyphs []glyph, text string) []glyph {
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf && c != '&' && c != '%' {
			if r := fast[c]; r != invisible {
				glyphs = append(glyphs, glyph{r, int32(i), int32(i + 1)})
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if c == '&' || c == '%' {
			r, size = unescape(text[i:])
		}
		glyphs = appendFolded(glyphs, r, int32(i), int32(i+size))
		i += size
	}
	return glyphs
}

func appendFolded(glyphs []glyph, r rune, at, end int32) []glyph {
	as := foldRune(r)
	if as == letters {
		for _, letter := range several[r] {
			glyphs = append(glyphs, glyph{letter, at, end})
		}
		return glyphs
	}
	if as == invisible {
		return glyphs
	}
	return append(glyphs, glyph{as, at, end})
}

func foldRune(r rune) rune {
	if r < lastFast {
		return fast[r]
	}
	return foldSlowly(r)
}

// unescape reads an entity such as &#64; or &nbsp;, or a percent code of a sign such as %40, at the start of a text. What is
// neither is the sign itself.
func unescape(text string) (rune, int) {
	const longest = 10 // "&#x1D7D8;"
	if text[0] == '%' {
		if len(text) >= 3 && strings.Contains("20 2B 2b 2D 2d 2E 2e 40 28 29 2F 2f", text[1:3]) && text[1] != ' ' && text[2] != ' ' {
			return rune(nibble(text[1])<<4 | nibble(text[2])), 3
		}
		return '%', 1
	}
	end := strings.IndexByte(text[:min(len(text), longest)], ';')
	if end < 0 {
		return '&', 1
	}
	meant := html.UnescapeString(text[:end+1])
	if r, size := utf8.DecodeRuneInString(meant); size == len(meant) {
		return r, end + 1
	}
	return '&', 1
}

func nibble(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}

// foldSlowly says what a rune is looked at as, accents aside: those of the first 8,192 runes are in the table.
func foldSlowly(r rune) rune {
	switch {
	case r == '\n', r == '\r', r == 0x85, r == 0x2028, r == 0x2029:
		return '\n'
	case r == ' ', r == '\t', r == '\v', r == '\f', r == 0x2800, r == 0x3164, r == 0x115F, r == 0x1160, r == 0xFFA0, unicode.Is(unicode.Zs, r):
		return ' '
	case r < 0x80:
		return unicode.ToLower(r)
	case unicode.In(r, unicode.Cf, unicode.Mn, unicode.Me), r == 0x0640: // marks, joiners, directions; the Arabic stretch
		return invisible
	case unicode.Is(unicode.Pd, r), r == 0x2212, r == 0x2043, r == 0x02D7:
		return '-'
	case unicode.IsDigit(r):
		return '0' + digitValue(r)
	}
	return foldSign(r)
}

// foldSign folds what stands for a character of ASCII: full-width forms, letters and digits of formulas, in circles and raised,
// and a few signs.
func foldSign(r rune) rune {
	switch {
	case r >= 0xFB00 && r <= 0xFB06: // ligatures
		return letters
	case r >= 0xFF01 && r <= 0xFF5E:
		return unicode.ToLower(r - 0xFF01 + '!')
	case r >= 0x1D400 && r <= 0x1D6A3: // letters of formulas, 26 large and 26 small ones in turn
		return 'a' + (r-0x1D400)%26
	case r >= 0x24B6 && r <= 0x24E9:
		return 'a' + (r-0x24B6)%26
	case r >= 0x2460 && r <= 0x2468:
		return r - 0x2460 + '1'
	case r == 0x24EA, r == 0x2070, r == 0x2080:
		return '0'
	case r >= 0x2074 && r <= 0x2079:
		return r - 0x2070 + '0'
	case r >= 0x2081 && r <= 0x2089:
		return r - 0x2080 + '0'
	}
	switch r {
	case 0xB9:
		return '1'
	case 0xB2, 0xB3:
		return r - 0xB0 + '0'
	case 0xB7, 0x2022, 0x2024, 0x2027, 0x22C5, 0x30FB, 0x3002, 0xFF61, 0x06D4, 0xFE52:
		return '.'
	case 0x2044, 0x2215, 0x29F8:
		return '/'
	case 0x2018, 0x2019, 0x02BC, 0x2032:
		return '\''
	case 0xFE6B:
		return '@'
	case 0xFE62, 0x207A:
		return '+'
	case 0x3001, 0x066B, 0x066C, 0x060C:
		return ','
	case 0x0623, 0x0625, 0x0622, 0x0671: // alef with its signs
		return 0x0627
	case 0x0649: // alef maksura as ya
		return 0x064A
	}
	return unicode.ToLower(r)
}

// digitValue is the value of a decimal digit of any script: Unicode has them in tens that begin with the zero.
func digitValue(r rune) rune {
	for _, t := range unicode.Nd.R16 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10
		}
	}
	return 0
}

var letter = func() (is [lastFast]bool) {
	for r := range rune(lastFast) {
		is[r] = unicode.IsLetter(r)
	}
	return is
}()

func isDigit(r rune) bool { return r >= '0' && r <= '9' }
func isWord(r rune) bool  { return isDigit(r) || isLetter(r) }

func isLetter(r rune) bool {
	if uint32(r) < lastFast {
		return letter[r]
	}
	return unicode.IsLetter(r)
}
