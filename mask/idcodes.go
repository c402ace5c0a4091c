package mask

import "strings"

// idCode is a national id with letters. In its form a is a letter, d a digit, x either, ~ a sign or nothing, and any other
// character itself.
type idCode struct {
	locale string
	form   string
	valid  func(code string) bool // small letters and digits only
}

const (
	dniLetters   = "trwagmyfpdxbnjzsqvhlcke"
	hetuLetters  = "0123456789abcdefhjklmnprstuvwxy"
	ppsLetters   = "wabcdefghijklmnopqrstuv"
	nricCitizens = "jzihgfedcba"
	nricOthers   = "xwutrqpnmlk"
)

var idCodes = []idCode{
	{"gb", "aa~dd~dd~dd~a", validNINO},
	{"es", "dddddddd~a", func(c string) bool { return c[8] == dniLetters[remainder([]byte(c[:8]), 23)] }},
	{"es", "ddddddd~a", func(c string) bool { return c[7] == dniLetters[remainder([]byte(c[:7]), 23)] }},
	{"es", "a~ddddddd~a", validNIE},
	{"it", "aaaaaaxxaxxaxxxa", validFiscalCode},
	{"fi", "dddddd-dddx", validHETU}, {"fi", "dddddd+dddx", validHETU}, {"fi", "ddddddadddx", validHETU},
	{"sg", "addddddda", validNRIC},
	{"in", "aaaaadddda", func(c string) bool { return strings.IndexByte("abcfghljpt", c[3]) >= 0 }},
	{"de", "dd~dddddd~a~ddd", validRVNR},
	{"fr", "d~dd~dd~2a~ddd~ddd~dd", validCorsican}, {"fr", "d~dd~dd~2b~ddd~ddd~dd", validCorsican},
	{"ie", "ddddddda", validPPS}, {"ie", "dddddddaa", validPPS},
	{"mx", "aaaaddddddaaaaaaxd", func(c string) bool {
		return (c[10] == 'h' || c[10] == 'm') && dayMonth([]byte(c[8:10]), []byte(c[6:8]))
	}},
	{"cn", "dddddddddddddddddx", func(c string) bool {
		return c[17] == 'x' && dayMonth([]byte(c[12:14]), []byte(c[10:12])) && weighted([]byte(c[:17]), 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)%11 == 2
	}},
	{"cl", "dd.ddd.ddd-k", func(c string) bool { return weighted([]byte(c[:8]), 3, 2, 7, 6, 5, 4, 3, 2)%11 == 1 }},
}

// codes finds ids with letters, at the beginning of each word; beside a word for an id any word of 7 to 14 letters and digits, of
// which five are digits, is one.
func (s *search) codes() {
	for i := 0; i < len(s.glyphs); i++ {
		if !isWord(s.glyphs[i].r) || isWord(s.rune(i-1)) {
			continue
		}
		end := i
		for isWord(s.rune(end)) {
			end++
		}
		if end = s.code(i, end); end > 0 {
			s.hide(i, end, KindNationalID)
			i = end
		}
	}
}

// code returns where the id that begins at start ends, 0 when there is none. The word that begins there ends at end.
func (s *search) code(start, end int) int {
	digits := 0
	for _, g := range s.glyphs[start:end] {
		if isDigit(g.r) {
			digits++
		}
	}
	if n := end - start; digits >= 5 && digits < n && n >= shortestID && n <= 14 && s.senseBefore(start) == senseID {
		return end
	}
	if digits == 0 && (end-start > 2 || !isDigit(s.rune(end+1))) {
		return 0 // an ordinary word
	}
	var room [24]byte
	first := byte('a')
	if isDigit(s.glyphs[start].r) {
		first = 'd'
	}
	for _, id := range idCodes {
		if id.form[0] != first {
			continue
		}
		if code, after := s.fits(room[:0], id.form, start); after > 0 && !isWord(s.rune(after)) && id.valid(string(code)) {
			return after
		}
	}
	return 0
}

// fits reads what fits a form at a place, and returns its letters and digits and where it ends; 0 when nothing does.
func (s *search) fits(code []byte, form string, i int) ([]byte, int) {
	for f := range len(form) {
		r := s.rune(i)
		switch c := form[f]; {
		case c == '~':
			if contains(" -./", r) {
				i++
			}
			continue
		case c == 'a' && (r < 'a' || r > 'z'), c == 'd' && !isDigit(r), c == 'x' && (r < 'a' || r > 'z') && !isDigit(r):
			return nil, 0
		case c != 'a' && c != 'd' && c != 'x' && r != rune(c):
			return nil, 0
		}
		if isWord(r) {
			code = append(code, byte(r))
		}
		i++
	}
	return code, i
}

func validNINO(c string) bool {
	return strings.IndexByte("dfiquv", c[0]) < 0 && strings.IndexByte("dfiquvo", c[1]) < 0 && c[8] <= 'd' &&
		!strings.Contains("bg gb kn nk nt tn zz", c[:2])
}

func validNIE(c string) bool {
	if c[0] < 'x' {
		return false
	}
	d := append([]byte{c[0] - 'x' + '0'}, c[1:8]...)
	return c[8] == dniLetters[remainder(d, 23)]
}

// validFiscalCode adds up what letters and digits count at odd and at even places.
func validFiscalCode(c string) bool {
	odd := [26]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}
	sum := 0
	for i := range 15 {
		n := int(c[i]) - 'a'
		if c[i] <= '9' {
			n = int(c[i] - '0')
		}
		if i%2 == 0 {
			n = odd[n]
		}
		sum += n
	}
	return int(c[15]-'a') == sum%26
}

func validHETU(c string) bool {
	last := len(c) - 1
	if last == 10 && strings.IndexByte("abcdefuvwxy", c[6]) < 0 {
		return false
	}
	d := append([]byte(c[:6]), c[last-3:last]...)
	return dayMonth(d[0:2], d[2:4]) && c[last] == hetuLetters[remainder(d, 31)]
}

func validNRIC(c string) bool {
	sum := weighted([]byte(c[1:8]), 2, 7, 6, 5, 4, 3, 2)
	switch c[0] {
	case 's':
		return c[8] == nricCitizens[sum%11]
	case 't':
		return c[8] == nricCitizens[(sum+4)%11]
	case 'f':
		return c[8] == nricOthers[sum%11]
	case 'g':
		return c[8] == nricOthers[(sum+4)%11]
	case 'm':
		return c[8] == "kljnpqrtuwx"[10-(sum+3)%11]
	}
	return false
}

// validRVNR is the German pension insurance's: area, birthday, letter, number, check digit; days may be 50 more where a number ran out.
func validRVNR(c string) bool {
	letter := int(c[8]-'a') + 1
	d := append(append([]byte(c[:8]), byte('0'+letter/10), byte('0'+letter%10)), c[9:11]...)
	sum := 0
	for i, w := range [12]int{2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1} {
		n := w * int(d[i]-'0')
		sum += n/10 + n%10
	}
	day := two(d[2:4])
	return sum%10 == int(c[11]-'0') && (day >= 1 && day <= 31 || day >= 51 && day <= 81) && two(d[4:6]) >= 1 && two(d[4:6]) <= 12
}

// validCorsican is the French number of those born in Corsica, whose department has a letter.
func validCorsican(c string) bool {
	d := []byte(c)
	less := 1_000_000
	if d[6] == 'b' {
		less = 2_000_000
	}
	d[6] = '0'
	return (d[0] == '1' || d[0] == '2') && 97-((remainder(d[:13], 97)-less%97+97)%97) == two(d[13:15])
}

func validPPS(c string) bool {
	sum := weighted([]byte(c[:7]), 8, 7, 6, 5, 4, 3, 2)
	if len(c) == 9 {
		if c[8] > 'i' && c[8] != 'w' {
			return false
		}
		sum += 9 * (strings.IndexByte(ppsLetters, c[8]))
	}
	at := strings.IndexByte(ppsLetters, c[7])
	return at >= 0 && at == sum%23
}
