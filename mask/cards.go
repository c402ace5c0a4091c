package mask

const (
	shortestCard = 12
	longestCard  = 19
	cardGaps     = " -._/,*|'\n~"              // between groups of any size
	wideGaps     = cardGaps + "()+:\\=;\"<>{}" // between groups of four and more
)

// issuers are the first digits of cards, with the lengths that they have. Where two fit, any length of either is right.
var issuers = []struct{ from, to, digits, shortest, longest int }{
	{4, 4, 1, 13, 13},                                // Visa
	{4, 4, 1, 16, 19},                                //
	{51, 55, 2, 16, 16},                              // Mastercard
	{2221, 2720, 4, 16, 16},                          //
	{34, 34, 2, 15, 15},                              // American Express
	{37, 37, 2, 15, 15},                              //
	{300, 305, 3, 14, 19},                            // Diners Club
	{309, 309, 3, 14, 19},                            //
	{36, 36, 2, 14, 19},                              //
	{38, 39, 2, 14, 19},                              //
	{3528, 3589, 4, 16, 19},                          // JCB
	{1800, 1800, 4, 15, 15},                          //
	{2131, 2131, 4, 15, 15},                          //
	{50, 50, 2, 12, 19},                              // Maestro and debit cards of countries
	{56, 69, 2, 12, 19},                              // Maestro, Discover, UnionPay, RuPay, Elo, Hipercard
	{81, 82, 2, 16, 19},                              // UnionPay, RuPay
	{2200, 2205, 4, 16, 19},                          // Mir, Borica
	{1, 1, 1, 15, 15},                                // UATP
	{8600, 8600, 4, 16, 16}, {9860, 9860, 4, 16, 16}, // UzCard, Humo
	{9704, 9704, 4, 16, 19}, {9792, 9792, 4, 16, 16}, // Napas, Troy
	{357111, 357111, 6, 16, 16}, {636297, 636297, 6, 16, 16}, // LankaPay, Elo
}

// cards finds card numbers in the row: 12 to 19 digits whose check digit is right, of an issuer's range and in groups as on
// cards. Beside a word for a card any number of that length with a right check digit is one, however it is grouped. A security
// code beside its word goes too.
func (s *search) cards() {
	var room [longestCard]byte
	for a := 0; a < len(s.groups); a++ {
		best := -1
		digits := room[:0]
		for b := a; b < len(s.groups); b++ {
			if len(digits)+s.groups[b].size() > longestCard || b > a && (!s.cardGap(b) || s.dateGroups(b) > 0) {
				break
			}
			digits = s.digits(digits, b, b+1)
			if len(digits) >= shortestCard && luhn(digits) && s.isCard(digits, a, b+1) {
				best = b
			}
		}
		if best >= 0 {
			s.hideGroups(a, best+1, KindCard)
			a = best
			continue
		}
		if n := s.groups[a].size(); n >= 3 && n <= 4 && s.senseBefore(s.groups[a].start) == senseSecurity {
			s.hideGroups(a, a+1, KindCard)
		}
	}
}

func (s *search) isCard(digits []byte, a, b int) bool {
	zeros := true
	for _, d := range digits {
		zeros = zeros && d == digits[0]
	}
	if zeros {
		return false
	}
	usual := issued(digits) && s.cardGroups(a, b)
	if usual && len(digits) > shortestCard {
		return true
	}
	return usual && b-a == 3 && s.groups[a].size() == 4 || s.beside(s.groups[a].start, senseCard) || s.senseAfter(s.groups[b-1].end) == senseCard
}

// cardGap tells whether what stands before group i may stand within a card's number.
func (s *search) cardGap(i int) bool {
	if s.groups[i].size() >= 4 && s.groups[i-1].size() >= 4 {
		return s.gapOf(i, wideGaps)
	}
	return len(s.gap(i)) <= usualGap && s.gapOf(i, cardGaps)
}

// issued tells whether the digits begin as an issuer's.
func issued(digits []byte) bool {
	var heads [7]int // the first so many digits as a number
	for i := 1; i < len(heads); i++ {
		heads[i] = heads[i-1]*10 + int(digits[i-1]-'0')
	}
	for _, i := range issuers {
		if head := heads[i.digits]; head >= i.from && head <= i.to && len(digits) >= i.shortest && len(digits) <= i.longest {
			return true
		}
	}
	return false
}

// cardGroups tells whether the digits are grouped as those of cards are: not at all, in equal groups with a rest, or in up to
// three groups of four and more. Groups of three are amounts, and groups of two dates and times unless the same sign is
// everywhere between them.
func (s *search) cardGroups(a, b int) bool {
	first := s.groups[a].size()
	equal, long, alike := first <= 8, b-a <= 3, true
	for i, g := range s.groups[a:b] {
		last := i == b-a-1
		equal = equal && (g.size() == first || last && g.size() < first)
		long = long && g.size() >= 4
		alike = alike && (i == 0 || len(s.gap(a+i)) == 1 && s.gap(a + i)[0].r == s.gap(a + 1)[0].r)
	}
	return b-a == 1 || long || equal && first != 3 && (first != 2 || alike)
}
