package mask

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// Separators as keyboards, formatters and attackers make them. Those that nobody sees may stand anywhere.
var (
	joints    = []string{"", "-", " ", ".", "\u00a0", "\u202f", "\u2009", "‑", "–", "\u3000", "－", "&nbsp;", "%20", "\t"}
	unseen    = []string{"\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\ufe0f"}
	alphabets = []rune{'0', '０', '٠', '०', '𝟎', '๐'}
)

// disguise writes the digits of groups in a script, with joints between groups, and what nobody sees here and there.
func disguise(t *rapid.T, groups []string, joint string) string {
	zero := rapid.SampledFrom(alphabets).Draw(t, "script")
	hidden := rapid.IntRange(0, 4).Draw(t, "hidden")
	var b strings.Builder
	for i, g := range groups {
		if i > 0 {
			b.WriteString(joint)
		}
		for _, r := range g {
			if unicode.IsDigit(r) {
				r = zero + r - '0'
			}
			b.WriteRune(r)
			if hidden == 0 {
				b.WriteString(rapid.SampledFrom(unseen).Draw(t, "unseen"))
			}
		}
	}
	return b.String()
}

// cut takes digits apart in groups of the given sizes, the rest being the last.
func cut(digits string, sizes ...int) (groups []string) {
	for _, n := range sizes {
		if n >= len(digits) {
			break
		}
		groups, digits = append(groups, digits[:n]), digits[n:]
	}
	return append(groups, digits)
}

func digitsOf(n int) *rapid.Generator[string] {
	return rapid.StringMatching(fmt.Sprintf(`[0-9]{%d}`, n))
}

func genCard(t *rapid.T) (groups []string, joint string) {
	head := rapid.SampledFrom([]string{"4", "51", "55", "2221", "34", "37", "6011", "3530", "36", "62", "5018"}).Draw(t, "issuer")
	length := 16
	switch head {
	case "34", "37":
		length = 15
	case "36":
		length = 14
	}
	number := head + digitsOf(length-len(head)-1).Draw(t, "digits")
	for check := '0'; check <= '9'; check++ {
		if luhn([]byte(number + string(check))) {
			number += string(check)
			break
		}
	}
	sizes := rapid.SampledFrom([][]int{nil, {4, 4, 4}, {4, 6}, {8}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {6}}).Draw(t, "sizes")
	return cut(number, sizes...), rapid.SampledFrom(append(joints, "/", "_", " - ", "\n", "*")).Draw(t, "joint")
}

func genIBAN(t *rapid.T) (groups []string, joint string) {
	country := rapid.SampledFrom([]struct{ code, form string }{{"DE", `[0-9]{18}`}, {"GB", `[A-Z]{4}[0-9]{14}`}, {"FR", `[0-9]{10}[A-Z0-9]{5}[0-9]{8}`}, {"NO", `[0-9]{11}`}, {"NL", `[A-Z]{4}[0-9]{10}`}}).Draw(t, "country")
	account := rapid.StringMatching(country.form).Draw(t, "account")
	rest := 0
	for _, r := range strings.ToLower(account + country.code) {
		rest = mod97(rest, r)
	}
	iban := fmt.Sprintf("%s%02d%s", country.code, 98-rest*100%97, account)
	if rapid.Bool().Draw(t, "small") {
		iban = strings.ToLower(iban)
	}
	sizes := rapid.SampledFrom([][]int{nil, {4, 4, 4, 4, 4, 4}, {2, 2, 8}}).Draw(t, "sizes")
	return cut(iban, sizes...), rapid.SampledFrom(joints).Draw(t, "joint")
}

func genPhone(t *rapid.T) (groups []string, joint string) {
	joint = rapid.SampledFrom(joints).Draw(t, "joint")
	switch rapid.IntRange(0, 3).Draw(t, "form") {
	case 0: // with a country's code
		return cut(rapid.StringMatching(`\+[1-9][0-9]{9,12}`).Draw(t, "number"), 3, 3, 3), joint
	case 1: // with a zero, as dialled at home
		return cut(rapid.StringMatching(`0[1-9][0-9]{8,9}`).Draw(t, "number"), 3, 4), joint
	case 2: // North American
		number := rapid.StringMatching(`[2-9][0-9]{2}[2-9][0-9]{6}`).Draw(t, "number")
		if joint == "" {
			joint = "-"
		}
		return cut(number, 3, 3), joint
	}
	number := rapid.StringMatching(`[1-9][0-9]{6,10}`).Filter(func(n string) bool { return len(n) != 8 || n[:2] != "19" && n[:2] != "20" }) // else it may be a date
	return cut("Tel. "+number.Draw(t, "number"), 5), ""
}

func genSSN(t *rapid.T) (groups []string, joint string) {
	return cut(rapid.StringMatching(`[1-5][0-9]{2}(0[1-9]|[1-9][0-9])[1-9][0-9]{3}`).Draw(t, "number"), 3, 2), rapid.SampledFrom([]string{"-", " ", ".", "\u00a0", "‑", "–", "－"}).Draw(t, "joint")
}

func genEmail(t *rapid.T) (groups []string, joint string) {
	name := rapid.StringMatching(`[a-z0-9]([a-z0-9._+-]{0,12}[a-z0-9])?`).Draw(t, "name")
	domain := rapid.StringMatching(`[a-z0-9]{1,9}(-[a-z0-9]{1,5})?`).Draw(t, "domain")
	end := rapid.SampledFrom([]string{"com", "de", "co.uk", "info", "museum"}).Draw(t, "end")
	at := rapid.SampledFrom([]string{"@", "＠", " @ ", "(at)", " [at] ", "%40", "&#64;", "﹫"}).Draw(t, "at")
	dot := rapid.SampledFrom([]string{".", "．", "(dot)", " dot ", "。"}).Draw(t, "dot")
	return []string{name + at + domain + dot + end}, ""
}

// words of the text around; none ends in what would go on with a canary.
func surroundings(t *rapid.T, name string) string {
	text := rapid.SampledFrom([]string{"", "hi", "my order 12345678 is late", "zażółć gęślą jaźń", "你好", "2024-05-01", "it is", "see [card]", "😀", "שלום", "12.50 €", "<p>", "I wrote on 1.2.2024 already"}).Draw(t, name)
	return text
}

// left tells whether anything of a canary is left in a text: any digit beside those around it, or of what has none, all its letters.
func left(masked, canary, before, after string) bool {
	plain := func(text string, keep func(rune) bool) string {
		var b strings.Builder
		for _, g := range fold(nil, text) {
			if keep(g.r) {
				b.WriteRune(g.r)
			}
		}
		return b.String()
	}
	return plain(masked, isDigit) != plain(before+" "+after, isDigit) || strings.Contains(plain(masked, isWord), plain(canary, isWord))
}

// Whatever is planted, in whatever form, is gone; what is masked stays as it is; and nothing is broken.
func TestCanariesNeverSurvive(t *testing.T) {
	m, _ := New(Config{})
	kinds := map[string]func(*rapid.T) ([]string, string){"card": genCard, "iban": genIBAN, "phone": genPhone, "ssn": genSSN, "email": genEmail}
	for kind, generate := range kinds {
		t.Run(kind, rapid.MakeCheck(func(t *rapid.T) {
			groups, joint := generate(t)
			canary := strings.Join(groups, joint)
			if kind != "email" {
				canary = disguise(t, groups, joint)
			}
			before, after := surroundings(t, "before"), surroundings(t, "after")
			text := strings.Join([]string{before, canary, after}, rapid.SampledFrom([]string{"\n", " : ", ", ", " | "}).Draw(t, "around"))
			masked, counts := m.Text(text)
			if left(masked, canary, before, after) || len(counts) == 0 {
				t.Fatalf("%q survived in %q, which became %q", canary, text, masked)
			}
			checkMasked(t, m, text, masked)
		}))
	}
}

// Any text: masking twice is masking once, and UTF-8 stays UTF-8.
func TestMaskedTwice(t *testing.T) {
	m, err := New(Config{Locales: Locales(), Patterns: []Pattern{{"contract", `[A-Z]-?\d{3}`}, {"line", `(?m)^x.*$`}, {"bracket", `\]?[a-c]+\[?`}}})
	if err != nil {
		t.Fatal(err)
	}
	piece := rapid.SampledFrom([]string{"0", "1", "12", "123", "4111", "1111", "0612345678", "+", "(", ")", " ", "-", ".", "/", ",", "\n", ":", "@", "a", "phone", "card", "order", "my number is", "ssn", "passport", "cvv", "€", "EUR", "at", "dot", "com", "DE89", "[card]", "[phone]", "[", "]", "#", "x", "ext", "é", "\u200b", "\xff", "🙂", "&#64;", "&", "%40", "K-123", "2024", "01", "05", "\u00a0", "例"})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(piece, 0, 40).Draw(t, "pieces"), rapid.SampledFrom([]string{"", "", " "}).Draw(t, "between"))
		masked, _ := m.Text(text)
		checkMasked(t, m, text, masked)
		if n := passes(m, text); n > 4 {
			t.Fatalf("%q was looked at %d times", text, n)
		}
	})
}

// passes is how often a text is looked at until nothing is found any more.
func passes(m *Masker, text string) int {
	s := new(search)
	for n := 1; ; n++ {
		if s.look(m, text); len(s.spans) == 0 {
			return n
		}
		text = m.replace(text, s.spans, Counts{})
	}
}

func checkMasked(t interface {
	Helper()
	Fatalf(string, ...any)
}, m *Masker, text, masked string) {
	t.Helper()
	if again, counts := m.Text(masked); again != masked || counts != nil {
		t.Fatalf("%q became %q, and then %q", text, masked, again)
	}
	if utf8.ValidString(text) && !utf8.ValidString(masked) {
		t.Fatalf("%q became %q, which is no UTF-8", text, masked)
	}
}

func FuzzText(f *testing.F) {
	m, err := New(Config{Locales: Locales(), Patterns: []Pattern{{"contract", `[A-Z]-?\d{3}`}}})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", "4111 1111 1111 1111", "john (at) example dot com", "+49 (0)30 123456 ext. 7", "DE89 3704 0044 0532 0130 00", "SSN 078-05-1123", "&#x1D7D8;%40[card]", "\xff1\u200b2", "11.222.333-k", "tel.:(((((("} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		masked, _ := m.Text(text)
		checkMasked(t, m, text, masked)
	})
}
