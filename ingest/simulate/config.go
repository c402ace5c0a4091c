package simulate

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/floorwatch/floorwatch/schemas"
)

// Limits of a configuration.
const (
	MaxRate      = 100_000 // conversations per hour
	MaxCompanies = 100
	MaxAgents    = len(firstNames) * len(lastNames) // per company: each has a name of its own
)

// maxCompanyName leaves room for what ids add to a company's name.
const maxCompanyName = 64

// Config describes the floor.
type Config struct {
	// Seed decides everything that is left to chance.
	Seed uint64 `yaml:"seed"`
	// Rate is how many conversations begin per hour, all companies together: the mean from 07:00 to 22:00 local time of a Tuesday
	// to Friday. The busiest hour has about 1.6 times as many, a night hour a fiftieth. One agent is enough for about 2.6 of them;
	// with fewer agents customers wait, and many give up.
	Rate float64 `yaml:"rate"`
	// Companies share the rate in proportion to their agents.
	Companies []Company `yaml:"companies"`
	// AIShare is the share of the conversations, begun by customers, that an AI agent meets first; 0 to 1.
	AIShare float64 `yaml:"ai_share"`
	// CampaignShare is the share of the conversations that begin with a broadcast; 0 to 1.
	CampaignShare float64 `yaml:"campaign_share"`
	// HeartbeatShare is the share of the agents whose program sends a heartbeat every 30 s; 0 to 1.
	HeartbeatShare float64 `yaml:"heartbeat_share"`
}

// Company is one company of the floor.
type Company struct {
	Name   string `yaml:"name"`   // as in the events
	Zone   string `yaml:"zone"`   // IANA name: where its days begin
	Agents int    `yaml:"agents"` // people, in four teams; 1 to MaxAgents
	// WholeSeconds makes its producer's clock one of whole seconds, as many are: events of one conversation then often carry the
	// same instant and differ in seq.
	WholeSeconds bool `yaml:"whole_seconds"`
	// Offers makes it offer each conversation to an agent, who accepts or declines, before the agent owns it. Other companies assign
	// it outright.
	Offers bool `yaml:"offers"`
}

// DefaultConfig is a floor of two companies of different zones, small enough for one machine and busy enough to watch.
func DefaultConfig() Config {
	return Config{
		Seed: 1,
		Rate: 120,
		Companies: []Company{
			{Name: "acme", Zone: "Europe/Berlin", Agents: 26, Offers: true},
			{Name: "globex", Zone: "America/New_York", Agents: 20, WholeSeconds: true},
		},
		AIShare:        0.3,
		CampaignShare:  0.08,
		HeartbeatShare: 0.5,
	}
}

// Validate tells all that is wrong, or nil.
func (c Config) Validate() error {
	var errs []error
	if !(c.Rate > 0 && c.Rate <= MaxRate) {
		errs = append(errs, fmt.Errorf("rate: is %v; must be above 0, at most %d conversations per hour", c.Rate, MaxRate))
	}
	shares := []struct {
		name  string
		value float64
	}{{"ai_share", c.AIShare}, {"campaign_share", c.CampaignShare}, {"heartbeat_share", c.HeartbeatShare}}
	for _, share := range shares {
		if math.IsNaN(share.value) || share.value < 0 || share.value > 1 {
			errs = append(errs, fmt.Errorf("%s: is %v; must be from 0 to 1", share.name, share.value))
		}
	}
	if len(c.Companies) == 0 || len(c.Companies) > MaxCompanies {
		errs = append(errs, fmt.Errorf("companies: has %d; must have 1 to %d", len(c.Companies), MaxCompanies))
	}
	names := map[string]bool{}
	for i, company := range c.Companies {
		for _, err := range company.problems() {
			errs = append(errs, fmt.Errorf("companies[%d].%w", i, err))
		}
		if names[company.Name] {
			errs = append(errs, fmt.Errorf("companies[%d].name: %q is there twice", i, company.Name))
		}
		names[company.Name] = true
	}
	return errors.Join(errs...)
}

func (c Company) problems() (errs []error) {
	switch {
	case c.Name == "":
		errs = append(errs, errors.New("name: is missing"))
	case len(c.Name) > maxCompanyName:
		errs = append(errs, fmt.Errorf("name: has %d bytes; at most %d", len(c.Name), maxCompanyName))
	case strings.ContainsFunc(c.Name, func(r rune) bool { return r <= 0x20 || r == 0x7f || r == 0xfffd }):
		errs = append(errs, errors.New("name: must be UTF-8 without spaces and control characters"))
	}
	if _, err := schemas.LoadZone(c.Zone); err != nil {
		errs = append(errs, fmt.Errorf("zone: %w", err))
	}
	if c.Agents < 1 || c.Agents > MaxAgents {
		errs = append(errs, fmt.Errorf("agents: is %d; must be 1 to %d", c.Agents, MaxAgents))
	}
	return errs
}
