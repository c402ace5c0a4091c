package mask

import (
	"cmp"
	"errors"
	"maps"
	"slices"
)

// PoliciesConfig is what becomes of the texts of all companies. What a company's own section leaves out is as for all.
type PoliciesConfig struct {
	PolicyConfig `yaml:",inline"`
	Companies    map[string]PolicyConfig `yaml:"companies"`
}

// Policies are those of all companies. They may be used from several goroutines.
type Policies struct {
	common *Policy
	named  map[string]*Policy
}

// NewPolicies prepares the policies of all companies. The error joins all that is wrong, each with its key.
func NewPolicies(cfg PoliciesConfig) (*Policies, error) {
	common, err := NewPolicy(cfg.PolicyConfig)
	errs := parts("", err)
	p := &Policies{common: common, named: map[string]*Policy{}}
	for _, company := range slices.Sorted(maps.Keys(cfg.Companies)) {
		own := cfg.Companies[company]
		if _, err := NewPolicy(own); err != nil { // what all have is told above
			errs = append(errs, parts("companies."+company+".", err)...)
		} else if len(errs) == 0 {
			p.named[company], err = NewPolicy(own.within(cfg.PolicyConfig))
			errs = append(errs, parts("companies."+company+".", err)...)
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return p, nil
}

// within fills in what a company leaves out. An empty list is not left out: the company has none.
func (c PolicyConfig) within(common PolicyConfig) PolicyConfig {
	c.Text, c.Customers = cmp.Or(c.Text, common.Text), cmp.Or(c.Customers, common.Customers)
	if c.Locales == nil {
		c.Locales = common.Locales
	}
	if c.Patterns == nil {
		c.Patterns = common.Patterns
	}
	if c.Keywords == nil {
		c.Keywords = common.Keywords
	}
	return c
}

// Of returns a company's policy, that for all where it has none of its own. Nil Policies mask every text.
func (p *Policies) Of(company string) *Policy {
	if p == nil {
		return masked
	}
	if own := p.named[company]; own != nil {
		return own
	}
	return p.common
}

// masked is the policy of who has configured nothing.
var masked = func() *Policy {
	p, err := NewPolicy(PolicyConfig{})
	if err != nil {
		panic("BUG: the policy without a configuration is wrong: " + err.Error())
	}
	return p
}()

// parts takes a joined error apart and puts a section before each part.
func parts(section string, err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{errors.New(section + err.Error())}
	}
	var out []error
	for _, one := range joined.Unwrap() {
		out = append(out, parts(section, one)...)
	}
	return out
}
