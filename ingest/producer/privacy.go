package producer

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/floorwatch/floorwatch/mask"
	"github.com/floorwatch/floorwatch/schemas"
)

// PrivacyConfig says what becomes of texts and ids before they go to Kafka.
type PrivacyConfig struct {
	mask.PoliciesConfig `yaml:",inline"`
	KeysDir             string `yaml:"keys_dir"` // directory of the companies' keys for pseudonyms, shared by all that send events
}

// DefaultPrivacy masks texts and hashes customers.
func DefaultPrivacy() PrivacyConfig {
	return PrivacyConfig{
		PoliciesConfig: mask.PoliciesConfig{PolicyConfig: mask.PolicyConfig{Text: mask.TextMasked, Customers: mask.CustomersHashed}},
		KeysDir:        "data/keys",
	}
}

// Validate tells everything that is wrong with the configuration.
func (c PrivacyConfig) Validate() error {
	_, err := NewPrivacy(c)
	return err
}

// Privacy takes personal data out of events before they go to Kafka. It may be used from several goroutines.
type Privacy struct {
	policies *mask.Policies
	keys     keys
}

// NewPrivacy prepares the policies. Keys are read and made when they are needed first.
func NewPrivacy(cfg PrivacyConfig) (*Privacy, error) {
	policies, err := mask.NewPolicies(cfg.PoliciesConfig)
	if cfg.KeysDir == "" {
		err = errors.Join(err, errors.New("keys_dir: is empty, must name a directory"))
	}
	if err != nil {
		return nil, err
	}
	return &Privacy{policies: policies, keys: keys{directory: cfg.KeysDir}}, nil
}

// Policies are those that Protect goes by.
func (p *Privacy) Policies() *mask.Policies { return p.policies }

// Protect takes personal data out of an event, and tells how much was masked of each kind. Now is the time of the clock, by which the
// keys are looked at again. It does not change what else the event shares with others. The event's Kafka key is another one after it.
//
//   - Keywords: the producer's are masked, the company's that are in the text are added, sorted, at most schemas.MaxItems.
//   - Text: masked, dropped or hashed. TextLength stays that of the text before.
//   - What Event.FreeTexts visits: masked.
//   - Customer: a keyed hash of the id, unless the company wants its customers plain.
//   - Conversation, MessageID, ID: a keyed hash where there is personal data in them, the same each time; ID also where something was
//     masked in what Event.FreeTexts visits, since ids of vendors' events are made of such words. Ids of agents, teams and queues stay.
//
// An error is of the company's key. The event must not be sent then.
func (p *Privacy) Protect(e *schemas.Event, now time.Time) (mask.Counts, error) {
	return p.protect(e, now, p.policies.Of(e.Company).Customer)
}

// ProtectContact is Protect for an event of a platform where a conversation is called as its customer. It gets the customer's pseudonym, and
// as the event's id may be made of it, that is hashed, too; where the company wants its customers plain, both stay.
func (p *Privacy) ProtectContact(e *schemas.Event, now time.Time) (mask.Counts, error) {
	key := func() (mask.Key, error) { return p.keys.of(e.Company, now) }
	conversation, _, err := p.policies.Of(e.Company).Customer(e.Conversation, key)
	if err != nil {
		return nil, fmt.Errorf("protect event: %w", err)
	}
	if conversation != e.Conversation {
		k, err := key()
		if err != nil {
			return nil, fmt.Errorf("protect event: %w", err)
		}
		e.Conversation, e.ID = conversation, k.ID(e.ID)
	}
	return p.Protect(e, now)
}

// pseudonym gives an id in place of one.
type pseudonym func(id string, key func() (mask.Key, error)) (string, mask.Counts, error)

func (p *Privacy) protect(e *schemas.Event, now time.Time, customer pseudonym) (mask.Counts, error) {
	policy := p.policies.Of(e.Company)
	key := func() (mask.Key, error) { return p.keys.of(e.Company, now) }
	var counts mask.Counts
	for _, id := range []struct {
		of   *string
		make pseudonym
	}{{&e.Customer, customer}, {&e.Conversation, policy.ID}, {&e.MessageID, policy.ID}, {&e.ID, policy.ID}} {
		made, masked, err := id.make(*id.of, key)
		if err != nil {
			return nil, fmt.Errorf("protect event: %w", err)
		}
		*id.of = made
		counts = counts.Add(masked)
	}
	var textKey mask.Key
	if e.Text != "" && policy.Hashes() {
		var err error
		if textKey, err = key(); err != nil {
			return nil, fmt.Errorf("protect event: %w", err)
		}
	}
	text, keywords, masked := policy.Text(e.Text, textKey)
	counts = counts.Add(masked)
	e.Text = mask.Cut(text, schemas.MaxTextBytes)
	if e.Facts != nil || len(keywords) > 0 {
		var facts schemas.Facts
		if e.Facts != nil {
			facts = *e.Facts
		}
		given, found := maskEach(policy, facts.Keywords)
		facts.Keywords = union(given, keywords)
		counts = counts.Add(found)
		e.Facts = &facts
	}
	masked = nil
	e.FreeTexts(func(free *string, limit int) { masked = masked.Add(policy.MaskIn(free, limit)) })
	if masked != nil { // an id may be made of them
		k, err := key()
		if err != nil {
			return nil, fmt.Errorf("protect event: %w", err)
		}
		e.ID = k.ID(e.ID)
	}
	return counts.Add(masked), nil
}

// union is a new list of the names in both, sorted, as many as an event may have.
func union(given, found []string) []string {
	if len(found) == 0 {
		return given
	}
	all := slices.Concat(given, found)
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), schemas.MaxItems)]
}

// maskEach masks the producer's own names of keywords, in a list of its own where there is something to mask.
func maskEach(policy *mask.Policy, names []string) (masked []string, counts mask.Counts) {
	masked = names
	for i, name := range names {
		if made, found := policy.Mask(name); found != nil {
			if counts == nil {
				masked = slices.Clone(names)
			}
			masked[i], counts = made, counts.Add(found)
		}
	}
	return masked, counts
}
