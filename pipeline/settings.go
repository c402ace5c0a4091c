package pipeline

import (
	"context"
	"fmt"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// settingsRead is the versions of settings that were recorded up to an instant, and maybe some that were recorded later.
type settingsRead struct {
	versions []schemas.SettingsVersion
	at       schemas.Instant
}

// SetVersions takes over versions of settings that were read; readAt is before the question was sent. Who has begun with versions must be
// told again and again: what has not been read was recorded after readAt, so it takes effect schemas.SettingsLead later, and no row is
// made when an event of that time may be in it.
func (p *Pipeline) SetVersions(ctx context.Context, versions []schemas.SettingsVersion, readAt time.Time) {
	select {
	case p.readings <- settingsRead{versions, schemas.InstantOf(readAt)}:
	case <-ctx.Done():
	}
}

// knowsSettings tells whether the settings are known for all events that may have been folded, so that rows can be made of them. A
// pipeline without versions has its settings from nobody else.
func (p *Pipeline) knowsSettings(now time.Time) bool {
	return len(p.settings.Versions) == 0 || schemas.InstantOf(now) <= p.readAt+schemas.SettingsPatience
}

// takeOver goes on with what was read. If events may have been folded with other settings than those, it cannot: nothing was written of
// them, and a start reads them again.
func (p *Pipeline) takeOver(r settingsRead) error {
	now := schemas.InstantOf(p.parts.Clock())
	until := now + schemas.Instant(schemas.FutureTolerance.Milliseconds()) + schemas.SettingsSlack
	for _, part := range p.folding() {
		if company, misread := part.state.Misread(r.versions, until); misread {
			read := p.readAt
			p.readAt = 0 // also if this is the end anyway, nothing more is written
			return fmt.Errorf("take over settings: events of company %q may have been counted in another zone or by other business hours than those that were recorded for them after the settings were read at %s; "+
				"the next start counts again what is not written", company, read)
		}
	}
	p.settings.Versions, p.readAt = r.versions, r.at
	for _, part := range p.folding() {
		part.state.SetVersions(r.versions)
	}
	waiting := p.unsettled
	p.unsettled = nil
	for _, l := range waiting {
		if err := p.begin(l); err != nil {
			return err
		}
	}
	return nil
}
