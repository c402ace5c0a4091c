package mask

// ibanLengths are the countries that have IBANs, with their lengths: those of the registry, and those that use them without being
// in it.
var ibanLengths = func() (by [26][26]int) {
	for length, countries := range map[int]string{
		15: "NO", 16: "BE", 18: "AX DK FI FK FO GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK", 21: "CH HR LI LV",
		22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL", 24: "AD CZ ES MD PK RO SA SE SK TN VG",
		25: "AO CV GW LY MZ PT ST", 26: "DZ IR IS TR", 27: "BI BL CF CG CM DJ FR GA GF GP GQ GR IT KM MC MF MG MQ MR NC PF PM RE SM TD TF WF YT",
		28: "AL AZ BF BJ BY CI CY DO GT HN HU LB MA ML NE NI PL SN SV TG", 29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
	} {
		for i := 0; i+1 < len(countries); i += 3 {
			by[countries[i]-'A'][countries[i+1]-'A'] = length
		}
	}
	return by
}()

const ibanGaps = " -./_\n"

// ibans finds account numbers: a country, two check digits, and as much as the country's numbers have, of which half at least are
// digits, so that no sentence is one.
func (s *search) ibans() {
	for i := 0; i+15 <= len(s.glyphs); i++ {
		second := i + 1
		if s.glyphs[second].r == ' ' && s.rune(i+3) == ' ' && isDigit(s.rune(i+4)) { // "D E 8 9 …"
			second++
		}
		length := ibanLength(s.glyphs[i].r, s.glyphs[second].r)
		if length == 0 {
			continue
		}
		first := second + 1
		if !isDigit(s.rune(first)) { // "DE 89 …" is one where the letters are a word of their own
			if s.rune(first) == '\n' || !contains(ibanGaps, s.rune(first)) || !isDigit(s.rune(first+1)) || isLetter(s.rune(i-1)) {
				continue
			}
			first++
		}
		if end, ok := s.iban(s.glyphs[i].r, s.glyphs[second].r, first, length); ok {
			s.hide(i, end, KindIBAN)
			i = end - 1
		}
	}
}

func ibanLength(x, y rune) int {
	if x < 'a' || x > 'z' || y < 'a' || y > 'z' {
		return 0
	}
	return ibanLengths[x-'a'][y-'a']
}

// iban checks the number of the country xy, its digits from first on, and returns the place after it. A word of any but one or
// four letters between its groups is one of the sentence, and a new line stands between groups of four only.
func (s *search) iban(x, y rune, first, length int) (end int, ok bool) {
	var digits, rest, size, letters int // of a group: how long it is; its letters while it has no digits, -1 after one
	read, i := 2, first
	for gap := 0; read < length; i++ {
		r := s.rune(i)
		switch {
		case isDigit(r), r >= 'a' && r <= 'z' && read >= 4:
			if isDigit(r) {
				digits++
				letters = -1
			} else if letters >= 0 {
				letters++
			}
			if read >= 4 {
				rest = mod97(rest, r)
			}
			read++
			size++
			gap = 0
		case contains(ibanGaps, r) && gap < 2 && (letters <= 1 || letters == 4) && (r != '\n' || size <= 4):
			gap++
			size, letters = 0, 0
		default:
			return 0, false
		}
	}
	if digits*2 < length {
		return 0, false
	}
	rest = mod97(mod97(rest, x), y)
	for j, seen := first, 0; seen < 2; j++ {
		if isDigit(s.glyphs[j].r) {
			rest = mod97(rest, s.glyphs[j].r)
			seen++
		}
	}
	return i, rest == 1
}

// mod97 goes on with a remainder by one more character; a is 10, z is 35.
func mod97(rest int, r rune) int {
	if isDigit(r) {
		return (rest*10 + int(r-'0')) % 97
	}
	return (rest*100 + int(r-'a') + 10) % 97
}
