package aggregator

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// Settings are the inputs of the fold that are no events. All instances have the same. Zones and hours change from a midnight on, the
// rest only with a later generation.
type Settings struct {
	Generation       uint16                      `yaml:"generation"`        // of all rows: a later one replaces those of earlier ones
	DefaultZone      string                      `yaml:"default_zone"`      // IANA zone of companies that Zones does not name
	Zones            map[string]string           `yaml:"zones"`             // company → IANA zone
	DefaultHours     Hours                       `yaml:"default_hours"`     // business hours of companies that Hours does not name
	Hours            map[string]Hours            `yaml:"hours"`             // company → business hours, local time
	TeamHours        map[string]map[string]Hours `yaml:"team_hours"`        // company → team → business hours that differ from the company's
	CorrectionWindow time.Duration               `yaml:"correction_window"` // how long after a message its failed delivery takes it back
	HeartbeatLease   time.Duration               `yaml:"heartbeat_lease"`   // how long after its last heartbeat an agent's presence holds
	AgentSeries      int                         `yaml:"agent_series"`      // agents of one company with gauges of their own
	// Versions are zones and hours as they are recorded, of which those above are the newest.
	Versions []schemas.SettingsVersion `yaml:"-"`
	Horizon  time.Duration             `yaml:"-"` // how late events may be, whoever reads the log keeps to it; 0: any, so that nothing is ever final
}

// DefaultSettings are those of a fresh installation.
func DefaultSettings() Settings {
	return Settings{Generation: 1, DefaultZone: "UTC", CorrectionWindow: 24 * time.Hour, HeartbeatLease: 2 * time.Minute, AgentSeries: 500}
}

// Validate tells everything that is wrong with the settings.
func (s Settings) Validate() error {
	var errs []error
	if s.Generation == 0 {
		errs = append(errs, errors.New("generation: must be at least 1"))
	}
	if _, err := schemas.LoadZone(s.DefaultZone); err != nil {
		errs = append(errs, fmt.Errorf("default_zone: %w", err))
	}
	for _, company := range slices.Sorted(maps.Keys(s.Zones)) {
		if _, err := schemas.LoadZone(s.Zones[company]); err != nil {
			errs = append(errs, fmt.Errorf("zones.%s: %w", company, err))
		}
	}
	errs = append(errs, s.DefaultHours.validate("default_hours"))
	for _, company := range slices.Sorted(maps.Keys(s.Hours)) {
		errs = append(errs, s.Hours[company].validate("hours."+company))
	}
	for _, company := range slices.Sorted(maps.Keys(s.TeamHours)) {
		for _, team := range slices.Sorted(maps.Keys(s.TeamHours[company])) {
			errs = append(errs, s.TeamHours[company][team].validate("team_hours."+company+"."+team))
		}
	}
	if s.CorrectionWindow < 0 {
		errs = append(errs, errors.New("correction_window: must not be negative"))
	}
	if s.HeartbeatLease < time.Second {
		errs = append(errs, errors.New("heartbeat_lease: must be at least 1s"))
	}
	if s.AgentSeries < 0 {
		errs = append(errs, errors.New("agent_series: must not be negative"))
	}
	return errors.Join(errs...)
}

// Wanted are the settings that companies are to get as versions: those that the configuration names, for their zone or their hours or both,
// and all others.
func (s Settings) Wanted() (named map[string]schemas.CompanySettings, common schemas.CompanySettings) {
	named = map[string]schemas.CompanySettings{}
	for company := range s.Zones {
		named[company] = s.wanted(company)
	}
	for company := range s.Hours {
		named[company] = s.wanted(company)
	}
	for company := range s.TeamHours {
		named[company] = s.wanted(company)
	}
	return named, schemas.CompanySettings{Zone: s.DefaultZone, Hours: s.DefaultHours.text()}
}

// wanted are the settings that a company is to get: the default ones where the configuration does not name it.
func (s Settings) wanted(company string) schemas.CompanySettings {
	zone, ok := s.Zones[company]
	if !ok {
		zone = s.DefaultZone
	}
	hours, ok := s.Hours[company]
	if !ok {
		hours = s.DefaultHours
	}
	teams := schemas.TeamHours{}
	for team, hours := range s.TeamHours[company] {
		teams[team] = hours.text()
	}
	return schemas.CompanySettings{Zone: zone, Hours: hours.text(), TeamHours: teams.String()}
}

// periodsOf are a company's settings in order of time, and when the newest were recorded: as its versions say, else as the configuration
// does.
func (s Settings) periodsOf(company string) (periods []schemas.SettingsPeriod, recordedAt schemas.Instant) {
	if periods, recordedAt := schemas.PeriodsOf(s.Versions, company); periods != nil {
		return periods, recordedAt
	}
	return []schemas.SettingsPeriod{{CompanySettings: s.wanted(company)}}, 0
}

// Hash is that of the settings that rows depend on, as they were at an instant. Versions count once every instance that writes has read
// them.
func (s Settings) Hash(at schemas.Instant) uint64 {
	return schemas.SettingsHash(s.Versions, at, s.CorrectionWindow.String(), s.HeartbeatLease.String(), s.Horizon.String())
}
