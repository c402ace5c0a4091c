package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"pgregory.net/rapid"
)

func TestLogLinesAreMasked(t *testing.T) {
	f := func(line, want string) {
		t.Helper()
		if got := string(maskLine([]byte(line))); got != want {
			t.Errorf("%s:\n got %s\nwant %s", line, got, want)
		}
	}
	f(`{"level":"warn","error":"read john.doe@example.com: card 4111 1111 1111 1111","n":4111111111111111}`, `{"level":"warn","error":"read [email]: card [card]","n":4111111111111111}`)
	f(`{"john@example.com":"john@example.com","a":["x","john@example.com"]}`, `{"john@example.com":"[email]","a":["x","[email]"]}`)
	f(`{"error":"say \"john@example.com\" \\","message":"tel. 0171 2345678"}`, `{"error":"say \"[email]\" \\","message":"tel. [phone]"}`)
	f(`{"error":"john\u0040example.com"}`, `{"error":"[email]"}`)
	f(`{"error" : "john@example.com"}`, `{"error" : "[email]"}`)
	f(`{"error":"a\q"}`, `{"error":"[unreadable]"}`)
	f(`{"error":"john@example.com`, `{"error":"[unreadable]"`)
	f(``, ``)
	f("\"", `"[unreadable]"`)
}

// What the service tells every day is not touched: offsets below ten billion, times, addresses, versions, sums.
func TestOrdinaryLogLinesStay(t *testing.T) {
	var plain, masked bytes.Buffer
	at := time.Date(2026, 11, 22, 9, 30, 0, 250e6, time.UTC)
	for i := range 2000 {
		for _, out := range []zerolog.Logger{zerolog.New(&plain), zerolog.New(maskedLines{&masked})} {
			now := at.Add(time.Duration(i) * 1_234_567 * time.Millisecond)
			out.Info().Time("time", now).Int64("offset", int64(i)*4_919_457).Int32("partition", int32(i%48)).Str("address", fmt.Sprintf("10.%d.%d.%d:%d", i%256, i*7%256, i*13%256, 1024+i)).
				Str("from", now.Format("2006-01-02T15:04:05.000Z")).Str("day", now.Format("2006-01-02")).Dur("again_in", time.Duration(i)*time.Millisecond).Msg("settings not read")
			out.Warn().Err(fmt.Errorf("start partition %d: resume topic floorwatch.events.v1: offset %d is before %d, the first that is there; epoch %d", i%48, i*4_919_457, i*4_123_457, i)).
				Str("group", "floorwatch.archive").Str("instance", fmt.Sprintf("floorwatch-%d", i)).Msg("")
			out.Error().Err(fmt.Errorf("insert %d rows into events: read tcp [::1]:%d->[fe80::%x:%d]:8123: i/o timeout", i*37, 30000+i, i, i)).
				Str("version", fmt.Sprintf("v1.%d.%d-0.%s-%012x", i%30, i, now.Format("20060102150405"), i*7_919)).Str("engine", fmt.Sprintf("26.%d.%d-stable.1", i%12, i)).
				Str("zone", "2026f").Msgf("code: %d, message: Memory limit (total) exceeded: would use %d.%02d GiB, maximum: %d.00 GiB", i, i%64, i%100, i%64)
			out.Warn().Str("company", "acme").Str("zone", "Europe/Berlin").Str("hours", "Mon-Fri 09:00-17:00, Sat 10:00-12:00").
				Uint32("bytes", uint32(i)*65536).Msgf("the last %d events were not archived within %ds", i*1000, i%60)
		}
	}
	was, is := strings.Split(plain.String(), "\n"), strings.Split(masked.String(), "\n")
	for i := range was {
		if was[i] != is[i] {
			t.Fatalf("%s\nbecame %s", was[i], is[i])
		}
	}
}

// Whatever is logged, the line stays JSON with the same names and numbers.
func TestMaskedLinesAreJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		piece := rapid.SampledFrom([]string{" 4111111111111111, ", "john@example.com", "\"", "\\", "\n", ":", "{", "]", "é", "\u2028", "x", "\xff", " "})
		text := rapid.Map(rapid.SliceOfN(piece, 0, 6), func(s []string) string { return strings.Join(s, "") })
		var plain, masked bytes.Buffer
		key, value, number := text.Draw(t, "key"), text.Draw(t, "value"), rapid.Int64().Draw(t, "number")
		for _, out := range []zerolog.Logger{zerolog.New(&plain), zerolog.New(maskedLines{&masked})} {
			out.Info().Str("k"+key, value).Int64("n", number).Strs("list", []string{value, "x"}).Err(errors.New(value)).Msg(value)
		}
		var was, is map[string]any
		if err := json.Unmarshal(plain.Bytes(), &was); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(masked.Bytes(), &is); err != nil {
			t.Fatalf("%s: %v", masked.String(), err)
		}
		for name := range was {
			if _, there := is[name]; !there {
				t.Fatalf("%q is gone from %s", name, masked.String())
			}
		}
		if was["n"] != is["n"] || len(was) != len(is) || strings.Contains(fmt.Sprint(is["message"], is["error"], is["list"]), "4111111111111111") {
			t.Fatalf("%s became %s", plain.String(), masked.String())
		}
	})
}

func BenchmarkMaskLine(b *testing.B) {
	line := []byte(`{"level":"warn","error":"insert 1200 rows into events: dial tcp 10.0.0.12:8123: connect: connection refused","again_in":5000,"time":1763803800250,"message":"events not archived"}` + "\n")
	b.ReportAllocs()
	for b.Loop() {
		maskLine(line)
	}
}
