package mask

// dateGroups returns how many groups from a on are a date, 0 if they are none: "2024-05-01", "1.5.2024", "05/01/24".
func (s *search) dateGroups(a int) int {
	if a+3 > len(s.groups) || len(s.gap(a+1)) != 1 || len(s.gap(a+2)) != 1 || !s.gapOf(a+1, "-./ ") {
		return 0
	}
	sign := s.gap(a + 1)[0].r
	if s.gap(a + 2)[0].r != sign {
		return 0
	}
	if sign != ' ' && (s.gapIs(a, sign) && (a == 1 || s.gapIs(a-1, sign)) || s.gapIs(a+3, sign) && (a+4 >= len(s.groups) || s.gapIs(a+4, sign))) {
		return 0 // a part of something longer, unless that goes on with another sign, as a time or another kind of date does
	}
	x, y, z := s.groups[a], s.groups[a+1], s.groups[a+2]
	switch {
	case x.size() == 4 && y.size() <= 2 && z.size() <= 2:
		if s.between(x, 1900, 2099) && s.between(y, 1, 12) && s.between(z, 1, 31) {
			return 3
		}
	case sign != ' ' && x.size() <= 2 && y.size() <= 2 && (z.size() == 4 && s.between(z, 1900, 2099) || z.size() == 2),
		sign == ' ' && x.size() <= 2 && y.size() <= 2 && z.size() == 4 && s.between(z, 1900, 2099):
		if s.between(x, 1, 12) && s.between(y, 1, 31) || s.between(x, 1, 31) && s.between(y, 1, 12) {
			return 3
		}
	}
	return 0
}

// gapIs tells whether the gap before group i is one sign.
func (s *search) gapIs(i int, sign rune) bool {
	gap := s.gap(i)
	return len(gap) == 1 && gap[0].r == sign
}

func (s *search) between(g group, least, most int) bool {
	n := s.value(g)
	return n >= least && n <= most
}

// value is the number that a group of a few digits is.
func (s *search) value(g group) int {
	n := 0
	for _, d := range s.glyphs[g.start:min(g.end, g.start+9)] {
		n = n*10 + int(d.r-'0')
	}
	return n
}

// compactDate tells eight digits in a row that are a day of these times: 20240501.
func (s *search) compactDate(a, b int) bool {
	g := s.groups[a]
	return b-a == 1 && g.size() == 8 && s.between(group{g.start, g.start + 4}, 1950, 2099) &&
		s.between(group{g.start + 4, g.start + 6}, 1, 12) && s.between(group{g.start + 6, g.end}, 1, 31)
}

// isMachine tells an address of a machine, as 192.168.10.20: four groups of at most 255 with dots.
func (s *search) isMachine(a, b int) bool {
	if b-a != 4 {
		return false
	}
	for i := a; i < b; i++ {
		if i > a && !s.gapIs(i, '.') || s.groups[i].size() > 3 || s.value(s.groups[i]) > 255 {
			return false
		}
	}
	return true
}

// priced tells whether a currency stands directly before or after a number, or cents follow it.
func (s *search) priced(a, b int) bool {
	start, end := s.groups[a].start, s.groups[b-1].end
	for n := 0; n < 3 && contains(" +-(", s.rune(start-1)); n++ {
		start--
	}
	if i := s.wordsBefore(start) - 1; i >= 0 && int(s.words[i].end) == start && s.words[i].sense == senseMoney {
		return true
	}
	if s.rune(end) == ',' && isDigit(s.rune(end+1)) && isDigit(s.rune(end+2)) && !isDigit(s.rune(end+3)) {
		return true
	}
	return s.rune(end) == '%' || s.reads(end, ",-") || s.senseAfter(end) == senseMoney
}

// isAmount tells an amount: groups of three after the first, which is of one to three, with the same sign between them, and
// perhaps cents after another. Three groups of three with spaces or dashes are a phone number unless a currency stands beside
// them or they end in 000.
func (s *search) isAmount(a, b int) bool {
	if s.priced(a, b) {
		return true
	}
	if b-a == 2 && s.gapIs(a+1, '.') && (s.groups[a].size() != 3 || s.groups[a+1].size() != 7) {
		return true // a decimal number
	}
	if s.groups[a].size() > 3 || b-a < 2 {
		return false
	}
	cents := 0
	if b-a > 2 && s.groups[b-1].size() <= 2 && len(s.gap(b-1)) == 1 && s.gapOf(b-1, ".") && !s.gapIs(a+1, '.') {
		cents = 1
	}
	for i := a + 1; i < b-cents; i++ {
		if s.groups[i].size() != 3 || len(s.gap(i)) != 1 || s.gap(i)[0].r != s.gap(a + 1)[0].r {
			return false
		}
	}
	if cents == 1 || s.gapIs(a+1, '.') {
		return s.glyphs[s.groups[a].start].r != '0'
	}
	round := s.value(s.groups[b-1]) == 0
	return s.gapIs(a+1, ' ') && (s.groups[a].size() < 3 || round) && s.glyphs[s.groups[a].start].r != '0'
}
