package mask

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

const (
	maxPatterns      = 32
	maxPatternSize   = 512   // bytes of an expression
	maxPatternSteps  = 1_000 // instructions of the machine that an expression becomes; the time for a text is at most steps × bytes
	maxPatternsSteps = 4_000 // of all patterns of a company
	maxPatternName   = 32
)

// A Pattern is a company's own thing to mask, such as its contract numbers. The expression is RE2's, as in Go: no backtracking.
// It is applied to the text as it is, not folded; begin with "(?i)" for any case.
type Pattern struct {
	Name       string `yaml:"name"` // of the token, small letters and underscores
	Expression string `yaml:"expression"`
}

func compile(list []Pattern) ([]pattern, error) {
	if len(list) > maxPatterns {
		return nil, fmt.Errorf("%d patterns, at most %d are allowed", len(list), maxPatterns)
	}
	var patterns []pattern
	steps := 0
	for _, p := range list {
		if err := checkName(p.Name); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(patterns, func(other pattern) bool { return other.name == p.Name }) {
			return nil, fmt.Errorf("the pattern %q comes twice; join the expressions with |", p.Name)
		}
		if len(p.Expression) > maxPatternSize {
			return nil, fmt.Errorf("the expression of pattern %q has %d bytes, at most %d are allowed", p.Name, len(p.Expression), maxPatternSize)
		}
		size, err := stepsOf(p.Expression)
		if err != nil {
			return nil, fmt.Errorf("read the expression of pattern %q: %w", p.Name, err)
		}
		if steps += size; size > maxPatternSteps || steps > maxPatternsSteps {
			return nil, fmt.Errorf("the expression of pattern %q is too large: %d steps, %d with those before it; at most %d and %d are allowed. Use smaller repeats", p.Name, size, steps, maxPatternSteps, maxPatternsSteps)
		}
		re := regexp.MustCompile(p.Expression)
		if re.MatchString("") {
			return nil, fmt.Errorf("the expression of pattern %q also fits nothing at all; it must need at least a character", p.Name)
		}
		patterns = append(patterns, pattern{p.Name, re})
	}
	return patterns, nil
}

func checkName(name string) error {
	if name == "" || len(name) > maxPatternName || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return fmt.Errorf("the pattern's name %q is not 1 to %d small letters and underscores", name, maxPatternName)
	}
	if slices.Contains(builtIn[:], name) {
		return fmt.Errorf("the pattern's name %q is that of a kind that is always masked; take another", name)
	}
	return nil
}

func stepsOf(expression string) (int, error) {
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return 0, err
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return 0, err
	}
	return len(program.Inst), nil
}

// companyPatterns finds what the company's patterns fit, between the tokens that are in the text already.
func (s *search) companyPatterns() {
	if len(s.masker.patterns) == 0 {
		return
	}
	for at := 0; at < len(s.text); {
		start, end := s.token(at)
		for kind, p := range s.masker.patterns {
			for _, hit := range p.re.FindAllStringIndex(s.text[at:start], -1) {
				if hit[1] > hit[0] {
					s.spans = append(s.spans, span{at + hit[0], at + hit[1], kind})
				}
			}
		}
		at = end
	}
}

// token finds the first token at or after a place; the text's end when there is none.
func (s *search) token(from int) (start, end int) {
	for at := from; ; {
		open := strings.IndexByte(s.text[at:], '[')
		if open < 0 {
			return len(s.text), len(s.text)
		}
		open += at
		name, _, closed := strings.Cut(s.text[open+1:min(len(s.text), open+2+maxPatternName)], "]")
		if closed && slices.Contains(s.masker.kinds, name) {
			return open, open + len(name) + 2
		}
		at = open + 1
	}
}
