package schemas

import (
	"fmt"
	"slices"
	"time"
)

// Hour is one bar of a day's hourly chart, see [Hours]: the instants Start <= at < End. Start alone identifies it.
type Hour struct {
	Start, End Instant
	Offset     time.Duration // local time minus UTC, the same in the whole bar
	Label      string        // "14", unique within the day
}

// Hours returns the bars of a day in order of time. They cover it without gap or overlap.
//
// A bar ends where the local clock reaches a full hour and where the offset changes, so it has one local hour and one
// offset. Most days have 24 bars. When clocks go forward an hour, one is missing; when they go back, one label comes
// twice. A change that is not of whole hours leaves a shorter bar: in Lord Howe, clocks going forward at 02:00 to
// 02:30 leave a "02" of half an hour, going back at 02:00 to 01:30 adds a second "01" of half an hour.
//
// The label is the local hour, "00" to "23". Where it would come twice in the day, each carries its offset: "02 +02:00",
// then "02 +01:00". An hour of another date, see [DayOf], carries that too: "2010-11-06 23 -03:30". What is left goes by
// the local time at which the bar begins: an hour cut in two by a change and a change back is "10 +01:00", then "10:40:00 +01:00".
func Hours(location *time.Location, today Day) []Hour {
	return clock{{location: location}}.hours(today)
}

func (c clock) hours(today Day) []Hour {
	hours := make([]Hour, 0, 25)
	for at := today.From; at < today.To; {
		offset, until := c.steadyOffset(at, today.To)
		for at < until {
			end := min(until, floorTo(at+offset, oneHour)+oneHour-offset)
			hours = append(hours, Hour{Start: at, End: end, Offset: time.Duration(offset) * time.Millisecond})
			at = end
		}
	}
	labelHours(today.Date, hours)
	return hours
}

// HourOf returns the bar of the day that holds the instant; an instant outside it, the nearest.
func HourOf(location *time.Location, today Day, at Instant) Hour {
	return hourOf(Hours(location, today), at)
}

func hourOf(hours []Hour, at Instant) Hour {
	if len(hours) == 0 {
		return Hour{}
	}
	i, _ := slices.BinarySearchFunc(hours, at, func(h Hour, at Instant) int {
		if h.End <= at {
			return -1
		}
		return 1
	})
	return hours[min(i, len(hours)-1)]
}

func labelHours(date Date, hours []Hour) {
	const names = "000102030405060708091011121314151617181920212223"
	var bars [24]int
	for _, h := range hours {
		_, ofDay := h.local()
		bars[ofDay/oneHour]++
	}
	for i, h := range hours {
		own, ofDay := h.local()
		number := ofDay / oneHour
		label := names[2*number : 2*number+2]
		if bars[number] > 1 {
			if cutBefore(hours[:i], h) {
				label = ofDay.Time().Format("15:04:05.999")
			}
			label += " " + offsetText(h.Offset)
		}
		if own != date {
			label = own.String() + " " + label
		}
		hours[i].Label = label
	}
}

// cutBefore tells whether one of the bars before has the same local hour of the same date, with the same offset.
func cutBefore(before []Hour, h Hour) bool {
	own, ofDay := h.local()
	return slices.ContainsFunc(before, func(b Hour) bool {
		date, start := b.local()
		return b.Offset == h.Offset && date == own && start/oneHour == ofDay/oneHour
	})
}

// local returns the local date of the bar and the local time of day at which it begins.
func (h Hour) local() (date Date, ofDay Instant) {
	at := h.Start + Instant(h.Offset/time.Millisecond)
	midnight := floorTo(at, oneDay)
	return Date(midnight / oneDay), at - midnight
}

func offsetText(offset time.Duration) string {
	sign := '+'
	if offset < 0 {
		sign, offset = '-', -offset
	}
	seconds := int(offset / time.Second)
	text := fmt.Sprintf("%c%02d:%02d", sign, seconds/3600, seconds/60%60)
	if seconds%60 != 0 { // local mean time, before about 1900
		text += fmt.Sprintf(":%02d", seconds%60)
	}
	return text
}
