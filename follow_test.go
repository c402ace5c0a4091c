package main

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
)

// Settings are read at once, each minute, and soon again after a failure or when no answer comes; what is handed over says when it was asked for.
func TestFollowSettings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		ctx, stop := context.WithCancel(t.Context())
		var asked, readAt []time.Duration
		read := func(ctx context.Context) ([]schemas.SettingsVersion, error) {
			asked = append(asked, time.Since(begin))
			switch len(asked) {
			case 2, 3:
				return nil, errors.New("connection refused")
			case 4:
				<-ctx.Done()
				return nil, ctx.Err()
			}
			time.Sleep(3 * time.Second)
			return []schemas.SettingsVersion{{Zone: "UTC"}}, nil
		}
		handOver := func(_ context.Context, versions []schemas.SettingsVersion, at time.Time) {
			if len(versions) != 1 {
				t.Errorf("handed over %v", versions)
			}
			readAt = append(readAt, at.Sub(begin))
		}
		done := make(chan error, 1)
		go func() { done <- follow(ctx, zerolog.Nop(), read, handOver) }()
		time.Sleep(4 * time.Minute)
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		const s = time.Second
		if want := []time.Duration{0, 63 * s, 68 * s, 73 * s, 138 * s, 201 * s}; !slices.Equal(asked, want) {
			t.Errorf("asked after %v, want %v", asked, want)
		}
		if want := []time.Duration{0, 138 * s, 201 * s}; !slices.Equal(readAt, want) {
			t.Errorf("handed over what was read at %v, want %v", readAt, want)
		}
	})
}
