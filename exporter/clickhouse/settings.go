package clickhouse

import (
	"context"
	"fmt"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// Settings reads the settings of all companies, each company's by the moment from which they hold.
func (s *Store) Settings(ctx context.Context) ([]schemas.SettingsVersion, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	rows, err := s.conn.Query(ctx, "SELECT company, effective_from, zone, hours, team_hours, recorded_at FROM settings FINAL ORDER BY company, effective_from")
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	defer rows.Close()
	var versions []schemas.SettingsVersion
	for rows.Next() {
		var version schemas.SettingsVersion
		if err := rows.Scan(&version.Company, (*int64)(&version.EffectiveFrom), &version.Zone, &version.Hours, &version.TeamHours, (*int64)(&version.RecordedAt)); err != nil {
			return nil, fmt.Errorf("read settings: %w", err)
		}
		versions = append(versions, version)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	return versions, nil
}

// AddSettings records settings. Where there are some of the company for the same moment, those that were recorded first stay: read
// them again to know which hold.
func (s *Store) AddSettings(ctx context.Context, versions []schemas.SettingsVersion) error {
	if len(versions) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	return write(ctx, s, s.conn, "settings", settingsColumns, versions)
}

// LastOutgoing tells when each agent last wrote to a customer, over all conversations.
func (s *Store) LastOutgoing(ctx context.Context) (map[schemas.AgentName]schemas.Instant, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	rows, err := s.conn.Query(ctx, "SELECT company, agent_id, max(last_outgoing_at) AS last_at FROM conversation_agents FINAL GROUP BY company, agent_id HAVING isNotNull(last_at)")
	if err != nil {
		return nil, fmt.Errorf("read last messages of agents: %w", err)
	}
	defer rows.Close()
	last := map[schemas.AgentName]schemas.Instant{}
	for rows.Next() {
		var name schemas.AgentName
		var at *time.Time
		if err := rows.Scan(&name.Company, &name.Agent, &at); err != nil {
			return nil, fmt.Errorf("read last messages of agents: %w", err)
		}
		last[name] = schemas.InstantOf(*at)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read last messages of agents: %w", err)
	}
	return last, nil
}
