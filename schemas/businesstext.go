package schemas

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

const oneMinute = 60 * oneSecond

var weekdays = [7]string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}

// ParseBusinessHours reads business hours from one text, the week and after a semicolon the holidays, both as [NewBusinessHours] takes
// them: "Mon-Fri 09:00-17:00, Sat 10:00-14:00; 2026-12-24 09:00-12:00, 2026-12-25". An empty text is no business hours.
func ParseBusinessHours(text string) (BusinessHours, error) {
	week, list, some := strings.Cut(text, ";")
	var holidays []string
	if some {
		holidays = strings.Split(list, ",")
	}
	return NewBusinessHours(week, holidays)
}

// NewBusinessHours reads business hours from a week and holidays.
//
// The week is a list such as "Mon-Fri 09:00-12:00 13:00-17:00, Sat 10:00-14:00": a day or days (Sun-Thu, too), then the intervals in which
// is worked, without commas and in order. They are local time in hours and minutes, the end not included, at most 24:00; one over
// midnight is written in two parts. Each day comes once, and a day that is not there is closed; around the clock is "Mon-Sun 00:00-24:00".
//
// A holiday is a date, which is closed, or a date with its own intervals, as "2026-12-24 09:00-12:00"; their order does not matter. An
// empty week without holidays is no business hours. The error tells the part that is wrong and how to write it.
func NewBusinessHours(week string, holidays []string) (BusinessHours, error) {
	var h BusinessHours
	if week == "" && len(holidays) == 0 {
		return h, nil
	}
	if err := h.parseWeek(week); err != nil {
		return BusinessHours{}, fmt.Errorf("parse business hours: week: %w", err)
	}
	if err := h.parseHolidays(holidays); err != nil {
		return BusinessHours{}, fmt.Errorf("parse business hours: holidays: %w", err)
	}
	h.total()
	return h, nil
}

func (h *BusinessHours) parseWeek(text string) error {
	if strings.TrimSpace(text) == "" {
		return errors.New("there is no working day; write some, such as Mon-Fri 09:00-17:00, or Mon-Sun 00:00-24:00 for around the clock")
	}
	for _, entry := range strings.Split(text, ",") {
		days, rest := cutWord(entry)
		first, last, ok := parseWeekdays(days)
		if !ok {
			return fmt.Errorf("%.60q: %.30q is not a day; begin with a day or days such as Mon or Mon-Fri, then the intervals without commas: Mon-Fri 09:00-12:00 13:00-17:00",
				strings.TrimSpace(entry), days)
		}
		open, err := parseIntervals(rest)
		if err == nil && len(open) == 0 {
			err = fmt.Errorf("no interval; write %s 09:00-17:00, or leave out a day that is closed", days)
		}
		if err != nil {
			return fmt.Errorf("%.60q: %w", strings.TrimSpace(entry), err)
		}
		for day := first; ; day = (day + 1) % len(weekdays) {
			if h.week[day].open != nil {
				return fmt.Errorf("%.60q: %s is there twice; write a day once, with all its intervals", strings.TrimSpace(entry), weekdays[day])
			}
			h.week[day].open = open
			if day == last {
				break
			}
		}
	}
	return nil
}

// parseWeekdays reads a day or two different ones with a hyphen.
func parseWeekdays(text string) (first, last int, ok bool) {
	from, to, isRange := strings.Cut(text, "-")
	first = slices.Index(weekdays[:], from)
	if !isRange {
		return first, first, first >= 0
	}
	last = slices.Index(weekdays[:], to)
	return first, last, first >= 0 && last >= 0 && first != last
}

func (h *BusinessHours) parseHolidays(texts []string) error {
	for _, text := range texts {
		on, rest := cutWord(text)
		date, err := ParseDate(on)
		if err != nil {
			return fmt.Errorf("%.60q: %.30q is not a date; write 2026-12-25, or 2026-12-24 09:00-12:00 for one that is not closed all day",
				strings.TrimSpace(text), on)
		}
		open, err := parseIntervals(rest)
		if err != nil {
			return fmt.Errorf("%.60q: %w", strings.TrimSpace(text), err)
		}
		h.holidays = append(h.holidays, holiday{date: date, open: open})
	}
	slices.SortFunc(h.holidays, func(a, b holiday) int { return cmp.Compare(a.date, b.date) })
	for i := 1; i < len(h.holidays); i++ {
		if h.holidays[i].date == h.holidays[i-1].date {
			return fmt.Errorf("%s is there twice; write a date once, with all its intervals", h.holidays[i].date)
		}
	}
	return nil
}

// parseIntervals reads intervals with spaces between them; none is nil.
func parseIntervals(text string) ([]interval, error) {
	var open []interval
	for _, word := range strings.Fields(text) {
		begin, end, ok := strings.Cut(word, "-")
		if !ok {
			return nil, fmt.Errorf("%.30q is not an interval; write one as 09:00-17:00, without spaces, and nothing for closed", word)
		}
		from, err := parseTimeOfDay(begin)
		if err != nil {
			return nil, err
		}
		to, err := parseTimeOfDay(end)
		if err != nil {
			return nil, err
		}
		if to <= from {
			return nil, fmt.Errorf("%q does not end after it begins; write one over midnight in two parts, up to 24:00 and from 00:00 on the next day", word)
		}
		if len(open) > 0 && from <= open[len(open)-1].to {
			return nil, fmt.Errorf("%q begins before or when the interval before it ends; write them in order, and as one if they touch", word)
		}
		open = append(open, interval{from: from, to: to})
	}
	return open, nil
}

func parseTimeOfDay(text string) (Instant, error) {
	wrong := fmt.Errorf("%.30q is not a time; write one as 09:00, from 00:00 to 24:00", text)
	if len(text) != len("09:00") || text[2] != ':' {
		return 0, wrong
	}
	for _, i := range []int{0, 1, 3, 4} {
		if text[i] < '0' || text[i] > '9' {
			return 0, wrong
		}
	}
	hours, minutes := Instant(text[0]-'0')*10+Instant(text[1]-'0'), Instant(text[3]-'0')*10+Instant(text[4]-'0')
	ofDay := hours*oneHour + minutes*oneMinute
	if minutes > 59 || ofDay > oneDay {
		return 0, wrong
	}
	return ofDay, nil
}

// cutWord returns the first word and what follows it, both "" if there is none.
func cutWord(text string) (word, rest string) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return "", ""
	}
	return words[0], strings.Join(words[1:], " ")
}

// intervalsText returns each interval with a space before it.
func intervalsText(open []interval) string {
	var text strings.Builder
	for _, part := range open {
		fmt.Fprintf(&text, " %02d:%02d-%02d:%02d", part.from/oneHour, part.from%oneHour/oneMinute, part.to/oneHour, part.to%oneHour/oneMinute)
	}
	return text.String()
}
