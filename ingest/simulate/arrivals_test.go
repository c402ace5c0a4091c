package simulate

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/floorwatch/floorwatch/schemas"
)

// begins gives the instants at which conversations of one company day begin.
func begins(c *company, day schemas.Day) (instants []schemas.Instant) {
	role := newArrivals(c, day)
	self := &actor{wake: day.From}
	for more := true; more; {
		var stage stage
		more = role.play(self, &stage)
		for _, conversation := range stage.actors {
			instants = append(instants, conversation.wake)
		}
	}
	return instants
}

func berlin(t *testing.T, rate float64) *company {
	t.Helper()
	config := DefaultConfig()
	config.Rate, config.Companies = rate, config.Companies[:1]
	return simulation(t, config).companies[0]
}

func date(t *testing.T, text string) schemas.Date {
	t.Helper()
	date, err := schemas.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return date
}

// Over ten weeks: the rate is what was asked for, Mondays have 12 % more, and the hours have the measured shape.
func TestLoad(t *testing.T) {
	c := berlin(t, 200)
	var weekdays [7]int
	var hours [24]int
	busy := 0
	monday := date(t, "2025-05-05")
	const weeks = 10
	for n := range weeks * 7 {
		today, _ := c.calendar.On(monday.AddDays(n))
		instants := begins(c, today)
		weekdays[(n+1)%7] += len(instants)
		for _, at := range instants {
			number := localHour(c.calendar.Hour(at))
			if n%7 >= 1 && n%7 <= 4 {
				hours[number]++
				if number >= 7 && number < 22 {
					busy++
				}
			}
		}
	}
	within := func(name string, got, want, tolerance float64) {
		t.Helper()
		if got < want*(1-tolerance) || got > want*(1+tolerance) {
			t.Errorf("%s: %.3f, want %.3f ± %.0f %%", name, got, want, 100*tolerance)
		}
	}
	ordinary := float64(weekdays[2]+weekdays[3]+weekdays[4]+weekdays[5]) / 4
	within("Mondays", float64(weekdays[1])/ordinary, 1.12, 0.035)
	within("Saturdays", float64(weekdays[6])/ordinary, 0.65, 0.05)
	within("Sundays", float64(weekdays[0])/ordinary, 0.55, 0.05)
	// Bursts add 3 % on top of the rate, the spread of the load 1 %.
	within("conversations per hour", float64(busy)/(4*weeks*15), 200*1.04, 0.03)
	for number := 7; number < 21; number++ {
		within("hour", float64(hours[number])/float64(busy), hourShape[number]/(busyMean*15), 0.08)
	}
	if night := hours[2] + hours[3]; night == 0 || night > hours[10]/10 {
		t.Errorf("%d begin from 02 to 04, %d from 10 to 11", night, hours[10])
	}
}

// No two days are alike.
func TestDaysDiffer(t *testing.T) {
	c := berlin(t, 200)
	first := c.calendar.Day(tuesday)
	second := c.calendar.Day(tuesday + 7*day)
	instants, later := begins(c, first), begins(c, second)
	same := 0
	for i := range min(len(instants), len(later)) {
		if later[i]-second.From == instants[i]-first.From {
			same++
		}
	}
	if same > 2 {
		t.Errorf("%d of %d conversations begin at the same time a week later", same, len(instants))
	}
}

// Five minutes are now and then far busier than those around them.
func TestBursts(t *testing.T) {
	c := berlin(t, 2000)
	high, ordinary := 0, 0
	for n := range 20 {
		today, _ := c.calendar.On(date(t, "2025-11-18").AddDays(n))
		counts := map[schemas.Instant]int{}
		for _, at := range begins(c, today) {
			counts[at-at%slot]++
		}
		for at, count := range counts {
			mean := c.expected(today, at) / 12
			if mean > 50 {
				if float64(count) > 1.75*mean {
					high++
				} else {
					ordinary++
				}
			}
		}
	}
	if share := float64(high) / float64(high+ordinary); share < 0.005 || share > 0.05 {
		t.Errorf("%.1f %% of the five minutes are bursts, want about 2 %%", 100*share)
	}
}

// When clocks change, the day's hours have their load by the local clock, the repeated one twice, the skipped one not at all.
func TestClockChange(t *testing.T) {
	c := berlin(t, 20000)
	for text, want := range map[string]map[string]bool{
		"2025-10-26": {"02 +02:00": true, "02 +01:00": true, "02": false, "03": true, "23": true},
		"2025-03-30": {"02": false, "01": true, "03": true, "23": true},
	} {
		today, _ := c.calendar.On(date(t, text))
		counts := map[string]int{}
		last := today.From
		for _, at := range begins(c, today) {
			if at < last || !today.Contains(at) {
				t.Fatalf("%s: %v is out of order or not of the day", text, at)
			}
			last = at
			counts[c.calendar.Hour(at).Label]++
		}
		got := map[string]bool{}
		for label := range want {
			got[label] = counts[label] > 0
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: hours with arrivals (-want +got):\n%s", text, diff)
		}
		if ratio := float64(counts["07"]) / float64(counts["06"]); ratio < 3 || ratio > 10 {
			t.Errorf("%s: the morning does not begin at 07: %d at 06, %d at 07", text, counts["06"], counts["07"])
		}
		// Whoever begins at half past eight does so by the clock on the wall.
		if at := c.localTime(today, 8*60+30); c.calendar.Hour(at).Label != "08" || (at-c.calendar.Hour(at).Start) != 30*minute {
			t.Errorf("%s: 08:30 is %v", text, at)
		}
	}
}

// Shifts: lunch, breaks, an end, at times a browser that dies, heartbeats every 30 s, and always a few people about.
func TestShifts(t *testing.T) {
	c := berlin(t, 100)
	labels, deaths, shifts, off, nobody := map[string]int{}, 0, 0, 0, 0
	for n := range 28 {
		today, _ := c.calendar.On(date(t, "2025-10-13").AddDays(n))
		for agent, s := range c.shifts(today) {
			if !s.works() {
				off++
				continue
			}
			shifts++
			if length := s.to - s.from; length > 11*hour || s.from < today.From {
				t.Errorf("agent %d works from %v to %v", agent, s.from, s.to)
			}
			last := s.changes[0]
			for _, change := range s.changes[1:] {
				if change.at <= last.at || change.at > s.to || change.presence == last.presence {
					t.Errorf("agent %d: %v after %v", agent, change, last)
				}
				labels[change.label]++
				last = change
			}
			if last.presence != schemas.PresenceOffline {
				deaths++
				if !c.agents[agent].beats {
					t.Errorf("agent %d goes without a word and never sent a heartbeat", agent)
				}
			}
		}
		for local := 8; local < 21; local++ {
			working := 0
			working += c.rosterAt(c.localTime(today, local*60)).staffed
			if working == 0 {
				nobody++
			}
		}
	}
	if nobody > 28*13/50 {
		t.Errorf("nobody is there in %d of %d hours", nobody, 28*13)
	}
	if off*7 < shifts || off > shifts || deaths == 0 || deaths*10 > shifts || labels["lunch"]*4 < shifts*3 || labels["training"] == 0 {
		t.Errorf("%d shifts, %d days off, %d deaths, labels %v", shifts, off, deaths, labels)
	}
}

func TestHeartbeats(t *testing.T) {
	s := simulation(t, DefaultConfig())
	last := map[string]schemas.Instant{}
	online := map[string]bool{}
	beats := 0
	for event := range s.Events(tuesday, tuesday+day) {
		key := event.Company + event.Agent + event.Device
		switch event.Action {
		case schemas.ActionHeartbeat:
			beats++
			if at, ok := last[key]; ok && online[key] && event.OccurredAt-at != heartbeat {
				t.Errorf("%v: %s sends a heartbeat after %d ms", event.OccurredAt, key, event.OccurredAt-at)
			}
			last[key] = event.OccurredAt
		case schemas.ActionStatusChanged:
			if event.Presence == schemas.PresenceOffline {
				delete(last, key)
			}
			online[key] = event.Presence != schemas.PresenceOffline
		}
	}
	if beats == 0 {
		t.Error("no heartbeats")
	}
}
