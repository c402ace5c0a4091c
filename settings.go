package main

import (
	"context"
	"fmt"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/schemas"
)

// recordSettings records what the configuration says of companies as versions, and gives the settings with all versions that are
// recorded. What was counted stays: a company whose zone changes is counted in the new one from its next midnight on.
func (svc *service) recordSettings(ctx context.Context, now time.Time) (aggregator.Settings, error) {
	floor := svc.cfg.Floor
	floor.Horizon = svc.cfg.Kafka.Horizon
	stored, err := svc.store.Settings(ctx)
	if err != nil {
		return floor, err
	}
	companies, err := svc.store.Companies(ctx)
	if err != nil {
		return floor, err
	}
	known := map[string]bool{}
	for _, company := range companies {
		known[company] = true
	}
	planned, err := schemas.PlanSettings(stored, floor.Zones, floor.DefaultZone, known, schemas.InstantOf(now))
	if err != nil {
		return floor, fmt.Errorf("record settings: %w", err)
	}
	if err := svc.store.AddSettings(ctx, planned); err != nil {
		return floor, err
	}
	for _, v := range planned {
		if v.EffectiveFrom > schemas.InstantOf(now) {
			svc.logger.Warn().Str("company", v.Company).Str("zone", v.Zone).Stringer("from", v.EffectiveFrom).Msg("the days of a company are counted in another zone from its next midnight on")
		}
	}
	floor.Versions, err = svc.store.Settings(ctx)
	return floor, err
}

// settingsInterval is how often versions are read that other instances recorded. They take effect SettingsLead ahead at the earliest; the
// first version of a company that nobody knew holds at once.
const settingsInterval = time.Minute

// followSettings takes over versions that other instances record.
func (svc *service) followSettings(ctx context.Context) error {
	tick := time.NewTicker(settingsInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		versions, err := svc.store.Settings(ctx)
		if err != nil {
			svc.logger.Warn().Err(err).Msg("settings not read, trying again")
			continue
		}
		svc.pipeline.Load().SetVersions(ctx, versions)
	}
}
