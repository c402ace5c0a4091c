package gateway

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"
)

// PollConfig tells where a Poller asks a vendor, as whom and how often.
type PollConfig struct {
	URL       string        `yaml:"url"`        // where the vendor's API begins, such as https://chat.example.com
	Account   string        `yaml:"account"`    // the vendor's number of the account
	TokenFile string        `yaml:"token_file"` // a file that holds the access token and nothing else
	Interval  time.Duration `yaml:"interval"`   // between two looks at the agents; 0 is 30s
}

// Limits of the interval. A source that sends heartbeats sends one at least every minute, else agents flicker; more often than every
// five seconds nobody needs it, and vendors throttle.
const (
	defaultPollInterval = 30 * time.Second
	minPollInterval     = 5 * time.Second
	maxPollInterval     = time.Minute
)

// wholeNumber is how vendors write the ids that are polled.
var wholeNumber = regexp.MustCompile(`^[0-9]{1,18}$`)

// Validate tells all that is wrong, or nil. It does not look whether there is a token: that may come later.
func (c PollConfig) Validate() error {
	var errs []error
	if problem := urlProblem(c.URL); problem != "" {
		errs = append(errs, errors.New("url: "+problem))
	}
	if !wholeNumber.MatchString(c.Account) {
		errs = append(errs, fmt.Errorf("account: is %.100q; must be the number behind /accounts/ in the address of the desk, such as 3", c.Account))
	}
	if c.TokenFile == "" {
		errs = append(errs, errors.New("token_file: is empty; name a file that holds the access token and nothing else"))
	}
	if c.Interval != 0 && (c.Interval < minPollInterval || c.Interval > maxPollInterval) {
		errs = append(errs, fmt.Errorf("interval: is %v; must be from %v to %v", c.Interval, minPollInterval, maxPollInterval))
	}
	return errors.Join(errs...)
}

// urlProblem tells what is wrong with an address, "" if nothing is. It does not repeat the address: there may be a password in it.
func urlProblem(address string) string {
	const example = "such as https://chat.example.com"
	parsed, err := url.Parse(address)
	switch {
	case address == "":
		return "is empty; name where the vendor's API begins, " + example
	case err != nil || parsed.Host == "" || parsed.Scheme != "https" && parsed.Scheme != "http":
		return "is no address with https:// or http:// and a host; write one " + example
	case parsed.User != nil:
		return "has a user or password in it; leave them out, the token goes into token_file"
	case parsed.RawQuery != "" || parsed.Fragment != "" || strings.ContainsAny(address, "?#"):
		return "has a part behind ? or #; leave it out, " + example
	default:
		return ""
	}
}

func (c PollConfig) interval() time.Duration {
	if c.Interval == 0 {
		return defaultPollInterval
	}
	return c.Interval
}

// maxTokenBytes is more than any access token has.
const maxTokenBytes = 4096

// readToken reads the access token. The error never has any of it.
func readToken(file string) (string, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read access token: %w; write the token into that file, or correct token_file", err)
	}
	token := strings.TrimSpace(string(content))
	odd := func(r rune) bool { return r <= ' ' || r > '~' }
	if token == "" || len(token) > maxTokenBytes || strings.ContainsFunc(token, odd) {
		return "", fmt.Errorf("read access token: %s does not hold one word of plain letters; write the token and nothing else into it", file)
	}
	return token, nil
}
