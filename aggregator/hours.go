package aggregator

import (
	"errors"
	"fmt"

	"github.com/floorwatch/floorwatch/schemas"
)

// Hours are business hours as the configuration has them: both parts as [schemas.NewBusinessHours] reads them. Empty ones are none, and
// all time counts.
type Hours struct {
	Week     string   `yaml:"week"`
	Holidays []string `yaml:"holidays"`
}

// text is the canonical one; the hours have passed Validate.
func (h Hours) text() string {
	read, err := schemas.NewBusinessHours(h.Week, h.Holidays)
	if err != nil {
		panic("BUG: business hours passed Validate: " + err.Error())
	}
	return read.String()
}

// validate tells what is wrong with the week, with each holiday, and else with all of it together.
func (h Hours) validate(key string) error {
	var errs []error
	if _, err := schemas.NewBusinessHours(h.Week, nil); err != nil {
		errs = append(errs, fmt.Errorf("%s.week: %w", key, err))
	}
	for i, holiday := range h.Holidays {
		if _, err := schemas.NewBusinessHours("Mon 09:00-17:00", []string{holiday}); err != nil {
			errs = append(errs, fmt.Errorf("%s.holidays[%d]: %w", key, i, err))
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	if _, err := schemas.NewBusinessHours(h.Week, h.Holidays); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}
