package mask

// emails finds addresses: a name, an at sign and a domain with a dot. Both signs may be written out ("name (at) example dot
// com"), and spaces may stand beside the at sign.
func (s *search) emails() {
	for i := 0; i < len(s.glyphs); i++ {
		next, spelled := i+1, false
		if s.glyphs[i].r == '@' && s.rune(i-1) == '@' {
			continue
		}
		if s.glyphs[i].r != '@' {
			if next = s.spelled(i, 'a', 't', 0); next == 0 {
				continue
			}
			spelled = s.glyphs[i].r == ' '
		}
		for s.rune(next) == '@' {
			next++
		}
		start := s.emailName(i)
		end := s.emailDomain(next, spelled)
		if start < i && end > 0 {
			s.hide(start, end, KindEmail)
			i = end - 1
		}
	}
}

// spelled reads "(at)", "[at]", "{at}" or " at ", with or without spaces around the brackets; the letters are those given, 0
// stands for none. It returns the place after it, 0 when there is none.
func (s *search) spelled(i int, letters ...rune) int {
	if r := s.rune(i); r != ' ' && !contains("([{<", r) {
		return 0
	}
	bracket := false
	for ; s.rune(i) == ' ' || contains("([{<", s.rune(i)) && s.rune(i) != 0; i++ {
		bracket = bracket || s.rune(i) != ' '
	}
	for _, l := range letters {
		if l == 0 {
			break
		}
		if s.rune(i) != l {
			return 0
		}
		i++
	}
	if isWord(s.rune(i)) || bracket && !contains(")]}>", s.rune(i)) {
		return 0
	}
	after := i
	for contains(" )]}>", s.rune(after)) && s.rune(after) != 0 {
		after++
	}
	if after == i {
		return 0
	}
	return after
}

// emailName returns where the name before an at sign begins; the sign's own place when there is none.
func (s *search) emailName(at int) int {
	end := at
	for end > 0 && at-end < 2 && s.rune(end-1) == ' ' {
		end--
	}
	start := end
	if s.rune(start-1) == '"' { // "john doe"@example.com
		for i := start - 2; i >= 0 && start-i < 66; i-- {
			if s.glyphs[i].r == '"' {
				return i
			}
		}
	}
	for start > 0 && (isWord(s.glyphs[start-1].r) || contains(".!#$%&'*+-/=?^_`{|}~", s.glyphs[start-1].r)) {
		start--
	}
	for start < end && !isWord(s.glyphs[start].r) { // quotes, bullets and the like before it
		start++
	}
	if start == end {
		return at
	}
	return start
}

// emailDomain returns where the domain after an at sign ends, 0 when there is none. After a spelled " at " its dot must be
// spelled too, so that "look at example.com" stays.
func (s *search) emailDomain(i int, spelled bool) int {
	for n := 0; n < 2 && s.rune(i) == ' '; n++ {
		i++
	}
	if s.rune(i) == '[' {
		i++ // an address in numbers
	}
	end, labels, numbers := 0, 0, 0
	for {
		start := i
		for isWord(s.rune(i)) || s.rune(i) == '-' || s.rune(i) == '_' {
			i++
		}
		if i == start {
			return end
		}
		labels++
		if s.allDigits(start, i) {
			numbers++
		}
		if labels > 1 && (s.topLevel(start, i) && !spelled || labels == 4 && numbers == 4) {
			end = i
		}
		switch after := s.spelledDot(i); {
		case after > 0:
			spelled = false
			i = after
		case s.rune(i) == '.', s.rune(i) == ',' && s.commonDomain(i+1):
			for i++; s.rune(i) == '.'; i++ {
			}
		case end == 0 && s.rune(i) == ' ' && s.commonDomain(i+1):
			return i + 4 // "name@example com"
		default:
			return end
		}
	}
}

// spelledDot reads " dot ", "(dot)", " . " and the like; after the spaced dot only an ending that is common counts.
func (s *search) spelledDot(i int) int {
	if after := s.spelled(i, 'd', 'o', 't'); after > 0 {
		return after
	}
	for _, dot := range []string{" . ", ". ", " .", "(.)", "[.]"} {
		if s.reads(i, dot) && (dot[0] != ' ' && dot[0] != '.' || s.commonDomain(i+len(dot))) {
			return i + len(dot)
		}
	}
	return 0
}

func (s *search) commonDomain(i int) bool {
	return (s.reads(i, "com") || s.reads(i, "net") || s.reads(i, "org")) && !isWord(s.rune(i+3))
}

func (s *search) reads(i int, text string) bool {
	for j := range len(text) {
		if s.rune(i+j) != rune(text[j]) {
			return false
		}
	}
	return true
}

func (s *search) allDigits(from, to int) bool {
	for _, g := range s.glyphs[from:to] {
		if !isDigit(g.r) {
			return false
		}
	}
	return true
}

// topLevel tells whether a label can be the last of a domain: two letters at least, or the ASCII form of other scripts.
func (s *search) topLevel(from, to int) bool {
	if s.reads(from, "xn--") {
		return to-from > 4
	}
	for _, g := range s.glyphs[from:to] {
		if !isLetter(g.r) {
			return false
		}
	}
	return to-from >= 2
}
