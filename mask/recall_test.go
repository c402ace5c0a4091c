package mask

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/floorwatch/floorwatch/schemas/datatest"
)

// planted is personal data in a text, from start up to end in bytes.
type planted struct {
	file, entity, text string
	start, end         int
}

func (p planted) value() string { return p.text[p.start:p.end] }

func (p planted) digits() int {
	n := 0
	for _, r := range p.value() {
		if unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// runes makes byte places of places in characters.
func runes(text string, start, end int) (int, int) {
	at := func(n int) int {
		place := 0
		for ; n > 0 && place < len(text); n-- {
			_, size := utf8.DecodeRuneInString(text[place:])
			place += size
		}
		return place
	}
	return at(start), at(end)
}

// covered tells the kind of which a planted value is masked; "" where a letter or digit of it is left, or where a part is of
// another kind.
func (p planted) covered(m *Masker) string {
	s := new(search)
	s.look(m, p.text)
	if len(s.spans) == 0 {
		return ""
	}
	kind := ""
	spans := union(s.spans)
	for i, r := range p.text[p.start:p.end] {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			continue
		}
		at := slices.IndexFunc(spans, func(s span) bool { return s.at <= p.start+i && p.start+i < s.end })
		if at < 0 {
			return ""
		}
		kind = m.kinds[spans[at].kind]
	}
	return kind
}

func readPresidio(t testing.TB) []planted {
	var list []planted
	in, err := os.Open(datatest.Path(t, "pii/presidio_cases.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for lines := bufio.NewScanner(in); lines.Scan(); {
		var c struct {
			EntityTypes, Entities     []string
			Types                     []string `json:"entity_types"`
			Text, IBAN                string
			Expected                  int     `json:"expected_len"`
			Positions                 [][]int `json:"expected_positions"`
			Results                   [][]int `json:"expected_res"`
			SourceFile                string  `json:"source_file"`
			Number, ID, GSTIN, PESEL_ string
		}
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			continue // expectations of other forms, of no text
		}
		entity := strings.Join(append(c.Types, slices.Compact(c.Entities)...), " ")
		positions := append(c.Positions, c.Results...)
		if c.IBAN != "" {
			c.Text = c.IBAN
		}
		if entity == "CREDIT_CARD" && c.Expected > 0 {
			positions = cardsIn(c.Text)
		}
		for _, p := range positions {
			if len(p) < 2 {
				continue
			}
			start, end := runes(c.Text, p[0], p[1])
			list = append(list, planted{"presidio_cases", entity, c.Text, start, end})
		}
	}
	return list
}

// cardsIn finds the cards in that file's texts, which tells how many there are but not where: after the last colon, or three
// written in different ways.
func cardsIn(text string) [][]int {
	if strings.Count(text, "1881") == 3 {
		return [][]int{{0, 16}, {17, 36}, {37, 56}}
	}
	return [][]int{{strings.LastIndexByte(text, ' ') + 1, len(text)}}
}

func readSynthetic(t testing.TB) []planted {
	in, err := os.Open(datatest.Path(t, "pii/presidio_research_synth_v2.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	unzipped, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	var sentences []struct {
		Text  string `json:"full_text"`
		Spans []struct {
			Entity string `json:"entity_type"`
			Start  int    `json:"start_position"`
			End    int    `json:"end_position"`
		}
	}
	if err := json.NewDecoder(unzipped).Decode(&sentences); err != nil && err != io.EOF {
		t.Fatal(err)
	}
	var list []planted
	for _, sentence := range sentences {
		for _, s := range sentence.Spans {
			start, end := runes(sentence.Text, s.Start, s.End)
			list = append(list, planted{"research_synth_v2", s.Entity, sentence.Text, start, end})
		}
	}
	return list
}

func readCommons(t testing.TB) []planted {
	text, err := os.ReadFile(datatest.Path(t, "pii/commons_validator_cards_ibans.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		IBANs []struct {
			Value string
			Valid bool `json:"mod97"`
		} `json:"iban_literals"`
		Cards []struct{ Name, Value string }
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	var list []planted
	for _, i := range file.IBANs {
		if i.Valid {
			list = append(list, planted{"commons_validator", "IBAN_CODE", i.Value, 0, len(i.Value)})
		}
	}
	for _, c := range file.Cards {
		if !strings.HasPrefix(c.Name, "ERROR") {
			list = append(list, planted{"commons_validator", "CREDIT_CARD", c.Value, 0, len(c.Value)})
		}
	}
	return list
}

// group returns the row of the table that a planted value counts in.
func (p planted) row() string {
	switch p.entity {
	case "CREDIT_CARD", "IBAN_CODE", "EMAIL_ADDRESS", "US_SSN":
		return p.entity
	case "PHONE_NUMBER", "TR_PHONE_NUMBER", "PH_MOBILE_NUMBER":
		if p.digits() < shortestPhone {
			return "PHONE under 9 digits"
		}
		return "PHONE of 9 digits and more"
	}
	return ""
}

// otherIDs are the national ids of that file that are known here.
var otherIDs = strings.Fields("AU_MEDICARE AU_TFN CA_SIN DE_SOCIAL_SECURITY DE_TAX_ID ES_NIE ES_NIF FI_PERSONAL_IDENTITY_CODE IT_FISCAL_CODE KR_RRN PL_PESEL SE_PERSONNUMMER SG_NRIC_FIN TH_TNIN TR_NATIONAL_ID UK_NHS UK_NINO US_ITIN ZA_ID_NUMBER")

type measure struct {
	n, masked, named int
	misses           []string
}

// TestRecall measures what is found in texts of others: per entity how many there are, how many are masked whole, and how many of
// these as what they are. docs/masking.md has the table.
func TestRecall(t *testing.T) {
	least := map[string]float64{"CREDIT_CARD": 99.5, "IBAN_CODE": 99.5, "EMAIL_ADDRESS": 99.5, "US_SSN": 97, "PHONE of 9 digits and more": 97}
	kinds := map[string]string{"CREDIT_CARD": KindCard, "IBAN_CODE": KindIBAN, "EMAIL_ADDRESS": KindEmail, "US_SSN": KindNationalID}
	m, _ := New(Config{})
	local, _ := New(Config{Locales: Locales()})
	rows := map[string]*measure{}
	for _, p := range slices.Concat(readPresidio(t), readSynthetic(t), readCommons(t)) {
		if p.row() == "" {
			continue
		}
		for _, name := range []string{p.row(), p.row() + ", " + p.file} {
			if rows[name] == nil {
				rows[name] = &measure{}
			}
			row := rows[name]
			row.n++
			kind := p.covered(m)
			want := kinds[p.row()]
			if want == "" {
				want = KindPhone
			}
			switch {
			case kind == "":
				row.misses = append(row.misses, fmt.Sprintf("%q in %q", p.value(), p.text))
			case kind == want:
				row.named++
				fallthrough
			default:
				row.masked++
			}
		}
	}
	for _, p := range readPresidio(t) { // without a bar: what the countries' ids come to
		if !slices.Contains(otherIDs, p.entity) {
			continue
		}
		name := "other national ids"
		if rows[name] == nil {
			rows[name] = &measure{}
		}
		rows[name].n++
		if p.covered(local) != "" {
			rows[name].masked++
		} else {
			rows[name].misses = append(rows[name].misses, p.entity+" "+p.text)
		}
		if p.covered(m) == KindNationalID {
			rows[name].named++
		}
	}
	var names []string
	for name := range rows {
		names = append(names, name)
	}
	slices.Sort(names)
	t.Logf("| entity | n | masked | recall | as its kind |")
	for _, name := range names {
		row := rows[name]
		recall := 100 * float64(row.masked) / float64(row.n)
		t.Logf("| %s | %d | %d | %.1f %% | %d |", name, row.n, row.masked, recall, row.named)
		if !strings.Contains(name, ",") {
			for _, miss := range row.misses {
				t.Logf("  missed %s", miss)
			}
		}
		if recall < least[name] {
			t.Errorf("%s: recall %.2f %%, want at least %.1f %%", name, recall, least[name])
		}
	}
}
