package mask

// group is digits in a row, the glyphs from start up to end.
type group struct{ start, end int }

func (g group) size() int { return g.end - g.start }

const (
	widestGap = 6 // glyphs between two groups that are looked at together
	usualGap  = 3 // between two of one number, as in "123 - 456"
)

// numbers looks at each row of groups of digits that stand close to each other.
func (s *search) numbers() {
	for i := 0; i < len(s.glyphs); i++ {
		if !isDigit(s.glyphs[i].r) {
			continue
		}
		i = s.row(i)
		s.cards()
		s.nationalIDs()
		s.phones()
	}
}

// row reads the groups from a digit on, and returns the place after the last.
func (s *search) row(i int) int {
	s.groups = s.groups[:0]
	for {
		start := i
		for isDigit(s.rune(i)) {
			i++
		}
		s.groups = append(s.groups, group{start, i})
		gap := 0
		for gap < widestGap && isGap(s.rune(i+gap)) {
			gap++
		}
		if gap == 0 || !isDigit(s.rune(i+gap)) {
			return i
		}
		i += gap
	}
}

// isGap tells what may stand between the groups of a number.
func isGap(r rune) bool {
	switch r {
	case ' ', '-', '.', '/', '(', ')', '_', ',', '\'', '\n', '*', '+', '|', ':', '\\', '~', '=', ';', '"', '<', '>', '{', '}':
		return true
	}
	return false
}

// gap returns what stands before group i of the row; nothing before the first.
func (s *search) gap(i int) []glyph {
	if i == 0 || i >= len(s.groups) {
		return nil
	}
	return s.glyphs[s.groups[i-1].end:s.groups[i].start]
}

// gapOf tells whether the gap before group i has only the given runes.
func (s *search) gapOf(i int, allowed string) bool {
	for _, g := range s.gap(i) {
		if !contains(allowed, g.r) {
			return false
		}
	}
	return true
}

// gapHas tells whether the gap before group i has one of the given runes.
func (s *search) gapHas(i int, wanted string) bool {
	for _, g := range s.gap(i) {
		if contains(wanted, g.r) {
			return true
		}
	}
	return false
}

func contains(set string, r rune) bool {
	for i := range len(set) {
		if rune(set[i]) == r {
			return true
		}
	}
	return false
}

// edge tells whether a number may begin with group i, or end before it: what is joined by dashes or dots is not cut.
func (s *search) edge(i int) bool {
	return i == 0 || i == len(s.groups) || s.gapHas(i, " ,\n|:()")
}

// digits appends the digits of the groups from a up to b.
func (s *search) digits(to []byte, a, b int) []byte {
	for _, g := range s.groups[a:b] {
		for _, d := range s.glyphs[g.start:g.end] {
			to = append(to, byte(d.r))
		}
	}
	return to
}

// count is how many digits the groups from a up to b have.
func (s *search) count(a, b int) int {
	n := 0
	for _, g := range s.groups[a:b] {
		n += g.size()
	}
	return n
}

// hideGroups masks the groups from a up to b.
func (s *search) hideGroups(a, b int, kind string) {
	s.hide(s.groups[a].start, s.groups[b-1].end, kind)
}

// coded tells whether a number is the rest of a code such as "ORD-123", "#123" or "AB123".
func (s *search) coded(start int) bool {
	before := s.rune(start - 1)
	switch before {
	case '#', '№':
		return true
	case '-', '_', '/':
		return isWord(s.rune(start - 2))
	}
	return isLetter(before)
}

func luhn(digits []byte) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
