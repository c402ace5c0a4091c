package schemas

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// A change of settings is recorded so far ahead that no instance has written a row with an event of the time after it before it has read
// of the change: an instance writes no new rows when it has not read settings for longer than SettingsPatience, events may be ahead of the
// log by FutureTolerance, and SettingsSlack is for clocks of instances that differ and for what recording takes. All are milliseconds.
const (
	SettingsPatience = Instant(10 * time.Minute / time.Millisecond)
	SettingsSlack    = Instant(5 * time.Minute / time.Millisecond)
	SettingsLead     = SettingsPatience + SettingsSlack + Instant(FutureTolerance/time.Millisecond)
)

// SettingsVersion is what the fold reads beside events, for one company from an instant on. It is never changed once recorded.
// Of two versions of one company and instant the one recorded first holds.
type SettingsVersion struct {
	Company       string  // "": of all companies without versions of their own
	EffectiveFrom Instant // of a company's first version: not read, it holds from the beginning
	Zone          string  // IANA zone
	Hours         string  // business hours as [BusinessHours.String] writes them; "": none, all time counts
	TeamHours     string  // those of teams that have their own, as [TeamHours.String] writes them
	RecordedAt    Instant
}

// CompanySettings are those that a company gets as versions.
type CompanySettings struct {
	Zone      string // IANA zone
	Hours     string // as in [SettingsVersion]
	TeamHours string // likewise
}

// SettingsPeriod is settings that a company has from an instant on, until the next ones.
type SettingsPeriod struct {
	From Instant // of a company's first ones: not read, they hold from the beginning
	CompanySettings
}

// PeriodsOf returns the settings of a company in order of time, those of "" if it has none of its own; nil if there are none either. It
// tells when the newest version that they come from was recorded: that never goes back, since what a company gets of its own is recorded
// later than what it had of "".
func PeriodsOf(versions []SettingsVersion, company string) (periods []SettingsPeriod, recordedAt Instant) {
	own := versionsOf(versions, company)
	if len(own) == 0 {
		own = versionsOf(versions, "")
	}
	for _, v := range own {
		recordedAt = max(recordedAt, v.RecordedAt)
	}
	return periodsOf(own), recordedAt
}

// DifferFrom returns the first instant at which two lists of settings, both in order of time, are not the same, and false if they are the
// same at all times.
func DifferFrom(a, b []SettingsPeriod) (from Instant, differ bool) {
	for i := range max(len(a), len(b)) {
		same := i < len(a) && i < len(b) && a[i].CompanySettings == b[i].CompanySettings
		switch {
		case same && (i == 0 || a[i].From == b[i].From):
			continue
		case i == 0:
			return math.MinInt64, true // the first ones hold from the beginning
		}
		from = math.MaxInt64
		for _, periods := range [][]SettingsPeriod{a, b} {
			if i < len(periods) {
				from = min(from, periods[i].From)
			}
		}
		return from, true
	}
	return 0, false
}

// zonesOf returns the zones in order of time. Where only the hours change, the zone goes on.
func zonesOf(periods []SettingsPeriod) []ZonePeriod {
	var zones []ZonePeriod
	for i, period := range periods {
		if i == 0 || period.Zone != periods[i-1].Zone {
			zones = append(zones, ZonePeriod{From: period.From, Zone: period.Zone})
		}
	}
	return zones
}

// versionsOf returns a company's versions in order of time, each instant once.
func versionsOf(versions []SettingsVersion, company string) []SettingsVersion {
	var own []SettingsVersion
	for _, v := range versions {
		if v.Company == company {
			own = append(own, v)
		}
	}
	slices.SortFunc(own, func(a, b SettingsVersion) int {
		return cmp.Or(cmp.Compare(a.EffectiveFrom, b.EffectiveFrom), cmp.Compare(a.RecordedAt, b.RecordedAt), cmp.Compare(a.Zone, b.Zone),
			cmp.Compare(a.Hours, b.Hours), cmp.Compare(a.TeamHours, b.TeamHours))
	})
	return slices.CompactFunc(own, func(a, b SettingsVersion) bool { return a.EffectiveFrom == b.EffectiveFrom })
}

// upTo returns the versions that are in force at an instant or before it, of all in order of time: always the first.
func upTo(own []SettingsVersion, until Instant) []SettingsVersion {
	for i := 1; i < len(own); i++ {
		if own[i].EffectiveFrom > until {
			return own[:i]
		}
	}
	return own
}

func periodsOf(own []SettingsVersion) []SettingsPeriod {
	var periods []SettingsPeriod
	for _, v := range own {
		periods = append(periods, SettingsPeriod{From: v.EffectiveFrom, CompanySettings: v.settings()})
	}
	return periods
}

func (v SettingsVersion) settings() CompanySettings {
	return CompanySettings{Zone: v.Zone, Hours: v.Hours, TeamHours: v.TeamHours}
}

// EffectiveFrom returns when a change of settings made now takes effect: the next midnight of the zone that the company has, at least
// SettingsLead ahead. The errors are those of [LoadZone].
func EffectiveFrom(now Instant, zone string) (Instant, error) {
	calendar, err := NewCalendar(zone)
	if err != nil {
		return 0, err
	}
	return nextMidnight(calendar, now+SettingsLead), nil
}

// nextMidnight returns the first end of a day at or after an instant.
func nextMidnight(calendar *Calendar, at Instant) Instant { return calendar.Day(at - 1).To }

// SettingsHash returns a hash of the versions in force up to and including an instant, and of other settings as texts. The order of
// the texts counts, the order of the versions does not. A company whose versions up to then are those of "" counts as one without:
// [PlanSettings] copies them, and that changes nothing. What was recorded later than SettingsLead before the instant does not count
// yet: whoever writes a position may not have read it. It is not in force yet either, or it is the first version of a company.
func SettingsHash(versions []SettingsVersion, until Instant, others ...string) uint64 {
	versions = slices.DeleteFunc(slices.Clone(versions), func(v SettingsVersion) bool { return v.RecordedAt > until-SettingsLead })
	var text []byte
	add := func(part string) {
		text = binary.AppendUvarint(text, uint64(len(part)))
		text = append(text, part...)
	}
	fallback := periodsOf(upTo(versionsOf(versions, ""), until))
	for _, company := range companiesOf(versions, nil) {
		periods := periodsOf(upTo(versionsOf(versions, company), until))
		if company != "" && slices.Equal(periods, fallback) {
			continue
		}
		for _, period := range periods {
			add(company)
			add(strings.TrimRight(period.Zone+" "+period.Hours+" "+period.TeamHours, " ")) // no zone has a space in its name, no hours have a brace
			text = binary.AppendVarint(text, int64(period.From))
		}
	}
	settings := text
	text = binary.AppendUvarint(nil, uint64(len(settings))) // no text of others reads as a version
	text = append(text, settings...)
	for _, other := range others {
		add(other)
	}
	return Hash(text)
}

// companiesOf returns the companies that have versions or are named, sorted.
func companiesOf(versions []SettingsVersion, named map[string]CompanySettings) []string {
	companies := slices.Collect(maps.Keys(named))
	for _, v := range versions {
		companies = append(companies, v.Company)
	}
	slices.Sort(companies)
	return slices.Compact(companies)
}

// PlanSettings returns the versions to record so that companies get the settings of the configuration: those that are named by company,
// and common for all others. Nothing that is stored changes, and days that were counted stay as they are:
//
//   - A company without versions gets its first one, from the beginning; so does "".
//   - A company whose latest zone or hours are others gets a version of all from its next midnight that is at least SettingsLead ahead.
//     If its latest version takes effect at that midnight or later, that one stays and the new one follows at the midnight after it.
//   - A company that is named for the first time and is known, which means that it has rows, was counted as "" says: it gets a
//     copy of those versions of "" that are in force before SettingsLead has passed, then the new settings as above. If none of "" are
//     stored it is not known how it was counted, and it gets a first version.
//   - A company with versions that the configuration names no more keeps them: an instance that was started without the others'
//     configuration changes nothing. To have it counted as common says, name it with those settings.
//
// An error tells which company has a zone that [LoadZone] refuses, or hours that [ParseBusinessHours] does; then nothing is to be recorded.
func PlanSettings(stored []SettingsVersion, named map[string]CompanySettings, common CompanySettings, known map[string]bool, now Instant) ([]SettingsVersion, error) {
	var add []SettingsVersion
	fallback := versionsOf(stored, "")
	companies := append([]string{""}, companiesOf(stored, named)...)
	for _, company := range slices.Compact(companies) {
		wanted, isNamed := named[company]
		if company == "" {
			wanted, isNamed = common, true
		}
		own := versionsOf(stored, company)
		if !isNamed {
			continue
		}
		if len(own) == 0 && known[company] && company != "" {
			for _, v := range upTo(fallback, now+SettingsLead-1) {
				own = append(own, SettingsVersion{Company: company, EffectiveFrom: v.EffectiveFrom, Zone: v.Zone, Hours: v.Hours, TeamHours: v.TeamHours, RecordedAt: now})
			}
			add = append(add, own...)
		}
		next, err := planNext(own, wanted, now)
		if err != nil && company == "" {
			return nil, fmt.Errorf("plan settings of all other companies: %w", err)
		} else if err != nil {
			return nil, fmt.Errorf("plan settings of company %q: %w", company, err)
		}
		for _, v := range next {
			v.Company = company
			add = append(add, v)
		}
	}
	return add, nil
}

// planNext returns the version, if one is needed, that a company gets behind its own, so that it goes over to what is wanted. It names no
// company.
func planNext(own []SettingsVersion, wanted CompanySettings, now Instant) ([]SettingsVersion, error) {
	if len(own) > 0 && own[len(own)-1].settings() == wanted {
		return nil, nil
	}
	if _, err := NewClocks([]SettingsPeriod{{CompanySettings: wanted}}); err != nil {
		return nil, err
	}
	next := SettingsVersion{Zone: wanted.Zone, Hours: wanted.Hours, TeamHours: wanted.TeamHours, RecordedAt: now}
	if len(own) == 0 {
		return []SettingsVersion{next}, nil
	}
	calendar, err := NewVersionedCalendar(zonesOf(periodsOf(own)))
	if err != nil {
		return nil, err
	}
	next.EffectiveFrom = nextMidnight(calendar, max(now+SettingsLead, own[len(own)-1].EffectiveFrom+1))
	return []SettingsVersion{next}, nil
}
