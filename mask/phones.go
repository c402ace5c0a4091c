package mask

const (
	shortestPhone = 9 // digits of a number that no word tells of
	shortestNamed = 6 // digits beside a word for a phone
	longestPhone  = 15
	phoneGaps     = " -./()_~"
)

// phones finds phone numbers in the row. It takes the longest stretch of groups that is one, from the left; dates, amounts,
// addresses of machines and what a word says is something else are none.
func (s *search) phones() {
	for a := 0; a < len(s.groups); a++ {
		if dates := s.dateGroups(a); dates > 0 {
			a += dates - 1
			continue
		}
		if !s.edge(a) && !s.gapHas(a, "+") || s.compactDate(a, a+1) {
			continue
		}
		last := s.phoneEnd(a)
		for b := last; b > a; b-- {
			if (b == last || s.edge(b) || s.gapHas(b, "+")) && s.isPhone(a, b) {
				s.hide(s.phoneStart(a), s.extension(s.groups[b-1].end), KindPhone)
				a = b - 1
				break
			}
		}
	}
}

// phoneEnd is the place after the last group that may belong to a phone number that begins with group a.
func (s *search) phoneEnd(a int) int {
	digits := s.groups[a].size()
	for b := a + 1; b < len(s.groups); b++ {
		digits += s.groups[b].size()
		if digits > longestPhone+2 || len(s.gap(b)) > usualGap || !s.gapOf(b, phoneGaps) || s.dateGroups(b) > 0 {
			return b
		}
	}
	return len(s.groups)
}

// phoneStart takes the plus and the bracket before a number along.
func (s *search) phoneStart(a int) int {
	start := s.groups[a].start
	for n := 0; n < 3 && contains("+( ", s.rune(start-1)); n++ {
		start--
	}
	for s.glyphs[start].r == ' ' {
		start++
	}
	if s.glyphs[start].r == '(' && s.glyphs[start+1].r != '+' && !s.gapHas(a+1, ")") {
		start++ // what stands in brackets as a whole
	}
	return start
}

// extension takes what is dialled after a number along: "x123", "ext. 123".
func (s *search) extension(end int) int {
	for _, word := range []string{"x", " x", "ext", " ext", ", ext"} {
		if !s.reads(end, word) {
			continue
		}
		i := end + len(word)
		for n := 0; n < 2 && contains(". ", s.rune(i)); n++ {
			i++
		}
		digits := i
		for isDigit(s.rune(i)) {
			i++
		}
		if i > digits && i-digits <= 6 && !isLetter(s.rune(i)) {
			return i
		}
	}
	return end
}

// isPhone tells whether the groups from a up to b are a phone number.
func (s *search) isPhone(a, b int) bool {
	start, end, digits := s.groups[a].start, s.groups[b-1].end, s.count(a, b)
	if digits < shortestNamed || !s.plus(a) && s.isMachine(a, b) || s.rune(start-1) == ':' && isDigit(s.rune(start-2)) || b-a > 2 && s.compactDate(b-1, b) {
		return false
	}
	before := s.senseBefore(start)
	named := before == sensePhone || before == senseNone && s.senseAfter(end) == sensePhone
	plus := s.plus(a)
	switch {
	case plus && digits >= 8:
		return digits <= longestPhone && s.glyphs[start].r != '0' && !s.priced(a, b)
	case named:
		return digits <= longestPhone && !s.priced(a, b)
	case before == senseOrder, before == senseMoney, before == senseID, digits < shortestPhone, digits > longestPhone:
		return false
	case s.coded(start) && !s.northAmerican(a, b), isLetter(s.rune(end)) && s.extension(end) == end, s.isAmount(a, b), a > 0 && s.isAmount(a-1, b):
		return false
	}
	if b-a == 1 {
		return s.bare(start, digits) || before == senseNumber
	}
	return s.grouped(a, b, digits)
}

// plus tells whether a number has a plus before it, perhaps with a bracket: "+49", "(+49", "+(49".
func (s *search) plus(a int) bool {
	for i, n := s.groups[a].start-1, 0; n < 3; i, n = i-1, n+1 {
		switch s.rune(i) {
		case '+':
			return true
		case '(', ' ':
		default:
			return false
		}
	}
	return false
}

// bare tells whether digits without any gap are a phone number. Nobody counts orders with one zero before them, but whoever dials
// at home begins so; with two zeros one dials abroad.
func (s *search) bare(start, digits int) bool {
	if s.glyphs[start].r != '0' {
		return false
	}
	if s.glyphs[start+1].r == '0' {
		return digits >= 11 && s.glyphs[start+2].r != '0'
	}
	return digits <= 11
}

// grouped tells whether digits with gaps are a phone number by how long the groups are.
func (s *search) grouped(a, b, digits int) bool {
	first, start := s.groups[a].size(), s.groups[a].start
	zero := s.glyphs[start].r == '0'
	if zero && (first > 1 || b-a > 2) && !s.pairs(a, b, 5) && digits <= longestPhone {
		return first > 2 || s.glyphs[start+1].r != '0' || digits >= 10
	}
	if b-a == 2 { // "98450 12345" as in India, "415 5550132"
		second := s.groups[a+1].size()
		head := s.glyphs[start].r
		return first == 5 && second == 5 && head >= '6' || first == 3 && second == 7 && head >= '2' && s.glyphs[s.groups[a+1].start].r >= '2'
	}
	if s.listed(a-1, b) || s.listed(b, b) {
		return false
	}
	sizes := [4]int{}
	for i, g := range s.groups[a:b] {
		if g.size() > 5 || g.size() < 2 && (i > 0 || b-a < 4) || i > 5 {
			return false
		}
		if i < len(sizes) {
			sizes[i] = g.size()
		}
	}
	return sizes != [4]int{4, 4, 4, 0} && sizes != [4]int{3, 3, 3, 3} && sizes != [4]int{3, 2, 4, 0} && !s.pairs(a, b, 2) && digits <= 13
}

// listed tells whether group i goes on with a list of numbers of three digits that ends before b: "rooms 101 102 103 104".
func (s *search) listed(i, b int) bool {
	if i < 0 || i >= len(s.groups) {
		return false
	}
	first, last := min(i, b-3), max(i, b-1)
	for j := first; j <= last; j++ {
		if s.groups[j].size() != 3 || j > first && !s.gapIs(j, ' ') {
			return false
		}
	}
	return true
}

// pairs tells whether there are as many groups as given or more, each of one digit, or more than five of two without a zero
// before them.
func (s *search) pairs(a, b, least int) bool {
	if b-a < least || s.glyphs[s.groups[a].start].r == '0' {
		return false
	}
	for _, g := range s.groups[a:b] {
		if g.size() != s.groups[a].size() || g.size() > 2 {
			return false
		}
	}
	return true
}

// northAmerican tells groups of three, three and four digits.
func (s *search) northAmerican(a, b int) bool {
	g := s.groups[a:b]
	return len(g) == 3 && g[0].size() == 3 && g[1].size() == 3 && g[2].size() == 4
}
