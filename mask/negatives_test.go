package mask

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

const negatives = 20_000 // of each kind

// numerals returns a number of digits that does not begin with a zero.
func numerals(r *rand.Rand, n int) string {
	digits := make([]byte, n)
	for i := range digits {
		digits[i] = byte('0' + r.IntN(10))
	}
	if digits[0] == '0' {
		digits[0] = byte('1' + r.IntN(9))
	}
	return string(digits)
}

func pick(r *rand.Rand, of ...string) string { return of[r.IntN(len(of))] }

// bareID is an order's number of 6 to 12 digits, alone or in a sentence that does not say what it is.
func bareID(r *rand.Rand) string {
	id := numerals(r, 6+r.IntN(7))
	return fmt.Sprintf(pick(r, "%s", "Hi, it is %s", "%s please", "where is %s?", "the number %s is wrong", "I am waiting for %s since Monday", "order %s", "My order number is %s.", "Bestellung %s fehlt", "mon numéro de commande est le %s", "ticket: %s", "about invoice no. %s", "pedido %s", "заказ %s"), id)
}

func prefixedID(r *rand.Rand) string {
	id := numerals(r, 6+r.IntN(7))
	prefix := pick(r, "ORD-", "ORD", "INV-", "#", "A", "SO-", "order #", "PO ", "T-", "DE-", "ref/", "RMA_", "No. ", "Nr. ", "id:", "B2B-", "2024-", "W", "Case-", "SKU ")
	return fmt.Sprintf(pick(r, "%s", "status of %s?", "%s arrived broken", "Please cancel %s, thanks", "Rechnung %s"), prefix+id)
}

// paddedID is one of any digits, so that one of ten begins with a zero.
func paddedID(r *rand.Rand) string {
	id := make([]byte, 6+r.IntN(7))
	for i := range id {
		id[i] = byte('0' + r.IntN(10))
	}
	return fmt.Sprintf(pick(r, "%s", "where is %s?", "order %s", "My order number is %s.", "ORD-%s", "#%s"), id)
}

func date(r *rand.Rand) string {
	y, m, d := 1990+r.IntN(60), 1+r.IntN(12), 1+r.IntN(28)
	clock := fmt.Sprintf(pick(r, "", "", " %02d:%02d", "T%02d:%02d:00Z", " at %02d:%02d", " %02d.%02d"), r.IntN(24), r.IntN(60))
	clock, _, _ = strings.Cut(clock, "%!")
	day := func(y, m, d int) string {
		switch r.IntN(9) {
		case 0:
			return fmt.Sprintf("%04d-%02d-%02d", y, m, d)
		case 1:
			return fmt.Sprintf("%02d.%02d.%04d", d, m, y)
		case 2:
			return fmt.Sprintf("%d.%d.%02d", d, m, y%100)
		case 3:
			return fmt.Sprintf("%02d/%02d/%04d", m, d, y)
		case 4:
			return fmt.Sprintf("%d/%d/%02d", m, d, y%100)
		case 5:
			return fmt.Sprintf("%02d-%02d-%04d", d, m, y)
		case 6:
			return fmt.Sprintf("%04d/%02d/%02d", y, m, d)
		case 7:
			return fmt.Sprintf("%04d%02d%02d", y, m, d)
		}
		return fmt.Sprintf("%02d %02d %04d", d, m, y)
	}
	text := day(y, m, d) + clock
	if r.IntN(4) == 0 {
		text += pick(r, " - ", " to ", "-", " ", " bis ", ", ") + day(y, 1+r.IntN(12), 1+r.IntN(28)) + clock
	}
	return fmt.Sprintf(pick(r, "%s", "on %s", "delivered %s, but", "am %s bestellt", "please call me on %s"), text)
}

func amount(r *rand.Rand) string {
	whole := numerals(r, 1+r.IntN(9))
	thousand := pick(r, "", ",", ".", " ", "\u00a0", "\u202f", "\u2009", "'", "’")
	for i := len(whole) - 3; i > 0 && thousand != ""; i -= 3 {
		whole = whole[:i] + thousand + whole[i:]
	}
	decimal := pick(r, ".", ",")
	if decimal == thousand {
		decimal = map[string]string{".": ",", ",": "."}[decimal]
	}
	if r.IntN(3) > 0 {
		whole += fmt.Sprintf("%s%02d", decimal, r.IntN(100))
	}
	return fmt.Sprintf(pick(r, "%s", "%s €", "€%s", "$%s", "EUR %s", "%s USD", "I paid %s", "%s kr", "the total is %s", "%s,-", "-%s", "+%s PLN", "Rs. %s", "%s pieces"), whole)
}

// TestNegatives measures how many texts are touched that hold nothing to mask.
func TestNegatives(t *testing.T) {
	m, _ := New(Config{})
	local, err := New(Config{Locales: []string{"de", "pl"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []struct {
		name string
		make func(*rand.Rand) string
		most float64 // percent
	}{
		{"order ids of 6 to 12 digits", bareID, 0.5}, {"order ids with a prefix", prefixedID, 0.5},
		{"dates", date, 0.5}, {"amounts", amount, 0.5},
		{"order ids that may begin with zeros", paddedID, 2.0},
	} {
		r := rand.New(rand.NewPCG(4, 20_000))
		var touched, touchedLocal int
		var examples []string
		for range negatives {
			text := kind.make(r)
			if masked, _ := m.Text(text); masked != text {
				if touched++; touched <= 12 {
					examples = append(examples, fmt.Sprintf("%q → %q", text, masked))
				}
			}
			if masked, _ := local.Text(text); masked != text {
				touchedLocal++
			}
		}
		share := 100 * float64(touched) / negatives
		t.Logf("| %s | %d | %d | %.2f %% | %.2f %% |", kind.name, negatives, touched, share, 100*float64(touchedLocal)/negatives)
		if share > kind.most {
			t.Errorf("%s: %.2f %% touched, at most %.1f %% may be:\n%s", kind.name, share, kind.most, strings.Join(examples, "\n"))
		} else {
			t.Log(strings.Join(examples, "\n"))
		}
	}
}
