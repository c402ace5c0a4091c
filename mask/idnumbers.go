package mask

import (
	"slices"
	"strings"
)

// idNumber is a national id of digits only. Groups are how it is written: the sizes with what stands between, "*" for any one
// sign that is the same throughout. Bare digits, which could be an order's number as well, count in the countries that a company
// names (bareLocale), always where the id has so much to check that one of a thousand numbers at most fits (bareAlways), or else
// only beside a word for such an id, where no check is made.
type idNumber struct {
	locale string
	digits int
	groups string // forms, with bars between
	bare   int
	valid  func(d []byte) bool
}

const (
	bareNever = iota
	bareLocale
	bareAlways
)

var idNumbers = []idNumber{
	{"us", 9, "3*2*4|3-6|5-4", bareNever, validSSN},
	{"ca", 9, "3-3-3|3 3 3", bareNever, func(d []byte) bool { return d[0] != '0' && d[0] != '8' && luhn(d) }},
	{"au", 9, "3-3-3|3 3 3", bareNever, func(d []byte) bool { return weighted(d, 1, 4, 3, 7, 5, 8, 6, 9, 10)%11 == 0 }},
	{"au", 10, "4*5*1", bareNever, func(d []byte) bool {
		return d[0] >= '2' && d[0] <= '6' && weighted(d, 1, 3, 7, 9, 1, 3, 7, 9)%10 == int(d[8]-'0')
	}},
	{"nl", 9, "4.2.3|4*2*3", bareNever, func(d []byte) bool { return weighted(d, 9, 8, 7, 6, 5, 4, 3, 2, -1)%11 == 0 }},
	{"in", 12, "4*4*4", bareNever, func(d []byte) bool { return d[0] >= '2' && verhoeff(d) }},
	{"br", 11, "3.3.3-2|3*3*3*2", bareLocale, validCPF},
	{"pl", 11, "", bareLocale, validPESEL},
	{"tr", 11, "", bareLocale, validTCKN},
	{"de", 11, "", bareLocale, validSteuerID},
	{"hr", 11, "", bareLocale, mod11and10},
	{"gr", 11, "", bareLocale, func(d []byte) bool { return dayMonth(d[0:2], d[2:4]) && luhn(d) }},
	{"ee", 11, "", bareLocale, validBaltic},
	{"lt", 11, "", bareLocale, validBaltic},
	{"no", 11, "6*5", bareAlways, validNorwegian},
	{"be", 11, "2.2.2-3.2", bareAlways, validBelgian},
	{"se", 10, "6-4|6+4", bareLocale, func(d []byte) bool { return dayMonth(d[4:6], d[2:4]) && luhn(d) }},
	{"se", 12, "8-4", bareAlways, func(d []byte) bool {
		return (string(d[:2]) == "19" || string(d[:2]) == "20" || string(d[:2]) == "18") && dayMonth(d[6:8], d[4:6]) && luhn(d[2:])
	}},
	{"dk", 10, "6-4", bareNever, func(d []byte) bool {
		return dayMonth(d[0:2], d[2:4]) && weighted(d, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0
	}},
	{"cz", 10, "6/4", bareLocale, validCzech},
	{"sk", 10, "6/4", bareLocale, validCzech},
	{"bg", 10, "", bareLocale, validBulgarian},
	{"at", 10, "4*6", bareLocale, func(d []byte) bool {
		return d[0] != '0' && dayMonth(d[4:6], d[6:8]) && weighted(d, 3, 7, 9, 0, 5, 8, 4, 2, 1, 6)%11 == int(d[3]-'0')
	}},
	{"fr", 15, "1*2*2*2*3*3*2", bareAlways, func(d []byte) bool {
		return (d[0] == '1' || d[0] == '2') && two(d[3:5]) >= 1 && int(97-remainder(d[:13], 97)) == two(d[13:15])
	}},
	{"ch", 13, "3.4.4.2", bareAlways, func(d []byte) bool { return string(d[:3]) == "756" && ean13(d) }},
	{"za", 13, "6*4*3", bareAlways, func(d []byte) bool { return dayMonth(d[4:6], d[2:4]) && d[10] <= '2' && luhn(d) }},
	{"ro", 13, "", bareAlways, validRomanian},
	{"kr", 13, "6-7", bareLocale, func(d []byte) bool { return dayMonth(d[4:6], d[2:4]) && d[6] >= '1' && d[6] <= '8' }},
	{"th", 13, "1-4-5-2-1", bareLocale, validThai},
	{"cn", 18, "", bareAlways, func(d []byte) bool {
		return dayMonth(d[12:14], d[10:12]) && weighted(d, 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1)%11 == 1
	}},
	{"cl", 9, "2.3.3-1", bareNever, func(d []byte) bool { return (weighted(d[:8], 3, 2, 7, 6, 5, 4, 3, 2)+int(d[8]-'0'))%11 == 0 }},
}

// idsOfLength are the ids by their number of digits, with their forms taken apart.
var idsOfLength = func() (by [longestID + 1][]idForms) {
	for _, id := range idNumbers {
		by[id.digits] = append(by[id.digits], idForms{id, strings.Split(id.groups, "|")})
	}
	return by
}()

type idForms struct {
	idNumber
	forms []string
}

// Locales are the countries whose national ids are known by more than a word beside them.
func Locales() []string {
	var codes []string
	for _, id := range idNumbers {
		codes = append(codes, id.locale)
	}
	for _, id := range idCodes {
		codes = append(codes, id.locale)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

const (
	shortestID = 7 // digits of an id beside its word
	longestID  = 18
)

// nationalIDs finds ids of digits in the row.
func (s *search) nationalIDs() {
	var room [longestID]byte
	for a := 0; a < len(s.groups); a++ {
		if !s.edge(a) {
			continue
		}
		digits := room[:0]
		best := -1
		for b := a; b < len(s.groups) && len(digits)+s.groups[b].size() <= longestID && (b == a || len(s.gap(b)) == 1); b++ {
			digits = s.digits(digits, b, b+1)
			if s.edge(b+1) && len(digits) >= shortestID && s.isNationalID(digits, a, b+1) {
				best = b
			}
		}
		if best >= 0 {
			s.hideGroups(a, best+1, KindNationalID)
			a = best
		}
	}
}

func (s *search) isNationalID(digits []byte, a, b int) bool {
	before := s.senseBefore(s.groups[a].start)
	if before != senseID && len(idsOfLength[len(digits)]) == 0 {
		return false
	}
	if len(digits) <= 15 && s.dateGroups(a) == 0 && before == senseID {
		return true
	}
	var room [2 * longestID]byte
	form := s.form(room[:0], a, b)
	if len(form) == 0 && s.coded(s.groups[a].start) ||
		(len(form) == 0 || string(form) == "3 3 3" || string(form) == "5-4") && (before == senseOrder || before == senseMoney || s.priced(a, b)) {
		return false
	}
	for _, id := range idsOfLength[len(digits)] {
		written := id.bare == bareAlways || id.bare == bareLocale && s.masker.locales[id.locale]
		if b-a > 1 {
			written = writtenAs(form, id.forms)
		}
		if written && id.valid(digits) {
			return true
		}
	}
	return false
}

// form writes down the sizes of the groups with the signs between them: "3-2-4"; nothing for one group.
func (s *search) form(form []byte, a, b int) []byte {
	if b-a == 1 {
		return form
	}
	for i := a; i < b; i++ {
		if i > a {
			form = append(form, byte(s.gap(i)[0].r))
		}
		form = append(form, byte('0'+min(s.groups[i].size(), 9)))
	}
	return form
}

// writtenAs tells whether a form is one of those listed.
func writtenAs(form []byte, listed []string) bool {
	for _, want := range listed {
		if len(want) != len(form) {
			continue
		}
		fits := true
		for i := range len(want) {
			fits = fits && (want[i] == form[i] || want[i] == '*' && form[i] == form[1] && contains(" -./", rune(form[i])))
		}
		if fits {
			return true
		}
	}
	return false
}
