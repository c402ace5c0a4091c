package scenariotest

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// reader reads a story line by line.
type reader struct {
	story    Story
	date     schemas.Date // of times that follow
	teams    schemas.TeamHours
	messages map[string]int // per conversation, to number unnamed ones
	events   int
}

// line reads a setting, an event or an expectation.
func (r *reader) line(words []string, step *Step) (err error) {
	switch words[0] {
	case "zone":
		r.story.Versions[0].Zone = words[1]
		r.story.Location, err = schemas.LoadZone(words[1])
	case "hours":
		first := &r.story.Versions[0]
		if words[1] == "of" {
			r.teams[words[2]], err = hours(words[3:])
			first.TeamHours = r.teams.String()
		} else {
			first.Hours, err = hours(words[1:])
		}
	case "from":
		err = r.change(words[1], words[3:])
	case "date":
		r.date, err = schemas.ParseDate(words[1])
	case "episode", "reply", "hold", "day", "agent", "span", "now", "no", "result", "spread", "deadline", "calendar", "concurrency", "messages":
		step.Expect, err = r.expectation(words)
	default:
		step.Event, err = r.event(words)
	}
	return err
}

// hours reads what stands behind "hours": a week, and holidays after a semicolon.
func hours(words []string) (string, error) {
	week, list, some := strings.Cut(strings.Join(words, " "), ";")
	var holidays []string
	if some {
		holidays = strings.Split(list, ",")
	}
	read, err := schemas.NewBusinessHours(week, holidays)
	if err != nil {
		return "", err
	}
	return read.String(), nil
}

// change gives the company other hours from the beginning of a day on.
func (r *reader) change(day string, words []string) error {
	date, err := schemas.ParseDate(day)
	if err != nil {
		return err
	}
	text, err := hours(words)
	if err != nil {
		return err
	}
	zone := r.story.Versions[0].Zone
	calendar, err := schemas.NewCalendar(zone)
	if err != nil {
		return err
	}
	from, _ := calendar.On(date)
	r.story.Versions = append(r.story.Versions,
		schemas.SettingsVersion{Company: Company, EffectiveFrom: from.From, Zone: zone, Hours: text, RecordedAt: from.From - schemas.SettingsLead})
	return nil
}

// instant reads 09:30, 09:30:15.250, 00:30Z (UTC) or a plain number of seconds since the date's 00:00.
func (r *reader) instant(text string) (schemas.Instant, error) {
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		return schemas.InstantOf(r.date.Time()) + schemas.Instant(seconds*1000), nil
	}
	location := r.story.Location
	if clock, utc := strings.CutSuffix(text, "Z"); utc {
		text, location = clock, time.UTC
	}
	for _, layout := range []string{"15:04", "15:04:05", "15:04:05.000"} {
		if clock, err := time.Parse(layout, text); err == nil {
			day := r.date.Time()
			return schemas.InstantOf(time.Date(day.Year(), day.Month(), day.Day(), clock.Hour(), clock.Minute(), clock.Second(), clock.Nanosecond(), location)), nil
		}
	}
	return 0, fmt.Errorf("no time: %q", text)
}
