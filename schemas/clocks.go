package schemas

import (
	"maps"
	"slices"
)

// Clocks are what a company measures time by.
type Clocks struct {
	Calendar *Calendar
	Business *BusinessClock            // of the company; nil: it never has business hours
	teams    map[string]*BusinessClock // teams that have their own at some time
}

// NewClocks returns the clocks of a company that has these settings, in order of time. The errors are those of [NewVersionedCalendar],
// [ParseBusinessHours] and [ParseTeamHours].
func NewClocks(periods []SettingsPeriod) (Clocks, error) {
	calendar, err := NewVersionedCalendar(zonesOf(periods))
	if err != nil {
		return Clocks{}, err
	}
	company, teams := make([]BusinessHours, len(periods)), make([]map[string]BusinessHours, len(periods))
	named := map[string]bool{}
	for i, period := range periods {
		if company[i], err = ParseBusinessHours(period.Hours); err != nil {
			return Clocks{}, err
		}
		if teams[i], err = ParseTeamHours(period.TeamHours); err != nil {
			return Clocks{}, err
		}
		for team := range teams[i] {
			named[team] = true
		}
	}
	clocks := Clocks{Calendar: calendar, teams: make(map[string]*BusinessClock, len(named))}
	clocks.Business, err = clockOf(calendar, periods, company)
	if err != nil {
		return Clocks{}, err
	}
	for _, team := range slices.Sorted(maps.Keys(named)) {
		own := slices.Clone(company)
		for i := range own {
			if hours, ok := teams[i][team]; ok {
				own[i] = hours
			}
		}
		if clocks.teams[team], err = clockOf(calendar, periods, own); err != nil {
			return Clocks{}, err
		}
	}
	return clocks, nil
}

// clockOf returns the clock of the hours of each period; nil if there never are any.
func clockOf(calendar *Calendar, periods []SettingsPeriod, each []BusinessHours) (*BusinessClock, error) {
	if !slices.ContainsFunc(each, func(h BusinessHours) bool { return !h.IsZero() }) {
		return nil, nil
	}
	var hours []HoursPeriod
	for i, period := range periods {
		if i == 0 || each[i].String() != each[i-1].String() {
			hours = append(hours, HoursPeriod{From: period.From, Hours: each[i]})
		}
	}
	return calendar.BusinessClock(hours)
}

// Lasted measures an interval by the wall clock and by the business hours of a team, else of the company (docs/rules.md R8).
func (c *Clocks) Lasted(team string, from, to Instant) Lasted {
	wall := int64(to - from)
	clock := c.Business
	if own, ok := c.teams[team]; ok {
		clock = own
	}
	if clock == nil {
		return Lasted{Millis: wall, BusinessMillis: wall}
	}
	return Lasted{Millis: wall, BusinessMillis: clock.Between(from, to)}
}
