package main

import (
	"context"
	"fmt"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
)

// recordPatience is how long recording may take: others must be able to read a version soon after the time that it says it was recorded
// at. schemas.SettingsSlack has room for it, and for clocks that differ.
const recordPatience = time.Minute

// recordSettings records what the configuration says of companies as versions, and gives the settings with all versions that are
// recorded. What was counted stays: a company whose zone or business hours change is counted by the new ones from its next midnight on.
func (svc *service) recordSettings(ctx context.Context) (aggregator.Settings, error) {
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
	now := time.Now()
	named, common := floor.Wanted()
	planned, err := schemas.PlanSettings(stored, named, common, known, schemas.InstantOf(now))
	if err != nil {
		return floor, fmt.Errorf("record settings: %w", err)
	}
	recording, cancel := context.WithTimeout(ctx, recordPatience)
	defer cancel()
	if err := svc.store.AddSettings(recording, planned); err != nil {
		return floor, err
	}
	for _, v := range planned {
		if v.EffectiveFrom > schemas.InstantOf(now) {
			svc.logger.Warn().Str("company", v.Company).Str("zone", v.Zone).Str("hours", v.Hours).Str("team_hours", v.TeamHours).Stringer("from", v.EffectiveFrom).
				Msg("a company is counted in another zone or by other business hours from its next midnight on")
		}
	}
	floor.Versions, err = svc.store.Settings(ctx)
	return floor, err
}

// How often settings are read, of which other instances may have recorded more, and again after a failure: an instance that has not
// read them for schemas.SettingsPatience writes nothing more.
const (
	settingsInterval = time.Minute
	settingsRetry    = 5 * time.Second
)

// followSettings tells the pipeline at once, and then again and again, what versions there are.
func (svc *service) followSettings(ctx context.Context) error {
	return follow(ctx, svc.logger, svc.store.Settings, svc.pipeline.Load().SetVersions)
}

// follow reads versions and hands them over with the time before they were read, until the context is done.
func follow(ctx context.Context, logger zerolog.Logger, read func(context.Context) ([]schemas.SettingsVersion, error),
	handOver func(context.Context, []schemas.SettingsVersion, time.Time)) error {
	for {
		wait, readAt := settingsInterval, time.Now()
		asking, cancel := context.WithTimeout(ctx, settingsInterval)
		versions, err := read(asking)
		cancel()
		if err == nil {
			handOver(ctx, versions, readAt)
		} else if ctx.Err() == nil {
			wait = settingsRetry
			logger.Warn().Err(err).Dur("again_in", wait).Msg("settings not read")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}
