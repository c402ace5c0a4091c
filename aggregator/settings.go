package aggregator

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// Settings are the inputs of the fold that are no events. Changing one changes rows that are already written.
type Settings struct {
	DefaultZone      string            `yaml:"default_zone"`      // IANA zone of companies that Zones does not name
	Zones            map[string]string `yaml:"zones"`             // company → IANA zone
	CorrectionWindow time.Duration     `yaml:"correction_window"` // how long after a message its failed delivery takes it back
	HeartbeatLease   time.Duration     `yaml:"heartbeat_lease"`   // how long after its last heartbeat an agent's presence holds
	AgentSeries      int               `yaml:"agent_series"`      // agents of one company and partition with gauges of their own
}

// DefaultSettings are those of a fresh installation.
func DefaultSettings() Settings {
	return Settings{DefaultZone: "UTC", CorrectionWindow: 24 * time.Hour, HeartbeatLease: 2 * time.Minute, AgentSeries: 500}
}

// Validate tells everything that is wrong with the settings.
func (s Settings) Validate() error {
	var errs []error
	if _, err := schemas.LoadZone(s.DefaultZone); err != nil {
		errs = append(errs, fmt.Errorf("default_zone: %w", err))
	}
	for _, company := range slices.Sorted(maps.Keys(s.Zones)) {
		if _, err := schemas.LoadZone(s.Zones[company]); err != nil {
			errs = append(errs, fmt.Errorf("zones.%s: %w", company, err))
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

// Zone is the IANA zone of a company.
func (s Settings) Zone(company string) string {
	if zone, ok := s.Zones[company]; ok {
		return zone
	}
	return s.DefaultZone
}
