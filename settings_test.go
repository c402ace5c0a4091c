//go:build embedded

package main

import (
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
)

// A company that gets another zone is counted in it from its next midnight on: the day that runs keeps its name and its beginning, and
// goes on for as long as the new zone still has that date or an earlier one; a date that is over there is no day. No moment is in two
// days or in none, and one day is today. Who starts again with the same finds that it is recorded.
func TestStartWithAnotherZone(t *testing.T) {
	f := func(before, after string) {
		t.Helper()
		p := newProcess(t, "log: {level: warn}\n")
		const calendar = "SELECT toString(company_day) AS day, zone, toUnixTimestamp64Milli(from_utc) AS from, toUnixTimestamp64Milli(to_utc) AS to FROM days WHERE company = 'acme' ORDER BY from_utc"
		begin := func(zone string) []map[string]any {
			t.Helper()
			p.extra = []string{"FLOORWATCH_FLOOR_ZONES={acme: " + zone + "}"}
			p.start()
			p.until("the calendar has days of "+zone, func() (bool, string) {
				n := p.number("SELECT count() FROM days WHERE zone = '" + zone + "'")
				return n > 5, strconv.Itoa(n)
			})
			return p.query(calendar)
		}
		counted, last := begin(before), 0
		if counted[0]["to"].(float64) < float64(schemas.InstantOf(time.Now())+schemas.SettingsLead+60_000) {
			last = 1 // this midnight is too near
		}
		p.signal(syscall.SIGTERM)
		for _, warned := range []bool{true, false} {
			days := begin(after)
			if got := strings.Contains(p.output.String(), "in another zone or by other business hours from its next midnight on"); got != warned {
				t.Errorf("warned: %t, want %t\n%s", got, warned, p.output)
			}
			versions := p.query("SELECT zone, toUnixTimestamp64Milli(effective_from) AS from FROM settings FINAL WHERE company = 'acme' ORDER BY effective_from")
			if len(versions) != 2 || versions[0]["zone"] != before || versions[1]["zone"] != after || versions[1]["from"] != counted[last]["to"] {
				t.Fatalf("recorded %v, the day ends at %v", versions, counted[last]["to"])
			}
			if was, is := counted[last], days[last]; is["day"] != was["day"] || is["zone"] != before || is["from"] != was["from"] || is["to"].(float64) < was["to"].(float64) {
				t.Errorf("the day was %v and is %v", was, is)
			}
			for i := 1; i < len(days); i++ {
				if days[i]["from"] != days[i-1]["to"] || (days[i]["zone"] == after) != (i > last) {
					t.Errorf("after %v comes %v", days[i-1], days[i])
				}
			}
			if n := p.number("SELECT countIf(is_today) FROM days WHERE company = 'acme'"); n != 1 {
				t.Errorf("%d days are today", n)
			}
			p.signal(syscall.SIGTERM)
		}
	}
	f("Pacific/Kiritimati", "Pacific/Pago_Pago") // a day behind
	f("Pacific/Pago_Pago", "Pacific/Kiritimati") // a day ahead
	f("Europe/Berlin", "Asia/Tokyo")
}
