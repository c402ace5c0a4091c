package main

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

// canary is a piece of personal data that is planted to see where it comes out.
type canary struct {
	kind    string
	written string // as people write it
	needle  string // what of it is looked for: small letters and digits, without what parts them
}

// canaryKinds are made in turns.
var canaryKinds = []struct {
	kind string
	make func(*rand.Rand) string
}{
	{"card", func(r *rand.Rand) string { return inGroups(r, luhn("4"+digits(r, 14)), 4) }},
	{"iban", func(r *rand.Rand) string { return inGroups(r, germanIBAN(digits(r, 18)), 4) }},
	{"email", func(r *rand.Rand) string {
		return fmt.Sprintf("%s.%s%s@mail-example.%s", pick(r, "anna", "Jörg", "lucia", "Pierre"), pick(r, "weber", "silva", "OBrien"), digits(r, 7), pick(r, "de", "com", "co.uk"))
	}},
	{"phone", func(r *rand.Rand) string {
		return pick(r, "+49 171 "+digits(r, 8), "+44 77"+digits(r, 2)+" "+digits(r, 6), "+49171"+digits(r, 8), "+33 6 "+pairs(digits(r, 8)))
	}},
	{"ssn", func(r *rand.Rand) string {
		return fmt.Sprintf("%03d-%02d-%04d", 1+r.IntN(665), 1+r.IntN(99), 1+r.IntN(9999))
	}},
}

func digits(r *rand.Rand, n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = '0' + byte(r.IntN(10))
	}
	return string(text)
}

func pick(r *rand.Rand, of ...string) string { return of[r.IntN(len(of))] }

func pairs(digits string) string {
	return digits[:2] + " " + digits[2:4] + " " + digits[4:6] + " " + digits[6:]
}

// inGroups writes a number in groups, or in one.
func inGroups(r *rand.Rand, number string, size int) string {
	between := pick(r, "", " ", " ", "-")
	var groups []string
	for len(number) > size {
		groups, number = append(groups, number[:size]), number[size:]
	}
	return strings.Join(append(groups, number), between)
}

// luhn adds the check digit of a card.
func luhn(number string) string {
	sum := 0
	for i := range number {
		digit := int(number[len(number)-1-i] - '0')
		if i%2 == 0 {
			digit *= 2
		}
		sum += digit/10 + digit%10
	}
	return number + string(rune('0'+(10-sum%10)%10))
}

// germanIBAN adds country and check number.
func germanIBAN(account string) string {
	number, _ := new(big.Int).SetString(account+"131400", 10) // D E 0 0
	rest := new(big.Int).Mod(number, big.NewInt(97)).Int64()
	return fmt.Sprintf("DE%02d%s", 98-rest, account)
}

// canaries makes distinct ones.
type canaries struct {
	random *rand.Rand
	all    []canary
	finder finder
}

func newCanaries(seed uint64) *canaries {
	return &canaries{random: rand.New(rand.NewPCG(seed, 2026)), finder: finder{long: map[string][]string{}, ssn: map[string]bool{}}}
}

// next makes one of the kind whose turn it is.
func (c *canaries) next() string { return c.of(len(c.all)).written }

func (c *canaries) of(turn int) canary {
	kind := canaryKinds[turn%len(canaryKinds)]
	for {
		made := canary{kind: kind.kind, written: kind.make(c.random)}
		local, _, _ := strings.Cut(made.written, "@") // an address is told by what is before its sign
		made.needle = string(bare([]byte(local)))
		if c.finder.learn(made) {
			c.all = append(c.all, made)
			return made
		}
	}
}

// finder looks for canaries, however they are parted.
type finder struct {
	long map[string][]string // needles by their first bytes
	ssn  map[string]bool     // so short that they count only where no other digit stands beside them
}

const needleStart = 8 // bytes

// learn adds a canary, and tells whether it is a new one.
func (f *finder) learn(c canary) bool {
	if c.kind == "ssn" {
		known := f.ssn[c.needle]
		f.ssn[c.needle] = true
		return !known
	}
	start := c.needle[:needleStart]
	for _, known := range f.long[start] {
		if strings.HasPrefix(known, c.needle) || strings.HasPrefix(c.needle, known) {
			return false
		}
	}
	f.long[start] = append(f.long[start], c.needle)
	return true
}

// in tells which needles are in some bytes.
func (f *finder) in(haystack []byte) []string {
	var found []string
	for i := range haystack {
		if i > 0 && isDigit(haystack[i-1]) || !isDigit(haystack[i]) {
			continue
		}
		if number := nineDigits(haystack[i:]); f.ssn[number] {
			found = append(found, number)
		}
	}
	plain := bare(haystack)
	for i := 0; i+needleStart <= len(plain); i++ {
		for _, needle := range f.long[string(plain[i:i+needleStart])] {
			if strings.HasPrefix(string(plain[i:min(len(plain), i+len(needle))]), needle) {
				found = append(found, needle)
			}
		}
	}
	return found
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// nineDigits are those that a text begins with, in one or as 3-2-4, if no other digit follows.
func nineDigits(text []byte) string {
	var number []byte
	for i, b := range text {
		if isDigit(b) {
			number = append(number, b)
			continue
		}
		if len(number) != 3 && len(number) != 5 || !strings.ContainsRune("-. +_", rune(b)) || i+1 == len(text) || !isDigit(text[i+1]) {
			break
		}
	}
	return string(number)
}

// parting is what may part a number or an address, also as links and JSON write it.
var parting = strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "", "/", "", "+", "", "_", "", "\u00a0", "",
	"%20", "", "%2b", "", "%2d", "", "%2e", "", "\\u002b", "", "ö", "", "%c3%b6", "", "\\u00f6", "")

func bare(text []byte) []byte { return []byte(parting.Replace(strings.ToLower(string(text)))) }

// What is planted is found, however it was changed on its way.
func TestCanariesAreFound(t *testing.T) {
	planted := newCanaries(1)
	random := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		planted.next()
	}
	f := func(what string, change func(string) string) {
		t.Helper()
		for _, c := range planted.all {
			written := c.written
			if c.kind == "email" { // Jörg's letter is left out of what is looked for
				written, _, _ = strings.Cut(written, "@")
			}
			haystack := "17 " + change(written) + " \t18"
			if found := planted.finder.in([]byte(haystack)); len(found) != 1 || found[0] != c.needle {
				t.Errorf("%s: found %q in %q, want %q", what, found, haystack, c.needle)
			}
		}
	}
	f("as it is", func(s string) string { return s })
	f("without what parts it", func(s string) string { return strings.NewReplacer(" ", "", "-", "", ".", "").Replace(s) })
	f("in a link", func(s string) string {
		return "?q=" + strings.NewReplacer(" ", "+", "ö", "%C3%B6").Replace(s) + "&x=1"
	})
	f("in capitals", strings.ToUpper)
	f("inside a word", func(s string) string { return "x" + s + "y" })
	for _, c := range planted.all { // another one is not
		if found := planted.finder.in([]byte(canaryKinds[random.IntN(5)].make(random) + "[card]" + c.kind)); len(found) > 0 {
			t.Errorf("found %q", found)
		}
	}
}
