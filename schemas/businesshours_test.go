package schemas

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func businessHours(t interface{ Fatal(...any) }, text string) BusinessHours {
	h, err := ParseBusinessHours(text)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestBusinessHoursText(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		h, err := ParseBusinessHours(text)
		if err != nil || h.String() != want {
			t.Errorf("%q = %q, %v, want %q", text, h, err, want)
		}
		if h.IsZero() != (want == "") {
			t.Errorf("%q: IsZero = %t", text, h.IsZero())
		}
	}
	f("", "")
	f("Mon-Fri 09:00-17:00, Sat 10:00-14:00; 2026-12-24 09:00-12:00, 2026-12-25", "Mon-Fri 09:00-17:00, Sat 10:00-14:00; 2026-12-24 09:00-12:00, 2026-12-25")
	f("Mon-Sun 00:00-24:00", "Mon-Sun 00:00-24:00")
	f("Sun-Sat 00:00-24:00", "Mon-Sun 00:00-24:00")
	f("Sun-Thu 09:00-17:00", "Mon-Thu 09:00-17:00, Sun 09:00-17:00")
	f("Fri 09:00-17:00,Tue 09:00-17:00,\n Mon 09:00-17:00", "Mon-Tue 09:00-17:00, Fri 09:00-17:00")
	f("Mon  09:00-12:00  13:00-17:00 , Tue 09:00-12:00;2026-12-25 , 2026-12-24", "Mon 09:00-12:00 13:00-17:00, Tue 09:00-12:00; 2026-12-24, 2026-12-25")
	f("Mon 22:00-24:00, Tue 00:00-06:00; 2024-02-29 00:00-00:01 23:59-24:00", "Mon 22:00-24:00, Tue 00:00-06:00; 2024-02-29 00:00-00:01 23:59-24:00")
}

func TestBusinessHoursFromConfiguration(t *testing.T) {
	h, err := NewBusinessHours("Mon-Fri 09:00-17:00, Sat 10:00-14:00", []string{"2026-12-24 09:00-12:00", "2026-12-25"})
	if want := "Mon-Fri 09:00-17:00, Sat 10:00-14:00; 2026-12-24 09:00-12:00, 2026-12-25"; err != nil || h.String() != want {
		t.Errorf("%q, %v, want %q", h, err, want)
	}
}

// Each error tells which part is wrong and how to write it.
func TestBusinessHoursErrors(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		h, err := ParseBusinessHours(text)
		if err == nil || !h.IsZero() || !strings.HasPrefix(err.Error(), "parse business hours: ") {
			t.Fatalf("%q = %q, %v", text, h, err)
		}
		for _, part := range want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q: %v, want %s", text, err, part)
			}
		}
	}
	// V39 and the limits of metrics: no working day.
	f("; 2026-12-25", "week: there is no working day; write some")
	f("; 2026-12-24 09:00-12:00", "week: there is no working day")
	f(" ", "week: there is no working day")
	f("Mon-Fri", `week: "Mon-Fri": no interval; write Mon-Fri 09:00-17:00`)
	f("Mon-Fri 09:00-17:00, Sat closed", `"Sat closed": "closed" is not an interval`, "nothing for closed")

	f("Mon-Fri 09:00-17:00,", `week: "": "" is not a day`)
	f("Monday 09:00-17:00", `"Monday" is not a day`, "such as Mon or Mon-Fri")
	f("mon 09:00-17:00", `"mon" is not a day`)
	f("Mon-Mon 09:00-17:00", `"Mon-Mon" is not a day`)
	f("Mon- 09:00-17:00", `"Mon-" is not a day`)
	f("Mon-Fri-Sun 09:00-17:00", `"Mon-Fri-Sun" is not a day`)
	f("Mon-Fri 09:00-12:00, 13:00-17:00", `"13:00-17:00" is not a day`, "without commas: Mon-Fri 09:00-12:00 13:00-17:00")
	f("Mon-Fri 09:00-17:00, 2026-12-25", `"2026-12-25" is not a day`)
	f("Mon-Fri 09:00-17:00, Fri 18:00-19:00", `"Fri 18:00-19:00": Fri is there twice`)
	f("Sat-Mon 09:00-17:00, Mon-Fri 09:00-17:00", "Mon is there twice")

	f("Mon 9:00-17:00", `"Mon 9:00-17:00": "9:00" is not a time; write one as 09:00`)
	for _, wrong := range []string{"09.00", "24:01", "25:00", "09:60", "+9:00", "0900", "", "09:00:00", "９:00", "0a:00", "09:0 "} {
		f("Mon 08:00-"+wrong, fmt.Sprintf("%q is not a time", strings.TrimSpace(wrong)))
	}
	f("Mon 09:00 - 17:00", `"09:00" is not an interval; write one as 09:00-17:00, without spaces`)
	f("Mon 09:00–17:00", `"09:00–17:00" is not an interval`)
	f("Mon 09:00-12:00-17:00", `"12:00-17:00" is not a time`)
	f("Mon 22:00-06:00", `"22:00-06:00" does not end after it begins`, "in two parts")
	f("Mon 09:00-09:00", `"09:00-09:00" does not end`)
	f("Mon 24:00-24:00", `"24:00-24:00" does not end`)
	f("Mon 09:00-12:00 11:59-17:00", `"11:59-17:00" begins before or when`)
	f("Mon 09:00-12:00 12:00-17:00", `"12:00-17:00" begins before or when`, "as one if they touch")
	f("Mon 13:00-17:00 09:00-12:00", `"09:00-12:00" begins before or when`, "in order")

	f("Mon 09:00-17:00;", `holidays: "": "" is not a date`)
	f("Mon 09:00-17:00; 2026-02-29", `holidays: "2026-02-29": "2026-02-29" is not a date`, "write 2026-12-25")
	f("Mon 09:00-17:00; 25.12.2026", `"25.12.2026" is not a date`)
	f("Mon 09:00-17:00; 2026-12-25; 2026-12-26", `"2026-12-25;" is not a date`)
	f("Mon 09:00-17:00; 2026-12-25, 2026-12-24, 2026-12-25 10:00-11:00", "holidays: 2026-12-25 is there twice")
	f("Mon 09:00-17:00; 2026-12-24 09:00-8:00", `holidays: "2026-12-24 09:00-8:00": "8:00" is not a time`)
	f(strings.Repeat("x", 100_000), `"xxx`)
	if _, err := ParseBusinessHours(strings.Repeat("\u2028x", 100_000)); len(err.Error()) > 1000 {
		t.Errorf("an error of %d bytes", len(err.Error()))
	}
}

// spans are minutes of a day, as pairs of begin and end.
type spans [][2]int

// drawnHours are business hours as a test makes them up.
type drawnHours struct {
	week     [7]spans // from Sunday on, as package time has it
	holidays map[string]spans
}

func (s spans) String() string {
	text := ""
	for _, pair := range s {
		text += fmt.Sprintf(" %02d:%02d-%02d:%02d", pair[0]/60, pair[0]%60, pair[1]/60, pair[1]%60)
	}
	return text
}

// text writes each day on its own, in another order than the canonical one.
func (d drawnHours) text() string {
	var days, holidays []string
	for i, name := range []string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"} {
		if len(d.week[i]) > 0 {
			days = append(days, name+d.week[i].String())
		}
	}
	for date, open := range d.holidays {
		holidays = append(holidays, " "+date+open.String())
	}
	text := strings.Join(days, ",")
	if len(holidays) > 0 {
		text += ";" + strings.Join(holidays, ",")
	}
	return text
}

func drawSpans(t *rapid.T, least int) spans {
	often := rapid.SampledFrom([]int{0, 1, 30, 60, 90, 120, 150, 180, 540, 1020, 1380, 1439, 1440})
	times := rapid.SliceOfNDistinct(rapid.OneOf(often, rapid.IntRange(0, 1440)), 2*least, 6, rapid.ID[int]).Draw(t, "times")
	slices.Sort(times)
	var open spans
	for i := 0; i+1 < len(times); i += 2 {
		open = append(open, [2]int{times[i], times[i+1]})
	}
	return open
}

// drawHours makes up hours with holidays among some dates.
func drawHours(t *rapid.T, dates []string) drawnHours {
	d := drawnHours{holidays: map[string]spans{}}
	for i := range d.week {
		d.week[i] = drawSpans(t, 0)
	}
	i := rapid.IntRange(0, 6).Draw(t, "surely open")
	d.week[i] = drawSpans(t, 1)
	for _, date := range rapid.SliceOfDistinct(rapid.SampledFrom(dates), rapid.ID[string]).Draw(t, "holidays") {
		d.holidays[date] = drawSpans(t, 0)
	}
	return d
}

func TestBusinessHoursTextIsCanonical(t *testing.T) {
	dates := []string{"2026-12-24", "2026-12-25", "2026-12-26", "2024-02-29", "1999-12-31", "0000-01-01", "9999-12-31"}
	rapid.Check(t, func(t *rapid.T) {
		drawn := drawHours(t, dates)
		h := businessHours(t, drawn.text())
		again := businessHours(t, h.String())
		if !reflect.DeepEqual(h, again) || again.String() != h.String() {
			t.Fatalf("%q is %q, which is %q", drawn.text(), h, again)
		}
		for i, open := range drawn.week {
			if got := intervalsText(h.week[(i+6)%7].open); got != open.String() {
				t.Fatalf("%q: day %d is%s", drawn.text(), i, got)
			}
		}
		for _, day := range h.holidays {
			if open, ok := drawn.holidays[day.date.String()]; !ok || intervalsText(day.open) != open.String() {
				t.Fatalf("%q: holiday %s is%s", drawn.text(), day.date, intervalsText(day.open))
			}
		}
		if len(h.holidays) != len(drawn.holidays) {
			t.Fatalf("%q: %d holidays, want %v", drawn.text(), len(h.holidays), slices.Sorted(maps.Keys(drawn.holidays)))
		}
	})
}

// FuzzParseBusinessHours: whatever the text is, there is an error, or hours that can be written, read again, and calculated with.
func FuzzParseBusinessHours(f *testing.F) {
	f.Add("Mon-Fri 09:00-17:00, Sat 10:00-14:00; 2026-12-24 09:00-12:00, 2026-12-25")
	f.Add("Sun-Thu 00:00-24:00")
	f.Add("Mon 09:00-12:00 13:00-17:00;9999-12-31,0000-01-01 00:00-00:01")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := ParseBusinessHours(text)
		if err != nil {
			if !h.IsZero() || len(err.Error()) > 1000 {
				t.Fatalf("%q: %q, %v", text, h, err)
			}
			return
		}
		again, err := ParseBusinessHours(h.String())
		if err != nil || !reflect.DeepEqual(h, again) {
			t.Fatalf("%q is %q, which is %q, %v", text, h, again, err)
		}
		if h.IsZero() != (text == "") || h.perWeek < 0 || h.perWeek > 7*oneDay {
			t.Fatalf("%q works %d ms a week", text, h.perWeek)
		}
	})
}
