package schemas

import (
	"encoding/json"
	"fmt"
)

// TeamHours are the business hours of teams that have their own, as [BusinessHours.String] writes them; "" is a team for which all time
// counts. Teams that are not there have those of the company.
type TeamHours map[string]string

// String returns the text that [ParseTeamHours] reads, always the same for the same hours: {"billing":"Mon-Fri 09:00-17:00"}, and "" if
// no team has its own.
func (h TeamHours) String() string {
	if len(h) == 0 {
		return ""
	}
	text, err := json.Marshal(h) // sorts the teams
	if err != nil {
		panic("BUG: encode texts by text: " + err.Error())
	}
	return string(text)
}

// ParseTeamHours reads what String returns. The error names the team and what is wrong with its hours.
func ParseTeamHours(text string) (map[string]BusinessHours, error) {
	if text == "" {
		return nil, nil
	}
	var texts TeamHours
	if err := json.Unmarshal([]byte(text), &texts); err != nil {
		return nil, fmt.Errorf("parse business hours of teams: %.60q is no object of teams and their hours: %w", text, err)
	}
	hours := make(map[string]BusinessHours, len(texts))
	for team, text := range texts {
		read, err := ParseBusinessHours(text)
		if err != nil {
			return nil, fmt.Errorf("team %q: %w", team, err)
		}
		hours[team] = read
	}
	return hours, nil
}
