package mask

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// What is stored of the texts of a company.
const (
	TextMasked  = "masked"  // with tokens in place of personal data
	TextDropped = "dropped" // nothing
	TextHashed  = "hashed"  // a keyed hash, so that the same text can be told
)

// How a company's customers are called.
const (
	CustomersHashed = "hashed" // by a keyed hash of their id
	CustomersPlain  = "plain"  // as the producer calls them, unless that is personal data
)

// PolicyConfig says what becomes of a company's texts and ids. The zero value masks texts and hashes customers.
type PolicyConfig struct {
	Text      string    `yaml:"text"`      // TextMasked, TextDropped or TextHashed; "" is TextMasked
	Customers string    `yaml:"customers"` // CustomersHashed or CustomersPlain; "" is CustomersHashed
	Locales   []string  `yaml:"locales"`   // as in Config
	Patterns  []Pattern `yaml:"patterns"`  // likewise
	Keywords  []Keyword `yaml:"keywords"`  // looked for before a text is masked
}

// Policy does what a company's PolicyConfig says. It may be used from several goroutines.
type Policy struct {
	mode     string
	plain    bool
	masker   *Masker
	keywords *Keywords
	tokens   *strings.Replacer // takes the names out of tokens, lest "[card]" is the keyword "card"
}

// NewPolicy prepares a policy. The error joins all that is wrong, each with its key.
func NewPolicy(cfg PolicyConfig) (*Policy, error) {
	p := &Policy{mode: or(cfg.Text, TextMasked), plain: cfg.Customers == CustomersPlain}
	var errs []error
	oneOf := func(key, value string, allowed ...string) {
		if value != "" && !slices.Contains(allowed, value) {
			errs = append(errs, fmt.Errorf("%s: is %.100q, must be one of %s", key, value, strings.Join(allowed, ", ")))
		}
	}
	oneOf("text", cfg.Text, TextMasked, TextDropped, TextHashed)
	oneOf("customers", cfg.Customers, CustomersHashed, CustomersPlain)
	for i, locale := range cfg.Locales {
		oneOf(fmt.Sprintf("locales[%d]", i), or(locale, " "), Locales()...)
	}
	if _, err := compile(cfg.Patterns); err != nil {
		errs = append(errs, fmt.Errorf("patterns: %w", err))
	}
	for _, k := range cfg.Keywords {
		if len(k.ID) > maxKeywordSize || strings.ContainsFunc(k.ID, isControl) {
			errs = append(errs, fmt.Errorf("keywords: the id %.100q has more than %d bytes or a control character", k.ID, maxKeywordSize))
		}
	}
	var err error
	if p.keywords, err = NewKeywords(cfg.Keywords); err != nil {
		errs = append(errs, errors.New("keywords: "+strings.TrimPrefix(err.Error(), "read keywords: ")))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if p.masker, err = New(Config{Locales: cfg.Locales, Patterns: cfg.Patterns}); err != nil {
		return nil, err
	}
	var tokens []string
	for _, kind := range p.masker.kinds {
		tokens = append(tokens, "["+kind+"]", "[]")
	}
	p.tokens = strings.NewReplacer(tokens...)
	return p, nil
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

// Hashes tells whether texts are hashed, which needs the company's key.
func (p *Policy) Hashes() bool { return p.mode == TextHashed }

// Text returns what is stored of a text, the ids of the keywords in it, sorted, and how much was masked. Keywords are looked for
// before anything else. To hash a text takes the company's key: with the zero Key it is dropped instead. What Text returned stays as
// it is if it is given to Text again, but for a text that is to be dropped now.
func (p *Policy) Text(text string, key Key) (stored string, keywords []string, counts Counts) {
	if text == "" {
		return "", nil, nil
	}
	keywords = p.keywords.Find(p.tokens.Replace(text))
	stored, counts = p.store(text, key)
	return stored, keywords, counts
}

// Guard is Text once more, where a text is stored that may have gone past Text: without a key, and without keywords, since most
// texts that come here are masked.
func (p *Policy) Guard(text string) string {
	if text == "" {
		return ""
	}
	stored, _ := p.store(text, Key{})
	return stored
}

func (p *Policy) store(text string, key Key) (string, Counts) {
	switch {
	case p.mode == TextDropped:
		return "", nil
	case p.mode == TextMasked:
		return p.masker.Text(text)
	case isHashed(text):
		return text, nil
	case key.secret == nil:
		return "", nil
	default:
		return key.Text(text), nil
	}
}

// Cut makes a text fit into so many bytes, at the end of a character.
func Cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}

// Add puts counts together; it may change those that it is called on.
func (c Counts) Add(more Counts) Counts {
	if c == nil {
		return more
	}
	for kind, n := range more {
		c[kind] += n
	}
	return c
}

// Mask masks what people wrote in other places than a text, such as a tag, whatever becomes of texts.
func (p *Policy) Mask(text string) (string, Counts) {
	if text == "" {
		return "", nil
	}
	return p.masker.Text(text)
}

// MaskIn does so where the text stands, and cuts it to so many bytes at the end of a character.
func (p *Policy) MaskIn(text *string, limit int) Counts {
	masked, counts := p.Mask(*text)
	if counts != nil {
		*text = Cut(masked, limit)
	}
	return counts
}

// Customer returns what a customer is called: a keyed hash of the id, or the id where the company wants that and it is no personal
// data.
func (p *Policy) Customer(id string, key func() (Key, error)) (string, Counts, error) {
	if id == "" || p.plain {
		return p.ID(id, key)
	}
	k, err := key()
	if err != nil {
		return "", nil, err
	}
	return k.Customer(id), nil, nil
}

// ID returns the id of something else than a customer: as it is, or a keyed hash of it where the id has something in it that would be
// masked in a text. The same id always has the same one, whatever it is the id of. A UUID is random, whatever it looks like.
func (p *Policy) ID(id string, key func() (Key, error)) (string, Counts, error) {
	if isUUID(id) {
		return id, nil, nil
	}
	counts := p.inID(id)
	if counts == nil {
		return id, nil, nil
	}
	k, err := key()
	if err != nil {
		return "", nil, err
	}
	return k.ID(id), counts, nil
}

// inID tells what would be masked in an id, as a whole or in its parts: gateways join ids of several, each escaped as in a query, where
// spaces are pluses.
func (p *Policy) inID(id string) Counts {
	if _, counts := p.Mask(id); counts != nil {
		return counts
	}
	for part := range strings.SplitSeq(id, "/") {
		if plain, err := url.QueryUnescape(part); err == nil && (len(part) < len(id) || plain != id) {
			if _, counts := p.Mask(plain); counts != nil {
				return counts
			}
		}
	}
	return nil
}

const fewestLetters = 4 // of a random UUID; one of ten thousand has fewer, and nobody's number has so many

func isUUID(id string) bool {
	if len(id) != len("00000000-0000-0000-0000-000000000000") {
		return false
	}
	letters := 0
	for i := range len(id) {
		switch c := id[i] | 0x20; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if id[i] != '-' {
				return false
			}
		case c >= 'a' && c <= 'f':
			letters++
		case id[i] < '0' || id[i] > '9':
			return false
		}
	}
	return letters >= fewestLetters
}
